"""A running service's figures in Redis, once a second: its `service:*` hash and the `stats:*` stream."""

import os
import secrets
import socket
import time
from typing import Final

from shared.base.version import VERSION
from shared.market import keys
from shared.redis.link import Command, command
from shared.redis.server_clock import ServerClock
from shared.telemetry.histogram import Histogram, Window

REFRESH_S: Final = 1.0
_EXPIRES_MS: Final = 5000
_KEPT: Final = 3600
_PERCENTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}


class Status:
    """What a service says of itself.

    Args:
        role: `ingest` or `check`.
        listen: where it listens, as users write it.
        latency_us: the distribution that its percentiles come from.
        clock: says when.
    """

    def __init__(self, role: str, listen: str, latency_us: Histogram, clock: ServerClock) -> None:
        self._role, self._clock = role, clock
        self._instance = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._constant = {
            "role": role,
            "instance": self._instance,
            "version": VERSION,
            "host": socket.gethostname(),
            "pid": str(os.getpid()),
            "listen": listen,
        }
        self._window = Window(latency_us)
        self._before: dict[str, int] = {}
        self._at = time.monotonic()

    def commands(
        self, totals: dict[str, int], gauges: dict[str, str], details: dict[str, str] | None = None
    ) -> list[Command]:
        """What to send to Redis now.

        Args:
            totals: ever growing counts, `<name>_total`; the growth a second is written beside them.
            gauges: what is so now.
            details: the same, but not worth to be kept for an hour.
        """
        now = time.monotonic()
        rates = self._rates(totals, now - self._at)
        self._at, self._before = now, totals
        figures = {**rates, **self._percentiles(), **gauges}
        now_us = self._clock.now_us()
        self._constant.setdefault("started_at", str(now_us))
        everything = {
            **self._constant,
            **{name: str(total) for name, total in totals.items()},
            **figures,
            **(details or {}),
            "updated_at": str(now_us),
            "clock_ahead_ms": str(round(self._clock.machine_is_ahead_us / 1000)),
        }
        key, stream = keys.service(self._role, self._instance), keys.stats(self._role)
        row = {"instance": self._instance, **figures}
        return [
            command(key, "HSET", key, *_flat(everything)),
            command(key, "PEXPIRE", key, _EXPIRES_MS),
            command(stream, "XADD", stream, "MAXLEN", "~", _KEPT, "*", *_flat(row)),
        ]

    def goodbye(self) -> list[Command]:
        """What to send when the service stops."""
        key = keys.service(self._role, self._instance)
        return [command(key, "DEL", key)]

    def _rates(self, totals: dict[str, int], elapsed_s: float) -> dict[str, str]:
        return {
            name.replace("_total", "_rate").replace("received_rate", "rate"): str(
                round((total - self._before.get(name, 0)) / max(elapsed_s, 1e-3))
            )
            for name, total in totals.items()
        }

    def _percentiles(self) -> dict[str, str]:
        values = self._window.percentiles(tuple(_PERCENTILES.values()))
        return {
            f"latency_{name}_us": "" if values is None else str(values[place])
            for place, name in enumerate(_PERCENTILES)
        }


def _flat(fields: dict[str, str]) -> list[str]:
    return [word for pair in fields.items() for word in pair]
