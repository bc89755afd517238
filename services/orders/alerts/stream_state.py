"""What Redis says of the alert stream: its first entry, its last ID, and how many are gone."""

from typing import NamedTuple

from redis.exceptions import ResponseError

from shared.redis.link import Reply
from shared.redis.stream_id import BEFORE_ALL, StreamId


class StreamState(NamedTuple):
    """The stream as it is; one that is not there looks like one that never had an entry."""

    last: StreamId
    """The newest that there ever was."""
    first: StreamId | None
    """The oldest that is left."""
    removed: int

    @classmethod
    def parse(cls, info: Reply) -> "StreamState":
        """Read the reply to `XINFO STREAM`.

        Raises:
            ResponseError: it is no stream, or may not be read.
        """
        if isinstance(info, ResponseError):
            if "no such key" in str(info):
                return cls(BEFORE_ALL, None, 0)
            raise info
        facts = dict(zip(info[::2], info[1::2], strict=True))
        first = facts[b"first-entry"]
        return cls(
            StreamId.parse(facts[b"last-generated-id"].decode()),
            None if first is None else StreamId.parse(first[0].decode()),
            facts[b"entries-added"] - facts[b"length"],
        )

    def has_trimmed(self, entry_id: StreamId) -> bool:
        """Whether an entry that is not there may have been trimmed, and not only never existed."""
        if entry_id > self.last or not self.removed:
            return False
        return self.first is None or entry_id < self.first
