"""A FIX message log: its orders, quotes and statuses, in the order of its messages."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from market_spread.order import SIDE_NAMES, Order
from market_spread.quote import Quote
from services.cli.files.checking import rows_of
from services.cli.files.fix_columns import ORDER_TAGS, QUOTE_TAGS, columns_of
from services.cli.files.fix_layout import Layouts, Run
from services.cli.files.rows import MOST_ROWS, Item, Kind, Other, Place, RefusedRow, RowKind, Rows
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.framing import LONGEST
from shared.wire.fix.logged_message import read_logged
from shared.wire.fix.market_data import MARKET_DATA, MarketDataReader, Status
from shared.wire.fix.message import Message, value_of
from shared.wire.fix.message_log import LogMessage, LogRefusal, MessageLog, Readable, TakenRun
from shared.wire.fix.orders import FixOrder, has_orders, read_orders
from shared.wire.fix.refused import Refused

_WANTED: Final = {b"D": ORDER_TAGS, b"G": ORDER_TAGS, b"S": QUOTE_TAGS}
_LONGEST_TYPE: Final = 2
_ABOUT_ORDERS: Final = frozenset({b"D", b"G", b"E", b"8"})


class FixFile:
    """The orders, quotes and statuses of a log.

    Args:
        file: its bytes, from the start.
        dialect: of the counterparty.
        sender: whose messages (SenderCompID, 49); None for those of both directions.
    """

    def __init__(self, file: Readable, dialect: Dialect, sender: bytes | None) -> None:
        self._log = MessageLog(file, sender)
        self._dialect = dialect
        self._market_data = MarketDataReader(dialect)
        is_plain = dialect.symbol == "55" and dialect.carries == "requests"
        self._layouts = Layouts(_WANTED if is_plain else {}, sender)
        self._waiting = _Waiting()
        self._others: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Item]:
        for found in self._log.with_runs(self._layouts.take):
            if isinstance(found, TakenRun):
                yield from self._waiting.take()
                yield from self._read_run(found)
            elif isinstance(found, LogRefusal):
                text = f"a garbled message: its {found.reason.replace('_', ' ')} is wrong"
                yield RefusedRow(found.reason, text, Place("line", found.line))
            else:
                yield from self._read(found)
        yield from self._waiting.take()
        self._others["messages of other senders"] = self._log.of_others
        self._others["copies (43=Y)"] = self._log.copies
        yield from (Other(label, count) for label, count in self._others.items() if count)

    def _read_run(self, found: TakenRun[Run]) -> Iterator[Item]:
        """Messages of one layout: all at once if all are good, else one by one."""
        run = found.run
        kind_value = run.values[0][run.tags.index(b"35")]
        kind: Kind = "quotes" if kind_value == b"S" else "orders"
        columns = columns_of(kind, run)

        def place_of(number: int) -> Place:
            return Place("line", found.line + found.buffer.count(b"\n", found.start, run.starts[number]))

        if columns is not None:
            yield Rows(kind, f"35={kind_value.decode()}", columns, place_of)
            return
        for number, start in enumerate(run.starts):
            logged = read_logged(found.buffer, start, LONGEST)
            assert logged is not None  # it was there as a whole
            yield from self._read(LogMessage(logged.raw, place_of(number).number, start))
        yield from self._waiting.take()

    def _read(self, logged: LogMessage) -> Iterator[Item]:
        kind = value_of(logged.raw, b"35")
        label, place = _label_of(kind), Place("line", logged.line)
        if kind in MARKET_DATA:
            message = Message(logged.raw)
            self._layouts.learn(message)
            yield from self._read_market_data(message, label, place)
        elif kind in _ABOUT_ORDERS and has_orders(message := Message(logged.raw), self._dialect):
            self._layouts.learn(message)
            yield from self._read_orders(message, label, place)
        else:
            self._others[label] += 1

    def _read_orders(self, message: Message, label: str, place: Place) -> Iterator[Item]:
        for each in read_orders(message, self._dialect):
            if isinstance(each, FixOrder):
                yield from self._waiting.add("orders", label, _order_texts(each.order), place)
            else:
                yield _refused(each, label, place)

    def _read_market_data(self, message: Message, label: str, place: Place) -> Iterator[Item]:
        found = self._market_data.read(message)
        for quote in found.quotes:
            yield from self._waiting.add("quotes", label, _quote_texts(quote), place)
        for status in found.statuses:
            yield from self._waiting.add("statuses", label, _status_texts(status), place)
        for each in found.refused:
            yield _refused(each, label, place)
        if not (found.quotes or found.statuses or found.refused):
            self._others[f"{label} that moved no quote"] += 1


class _Waiting:
    """Rows that came one by one, until there are enough of one kind to be handed on."""

    def __init__(self) -> None:
        self._kind: RowKind = "orders"
        self._label = ""
        self._rows: list[tuple[bytes, ...]] = []
        self._places: list[Place] = []

    def add(self, kind: RowKind, label: str, row: tuple[bytes, ...], place: Place) -> Iterator[Rows]:
        """Add a row; gives those that go on now."""
        if (kind, label) != (self._kind, self._label) or len(self._rows) == MOST_ROWS:
            yield from self.take()
        self._kind, self._label = kind, label
        self._rows.append(row)
        self._places.append(place)

    def take(self) -> Iterator[Rows]:
        """All that wait."""
        rows, places = self._rows, self._places
        self._rows, self._places = [], []
        if rows:
            yield rows_of(self._kind, self._label, rows, places)


def _label_of(kind: bytes) -> str:
    """What messages of a type are counted as; what no MsgType can be is one label, so that there are few."""
    return f"35={kind.decode()}" if len(kind) <= _LONGEST_TYPE and kind.isalnum() else "35=?"


def _refused(refused: Refused, label: str, place: Place) -> RefusedRow:
    where = f"{label}, entry {refused.place}" if refused.place else label
    return RefusedRow(refused.reason, f"{where}: {refused.text}", place)


def _order_texts(order: Order) -> tuple[bytes, ...]:
    return (
        order.order_id,
        order.account,
        SIDE_NAMES[order.side].encode(),
        order.symbol,
        _number(order.quantity),
        _number(order.price),
        order.transact_time,
    )


def _quote_texts(quote: Quote) -> tuple[bytes, ...]:
    return quote.symbol, _number(quote.bid), _number(quote.offer), quote.transact_time


def _status_texts(status: Status) -> tuple[bytes, ...]:
    return status.symbol, b"%d" % status.status, b"", b"", status.transact_time


def _number(value: float | None) -> bytes:
    return b"" if value is None else repr(value).encode()
