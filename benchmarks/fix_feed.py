"""Orders and quotes as FIX has them, and the session that they come by."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.fix_line import BEGIN, OURS, THEIRS, Body

MARKET_DATA: Final = {"35=W": b"W", "35=S": b"S", "35=X": b"X"}
"""MsgTypes by what they are called: whole books, quotes, and changes of books."""


def session_file(name: str, carries: str) -> str:
    """The session, for `--fix`."""
    return f"""[[session]]
name = "{name}"
role = "acceptor"
begin = "{BEGIN.decode()}"
ours = "{THEIRS.decode()}"
theirs = "{OURS.decode()}"
carries = "{carries}"
"""


def order_bodies(rows: NDArray[np.void]) -> list[Body]:
    """A limit order for each frame."""
    names = ("order_id", "account", "symbol", "side", "quantity", "price", "transact_time")
    return [
        b"11=%b\x011=%d\x0155=%b\x0154=%d\x0138=%d\x0140=2\x0144=%b\x0160=%b\x01"
        % (order_id, account, symbol.strip(), side, quantity, _text(price), time)
        for order_id, account, symbol, side, quantity, price, time in zip(
            *(rows[name].tolist() for name in names), strict=True
        )
    ]


def quote_bodies(kind: str, rows: NDArray[np.void]) -> list[Body]:
    """A quote for each frame; with a size on either side, and books of one level."""
    names = ("symbol", "bid", "offer", "transact_time")
    made = {"35=W": _refresh, "35=S": _quote, "35=X": _update}[kind]
    columns = (rows[name].tolist() for name in names)
    return [
        made(symbol.strip(), _text(bid), _text(offer), time)
        for symbol, bid, offer, time in zip(*columns, strict=True)
    ]


def _refresh(symbol: bytes, bid: bytes, offer: bytes, time: bytes) -> Body:
    return b"55=%b\x0160=%b\x01268=2\x01269=0\x01270=%b\x01271=100\x01269=1\x01270=%b\x01271=100\x01" % (
        symbol, time, bid, offer,
    )  # fmt: skip


def _quote(symbol: bytes, bid: bytes, offer: bytes, time: bytes) -> Body:
    return b"117=Q\x0155=%b\x01132=%b\x01133=%b\x01134=100\x01135=100\x0160=%b\x01" % (
        symbol, bid, offer, time,
    )  # fmt: skip


def _update(symbol: bytes, bid: bytes, offer: bytes, time: bytes) -> Body:
    return (
        b"268=2\x01279=0\x01269=0\x01278=1\x0155=%b\x01270=%b\x01271=100\x01"
        b"279=0\x01269=1\x01278=2\x0155=%b\x01270=%b\x01271=100\x0160=%b\x01"
    ) % (symbol, bid, symbol, offer, time)


def _text(price: float) -> bytes:
    return repr(price).encode()
