"""What of a message cannot be read."""

from typing import NamedTuple, Self

from market_spread.framing import DecodeError


class Refused(NamedTuple):
    """An order, an entry or a message that cannot be read."""

    reason: str
    """One of `market_spread.framing.REASONS`, or the name of a detail of an order that is too long or not
    printable. `type` says that something in the message is no field, `list` that a group is not as long as
    it says, or too long."""
    text: str
    """What is wrong, for people."""
    place: int
    """The place of the order or entry in its message, from 1; 0 for what is alone in one, or the message."""

    @classmethod
    def of(cls, error: DecodeError, place: int) -> Self:
        """What an error says."""
        return cls(error.reason, str(error), place)


def not_fields(raw: bytes) -> DecodeError:
    """The error for a message in which something is no field."""
    return DecodeError("type", raw, "something in the message is not `tag=value`")


def bad_group(tag: bytes, rule: str) -> DecodeError:
    """The error for a repeating group, by the tag of its number of entries."""
    return DecodeError("list", tag, f"the group of field {tag.decode()} {rule}")
