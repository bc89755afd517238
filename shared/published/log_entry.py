"""The log of what was done to the limits: a stream that is never trimmed, an entry a change."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Self, get_args

from shared.base.integers import parse_uint
from shared.published.pointer import Pointer

Action = Literal["publish", "activate", "shadow", "restore"]

FIELDS = ("at", "action", "version", "sha256", "as", "before", "active", "highest", "who", "why")
"""Of an entry, in the order in which they are written."""


class LogEntry(NamedTuple):
    """A change."""

    id: str
    at_us: int
    """Microseconds since the Unix epoch, by the server's clock."""
    action: Action
    version: int | None
    """None: there is no shadow any more."""
    sha256: str
    content_of: int | None
    """The older number under which the same content was published before: a way back."""
    before: int | None
    """The number that was there before: the active one, or the shadow's."""
    active: Pointer | None
    """What was active afterwards."""
    highest: int
    """The highest number that was ever given out."""
    who: str
    why: str

    @classmethod
    def parse(cls, entry: Sequence[Any]) -> Self:
        """An entry as Redis answers it.

        Raises:
            ValueError: it is none that we write.
        """
        entry_id, words = entry
        raw = dict(zip(words[::2], words[1::2], strict=True))
        values = {name: raw.get(name.encode(), b"") for name in FIELDS}
        texts = {name: value.decode(errors="backslashreplace") for name, value in values.items()}
        at_us, highest, action = parse_uint(values["at"]), parse_uint(values["highest"]), texts["action"]
        if at_us is None or highest is None or action not in get_args(Action):
            raise ValueError(f"the entry {entry_id.decode()} of the log of limits cannot be read")
        return cls(
            entry_id.decode(),
            at_us,
            action,
            parse_uint(values["version"]),
            texts["sha256"],
            parse_uint(values["as"]),
            parse_uint(values["before"]),
            Pointer.parse(values["active"] or None),
            highest,
            texts["who"],
            texts["why"],
        )
