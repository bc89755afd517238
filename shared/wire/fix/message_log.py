"""Messages out of FIX message logs, as engines, brokers and viewers write them.

Between the fields there may be SOH, or what was written in its place: `|`, `^A`, `<SOH>`, `[SOH]`, `;`. It is
what stands between the digits of BodyLength (9) and `35=`, looked for in each message anew. In front of a
message there may be anything: times, quotes, the direction. Length and sum are those of the message with SOH.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

from shared.wire.fix.framing import LONGEST
from shared.wire.fix.logged_message import START, Logged, read_logged
from shared.wire.fix.message import value_of

PIECE: Final = 1 << 16
"""So many bytes are read at once."""

_PARTIAL_START: Final = len(START) - 1
_RESUMED: Final = re.compile(rb"\n|(?<!=)" + START)
"""Where what was garbled is over: a message within it, as the value of a field, was not sent as such."""


class Readable(Protocol):
    """What bytes can be read from: a file, one that is decompressed meanwhile, a pipe."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""


class LogMessage(NamedTuple):
    """A message of a log."""

    raw: bytes
    """As it was sent, with SOH."""
    line: int
    """Where it starts, from 1."""
    offset: int
    """The same, bytes."""


class LogRefusal(NamedTuple):
    """What looks like a message of a log and is none."""

    reason: str
    """One of `shared.wire.fix.framing.GARBLED`."""
    line: int
    offset: int


class Run(Protocol):
    """Messages that somebody else has read."""

    @property
    def end(self) -> int:
        """Where the last one ends."""


Taken = TypeVar("Taken", bound=Run)


class TakenRun(NamedTuple, Generic[Taken]):
    """Messages that somebody else has read, and where they are."""

    run: Taken
    buffer: bytes
    """The piece of the log that has them."""
    line: int
    """Where the first one starts, from 1."""
    start: int
    """The same, in the buffer."""


class MessageLog:
    """The messages of a log, in order, with what is refused in between; to be gone through once.

    Memory is bounded by the longest message, whatever the file holds.

    Args:
        file: of bytes.
        sender: only messages of this SenderCompID (49); None for both directions.
        longest: messages above so many bytes are refused.

    Attributes:
        garbled: how many were refused, by reason.
        copies: how many were left out because they were sent again (PossDupFlag, 43).
        of_others: how many were left out because somebody else sent them.
    """

    def __init__(self, file: Readable, sender: bytes | None = None, longest: int = LONGEST) -> None:
        self.garbled: Counter[str] = Counter()
        self.copies = 0
        self.of_others = 0
        self._sender, self._longest = sender, longest
        self._text = _Window(file)

    def __iter__(self) -> Iterator[LogMessage | LogRefusal]:
        found: LogMessage | LogRefusal | TakenRun[Run]
        for found in self.with_runs(_take_nothing):
            if not isinstance(found, TakenRun):
                yield found

    def with_runs(
        self, take: Callable[[bytes, int], Taken | None]
    ) -> Iterator["LogMessage | LogRefusal | TakenRun[Taken]"]:
        """The messages, where somebody else may take some of them at once.

        Args:
            take: given a piece of the log and where it has `8=FIX`, takes whole good messages from there on,
                or none.
        """
        text, at = self._text, 0
        while True:
            start = text.buffer.find(START, at)
            if start < 0:
                if not text.read_on(max(at, len(text.buffer) - _PARTIAL_START)):
                    return
                at = 0
                continue
            taken = take(text.buffer, start)
            if taken is not None:
                yield TakenRun(taken, text.buffer, text.place(start)[0], start)
                at = taken.end
                continue
            found = read_logged(text.buffer, start, self._longest)
            if found is None:
                if text.read_on(start):
                    at = 0
                    continue
                found = Logged(0, b"", "body_length")  # the file ends within it
            yield from self._judge(found, start)
            at = found.end or self._resume(start + 1)

    def _judge(self, found: Logged, start: int) -> Iterator[LogMessage | LogRefusal]:
        """What is to be said of what was found."""
        if found.reason:
            self.garbled[found.reason] += 1
            yield LogRefusal(found.reason, *self._text.place(start))
        elif value_of(found.raw, b"43") == b"Y":
            self.copies += 1
        elif self._sender is not None and value_of(found.raw, b"49") != self._sender:
            self.of_others += 1
        else:
            yield LogMessage(found.raw, *self._text.place(start))

    def _resume(self, at: int) -> int:
        """Where to go on after something garbled whose end is not known."""
        text = self._text
        while (found := _RESUMED.search(text.buffer, at)) is None:
            if not text.read_on(max(at, len(text.buffer) - _PARTIAL_START) - 1):
                return len(text.buffer)
            at = 1  # the byte before it was looked at, and says whether a field's value begins here
        return found.start()


def _take_nothing(_: bytes, __: int) -> None:
    return None


class _Window:
    """A piece of a file, with the place where it lies."""

    def __init__(self, file: Readable) -> None:
        self.buffer = b""
        self._file = file
        self._offset = 0
        self._line = 1
        self._counted = 0
        """Up to here the lines of the buffer have been counted."""

    def read_on(self, start: int) -> bool:
        """Let go of what lies before `start`, and read on behind the buffer; False at the end of the file."""
        more = self._file.read(max(PIECE, len(self.buffer) - start))  # twice as much for what is long
        if not more:
            return False
        start = max(start, 0)
        self.place(start)
        self._offset += start
        self._counted -= start
        self.buffer = self.buffer[start:] + more
        return True

    def place(self, start: int) -> tuple[int, int]:
        """Line and offset of a place of the buffer, which only grow."""
        self._line += self.buffer.count(b"\n", self._counted, start)
        self._counted = max(start, self._counted)
        return self._line, self._offset + start
