"""The usual message, recognised at a glance: a header as most engines write it, at a third of the cost."""

import re
from typing import NamedTuple

from shared.wire.fix.counterparty.settings import SessionSettings


class Seen(NamedTuple):
    """What the header says of a message from this peer for us."""

    kind: bytes
    """MsgType (35)."""
    number: int
    """MsgSeqNum (34)."""
    sent: bytes
    """SendingTime (52)."""


class Glance:
    """Looks at the beginning of messages.

    Args:
        settings: the session's.
    """

    def __init__(self, settings: SessionSettings) -> None:
        begin, theirs, ours = map(re.escape, settings.key)
        self._match = re.compile(
            rb"8=%b\x019=[0-9]+\x0135=([A-Za-z0-9]{1,4})\x01(?:" % begin
            + rb"34=([0-9]{1,18})\x0149=%b\x0152=([^\x01]+)\x0156=%b\x01|" % (theirs, ours)
            + rb"49=%b\x0156=%b\x0134=([0-9]{1,18})\x0152=([^\x01]+)\x01)" % (theirs, ours)
        ).match

    def at(self, raw: bytes) -> Seen | None:
        """What a message's header says; None if it is another kind of header, or not as it should be."""
        found = self._match(raw)
        if found is None:
            return None
        kind, number, sent, other_number, other_sent = found.groups()
        return Seen(kind, int(number or other_number), sent or other_sent)
