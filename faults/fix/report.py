"""Runs for a person, and for a file."""

import json
import os
import platform
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from faults.fix.outcome import Outcome


def describe(outcome: Outcome) -> str:
    """Faults by kind, orders, alerts, and what is wrong with them."""
    kinds = Counter(fault.kind for fault in outcome.faults)
    size = f"{len(outcome.faults)} faults in {outcome.elapsed_s:.0f} s"
    lines = [
        f"QuickFIX as {outcome.role}, {outcome.begin}: {size}",
        f"struck with orders in flight {outcome.in_flight}",
        *(f"  {kind:<34} {count:>3}" for kind, count in sorted(kinds.items())),
        f"orders {outcome.orders:,}   alerts {outcome.alerts:,}   logons {outcome.logons}",
        *([f"heartbeats while Redis was away {outcome.heartbeats}"] if outcome.heartbeats else []),
        f"missing {outcome.missing:,}   doubled {outcome.doubled:,}   out of order {outcome.disordered:,}",
        *(f"  {example}" for example in outcome.examples),
        *(f"wrong: {text}" for text in outcome.wrong),
        *([] if outcome.mattered else ["the faults did not matter: too few had orders in flight"]),
        "each order took effect exactly once and in order" if outcome.is_good else "FAILED",
    ]
    return "\n".join(lines)


def write(outcomes: Sequence[Outcome], seed: int, path: Path, **options: object) -> None:
    """Write the whole log of the runs, and their description beside it with the suffix `.txt`.

    Args:
        outcomes: of all runs.
        seed: of the first one.
        path: of the log.
        options: what else the runs were told.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    log = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}",
        "seed": seed,
        **options,
        "is_good": all(outcome.is_good for outcome in outcomes),
        "runs": [outcome.as_json() for outcome in outcomes],
    }
    path.write_text(json.dumps(log, indent=1) + "\n")
    path.with_suffix(".txt").write_text("\n\n".join(map(describe, outcomes)) + "\n")
