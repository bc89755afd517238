"""Whether a source names symbols as the quotes do: the commonest mistake of a first day."""

import logging
from bisect import bisect_left
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from services.orders.model.alert import RaisedAlert
from shared.market.reasons import NO_QUOTE
from shared.service.intake import Batch, Sender

logger = logging.getLogger(__name__)

FIRST: Final = 1000
_MOST_SOURCES: Final = 10_000
_PLAIN: Final = "plain"
_NO_QUOTE: Final = NO_QUOTE.encode()


class FirstOrders:
    """Looks at the first 1,000 orders of each source."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}
        """How many orders of each source were seen, and how many of them met no quote."""

    def look(self, batch: Batch, alerts: Sequence[RaisedAlert]) -> None:
        """See how many orders of a batch met no quote, and say where those are most.

        Args:
            batch: the batch.
            alerts: of its orders, in the order of its frames.
        """
        for part in batch.parts:
            name = _name(part.sender)
            seen, missed = self._seen.get(name, (0, 0))
            if seen >= FIRST:
                continue
            begin, end = (
                bisect_left(alerts, place, key=attrgetter("frame"))
                for place in (part.first, part.first + part.messages)
            )
            missed += sum(_NO_QUOTE in each.finding.reason.split(b",") for each in alerts[begin:end])
            seen += part.messages
            if len(self._seen) >= _MOST_SOURCES:
                self._seen.clear()
            self._seen[name] = seen, missed
            if seen >= FIRST and 2 * missed > seen:
                logger.warning(
                    "%d of the first %d orders of the source %s are on symbols without a quote: perhaps it "
                    "names symbols in another way than the quotes do (--symbol-map)", missed, seen, name,
                )  # fmt: skip


def _name(sender: Sender) -> str:
    return _PLAIN if sender.source is None else sender.source.name
