"""Orders of FIX sessions: what a message has of them, and all that the sessions sent in one turn."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.orders.model.alert import RaisedAlert
from shared.market.symbol_map import SymbolMap
from shared.market.verdict import Verdict
from shared.service.fix.batch import FixBatch, Item
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.message import Message
from shared.wire.fix.orders import FixOrder, has_orders, read_orders
from shared.wire.fix.refused import Refused
from shared.wire.fix.timestamp import parse_timestamp
from shared.wire.framing import RejectedFrame
from shared.wire.messages import RejectedMessages
from shared.wire.symbol_table import SymbolTable

_LATE: Final = b"late"
_REPORT: Final = b"8"


class _Placed(NamedTuple):
    """An order with its place in the batch."""

    frame: int
    symbol: int
    """The number of its symbol."""
    order: FixOrder
    late_from_us: int | None
    """From when on it is late, microseconds since the Unix epoch; None: never."""


def read(message: Message, settings: SessionSettings) -> Sequence[FixOrder | Refused] | None:
    """The orders of a message; None for one that no session for orders has to do with."""
    dialect = _dialect_of(settings)
    if has_orders(message, dialect):
        return read_orders(message, dialect)
    return [] if dialect.carries == "reports" and message.kind == _REPORT else None


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
        names = maps.get(settings.name, {})
        for frame, item in enumerate(part.items, start=part.first):
            if isinstance(item.content, Refused):
                rejects.append(RejectedFrame(frame, item.content.reason, item.message.raw))
                continue
            found: FixOrder = item.content
            name = names.get(found.order.symbol)
            if name is not None:
                found = found._replace(order=found.order._replace(symbol=name))
            number = symbols.number_of(found.order.symbol)
            if number < 0:
                rejects.append(RejectedFrame(frame, "too_many_symbols", item.message.raw))
            else:
                placed.append(_Placed(frame, number, found, _late_from_us(item, settings.late_ms)))
    return FixOrders(placed), RejectedMessages(rejects)


class FixOrders:
    """See `services.orders.feed.batch.Orders`."""

    def __init__(self, placed: list[_Placed]) -> None:
        self._placed = placed

    @property
    def may_be_late(self) -> bool:
        """Whether an order may alert whatever market it meets."""
        return any(each.late_from_us is not None for each in self._placed)

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        return list({each.symbol for each in self._placed})

    def on(self, markets: Mapping[int, Verdict]) -> list[RaisedAlert]:
        """See `Orders.on`. What is late is judged by nothing else."""
        alerts = []
        for frame, symbol, (order, details, _), late_from_us in self._placed:
            market = markets.get(symbol)
            if market is None:
                continue
            if late_from_us is not None and market.checked_at > late_from_us:
                market = market._replace(reason=_LATE)
            if market.reason:
                alerts.append(RaisedAlert(frame, order, market, details))
        return alerts


def _dialect_of(settings: SessionSettings) -> Dialect:
    return Dialect(settings.symbol, "reports" if settings.carries == "reports" else "requests")


def _late_from_us(item: Item, late_ms: int | None) -> int | None:
    """From when on an order is late; from the beginning where nobody knows when a copy was sent first."""
    if late_ms is None:
        return None
    message = item.message
    sent_us = parse_timestamp(message.get(b"122"))
    if sent_us is None and message.get(b"43") != b"Y":
        sent_us = parse_timestamp(message.get(b"52"))
    return 0 if sent_us is None else sent_us + 1000 * late_ms
