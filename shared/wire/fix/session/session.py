"""A FIX session on one connection, without its socket: bytes and moments in, events and deadlines out.

What was taken and what of that is committed are told apart: whoever uses a session commits the position of
each `Taken` and `Moved` together with what came of it, and says so (`committed`). Only then Logons and
Logouts that acknowledge it leave. Where nothing is committed, say at once that it is.

An acceptor's connection begins at a `Reception`, which says whose Logon has come. Then the session's position
is taken and a block of numbers reserved, and a `Session` receives what the reception has; an initiator's is
told to `start`. After that: `receive` what arrives, `tick` at each deadline, do what the events say in order.
"""

from collections.abc import Iterable
from typing import Final

from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.framing import LONGEST
from shared.wire.fix.message import Message, Pair
from shared.wire.fix.session.conversation import Conversation
from shared.wire.fix.session.events import Ending, Event
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.inbound.header_columns import HeaderColumns
from shared.wire.fix.session.inbound.inbox import Inbox, Noise
from shared.wire.fix.session.inbound.waiting import Waiting
from shared.wire.fix.session.kept import NOTHING, Kept
from shared.wire.fix.session.link import Link, Phase, Start
from shared.wire.fix.session.opening import Opening

LEAST_SCANNED: Final = 4096
"""Bytes that arrive at once; fewer are read faster message by message."""

_TAKING: Final = frozenset((Phase.UP, Phase.LEAVING))
_SPEAKING: Final = frozenset((Phase.UP, Phase.LEAVING, Phase.CLOSING))


class Session:
    """One connection of a session, from its beginning to its end.

    All times are microseconds since the Unix epoch. Each call answers with the events since the last one, in
    order; after `Ended` there are none.

    Args:
        settings: what was agreed with the peer.
        start: where the session stands, as it was stored.
        now_us: the moment.
        longest: longest message, bytes.
        kept: our messages that can be sent again; by default none is, and gap fills stand for them.
        tells_committed: whether our messages say what is committed (369) before the peer's have done so.
    """

    def __init__(
        self,
        settings: SessionSettings,
        start: Start,
        now_us: int,
        longest: int = LONGEST,
        *,
        kept: Kept = NOTHING,
        tells_committed: bool = False,
    ) -> None:
        self.settings = settings
        self._link = Link(settings, start, now_us, kept)
        self._link.speaker.tells_committed = tells_committed
        self._opening = Opening(self._link)
        self._conversation = Conversation(self._link, self._opening)
        self._inbox = Inbox(longest)
        self._longest = longest
        self._waiting = Waiting(longest)

    @property
    def expected(self) -> Expected:
        """What is expected next; of that, what is committed may lag behind."""
        return self._link.expected

    @property
    def number(self) -> int:
        """MsgSeqNum (34) of our next message."""
        return self._link.outbound.number

    @property
    def room(self) -> int:
        """How many numbers are reserved for our next messages."""
        return self._link.outbound.room

    @property
    def lag(self) -> int:
        """How many messages the peer has sent, as far as is known, that are not committed."""
        return self._link.lag()

    @property
    def is_up(self) -> bool:
        """Whether both sides have logged on and none has logged out."""
        return self._link.phase is Phase.UP

    @property
    def is_waiting(self) -> bool:
        """Whether nothing should be read for now: a Logon waits for a commit or for the day's reset."""
        return self._link.phase is Phase.WAITING

    def is_heard(self, now_us: int) -> bool:
        """Whether the peer was heard of within 1.2 heartbeats in which anything was read.

        If not, a second Logon may take over.
        """
        return self._link.speaker.liveness.is_heard(now_us)

    def start(self, now_us: int) -> list[Event]:
        """An initiator's beginning, once it is connected: its Logon."""
        self._opening.start(now_us)
        return self._link.take_events()

    def receive(self, data: bytes, now_us: int) -> list[Event]:
        """Bytes have arrived."""
        if self._link.phase is not Phase.ENDED:
            self._inbox.add(data)
            if len(data) >= LEAST_SCANNED and self._link.phase in _TAKING:
                self._receive_many(now_us)
            for each in self._inbox.take():
                self._handle(each, now_us)
        return self._link.take_events()

    def tick(self, now_us: int, *, is_held: bool = False) -> list[Event]:
        """Time has passed. Everything that has arrived should have been received before.

        Args:
            now_us: the moment.
            is_held: nothing is read at present, so the peer's silence says nothing, and what it has sent
                should be taken before the session ends. Heartbeats go on.
        """
        link = self._link
        if link.phase is Phase.LEAVING and is_held:
            link.await_answer(now_us)
        if link.phase is Phase.WAITING:
            self._proceed(now_us)
        elif link.phase in {Phase.OPENING, Phase.LEAVING, Phase.DEAF} and now_us >= link.deadline_us:
            link.time_out()
        elif link.phase is Phase.UP and link.is_reset_due(now_us) and not is_held:
            link.leave("the session's day is over", now_us)
        elif link.phase in _SPEAKING:
            link.beat(now_us, is_held=is_held)
        return self._link.take_events()

    def committed(self, expected: Expected, now_us: int) -> list[Event]:
        """All before this position is committed, and so is the position."""
        self._link.speaker.committed = max(self._link.speaker.committed, expected)
        if self._link.phase in {Phase.WAITING, Phase.CLOSING}:
            self._proceed(now_us)
        return self._link.take_events()

    def reserve(self, resets: int, reserved: int) -> None:
        """Our numbers before this one are reserved, as `NumbersNeeded` has asked for."""
        if resets == self._link.expected.resets:
            self._link.outbound.reserve(reserved)

    def send(self, kind: bytes, body: Iterable[Pair], now_us: int) -> list[Event]:
        """Send a message of one's own; nothing where the session is not up."""
        if self.is_up:
            self._link.speaker.say(kind, body, now_us)
        return self._link.take_events()

    def refuse(self, message: Message, text: str, reason: int, now_us: int) -> list[Event]:
        """Answer a message that was taken by BusinessMessageReject (35=j), if that was agreed.

        Args:
            message: the one.
            text: what is wrong.
            reason: BusinessRejectReason (380).
            now_us: the moment.
        """
        if self.settings.answer and self._link.phase in _SPEAKING:
            self._link.speaker.refuse(message, text, reason, now_us)
        return self._link.take_events()

    def log_out(self, text: str, now_us: int) -> list[Event]:
        """End the session; messages are taken until the peer has answered."""
        if self._link.phase is Phase.UP:
            self._link.leave(text, now_us)
        elif self._link.phase in {Phase.OPENING, Phase.WAITING}:
            self._link.finish(Ending.LOGGED_OUT, text)
        return self._link.take_events()

    def deadline_us(self) -> int | None:
        """When `tick` has something to do if nothing arrives before; None: never."""
        link = self._link
        if link.phase is Phase.WAITING:
            return self._opening.reset_us or link.deadline_us
        if link.phase in {Phase.OPENING, Phase.LEAVING, Phase.DEAF}:
            return link.deadline_us
        if link.phase is Phase.ENDED:
            return None
        beat_us = link.speaker.liveness.deadline_us()
        return beat_us if link.reset_us is None else min(beat_us, link.reset_us)

    def _receive_many(self, now_us: int) -> None:
        """Take whole messages by columns, as many of them as can be."""
        found = self._inbox.take_scanned()
        if found is None:
            return
        link, headers = self._link, HeaderColumns(found, self.settings)
        at = 0
        while at < len(headers):
            stop = at
            if link.phase in _TAKING:
                link.speaker.liveness.heard(now_us)
                stop = self._conversation.heard_run(headers, at, now_us)
            if stop == at:
                self._handle(found.raw(at), now_us)
                stop += 1
            at = stop

    def _handle(self, each: bytes | Noise, now_us: int) -> None:
        """A message, or what is none."""
        link = self._link
        if isinstance(each, Noise):
            self._ignore(each, now_us)
        elif link.phase is Phase.OPENING:
            self._opening.heard(Message(each), now_us)
        elif link.phase is Phase.WAITING:
            self._keep(each)
        elif link.phase is not Phase.CLOSING and link.phase is not Phase.ENDED:
            link.speaker.liveness.heard(now_us)
            self._conversation.heard(each, now_us)

    def _ignore(self, noise: Noise, now_us: int) -> None:
        """What is garbled is ignored, unless it is so for the third time or where a Logon should be."""
        link = self._link
        if link.phase is Phase.ENDED:
            return
        link.events.append(noise.garbled)
        number = link.expected.number
        if link.phase is Phase.OPENING:
            link.finish(Ending.REFUSED, f"the first message is garbled: {noise.garbled.reason}")
        elif link.phase is Phase.UP and noise.number == b"%d" % number and link.asking.is_hopeless(number):
            link.fail(Ending.REFUSED, f"MsgSeqNum {number} came garbled three times", now_us)

    def _keep(self, raw: bytes) -> None:
        """Keep a message that arrives behind a Logon that waits."""
        if not self._waiting.add(raw):
            self._link.finish(Ending.REFUSED, f"more than {self._longest} bytes arrived before our Logon")

    def _proceed(self, now_us: int) -> None:
        """Go on with what waited for a commit or for the clock."""
        if self._link.phase is Phase.CLOSING:
            self._conversation.proceed(now_us)
            return
        self._opening.proceed(now_us)
        if self._link.phase is not Phase.WAITING:
            for each in self._waiting.take():
                self._handle(each, now_us)
