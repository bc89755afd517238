"""The rows of a file, as often as they are to be sent; what is refused of them is counted once."""

from collections.abc import Iterator
from typing import Final

from services.cli.files.data_file import DataFile
from services.cli.files.rows import Kind, Rows
from services.cli.files.tally import Tally
from services.cli.sending.frame_columns import Frames, encode

_LOOKED_AT: Final = 2000


class CountedRows:
    """What of a file is to be sent.

    Args:
        file: where it is read from.
        repeat: how many times.

    Attributes:
        tally: what was found, and refused, in the first time through the file that was last begun.
    """

    def __init__(self, file: DataFile, repeat: int = 1) -> None:
        self._file, self._repeat = file, repeat
        self.tally = self._new_tally(is_logged=False)

    def rows(self) -> Iterator[Rows]:
        """All rows, read anew."""
        for turn in range(self._repeat):
            tally = self._new_tally(is_logged=turn == 0)
            if turn == 0:
                self.tally = tally
            yield from tally.rows(self._file.items())

    def frames(self) -> Iterator[Frames]:
        """All frames, made anew."""
        for turn in range(self._repeat):
            tally = self._new_tally(is_logged=turn == 0)
            if turn == 0:
                self.tally = tally
            for rows in tally.rows(self._file.items()):
                yield encode(rows, tally.refuse)

    def _new_tally(self, *, is_logged: bool) -> Tally:
        return Tally(self._file.path.name, is_logged=is_logged)


def kinds_in(file: DataFile) -> set[Kind]:
    """What there is in the front of a file: orders, quotes or both; looks on until there is something.

    Raises:
        UnreadableFileError: it cannot be read so far.
    """
    kinds: set[Kind] = set()
    seen = 0
    for item in file.items():
        seen += 1
        if isinstance(item, Rows):
            kinds.add(item.goes_with)
            seen += len(item)
        if kinds and (len(kinds) > 1 or seen > _LOOKED_AT):
            break
    return kinds
