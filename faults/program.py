"""Which server program to run against."""

import click

from services.cli.local.embedded import ServerError, find_server


def find_program(choice: str | None) -> str:
    """The program of `redis`, `valkey` or a path; of Redis, or else Valkey, where nothing is chosen.

    Raises:
        click.UsageError: it is not there.
    """
    try:
        return find_server(choice or "redis")
    except ServerError as error:
        if choice is not None:
            raise click.UsageError(str(error)) from error
        return find_server("valkey")
