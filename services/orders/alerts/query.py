"""The query parameters that say which alerts somebody wants, read from a URL."""

from typing import Annotated, Final, Literal

from fastapi import Query
from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from market_spread import stream_id
from market_spread.stream_id import StreamId
from services.orders.alerts.filter import AlertFilter
from shared.base.iso_time import parse_time

_MOST_VALUES: Final = 100
"""Of one parameter."""
_TIME_PATTERN: Final = (
    r"^(\d{1,17}|(19[89]\d|20\d\d)-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
    r"(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]0\d:[0-5]\d)?)?)$"
).replace(r"\d", "[0-9]")
"""What times look like, for documents; of the last days of a month only what fits is taken."""
_PRINTABLE: Final = "^[ -~]*$"


def _check_id(text: str) -> str:
    StreamId.parse(text)
    return text


def _check_full_id(text: str) -> str:
    if "-" not in text:
        raise ValueError("an alert's ID has two parts: <milliseconds>-<number>")
    return _check_id(text)


def _check_time(text: str) -> str:
    parse_time(text)
    return text


EntryId = Annotated[
    str, AfterValidator(_check_id), WithJsonSchema({"type": "string", "pattern": stream_id.PATTERN})
]
"""A query parameter that is the ID of a stream entry."""

FullEntryId = Annotated[
    str,
    AfterValidator(_check_full_id),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}-[0-9]{1,19}$"}),
]
"""An ID with both its parts."""

Time = Annotated[
    str,
    AfterValidator(_check_time),
    WithJsonSchema({"type": "string", "pattern": _TIME_PATTERN, "examples": ["2026-11-25T14:30:00Z"]}),
]
"""A query parameter that is a time."""

Text = Annotated[str, StringConstraints(max_length=64, pattern=_PRINTABLE)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=_PRINTABLE)]
Side = Literal["buy", "sell", "sell_short", "sell_short_exempt"]


def _any_of(what: str) -> object:
    return Query(max_length=_MOST_VALUES, description=f"{what} Repeated: any of them.")


Symbols = Annotated[tuple[Name, ...], _any_of("Only alerts on this symbol.")]
Accounts = Annotated[tuple[Text, ...], _any_of("Only alerts of this account; it is text.")]
Reasons = Annotated[tuple[Name, ...], _any_of("Only alerts with this reason, maybe among others.")]
Sides = Annotated[tuple[Side, ...], _any_of("Only orders of this side.")]
OrderIds = Annotated[tuple[Text, ...], _any_of("Only alerts on the order with this ID.")]
Sources = Annotated[tuple[Text, ...], _any_of("Only orders of this source; empty: of none that is known.")]
Classes = Annotated[
    tuple[Text, ...],
    Query(
        alias="class",
        max_length=_MOST_VALUES,
        description="Only symbols that the published limits have in this class; empty: judged by none. "
        "Repeated: any of them.",
    ),
]


async def stream_filter(
    *,
    symbol: Symbols = (),
    account: Accounts = (),
    reason: Reasons = (),
    side: Sides = (),
    source: Sources = (),
    symbol_class: Classes = (),
) -> AlertFilter:
    """The filter that a stream of alerts takes."""
    return AlertFilter.of(
        symbol=symbol, account=account, reason=reason, side=side, source=source, symbol_class=symbol_class
    )


async def history_filter(
    *,
    symbol: Symbols = (),
    account: Accounts = (),
    reason: Reasons = (),
    side: Sides = (),
    order_id: OrderIds = (),
    source: Sources = (),
    symbol_class: Classes = (),
) -> AlertFilter:
    """The filter that the history of alerts takes."""
    return AlertFilter.of(
        symbol=symbol,
        account=account,
        reason=reason,
        side=side,
        order_id=order_id,
        source=source,
        symbol_class=symbol_class,
    )
