"""A file of whole lines that is only ever added to, and that no crash leaves half a line in."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_BLOCK: Final = 1 << 16
_NEW: Final = 0o666
"""As the process's umask has it."""


class LineFile:
    """Opens a file, or makes it; what a crash has left behind the last whole line is cut off.

    Args:
        path: of the file.

    Raises:
        OSError: it cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        is_new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _NEW)
        try:
            if is_new:
                _sync_folder(path.parent)
            size = os.fstat(self._file).st_size
            self._size = self._after_line_end(size)
            if self._size < size:
                os.ftruncate(self._file, self._size)
        except OSError:
            os.close(self._file)
            raise

    @property
    def is_empty(self) -> bool:
        """Whether it has no line."""
        return not self._size

    def first_line(self) -> bytes:
        """The first line, without its end; nothing of an empty file."""
        line = b""
        while b"\n" not in line and (block := os.pread(self._file, _BLOCK, len(line))):
            line += block
        return line.partition(b"\n")[0]

    def last_line(self) -> bytes:
        """The last line, without its end; nothing of an empty file."""
        if not self._size:
            return b""
        begin = self._after_line_end(self._size - 1)
        return os.pread(self._file, self._size - 1 - begin, begin)

    def append(self, text: str) -> None:
        """Add lines; when this returns, they are on disk.

        Raises:
            OSError: they are not; as far as the disk allows, nothing of them is in the file.
        """
        left = memoryview(text.encode(errors="backslashreplace"))
        written = self._size + len(left)
        try:
            while left:
                left = left[os.write(self._file, left) :]
            os.fdatasync(self._file)
        except OSError:
            with suppress(OSError):  # what stays is cut off when the file is opened again
                os.ftruncate(self._file, self._size)
            raise
        self._size = written

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _after_line_end(self, end: int) -> int:
        """Where the line begins that a place is in."""
        while end:
            begin = max(end - _BLOCK, 0)
            found = os.pread(self._file, end - begin, begin).rfind(b"\n")
            if found >= 0:
                return begin + found + 1
            end = begin
        return 0


def _sync_folder(folder: Path) -> None:
    """A new file's name is on disk, too."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
