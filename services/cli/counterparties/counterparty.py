"""A simulated counterparty: dials, logs on, sends at its pace, and comes back after each loss of the line."""

import logging
import time
from collections import deque
from collections.abc import Sequence
from threading import Event as Signal
from typing import Final

from market_spread.sending.pace import Pace
from market_spread.sending.sender import SenderError
from market_spread.waiting.backoff import Backoff
from market_spread.waiting.outage_log import OutageLog
from services.cli.counterparties.line import Line
from services.cli.counterparties.message_store import StoreError
from services.cli.counterparties.party import Party
from shared.base.printable import printable
from shared.base.rate_limit import Allowance
from shared.wire.fix.session.events import (
    Acknowledged,
    BeganAgain,
    Ended,
    Ending,
    Event,
    LoggedOn,
    PeerRejected,
    Taken,
    TakenRun,
)
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.session import Session

logger = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.05
_LONGEST_WAIT_S: Final = 0.5
_TURN_S: Final = 0.1
"""How soon one that is idle notices that it is to stop."""
_AT_ONCE: Final = 1000
_MOST_WAITING: Final = 1_000_000
"""Messages; while so many are not acknowledged, no more are made."""
_ASKED_EVERY_S: Final = 0.2
"""How often a TestRequest asks what has taken effect: the Heartbeat that answers it says so (369)."""
_TEST_REQUEST: Final = b"1"


class Counterparty:
    """See `services.cli.made_market.simulation.Flow`.

    Args:
        party: who it is.
        per_second: how many messages; 0 for as fast as possible.
    """

    def __init__(self, party: Party, per_second: float) -> None:
        self._party = party
        self._pace = Pace(per_second)
        self._granted = 0
        self._waiting: deque[int] = deque()
        """MsgSeqNum of each message that was sent and is not acknowledged."""
        self._expected = Expected(0, 1)
        self._is_closed = self._has_said_goodbye = self._is_told = False
        self._ask_at = 0.0
        self._backoff = Backoff(_FIRST_WAIT_S, _LONGEST_WAIT_S)
        self._outage = OutageLog(logger)
        self._said = Allowance(burst=5, per_second=1)
        self.sent = 0
        """See `Flow`."""
        self.done = 0
        """See `Flow`."""

    def close(self) -> None:
        """See `Flow`."""
        self._is_closed = True

    def run(self, abort: Signal) -> None:
        """See `Flow`."""
        while not (abort.is_set() or (self._is_closed and not self._waiting)):
            try:
                self._converse(abort)
            except OSError as error:
                why = error.strerror or str(error)
                self._outage.away("%s: %s; trying again", self._party.address, why)
                abort.wait(self._backoff.next_s())
            except StoreError as error:
                raise SenderError(str(error)) from error

    def _converse(self, abort: Signal) -> None:
        """Use one connection until all is done, or it is lost (an OSError)."""
        party = self._party
        start, now_us = party.start(self._expected), time.time_ns() // 1000
        session = Session(party.settings, start, now_us, kept=party.kept, tells_committed=True)
        self._has_said_goodbye = False
        with Line(party.address, session) as line:
            ended = self._heed(line.start())
            self._send_off(line)
            while ended is None and not abort.is_set():
                ended = self._heed(line.hear(self._wait_s(line)))
                if session.is_up:
                    self._speak(line)
                self._send_off(line)
                self._expected = session.expected
                if line.is_cut and ended is None:
                    raise ConnectionError(self._why_cut(session))
            if ended is not None:
                line.finish()
                self._conclude(ended)

    def _send_off(self, line: Line) -> None:
        self._party.flush()
        line.flush()

    def _wait_s(self, line: Line) -> float:
        """How long to wait for something to arrive, or for room to send."""
        if not (line.session.is_up and self._has_room(line)):
            return _TURN_S
        return 0.0 if self._granted else min(self._pace.wait_s(), _TURN_S)

    def _speak(self, line: Line) -> None:
        """Say what there is to be said now."""
        if self._is_closed:
            self._has_said_goodbye = True
            self._heed(line.log_out())
            return
        if self._has_room(line):
            self._granted = self._granted or self._pace.due()
            count = min(self._granted, _AT_ONCE)
            self._granted -= count
            for kind, body in self._party.messages(count):
                self._waiting.append(line.session.number)
                self._heed(line.say(kind, body))
                self.sent += 1
        now = time.monotonic()
        if self._waiting and now >= self._ask_at:
            self._ask_at = now + _ASKED_EVERY_S
            self._heed(line.say(_TEST_REQUEST, [(b"112", b"TAKEN?")]))

    def _has_room(self, line: Line) -> bool:
        """Whether more may be sent."""
        return line.is_free and not self._party.is_full and len(self._waiting) < _MOST_WAITING

    def _heed(self, events: Sequence[Event]) -> Ended | None:
        """Note what has happened; the end of the session if it was that."""
        for event in events:
            match event:
                case LoggedOn():
                    self._log_on()
                case BeganAgain():
                    self._waiting.clear()  # what became of it is not known
                case Acknowledged(number):
                    self._is_told = True
                    self._acknowledge(number)
                case Taken() | TakenRun() | PeerRejected():
                    self._say_what_is_wrong(event)
                case Ended():
                    return event
                case _:
                    pass
        return None

    def _log_on(self) -> None:
        self._party.connected()
        self._pace.restart()
        self._backoff.restart()
        self._outage.back("%s: logged on", self._party.address)

    def _acknowledge(self, number: int) -> None:
        while self._waiting and self._waiting[0] <= number:
            self._waiting.popleft()
            self.done += 1
        self._party.acknowledged(number)

    def _say_what_is_wrong(self, event: Taken | TakenRun | PeerRejected) -> None:
        """The service refuses a message, or sends one that nobody has asked for."""
        if self._said.take(1):
            kind, text = (event.message.get(tag).decode("latin-1") for tag in (b"35", b"58"))
            logger.warning("%s answers by 35=%s: %s", self._party.address, printable(kind), printable(text))

    def _conclude(self, ended: Ended) -> None:
        """A session has ended in order, or not."""
        address = self._party.address
        if ended.ending in {Ending.REFUSED, Ending.TOO_LOW}:
            raise SenderError(f"{address}: {ended.text}")
        if ended.ending is not Ending.LOGGED_OUT:
            raise ConnectionError(ended.text)
        if not self._has_said_goodbye:
            raise ConnectionError(f"the service has logged out: {ended.text or 'it does not say why'}")
        if self._waiting and not self._is_told:  # where nobody says 369 the answer to a Logout says it all
            self._acknowledge(self._waiting[-1])
        if self._waiting:
            raise ConnectionError("the service has logged out before all had taken effect")

    def _why_cut(self, session: Session) -> str:
        """Why the other side may have closed the connection."""
        if session.is_up or self._has_said_goodbye:
            return "the connection was closed"
        settings = self._party.settings
        begin, ours, theirs = (each.decode() for each in (settings.begin, settings.theirs, settings.ours))
        return (
            "our Logon has no answer; the file of --fix there needs a session with "
            f'begin = "{begin}", ours = "{ours}", theirs = "{theirs}"'
        )
