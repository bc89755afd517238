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
from shared.wire.fix.columns.orders import OrderColumns
from shared.wire.fix.orders import FixOrder
from shared.wire.fix.refused import Refused
from shared.wire.fix.timestamp import parse_timestamp
from shared.wire.framing import RejectedFrame
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
    placed: list[PlacedFixOrder] = []
    rejects: list[RejectedFrame] = []
    runs: list[OrderRun] = []
    for part in batch.parts:
        settings = part.sender.session.settings
        names, late_ms = maps.get(settings.name, {}), settings.late_ms
        following = part.first
        for item in part.items:
            frame = following
            if isinstance(item, ItemRun):
                runs.append(OrderRun(frame, _rows(item), dialect_of(settings)))
                following += item.stop - item.start
                continue
            following += 1
            if isinstance(item.content, Refused):
                rejects.append(RejectedFrame(frame, item.content.reason, item.message.raw))
                continue
            found: FixOrder = item.content
            order = found.order
            name = names.get(order.symbol)
            if name is not None:
                order = order._replace(symbol=name)
            number = symbols.number_of(order.symbol)
            if number < 0:
                rejects.append(RejectedFrame(frame, "too_many_symbols", item.message.raw))
            else:
                sent_at_us = None if late_ms is None else _sent_at_us(item)
                placed.append(PlacedFixOrder(frame, number, order, found.details, sent_at_us, late_ms))
    return _joined(runs, placed, len(symbols)), RejectedMessages(rejects)


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
