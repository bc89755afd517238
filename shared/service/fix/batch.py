"""What the sessions have taken in one turn: the batch, and each session's part of it.

Numbers within a batch count what the service takes (orders, say), not FIX messages: a list has several in one
message, and a heartbeat has none. All of them but a list's stand at a position of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from shared.service.fix.sender import SessionSender
from shared.wire.fix.message import Message
from shared.wire.fix.session.expected import Expected


class Item(NamedTuple):
    """Something that the service takes, or that cannot be read."""

    message: Message
    """The one that it came in."""
    number: int
    """Its MsgSeqNum (34)."""
    place: int
    """Which one it is in its message, from 1; 0 for what is alone in one."""
    content: Any
    """As it was read; `Refused` if it was not."""


class ItemRun(NamedTuple):
    """Several items that follow one another, each alone in its message, read as columns."""

    columns: Any
    """Those of all messages that had arrived together, as they were read."""
    start: int
    """The row of the first item."""
    stop: int
    """The row behind the last."""


class FixPart(NamedTuple):
    """What one session has taken; see `shared.service.intake.Part`."""

    sender: SessionSender
    items: Sequence[Item | ItemRun]
    numbers: Sequence[int]
    """MsgSeqNum (34) of each item, those in runs too."""
    places: Mapping[int, int]
    """The place of each item in its message (see `Item`) that is not alone there, by its number."""
    after: Expected
    """What is expected behind all of it, administrative messages included."""
    first: int
    received_ns: int

    @property
    def messages(self) -> int:
        """How many items; none if there was nothing but administrative messages."""
        return len(self.numbers)

    @property
    def is_contested(self) -> bool:
        """Nobody else has them."""
        return False

    def position_after(self, reached: int) -> str:
        """See `Part.position_after`. It is the same within a list, which takes effect as a whole."""
        if reached - self.first >= len(self.numbers):
            return str(self.after)
        return str(self.after.at(self.numbers[reached - self.first]))

    def sequence(self, number: int) -> bytes:
        """`<resets>/<MsgSeqNum>`, in a list with `/<place>`."""
        place = self.places.get(number)
        text = f"{self.after.resets}/{self.numbers[number - self.first]}"
        return (f"{text}/{place}" if place else text).encode()

    def place_of(self, number: int) -> str:
        """See `Part.place_of`."""
        place = self.places.get(number)
        text = f"MsgSeqNum {self.numbers[number - self.first]}"
        return f"{text}, entry {place} of its group" if place else text


class FixBatch(NamedTuple):
    """All of one turn; see `shared.service.intake.Batch`."""

    parts: Sequence[FixPart]

    @property
    def messages(self) -> int:
        """How many items."""
        return sum(part.messages for part in self.parts)

    @property
    def is_contested(self) -> bool:
        """Nobody else has them."""
        return False
