"""`market-spread fix`: where FIX sessions stand, and how an operator puts them right."""

from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

import click

from services.cli.redis_failures import redis_failures
from shared.base.iso_time import iso_utc
from shared.commit.fix_standing import Standing, set_sequence, standings
from shared.commit.stream_position import Unusable
from shared.process.options import alerts_option, option, redis_option
from shared.process.usage import Failed
from shared.redis.link import RedisLink
from shared.redis.url import open_link

Result = TypeVar("Result")

_NUMBER = click.IntRange(1, 2**53)


@click.group(name="fix", invoke_without_command=True)
@click.pass_context
def main(ctx: click.Context) -> None:
    """See where FIX sessions stand, and put them right."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@main.command(name="status")
@alerts_option()
@redis_option()
def status(redis_url: str, alerts: str) -> None:
    """Print where each session stands that was ever up."""
    found = _asked(redis_url, lambda link: list(standings(link, alerts)))
    for standing in found:
        click.echo(_line(standing))
    if not found:
        click.echo("no FIX session was ever up")


@main.command(name="set-sequence")
@click.argument("name")
@option("--in", "theirs", type=_NUMBER, help="The next MsgSeqNum that is expected of the counterparty.")
@option("--out", "ours", type=_NUMBER, help="The MsgSeqNum of our next message.")
@option("--yes", "even_if_connected", is_flag=True, help="Also if it is connected: it is cut off.")
@alerts_option()
@redis_option()
def change(
    name: str, theirs: int | None, ours: int | None, redis_url: str, alerts: str, *, even_if_connected: bool
) -> None:
    """Set with which numbers the session NAME goes on at its next Logon."""
    if theirs is None and ours is None:
        raise click.UsageError("say what to set: --in N, --out M, or both")
    _asked(
        redis_url,
        lambda link: set_sequence(link, alerts, name, theirs, ours, even_if_connected=even_if_connected),
    )
    (standing,) = (
        each for each in _asked(redis_url, lambda link: list(standings(link, alerts))) if each.name == name
    )
    click.echo(_line(standing))


def _line(standing: Standing) -> str:
    name, expected, number, connected_us = standing
    if expected is None:
        return f"{name}: what Redis has is no position of a session"
    state = "not connected" if connected_us is None else f"connected since {iso_utc(connected_us)}"
    return (
        f"{name}: {state}; expects {expected.number} next, after {expected.resets} resets; "
        f"our numbers below {number} may have been used"
    )


def _asked(redis_url: str, ask: Callable[[RedisLink], Result]) -> Result:
    """What Redis says.

    Raises:
        Failed: it does not, or it cannot be done.
    """
    with redis_failures(), closing(open_link(redis_url, name="market-spread-fix")) as link:
        try:
            return ask(link)
        except Unusable as error:
            raise Failed(str(error)) from error
