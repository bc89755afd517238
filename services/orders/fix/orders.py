"""Orders of FIX sessions: all that they sent in one turn."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.orders.feed.batch import Orders
from services.orders.feed.joined_orders import JoinedOrders
from services.orders.feed.placed_orders import PlacedOrders
from services.orders.fix.placed_order import PlacedFixOrder
from services.orders.fix.reader import dialect_of
from services.orders.fix.run_orders import OrderRun, RunOrders
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.market.symbol_map import SymbolMap
from shared.service.fix.batch import FixBatch, Item, ItemRun
from shared.service.fix.decoding import NumberedItem, decode_items
from shared.wire.fix.columns.orders import OrderColumns
from shared.wire.fix.orders import FixOrder
from shared.wire.fix.timestamp import parse_timestamp
from shared.wire.messages import RejectedMessages
from shared.wire.symbol_table import SymbolTable

_LATE: Final = b"late"


def decode(
    maps: Mapping[str, SymbolMap], batch: FixBatch, symbols: SymbolTable
) -> tuple[Orders, RejectedMessages]:
    """The orders of a batch, and what cannot be read.

    Args:
        maps: by session, what the peer calls a symbol and what it is called here; where there is such a map.
        batch: all of a turn.
        symbols: numbers symbols.
    """
    items, runs, rejects = decode_items(batch, maps, symbols, _symbol_of)
    in_columns = [OrderRun(place, _rows(run), dialect_of(settings)) for place, settings, run in runs]
    return _joined(in_columns, [_placed(each) for each in items], len(symbols)), rejects


def _symbol_of(found: FixOrder) -> bytes:
    return found.order.symbol


def _placed(found: NumberedItem) -> PlacedFixOrder:
    content: FixOrder = found.item.content
    order = content.order
    if order.symbol != found.name:
        order = order._replace(symbol=found.name)
    late_ms = found.settings.late_ms
    sent_at_us = None if late_ms is None else _sent_at_us(found.item)
    return PlacedFixOrder(found.place, found.symbol, order, content.details, sent_at_us, late_ms)


def _rows(run: ItemRun) -> OrderColumns:
    """The columns of the items of a run alone."""
    found, *columns = run.columns
    return OrderColumns(found, *(column[run.start : run.stop] for column in columns))


def _joined(runs: Sequence[OrderRun], placed: Sequence[PlacedFixOrder], symbols: int) -> Orders:
    if not runs:
        return FixOrders(placed)
    in_columns = RunOrders(runs, symbols)
    return JoinedOrders([in_columns, FixOrders(placed)]) if placed else in_columns


class FixOrders(PlacedOrders[PlacedFixOrder]):
    """See `services.orders.feed.batch.Orders`."""

    @property
    def may_be_late(self) -> bool:
        """See `Orders.may_be_late`."""
        return any(each.late_ms is not None for each in self._placed)

    def on(self, findings: Mapping[int, Finding]) -> list[RaisedAlert]:
        """See `Orders.on`. What is late is judged by nothing else."""
        late = {symbol: finding._replace(reason=_LATE) for symbol, finding in findings.items()}
        alerts = []
        for placed in self._placed:
            finding = findings.get(placed.symbol)
            if finding is None:
                continue
            if placed.late_ms is not None and placed.judged().is_late(finding.checked_at):
                finding = late[placed.symbol]
            if finding.reason:
                alerts.append(placed.alert(finding))
        return alerts

    def alert(self, place: int, finding: Finding) -> RaisedAlert:
        """See `Orders.alert`."""
        return self._placed[place].alert(finding)


def _sent_at_us(item: Item) -> int | None:
    """When an order was sent first; a copy says that in its own field, or not at all."""
    message = item.message
    sent_us = parse_timestamp(message.get(b"122"))
    if sent_us is None and message.get(b"43") != b"Y":
        sent_us = parse_timestamp(message.get(b"52"))
    return sent_us
