"""An entry of a market-data message (35=W or X), read."""

from functools import lru_cache
from typing import Final, NamedTuple

from market_spread.fields import LONGEST_TIME, check_text, number_of, order_id_of, wrong
from shared.wire.fix.dialect import Action, BookSide, Dialect
from shared.wire.fix.message import Fields

EMPTY_BOOK: Final = b"J"
"""MDEntryType (269) of the entry that says that there is nothing at all."""
_MOST_DIGITS: Final = 9


class Entry(NamedTuple):
    """What an entry says about one side of a book."""

    action: Action
    side: BookSide | None
    """None where it is not said, as in some deletes."""
    key: bytes
    """MDEntryID (278); empty if there is none."""
    old_key: bytes
    """MDEntryRefID (280): the entry that this one replaces or deletes; empty if there is none."""
    place: int | None
    """MDPriceLevel (1023), from 1; else MDEntryPositionNo (290) if the dialect says that it names entries."""
    price: float | None
    size: float | None


def read_entry(fields: Fields, action: Action, dialect: Dialect) -> Entry | None:
    """An entry, or None for one that moves no quote: a trade, an implied price.

    Raises:
        DecodeError: `number`, `side`, or `order_id` for an ID that is too long.
    """
    get = fields.get
    kind = get(b"269")
    side = dialect.entry_types.get(kind)
    if kind and side is None:
        return None
    if not kind and action is Action.INSERT:
        raise wrong("side", b"", "a type of entry (269)")
    return Entry(
        action,
        side,
        _id(get(b"278")),
        _id(get(b"280")),
        _place(get(b"1023") or (get(b"290") if dialect.books == "level" else b"")),
        number_of("price", get(b"270")),
        number_of("size", get(b"271")),
    )


def time_of(entry: Fields, message: Fields) -> bytes:
    """When it came about: 272 and 273 of the entry, else TransactTime (60), else SendingTime (52).

    Raises:
        DecodeError: `transact_time`.
    """
    date, time = entry.get(b"272"), entry.get(b"273")
    came = b"%b-%b" % (date, time) if date and time else message.get(b"60") or message.get(b"52")
    _check_time(came)
    return came


@lru_cache(maxsize=64)
def _check_time(came: bytes) -> None:
    """`check_text`; remembered, because the entries of a message mostly have the same time."""
    check_text("transact_time", came, LONGEST_TIME)


def _id(raw: bytes) -> bytes:
    return order_id_of(raw) if raw else raw


def _place(digits: bytes) -> int | None:
    if not digits:
        return None
    if not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise wrong("level", digits, "a whole number", reason="number")
    return int(digits)
