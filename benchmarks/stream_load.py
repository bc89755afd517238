"""The fan-out of alerts to many clients: does each get each alert once and in order, and how soon?

    python -m benchmarks.stream_load

1,000 clients at 200 alerts a second, and 100 clients at 2,000: a server with its append-only file on, the
API, the clients in a process of their own, and here the alerts, written on a schedule fixed ahead.
"""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import click
import numpy as np
from redis import Redis

from benchmarks import results
from benchmarks.stage import cpu_s
from benchmarks.stream_clients import Audience
from services.cli.local.embedded import Server, find_server
from shared.market import keys
from tests.support.market_state import alert_fields
from tests.support.processes import Process, Processes

_BATCHES_A_SECOND: Final = 100


class Case(NamedTuple):
    """What is sent to how many."""

    clients: int
    alerts_per_second: int


CASES: Final = (Case(1000, 200), Case(100, 2000))


class Heard(NamedTuple):
    """What the clients got."""

    is_equal: bool
    reader_ids: list[list[str]]
    delays_us: dict[str, float]


@contextmanager
def api() -> Iterator[tuple[Server, Process]]:
    """A server that keeps what it is told, and the API."""
    server = Server(find_server(), {"appendonly": "yes"})
    server.start()
    try:
        with Processes() as processes:
            process = processes.api(server.url)
            process.wait_for("listening")
            yield server, process
    finally:
        server.close()


def send(redis_url: str, alerts_per_second: int, seconds: float) -> list[str]:
    """Write alerts evenly; their IDs."""
    ids: list[str] = []
    a_batch = alerts_per_second // _BATCHES_A_SECOND
    began = time.monotonic()
    with Redis.from_url(redis_url, protocol=2) as redis:
        for batch in range(int(seconds * _BATCHES_A_SECOND)):
            time.sleep(max(began + batch / _BATCHES_A_SECOND - time.monotonic(), 0))
            with redis.pipeline(transaction=False) as pipe:
                for _ in range(a_batch):
                    pipe.xadd(keys.ALERTS, alert_fields(checked_at=time.time_ns() // 1000))
                ids += [each.decode() for each in pipe.execute()]
    return ids


def measure(case: Case, seconds: float) -> dict[str, Any]:
    """One run."""
    alerts = int(case.alerts_per_second * seconds)
    with api() as (server, process):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        ready = multiprocessing.Event()
        listening = multiprocessing.Process(
            target=_listen, args=(process.address(), case.clients, alerts, seconds + 30, ready, sender)
        )
        listening.start()
        ready.wait()
        used, began = cpu_s(process.pid), time.monotonic()
        ids = send(server.url, case.alerts_per_second, seconds)
        heard: Heard = receiver.recv()
        took_s = time.monotonic() - began
        used = cpu_s(process.pid) - used
        listening.join()
    return {
        "clients": case.clients,
        "alerts_per_second": case.alerts_per_second,
        "alerts": alerts,
        "every client got every alert once and in order": heard.is_equal
        and all(each == ids for each in heard.reader_ids),
        "took_s": round(took_s, 2),
        "delivered_per_second": round(alerts * case.clients / took_s),
        "api_cpu_share": round(used / took_s, 3),
        **{f"delay_ms_{name}": round(value / 1000, 1) for name, value in heard.delays_us.items()},
    }


def _listen(
    address: tuple[str, int], size: int, alerts: int, within_s: float, ready: Any, sender: Any
) -> None:
    audience = Audience(address, size)
    ready.set()
    audience.listen(alerts, within_s)
    delays = audience.delays_us()
    percentiles = {f"p{share:g}": float(np.percentile(delays, share)) for share in (50, 99, 100)}
    sender.send(Heard(audience.is_equal(), [client.ids for client in audience.readers], percentiles))
    audience.close()


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="How long alerts are sent, each case.")
def main(seconds: float) -> None:
    """Measure the fan-out of alerts."""
    runs = [measure(case, seconds) for case in CASES]
    for run in runs:
        for name, value in run.items():
            click.echo(f"{name:>48}  {value}")
        click.echo()
    results.write("stream_load", {"runs": runs})


if __name__ == "__main__":
    main()
