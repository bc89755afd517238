"""How the tests of orders that pass end: the same for all orders of a kind on the same symbol.

A kind is a side, with a price or without one. Symbols on which all tests end alike have the same pattern, so
orders are counted by pattern and kind, and not looked at one by one.
"""

from typing import Final

import numpy as np

from shared.market.limits.judging import TESTS
from shared.market.limits.many.columns import MISSING, Bools, Floats, Ints, QuoteColumns
from shared.market.limits.many.rule_arrays import LONG_US, LadderArrays, RuleArrays
from shared.market.limits.values import States

KINDS: Final = 4
"""Twice whether it buys, and whether it has a price."""
_PRICED: Final = np.array([False, True, False, True])
_PLACES: Final = {name: place for place, (name, _) in enumerate(TESTS)}
_MOST_PATTERNS: Final = 20_000


class _Outcomes:
    """By symbol and test whether it is set, and by symbol, kind and test whether it is made."""

    def __init__(self, symbols: int) -> None:
        self.is_set = np.zeros((symbols, len(TESTS)), np.bool_)
        self.is_made = np.zeros((symbols, KINDS, len(TESTS)), np.bool_)

    def add(self, name: str, is_set: Bools, is_made: Bools) -> None:
        """Add a test.

        Args:
            name: of the test.
            is_set: by symbol.
            is_made: by symbol, or by symbol and kind; only where it is set that counts.
        """
        by_kind = is_made if is_made.ndim > 1 else is_made[:, None]
        self.is_set[:, _PLACES[name]] = is_set
        self.is_made[:, :, _PLACES[name]] = by_kind & is_set[:, None]


def outcomes(rules: RuleArrays, rows: Ints, quotes: QuoteColumns) -> tuple[Bools, Bools]:
    """How the tests of the market and of the price end; those of the size depend on the account, too.

    Args:
        rules: what is tested.
        rows: the row of each symbol.
        quotes: of each symbol, as judged.

    Returns:
        whether each test is set, by symbol and test; whether it is made, by symbol, kind and test.
    """
    found = _Outcomes(len(rows))
    has_side = ~np.isnan(np.stack((quotes.bid, quotes.offer), axis=1))
    is_two_sided, has_any = has_side[:, 0] & has_side[:, 1], has_side[:, 0] | has_side[:, 1]
    step = rules.tiers.step(rows, quotes.bid)
    tiers = [~np.isnan(each[rows, step]) for each in rules.tiers.values]
    for name, is_set in zip(("spread", "spread_ratio"), tiers, strict=True):
        found.add(name, np.where(is_two_sided, is_set, tiers[0] | tiers[1]), is_two_sided)
    always, has_status = np.ones(len(rows), np.bool_), quotes.status != MISSING
    looked_at = (always, has_any, is_two_sided, is_two_sided, has_any, has_status, has_status)
    for name, alerts, can in zip(States._fields, rules.alerts[rows].T, looked_at, strict=True):
        found.add(name, alerts, can)
    found.add("stale_quote", (rules.quote_us != LONG_US)[rows], quotes.has_quote)
    found.add("stale_feed", (rules.feed_us != LONG_US)[rows], quotes.has_source)
    is_market_set: Bools = np.any(~np.isnan(rules.market), axis=1)
    found.add("market_order", is_market_set[rows], is_two_sided[:, None] & ~_PRICED)
    by = np.where(has_side[:, 0], quotes.bid, quotes.offer)
    touch = np.stack((quotes.bid, quotes.offer), axis=1)
    _add_collar(found, "through", rules.through, rows, by, touch)
    _add_collar(found, "away", rules.away, rows, by, touch[:, ::-1])
    has_bands = (quotes.band_low != 0) | (quotes.band_high != 0)
    found.add("bands", rules.bands[rows], has_bands[:, None] & _PRICED)
    found.add("off_tick", (rules.tick.values[1][:, 0] != 0)[rows], always[:, None] & _PRICED)
    return found.is_set, found.is_made


def _add_collar(
    found: _Outcomes, name: str, ladder: LadderArrays, rows: Ints, by: Floats, side: Floats
) -> None:
    """A collar measured from this side of the market for sells, and from that for buys."""
    step = ladder.step(rows, by)
    has_money, has_ratio = (~np.isnan(each[rows, step]) for each in ladder.values[:2])
    can = ~np.isnan(side) & (has_money[:, None] | (side > 0))
    found.add(name, has_money | has_ratio, np.repeat(can, 2, axis=1) & _PRICED)


class Patterns:
    """Numbers the patterns, from 0 on."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._set: list[Bools] = []
        self._made: list[Bools] = []
        self._arrays: tuple[Ints, Ints] | None = None

    @property
    def are_many(self) -> bool:
        """Whether it is better to begin anew."""
        return len(self._numbers) > _MOST_PATTERNS

    def numbers_of(self, is_set: Bools, is_made: Bools) -> list[int]:
        """The pattern of each symbol; see `outcomes`."""
        every = np.concatenate((is_set[:, None], is_made), axis=1).reshape(len(is_set), -1)
        packed = np.packbits(every, axis=1)
        keys = packed.tobytes()
        width, known = packed.shape[1], self._numbers
        found = []
        for place in range(len(packed)):
            key = keys[place * width : (place + 1) * width]
            if key not in known:
                known[key] = len(known)
                self._set.append(is_set[place])
                self._made.append(is_made[place])
                self._arrays = None
            found.append(known[key])
        return found

    def count(self, kinds: Ints) -> tuple[Ints, Ints]:
        """How many tests of some orders were made, and how many were set and not made.

        Args:
            kinds: how many orders there are, by pattern times `KINDS` and kind.
        """
        if self._arrays is None:
            made = np.array(self._made, np.int64).reshape(-1, len(TESTS))
            self._arrays = np.array(self._set, np.int64), made
        is_set, is_made = self._arrays
        made = kinds @ is_made
        return made, kinds.reshape(-1, KINDS).sum(axis=1) @ is_set - made

    def __len__(self) -> int:
        return len(self._numbers)
