"""Alerts as HTTP has them: JSON, and the schema of it; and the alerts among stream entries."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, computed_field
from pydantic.dataclasses import dataclass

import market_spread
from shared.base.iso_time import iso_or_none, iso_utc
from shared.market.limits.rules_in_force import Scope

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
    "quote_at": 1450708199981222,
    "source": "fix:desk-a",
    "sequence": "0/41",
    "limits": "7:us-equity/open:retail",
    "broken": ["spread>=0.05:0.05"],
    "state": "two_sided",
    "severity": "normal",
    "msg_type": "D",
    "order_type": "2",
    "sending_time": "20151221-14:30:00.119",
    "checked_at_iso": "2015-12-21T14:30:00.123456Z",
    "quote_at_iso": "2015-12-21T14:29:59.981222Z",
    "limits_version": 7,
    "class": "us-equity",
    "window": "open",
    "profile": "retail",
}


@dataclass(
    frozen=True,
    kw_only=True,
    config=ConfigDict(allow_inf_nan=False, json_schema_extra={"examples": [_EXAMPLE]}),
)
class Alert(market_spread.Alert):
    """An order that met a market that looks wrong."""

    @computed_field(description="The same, UTC: `2026-11-25T14:30:00.123456Z`.")  # type: ignore[prop-decorator]
    @property
    def checked_at_iso(self) -> str:
        """When the order was checked, as ISO 8601."""
        return iso_utc(self.checked_at)

    @computed_field(description="`quote_at`, UTC.")  # type: ignore[prop-decorator]
    @property
    def quote_at_iso(self) -> str | None:
        """When the quote was applied, as ISO 8601."""
        return iso_or_none(self.quote_at)

    @computed_field(description="Of the limits that judged; null where none were published.")  # type: ignore[prop-decorator]
    @property
    def limits_version(self) -> int | None:
        """The number in `limits`."""
        return None if self._scope is None else self._scope.version

    @computed_field(alias="class", description="The class that the symbol is in.")  # type: ignore[prop-decorator]
    @property
    def class_name(self) -> str | None:
        """The class in `limits`."""
        return None if self._scope is None else self._scope.class_name

    @computed_field(description="The window of the day; null where the class has none.")  # type: ignore[prop-decorator]
    @property
    def window(self) -> str | None:
        """The window in `limits`."""
        return None if self._scope is None else self._scope.window or None

    @computed_field(description="The profile that the account has, if any.")  # type: ignore[prop-decorator]
    @property
    def profile(self) -> str | None:
        """The profile in `limits`."""
        return None if self._scope is None else self._scope.profile or None

    @property
    def _scope(self) -> Scope | None:
        """What `limits` says; None also where somebody else has written something else there."""
        try:
            return None if self.limits is None else Scope.parse(self.limits)
        except ValueError:
            return None


_JSON: Final = TypeAdapter(Alert)


class AlertPage(BaseModel):
    """Some alerts, in the order asked for."""

    alerts: list[Alert]
    next: str | None = Field(
        description="Pass it on to go on in the same direction, as `before`, or as `after` if `after` was "
        "given; null where there is nothing more now.",
        examples=["1450708200123-0"],
    )


def to_json(alert: market_spread.Alert) -> bytes:
    """An alert as JSON."""
    if not isinstance(alert, Alert):
        alert = Alert(**{each.name: getattr(alert, each.name) for each in fields(alert)})
    return _JSON.dump_json(alert, by_alias=True)


def alerts_of(entries: Iterable[Entry]) -> Iterator[Alert]:
    """The alerts among stream entries; what somebody else wrote there is logged and left out."""
    for entry_id, words in entries:
        try:
            yield Alert.of(entry_id, dict(zip(words[::2], words[1::2], strict=True)))
        except ValueError as error:
            logger.warning("the entry %s is no alert: %s", entry_id.decode(), str(error).splitlines()[0])
