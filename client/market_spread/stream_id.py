"""IDs of stream entries, `<milliseconds>-<number>`, as people pass them on."""

from typing import Final, NamedTuple, Self

PATTERN: Final = "^[0-9]{1,19}(-[0-9]{1,19})?$"
"""What IDs look like, for documents; the very largest have a digit more."""
_LARGEST: Final = 2**64 - 1
_MOST_DIGITS: Final = 20
_SHOWN: Final = 48
"""Characters of a wrong ID that an error shows."""


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
        if not all(_is_number(part) for part in parts):
            raise ValueError(f"{text[:_SHOWN]!r} is not the ID of a stream entry")
        return cls(int(parts[0]), int(parts[1]))

    @classmethod
    def of(cls, raw: bytes | str) -> Self:
        """Read an ID as Redis answers it.

        Raises:
            ValueError: it is none.
        """
        return cls.parse(raw.decode(errors="backslashreplace") if isinstance(raw, bytes) else raw)

    @property
    def successor(self) -> "StreamId":
        """The smallest ID after this one; the very largest has none but itself."""
        if self.number < _LARGEST:
            return StreamId(self.milliseconds, self.number + 1)
        return StreamId(self.milliseconds + 1, 0) if self.milliseconds < _LARGEST else self

    def __str__(self) -> str:
        return f"{self.milliseconds}-{self.number}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) <= _LARGEST


BEFORE_ALL: Final = StreamId(0, 0)
"""No entry has this ID: all come after it."""
AFTER_ALL: Final = StreamId(_LARGEST, _LARGEST)
