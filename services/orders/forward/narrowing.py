"""Alerts as the frames that a receiver gets, with a count of what no frame holds."""

import logging
import time
from typing import Final

from services.orders.forward.metrics import ForwardMetrics
from services.orders.forward.result_frame import NoAlertError, encode_result
from shared.base.rate_limit import Allowance
from shared.commit.stream_position import StreamPosition

logger = logging.getLogger(__name__)

_CUTS_SAID_EVERY_S: Final = 60.0


class Narrowing:
    """Makes the frame of each alert; what is lost of it, or that there is none, is counted once and said.

    Args:
        strict: whether an alert that no frame holds whole is left out.
        metrics: what is counted.
    """

    def __init__(self, metrics: ForwardMetrics, *, strict: bool) -> None:
        self._strict = strict
        self._metrics = metrics
        self._counted = 0
        """The ordinal of the last alert that was looked at: alerts that are sent again do not count again."""
        self._complaints = Allowance(burst=5, per_second=1)
        self._cuts = 0
        self._say_cuts_at = 0.0

    def begin(self, after: StreamPosition) -> None:
        """Count what comes after a position, whatever was counted before."""
        self._counted = after.ordinal

    def frame(self, position: StreamPosition, fields: list[bytes]) -> bytes:
        """An alert's frame; empty if it is left out.

        Args:
            position: where the entry stands in the stream.
            fields: of the entry: field, value, field, value …
        """
        is_new = position.ordinal > self._counted
        self._counted = max(self._counted, position.ordinal)
        try:
            packed, cut = encode_result(dict(zip(fields[::2], fields[1::2], strict=True)))
        except NoAlertError as error:
            self._metrics.skipped["unreadable"] += is_new
            if self._complaints.take(1):
                logger.error("entry %s cannot be sent: %s", position.entry_id.decode(), error)
            return b""
        if cut and self._strict:
            self._metrics.skipped["too_wide"] += is_new
            return b""
        if cut and is_new:
            self._metrics.cut.update(cut)
            self._say(position, cut)
        return packed

    def _say(self, position: StreamPosition, cut: tuple[str, ...]) -> None:
        """Say that alerts lose something, at the first one and then once a minute while there are more."""
        self._cuts += 1
        now = time.monotonic()
        if now >= self._say_cuts_at:
            self._say_cuts_at = now + _CUTS_SAID_EVERY_S
            logger.warning(
                "%d alerts have more than a frame holds and were cut; the last was %s, in %s "
                "(--strict would leave them out)",
                self._cuts, position.entry_id.decode(), ", ".join(cut),
            )  # fmt: skip
            self._cuts = 0
