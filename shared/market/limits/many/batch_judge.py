"""The verdicts on a batch of orders: those that alert, and how all tests ended."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

import numpy as np

from shared.market.limits.judge import Judge
from shared.market.limits.judging import TESTS, Part, judge_market, verdict_on
from shared.market.limits.many.columns import Ints, OrderColumns
from shared.market.limits.many.screen import Screen
from shared.market.limits.many.symbol_market import SymbolMarket
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.market.limits.verdict import Verdict

VECTOR_ORDERS: Final = 32
"""From so many orders on, arrays are quicker than one order after the other."""


class BatchVerdict(NamedTuple):
    """What is said to a batch."""

    alerts: list[tuple[int, Verdict]]
    """The places of the orders that alert, ascending, each with its verdict."""
    passed: Ints
    """By test, in the order of `TESTS`: for how many orders it was made and not broken."""
    broken: Ints
    skipped: Ints


class BatchJudge:
    """Judges batches by one version.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._screen = Screen(judge)

    def judge_few(self, orders: Iterable[tuple[JudgedOrder, MetQuote | None]], now_us: int) -> BatchVerdict:
        """The verdicts on some orders, each with what it met: the cheaper way below `VECTOR_ORDERS`.

        Args:
            orders: the orders.
            now_us: when they are judged, microseconds since the Unix epoch.
        """
        verdicts = [(place, self._judge.judge(*each, now_us)) for place, each in enumerate(orders)]
        nothing = np.zeros(len(TESTS), np.int64)
        return _together(verdicts, nothing, nothing)

    def judge_many(
        self,
        market: SymbolMarket,
        quote_of: Callable[[int], MetQuote | None],
        orders: OrderColumns,
        order_at: Callable[[int], JudgedOrder],
        now_us: int,
    ) -> BatchVerdict:
        """The verdicts on orders in columns.

        Args:
            market: what they meet.
            quote_of: gives the same quote of a symbol by its number; asked where an order does not surely
                pass.
            orders: the orders.
            order_at: gives the order at a place; asked for those alone that do not surely pass.
            now_us: when they are judged, microseconds since the Unix epoch.
        """
        unsure, counts = self._screen.find(market, orders, now_us)
        verdicts, parts = [], dict[tuple[int, object, bool, bool], Part]()
        for place, symbol in zip(unsure.tolist(), orders.symbol[unsure].tolist(), strict=True):
            case = self._judge.case(order_at(place), quote_of(symbol), now_us)
            # orders of the same kind meet the same market
            kind = symbol, case.rules.scope.profile, case.order.is_buy, case.order.is_without_price
            part = parts.get(kind)
            if part is None:
                part = parts[kind] = judge_market(case)
            verdicts.append((place, verdict_on(case, part)))
        return _together(verdicts, counts.passed, counts.skipped)


def _together(verdicts: list[tuple[int, Verdict]], passed: Ints, skipped: Ints) -> BatchVerdict:
    """The verdicts that were found one by one, with the counts of all others."""
    counts = Counter(
        (ended, name)
        for _, verdict in verdicts
        for ended, names in (
            ("passed", verdict.passed),
            ("broken", verdict.reasons),
            ("skipped", verdict.skipped),
        )
        for name in names
    )
    found = [
        np.array([counts[ended, name] for name, _ in TESTS]) for ended in ("passed", "broken", "skipped")
    ]
    alerts = [each for each in verdicts if each[1].reasons]
    return BatchVerdict(alerts, passed + found[0], found[1], skipped + found[2])
