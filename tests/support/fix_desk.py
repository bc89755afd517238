"""A desk that sends orders by FIX: it keeps them, and sends them again when asked, as an engine does.

It shares no code with the product.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tests.support import fix

SENT: Final = "20260105-14:30:00"


@dataclass
class Desk:
    """The other end of a session; its memory outlives every connection."""

    orders: dict[int, str] = field(default_factory=dict)
    """The order of each number; the other numbers were administrative messages."""
    number: int = 1
    """Of its next message."""
    expected: int = 1
    """Of ours."""
    is_up: bool = False
    is_over: bool = False
    """The connection is to be closed."""
    said: list[str] = field(default_factory=list)
    """Why we logged out."""
    comp_id: str = "DESK"
    is_acceptor: bool = False
    """Whether it answers a Logon by its own."""
    heartbeat_s: int = 30
    sent: Callable[[], str] = lambda: SENT
    """SendingTime (52) of now."""

    def connect(self, fields: str = "") -> bytes:
        """A new connection: its Logon."""
        self.is_up = self.is_over = False
        return self._send("A", f"98=0|108={self.heartbeat_s}" + (f"|{fields}" if fields else ""))

    def log_out(self) -> bytes:
        """A Logout."""
        return self._send("5", "")

    def send_order(self, name: str) -> bytes:
        """An order; kept, and sent if the session is up."""
        self.orders[self.number] = name
        message = self._send("D", f"11={name}|55=BTU|54=1")
        return message if self.is_up else b""

    def send(self, kind: str, body: str) -> bytes:
        """Any message; it is not kept."""
        return self._send(kind, body)

    def heartbeat(self) -> bytes:
        """A Heartbeat, if the session is up."""
        return self._send("0", "") if self.is_up else b""

    def hear(self, raw: bytes) -> bytes:
        """One whole message of ours; what it answers."""
        fields = dict(each.split("=", 1) for each in raw.decode("latin-1").split("\x01") if each)
        kind, number = fields["35"], int(fields["34"])
        answer = b""
        if kind == "5":
            self.is_over = True
            self.said.append(fields.get("58", ""))
        if kind == "A":
            self.is_up = True
            if self.is_acceptor:
                self.is_over = False
                answer += self._send("A", f"98=0|108={fields['108']}")
        if kind == "2":
            answer = self._resend(int(fields["7"]))
        if number > self.expected:
            return answer + self._send("2", f"7={self.expected}|16=0")
        if number == self.expected:
            self.expected = int(fields["36"]) if kind == "4" else number + 1
            if kind == "1":
                answer += self._send("0", f"112={fields['112']}")
        return answer

    def _resend(self, first: int) -> bytes:
        """All from a number on: orders again, and gap fills for what else there was."""
        data, number = b"", first
        while number < self.number:
            following = number + 1
            if number in self.orders:
                body = f"43=Y|122={self.sent()}|11={self.orders[number]}|55=BTU|54=1"
                data += self._message("D", number, body)
            else:
                while following < self.number and following not in self.orders:
                    following += 1
                data += self._message("4", number, f"43=Y|122={self.sent()}|123=Y|36={following}")
            number = following
        return data

    def _send(self, kind: str, body: str) -> bytes:
        message = self._message(kind, self.number, body)
        self.number += 1
        return message

    def _message(self, kind: str, number: int, body: str) -> bytes:
        header = f"35={kind}|34={number}|49={self.comp_id}|52={self.sent()}|56=SPREAD"
        return fix.message(f"{header}|{body}" if body else header)
