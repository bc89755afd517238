"""The order frames of a large batch in columns; only orders that alert become objects."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from market_spread.order import BUY, FIXED_SIZE, ORDER_TYPE, SELL, Order, decode
from services.orders.feed.account_profiles import AccountProfiles
from services.orders.feed.messages import order_dtype
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from services.orders.model.judged_order import judged_order
from shared.market.limits.many.columns import OrderColumns
from shared.market.limits.met import JudgedOrder
from shared.wire.columns import DecodedColumns, Layout, decode_columns
from shared.wire.framing import Buffer, Run
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable

_LAYOUT = Layout(
    type=ORDER_TYPE,
    fixed_size=FIXED_SIZE,
    dtype=order_dtype,
    texts=("order_id", "transact_time"),
    numbers=("quantity", "price"),
    ranges=(("side", BUY, SELL),),
    others={},
    decode=decode,
)

_FIELDS: Final = ["side", "account", "order_id", "quantity", "price", "transact_time"]


def decode_by_columns(
    buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable
) -> tuple["FrameColumns", Rejects]:
    """The valid orders of a batch, all frames of one length at a time, and the frames that are none."""
    parts, _, rejects = decode_columns(buffer, runs, _LAYOUT, symbols)
    return FrameColumns(parts, symbols), rejects


class FrameColumns:
    """Orders in structured arrays; see `services.orders.feed.batch.Orders`.

    Their places are those in the parts, one part after the other.
    """

    may_be_late = False

    def __init__(self, parts: list[DecodedColumns], table: SymbolTable) -> None:
        self._parts = parts
        self._table = table
        self._begins = [0, *accumulate(len(part.rows) for part in parts)]
        self._made: dict[int, tuple[int, int, Order]] = {}
        """By place: an order that is looked at is judged and then told of."""

    def __len__(self) -> int:
        return self._begins[-1]

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        seen = np.zeros(len(self._table), np.bool_)
        for part in self._parts:
            seen[part.symbols] = True
        return np.flatnonzero(seen).tolist()

    def on(self, findings: Mapping[int, Finding]) -> list[RaisedAlert]:
        """See `Orders.on`."""
        wanted = np.zeros(len(self._table), np.bool_)
        wanted[list(findings)] = True
        alerts: list[RaisedAlert] = []
        for part in self._parts:
            frames, symbols, orders = self._orders(part, wanted[part.symbols])
            alerts += map(RaisedAlert, frames, orders, map(findings.__getitem__, symbols))
        return alerts if len(self._parts) == 1 else sorted(alerts, key=lambda each: each.frame)

    def columns(self, profiles: AccountProfiles) -> OrderColumns:
        """See `Orders.columns`."""
        return OrderColumns.joined([_judged(part, profiles) for part in self._parts])

    def judged(self, place: int) -> tuple[int, JudgedOrder]:
        """See `Orders.judged`."""
        _, symbol, order = self._order_at(place)
        return symbol, judged_order(order)

    def alert(self, place: int, finding: Finding) -> RaisedAlert:
        """See `Orders.alert`."""
        frame, _, order = self._order_at(place)
        return RaisedAlert(frame, order, finding)

    def _order_at(self, place: int) -> tuple[int, int, Order]:
        """An order behind its frame and the number of its symbol."""
        made = self._made.get(place)
        if made is None:
            made = self._made[place] = self._make(place)
        return made

    def _make(self, place: int) -> tuple[int, int, Order]:
        number = bisect_right(self._begins, place) - 1
        row = place - self._begins[number]
        frames, symbols, orders = self._orders(self._parts[number], slice(row, row + 1))
        return frames[0], symbols[0], orders[0]

    def _orders(
        self, part: DecodedColumns, chosen: NDArray[np.bool_] | slice
    ) -> tuple[list[int], list[int], list[Order]]:
        """Some orders of a part: their frames, the numbers of their symbols, and they themselves."""
        names = self._table.names
        symbols = part.symbols[chosen].tolist()
        columns = part.rows[chosen][_FIELDS].tolist()
        orders = [
            Order(side, b"%d" % account, order_id.strip(b" "), names[symbol], *rest)
            for symbol, (side, account, order_id, *rest) in zip(symbols, columns, strict=True)
        ]
        return part.frames[chosen].tolist(), symbols, orders


def _judged(part: DecodedColumns, profiles: AccountProfiles) -> OrderColumns:
    rows = part.rows
    return OrderColumns(
        symbol=part.symbols,
        profile=profiles.of_numbers(rows["account"]),
        is_buy=rows["side"] == BUY,
        quantity=rows["quantity"].astype(np.float64),
        price=rows["price"].astype(np.float64),
        is_special=np.zeros(len(rows), np.bool_),
    )
