"""Versions of the limits and the log of them, as HTTP has them."""

from typing import Any, Self

from pydantic import BaseModel, Field

from services.web.limits.version_reader import VersionReader
from shared.base.iso_time import iso_utc
from shared.market import keys
from shared.published.log_entry import Action, LogEntry
from shared.published.pointer import Pointer


class VersionInForce(BaseModel):
    """A version that a pointer names."""

    version: int = Field(description="Its number.", examples=[7])
    sha256: str = Field(description="Of its canonical form.")
    damage: str | None = Field(
        default=None, description="What is wrong with it, though services go on with what they had; or null."
    )


class LimitsInForce(BaseModel):
    """What is in force."""

    active: VersionInForce | None = Field(description="What orders are judged by; null for version 0.")
    shadow: VersionInForce | None = Field(description="What judges them too; null for nothing.")
    highest: int = Field(description="The highest number that was given out; 0 for none.")
    damage: list[str] = Field(description="Pointers that are damaged.")

    @classmethod
    async def read(cls, reader: VersionReader) -> Self:
        """What is in force now.

        Raises:
            RedisUnavailable: no answer.
        """
        state = await reader.state()
        damage: list[str] = []
        found: list[VersionInForce | None] = []
        for key, raw in ((keys.LIMITS_ACTIVE, state.raw_active), (keys.LIMITS_SHADOW, state.raw_shadow)):
            try:
                pointer = Pointer.parse(raw or None)
            except ValueError as error:
                damage.append(f"{key} is damaged: {error}")
                pointer = None
            found.append(None if pointer is None else await _in_force(reader, pointer))
        return cls(active=found[0], shadow=found[1], highest=state.highest, damage=damage)


async def _in_force(reader: VersionReader, pointer: Pointer) -> VersionInForce:
    damage = await reader.damage_of(pointer)
    return VersionInForce(version=pointer.number, sha256=pointer.sha256, damage=damage or None)


class StoredVersion(BaseModel):
    """A version."""

    version: int
    sha256: str = Field(description="Of its canonical form.")
    limits: dict[str, Any] = Field(description="The file with everything filled in, presets written out.")


class LoggedChange(BaseModel):
    """An entry of the log."""

    id: str = Field(description="The entry's ID.", examples=["1764000000000-0"])
    at: int = Field(description="When: microseconds since the Unix epoch.")
    at_iso: str
    action: Action = Field(
        description="`restore`: a service wrote the active version again, which Redis had lost."
    )
    version: int | None = Field(description="Null where the shadow ended.")
    content_of: int | None = Field(
        alias="as", description="The older number of the same content, where that came back; or null."
    )
    before: int | None = Field(description="The number that was there before; or null.")
    sha256: str | None
    who: str
    why: str

    @classmethod
    def of(cls, entry: LogEntry) -> Self:
        """An entry."""
        return cls.model_validate(
            {
                "id": entry.id,
                "at": entry.at_us,
                "at_iso": iso_utc(entry.at_us),
                "action": entry.action,
                "version": entry.version,
                "as": entry.content_of,
                "before": entry.before,
                "sha256": entry.sha256 or None,
                "who": entry.who,
                "why": entry.why,
            }
        )


class LogPage(BaseModel):
    """Some entries, newest first."""

    log: list[LoggedChange]
    next: str | None = Field(description="Pass it on as `before` for older ones; null where there are none.")
