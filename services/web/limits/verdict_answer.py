"""What is said to an order, as HTTP has it."""

from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared.base.iso_time import iso_or_none, iso_utc
from shared.market.limits.met import MetQuote
from shared.market.limits.met_hash import MetHash
from shared.market.limits.rules_in_force import Scope
from shared.market.limits.verdict import Verdict
from shared.market.reasons import NO_QUOTE, STALE_QUOTE

EXAMPLE: Final[dict[str, JsonValue]] = {
    "verdict": "alert",
    "reason": ["spread", "off_tick"],
    "broken": ["spread>=0.10:0.5", "off_tick"],
    "passed": ["spread_ratio", "no_quote", "one_sided", "locked", "crossed", "negative", "halted", "auction"],
    "not_made": ["market_order"],
    "severity": "normal",
    "state": "two_sided",
    "limits": {
        "version": 7, "class": "us-equity", "window": "open", "profile": None, "override": False,
    },
    "quote": {
        "bid": 100.0, "offer": 100.5, "quote_time": "", "quote_at": 1764000000000000,
        "quote_at_iso": "2025-11-24T16:00:00.000000Z", "status": 0, "band_low": None, "band_high": None,
        "source": "nbbo-a",
    },
    "checked_at": 1764000001000000,
    "checked_at_iso": "2025-11-24T16:00:01.000000Z",
}  # fmt: skip


class JudgedBy(BaseModel):
    """What judged."""

    version: int = Field(description="0: none is published, and the flags of the ingestor decide.")
    class_name: str | None = Field(alias="class", description="Null under version 0.")
    window: str | None = Field(description="Null without a session.")
    profile: str | None = Field(description="Null for an account without one.")
    override: bool

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """What a verdict names."""
        return cls.model_validate(
            {
                "version": scope.version,
                "class": scope.class_name or None,
                "window": scope.window or None,
                "profile": scope.profile or None,
                "override": scope.has_override,
            }
        )


class QuoteMet(BaseModel):
    """The market that was met."""

    bid: float | None
    offer: float | None
    quote_time: str = Field(description="The quote's transact time as received.")
    quote_at: int | None = Field(description="When it was applied: microseconds since the Unix epoch.")
    quote_at_iso: str | None
    status: int | None = Field(description="The last trading status; null if none was received.")
    band_low: float | None
    band_high: float | None
    source: str | None

    @classmethod
    def of(cls, quote: MetQuote, transact_time: str) -> Self:
        """A quote."""
        at = quote.updated_at_us
        return cls(
            bid=quote.bid,
            offer=quote.offer,
            quote_time=transact_time,
            quote_at=at,
            quote_at_iso=iso_or_none(at),
            status=quote.status,
            band_low=quote.band_low or None,
            band_high=quote.band_high or None,
            source=quote.source or None,
        )


class VerdictAnswer(BaseModel):
    """What would be said to an order."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    verdict: Literal["alert", "pass"]
    reason: list[str] = Field(description="The tests that it breaks.")
    broken: list[str] = Field(
        description="Each broken limit with threshold and measured value, `spread>=0.10:0.12`."
    )
    passed: list[str] = Field(description="The tests that were made and not broken.")
    not_made: list[str] = Field(
        description="Tests that the limits ask for and that could not be made, because order or symbol has "
        "not what they compare."
    )
    severity: str
    state: str | None = Field(description="Of the quote; null under version 0.")
    limits: JudgedBy
    quote: QuoteMet | None = Field(description="What it meets; null where the symbol has no quote.")
    checked_at: int = Field(description="Microseconds since the Unix epoch, by the data server's clock.")
    checked_at_iso: str

    @classmethod
    def by_limits(cls, verdict: Verdict, met: MetHash, now_us: int) -> Self:
        """The verdict of a published version."""
        return cls(
            verdict="alert" if verdict.reasons else "pass",
            reason=list(verdict.reasons),
            broken=verdict.broken.split(";") if verdict.broken else [],
            passed=list(verdict.passed),
            not_made=list(verdict.skipped),
            severity=verdict.severity,
            state=verdict.state,
            limits=JudgedBy.of(verdict.scope),
            quote=_quote(met),
            checked_at=now_us,
            checked_at_iso=iso_utc(now_us),
        )

    @classmethod
    def by_flags(cls, met: MetHash, now_us: int) -> Self:
        """The verdict of version 0: what the ingestor has written. How old the quote is nobody here tests."""
        quote = met.flagged
        if quote is None or not quote.is_two_sided:
            reason = [NO_QUOTE]
        else:
            reason = quote.reason.decode(errors="replace").split(",") if quote.is_risky else []
        return cls(
            verdict="alert" if reason else "pass",
            reason=reason,
            broken=[],
            passed=[],
            not_made=[STALE_QUOTE],
            severity="normal",
            state=None,
            limits=JudgedBy.of(Scope(0, "", "", "", has_override=False)),
            quote=_quote(met),
            checked_at=now_us,
            checked_at_iso=iso_utc(now_us),
        )


def _quote(met: MetHash) -> QuoteMet | None:
    return None if met.quote is None else QuoteMet.of(met.quote, met.transact_time.decode(errors="replace"))
