"""What a desk has sent, in a file: the next process can send it again, and knows the next number."""

import fcntl
import os
from collections import deque
from collections.abc import Iterator
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import Final

from shared.base.integers import parse_uint
from shared.base.printable import printable
from shared.wire.fix.framing import split
from shared.wire.fix.message import value_of
from shared.wire.fix.session.kept import KeptMessage

WINDOW_BYTES: Final = 1 << 25
"""How much may wait for its acknowledgement; the file is at most twice as large, and a little more."""

FILE_NAME: Final = "sent.fix"
_NEW_NAME: Final = "sent.fix.new"


class StoreError(Exception):
    """The store cannot be used; the text says why."""


class MessageStore:
    """Messages from the last acknowledged one on, administrative ones included: their numbers have no gaps.

    A message is in the file before it is sent, so it outlives the process, though perhaps no power cut. The
    file has the messages as they were sent, one after the other.

    Args:
        folder: made if there is none.
        window_bytes: see `WINDOW_BYTES`.

    Raises:
        StoreError: another process uses it, or what lies in it is no such file.
        OSError: it cannot be read or written.
    """

    def __init__(self, folder: Path, window_bytes: int = WINDOW_BYTES) -> None:
        self._folder, self._path = folder, folder / FILE_NAME
        self._window_bytes = window_bytes
        self._messages: deque[KeptMessage] = deque()
        self._unwritten: list[bytes] = []
        self._bytes = self._written = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file = self._open()
        except BaseException as error:
            os.close(self._lock)
            if isinstance(error, BlockingIOError):
                raise StoreError(f"{printable(str(folder))} is in use by another process") from None
            raise

    @property
    def next_number(self) -> int:
        """MsgSeqNum (34) of the next message."""
        return self._messages[-1].number + 1 if self._messages else 1

    @property
    def is_full(self) -> bool:
        """Whether so much waits for its acknowledgement that no more should be sent."""
        return self._bytes >= self._window_bytes

    def keep(self, number: int, raw: bytes) -> None:
        """See `shared.wire.fix.session.kept.Kept`; it is in the file after `flush`."""
        self._add(KeptMessage(number, raw))
        self._unwritten.append(raw)

    def between(self, first: int, following: int) -> Iterator[KeptMessage]:
        """See `shared.wire.fix.session.kept.Kept`."""
        start = self._messages[0].number if self._messages else 1
        if first < start:
            raise LookupError(f"MsgSeqNum {first} was acknowledged before, and is not kept any more")
        return islice(self._messages, first - start, following - start)

    def acknowledged(self, number: int) -> None:
        """All up to this number has taken effect; the very last message stays, for its number."""
        while len(self._messages) > 1 and self._messages[0].number <= number:
            self._bytes -= len(self._messages.popleft().raw)

    def flush(self) -> None:
        """Have all messages in the file.

        Raises:
            StoreError: it cannot be written.
        """
        if not self._unwritten:
            return
        data = b"".join(self._unwritten)
        try:
            _write(self._file, data)
            self._written += len(data)
            self._unwritten.clear()
            if self._written > 2 * self._window_bytes:
                self._write_anew()
        except OSError as error:
            raise StoreError(f"cannot write to {printable(str(self._path))}: {error.strerror}") from error

    def close(self) -> None:
        """Let another process have it."""
        if not self._file.closed:
            self._file.close()
            os.close(self._lock)

    def _add(self, message: KeptMessage) -> None:
        self._messages.append(message)
        self._bytes += len(message.raw)

    def _open(self) -> FileIO:
        """The file, without a message that a crash has cut off."""
        file = self._path.open("a+b", buffering=0)
        try:
            file.seek(0)
            self._written = self._take(file.read())
            file.truncate(self._written)
        except BaseException:
            file.close()
            raise
        return file

    def _take(self, data: bytes) -> int:
        """Take what the file has; where the last whole message ends."""
        found = split(data, 0, len(data))
        if found.garbled:
            raise StoreError(f"{printable(str(self._path))} has something else than FIX messages in it")
        for start, end in found.messages:
            raw = data[start:end]
            number = parse_uint(value_of(raw, b"34"))
            if number is None or (self._messages and number != self.next_number):
                raise StoreError(f"{printable(str(self._path))}: the numbers of the messages have gaps")
            self._add(KeptMessage(number, raw))
        return found.end

    def _write_anew(self) -> None:
        """Have nothing in the file but what is kept."""
        new = self._folder / _NEW_NAME
        file = new.open("wb", buffering=0)
        try:
            _write(file, b"".join(each.raw for each in self._messages))
            new.replace(self._path)
        except OSError:
            file.close()
            raise
        self._file.close()
        self._file, self._written = file, self._bytes


def _write(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
