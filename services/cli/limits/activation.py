"""Making a version the active one, or letting it run in the shadow."""

import time

import click

from services.cli.limits.parameters import VERSION, note_options
from services.cli.limits.reaching import reaching
from services.cli.limits.waiting import wait_for_services
from services.cli.printing.limits_log_text import flips_lines
from shared.process.options import NumberRange, option, redis_option
from shared.process.usage import WrongSetting
from shared.published.asking import ask
from shared.published.changing import ActiveAlready, set_shadow
from shared.published.changing import activate as activate_version
from shared.published.flips import MOST_SHARE, share
from shared.published.impact import read_impact
from shared.published.reading import read_state
from shared.redis.link import RedisLink


class _NumberOrOff(click.ParamType[int | None]):
    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """See `click.ParamType.convert`."""
        return None if value == "off" else int(VERSION.convert(str(value), param, ctx))


@click.command(name="activate")
@click.argument("number", type=VERSION)
@option(
    "--wait",
    type=NumberRange(0),
    metavar="SECONDS",
    help="End only when every service that runs goes by it; name those that do not after so long.",
)
@option("--force", is_flag=True, help="Activate it whatever it changes.")
@note_options
@redis_option()
def activate(number: int, wait: float | None, who: str, why: str, redis_url: str, *, force: bool) -> None:
    """Judge all orders by version NUMBER from now on.

    First it says which symbols of the market of now change their verdict, now and in each window; more than
    20 % of them are refused without --force. A version that was active before gets a new number.
    """
    with reaching(redis_url) as link:
        active = _activate(link, number, who, why, force=force)
    if wait is not None:
        wait_for_services(redis_url, active, wait)


def _activate(link: RedisLink, number: int, who: str, why: str, *, force: bool) -> int:
    """Activate a version; the number that is active then."""
    impact = ask(link, read_impact(number, time.time_ns() // 1000))
    for line in (*impact.warnings, *flips_lines(impact.flips)):
        click.echo(line)
    part = share(impact.flips, impact.symbols)
    if part > MOST_SHARE and not force:
        raise WrongSetting(
            f"refused: {part:.0%} of the symbols change their verdict, and {MOST_SHARE:.0%} is the most; "
            "--force activates it all the same"
        )
    try:
        pointer = ask(link, activate_version(number, impact.raw_active, who, why))
    except ActiveAlready:
        click.echo(f"limits version {number} is active already")
        return number
    content = "" if pointer.number == number else f", with the content of version {number}"
    click.echo(f"limits version {pointer.number} is active{content}")
    return pointer.number


@click.command(name="shadow")
@click.argument("number", type=_NumberOrOff(), metavar="NUMBER|off")
@note_options
@redis_option()
def shadow(number: int | None, who: str, why: str, redis_url: str) -> None:
    """Judge all orders by version NUMBER too, and count what it would say differently; or end that."""
    with reaching(redis_url) as link:
        ask(link, set_shadow(number, ask(link, read_state()).raw_shadow, who, why))
    click.echo("nothing is in the shadow" if number is None else f"limits version {number} is in the shadow")
