"""Orders of one batch that were decoded in several ways."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from operator import attrgetter

from services.orders.feed.account_profiles import AccountProfiles
from services.orders.feed.batch import Orders
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.market.limits.many.columns import OrderColumns
from shared.market.limits.met import JudgedOrder


class JoinedOrders:
    """Several groups of orders as one; see `services.orders.feed.batch.Orders`.

    Args:
        groups: their places follow one another.
    """

    def __init__(self, groups: Sequence[Orders]) -> None:
        self._groups = groups
        self._begins = [0, *accumulate(map(len, groups))]

    def __len__(self) -> int:
        return self._begins[-1]

    @property
    def may_be_late(self) -> bool:
        """See `Orders.may_be_late`."""
        return any(group.may_be_late for group in self._groups)

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        return list({symbol for group in self._groups for symbol in group.symbols()})

    def on(self, findings: Mapping[int, Finding]) -> list[RaisedAlert]:
        """See `Orders.on`."""
        return sorted(
            (alert for group in self._groups for alert in group.on(findings)), key=attrgetter("frame")
        )

    def columns(self, profiles: AccountProfiles) -> OrderColumns:
        """See `Orders.columns`."""
        return OrderColumns.joined([group.columns(profiles) for group in self._groups])

    def judged(self, place: int) -> tuple[int, JudgedOrder]:
        """See `Orders.judged`."""
        group, within = self._group_at(place)
        return group.judged(within)

    def alert(self, place: int, finding: Finding) -> RaisedAlert:
        """See `Orders.alert`."""
        group, within = self._group_at(place)
        return group.alert(within, finding)

    def _group_at(self, place: int) -> tuple[Orders, int]:
        number = bisect_right(self._begins, place) - 1
        return self._groups[number], place - self._begins[number]
