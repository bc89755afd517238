"""What the page says when something is silent, away, old or refused."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from shared.redis.server_clock import now_us
from tests.browser import scripted
from tests.browser.conftest import Market, OpenPage
from tests.support import frames
from tests.support.market_state import put_alerts, put_symbol
from tests.support.processes import Process

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TIME = r"\d\d:\d\d:\d\d"
PYTHON = re.compile(r"Connect|Errno|Error|\(|'127")
"""What no trader should read when Redis is away."""


@contextmanager
def sender(process: Process) -> Iterator[socket.socket]:
    """Somebody connected to a feed."""
    with socket.create_connection(process.address(), timeout=10) as sock:
        yield sock


def quote(sock: socket.socket, bid: float) -> None:
    """Send a quote, without waiting."""
    sock.sendall(frames.frame(frames.quote(b" BTU", bid, bid + 0.01)))


def words(page: Page, part: str) -> str:
    """What is said of a part."""
    return page.locator(f"#service-{part} .words").inner_text()


def test_a_dead_feed_looks_dead(market: Market, open_page: OpenPage) -> None:
    """A feed that falls silent, has no sender, or refuses frames is called that, in words and colour."""
    market.start_api()
    page = open_page()
    ingest, check = page.locator("#service-ingest"), page.locator("#service-check")
    expect(ingest).to_have_text("Market data no quote yet, no sender connected")
    expect(check).to_have_text("Order checker no sender connected")
    expect(ingest).to_have_attribute("data-state", "slow")

    with sender(market.ingest) as quotes, sender(market.check) as orders:
        quote(quotes, 10.0)
        expect(ingest).to_have_text("Market data running")
        expect(check).to_have_text("Order checker running")
        expect(ingest).to_have_attribute("data-state", "good")
        orders.sendall(frames.frame(b"garbage"))
        expect(check).to_have_text("Order checker 1 frame refused (1 in the last minute)")
        expect(check).to_have_attribute("data-state", "slow")
        expect(ingest).to_have_text(re.compile(r"^Market data no quotes for [5-9] s$"))
    expect(ingest).to_have_text(re.compile(r"^Market data no quotes for \d+ s, no sender connected$"))
    expect(check).to_have_text("Order checker no sender connected, 1 frame refused (1 in the last minute)")


def test_stopped_services_and_redis_away(market: Market, open_page: OpenPage) -> None:
    """A service that stops, and Redis when it goes, are called that, with a time and in plain words."""
    put_symbol(market.redis, "BTU", updated_at=now_us())
    put_alerts(market.redis, 1)
    market.start_api()
    page = open_page()
    expect(page.locator("#service-redis")).to_have_text("Redis connected")
    market.check.terminate()
    expect(page.locator("#service-check")).to_have_text("Order checker stopped")
    market.ingest.kill()  # its key has to expire
    ingest = page.locator("#service-ingest")
    expect(ingest).to_have_text(re.compile(r"^Market data stopped, no quotes for \d+ s$"))
    expect(ingest).to_have_attribute("data-state", "bad")

    market.server.kill()
    expect(page.locator("#service-redis")).to_have_text(re.compile(f"^Redis away since {TIME}$"))
    expect(ingest).to_have_text(re.compile(f"^Market data not known since {TIME}$"))
    expect(page.locator("#connection")).to_have_text("Redis is away")
    expect(page.locator("#symbols .as-of")).to_have_text(re.compile(rf"^As of {TIME}\. Redis is away\.$"))
    assert not PYTHON.search(page.locator("body").inner_text())
    expect(page.locator("#figures .old")).not_to_have_count(0)
    market.server.start()
    expect(page.locator("#service-redis")).to_have_text("Redis connected")
    expect(page.locator("#symbols .as-of")).to_be_hidden()


def test_a_fresh_page_without_redis(market: Market, open_page: OpenPage) -> None:
    """A page that is opened while Redis is away says so, keeps its height, and goes on when Redis is back."""
    market.start_api()
    market.server.kill()
    page = open_page(may_complain=True)
    expect(page.locator("#service-redis")).to_have_text(re.compile(f"^Redis away since before {TIME}$"))
    for empty in ("#symbols-empty", "#alerts-empty"):
        expect(page.locator(empty)).to_have_text(re.compile(f"^Redis is away since before {TIME}$"))
    text = page.locator("body").inner_text()
    assert "No alert yet" not in text
    assert not PYTHON.search(text)
    bottom = page.locator("main").evaluate("element => element.getBoundingClientRect().bottom")
    assert bottom == page.evaluate("innerHeight")

    market.server.start()
    expect(page.locator("#connection")).to_have_text("Live")
    expect(page.locator("#alerts-empty")).to_have_text("No alert yet.")
    expect(page.locator("#symbols-empty")).to_have_text("No symbol yet: no quote has arrived.")


def test_redis_that_refuses_the_server(market: Market, open_page: OpenPage) -> None:
    """Redis that does not let the server in is not called away; what to do is said where its state is."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    scripted.say_status(page, scripted.service("ingest"), scripted.service("check"))
    expect(page.locator("#connection")).to_have_text("Live")
    advice = "WRONGPASS invalid password; check the user and the password in the URL (--redis)"
    scripted.say_no_redis(page, "refused", advice)
    redis = page.locator("#service-redis")
    expect(redis).to_have_text(re.compile(f"^Redis refuses the server since {TIME}$"))
    expect(redis).to_have_attribute("title", advice)
    expect(page.locator("#connection")).to_have_text("Redis refuses the server")


def test_old_figures_say_so(market: Market, open_page: OpenPage) -> None:
    """When the server goes, every figure says how old it is, and all else since when it is not known."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    scripted.say_status(page, scripted.service("ingest"), scripted.service("check"))
    scripted.say(page, "snapshot", {"symbols": [scripted.symbol("BTU", 10.0, 10.01)]})
    expect(page.locator("#figure-quotes")).to_have_text("3,000")
    assert page.locator("#figures .old").count() == 0
    page.evaluate("window.leave()")

    expect(page.locator("#connection")).to_have_text(re.compile(f"^No connection since {TIME}$"))
    for part in ("ingest", "check", "redis"):
        assert re.fullmatch(f"not known since {TIME}", words(page, part))
    expect(page.locator("#figures .old")).to_have_count(6)
    expect(page.locator("#figures .age").first).to_have_text(re.compile(r"^\d+ s old$"))
    expect(page.locator("#charts .old")).to_have_count(2)
    for panel in ("symbols", "alerts"):
        expect(page.locator(f"#{panel} .as-of")).to_have_text(
            re.compile(rf"^As of {TIME}\. No connection\.$")
        )


def test_a_service_that_does_not_report(market: Market, open_page: OpenPage) -> None:
    """A service whose row stands still has not reported, and its figures are old, whatever its clock says."""
    market.start_api()
    later = "const now = performance.now.bind(performance); performance.now = () => now() + window.laterMs;"
    page = open_page(script=f"{scripted.SERVER}; window.laterMs = 0; {later}")
    still = scripted.service("check", updated_at=now_us() + 3600_000_000)
    scripted.say_status(page, scripted.service("ingest"), still)
    expect(page.locator("#service-check")).to_have_text("Order checker running")
    page.evaluate("window.laterMs = 4000")
    scripted.say_status(page, scripted.service("ingest"), still)

    expect(page.locator("#service-check")).to_have_text(
        re.compile("^Order checker has not reported for [45] s$")
    )
    expect(page.locator("#service-check")).to_have_attribute("data-state", "bad")
    expect(page.locator("#figures .old dt")).to_have_text(["Orders/s", "Alerts/s", "Check p50", "Check p99"])
    scripted.say_status(page, scripted.service("ingest"), scripted.service("check"))
    expect(page.locator("#service-check")).to_have_text("Order checker running")
    expect(page.locator("#figures .old")).to_have_count(0)


def test_refused_frames_grow(market: Market, open_page: OpenPage) -> None:
    """What was refused before the page was opened is said, and what has been refused since is said apart."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    scripted.say_status(page, scripted.service("ingest", rejected_total=1000), scripted.service("check"))
    ingest = page.locator("#service-ingest")
    expect(ingest).to_have_text("Market data running, 1,000 frames refused")
    expect(ingest).to_have_attribute("data-state", "good")
    scripted.say_status(page, scripted.service("ingest", rejected_total=1012), scripted.service("check"))
    expect(page.locator("#service-ingest")).to_have_text(
        "Market data 1,012 frames refused (12 in the last minute)"
    )
    expect(page.locator("#service-ingest")).to_have_attribute("data-state", "slow")


def test_old_quotes_get_louder(market: Market, open_page: OpenPage) -> None:
    """The older a quote, the louder its age: calm, in the colour of a risk, bold in that of a failure."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    scripted.say_status(page, scripted.service("ingest"), scripted.service("check"))
    ages_s = {"A": 1, "B": 100, "C": 1000}
    quotes = [
        scripted.symbol(name, 10.0, 10.01, updated_at=now_us() - age_s * 1_000_000)
        for name, age_s in ages_s.items()
    ]
    scripted.say(page, "snapshot", {"symbols": quotes})
    cells = page.locator("#symbols td.age")
    expect(cells).to_have_count(3)
    styles = cells.evaluate_all(
        """cells => {
             const probe = document.body.appendChild(document.createElement("i"));
             const names = {};
             for (const name of ["ink", "risk", "bad"]) {
               probe.style.color = `var(--${name})`;
               names[getComputedStyle(probe).color] = name;
             }
             return cells.map(getComputedStyle).map(style => [names[style.color], style.fontWeight]);
           }"""
    )
    assert styles == [["ink", "400"], ["risk", "400"], ["bad", "600"]]


def test_a_gap_has_times(market: Market, open_page: OpenPage) -> None:
    """Where alerts are gone, the row says between which times, and shows no IDs of Redis."""
    market.start_api()
    page = open_page(script=scripted.SERVER, timezone_id="UTC")
    scripted.say_status(page, scripted.service("ingest"), scripted.service("check"))
    scripted.say(page, "gap", {"from": "1450708200123-7", "to": "1450708500000-0"})
    scripted.say(page, "gap", {"from": "0-0", "to": "1450708500000-0"})
    at, then = "21 Dec 2015, 14:30:00", "21 Dec 2015, 14:35:00"
    expect(page.locator("#alerts tr.gap")).to_have_text(
        [
            f"Before {then} alerts are missing: Redis no longer has them.",
            f"Between {at} and {then} alerts are missing: Redis no longer has them.",
        ]
    )


def test_sessions_have_a_line(market: Market, open_page: OpenPage) -> None:
    """Those that are down first, with the reason; each once, whichever instance has it; none without any."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    line, items = page.locator("#sessions"), page.locator("#sessions li:visible")
    scripted.say_status(page, scripted.service("ingest"), scripted.service("check"))
    expect(page.locator("#connection")).to_have_text("Live")
    expect(line).to_be_hidden()

    low = scripted.session(
        "desk-a", up=False, last_error="MsgSeqNum too low, expecting 7", last_error_at=now_us() - 90_000_000
    )
    behind, well = scripted.session("desk-b", lag=1200), scripted.session("desk-c")
    here = scripted.with_sessions(low, behind, well)
    there = scripted.with_sessions(low, *(scripted.session(f"desk-{name}", up=False) for name in "bc"))
    venue = scripted.with_sessions(
        {
            "name": "venue",
            "role": "initiator",
            "up": False,
            "last_error": "cannot be reached",
            "last_error_at": 1,
        }
    )
    scripted.say_status(
        page, scripted.service("ingest", **venue),
        scripted.service("check", **here), scripted.service("check", instance="check-2", **there),
    )  # fmt: skip
    expect(line.locator(".words")).to_have_text("2 of 4 up")
    expect(items).to_have_text([
        re.compile(rf"^desk-a down since {TIME} in 12,345 out 57 \(MsgSeqNum too low, expecting 7\)$"),
        "venue not logged on yet (cannot be reached)",
        "desk-b up in 12,345 out 57 lag 1,200",
        "desk-c up in 12,345 out 57 lag 0",
    ])  # fmt: skip
    assert [item.get_attribute("data-state") for item in items.all()] == ["bad", "bad", "slow", "good"]
    title = items.nth(0).get_attribute("title")
    assert title is not None
    assert re.fullmatch(
        rf"desk-a\nacceptor of check-\d\nsince {TIME}\nlast error: MsgSeqNum too low, expecting 7, {TIME}",
        title,
    )

    named = [scripted.session(f"desk-{number}") for number in range(40)]
    many = scripted.with_sessions(*named) | {"sessions_configured": 1000, "sessions_up": 1000}
    unnamed = scripted.with_sessions(scripted.session("desk-999", up=False)) | {"sessions_configured": 1000}
    scripted.say_status(
        page, scripted.service("ingest"),
        scripted.service("check", **many), scripted.service("check", instance="check-2", **unnamed),
    )  # fmt: skip
    expect(line.locator(".words")).to_have_text("1,000 of 1,000 up")
    expect(items).to_have_count(31)
    expect(items.last).to_have_text("and 970 more")

    scripted.say_status(page, scripted.service("ingest"), scripted.service("check"))
    expect(line).to_have_text(re.compile(r"^\s*FIX sessions\s+no running service has any\s*$"))
    scripted.say_status(page, scripted.service("ingest"), scripted.service("check", **here))
    expect(items).to_have_count(3)
    page.evaluate("window.leave()")
    expect(line.locator(".words")).to_have_text(re.compile(f"^not known since {TIME}$"))
    expect(items).to_have_count(0)
