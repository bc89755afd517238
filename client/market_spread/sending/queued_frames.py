"""Frames that a program has given to its sender, kept until they have taken effect."""

import time
from collections import deque
from itertools import islice
from threading import Condition
from typing import Final

_TAKEN_AT_ONCE: Final = 512


class QueuedFrames:
    """Numbered frames; the first number is the one that the feed asks for first.

    One thread puts and waits, another one, the sender's, does the rest.

    Args:
        window: how many may wait for their acknowledgement.
    """

    def __init__(self, window: int) -> None:
        self._window = window
        self._kept: deque[bytes] = deque()
        self._first: int | None = None  # number of the first frame kept
        self._changed = Condition()
        self._is_closed = False
        self._is_over = False
        self.position = 0
        """The next frame to be taken."""

    @property
    def made(self) -> int:
        """How many there are, with those that the feed had before."""
        with self._changed:
            return self._made

    @property
    def _made(self) -> int:
        return (self._first or 0) + len(self._kept)

    @property
    def end(self) -> int | None:
        """How many there are to send; unknown until closed."""
        with self._changed:
            return self._made if self._is_closed and self._first is not None else None

    def put(self, frame: bytes) -> bool:
        """Add a frame; False if there is no room."""
        with self._changed:
            if len(self._kept) >= self._window:
                return False
            self._kept.append(frame)
            return True

    def wait_for_start(self) -> bool:
        """Wait until the feed has said where it stands; False if it never will."""
        with self._changed:
            self._changed.wait_for(lambda: self._first is not None or self._is_over)
            return self._first is not None

    def wait_for_room(self) -> bool:
        """Wait until a frame can be added; False if it never can."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._kept) < self._window or self._is_over)
            return not self._is_over

    def wait_until_empty(self, timeout_s: float | None) -> bool:
        """Wait until all that was added has taken effect; False if the sender has ended before.

        Raises:
            TimeoutError: it has not in this time.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            while self._kept and not self._is_over:
                left_s = None if deadline is None else deadline - time.monotonic()
                if left_s is not None and left_s <= 0:
                    raise TimeoutError(f"{len(self._kept)} frames are not acknowledged after {timeout_s} s")
                self._changed.wait(left_s)
            return not self._kept

    def close(self) -> None:
        """Nothing more will be added."""
        with self._changed:
            self._is_closed = True

    def give_up(self) -> None:
        """The sender has ended: whoever waits need not wait longer."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def seek(self, frame: int) -> None:
        """Go on from this frame.

        Raises:
            LookupError: it is no longer kept, or was never added.
        """
        with self._changed:
            if self._first is None:
                self._first = frame
                self._changed.notify_all()
            if not self._first <= frame <= self._made:
                raise LookupError(f"only frames {self._first} to {self._made} are kept")
            self.position = frame

    def take(self, most: int) -> memoryview:
        """The next frames, at most so many."""
        with self._changed:
            start = self.position - (self._first or 0)
            some = list(islice(self._kept, start, start + min(most, _TAKEN_AT_ONCE)))
        self.position += len(some)
        return memoryview(b"".join(some))

    def forget(self, count: int) -> None:
        """Keep the frames below `count` no longer: they have taken effect."""
        with self._changed:
            while self._first is not None and self._first < count and self._kept:
                self._kept.popleft()
                self._first += 1
            self._changed.notify_all()
