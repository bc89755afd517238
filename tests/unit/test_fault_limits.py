"""The fault harness's own limits: they say what the product says, and know which versions can judge."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults.frames import BUY, SELL
from faults.limits.activation import Activation
from faults.limits.activator import Activator
from faults.limits.judgement import JudgementByLimits
from faults.limits.maker import LimitsMaker
from faults.limits.publisher import Plan
from faults.limits.sent_limits import SentLimits
from faults.limits.version import STATES, Limits, Profile, SymbolClass, Tier
from faults.market import Order, Quote
from faults.outcome import Outcome
from faults.striker import Fault
from faults.target import KILL, STOP
from shared.market.limits.file.read_file import read_limits
from shared.market.limits.judge import Judge
from shared.market.limits.met import JudgedOrder, MetQuote
from shared.published.changing import Overtaken
from shared.published.content import DamagedVersion
from shared.published.pointer import Pointer
from shared.redis.link import RedisUnavailable

NUMBER = 7
TWO = Decimal(2)


def order_of(account: int = 17, symbol: str = "ABC", quantity: float = 10.0, side: int = BUY) -> Order:
    """An order."""
    return Order("desk", 0, account, "1", side, symbol, quantity, 9.5, "20260102")


def quote_of(bid: float, offer: float, symbol: str = "ABC") -> Quote:
    """A quote."""
    return Quote(1, symbol, "20260102", bid, offer)


def assert_as_the_product(limits: Limits, order: Order, quote: Quote | None) -> None:
    """Both say the same, and in the same words."""
    judge = Judge(replace(read_limits(limits.text().encode()), number=NUMBER))
    met = None if quote is None else MetQuote(quote.bid, quote.offer, 1, 1)
    judged = JudgedOrder(order.symbol, str(order.account), order.side, order.quantity, order.price)
    verdict = judge.judge(judged, met, 2)
    ours = JudgementByLimits(NUMBER, limits)
    assert ours.fields(order, quote) == {
        "reason": ",".join(verdict.reasons),
        "limits": verdict.scope.text(),
        "state": "" if verdict.state == "two_sided" else verdict.state,
        "severity": "" if verdict.severity == "normal" else verdict.severity,
    }
    if quote is not None:
        flags = judge.flags(order.symbol, met, 2)
        assert ours.flags(order.symbol, quote) == {
            "risky": str(int(bool(flags.reasons))),
            "reason": ",".join(flags.reasons),
            "state": flags.state,
            "limits": flags.limits,
        }
    alerts = bool(verdict.reasons)
    kind = ours.kind(order.account)
    assert alerts == (ours.order_alerts(order) or ours.market_alerts(order.symbol, kind, quote))
    assert not alerts or ours.has_broken(verdict.broken, order, quote)


TIERS = (Tier(Decimal(0), Decimal("0.10"), Decimal("0.05")), Tier(Decimal(20), Decimal("0.20"), Decimal(5)))
FIRST = SymbolClass("first", ("A*", "[X-Z]?"), TIERS, STATES, Decimal(100))
REST = SymbolClass("rest", ("*",), TIERS[:1], (), None)
LIMITS = Limits("all there is", (FIRST, REST), (Profile("retail", ("*7",), Decimal("0.5"), TWO, "high"),))


@pytest.mark.parametrize(
    ("order", "quote", "limits", "reasons"),
    [
        (order_of(12), quote_of(10.0, 10.09), "7:first", ""),
        (order_of(12), quote_of(10.0, 10.10), "7:first", "spread"),
        (order_of(12), quote_of(1.0, 1.10), "7:first", "spread,spread_ratio"),
        (order_of(12), quote_of(20.0, 20.19), "7:first", ""),
        (order_of(17, quantity=1.0), quote_of(10.0, 10.05), "7:first:retail", "spread"),
        (order_of(17, quantity=-2.0), quote_of(10.0, 10.01), "7:first:retail", "quantity"),
        (order_of(12, quantity=100.0), quote_of(10.0, 10.01), "7:first", "quantity"),
        (order_of(12, "XQ"), None, "7:first", "no_quote"),
        (order_of(12, "BC"), None, "7:rest", ""),
        (order_of(12), quote_of(10.0, 10.0), "7:first", "locked"),
        (order_of(12), quote_of(10.0, 9.0), "7:first", "crossed"),
        (order_of(12), quote_of(-10.0, -9.9), "7:first", "spread,negative"),
        (order_of(12, "BC"), quote_of(-10.0, -9.95), "7:rest", ""),
    ],
)
def test_each_test_on_both_sides_of_its_limit(
    order: Order, quote: Quote | None, limits: str, reasons: str
) -> None:
    """Class, profile, tier and state decide, in the harness as in the product."""
    found = JudgementByLimits(NUMBER, LIMITS).fields(order, quote)
    assert (found["limits"], found["reason"]) == (limits, reasons)
    assert_as_the_product(LIMITS, order, quote)


@given(st.integers(0, 10_000), st.data())
def test_the_oracle_and_the_product_say_the_same(seed: int, data: st.DataObject) -> None:
    """Of any limits, order and quote that a run can have."""
    limits = LimitsMaker(str(seed)).make()
    cents = st.integers(-3000, 3000)
    bid = Decimal(data.draw(st.integers(-99_999, 99_999))) / 100
    offer = bid + Decimal(data.draw(cents)) / 10_000
    account, quantity = data.draw(st.integers(0, 2**32 - 1)), data.draw(st.integers(-10_001, 10_001))
    symbol = data.draw(st.text("ABEFMXZ./-", min_size=1, max_size=5))
    order = order_of(account, symbol, float(quantity), data.draw(st.sampled_from((BUY, SELL))))
    has_quote = data.draw(st.integers(0, 9)) > 0
    assert_as_the_product(limits, order, quote_of(float(bid), float(offer), symbol) if has_quote else None)


def test_random_limits_are_valid_and_differ() -> None:
    """The product takes all of them, and nearly all say something of their own."""
    maker = LimitsMaker("seed")
    made = [maker.make() for _ in range(100)]
    assert len({each._replace(comment="") for each in made}) > 90
    for each in made:
        read_limits(each.text().encode())


def limits_at(spread: str) -> Limits:
    """Limits that are one spread."""
    return Limits(spread, (REST._replace(tiers=(Tier(Decimal(0), Decimal(spread), Decimal(5)),)),), ())


def test_which_versions_can_judge_an_order() -> None:
    """From the highest that had returned when it was sent, up to the highest that had begun later."""
    sent = SentLimits(lambda: 1)
    assert (sent.in_force, sent.highest) == (0, 0)
    sent.begins(1, limits_at("1"))
    assert (sent.in_force, sent.highest) == (0, 1)
    sent.returned(1)
    sent.begins(4, limits_at("4"))
    assert (sent.in_force, sent.highest) == (1, 4)
    assert [len(sent.of(number)) for number in range(6)] == [1, 1, 0, 0, 1, 0]
    assert len(sent.between(1, 4)) == 2


def test_a_number_that_redis_has_lost_may_come_again_with_another_content() -> None:
    """Both may judge; after a loss the lowest version is the one that is left."""
    sent = SentLimits(lambda: 1)
    for number in (1, 2):
        sent.begins(number, limits_at(f"{number}"))
        sent.returned(number)
    sent.lost(1)
    assert (sent.in_force, sent.highest, sent.after_losses) == (1, 2, [1])
    sent.begins(2, limits_at("3"))
    assert [each.comment for each in sent.contents(2)] == ["2", "3"]


class ScriptedPublisher:
    """Does what is written down, one activation's call after the other: an error, or nothing wrong."""

    def __init__(self, sent: SentLimits, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.calls: list[str] = []
        self.number = 0
        self._sent = sent

    def _next(self, name: str) -> None:
        self.calls.append(name)
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error

    def publish(self, limits: Limits) -> Pointer:
        """Number it."""
        del limits
        self._next("publish")
        self.number += 1
        return Pointer(self.number, "0" * 64)

    def plan(self, source: Pointer) -> Plan:
        """It keeps its number."""
        self._next("plan")
        return Plan(source, source.number, b"", is_done=False)

    def activate(self, plan: Plan) -> int:
        """It is active."""
        assert self._sent.highest >= plan.number, "before it is asked for it may judge already"
        self._next("activate")
        return plan.number

    def is_safe(self, number: int) -> bool:
        """It is."""
        del number
        self._next("is_safe")
        return True


def activate_all(count: int, sent: SentLimits, publisher: ScriptedPublisher) -> Activator:
    """Let an activator do its work."""
    activator = Activator(count, "seed", publisher, sent, lambda: 1.0, 0.0)  # type: ignore[arg-type]
    asyncio.run(activator.run(0.0))
    return activator


@pytest.mark.parametrize(
    ("errors", "calls"),
    [
        ((), ["publish", "plan", "activate", "is_safe"]),
        ((None, None, RedisUnavailable()), ["publish", "plan", "activate", "plan", "activate", "is_safe"]),
        ((None, None, Overtaken("2 ...")), ["publish", "plan", "activate", "plan", "activate", "is_safe"]),
        (
            (None, None, DamagedVersion()),
            ["publish", "plan", "activate", "publish", "plan", "activate", "is_safe"],
        ),
    ],
)
def test_an_activation_goes_on_until_it_is_active(
    errors: Sequence[Exception | None], calls: list[str]
) -> None:
    """Where Redis does not answer it is tried again, and what Redis has lost is published again."""
    sent = SentLimits()
    publisher = ScriptedPublisher(sent, *errors)
    activator = activate_all(1, sent, publisher)
    assert publisher.calls == calls
    (found,) = activator.activations
    assert found.number == sent.in_force == sent.highest == publisher.number
    assert found.attempts == 1 + bool(errors)


def test_a_loss_during_an_activation_makes_it_look_again() -> None:
    """What is active may be gone by the time that the answer comes."""
    sent = SentLimits()
    publisher = ScriptedPublisher(sent)
    real, losses = publisher.is_safe, [0]

    def is_safe(number: int) -> bool:
        for loss in losses:
            sent.lost(loss)
        losses.clear()
        return real(number)

    publisher.is_safe = is_safe  # type: ignore[method-assign]
    activator = activate_all(1, sent, publisher)
    assert activator.activations[0].attempts == 2
    assert sent.in_force == 1


@pytest.mark.parametrize(
    ("at_s", "returned_s", "killed", "stopped"),
    [
        (9.0, 9.9, 0, 0),
        (9.5, 10.1, 1, 0),
        (10.4, 10.5, 1, 0),
        (11.1, 11.2, 0, 0),
        (21.9, 30.0, 0, 1),
        (22.1, 22.2, 0, 0),
        (10.5, 0.0, 0, 0),
    ],
)
def test_activations_while_somebody_was_away_are_counted(
    at_s: float, returned_s: float, killed: int, stopped: int
) -> None:
    """Between a kill and being ready again, and while somebody stood still; not one that never returned."""
    faults = [
        Fault(0, 10.0, "checker", KILL, {}, back_s=11.0),
        Fault(1, 20.0, "redis", STOP, {}, stopped_s=2.0),
    ]
    activation = Activation(LIMITS, None, at_s, is_way_back=False, returned_s=returned_s)
    outcome = Outcome(faults, [activation])
    assert (outcome.activated_while_killed, outcome.activated_while_stopped) == (killed, stopped)
