"""The log of the limits, and what an activation changes, as text for a person."""

from collections.abc import Iterator, Sequence
from typing import Final

from shared.base.iso_time import iso_utc
from shared.base.printable import printable
from shared.published.flips import Flips
from shared.published.log_entry import LogEntry

_NAMED: Final = 10
"""Symbols that are named of those that change."""


def log_line(entry: LogEntry) -> str:
    """An entry in a line."""
    version = "off" if entry.version is None else str(entry.version)
    content = "" if entry.content_of is None else f" as {entry.content_of}"
    before = "" if entry.before is None else f", before: {entry.before}"
    note = printable(f"{entry.who}: {entry.why}")
    return f"{iso_utc(entry.at_us)} {entry.action} {version}{content}{before} by {note}"


def flips_lines(flips: Sequence[Flips]) -> Iterator[str]:
    """What changes, a line for each moment at which anything is looked at."""
    for each in flips:
        if each.looked_at or each.when == "now":
            count = f"{each.changed:,} of {each.looked_at:,}"
            yield f"{each.when}: {count} symbols change their verdict{_which(each)}"


def _which(flips: Flips) -> str:
    parts = [
        f"{len(symbols):,} would {word} ({_some(symbols)})"
        for symbols, word in ((flips.alerting, "alert"), (flips.passing, "pass"))
        if symbols
    ]
    return f": {', '.join(parts)}" if parts else ""


def _some(symbols: Sequence[str]) -> str:
    more = ", …" if len(symbols) > _NAMED else ""
    return printable(", ".join(symbols[:_NAMED])) + more
