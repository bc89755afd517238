"""Quotes and orders cut into phases: all quotes of one may take effect before its first order goes out.

An order depends on the quotes of its own symbol alone. So a phase goes on until a quote comes whose symbol
already has an order in it: that order has to be judged before this quote takes effect. With many symbols that
gives phases of hundreds of messages, and two waits for the feeds each.
"""

from typing import Final

from services.cli.sending.time_order import TimedRow

MOST: Final = 10_000
"""Messages of a phase."""


class Phase:
    """What goes out next, its quotes first; statuses count as quotes."""

    def __init__(self) -> None:
        self.quotes: list[TimedRow] = []
        self.orders: list[TimedRow] = []
        self._ordered: set[bytes] = set()

    def __len__(self) -> int:
        return len(self.quotes) + len(self.orders)

    def takes(self, row: TimedRow) -> bool:
        """Whether a row may still go out with this phase."""
        return len(self) < MOST and not (row.kind != "orders" and row.symbol in self._ordered)

    def add(self, row: TimedRow) -> None:
        """Add a row that it takes."""
        if row.kind != "orders":
            self.quotes.append(row)
        else:
            self.orders.append(row)
            self._ordered.add(row.symbol)
