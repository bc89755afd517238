"""What is sent to compare versions of the services, and what a message costs a service."""

from pathlib import Path
from typing import Final, Literal, NamedTuple, TypedDict

import numpy as np

from benchmarks.crowd import send_in_batches
from benchmarks.feeds import Feeds, write_feeds
from benchmarks.paced import send_paced
from benchmarks.source_tree import Version, environment_of
from benchmarks.stage import Senders, Span, Stage
from market_spread.framing import HEADER
from services.cli.local.embedded import Server

_FILE_MESSAGES: Final = 500_000
_PACED: Final = 2500
_WAITING: Final = 5000
_FOUR_PERCENT: Final = 0.04
_PER_SECOND: Final = 2000


class Workload(NamedTuple):
    """What is sent to one service, with HELLO, in 1 to 2 s."""

    name: str
    feed: Literal["quotes", "orders"]
    way: Literal["flood", "paced", "waiting"]
    """As fast as they are taken; one by one at 2,000 a second; or each when the one before has its ACK."""
    messages: int
    repeat: int = 1
    """How many times these messages are sent."""
    risky: float = _FOUR_PERCENT
    """Share of the orders that alert."""


WORKLOADS: Final = (
    Workload("quotes", "quotes", "flood", _FILE_MESSAGES, 30),
    Workload("orders, 4 % alert", "orders", "flood", _FILE_MESSAGES, 4),
    Workload("orders, none alerts", "orders", "flood", _FILE_MESSAGES, 28, risky=0.0),
    Workload("quotes, 2,000/s", "quotes", "paced", _PACED),
    Workload("orders, 4 % alert, 2,000/s", "orders", "paced", _PACED),
    Workload("quotes, each after an ACK", "quotes", "waiting", _WAITING),
    Workload("orders, 4 % alert, each after an ACK", "orders", "waiting", _WAITING),
)


class Run(TypedDict):
    """What was measured once."""

    cpu_ns: float
    """Processor time of the service, user and system, for a message."""
    wall_ns: float
    """From the first message until all have taken effect, for a message."""
    p50_us: float | None
    """From the moment at which a paced message is due until its ACK; None where they are not paced."""


def write_files(folder: Path, workload: Workload) -> Feeds:
    """Write what a workload sends, and what comes before it."""
    return write_feeds(folder / f"{workload.messages}-{workload.risky}", workload.messages, workload.risky)


def measure(version: Version, workload: Workload, feeds: Feeds, server: Server, senders: Senders) -> Run:
    """Send a workload through fresh services of a version, on a server that is emptied first.

    Raises:
        AssertionError: not as many alerts came out as have to.
    """
    with Stage(server=server, environment=environment_of(version.tree)) as stage:
        senders.send({feeds.opening: stage.addresses["quotes"]}, "opening")
        senders.send({feeds.warm_up: stage.addresses["orders"]}, "opening")
        run = _run(stage, workload, feeds, senders)
        expected = feeds.alerts * workload.repeat if workload.feed == "orders" else 0
        if (found := stage.alerts()) != expected:
            raise AssertionError(f"{workload.name}, {version.commit}: {found} alerts instead of {expected}")
    return run


def _run(stage: Stage, workload: Workload, feeds: Feeds, senders: Senders) -> Run:
    used_s: list[float] = []

    def note() -> None:
        used_s.append(stage.cpu_s()[workload.feed])

    to, p50_us = stage.addresses[workload.feed], None
    file = {"quotes": feeds.quotes, "orders": feeds.orders}[workload.feed]
    span: Span
    if workload.way == "flood":
        note()
        span = senders.send({file: to}, "bench", workload.repeat)
    elif workload.way == "paced":
        paced = send_paced(to, *_frames(file), per_second=_PER_SECOND, when_connected=note)
        span, p50_us = paced.span, float(np.median(paced.latencies_ns)) / 1000
    else:
        span = send_in_batches(to, *_frames(file), when_connected=note, batch=1)
    note()
    messages = workload.messages * workload.repeat
    return {
        "cpu_ns": (used_s[1] - used_s[0]) * 1e9 / messages,
        "wall_ns": (span.ended - span.began) * 1e9 / messages,
        "p50_us": p50_us,
    }


def _frames(file: Path) -> tuple[bytes, int]:
    """A file's frames, all of one size, and that size in bytes."""
    frames = file.read_bytes()
    return frames, HEADER.size + HEADER.unpack_from(frames)[0]
