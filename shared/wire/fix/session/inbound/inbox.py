"""Bytes that have arrived, and the whole messages in them."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from shared.wire.fix.columns.scan import Scan, scan, whole_end
from shared.wire.fix.framing import LONGEST, split
from shared.wire.fix.message import value_of
from shared.wire.fix.session.events import LONGEST_SHOWN, Garbled

_LONGEST_LOOK: Final = 1024


class Noise(NamedTuple):
    """Bytes that are no message."""

    garbled: Garbled
    number: bytes
    """What MsgSeqNum (34) may have been; empty if nothing says so."""


class Inbox:
    """A buffer of at most one unfinished message and what arrived last.

    Args:
        longest: longest message, bytes.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self._buffer = bytearray()
        self._longest = longest

    def __len__(self) -> int:
        return len(self._buffer)

    def add(self, data: bytes) -> None:
        """Bytes have arrived."""
        self._buffer += data

    def take_scanned(self) -> Scan | None:
        """All whole messages with their fields, if nothing about them is unusual; else `take` them."""
        end = whole_end(self._buffer)
        found = scan(bytes(self._buffer[:end]))
        if found is None or np.diff(found.spans()).max() > self._longest:
            return None
        del self._buffer[:end]
        return found

    def take(self) -> Iterator[bytes | Noise]:
        """Whole messages and what is garbled, in the order of arrival. All of it has to be taken."""
        found = split(self._buffer, 0, len(self._buffer), self._longest)
        content = bytes(self._buffer[: found.end])
        del self._buffer[: found.end]
        garbled = iter(found.garbled)
        noise = next(garbled, None)
        for start, end in found.messages:
            while noise is not None and noise.start < start:
                yield _noise(noise.reason, content[noise.start : noise.end])
                noise = next(garbled, None)
            yield content[start:end]
        while noise is not None:
            yield _noise(noise.reason, content[noise.start : noise.end])
            noise = next(garbled, None)


def _noise(reason: str, raw: bytes) -> Noise:
    return Noise(Garbled(reason, raw[:LONGEST_SHOWN]), value_of(raw[:_LONGEST_LOOK], b"34"))
