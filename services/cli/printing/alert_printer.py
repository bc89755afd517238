"""How alerts are printed: a table for people, lines for other programs."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol, Self

from services.orders.alerts import csv_text
from services.orders.alerts.published import Alert, to_json
from shared.base.printable import printable
from shared.market import keys

if TYPE_CHECKING:
    from rich.text import Text

Format = Literal["text", "csv", "ndjson"]

_GAP: Final = "  "
_DECIMALS: Final = 4
_REASON_STYLES: Final = {"no_quote": "magenta", "stale_quote": "cyan"}


class Printer(Protocol):
    """Prints alerts to standard output, so that they are seen at once."""

    def print(self, alerts: Sequence[Alert]) -> None:
        """Print some alerts, oldest first."""


def choose_printer(form: Format) -> Printer:
    """What prints in a form; text is a table on a terminal, and tab-separated elsewhere."""
    if form == "csv":
        return CsvPrinter()
    if form == "ndjson":
        return LinePrinter(as_object)
    return TablePrinter() if sys.stdout.isatty() else LinePrinter(tab_separated)


class CsvPrinter:
    """A header at once, so that also nothing is CSV; then a line an alert."""

    def __init__(self) -> None:
        self._lead = csv_text.header()

    def print(self, alerts: Sequence[Alert]) -> None:
        """See `Printer.print`."""
        sys.stdout.write(self._lead + csv_text.rows(alerts))
        sys.stdout.flush()
        self._lead = ""


class LinePrinter:
    """A line an alert.

    Args:
        to_line: what an alert looks like.
    """

    def __init__(self, to_line: Callable[[Alert], str]) -> None:
        self._to_line = to_line

    def print(self, alerts: Sequence[Alert]) -> None:
        """See `Printer.print`."""
        sys.stdout.write("".join(f"{self._to_line(alert)}\n" for alert in alerts))
        sys.stdout.flush()


def as_object(alert: Alert) -> str:
    """An alert as JSON; what is not printable ASCII is escaped as JSON does it, so every stream takes it."""
    line = to_json(alert).decode()
    return line if line.isascii() and line.isprintable() else json.dumps(json.loads(line))


def tab_separated(alert: Alert) -> str:
    """The ID and the fields of an alert in the order of the stream; empty where there was no quote.

    What is not printable is escaped, tabs and line ends among it.
    """
    values = (getattr(alert, name) for name in ("id", *keys.ALERT_FIELDS))
    return "\t".join(_word(value) for value in values)


def _word(value: object) -> str:
    if isinstance(value, list):
        return printable(",".join(value))
    return "" if value is None else printable(str(value))


@dataclass(frozen=True)
class Column:
    """A column of the table: as wide as most alerts need it, wider from the first one on that needs more."""

    title: str
    width: int
    rank: int
    """Where there is no room, columns of a high rank are left out first."""
    text: Callable[[Alert], str]
    style: Callable[[Alert], str]
    is_right: bool = False

    def grown(self, alerts: Sequence[Alert]) -> Self:
        """The column with room for all of these, so that nothing is ever cut."""
        needed = max((len(printable(self.text(each))) for each in alerts), default=0)
        return self if needed <= self.width else replace(self, width=needed)

    def cell(self, text: str) -> str:
        """A text in this column's width; what is not printable is escaped."""
        text = printable(text)
        return text.rjust(self.width) if self.is_right else text.ljust(self.width)


def _price(number: float | None) -> str:
    """A price whose point stands where all points stand, with all its digits."""
    whole, _, fraction = ("-", "", "") if number is None else repr(number).partition(".")
    if len(fraction) > _DECIMALS:
        return f"{whole}.{fraction}"
    point = "." if fraction else " "
    return f"{whole}{point}{fraction.ljust(2, '0' if fraction else ' ').ljust(_DECIMALS)}"


def _quantity(alert: Alert) -> str:
    if alert.quantity is None:
        return "-"
    return f"{alert.quantity:,.0f}" if alert.quantity.is_integer() else repr(alert.quantity)


def _checked_at(alert: Alert) -> datetime:
    return datetime.fromtimestamp(alert.checked_at / 1e6, UTC)


def _plain(_alert: Alert) -> str:
    return ""


def _dim(_alert: Alert) -> str:
    return "dim"


def _side_style(alert: Alert) -> str:
    return "green" if alert.side == "buy" else "red"


def _reason_style(alert: Alert) -> str:
    return _REASON_STYLES.get(alert.reason[-1], "yellow")


COLUMNS: Final = (
    Column("date", 10, 11, lambda alert: f"{_checked_at(alert):%Y-%m-%d}", _dim),
    Column("UTC", 12, 5, lambda alert: f"{_checked_at(alert):%H:%M:%S.%f}"[:12], _dim),
    Column("symbol", 6, 1, lambda alert: alert.symbol, lambda _: "bold"),
    Column("side", 4, 7, lambda alert: alert.side, _side_style),
    Column("quantity", 11, 8, _quantity, _plain, is_right=True),
    Column("price", 11, 6, lambda alert: _price(alert.price), _plain, is_right=True),
    Column("bid", 11, 4, lambda alert: _price(alert.bid), _plain, is_right=True),
    Column("offer", 11, 3, lambda alert: _price(alert.offer), _plain, is_right=True),
    Column("reason", 19, 2, lambda alert: ",".join(alert.reason), _reason_style),
    Column("order", 6, 9, lambda alert: alert.order_id or "-", _dim),
    Column("account", 10, 10, lambda alert: alert.account or "-", _dim, is_right=True),
)


def fitting(columns: tuple[Column, ...], width: int) -> tuple[Column, ...]:
    """Those of the columns that a terminal of so many characters has room for."""
    chosen = columns
    while len(chosen) > 1 and sum(each.width + len(_GAP) for each in chosen) - len(_GAP) > width:
        least = max(chosen, key=lambda each: each.rank)
        chosen = tuple(each for each in chosen if each is not least)
    return chosen


class TablePrinter:
    """A table whose lines are only ever added, so nothing moves and nothing flickers.

    Where columns have to become wider, or the terminal's width changes, a new header begins.
    """

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs rich, which is slow to load

        self._console = Console(highlight=False)
        self._all: tuple[Column, ...] = COLUMNS
        self._columns: tuple[Column, ...] = ()

    def print(self, alerts: Sequence[Alert]) -> None:
        """See `Printer.print`."""
        from rich.text import Text  # noqa: PLC0415

        text = Text()
        self._all = tuple(each.grown(alerts) for each in self._all)
        columns = fitting(self._all, self._console.width)
        if columns != self._columns:
            self._columns = columns
            header = _GAP.join(each.cell(each.title) for each in columns)
            text.append(f"{header.rstrip()}\n", style="bold underline")
        for alert in alerts:
            self._add(text, alert)
        self._console.print(text, end="", soft_wrap=True)

    def _add(self, text: "Text", alert: Alert) -> None:
        for place, column in enumerate(self._columns):
            text.append(_GAP if place else "")
            text.append(column.cell(column.text(alert)), style=column.style(alert))
        text.append("\n")
