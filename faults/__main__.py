"""`python -m faults`: kill and stop real processes under load, and count what came out."""

import asyncio
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from faults.report import describe, write_json
from faults.run import Outcome, Run
from faults.stage import Stage
from faults.unguarded import unguarded_copy

_SOURCE = Path(__file__).parent.parent


@click.command()
@click.option("--faults", type=click.IntRange(1), default=100, show_default=True, help="How many strike.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides the market and the faults.")
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path), default=None,
    help="Where the raw log goes.  [default: faults/results/seed-SEED.json]",
)  # fmt: skip
@click.option(
    "--without-guard", is_flag=True,
    help="Take the position comparison out of the commit: the run has to fail.",
)  # fmt: skip
def main(*, faults: int, seed: int, json_path: Path | None, without_guard: bool) -> None:
    """Kill and stop real processes under load, and count what came out.

    Exit code 1 unless every order was judged exactly once, under faults of which at least 80 % struck with
    frames in flight.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        checkers = stack.enter_context(unguarded_copy(_SOURCE)) if without_guard else _SOURCE
        outcome = asyncio.run(_run(Stage(directory, _SOURCE, checkers, seed), faults, seed))
        if not outcome.is_good:
            _keep_logs(directory)
    click.echo(describe(outcome, seed))
    name = f"seed-{seed}-without-guard.json" if without_guard else f"seed-{seed}.json"
    path = json_path or Path(__file__).parent / "results" / name
    write_json(outcome, seed, path, without_guard=without_guard)
    click.echo(f"log: {path}")
    sys.exit(0 if outcome.is_good else 1)


def _keep_logs(directory: Path) -> None:
    """Move the processes' logs to where they stay."""
    kept = Path(tempfile.mkdtemp(prefix="faults-failed-"))
    for log in directory.glob("*.log"):
        shutil.copy(log, kept)
    click.echo(f"the processes' logs are in {kept}", err=True)


async def _run(stage: Stage, faults: int, seed: int) -> Outcome:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with stage:
        outcome = await Run(stage, faults, seed, lambda text: click.echo(text, err=True)).run()
        outcome.wrong += await stage.end()
    outcome.wrong += stage.exits()
    return outcome


if __name__ == "__main__":
    main()
