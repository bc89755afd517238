"""A FIX session, as a running service says that it is."""

from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from shared.base.iso_time import iso_or_none


class SessionState(BaseModel):
    """A FIX session of a service; null is what the service does not know."""

    name: str = Field(description="As its file calls it.")
    role: Literal["acceptor", "initiator"] = Field(
        description="`acceptor`: the counterparty dials; `initiator`: we do."
    )
    up: bool = Field(description="Whether it is logged on to this process.")
    since: int | None = Field(
        default=None,
        description="Since when it is up, or down: microseconds since the Unix epoch. Null: it has not been "
        "up since the service started.",
    )
    since_iso: str | None = Field(default=None, description="The same as ISO 8601, UTC.")
    next_in: int | None = Field(
        default=None, description="The next MsgSeqNum that is expected of the counterparty."
    )
    next_out: int | None = Field(default=None, description="The MsgSeqNum of our next message.")
    lag: int | None = Field(
        default=None,
        description="Messages that the counterparty has sent, as far as is known, and that have not taken "
        "effect. Null while it is down.",
    )
    last_error: str | None = Field(
        default=None, description="What went wrong last, also if all is well again."
    )
    last_error_at: int | None = Field(default=None, description="When: microseconds since the Unix epoch.")
    last_error_at_iso: str | None = Field(default=None, description="The same as ISO 8601, UTC.")

    @model_validator(mode="after")
    def _add_iso_times(self) -> Self:
        self.since_iso = iso_or_none(self.since)
        self.last_error_at_iso = iso_or_none(self.last_error_at)
        return self
