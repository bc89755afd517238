"""A time zone of one's own, in which it is noon when that is wanted: resets are told by the minute."""

import struct
from pathlib import Path
from typing import Final

NAME: Final = "Test/Soon"
_NOON_S: Final = 12 * 3600
_DAY_S: Final = 24 * 3600


def make_zone(folder: Path, noon_s: int) -> dict[str, str]:
    """Make a zone in which it is noon at a moment, and say by which variables Python finds it.

    Args:
        folder: where it is put.
        noon_s: seconds since the Unix epoch.
    """
    path = folder / NAME
    path.parent.mkdir(parents=True)
    counts = struct.pack(">6I", 0, 0, 0, 0, 1, 4)
    offset_s = _NOON_S - noon_s % _DAY_S
    path.write_bytes(b"TZif" + bytes(16) + counts + struct.pack(">iBB", offset_s, 0, 0) + b"TST\0")
    return {"PYTHONTZPATH": f"{folder}:/usr/share/zoneinfo"}
