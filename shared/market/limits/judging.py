"""The verdict on a case: all tests, one after the other."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from shared.market.limits.market_tests import MARKET_TESTS
from shared.market.limits.order_tests import ORDER_TESTS, late
from shared.market.limits.outcome import Case, Outcome, Test
from shared.market.limits.values import NEEDED
from shared.market.limits.verdict import Flags, Verdict
from shared.market.quote_state import state_of

TESTS: Final = MARKET_TESTS + ORDER_TESTS
"""All tests by their reasons, in the order in which an alert names them."""

_NOTHING: Final[frozenset[str]] = frozenset()
_NEEDS_MARKET: Final = frozenset({name for name, _ in MARKET_TESTS} | {"through", "away", "bands"})
"""What is not tested of an order that comes too late to say what market it was meant for."""
_NOT_FLAGGED: Final = frozenset({"stale_quote", "stale_feed", "market_order"})
"""What time and an order decide, more than the market."""
_FLAGGED: Final = {
    is_needed: tuple(
        (name, test)
        for name, test in MARKET_TESTS
        if name not in _NOT_FLAGGED and not (is_needed and name == "one_sided")
    )
    for is_needed in (False, True)
}
"""The tests that flags are about, by whether a missing side counts only for orders that would meet it."""


class Part(NamedTuple):
    """How some tests of a case ended."""

    reasons: tuple[str, ...]
    broken: tuple[str, ...]
    passed: tuple[str, ...]
    skipped: tuple[str, ...]


def verdict_on(case: Case, market: Part | None = None) -> Verdict:
    """The verdict.

    Args:
        case: the order and what it met.
        market: what `judge_market` said of the same market to an order of the same profile and side that has
            a price as well, or none as well; None to find out.
    """
    if isinstance(late(case), str):  # the market of now is not the one that the order was meant for
        parts: tuple[Part, ...] = (_run(TESTS, case._replace(bid=None, offer=None), _NEEDS_MARKET),)
    else:
        parts = (judge_market(case) if market is None else market, _run(ORDER_TESTS, case))
    reasons, broken, passed, skipped = (sum(each, ()) for each in zip(*parts, strict=True))
    scope, severity, *_ = case.rules
    state = state_of(case.bid, case.offer)
    return Verdict(reasons, ";".join(broken), passed, skipped, scope, severity, state)


def judge_market(case: Case) -> Part:
    """What the tests of the market say to an order that is not late."""
    return _run(MARKET_TESTS, case)


def flags_of(case: Case) -> Flags:
    """What the tests of the market say to whoever reads the symbol, whatever is ordered."""
    reasons = _run(_FLAGGED[case.rules.states.one_sided == NEEDED], case).reasons
    return Flags(reasons, state_of(case.bid, case.offer), case.rules.scope.text())


def _run(tests: Sequence[tuple[str, Test]], case: Case, skips: frozenset[str] = _NOTHING) -> Part:
    """Make some tests, except those that are skipped."""
    reasons, broken, passed, skipped = [], [], [], []
    for name, test in tests:
        result = test(case)
        if result is Outcome.PASSED and name not in skips:
            passed.append(name)
        elif result is Outcome.NOT_SET:
            continue
        elif isinstance(result, str) and name not in skips:
            reasons.append(name)
            broken.append(result)
        else:
            skipped.append(name)
    return Part(tuple(reasons), tuple(broken), tuple(passed), tuple(skipped))
