"""What Redis lost in a fault: what it had before, and what it came back with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from redis import Redis

_POSITIONS: Final = "position:"
_ALERTS: Final = "alerts"
_LIMITS: Final = "limits:{limits}:active"

Positions = Mapping[str, int]
"""How many frames or entries of each source have taken effect, by key."""


@dataclass(frozen=True)
class State:
    """What a server has."""

    positions: Positions
    alerts: int
    keys: int
    limits: int | None = None
    """The number of the active version of the limits; None where there is none, or another node has it."""

    @property
    def frames(self) -> int:
        """That have taken effect, over all sources."""
        return sum(self.positions.values())


@dataclass
class Loss:
    """Data that went back."""

    before: State
    after: State
    quotes_back_s: float | None = None
    """How long after the return of Redis and the ingestor all acknowledged quotes were there again; None if
    they were not."""

    @property
    def is_real(self) -> bool:
        """Whether something that had taken effect was gone."""
        gone = any(self.after.positions.get(key, 0) < count for key, count in self.before.positions.items())
        gone = gone or (self.after.limits or 0) < (self.before.limits or 0)
        return (
            gone or self.after.alerts < self.before.alerts or (not self.after.keys and self.before.keys > 0)
        )

    @property
    def positions_left(self) -> Positions:
        """Where the sources stand that had stood further here, or as far."""
        return {key: self.after.positions.get(key, 0) for key in self.before.positions}

    @property
    def limits_left(self) -> int | None:
        """The version that Redis has gone back to, 0 for none; None where nothing of the limits was there."""
        return None if self.before.limits is None else self.after.limits or 0

    def as_json(self) -> dict[str, object]:
        """For the log."""
        return {
            "is_real": self.is_real,
            "frames_lost": self.before.frames - self.after.frames,
            "alerts_lost": self.before.alerts - self.after.alerts,
            "keys_lost": self.before.keys - self.after.keys,
            "limits_lost": (self.before.limits or 0) - (self.after.limits or 0),
            "quotes_back_s": self.quotes_back_s,
        }


Meanwhile = Callable[[Loss], None]
"""Told of a loss when the server that had more is dead and nobody has found the other one yet."""


def read_state(client: Redis) -> State:
    """What a server has now, positions and alerts at the same moment; its answers come as text."""
    keys = set(client.scan_iter(count=1000))
    positions = sorted(key for key in keys if key.startswith(_POSITIONS))
    with client.pipeline(transaction=True) as pipeline:
        for key in positions:
            pipeline.hget(key, "position")
        if _LIMITS in keys:
            pipeline.get(_LIMITS)
        if _ALERTS in keys:
            pipeline.xlen(_ALERTS)
        replies = pipeline.execute()
    alerts = replies.pop() if _ALERTS in keys else 0
    limits = int(replies.pop().split()[0]) if _LIMITS in keys else None
    return State(dict(zip(positions, map(_count, replies), strict=True)), alerts, len(keys), limits)


def _count(position: str | None) -> int:
    """The number that a position begins with."""
    return int((position or "0").split("-")[0])
