"""IDs of stream entries, `<milliseconds>-<number>`, as people pass them on."""

from typing import Final, NamedTuple, Self

PATTERN: Final = "^[0-9]{1,19}(-[0-9]{1,19})?$"
"""What IDs look like, for documents; the very largest have a digit more."""
_LARGEST: Final = 2**64 - 1


class StreamId(NamedTuple):
    """An ID, ordered as Redis orders them."""

    milliseconds: int
    """Since the Unix epoch."""
    number: int
    """Tells apart the entries of one millisecond."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an ID; one without a number means the start of its millisecond.

        Raises:
            ValueError: it is none.
        """
        first, dash, second = text.partition("-")
        parts = (first, second) if dash else (first, "0")
        if not all(part.isascii() and part.isdigit() and int(part) <= _LARGEST for part in parts):
            raise ValueError(f"{text!r} is not the ID of a stream entry")
        return cls(int(parts[0]), int(parts[1]))

    def __str__(self) -> str:
        return f"{self.milliseconds}-{self.number}"


BEFORE_ALL: Final = StreamId(0, 0)
"""No entry has this ID: all come after it."""
AFTER_ALL: Final = StreamId(_LARGEST, _LARGEST)
