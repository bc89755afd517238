"""Books of FIX market data against a naive model, and within bounds."""

from collections.abc import Iterator
from typing import Any, Literal, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.wire.fix.books.room import Room
from shared.wire.fix.dialect import ACTIONS, Action, BookKey, Dialect
from shared.wire.fix.market_data import MarketDataReader
from shared.wire.fix.message import Message
from tests.support import fix

Key = Literal["id", "level", "price"]

VENUE = {**ACTIONS, b"3": Action.DELETE_THROUGH, b"4": Action.DELETE_FROM}


class NaiveBook:
    """A book that keeps what it is told in plain lists, and looks at all of it for the best price."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.rows: list[dict[str, Any]] = []
        self.places: dict[str, list[dict[str, Any] | None]] = {"0": [], "1": []}

    def apply(self, entry: dict[str, str]) -> None:
        """Do what one entry says, given as its fields."""
        {"id": self._by_id, "price": self._by_price, "level": self._by_level}[self.key](entry)

    def _by_id(self, entry: dict[str, str]) -> None:
        names = [entry[tag] for tag in ("280", "278") if tag in entry]
        known = [row for name in names for row in self.rows if row["name"] == name]
        if entry["279"] in "234":
            self.rows = [row for row in self.rows if row["name"] not in names]
        elif names:
            new = {"name": names[-1], "side": entry.get("269"), **numbers(entry)}
            new = {tag: known[0][tag] if known and value is None else value for tag, value in new.items()}
            if new["side"] is not None and new["270"] is not None:
                self.rows = [row for row in self.rows if row["name"] not in names]
                self.rows += [new] * is_quote(new)

    def _by_price(self, entry: dict[str, str]) -> None:
        new = {"side": entry.get("269"), **numbers(entry)}
        if new["270"] is None:
            return
        same = [row for row in self.rows if row["270"] == new["270"] and new["side"] in {None, row["side"]}]
        if entry["279"] in "234":
            self.rows = [row for row in self.rows if row not in same]
        elif new["side"] is not None:
            self.rows = [row for row in self.rows if row not in same] + [new] * is_quote(new)

    def _by_level(self, entry: dict[str, str]) -> None:
        if "269" not in entry:
            return
        rows = self.places[entry["269"]]
        if "1023" not in entry and entry["279"] != "0":
            return
        place = int(entry.get("1023", len(rows) + 1)) - 1
        new = numbers(entry)
        if entry["279"] == "2":
            rows[place : place + 1] = []
        elif entry["279"] == "3":
            rows[: place + 1] = []
        elif entry["279"] == "4":
            rows[place:] = []
        else:
            old = rows[place] if place < len(rows) and entry["279"] == "1" else None
            new = {tag: old[tag] if old and value is None else value for tag, value in new.items()}
            if new["270"] is None:
                return
            rows += [None] * (place - len(rows))
            rows[place : place + (entry["279"] == "1")] = [new if is_quote(new) else None]

    def best(self) -> tuple[float | None, float | None]:
        """The best bid and offer of all that is there."""
        rows = [*self.rows, *({**row, "side": side} for side in "01" for row in self.places[side] if row)]
        bids, offers = ([row["270"] for row in rows if row["side"] == side] for side in "01")
        return max(bids, default=None), min(offers, default=None)


def numbers(entry: dict[str, str]) -> dict[str, Any]:
    """Price and size of an entry, None where absent."""
    return {tag: float(entry[tag]) if tag in entry else None for tag in ("270", "271")}


def is_quote(row: dict[str, Any]) -> bool:
    """Whether it is more than price 0 and size 0."""
    return (row["270"], row["271"]) != (0, 0)


def fields(**choices: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    """Entries as fields by tag, each of which may be absent, 279 excepted."""
    required = {"279": choices.pop("_279")}
    optional = {name[1:]: values for name, values in choices.items()}
    return st.fixed_dictionaries(required, optional=optional).filter(
        lambda entry: entry["279"] != "0" or "269" in entry  # which is refused
    )


ENTRIES = fields(
    _279=st.sampled_from("0012345"),
    _269=st.sampled_from("01"),
    _278=st.sampled_from("ABCD"),
    _280=st.sampled_from("ABCDE"),
    _1023=st.integers(1, 5).map(str),
    _270=st.sampled_from(["0", "0.00", "-1", "9.5", "10", "10.5", "11"]),
    _271=st.sampled_from(["0", "1", "250.5"]),
)


def update(entries: list[dict[str, str]], symbol: str = "BTU") -> Message:
    """35=X with these entries; the first one names the symbol."""
    ordered: Iterator[list[str]] = (
        [f"279={entry['279']}", *(f"{tag}={value}" for tag, value in entry.items() if tag != "279")]
        for entry in entries
    )
    texts = ["|".join(each) for each in ordered]
    texts[0] += f"|55={symbol}"
    return Message(fix.market_data(f"268={len(texts)}|" + "|".join(texts), kind="X"))


@given(st.sampled_from(get_args(Key)), st.lists(st.lists(ENTRIES, min_size=1, max_size=4), max_size=12))
@example(
    "level", [[{"279": "0", "269": "0", "1023": "3", "270": "9.5"}], [{"279": "2", "269": "0", "1023": "1"}]]
)
@example("id", [[{"279": "0", "269": "0", "278": "A", "270": "9.5"}], [{"279": "1", "280": "A", "278": "B"}]])
def test_a_book_is_what_a_naive_one_is(key: Key, messages: list[list[dict[str, str]]]) -> None:
    """After each of any updates, the best bid and offer are those of a model that keeps plain lists."""
    reader, naive = MarketDataReader(Dialect(books=key, actions=VENUE)), NaiveBook(key)
    for entries in messages:
        for entry in entries:
            if entry["279"] != "5":
                naive.apply(entry)
        found = reader.read(update(entries))
        assert found.refused == []
        assert [(quote.bid, quote.offer) for quote in found.quotes] in ([], [naive.best()])
        assert reader.books.best(b"BTU") == naive.best()


@pytest.mark.slow
@given(
    st.sampled_from(get_args(BookKey)),
    st.lists(st.tuples(st.sampled_from("ABCDE"), st.lists(ENTRIES, min_size=1, max_size=4)), max_size=9),
)
def test_books_stay_within_their_bounds(
    key: BookKey, messages: list[tuple[str, list[dict[str, str]]]]
) -> None:
    """Whatever comes, there are no more symbols, entries of a side, or entries of all than allowed."""
    room = Room(levels_a_side=3, levels=7)
    reader = MarketDataReader(Dialect(books=key, actions=VENUE), max_symbols=3, room=room)
    for symbol, entries in messages:
        refused = {each.reason for each in reader.read(update(entries, symbol)).refused}
        assert refused <= {"too_many_symbols"}
        assert len(reader.books) <= 3
        assert 0 <= room.used <= 7
    reader.reset()
    assert (room.used, len(reader.books)) == (0, 0)


@pytest.mark.parametrize("key", ["id", "price"])
def test_the_worst_entry_is_given_up(key: Key) -> None:
    """Of more entries than there is room for, those nearest to the touch stay."""
    room = Room(levels_a_side=3)
    reader = MarketDataReader(Dialect(books=key), room=room)
    bids = [
        {"279": "0", "269": "0", "278": price, "270": price} for price in ("10", "9", "8", "11", "7", "12")
    ]
    reader.read(update(bids))
    assert (room.used, room.given_up) == (3, 3)
    left = []
    for price in ("12", "11", "10", "9"):
        left.append(reader.books.best(b"BTU")[0])
        reader.read(update([{"279": "2", "278": price, "270": price}]))
    assert left == [12, 11, 10, None]


def test_places_beyond_the_bound_are_given_up() -> None:
    """An entry that is inserted pushes the last one out; one far behind is not taken."""
    room = Room(levels_a_side=2)
    reader = MarketDataReader(Dialect(books="level"), room=room)
    for place, price in (("1", "9"), ("2", "8"), ("1", "10"), ("3", "20"), ("0", "20")):
        reader.read(update([{"279": "0", "269": "0", "1023": place, "270": price}]))
    assert (room.used, room.given_up, reader.books.best(b"BTU")) == (2, 3, (10, None))
    reader.read(update([{"279": "2", "269": "0", "1023": "1"}]))
    assert reader.books.best(b"BTU") == (9, None)


def test_what_names_nothing_is_counted() -> None:
    """A delete of what is not there, or without anything to find it by, moves no quote."""
    reader = MarketDataReader(Dialect())
    reader.read(update([{"279": "0", "269": "0", "278": "A", "270": "10"}]))
    for entry in ({"279": "2", "278": "B"}, {"279": "2", "269": "0"}, {"279": "1", "278": "C"}):
        assert reader.read(update([entry])).quotes == []
    assert reader.books.unmatched == 3
    assert reader.books.best(b"BTU") == (10, None)


@pytest.mark.parametrize(
    ("first", "then", "best"),
    [
        ({"278": "A", "1023": "1"}, {"279": "2", "278": "A"}, None),  # an ID before a level
        ({"1023": "1", "290": "1"}, {"279": "2", "269": "0", "1023": "1"}, None),
        ({"290": "1"}, {"279": "2", "269": "0", "290": "1"}, 10.0),  # 290 is mere information
        ({"290": "1"}, {"279": "2", "269": "0", "270": "10"}, None),
    ],
)
def test_what_names_an_entry_is_seen_at_the_first(
    first: dict[str, str], then: dict[str, str], best: float | None
) -> None:
    """`auto`: an ID if there is one, else MDPriceLevel, else the price."""
    reader = MarketDataReader(Dialect())
    reader.read(update([{"279": "0", "269": "0", "270": "10", **first}]))
    reader.read(update([then]))
    assert reader.books.best(b"BTU") == (best, None)


def test_by_level_290_is_a_place_when_told_so() -> None:
    """With books = "level", MDEntryPositionNo stands in for MDPriceLevel, which comes first."""
    reader = MarketDataReader(Dialect(books="level"))
    for place, price in (("1", "9"), ("1", "10")):
        reader.read(update([{"279": "0", "269": "0", "290": place, "270": price}]))
    reader.read(update([{"279": "2", "269": "0", "290": "2", "1023": "1"}]))
    assert reader.books.best(b"BTU") == (9, None)
