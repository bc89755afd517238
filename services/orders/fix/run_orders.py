"""Orders of FIX sessions in columns; only those that alert become objects."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.order import BUY
from services.orders.feed.account_profiles import AccountProfiles
from services.orders.fix.placed_order import PlacedFixOrder
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.market.limits.many import columns as judged_columns
from shared.market.limits.met import JudgedOrder
from shared.wire.fix.columns.orders import OrderColumns
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixOrder, read_orders


class OrderRun(NamedTuple):
    """Orders whose places in the batch follow one another."""

    frame: int
    """The place of the first."""
    columns: OrderColumns
    dialect: Dialect
    """Of the session."""


class RunOrders:
    """Orders in columns; see `services.orders.feed.batch.Orders`.

    Args:
        runs: at least one.
        symbols: how many symbols there are in the batch's table.
    """

    may_be_late = False

    def __init__(self, runs: Sequence[OrderRun], symbols: int) -> None:
        self._runs = runs
        self._symbols_known = symbols
        self._begins = np.array([0, *accumulate(len(each.columns.messages) for each in runs)])
        self._symbols = np.concatenate([each.columns.symbols for each in runs])
        self._made: dict[int, PlacedFixOrder] = {}
        """By place: an order that is looked at is judged and then told of."""

    def __len__(self) -> int:
        return len(self._symbols)

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        return np.flatnonzero(self._mask(self._symbols)).tolist()

    def on(self, findings: Mapping[int, Finding]) -> list[RaisedAlert]:
        """See `Orders.on`."""
        wanted = self._mask(np.fromiter(findings, np.intp, len(findings)))
        places = np.flatnonzero(wanted[self._symbols]).tolist()
        return [placed.alert(findings[placed.symbol]) for placed in map(self._order_at, places)]

    def columns(self, profiles: AccountProfiles) -> judged_columns.OrderColumns:
        """See `Orders.columns`."""
        return judged_columns.OrderColumns.joined([_judged(each.columns, profiles) for each in self._runs])

    def judged(self, place: int) -> tuple[int, JudgedOrder]:
        """See `Orders.judged`."""
        placed = self._order_at(place)
        return placed.symbol, placed.judged()

    def alert(self, place: int, finding: Finding) -> RaisedAlert:
        """See `Orders.alert`."""
        return self._order_at(place).alert(finding)

    def _mask(self, symbols: NDArray[np.intp]) -> NDArray[np.bool_]:
        """By number, whether a symbol is one of these."""
        mask = np.zeros(self._symbols_known, np.bool_)
        mask[symbols] = True
        return mask

    def _order_at(self, place: int) -> PlacedFixOrder:
        made = self._made.get(place)
        if made is None:
            made = self._made[place] = self._make(place)
        return made

    def _make(self, place: int) -> PlacedFixOrder:
        """Read an order as a whole."""
        number = int(np.searchsorted(self._begins, place, "right")) - 1
        frame, columns, dialect = self._runs[number]
        row = place - int(self._begins[number])
        (found,) = read_orders(Message(columns.found.raw(int(columns.messages[row]))), dialect)
        assert isinstance(found, FixOrder)  # what is in the columns is good
        return PlacedFixOrder(frame + row, int(columns.symbols[row]), found.order, found.details)


def _judged(columns: OrderColumns, profiles: AccountProfiles) -> judged_columns.OrderColumns:
    text = columns.found.text
    return judged_columns.OrderColumns(
        symbol=columns.symbols,
        profile=profiles.of_texts(text[start:end].tobytes() for start, end in columns.accounts.tolist()),
        is_buy=columns.sides == BUY,
        quantity=columns.quantities,
        price=columns.prices,
        is_special=columns.is_special,
    )
