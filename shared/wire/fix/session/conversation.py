"""A session that is up: what is done with each message that arrives."""

from typing import Final

from shared.base.integers import parse_uint
from shared.wire.fix.message import Message
from shared.wire.fix.session.events import Acknowledged, Ending, Passing, PeerRejected, Taken, TakenRun
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.inbound.glance import Glance
from shared.wire.fix.session.inbound.header import Problem
from shared.wire.fix.session.inbound.header_columns import HeaderColumns
from shared.wire.fix.session.link import Link, Phase
from shared.wire.fix.session.numbering import (
    REQUIRED_TAG_MISSING,
    VALUE_OUT_OF_RANGE,
    Due,
    Judgement,
    judge,
)
from shared.wire.fix.session.opening import Opening
from shared.wire.fix.session.speaker import ADMINISTRATIVE

SHORTEST_RUN: Final = 8
"""Messages; what is done about fewer of them at once costs more than one after the other."""


class Conversation:
    """Handles messages.

    Args:
        link: the session's state.
        opening: for a Logon that begins again.
    """

    def __init__(self, link: Link, opening: Opening) -> None:
        self._link = link
        self._opening = opening
        self._glance = Glance(link.settings)
        self._required = Expected(0, 0)
        self._parting = ""

    def heard(self, raw: bytes, now_us: int) -> None:
        """One message, in any of the phases after the Logon."""
        link = self._link
        if link.phase is not Phase.DEAF and self._is_taken(raw, now_us):
            return
        message = Message(raw)
        if link.phase is Phase.DEAF and message.kind != b"5":
            return
        problem = link.header.problem_of(message, now_us)
        if problem is not None and problem.is_fatal:
            self._part(message, problem, now_us)
            return
        if b"369" in message:
            link.speaker.tells_committed = True
            if message.kind in ADMINISTRATIVE:
                link.events.append(Acknowledged(parse_uint(message.get(b"369")) or 0))
        if message.kind == b"5":
            self._log_out(message, now_us)
        elif link.phase is Phase.UP and message.kind == b"A" and _is_reset(message):
            self._opening.begin_again(message, now_us)
        else:
            if message.kind == b"2" and problem is None:
                problem = self._resend(message, now_us)
            self._count(message, problem, now_us)

    def heard_run(self, headers: HeaderColumns, at: int, now_us: int) -> int:
        """Take messages that have arrived together as long as they are no administrative ones in their turn.

        Args:
            headers: of all of them.
            at: the first one that was not heard yet.
            now_us: the moment.

        Returns:
            the first one that is to be heard by itself; `at` if that is this one already.
        """
        link = self._link
        stop = headers.run_end(at, link.expected.number, tells_committed=link.speaker.tells_committed)
        if stop - at < SHORTEST_RUN:
            return at
        stop = headers.first_untimely(
            at, stop, lambda sent: link.header.time_problem_of(sent, now_us) is None
        )
        if stop > at:
            link.expected = after = link.expected.at(link.expected.number + stop - at)
            link.events.append(TakenRun(headers.found, at, stop, after))
        return stop

    def proceed(self, now_us: int) -> None:
        """Answer the peer's Logout if all that was taken is committed."""
        if self._link.is_durable(self._required):
            self._link.speaker.log_out("", now_us)
            self._link.finish(Ending.LOGGED_OUT, self._parting)

    def _is_taken(self, raw: bytes, now_us: int) -> bool:
        """Take a message if a glance shows that it is no administrative one and its turn has come."""
        link, seen = self._link, self._glance.at(raw)
        if (
            seen is None
            or seen.number != link.expected.number
            or seen.kind in ADMINISTRATIVE
            or link.header.time_problem_of(seen.sent, now_us) is not None
            or (b"\x01369=" in raw and not link.speaker.tells_committed)
        ):
            return False
        link.expected = after = Expected(link.expected.resets, seen.number + 1)
        link.events.append(Taken(raw, after))
        return True

    def _part(self, message: Message, problem: Problem, now_us: int) -> None:
        """A header with which the session cannot go on."""
        if self._link.phase is Phase.DEAF:
            self._link.give_up()
            return
        if problem.reason:
            self._link.speaker.reject(message, problem.text, problem.reason, problem.tag, now_us)
        self._link.fail(Ending.REFUSED, problem.text, now_us)

    def _log_out(self, message: Message, now_us: int) -> None:
        """A Logout: it is answered whatever its number is, but only in its turn that moves."""
        link = self._link
        judged = judge(message, link.expected)
        if judged.due is Due.TAKE:
            link.move(judged.expected)
        text = message.get(b"58").decode("latin-1")
        if link.phase in {Phase.LEAVING, Phase.DEAF}:
            link.answered(text)
            return
        link.phase = Phase.CLOSING
        self._required, self._parting = link.expected, text
        self.proceed(now_us)

    def _resend(self, message: Message, now_us: int) -> Problem | None:
        """Answer a ResendRequest, whatever its number is: else both sides might wait for each other."""
        first, last = parse_uint(message.get(b"7")), parse_uint(message.get(b"16"))
        if first is None or last is None:
            return Problem("Required tag missing", REQUIRED_TAG_MISSING, 7 if first is None else 16)
        following = self._link.outbound.number
        if not 0 < first < following or 0 < last < first:
            return Problem("Value is incorrect (out of range) for this tag", VALUE_OUT_OF_RANGE, 7)
        if message.get(b"43") != b"Y":
            self._link.send_again(first, min(last + 1, following) if last else following, now_us)
        return None

    def _count(self, message: Message, problem: Problem | None, now_us: int) -> None:
        """What is due for a message by its number."""
        link = self._link
        judged = judge(message, link.expected)
        if judged.due is Due.ASK and not link.settings.resends:
            link.skip(link.expected.at(int(message.get(b"34"))), "not resent")
            judged = judge(message, link.expected)
        match judged.due:
            case Due.TAKE:
                self._take(message, problem, judged.expected, now_us)
            case Due.SKIP:
                how: Passing = "gap fill" if message.get(b"123") == b"Y" else "sequence reset"
                link.skip(judged.expected, how)
            case Due.ASK:
                is_copy = message.get(b"43") == b"Y"
                link.ask(int(message.get(b"34")), now_us, is_copy=is_copy)
            case Due.REJECT:
                link.speaker.reject(message, judged.text, judged.reason, judged.tag, now_us)
                if judged.expected != link.expected:
                    link.move(judged.expected)
            case Due.LOG_OUT | Due.REJECT_AND_LOG_OUT:
                self._end(message, judged, now_us)

    def _take(self, message: Message, problem: Problem | None, after: Expected, now_us: int) -> None:
        """A message in its turn."""
        link = self._link
        if problem is None and message.kind in ADMINISTRATIVE:
            problem = self._obey(message, now_us)
            if link.phase is Phase.DEAF:
                return
        elif problem is None:
            link.expected = after
            link.events.append(Taken(message.raw, after))
            return
        if problem is not None:
            link.speaker.reject(message, problem.text, problem.reason, problem.tag, now_us)
        link.move(after)

    def _obey(self, message: Message, now_us: int) -> Problem | None:
        """An administrative message in its turn; ResendRequest and SequenceReset have been dealt with."""
        link = self._link
        if message.kind == b"1":
            test = message.get(b"112")
            if not test:
                return Problem("Required tag missing", REQUIRED_TAG_MISSING, 112)
            link.speaker.heartbeat(now_us, test)
        elif message.kind == b"3":
            link.events.append(PeerRejected(message))
        elif message.kind == b"A" and message.get(b"43") != b"Y":
            link.fail(Ending.REFUSED, "a Logon on a session that is up", now_us)
        return None

    def _end(self, message: Message, judged: Judgement, now_us: int) -> None:
        """The number says that both sides do not agree about what was sent."""
        link = self._link
        if judged.due is Due.REJECT_AND_LOG_OUT:
            link.speaker.reject(message, judged.text, judged.reason, judged.tag, now_us)
            link.fail(Ending.REFUSED, judged.text, now_us)
        else:
            is_low = parse_uint(message.get(b"34")) is not None
            link.fail(Ending.TOO_LOW if is_low else Ending.REFUSED, judged.text, now_us)


def _is_reset(logon: Message) -> bool:
    """Whether a Logon begins again at 1 and is no copy of one that did."""
    return logon.get(b"141") == b"Y" and logon.get(b"43") != b"Y"
