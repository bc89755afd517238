"""The check by one published version of the limits: which orders of a batch alert, and how tests ended."""

from operator import attrgetter
from typing import Final

from services.orders.check.market import Market
from services.orders.feed.account_profiles import AccountProfiles
from services.orders.feed.batch import Orders
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.market.limits.judge import Judge
from shared.market.limits.many.batch_judge import VECTOR_ORDERS, BatchJudge, BatchVerdict
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
        verdict = (self._judge_few if len(orders) < VECTOR_ORDERS else self._judge_many)(
            orders, market, moment_us
        )
        alerts = []
        for place, each in verdict.alerts:
            symbol, _ = orders.judged(place)
            met, transact_time = market.quote(symbol) or _NO_QUOTE, market.transact_time(symbol)
            alerts.append(orders.alert(place, _finding(met, transact_time, each, moment_us)))
        alerts.sort(key=attrgetter("frame"))
        return alerts, verdict

    def _judge_few(self, orders: Orders, market: Market, moment_us: int) -> BatchVerdict:
        judged = map(orders.judged, range(len(orders)))
        return self._batches.judge_few(((order, market.quote(symbol)) for symbol, order in judged), moment_us)

    def _judge_many(self, orders: Orders, market: Market, moment_us: int) -> BatchVerdict:
        return self._batches.judge_many(
            market.as_columns(),
            market.quote,
            orders.columns(self._profiles),
            lambda place: orders.judged(place)[1],
            moment_us,
        )


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
