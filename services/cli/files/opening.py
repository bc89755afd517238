"""A file opened: decompressed if it is gzipped, and recognised by what it holds, whatever its name says."""

import gzip
import re
import shutil
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final, Literal, cast

from market_spread.framing import HEADER, MAX_PAYLOAD
from services.cli.files.rows import EmptyFileError, UnreadableFileError

FileType = Literal["frames", "fix", "csv"]

_GZIP: Final = b"\x1f\x8b"
_LOOKED_AT: Final = 1 << 16
_FIX = re.compile(rb"8=FIX[.0-9T]{2,5}(?:SP[0-9])?[^0-9]{1,8}9=[0-9]")
_TEXT: Final = bytes({9, 10, 13} | set(range(32, 256)))


class OpenedFile:
    """The bytes of a file, decompressed, to be read once.

    Args:
        file: where they come from.
        is_compressed: whether they are another way in the file itself.

    Attributes:
        type: what they are, by the first of them.

    Raises:
        UnreadableFileError: none of the types that are known, or nothing at all.
    """

    def __init__(self, file: IO[bytes], *, is_compressed: bool = False) -> None:
        self.is_compressed = is_compressed
        self._file = file
        self._front = file.read(_LOOKED_AT)
        self.type: FileType = _type_of(self._front)

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most so many; none at the end."""
        if not self._front:
            return self._file.read(size)
        taken, self._front = self._front[:size], self._front[size:]
        return taken

    def copy(self, to: IO[bytes]) -> None:
        """Write all that is left to another file."""
        while piece := self.read(_LOOKED_AT):
            to.write(piece)
        to.flush()


@contextmanager
def opened(path: Path) -> Iterator[OpenedFile]:
    """A file.

    Raises:
        UnreadableFileError: it cannot be read, what is compressed in it is broken, or it is of no known type.
    """
    try:
        with ExitStack() as stack:
            file: IO[bytes] = stack.enter_context(path.open("rb", buffering=0))
            is_compressed = file.read(len(_GZIP)) == _GZIP
            file.seek(0)
            if is_compressed:
                file = cast("IO[bytes]", stack.enter_context(gzip.open(path)))
            yield OpenedFile(file, is_compressed=is_compressed)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableFileError(f"what is compressed in it is broken: {error}") from error
    except OSError as error:
        raise UnreadableFileError(error.strerror or str(error)) from error


def copy_of_pipe(path: Path) -> IO[bytes] | None:
    """A copy on the disk of what comes through a pipe, which goes away when it is closed; None for a file.

    What comes through a pipe cannot be looked at first and then be read from its start.

    Raises:
        UnreadableFileError: it cannot be read, or there is no room for it.
    """
    try:
        if not (path.is_fifo() or path.is_char_device() or path.is_socket()):
            return None
        copy = NamedTemporaryFile(prefix="market-spread-")  # noqa: SIM115 (whoever has it closes it)
        with path.open("rb") as pipe:
            shutil.copyfileobj(pipe, copy)
        copy.flush()
    except OSError as error:
        raise UnreadableFileError(error.strerror or str(error)) from error
    return cast("IO[bytes]", copy)


def _type_of(front: bytes) -> FileType:
    if not front:
        raise EmptyFileError("there is nothing in it, the file is empty")
    if _FIX.search(front):
        return "fix"
    if len(front) > HEADER.size and 0 < HEADER.unpack_from(front)[0] <= MAX_PAYLOAD:
        return "frames"
    if not front.translate(None, _TEXT):
        return "csv"
    raise UnreadableFileError(
        "neither a file of frames, nor a FIX message log, nor CSV with a header (each may be gzipped)"
    )
