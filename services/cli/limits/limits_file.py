"""Files of limits: read with all their mistakes named, and checked."""

import time
from pathlib import Path

import click

from services.cli.printing.limits_text import summary
from shared.market.limits.file.canonical import canonical, hash_of
from shared.market.limits.file.mistakes import WrongLimits
from shared.market.limits.file.read_file import LARGEST_FILE, read_limits
from shared.market.limits.file.warnings import warnings_of
from shared.market.limits.values import LimitsVersion
from shared.process.usage import WrongSetting, say_error


@click.command(name="check")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> None:
    """Say what FILE has, and the hash of its canonical form; or all that is wrong with it."""
    version = read_limits_file(file)
    text = canonical(version)
    for line in summary(version):
        click.echo(line)
    click.echo(f"canonical form: {len(text)} bytes, sha256 {hash_of(text)}")
    say_warnings(version)


def read_limits_file(file: Path) -> LimitsVersion:
    """The limits of a file.

    Raises:
        WrongSetting: it cannot be read, or has mistakes, each of which was said.
    """
    try:
        with file.open("rb") as content:
            return read_limits(content.read(LARGEST_FILE + 1))
    except OSError as error:
        raise WrongSetting(f"cannot read {file}: {error.strerror or error}") from error
    except WrongLimits as error:
        for mistake in error.mistakes:
            say_error(f"{file}: {mistake}")
        count = len(error.mistakes)
        raise WrongSetting(f"{file} has {count} mistake{'s' * (count != 1)}; entries count from 1") from error


def say_warnings(version: LimitsVersion) -> None:
    """Say what is no mistake, but worth knowing."""
    for line in warnings_of(version, time.time_ns() // 1000):
        say_error(f"warning: {line}")
