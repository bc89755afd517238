"""Routes of what the limits in the shadow say differently."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from redis.exceptions import ResponseError

from market_spread.stream_id import BEFORE_ALL, StreamId
from services.orders.alerts.query import FullEntryId
from services.web.state.service_states import StatesReader
from shared.base.integers import parse_uint
from shared.base.iso_time import iso_or_none
from shared.market import keys
from shared.redis.aio.gate import Gate
from shared.redis.aio.link import AsyncLink
from shared.redis.link import command

_MOST: Final = 1000
_EXAMPLE: Final[dict[str, JsonValue]] = {
    "id": "1764000001000-0", "order_id": "Zr6vXo", "account": "4217", "side": "buy", "symbol": "IBM",
    "quantity": 100.0, "price": 100.01, "bid": 100.0, "offer": 100.05, "source": "desk-a", "sequence": "41",
    "checked_at": 1764000001000000, "checked_at_iso": "2025-11-24T16:00:01.000000Z",
    "limits": "7:us-equity/open", "reason": [], "broken": [],
    "shadow_limits": "8:us-equity/open", "shadow_reason": ["spread"], "shadow_broken": ["spread>=0.05:0.05"],
}  # fmt: skip


class ShadowSample(BaseModel):
    """An order of which the two versions say different things; missing values are null."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(description="The entry's ID.")
    order_id: str
    account: str | None
    side: str
    symbol: str
    quantity: float | None
    price: float | None
    bid: float | None
    offer: float | None
    source: str | None
    sequence: str | None
    checked_at: int | None = Field(description="Microseconds since the Unix epoch.")
    checked_at_iso: str | None
    limits: str | None = Field(description="What judged; null for version 0.")
    reason: list[str] = Field(description="Empty: it raised no alert.")
    broken: list[str]
    shadow_limits: str | None
    shadow_reason: list[str] = Field(description="Empty: it would raise none.")
    shadow_broken: list[str]

    @classmethod
    def of(cls, entry_id: str, fields: Mapping[str, str]) -> Self:
        """An entry of the stream.

        Raises:
            ValueError: a number of it is none.
        """
        checked_at = parse_uint(fields.get("checked_at", "").encode())
        texts = {name: fields.get(name, "") for name in cls.model_fields}
        return cls.model_validate(
            {name: text or None for name, text in texts.items()}
            | {name: texts[name] for name in ("order_id", "side", "symbol")}
            | {name: _list(texts[name], ",") for name in ("reason", "shadow_reason")}
            | {name: _list(texts[name], ";") for name in ("broken", "shadow_broken")}
            | {
                "id": entry_id,
                "checked_at": checked_at,
                "checked_at_iso": iso_or_none(checked_at),
            }
        )


class ShadowPage(BaseModel):
    """Some samples, newest first."""

    samples: list[ShadowSample]
    next: str | None = Field(description="Pass it on as `before` for older ones; null where there are none.")


class ShadowCounts(BaseModel):
    """Of how many orders the two versions say different things, since each checker's start."""

    instance: str | None = Field(description="Of the checker; null: of all that run.")
    added: int = Field(description="Only the shadow alerts.")
    removed: int = Field(description="Only the active version does.")
    changed: int = Field(description="Both do, for other reasons.")


class AllShadowCounts(BaseModel):
    """The counts of all checkers that run."""

    total: ShadowCounts
    checkers: list[ShadowCounts]


def shadow_routes(link: AsyncLink, alerts: str, states: StatesReader, pages: Gate) -> APIRouter:
    """`GET /shadow` and `GET /shadow/counts`.

    Args:
        link: to Redis.
        alerts: the name of the stream of alerts.
        states: reads what the checkers say of themselves.
        pages: passed by requests for a page.
    """
    router = APIRouter(tags=["limits"])
    stream = keys.shadow(alerts)

    @router.get("/shadow", summary="A sample of what the shadow says differently")
    async def get_shadow(
        limit: Annotated[int, Query(ge=1, le=_MOST, description="How many at most.")] = 100,
        before: Annotated[FullEntryId | None, Query(description="Only older ones: `next`.")] = None,
    ) -> ShadowPage:
        """Orders of which the version in the shadow says something else, newest first.

        It is a sample of the last 10,000, and not exactly once; `/shadow/counts` is exact.
        """
        if before is not None and StreamId.parse(before) == BEFORE_ALL:  # Redis takes this for a mistake
            return ShadowPage(samples=[], next=None)
        high = "+" if before is None else f"({before}"
        async with pages:
            reading = command(stream, "XREVRANGE", stream, high, "-", "COUNT", limit + 1)
            (entries,) = await link.roundtrip([reading])
        if isinstance(entries, ResponseError):
            raise entries
        samples = [_sample(each) for each in entries[:limit]]
        return ShadowPage(samples=samples, next=samples[-1].id if len(entries) > limit else None)

    @router.get("/shadow/counts", summary="How often the shadow says something else")
    async def get_counts() -> AllShadowCounts:
        """Exact counts by outcome, of the checkers that run."""
        found = [
            ShadowCounts(
                instance=each.instance,
                added=each.shadow_added_total or 0,
                removed=each.shadow_removed_total or 0,
                changed=each.shadow_changed_total or 0,
            )
            for each in await states.services()
            if each.role == "check"
        ]
        total = {name: sum(getattr(each, name) for each in found) for name in ("added", "removed", "changed")}
        return AllShadowCounts(total=ShadowCounts(instance=None, **total), checkers=found)

    return router


def _sample(entry: Any) -> ShadowSample:
    entry_id, words = entry
    texts = [word.decode(errors="backslashreplace") for word in words]
    return ShadowSample.of(entry_id.decode(), dict(zip(texts[::2], texts[1::2], strict=True)))


def _list(text: str, separator: str) -> list[str]:
    return text.split(separator) if text else []
