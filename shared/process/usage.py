"""A command's words and its end: what went wrong is said in one line, without the imports of any command."""

import os
import sys
from typing import NoReturn

import click

from shared.base.printable import printable
from shared.process import streams, variables


class Failed(click.ClickException):
    """The command cannot do what it is told, for no fault of its words: exit code 1."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.ctx = click.get_current_context(silent=True)


class WrongSetting(Failed):
    """The command cannot do it because of something that it was told: exit code 2."""

    exit_code = 2


def invoke(command: click.Command, name: str) -> NoReturn:
    """Run a command with the process's arguments, and exit.

    What is wrong with them, or with a variable of the environment, is said in one line, with exit code 2.
    Standard output that cannot be written is exit code 1, or 0 if it is a pipe whose reader has gone.

    Args:
        command: the command.
        name: what the user calls it.
    """
    streams.guard()
    try:
        _refuse_misspelt_variables(name)
        code = command.main(prog_name=name, standalone_mode=False)
    except click.ClickException as error:
        code = _explain(error, name)
    except click.Abort:
        code = 130
    except streams.OutputLost as error:
        streams.give_output_up()
        code = 0 if error.is_unread else 1
        if code:
            say_error(f"{name}: cannot write to standard output: {error}")
    sys.exit(code if isinstance(code, int) else 0)


def say_error(text: str) -> None:
    """Write one line to standard error, whatever is in the text."""
    sys.stderr.write(f"{printable(text)}\n")


def _refuse_misspelt_variables(name: str) -> None:
    if "--help" in sys.argv:  # which is where the right name stands
        return
    if found := variables.misspelt(os.environ):
        each = (f"{wrong} (is {nearest} meant?)" for wrong, nearest in found.items())
        say_error(f"{name}: no command knows the environment variable {', '.join(each)}")
        sys.exit(2)


def _explain(error: click.ClickException, name: str) -> int:
    """Say what is wrong; the exit code."""
    context = error.ctx if isinstance(error, click.UsageError | Failed) else None
    path = name if context is None else context.command_path
    message = " ".join(error.format_message().split())
    hint = f" (see {path} --help)" if isinstance(error, click.UsageError) else ""
    say_error(f"{path}: {message}{hint}")
    return error.exit_code
