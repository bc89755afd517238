"""Where one kind of message goes when two kinds are sent together; and a feed as such a place."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from threading import Thread
from typing import Final, NamedTuple, Protocol

from market_spread.sending.threaded import MessageSender
from services.cli.files.checking import rows_of
from services.cli.files.rows import RefusedRow, Rows
from services.cli.sending.frame_columns import encode_each
from services.cli.sending.time_order import TimedRow
from shared.base.address import Address

_WINDOW: Final = 20_000
_LOOK_EVERY_S: Final = 0.1

Refuse = Callable[[int, RefusedRow], None]
"""Told of the number of a file and what is refused of it."""


class Interrupted(Exception):
    """It was time to stop while something had not taken effect yet."""


class Channel(Protocol):
    """Where orders, or quotes, go."""

    @property
    def done(self) -> int:
        """How many of this source have gone out, with those of earlier runs."""

    @property
    def is_catching_up(self) -> bool:
        """Whether what comes next took effect in an earlier run already."""

    def send(self, rows: Sequence[TimedRow]) -> None:
        """Send rows, but not what an earlier run has sent.

        Raises:
            Interrupted: it was time to stop.
        """

    def settle(self) -> None:
        """Return when all that was sent has taken effect.

        Raises:
            Interrupted: it was time to stop.
        """

    def close(self) -> None:
        """End, with what was sent settled before or given up."""


class FeedChannel:
    """A feed, which acknowledges what has taken effect.

    Args:
        address: of the feed.
        source: the name to resume under.
        refuse: told of rows that no frame can hold.
        is_over: whether to stop.

    Raises:
        SenderError: the feed refuses, or cannot be reached.
    """

    def __init__(self, address: Address, source: str, refuse: Refuse, is_over: Callable[[], bool]) -> None:
        self._sender = _connected(address, source, is_over)
        self._left = self._sender.position
        """Frames that an earlier run has sent, and that have not come by in this one."""
        self._refuse, self._is_over = refuse, is_over

    @property
    def done(self) -> int:
        """See `Channel`."""
        return self._sender.position

    @property
    def is_catching_up(self) -> bool:
        """See `Channel`."""
        return self._left > 0

    def send(self, rows: Sequence[TimedRow]) -> None:
        """See `Channel`."""
        frames = [frame for some in alike(rows) for frame in self._encoded(some)]
        skipped = min(self._left, len(frames))
        self._left -= skipped
        for frame in frames[skipped:]:
            while not self._sender.offer(_Frame(frame)):
                self._wait()

    def _encoded(self, rows: Sequence[TimedRow]) -> list[bytes]:
        return encode_each(as_rows(rows), lambda row, refused: self._refuse(rows[row].file, refused))

    def settle(self) -> None:
        """See `Channel`."""
        while not self._wait():
            pass

    def _wait(self) -> bool:
        """Wait a moment for what was sent to take effect; whether all has."""
        if self._is_over():
            raise Interrupted
        try:
            self._sender.flush(_LOOK_EVERY_S)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """See `Channel`."""
        if self._is_over():
            self._sender.abort()
        else:
            self._sender.close()


def _connected(address: Address, source: str, is_over: Callable[[], bool]) -> "MessageSender[_Frame]":
    """A sender whose feed has answered, which takes as long as Redis is away; it can be told to stop.

    Raises:
        SenderError: the feed refuses, or cannot be reached.
        Interrupted: it was time to stop.
    """
    made: Future[MessageSender[_Frame]] = Future()

    def make() -> None:
        try:
            made.set_result(MessageSender(address, source=source, window=_WINDOW))
        except BaseException as error:  # noqa: BLE001 - raised below
            made.set_exception(error)

    Thread(target=make, daemon=True).start()
    while not is_over():
        with suppress(TimeoutError):
            return made.result(_LOOK_EVERY_S)
    raise Interrupted


class _Frame(NamedTuple):
    data: bytes

    def encode(self) -> bytes:
        """See `market_spread.sending.threaded.Message`."""
        return self.data


def alike(rows: Sequence[TimedRow]) -> Iterator[list[TimedRow]]:
    """The rows in order, those of one kind that follow each other together."""
    return (list(some) for _, some in groupby(rows, attrgetter("kind")))


def as_rows(rows: Sequence[TimedRow]) -> Rows:
    """Rows of several files, and of one kind, as columns."""
    kind = rows[0].kind
    return rows_of(kind, kind, [row.row for row in rows], [row.place for row in rows])
