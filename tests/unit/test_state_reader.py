"""Pages of symbols: how often Redis is asked for them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.market_data.http.state_reader import Page, StateReader, Wanted
from shared.redis.link import Command, Reply
from shared.redis.server_clock import ServerClock

NAMES = [f"S{number:05}" for number in range(12_000)]
RISKY = [b"10.0", b"10.5", b"1", b"spread", b"20260105-14:30:00.000", b"1", *[None] * 5]
NARROW = [b"10.0", b"10.01", b"0", b"", b"20260105-14:30:00.000", b"1", *[None] * 5]


class Symbols:
    """A Redis with these symbols, the last three of which are risky; counts round trips for quotes."""

    roundtrips = 0

    async def roundtrip(self, commands: Sequence[Command], wait_s: float = 0.0) -> list[Reply]:
        """See `AsyncLink`."""
        del wait_s
        if b"SMEMBERS" in commands[0].packed:
            return [[name.encode() for name in NAMES]]
        self.roundtrips += 1
        return [RISKY if int(each.key[-5:]) >= len(NAMES) - 3 else NARROW for each in commands]

    async def close(self) -> None:
        """See `AsyncLink`."""


def page(link: Symbols, **wanted: str | int | bool | list[str] | None) -> Page:
    """A page of these symbols."""
    after: Any = wanted.pop("after", None)
    limit: Any = wanted.pop("limit", 100)
    filters: Any = wanted
    return asyncio.run(StateReader(link, ServerClock()).page(Wanted(**filters), after=after, limit=limit))


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 10_000])
def test_a_filter_costs_no_more_for_few(limit: int) -> None:
    """However few are wanted, symbols that do not match are read thousands at once."""
    link = Symbols()
    found = page(link, risky=True, limit=limit)
    assert len(found.states) == min(limit, 3)
    assert found.next == (NAMES[-4 + limit] if limit < 3 else None)
    assert link.roundtrips == 3


@pytest.mark.parametrize(("states", "found"), [(["two_sided"], 100), (["locked", "crossed"], 0)])
def test_a_state_is_a_filter(states: list[str], found: int) -> None:
    """Any of those that are named."""
    assert len(page(Symbols(), states=states).states) == found


@pytest.mark.parametrize(("classes", "found"), [(["day", "other"], 3), (["night"], 0), (["7:day"], 0)])
def test_a_class_is_a_filter(classes: list[str], found: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the published limits; what is judged by none is in no class."""
    monkeypatch.setattr("tests.unit.test_state_reader.RISKY", [*RISKY[:9], b"7:day/open+override", None])
    assert len(page(Symbols(), classes=classes).states) == found


def test_no_more_is_read_than_wanted() -> None:
    """Without a filter a page of a hundred reads a hundred."""
    link = Symbols()
    found = page(link, after=NAMES[99])
    assert [name.encode() in state for name, state in zip(NAMES[100:], found.states, strict=False)] == [
        True
    ] * 100
    assert (found.next, link.roundtrips) == (NAMES[199], 1)


def test_the_last_page_says_so() -> None:
    """A page that ends with the last symbol has no next one."""
    assert page(Symbols(), after=NAMES[-3], limit=2).next is None
    assert page(Symbols(), after=NAMES[-1]).states == []
