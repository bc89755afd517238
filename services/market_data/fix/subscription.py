"""Asking a venue for market data (35=V): a request for each symbol, so that each can be refused alone."""

import secrets
from collections import deque
from typing import Final

from shared.wire.fix.columns.scan import Scan
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Pair, Words

_REQUEST: Final = b"V"
_SUBSCRIBE: Final = b"1"
_UNSUBSCRIBE: Final = b"2"
"""Values of SubscriptionRequestType (263): snapshot and updates, and no more of them."""
_USUAL: Final = {b"264": b"1", b"265": b"1"}
"""The top of the book alone, and its changes alone, once all of it has been sent."""


class Subscription:
    """What is asked for on the connections of a session, one after the other.

    Every request has an ID (262) of its own, so that what still comes for an earlier one is known.

    Args:
        settings: of the session.
    """

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._usual = _USUAL | {bytes(tag): bytes(value) for tag, value in settings.request}
        self._symbols = [symbol.encode() for symbol in settings.subscribe]
        self._mine = b"%b-" % secrets.token_hex(4).encode()
        """What all IDs of this process begin with."""
        self._round = 0
        self._asked = 0
        """How many symbols, from the first, were asked for in this round."""
        self._to_say: deque[tuple[bytes, int, int]] = deque()
        """Type, round and place of the symbol of each request that is to be sent."""

    def begin(self) -> None:
        """A new connection, on which nothing was asked for."""
        self.end()
        self._ask()

    def renew(self) -> None:
        """Ask for everything again, and for no more of what was asked for before."""
        unsaid = [each for each in self._to_say if each[0] == _UNSUBSCRIBE]
        given_up = [(_UNSUBSCRIBE, self._round, place) for place in range(self._asked)]
        self._to_say = deque([*unsaid, *given_up])
        self._ask()

    def end(self) -> None:
        """The connection is gone, and with it all that was asked for."""
        self._to_say.clear()

    def _ask(self) -> None:
        self._round += 1
        self._asked = 0
        self._to_say.extend((_SUBSCRIBE, self._round, place) for place in range(len(self._symbols)))

    def next_words(self) -> Words | None:
        """The next request; None if all have been sent."""
        if not self._to_say:
            return None
        kind, number, place = self._to_say.popleft()
        symbol = self._symbols[place]
        self._asked += kind == _SUBSCRIBE
        body: list[Pair] = [(b"262", self._id(number, place)), (b"263", kind), *self._usual.items()]
        body += [(b"267", b"2"), (b"269", b"0"), (b"269", b"1"), (b"146", b"1"), *self._named(symbol)]
        return _REQUEST, body

    def is_over(self, request: bytes) -> bool:
        """Whether what an ID (262) asked for is not wanted any more; what has none of ours is."""
        return request.startswith(self._mine) and request.split(b"-")[1] != b"%d" % self._round

    def is_any_over(self, found: Scan) -> bool:
        """Whether that may be so of any of many messages."""
        if self._round <= 1:
            return False
        starts, ends = found.values(b"262", found.fields(b"262"))
        return any(
            self.is_over(found.text[start:end].tobytes())
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        )

    def symbol_of(self, request: bytes) -> str:
        """The symbol that an ID asked for; empty if it is none of ours."""
        _, _, place = request.removeprefix(self._mine).partition(b"-")
        is_ours = request.startswith(self._mine) and place.isdigit() and int(place) < len(self._symbols)
        return self._settings.subscribe[int(place)] if is_ours else ""

    def _id(self, number: int, place: int) -> bytes:
        return b"%b%d-%d" % (self._mine, number, place)

    def _named(self, symbol: bytes) -> list[Pair]:
        """The fields that name a symbol, as the session's messages have them."""
        if self._settings.symbol == "48":
            return [(b"55", b"[N/A]"), (b"48", symbol), (b"22", b"8")]
        root, dot, suffix = symbol.rpartition(b".")
        if self._settings.symbol == "55+65" and dot:
            return [(b"55", root), (b"65", suffix)]
        return [(b"55", symbol)]
