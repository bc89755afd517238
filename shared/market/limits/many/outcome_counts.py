"""How the tests of orders that pass ended, counted without looking at each order."""

from typing import Final, NamedTuple

import numpy as np

from shared.market.limits.judging import TESTS
from shared.market.limits.many.columns import MISSING, Bools, Floats, Ints, OrderColumns, QuoteColumns
from shared.market.limits.many.rule_arrays import LONG_US, LadderArrays, RuleArrays
from shared.market.limits.values import States

_PLACES: Final = {name: place for place, (name, _) in enumerate(TESTS)}


class Counts(NamedTuple):
    """By test, in the order of `TESTS`."""

    passed: Ints
    skipped: Ints


class Sizes(NamedTuple):
    """How large orders are and may be."""

    quantity: Floats
    """NaN where there is none."""
    max_quantity: Floats
    """Infinite where it is not tested."""
    value: Floats
    """Not below the notional; NaN where it cannot be known."""
    max_notional: Floats

    def is_unsure(self) -> Bools:
        """Which may be too large."""
        is_large: Bools = (self.quantity >= self.max_quantity) | (self.value >= self.max_notional)
        return is_large


def count_outcomes(
    rules: RuleArrays,
    rows: Ints,
    quotes: QuoteColumns,
    orders: OrderColumns,
    sizes: Sizes,
    is_counted: Bools,
) -> Counts:
    """Count how the tests of some orders ended, each of which passed or was skipped.

    Args:
        rules: what is tested.
        rows: the row of each symbol.
        quotes: of each symbol, as judged.
        orders: the orders.
        sizes: of the orders.
        is_counted: which orders are counted.
    """
    counter = _Counter(rules, rows, quotes, orders, is_counted)
    counter.count_tiers()
    counter.count_states()
    counter.count_silence()
    counter.count_prices()
    for name, size, limit in (
        ("quantity", sizes.quantity, sizes.max_quantity),
        ("notional", sizes.value, sizes.max_notional),
    ):
        is_set = is_counted & np.isfinite(limit)
        counter.add_up(name, int(is_set.sum()), int((is_set & ~np.isnan(size)).sum()))
    return counter.counts


class _Counter:
    """Adds up by symbol and side what is the same for all of a symbol's orders."""

    def __init__(
        self, rules: RuleArrays, rows: Ints, quotes: QuoteColumns, orders: OrderColumns, is_counted: Bools
    ) -> None:
        self._rules, self._rows, self._quotes = rules, rows, quotes
        self.counts = Counts(np.zeros(len(TESTS), np.int64), np.zeros(len(TESTS), np.int64))
        kind = (2 * orders.symbol + orders.is_buy) * 2 + ~np.isnan(orders.price)
        number = np.bincount(kind[is_counted], minlength=4 * len(rows)).reshape(-1, 2, 2)
        self._priced = number[:, :, 1]
        """Orders with a price, by symbol and side."""
        self._unpriced = number[:, :, 0].sum(axis=1)
        self._all = number.sum(axis=(1, 2))
        self._has_side = ~np.isnan(np.stack((quotes.bid, quotes.offer), axis=1))
        self._is_two_sided = self._has_side.all(axis=1)

    def add_up(self, name: str, tested: int, made: int) -> None:
        """Add orders for which a test is set, and those of them for which it was made."""
        self.counts.passed[_PLACES[name]] += made
        self.counts.skipped[_PLACES[name]] += tested - made

    def _add(self, name: str, is_set: Bools, made: Ints) -> None:
        """The same by symbol."""
        self.add_up(name, int(self._all[is_set].sum()), int(made[is_set].sum()))

    def count_tiers(self) -> None:
        """Spread and ratio: which of them a tier has is known only where there is a bid and an offer."""
        step = self._rules.tiers.step(self._rows, self._quotes.bid)
        is_tested = [~np.isnan(each[self._rows, step]) for each in self._rules.tiers.values]
        for name, is_set in zip(("spread", "spread_ratio"), is_tested, strict=True):
            is_any = np.where(self._is_two_sided, is_set, is_tested[0] | is_tested[1])
            self._add(name, is_any, self._all * self._is_two_sided)

    def count_states(self) -> None:
        """All states of the quote and the symbol."""
        has_any = self._has_side.any(axis=1)
        has_status = self._quotes.status != MISSING
        always = np.ones(len(self._rows), np.bool_)
        looked_at = (
            always, has_any, self._is_two_sided, self._is_two_sided, has_any, has_status, has_status,
        )  # fmt: skip
        for name, alerts, can in zip(
            States._fields, self._rules.alerts[self._rows].T, looked_at, strict=True
        ):
            self._add(name, alerts, self._all * can)

    def count_silence(self) -> None:
        """Of quotes and sources."""
        is_quote_set, is_feed_set = self._rules.quote_us != LONG_US, self._rules.feed_us != LONG_US
        self._add("stale_quote", is_quote_set[self._rows], self._all * self._quotes.has_quote)
        self._add("stale_feed", is_feed_set[self._rows], self._all * self._quotes.has_source)

    def count_prices(self) -> None:
        """The tests of the price, and of orders without one."""
        is_market_set = np.any(~np.isnan(self._rules.market), axis=1)
        self._add("market_order", is_market_set[self._rows], self._unpriced * self._is_two_sided)
        touch = np.stack((self._quotes.bid, self._quotes.offer), axis=1)
        self._count_collar("through", self._rules.through, touch)
        self._count_collar("away", self._rules.away, touch[:, ::-1])
        priced = self._priced.sum(axis=1)
        has_bands = (self._quotes.band_low != 0) | (self._quotes.band_high != 0)
        self._add("bands", self._rules.bands[self._rows], priced * has_bands)
        self._add("off_tick", (self._rules.tick.values[1][:, 0] != 0)[self._rows], priced)

    def _count_collar(self, name: str, ladder: LadderArrays, side: Floats) -> None:
        """A collar measured from this side of the market for sells, and from that for buys."""
        by = np.where(self._has_side[:, 0], self._quotes.bid, self._quotes.offer)
        step = ladder.step(self._rows, by)
        has_money, has_ratio = (~np.isnan(each[self._rows, step]) for each in ladder.values[:2])
        can = ~np.isnan(side) & (has_money[:, None] | (side > 0))
        self._add(name, has_money | has_ratio, (self._priced * can).sum(axis=1))
