"""`python -m faults.fix`: strike while QuickFIX sends orders, and count what came out."""

import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NamedTuple

import click

from faults.fix.day import SOON_S, pass_end
from faults.fix.engine import PYTHON
from faults.fix.outage import outlast
from faults.fix.outcome import Outcome
from faults.fix.report import describe, write
from faults.fix.run import Run
from faults.fix.stage import Stage
from faults.program import find_program
from faults.snapshot import copy_services

_ROOT: Final = Path(__file__).parents[2]
_RESULTS: Final = _ROOT / "faults" / "results"
_ROLES: Final = ("initiator", "acceptor")
_BEGINS: Final = ("FIX.4.4", "FIXT.1.1")


class Settings(NamedTuple):
    """What a run is."""

    program: str
    module: str
    faults: int
    seed: str
    outage: float | None
    day_ends: bool


@click.command()
@click.option(
    "--role", "roles", multiple=True, type=click.Choice(_ROLES), help="The engine's.  [default: both]"
)
@click.option(
    "--begin", "begins", multiple=True, type=click.Choice(_BEGINS), help="BeginString.  [default: both]"
)
@click.option("--orders", type=click.IntRange(1), default=10_000, show_default=True, help="In each run.")
@click.option("--faults", type=click.IntRange(0), default=50, show_default=True, help="In each run.")
@click.option("--seed", type=int, default=1, show_default=True, help="Decides which faults strike when.")
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path), default=None,
    help="Where the raw log goes.  [default: faults/results/fix-seed-SEED.json]",
)  # fmt: skip
@click.option(
    "--outage", type=click.FloatRange(min=1), default=None,
    help="Instead of these faults Redis is away for so many seconds; sessions have to stay up.",
)  # fmt: skip
@click.option(
    "--day-ends", is_flag=True,
    help="Instead of these faults the day ends with orders in flight: both sides begin again at 1.",
)  # fmt: skip
@click.option(
    "--position-outside-commit", is_flag=True,
    help="Positions move by themselves, before the commit: the runs have to fail.",
)  # fmt: skip
@click.option("--server", help="redis, valkey, or a program.  [default: redis, or else valkey]")
def main(
    *,
    roles: tuple[str, ...],
    begins: tuple[str, ...],
    orders: int,
    faults: int,
    seed: int,
    json_path: Path | None,
    outage: float | None,
    day_ends: bool,
    position_outside_commit: bool,
    server: str | None,
) -> None:
    """Strike while QuickFIX sends orders, once in each role and version, and count what came out.

    Exit code 1 unless in each run every order took effect exactly once and in order, under faults of which at
    least half struck with orders in flight.
    """
    if not PYTHON.exists():
        raise click.UsageError("QuickFIX is not installed; `make fix-peer` does that")
    program = find_program(server)
    module = "faults.fix.position_apart" if position_outside_commit else "services.orders"
    outcomes = []
    for role in roles or _ROLES:
        for begin in begins or _BEGINS:
            outcome = Outcome(role, begin, orders)
            settings = Settings(program, module, faults, f"{seed}/{role}/{begin}", outage, day_ends)
            asyncio.run(_run(outcome, settings))
            outcomes.append(outcome)
            click.echo(describe(outcome) + "\n")
    variants = [] if outage is None else [f"outage-{outage:.0f}"]
    variants += ["day-ends"] * day_ends
    variants += ["position-outside-commit"] * position_outside_commit
    path = json_path or _RESULTS / f"{'-'.join([f'fix-seed-{seed}', *variants])}.json"
    write(
        outcomes,
        seed,
        path,
        outage_s=outage,
        day_ends=day_ends,
        position_outside_commit=position_outside_commit,
    )
    click.echo(f"log: {path}")
    sys.exit(0 if all(outcome.is_good for outcome in outcomes) else 1)


async def _run(outcome: Outcome, settings: Settings) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="faults-fix-") as name:
        directory = Path(name)
        copy_services(_ROOT, directory / "source")
        day_ends_s = int(time.time()) + SOON_S if settings.day_ends else None
        stage = Stage(
            directory, directory / "source", settings.program, outcome.role, outcome.begin,
            settings.module, settings.seed, day_ends_s=day_ends_s,
        )  # fmt: skip
        async with stage:
            if day_ends_s is not None:
                await pass_end(stage, outcome, day_ends_s, _say)
            elif settings.outage is not None:
                await outlast(stage, outcome, settings.outage, _say)
            else:
                await Run(stage, outcome, settings.faults, settings.seed, _say).run()
            outcome.wrong += await stage.end()
            outcome.judge([name for name, _ in stage.alerted()])


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
