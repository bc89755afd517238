"""A batch: the frames that one turn has found on all connections, and whose they are."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.feed.connection import Connection
from shared.wire.framing import Run


class Segment(NamedTuple):
    """The frames of one connection in a batch."""

    connection: Connection
    runs: list[Run]
    first: int
    """Number of its first frame within the batch."""
    frames: int
    first_of_connection: int
    """Number of its first frame among all that the connection sent."""
    received_ns: int
    """When its bytes were read (monotonic clock)."""


@dataclass
class Batch:
    """All that had arrived at one turn, in order."""

    buffer: bytearray
    """Valid until the next turn."""
    runs: list[Run] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    hellos: list[tuple[Connection, bytes]] = field(default_factory=list)
    """Connections that opened with HELLO, and the name that it gave."""
    ended: list[Connection] = field(default_factory=list)
    """Connections that nothing more comes from."""
    frames: int = 0

    def segment_of(self, frame: int) -> Segment:
        """The segment that a frame of the batch is in."""
        return self.segments[bisect_right(self.segments, frame, key=lambda each: each.first) - 1]

    def add(self, segment: Segment) -> None:
        """Add the frames of a connection; runs that continue each other become one."""
        self.segments.append(segment)
        for run in segment.runs:
            last = self.runs[-1] if self.runs else None
            if last is not None and last.size == run.size and last.end == run.offset:
                self.runs[-1] = last._replace(frames=last.frames + run.frames)
            else:
                self.runs.append(run)
        self.frames += segment.frames

    def drop_dismissed(self) -> None:
        """Take out what came from connections that the service has closed meanwhile."""
        segments, self.runs, self.segments, self.frames = self.segments, [], [], 0
        for segment in segments:
            if not segment.connection.is_dismissed:
                self.add(segment._replace(first=self.frames))
