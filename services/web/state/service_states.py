"""What the running services say of themselves in Redis: their last figures, and those of the past."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator
from redis.exceptions import ResponseError

from market_spread.stream_id import StreamId
from services.web.state.session_state import SessionState
from shared.base.iso_time import iso_or_none
from shared.market import keys
from shared.redis.aio.link import AsyncLink
from shared.redis.link import Reply, command

Role = Literal["ingest", "check", "forward"]
ROLES: Final[tuple[Role, ...]] = ("ingest", "check", "forward")

_LOOKED_BACK: Final = 50
"""Entries of `stats:<role>` in which the instances of a role are looked for; of more than so many instances
some are not seen."""


def _or_none(value: Any) -> Any:
    return None if value == "" else value


def _from_json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


Number = Annotated[float | None, BeforeValidator(_or_none)]
Count = Annotated[int | None, BeforeValidator(_or_none)]


class Figures(BaseModel):
    """Figures of one second; null where there were none."""

    instance: str = Field(description="Which process of the role.")
    rate: Number = Field(default=None, description="Messages a second.")
    rejected_rate: Number = Field(default=None, description="Refused messages a second.")
    alerts_rate: Number = Field(default=None, description="Alerts a second.")
    latency_p50_us: Number = Field(
        default=None,
        description="Microseconds from a message's bytes read to its effect in Redis: half are faster.",
    )
    latency_p95_us: Number = Field(default=None, description="Microseconds: 95 % are faster.")
    latency_p99_us: Number = Field(default=None, description="Microseconds: 99 % are faster.")
    latency_p999_us: Number = Field(default=None, description="Microseconds: 99.9 % are faster.")
    connections: Count = Field(default=None, description="Connected senders.")
    lag: Count = Field(default=None, description="Messages that wait to take effect.")


class ServiceState(Figures):
    """A running service."""

    role: str = Field(description="`ingest`, `check` or `forward`.")
    version: str | None = None
    host: str | None = None
    pid: Count = Field(default=None, description="Process ID on that host.")
    listen: str | None = Field(default=None, description="Where its feed comes in, `HOST:PORT`.")
    started_at: Count = Field(default=None, description="Microseconds since the Unix epoch.")
    started_at_iso: str | None = Field(default=None, description="The same as ISO 8601, UTC.")
    updated_at: Count = Field(default=None, description="Microseconds since the Unix epoch.")
    updated_at_iso: str | None = Field(default=None, description="The same as ISO 8601, UTC.")
    state: str | None = Field(
        default=None,
        description="`running`, `holding` (everything is held back: see its log), `waiting_for_receiver` "
        "(the forwarder) or `stopping`.",
    )
    clock_ahead_ms: Count = Field(
        default=None,
        description="How far its machine's clock is ahead of the data server's, by which it goes: "
        "milliseconds; negative where it is behind.",
    )
    limits: Count = Field(
        default=None, description="The version of the limits that it goes by; 0 where none is published."
    )
    shadow_added_total: Count = Field(
        default=None, description="Orders that only the limits in the shadow alert on, since its start."
    )
    shadow_removed_total: Count = Field(default=None, description="Orders that only the active ones do.")
    shadow_changed_total: Count = Field(default=None, description="Orders that both do, for other reasons.")
    symbols: Count = Field(default=None, description="How many symbols it has quotes of.")
    last_quote_age_ms: Count = Field(
        default=None, description="Milliseconds since the last quote was applied; null before the first one."
    )
    received_total: Count = Field(default=None, description="Messages since its start.")
    rejected_total: Count = Field(default=None, description="Refused messages since its start.")
    alerts_total: Count = Field(default=None, description="Alerts since its start.")

    sessions_configured: Count = Field(
        default=None, description="How many FIX sessions its file has; null where it has none."
    )
    sessions_up: Count = Field(default=None, description="How many of them are logged on.")
    sessions: Annotated[list[SessionState] | None, BeforeValidator(_from_json)] = Field(
        default=None,
        description="Its FIX sessions, those that are down first. Of very many not all are here; the counts "
        "have all.",
    )

    @model_validator(mode="after")
    def _add_iso_times(self) -> Self:
        self.started_at_iso = iso_or_none(self.started_at)
        self.updated_at_iso = iso_or_none(self.updated_at)
        return self


class Stats(Figures):
    """Figures of one second of the past."""

    id: str = Field(description="The entry's ID: milliseconds since the Unix epoch, and a number.")


class StatesReader:
    """Reads `service:*` hashes and `stats:*` streams.

    Args:
        link: to Redis.
    """

    def __init__(self, link: AsyncLink) -> None:
        self._link = link

    async def services(self) -> list[ServiceState]:
        """All services that run.

        Their names come from what they wrote last into `stats:<role>`: finding the hashes would mean to scan
        all keys.

        Raises:
            RedisUnavailable: no answer.
        """
        latest = await self._link.roundtrip(
            [
                command(key := keys.stats(role), "XREVRANGE", key, "+", "-", "COUNT", _LOOKED_BACK)
                for role in ROLES
            ]
        )
        places = [
            keys.service(role, instance)
            for role, entries in zip(ROLES, latest, strict=True)
            for instance in sorted({_fields(entry[1]).get("instance", "") for entry in _entries(entries)})
        ]
        hashes = await self._link.roundtrip([command(key, "HGETALL", key) for key in places])
        return [ServiceState.model_validate(fields) for each in hashes if (fields := _fields(_entries(each)))]

    async def stats(self, role: Role, after: StreamId, limit: int) -> list[Stats]:
        """The newest figures of a role after an ID, oldest first.

        Raises:
            RedisUnavailable: no answer.
        """
        key = keys.stats(role)
        reading = command(key, "XREVRANGE", key, "+", f"({after}", "COUNT", limit)
        (entries,) = await self._link.roundtrip([reading])
        return [
            Stats.model_validate({**_fields(fields), "id": entry_id.decode()})
            for entry_id, fields in reversed(_entries(entries))
        ]


def _entries(reply: Reply) -> list[Any]:
    if isinstance(reply, ResponseError):
        raise reply
    entries: list[Any] = reply
    return entries


def _fields(words: Iterable[bytes]) -> dict[str, str]:
    texts = [word.decode() for word in words]
    return dict(zip(texts[::2], texts[1::2], strict=True))
