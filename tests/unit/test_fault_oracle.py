"""The fault harness's oracle: it notices whatever can be wrong with the alerts of a run."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from faults.limits.judgement import RuleWithoutLimits
from faults.limits.version import STATES, Limits, SymbolClass, Tier
from faults.market import STREAM_SOURCE, Item, Market, Order, Phase, Quote
from faults.oracle import Entry, Fields, Oracle
from faults.rule import reason
from faults.seen import Seen
from faults.told import APART_US
from faults.verdict import Verdict

Spoil = Callable[[list[Entry]], list[Entry]]

NOW_US = 1_700_000_000_000_000


class Now:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.us = NOW_US

    def __call__(self) -> int:
        """The time."""
        return self.us


def alert_of(order: Order, quote: Quote | None, checked_at: int = NOW_US) -> Fields:
    """The right alert of an order that met a quote."""
    source, sequence = order.identity
    return {
        "source": source,
        "sequence": sequence,
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
        "reason": "no_quote" if quote is None else reason(quote.bid, quote.offer),
        "checked_at": str(checked_at),
    }


def hash_of(quote: Quote, updated_at: int = NOW_US) -> Fields:
    """What a symbol's hash has of a quote."""
    prices = {"bid": repr(quote.bid), "offer": repr(quote.offer)}
    flags = RuleWithoutLimits().flags(quote.symbol, quote)
    return {**prices, **flags, "transact_time": quote.transact_time, "updated_at": str(updated_at)}


class Played:
    """A market that was played without any fault, phase after phase."""

    def __init__(self) -> None:
        self.oracle = Oracle(Now())
        self.market = Market(seed=3, quote_sources=1, order_sources=["orders-1", STREAM_SOURCE], size=0.1)
        self.alerts: list[Entry] = []
        self.flowing: list[Order] = []
        """Orders of the flowing phase that alert."""
        self._play(self.market.still_phase())
        self._play(self.market.flowing_phase())
        self.hashes = {name: hash_of(quote) for name, quote in self.oracle.quotes.last_ones().items()}

    def _play(self, phase: Phase) -> None:
        for items in phase.quotes:
            self.oracle.quotes.sent(items)
            self.oracle.quotes.acknowledged(items)
        for items in phase.orders:
            self.oracle.orders.sent(items)
            self.oracle.orders.acknowledged(items)
            for item in items:
                if isinstance(item.about, Order) and not item.is_bad:
                    self._add(item.about, phase)

    def _add(self, order: Order, phase: Phase) -> None:
        quote = self.oracle.quotes.last_ones().get(order.symbol)
        if quote is not None and not reason(quote.bid, quote.offer):
            return
        self.alerts.append((f"{len(self.alerts) + 1}-0", alert_of(order, quote)))
        if phase.is_flowing and quote is not None:
            self.flowing.append(order)

    def judge(self, alerts: list[Entry]) -> Verdict:
        """The verdict on these alerts, all of them seen live."""
        return self.judge_seen(alerts, Seen([entry_id for entry_id, _ in alerts]))

    def judge_seen(self, alerts: list[Entry], seen: Seen) -> Verdict:
        """The verdict on these alerts, and on what was seen of them."""
        verdict = Verdict()
        self.oracle.judge(alerts, self.hashes, seen, verdict)
        return verdict


def test_an_undisturbed_run_is_good() -> None:
    """Nothing is wrong with the right alerts."""
    played = Played()
    verdict = played.judge(played.alerts)
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
        (changed(order_id="of another"), "unexpected"),
        (changed(account="7"), "unexpected"),
        (changed(source="orders-9"), "unexpected"),
        (changed(sequence="99999999"), "unexpected"),
        (changed(checked_at=str(NOW_US - APART_US - 1)), "mistimed"),
        (changed(checked_at=str(NOW_US + APART_US + 1)), "mistimed"),
        (lambda alerts: [*alerts[:3], alerts[4], alerts[3], *alerts[5:]], "disordered"),
    ],
)
def test_what_is_wrong_is_counted(spoil: Spoil, count: str) -> None:
    """A missing, doubled, invented, altered, mistimed or late alert is counted under its own name."""
    played = Played()
    verdict = played.judge(spoil(played.alerts))
    assert not verdict.is_good
    assert getattr(verdict, count) == 1
    assert verdict.examples


def test_an_alert_on_a_quote_that_was_superseded_before_is_noticed() -> None:
    """In a flowing phase an order must not meet a quote older than the last acknowledged one."""
    played = Played()
    order = played.flowing[0]
    names = [(alert["source"], alert["sequence"]) for _, alert in played.alerts]
    at = names.index(order.identity)
    older = played.oracle.quotes.at(first_quote_time(played, order.symbol))
    wrong = (played.alerts[at][0], alert_of(order, older))
    verdict = played.judge([*played.alerts[:at], wrong, *played.alerts[at + 1 :]])
    assert verdict.unexpected == 1


def first_quote_time(played: Played, symbol: str) -> str:
    """The transact time of a symbol's oldest quote."""
    return played.oracle.quotes._symbols[symbol].quotes[0].transact_time


def test_a_hash_that_is_not_the_last_quote_is_noticed() -> None:
    """Whatever the alerts say."""
    played = Played()
    symbol = next(iter(played.hashes))
    played.hashes[symbol] = {**played.hashes[symbol], "bid": "0.5"}
    assert played.judge(played.alerts).wrong_quotes == 1


@pytest.mark.parametrize(
    "flags", [{"risky": "2"}, {"reason": "locked"}, {"state": "empty"}, {"limits": "1:all"}]
)
def test_a_hash_with_flags_that_the_active_limits_do_not_say_is_noticed(flags: dict[str, str]) -> None:
    """Though its prices are right."""
    played = Played()
    symbol = next(iter(played.hashes))
    played.hashes[symbol] = {**played.hashes[symbol], **flags}
    verdict = played.judge(played.alerts)
    assert (verdict.wrong_flags, verdict.wrong_quotes, verdict.is_good) == (1, 0, False)


def test_a_hash_that_says_another_time_is_noticed() -> None:
    """`updated_at` from an hour ago, by a clock that was wrong."""
    played = Played()
    symbol = next(iter(played.hashes))
    played.hashes[symbol] = {**played.hashes[symbol], "updated_at": str(NOW_US - 3_600_000_000)}
    assert played.judge(played.alerts).mistimed == 1


@pytest.mark.parametrize(
    ("seen", "unseen", "misseen"),
    [(["1-0", "2-0", "3-0"], 0, 0), (["1-0", "3-0"], 1, 0), (["1-0", "2-0", "2-0", "3-0"], 0, 2)],
)
def test_what_the_subscriber_missed_or_saw_twice_is_counted(
    seen: list[str], unseen: int, misseen: int
) -> None:
    """An alert that it did not get, and one that it got twice, which shifts those behind it."""
    played = Played()
    verdict = played.judge_seen(played.alerts[:3], Seen(seen))
    assert (verdict.unseen, verdict.misseen) == (unseen, misseen)


@pytest.mark.parametrize(
    ("seen", "gaps", "unseen", "misseen"),
    [
        (["1-0", "5-0", "2-0", "3-0"], [], 0, 0),
        (["1-0"], [], 2, 0),
        (["1-0"], [("3-0", "1-0")], 0, 0),
        (["1-0"], [("1-0", "2-0")], 1, 0),
        (["1-0", "2-0", "2-0", "3-0"], [], 0, 1),
    ],
)
def test_what_the_subscriber_is_promised_when_redis_loses_data(
    seen: list[str], gaps: list[tuple[str, str]], unseen: int, misseen: int
) -> None:
    """It may have seen alerts that are gone; of those that are there it knows, or of a gap around them."""
    played = Played()
    verdict = played.judge_seen(played.alerts[:3], Seen(seen, gaps, may_have_gaps=True))
    assert (verdict.unseen, verdict.misseen) == (unseen, misseen)


CALM, RISKY = 10.01, 10.5


def order_numbered(number: int) -> Order:
    """The order, or another one like it."""
    return Order("desk", number, 1000, "000000", 1, "IBM", 1.0, 2.0, "20260102")


class Told:
    """One symbol and one order, and what their sources tell."""

    def __init__(self) -> None:
        self.now = Now()
        self.oracle = Oracle(self.now)

    def quotes(self, *offers: float) -> list[Item]:
        """Make quotes, numbered from 1 on."""
        return [
            Item(b"", Quote(n, "IBM", f"20260102-{n}", 10.0, offer))
            for n, offer in enumerate(offers, start=1)
        ]

    def order(self) -> Item:
        """The order."""
        return Item(b"", order_numbered(0))

    def alert_on(self, quote: Item | None) -> Entry:
        """Its alert."""
        about = None if quote is None else quote.about
        assert about is None or isinstance(about, Quote)
        order = self.order().about
        assert isinstance(order, Order)
        return "1-0", alert_of(order, about)

    def judge(self, *alerts: Entry) -> tuple[int, int, int]:
        """How many must come, how many of these are missing, and how many are wrong."""
        verdict = Verdict()
        self.oracle.judge(alerts, {}, Seen(), verdict)
        return verdict.expected, verdict.missing, verdict.unexpected


def test_an_order_lost_after_its_acknowledgement_is_judged_by_later_quotes() -> None:
    """It was calm when it was acknowledged first, and is risky when it is acknowledged again."""
    told = Told()
    calm, risky = told.quotes(CALM, RISKY)
    told.oracle.quotes.sent([calm])
    told.oracle.quotes.acknowledged([calm])
    told.oracle.orders.sent([told.order()])
    told.oracle.orders.acknowledged([told.order()])
    told.oracle.quotes.sent([risky])
    told.oracle.quotes.acknowledged([risky])
    assert told.judge(told.alert_on(risky)) == (0, 0, 1), "not while it is not lost"
    told.oracle.orders.taken_back([told.order()])
    told.oracle.orders.sent([told.order()])
    told.oracle.orders.acknowledged([told.order()])
    assert told.judge() == (1, 1, 0), "only the later quote is possible"
    assert told.judge(told.alert_on(risky)) == (1, 0, 0)


def test_an_order_sent_after_a_quote_was_acknowledged_must_meet_it_or_a_newer_one() -> None:
    """Also if Redis has lost it meanwhile, and its source has not been told."""
    told = Told()
    calm, risky = told.quotes(CALM, RISKY)
    told.oracle.quotes.sent([calm, risky])
    told.oracle.quotes.acknowledged([calm, risky])
    told.oracle.orders.sent([told.order()])
    told.oracle.orders.acknowledged([told.order()])
    assert told.judge() == (1, 1, 0)


def test_while_quotes_are_sent_again_an_order_may_meet_any_of_them() -> None:
    """Their source was told that they are lost while the order was on its way."""
    told = Told()
    risky, calm, last = told.quotes(RISKY, CALM, RISKY)
    told.oracle.quotes.sent([risky, calm, last])
    told.oracle.quotes.acknowledged([risky, calm, last])
    told.oracle.orders.sent([told.order()])
    told.oracle.quotes.taken_back([calm, last])
    told.oracle.orders.acknowledged([told.order()])
    assert told.judge(told.alert_on(last)) == (0, 0, 0), "it may have met the calm one, but need not"
    assert told.judge(told.alert_on(risky)) == (0, 0, 1), "it cannot have met what was not lost"


def limits_at(spread: str, number: int) -> Limits:
    """Limits that are one spread."""
    tier = Tier(Decimal(0), Decimal(spread), Decimal(5))
    return Limits(f"{number}", (SymbolClass("all", ("*",), (tier,), STATES, None),), ())


class Activated(Told):
    """The same with versions of the limits: 0.05 before them, then from 1 on these."""

    def __init__(self, *spreads: str) -> None:
        super().__init__()
        self.spreads = dict(enumerate(spreads, start=1))
        self.risky = self.quotes(RISKY)[0]
        self.oracle.quotes.sent([self.risky])
        self.oracle.quotes.acknowledged([self.risky])

    def activate(self, number: int, *, returns: bool = True) -> None:
        """Let a version become active; or only be asked for."""
        self.oracle.limits.begins(number, limits_at(self.spreads[number], number))
        if returns:
            self.oracle.limits.returned(number)

    def send(self) -> None:
        """Send the order."""
        self.oracle.orders.sent([self.order()])

    def acknowledge(self) -> None:
        """It is judged."""
        self.oracle.orders.acknowledged([self.order()])

    def alert_by(self, number: int, **fields: str) -> Entry:
        """Its alert by a version."""
        entry, alert = self.alert_on(self.risky)
        by_limits = {"reason": "spread", "broken": f"spread>={self.spreads.get(number)}:0.5"}
        by_limits["limits"] = f"{number}:all"
        return entry, {**alert, **(by_limits if number else {}), **fields}


@pytest.mark.parametrize(("number", "wrong"), [(0, 1), (1, 1), (2, 0), (3, 0), (4, 1), (5, 1)])
def test_which_versions_an_alert_may_name(number: int, wrong: int) -> None:
    """From the last that had returned before the order was sent, to the last that had begun later."""
    told = Activated("0.1", "0.2", "0.3", "0.4")
    told.activate(1)
    told.activate(2)
    told.send()
    told.activate(3, returns=False)
    told.acknowledge()
    told.activate(4)
    assert told.judge(told.alert_by(number)) == (1, 0, wrong)


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "spread,spread_ratio"},
        {"reason": "", "broken": ""},
        {"limits": "1:other"},
        {"limits": "1:all:retail"},
        {"limits": "one:all"},
        {"limits": ""},
        {"broken": "spread>=0.2:0.5"},
        {"broken": "spread>=0.1:0.4"},
        {"broken": ""},
        {"state": "crossed"},
        {"severity": "high"},
    ],
)
def test_what_an_alert_says_of_its_version_is_noticed(fields: dict[str, str]) -> None:
    """Reasons, limits, what is broken, state and severity are those of the version that it names."""
    told = Activated("0.1")
    told.activate(1)
    told.send()
    told.acknowledge()
    assert told.judge(told.alert_by(1)) == (1, 0, 0)
    assert told.judge(told.alert_by(1, **fields)) == (1, 0, 1)


def test_an_alert_by_a_version_that_was_activated_after_its_check_is_noticed() -> None:
    """Though it was active when the order was acknowledged."""
    told = Activated("0.1")
    told.send()
    told.now.us += APART_US + 2
    told.activate(1)
    told.acknowledge()
    assert told.judge(told.alert_by(1, checked_at=str(NOW_US))) == (1, 0, 1)
    assert told.judge(told.alert_by(1, checked_at=str(told.now.us))) == (1, 0, 0)


@pytest.mark.parametrize(
    ("spreads", "expected"), [(("0.1", "0.2"), 1), (("0.1", "0.9"), 0), (("0.8", "0.9"), 0)]
)
def test_an_order_must_alert_if_it_does_by_every_version_that_can_have_judged_it(
    spreads: tuple[str, str], expected: int
) -> None:
    """It may, if it does by one of them; and by none of these it must not."""
    told = Activated(*spreads)
    told.activate(1)
    told.send()
    told.activate(2, returns=False)
    told.acknowledge()
    assert told.judge() == (expected, expected, 0)
    assert told.judge(told.alert_by(2)) == (expected, 0, int(spreads[1] == "0.9"))


def test_after_a_loss_the_version_that_is_left_may_judge() -> None:
    """Also an order that was sent before; the other one may, too, for a process may write it again."""
    told = Activated("0.1", "0.2")
    told.activate(1)
    told.activate(2)
    told.send()
    told.oracle.limits.lost(1)
    told.oracle.limits.returned(2)
    told.acknowledge()
    assert told.judge(told.alert_by(1)) == (1, 0, 0)
    assert told.judge(told.alert_by(2)) == (1, 0, 0)
    assert told.judge(told.alert_by(0)) == (1, 0, 1)


@pytest.mark.parametrize(("given_up", "went_back", "after_waits"), [(0, 1, 0), (1, 1, 0), (2, 0, 1)])
def test_versions_never_go_back_within_a_source(given_up: int, went_back: int, after_waits: int) -> None:
    """Except after a checker has waited in vain for the one that judged before."""
    told = Activated("0.1", "0.2")
    told.activate(1, returns=False)
    told.activate(2, returns=False)
    orders = [told.order()._replace(about=order_numbered(number)) for number in range(3)]
    told.oracle.orders.sent(orders)
    told.oracle.orders.acknowledged(orders)
    alerts = [
        (f"{at}-0", {**told.alert_by(number)[1], "sequence": str(at)}) for at, number in enumerate((2, 1, 2))
    ]
    verdict = Verdict()
    told.oracle.judge(alerts, {}, Seen([name for name, _ in alerts]), verdict, given_up=given_up)
    assert (verdict.went_back, verdict.after_waits) == (went_back, after_waits)
    assert verdict.judged_by == {2: 2, 1: 1}
    assert (verdict.unexpected, verdict.missing) == (0, 0)
    assert Verdict(expected=1, after_waits=after_waits, went_back=went_back).is_good is (went_back == 0)


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
