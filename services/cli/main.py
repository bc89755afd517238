"""The console script: one name for all commands, each imported only when it is called."""

import importlib
from typing import Final, NoReturn

import click

from shared.base.version import VERSION
from shared.process.usage import invoke

_COMMANDS: Final = {
    "demo": ("services.cli.commands.demo", "Run everything on this machine, with a simulated market."),
    "ingest": ("services.market_data.__main__", "Run the market-data service."),
    "check": ("services.orders.__main__", "Run the order-checker service."),
    "api": ("services.web.__main__", "Run the HTTP API and the live page."),
    "forward": ("services.orders.forward.command", "Send every alert to an external system."),
    "limits": ("services.cli.commands.limits", "Check, publish, activate and explain limits."),
    "alerts": ("services.cli.commands.alerts", "Print the alert stream."),
    "replay": ("services.cli.commands.replay", "Send a file of orders or quotes: frames, a FIX log, CSV."),
    "doctor": ("services.cli.commands.doctor", "See whether a Redis is as it has to be."),
    "simulate": ("services.cli.commands.simulate", "Send a simulated market to both feeds, or into files."),
}


class _LazyGroup(click.Group):
    """Knows its commands' names and first lines; a service starts without the others' imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group.list_commands`."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See `click.Group.get_command`."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).main
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See `click.Group.format_commands`."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.command(cls=_LazyGroup, invoke_without_command=True)
@click.version_option(VERSION, prog_name="market-spread")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Check every order against its symbol's market; alert when the market looks wrong."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def main() -> NoReturn:
    """Run the console script."""
    invoke(cli, "market-spread")
