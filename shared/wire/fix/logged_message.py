"""One message as a log has it: where it ends, and what it was when it was sent."""

import re
from typing import Final, NamedTuple

from shared.wire.fix.framing import SOH, checksum

START: Final = b"8=FIX"
LONGEST_HEAD: Final = 64
"""So many bytes decide whether a header is one."""

_HEAD = re.compile(
    rb"8=FIX(?:\.[0-9]\.[0-9](?:SP[0-9])?|T\.1\.1)(.{1,8}?)9=([0-9]{1,9})\1(35=)?",
    re.DOTALL,
)
_SUM: Final = re.compile(rb"10=[0-9]{3}")
_SUM_SIZE: Final = len(b"10=000")


class Logged(NamedTuple):
    """What stands at a place of a log."""

    end: int
    """Where it ends; 0 where that is not known."""
    raw: bytes
    """The message with SOH; empty where it is garbled."""
    reason: str = ""
    """Why it is none: one of `shared.wire.fix.framing.GARBLED`."""


def read_logged(buffer: bytes, start: int, longest: int) -> Logged | None:
    """What stands here; None if the buffer does not hold all of it.

    Args:
        buffer: a piece of the log.
        start: where it has `8=FIX`.
        longest: messages above so many bytes are refused.
    """
    head = _HEAD.match(buffer, start)
    if head is None:
        return None if len(buffer) - start < LONGEST_HEAD else Logged(0, b"", "body_length")
    delimiter, body, size = head[1], head.end(2) + len(head[1]), int(head[2])
    if size > longest:
        return Logged(0, b"", "too_long")
    trailer = _trailer(buffer, body, size, delimiter)
    if trailer is None or trailer + _SUM_SIZE > len(buffer):
        return None
    if not _SUM.match(buffer, trailer) or not buffer.endswith(delimiter, body, trailer):
        return Logged(0, b"", "body_length")
    end = trailer + _SUM_SIZE
    if head[3] is None:
        return Logged(end, b"", "msg_type")
    message = _with_soh(buffer[start:end], delimiter)
    return Logged(end, b"", "checksum") if message is None else Logged(end, message)


def _trailer(buffer: bytes, body: int, size: int, delimiter: bytes) -> int | None:
    """Where CheckSum is, if all of the body is there: so many bytes on, once each delimiter counts as one."""
    more = len(delimiter) - 1
    at = body + size
    if more == 0:
        return at
    place = body
    while (place := buffer.find(delimiter, place, at + more)) >= 0:  # those that begin before the trailer
        place += len(delimiter)
        at += more
    return at if at <= len(buffer) else None


def _with_soh(logged: bytes, delimiter: bytes) -> bytes | None:
    """The message as it was sent, or None if its sum is wrong.

    A text may hold what stands between the fields, too; then only what is in front of a tag stands for SOH.
    """
    plain = logged.replace(delimiter, SOH)
    if _is_right(plain):
        return plain + SOH
    careful = re.sub(re.escape(delimiter) + rb"(?=[0-9]+=)", SOH, logged)
    return careful + SOH if _is_right(careful) else None


def _is_right(message: bytes) -> bool:
    return checksum(message[:-_SUM_SIZE]) == int(message[-3:])
