"""The figures of FIX sessions, by name."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from shared.telemetry.session_figures import SessionFigures


@dataclass
class FixMetrics:
    """What is known of the sessions of a service."""

    sessions: dict[str, SessionFigures] = field(default_factory=dict)
    """All of them."""
    gap_filled: Counter[str] = field(default_factory=Counter)
    """Numbers for which the peer says that nothing of theirs has to be sent again."""
    unchecked: Counter[str] = field(default_factory=Counter)
    """Numbers whose messages were lost on their way, because they are not sent again."""
    garbled: Counter[str] = field(default_factory=Counter)
    """Pieces that were no message."""

    @property
    def up(self) -> int:
        """How many sessions are up."""
        return sum(each.is_up for each in self.sessions.values())

    def collect(self) -> Iterator[Metric]:
        """All of them; none in a service without sessions."""
        sessions = self.sessions.copy()
        if not sessions:
            return
        up = GaugeMetricFamily("market_spread_fix_session_up", "Sessions logged on.", labels=["session"])
        for name, figures in sessions.items():
            up.add_metric([name], int(figures.is_up))
        yield up
        following = GaugeMetricFamily(
            "market_spread_fix_next_expected", "The next MsgSeqNum.", labels=["session", "direction"]
        )
        for name, figures in sessions.items():
            if figures.numbers is not None:
                for direction, number in zip(("in", "out"), figures.numbers, strict=True):
                    following.add_metric([name, direction], number)
        yield following
        lag = GaugeMetricFamily(
            "market_spread_fix_lag", "Messages that were sent and have not taken effect.", labels=["session"]
        )
        for name, figures in sessions.items():
            if figures.lag is not None:
                lag.add_metric([name], figures.lag)
        yield lag
        yield _by_session("gap_filled", "Numbers that the peer's gap fills passed over.", self.gap_filled)
        yield _by_session("unchecked", "Numbers whose messages were never seen.", self.unchecked)
        yield _by_session("garbled", "Pieces that were no message.", self.garbled)


def _by_session(name: str, text: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"market_spread_fix_{name}", text, labels=["session"])
    for session, count in sorted(dict(counts).items()):
        family.add_metric([session], count)
    return family
