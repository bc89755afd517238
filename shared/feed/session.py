"""One sender's session of frames: its framing, its place in its source, and what goes back to it.

Knows no sockets: bytes come in, and what is to be sent is asked for.
"""

import logging
from typing import Final, Protocol

from market_spread.framing import HEADER, MAX_PAYLOAD
from market_spread.hello import HEARTBEAT_TYPE, HELLO_TYPE, Ack, Error, ErrorCode
from shared.base.integers import parse_uint
from shared.base.source import Source
from shared.wire.framing import Buffer, Run, Split, split

logger = logging.getLogger(__name__)

_FENCED: Final = Error(ErrorCode.FENCED, "a newer connection has taken over this source")


class Transport(Protocol):
    """What a session speaks over."""

    def send(self) -> None:
        """Send what the session has to say, now or as soon as the other side takes it."""

    def acknowledge_tcp(self) -> None:
        """Let TCP acknowledge at once what came."""

    def dismiss(self) -> None:
        """Send the session's last words and close; what still comes is dropped."""

    def finish(self) -> None:
        """Send the session's last words and close at once: nothing more comes."""

    def abandon(self) -> None:
        """Close without a word."""


class FrameSession:
    """What a feed and the sender on one connection have to do with each other.

    Args:
        peer: the sender's address, `host:port`.
        transport: what it speaks over.
        number: of the connection among all of its feed.
    """

    def __init__(self, peer: str, transport: Transport, number: int = 0) -> None:
        self.peer = peer
        self.number = number
        self.frames = 0
        """Frames received, HELLO and heartbeats not counted."""
        self.heartbeats = 0
        """How many of them were received."""
        self.refused = 0
        """Frames of these that were refused."""
        self.first_type = 0
        """The type byte of its first frame, if that was refused."""
        self.source: Source | None = None
        """What a resumable sender sends, with the position up to which it has taken effect."""
        self.begins_at = 0
        """The number of its first frame in its source."""
        self.error: Error | None = None
        """Why the service closes the connection, if it is not that the sender closed its side."""
        self.is_dismissed = False
        """Whether the service has closed its side."""
        self.is_distrusted = False
        """Whether much of what it sent last was refused."""
        self._transport = transport
        self._is_fresh = True
        self._has_said_hello = False
        self._offset = 0
        self._next_ack: Ack | None = None
        self._is_told_why = False

    def receive(self, buffer: Buffer, start: int, end: int, *, has_ended: bool) -> tuple[bytes | None, Split]:
        """Find the whole frames in `buffer[start:end]`; what follows them comes again the next time.

        Returns:
            the name that a HELLO at the front gives (None without), and the frames behind it, without the
            heartbeats that only a sender may send that has said HELLO.
        """
        found = split(buffer, start, end)
        self._offset += found.end - start
        self.frames += found.frames
        if found.lost is not None:
            self._framing_lost(found.lost)
        elif has_ended and found.end < end:
            logger.warning(
                "%s: connection ended inside frame %d: its %d bytes are dropped",
                self.peer, self.frames, end - found.end,
            )  # fmt: skip
        name = None
        if self._is_fresh and found.runs:
            self._is_fresh = False
            name, found = self._take_hello(buffer, found)
        return name, self._take_heartbeats(buffer, found) if self._has_said_hello else found

    def _take_hello(self, buffer: Buffer, found: Split) -> tuple[bytes | None, Split]:
        """Take a HELLO off the front of the connection's first frames."""
        offset, size, _ = found.runs[0]
        start, end = offset + HEADER.size, offset + HEADER.size + size
        if buffer[start] != HELLO_TYPE:
            return None, found
        self.frames -= 1
        self._has_said_hello = True
        return bytes(buffer[start + 1 : end]), split(buffer, end, found.end)._replace(lost=found.lost)

    def _take_heartbeats(self, buffer: Buffer, found: Split) -> Split:
        """Take the heartbeats out of what was received."""
        for run in found.runs:
            if run.size == 1:
                break
        else:
            return found
        runs = [kept for run in found.runs for kept in _without_heartbeats(buffer, run)]
        left = sum(run.frames for run in runs)
        self.frames -= found.frames - left
        self.heartbeats += found.frames - left
        return found._replace(runs=runs, frames=left)

    def _framing_lost(self, size: int) -> None:
        text = f"byte {self._offset} announces a payload of {size} bytes, 1 to {MAX_PAYLOAD} are possible"
        self.error = Error(ErrorCode.FRAMING_LOST, text)
        logger.error("%s: framing lost, closing the connection: %s", self.peer, text)

    def opened(self, source: Source) -> None:
        """The source stands at its position: tell the sender to go on from there."""
        self.begins_at = int(source.position)
        self.acknowledge(source.position)

    def acknowledge(self, position: str) -> None:
        """Tell a resumable sender how far it has taken effect; only the newest ACK is kept waiting."""
        self._next_ack = Ack(int(position))
        self._transport.send()

    def acknowledge_later(self) -> None:
        """Let TCP acknowledge at once what came, because no ACK of ours goes with it.

        A sender that sends frame by frame with Nagle's algorithm on waits for that, 40 ms otherwise.
        """
        self._transport.acknowledge_tcp()

    def fenced(self) -> None:
        """A newer connection has taken over its source."""
        logger.warning("%s: fenced: a newer connection has taken over its source", self.peer)
        self._dismiss(_FENCED)

    def refuse(self, text: str) -> None:
        """Close the connection because what it wants cannot be done."""
        logger.warning("%s: refused: %s", self.peer, text)
        self._dismiss(Error(ErrorCode.REFUSED, text))

    def take_again(self, why: str, level: int) -> None:
        """See `shared.service.intake.Sender`: close the connection, so that the sender asks where to go on.

        The sender's HELLO takes the source again. Taking it here would be wrong: where the sender has gone
        elsewhere long ago without our noticing, it would take the source from who has it now.
        """
        logger.log(level, "%s: %s: closing, so that the sender asks where to go on", self.peer, why)
        self.is_dismissed = True
        self._transport.abandon()

    def is_before(self, position: str) -> bool:
        """Whether a stored count of frames is less than the one that is known to be committed."""
        assert self.source is not None
        count = parse_uint(position.encode())
        return count is not None and count < int(self.source.position)

    def end(self) -> None:
        """Nothing more comes from the sender: close its connection, and say why if it did not end it."""
        if self.is_dismissed:
            self._transport.abandon()
        elif self.error is not None:
            self._dismiss(self.error)
        else:
            self.is_dismissed = True
            self._transport.finish()

    def _dismiss(self, error: Error) -> None:
        self.error = error
        self.is_dismissed = True
        self._transport.dismiss()

    def next_words(self) -> bytes:
        """What is to be sent next; empty if there is nothing.

        A plain sender gets no control frames, but one that is not let in is told why whatever it is.
        """
        if self._next_ack is not None:
            words, self._next_ack = self._next_ack.encode(), None
            return words
        error = self.error
        if not self.is_dismissed or error is None or self._is_told_why:
            return b""
        self._is_told_why = True
        is_told = self.source is not None or error.code is ErrorCode.REFUSED
        return error.encode() if is_told else b""


def _without_heartbeats(buffer: Buffer, run: Run) -> list[Run]:
    """What is left of a run without the heartbeats in it."""
    if run.size != 1:
        return [run]
    stride = HEADER.size + 1
    types = bytes(buffer[run.offset + HEADER.size : run.end : stride])
    return [
        Run(run.offset + place * stride, 1, 1) for place, kind in enumerate(types) if kind != HEARTBEAT_TYPE
    ]
