"""A resumable sender of single messages, evenly paced: what a service does all day when it is not flooded."""

import select
import time
from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.crowd import Line
from benchmarks.stage import Span
from shared.base.address import Address

_NS: Final = 1_000_000_000


class Paced(NamedTuple):
    """How sending went."""

    span: Span
    latencies_ns: NDArray[np.int64]
    """Of each message, from the moment at which it had to be sent until its ACK was there."""


def send_paced(
    to: Address, frames: bytes, size: int, per_second: int, when_connected: Callable[[], None]
) -> Paced:
    """Send one frame after the other at moments that are fixed ahead, and wait until all have taken effect.

    Args:
        to: where the feed is.
        frames: all of one size.
        size: of a frame, bytes.
        per_second: how many frames are due in a second.
        when_connected: called before the first one is sent.
    """
    line, total = Line(to, "paced"), len(frames) // size
    heard_ns = np.zeros(total, np.int64)
    when_connected()
    start_ns = time.monotonic_ns()
    due_ns = start_ns + np.arange(total) * _NS // per_second
    for number, at_ns in enumerate(due_ns.tolist()):
        while (wait_ns := at_ns - time.monotonic_ns()) > 0:
            _hear(line, heard_ns, wait_ns / _NS)
        line.sock.sendall(frames[number * size : (number + 1) * size])
    while line.acknowledged < total:
        _hear(line, heard_ns, None)
    ended_ns = time.monotonic_ns()
    line.sock.close()
    return Paced(Span(start_ns / _NS, ended_ns / _NS), heard_ns - due_ns)


def _hear(line: Line, heard_ns: NDArray[np.int64], wait_s: float | None) -> None:
    """Wait for an ACK, and note when the frames that it covers had theirs."""
    if select.select([line.sock], [], [], wait_s)[0]:
        before = line.acknowledged
        line.hear()
        heard_ns[before : line.acknowledged] = time.monotonic_ns()
