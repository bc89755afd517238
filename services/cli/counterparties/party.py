"""Who logs on, and what they have to say: a desk with orders, a venue with market data."""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from services.cli.counterparties.market_data import MarketData
from services.cli.counterparties.message_store import MessageStore
from services.cli.counterparties.new_orders import NEW_ORDER, NewOrders
from services.cli.made_market.market import Frames
from shared.base.address import Address
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Pair
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.kept import NOTHING, Kept
from shared.wire.fix.session.link import Start

BEGIN: Final = b"FIX.4.4"
SERVICE: Final = b"SPREAD"
DESK: Final = b"DESK"
VENUE: Final = b"VENUE"
"""CompIDs (49, 56), as the documentation's session files have them."""

_HEARTBEAT_S: Final = 5
"""A line that was cut without a word is given up by the service after 1.2 of them."""
_ALL: Final = 1 << 62
"""No numbers need to be reserved where none is used again after a crash."""

Make = Callable[[int], list[Frames]]
"""Makes so many frames."""
Said = tuple[bytes, list[Pair]]
"""MsgType (35) and what follows the header."""


class Party(Protocol):
    """A counterparty without its connection."""

    settings: SessionSettings
    address: Address
    """Of the service."""

    @property
    def kept(self) -> Kept:
        """Its messages that can be sent again."""

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be sent before something is acknowledged."""

    def start(self, expected: Expected) -> Start:
        """Where a new connection begins.

        Args:
            expected: of the service's messages, as the connection before has left it.
        """

    def connected(self) -> None:
        """A new connection is up."""

    def messages(self, count: int) -> Iterator[Said]:
        """Messages to be sent next, about so many."""

    def acknowledged(self, number: int) -> None:
        """All up to this MsgSeqNum (34) has taken effect."""

    def flush(self) -> None:
        """What is about to be sent is to be kept safe first.

        Raises:
            StoreError: that is not possible.
        """


class Desk:
    """Sends orders, each once: it keeps them until they are acknowledged, and sends again what is asked for.

    Args:
        address: of the checker.
        make: makes orders.
        store: keeps them.
        seed: see `NewOrders`.
    """

    def __init__(self, address: Address, make: Make, store: MessageStore, seed: int) -> None:
        self.settings = SessionSettings(
            "desk", "initiator", BEGIN, DESK, SERVICE, "requests", heartbeat_s=_HEARTBEAT_S
        )
        self.address = address
        self.kept = store
        self._make, self._orders = make, NewOrders(seed)

    @property
    def is_full(self) -> bool:
        """See `Party`."""
        return self.kept.is_full

    def start(self, expected: Expected) -> Start:
        """See `Party`."""
        return Start(expected, number=self.kept.next_number, reserved=_ALL)

    def connected(self) -> None:
        """See `Party`."""

    def messages(self, count: int) -> Iterator[Said]:
        """See `Party`."""
        for frames in self._make(count):
            for body in self._orders.bodies(frames):
                yield NEW_ORDER, body

    def acknowledged(self, number: int) -> None:
        """See `Party`."""
        self.kept.acknowledged(number)

    def flush(self) -> None:
        """See `Party`."""
        self.kept.flush()


class Venue:
    """Sends market data; both sides begin again at 1 at each Logon, and nothing is sent again.

    Args:
        address: of the ingestor.
        make: makes quotes and statuses.
    """

    is_full = False
    kept: Kept = NOTHING

    def __init__(self, address: Address, make: Make) -> None:
        self.settings = SessionSettings(
            "venue", "initiator", BEGIN, VENUE, SERVICE, "quotes", heartbeat_s=_HEARTBEAT_S, reset="logon"
        )
        self.address = address
        self._make, self._market_data = make, MarketData()

    def start(self, expected: Expected) -> Start:
        """See `Party`."""
        return Start(expected)

    def connected(self) -> None:
        """See `Party`: the ingestor knows no books on a new connection."""
        self._market_data.begin_again()

    def messages(self, count: int) -> Iterator[Said]:
        """See `Party`."""
        for frames in self._make(count):
            yield from self._market_data.messages(frames)

    def acknowledged(self, number: int) -> None:
        """See `Party`."""

    def flush(self) -> None:
        """See `Party`."""
