"""Whether quotes that were just read can be believed: by the epochs of the servers that they came from."""

import logging
import time
from collections.abc import Sequence

from redis.exceptions import ResponseError

from shared.redis.epochs import process_named_by
from shared.redis.link import CannotProceed, NodeEpoch

logger = logging.getLogger(__name__)


class EpochWatch:
    """Knows the epochs of the servers that quotes are read from.

    Args:
        rebuild_wait_s: how long to wait where an ingestor has to look first.
    """

    def __init__(self, rebuild_wait_s: float) -> None:
        self._rebuild_wait_s = rebuild_wait_s
        self._believed: Sequence[NodeEpoch] = ()
        """What was believed last: nearly always it is the same again."""
        self._known: dict[str, bytes] = {}
        """By key, the last value of each epoch that there was."""
        self._accepted: set[NodeEpoch] = set()
        """What was waited for in vain, until an ingestor looks after all."""
        self._doubtful_since: float | None = None

    def believes(self, epochs: Sequence[NodeEpoch]) -> bool:
        """Whether what was read before these epochs can be believed; if not, it has to be read again.

        An epoch that has changed says nothing about what was read before it.

        Raises:
            CannotProceed: an ingestor has to look first whether quotes were lost.
        """
        if epochs is self._believed:
            return True
        self._believed = ()
        is_believed = self._look([_readable(epoch) for epoch in epochs])
        if is_believed and self._doubtful_since is None and not self._accepted:
            self._believed = epochs
        return is_believed

    def _look(self, epochs: Sequence[NodeEpoch]) -> bool:
        doubtful = [epoch for epoch in epochs if not self._is_vouched(epoch)]
        if doubtful:
            self._wait(doubtful)
            return True
        self._doubtful_since = None
        values = {epoch.key: epoch.value for epoch in epochs if epoch.value is not None}
        is_same = all(self._known.get(key) == value for key, value in values.items())
        if values:
            self._known.update(values)
            self._accepted.clear()
        return is_same

    def _is_vouched(self, epoch: NodeEpoch) -> bool:
        """Whether an ingestor has looked at the data of the process that answered, or there never was one."""
        if epoch.value is None:
            return not self._known
        named = process_named_by(epoch.value)
        return named is None or named == epoch.run_id

    def _wait(self, doubtful: Sequence[NodeEpoch]) -> None:
        """Hold the orders until the time is over, and then accept what there is."""
        if self._accepted.issuperset(doubtful):
            return
        now = time.monotonic()
        if self._doubtful_since is None:
            self._doubtful_since = now
        if now - self._doubtful_since < self._rebuild_wait_s:
            raise CannotProceed(_why(doubtful[0]))
        logger.error("no quotes came back in %.0f s: orders are checked without", self._rebuild_wait_s)
        self._accepted.update(doubtful)
        self._doubtful_since = None


def _readable(epoch: NodeEpoch) -> NodeEpoch:
    """An epoch that cannot be read is like one that never changes."""
    return epoch._replace(value=b"") if isinstance(epoch.value, ResponseError) else epoch


def _why(epoch: NodeEpoch) -> str:
    if epoch.value is None:
        return "Redis has lost its quotes and the ingestor has not written them again"
    return "Redis was started again or replaced, and the ingestor has not yet looked for lost quotes"
