"""The flags of many quotes at once are those of each by itself, and few are left to be judged one by one."""

import pytest

from shared.base.iso_time import parse_time
from shared.market.limits.judge import Judge
from shared.market.limits.many import rule_rows
from shared.market.limits.many.flag_screen import VECTOR_QUOTES, FlagScreen
from shared.market.limits.met import MetQuote
from tests.support.limits_cases import CaseMaker, edges_version
from tests.support.limits_files import WHOLE, judge_of

COUNT = 2000


@pytest.mark.parametrize("at_once", [VECTOR_QUOTES - 1, VECTOR_QUOTES, 500])
def test_flags_at_the_edges(at_once: int) -> None:
    """Prices just at, below and above a tier and its limits, and prices that mean none."""
    judge = Judge(edges_version())
    screen, maker = FlagScreen(judge), CaseMaker(11)
    cases = [maker.case() for _ in range(COUNT)]
    alone = 0
    for first in range(0, COUNT, at_once):
        some = cases[first : first + at_once]
        symbols = [order.symbol for order, _ in some]
        bids, offers = ([getattr(quote, side) for _, quote in some] for side in ("bid", "offer"))
        for symbol, (_, quote), flags in zip(
            symbols, some, screen.find(symbols, bids, offers, 0), strict=True
        ):
            if flags is None:
                alone += 1
            else:
                assert flags == judge.flags(symbol, quote, 0), (symbol, quote)
    assert alone < 0.45 * COUNT  # a third has no two sides, or is crossed


@pytest.mark.parametrize("count", [1, VECTOR_QUOTES])
def test_a_price_that_means_none_is_left_to_be_judged(count: int) -> None:
    """On either side, in the classes that take it for that."""
    screen = FlagScreen(Judge(edges_version()))
    for symbol, is_left in (("E", True), ("C", False)):
        for bid, offer in ((0.0, 10.0), (10.0, 199999.99)):
            found = screen.find([symbol] * count, [bid] * count, [offer] * count, 0)
            assert [each is None for each in found] == [is_left] * count


def test_flags_follow_the_window_and_the_override(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same screen, asked at other moments; also where its rows had to be made anew."""
    judge = judge_of(WHOLE)
    screen = FlagScreen(judge)
    symbols = ["IBM", "AIG", "ZZZ", "AIG", "X.N"] * 4
    bids, offers = [10.0] * 20, [10.2] * 20
    for text in (
        "2026-11-25T20:59:59Z",
        "2026-11-25T21:00:00Z",
        "2026-11-25T12:00:00Z",
        "2026-11-25T20:00:00Z",
    ):
        now_us = parse_time(text)
        right = [judge.flags(symbol, MetQuote(10.0, 10.2), now_us) for symbol in symbols]
        assert screen.find(symbols, bids, offers, now_us) == right
        assert screen.find(symbols[:5], bids[:5], offers[:5], now_us) == right[:5]
        monkeypatch.setattr(rule_rows, "_MOST_ROWS", 2)
