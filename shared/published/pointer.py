"""What names a version of the limits: its number and the hash of its content."""

import re
from typing import NamedTuple, Self

_FORM = re.compile(rb"([1-9][0-9]{0,14}) ([0-9a-f]{64})")


class Pointer(NamedTuple):
    """A published version."""

    number: int
    """From 1 on."""
    sha256: str
    """Of its canonical form, in hexadecimal digits."""

    def __str__(self) -> str:
        return f"{self.number} {self.sha256}"

    @classmethod
    def parse(cls, raw: bytes | None) -> Self | None:
        """What a key holds; None where there is no key.

        Raises:
            ValueError: it is no pointer.
        """
        if raw is None:
            return None
        found = _FORM.fullmatch(raw)
        if found is None:
            text = raw[:100].decode(errors="backslashreplace")
            raise ValueError(f"{text!r} is not a number and a SHA-256 in hexadecimal digits")
        return cls(int(found[1]), found[2].decode())
