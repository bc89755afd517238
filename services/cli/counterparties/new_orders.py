"""Orders of a made market as a desk sends them: NewOrderSingle (35=D) with all that no frame has room for."""

import os
from collections.abc import Iterator
from typing import Final

import numpy as np

from services.cli.made_market.market import Frames
from shared.wire.fix.message import Pair

NEW_ORDER: Final = b"D"
"""MsgType (35)."""

_DESKS: Final = (b"EQUITY/ALGO", b"EQUITY/PROGRAM", b"RETAIL", b"ARBITRAGE-7")
_BUY: Final = 1
_SIDES: Final = (b"2", b"2", b"2", b"2", b"2", b"5", b"5", b"6")
"""How sells are spread over sell, sell short and sell short exempt (54)."""
_MARKET_ORDERS: Final = 1 / 8
"""Share of the orders that have no price."""
_VENUES: Final = (b"XNYS", b"XNAS", b"ARCX", b"BATS")


class NewOrders:
    """Makes the bodies of messages; ClOrdID (11) is a random UUID, so no two runs have one in common.

    Args:
        seed: of what is drawn here: which orders are short sales, which have no price, and who sends them.
    """

    def __init__(self, seed: int) -> None:
        self._dice = np.random.PCG64((seed, 2)).random_raw

    def bodies(self, frames: Frames) -> Iterator[list[Pair]]:
        """What follows the header of each message.

        Args:
            frames: of orders.
        """
        words = self._dice(len(frames)).tolist()
        columns = (
            frames[name].tolist()
            for name in ("side", "account", "symbol", "quantity", "price", "transact_time")
        )
        ids = _ids(len(frames))
        for word, name, side, account, symbol, quantity, price, time in zip(
            words, ids, *columns, strict=True
        ):
            body: list[Pair] = [
                (b"11", name),
                (b"1", b"%b %d" % (_DESKS[word & 3], account)),
                (b"21", b"1"),
                (b"55", symbol.strip()),
                (b"54", b"1" if side == _BUY else _SIDES[word >> 2 & 7]),
                (b"60", time),
                (b"38", b"%d" % quantity),
            ]
            if (word >> 8) & 0xFFFF < _MARKET_ORDERS * 0x10000:
                body.append((b"40", b"1"))
            else:
                body += ((b"40", b"2"), (b"44", b"%.2f" % price))
            body += ((b"59", b"0"), (b"100", _VENUES[word >> 5 & 3]), (b"15", b"USD"))
            yield body


def _ids(count: int) -> Iterator[bytes]:
    """So many random UUIDs of version 4."""
    digits = os.urandom(16 * count).hex().encode()
    for at in range(0, 32 * count, 32):
        each = digits[at : at + 32]
        yield b"%b-%b-4%b-a%b-%b" % (each[:8], each[8:12], each[13:16], each[17:20], each[20:])
