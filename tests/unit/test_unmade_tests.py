"""A test that somebody asked for and no order is put to is said, once."""

import pytest

from services.orders.check.unmade_tests import PATIENCE_S, UnmadeTests, configured_tests
from shared.market.limits.judging import TESTS
from tests.support.limits_files import WHOLE, one_class, version_of

NOTHING = dict.fromkeys((name for name, _ in TESTS), 0)


def test_what_is_asked_for() -> None:
    """Tiers, silence, tests of the order, of profiles and overrides; states that are not as usual."""
    assert configured_tests(version_of(one_class(""))) == set()
    assert configured_tests(version_of(one_class('[class.states]\nlocked = "alert"\nhalted = "pass"'))) == {
        "locked"
    }
    assert configured_tests(version_of(WHOLE)) == {
        "spread", "spread_ratio", "stale_quote", "stale_feed", "crossed", "market_order", "through", "away",
        "bands", "off_tick", "quantity", "notional",
    }  # fmt: skip
    tiers = 'tiers = [ { from = "0", ratio = "0.1" } ]'
    assert configured_tests(version_of(one_class("", keys=tiers))) == {"spread_ratio"}


def test_ten_minutes_of_orders(caplog: pytest.LogCaptureFixture) -> None:
    """Seconds without orders do not count; a test that is made begins anew; it is said once."""
    watch = UnmadeTests(version_of(one_class('[class.order]\nbands = "alert"\nmax_quantity = "5"')))
    for second in range(1, PATIENCE_S):
        watch.every_second(NOTHING | {"quantity": second}, second)
        watch.every_second(NOTHING | {"quantity": second}, second)
    assert (watch.warnings(), caplog.messages) == ([], [])
    for second in range(PATIENCE_S, PATIENCE_S + 10):
        watch.every_second(NOTHING | {"quantity": second}, second)
    (warning,) = watch.warnings()
    assert caplog.messages == [warning]
    assert "version 7 of the limits asks for the test bands" in warning
    watch.every_second(NOTHING | {"quantity": 5, "bands": 1}, 5)
    assert watch.warnings() == []


def test_without_limits_there_are_no_tests(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is ever missing."""
    watch = UnmadeTests()
    for second in range(2 * PATIENCE_S):
        watch.every_second(NOTHING, second)
    assert (watch.warnings(), caplog.messages) == ([], [])
