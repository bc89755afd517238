"""The least that can do the job: raw sockets, a round trip for what is read, one for what is written.

`python -m benchmarks.bare_chain quotes|orders PORT REDIS_URL`. Nothing is validated, fenced, counted or
remembered; symbols are 4 bytes wide; what has arrived is taken together, as a chain would that is to keep up.
"""

import socket
import struct
import sys
import time
from typing import Any, Final
from urllib.parse import urlsplit

import hiredis

QUOTE: Final = struct.Struct(">5x4s21sdd")
ORDER: Final = struct.Struct(">5xBI6s4sdd21s")
PACK: Final[Any] = hiredis.pack_command


class Redis:
    """One connection: commands in one write, their replies in one read or more."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._sock = socket.create_connection((address.hostname, address.port))
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader()

    def roundtrip(self, commands: list[bytes]) -> list[list[bytes]]:
        """Send all, wait for all."""
        self._sock.sendall(b"".join(commands))
        replies: list[list[bytes]] = []
        while len(replies) < len(commands):
            self._reader.feed(self._sock.recv(1 << 16))
            while (reply := self._reader.gets()) is not False:
                replies.append(reply)
        return replies


def apply_quotes(redis: Redis, frames: bytes) -> None:
    """Write each quote."""
    commands = []
    for symbol, when, bid, offer in QUOTE.iter_unpack(frames):
        risky = b"1" if offer - bid >= 0.0499 else b"0"
        fields = (b"bid", repr(bid), b"offer", repr(offer), b"transact_time", when, b"risky", risky)
        commands.append(PACK(("HSET", b"symbol:" + symbol.strip(), *fields)))
    redis.roundtrip(commands)


def check_orders(redis: Redis, frames: bytes) -> None:
    """Read each order's quote, write the alerts."""
    orders = [(*order[:3], order[3].strip(), *order[4:]) for order in ORDER.iter_unpack(frames)]
    reads = [
        PACK(("HMGET", b"symbol:" + each[3], "bid", "offer", "transact_time", "risky")) for each in orders
    ]
    commands = []
    for order, (bid, offer, quote_time, risky) in zip(orders, redis.roundtrip(reads), strict=True):
        if risky == b"1":
            side, account, number, symbol, quantity, price, when = order
            fields = (
                b"order_id", number, b"account", account, b"side", b"buy" if side == 1 else b"sell",
                b"symbol", symbol, b"quantity", repr(quantity), b"price", repr(price), b"transact_time", when,
                b"bid", bid, b"offer", offer, b"quote_time", quote_time, b"reason", b"spread",
                b"checked_at", time.time_ns() // 1000,
            )  # fmt: skip
            commands.append(PACK(("XADD", "alerts", "*", *fields)))
    if commands:
        redis.roundtrip(commands)


def main() -> None:
    """Take one sender after the other."""
    feed, port, url = sys.argv[1:]
    act, size = {"quotes": (apply_quotes, QUOTE.size), "orders": (check_orders, ORDER.size)}[feed]
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        print("listening", flush=True)
        while True:
            sender, redis, rest = listener.accept()[0], Redis(url), b""
            while some := sender.recv(1 << 20):
                rest += some
                whole = len(rest) - len(rest) % size
                if whole:
                    act(redis, rest[:whole])
                    rest = rest[whole:]
            sender.close()


if __name__ == "__main__":
    main()
