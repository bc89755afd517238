"""Sends numbered frames to a feed until all have taken effect, whoever crashes meanwhile."""

import logging
import math
import time
from threading import Event
from typing import Final, Protocol

from market_spread.address import Address
from market_spread.hello import Ack, Error, hello
from market_spread.sending.connection import FeedConnection
from market_spread.sending.heartbeat import Heartbeat
from market_spread.sending.pace import Pace
from market_spread.sending.patience import MOST_FRUITLESS, Patience
from market_spread.sending.waker import Waker

logger = logging.getLogger(__name__)

_TURN_S: Final = 0.1
"""How soon an idle sender notices that it is to stop."""
_UNANSWERED_S: Final = 5.0
_LAST_WORD_S: Final = 5.0
"""How long a feed that has acknowledged everything has to close its side, or to say what was wrong."""


class SenderError(Exception):
    """It cannot go on; the text says why."""


class Supply(Protocol):
    """What there is to send: frames numbered from 0."""

    @property
    def position(self) -> int:
        """The next one to be taken."""

    @property
    def end(self) -> int | None:
        """How many there are, once that is known."""

    def seek(self, frame: int) -> None:
        """Go on from this frame.

        Raises:
            LookupError: it is not there any more, or not yet.
        """

    def take(self, most: int) -> memoryview:
        """The next ones, at most so many; none if there are none just now."""

    def forget(self, count: int) -> None:
        """Those below `count` are no longer needed."""


class Sender:
    """One feed's sender.

    With a source name it is resumable: it opens with HELLO, goes on from the frame that the feed's ACK
    names, as often as the connection is lost, and is done when the ACKs cover everything and the feed, to
    which it has closed its side, has had its last word. Without one it just sends, closes its side, and is
    done when the feed closes the other.

    Args:
        address: of the feed.
        frames: what to send.
        source: the name to resume under; None for a plain sender.
        pace: when frames may go.
        waker: ends its waiting when there are new frames.
        is_patient: wait for a feed that is away as long as it takes, and, without a source name, go on with
            the next frames after a loss.
        heartbeat_s: send a heartbeat when nothing was sent for so long, seconds; None for none, and without a
            source name there is none.

    Raises:
        ValueError: the source name is not 1 to 64 of `A-Z a-z 0-9 . _ -`, or `heartbeat_s` is not above 0.
    """

    def __init__(
        self,
        address: Address,
        frames: Supply,
        *,
        source: str | None,
        pace: Pace,
        waker: Waker | None = None,
        is_patient: bool = False,
        heartbeat_s: float | None = None,
    ) -> None:
        self._address = address
        self._frames = frames
        self._hello = b"" if source is None else hello(source)
        self._heartbeat = Heartbeat(None if source is None else heartbeat_s)
        self._pace = pace
        self._waker = waker
        self._is_patient = is_patient
        self._patience = Patience(waits_for_ever=is_patient)
        self._is_interrupted = False
        self._may_send = False
        self._granted = 0
        self._closed_by = math.inf
        self.acknowledged = 0
        """Frames that have taken effect, as far as this is known."""

    @property
    def sent(self) -> int:
        """Frames that are on their way, or have taken effect."""
        return self._frames.position

    @property
    def done(self) -> int:
        """Frames that need not be sent again: without HELLO every one that was sent."""
        return self.acknowledged if self._hello else self.sent

    def run(self, abort: Event) -> None:
        """Send until everything has taken effect, or until `abort` is set.

        Raises:
            SenderError: the feed refused, made no progress in ten connections, or stands where this sender
                cannot go on; or a plain sender lost its connection.
        """
        while not abort.is_set() and self.done != self._frames.end:
            was_reached = False
            try:
                with FeedConnection(self._address, self._waker) as link:
                    was_reached = True
                    self._converse(link, abort)
                    return
            except OSError as error:
                if self._hello and self.done == self._frames.end:  # lost only after all had taken effect
                    return
                self._interrupted(error.strerror or str(error), was_reached=was_reached)
            abort.wait(self._patience.next_wait_s())

    def _interrupted(self, why: str, *, was_reached: bool) -> None:
        """A connection is lost or was not made: decide whether to try again."""
        if not (self._hello or self._is_patient) and self.sent:
            raise SenderError(
                f"{self._address}: {why} after {self.sent} frames were sent; "
                "which of them have taken effect is not known without HELLO"
            )
        self._patience.spend(was_reached=was_reached)
        if self._patience.is_over:
            raise SenderError(
                f"{self._address}: gave up after {MOST_FRUITLESS} connections without progress: {why}"
            )
        if not self._is_interrupted:
            logger.warning("%s: %s; trying again", self._address, why)
        self._is_interrupted = True

    def _converse(self, link: FeedConnection, abort: Event) -> None:
        """Use one connection until all is done or it is lost (an OSError)."""
        self._may_send = False
        link.outgoing = memoryview(self._hello)
        if not self._hello:
            self._start()
        hint_at = time.monotonic() + _UNANSWERED_S
        while not abort.is_set():
            if self._may_send and not link.outgoing and not link.is_half_closed:
                link.outgoing = self._heartbeat.fill(self._next())
            for answer in self._answers(link):
                self._heed(answer)
            if self._is_done(link):
                return
            if link.is_closed:
                raise ConnectionError("the feed closed the connection")
            if not self._may_send and time.monotonic() > hint_at:
                logger.warning(
                    "%s: no answer to HELLO yet; if the feed does not know HELLO, use --plain",
                    self._address,
                )
                hint_at = math.inf

    def _start(self) -> None:
        """Frames may go from here on."""
        self._may_send = True
        self._heartbeat.restart()
        self._pace.restart()
        if self._is_interrupted:
            logger.warning("%s: connected again, going on from frame %d", self._address, self.sent)
            self._is_interrupted = False

    def _next(self) -> memoryview:
        """The frames whose time has come."""
        self._granted = self._granted or self._pace.due()
        if not self._granted:
            return memoryview(b"")
        before = self.sent
        frames = self._frames.take(self._granted)
        self._granted -= self.sent - before
        if not self._hello and self.sent > before:  # a plain sender sends nothing again
            self._frames.forget(self.sent)
            self._patience.restore()
        return frames

    def _answers(self, link: FeedConnection) -> list[Ack | Error]:
        only_time_passes = self._may_send and not link.outgoing and not self._granted
        wait_s = min(self._pace.wait_s(), _TURN_S) if only_time_passes else _TURN_S
        try:
            return link.turn(wait_s)
        except ValueError as error:
            raise SenderError(f"{self._address} does not answer as a feed does: {error}") from error

    def _heed(self, answer: Ack | Error) -> None:
        """Do as the feed says."""
        if isinstance(answer, Error):
            raise SenderError(f"{self._address}: {answer.code.name.lower()}: {answer.text}")
        if not self._hello:
            return
        if not self._may_send:
            self._go_on_from(answer.frames)
        elif answer.frames > self.sent:
            raise SenderError(f"{self._address}: acknowledges {answer.frames} frames, {self.sent} were sent")
        elif answer.frames < self.acknowledged:  # Redis lost data; the answer to the next HELLO decides
            raise ConnectionError(f"acknowledges {answer.frames} frames after {self.acknowledged}")
        if answer.frames > self.acknowledged:
            self._patience.restore()
        self.acknowledged = answer.frames
        self._frames.forget(answer.frames)

    def _go_on_from(self, frame: int) -> None:
        try:
            self._frames.seek(frame)
        except LookupError as error:
            raise SenderError(f"{self._address}: cannot go on from frame {frame}: {error}") from error
        self._start()

    def _is_done(self, link: FeedConnection) -> bool:
        """Whether everything has taken effect."""
        if link.outgoing or self.sent != self._frames.end:
            return False
        if self._hello and not (self._may_send and self.acknowledged == self.sent):
            return False
        if link.is_half_closed:
            return link.is_closed or (bool(self._hello) and time.monotonic() > self._closed_by)
        if not link.is_closed:
            link.half_close()
            self._closed_by = time.monotonic() + _LAST_WORD_S
        return link.is_closed and bool(self._hello)
