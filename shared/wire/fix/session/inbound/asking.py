"""ResendRequest: when to ask again for what is missing, and when to give up."""

from typing import Final

MOST_TIMES: Final = 2
"""How often a message is asked for; one that came garbled a third time will not come at all."""


class Asking:
    """What has been asked for; times are microseconds since the Unix epoch."""

    def __init__(self) -> None:
        self.following = 0
        """The number behind the highest one that has come before its turn."""
        self._number = 0
        self._times = 0
        self._asked_us = 0
        self._last_copy: int | None = None
        self._garbled_number = self._garbled_times = 0

    def saw(self, number: int) -> None:
        """A message with this number has come before its turn."""
        self.following = max(self.following, number + 1)

    def asked(self, number: int, now_us: int) -> None:
        """All messages from this number on were asked for."""
        self._times = self._times + 1 if number == self._number else 1
        self._number = number
        self._asked_us = now_us

    def is_due(self, number: int, arrived: int, now_us: int, patience_us: int, *, is_copy: bool) -> bool:
        """Whether a message whose turn has not come is a reason to ask.

        It is once. After that, only if copies of what follows come, so that the missing one was sent again in
        vain; or if nothing has moved for a while.

        Args:
            number: the one that is missing.
            arrived: the message's own.
            now_us: the moment.
            patience_us: how long that while is.
            is_copy: whether it says PossDupFlag (43).
        """
        if number != self._number:
            self._last_copy = arrived if is_copy else None
            return True
        if is_copy:
            last, self._last_copy = self._last_copy, arrived
            if last is None or arrived <= last:  # copies come in order: this is the first of a new row
                return True
        return now_us - self._asked_us >= patience_us

    def is_in_vain(self, number: int) -> bool:
        """Whether this number was asked for as often as makes sense."""
        return number == self._number and self._times >= MOST_TIMES

    def is_hopeless(self, number: int) -> bool:
        """Count a garbled message with the expected number; whether that is one time too often."""
        if number != self._garbled_number:
            self._garbled_number, self._garbled_times = number, 0
        self._garbled_times += 1
        return self._garbled_times > MOST_TIMES
