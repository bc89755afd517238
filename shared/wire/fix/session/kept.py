"""Messages of ours that are kept, to be sent again when the peer asks for them."""

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol


class KeptMessage(NamedTuple):
    """A message as it was sent first."""

    number: int
    """Its MsgSeqNum (34)."""
    raw: bytes


class Kept(Protocol):
    """Where they are kept."""

    def keep(self, number: int, raw: bytes) -> None:
        """A message is about to be sent for the first time."""

    def between(self, first: int, following: int) -> Iterator[KeptMessage]:
        """The messages from `first` on and before `following`, in order.

        Raises:
            LookupError: some of them are not kept any more.
        """


class NothingKept:
    """For those whose messages are never worth to be sent again."""

    def keep(self, number: int, raw: bytes) -> None:
        """See `Kept.keep`."""

    def between(self, _first: int, _following: int) -> Iterator[KeptMessage]:
        """See `Kept.between`."""
        return iter(())


NOTHING: Final = NothingKept()
