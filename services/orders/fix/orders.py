"""Orders of FIX sessions: what a message has of them, and all that the sessions sent in one turn."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from market_spread.order import Order
from services.orders.feed.placed_orders import PlacedOrders
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from services.orders.model.judged_order import judged_order
from shared.market.limits.met import JudgedOrder
from shared.market.symbol_map import SymbolMap
from shared.service.fix.batch import FixBatch, Item
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.dialect import Dialect, OrderKind
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixDetails, FixOrder, has_orders, read_orders
from shared.wire.fix.refused import Refused
from shared.wire.fix.timestamp import parse_timestamp
from shared.wire.framing import RejectedFrame
from shared.wire.messages import RejectedMessages
from shared.wire.symbol_table import SymbolTable

_LATE: Final = b"late"
_REPORT: Final = b"8"
_MARKET: Final = b"1"


class _Placed(NamedTuple):
    """An order with its place in the batch."""

    frame: int
    symbol: int
    """The number of its symbol."""
    order: Order
    details: FixDetails
    sent_at_us: int | None
    """When it was sent first, microseconds since the Unix epoch; None where that is not said."""
    late_ms: int | None
    """How long it may have been on its way; None: any time."""

    def judged(self) -> JudgedOrder:
        """What limits judge of it."""
        details = self.details
        return judged_order(self.order)._replace(
            stop_price=details.stop_price,
            is_market=details.order_type == _MARKET,
            cash_quantity=details.cash_quantity,
            sent_at_us=self.sent_at_us,
            late_ms=self.late_ms,
        )


class OrderReader:
    """Reads the orders of a session; see `shared.service.fix.reader.Reader`. Each message stands for itself.

    Args:
        settings: of the session.
    """

    def __init__(self, settings: SessionSettings) -> None:
        carries: OrderKind = "reports" if settings.carries == "reports" else "requests"
        self._dialect = Dialect(settings.symbol, carries)

    def read(self, message: Message) -> Sequence[FixOrder | Refused] | None:
        """See `Reader.read`; None for what no session for orders has to do with."""
        if has_orders(message, self._dialect):
            return read_orders(message, self._dialect)
        return [] if self._dialect.carries == "reports" and message.kind == _REPORT else None

    def begin(self) -> None:
        """Nothing to do."""

    def missed(self) -> None:
        """Nothing to do: what is missing is counted as unchecked."""

    def end(self) -> None:
        """Nothing to do."""

    def next_words(self) -> None:
        """Nothing is said to a desk but by its session."""


def decode(
    maps: Mapping[str, SymbolMap], batch: FixBatch, symbols: SymbolTable
) -> tuple["FixOrders", RejectedMessages]:
    """The orders of a batch, and what cannot be read.

    Args:
        maps: by session, what the peer calls a symbol and what it is called here; where there is such a map.
        batch: all of a turn.
        symbols: numbers symbols.
    """
    placed: list[_Placed] = []
    rejects: list[RejectedFrame] = []
    for part in batch.parts:
        settings = part.sender.session.settings
        names, late_ms = maps.get(settings.name, {}), settings.late_ms
        for frame, item in enumerate(part.items, start=part.first):
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
                placed.append(_Placed(frame, number, order, found.details, sent_at_us, late_ms))
    return FixOrders(placed), RejectedMessages(rejects)


class FixOrders(PlacedOrders[_Placed]):
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
                alerts.append(RaisedAlert(placed.frame, placed.order, finding, placed.details))
        return alerts

    def alert(self, place: int, finding: Finding) -> RaisedAlert:
        """See `Orders.alert`."""
        placed = self._placed[place]
        return RaisedAlert(placed.frame, placed.order, finding, placed.details)


def _sent_at_us(item: Item) -> int | None:
    """When an order was sent first; a copy says that in its own field, or not at all."""
    message = item.message
    sent_us = parse_timestamp(message.get(b"122"))
    if sent_us is None and message.get(b"43") != b"Y":
        sent_us = parse_timestamp(message.get(b"52"))
    return sent_us
