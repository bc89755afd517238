"""Which column of a CSV file is what: guessed from its name, unless the user says."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.cli.files.rows import FIELDS, Kind, UnreadableFileError

_COMMON: Final[dict[str, tuple[str, ...]]] = {
    "order_id": ("order_id", "orderid", "clordid", "cl_ord_id", "client_order_id", "clientorderid", "id"),
    "account": ("account", "account_id", "acct", "acc", "client", "client_id", "book"),
    "side": ("side", "buy_sell", "buysell", "b/s", "direction", "action"),
    "symbol": ("symbol", "sym", "ticker", "instrument", "security", "product", "ric", "figi", "isin"),
    "quantity": ("quantity", "qty", "orderqty", "order_qty", "order_quantity", "size", "shares", "volume",
                 "amount"),
    "price": ("price", "px", "limit_price", "limitprice", "limit", "order_price"),
    "transact_time": ("transact_time", "transacttime", "timestamp", "time", "datetime", "date_time", "ts",
                      "event_time", "ts_event", "exchange_time", "sending_time", "sendingtime"),
    "bid": ("bid", "bid_price", "bidprice", "bid_px", "bidpx", "best_bid", "bestbid", "bid_px_00", "bp"),
    "offer": ("offer", "ask", "offer_price", "ask_price", "askprice", "ask_px", "offer_px", "best_ask",
              "best_offer", "bestask", "bestoffer", "ask_px_00", "ap"),
}  # fmt: skip
"""Names in use for each of our fields, the likeliest first; compared in lower case, spaces as `_`."""

_NEEDED: Final[dict[Kind, tuple[str, ...]]] = {"orders": ("symbol", "side"), "quotes": ("symbol",)}
_SHOWN: Final = 200


class CsvColumns(NamedTuple):
    """What a file's columns are."""

    kind: Kind
    width: int
    """How many cells a row has."""
    places: tuple[int | None, ...]
    """The column of each field, in the order of `FIELDS`; None where the file has none."""
    header: tuple[str, ...]

    def __str__(self) -> str:
        pairs = zip(FIELDS[self.kind], self.places, strict=True)
        found = [f"{name} from {self.header[at]!r}" for name, at in pairs if at is not None]
        missing = [name for name, at in zip(FIELDS[self.kind], self.places, strict=True) if at is None]
        without = f"; without {', '.join(missing)}" if missing else ""
        return f"{self.kind}: {', '.join(found)}{without}"


def find_columns(header: Sequence[str], mapped: Mapping[str, str], what: Kind | None) -> CsvColumns:
    """The columns of a header.

    Args:
        header: its cells.
        mapped: what the user says: our field by the name of the file's column.
        what: which kind the user says; None to guess: a side makes orders, a bid or an offer quotes.

    Raises:
        UnreadableFileError: it is no header of orders or quotes, or does not have what the user says.
    """
    names = tuple(cell.strip() for cell in header)
    places = _places(names, mapped)
    kind = what or _kind_of(places, names)
    missing = [field for field in _NEEDED[kind] if field not in places]
    if kind == "quotes" and not places.keys() & {"bid", "offer"}:
        missing.append("bid and offer")
    if missing:
        raise UnreadableFileError(
            f"line 1: no column for {', '.join(missing)} among {_shown(names)}: "
            f"say which with --map THEIRS={missing[0].split()[0]}"
        )
    return CsvColumns(kind, len(names), tuple(places.get(field) for field in FIELDS[kind]), names)


def _places(names: tuple[str, ...], mapped: Mapping[str, str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for theirs, field in mapped.items():
        if theirs not in names:
            raise UnreadableFileError(f"line 1: there is no column {theirs!r} (--map), only {_shown(names)}")
        places[field] = names.index(theirs)
    plain = [name.lower().replace(" ", "_") for name in names]
    for field, common in _COMMON.items():
        found = next((plain.index(name) for name in common if name in plain), None)
        if field not in places and found is not None and found not in places.values():
            places[field] = found
    return places


def _kind_of(places: Mapping[str, int], names: Sequence[str]) -> Kind:
    has_orders, has_quotes = "side" in places, bool(places.keys() & {"bid", "offer"})
    if has_orders and has_quotes:
        raise UnreadableFileError(
            "line 1: there are columns of orders (a side) and of quotes (bid, offer): "
            "say what its rows are with --what orders or --what quotes"
        )
    if not has_orders and not has_quotes:
        raise UnreadableFileError(
            f"line 1: no column for a side (of orders) and none for bid or offer (of quotes) among "
            f"{_shown(names)}: say which with --map THEIRS=side, or --map THEIRS=bid"
        )
    return "orders" if has_orders else "quotes"


def _shown(names: Sequence[str]) -> str:
    return repr(", ".join(names)[:_SHOWN])
