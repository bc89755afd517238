"""The orders of a batch: decoded, and found again where one of them alerts."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from market_spread.order import Order, decode
from services.orders.feed.account_profiles import AccountProfiles
from services.orders.feed.columns import decode_by_columns
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from services.orders.model.judged_order import judged_order
from shared.market.limits.many.columns import OrderColumns, order_columns
from shared.market.limits.met import JudgedOrder
from shared.wire.columns import VECTOR_FRAMES
from shared.wire.framing import Buffer, Run
from shared.wire.groups import count_frames, payloads
from shared.wire.messages import decode_messages
from shared.wire.rejects import Rejects
from shared.wire.symbol_table import SymbolTable


class Placed(NamedTuple):
    """An order with its place in the batch."""

    frame: int
    symbol: int
    """The number of its symbol."""
    order: Order


class Orders(Protocol):
    """The valid orders of a batch, each at a place of its own, from 0 on."""

    def __len__(self) -> int:
        """How many there are."""

    def symbols(self) -> list[int]:
        """The numbers of the symbols that they are for, each once."""

    def on(self, findings: Mapping[int, Finding]) -> list[RaisedAlert]:
        """The orders on the symbols with these numbers, in order of their frames, each with its finding."""

    def columns(self, profiles: AccountProfiles) -> OrderColumns:
        """What limits judge of all orders, by place; their symbols are the numbers of these."""

    def judged(self, place: int) -> tuple[int, JudgedOrder]:
        """What limits judge of the order at a place, behind the number of its symbol."""

    def alert(self, place: int, finding: Finding) -> RaisedAlert:
        """The order at a place with what was found out about it."""


def decode_orders(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Orders, Rejects]:
    """The valid orders of a batch, and the frames that are none."""
    if count_frames(runs) < VECTOR_FRAMES:
        return decode_by_loop(buffer, runs, symbols)
    return decode_by_columns(buffer, runs, symbols)


def decode_by_loop(buffer: Buffer, runs: Sequence[Run], symbols: SymbolTable) -> tuple[Orders, Rejects]:
    """`decode_orders`, frame by frame: the cheaper way for small batches."""
    orders, rejects = decode_messages(payloads(buffer, runs), decode, bytes, symbols)
    return OrderList([Placed(*each) for each in orders]), rejects


class OrderList:
    """Orders that were decoded one by one, in the order of their frames."""

    def __init__(self, placed: list[Placed]) -> None:
        self._placed = placed

    def __len__(self) -> int:
        return len(self._placed)

    def symbols(self) -> list[int]:
        """See `Orders.symbols`."""
        return list({each.symbol for each in self._placed})

    def on(self, findings: Mapping[int, Finding]) -> list[RaisedAlert]:
        """See `Orders.on`."""
        return [
            RaisedAlert(frame, order, findings[symbol])
            for frame, symbol, order in self._placed
            if symbol in findings
        ]

    def columns(self, profiles: AccountProfiles) -> OrderColumns:
        """See `Orders.columns`."""
        orders = [judged_order(each.order) for each in self._placed]
        symbols = [each.symbol for each in self._placed]
        return order_columns(orders, symbols, [profiles.of(each.account) for each in orders])

    def judged(self, place: int) -> tuple[int, JudgedOrder]:
        """See `Orders.judged`."""
        placed = self._placed[place]
        return placed.symbol, judged_order(placed.order)

    def alert(self, place: int, finding: Finding) -> RaisedAlert:
        """See `Orders.alert`."""
        placed = self._placed[place]
        return RaisedAlert(placed.frame, placed.order, finding)
