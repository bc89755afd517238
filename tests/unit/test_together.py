"""Quotes and orders in the order of their times, and in phases in which no order overtakes a quote."""

import random
from collections.abc import Sequence
from threading import Event

import pytest

from services.cli.files.rows import Kind, Place
from services.cli.replaying.together import Clock, send_together
from services.cli.sending import phases
from services.cli.sending.time_order import TimedRow


class World:
    """Two channels that write down what takes effect, as late as they may."""

    def __init__(self, done: dict[Kind, int] | None = None) -> None:
        self.log: list[TimedRow] = []
        self.waits = 0
        done = done or {}
        self.quotes, self.orders = (_Channel(self, done.get(kind, 0)) for kind in ("quotes", "orders"))


class _Channel:
    def __init__(self, world: World, left: int) -> None:
        self._world, self._left = world, left
        self._waiting: list[TimedRow] = []
        self.done = left

    @property
    def is_catching_up(self) -> bool:
        return self._left > 0

    def send(self, rows: Sequence[TimedRow]) -> None:
        skipped = min(self._left, len(rows))
        self._left -= skipped
        self._waiting += rows[skipped:]
        self.done += len(rows) - skipped

    def settle(self) -> None:
        self._world.waits += bool(self._waiting)
        self._world.log += self._waiting
        self._waiting = []

    def close(self) -> None:
        pass


def day(seed: int, symbols: int, count: int = 400) -> list[TimedRow]:
    """Quotes and orders at times that grow, some at the same time."""
    dice = random.Random(seed)
    rows = []
    for number in range(count):
        symbol = b"S%d" % dice.randrange(symbols)
        time = number // 3
        if dice.random() < 0.7:
            rows.append(TimedRow(time, 0, number, "quotes", (symbol, b"1", b"2", b""), Place("line", number)))
        else:
            row = (b"", b"", b"buy", symbol, b"", b"", b"")
            rows.append(TimedRow(time, 1, number, "orders", row, Place("line", number)))
    return rows


def met(rows: Sequence[TimedRow]) -> dict[int, int | None]:
    """The last quote of its symbol that each order meets, by their numbers."""
    last: dict[bytes, int] = {}
    found = {}
    for row in rows:
        if row.kind == "quotes":
            last[row.symbol] = row.number
        else:
            found[row.number] = last.get(row.symbol)
    return found


@pytest.mark.parametrize("symbols", [1, 3, 50, 1000])
@pytest.mark.parametrize("most", [1, 7, 10_000])
def test_every_order_meets_its_quote(symbols: int, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However late the channels are: each order meets the last quote of its symbol before it in time."""
    monkeypatch.setattr(phases, "MOST", most)
    rows, world = day(symbols, symbols), World()
    send_together(rows, world.quotes, world.orders, Clock(0, _never()))
    assert met(world.log) == met(rows)
    assert len(world.log) == len(rows)


def test_many_symbols_need_few_waits() -> None:
    """With many symbols hundreds of messages go between two waits."""
    rows, world = day(1, symbols=5000, count=5000), World()
    send_together(rows, world.quotes, world.orders, Clock(0, _never()))
    assert world.waits < len(rows) / 50


@pytest.mark.parametrize("seed", range(10))
def test_going_on(seed: int) -> None:
    """After a replay that ended anywhere the next one sends what is left, and each order meets its quote."""
    rows = day(seed, symbols=5)
    broken = World()
    end = random.Random(seed).randrange(len(rows))
    send_together(rows[:end], broken.quotes, broken.orders, Clock(0, _never()))
    done: dict[Kind, int] = {"quotes": broken.quotes.done, "orders": broken.orders.done}
    resumed = World(done)
    resumed.log = broken.log
    send_together(rows, resumed.quotes, resumed.orders, Clock(0, _never()))
    assert sorted(resumed.log) == sorted(rows)
    assert met(resumed.log) == met(rows)


def _never() -> Event:
    return Event()
