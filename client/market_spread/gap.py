"""Finds out whether alerts may be missing between what was read before and what is read now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from market_spread.stream_id import BEFORE_ALL, StreamId


@dataclass(frozen=True)
class Gap:
    """Alerts that cannot be read any more, if there were any."""

    after: StreamId
    """What is missing came after this one."""
    to: StreamId
    """And before this one, or up to it."""


class StreamState(NamedTuple):
    """The stream as it is; one that is not there looks like one that never had an entry."""

    last: StreamId
    """The newest that there ever was."""
    first: StreamId | None
    """The oldest that is left."""
    removed: int

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Read what `XINFO STREAM` says, by the names of its facts."""
        first = facts["first-entry"]
        return cls(
            StreamId.of(facts["last-generated-id"]),
            None if first is None else StreamId.of(first[0]),
            facts["entries-added"] - facts["length"],
        )

    def has_trimmed(self, entry_id: StreamId) -> bool:
        """Whether an entry that is not there may have been trimmed, and not only never existed."""
        if entry_id > self.last or not self.removed:
            return False
        return self.first is None or entry_id < self.first


NO_STREAM = StreamState(BEFORE_ALL, None, 0)
"""The state of a stream that is not there."""


def find_gap(after: StreamId, found: StreamId | None, state: StreamState) -> Gap | None:
    """The gap before what was read after an ID, if there may be one.

    Args:
        after: the ID.
        found: the first entry that was read; None for none.
        state: of the stream, asked for after the entries: a first entry at or before `after` then proves
            that nothing between was trimmed unread.
    """
    if state.last < after:  # Redis has lost what it had
        return Gap(after, state.last)
    if state.first is not None and state.first <= after:
        return None
    if not state.removed and after == BEFORE_ALL:
        return None
    # What came before is gone: trimmed, or lost with the whole stream, which may have been begun anew since.
    if found is not None:
        return Gap(after, found)
    emptied = state.first is None and after < state.last
    return Gap(after, state.last) if emptied else None
