"""Orders that are sent one at a time, by FIX and as frames in turn, each timed until its alert is there."""

import socket
import time
from pathlib import Path
from typing import Any, Final

import hiredis
import numpy as np
from numpy.typing import NDArray

from benchmarks.crowd import Line
from benchmarks.fix_feed import order_bodies
from benchmarks.fix_line import FIRST, FixLine, message
from services.orders.feed.messages import order_dtype
from shared.base.address import Address
from shared.market.keys import ALERTS
from shared.redis.link import command

_PAUSE_S: Final = 0.001
_WIDTH: Final = 4
_WARM_UP: Final = 0.1
"""Share of the orders, the first ones, that is not measured."""


class _Alerts:
    """Waits for alerts, as a subscriber does.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._line, self._reader = socket.create_connection(("127.0.0.1", port)), hiredis.Reader()
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._last: Any = b"0-0"

    def listen(self) -> None:
        """Ask for the next one."""
        self._line.sendall(command(ALERTS, "XREAD", "BLOCK", 5000, "STREAMS", ALERTS, self._last).packed)

    def hear(self) -> None:
        """Wait for it.

        Raises:
            AssertionError: it does not come, or there is more than one.
        """
        while (reply := self._reader.gets()) is False:
            self._reader.feed(self._line.recv(1 << 16))
        if reply is None or len(reply[0][1]) != 1:
            raise AssertionError(f"not one alert: {reply}")
        self._last = reply[0][1][0][0]


def send_singly(
    port: int, frames: Address, fix: Address, file: Path, count: int
) -> dict[str, NDArray[np.int64]]:
    """Send orders that all alert; the nanoseconds of each until a subscriber had its alert, by each way in.

    Args:
        port: of the server.
        frames: where frames go.
        fix: where the session is.
        file: orders as frames.
        count: how many of them, by either way.
    """
    rows = np.fromfile(file, order_dtype(_WIDTH))[:count]
    bodies, raws = order_bodies(rows), [row.tobytes() for row in rows]
    session, line, alerts = FixLine(fix), Line(frames, "singly"), _Alerts(port)
    taken: dict[str, list[int]] = {"fix": [], "frames": []}
    for number in range(count):
        for way, sock in (("fix", session.sock), ("frames", line.sock)):
            data = message(b"D", FIRST + number, bodies[number]) if way == "fix" else raws[number]
            alerts.listen()
            time.sleep(_PAUSE_S)
            began_ns = time.monotonic_ns()
            sock.sendall(data)
            alerts.hear()
            taken[way].append(time.monotonic_ns() - began_ns)
            if way == "frames":
                line.hear()
    session.log_out(FIRST + count)
    line.sock.close()
    return {way: np.array(values[int(count * _WARM_UP) :]) for way, values in taken.items()}
