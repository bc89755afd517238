"""`make bench-versions BEFORE=<commit>`: is the product slower than it was?"""

import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from benchmarks import results
from benchmarks.source_tree import Version, check_origin, export, has_uncommitted_changes
from benchmarks.stage import Senders, new_server, pinned
from benchmarks.version_runs import WORKLOADS, Run, Workload, measure, write_files
from benchmarks.version_table import BOUND, COLUMNS, Pair, Pairs, rows, slower

_FEWEST_PAIRS: Final = 11

Measure = Callable[[Version, Workload], Run]


def take_pairs(
    before: Version, after: Version, workloads: Sequence[Workload], count: int, take: Measure
) -> dict[str, Pairs]:
    """Measure so many pairs of each workload, and as many of the version before with itself; by workload.

    The workloads take turns, so that each is spread over the whole time. Which of a pair comes first changes
    from round to round, so that a machine that grows slower favours nobody.
    """
    taken: dict[str, Pairs] = {each.name: {"after": [], "before": []} for each in workloads}
    for number in range(count):
        print(f"round {number + 1} of {count}", flush=True)
        for workload in workloads:
            pairs, is_first = taken[workload.name], number % 2 == 0
            pairs["after"].append(_pair(before, after, workload, take, is_before_first=is_first))
            pairs["before"].append(_pair(before, before, workload, take, is_before_first=is_first))
    return taken


def _pair(
    before: Version, other: Version, workload: Workload, take: Measure, *, is_before_first: bool
) -> Pair:
    first, second = (before, other) if is_before_first else (other, before)
    runs = take(first, workload), take(second, workload)
    of_before, of_other = runs if is_before_first else (runs[1], runs[0])
    return {"before": of_before, "other": of_other, "is_before_first": is_before_first}


@click.command()
@click.option("--before", required=True, help="The commit to compare with.")
@click.option("--after", default="HEAD", show_default=True, help="The commit that may be slower.")
@click.option(
    "--pairs",
    type=click.IntRange(_FEWEST_PAIRS),
    default=_FEWEST_PAIRS,
    show_default=True,
    help="How many pairs are measured of each workload.",
)
def main(before: str, after: str, pairs: int) -> None:
    """Is one version slower than another? By the processor time that its services take for a message.

    Ends with 1 if a workload's ratio is above 1.05 with its whole 90 % interval.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # otherwise every start compiles everything anew
    with tempfile.TemporaryDirectory(prefix="versions-") as name:
        folder = Path(name)
        old, new = (export(commit, folder / role) for role, commit in (("before", before), ("after", after)))
        for version in (old, new):
            check_origin(version.tree)
            print(f"{version.tree.name}: {version.commit[:10]} {version.subject}")
        if has_uncommitted_changes():
            print("what is not committed is not measured")
        taken = _take_all(old, new, pairs, folder)
    _conclude(old, new, taken)


def _take_all(before: Version, after: Version, pairs: int, folder: Path) -> dict[str, Pairs]:
    """All workloads, on one server.

    Server, services and sender share one core. Elapsed times are longer for it, but what a message costs the
    service no longer depends on who runs beside whom: the same version differed from itself by a fourth as
    much where each message waits for the one before, and by half as much elsewhere.
    """
    feeds = {workload.name: write_files(folder, workload) for workload in WORKLOADS}
    server = new_server()
    with pinned({max(os.sched_getaffinity(0))}), Senders() as senders:
        try:
            server.start()
            return take_pairs(
                before,
                after,
                WORKLOADS,
                pairs,
                lambda version, workload: measure(version, workload, feeds[workload.name], server, senders),
            )
        finally:
            server.close()


def _conclude(before: Version, after: Version, taken: Mapping[str, Pairs]) -> None:
    """Show and keep the results; ends with 1 if something is slower."""
    title = f"{after.commit[:10]} beside {before.commit[:10]}; of two figures the first is before"
    results.show(title, COLUMNS, rows(taken))
    commits = {
        role: {"commit": version.commit, "subject": version.subject}
        for role, version in (("before", before), ("after", after))
    }
    results.write("versions", {**commits, "bound": BOUND, "pairs": taken})
    if too_slow := slower(taken):
        print(f"slower than {BOUND} times: {'; '.join(too_slow)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
