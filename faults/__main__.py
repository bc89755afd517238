"""`python -m faults`: kill and stop real processes under load, and count what came out."""

import asyncio
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import click

from faults.nodes import Nodes
from faults.one_redis import OneRedis
from faults.program import find_program
from faults.report import describe, write_json
from faults.run import Outcome, Run
from faults.snapshot import copy_services
from faults.stage import CHECKERS, Stage
from faults.target import Redises

_ROOT = Path(__file__).parent.parent


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
@click.option(
    "--cluster",
    type=click.Choice(["return", "takeover"]),
    default=None,
    help="Three primaries with a replica each. A killed primary returns, or its replica takes over.",
)
@click.option("--brisk", is_flag=True, help="Short phases and pauses, for a first look.")
@click.option("--server", help="redis, valkey, or a program.  [default: redis, or else valkey]")
def main(
    *,
    faults: int,
    seed: int,
    json_path: Path | None,
    without_guard: bool,
    cluster: str | None,
    brisk: bool,
    server: str | None,
) -> None:
    """Kill and stop real processes under load, and count what came out.

    Exit code 1 unless every order was judged exactly once, under faults of which at least 80 % struck with
    frames in flight.
    """
    program = find_program(server)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        directory = Path(name)
        copy_services(_ROOT, directory / "source", with_guard=not without_guard)
        stage = Stage(directory, directory / "source", program, _redises(cluster, seed))
        outcome = asyncio.run(_run(stage, faults, seed, is_brisk=brisk))
        if not outcome.is_good and not without_guard:
            _keep_logs(directory)
    click.echo(describe(outcome, seed))
    variants = [f"cluster-{cluster}"] * bool(cluster) + ["without-guard"] * without_guard
    path = json_path or Path(__file__).parent / "results" / f"{'-'.join([f'seed-{seed}', *variants])}.json"
    write_json(outcome, seed, path, cluster=cluster, without_guard=without_guard)
    click.echo(f"log: {path}")
    sys.exit(0 if outcome.is_good else 1)


def _redises(cluster: str | None, seed: int) -> Redises:
    if cluster is None:
        return OneRedis(CHECKERS, f"{seed}/lines")
    return Nodes(f"{seed}/nodes", has_takeover=cluster == "takeover")


def _keep_logs(directory: Path) -> None:
    """Move the processes' logs to where they stay."""
    kept = Path(tempfile.mkdtemp(prefix="faults-failed-"))
    for log in directory.glob("*.log"):
        shutil.copy(log, kept)
    click.echo(f"the processes' logs are in {kept}", err=True)


async def _run(stage: Stage, faults: int, seed: int, *, is_brisk: bool) -> Outcome:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with stage:
        run = Run(stage, faults, seed, lambda text: click.echo(text, err=True), is_brisk=is_brisk)
        outcome = await run.run()
        outcome.wrong += await stage.end()
    return outcome


if __name__ == "__main__":
    main()
