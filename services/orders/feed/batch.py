"""All orders of a batch at once: decoded, and found again by the symbols that alert."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from market_spread.order import BUY, FIXED_SIZE, ORDER_TYPE, SELL, Order, decode
from services.orders.feed.messages import order_dtype
from services.orders.model.alert import RaisedAlert
from shared.market.verdict import Verdict
from shared.wire.columns import (
    VECTOR_FRAMES,
    DecodedColumns,
    Layout,
    decode_columns,
)
from shared.wire.framing import Buffer, Run
from shared.wire.groups import count_frames, payloads
from shared.wire.messages import decode_messages
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


class Placed(NamedTuple):
    """An order with its place in the batch."""

    frame: int
    symbol: int
    """The number of its symbol."""
    order: Order


class Orders(Protocol):
    """The valid orders of a batch."""

    @property
    def may_be_late(self) -> bool:
        """Whether an order may alert on a market that has no reason to; then all markets are to be given."""

    def symbols(self) -> list[int]:
        """The numbers of the symbols that they are for, each once."""

    def on(self, markets: Mapping[int, Verdict]) -> list[RaisedAlert]:
        """The orders on the symbols with these numbers, in order, each with its market."""


def decode_orders(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Orders, Rejects]:
    """The valid orders of a batch, and the frames that are none."""
    if count_frames(runs) < VECTOR_FRAMES:
        return decode_by_loop(buffer, runs, symbols)
    return decode_by_columns(buffer, runs, symbols)


def decode_by_loop(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Orders, Rejects]:
    """`decode_orders`, frame by frame: the cheaper way for small batches."""
    orders, rejects = decode_messages(payloads(buffer, runs), decode, bytes, symbols)
    return OrderList([Placed(*each) for each in orders]), rejects


def decode_by_columns(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Orders, Rejects]:
    """`decode_orders`, all frames of one length at a time: the cheaper way for large batches."""
    parts, _, rejects = decode_columns(buffer, runs, _LAYOUT, symbols)
    return _OrderColumns(parts, symbols), rejects


class OrderList:
    """Orders that were decoded one by one."""

    may_be_late = False

    def __init__(self, placed: list[Placed]) -> None:
        self._placed = placed

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        return list({each.symbol for each in self._placed})

    def on(self, markets: Mapping[int, Verdict]) -> list[RaisedAlert]:
        """See `Orders.on`."""
        return [
            RaisedAlert(frame, order, markets[symbol])
            for frame, symbol, order in self._placed
            if symbol in markets
        ]


class _OrderColumns:
    """Orders in structured arrays; only those that alert become objects."""

    may_be_late = False

    def __init__(self, parts: list[DecodedColumns], table: SymbolTable) -> None:
        self._parts = parts
        self._table = table

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        seen = np.zeros(len(self._table), np.bool_)
        for part in self._parts:
            seen[part.symbols] = True
        return np.flatnonzero(seen).tolist()

    def on(self, markets: Mapping[int, Verdict]) -> list[RaisedAlert]:
        """See `Orders.on`."""
        wanted = np.zeros(len(self._table), np.bool_)
        wanted[list(markets)] = True
        alerts = [each for part in self._parts for each in self._on(part, wanted[part.symbols], markets)]
        return alerts if len(self._parts) == 1 else sorted(alerts, key=lambda each: each.frame)

    def _on(
        self,
        part: DecodedColumns,
        chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
        markets: Mapping[int, Verdict],
    ) -> list[RaisedAlert]:
        names = self._table.names
        columns = part.rows[chosen][_FIELDS].tolist()
        return [
            RaisedAlert(
                frame,
                Order(side, b"%d" % account, order_id.strip(b" "), names[symbol], *rest),
                markets[symbol],
            )
            for frame, symbol, (side, account, order_id, *rest) in zip(
                part.frames[chosen].tolist(), part.symbols[chosen].tolist(), columns, strict=True
            )
        ]


_FIELDS = ["side", "account", "order_id", "quantity", "price", "transact_time"]
