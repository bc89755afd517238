"""A batch: the frames that one turn has found on all connections, and whose they are."""

from typing import NamedTuple

from shared.feed.session import FrameSession
from shared.wire.framing import Run


class Segment(NamedTuple):
    """The frames of one connection in a batch; see `shared.service.intake.Part`."""

    sender: FrameSession
    runs: list[Run]
    first: int
    """Number of its first frame within the batch."""
    messages: int
    """How many frames."""
    first_of_connection: int
    """Number of its first frame among all that the connection sent."""
    received_ns: int
    """When its bytes were read (monotonic clock)."""

    @property
    def is_contested(self) -> bool:
        """Nobody else has them."""
        return False

    def sequence(self, frame: int) -> int:
        """The number in its source of a frame of the batch."""
        return self.sender.begins_at + self.first_of_connection + frame - self.first

    def position_after(self, reached: int) -> str:
        """Where the source stands when the frames of the batch before this number have taken effect."""
        return str(self.sequence(reached))

    def place_of(self, frame: int) -> str:
        """Where a frame of the batch was in what the connection sent."""
        return f"frame {self.first_of_connection + frame - self.first}"


class FrameBatch:
    """All that had arrived at one turn, in order; see `shared.service.intake.Batch`.

    Args:
        buffer: holds the frames, and is valid until the next turn.
    """

    is_contested = False

    def __init__(self, buffer: bytearray) -> None:  # a dataclass takes twice the time, at each turn
        self.buffer = buffer
        self.runs: list[Run] = []
        self.parts: list[Segment] = []
        self.hellos: list[tuple[FrameSession, bytes]] = []
        """Connections that opened with HELLO, and the name that it gave."""
        self.quiet: list[FrameSession] = []
        """Connections that sent nothing but heartbeats."""
        self.ended: list[FrameSession] = []
        """Connections that nothing more comes from."""
        self.messages = 0

    def add(self, segment: Segment) -> None:
        """Add the frames of a connection; runs that continue each other become one."""
        self.parts.append(segment)
        for run in segment.runs:
            last = self.runs[-1] if self.runs else None
            if last is not None and last.size == run.size and last.end == run.offset:
                self.runs[-1] = last._replace(frames=last.frames + run.frames)
            else:
                self.runs.append(run)
        self.messages += segment.messages

    def senders(self) -> list[FrameSession]:
        """All that have sent something, if only a heartbeat."""
        senders = [segment.sender for segment in self.parts]
        if self.hellos or self.quiet:
            senders += [session for session, _ in self.hellos]
            senders += self.quiet
        return senders

    def drop_dismissed(self) -> None:
        """Take out what came from connections that the service has closed meanwhile."""
        segments, self.runs, self.parts, self.messages = self.parts, [], [], 0
        for segment in segments:
            if not segment.sender.is_dismissed:
                self.add(segment._replace(first=self.messages))
