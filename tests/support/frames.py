"""Frames of both feeds as the contract has them, and what is wrong with a payload.

Made with `struct` alone: tests compare the product with this, so it shares no code with it.
"""

import math
import random
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

TIME: Final = b"20260105-14:30:00.000"
QUOTE: Final = 2
ORDER: Final = 1
STATUS: Final = 3
"""The other type of the market-data feed."""
FIXED_SIZE: Final = {QUOTE: 38, ORDER: 49, STATUS: 39}
"""Payload length without the symbol, bytes, by the type byte."""
_TYPES: Final = {QUOTE: (QUOTE, STATUS), ORDER: (ORDER,)}
"""What a feed takes, by the type byte of most of its messages."""


def frame(payload: bytes) -> bytes:
    """A payload with its length in front."""
    return struct.pack(">I", len(payload)) + payload


def quote(
    symbol: bytes = b" BTU", bid: float = 10.0, offer: float = 10.01, *, time: bytes = TIME, kind: int = QUOTE
) -> bytes:
    """A quote's payload; the symbol is taken as it is, with its padding."""
    return bytes([kind]) + symbol + time + struct.pack(">dd", bid, offer)


def status(
    symbol: bytes = b" BTU",
    code: int = 1,
    low: float = 0.0,
    high: float = 0.0,
    *,
    time: bytes = TIME,
    kind: int = STATUS,
) -> bytes:
    """A status' payload; the symbol is taken as it is, with its padding."""
    return bytes([kind]) + symbol + time + struct.pack(">Bdd", code, low, high)


def order(
    symbol: bytes = b" BTU",
    order_id: bytes = b"order1",
    *,
    side: int = 1,
    account: int = 7,
    quantity: float = 100.0,
    price: float = 10.0,
    time: bytes = TIME,
    kind: int = ORDER,
) -> bytes:
    """An order's payload; the symbol is taken as it is, with its padding."""
    head = struct.pack(">BBI", kind, side, account)
    return head + order_id + symbol + struct.pack(">dd", quantity, price) + time


class Message(NamedTuple):
    """What a payload says, field by field, as raw bytes."""

    symbol: bytes
    time: bytes
    first: float
    """Bid, quantity, or lower band."""
    second: float
    """Offer, price, or upper band."""
    side: int = 1
    account: int = 0
    order_id: bytes = b""
    status: int | None = None


def read(payload: bytes, feed: int) -> Message:
    """Take a payload of a possible type and length apart; symbol and order ID come without padding."""
    width = len(payload) - FIXED_SIZE[payload[0]]
    if payload[0] == STATUS:
        symbol, time, status, low, high = struct.unpack(f">x{width}s21sBdd", payload)
        return Message(symbol.strip(b" "), time, low, high, status=status)
    if feed == QUOTE:
        symbol, time, bid, offer = struct.unpack(f">x{width}s21sdd", payload)
        return Message(symbol.strip(b" "), time, bid, offer)
    side, account, order_id, symbol, quantity, price, time = struct.unpack(f">xBI6s{width}sdd21s", payload)
    return Message(symbol.strip(b" "), time, quantity, price, side, account, order_id.strip(b" "))


def refusal(payload: bytes, feed: int) -> str | None:
    """The first reason that applies to a payload, in the contract's order; None for a valid message."""
    if payload[0] not in _TYPES[feed]:
        return "type"
    if not 1 <= len(payload) - FIXED_SIZE[payload[0]] <= 16:
        return "length"
    message = read(payload, feed)
    found = {
        "symbol": not message.symbol or b" " in message.symbol or not _is_printable(message.symbol),
        "side": message.side not in {1, 2},
        "status": message.status is not None and message.status > 6,
        "order_id": not _is_printable(message.order_id),
        "transact_time": not _is_printable(message.time),
        "number": not (math.isfinite(message.first) and math.isfinite(message.second)),
    }
    return next((reason for reason, applies in found.items() if applies), None)


def _is_printable(text: bytes) -> bool:
    return all(0x20 <= byte <= 0x7E for byte in text)


def split(frames: bytes) -> list[bytes]:
    """The payloads of whole frames."""
    payloads = []
    at = 0
    while at < len(frames):
        (size,) = struct.unpack_from(">I", frames, at)
        payloads.append(frames[at + 4 : at + 4 + size])
        at += 4 + size
    return payloads


class Mixture:
    """Payloads of one feed: good ones of every width, damaged ones, and rubbish.

    Args:
        feed: its type byte.
        seed: the same seed gives the same payloads.
        damaged: which part of them is not left as it should be.
        widths: of the symbols.
        symbols: how many different ones there are.
        statuses: which part of the messages of the market-data feed are statuses.
    """

    def __init__(
        self,
        feed: int,
        seed: int,
        damaged: float = 0.2,
        widths: range = range(1, 17),
        symbols: int = 40,
        statuses: float = 0.0,
    ) -> None:
        self._statuses = statuses
        self._feed, self._damaged = feed, damaged
        self._random = random.Random(seed)
        self._widths = widths
        self._names = [b"%X" % (n * 7919) for n in range(symbols)]

    def payloads(self, count: int) -> list[bytes]:
        """So many payloads, often several of the same length in a row."""
        found: list[bytes] = []
        while len(found) < count:
            width = self._random.choice(self._widths)
            run = self._random.choice((1, 1, 2, 5, 30, 200))
            found += [self._payload(width) for _ in range(min(run, count - len(found)))]
        return found

    def _payload(self, width: int) -> bytes:
        good = self._good(width)
        if self._random.random() >= self._damaged:
            return good
        return self._random.choice((self._overwrite, self._overwrite, self._resize, self._rubbish))(good)

    def _good(self, width: int) -> bytes:
        r = self._random
        name = r.choice(self._names)[:width]
        symbol = r.choice((name.rjust(width), name.ljust(width), name.center(width)))
        time = b"20260105-14:%02d:%02d.%03d" % (r.randrange(60), r.randrange(60), r.randrange(1000))
        numbers = r.choice((0.0, -0.0, -12.5, 1e300, r.uniform(1, 500))), round(r.uniform(1, 500), 2)
        if self._feed == QUOTE and r.random() < self._statuses:
            return status(symbol, r.randrange(7), *numbers, time=time)
        if self._feed == QUOTE:
            return quote(symbol, *numbers, time=time)
        order_id = (b"%d" % r.randrange(10**6)).rjust(6)
        return order(
            symbol, order_id, side=r.choice((1, 2)), account=r.randrange(2**32),
            quantity=numbers[0], price=numbers[1], time=time,
        )  # fmt: skip

    def _overwrite(self, good: bytes) -> bytes:
        """Some bytes of a good payload replaced, by what is likely to hurt."""
        bad = bytearray(good)
        for _ in range(self._random.choice((1, 1, 2, 8))):
            at = self._random.randrange(len(bad))
            some = self._random.choice(
                (b"\0", b" ", b"\x1f", b"\x7f", b"\x80", b"\xff", b"\x7f\xf0", b"\xff\xf8")
            )
            bad[at : at + len(some)] = some[: len(bad) - at]
        return bytes(bad)

    def _resize(self, good: bytes) -> bytes:
        size = self._random.choice((1, 2, 37, 38, 39, 48, 49, 50, 54, 55, 65, 66, 100, 4096))
        return good[:size].ljust(size, self._random.choice((b"\0", b" ", b"A")))

    def _rubbish(self, _: bytes) -> bytes:
        return self._random.randbytes(self._random.choice((1, 42, 53, self._random.randrange(1, 200))))


def pieces(data: bytes, seed: int) -> Iterator[bytes]:
    """The data cut at random places, sometimes byte by byte."""
    chance = random.Random(seed)
    at = 0
    while at < len(data):
        size = chance.choice((1, 2, 3, chance.randrange(1, 100), chance.randrange(1, 5000)))
        yield data[at : at + size]
        at += size


def alerting(count: int, start: int = 0) -> list[bytes]:
    """Orders that all alert, since nobody quotes their symbol; their IDs are their numbers."""
    return [order(b"NONE", b"%6d" % number) for number in range(start, start + count)]
