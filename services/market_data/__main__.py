"""`market-spread ingest`: the market-data service."""

from decimal import Decimal, InvalidOperation
from typing import Any

import click

from services.market_data.ingestor import IngestSettings
from services.market_data.service import run
from shared.market.rule import Limits
from shared.process.entry import run_service
from shared.process.fix_options import check_fix, fix_options
from shared.process.options import AddressOrNone, option, service_options
from shared.process.stream_options import check_streams, stream_options
from shared.process.usage import invoke


class Limit(click.ParamType[Decimal]):
    """A decimal number that is not negative."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """See `click.ParamType.convert`."""
        try:
            limit = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not a number", param, ctx)
        if not limit.is_finite() or limit < 0:
            self.fail(f"{value} is not a number from 0 on", param, ctx)
        return limit


@click.command(name="ingest")
@service_options(listen="127.0.0.1:7011", metrics="127.0.0.1:9101", feed_address=AddressOrNone())
@stream_options("quotes")
@fix_options("quotes", ("quotes",), listen="127.0.0.1:7013")
@option("--max-spread", type=Limit(), default=Limits().max_spread, help="Risky from this spread on.")
@option(
    "--max-spread-ratio",
    type=Limit(),
    default=Limits().max_spread_ratio,
    help="Risky from this part of the mid on.",
)
@option("--max-symbols", type=click.IntRange(1), default=100_000, help="How many symbols are taken.")
def main(**options: Any) -> None:
    """Take the market-data feed and write each symbol's last quote to Redis.

    With --stream quotes come from Redis streams as well, with --fix from FIX sessions; with --listen none
    from nowhere else.
    """
    check_streams(options, "quotes", has_sessions=bool(options["fix"].sessions))
    check_fix()
    run_service(run, IngestSettings(**options))


if __name__ == "__main__":
    invoke(main, "python -m services.market_data")
