"""The clocks: the data server's, by which all services go, and this machine's; and how far Redis is away."""

import time
from collections.abc import Iterator, Sequence
from typing import Final

from services.cli.doctor.finding import Finding
from services.cli.doctor.patient import Patient, ServerPlace
from shared.redis.server_clock import SAID_FROM_US

_LOOKS: Final = 5
_TOO_FAR_US: Final = 500_000
"""The API takes Redis for away when a round trip takes longer."""


def examine_clocks(patient: Patient, places: Sequence[ServerPlace]) -> Iterator[Finding]:
    """Compare the clock of each server with this machine's.

    Raises:
        RedisUnavailable: no answer.
    """
    for place in places:
        looks = [look for _ in range(_LOOKS) if (look := _look(patient, place.key)) is not None]
        if looks:
            yield judge_clock(place.name, *min(looks))


def judge_clock(name: str, took_us: int, ahead_us: int) -> Finding:
    """Judge the clock of a server.

    Args:
        name: where it is.
        took_us: how long a round trip takes.
        ahead_us: how far this machine's clock is ahead of it.
    """
    text = f"a round trip to {name} takes {took_us / 1000:.1f} ms"
    if took_us > _TOO_FAR_US:
        return Finding("bad", "clock", f"{text}: above {_TOO_FAR_US // 1000} ms the API takes Redis for away")
    if abs(ahead_us) - took_us // 2 < SAID_FROM_US:
        return Finding("ok", "clock", f"{text}; its clock agrees with this machine's")
    side = "behind" if ahead_us > 0 else "ahead of"
    return Finding(
        "note", "clock",
        f"{text}; its clock is {abs(ahead_us) / 1e6:.3f} s {side} this machine's: services go by the "
        "server's, people and logs here by this one's; let both follow one time server (NTP)",
    )  # fmt: skip


def _look(patient: Patient, key: str) -> tuple[int, int] | None:
    """How long the question took, and how far this machine is ahead; None if it may not be asked."""
    asked_us, began = time.time_ns() // 1000, time.monotonic_ns()
    reply = patient.ask(key, "TIME")
    if reply is None:
        return None
    took_us = (time.monotonic_ns() - began) // 1000
    return took_us, asked_us + took_us // 2 - int(reply[0]) * 1_000_000 - int(reply[1])
