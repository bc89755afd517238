"""Quotes and statuses of a made market as a venue sends them: 35=W, then 35=X, and 35=f."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from market_spread.status import STATUS_TYPE
from services.cli.made_market.market import Frames
from services.cli.made_market.unruly_market import ABSENT
from shared.wire.fix.message import Pair

REFRESH: Final = b"W"
UPDATE: Final = b"X"
STATUS: Final = b"f"
"""MsgTypes (35)."""

_NEW, _CHANGE, _DELETE = b"0", b"1", b"2"
"""MDUpdateAction (279)."""
_SIZE: Final = b"100"
_TRADING_STATUSES: Final = {0: b"3", 1: b"2"}
"""SecurityTradingStatus (326) by the status of a frame: resumed, halted."""


class VenueMessage(NamedTuple):
    """A message without its header."""

    kind: bytes
    """MsgType (35)."""
    body: list[Pair]


class _Side(NamedTuple):
    """A side of the book, which has one level."""

    kind: bytes
    """MDEntryType (269)."""
    key: bytes
    """MDEntryID (278); of a symbol's entries each has its own."""


_SIDES: Final = (_Side(b"0", b"B"), _Side(b"1", b"O"))
_Prices = tuple[float, float]


class MarketData:
    """Makes messages: on each connection a symbol begins by a full refresh, and all else are changes.

    A side that nobody quotes is not there, or is deleted; frames have `ABSENT` for it.
    """

    def __init__(self) -> None:
        self._prices: dict[bytes, _Prices] = {}
        """What each symbol's book has on this connection."""
        self._statuses: dict[bytes, int] = {}
        """By symbol, from earlier connections too."""

    def begin_again(self) -> None:
        """A new connection: what the other side had of the one before is not known."""
        self._prices.clear()

    def messages(self, frames: Frames) -> Iterator[VenueMessage]:
        """A message for each frame, and after a full refresh the symbol's status if it has had one.

        Args:
            frames: of quotes or of statuses.
        """
        symbols, times = frames["symbol"].tolist(), frames["transact_time"].tolist()
        if len(frames) and frames["type"][0] == STATUS_TYPE:
            for symbol, time, status in zip(symbols, times, frames["status"].tolist(), strict=True):
                self._statuses[symbol.strip()] = status
                yield _status(symbol.strip(), time, status)
            return
        prices = zip(frames["bid"].tolist(), frames["offer"].tolist(), strict=True)
        for symbol, time, quote in zip(symbols, times, prices, strict=True):
            yield from self._quote(symbol.strip(), time, quote)

    def _quote(self, symbol: bytes, time: bytes, prices: _Prices) -> Iterator[VenueMessage]:
        before = self._prices.get(symbol)
        self._prices[symbol] = prices
        if before is not None:
            yield _update(symbol, time, before, prices)
            return
        yield _refresh(symbol, time, prices)
        if symbol in self._statuses:
            yield _status(symbol, time, self._statuses[symbol])


def _refresh(symbol: bytes, time: bytes, prices: _Prices) -> VenueMessage:
    sides = [(side, price) for side, price in zip(_SIDES, prices, strict=True) if price != ABSENT]
    body: list[Pair] = [(b"55", symbol), (b"60", time), (b"268", b"%d" % max(len(sides), 1))]
    for side, price in sides:
        body += ((b"269", side.kind), (b"278", side.key), *_level(price))
    if not sides:
        body.append((b"269", b"J"))
    return VenueMessage(REFRESH, body)


def _update(symbol: bytes, time: bytes, before: _Prices, prices: _Prices) -> VenueMessage:
    entries: list[Pair] = []
    count = 0
    for side, old, price in zip(_SIDES, before, prices, strict=True):
        if old == price == ABSENT:
            continue
        count += 1
        action = _DELETE if price == ABSENT else _NEW if old == ABSENT else _CHANGE
        entries += ((b"279", action), (b"269", side.kind), (b"278", side.key), (b"55", symbol))
        if price != ABSENT:
            entries += _level(price)
    if not count:
        return _refresh(symbol, time, prices)
    return VenueMessage(UPDATE, [(b"60", time), (b"268", b"%d" % count), *entries])


def _level(price: float) -> tuple[Pair, Pair]:
    return (b"270", b"%.2f" % price), (b"271", _SIZE)


def _status(symbol: bytes, time: bytes, status: int) -> VenueMessage:
    return VenueMessage(STATUS, [(b"55", symbol), (b"326", _TRADING_STATUSES[status]), (b"60", time)])
