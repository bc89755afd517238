"""An alert as those who read it see it: in HTTP, in streams and in Python."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

logger = logging.getLogger(__name__)

Entry = Sequence[Any]
"""A stream entry as Redis answers it: its ID, and field, value, field, value …"""

_EXAMPLE: Final[dict[str, JsonValue]] = {
    "id": "1450708200123-0",
    "order_id": "Zr6vXo",
    "account": 4217,
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
}


class Alert(BaseModel):
    """An order that met a market that looks wrong."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="The stream entry's ID: milliseconds since the Unix epoch, and a number.")
    order_id: str = Field(description="1 to 6 characters.")
    account: int = Field(description="The account's number, 0 to 4,294,967,295.")
    side: Literal["buy", "sell"]
    symbol: str = Field(description="1 to 16 characters.")
    quantity: float = Field(description="Shares.")
    price: float = Field(description="The order's price: money, in the unit of the feed.")
    transact_time: str = Field(description="The order's time as received, `YYYYMMDD-HH:MM:SS.mmm`.")
    bid: float | None = Field(description="The quote's bid: money; null where there was no quote.")
    offer: float | None = Field(description="The quote's offer: money; null where there was no quote.")
    quote_time: str | None = Field(description="The quote's transact time; null where there was no quote.")
    reason: list[str] = Field(
        description="Any of `spread`, `spread_ratio`, `stale_quote`, or `no_quote` alone.", min_length=1
    )
    checked_at: int = Field(description="When the order was checked: microseconds since the Unix epoch.")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The alert of a stream entry.

        Raises:
            ValueError: the entry is no alert.
        """
        entry_id, words = entry
        pairs = zip(words[::2], words[1::2], strict=True)
        fields: dict[str, Any] = {_text(name): _text(value) for name, value in pairs}
        fields |= {name: fields.get(name) or None for name in ("bid", "offer", "quote_time")}
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
