"""From the messages that a session has taken to what the service takes of them."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from shared.service.fix.batch import FixPart, Item
from shared.service.fix.sender import Refusal, SessionSender
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message
from shared.wire.fix.refused import Refused

_UNSUPPORTED_TYPE: Final = 3
_OTHER: Final = 0
"""Values of BusinessRejectReason (380)."""

Read = Callable[[Message, SessionSettings], Sequence[Any] | None]
"""What the service takes of a message, `Refused` for what cannot be read; None for one of another kind."""


def next_part(sender: SessionSender, first: int, read: Read) -> FixPart | None:
    """All that a session has taken since the last time; None if that is nothing.

    Args:
        sender: of the session.
        first: the number of its first item within the batch.
        read: reads a message.
    """
    taken, sender.taken = sender.taken, []
    after, sender.after = sender.after, None
    if after is None:
        return None
    items: list[Item] = []
    for raw, following in taken:
        items += _items_of(Message(raw), following.number - 1, sender, read)
    return FixPart(sender, items, after, first, sender.received_ns)


def _items_of(message: Message, number: int, sender: SessionSender, read: Read) -> list[Item]:
    """The items of one message; what is wrong with it is answered later."""
    found = read(message, sender.session.settings)
    if found is None:
        sender.answer(Refusal(message, number, "Unsupported Message Type", _UNSUPPORTED_TYPE))
        return []
    refused = next((each for each in found if isinstance(each, Refused)), None)
    if refused is not None:
        sender.answer(Refusal(message, number, refused.text, _OTHER))
    return [Item(message, number, each.place, each) for each in found]
