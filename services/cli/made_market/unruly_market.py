"""A made market with what limits are for: halts, crossed and one-sided quotes, fat fingers."""

from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market_spread.framing import HEADER
from market_spread.status import STATUS_TYPE
from services.cli.made_market.market import START_MS, STEP_MS, Frames, Market
from services.cli.made_market.transact_times import transact_times
from services.market_data.feed.messages import status_dtype

ABSENT: Final = 0.0
"""What stands for a side that nobody quotes: a frame always has two prices, so limits name it as `absent`."""

_STEPS_APART: Final = 8
"""On average; in a step at most one symbol gets into trouble."""
_FAT_FINGERED: Final = 1 / 200
"""Share of the orders."""
_TIMES_PRICE: Final = 10
_TIMES_QUANTITY: Final = 1000
_TRADING: Final = 0
_HALTED: Final = 1


class Trouble(IntEnum):
    """What is wrong with a symbol."""

    HALTED = 0
    CROSSED = 1
    CROSSED_BRIEFLY = 2
    """Too short to be worth an alert."""
    NO_BID = 3
    NO_OFFER = 4


_LASTS_MS: Final = {
    Trouble.HALTED: 6000,
    Trouble.CROSSED: 3000,
    Trouble.CROSSED_BRIEFLY: 300,
    Trouble.NO_BID: 4000,
    Trouble.NO_OFFER: 4000,
}


class _Case(NamedTuple):
    trouble: Trouble
    until_ms: int


class UnrulyMarket(Market):
    """A market as `Market` makes it, with troubles of their own seed; for the arguments see there."""

    def __init__(
        self, seed: int = 1, symbols: int = 350, risky: float = 0.04, start_ms: int = START_MS
    ) -> None:
        super().__init__(seed, symbols, risky, start_ms)
        self._dice = np.random.PCG64((seed, 1)).random_raw
        self._cases: dict[int, _Case] = {}
        """By the number of the symbol."""
        self._statuses: list[tuple[int, int]] = []
        """Numbers of symbols, and the statuses that are still to be sent."""
        self._opened = 0
        """How many symbols have had their first status, which tells their bands."""

    def advance(self, to_ms: int) -> None:
        """See `Market.advance`."""
        super().advance(to_ms)
        if self._now_ms // STEP_MS > self._from_ms // STEP_MS:
            self._end_cases()
            self._begin_case()

    def _end_cases(self) -> None:
        for symbol, (trouble, until_ms) in list(self._cases.items()):
            if until_ms <= self._now_ms:
                del self._cases[symbol]
                if trouble is Trouble.HALTED:
                    self._statuses.append((symbol, _TRADING))

    def _begin_case(self) -> None:
        word = int(self._dice(1)[0])
        symbol = (word >> 16) % max(self._opened, 1)
        if word % _STEPS_APART or symbol in self._cases or symbol >= self._opened:
            return
        trouble = Trouble((word >> 8) % len(Trouble))
        self._cases[symbol] = _Case(trouble, self._now_ms + _LASTS_MS[trouble])
        if trouble is Trouble.HALTED:
            self._statuses.append((symbol, _HALTED))

    def quotes(self, count: int) -> list[Frames]:
        """So many quotes and statuses; see `Market.quotes`."""
        statuses, self._statuses = self._statuses[:count], self._statuses[count:]
        arrays = super().quotes(count - len(statuses))
        self._statuses += [(symbol, _TRADING) for symbol in range(self._opened, self._quoted)]
        self._opened = self._quoted
        for frames in arrays:
            for symbol, case in self._cases.items():
                _spoil(frames, self._names_as_sent(symbol, frames), case.trouble)
        return arrays + [self._status_frames(*each) for each in statuses]

    def orders(self, count: int) -> list[Frames]:
        """See `Market.orders`; of a few the price or the quantity has some zeros too many."""
        arrays = super().orders(count)
        for frames in arrays:
            words = self._dice(len(frames))
            is_fat = (words & 0xFFFF) < int(_FAT_FINGERED * 0x10000)
            has_price = (words >> 16) & 1 == 1
            cents = np.rint(frames["price"] * 100)
            frames["price"] = np.where(is_fat & has_price, cents * _TIMES_PRICE, cents) / 100.0
            frames["quantity"][is_fat & ~has_price] *= _TIMES_QUANTITY
        return arrays

    def _names_as_sent(self, symbol: int, frames: Frames) -> NDArray[np.bool_]:
        """Which of the frames are about a symbol."""
        width = int(self._widths[symbol])
        is_it: NDArray[np.bool_] = frames["symbol"] == self._names[width][symbol]
        return is_it

    def _status_frames(self, symbol: int, status: int) -> Frames:
        """One status, with bands of a tenth around the mid."""
        width = int(self._widths[symbol])
        dtype = status_dtype(width)
        cents = self._walk.mid(symbol)
        frames = np.empty(1, dtype)
        frames["size"] = dtype.itemsize - HEADER.size
        frames["type"] = STATUS_TYPE
        frames["symbol"] = self._names[width][symbol]
        frames["transact_time"] = transact_times(1, self._now_ms, self._now_ms)
        frames["status"] = status
        frames["band_low"] = (cents * 9 // 10) / 100
        frames["band_high"] = (cents * 11 // 10) / 100
        return frames


def _spoil(frames: Frames, which: NDArray[np.bool_], trouble: Trouble) -> None:
    """Let trouble befall some of the quotes."""
    if trouble is Trouble.NO_BID:
        frames["bid"][which] = ABSENT
    elif trouble is Trouble.NO_OFFER:
        frames["offer"][which] = ABSENT
    elif trouble is not Trouble.HALTED:
        frames["bid"][which], frames["offer"][which] = frames["offer"][which], frames["bid"][which]
