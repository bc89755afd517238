"""`market-spread check`: the order-checker service."""

from typing import Any

import click

from services.orders.service import CheckSettings, run
from shared.process.entry import run_service
from shared.process.fix_options import check_fix, fix_options
from shared.process.options import AddressOrNone, NumberRange, option, service_options
from shared.process.stream_options import check_streams, stream_options
from shared.process.usage import invoke


@click.command(name="check")
@service_options(listen="127.0.0.1:7010", metrics="127.0.0.1:9102", feed_address=AddressOrNone())
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
    type=NumberRange(0),
    default=30.0,
    help="Seconds to hold orders while Redis has lost its quotes.",
)
@stream_options("orders")
@fix_options("orders", ("requests", "reports"), listen="127.0.0.1:7012")
@option(
    "--wait-replicas",
    type=click.IntRange(0, 10),
    default=0,
    help="How many replicas of Redis must have an alert before its order counts as done.",
)
def main(**options: Any) -> None:
    """Take the order feed, check each order against its symbol's market, publish alerts.

    With --stream orders come from Redis streams as well, with --fix from FIX sessions; with --listen none
    from nowhere else.
    """
    check_streams(options, "orders", has_sessions=bool(options["fix"].sessions))
    check_fix()
    run_service(run, CheckSettings(**options))


if __name__ == "__main__":
    invoke(main, "python -m services.orders")
