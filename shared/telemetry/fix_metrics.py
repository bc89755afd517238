"""The figures of FIX sessions, by name."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric


@dataclass
class FixMetrics:
    """What is known of the sessions of a service."""

    next_expected: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The next MsgSeqNum of the peer's and of ours, of the sessions that were ever up."""
    up: dict[str, bool] = field(default_factory=dict)
    """Whether a session is up, of all of them."""
    gap_filled: Counter[str] = field(default_factory=Counter)
    """Numbers for which the peer says that nothing of theirs has to be sent again."""
    unchecked: Counter[str] = field(default_factory=Counter)
    """Numbers whose messages were lost on their way, because they are not sent again."""
    garbled: Counter[str] = field(default_factory=Counter)
    """Pieces that were no message."""

    def collect(self) -> Iterator[Metric]:
        """All of them; none in a service without sessions."""
        if not self.up:
            return
        up = GaugeMetricFamily("market_spread_fix_session_up", "Sessions logged on.", labels=["session"])
        for name, is_up in self.up.copy().items():
            up.add_metric([name], int(is_up))
        yield up
        following = GaugeMetricFamily(
            "market_spread_fix_next_expected", "The next MsgSeqNum.", labels=["session", "direction"]
        )
        for name, numbers in self.next_expected.copy().items():
            for direction, number in zip(("in", "out"), numbers, strict=True):
                following.add_metric([name, direction], number)
        yield following
        yield _by_session("gap_filled", "Numbers that the peer's gap fills passed over.", self.gap_filled)
        yield _by_session("unchecked", "Numbers whose messages were never seen.", self.unchecked)
        yield _by_session("garbled", "Pieces that were no message.", self.garbled)


def _by_session(name: str, text: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(f"market_spread_fix_{name}", text, labels=["session"])
    for session, count in sorted(dict(counts).items()):
        family.add_metric([session], count)
    return family
