"""Versions of the limits for tests, as text and as they are published."""

from shared.market.limits.values import LimitsVersion
from tests.support.limits_files import one_class, version_of


def limits(spread: str) -> LimitsVersion:
    """Limits that are one spread for all symbols."""
    tiers = f'tiers = [{{ from = "0", spread = "{spread}" }}]'
    return version_of(one_class("", keys=tiers), 0)


def spread_of(version: LimitsVersion) -> str:
    """The spread of such limits."""
    tiers = version.classes[0].rules.tiers
    assert tiers is not None
    return str(tiers.steps[0][1].spread)
