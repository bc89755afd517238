"""`market-spread check`: the order-checker service."""

from typing import Any

import click

from services.orders.service import CheckSettings, run
from shared.process.entry import run_service
from shared.process.options import AddressOrNone, NumberRange, StreamName, option, service_options
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
@option(
    "--stream",
    multiple=True,
    type=StreamName(),
    help="Take orders from this Redis stream too; of several the first is claimed, the others are shared.",
)
@option("--keep-orders/--trim-orders", default=False, help="Leave checked orders in the stream.")
@option(
    "--wait-replicas",
    type=click.IntRange(0, 10),
    default=0,
    help="How many replicas of Redis must have an alert before its order counts as done.",
)
def main(**options: Any) -> None:
    """Take the order feed, check each order against its symbol's market, publish alerts.

    With --stream orders come from Redis streams as well; with --listen none from nowhere else.
    """
    if options["listen"] is None and not options["stream"]:
        raise click.UsageError("--listen none leaves no orders to check; add --stream NAME")
    if len(set(options["stream"])) < len(options["stream"]):
        raise click.UsageError("--stream: a name is given twice; each stream is read once")
    if options["alerts"] in options["stream"]:
        raise click.UsageError(f"--stream {options['alerts']} is where the alerts go; give another --alerts")
    run_service(run, CheckSettings(**options))


if __name__ == "__main__":
    invoke(main, "python -m services.orders")
