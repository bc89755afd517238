"""Places in the stream of alerts, as people name them in options: IDs and times."""

from typing import Final

import click

from market_spread.stream_id import StreamId
from services.orders.alerts.entry_time import first_at


class _IdType(click.ParamType[StreamId]):
    name = "id"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> StreamId:
        """See `click.ParamType.convert`."""
        try:
            return value if isinstance(value, StreamId) else StreamId.parse(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _TimeType(click.ParamType[StreamId]):
    """A time, as the first ID that an alert of that time can have."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> StreamId:
        """See `click.ParamType.convert`."""
        try:
            return value if isinstance(value, StreamId) else first_at(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


ENTRY_ID: Final = _IdType()
TIME: Final = _TimeType()
