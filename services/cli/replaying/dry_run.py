"""A look at files: what is in them, and what of it would be refused. Sends nothing."""

from collections.abc import Sequence

from services.cli.files.data_file import DataFile
from services.cli.files.rows import UnreadableFileError
from services.cli.files.tally import Tally
from services.cli.sending.frame_columns import encode
from shared.process.usage import Failed


def report(files: Sequence[DataFile], *, is_for_feed: bool) -> None:
    """Print it; exit code 1 if there is no order and no quote.

    Args:
        files: to look at.
        is_for_feed: whether what no frame can hold is refused, too.
    """
    found = 0
    for file in files:
        tally = Tally(file.path.name, is_logged=False)
        try:
            for rows in tally.rows(file.items()):
                found += encode(rows, tally.refuse).frames if is_for_feed else len(rows)
        except UnreadableFileError as error:
            raise Failed(f"{file.path}: {error}") from error
        finally:
            for line in tally.report():
                print(line)
    if not found:
        raise Failed("there is nothing that could be sent")
