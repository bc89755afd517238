"""What was found in files, by type, and what was not what it should be: counted, and the first of it told."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from services.cli.files.rows import FIELDS, Item, Other, RefusedRow, RowKind, Rows
from shared.base.printable import printable
from shared.base.rate_limit import Allowance

logger = logging.getLogger(__name__)

FIRST: Final = 10
"""So many of those that were refused are shown by a dry run."""
_LINES_A_SECOND: Final = 5


class Tally:
    """Counts what passes.

    Args:
        name: of the file.
        is_logged: whether each refusal is logged, at a bounded rate.
    """

    def __init__(self, name: str, *, is_logged: bool) -> None:
        self.name = name
        self.found: Counter[tuple[RowKind, str]] = Counter()
        """Rows by kind and by what the file calls them."""
        self.others: Counter[str] = Counter()
        """What is neither an order nor a quote."""
        self.refused: Counter[str] = Counter()
        """By reason."""
        self.first: list[RefusedRow] = []
        self._is_logged = is_logged
        self._may_log = Allowance(FIRST, _LINES_A_SECOND)
        self._unlogged = 0

    def rows(self, items: Iterable[Item]) -> Iterator[Rows]:
        """The rows among what a file has; all is counted."""
        for item in items:
            if isinstance(item, Rows):
                self.found[item.kind, item.label] += len(item)
                yield item
            elif isinstance(item, Other):
                self.others[item.label] += item.messages
            else:
                self.refuse(item)

    def refuse(self, row: RefusedRow) -> None:
        """Count a row that is refused."""
        self.refused[row.reason] += 1
        if len(self.first) < FIRST:
            self.first.append(row)
        if not self._is_logged:
            return
        if self._may_log.take(1):
            more = (
                f" ({self._unlogged:,} more were refused since the last such line)" if self._unlogged else ""
            )
            logger.warning("%s, %s: refused: %s%s", self.name, row.place, row.text, more)
            self._unlogged = 0
        else:
            self._unlogged += 1

    def count(self, kind: RowKind) -> int:
        """How many rows of a kind were found."""
        return sum(count for (each, _), count in self.found.items() if each == kind)

    def reasons(self) -> str:
        """How many were refused for which reasons."""
        return ", ".join(f"{reason} {count:,}" for reason, count in self.refused.most_common())

    def left_out(self) -> Iterator[str]:
        """What of the file is not sent though nothing is wrong with it, in lines."""
        for label, count in self.others.most_common():
            yield f"{self.name}: left out: {printable(label)}: {count:,}"

    def report(self) -> Iterator[str]:
        """What there is in the file, in lines."""
        for kind in FIELDS:
            if kind == "statuses" and not self.count(kind):
                continue
            by_type = ", ".join(
                f"{label} {count:,}" for (each, label), count in self.found.most_common() if each == kind
            )
            yield f"{self.name}: {self.count(kind):,} {kind}" + (f" ({by_type})" if by_type else "")
        if self.others:
            by_type = ", ".join(f"{label} {count:,}" for label, count in self.others.most_common())
            yield f"{self.name}: {self.others.total():,} others ({printable(by_type)})"
        if self.refused:
            yield f"{self.name}: {self.refused.total():,} refused ({self.reasons()}), of which the first:"
            for row in self.first:
                yield f"  {row.place}: {printable(row.text)}"
