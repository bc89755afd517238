"""An alert: an order that met a market that looks wrong."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, get_args

ALERTS: Final = "alerts"
"""The stream of alerts: one entry an alert."""

FIELDS: Final = (
    "order_id",
    "account",
    "side",
    "symbol",
    "quantity",
    "price",
    "transact_time",
    "bid",
    "offer",
    "quote_time",
    "reason",
    "checked_at",
    "quote_at",
    "source",
    "sequence",
)
"""Fields that every entry of the alert stream has, in the order in which they are written."""

LIMITS_FIELDS: Final = ("limits", "broken", "state", "severity")
"""Fields behind them, of alerts that published limits raised; the last two only where they say something."""

FIX_FIELDS: Final = (
    "orig_order_id",
    "broker_order_id",
    "exec_id",
    "msg_type",
    "exec_type",
    "order_type",
    "stop_price",
    "cash_quantity",
    "security_id",
    "venue",
    "currency",
    "sending_time",
    "poss_resend",
)
"""Fields behind those of all alerts, of orders that came by FIX; empty where the message has none."""

LATEST_US: Final = 253_402_300_800 * 1_000_000 - 1
"""The end of the year 9999, the latest time that has a text: microseconds since the Unix epoch."""

_MOST_DIGITS: Final = 18

Side = Literal["buy", "sell", "sell_short", "sell_short_exempt"]
_SIDES: Final = get_args(Side)
_TEXTS: Final = ("account", "transact_time", "quote_time", "source", "sequence")
_NUMBERS: Final = ("quantity", "price", "bid", "offer")
_FIX_NUMBERS: Final = ("stop_price", "cash_quantity")


def _about(description: str, **bounds: int) -> dict[str, Any]:
    """What a document of the field says."""
    return {"description": description, **bounds}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An order that met a market that looks wrong."""

    id: str = field(
        metadata=_about("The stream entry's ID: milliseconds since the Unix epoch, and a number.")
    )
    order_id: str = field(metadata=_about("0 to 64 characters."))
    account: str | None = field(
        metadata=_about("1 to 64 characters; of a frame its number. Null without one.")
    )
    side: Side = field(metadata=_about("All but `buy` are judged as sells."))
    symbol: str = field(metadata=_about("1 to 64 characters."))
    quantity: float | None = field(metadata=_about("Shares; null where the order has none."))
    price: float | None = field(
        metadata=_about("The order's price: money, in the unit of the feed; null for a market order.")
    )
    transact_time: str | None = field(
        metadata=_about("The order's time as received, `YYYYMMDD-HH:MM:SS.mmm`; null without one.")
    )
    bid: float | None = field(metadata=_about("The quote's bid: money; null where nobody bid."))
    offer: float | None = field(metadata=_about("The quote's offer: money; null where nobody offered."))
    quote_time: str | None = field(
        metadata=_about("The quote's transact time; null where there was no quote.")
    )
    reason: list[str] = field(
        metadata=_about(
            "Without published limits any of `spread`, `spread_ratio`, `no_quote` (also where a side was "
            "absent), `stale_quote`; with them the tests that the order breaks.",
            min_length=1,
        )
    )
    checked_at: int = field(
        metadata=_about("When the order was checked: microseconds since the Unix epoch.", ge=0, le=LATEST_US)
    )
    quote_at: int | None = field(
        default=None,
        metadata=_about(
            "When the quote was applied: microseconds since the Unix epoch; null where it is not known.",
            ge=0,
            le=LATEST_US,
        ),
    )
    source: str | None = field(
        default=None, metadata=_about("Who sent the order; null where it is not known.")
    )
    sequence: str | None = field(
        default=None,
        metadata=_about("The order's number at its source, which name it together; null where not known."),
    )

    limits: str | None = field(
        default=None,
        metadata=_about(
            "The published limits that judged: `<version>:<class>`, then `/<window>`, `:<profile>` and "
            "`+override` where there are such; null where none were published."
        ),
    )
    broken: list[str] = field(
        default_factory=list,
        metadata=_about(
            "Each broken limit with what was measured, `spread>=0.10:0.12`; of published limits only."
        ),
    )
    state: str | None = field(
        default=None,
        metadata=_about(
            "Of the quote: `empty`, `one_sided`, `crossed`, `locked`, `negative` or `two_sided`; null where "
            "no limits were published."
        ),
    )
    severity: str = field(
        default="normal", metadata=_about("`normal` or `high`: the account's profile says.")
    )

    orig_order_id: str | None = field(
        default=None,
        metadata=_about("FIX: the order that this one replaces (41). This and what follows: null without."),
    )
    broker_order_id: str | None = field(default=None, metadata=_about("FIX: OrderID (37)."))
    exec_id: str | None = field(default=None, metadata=_about("FIX: ExecID (17)."))
    msg_type: str | None = field(default=None, metadata=_about("FIX: MsgType (35)."))
    exec_type: str | None = field(default=None, metadata=_about("FIX: ExecType (150)."))
    order_type: str | None = field(default=None, metadata=_about("FIX: OrdType (40)."))
    stop_price: float | None = field(default=None, metadata=_about("FIX: StopPx (99), money."))
    cash_quantity: float | None = field(default=None, metadata=_about("FIX: CashOrderQty (152), money."))
    security_id: str | None = field(default=None, metadata=_about("FIX: SecurityID (48)."))
    venue: str | None = field(
        default=None, metadata=_about("FIX: SecurityExchange (207), else ExDestination (100).")
    )
    currency: str | None = field(default=None, metadata=_about("FIX: Currency (15)."))
    sending_time: str | None = field(
        default=None, metadata=_about("FIX: OrigSendingTime (122), else SendingTime (52).")
    )
    poss_resend: str | None = field(default=None, metadata=_about("FIX: PossResend (97)."))

    @classmethod
    def of(cls, entry_id: bytes | str, entry: Mapping[Any, Any]) -> Self:
        """The alert of a stream entry; fields that are not known are ignored.

        Args:
            entry_id: of the entry.
            entry: its fields, as bytes or as texts.

        Raises:
            ValueError: the entry is no alert.
        """
        found = {_text(name): _text(value) for name, value in entry.items()}
        if missing := [name for name in ("order_id", "side", "symbol", "reason") if name not in found]:
            raise ValueError(f"{missing[0]}: missing")
        if found["side"] not in _SIDES:
            raise ValueError(f"side: {found['side']!r} is none of {', '.join(_SIDES)}")
        values: dict[str, Any] = {name: found.get(name) or None for name in _TEXTS}
        side: Any = found["side"]  # one of them, as was seen above
        values |= {name: _number(name, found.get(name)) for name in _NUMBERS}
        return cls(
            id=_text(entry_id),
            order_id=found["order_id"],
            side=side,
            symbol=found["symbol"],
            reason=found["reason"].split(","),
            checked_at=_time("checked_at", found.get("checked_at", "")),
            quote_at=_time("quote_at", found["quote_at"]) if found.get("quote_at") else None,
            **values,
            **_by_limits(found),
            **_by_fix(found),
        )


def _by_limits(found: Mapping[str, str]) -> dict[str, Any]:
    """What published limits say; a state that is not written is the usual one."""
    limits = found.get("limits") or None
    return {
        "limits": limits,
        "broken": found["broken"].split(";") if found.get("broken") else [],
        "state": found.get("state") or (None if limits is None else "two_sided"),
        "severity": found.get("severity") or "normal",
    }


def _by_fix(found: Mapping[str, str]) -> dict[str, Any]:
    """What FIX says besides; nothing of an order that came another way."""
    if "msg_type" not in found:
        return {}
    return {
        name: _number(name, found.get(name)) if name in _FIX_NUMBERS else found.get(name) or None
        for name in FIX_FIELDS
    }


def _text(raw: bytes | str) -> str:
    r"""A text of an entry; bytes that are no UTF-8, which only others write, stand as `\xe9` does."""
    return raw.decode(errors="backslashreplace") if isinstance(raw, bytes) else raw


def _number(name: str, text: str | None) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is no number") from None
    if not math.isfinite(number):
        raise ValueError(f"{name}: {text!r} is not finite")
    return number


def _time(name: str, text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if not is_number or int(text) > LATEST_US:
        raise ValueError(f"{name}: {text!r} is not a time in microseconds since the Unix epoch")
    return int(text)
