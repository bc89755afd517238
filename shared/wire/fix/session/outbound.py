"""Our messages: their numbers, their header, their bytes.

Numbers are used only out of a block that was reserved: after a crash the next session goes on behind the
block, the peer asks for what it believes missing, and one gap fill answers that.
"""

from collections.abc import Iterable
from typing import Final

from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message, Pair, encode
from shared.wire.fix.timestamp import format_timestamp

BLOCK: Final = 1000
"""How many numbers are reserved at once."""
_FEW: Final = 600
"""With so few left more are to be reserved: what is read at once, 32 KiB, has no more messages to answer."""


class Outbound:
    """Makes our messages.

    Args:
        settings: the session's.
        number: MsgSeqNum (34) of our next message.
        reserved: the first number that is not reserved.
    """

    def __init__(self, settings: SessionSettings, number: int, reserved: int) -> None:
        self.number = number
        self.reserved = reserved
        self._settings = settings
        self._is_asked = False

    @property
    def room(self) -> int:
        """How many numbers are reserved for our next messages."""
        return self.reserved - self.number

    def begin_again(self) -> None:
        """Both sides begin again at 1; the first block is reserved together with that."""
        self.number = 1
        self.reserve(1 + BLOCK)

    def reserve(self, reserved: int) -> None:
        """All numbers before this one are reserved."""
        self.reserved = reserved
        self._is_asked = False

    def is_block_due(self) -> bool:
        """Whether another block is to be reserved; said once until it is."""
        is_due = not self._is_asked and self.reserved - self.number <= _FEW
        self._is_asked = self._is_asked or is_due
        return is_due

    def next_message(
        self, kind: bytes, body: Iterable[Pair], now_us: int, committed: int | None
    ) -> bytes | None:
        """The next message; None if no number is reserved for it.

        Args:
            kind: MsgType (35).
            body: what follows the header.
            now_us: SendingTime (52), microseconds since the Unix epoch.
            committed: LastMsgSeqNumProcessed (369); None to leave it out.
        """
        if self.number >= self.reserved:
            return None
        header: list[Pair] = [] if committed is None else [(b"369", b"%d" % committed)]
        message = self._message(kind, self.number, [*header, *body], now_us)
        self.number += 1
        return message

    def gap_fill(self, first: int, following: int, now_us: int) -> bytes:
        """Says that nothing from `first` on has to be sent again, and that `following` comes next."""
        sent = format_timestamp(now_us)
        body = ((b"43", b"Y"), (b"122", sent), (b"36", b"%d" % following), (b"123", b"Y"))
        return self._message(b"4", first, body, now_us)

    def copy(self, raw: bytes, now_us: int) -> bytes:
        """A message of ours as it is sent again: it says so (43), and when it was sent first (122)."""
        body: list[Pair] = []
        for tag, value in Message(raw).pairs[2:-1]:
            if tag == b"52":
                body += ((b"52", format_timestamp(now_us)), (b"43", b"Y"), (b"122", value))
            else:
                body.append((tag, value))
        return encode(self._settings.begin, body)

    def _message(self, kind: bytes, number: int, body: Iterable[Pair], now_us: int) -> bytes:
        settings = self._settings
        header: tuple[Pair, ...] = (
            (b"35", kind),
            (b"34", b"%d" % number),
            (b"49", settings.ours),
            (b"52", format_timestamp(now_us)),
            (b"56", settings.theirs),
        )
        return encode(settings.begin, (*header, *settings.fields, *body))
