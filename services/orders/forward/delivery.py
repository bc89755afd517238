"""Alerts on their way over one connection: read, sent as frames, and acknowledged, in their order.

Nothing is read while something read before is still to be sent, so a receiver that does not take any more
costs no memory.
"""

from typing import Final

from services.orders.alerts.reader import AlertReader, Alerts
from services.orders.forward.in_flight import InFlight
from services.orders.forward.metrics import ForwardMetrics
from services.orders.forward.narrowing import Narrowing
from services.orders.forward.position import PositionLost
from services.orders.forward.receiver import Receiver
from shared.commit.stream_position import StreamPosition
from shared.redis.retry import RedisRetry

_POLL_S: Final = 0.1


class Delivery:
    """What one connection delivers.

    Args:
        receiver: the connection.
        reader: of the stream of alerts.
        narrowing: makes frames of them.
        retry: waits while Redis is away.
        metrics: what is counted.
        at: the last alert that was acknowledged; those up to it are only sent again.
    """

    def __init__(
        self,
        receiver: Receiver,
        reader: AlertReader,
        narrowing: Narrowing,
        retry: RedisRetry,
        metrics: ForwardMetrics,
        at: StreamPosition,
    ) -> None:
        self._receiver = receiver
        self._reader = reader
        self._narrowing = narrowing
        self._retry = retry
        self._metrics = metrics
        self._after = self._acknowledged = at
        self._in_flight = InFlight()

    @property
    def is_done(self) -> bool:
        """Whether all that was read has been acknowledged."""
        return not self._in_flight

    def step_back(self, alerts: int) -> None:
        """Begin so many alerts earlier."""
        self._after = self._retry(lambda: self._reader.step_back(self._acknowledged, alerts))

    def start_over(self, at: StreamPosition) -> None:
        """Go on from another position, whatever was sent."""
        self._in_flight.clear()
        self._after = self._acknowledged = at

    def turn(self) -> StreamPosition:
        """Read and send what there is, or wait a little for something.

        Returns:
            the last alert that was acknowledged.

        Raises:
            OSError: the connection is over.
            PositionLost: the stream ends before what was read of it.
        """
        if not self._receiver.is_busy:
            self._refill()
        return self.send(_POLL_S if self._receiver.is_busy else 0.0)

    def send(self, timeout_s: float) -> StreamPosition:
        """Send what was read, without reading more; waits so long for the receiver. See `turn`."""
        self._receiver.turn(timeout_s)
        for arrived in self._in_flight.take(self._receiver.acknowledged()):
            before = self._acknowledged.ordinal
            self._metrics.latency_us.record(arrived.latency_us, len(arrived.alerts))
            self._metrics.forwarded += sum(each.ordinal > before for each in arrived.alerts)
            if arrived.last.ordinal > before:
                self._acknowledged = arrived.last
        return self._acknowledged

    def close(self) -> None:
        """Close the connection."""
        self._receiver.close()

    def _refill(self) -> None:
        """Give the receiver the alerts that follow, or wait for some."""
        alerts = self._retry(lambda: self._reader.read(self._after, self._acknowledged))
        if not alerts.facts.reaches(self._after):
            raise PositionLost
        self._metrics.skipped["trimmed"] += alerts.trimmed
        if alerts.positions:
            self._offer(alerts)
        else:
            self._retry(lambda: self._reader.wait(self._after))

    def _offer(self, alerts: Alerts) -> None:
        frames, ends = [], []
        begin = end = self._receiver.offered
        for position, fields in zip(alerts.positions, alerts.fields, strict=True):
            frame = self._narrowing.frame(position, fields)
            end += len(frame)
            frames.append(frame)
            ends.append(end)
        self._receiver.offer(b"".join(frames))
        self._in_flight.add(begin, ends, alerts.positions)
        self._after = alerts.positions[-1]
