"""Saying once that something is away, and once that it is back."""

import logging
import time


class OutageLog:
    """Says of each outage when it begins and when it is over, however many attempts fail in between.

    Args:
        logger: whose messages they are.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._since: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether something is away, as far as is known."""
        return self._since is not None

    def away(self, text: str, *arguments: object) -> None:
        """An attempt has failed.

        Args:
            text: what is missed and what that means; logged if it was not away before.
            arguments: for the text.
        """
        if self._since is None:
            self._since = time.monotonic()
            self._logger.warning(text, *arguments)

    def back(self, text: str, *arguments: object) -> None:
        """An attempt has worked.

        Args:
            text: what is there again; logged if it was away, with how long it was.
            arguments: for the text.
        """
        if self._since is not None:
            since, self._since = self._since, None
            self._logger.warning("%s after %.1f s", text % arguments, time.monotonic() - since)
