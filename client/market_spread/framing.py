"""Frames: a 4-byte big-endian payload length, then the payload. What is in them, and why one is refused."""

import struct
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

HEADER: Final = struct.Struct(">I")
MAX_PAYLOAD: Final = 4096
"""Longest payload, bytes; a longer one (or an empty one) means that the framing is lost."""

MIN_SYMBOL: Final = 1
MAX_SYMBOL: Final = 16
"""Width of a symbol on the wire, bytes."""
TIME_WIDTH: Final = 21
"""Width of a transact time, bytes: `YYYYMMDD-HH:MM:SS.mmm`."""

_SHOWN: Final = 64
"""Bytes of what is wrong that an error shows."""

REASONS: Final = (
    "type",
    "length",
    "symbol",
    "side",
    "status",
    "order_id",
    "account",
    "transact_time",
    "number",
    "list",
    "too_many_symbols",
)
"""Why a message is refused, on every way in; where several apply, the first one counts."""


class DecodeError(ValueError):
    """What was received is not a message of this feed.

    Attributes:
        reason: one of `REASONS`.
        raw: the payload as received, or the one field that is wrong.
    """

    def __init__(self, reason: str, raw: bytes, text: str = "") -> None:
        super().__init__(text or f"{reason}: {raw[:_SHOWN]!r}")
        self.reason = reason
        self.raw = raw


def frame(payload: bytes) -> bytes:
    """Put a length in front of a payload."""
    return HEADER.pack(len(payload)) + payload


def take_payloads(inbox: bytearray) -> list[bytes]:
    """Take the payloads of the whole frames from the front of what has arrived.

    Raises:
        ValueError: a length is 0 or above `MAX_PAYLOAD`: the framing is lost there.
    """
    payloads, at = [], 0
    while len(inbox) - at >= HEADER.size:
        (size,) = HEADER.unpack_from(inbox, at)
        if not 0 < size <= MAX_PAYLOAD:
            raise ValueError(f"a frame of {size} bytes; 1 to {MAX_PAYLOAD} are possible")
        end = at + HEADER.size + size
        if end > len(inbox):
            break
        payloads.append(bytes(inbox[at + HEADER.size : end]))
        at = end
    del inbox[:at]
    return payloads


def unfit(field: str, value: bytes | str | None, room: str) -> ValueError:
    """The error for what a frame has no room for.

    Args:
        field: its name.
        value: what it holds; None where it is absent.
        room: what a frame can hold there.
    """
    shown = "that is absent" if value is None else repr(value.decode() if isinstance(value, bytes) else value)
    return ValueError(f"{field} {shown}: a frame has room for {room}; a Redis stream takes it")


def now() -> str:
    """The time, UTC, as messages have it."""
    return f"{datetime.now(UTC):%Y%m%d-%H:%M:%S.%f}"[:TIME_WIDTH]


def is_printable(text: bytes) -> bool:
    """Whether all bytes are printable ASCII (space to tilde)."""
    return text.isascii() and text.decode("ascii").isprintable()


def clean_symbol(raw: bytes) -> bytes | None:
    """A symbol without its padding, or None if it is no symbol."""
    return _clean(raw) if len(raw) <= MAX_SYMBOL else _clean.__wrapped__(raw)


@lru_cache(maxsize=1 << 14)
def _clean(raw: bytes) -> bytes | None:
    """`clean_symbol`; remembered, because the same symbols come again and again (0.1 us instead of 1)."""
    name = raw.strip(b" ")
    if name and len(name) <= MAX_SYMBOL and b" " not in name and is_printable(name):
        return name
    return None
