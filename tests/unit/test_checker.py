"""The checker by published limits: which version judges what, and what it writes."""

import random
from collections import Counter
from itertools import pairwise

import fakeredis
import pytest

from shared.market import keys
from shared.market.limits.judging import TESTS
from shared.redis.retry import StopRequested
from tests.support import frames
from tests.support.check_desk import CheckDesk
from tests.support.limits_files import WHOLE, one_class
from tests.support.market import entries_after

QUANTITY = "[class.order]\nmax_quantity = "


def at_most(quantity: int) -> str:
    """Limits under which orders of so much or more alert."""
    return one_class(f'{QUANTITY}"{quantity}"')


@pytest.fixture
def desk(fake_redis: fakeredis.FakeRedis) -> CheckDesk:
    """A checker, with a quote on BTU."""
    made = CheckDesk(fake_redis)
    made.quote("BTU")
    return made


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.redis.retry.time.sleep", lambda _: None)


def order(quantity: float = 100.0, symbol: bytes = b" BTU", account: int = 7) -> bytes:
    """An order of so much."""
    return frames.order(symbol, quantity=quantity, account=account)


def judged(desk: CheckDesk) -> list[tuple[str, str]]:
    """Of each alert: what judged, and the reason."""
    return [(alert.get("limits", ""), alert["reason"]) for alert in desk.alerts()]


def test_without_limits_alerts_are_as_ever(desk: CheckDesk) -> None:
    """Fifteen fields, by the flags of the hash, and a position without limits."""
    desk.quote("BTU", risky="1", reason="spread")
    desk.send(desk.sender("desk"), order())
    (alert,) = desk.alerts()
    assert list(alert) == list(keys.ALERT_FIELDS)
    assert alert["reason"] == "spread"
    assert "limits" not in desk.position("desk")


def test_an_alert_by_limits_says_what_judged_and_what_is_broken(desk: CheckDesk) -> None:
    """Behind the fields that all have: limits and broken; a state and a severity where they say something."""
    desk.activate(
        one_class(f'{QUANTITY}"500"', '[[account]]\nname = "retail"\naccounts = ["4"]\nseverity = "high"')
    )
    desk.quote("LOCK", "10.0", "10.0")
    desk.quote("BTU", risky="1", reason="spread")  # no longer asked
    sender = desk.sender("desk")
    desk.send(sender, order(), order(500.0), order(700.0, b"LOCK", account=4))
    plain, special = desk.alerts()
    assert list(plain) == [*keys.ALERT_FIELDS, "limits", "broken"]
    assert list(special) == [*keys.ALERT_FIELDS, *keys.LIMITS_FIELDS]
    assert (plain["limits"], plain["reason"], plain["broken"]) == ("1:all", "quantity", "quantity>=500:500")
    assert plain["sequence"] == "1"
    assert [special[name] for name in keys.LIMITS_FIELDS] == [
        "1:all:retail",
        "quantity>=500:700",
        "locked",
        "high",
    ]
    assert desk.position("desk")["limits"] == "1"


@pytest.mark.parametrize("size", [1, 100])
def test_an_activation_between_two_batches_holds_from_the_second_on(desk: CheckDesk, size: int) -> None:
    """Each batch is judged wholly by one version, nothing is lost or doubled, and versions never go back."""
    sender = desk.sender("desk")
    batch = [order(float(quantity)) for quantity in range(1, size + 1)]
    desk.quote("BTU", risky="1", reason="spread")
    right = [("", "spread")] * size
    desk.send(sender, *batch)
    for limit in (1 + size // 2, 1, 2 * size):
        number = desk.activate(at_most(limit))
        for _ in range(2):
            desk.send(sender, *batch)
            right += [(f"{number}:all", "quantity")] * len(range(limit, size + 1))
    assert judged(desk) == right
    assert desk.position("desk") | {"owner": "", "generation": ""} == {
        "position": str(7 * size), "limits": "3", "owner": "", "generation": "",
    }  # fmt: skip
    sequences = [int(alert["sequence"]) for alert in desk.alerts()]
    assert all(one < other for one, other in pairwise(sequences))


def test_one_round_trip_a_batch(desk: CheckDesk) -> None:
    """The pointers come with the quotes: a batch costs no round trip more, whatever judges."""
    sender = desk.sender("desk")
    for text in ("", at_most(5), WHOLE.replace("feed_ms = 2000\n", "")):
        if text:
            desk.activate(text)
        desk.send(sender, order())  # loads the version
        before = desk.link.count
        desk.send(sender, order())
        assert desk.link.count == before + 1


def test_a_hash_that_names_a_higher_version_has_the_pointer_read_again(desk: CheckDesk) -> None:
    """Once: where nothing is found the orders are judged by what there is."""
    sender = desk.sender("desk")
    desk.activate(at_most(5))
    desk.quote("BTU", limits="2:all")
    desk.send(sender, order())
    before = desk.link.count
    desk.send(sender, order())
    assert desk.link.count == before + 1
    assert judged(desk) == [("1:all", "quantity")] * 2


def test_a_version_that_is_behind_writes_nothing_and_judges_anew(
    fake_redis: fakeredis.FakeRedis, desk: CheckDesk, caplog: pytest.LogCaptureFixture
) -> None:
    """A higher version has judged the source meanwhile: its sender sends again, and gets the new one."""
    desk.activate(at_most(5))
    sender = desk.sender("desk")
    desk.send(sender, order())
    fake_redis.hset("position:{alerts}:orders:desk", "limits", 2)
    desk.send(sender, order(), order())
    assert sender.is_dismissed
    assert "version 2 of the limits has judged messages of position:{alerts}:orders:desk, so" in caplog.text
    assert judged(desk) == [("1:all", "quantity")]
    assert desk.position("desk")["position"] == "1"

    desk.activate(at_most(7))
    again = desk.sender("desk")
    assert again.begins_at == 1
    desk.send(again, order(), order())
    assert judged(desk) == [("1:all", "quantity"), ("2:all", "quantity"), ("2:all", "quantity")]


def test_orders_are_held_until_the_version_is_back(desk: CheckDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that version 3 has judged, where Redis names none: nothing is judged until it is there."""
    now = [1000.0]
    monkeypatch.setattr("services.orders.check.limits_in_force.time.monotonic", lambda: now[0])
    desk.client.hset("position:{alerts}:orders:desk", mapping={"position": 0, "limits": 3})
    waits = []

    def come_back() -> None:
        waits.append(desk.retry.waits_for)
        if len(waits) == 3:
            for limit in (1, 2, 3):
                desk.activate(at_most(limit))

    desk.retry.while_holding = come_back
    desk.send(desk.sender("desk"), order())
    assert judged(desk) == [("3:all", "quantity")]
    why = (
        "version 3 of the limits has judged orders of this source before, "
        "and Redis has version 0 as the active one"
    )
    assert waits == [why] * 3
    assert desk.metrics.judged_by_lower == 0


def test_orders_are_held_no_longer_than_told(desk: CheckDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then they are judged by what there is, and counted; the position keeps the highest version."""
    now = [1000.0]
    monkeypatch.setattr("services.orders.check.limits_in_force.time.monotonic", lambda: now[0])
    desk.client.hset("position:{alerts}:orders:desk", mapping={"position": 0, "limits": 3})
    desk.activate(at_most(5))

    def pass_by() -> None:
        now[0] += 10

    desk.retry.while_holding = pass_by
    sender = desk.sender("desk")
    desk.send(sender, order(), order())
    assert now == [1030.0]
    desk.send(sender, order())
    assert judged(desk) == [("1:all", "quantity")] * 3
    assert desk.metrics.judged_by_lower == 3
    assert (desk.position("desk")["position"], desk.position("desk")["limits"]) == ("3", "3")


def test_a_stop_ends_the_wait(desk: CheckDesk) -> None:
    """Nothing is written then."""
    desk.client.hset("position:{alerts}:orders:desk", mapping={"position": 0, "limits": 3})
    desk.is_over = True
    with pytest.raises(StopRequested):
        desk.send(desk.sender("desk"), order())
    assert desk.alerts() == []


def test_plain_senders_are_judged_by_what_is_in_force(desk: CheckDesk) -> None:
    """Nobody resumes their source, so it has no version to compare; one that is there holds nobody up."""
    desk.activate(at_most(5))
    sender = desk.sender()
    desk.send(sender, order())
    (key,) = desk.client.keys("position:{alerts}:orders:plain:*")
    assert desk.client.hget(key, "limits") is None
    desk.client.hset(key, "limits", 9)
    desk.send(sender, order())
    assert judged(desk) == [("1:all", "quantity")] * 2


SILENCE = one_class("[class.stale]\nfeed_ms = 500")


def test_a_silent_source(desk: CheckDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources are looked at every 100 ms, at once when they are new; one whose time is gone is silent."""
    now = [1000.0]
    monkeypatch.setattr("services.orders.check.source_times.time.monotonic", lambda: now[0])
    desk.activate(SILENCE)
    sender = desk.sender("desk")
    for symbol, source in ((" BTU", "a"), ("GONE", "b"), ("NONE", "")):
        desk.quote(symbol.strip(), source=source)
    desk.client.set("feed:a", desk.checker._clock.now_us())

    desk.send(sender, order())
    assert judged(desk) == []
    desk.send(sender, order(symbol=b"GONE"), order(symbol=b"NONE"))
    assert [(alert["symbol"], alert["broken"]) for alert in desk.alerts()] == [
        ("GONE", "stale_feed>500:unknown")
    ]
    desk.client.set("feed:a", desk.checker._clock.now_us() - 600_000)
    now[0] += 0.09
    desk.send(sender, order())
    assert len(desk.alerts()) == 1
    now[0] += 0.01
    desk.send(sender, order())
    assert desk.alerts()[-1]["reason"] == "stale_feed"
    assert desk.alerts()[-1]["broken"].startswith("stale_feed>500:6")


def test_nobody_asks_for_sources_where_no_class_tests_them(desk: CheckDesk) -> None:
    """Only hashes and pointers are read."""
    desk.activate(at_most(500))
    desk.quote("BTU", source="a")
    sender = desk.sender("desk")
    desk.send(sender, order())
    before = desk.link.count
    for _ in range(3):
        desk.send(sender, order())
    assert desk.link.count == before + 3


def test_tests_are_counted(desk: CheckDesk) -> None:
    """Of every order, whether it passes, breaks or lacks what a test compares."""
    desk.activate(one_class(f'{QUANTITY}"500"\nbands = "alert"'))
    sender = desk.sender("desk")
    desk.send(sender, order(), order(500.0), order(symbol=b"NONE"))
    desk.send(sender, *[order()] * 100)
    counts = {(reason, outcome): count for reason, outcome, count in desk.metrics.tests}
    assert counts["quantity", "passed"] == 102
    assert counts["quantity", "broken"] == 1
    assert counts["bands", "skipped"] == 103
    assert counts["no_quote", "broken"] == 1
    text = desk.metrics.render().decode()
    assert 'market_spread_tests_total{outcome="passed",reason="quantity"} 102.0' in text


def test_what_the_checker_says_of_its_limits(desk: CheckDesk) -> None:
    """The status and the metrics have the numbers; the health has what is wrong with them."""
    assert desk.checker.gauges()["limits"] == "0"
    desk.activate(at_most(5))
    desk.shadow(at_most(7))
    desk.checker.every_second()
    assert desk.checker.gauges()["limits"] == "1"
    text = desk.metrics.render().decode()
    assert 'market_spread_limits_version{kind="active"} 1.0' in text
    assert 'market_spread_limits_version{kind="shadow"} 2.0' in text
    assert desk.checker.warnings() == []
    desk.client.set(keys.LIMITS_ACTIVE, f"3 {'0' * 64}")
    desk.checker.every_second()
    assert desk.checker.warnings() == ["limits version 3 is missing: there is no key limits:{limits}:3"]
    assert desk.checker.gauges()["limits"] == "1"
    desk.send(desk.sender("desk"), order())
    assert judged(desk) == [("1:all", "quantity")]


@pytest.mark.parametrize("is_published", [True, False])
def test_the_shadow_counts_what_another_checker_would_raise(desk: CheckDesk, *, is_published: bool) -> None:
    """Of 10,000 orders the differences are just those between this checker's alerts and the other's."""
    chance = random.Random(5)
    for number in range(50):
        offer = {0: 10.0, 1: 10.02, 2: 10.05, 3: 10.2}.get(number, 10.01)
        risky = {"risky": "1", "reason": "spread"} if offer > 10.04 else {}
        desk.quote(f"S{number}", "10.0", repr(offer), **risky)
    if is_published:
        desk.activate(WHOLE)
    other = one_class(
        f'{QUANTITY}"300"\naway = {{ money = "6" }}\n[class.states]\nlocked = "alert"',
        '[[account]]\nname = "all"\naccounts = ["57"]\ntighten = "0.5"',
        'tiers = [ { from = "0", spread = "0.2" } ]',
    )
    desk.shadow(other)
    sender = desk.sender("desk")
    payloads = [
        frames.order(
            f"S{chance.randrange(51)}".rjust(4).encode(), b"%6d" % number, side=chance.choice((1, 2)),
            account=chance.choice((7, 57)), quantity=chance.choice((*[100.0] * 15, 300.0)),
            price=chance.choice((*[10.0] * 200, 13.0, 17.0)),
        )
        for number in range(10_000)
    ]  # fmt: skip
    at = 0
    while at < len(payloads):
        size = chance.choice((1, 10, 50, 1000))
        desk.send(sender, *payloads[at : at + size])
        at += size
    second = desk.another(*(f"S{number}" for number in range(50)))
    second.activate(other)
    second.send(second.sender("desk"), *payloads)

    ours, others = (
        {alert["sequence"]: alert["reason"] for alert in each.alerts()} for each in (desk, second)
    )
    right = Counter(
        "added" if each not in ours else "removed" if each not in others else "changed"
        for each in {*ours, *others}
        if ours.get(each) != others.get(each)
    )
    assert min(right.values()) > 20
    assert set(right) == {"added", "removed", "changed"}
    totals = {name: count for name, count in desk.checker.totals().items() if name.startswith("shadow")}
    assert totals == {f"shadow_{name}_total": count for name, count in right.items()}
    reasons = Counter(
        reason
        for each in {*ours, *others}
        for reason in {*ours.get(each, "").split(",")} ^ {*others.get(each, "").split(",")}
        if reason
    )
    counted: Counter[str] = Counter()
    for (_, reason, name), count in desk.metrics.shadow_reasons.items():
        assert name == "all"
        counted[reason] += count
    assert counted == reasons


def test_a_sample_of_differences_goes_to_a_stream(desk: CheckDesk) -> None:
    """With the fields of an alert, what is active, and what the shadow says; alerts stay as they are."""
    desk.activate(one_class(f'{QUANTITY}"300"'))
    desk.shadow(one_class(f'{QUANTITY}"200"', keys='tiers = [ { from = "0", spread = "0.01" } ]'))
    desk.quote("TWO", "10.0", "10.0")
    sender = desk.sender("desk")
    desk.send(sender, order(), order(10.0, b" TWO"), order(300.0), order(400.0, b" TWO"))
    desk.send(desk.sender(), order(1.0))
    desk.checker.every_second()
    sample = entries_after(desk.client, stream="shadow:{alerts}")
    assert judged(desk) == [("1:all", "quantity"), ("1:all", "quantity")]
    shown = ("sequence", "source", "reason", "limits", "shadow_limits", "shadow_reason", "shadow_broken")
    assert [[entry[name] for name in shown] for entry in sample] == [
        ["0", "desk", "", "1:all", "2:all", "spread", "spread>=0.01:0.01"],
        ["2", "desk", "quantity", "1:all", "2:all", "spread,quantity", "spread>=0.01:0.01;quantity>=200:300"],
        ["0", "plain", "", "1:all", "2:all", "spread", "spread>=0.01:0.01"],
    ]
    assert (sample[1]["bid"], sample[1]["price"], sample[1]["broken"]) == (
        "10.0",
        "10.0",
        "quantity>=300:300",
    )
    desk.checker.every_second()
    assert len(entries_after(desk.client, stream="shadow:{alerts}")) == 3


def test_every_reason_stands_in_the_order_of_the_table(desk: CheckDesk) -> None:
    """However many limits an order breaks."""
    desk.activate(WHOLE)
    desk.quote("IBM", "10.0", "8.0", state_since="1", status="1", band_low="9.0", band_high="9.5")
    desk.send(desk.sender("desk"), frames.order(b" IBM", quantity=1e6, price=20.005))
    (alert,) = desk.alerts()
    names = [name for name, _ in TESTS]
    reasons = alert["reason"].split(",")
    assert len(reasons) > 5
    assert reasons == sorted(reasons, key=names.index)
    assert alert["state"] == "crossed"
