"""What a client that stops reading costs: the API's memory, while one of 100 does not read for a minute.

python -m benchmarks.slow_client
python -m benchmarks.report
"""

import multiprocessing
import os
import time
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any, Final

import click

from benchmarks import results
from benchmarks.stream_clients import Audience, StreamClient
from benchmarks.stream_load import api, send

_CLIENTS: Final = 100
_ALERTS_PER_SECOND: Final = 2000
_BEFORE_S: Final = 15.0
_STILL_S: Final = 60.0
_AFTER_S: Final = 15.0
_EVERY_S: Final = 0.5

Series = list[tuple[float, float]]


@click.command()
def main() -> None:
    """Measure, and keep the series in `results/slow_client.json`."""
    seconds = _BEFORE_S + _STILL_S + _AFTER_S
    with api() as (server, process):
        ready = multiprocessing.Event()
        receiver, reporter = multiprocessing.Pipe(duplex=False)
        listening = multiprocessing.Process(target=_listen, args=(process.address(), ready, reporter))
        listening.start()
        ready.wait()
        sending = Thread(target=send, args=(server.url, _ALERTS_PER_SECOND, seconds))
        sending.start()
        began = time.time()
        series = _watch(process.pid, seconds)
        sending.join()
        alerts, is_equal = receiver.recv()
        listening.join()
        drops = process.events("reads too slowly")
    dropped_s = _seconds(drops[0]["ts"]) - began if drops else None
    results.write(
        "slow_client",
        {
            "clients": _CLIENTS,
            "alerts_per_second": _ALERTS_PER_SECOND,
            "stands_still_s": [_BEFORE_S, _BEFORE_S + _STILL_S],
            "dropped_s": dropped_s,
            "rss_mib": [[round(at, 1), round(size, 2)] for at, size in series],
        },
    )
    sizes = [size for at, size in series if at > _BEFORE_S]
    click.echo(f"the 99 others got all {alerts} alerts: {is_equal}; clients dropped: {len(drops)}")
    click.echo(f"RSS while one stood still and after: {min(sizes):.1f} to {max(sizes):.1f} MiB")


def _listen(address: tuple[str, int], ready: Any, reporter: Any) -> None:
    audience = Audience(address, _CLIENTS)
    ready.set()
    audience.listen(int(_ALERTS_PER_SECOND * _BEFORE_S), _BEFORE_S + 10)
    still: StreamClient = audience.clients[1]
    audience.ignore(still)
    total = int(_ALERTS_PER_SECOND * (_BEFORE_S + _STILL_S + _AFTER_S))
    audience.listen(total, _STILL_S + _AFTER_S + 20)
    reporter.send((len(audience.readers[0].ids), audience.is_equal()))
    audience.close()


def _watch(pid: int, seconds: float) -> Series:
    series: Series = []
    began = time.monotonic()
    while (at := time.monotonic() - began) < seconds:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        series.append((at, pages * os.sysconf("SC_PAGE_SIZE") / 2**20))
        time.sleep(_EVERY_S)
    return series


def _seconds(stamp: str) -> float:
    """The Unix time of a log line."""
    return datetime.fromisoformat(stamp).timestamp()


if __name__ == "__main__":
    main()
