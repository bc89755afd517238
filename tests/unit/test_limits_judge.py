"""The judge finds what holds for an order: class, window, profile and override, at their edges."""

from dataclasses import replace
from typing import Any

import pytest

from shared.base.iso_time import parse_time
from shared.market.limits.judge import Judge
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.verdict import Verdict
from tests.support.limits_files import WHOLE, judge_of, one_class

OPEN = parse_time("2026-11-24T15:00:00Z")
BUY = 1
END_OF_OVERRIDE = parse_time("2026-11-25T16:00:00-05:00")


def judged(judge: Judge, symbol: str, account: str, bid: float, offer: float, now_us: int = OPEN) -> Verdict:
    """The verdict on an order at the offer, on a fresh quote."""
    quote = MetQuote(bid, offer, now_us, now_us, 0, None, None, "feed", now_us)
    return judge.judge(JudgedOrder(symbol, account, BUY, 10.0, offer), quote, now_us)


@pytest.mark.parametrize(
    ("symbol", "account", "limits", "severity"),
    [
        ("IBM", "1", "7:us-equity/open", "normal"),
        ("AA", "1", "7:us-equity/open", "normal"),
        ("X.N", "1", "7:us-equity/open", "normal"),
        ("AAPL  261218C00150000", "1", "7:options", "normal"),
        ("ibm", "1", "7:default", "normal"),
        ("IBM", "4000", "7:us-equity/open:retail", "high"),
        ("IBM", "57", "7:us-equity/open:retail", "high"),
        ("IBM", "570", "7:us-equity/open", "normal"),
        ("IBM", "9", "7:us-equity/open:prop", "normal"),
        ("IBM", "", "7:us-equity/open", "normal"),
        ("AIG", "1", "7:default+override", "normal"),
        ("AIG", "4000", "7:default:retail+override", "high"),
    ],
)
def test_what_judges(symbol: str, account: str, limits: str, severity: str) -> None:
    """Version, class, window, profile and override are named as alerts have them."""
    verdict = judged(judge_of(WHOLE), symbol, account, 10.0, 10.005)

    assert (verdict.scope.text(), verdict.severity) == (limits, severity)
    assert "spread" in verdict.passed


def test_the_number_is_that_of_the_version() -> None:
    """The same content under another number judges the same, and says its own number."""
    judge = Judge(replace(judge_of(WHOLE).version, number=12))

    assert judged(judge, "IBM", "1", 10.0, 11.0).scope.text() == "12:us-equity/open"


@pytest.mark.parametrize(
    ("moment", "window", "broken"),
    [
        ("2026-11-24T08:59:59.999999Z", "closed", "spread>=0.02:0.03"),
        ("2026-11-24T09:00:00Z", "pre", ""),
        ("2026-11-24T14:29:59.999999Z", "pre", ""),
        ("2026-11-24T14:30:00Z", "open", "spread>=0.02:0.03"),
        ("2026-11-24T20:59:59.999999Z", "open", "spread>=0.02:0.03"),
        ("2026-11-24T21:00:00Z", "closed", "spread>=0.02:0.03"),
    ],
)
def test_windows_change_what_is_tested(moment: str, window: str, broken: str) -> None:
    """Before the open the tiers are off; one judge follows the clock, forwards and back."""
    judge = judge_of(WHOLE)
    for _ in range(2):
        verdict = judged(judge, "IBM", "1", 10.0, 10.03, parse_time(moment))
        assert (verdict.scope.window, verdict.broken) == (window, broken)
        judged(judge, "IBM", "1", 10.0, 10.03, OPEN)


def test_closed_can_have_rules_too() -> None:
    """Outside all windows a class can do something else."""
    session = '[session.s]\nzone = "UTC"\nday = ["09:00-17:00"]'
    keys = 'session = "s"\ntiers = [ { from = "0", spread = "0.02" } ]'
    judge = judge_of(one_class('[class.during.closed]\ntiers = "off"', session, keys))

    assert judged(judge, "X", "1", 10.0, 11.0, parse_time("2026-11-24T16:59:59Z")).broken == "spread>=0.02:1"
    assert judged(judge, "X", "1", 10.0, 11.0, parse_time("2026-11-24T17:00:00Z")).broken == ""


@pytest.mark.parametrize(
    ("symbol", "offer", "now_us", "broken"),
    [
        ("AIG", 10.49, END_OF_OVERRIDE - 1, ""),
        ("AIG", 10.5, END_OF_OVERRIDE - 1, "spread>=0.50:0.5"),
        ("AIG", 10.49, END_OF_OVERRIDE, "spread>=0.05:0.49"),
        ("AIG", 10.04, END_OF_OVERRIDE, ""),
        ("AIG", 11.0, OPEN, "spread>=0.50:1"),
        ("AIGX", 10.06, OPEN, "spread>=0.05:0.06"),
    ],
)
def test_an_override_until_its_end(symbol: str, offer: float, now_us: int, broken: str) -> None:
    """An override replaces its symbol's tiers until just before its end; a ratio that it lacks is off."""
    assert judged(judge_of(WHOLE), symbol, "1", 10.0, offer, now_us).broken == broken


def test_an_override_in_every_window() -> None:
    """Also where the tiers are off the override holds."""
    judge = judge_of(WHOLE.replace('symbol = "AIG"', 'symbol = "IBM"'))
    before_open = parse_time("2026-11-24T10:00:00Z")

    assert judged(judge, "IBM", "1", 10.0, 10.5, before_open).broken == "spread>=0.50:0.5"
    assert judged(judge, "IBM", "4000", 10.0, 10.25, before_open).broken == "spread>=0.25:0.25"
    assert (
        judged(judge, "IBM", "4000", 10.0, 10.24, before_open).scope.text()
        == "7:us-equity/pre:retail+override"
    )


@pytest.mark.parametrize(
    ("symbol", "bid", "offer", "more", "reasons", "state"),
    [
        ("IBM", 10.0, 10.01, {}, (), "two_sided"),
        ("IBM", 10.0, 11.0, {}, ("spread", "spread_ratio"), "two_sided"),
        ("IBM", 10.0, 10.01, {"updated_at_us": 0, "heard_at_us": 0, "source": "feed"}, (), "two_sided"),
        ("IBM", 10.0, None, {}, (), "one_sided"),
        ("IBM", None, 10.0, {}, (), "one_sided"),
        ("IBM", 0.0001, 199999.99, {}, ("no_quote",), "empty"),
        ("IBM", 10.0, 9.0, {"state_since_us": OPEN - 500_000}, ("crossed",), "crossed"),
        ("IBM", 10.0, 9.0, {"state_since_us": OPEN}, (), "crossed"),
        ("IBM", -1.0, -0.99, {"status": 1}, ("negative", "halted"), "negative"),
        ("Z", 10.0, 10.06, {}, ("spread",), "two_sided"),
    ],
)
def test_flags(
    symbol: str,
    bid: float | None,
    offer: float | None,
    more: dict[str, Any],
    reasons: tuple[str, ...],
    state: str,
) -> None:
    """What readers of a symbol are told: the market as such, without silence and sides some do not need."""
    judge = judge_of(WHOLE)
    quote = MetQuote(bid, offer, **{"updated_at_us": OPEN, **more})

    flags = judge.flags(symbol, quote, OPEN)

    assert flags == (reasons, state, "7:us-equity/open" if symbol == "IBM" else "7:default")


def test_flags_of_one_side() -> None:
    """Where every order minds a missing side, readers are told of it; and of a symbol without a quote."""
    judge = judge_of(one_class('[class.states]\none_sided = "alert"'))

    assert judge.flags("X", MetQuote(10.0, None), OPEN).reasons == ("one_sided",)
    assert judge.flags("X", None, OPEN).reasons == ("no_quote",)


def test_what_is_remembered_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A judge that has judged much, and forgotten, says what a new one says."""
    monkeypatch.setattr("shared.market.limits.judge._REMEMBERED", 2)
    old = judge_of(WHOLE)
    for symbol in ("IBM", "AIG", "X", "AAPL  261218C00150000"):
        for account in ("1", "4000", "9"):
            for moment in (OPEN, END_OF_OVERRIDE, END_OF_OVERRIDE - 1):
                arguments = symbol, account, 30.0, 30.1, moment
                assert judged(old, *arguments) == judged(judge_of(WHOLE), *arguments)
    assert len(old._rules) <= 2
