"""Which message a session expects next: the position of a source that is a FIX session."""

from typing import NamedTuple, Self

from shared.base.integers import parse_uint


class Expected(NamedTuple):
    """The next expected MsgSeqNum, and how often the numbers began again."""

    resets: int
    """Grows with each reset, so that a commit from before a reset never fits."""
    number: int
    """MsgSeqNum (34) of the next message; the first is 1."""

    @classmethod
    def parse(cls, text: bytes) -> Self | None:
        """The position in `<resets>/<next expected>`; None if it is none."""
        before, _, after = text.partition(b"/")
        resets, number = parse_uint(before), parse_uint(after)
        return None if resets is None or not number else cls(resets, number)

    def __str__(self) -> str:
        return f"{self.resets}/{self.number}"

    def at(self, number: int) -> Self:
        """The same count of resets with another number."""
        return self._replace(number=number)

    def begun_again(self) -> Self:
        """After a reset."""
        return self._replace(resets=self.resets + 1, number=1)
