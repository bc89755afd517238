"""The beginning of a session: both Logons, and both sides beginning again at 1."""

from typing import Final

from shared.base.integers import parse_uint
from shared.wire.fix.counterparty.daily_reset import DailyReset
from shared.wire.fix.message import Message
from shared.wire.fix.session.events import Ending, LoggedOn
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import LOGON_PATIENCE_US, Link, Phase
from shared.wire.fix.session.liveness import Liveness
from shared.wire.fix.session.logon import logon_fields, refusal_of
from shared.wire.fix.session.numbering import Due, judge

EARLY_US: Final = 60_000_000
"""A Logon of the next day may come so long before the reset, and waits for it."""
COMMIT_PATIENCE_US: Final = 60_000_000
"""How long our Logon waits for a commit."""
_NOT_AGREED: Final = "ResetSeqNumFlag (141) is not agreed for this session"


class Opening:
    """Logs on.

    Args:
        link: the session's state.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._required = Expected(0, 0)
        self._theirs: Message | None = None
        """The peer's Logon, once it has come and until the session is up."""
        self._says_logon = True
        """Whether our Logon is still to be sent."""
        self.reset_us = 0
        """When the day's reset comes that the peer's Logon waits for; 0 for none."""

    def start(self, now_us: int) -> None:
        """An initiator's Logon, as soon as a reset that it begins with is committed."""
        link = self._link
        if link.settings.reset == "logon" or link.is_reset_due(now_us):
            link.begin_again(now_us)
        self._await_commit(now_us)

    def heard(self, message: Message, now_us: int) -> None:
        """What arrives before the session is up."""
        link = self._link
        if problem := link.header.problem_of(message, now_us):
            link.fail(Ending.REFUSED, problem.text, now_us)
        elif message.kind == b"5" and link.settings.role == "initiator":
            link.finish(Ending.REFUSED, f"the peer says: {message.get(b'58').decode('latin-1')}")
        elif message.kind != b"A":
            link.finish(Ending.REFUSED, "the first message is no Logon")
        elif text := refusal_of(message, link.settings):
            link.fail(Ending.REFUSED, text, now_us)
        elif self._is_early(message, now_us):
            link.phase = Phase.WAITING
            self._theirs = message
        else:
            self._accept(message, now_us)

    def begin_again(self, message: Message, now_us: int) -> None:
        """A Logon with ResetSeqNumFlag (141) on a session that is up."""
        link = self._link
        if link.settings.reset != "logon":
            link.fail(Ending.REFUSED, _NOT_AGREED, now_us)
        elif text := refusal_of(message, link.settings):
            link.fail(Ending.REFUSED, text, now_us)
        else:
            link.begin_again(now_us)
            self._theirs, self._says_logon = message, True
            self._await_commit(now_us)

    def proceed(self, now_us: int) -> None:
        """Go on if what was waited for is there, the commit or the day's reset; or give up."""
        if self.reset_us:
            if now_us >= self.reset_us and self._theirs is not None:
                self.reset_us = 0
                self._accept(self._theirs, now_us)
        elif self._link.is_durable(self._required):
            self._say_logon(now_us)
            if self._theirs is not None and self._link.phase is not Phase.ENDED:
                self._go_up(self._theirs, now_us)
        elif now_us >= self._link.deadline_us:
            self._link.finish(Ending.UNANSWERED, "nothing was committed for 60 s, so the Logon has no answer")

    def _is_early(self, message: Message, now_us: int) -> bool:
        """Whether a Logon is the next day's; then it waits."""
        link, reset = self._link, self._link.settings.reset
        if not isinstance(reset, DailyReset) or link.settings.role == "initiator":
            return False
        if link.is_reset_due(now_us) or parse_uint(message.get(b"34")) != 1 or link.expected.number == 1:
            return False
        next_us = reset.next_us(now_us)
        self.reset_us = next_us if next_us - now_us <= EARLY_US else 0
        return self.reset_us > 0

    def _accept(self, message: Message, now_us: int) -> None:
        """A Logon in which nothing is wrong but perhaps its number."""
        link = self._link
        is_reset = message.get(b"141") == b"Y"
        if is_reset and not self._may_reset(now_us):
            link.fail(Ending.REFUSED, _NOT_AGREED, now_us)
            return
        if link.settings.role == "acceptor" and (
            is_reset or link.settings.reset == "logon" or link.is_reset_due(now_us)
        ):
            link.begin_again(now_us)
        judged = judge(message, link.expected)
        if judged.due not in {Due.TAKE, Due.ASK}:
            link.fail(Ending.TOO_LOW, judged.text or "a Logon cannot be a copy", now_us)
            return
        self._theirs = message
        self._await_commit(now_us)

    def _may_reset(self, now_us: int) -> bool:
        """Whether the peer may begin again at 1: at each Logon, or in a day of which nothing was taken."""
        link = self._link
        if not isinstance(link.settings.reset, DailyReset):
            return link.settings.reset == "logon"
        if link.settings.role == "initiator":
            return link.expected.number == 1 and link.outbound.number == 2
        return link.expected.number == 1 or link.is_reset_due(now_us)

    def _await_commit(self, now_us: int) -> None:
        self._required = self._link.expected
        self._link.phase = Phase.WAITING
        self._link.deadline_us = now_us + COMMIT_PATIENCE_US
        self.proceed(now_us)

    def _say_logon(self, now_us: int) -> None:
        """Our Logon, if it has not been sent."""
        if not self._says_logon:
            return
        self._says_logon = False
        link, theirs = self._link, self._theirs
        heartbeat_s, next_expected = link.settings.heartbeat_s, None
        is_reset = link.settings.reset == "logon"
        if theirs is not None:
            heartbeat_s = int(theirs.get(b"108"))
            is_reset = theirs.get(b"141") == b"Y"
            if b"789" in theirs:
                next_expected = judge(theirs, link.expected).expected.number
        fields = logon_fields(link.settings, heartbeat_s, is_reset=is_reset, next_expected=next_expected)
        if not link.speaker.say(b"A", fields, now_us):
            link.finish(Ending.UNANSWERED, "no number is reserved for our Logon")
        elif theirs is None:
            link.phase, link.deadline_us = Phase.OPENING, now_us + LOGON_PATIENCE_US

    def _go_up(self, theirs: Message, now_us: int) -> None:
        """Both Logons are there."""
        link = self._link
        self._theirs = None
        heartbeat_s = int(theirs.get(b"108"))
        link.phase = Phase.UP
        link.speaker.liveness = Liveness(heartbeat_s, now_us)
        link.events.append(LoggedOn(heartbeat_s))
        if b"789" in theirs and not self._send_again(theirs, now_us):
            return
        self._count(theirs, now_us)

    def _count(self, theirs: Message, now_us: int) -> None:
        """The Logon's own number."""
        link = self._link
        judged = judge(theirs, link.expected)
        number = int(theirs.get(b"34"))
        if judged.due is Due.TAKE:
            link.move(judged.expected)
        elif not link.settings.resends:
            link.skip(link.expected.at(number), "not resent")
            link.move(link.expected.at(number + 1))
        elif b"789" in theirs and link.settings.role == "acceptor":  # our Logon has said what is expected
            link.asking.saw(number)
            link.asking.asked(link.expected.number, now_us)
        else:
            link.ask(number, now_us, is_copy=False)

    def _send_again(self, theirs: Message, now_us: int) -> bool:
        """Answer NextExpectedMsgSeqNum (789), if the peer lacks something; whether the session goes on."""
        link = self._link
        following = link.outbound.number
        wanted = parse_uint(theirs.get(b"789"))
        logon = following - 1 if link.settings.role == "acceptor" else following
        if not wanted or wanted > logon:
            text = f"NextExpectedMsgSeqNum (789) too high, at most {logon} but received {wanted}"
            link.fail(Ending.REFUSED, text, now_us)
            return False
        return wanted == logon or link.send_again(wanted, following, now_us)
