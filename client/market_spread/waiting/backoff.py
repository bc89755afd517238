"""How long to wait between attempts: twice as long each time, up to a bound."""


class Backoff:
    """Waits that grow.

    Args:
        first_s: the first wait, seconds.
        longest_s: no wait is longer, seconds.
    """

    def __init__(self, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def next_s(self) -> float:
        """How long to wait now, seconds; the next wait is twice as long."""
        wait_s = min(self._next_s, self._longest_s)
        self._next_s = 2 * wait_s
        return wait_s

    def restart(self) -> None:
        """It worked: the next wait is the first one again."""
        self._next_s = self._first_s
