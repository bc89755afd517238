"""Verdicts compared with exact arithmetic."""

from collections.abc import Sequence

import numpy as np

from shared.market.limits.judge import Judge
from shared.market.limits.many.columns import order_columns
from shared.market.limits.many.quote_table import QuoteTable
from shared.market.limits.many.screen import Screen
from shared.market.limits.many.symbol_market import SymbolMarket
from shared.market.limits.met import JudgedOrder, MetQuote
from tests.support.limits_cases import edges_version
from tests.support.limits_oracle import exact_reasons

WITH_ORACLE = frozenset(
    {"spread", "spread_ratio", "market_order", "through", "away", "off_tick", "quantity", "notional"}
)


def check(cases: list[tuple[JudgedOrder, MetQuote]]) -> tuple[int, int]:
    """Compare both ways with exact arithmetic; how many orders alert, and how many were judged one by one."""
    judge = Judge(edges_version())
    verdicts = [judge.judge(order, quote, 0) for order, quote in cases]
    for (order, quote), verdict in zip(cases, verdicts, strict=True):
        profile = judge.profile_of(order.account)
        right = exact_reasons(
            judge.version.classes[judge.class_of(order.symbol)],
            None if profile is None else judge.version.accounts[profile],
            order,
            quote,
        )
        assert [each for each in verdict.reasons if each in WITH_ORACLE] == right, (order, quote)
    unsure = screened(judge, cases)
    alerting = {place for place, verdict in enumerate(verdicts) if verdict.reasons}
    assert alerting <= unsure
    return len(alerting), len(unsure)


def screened(judge: Judge, cases: list[tuple[JudgedOrder, MetQuote]]) -> set[int]:
    """The places of the cases that arrays leave to be judged one by one; each has a market of its own."""
    orders = [order for order, _ in cases]
    profiles = [judge.profile_of(order.account) for order in orders]
    return set(
        Screen(judge)
        .find(
            market_of([order.symbol for order in orders], [quote for _, quote in cases]),
            order_columns(orders, range(len(cases)), profiles),
            0,
        )
        .unsure.tolist()
    )


class KeptMarket:
    """Quotes that are kept from batch to batch."""

    def __init__(self) -> None:
        self._table = QuoteTable()
        self._put: dict[int, MetQuote | None] = {}

    def market(self, symbols: Sequence[str], quotes: Sequence[MetQuote | None]) -> SymbolMarket:
        """What symbols meet that are numbered in this order; only quotes that have changed are put in.

        Each source was heard of when its last quote says.
        """
        heard: dict[str, int | None] = {}
        for number, quote in enumerate(quotes):
            own = quote and quote._replace(
                source=quote.source and f"{quote.source}-{number}", heard_at_us=None
            )
            if number not in self._put or self._put[number] != own:
                self._put[number] = own
                self._table.put(number, own)
            if own is not None and own.source and quote is not None:
                heard[own.source] = quote.heard_at_us
        return SymbolMarket(np.arange(len(symbols)), symbols, self._table, heard)


def market_of(symbols: Sequence[str], quotes: Sequence[MetQuote | None]) -> SymbolMarket:
    """What symbols meet of which nothing was known before."""
    return KeptMarket().market(symbols, quotes)
