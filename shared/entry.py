"""Entry points: a command's words to settings, errors to one line and an exit code."""

import logging
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

import click

from shared import logs
from shared.options import CommonSettings
from shared.service import CannotStart

Settings = TypeVar("Settings", bound=CommonSettings)


def invoke(command: click.Command, name: str) -> NoReturn:
    """Run a command with the process's arguments, and exit.

    What is wrong with them is said in one line, with exit code 2.

    Args:
        command: the command.
        name: what the user calls it.
    """
    try:
        code = command.main(prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else name
        message = " ".join(error.format_message().split())
        click.echo(f"{path}: {message} (see {path} --help)", err=True)
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


def run_service(run: Callable[[Settings], int], settings: Settings) -> NoReturn:
    """Run a service and exit; one that cannot start says why in one line."""
    logs.configure(settings.log_format, settings.log_level)
    try:
        code = run(settings)
    except CannotStart as error:
        logging.getLogger(__name__).error("%s", error)
        code = error.exit_code
    sys.exit(code)
