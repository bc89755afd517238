"""Publishing a file, and looking at what was published."""

import json
from pathlib import Path
from typing import Final

import click

from services.cli.limits.limits_file import read_limits_file, say_warnings
from services.cli.limits.parameters import VERSION, note_options
from services.cli.limits.reaching import reaching
from services.cli.printing.limits_log_text import log_line
from shared.base.printable import printable
from shared.market.limits.file.differences import differences
from shared.process.options import option, redis_option
from shared.published.asking import ask
from shared.published.changing import publish as publish_limits
from shared.published.reading import read_log, read_version

_SHOWN: Final = 100


@click.command(name="publish")
@click.argument("file", type=click.Path(path_type=Path))
@note_options
@redis_option()
def publish(file: Path, who: str, why: str, redis_url: str) -> None:
    """Check FILE and store it in Redis under the next number. Nobody judges by it until it is activated."""
    version = read_limits_file(file)
    say_warnings(version)
    with reaching(redis_url) as link:
        number, sha256 = ask(link, publish_limits(version, who, why))
    click.echo(f"limits version {number} is published, sha256 {sha256}")


@click.command(name="show")
@click.argument("number", type=VERSION)
@redis_option()
def show(number: int, redis_url: str) -> None:
    """Print version NUMBER, as JSON with everything filled in."""
    with reaching(redis_url) as link:
        found = ask(link, read_version(number))
    click.echo(json.dumps(json.loads(found.text), indent=2))


@click.command(name="log")
@option("--limit", type=click.IntRange(1, 10_000), default=_SHOWN, help="The newest entries, so many.")
@redis_option()
def log(limit: int, redis_url: str) -> None:
    """Print who published and activated what, when and why, oldest first."""
    with reaching(redis_url) as link:
        entries = ask(link, read_log(limit))
    for entry in reversed(entries):
        click.echo(log_line(entry))


@click.command(name="diff")
@click.argument("old", type=VERSION)
@click.argument("new", type=VERSION)
@redis_option()
def diff(old: int, new: int, redis_url: str) -> None:
    """Print what version NEW has that version OLD has not, and the reverse."""
    with reaching(redis_url) as link:
        texts = [ask(link, read_version(number)).text for number in (old, new)]
    lines = list(differences(*map(json.loads, texts)))
    for line in lines:
        click.echo(printable(line))
    if not lines:
        click.echo(f"versions {old} and {new} say the same")
