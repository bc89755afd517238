"""What is no mistake in a file of limits, but may not be what was meant."""

from collections.abc import Iterator

from shared.base.iso_time import iso_utc
from shared.market.limits.values import LimitsVersion


def warnings_of(version: LimitsVersion, now_us: int) -> Iterator[str]:
    """What whoever wrote the file should know.

    Args:
        version: the limits.
        now_us: microseconds since the Unix epoch.
    """
    for override in version.overrides.values():
        if override.until_us <= now_us:
            yield f"the override of {override.symbol} ended at {iso_utc(override.until_us)}"
    watching = [
        each.name
        for each in version.classes
        if any(rules.stale.feed_ms is not None for rules in (each.rules, *each.during.values()))
    ]
    if watching:
        yield (
            f"feed_ms of {', '.join(watching)}: all senders of quotes that do not name themselves with HELLO "
            "are one source, so none of them is silent as long as one speaks"
        )
