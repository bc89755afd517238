"""What a service makes of the messages of one session."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message, Words


class Reader(Protocol):
    """Reads the messages of a session, over all of its connections."""

    def read(self, message: Message) -> Sequence[Any] | None:
        """What the service takes of a message, in order; None for one of a kind that is none of its.

        Each has the `place` that it has in the message, from 1; 0 for what is alone in one. `Refused` stands
        for what cannot be read.
        """

    def begin(self) -> None:
        """The session has logged on."""

    def missed(self) -> None:
        """Messages of the peer are missing here, and will not come."""

    def end(self) -> None:
        """The session has ended; it may begin again."""

    def next_words(self) -> Words | None:
        """What to say to the peer next, while the session is up; None: nothing."""


ReaderOf = Callable[[SessionSettings], Reader]
"""Makes the reader of a session."""
