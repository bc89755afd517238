"""`python -m faults.soak`: a steady load for minutes; memory has to stay flat."""

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from faults.load import Load
from faults.program import find_program
from services.cli.local.embedded import Server
from tests.support.frames import frame, order, quote
from tests.support.memory import resident_kb
from tests.support.processes import Processes

_SYMBOLS: Final = 350
_ORDERS: Final = 0.2
"""Which part of the messages are orders."""
_RISKY_SYMBOLS: Final = 7
_ALERTS_KEPT: Final = 10_000
_SAMPLE_S: Final = 5.0
_GROWTH: Final = 0.05
_GROWTH_KB: Final = 6 * 1024
"""A process may end with so much more memory than it had after the warm-up: 5 % and 6 MB."""
_KEPT_UP: Final = 0.95

Sample = dict[str, Any]


@click.command()
@click.option("--seconds", type=click.FloatRange(20), default=600.0, show_default=True, help="How long.")
@click.option(
    "--rate", type=click.IntRange(1000), default=50_000, show_default=True, help="Messages a second."
)
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path), default=None,
    help="Where the samples go.  [default: faults/results/soak.json]",
)  # fmt: skip
@click.option("--server", help="redis, valkey, or a program.  [default: redis, or else valkey]")
def main(*, seconds: float, rate: int, json_path: Path | None, server: str | None) -> None:
    """Send quotes and orders at a steady rate and sample memory and latency every 5 seconds.

    Exit code 1 if a process ends with more than 5 % and 6 MB above what it had after the first quarter, if
    the services do not keep up, or if something is not acknowledged in the end.
    """
    redis = Server(find_program(server)).start()
    try:
        with Processes() as processes:
            samples, wrong = _soak(processes, redis, seconds, rate)
    finally:
        redis.close()
    wrong += _growths(samples)
    path = json_path or Path(__file__).parent / "results" / "soak.json"
    _write(path, seconds, rate, samples, wrong)
    for text in wrong:
        click.echo(f"wrong: {text}")
    click.echo(f"{'FAILED' if wrong else 'memory stayed flat'}; samples: {path}")
    sys.exit(1 if wrong else 0)


def _soak(processes: Processes, redis: Server, seconds: float, rate: int) -> tuple[list[Sample], list[str]]:
    """Run the load; the samples, and what went wrong."""
    ingestor = processes.ingest(redis.url)
    checker = processes.check(redis.url, "--max-alerts", str(_ALERTS_KEPT))
    api = processes.api(redis.url)
    api.wait_for("listening")
    orders = int(rate * _ORDERS)
    loads = [
        Load("quotes", ingestor.address(), _quotes(rate - orders)),
        Load("orders", checker.address(), _orders(orders)),
    ]
    pids = {"ingestor": ingestor.pid, "checker": checker.pid, "api": api.pid, "redis": redis.pid}
    for load in loads:
        load.start()
    began = time.monotonic()
    samples: list[Sample] = []
    while time.monotonic() - began < seconds:
        time.sleep(_SAMPLE_S)
        samples.append(_sample(time.monotonic() - began, pids, loads))
        click.echo(_line(samples[-1]))
    for load in loads:
        load.stop()
    for load in loads:
        load.join()
    wrong = [
        f"{load.sent - load.acknowledged} not acknowledged"
        for load in loads
        if load.sent != load.acknowledged
    ]
    sent = sum(load.sent for load in loads)
    if sent < _KEPT_UP * rate * seconds:
        wrong.append(f"only {sent:,} messages of {rate * seconds:,.0f} were taken in time")
    return samples, wrong


def _quotes(count: int) -> list[bytes]:
    """A second's quotes: every symbol in turn, always risky or never."""
    return [
        frame(quote(_symbol(n % _SYMBOLS), 20.0 + n % 50, 20.0 + n % 50 + _spread(n % _SYMBOLS)))
        for n in range(count)
    ]


def _orders(count: int) -> list[bytes]:
    return [frame(order(_symbol(n % _SYMBOLS), b"%06d" % n)) for n in range(count)]


def _symbol(number: int) -> bytes:
    return b"%4X" % (0xA000 + number)


def _spread(number: int) -> float:
    return 0.5 if number < _RISKY_SYMBOLS else 0.01


def _sample(at_s: float, pids: Mapping[str, int], loads: Sequence[Load]) -> Sample:
    """Memory in KB by process, and how long blocks took from the send to the ACK, in ms."""
    return {
        "at_s": round(at_s, 1),
        "sent": sum(load.sent for load in loads),
        "resident_kb": {name: resident_kb(pid) for name, pid in pids.items()},
        "latency_ms": {load.feed: _percentiles(load.latencies_ms()) for load in loads},
    }


def _percentiles(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    places = {"p50": len(values) // 2, "p99": len(values) * 99 // 100, "worst": -1}
    return {name: round(values[place], 2) for name, place in places.items()}


def _line(sample: Sample) -> str:
    memory = "  ".join(f"{name} {kb / 1024:.1f} MB" for name, kb in sample["resident_kb"].items())
    latency = "  ".join(f"{feed} ms {values}" for feed, values in sample["latency_ms"].items())
    return f"{sample['at_s']:.0f} s  {sample['sent']:,} sent  {memory}  {latency}"


def _growths(samples: Sequence[Sample]) -> list[str]:
    """The processes that grew more than they may, from the second quarter to the last."""
    quarter = max(len(samples) // 4, 1)
    wrong = []
    for name in samples[0]["resident_kb"]:
        memory = [sample["resident_kb"][name] for sample in samples]
        before = statistics.median(memory[quarter : 2 * quarter])
        after = statistics.median(memory[-quarter:])
        if after > before * (1 + _GROWTH) + _GROWTH_KB:
            wrong.append(f"{name} grew from {before:,.0f} to {after:,.0f} KB")
    return wrong


def _write(path: Path, seconds: float, rate: int, samples: list[Sample], wrong: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    log = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}",
        "seconds": seconds,
        "rate": rate,
        "wrong": wrong,
        "samples": samples,
    }
    path.write_text(json.dumps(log) + "\n")


if __name__ == "__main__":
    main()
