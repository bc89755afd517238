"""The sessions that we dial: connections to them, and what their ends mean for the next attempt."""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from queue import Empty, SimpleQueue

from market_spread.waiting.outage_log import OutageLog
from shared.feed.fix.connection import FixConnection
from shared.feed.fix.dialling import Dialling
from shared.feed.fix.listener import FixListener
from shared.service.fix.dial import Dial
from shared.service.fix.journal import Journal
from shared.service.fix.sender import SessionSender
from shared.wire.fix.counterparty.settings import SessionSettings

logger = logging.getLogger(__name__)

Look = Callable[[str], tuple[str, bool]]
"""Where the session with a name stands (empty: it was never up), and whether nobody says to be connected."""


class Initiators:
    """Dials.

    Args:
        sessions: all of the file; those that are acceptors are left out.
        listener: watches the connections.
        look: at a session's position.
        contexts: for TLS, by session.
        journals: what is shown of them, by name.
    """

    def __init__(
        self,
        sessions: Sequence[SessionSettings],
        listener: FixListener,
        look: Look,
        contexts: Mapping[str, ssl.SSLContext],
        journals: Mapping[str, Journal],
    ) -> None:
        self._contexts, self._journals = contexts, journals
        self._dials = {each.name: Dial(each) for each in sessions if each.role == "initiator"}
        self._logs = {name: OutageLog(logger) for name in self._dials}
        self._listener = listener
        self._look = look
        self._answers: SimpleQueue[tuple[Dial, socket.socket | OSError]] = SimpleQueue()
        self._wake: Callable[[], None] = lambda: None
        self._is_stopped = False

    def start(self, wake: Callable[[], None]) -> None:
        """Redis is there; `wake` ends the service's waiting, from any thread."""
        self._wake = wake

    def stop(self) -> None:
        """Dial no more."""
        self._is_stopped = True

    def look_around(self) -> None:
        """Look at the sessions that other processes may have.

        Raises:
            RedisUnavailable: no answer.
        """
        for name, dial in self._dials.items():
            if dial.is_watching:
                position, is_free = self._look(name)
                dial.look(position, is_free=is_free)

    def connected(self) -> Iterator[tuple[SessionSettings, FixConnection]]:
        """Dial where it is time to; the connections that have come about."""
        for dial in self._dials.values():
            if dial.is_due() and not self._is_stopped:
                dial.is_engaged = True
                assert dial.settings.connect is not None
                context = self._contexts.get(dial.settings.name)
                Dialling(dial.settings.connect, context, partial(self._answered, dial)).start()
        while True:
            try:
                dial, answer = self._answers.get_nowait()
            except Empty:
                return
            name = dial.settings.name
            if isinstance(answer, OSError):
                text = "FIX session %s: %s cannot be reached: %s"
                self._logs[name].away(text, name, dial.settings.connect, answer)
                self._journals[name].failed(f"{dial.settings.connect} cannot be reached: {answer}")
                dial.failed()
            elif self._is_stopped:
                answer.close()
            else:
                self._logs[name].back("FIX session %s: %s is connected", name, dial.settings.connect)
                yield dial.settings, self._listener.adopt(answer, str(dial.settings.connect))

    def ended(self, sender: SessionSender) -> None:
        """A session has ended."""
        dial = self._dials.get(sender.session.settings.name)
        if dial is None:
            return
        if sender.was_up and not sender.is_fenced:
            dial.succeeded()
            dial.failed()
        else:  # the counterparty has refused us, perhaps as a second one; or another process has the session
            logger.info("FIX session %s: standing by", dial.settings.name)
            dial.watch()

    def unusable(self, settings: SessionSettings) -> None:
        """What Redis has for a session cannot be used."""
        self._dials[settings.name].failed()

    def _answered(self, dial: Dial, answer: socket.socket | OSError) -> None:
        self._answers.put((dial, answer))
        self._wake()
