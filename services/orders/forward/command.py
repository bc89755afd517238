"""`market-spread forward`: sends every alert on to an external system."""

from typing import Any

import click

from market_spread.hello import is_source_name
from services.orders.forward.forwarder import ForwardSettings, run
from shared.process.entry import run_service
from shared.process.options import ADDRESS, option, process_options
from shared.process.usage import invoke


@click.command(name="forward")
@option("--to", type=ADDRESS, required=True, help="The receiver of order-result frames.")
@option(
    "--name", help="What its position is kept under; of two with one name the newer goes on.  [default: --to]"
)
@option(
    "--overlap",
    type=click.IntRange(0, 1_000_000),
    default=1000,
    help="How many acknowledged alerts to send again after each connection.",
)
@option("--strict", is_flag=True, help="Leave out alerts that have more than a frame holds.")
@process_options(metrics="127.0.0.1:9103")
def main(**options: Any) -> None:
    """Send every alert to a TCP receiver as a Wallaroo order-result frame, from where it was left off.

    Alerts near a lost connection are sent more than once; see docs/forwarding.md.
    """
    name = options.pop("name")
    if name is not None and not is_source_name(name.encode()):
        raise click.UsageError(f"--name {name!r}: use 1 to 64 of A-Z a-z 0-9 . _ -")
    if options["to"].port == 0:
        raise click.UsageError("--to needs a port from 1 on: there is nothing to pick")
    run_service(run, ForwardSettings(**options, name=name or str(options["to"])))


if __name__ == "__main__":
    invoke(main, "market-spread forward")
