"""What a service makes of the messages of one session."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message, Words
from shared.wire.symbol_table import SymbolTable


class RunColumns(NamedTuple):
    """What the service takes of messages that arrived together; each of its items is alone in its message."""

    columns: Any
    messages: NDArray[np.intp]
    """The message of each row, in order."""
    others: NDArray[np.intp]
    """The messages that have to be read one by one, in order; in all that are not named here is nothing."""


class Reader(Protocol):
    """Reads the messages of a session, over all of its connections."""

    def read(self, message: Message) -> Sequence[Any] | None:
        """What the service takes of a message, in order; None for one of a kind that is none of its.

        Each has the `place` that it has in the message, from 1; 0 for what is alone in one. `Refused` stands
        for what cannot be read.
        """

    def read_run(self, found: Scan, symbols: SymbolTable) -> RunColumns | None:
        """The same of many messages at once, whether they were taken or not; None: each is to be read.

        Args:
            found: the messages.
            symbols: numbers symbols.
        """

    def took_run(self, columns: Any, start: int, stop: int, symbols: SymbolTable) -> None:
        """Messages of these rows have come, and so has all between them that has nothing.

        Args:
            columns: those of `read_run`.
            start: the first row; it and the following may be none.
            stop: the one behind the last.
            symbols: the same as in `read_run`.
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
