"""What a client that stops reading costs: the API's memory, while one of 100 does not read for a minute.

    python -m benchmarks.slow_client docs/slow-client

Writes the series as CSV and draws it as SVG.
"""

import multiprocessing
import os
import time
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any, Final

import click

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
@click.argument("target", type=click.Path(path_type=Path))
def main(target: Path) -> None:
    """Measure, and write TARGET.csv and TARGET.svg."""
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
    target.with_suffix(".csv").write_text(
        "second,rss_mib\n" + "".join(f"{at:.1f},{size:.2f}\n" for at, size in series)
    )
    target.with_suffix(".svg").write_text(draw(series, dropped_s))
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


def draw(series: Series, dropped_s: float | None) -> str:
    """A plain line chart."""
    width, height, left, bottom = 720, 260, 56, 34
    last, top = series[-1][0], max(size for _, size in series) * 1.25

    def x(at: float) -> float:
        return left + at / last * (width - left - 16)

    def y(size: float) -> float:
        return height - bottom - size / top * (height - bottom - 16)

    line = " ".join(f"{x(at):.1f},{y(size):.1f}" for at, size in series)
    grid = "".join(
        f'<path d="M{left} {y(size):.1f}H{width - 16}" stroke="#dde3e7"/>'
        f'<text x="{left - 8}" y="{y(size) + 4:.1f}" text-anchor="end">{size}</text>'
        for size in range(0, int(top), 20)
    )
    times = "".join(
        f'<text x="{x(at):.1f}" y="{height - 12}" text-anchor="middle">{at} s</text>'
        for at in range(0, int(last) + 1, 15)
    )
    still = (
        f'<rect x="{x(_BEFORE_S):.1f}" y="16" width="{x(_BEFORE_S + _STILL_S) - x(_BEFORE_S):.1f}" '
        f'height="{height - bottom - 16}" fill="#fdf3e6"/>'
        f'<text x="{x(_BEFORE_S) + 8:.1f}" y="{y(top / 2):.1f}" fill="#a84a00">'
        f"one of {_CLIENTS} clients does not read</text>"
    )
    drop = (
        ""
        if dropped_s is None
        else f'<path d="M{x(dropped_s):.1f} 16V{height - bottom}" stroke="#a84a00" stroke-dasharray="4 3"/>'
        f'<text x="{x(dropped_s) + 6:.1f}" y="{y(top / 2) + 18:.1f}" fill="#a84a00">dropped</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" fill="#566471"><rect width="{width}" height="{height}" fill="#ffffff"/>'
        f"{still}{grid}{times}{drop}"
        f'<polyline points="{line}" fill="none" stroke="#1d5fd0" stroke-width="2"/>'
        f'<text x="{left}" y="11">Resident memory of the API, MiB</text></svg>\n'
    )


if __name__ == "__main__":
    main()
