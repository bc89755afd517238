"""What every way in has in common: batches of messages, in parts that each come from one sender.

Frames over TCP, entries of Redis streams, and whatever else messages come by: each finds out what has
arrived and hands it to the `Pipeline` as a batch. What follows is the same for all.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from shared.base.source import Source


class Sender(Protocol):
    """Whoever sends the messages of one source: a connection, or a stream."""

    @property
    def peer(self) -> str:
        """What it is called in the log."""

    @property
    def number(self) -> int:
        """Its number among all senders of its feed."""

    @property
    def source(self) -> Source | None:
        """What it sends, if that can be resumed."""

    @property
    def is_dismissed(self) -> bool:
        """Whether nothing of what it sent is dealt with any more."""

    def acknowledge(self, position: str) -> None:
        """All of its source up to this position has taken effect."""

    def acknowledge_later(self) -> None:
        """What it sent has been dealt with; when its position is moved it will be acknowledged."""

    def fenced(self) -> None:
        """Somebody else owns its source now."""

    def take_again(self, why: str, level: int) -> None:
        """What of its source is not committed has to be taken again, from the position that Redis has.

        Args:
            why: for the log.
            level: of that.
        """

    def refuse(self, text: str) -> None:
        """Redis refuses its commits, for this reason."""

    def is_before(self, position: str) -> bool:
        """Whether a position that Redis has is before the one that is known to be committed."""


class Part(Protocol):
    """The messages of one sender in a batch."""

    @property
    def sender(self) -> Sender:
        """Who sent them."""

    @property
    def first(self) -> int:
        """The number of the first one within the batch."""

    @property
    def messages(self) -> int:
        """How many there are."""

    @property
    def received_ns(self) -> int:
        """When they were read (monotonic clock)."""

    @property
    def is_contested(self) -> bool:
        """Whether another process may take the same messages, so that they count only once committed."""

    def position_after(self, reached: int) -> str:
        """Where the source stands when the messages before this number of the batch have taken effect."""

    def sequence(self, number: int) -> int | bytes:
        """What names a message of the batch within its source."""

    def place_of(self, number: int) -> str:
        """Where a message of the batch was in what the sender sent, for the log."""


class Batch(Protocol):
    """All that one way in has found at one turn."""

    @property
    def messages(self) -> int:
        """How many messages there are."""

    @property
    def parts(self) -> Sequence[Part]:
        """In the order of their messages."""

    @property
    def is_contested(self) -> bool:
        """Whether another process may take the same messages, so that they count only once committed."""


class Intake(Protocol):
    """A way in besides the listening feed."""

    def start(self, wake: Callable[[], None]) -> None:
        """Redis is there; `wake` ends the service's waiting, from any thread."""

    def turn(self) -> None:
        """Take what has arrived."""

    def every_second(self) -> None:
        """A second has passed."""

    def finish(self) -> bool:
        """The service stops: take no more but what has been received; whether that was all."""
