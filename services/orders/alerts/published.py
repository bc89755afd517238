"""An alert as those who read it see it: in HTTP, in streams and in Python."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, computed_field

from shared.base.iso_time import LATEST_US, iso_utc

logger = logging.getLogger(__name__)

Entry = Sequence[Any]
"""A stream entry as Redis answers it: its ID, and field, value, field, value …"""

_EXAMPLE: Final[dict[str, JsonValue]] = {
    "id": "1450708200123-0",
    "order_id": "Zr6vXo",
    "account": "4217",
    "side": "buy",
    "symbol": "BTU",
    "quantity": 100.0,
    "price": 10.05,
    "transact_time": "20151221-14:30:00.120",
    "bid": 10.0,
    "offer": 10.05,
    "quote_time": "20151221-14:29:59.980",
    "reason": ["spread"],
    "checked_at": 1450708200123456,
    "quote_at": 1450708199987654,
    "source": "desk-a",
    "sequence": "4711",
    "checked_at_iso": "2015-12-21T14:30:00.123456Z",
    "quote_at_iso": "2015-12-21T14:29:59.987654Z",
}

_MAY_BE_ABSENT: Final = (
    "account", "quantity", "price", "transact_time", "bid", "offer", "quote_time", "quote_at", "source",
    "sequence",
)  # fmt: skip
"""Fields that are null where the entry has nothing in them."""


class Alert(BaseModel):
    """An order that met a market that looks wrong."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="The stream entry's ID: milliseconds since the Unix epoch, and a number.")
    order_id: str = Field(description="0 to 64 characters.")
    account: str | None = Field(description="1 to 64 characters; of a frame its number. Null without one.")
    side: Literal["buy", "sell", "sell_short", "sell_short_exempt"] = Field(
        description="All but `buy` are judged as sells."
    )
    symbol: str = Field(description="1 to 64 characters.")
    quantity: float | None = Field(description="Shares; null where the order has none.")
    price: float | None = Field(
        description="The order's price: money, in the unit of the feed; null for a market order."
    )
    transact_time: str | None = Field(
        description="The order's time as received, `YYYYMMDD-HH:MM:SS.mmm`; null without one."
    )
    bid: float | None = Field(description="The quote's bid: money; null where there was none.")
    offer: float | None = Field(description="The quote's offer: money; null where there was none.")
    quote_time: str | None = Field(description="The quote's transact time; null where there was no quote.")
    reason: list[str] = Field(
        description="Any of `spread`, `spread_ratio`, `stale_quote`, or `no_quote` alone.", min_length=1
    )
    checked_at: int = Field(
        description="When the order was checked: microseconds since the Unix epoch.", ge=0, le=LATEST_US
    )
    quote_at: int | None = Field(
        default=None,
        description="When the quote was applied: microseconds since the Unix epoch; null without a quote.",
        ge=0,
        le=LATEST_US,
    )
    source: str | None = Field(
        default=None,
        description="Who sent the order: the name of its HELLO, `plain:<run>.<connection>` without one, "
        "`stream:<name>`; null where it is not known.",
    )
    sequence: str | None = Field(
        default=None,
        description="The order's number in its source: of the frame, from 0 on, or the stream entry's ID.",
    )

    @computed_field(description="The same, UTC: `2026-11-25T14:30:00.123456Z`.")  # type: ignore[prop-decorator]
    @property
    def checked_at_iso(self) -> str:
        """When the order was checked, as ISO 8601."""
        return iso_utc(self.checked_at)

    @computed_field(description="`quote_at`, UTC.")  # type: ignore[prop-decorator]
    @property
    def quote_at_iso(self) -> str | None:
        """When the quote was applied, as ISO 8601."""
        return None if self.quote_at is None else iso_utc(self.quote_at)

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The alert of a stream entry.

        Raises:
            ValueError: the entry is no alert.
        """
        entry_id, words = entry
        pairs = zip(words[::2], words[1::2], strict=True)
        fields: dict[str, Any] = {_text(name): _text(value) for name, value in pairs}
        fields |= {name: fields.get(name) or None for name in _MAY_BE_ABSENT}
        fields |= {"id": entry_id.decode(), "reason": fields.get("reason", "").split(",")}
        return cls.model_validate(fields)


def _text(raw: bytes) -> str:
    r"""A text of an entry; bytes that are no UTF-8, which only others write, stand as `\xe9` does."""
    return raw.decode(errors="backslashreplace")


class AlertPage(BaseModel):
    """Some alerts, in the order asked for."""

    alerts: list[Alert]
    next: str | None = Field(
        description="Pass it on to go on in the same direction, as `before`, or as `after` if `after` was "
        "given; null where there is nothing more now.",
        examples=["1450708200123-0"],
    )


def alerts_of(entries: Iterable[Entry]) -> Iterator[Alert]:
    """The alerts among stream entries; what somebody else wrote there is logged and left out."""
    for entry in entries:
        try:
            yield Alert.of(entry)
        except ValueError as error:
            logger.warning("the entry %s is no alert: %s", entry[0].decode(), str(error).splitlines()[0])
