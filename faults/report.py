"""A run for a person, and for a file."""

import json
import os
import platform
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from faults.loss import Loss
from faults.outcome import Outcome


def describe(outcome: Outcome, seed: int) -> str:
    """Faults by kind, orders, alerts, and what is wrong with them."""
    verdict = outcome.verdict
    faults = len(outcome.faults)
    lines = [
        f"seed {seed}: {faults} faults in {outcome.elapsed_s:.0f} s, {outcome.phases} phases",
        f"struck with frames in flight {outcome.struck_in_flight}",
        f"struck between two chunks of a commit {outcome.struck_between_chunks}",
        *(f"  {kind:<8} {process:<14} {count:>4}" for (kind, process), count in _by_kind(outcome)),
        f"quotes {outcome.quotes:,}   orders {outcome.orders:,}   connections {outcome.connections:,}",
        f"connections left with frames in flight {outcome.left_behind:,}",
        f"connections that heard of being taken over {outcome.fenced:,}",
        f"takeovers {outcome.takeovers:,}   losses {len(outcome.losses)}, real {outcome.real_losses}",
        f"quotes back after losses, s: {_times(outcome.losses)}",
        f"frames acknowledged and asked for again {outcome.taken_back:,}",
        *([] if not outcome.activations else _limits(outcome)),
        f"alerts expected {verdict.expected:,}   alerts {verdict.alerts:,}",
        f"missing {verdict.missing:,}   duplicated {verdict.duplicated:,}",
        f"unexpected {verdict.unexpected:,}   out of order {verdict.disordered:,}",
        f"symbols with a wrong quote {verdict.wrong_quotes:,}   with wrong flags {verdict.wrong_flags:,}",
        f"times that are wrong {verdict.mistimed:,}",
        f"losses of quotes that nobody noticed {verdict.unnoticed:,}",
        f"unseen by the subscriber {verdict.unseen:,}   seen wrongly {verdict.misseen:,}",
        f"subscriptions {outcome.subscriptions:,}",
        *(f"  {example}" for example in verdict.examples),
        *(f"wrong: {text}" for text in outcome.wrong),
        *([] if outcome.mattered else ["the faults did not matter: too few frames in flight, or losses"]),
        "everything took effect exactly once" if outcome.is_good else "FAILED",
    ]
    return "\n".join(lines)


def _limits(outcome: Outcome) -> list[str]:
    verdict = outcome.verdict
    lines = (
        f"versions of the limits activated {len(outcome.activations)}, "
        f"by which alerts were judged {outcome.versions}\n"
        f"activated while somebody killed was away {outcome.activated_while_killed}, "
        f"while somebody stood still {outcome.activated_while_stopped}\n"
        f"alerts by a lower version than one before {verdict.went_back:,}, "
        f"and after {len(outcome.given_up_limits)} waits in vain {verdict.after_waits:,}"
    )
    return lines.splitlines()


def write_json(
    outcome: Outcome, seed: int, path: Path, *, servers: str, without: str | None, portion: int | None
) -> None:
    """Write the whole log of a run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    log = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{os.cpu_count()} CPUs, {platform.system()}, Python {platform.python_version()}",
        "seed": seed,
        "servers": servers,
        "without": without,
        "portion": portion,
        "is_good": outcome.is_good,
        "elapsed_s": round(outcome.elapsed_s, 1),
        "phases": outcome.phases,
        "quotes": outcome.quotes,
        "orders": outcome.orders,
        "connections": outcome.connections,
        "left_behind": outcome.left_behind,
        "takeovers": outcome.takeovers,
        "losses": len(outcome.losses),
        "real_losses": outcome.real_losses,
        "taken_back": outcome.taken_back,
        "fenced": outcome.fenced,
        "subscriptions": outcome.subscriptions,
        "by_kind": {f"{kind} {process}": count for (kind, process), count in _by_kind(outcome)},
        "versions": outcome.versions,
        "activated_while_killed": outcome.activated_while_killed,
        "activated_while_stopped": outcome.activated_while_stopped,
        "given_up_limits": outcome.given_up_limits,
        "struck_in_flight": outcome.struck_in_flight,
        "struck_between_chunks": outcome.struck_between_chunks,
        "verdict": asdict(outcome.verdict),
        "wrong": outcome.wrong,
        "activations": [each.as_json() for each in outcome.activations],
        "faults": [fault.as_json() for fault in outcome.faults],
    }
    path.write_text(json.dumps(log, indent=1) + "\n")


def _times(losses: Sequence[Loss]) -> str:
    """Half of them within the first, all within the second."""
    times = sorted(loss.quotes_back_s for loss in losses if loss.quotes_back_s is not None)
    return f"median {times[len(times) // 2]}, worst {times[-1]}" if times else "none"


def _by_kind(outcome: Outcome) -> list[tuple[tuple[str, str], int]]:
    return sorted(Counter((fault.kind, fault.process) for fault in outcome.faults).items())
