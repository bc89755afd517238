"""`python -m faults.tables`: the runs in faults/results as the tables of docs/guarantees.md."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

from faults.target import LOSSES

_RESULTS: Final = Path(__file__).parent / "results"

Run = Mapping[str, Any]
Column = tuple[str, Callable[[Run], object]]


def _back(run: Run) -> str:
    """How long after losses all quotes were there again: median and worst."""
    found = [fault["loss"]["quotes_back_s"] for fault in run["faults"] if fault["kind"] in LOSSES]
    return f"{median(found):.1f}, {max(found):.1f} s" if found and None not in found else "not always"


def _has_activations(run: Run) -> bool:
    return bool(run.get("activations"))


def _of_verdict(name: str) -> Callable[[Run], object]:
    return lambda run: f"{run['verdict'][name]:,}"


def _of_run(name: str) -> Callable[[Run], object]:
    return lambda run: f"{run[name]:,}"


_SIZE: Final[list[Column]] = [
    ("faults", lambda run: len(run["faults"])),
    ("with frames in flight", lambda run: run["struck_in_flight"]),
]
_SENT: Final[list[Column]] = [
    ("time", lambda run: f"{run['elapsed_s']:.0f} s"),
    ("quotes", lambda run: f"{run['quotes']:,}"),
    ("orders", lambda run: f"{run['orders']:,}"),
]
_FOUND: Final[list[Column]] = [
    (name, _of_verdict(name)) for name in ("alerts", "missing", "duplicated", "unexpected")
]
_EXPECTED: Final[Column] = ("alerts expected", _of_verdict("expected"))
_UNSEEN: Final[Column] = ("unseen live", _of_verdict("unseen"))
_SEED: Final[Column] = ("seed", lambda run: run["seed"])
_SERVERS: Final[Column] = ("run, seed", lambda run: f"{run['servers'].rpartition('-')[2]}, {run['seed']}")
_BETWEEN: Final[Column] = ("between two chunks", lambda run: run["struck_between_chunks"])
_LOST: Final[list[Column]] = [
    ("losses", lambda run: run["losses"]),
    ("real ones", lambda run: run["real_losses"]),
]
_AGAIN: Final[Column] = ("sent again", lambda run: f"{run['taken_back']:,}")
_TAKEOVERS: Final[Column] = ("takeovers", lambda run: run["takeovers"])
_WRONG: Final[list[Column]] = [
    ("unnoticed", _of_verdict("unnoticed")),
    ("wrong times", _of_verdict("mistimed")),
    ("back, median and worst", _back),
]

_LIMITS: Final = [
    ("run, seed", lambda run: f"{run['servers']}, {run['seed']}"),
    _SIZE[0],
    ("activations", lambda run: len(run["activations"])),
    ("while killed", lambda run: run["activated_while_killed"]),
    ("while stopped", lambda run: run["activated_while_stopped"]),
    ("versions", lambda run: run["versions"]),
    _SENT[0],
    _SENT[2],
    _EXPECTED,
    *_FOUND,
    ("went back", _of_verdict("went_back")),
    ("after waits", _of_verdict("after_waits")),
    ("wrong times", _of_verdict("mistimed")),
]

_PLAIN: Final = [_SEED, *_SIZE, *_SENT, _EXPECTED, *_FOUND, _UNSEEN]
_PORTION: Final = [_SEED, _SIZE[0], _BETWEEN, *_SENT, _EXPECTED, *_FOUND, _UNSEEN]
_LOSSES: Final = [_SERVERS, *_SIZE, *_LOST, *_SENT, _AGAIN, _EXPECTED, *_FOUND, *_WRONG]
_CLUSTER: Final = [_SERVERS, *_SIZE, _TAKEOVERS, *_SENT, _EXPECTED, *_FOUND, _UNSEEN]


_FIX: Final[list[Column]] = [
    _SEED,
    ("QuickFIX as", lambda run: run["role"]),
    ("version", lambda run: run["begin"]),
    ("faults", lambda run: len(run["faults"])),
    ("with orders in flight", lambda run: run["struck_in_flight"]),
    _SENT[0],
    *((name, _of_run(name)) for name in ("logons", "orders", "alerts", "missing", "doubled")),
    ("out of order", _of_run("disordered")),
]


def main() -> None:
    """Print them."""
    runs = [json.loads(path.read_text()) for path in sorted(_RESULTS.glob("seed-*.json"))]
    kinds: list[tuple[str, list[Column], Callable[[Run], bool]]] = [
        ("limits", _LIMITS, _has_activations),
        ("one Redis", _PLAIN, lambda run: run["servers"] == "one" and run["portion"] is None),
        ("small chunks", _PORTION, lambda run: run["portion"] is not None),
        ("losses", _LOSSES, lambda run: run["servers"].startswith("losses")),
        ("cluster", _CLUSTER, lambda run: run["servers"].startswith("cluster")),
    ]
    for title, columns, is_one in kinds:
        chosen = [
            run for run in runs if is_one(run) and (is_one is _has_activations or not _has_activations(run))
        ]
        print(f"\n{title}: {', '.join(sorted({run['date'] for run in chosen}))}\n")
        print("\n".join(_table(columns, chosen)))
    logs = [json.loads(path.read_text()) for path in sorted(_RESULTS.glob("fix-seed-*.json"))]
    runs = [{**log, **run} for log in logs if not log["position_outside_commit"] for run in log["runs"]]
    print("\norders by FIX\n")
    print("\n".join(_table(_FIX, runs)))


def _table(columns: list[Column], runs: Iterable[Run]) -> Iterable[str]:
    yield f"| {' | '.join(name for name, _ in columns)} |"
    yield f"|{' --- |' * len(columns)}"
    for run in runs:
        yield f"| {' | '.join(str(value(run)) for _, value in columns)} |"


if __name__ == "__main__":
    main()
