"""The standard streams, which may be closed, full, or read by nobody: what then becomes of a process.

Output that cannot be written ends a command, which says so. A log line that cannot be written ends nothing:
a service whose terminal is gone goes on. What the encoding of a stream lacks is escaped.
"""

import errno
import io
import os
import select
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputLost(Exception):
    """Standard output cannot be written; the text says why.

    Attributes:
        is_unread: whether it is a pipe whose reader has gone, as behind `head`; that is no failure.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__("it is closed" if error.errno == errno.EBADF else error.strerror)
        self.is_unread = isinstance(error, BrokenPipeError)


class _Output(io.FileIO):
    """Standard output."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """See `io.RawIOBase.write`.

        Raises:
            OutputLost: it is not possible. Not an OSError, which could also come from a socket.
        """
        while True:
            try:
                return os.write(self.fileno(), data)
            except BlockingIOError:  # who shares the stream with us has made it non-blocking
                select.select([], [self], [])
            except OSError as error:
                raise OutputLost(error) from error


class _Log(io.FileIO):
    """Standard error; what it does not take is dropped."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """See `io.RawIOBase.write`."""
        with suppress(OSError):
            return os.write(self.fileno(), data)
        return memoryview(data).nbytes


def guard() -> None:
    """Let standard output and standard error behave as this module says, from here on.

    In the place of one that is closed is /dev/null, so that no socket gets its number, and with it what is
    printed.
    """
    _descriptor(sys.__stdin__, os.O_RDONLY)
    output = _descriptor(sys.__stdout__, os.O_RDONLY)  # writing fails, as to a closed one
    log = _descriptor(sys.__stderr__, os.O_WRONLY)
    if sys.stdout is sys.__stdout__:  # otherwise somebody has put something in its place on purpose
        sys.stdout = _text(_Output(output, "w", closefd=False), sys.__stdout__)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _text(_Log(log, "w", closefd=False), sys.__stderr__)


def give_output_up() -> None:
    """Let nothing be written to standard output at the exit of the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _descriptor(stream: TextIO | None, mode: int) -> int:
    return os.open(os.devnull, mode) if stream is None else stream.fileno()


def _text(raw: io.FileIO, stream: TextIO | None) -> io.TextIOWrapper:
    encoding = "utf-8" if stream is None else stream.encoding
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=True)
