"""What is in QuickFIX' file store: which orders it has numbered, and so will send again when asked."""

import re
from pathlib import Path
from typing import Final

_ORDER: Final = re.compile(rb"\x0111=(\d+)\x01")


def stored_orders(folder: Path) -> int:
    """How many orders an engine has numbered, if they are named 0, 1, 2 and so on.

    A message is written before its number is used up, and sent after that. So what has the next number is
    there because the engine was killed in between: nobody has seen it, and another message gets its number.

    Args:
        folder: of a store with one session.
    """
    found = next(folder.glob("*.seqnums"), None)
    if found is None:
        return 0
    following = int(found.read_text().split(":")[0])
    places = dict(_places(found.with_suffix(".header").read_text()))
    body = found.with_suffix(".body").read_bytes()
    for number in sorted((each for each in places if each < following), reverse=True):
        start, size = places[number]
        if order := _ORDER.search(body[start : start + size]):
            return int(order[1]) + 1
    return 0


def _places(header: str) -> list[tuple[int, tuple[int, int]]]:
    """Where messages are by their numbers; the last counts of those with the same."""
    entries = (each.split(",") for each in header.split())
    return [(int(number), (int(start), int(size))) for number, start, size in entries]
