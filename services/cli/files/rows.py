"""What files are read as: orders or quotes in columns of texts, and what is refused in between."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Literal, NamedTuple, Protocol

Kind = Literal["orders", "quotes"]
"""What goes to one feed or stream; statuses go with quotes."""
RowKind = Literal["orders", "quotes", "statuses"]

ORDER_FIELDS: Final = ("order_id", "account", "side", "symbol", "quantity", "price", "transact_time")
QUOTE_FIELDS: Final = ("symbol", "bid", "offer", "transact_time")
STATUS_FIELDS: Final = ("symbol", "status", "band_low", "band_high", "transact_time")
FIELDS: Final[dict[RowKind, tuple[str, ...]]] = {
    "orders": ORDER_FIELDS,
    "quotes": QUOTE_FIELDS,
    "statuses": STATUS_FIELDS,
}
"""The columns of each kind, in order."""

MOST_ROWS: Final = 1000
"""So many are handed on at once, and are written to a stream in one step."""

Columns = Sequence[Sequence[bytes]]


class Place(NamedTuple):
    """Where something stands in a file."""

    unit: Literal["line", "byte"]
    number: int
    """A line from 1, a byte from 0."""

    def __str__(self) -> str:
        return f"{self.unit} {self.number}"


class Rows(NamedTuple):
    """Orders, quotes or statuses that can be what they say, whatever the target has room for."""

    kind: RowKind
    label: str
    """What the file calls them, such as `35=D`."""
    columns: Columns
    """The texts of all rows by field, in the order of `FIELDS`; empty where absent."""
    place_of: Callable[[int], Place]
    """Where a row stands, by its number from 0 on."""

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def goes_with(self) -> Kind:
        """Where they belong."""
        return "orders" if self.kind == "orders" else "quotes"

    def part(self, first: int, end: int) -> "Rows":
        """Some of them."""
        columns = [column[first:end] for column in self.columns]
        return Rows(self.kind, self.label, columns, lambda row: self.place_of(first + row))


class RefusedRow(NamedTuple):
    """Something that should be an order or a quote and is none, or that a target has no room for."""

    reason: str
    """One word, to be counted by."""
    text: str
    """What is wrong, for people."""
    place: Place


class Other(NamedTuple):
    """Messages that are neither orders nor quotes, and nothing wrong with them."""

    label: str
    messages: int


Item = Rows | RefusedRow | Other


class Reader(Protocol):
    """A file that is being read, from its start to its end, in bounded memory."""

    def __iter__(self) -> Iterator[Item]:
        """What it holds, in order.

        Raises:
            UnreadableFileError: it cannot be read on.
        """


class UnreadableFileError(ValueError):
    """A file that is not what it has to be; the text says what and where."""


class EmptyFileError(UnreadableFileError):
    """A file with nothing in it."""
