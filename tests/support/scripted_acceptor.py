"""A FIX acceptor for testing counterparties: it says on each connection what the test's script says."""

import re
import time
from typing import Final

from tests.support import fix
from tests.support.scripted_feed import Peer

_MESSAGE: Final = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)
Fields = dict[str, str]


class ScriptedAcceptor:
    """Our end of one connection; all administrative messages are for the script.

    Args:
        peer: the connection.
        theirs: CompID of the counterparty.
        number: of our first message.
    """

    def __init__(self, peer: Peer, theirs: str, number: int = 1) -> None:
        self._peer, self._theirs, self.number = peer, theirs, number
        self._buffer = b""
        self.heard: list[Fields] = []

    def say(self, fields: str) -> None:
        """Send a message: its type, and what follows the header."""
        kind, _, body = fields.partition("|")
        sent = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        header = f"{kind}|34={self.number}|49=SPREAD|52={sent}|56={self._theirs}"
        self._peer.sock.sendall(fix.message(f"{header}|{body}" if body else header))
        self.number += 1

    def hear(self) -> Fields | None:
        """The next message; None when the counterparty has closed. The first field of each tag counts."""
        while (found := _MESSAGE.match(self._buffer)) is None:
            data = self._peer.sock.recv(1 << 16)
            if not data:
                return None
            self._buffer += data
        self._buffer = self._buffer[found.end() :]
        pairs = [each.split("=", 1) for each in found.group().decode().split("\x01")[:-1]]
        self.heard.append(dict(reversed(pairs)))
        return self.heard[-1]

    def hear_until(self, kind: str) -> Fields:
        """The next message of this type."""
        while (found := self.hear()) is not None:
            if found["35"] == kind:
                return found
        raise AssertionError(f"the counterparty closed before 35={kind}: {self.heard[-3:]}")

    def log_on(self) -> Fields:
        """Answer the Logon; which one it was."""
        logon = self.hear_until("A")
        self.say("35=A|98=0|108=" + logon["108"] + ("|141=Y" if "141" in logon else ""))
        return logon

    def of(self, *kinds: str) -> list[Fields]:
        """What was heard of these types."""
        return [each for each in self.heard if each["35"] in kinds]
