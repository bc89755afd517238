"""The entries that follow a stream's position, as a batch of one part."""

from dataclasses import dataclass

from shared.service.intake import Sender
from shared.service.stream.reader import Entries


@dataclass
class StreamBatch:
    """See `shared.service.intake.Batch` and `Part`.

    Another process may have taken the same entries, so they count only once they are committed.
    """

    sender: Sender
    entries: Entries
    received_ns: int
    first = 0
    is_contested = True

    @property
    def messages(self) -> int:
        """How many entries."""
        return len(self.entries.entries)

    @property
    def parts(self) -> tuple["StreamBatch"]:
        """All of it is one stream's."""
        return (self,)

    def position_after(self, reached: int) -> str:
        """See `Part.position_after`."""
        return self.entries.position_after(reached)

    def sequence(self, number: int) -> bytes:
        """The ID of an entry."""
        return self.entries.entries[number][0]

    def place_of(self, number: int) -> str:
        """See `Part.place_of`."""
        return f"entry {self.sequence(number).decode()}"
