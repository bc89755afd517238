"""Frames made of a file's rows while they are sent, and kept until they have taken effect."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from market_spread.framing import HEADER
from services.cli.sending.frame_columns import Frames

_MOST_KEPT: Final = 4 << 20
"""Bytes that may wait for their acknowledgement."""


class _Kept(NamedTuple):
    first: int
    """Number of its first frame."""
    frames: Frames

    @property
    def end(self) -> int:
        return self.first + self.frames.frames


class FrameSupply:
    """Numbered frames, made when they are needed; a `Supply` of `market_spread.sending.sender.Sender`.

    Args:
        make: gives all frames anew, always the same ones.
    """

    def __init__(self, make: Callable[[], Iterable[Frames]]) -> None:
        self._make = make
        self._coming: Iterator[Frames] = iter(make())
        self._kept: deque[_Kept] = deque()
        self._kept_bytes = 0
        self._made = 0
        self.position = 0
        """The next frame to be taken."""
        self.end: int | None = None
        """How many there are; known once all have been made."""

    def seek(self, frame: int) -> None:
        """Go on from this frame; if it is no longer kept, all are made anew.

        Raises:
            LookupError: there are not so many.
        """
        if frame < (self._kept[0].first if self._kept else self._made):
            self._coming, self._kept, self._kept_bytes, self._made = iter(self._make()), deque(), 0, 0
        while self._made < frame:
            self.forget(frame)
            if not self._make_more():
                raise LookupError(f"there are only {self._made} frames to send")
        self.position = frame

    def take(self, most: int) -> memoryview:
        """The next frames, at most so many; none after the last, and none while too many bytes are kept."""
        while self.position == self._made:
            if self._kept_bytes > _MOST_KEPT or not self._make_more():
                return memoryview(b"")
        kept = next(each for each in self._kept if self.position < each.end)
        start = _offset(kept.frames.data, 0, self.position - kept.first)
        count = min(most, kept.end - self.position)
        whole = self.position + count == kept.end
        end = len(kept.frames.data) if whole else _offset(kept.frames.data, start, count)
        self.position += count
        return memoryview(kept.frames.data)[start:end]

    def forget(self, count: int) -> None:
        """Keep the frames below `count` no longer: they have taken effect."""
        while self._kept and self._kept[0].end <= count:
            self._kept_bytes -= len(self._kept.popleft().frames.data)

    def _make_more(self) -> bool:
        """Make the next frames; False if there are no more."""
        frames = next(self._coming, None)
        if frames is None:
            self.end = self._made
            return False
        if frames.frames:
            self._kept.append(_Kept(self._made, frames))
            self._kept_bytes += len(frames.data)
            self._made += frames.frames
        return True


def _offset(data: bytes, at: int, frames: int) -> int:
    """Where the frame starts that comes so many behind the one at a place."""
    for _ in range(frames):
        at += HEADER.size + int(HEADER.unpack_from(data, at)[0])
    return at
