"""What a version in the shadow of the active one says differently."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from services.orders.model.alert import RaisedAlert

ADDED: Final = "added"
"""Only the shadow alerts."""
REMOVED: Final = "removed"
"""Only what is active does."""
CHANGED: Final = "changed"
"""Both do, for other reasons."""

OUTCOMES: Final = (ADDED, REMOVED, CHANGED)


class Difference(NamedTuple):
    """An order of which two versions say different things; at least one of them alerts."""

    active: RaisedAlert | None
    shadow: RaisedAlert | None

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`."""
        if self.active is None:
            return ADDED
        return REMOVED if self.shadow is None else CHANGED

    @property
    def alert(self) -> RaisedAlert:
        """An alert on the order: the active one if there is one."""
        found = self.shadow if self.active is None else self.active
        assert found is not None
        return found

    @property
    def reasons(self) -> set[bytes]:
        """Those that only one of both has."""
        return _reasons(self.active) ^ _reasons(self.shadow)


def find_differences(active: Sequence[RaisedAlert], shadow: Sequence[RaisedAlert]) -> Iterator[Difference]:
    """The differences between the alerts of two versions on the same orders, those without reason apart.

    Args:
        active: the alerts that are raised.
        shadow: those that would be.
    """
    others = {each.frame: each for each in active}
    for alert in shadow:
        other = others.pop(alert.frame, None)
        if other is None or other.finding.reason != alert.finding.reason:
            yield Difference(other, alert)
    for other in others.values():
        yield Difference(other, None)


def _reasons(alert: RaisedAlert | None) -> set[bytes]:
    return set() if alert is None else set(alert.finding.reason.split(b","))
