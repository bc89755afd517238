"""Repeating groups, read without a dictionary.

The field behind the number of entries is the one that each entry begins with: a new entry begins when it
comes again. What follows it may come in any order, and may hold groups of its own.
"""

from typing import NamedTuple

from shared.wire.fix.message import Fields


class Group(NamedTuple):
    """The entries of a repeating group."""

    entries: list[Fields]
    """What belongs to each; the fields that follow the group count as the last one's."""
    is_complete: bool
    """Whether there are as many as the message says."""


def read_group(fields: Fields, count_tag: bytes) -> Group:
    """The entries of the group whose number of entries this field gives; none if it is not there."""
    said = fields.get(count_tag)
    if not said.strip(b"0"):  # not there, or none
        return Group([], is_complete=True)
    pairs = fields.pairs
    tags = [pair[0] for pair in pairs]
    first = tags.index(count_tag) + 1
    if first == len(tags):
        return Group([], is_complete=False)
    begins = tags[first]
    starts = [place for place in range(first, len(tags)) if tags[place] == begins]
    ends = [*starts[1:], len(pairs)]
    entries = [Fields(pairs[start:end]) for start, end in zip(starts, ends, strict=True)]
    return Group(entries, is_complete=said.isdigit() and said.lstrip(b"0") == b"%d" % len(entries))


def fields_before(fields: Fields, count_tag: bytes) -> Fields:
    """The fields in front of a group; all of them if it is not there."""
    place = next((place for place, pair in enumerate(fields.pairs) if pair[0] == count_tag), None)
    return Fields(fields.pairs[:place])
