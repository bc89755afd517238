"""Orders that were decoded one by one, each with its place in the batch."""

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from services.orders.feed.account_profiles import AccountProfiles
from shared.market.limits.many.columns import OrderColumns, order_columns
from shared.market.limits.met import JudgedOrder


class PlacedOrder(Protocol):
    """An order with its place in the batch."""

    @property
    def symbol(self) -> int:
        """The number of its symbol."""

    def judged(self) -> JudgedOrder:
        """What limits judge of it."""


AnyPlaced = TypeVar("AnyPlaced", bound=PlacedOrder)


class PlacedOrders(Generic[AnyPlaced]):
    """What the ways in have in common that decode one by one; see `services.orders.feed.batch.Orders`.

    Args:
        placed: the orders in the order of their frames.
    """

    def __init__(self, placed: Sequence[AnyPlaced]) -> None:
        self._placed = placed

    def __len__(self) -> int:
        return len(self._placed)

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        return list({each.symbol for each in self._placed})

    def columns(self, profiles: AccountProfiles) -> OrderColumns:
        """See `Orders.columns`."""
        orders = [each.judged() for each in self._placed]
        symbols = [each.symbol for each in self._placed]
        return order_columns(orders, symbols, [profiles.of(each.account) for each in orders])

    def judged(self, place: int) -> tuple[int, JudgedOrder]:
        """See `Orders.judged`."""
        placed = self._placed[place]
        return placed.symbol, placed.judged()
