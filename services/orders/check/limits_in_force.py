"""Which versions of the limits judge: the active one, and the one in its shadow."""

import logging
import time

from services.orders.check.version_check import VersionCheck
from shared.published.content import Published
from shared.published.watch import LimitsWatch
from shared.redis.link import CannotProceed, Reply

logger = logging.getLogger(__name__)


class LimitsInForce:
    """Knows the versions that judge.

    Args:
        watch: says which they are.
        wait_s: how long orders are held where a higher version has judged before.
    """

    def __init__(self, watch: LimitsWatch, wait_s: float) -> None:
        self._watch = watch
        self._wait_s = wait_s
        self.active: VersionCheck | None = None
        """None: limits version 0."""
        self.number = 0
        """Of the active version."""
        self.shadow: VersionCheck | None = None
        self.only_flags = True
        """Whether all that judges are the flags that the ingestor writes."""
        self._shadow: Published | None = None
        self._news = 0
        """The version that was looked for last because a hash named it."""
        self._held_since_s: float | None = None
        self._accepted = 0
        """The highest version that was waited for in vain."""

    @property
    def tests_sources(self) -> bool:
        """Whether any class of any of both tests for how long a quote's source has been silent."""
        return any(each is not None and each.tests_sources for each in (self.active, self.shadow))

    def read(self) -> None:
        """Find out which versions are in force, in a round trip of its own.

        Raises:
            RedisUnavailable: no answer.
        """
        self._watch.read()
        self._follow()

    def take(self, pointers: Reply) -> None:
        """Find out the same by the pointers, which came with another round trip.

        Raises:
            RedisUnavailable: a version could not be loaded.
        """
        if self._watch.look(pointers):
            self._follow()

    def _follow(self) -> None:
        watch = self._watch
        if watch.active_number != self.number:
            self.number, self.active = watch.active_number, _check_by(watch.active)
        if watch.shadow is not self._shadow:
            self._shadow, self.shadow = watch.shadow, _check_by(watch.shadow)
        self.only_flags = self.active is None and self.shadow is None

    def warnings(self) -> list[str]:
        """What is wrong with the limits in Redis."""
        return [*self._watch.troubles]

    def is_news(self, version: int) -> bool:
        """Whether a version that a hash names is a higher one, for which the pointers have to be read again.

        That is done once for each.
        """
        if version <= self.number or version == self._news:
            return False
        self._news = version
        return True

    def hold_below(self, version: int) -> None:
        """Let orders of a source wait that a higher version has judged before than the active one.

        Raises:
            CannotProceed: they have to wait; call again.
        """
        if version <= max(self.number, self._accepted):
            self._held_since_s = None
            return
        now_s = time.monotonic()
        self._held_since_s = self._held_since_s or now_s
        if now_s - self._held_since_s < self._wait_s:
            raise CannotProceed(
                f"version {version} of the limits has judged orders of this source before, "
                f"and Redis has version {self.number} as the active one"
            )
        logger.error(
            "version %d of the limits did not come back in %.0f s: orders are judged by version %d",
            version, self._wait_s, self.number,
        )  # fmt: skip
        self._accepted, self._held_since_s = version, None


def _check_by(published: Published | None) -> VersionCheck | None:
    return None if published is None else VersionCheck(published.judge)
