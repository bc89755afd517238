"""Whether the owner of a stream still checks it: by its position, without any clock of another machine."""

import time
from typing import Final

_STILL_S: Final = 0.25
"""For so long the position has to stand still, with entries waiting, before the standby takes over."""
_LOOK_AGAIN_S: Final = 0.05


class StandbyWatch:
    """What a standby has seen of the owner's position."""

    def __init__(self) -> None:
        self._seen = ""
        self._still_since = 0.0
        self._next_look = 0.0

    def begin(self, first_look_in_s: float = 0.0) -> None:
        """Begin to watch; whatever was seen before means nothing."""
        self._seen = ""
        self._next_look = time.monotonic() + first_look_in_s

    def is_due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() >= self._next_look

    def has_stood_still(self, position: str, *, is_idle: bool) -> bool:
        """Whether the owner has not moved its position for long, though it could.

        Args:
            position: where it is now.
            is_idle: whether nothing waits behind it.
        """
        now = time.monotonic()
        self._next_look = now + _LOOK_AGAIN_S
        if is_idle or position != self._seen:
            self._seen, self._still_since = position, now
            return False
        return now - self._still_since >= _STILL_S
