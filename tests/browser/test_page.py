"""The live page in a real browser, against real services."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from shared.redis.server_clock import now_us
from tests.browser.conftest import Market, OpenPage
from tests.support.market_state import put_alerts, put_symbol
from tests.support.processes import ROOT

GUIDE = ROOT / "docs" / "subscribing.md"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def rows(page: Page, section: str) -> Callable[[], list[list[str]]]:
    """What the rows of a table say."""
    return lambda: page.locator(f"#{section} tbody tr:not(.spacer)").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.innerText))"
    )


def symbols_shown(page: Page) -> list[str]:
    """The first column of the table of symbols."""
    return [row[0] for row in rows(page, "symbols")()]


def is_live(page: Page) -> None:
    """The page has its stream."""
    expect(page.locator("#connection")).to_have_text("Live")


def test_quotes_and_alerts_appear(market: Market, open_page: OpenPage) -> None:
    """A quote sent by TCP shows up in the table, its change too, and an order on it as an alert."""
    market.start_api()
    page = open_page()
    is_live(page)
    expect(page.locator("#symbols-empty")).to_be_visible()

    market.quote(" BTU", 10.0, 10.01)
    expect(page.locator("#symbols tbody tr", has_text="BTU")).to_contain_text("10.01")
    assert page.locator("#symbols tr.risky").count() == 0
    market.quote(" BTU", 10.0, 10.05)
    row = page.locator("#symbols tr.risky", has_text="BTU")
    expect(row).to_contain_text("spread")
    assert rows(page, "symbols")()[0][:5] == ["BTU", "10.00", "10.05", "0.05", "0.50"]

    market.order(" BTU", "abc123", account=42)
    alert = page.locator("#alerts tbody tr")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("abc123")
    assert rows(page, "alerts")()[0][1:] == [
        "BTU", "buy", "100", "10.00", "10.00 / 10.05", "spread", "", "abc123", "42",
    ]  # fmt: skip
    expect(page.locator("#alerts-count")).to_have_text("1 alert since the page opened")


def test_the_past_is_there(market: Market, open_page: OpenPage) -> None:
    """Alerts and figures from before the page was opened are shown at once, newest alert first."""
    put_alerts(market.redis, 150)
    now_s = now_us() // 1_000_000
    with market.redis.pipeline() as history:  # at once: the checker adds an entry each second
        history.delete("stats:check")
        for second in range(30):
            figures: dict[Any, Any] = {"instance": "before", "rate": 100_000 + second, "latency_p50_us": 90}
            history.xadd("stats:check", figures, id=f"{now_s - 60 + second}000-1")
        history.execute()
    market.start_api()
    page = open_page()

    expect(page.locator("#alerts tbody tr")).to_have_count(100)
    expect(page.locator("#alerts tbody tr td.account").first).to_have_text("149")
    expect(page.locator("#figure-orders")).to_have_text("0")
    green = page.locator("#throughput canvas").evaluate(
        """canvas => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, 120);
           let found = 0;
           for (let at = 0; at < data.length; at += 4)
             found += data[at] === 11 && data[at + 1] === 122 && data[at + 2] === 107;
           return found }"""
    )
    assert green > 10  # the line of 100,000 orders a second is near the top of the chart


def test_find_filter_and_sort(market: Market, open_page: OpenPage) -> None:
    """Search, the risky filter and sorting by a column do what they say, and say how much they show."""
    for number, name in enumerate(("AA", "AB", "BB", "BRK.B", "ZZ")):
        risky = number % 2 == 1
        put_symbol(market.redis, name, bid=50 - number, offer=50.01 - number + risky, reason="spread" * risky)
    market.start_api()
    page = open_page()
    is_live(page)
    expect(page.locator("#symbols tbody th")).to_have_count(5)

    page.get_by_label("Find a symbol").fill("b")
    assert symbols_shown(page) == ["AB", "BB", "BRK.B"]
    expect(page.locator("#symbols-count")).to_have_text("3 of 5 symbols")
    page.get_by_label("Risky only").check()
    assert symbols_shown(page) == ["AB", "BRK.B"]
    page.get_by_label("Find a symbol").fill("nothing")
    expect(page.locator("#symbols-empty")).to_be_visible()
    page.get_by_label("Find a symbol").fill("")
    page.get_by_label("Risky only").uncheck()

    page.get_by_role("button", name="Bid").click()
    assert symbols_shown(page) == ["ZZ", "BRK.B", "BB", "AB", "AA"]
    page.get_by_role("button", name="Bid").click()
    assert symbols_shown(page) == ["AA", "AB", "BB", "BRK.B", "ZZ"]
    expect(page.get_by_role("columnheader", name="Bid")).to_have_attribute("aria-sort", "descending")


def test_thousands_of_rows(market: Market, open_page: OpenPage) -> None:
    """Of 5,000 symbols only those in sight are in the page; scrolling and the End key reach the last."""
    with market.redis.pipeline(transaction=False) as pipe:
        for number in range(5000):
            put_symbol(pipe, f"S{number:04}")
        pipe.execute()
    market.start_api()
    page = open_page()
    is_live(page)
    expect(page.locator("#symbols-count")).to_have_text("5,000 symbols")
    assert len(symbols_shown(page)) < 60

    page.locator("#symbols-scroll").evaluate("element => element.scrollTop = element.scrollHeight / 2")
    expect(page.locator("#symbols tbody th", has_text="S2500")).to_have_count(1)
    page.locator("#symbols tbody button[tabindex='0']").focus()
    page.keyboard.press("End")
    expect(page.locator("#symbols tbody button:focus")).to_have_text("S4999")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#symbols tbody button:focus")).to_have_text("S4998")
    assert len(symbols_shown(page)) < 60


def test_pause(market: Market, open_page: OpenPage) -> None:
    """A paused list stands still and counts what waits; then it goes on with all of it."""
    market.start_api()
    put_alerts(market.redis, 3)
    page = open_page()
    is_live(page)
    expect(page.locator("#alerts tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Pause").click()

    put_alerts(market.redis, 5)
    button = page.get_by_role("button", name="Go on (5)")
    expect(button).to_be_visible()
    assert page.locator("#alerts tbody tr").count() == 3
    button.click()
    expect(page.locator("#alerts tbody tr")).to_have_count(8)


def test_one_symbol(market: Market, open_page: OpenPage) -> None:
    """A symbol opens at the side, by mouse and by keyboard, with chart and alerts; Escape closes it."""
    put_symbol(market.redis, "BTU", bid=10.0, offer=10.05, reason="spread")
    put_alerts(market.redis, 4, symbol="BTU")
    put_alerts(market.redis, 4, symbol="OTHER")
    market.start_api()
    page = open_page()
    is_live(page)
    detail = page.get_by_role("complementary")

    page.get_by_role("button", name="BTU").first.click()
    expect(detail.get_by_role("heading", name="BTU")).to_be_focused()
    expect(detail.locator("tbody tr")).to_have_count(4)
    expect(detail.locator("dd").first).to_have_text("10.00")
    expect(detail.locator("canvas")).to_be_visible()
    put_alerts(market.redis, 1, symbol="BTU")
    expect(detail.locator("tbody tr")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()

    page.locator("#symbols tbody button", has_text="BTU").focus()
    page.keyboard.press("Enter")
    expect(detail).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#symbols tbody button", has_text="BTU")).to_be_focused()


def test_what_is_special_about_a_symbol(market: Market, open_page: OpenPage) -> None:
    """Its state unless it has both sides, and its status unless it trades, beside why it is risky."""
    put_symbol(market.redis, "CALM", status=0)
    put_symbol(market.redis, "LOCK", bid=10.01)
    put_symbol(market.redis, "HALT", offer=10.05, reason="spread", status=1)
    market.redis.hset("symbol:ONLY", mapping={"risky": "1", "reason": "no_quote", "status": "4"})
    market.redis.sadd("symbols", "ONLY")
    market.start_api()
    page = open_page()
    is_live(page)
    rows = page.locator("#symbols tbody tr[aria-rowindex]")
    expect(rows.locator("td.reason")).to_have_text(
        ["", "spread, halted", "locked", "no quote, empty, closed"]
    )
    expect(rows.last.locator("td.age")).to_have_text("–")


def test_an_alert_as_json(market: Market, open_page: OpenPage) -> None:
    """The time of an alert leads to exactly that alert as JSON."""
    ids = put_alerts(market.redis, 20)
    market.start_api()
    page = open_page()
    expect(page.locator("#alerts tbody tr")).to_have_count(20)
    for entry_id, link in zip(reversed(ids), page.locator("#alerts td.time a").all()[:20], strict=True):
        href = link.get_attribute("href")
        found = page.request.get(f"{market.url}{href}").json()["alerts"]
        assert [each["id"] for each in found] == [entry_id]


def test_restart_of_the_api(market: Market, open_page: OpenPage) -> None:
    """The page says that the server is gone, comes back by itself, and has missed nothing."""
    put_alerts(market.redis, 2)
    put_symbol(market.redis, "BTU")
    market.start_api()
    page = open_page(may_complain=True)
    is_live(page)
    expect(page.locator("#alerts tbody tr")).to_have_count(2)

    market.api.terminate()
    assert market.api.wait() == 0
    expect(page.locator("#connection")).to_contain_text("No connection since")
    expect(page.locator("#service-redis")).to_contain_text("not known since")
    put_alerts(market.redis, 3)
    put_symbol(market.redis, "NEW")
    market.start_api()

    is_live(page)
    expect(page.locator("#alerts tbody tr")).to_have_count(5)
    expect(page.locator("#symbols tbody th", has_text="NEW")).to_have_count(1)
    put_alerts(market.redis, 1)
    expect(page.locator("#alerts tbody tr")).to_have_count(6)


def test_gap_is_shown(market: Market, open_page: OpenPage) -> None:
    """When Redis loses alerts under an open page, the list says so."""
    put_alerts(market.redis, 2)
    market.start_api()
    page = open_page()
    is_live(page)
    expect(page.locator("#alerts tbody tr")).to_have_count(2)
    market.redis.delete("alerts")

    gap = page.locator("#alerts tr.gap")
    expect(gap).to_have_text(re.compile(r"After \d\d:\d\d:\d\d alerts may be missing"))


def test_token(market: Market, open_page: OpenPage) -> None:
    """With a token the page asks for it, says when it was wrong, and then shows everything."""
    put_symbol(market.redis, "BTU")
    file = market.server.folder / "token"
    file.write_text("t0ken")
    market.start_api("--token-file", str(file))
    page = open_page(may_complain=True)

    page.get_by_role("textbox", name="Token").fill("wrong")
    expect(page.get_by_text("That token was wrong")).to_be_hidden()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("That token was wrong")).to_be_visible()
    page.get_by_role("textbox", name="Token").fill("t0ken")
    page.get_by_role("button", name="Go on").click()

    is_live(page)
    expect(page.get_by_role("button", name="BTU")).to_be_visible()


def test_screen_reader(market: Market, open_page: OpenPage) -> None:
    """The tree that a screen reader walks names tables, columns, rows, controls and states."""
    put_symbol(market.redis, "BTU", bid=10.0, offer=10.05, reason="spread")
    put_alerts(market.redis, 1)
    market.start_api()
    page = open_page()
    is_live(page)
    expect(page.locator("#symbols-count")).to_have_text("1 symbol")
    expect(page.locator("#alerts tbody tr")).to_have_count(1)

    tree = page.locator("body").aria_snapshot()
    for expected in (
        'heading "Market Spread" [level=1]',
        "status: Live",
        'list "Services"',
        'table "Symbols"',
        'columnheader "Symbol',
        'rowheader "BTU"',
        'cell "10.05"',
        'table "Alerts"',
        'button "Pause"',
        'searchbox "Find a symbol"',
        'checkbox "Risky only"',
        'img "Quotes, orders and alerts a second over the last ten minutes"',
    ):
        assert expected in tree, f"{expected} is not in\n{tree}"
    page.locator("#symbols tbody button", has_text="BTU").click()
    expect(page.get_by_role("complementary", name="BTU")).to_be_visible()
    assert 'complementary "BTU"' in page.locator("body").aria_snapshot()


def test_example_for_browsers(market: Market, open_page: OpenPage) -> None:
    """The example of docs/subscribing.md follows the alerts in a page of the same address."""
    (example,) = re.findall(r"^```js\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    market.start_api()
    page = open_page(may_complain=True)  # that it ends its stream
    is_live(page)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.evaluate(
        f"() => {{ {example} window.source = source; window.seen = 0; "
        "source.addEventListener('alert', () => { window.seen += 1; }); }"
    )
    page.wait_for_function("window.source.readyState === EventSource.OPEN")
    put_alerts(market.redis, 1, symbol="BTU")
    expect(page.locator("#alerts tbody tr")).to_have_count(1)
    page.wait_for_function("window.seen === 1")
    page.evaluate("window.source.close()")
    assert said == ["BTU [spread]"]
