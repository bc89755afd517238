"""No number on the page is ever cut off, and no state moves the page."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shared.redis.server_clock import now_us
from tests.browser import scripted
from tests.browser.conftest import Market, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTHS = (360, 414, 768, 1024, 1280, 1440, 1920, 2560)
OPTION = "AAPL  240119C00190000"
LONGEST = "0" + "W" * 63
SHORTENED = "0WWWWWWWWWWWWWW…WWWWWWWW"
ORDER_ID = "123e4567-e89b-12d3-a456-426614174000"
ACCOUNT = "DESK-EUROPE-00000042"
PRICE, SMALL, MANY = 123456.7891, -0.0001, 12000000.0
LONG_AGO = now_us() - 70_000_000

CUT = """() => [...document.querySelectorAll(
    "th, td, td button, th button, dt, dd, output, h1, .count, .age, .words, .legend li, #connection, li"
)].filter(each => each.checkVisibility() && !each.closest(".spacer")).flatMap(each => {
    const box = each.getBoundingClientRect();
    const panel = each.closest(".scroll, #sessions, header, figure, aside") ?? document.body;
    const frame = panel.getBoundingClientRect();
    const isWide = each.clientWidth > 0 && each.scrollWidth > each.clientWidth;
    const isHigh = each.clientHeight > 0 && each.scrollHeight > each.clientHeight + 1;
    const isBeside = box.left < frame.left - 1 || box.right > frame.right + 1;
    const isInHeader = each.closest("header") !== null && each.closest("#sessions") === null;
    const isBelow = isInHeader && box.bottom > frame.bottom + 1;
    const what = `${each.className || each.id || each.tagName}: ${each.textContent}`;
    return isWide || isHigh || isBeside || isBelow ? [what] : [];
})"""
"""What is cut off, or sticks out of its panel; what CSS leaves out is not counted."""

ILL: dict[str, Any] = {
    "connections": 0, "rate": 0, "rejected_total": 1234, "last_quote_age_ms": 70_000, "alerts_rate": 1234567,
    "latency_p50_us": 123_400, "latency_p99_us": 12_345_678, "limits": 123,
}  # fmt: skip
WELL_SESSIONS = scripted.with_sessions(*(scripted.session(name) for name in ("desk-a", "desk-b", "desk-c")))
ILL_SESSIONS = scripted.with_sessions(
    scripted.session("desk-a", up=False, last_error="W" * 160, last_error_at=LONG_AGO),
    scripted.session(LONGEST, next_in=10**12, next_out=10**12, lag=10**12),
    scripted.session("desk-c", up=False, since=None, next_in=None, next_out=None),
)
"""Those take the most room; there is as much room for those that are well."""
"""A dead feed in all respects."""

PLACES = """() => [...document.querySelectorAll(
        "header, .name, #sessions, #figures, #figures div, nav, main, section, .head")]
    .filter(each => each.checkVisibility())
    .map(each => [each.id || each.className || each.tagName, each.getBoundingClientRect()])
    .map(([name, box]) => [name, box.top, box.height])"""
"""Where everything above the data stands."""


def worst_symbols() -> list[dict[str, Any]]:
    """Names, prices and ages that take the most room."""
    both = ["spread", "spread_ratio"]
    return [
        scripted.symbol(OPTION, PRICE, PRICE + 1000, risky=True, reason=both, updated_at=1),
        scripted.symbol("SPXW  240119P04750000", -PRICE, PRICE, updated_at=LONG_AGO),
        scripted.symbol(LONGEST, PRICE, None, risky=True, reason=["no_quote"], updated_at=LONG_AGO),
        scripted.symbol("TINY", SMALL, 0.00012345, risky=True, reason=both, updated_at=LONG_AGO),
        scripted.symbol("BTU", None, 10.05, risky=True, reason=["no_quote"], updated_at=LONG_AGO),
        *(
            scripted.symbol(f"SYM{number}", number, number + 0.01, updated_at=LONG_AGO)
            for number in range(50)
        ),
    ]


def worst_alerts() -> list[dict[str, Any]]:
    """Orders that take the most room, and orders without much, oldest first."""
    full: dict[str, Any] = {
        "symbol": OPTION, "order_id": ORDER_ID, "account": ACCOUNT, "side": "sell_short_exempt",
        "quantity": MANY, "price": PRICE, "bid": PRICE, "offer": PRICE, "reason": ["spread", "spread_ratio"],
        "broken": ["spread>=0.10:1234.5678", "spread_ratio>=0.05:0.12345678", "crossed>=500:1234.567"],
        "limits": "123:us-equity-options/pre-market:retail-clients+override",
    }  # fmt: skip
    bare: dict[str, Any] = {"quantity": None, "price": None, "bid": None, "offer": None, "account": ""}
    longest = full | dict.fromkeys(("symbol", "order_id", "account"), LONGEST)
    changes = [full, bare, {"price": SMALL, "quantity": -MANY, "bid": None}, longest]
    return [scripted.alert(number, **changes[number % 4]) for number in range(30)]


def settle(page: Page) -> None:
    """Let the page lay itself out."""
    page.evaluate("() => new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))")


def cut_in_all_views(page: Page, width: int) -> list[str]:
    """What is cut off in each of the views that a page of this width has."""
    settle(page)
    if width > 940:
        return list(page.evaluate(CUT))
    cut: list[str] = []
    for view in ("Symbols", "Alerts", "Charts"):
        page.get_by_role("button", name=view, exact=True).click()
        settle(page)
        cut += page.evaluate(CUT)
    return cut


def say_well(page: Page) -> None:
    """Everything runs."""
    check = scripted.service("check", **WELL_SESSIONS)
    scripted.say_status(page, scripted.service("ingest"), check)
    expect(page.locator("#service-ingest")).to_have_text("Market data running")


def say_ill(page: Page) -> None:
    """No quotes, no senders, refused frames, and sessions that are down or behind."""
    check = scripted.service("check", **ILL, **ILL_SESSIONS)
    scripted.say_status(page, scripted.service("ingest", **ILL), check)
    expect(page.locator("#service-ingest")).to_contain_text("refused")


def say_away(page: Page) -> None:
    """Redis does not answer."""
    scripted.say_no_redis(page, "away", "Connect call failed ('127.0.0.1', 6379)")
    expect(page.locator("#service-redis")).to_contain_text("away since")


def test_no_number_is_cut(market: Market, open_page: OpenPage) -> None:
    """From a phone to a wall, light and dark, the widest content is whole, and all of each alert is shown."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    say_well(page)
    scripted.say(page, "snapshot", {"symbols": worst_symbols()})
    for each in worst_alerts():
        scripted.say(page, "alert", each)
    expect(page.locator("#alerts tbody tr")).to_have_count(30)
    say_ill(page)

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 860})
            assert cut_in_all_views(page, width) == [], f"{width} {scheme}"
    expect(page.locator("#alerts tbody tr").last.locator("td")).to_have_text(
        [re.compile(r"\d\d:\d\d:\d\d\.\d{3}"), OPTION, "sell short exempt", "12,000,000", "123456.7891",
         "123456.7891 / 123456.7891",
         "spread 1234.5678 ≥ 0.10, spread ratio 0.12345678 ≥ 0.05, crossed 1234.567 ≥ 500",
         "123:us-equity-options/pre-market:retail-clients+override", ORDER_ID, ACCOUNT]
    )  # fmt: skip
    longest = page.locator("#alerts tbody tr").nth(26).locator("td")
    expect(longest).to_contain_text(["", SHORTENED, "", "", "", "", "", "", LONGEST, LONGEST])
    expect(longest.locator("button")).to_have_attribute("title", LONGEST)
    bare = page.locator("#alerts tbody tr").nth(28).locator("td")
    expect(bare).to_contain_text(["", "BTU", "buy", "–", "–", "no quote", "spread", "", "Zr6vXo", "–"])
    assert page.locator("#alerts tbody td:not(:empty)").evaluate_all(
        "cells => cells.every(each => each.checkVisibility())"
    )


def test_one_symbol_is_whole(market: Market, open_page: OpenPage) -> None:
    """What opens at the side of a symbol shows the widest content whole, also on a phone."""
    market.start_api()
    page = open_page(script=f"{scripted.SERVER}; window.past = {json.dumps(worst_alerts())};")
    say_well(page)
    scripted.say(page, "snapshot", {"symbols": worst_symbols()})
    for name, whole in ((OPTION, OPTION), (SHORTENED, LONGEST)):
        page.set_viewport_size({"width": 1280, "height": 860})
        page.locator("#symbols tbody button", has_text=name).click()
        expect(page.locator("#detail-title")).to_have_text(whole)
        expect(page.locator("#detail tbody tr")).to_have_count(30)

        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 860})
            settle(page)
            assert page.evaluate(CUT) == [], f"{width} {whole}"


def test_no_state_moves_the_page(market: Market, open_page: OpenPage) -> None:
    """Whatever is said of services, Redis and server, the header keeps its height, and nothing is cut off."""
    market.start_api()
    page = open_page(script=scripted.SERVER, viewport={"width": 1280, "height": 860})
    say_well(page)
    scripted.say(page, "snapshot", {"symbols": worst_symbols()})
    places = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 860})
        say_well(page)
        places[width] = page.evaluate(PLACES)
        for say in (say_ill, say_away):
            say(page)
            assert page.evaluate(PLACES) == places[width], f"{width} {say.__doc__}"
            assert page.evaluate(CUT) == [], f"{width} {say.__doc__}"

    page.evaluate("window.leave()")
    expect(page.locator("#connection")).to_contain_text("No connection since")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 860})
        settle(page)
        assert page.evaluate(PLACES) == places[width], f"{width}"
        assert page.evaluate(CUT) == [], f"{width}"


def test_news_move_nothing(market: Market, open_page: OpenPage) -> None:
    """Alerts and prices that come and change leave heads, columns and charts where they are."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    say_well(page)
    quotes = [scripted.symbol(f"SYM{number}", 1234.5, 1234.61, risky=number % 2 > 0) for number in range(60)]
    scripted.say(page, "snapshot", {"symbols": quotes})
    scripted.say(page, "alert", scripted.alert(0))
    expect(page.locator("#alerts tbody tr")).to_have_count(1)
    frames = """[...document.querySelectorAll("header *, .head *, thead th, figure, .plot")]
                .filter(each => each.id !== "alerts-count" && !each.matches("output"))
                .map(each => [each.tagName, each.id, JSON.stringify(each.getBoundingClientRect())])"""
    number = 1
    for width in (400, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 860})
        settle(page)
        before = page.evaluate(frames)
        for _ in range(20):
            scripted.say(page, "alert", scripted.alert(number, price=9.95 + number / 100))
            scripted.say(page, "symbols", {"symbols": [scripted.symbol("SYM1", 1234.5, 1234.7, risky=True)]})
            number += 1
        expect(page.locator("#alerts tbody tr")).to_have_count(number)
        assert page.evaluate(frames) == before
        assert page.evaluate("document.documentElement.scrollWidth") <= width
