"""What is on its way to a receiver: which alerts are acknowledged when so many bytes are."""

import time
from bisect import bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.commit.stream_position import StreamPosition


class Arrived(NamedTuple):
    """Alerts that have been acknowledged."""

    last: StreamPosition
    alerts: Sequence[StreamPosition]
    """Those that had a frame; the others were left out, and are passed by with them."""
    latency_us: int
    """Since they were read."""


@dataclass
class _Chunk:
    begin: int
    """Where the first frame begins, bytes since the connection was made."""
    ends: Sequence[int]
    """Where each alert's frame ends."""
    positions: Sequence[StreamPosition]
    read_ns: int = field(default_factory=time.monotonic_ns)
    arrived: int = 0

    def framed(self, reached: int) -> list[StreamPosition]:
        """The alerts from the first that had not arrived up to so many, those without a frame left out."""
        begins = [self.begin, *self.ends]
        return [
            self.positions[place]
            for place in range(self.arrived, reached)
            if self.ends[place] > begins[place]
        ]


class InFlight:
    """Alerts that were given to a connection and have not been acknowledged."""

    def __init__(self) -> None:
        self._chunks: deque[_Chunk] = deque()

    def __bool__(self) -> bool:
        return bool(self._chunks)

    def add(self, begin: int, ends: Sequence[int], positions: Sequence[StreamPosition]) -> None:
        """Some more alerts, in order.

        Args:
            begin: where the first one's frame begins, bytes since the connection was made.
            ends: where the frame of each ends; where the one before does if it has none.
            positions: where they are in the stream.
        """
        self._chunks.append(_Chunk(begin, ends, positions))

    def take(self, acknowledged: int) -> list[Arrived]:
        """Remove what arrived with so many bytes; of each chunk that took part, in order."""
        arrived = []
        while self._chunks:
            chunk = self._chunks[0]
            reached = bisect_right(chunk.ends, acknowledged, lo=chunk.arrived)
            if reached > chunk.arrived:
                latency_us = (time.monotonic_ns() - chunk.read_ns) // 1000
                arrived.append(Arrived(chunk.positions[reached - 1], chunk.framed(reached), latency_us))
            chunk.arrived = reached
            if reached < len(chunk.ends):
                break
            self._chunks.popleft()
        return arrived

    def clear(self) -> None:
        """Nothing of it matters any more."""
        self._chunks.clear()
