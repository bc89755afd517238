"""The fault harness's oracle: it notices whatever can be wrong with the alerts of a run."""

from collections.abc import Callable

import pytest

from faults.market import Market, Phase
from faults.oracle import Entry, Fields, Oracle, Verdict
from faults.rule import reason

Spoil = Callable[[list[Entry]], list[Entry]]


class Played:
    """A market that was played without any fault."""

    def __init__(self) -> None:
        self.oracle = Oracle()
        self.market = Market(seed=3, quote_sources=1, order_sources=2, size=0.1)
        self._play(self.market.still_phase())
        self._play(self.market.flowing_phase())
        self.hashes: dict[str, Fields] = {
            quote.symbol: {
                "bid": repr(quote.bid),
                "offer": repr(quote.offer),
                "transact_time": quote.transact_time,
            }
            for quote in sorted(self.oracle._quotes.values())
        }

    def _play(self, phase: Phase) -> None:
        self.oracle.expect(phase)
        for items in phase.quotes:
            self.oracle.quotes_sent(items)
            self.oracle.quotes_acknowledged(items)
        for items in phase.orders:
            self.oracle.orders_sent(items)

    def alerts(self) -> list[Entry]:
        """The right alerts, source by source."""
        found: list[Entry] = []
        for number, expected in enumerate(self.oracle._expected.values()):
            order, quote = expected.order, expected.quote
            if expected.is_flowing:
                latest = self.oracle._acknowledged[order.symbol]
                quote = next(each for each in self.oracle._quotes.values() if each.number == latest)
            found.append(
                (
                    f"{number + 1}-0",
                    {
                        "order_id": order.order_id,
                        "account": str(order.account),
                        "side": {1: "buy", 2: "sell"}[order.side],
                        "symbol": order.symbol,
                        "quantity": repr(order.quantity),
                        "price": repr(order.price),
                        "transact_time": order.transact_time,
                        "bid": "" if quote is None else repr(quote.bid),
                        "offer": "" if quote is None else repr(quote.offer),
                        "quote_time": "" if quote is None else quote.transact_time,
                        "reason": expected.reason,
                        "checked_at": "1",
                    },
                )
            )
        return found

    def judge(self, alerts: list[Entry]) -> Verdict:
        """The verdict on these alerts, all of them seen live."""
        return self.oracle.judge(alerts, self.hashes, [entry_id for entry_id, _ in alerts])


def test_an_undisturbed_run_is_good() -> None:
    """Nothing is wrong with the right alerts."""
    played = Played()
    verdict = played.judge(played.alerts())
    assert verdict.is_good, verdict
    assert verdict.expected == verdict.alerts > 20


def changed(**fields: str) -> Spoil:
    """The eleventh alert with other fields."""
    return lambda alerts: [*alerts[:10], (alerts[10][0], {**alerts[10][1], **fields}), *alerts[11:]]


@pytest.mark.parametrize(
    ("spoil", "count"),
    [
        (lambda alerts: alerts[1:], "missing"),
        (lambda alerts: [*alerts, ("9999-0", alerts[5][1])], "duplicated"),
        (changed(reason="stale_quote"), "unexpected"),
        (changed(price="0.125"), "unexpected"),
        (changed(quote_time="20260102-23:00:00.000"), "unexpected"),
        (changed(order_id="ZZZZZZ"), "unexpected"),
        (lambda alerts: [*alerts[:3], alerts[4], alerts[3], *alerts[5:]], "disordered"),
    ],
)
def test_what_is_wrong_is_counted(spoil: Spoil, count: str) -> None:
    """A missing, doubled, invented, altered or late alert makes the run fail, under its own name."""
    played = Played()
    verdict = played.judge(spoil(played.alerts()))
    assert not verdict.is_good
    assert getattr(verdict, count) == 1
    assert verdict.examples


def test_an_alert_on_a_quote_that_was_superseded_before_is_noticed() -> None:
    """In a flowing phase an order must not meet a quote older than the last acknowledged one."""
    played = Played()
    alerts = played.alerts()
    at = next(n for n, each in enumerate(played.oracle._expected.values()) if each.is_flowing)
    quotes = [q for q in played.oracle._quotes.values() if q.symbol == alerts[at][1]["symbol"]]
    older = min(quotes)
    fields = {"bid": repr(older.bid), "offer": repr(older.offer), "quote_time": older.transact_time}
    verdict = played.judge([*alerts[:at], (alerts[at][0], {**alerts[at][1], **fields}), *alerts[at + 1 :]])
    assert verdict.unexpected == 1


def test_a_hash_that_is_not_the_last_quote_is_noticed() -> None:
    """Whatever the alerts say."""
    played = Played()
    symbol = next(iter(played.hashes))
    played.hashes[symbol] = {**played.hashes[symbol], "bid": "0.5"}
    assert played.judge(played.alerts()).wrong_quotes == 1


@pytest.mark.parametrize(
    ("seen", "unseen", "misseen"),
    [(["1-0", "2-0", "3-0"], 0, 0), (["1-0", "3-0"], 1, 0), (["1-0", "2-0", "2-0", "3-0"], 0, 2)],
)
def test_what_the_subscriber_missed_or_saw_twice_is_counted(
    seen: list[str], unseen: int, misseen: int
) -> None:
    """An alert that it did not get, and one that it got twice, which shifts those behind it."""
    played = Played()
    verdict = played.oracle.judge(played.alerts()[:3], played.hashes, seen)
    assert (verdict.unseen, verdict.misseen) == (unseen, misseen)


@pytest.mark.parametrize(
    ("bid", "offer", "why"),
    [
        (10.0, 10.05, "spread"),
        (10.0, 10.04, ""),
        (0.4, 0.42, ""),
        (0.4, 0.421, "spread_ratio"),
        (1.0, 2.0, "spread,spread_ratio"),
        (-10.0, -9.95, "spread"),
        (11.0, 10.0, ""),
    ],
)
def test_the_oracles_rule(bid: float, offer: float, why: str) -> None:
    """The rule of the description, on both sides of its limits."""
    assert reason(bid, offer) == why
