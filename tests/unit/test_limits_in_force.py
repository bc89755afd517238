"""Which versions judge, and what is done where Redis names a lower one than has judged before."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.orders.check.limits_in_force import LimitsInForce
from shared.published.watch import LimitsWatch
from shared.redis.link import CannotProceed
from tests.support.limits_files import judge_of, one_class


class Watch:
    """Says what a test wants."""

    def __init__(self) -> None:
        self.active: Any = None
        self.shadow: Any = None
        self.troubles: tuple[str, ...] = ()

    @property
    def active_number(self) -> int:
        """See `LimitsWatch`."""
        return 0 if self.active is None else self.active.judge.version.number

    def look(self, pointers: int) -> bool:
        """See `LimitsWatch`."""
        self.active = version(pointers)
        return True


def version(number: int) -> Any:
    """A published version; none for 0."""
    return SimpleNamespace(judge=judge_of(one_class(""), number)) if number else None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element."""
    now = [1000.0]
    monkeypatch.setattr("services.orders.check.limits_in_force.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def watch() -> Watch:
    """What the pointers say."""
    return Watch()


@pytest.fixture
def limits(watch: Watch) -> LimitsInForce:
    """The one that is tested; it waits for 30 s."""
    return LimitsInForce(cast(LimitsWatch, watch), 30.0)


def test_a_version_is_taken_as_a_whole_and_made_once(limits: LimitsInForce) -> None:
    """Nothing is made anew while the number stays; without any version the flags are enough."""
    assert limits.only_flags
    limits.take(3)
    first = limits.active
    limits.take(3)
    assert first is not None
    assert limits.active is first
    assert (limits.number, limits.only_flags) == (3, False)
    limits.take(4)
    assert limits.number == 4
    assert limits.active is not first


def test_a_shadow_needs_more_than_flags(limits: LimitsInForce, watch: Watch) -> None:
    """Also where version 0 is the active one; when the shadow ends, the flags are enough again."""
    watch.shadow = version(2)
    limits.take(0)
    assert (limits.only_flags, limits.number) == (False, 0)
    watch.shadow = None
    limits.take(0)
    assert limits.only_flags


@pytest.mark.parametrize(("rules", "tests_sources"), [("feed_ms = 2000", True), ("quote_ms = 2000", False)])
def test_sources_are_looked_at_only_where_a_class_asks_for_it(
    limits: LimitsInForce, watch: Watch, rules: str, *, tests_sources: bool
) -> None:
    """Of the active version or of the shadow."""
    watch.shadow = SimpleNamespace(judge=judge_of(one_class(f"[class.stale]\n{rules}")))
    limits.take(1)
    assert limits.tests_sources is tests_sources


def test_a_hash_that_names_a_higher_version_is_news_once(limits: LimitsInForce) -> None:
    """The pointers are read again for each such number, and not with every batch."""
    limits.take(3)
    assert [limits.is_news(number) for number in (0, 3, 4, 4, 5, 5)] == [
        False,
        False,
        True,
        False,
        True,
        False,
    ]


def test_orders_wait_for_the_version_that_has_judged_before(
    limits: LimitsInForce, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    """At most so long; then they are judged by what there is, which is said, and others do not wait."""
    limits.take(3)
    limits.hold_below(3)
    for passed_s in (0, 20, 9.9):
        clock[0] += passed_s
        with pytest.raises(CannotProceed, match=r"version 5 .* version 3"):
            limits.hold_below(5)
    clock[0] += 0.1
    limits.hold_below(5)
    assert caplog.messages == [
        "version 5 of the limits did not come back in 30 s: orders are judged by version 3"
    ]
    limits.hold_below(5)
    with pytest.raises(CannotProceed):
        limits.hold_below(6)


def test_a_version_that_comes_back_ends_the_wait(limits: LimitsInForce, clock: list[float]) -> None:
    """The next wait is a whole one."""
    limits.take(3)
    with pytest.raises(CannotProceed):
        limits.hold_below(5)
    clock[0] += 29
    limits.take(5)
    limits.hold_below(5)
    clock[0] += 29
    with pytest.raises(CannotProceed):
        limits.hold_below(6)
