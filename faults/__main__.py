"""`python -m faults`: kill and stop real processes under load, and count what came out."""

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click

from faults.clock import WallClock
from faults.empty_nodes import EmptyNodes
from faults.forgetful_redis import ForgetfulRedis
from faults.lagging_replica import LaggingReplica
from faults.losing_redis import LosingRedis
from faults.nodes import Nodes
from faults.one_redis import OneRedis
from faults.outcome import Outcome
from faults.program import find_program
from faults.report import describe, write_json
from faults.run import Run
from faults.snapshot import CUTS, copy_services
from faults.stage import CHECKERS, INGESTOR, Stage
from faults.target import BREAK, CLOCK, KILL, LOSSES, MOVE, STOP, Redises

_ROOT = Path(__file__).parent.parent
Command = TypeVar("Command", bound=Callable[..., None])
_KINDS = (KILL, STOP, BREAK, MOVE, CLOCK, *LOSSES)


def _without(command: Command) -> Command:
    """Add an option for each thing that the services can be without."""
    for name, cut in CUTS.items():
        about = f"{cut.about}: the run has to fail."
        command = click.option(f"--without-{name}", "without", flag_value=name, help=about)(command)
    return command


@click.command()
@click.option("--faults", type=click.IntRange(1), default=100, show_default=True, help="How many strike.")
@click.option(
    "--activations", type=click.IntRange(0), default=0, show_default=True,
    help="How many random versions of the limits are published and activated meanwhile.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Decides the market and the faults.")
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path), default=None,
    help="Where the raw log goes.  [default: faults/results/seed-SEED.json]",
)  # fmt: skip
@click.option(
    "--cluster",
    type=click.Choice(["return", "takeover"]),
    default=None,
    help="Three primaries with a replica each. A killed primary returns, or its replica takes over.",
)
@click.option(
    "--losses",
    type=click.Choice(["redis", "replica", "node", "limits"]),
    default=None,
    help="Redis loses data as well, and clocks step: one Redis comes back with old data, a replica that lags "
    "takes over, a node of a cluster comes back empty, or the limits are gone when all services are dead.",
)
@_without
@click.option(
    "--portion", type=click.IntRange(1), default=None,
    help="How many alerts take effect at once; kills of checkers and of Redis, and broken lines, then strike "
    "when a commit has taken effect in part.  [default: 1000, and they strike at any moment]",
)  # fmt: skip
@click.option("--kinds", multiple=True, type=click.Choice(_KINDS), help="Only faults of these kinds.")
@click.option("--brisk", is_flag=True, help="Short phases and pauses, for a first look.")
@click.option("--server", help="redis, valkey, or a program.  [default: redis, or else valkey]")
def main(
    *,
    faults: int,
    activations: int,
    seed: int,
    json_path: Path | None,
    without: str | None,
    cluster: str | None,
    losses: str | None,
    portion: int | None,
    kinds: tuple[str, ...],
    brisk: bool,
    server: str | None,
) -> None:
    """Kill and stop real processes under load, and count what came out.

    Exit code 1 unless every order took effect exactly once, under faults of which at least 80 % struck with
    frames in flight, and at least 80 % of those that lose data did.
    """
    if cluster and losses:
        raise click.UsageError("--cluster and --losses exclude each other")
    servers = f"cluster-{cluster}" if cluster else f"losses-{losses}" if losses else "one"
    program = find_program(server)
    with tempfile.TemporaryDirectory(prefix="faults-") as name:
        directory = Path(name)
        copy_services(_ROOT, directory / "source", without=without, portion=portion)
        clocks = _clocks(directory, seed) if losses else {}
        stage = Stage(directory, directory / "source", program, _redises(servers, seed), clocks)
        outcome = asyncio.run(_run(stage, faults, activations, seed, kinds, portion, is_brisk=brisk))
        if not outcome.is_good and not without:
            _keep_logs(directory)
    click.echo(describe(outcome, seed))
    variants = [servers] * (servers != "one") + [f"without-{without}"] * bool(without)
    variants += [] if portion is None else [f"portion-{portion}"]
    variants += [f"activations-{activations}"] * bool(activations)
    path = json_path or Path(__file__).parent / "results" / f"{'-'.join([f'seed-{seed}', *variants])}.json"
    write_json(outcome, seed, path, servers=servers, without=without, portion=portion)
    click.echo(f"log: {path}")
    sys.exit(0 if outcome.is_good else 1)


def _redises(servers: str, seed: int) -> Redises:
    if servers.startswith("cluster"):
        return Nodes(f"{seed}/nodes", has_takeover=servers == "cluster-takeover")
    if servers == "losses-node":
        return EmptyNodes(f"{seed}/nodes")
    if servers == "losses-redis":
        return LosingRedis(CHECKERS, f"{seed}/lines")
    if servers == "losses-limits":
        return ForgetfulRedis(CHECKERS, f"{seed}/lines")
    if servers == "losses-replica":
        return LaggingReplica(CHECKERS, f"{seed}/lines")
    return OneRedis(CHECKERS, f"{seed}/lines")


def _clocks(directory: Path, seed: int) -> Mapping[str, WallClock]:
    """Of those that write times."""
    return {
        name: WallClock(directory / f"{name}.clock", f"{seed}/clock/{name}") for name in (INGESTOR, *CHECKERS)
    }


def _keep_logs(directory: Path) -> None:
    """Move the processes' logs to where they stay."""
    kept = Path(tempfile.mkdtemp(prefix="faults-failed-"))
    for log in directory.glob("*.log"):
        shutil.copy(log, kept)
    click.echo(f"the processes' logs are in {kept}", err=True)


async def _run(
    stage: Stage,
    faults: int,
    activations: int,
    seed: int,
    kinds: tuple[str, ...],
    portion: int | None,
    *,
    is_brisk: bool,
) -> Outcome:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with stage:
        run = Run(
            stage, faults, activations, seed, lambda text: click.echo(text, err=True),
            kinds=kinds, is_brisk=is_brisk, aims_between_chunks=portion is not None,
        )  # fmt: skip
        outcome = await run.run()
        outcome.wrong += await stage.end()
    return outcome


if __name__ == "__main__":
    main()
