"""From the messages that a session has taken to what the service takes of them."""

from typing import Final

from shared.service.fix.batch import FixPart, Item
from shared.service.fix.sender import Refusal, SessionSender
from shared.wire.fix.message import Message
from shared.wire.fix.refused import Refused
from shared.wire.fix.session.events import LoggedOn, Taken

_UNSUPPORTED_TYPE: Final = 3
_OTHER: Final = 0
"""Values of BusinessRejectReason (380)."""


def next_part(sender: SessionSender, first: int) -> FixPart | None:
    """All that a session has taken since the last time; None if that is nothing.

    Args:
        sender: of the session.
        first: the number of its first item within the batch.
    """
    taken, sender.taken = sender.taken, []
    after, sender.after = sender.after, None
    items: list[Item] = []
    for event in taken:
        if isinstance(event, Taken):
            items += _items_of(Message(event.raw), event.after.number - 1, sender)
        elif isinstance(event, LoggedOn):
            sender.reader.begin()
        else:
            sender.reader.missed()
    return None if after is None else FixPart(sender, items, after, first, sender.received_ns)


def _items_of(message: Message, number: int, sender: SessionSender) -> list[Item]:
    """The items of one message; what is wrong with it is answered later."""
    found = sender.reader.read(message)
    if found is None:
        sender.answer(Refusal(message, number, "Unsupported Message Type", _UNSUPPORTED_TYPE))
        return []
    refused = next((each for each in found if isinstance(each, Refused)), None)
    if refused is not None:
        sender.answer(Refusal(message, number, refused.text, _OTHER))
    return [Item(message, number, each.place, each) for each in found]
