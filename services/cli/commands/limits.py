"""`market-spread limits`: files of limits, and the versions of them in Redis."""

from typing import Final

import click

from services.cli.limits.activation import activate, shadow
from services.cli.limits.explaining import explain
from services.cli.limits.limits_file import check
from services.cli.limits.suggesting import suggest
from services.cli.limits.versions import diff, log, publish, show

_COMMANDS: Final = (check, publish, show, activate, shadow, log, diff, explain, suggest)


class _InOrder(click.Group):
    """Lists its commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group.list_commands`."""
        del ctx
        return list(self.commands)


@click.group(
    name="limits",
    cls=_InOrder,
    commands={str(each.name): each for each in _COMMANDS},
    invoke_without_command=True,
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Check files of limits, publish and activate them, and explain what they say."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
