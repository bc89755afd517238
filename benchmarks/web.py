"""`make bench-http`: requests a second for one symbol, beside a bare route, and how long all symbols take."""

import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import get_context
from statistics import median
from typing import Final

import click
from redis import Redis

from benchmarks import results
from benchmarks.feeds import symbol_names
from benchmarks.http_client import answer_times_s, requests_a_second
from benchmarks.stage import end_part, pinned
from services.cli.local.child_process import Part
from services.cli.local.embedded import Server, find_server, free_port
from shared.base.address import Address
from shared.market import keys

_SYMBOLS: Final = 3000
_CONNECTIONS: Final = 16
_PAGES: Final = 20
_START_S: Final = 20.0
_ROUTES: Final = {"Market Spread": "services.web", "bare route": "benchmarks.bare_route"}


@contextmanager
def stage() -> Iterator[dict[str, Address]]:
    """A server with symbols, and both HTTP servers; where they are, by name."""
    with ExitStack() as stack:
        server = Server(find_server(), {"appendonly": "yes"})
        stack.callback(server.close)
        with pinned({0}):
            server.start()
        fill(server)
        addresses = {name: Address("127.0.0.1", free_port()) for name in _ROUTES}
        words = {
            "Market Spread": ("--listen", str(addresses["Market Spread"]), "--redis", server.url),
            "bare route": (str(addresses["bare route"].port), server.url),
        }
        for name, module in _ROUTES.items():
            with pinned({1}):
                part = Part(name, [module, *words[name]], server.folder)
            stack.callback(end_part, part)
            _wait_until_it_answers(addresses[name], part)
        yield addresses


def fill(server: Server) -> None:
    """Quotes as the ingestor writes them."""
    values = ("10.0", "10.05", 1, "spread", "20260105-14:30:00.000", time.time_ns() // 1000)
    fields = dict(zip(keys.QUOTE_FIELDS, values, strict=True))
    with Redis(port=server.port) as redis:
        pipeline = redis.pipeline(transaction=False)
        for name in symbol_names(_SYMBOLS).tolist():
            symbol = name.decode().strip()
            pipeline.hset(keys.symbol(symbol), mapping=fields)
            pipeline.sadd(keys.SYMBOLS, symbol)
        pipeline.set(keys.EPOCH, "bench").execute()


def _wait_until_it_answers(to: Address, part: Part) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        with suppress(OSError), urllib.request.urlopen(f"http://{to}/symbols/AAPL", timeout=1):
            return
        if part.exit_code is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{part.name} does not answer: {part.last_words()}")
        time.sleep(0.05)


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each is measured, in turn.")
@click.option("--seconds", default=3.0, show_default=True, help="How long each time.")
def main(runs: int, seconds: float) -> None:
    """Requests a second for one symbol, beside a bare route, and how long all symbols take."""
    paths = [f"/symbols/{name.decode().strip()}" for name in symbol_names(_SYMBOLS).tolist()]
    rates: dict[str, list[float]] = {name: [] for name in _ROUTES}
    pages_ms: list[float] = []
    with stage() as addresses, pinned({0}), ProcessPoolExecutor(1, mp_context=get_context("spawn")) as client:
        for _ in range(runs):
            for name, to in addresses.items():
                asking = client.submit(requests_a_second, to, paths, _CONNECTIONS, seconds)
                rates[name].append(asking.result())
            page = f"/symbols?limit={_SYMBOLS}"
            times = client.submit(answer_times_s, addresses["Market Spread"], page, _PAGES).result()
            pages_ms.append(median(times) * 1000)
    ours, bare = rates.values()
    texts = (*(results.summary(each).text() for each in (ours, bare)), results.ratios(ours, bare).text(2))
    columns = ("requests a second", *_ROUTES, "ratio")
    results.show("HTTP", columns, [["GET /symbols/{symbol}", *texts]])
    print(f"GET {page}: {results.summary(pages_ms).text(1)} ms")
    results.write("http", {"rates": rates, "symbols": _SYMBOLS, "page_ms": pages_ms})


if __name__ == "__main__":
    main()
