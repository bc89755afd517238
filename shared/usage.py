"""A command's words: what is wrong with them in one line, without the imports of any command."""

import sys
from typing import NoReturn

import click


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
