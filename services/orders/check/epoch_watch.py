"""Whether quotes that were just read can be believed: by the epochs of the servers that they came from."""

import logging
import time
from collections.abc import Iterable, Sequence

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
        self._doubts: dict[NodeEpoch, float] = {}
        """What an ingestor has to look at first, and since when that is known."""
        self._accepted: set[NodeEpoch] = set()
        """What was waited for in vain, until an ingestor looks after all."""

    def learn(self, epochs: Sequence[NodeEpoch]) -> None:
        """Learn what epochs there are, while there is nothing to hold yet."""
        self._known.update(_values(map(_readable, epochs)))

    def believes(self, epochs: Sequence[NodeEpoch]) -> bool:
        """Whether what was read before these epochs can be believed; if not, it has to be read again.

        An epoch that has changed says nothing about what was read before it.

        Raises:
            CannotProceed: an ingestor has to look first whether quotes were lost.
        """
        if epochs is self._believed:
            return True
        self._believed = ()
        readable = [_readable(epoch) for epoch in epochs]
        doubtful = [epoch for epoch in readable if not self._is_vouched(epoch)]
        self._wait(doubtful)
        vouched = _values(epoch for epoch in readable if epoch not in doubtful)
        is_same = all(self._known.get(key) == value for key, value in vouched.items())
        self._known.update(vouched)
        self._accepted = {epoch for epoch in self._accepted if epoch.key not in vouched}
        if is_same and not doubtful:
            self._believed = epochs
        return is_same

    def _is_vouched(self, epoch: NodeEpoch) -> bool:
        """Whether an ingestor has looked at the data of the process that answered, or there never was one."""
        if epoch.value is None:
            return not self._known
        named = process_named_by(epoch.value)
        return named is None or named == epoch.run_id

    def _wait(self, doubtful: Sequence[NodeEpoch]) -> None:
        """Hold the orders until the time is over for each doubt, and then accept what there is.

        A doubt is about one process' data: what was waited for another one, which is gone, does not count.
        """
        now = time.monotonic()
        waiting = [epoch for epoch in doubtful if epoch not in self._accepted]
        self._doubts = {epoch: self._doubts.get(epoch, now) for epoch in waiting}
        for epoch in waiting:
            if now - self._doubts[epoch] < self._rebuild_wait_s:
                raise CannotProceed(_why(epoch))
        if waiting:
            logger.error("no quotes came back in %.0f s: orders are checked without", self._rebuild_wait_s)
            self._accepted.update(waiting)
            self._doubts.clear()


def _values(epochs: Iterable[NodeEpoch]) -> dict[str, bytes]:
    """The values of epochs by their keys, where there is one."""
    return {epoch.key: epoch.value for epoch in epochs if epoch.value is not None}


def _readable(epoch: NodeEpoch) -> NodeEpoch:
    """An epoch that cannot be read is like one that never changes."""
    return epoch._replace(value=b"") if isinstance(epoch.value, ResponseError) else epoch


def _why(epoch: NodeEpoch) -> str:
    if epoch.value is None:
        return "Redis has lost its quotes and the ingestor has not written them again"
    return "Redis was started again or replaced, and the ingestor has not yet looked for lost quotes"
