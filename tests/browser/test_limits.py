"""What the page says of published limits: the version in force, why an alert was raised, a symbol's state."""

import pytest
from playwright.sync_api import expect

from tests.browser import scripted
from tests.browser.conftest import Market, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_limits_are_shown(market: Market, open_page: OpenPage) -> None:
    """In the header, in each alert, and for a symbol; without published limits nothing is said of them."""
    market.start_api()
    page = open_page(script=scripted.SERVER)
    page.set_viewport_size({"width": 1920, "height": 1080})
    ingest, check = page.locator("#service-ingest"), page.locator("#service-check")
    rows = page.locator("#alerts tbody tr")

    scripted.say_status(page, scripted.service("ingest", limits=0), scripted.service("check", limits=0))
    expect(check).to_have_text("Order checker running")
    scripted.say_status(page, scripted.service("ingest", limits=12), scripted.service("check", limits=12))
    expect(ingest).to_have_text("Market data running, limits 12")
    expect(check).to_have_attribute("data-state", "good")
    late = scripted.service("check", limits=11, instance="check-2")
    scripted.say_status(
        page, scripted.service("ingest", limits=12), scripted.service("check", limits=12), late
    )
    expect(check).to_have_text("Order checker limits 11 and 12")
    expect(check).to_have_attribute("data-state", "slow")

    scripted.say(page, "alert", scripted.alert(1))
    judged = {"reason": ["spread", "halted", "bands"], "limits": "12:us-equity/open:retail"}
    broken = ["spread>=0.10:0.12", "halted", "bands>10.5:10.6"]
    scripted.say(page, "alert", scripted.alert(2, **judged, broken=broken))
    expect(rows).to_have_count(2)
    expect(rows.nth(0).locator(".reason")).to_have_text("spread 0.12 ≥ 0.10, halted, bands 10.6 > 10.5")
    expect(rows.nth(0).locator(".limits")).to_have_text("12:us-equity/open:retail")
    expect(rows.nth(1).locator(".reason")).to_have_text("spread")
    expect(rows.nth(1).locator(".limits")).to_have_text("")

    crossed = scripted.symbol(
        "BTU", 10.0, 9.0, risky=True, reason=["crossed", "halted"], status=1, limits="12:us-equity/open"
    )
    scripted.say(page, "snapshot", {"symbols": [crossed, scripted.symbol("GLD", 5.0, 5.01)]})
    risk = page.locator("#symbols tbody tr:not(.spacer) .reason")
    expect(risk.nth(0)).to_have_text("crossed, halted")
    page.get_by_role("button", name="GLD").click()
    expect(page.locator("#detail-figures")).to_contain_text("two sided")
    expect(page.locator("#detail-figures")).to_contain_text("none published")
    page.get_by_role("button", name="BTU").first.click(force=True)
    expect(page.locator("#detail-figures")).to_contain_text("12:us-equity/open")
