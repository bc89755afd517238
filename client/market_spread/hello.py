"""The control frames of a resumable feed: HELLO and heartbeats go to the service, ACK and ERROR come back."""

import enum
import re
import struct
from typing import Final, NamedTuple

from market_spread.framing import frame

HELLO_TYPE: Final = 16
ACK_TYPE: Final = 17
ERROR_TYPE: Final = 18
HEARTBEAT_TYPE: Final = 19

HEARTBEAT: Final = frame(bytes((HEARTBEAT_TYPE,)))
"""The whole frame by which a sender that has nothing to send says that it is there; it is not counted."""

_SOURCE = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_ACK = struct.Struct(">BQ")


class ErrorCode(enum.IntEnum):
    """Why a service closes a connection for good."""

    FENCED = 1
    FRAMING_LOST = 2
    REFUSED = 3


class Ack(NamedTuple):
    """So many frames of this source have taken effect for good."""

    frames: int

    def encode(self) -> bytes:
        """The whole frame."""
        return frame(_ACK.pack(ACK_TYPE, self.frames))


class Error(NamedTuple):
    """The service closes; the sender must not come back by itself."""

    code: ErrorCode
    text: str

    def encode(self) -> bytes:
        """The whole frame."""
        return frame(bytes((ERROR_TYPE, self.code)) + self.text.encode())


def is_source_name(name: bytes) -> bool:
    """Whether a source may be called this: 1 to 64 of `A-Z a-z 0-9 . _ -`."""
    return _SOURCE.fullmatch(name) is not None


def hello(source: str) -> bytes:
    """The whole HELLO frame of a source.

    Raises:
        ValueError: the name is not 1 to 64 of `A-Z a-z 0-9 . _ -`.
    """
    name = source.encode()
    if not is_source_name(name):
        raise ValueError(f"source name {source!r}: use 1 to 64 of A-Z a-z 0-9 . _ -")
    return frame(bytes((HELLO_TYPE,)) + name)


def decode_answer(payload: bytes) -> Ack | Error:
    """What a service answered.

    Raises:
        ValueError: the payload is neither an ACK nor an ERROR.
    """
    if payload[:1] == bytes((ACK_TYPE,)) and len(payload) == _ACK.size:
        return Ack(_ACK.unpack(payload)[1])
    if payload[:1] == bytes((ERROR_TYPE,)) and len(payload) >= 2 and payload[1] in set(ErrorCode):
        return Error(ErrorCode(payload[1]), payload[2:].decode(errors="replace"))
    raise ValueError(f"neither ACK nor ERROR: {payload[:32]!r}")
