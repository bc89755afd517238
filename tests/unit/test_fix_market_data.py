"""Quotes and statuses out of FIX market data: refreshes, updates, quotes, mass quotes, statuses."""

import pytest

from market_spread.framing import REASONS
from market_spread.quote import Quote
from shared.wire.fix.dialect import ACTIONS, ENTRY_TYPES, STATUSES, Action, BookSide, Dialect
from shared.wire.fix.market_data import MOST_HELD, MarketData, MarketDataReader, Status
from shared.wire.fix.message import Message
from tests.support import fix

TIME = fix.TIME.encode()


def quotes(
    *messages: bytes, dialect: Dialect | None = None
) -> list[tuple[bytes, float | None, float | None]]:
    """Symbol, bid and offer of the quotes that these messages give, of which nothing may be refused."""
    reader = MarketDataReader(dialect or Dialect())
    found = [reader.read(Message(message)) for message in messages]
    assert [each.refused for each in found if each.refused] == []
    return [(quote.symbol, quote.bid, quote.offer) for each in found for quote in each.quotes]


def refused(fields: str, kind: str, dialect: Dialect | None = None) -> list[tuple[str, int]]:
    """What of a message is refused, as reason and place."""
    found = MarketDataReader(dialect or Dialect()).read(Message(fix.market_data(fields, kind=kind)))
    assert all(each.text for each in found.refused)
    return [(each.reason, each.place) for each in found.refused]


def refresh(fields: str) -> bytes:
    """35=W."""
    return fix.market_data(fields)


def update(fields: str) -> bytes:
    """35=X."""
    return fix.market_data(fields, kind="X")


def test_a_full_refresh() -> None:
    """35=W: the best of each side by price, not by place; trades and implied prices are no quotes."""
    entries = (
        "278=a|269=0|270=10|271=100|278=b|269=1|270=11|278=c|269=0|270=9.5|278=d|269=1|270=10.5"
        "|278=e|269=2|270=99|278=f|269=E|270=10.2|278=g|269=4|270=1"
    )
    assert quotes(refresh(f"55=BTU|268=7|{entries}")) == [(b"BTU", 10, 10.5)]
    assert quotes(refresh("48=4001|22=8|268=1|269=0|270=9")) == [(b"4001", 9, None)]


def test_a_full_refresh_replaces_all() -> None:
    """What was there before is gone; without entries, or with an empty book (269=J), so is the quote."""
    first = refresh("55=BTU|268=2|269=0|270=9|269=1|270=10")
    assert quotes(first, refresh("55=BTU|268=1|269=1|270=11")) == [(b"BTU", 9, 10), (b"BTU", None, 11)]
    for empty in ("268=0", "268=1|269=J", "58=none"):
        assert quotes(first, refresh(f"55=BTU|{empty}"))[1:] == [(b"BTU", None, None)]


def test_a_refresh_of_trades_alone_moves_no_quote() -> None:
    """Some venues send trades as snapshots of their own; the quote stays."""
    messages = (
        refresh("55=BTU|268=1|269=0|270=9"),
        refresh("55=BTU|268=1|269=2|270=9.5"),
        update("268=1|279=0|55=BTU|269=1|270=10"),
    )
    assert quotes(*messages) == [(b"BTU", 9, None), (b"BTU", 9, 10)]


def test_updates_of_several_symbols() -> None:
    """35=X: an entry without a symbol is about that of the one before; each symbol gives one quote."""
    entries = (
        "279=0|55=A|269=0|270=1|279=0|269=1|270=2|279=0|55=B|269=0|270=3"
        "|279=0|269=2|270=9|279=0|55=A|269=0|270=1.5"
    )
    assert quotes(update(f"268=5|{entries}")) == [(b"A", 1.5, 2), (b"B", 3, None)]
    assert quotes(update("55=C|268=1|279=0|269=0|270=1")) == [(b"C", 1, None)]


def test_deletes_without_side_and_price() -> None:
    """The side is found by MDEntryID (278), or by the ID that is referred to (280)."""
    first = refresh("55=BTU|268=3|278=a|269=0|270=9|278=b|269=0|270=8|278=c|269=1|270=10")
    assert quotes(first, update("268=1|279=2|278=a|55=BTU"))[1:] == [(b"BTU", 8, 10)]
    assert quotes(first, update("268=1|279=2|280=c|55=BTU"))[1:] == [(b"BTU", 9, None)]
    assert quotes(first, update("268=1|279=1|280=a|278=d|55=BTU|270=7"))[1:] == [(b"BTU", 8, 10)]


def test_fields_of_a_group_in_any_order() -> None:
    """The first tag of the first entry is where entries begin, whatever it is."""
    messages = (
        refresh("55=BTU|268=2|270=9|269=0|270=10|271=5|269=1"),
        update("268=2|279=1|270=9|269=0|55=BTU|279=0|55=BTU|269=1|270=9.5"),
    )
    assert quotes(*messages) == [(b"BTU", 9, 10), (b"BTU", 9, 9.5)]


def test_an_empty_book_takes_its_symbol_from_the_entry_before() -> None:
    """279=2 with 269=J, whose instrument is inherited, clears both sides."""
    first = refresh("55=BTU|268=2|269=0|270=9|269=1|270=10")
    entries = "279=0|55=IBM|269=0|270=1|279=0|55=BTU|269=0|270=9.2|279=2|269=J|279=0|269=1|270=11"
    assert quotes(first, update(f"268=4|{entries}"))[1:] == [(b"IBM", 1, None), (b"BTU", None, 11)]


def test_a_delete_by_level_shifts_the_rest() -> None:
    """When level 1 goes, level 2 becomes the best, and level 3 is the second."""
    first = refresh("55=ES|268=3|269=0|270=10|1023=1|269=0|270=9|1023=2|269=0|270=8|1023=3")
    delete = update("268=1|279=2|269=0|1023=1|55=ES")
    assert quotes(first, delete, delete, delete) == [
        (b"ES", 10, None), (b"ES", 9, None), (b"ES", 8, None), (b"ES", None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("price", "size", "bid"),
    [("0", "0", None), ("0.00", "0.0", None), ("0", "100", 0), ("0", "", 0), ("9", "0", 9), ("-1", "0", -1)],
)
def test_price_and_size_of_zero_are_no_quote(price: str, size: str, bid: float | None) -> None:
    """A price of 0 with a size of 0 is none; a real bid of zero is one."""
    sized = f"|271={size}" if size else ""
    quoted = f"|134={size}" if size else ""
    entry = f"55=BTU|268=2|269=1|270=10|269=0|270={price}{sized}"
    assert quotes(refresh(entry)) == [(b"BTU", bid, 10)]
    assert quotes(fix.market_data(f"55=BTU|133=10|132={price}{quoted}", kind="S")) == [(b"BTU", bid, 10)]


def test_a_quote() -> None:
    """35=S: either side may be absent."""
    for fields, expected in (
        ("132=9|133=10", (9, 10)),
        ("132=9", (9, None)),
        ("133=10|135=5", (None, 10)),
        ("117=Q", (None, None)),
    ):
        assert quotes(fix.market_data(f"55=EUR/USD|{fields}", kind="S")) == [(b"EUR/USD", *expected)]


def test_a_mass_quote() -> None:
    """35=i: each entry (295) of each set (296) is a quote by itself."""
    fields = (
        "117=1|296=2|302=S1|295=2|299=1|55=A|132=1|133=2|299=2|55=B|133=4"
        "|302=S2|295=2|299=3|55=C|132=0|134=0|133=6|299=4|132=5"
    )
    assert quotes(fix.market_data(fields, kind="i")) == [
        (b"A", 1, 2), (b"B", None, 4), (b"C", None, 6), (b"C", 5, None),
    ]  # fmt: skip


def test_when_a_quote_came_about() -> None:
    """272 and 273 of the entry, else 60, else 52; any fraction is kept."""

    def times(fields: str, kind: str) -> list[bytes]:
        found = MarketDataReader(Dialect()).read(Message(fix.market_data(fields, kind=kind)))
        return [quote.transact_time for quote in found.quotes]

    entry = "269=0|270=1"
    assert times(f"55=A|268=1|{entry}|272=20260105|273=14:30:00.123456", "W") == [b"20260105-14:30:00.123456"]
    assert times(f"55=A|268=1|{entry}|273=14:30:00", "W") == [TIME]
    assert times(f"55=A|60=20260105-23:59:60|268=1|{entry}", "W") == [b"20260105-23:59:60"]
    assert times("55=A|132=1|60=20260105-09:00:00", "S") == [b"20260105-09:00:00"]
    assert times("296=1|302=1|295=2|299=1|55=A|132=1|60=20260105-09:00:00|299=2|55=B|132=1", "i") == [
        b"20260105-09:00:00", TIME,
    ]  # fmt: skip
    last = f"279=0|55=A|{entry}|272=20260105|273=10:00:00|279=0|269=1|270=2|272=20260105|273=10:00:01"
    assert times(f"268=2|{last}", "X") == [b"20260105-10:00:01"]


def test_statuses() -> None:
    """35=f by the session's table of 326; what has no meaning there says nothing."""

    def statuses(value: str, dialect: Dialect) -> list[Status]:
        return (
            MarketDataReader(dialect).read(Message(fix.market_data(f"55=A|326={value}", kind="f"))).statuses
        )

    for value, status in (("2", 1), ("3", 0), ("17", 0), ("18", 4), ("21", 3)):
        assert statuses(value, Dialect()) == [Status(b"A", TIME, status)]
    assert statuses("5", Dialect()) == statuses("", Dialect()) == []
    assert statuses("5", Dialect(statuses={**STATUSES, b"5": 2})) == [Status(b"A", TIME, 2)]


def test_actions_of_a_venue() -> None:
    """279 of 3 and above is ignored unless a table says what it means."""
    messages = (
        refresh("55=ES|268=3|269=0|270=10|1023=1|269=0|270=9|1023=2|269=0|270=8|1023=3"),
        update("268=1|279=3|269=0|1023=2|55=ES"),
    )
    assert quotes(*messages) == [(b"ES", 10, None)]
    venue = Dialect(actions={**ACTIONS, b"3": Action.DELETE_THROUGH})
    assert quotes(*messages, dialect=venue) == [(b"ES", 10, None), (b"ES", 8, None)]


def test_implied_prices_of_a_venue() -> None:
    """They are quotes where the session's table says so."""
    message = refresh("55=ES|268=2|278=a|269=E|270=10|278=b|269=F|270=11")
    assert quotes(message) == []
    venue = Dialect(entry_types={**ENTRY_TYPES, b"E": BookSide.BID, b"F": BookSide.OFFER})
    assert quotes(message, dialect=venue) == [(b"ES", 10, 11)]


def test_fragments_are_published_with_the_last() -> None:
    """893=N: neither half of a refresh is a quote, and the second does not replace the first."""
    messages = (
        refresh("55=A|268=1|269=0|270=1"),
        refresh("55=A|893=N|268=1|269=0|270=2"),
        refresh("55=A|893=Y|268=1|269=1|270=3"),
        update("893=N|268=1|279=0|55=B|269=0|270=5"),
        update("893=Y|268=1|279=0|55=C|269=0|270=6"),
        refresh("55=A|893=N|268=1|269=0|270=1"),
        refresh("55=B|268=1|269=0|270=1"),
    )
    assert quotes(*messages) == [
        (b"A", 1, None), (b"A", 2, 3), (b"B", 5, None), (b"C", 6, None), (b"A", 1, None), (b"B", 1, None),
    ]  # fmt: skip


def test_fragments_without_end_are_published_all_the_same() -> None:
    """No more than so many symbols wait for a last fragment that may never come."""
    entries = "|".join(f"279=0|55=S{number}|269=0|270=1" for number in range(MOST_HELD))
    assert len(quotes(update(f"893=N|268={MOST_HELD}|{entries}"))) == MOST_HELD


def test_books_are_forgotten_at_a_reset() -> None:
    """After a gap nothing of the old books is in a quote, and nothing that waited is published."""
    reader = MarketDataReader(Dialect())
    reader.read(Message(refresh("55=A|268=1|269=0|270=1")))
    reader.read(Message(update("893=N|268=1|279=0|55=B|269=0|270=5")))
    reader.reset()
    found = reader.read(Message(update("268=1|279=0|55=A|269=1|270=2")))
    assert found.quotes == [Quote(b"A", TIME, None, 2)]


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("W", "268=1|269=0|270=1", [("symbol", 0)]),
        ("W", "55=A|268=2|269=0|270=1", [("list", 0)]),
        ("W", "55=A|268=1|269=0|270=x", [("number", 1)]),
        ("W", "55=A|268=2|269=0|270=1|269=1|270=2|271=x", [("number", 2)]),
        ("W", f"55=A|60={'1' * 36}|268=1|269=0|270=1", [("transact_time", 0)]),
        ("W", "55=A|noise|268=0", [("type", 0)]),
        ("X", "268=2|279=0|269=0|270=1|279=0|55=A|269=0|270=1", [("symbol", 1)]),
        ("X", "268=1|279=0|55=A|270=1", [("side", 1)]),
        ("X", f"268=1|279=0|55=A|269=0|270=1|278={'X' * 65}", [("order_id", 1)]),
        ("X", "268=1|279=0|55=A|269=0|270=1|1023=-1", [("number", 1)]),
        ("X", f"268=1|279=0|55=A|269=0|270=1|1023={'9' * 10}", [("number", 1)]),
        ("S", "132=1", [("symbol", 0)]),
        ("S", "55=A|132=nan", [("number", 0)]),
        ("S", "55=A|135=x", [("number", 0)]),
        ("i", "296=1|302=1|295=2|299=1|55=A|132=1", [("list", 0)]),
        ("i", "296=1|302=1|295=2|299=1|132=1|299=2|55=A|132=x", [("symbol", 1), ("number", 2)]),
        ("f", "326=2", [("symbol", 0)]),
    ],
)
def test_what_cannot_be_read_is_refused(kind: str, fields: str, expected: list[tuple[str, int]]) -> None:
    """The message as a whole, or the entry alone, for the contract's reason."""
    assert refused(fields, kind) == expected
    assert {reason for reason, _ in expected} <= set(REASONS)


def test_a_refused_entry_leaves_the_others() -> None:
    """Of an update with a bad entry the good ones take effect."""
    reader = MarketDataReader(Dialect())
    found = reader.read(Message(update("268=2|279=0|55=A|269=0|270=x|279=0|55=A|269=1|270=2")))
    assert [quote[2:] for quote in found.quotes] == [(None, 2)]
    assert [each.reason for each in found.refused] == ["number"]


def test_too_many_symbols_get_no_quote() -> None:
    """A symbol beyond the bound is refused, and nothing is said of its quote."""
    reader = MarketDataReader(Dialect(), max_symbols=1)
    reader.read(Message(refresh("55=A|268=1|269=0|270=1")))
    for message in (refresh("55=B|268=1|269=0|270=1"), update("268=1|279=0|55=B|269=0|270=1")):
        found = reader.read(Message(message))
        assert (found.quotes, [each.reason for each in found.refused]) == ([], ["too_many_symbols"])


def test_other_messages_say_nothing_of_the_market() -> None:
    """Orders, heartbeats and what is malformed among them."""
    for raw in (fix.order(), fix.message("35=0"), fix.message("35=D|noise")):
        assert MarketDataReader(Dialect()).read(Message(raw)) == MarketData([], [], [])
