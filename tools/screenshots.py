"""Takes the pictures of the live page, from a real market that the simulator makes.

    python -m tools.screenshots docs/page --seconds 90

Everything runs here for that long first: the embedded server with the demo's limits, both services, the API,
and the simulator, which logs on by FIX. The page is then opened in Debian's chromium, in the widths of a
phone, a desk and a wall screen. At last the simulator ends, for a picture of a feed that has fallen silent.
"""

import argparse
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from services.cli.local.child_process import ChildProcess
from services.cli.local.demo_limits import publish_demo_limits
from services.cli.local.demo_sessions import DemoSessions
from services.cli.local.embedded import Server, find_server, free_port

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_PICTURES: Final = {
    "desk-light": (1280, 800), "desk-dark": (1280, 800), "phone-light": (400, 860), "wall-dark": (2240, 580),
}  # fmt: skip
_SILENT_S: Final = 20
_SIMULATED: Final = (
    "--limits", "demo", "--symbols", "400", "--quotes-per-second", "3000", "--orders-per-second", "300",
)  # fmt: skip


def main() -> None:
    """Run everything, wait, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--seconds", type=float, default=90, help="how long the market runs before")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with market() as (url, simulator), chromium() as browser:
        time.sleep(arguments.seconds)
        for name, (width, height) in _PICTURES.items():
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if "dark" in name else "light",
            )
            page.goto(url)
            take(page, arguments.folder / f"{name}.png")
            page.close()
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="dark")
        page.goto(url)
        page.wait_for_timeout(15_000)
        page.locator("#alerts tbody .symbol button").first.click()
        take(page, arguments.folder / "symbol.png")
        page.close()
        page = browser.new_page(viewport={"width": 1280, "height": 420})
        page.goto(url)
        simulator.ask_to_end()
        simulator.end_by(time.monotonic() + _SILENT_S)
        page.wait_for_timeout(_SILENT_S * 1000)
        page.screenshot(path=arguments.folder / "silent.png")


def take(page: Page, file: Path) -> None:
    """Wait until the page is full of data, and take a picture."""
    page.wait_for_selector("#connection[data-state=good]")
    page.wait_for_function("/[1-9]/.test(document.querySelector('#figure-risky').textContent)")
    page.wait_for_function("/[0-9]/.test(document.querySelector('#figure-p99').textContent)")
    page.wait_for_timeout(3000)
    page.screenshot(path=file)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium without a window, with a profile that goes with it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def market() -> Iterator[tuple[str, ChildProcess]]:
    """Everything on free ports; the address of the page, and the simulator."""
    page = f"127.0.0.1:{free_port()}"
    server = Server(find_server())
    server.start()
    parts: list[ChildProcess] = []
    try:
        with tempfile.TemporaryDirectory() as logs:
            publish_demo_limits(server.url)
            sessions = DemoSessions(Path(logs), *(f"127.0.0.1:{free_port()}" for _ in range(2)))
            sessions.write()
            usual = ("--redis", server.url, "--metrics", "127.0.0.1:0", "--listen", "127.0.0.1:0")
            for name, *words in (
                ("ingest", "services.market_data", *usual, *sessions.of_ingestor),
                ("check", "services.orders", *usual, *sessions.of_checker),
                ("api", "services.web", "--listen", page, "--redis", server.url),
                ("simulate", "services.cli", "simulate", *_SIMULATED, *sessions.of_simulator),
            ):
                parts.append(ChildProcess(name, words, Path(logs)))
            _wait_for(f"http://{page}/health/ready")
            yield f"http://{page}/", parts[-1]
    finally:
        for part in parts:
            part.ask_to_end()
        for part in parts:
            part.end_by(time.monotonic() + 5)
        server.close()


def _wait_for(url: str) -> None:
    for _ in range(200):
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own
            return
        time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")


if __name__ == "__main__":
    main()
