"""Debian's chromium without a window, and the whole product for it to look at."""

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect, sync_playwright
from redis import Redis

from services.cli.local.embedded import Server, free_port
from tests.support import frames
from tests.support.processes import Process, Processes
from tests.support.servers import make_server
from tools.screenshots import CHROMIUM, FLAGS

WIDE = {"width": 1280, "height": 800}
TIMEOUT_MS = 15_000
expect.set_options(timeout=TIMEOUT_MS)


@dataclass
class Market:
    """Both services and the API on an embedded server."""

    redis: Redis
    server: Server
    processes: Processes
    ingest: Process
    check: Process
    port: int
    api: Process = field(init=False)

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.port}/"

    def start_api(self, *words: str) -> None:
        """Start the API, on the port that it had before."""
        self.api = self.processes.start(
            "-m", "services.web", "--listen", f"127.0.0.1:{self.port}", "--redis", self.server.url,
            "--log-format", "json", *words,
        )  # fmt: skip
        self.api.wait_for("listening")

    def quote(self, symbol: str, bid: float, offer: float) -> None:
        """Send a quote and wait until it has taken effect."""
        _send(self.ingest.address(), frames.quote(symbol.encode(), bid, offer))

    def order(self, symbol: str, order_id: str = "order1", account: int = 7) -> None:
        """Send an order and wait until it has taken effect."""
        _send(self.check.address(), frames.order(symbol.encode(), order_id.encode(), account=account))


def _send(address: tuple[str, int], payload: bytes) -> None:
    with socket.create_connection(address, timeout=10) as sock:
        sock.sendall(frames.frame(payload))
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One chromium for the tests of a module, each in a profile of its own.

    Not for all: as long as it is there an event loop runs in this thread, and other tests have their own.
    """
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"chromium: no {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def market(processes: Processes) -> Iterator[Market]:
    """Both services and the API, with nothing in Redis yet."""
    server = make_server("valkey")
    server.start()
    try:
        with Redis.from_url(server.url, protocol=2) as redis:
            ingest, check = processes.ingest(server.url), processes.check(server.url)
            yield Market(redis, server, processes, ingest, check, free_port())
    finally:
        server.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, market: Market) -> Iterator[OpenPage]:
    """Opens the page; afterwards there must have been no console error and no failed request."""
    complaints: list[str] = []
    pages: list[Page] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def on_response(response: Response) -> None:
        if response.status >= 400:
            complaints.append(f"{response.status} {response.url}")

    def on_failed(request: Request) -> None:
        complaints.append(f"failed: {request.url}: {request.failure}")

    def open_it(*, may_complain: bool = False, script: str = "", **options: object) -> Page:
        page = browser.new_page(**{"viewport": WIDE, **options})  # type: ignore[arg-type]
        page.add_init_script(script)
        pages.append(page)
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if not may_complain:
            page.on("console", on_console)
            page.on("response", on_response)
            page.on("requestfailed", on_failed)
        page.goto(market.url)
        return page

    yield open_it
    seen = list(complaints)  # closing a page breaks off its stream, which is no failure
    for page in pages:
        page.close()
    assert seen == []
