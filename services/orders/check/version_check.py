"""The check by one published version of the limits: which orders of a batch alert, and how tests ended."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from services.orders.check.market import Market
from services.orders.feed.account_profiles import AccountProfiles
from services.orders.feed.batch import Orders
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.market.limits.judge import Judge
from shared.market.limits.many.batch_judge import VECTOR_ORDERS, BatchJudge, BatchVerdict
from shared.market.limits.many.columns import Ints
from shared.market.limits.met import MetQuote
from shared.market.limits.verdict import Verdict
from shared.market.quote_state import TWO_SIDED

_USUAL_SEVERITY: Final = "normal"
_NO_QUOTE: Final = MetQuote(None, None)


class VersionCheck:
    """Checks batches by one version.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        version = judge.version
        self.number = version.number
        self.judge = judge
        self._batches = BatchJudge(judge)
        self._profiles = AccountProfiles(judge)
        self.tests_sources = any(
            rules.stale.feed_ms is not None
            for each in version.classes
            for rules in (each.rules, *each.during.values())
        )
        """Whether any class tests for how long a quote's source has been silent."""

    def check(self, orders: Orders, market: Market, moment_us: int) -> tuple[list[RaisedAlert], BatchVerdict]:
        """The alerts of a batch, in the order of its frames, and how all tests ended.

        Args:
            orders: the batch.
            market: of its symbols, of which there is at least one.
            moment_us: when the check is made, microseconds since the Unix epoch.
        """
        is_small = len(orders) < VECTOR_ORDERS
        verdict, symbols = (self._judge_few if is_small else self._judge_many)(orders, market, moment_us)
        alerts = []
        for place, each in verdict.alerts:
            symbol = int(symbols[place])
            met, transact_time = market.quote(symbol) or _NO_QUOTE, market.transact_time(symbol)
            alerts.append(orders.alert(place, _finding(met, transact_time, each, moment_us)))
        alerts.sort(key=attrgetter("frame"))
        return alerts, verdict

    def _judge_few(
        self, orders: Orders, market: Market, moment_us: int
    ) -> tuple[BatchVerdict, Sequence[int]]:
        """The verdicts, and where in the market the symbol of each order is."""
        judged = [orders.judged(place) for place in range(len(orders))]
        symbols = [market.place_of[number] for number, _ in judged]
        met = [(order, market.quote(symbol)) for (_, order), symbol in zip(judged, symbols, strict=True)]
        return self._batches.judge_few(met, moment_us), symbols

    def _judge_many(self, orders: Orders, market: Market, moment_us: int) -> tuple[BatchVerdict, Ints]:
        """The same by columns."""
        columns = orders.columns(self._profiles)
        symbols = market.places_of(columns.symbol)
        verdict = self._batches.judge_many(
            market.names,
            market.columns,
            market.quote,
            columns._replace(symbol=symbols),
            lambda place: orders.judged(place)[1],
            moment_us,
        )
        return verdict, symbols


def _finding(quote: MetQuote, transact_time: bytes, verdict: Verdict, moment_us: int) -> Finding:
    return Finding(
        quote.bid,
        quote.offer,
        transact_time,
        quote.updated_at_us,
        ",".join(verdict.reasons).encode(),
        moment_us,
        verdict.scope.text().encode(),
        verdict.broken.encode(),
        b"" if verdict.state == TWO_SIDED else verdict.state.encode(),
        b"" if verdict.severity == _USUAL_SEVERITY else verdict.severity.encode(),
    )
