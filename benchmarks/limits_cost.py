"""`python -m benchmarks.limits_cost`: what judging by published limits costs a checker an order.

Version 0 against a version with every test on: 200 classes, 3,000 symbols, 8 account profiles, 0.1 % of the
orders alert. Rounds of each kind take turns, and the median of the ratios is what counts.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any, Final

import click
import numpy as np
from redis import Redis

from benchmarks.feeds import order_frames, quote_frames, symbol_names
from benchmarks.stage import Senders, Stage
from shared.market import keys
from shared.market.limits.file.read_file import read_limits
from shared.published.asking import ask
from shared.published.changing import activate, publish, set_shadow
from shared.redis.url import open_link

_SYMBOLS: Final = 3000
_WIDE: Final = 3
_CLASSES: Final = 200
_ACCOUNTS: Final = 5000
_ROUNDS: Final = 5

_RULES: Final = """
session = "us"
absent = ["0.0001", "199999.99"]
tiers = [
  { from = "0", spread = "0.05", ratio = "0.2" }, { from = "25", spread = "0.05", ratio = "0.1" },
  { from = "100", spread = "0.05", ratio = "0.1" },
]
[class.states]
one_sided = "needed"
crossed = { after_ms = 500 }
locked = "alert"
auction = "alert"
[class.stale]
quote_ms = 3600000
feed_ms = 3600000
[class.order]
market = { spread = "0.10", ratio = "0.1" }
through = { money = "500", ratio = "9", use = "larger" }
away = { ratio = "9" }
bands = "alert"
tick = [ { from = "0", tick = "0.0001" }, { from = "1", tick = "0.01" } ]
max_quantity = "100000"
max_notional = "500000000"
[class.during.night]
tiers = "off"
"""


def limits_text(names: list[str]) -> str:
    """Limits with every test on, for these symbols."""
    windows = 'night = ["03:00-03:01"]\nopen = ["00:00-24:00"]'
    session = f'format = 1\n[session.us]\nzone = "America/New_York"\n{windows}\n'
    classes = [
        f'[[class]]\nname = "class-{place}"\nsymbols = {json.dumps(names[place :: _CLASSES - 1])}{_RULES}'
        for place in range(_CLASSES - 1)
    ]
    last = f'[[class]]\nname = "others"\nsymbols = ["*"]{_RULES}'
    profiles = [
        f'[[account]]\nname = "profile-{place}"\naccounts = ["{place}*"]\ntighten = "0.99{place}"\n'
        f'max_quantity = "{90_000 + place}"\n'
        for place in range(1, 9)
    ]
    return session + "\n".join([*classes, last, *profiles])


def write_market(redis: Redis, names: list[str]) -> list[dict[Any, Any]]:
    """A hash of each symbol, of which some are wide; the hashes."""
    random = np.random.Generator(np.random.PCG64(1))
    every = np.arange(len(names))
    frames = quote_frames(np.array([name.rjust(4).encode() for name in names]), every, every < _WIDE, random)
    now = str(time.time_ns() // 1000)
    hashes: list[dict[Any, Any]] = []
    for place, (bid, offer) in enumerate(zip(frames["bid"].tolist(), frames["offer"].tolist(), strict=True)):
        is_wide = place < _WIDE
        hashes.append(
            {
                "bid": repr(bid), "offer": repr(offer), "transact_time": "20260105-14:30:00.000",
                "risky": str(int(is_wide)), "reason": "spread" if is_wide else "", "updated_at": now,
                "state": "two_sided", "state_since": now, "status": "0", "status_at": now, "band_low": "0.01",
                "band_high": "9000.0", "source": f"feed-{place % 3}", "written_at": now,
            }
        )  # fmt: skip
    pipeline = redis.pipeline(transaction=False)
    for name, fields in zip(names, hashes, strict=True):
        pipeline.hset(f"symbol:{name}", mapping=fields)
    for source in range(3):
        pipeline.set(f"feed:feed-{source}", now)
    pipeline.execute()
    return hashes


def move_quotes(url: str, names: list[str], hashes: list[dict[Any, Any]], stop: Event) -> None:
    """Write new times into hashes, some 20,000 a second, until it is told to stop."""
    with Redis.from_url(url) as redis:
        for begin in _laps(len(names)):
            if stop.wait(0.01):
                return
            pipeline = redis.pipeline(transaction=False)
            now = str(time.time_ns() // 1000)
            for place in range(begin, min(begin + 200, len(names))):
                pipeline.hset(f"symbol:{names[place]}", mapping=hashes[place] | {"updated_at": now})
            pipeline.execute()


def _laps(count: int) -> Iterator[int]:
    while True:
        yield from range(0, count, 200)


class Limits:
    """Publishes.

    Args:
        url: of the server.
        redis: a client of it.
    """

    def __init__(self, url: str, redis: Redis) -> None:
        self._link, self._redis = open_link(url), redis

    def activate(self, text: str) -> None:
        """Make limits the active ones."""
        number = self._publish(text)
        ask(self._link, activate(number, self._pointer(keys.LIMITS_ACTIVE), "benchmark", "to measure"))

    def shadow(self, text: str | None) -> None:
        """Let limits run in the shadow, or none."""
        number = None if text is None else self._publish(text)
        ask(self._link, set_shadow(number, self._pointer(keys.LIMITS_SHADOW), "benchmark", "to measure"))

    def off(self) -> None:
        """Take all away; a checker that knows a version would write it again, so it has to be a new one."""
        for key in self._redis.scan_iter("limits:*"):
            self._redis.delete(key)

    def _publish(self, text: str) -> int:
        return ask(self._link, publish(read_limits(text.encode()), "benchmark", "to measure")).number

    def _pointer(self, key: str) -> bytes:
        found = self._redis.get(key)
        assert found is None or isinstance(found, bytes)
        return found or b""


KINDS: Final = ("version 0", "every test", "every test, and a shadow")


def measure(kind: str, orders: Path, count: int, senders: Senders, *, is_moving: bool) -> tuple[float, float]:
    """What an order costs the checker and the server, nanoseconds of processor time."""
    names = [name.decode().strip() for name in symbol_names(_SYMBOLS).tolist()]
    with Stage(append_only="off") as stage:
        hashes = write_market(stage.redis, names)
        limits = Limits(stage.server.url, stage.redis)
        if kind != KINDS[0]:
            limits.activate(limits_text(names))
        if kind == KINDS[2]:
            limits.shadow(limits_text(names).replace('spread = "0.05"', 'spread = "0.0501"'))
        stop = Event()
        mover = Thread(target=move_quotes, args=(stage.server.url, names, hashes, stop))
        if is_moving:
            mover.start()
        senders.send({orders: stage.addresses["orders"]}, None)  # warm: symbols, classes and accounts are met
        before, alerts = stage.cpu_s(), stage.alerts()
        senders.send({orders: stage.addresses["orders"]}, "desk")
        after = stage.cpu_s()
        assert count // 1100 < stage.alerts() - alerts < count // 900, stage.alerts() - alerts
        stop.set()
        if is_moving:
            mover.join()
    return (after["orders"] - before["orders"]) / count * 1e9, (
        after["server"] - before["server"]
    ) / count * 1e9


@click.command()
@click.option("--orders", default=1_000_000, help="Orders a round.")
@click.option("--rounds", default=_ROUNDS)
def main(orders: int, rounds: int) -> None:
    """Measure, and print a table."""
    random = np.random.Generator(np.random.PCG64(2))
    symbols = random.integers(_WIDE, _SYMBOLS, orders)
    symbols[::1000] = random.integers(0, _WIDE, len(symbols[::1000]))
    frames = order_frames(symbol_names(_SYMBOLS), symbols)
    frames["account"] = random.integers(0, _ACCOUNTS, orders)
    with tempfile.TemporaryDirectory() as folder, Senders() as senders:
        file = Path(folder) / "orders.msg"
        frames.tofile(file)
        for is_moving in (False, True):
            costs: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
            for _ in range(rounds):
                for kind in KINDS:
                    costs[kind].append(measure(kind, file, orders, senders, is_moving=is_moving))
            for kind in KINDS:
                ratios = [own[0] / zero[0] for own, zero in zip(costs[kind], costs[KINDS[0]], strict=True)]
                checker, server = (median(each) for each in zip(*costs[kind], strict=True))
                click.echo(
                    f"{kind:26}{'quotes move' if is_moving else 'quotes stand':14}"
                    f"checker {checker:6.0f} ns ({median(ratios):.2f})  server {server:6.0f} ns"
                )


if __name__ == "__main__":
    main()
