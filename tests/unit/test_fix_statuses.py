"""Trading statuses out of FIX market data: given by 35=f, or said by the conditions of quotes."""

from typing import Any

from shared.wire.fix.dialect import CONDITIONS, Dialect
from shared.wire.fix.market_data import MarketDataReader
from shared.wire.fix.message import Message
from tests.support import fix

SIDES = "55=BTU|268=2|269=0|270=1{}|269=1|270=2{}"


def statuses(*messages: tuple[str, str], **options: Any) -> list[list[int]]:
    """The statuses that each message gives: its type and its fields."""
    reader = MarketDataReader(Dialect(), **options)
    found = [reader.read(Message(fix.market_data(fields, kind=kind))) for kind, fields in messages]
    assert [each.refused for each in found if each.refused] == []
    return [[status.status for status in each.statuses] for each in found]


def refresh(*conditions: str) -> tuple[str, str]:
    """35=W, with the conditions of both sides."""
    return "W", SIDES.format(*(f"|276={each}" if each else "" for each in conditions))


def test_conditions_are_said_when_they_change() -> None:
    """Of several the highest number; codes without a meaning are none; what is said no more is over."""
    assert statuses(refresh("", "A"), refresh("A I", ""), refresh("I", "I"), refresh("B", "I")) == [
        [], [5], [], [],
    ]  # fmt: skip
    assert statuses(refresh("B", ""), refresh("", ""), refresh("", "")) == [[4], [0], []]


def test_an_update_ends_no_condition() -> None:
    """35=X says it where it is there; only a full refresh, all of it, can leave it out."""
    update = ("X", "268=1|279=0|55=BTU|269=0|270=1{}")
    with_condition = (update[0], update[1].format("|276=I"))
    without = (update[0], update[1].format(""))
    fragment = ("W", f"893=N|{SIDES.format('', '')}")
    assert statuses(with_condition, without, fragment, refresh("", "")) == [[5], [], [], [0]]


def test_what_35_f_gave_holds_beside_conditions() -> None:
    """A symbol that was halted is so again when its quotes are firm; each 35=f is said, whatever there is."""
    halt, resume = ("f", "55=BTU|326=2"), ("f", "55=BTU|326=3")
    assert statuses(halt, refresh("I", ""), refresh("", "")) == [[1], [5], [1]]
    assert statuses(refresh("I", ""), halt, resume, refresh("", "")) == [[5], [1], [0], [0]]


def test_so_many_symbols_are_remembered() -> None:
    """One more has neither: what would have to end later is not begun."""
    other = ("X", "268=1|279=0|55=GLD|269=0|270=1|276=I")
    assert statuses(refresh("I", ""), ("f", "55=IBM|326=2"), ("f", "55=GLD|326=2"), max_symbols=1) == [
        [5], [1], [1],
    ]  # fmt: skip
    reader = MarketDataReader(Dialect(), max_symbols=1)
    reader.read(Message(fix.market_data(refresh("I", "")[1])))
    found = reader.read(Message(fix.market_data(other[1], kind="X")))
    assert ([each.reason for each in found.refused], found.statuses) == (["too_many_symbols"], [])
    assert reader.is_waiting


def test_a_table_of_its_own() -> None:
    """A session's table is taken instead of the usual one."""
    reader = MarketDataReader(Dialect(conditions={**CONDITIONS, b"A": 0, b"Z": 2}))
    found = [
        reader.read(Message(fix.market_data(SIDES.format(f"|276={each}", "")))) for each in ("Z", "A", "A")
    ]
    assert [[status.status for status in each.statuses] for each in found] == [[2], [0], []]
