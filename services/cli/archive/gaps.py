"""What the archive does not have: alerts that Redis had lost before they were read."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from market_spread import Gap
from services.cli.archive.line_file import LineFile

GAPS: Final = "gaps.ndjson"
"""The name of the file. An archive without it, or with an empty one, has every alert since its first."""


class GapFile:
    """Opens the file of gaps, or makes it: a JSON object a line, with `after`, `to` and `noticed_at`.

    Alerts with an ID after `after`, and before `to` or up to it, may be missing. Lines may overlap.

    Args:
        folder: where it is.

    Raises:
        OSError: it cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._lines = LineFile(folder / GAPS)

    def add(self, gap: Gap) -> None:
        """Write a gap down, unless it is what was written last: after a crash it is found again.

        Raises:
            OSError: it cannot be written.
        """
        words = {"after": str(gap.after), "to": str(gap.to)}
        if words.items() <= self._last().items():
            return
        noticed_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self._lines.append(json.dumps({**words, "noticed_at": noticed_at}) + "\n")

    def close(self) -> None:
        """Close the file."""
        self._lines.close()

    def _last(self) -> dict[str, object]:
        try:
            found = json.loads(self._lines.last_line())
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
