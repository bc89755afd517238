"""A limit that never applies must be seen: which tests a version asks for and no order was put to."""

import logging
from collections.abc import Iterator, Mapping
from typing import Final

from shared.market.limits.values import ClassRules, LimitsVersion, States, Width

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 600
"""Seconds in which orders came."""

_USUAL: Final = States()


def configured_tests(version: LimitsVersion) -> set[str]:
    """The tests that somebody has asked for; of the states those whose policy is not the usual one."""
    rules = [r for each in version.classes for r in (each.rules, *each.during.values())]
    found = {name for each in rules for name in _tests_of(each)}
    found |= {name for each in version.overrides.values() for name in _widths(each.width)}
    for name in ("quantity", "notional"):
        if any(getattr(each, f"max_{name}") is not None for each in version.accounts):
            found.add(name)
    return found


def _tests_of(rules: ClassRules) -> Iterator[str]:
    for width in () if rules.tiers is None else (step for _, step in rules.tiers.steps):
        yield from _widths(width)
    for name, policy, usual in zip(States._fields, rules.states, _USUAL, strict=True):
        if policy not in (usual, ("pass", 0)):
            yield name
    order = rules.order
    for name, limit in (
        ("stale_quote", rules.stale.quote_ms),
        ("stale_feed", rules.stale.feed_ms),
        ("market_order", order.market),
        ("through", order.through),
        ("away", order.away),
        ("bands", order.bands or None),
        ("off_tick", order.tick),
        ("quantity", order.max_quantity),
        ("notional", order.max_notional),
    ):
        if limit is not None:
            yield name


def _widths(width: Width) -> Iterator[str]:
    if width.spread is not None:
        yield "spread"
    if width.ratio is not None:
        yield "spread_ratio"


class UnmadeTests:
    """Watches the tests of one version.

    Args:
        version: the limits; None for version 0, which has no tests.
    """

    def __init__(self, version: LimitsVersion | None = None) -> None:
        self.number = 0 if version is None else version.number
        """Of the version."""
        names = set() if version is None else configured_tests(version)
        self._idle_s = dict.fromkeys(sorted(names), 0)
        self._made: dict[str, int] = {}
        self._orders = 0

    def every_second(self, made: Mapping[str, int], orders: int) -> None:
        """A second has passed: say which tests were not made in the last ten minutes of orders, each once.

        Args:
            made: how often each test was made.
            orders: how many orders there were.
        """
        if orders == self._orders:
            return
        self._orders = orders
        for name, idle_s in self._idle_s.items():
            is_made = made[name] != self._made.get(name, made[name])
            self._idle_s[name] = 0 if is_made else idle_s + 1
            if self._idle_s[name] == PATIENCE_S:
                logger.warning("%s", self._text(name))
        self._made = dict(made)

    def warnings(self) -> list[str]:
        """Those tests, for the health."""
        return [self._text(name) for name, idle_s in self._idle_s.items() if idle_s >= PATIENCE_S]

    def _text(self, name: str) -> str:
        return (
            f"version {self.number} of the limits asks for the test {name}, and no order of ten minutes was "
            "put to it: what it compares is missing, or no order is of such a class"
        )
