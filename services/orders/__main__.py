"""`market-spread check`: the order-checker service."""

from typing import Any

import click

from services.orders.checker import CheckSettings, run
from shared.entry import invoke, run_service
from shared.options import option, service_options


@click.command(name="check")
@service_options(listen="127.0.0.1:7010", metrics="127.0.0.1:9102")
@option(
    "--max-quote-age-ms",
    type=click.IntRange(1),
    default=None,
    help="Alert also when the quote was applied longer ago.  [default: off]",
)
@option(
    "--max-alerts",
    type=click.IntRange(1),
    default=1_000_000,
    help="About how many alerts the stream keeps.",
)
@option(
    "--rebuild-wait",
    type=click.FloatRange(0),
    default=30.0,
    help="Seconds to hold orders while Redis has lost its quotes.",
)
def main(**options: Any) -> None:
    """Take the order feed, check each order against its symbol's market, publish alerts."""
    run_service(run, CheckSettings(**options))


if __name__ == "__main__":
    invoke(main, "python -m services.orders")
