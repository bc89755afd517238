"""What HTTP answers cost: one symbol, beside a bare FastAPI route doing one HMGET, and a list of 3,000.

    python -m benchmarks.http_api

Both servers run all the time on the same Redis; the runs alternate. The ratio of requests a second is what
counts, and beside it the processor time a request, which other work on the machine disturbs less.
"""

import asyncio
import socket
import time
from contextlib import suppress
from typing import Any, Final

import click
from redis import Redis

from benchmarks import results
from benchmarks.stage import cpu_s
from services.cli.embedded import Server, find_server, free_port
from tests.market_state import put_symbol
from tests.processes import Processes, wait_until

_SYMBOLS: Final = 3000
_CLIENTS: Final = 16
_ONE: Final = "/symbols/S1"
_ALL: Final = f"/symbols?limit={_SYMBOLS}"


async def _ask(port: int, path: str, count: int, took_s: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    for _ in range(count):
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head[:16]:
            raise RuntimeError(head.decode())
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        took_s.append(time.perf_counter() - began)
    writer.close()


async def _load(port: int, path: str, clients: int, count: int) -> list[float]:
    took_s: list[float] = []
    await asyncio.gather(*(_ask(port, path, count // clients, took_s) for _ in range(clients)))
    return took_s


def run(port: int, pid: int, path: str, clients: int, count: int) -> dict[str, float]:
    """Ask so often, over so many connections at once."""
    used, began = cpu_s(pid), time.perf_counter()
    took_s = sorted(asyncio.run(_load(port, path, clients, count)))
    elapsed_s = time.perf_counter() - began
    return {
        "requests_per_second": count / elapsed_s,
        "cpu_us": (cpu_s(pid) - used) / count * 1e6,
        "p50_ms": took_s[len(took_s) // 2] * 1000,
        "fastest_ms": took_s[0] * 1000,
    }


def measure(runs: int, requests: int) -> dict[str, list[dict[str, float]]]:
    """Alternated runs of all three."""
    server = Server(find_server())
    server.start()
    figures: dict[str, list[dict[str, float]]] = {"bare": [], "ours": [], "list": []}
    try:
        with Processes() as processes, Redis.from_url(server.url) as redis:
            with redis.pipeline(transaction=False) as pipe:
                for number in range(_SYMBOLS):
                    put_symbol(pipe, f"S{number}", bid=10.0, offer=10.05, reason="spread")
                pipe.execute()
            bare_port = free_port()
            bare = processes.start("-m", "benchmarks.bare_route", str(bare_port), server.url)
            ours = processes.api(server.url)
            our_port = ours.address()[1]
            wait_until(lambda: _answers(bare_port), "the bare route")
            for _ in range(runs):
                figures["bare"].append(run(bare_port, bare.pid, _ONE, _CLIENTS, requests))
                figures["ours"].append(run(our_port, ours.pid, _ONE, _CLIENTS, requests))
                figures["list"].append(run(our_port, ours.pid, _ALL, 1, 20))
    finally:
        server.close()
    return figures


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


@click.command()
@click.option("--runs", default=5, show_default=True)
@click.option("--requests", default=4000, show_default=True, help="A run.")
def main(runs: int, requests: int) -> None:
    """Measure the HTTP routes."""
    figures = measure(runs, requests)

    def all_of(name: str, figure: str) -> list[float]:
        return [each[figure] for each in figures[name]]

    rows: list[list[str]] = [
        [name, *(results.summary(all_of(name, figure)).text(digits) for figure, digits in _COLUMNS.items())]
        for name in figures
    ]
    results.show("HTTP", ["", *_COLUMNS], rows)
    faster = results.ratios(all_of("ours", "requests_per_second"), all_of("bare", "requests_per_second"))
    cost = results.ratios(all_of("ours", "cpu_us"), all_of("bare", "cpu_us"))
    click.echo(f"requests a second, ours to bare: {faster.text(2)}; processor time: {cost.text(2)}")
    kept: dict[str, Any] = {"requests_ratio": faster._asdict(), "cpu_ratio": cost._asdict(), "runs": figures}
    results.write("http_api", kept)


_COLUMNS: Final = {"requests_per_second": 0, "cpu_us": 0, "p50_ms": 1, "fastest_ms": 1}


if __name__ == "__main__":
    main()
