"""A run for a person, and for a file."""

import json
import os
import platform
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from faults.run import Outcome


def describe(outcome: Outcome, seed: int) -> str:
    """Faults by kind, orders, alerts, and what is wrong with them."""
    verdict = outcome.verdict
    faults = len(outcome.faults)
    lines = [
        f"seed {seed}: {faults} faults in {outcome.elapsed_s:.0f} s, {outcome.phases} phases",
        f"struck with frames in flight {outcome.struck_in_flight}",
        *(f"  {kind:<8} {process:<14} {count:>4}" for (kind, process), count in _by_kind(outcome)),
        f"quotes {outcome.quotes:,}   orders {outcome.orders:,}   connections {outcome.connections:,}",
        f"connections left with frames in flight {outcome.left_behind:,}",
        f"takeovers {outcome.takeovers:,}",
        f"quotes acknowledged and asked for again {outcome.taken_back:,}",
        f"alerts expected {verdict.expected:,}   alerts {verdict.alerts:,}",
        f"missing {verdict.missing:,}   duplicated {verdict.duplicated:,}",
        f"unexpected {verdict.unexpected:,}   out of order {verdict.disordered:,}",
        f"symbols with a wrong quote {verdict.wrong_quotes:,}",
        f"unseen by the subscriber {verdict.unseen:,}   seen wrongly {verdict.misseen:,}",
        f"subscriptions {outcome.subscriptions:,}",
        *(f"  {example}" for example in verdict.examples),
        *(f"wrong: {text}" for text in outcome.wrong),
        "everything took effect exactly once" if outcome.is_good else "FAILED",
    ]
    return "\n".join(lines)


def write_json(outcome: Outcome, seed: int, path: Path, *, cluster: str | None, without_guard: bool) -> None:
    """Write the whole log of a run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    log = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}",
        "seed": seed,
        "cluster": cluster,
        "without_guard": without_guard,
        "is_good": outcome.is_good,
        "elapsed_s": round(outcome.elapsed_s, 1),
        "phases": outcome.phases,
        "quotes": outcome.quotes,
        "orders": outcome.orders,
        "connections": outcome.connections,
        "left_behind": outcome.left_behind,
        "takeovers": outcome.takeovers,
        "taken_back": outcome.taken_back,
        "subscriptions": outcome.subscriptions,
        "by_kind": {f"{kind} {process}": count for (kind, process), count in _by_kind(outcome)},
        "struck_in_flight": outcome.struck_in_flight,
        "verdict": asdict(outcome.verdict),
        "wrong": outcome.wrong,
        "faults": [fault.as_json() for fault in outcome.faults],
    }
    path.write_text(json.dumps(log, indent=1) + "\n")


def _by_kind(outcome: Outcome) -> list[tuple[tuple[str, str], int]]:
    return sorted(Counter((fault.kind, fault.process) for fault in outcome.faults).items())
