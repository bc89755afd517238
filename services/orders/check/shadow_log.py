"""What the version in the shadow says differently: counted exactly, and a sample of it in a stream."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from market_spread.order import SIDE_NAMES
from services.orders.check.differences import Difference, find_differences
from services.orders.check.version_check import VersionCheck
from services.orders.model.alert import RaisedAlert
from services.orders.model.judged_order import judged_order
from shared.market import keys
from shared.redis.link import Command, Word, command
from shared.service.intake import Batch, Part

_KEPT: Final = 10_000
_A_SECOND: Final = 1000
"""So many differences are written in a second at most, the last ones."""
_PLAIN: Final = "plain"


class _Sample(NamedTuple):
    difference: Difference
    source: str
    sequence: int | bytes
    active_limits: str
    shadow_limits: str


class ShadowLog:
    """Compares a shadow with what is active.

    Args:
        alerts: the name of the stream of alerts.
    """

    def __init__(self, alerts: str) -> None:
        self._stream = keys.shadow(alerts)
        self._waiting: deque[_Sample] = deque(maxlen=_A_SECOND)
        self.counts: Counter[tuple[str, str, str]] = Counter()
        """By outcome, reason (those that only one of both has) and the class that the shadow says."""
        self.totals: Counter[str] = Counter()
        """By outcome: of how many orders the two say different things."""

    def compare(
        self,
        active: tuple[VersionCheck | None, Sequence[RaisedAlert]],
        shadow: tuple[VersionCheck, Sequence[RaisedAlert]],
        batch: Batch,
        moment_us: int,
    ) -> None:
        """Count the differences of a batch, and keep the last ones for the stream.

        Args:
            active: the active version (None for version 0), and the alerts that it raises.
            shadow: the same of the shadow.
            batch: whose orders were judged.
            moment_us: when.
        """
        found = list(find_differences(active[1], shadow[1]))
        for difference in found:
            self.totals[difference.outcome] += 1
            judge = shadow[0].judge
            place = judge.class_of(difference.alert.order.symbol.decode())
            name = judge.version.classes[place].name
            for reason in difference.reasons:
                self.counts[difference.outcome, reason.decode(), name] += 1
        for difference in found[-_A_SECOND:]:
            part = _part_of(batch.parts, difference.alert.frame)
            source = _PLAIN if part.sender.source is None else part.sender.source.name
            self._waiting.append(
                _Sample(
                    difference,
                    source,
                    part.sequence(difference.alert.frame),
                    _limits(active[0], difference.active, difference.alert, moment_us),
                    _limits(shadow[0], difference.shadow, difference.alert, moment_us),
                )
            )

    def take_sample(self) -> list[Command]:
        """What to send to Redis: entries that were not sent yet. They are sent once, if at all."""
        stream, waiting = self._stream, list(self._waiting)
        self._waiting.clear()
        return [command(stream, "XADD", stream, "MAXLEN", "~", _KEPT, "*", *_words(each)) for each in waiting]


def _part_of(parts: Sequence[Part], frame: int) -> Part:
    return next(part for part in reversed(parts) if part.first <= frame)


def _limits(check: VersionCheck | None, alert: RaisedAlert | None, other: RaisedAlert, moment_us: int) -> str:
    """What judged an order by a version: the alert tells; without one it is looked up."""
    if check is None:
        return ""
    if alert is not None:
        return alert.finding.limits.decode()
    order = judged_order(other.order)
    return check.judge.rules(order.symbol, check.judge.profile_of(order.account), moment_us).scope.text()


def _words(sample: _Sample) -> Iterator[Word]:
    """The fields of an entry: those of the alert as it is raised, or would be, and what the shadow says."""
    active, shadow = sample.difference.active, sample.difference.shadow
    _, order, finding = sample.difference.alert
    values = order._asdict() | finding._asdict()
    values |= {"side": SIDE_NAMES[order.side], "source": sample.source, "sequence": sample.sequence}
    values["limits"] = sample.active_limits
    if active is None:
        values |= {"reason": b"", "broken": b"", "severity": b""}
    values["shadow_limits"] = sample.shadow_limits
    values["shadow_reason"] = b"" if shadow is None else shadow.finding.reason
    values["shadow_broken"] = b"" if shadow is None else shadow.finding.broken
    for name in (*keys.ALERT_FIELDS, *keys.LIMITS_FIELDS, *keys.SHADOW_FIELDS):
        value = values[name]
        if value not in (None, b"", "") or name not in keys.LIMITS_FIELDS:
            yield name
            yield b"" if value is None else value
