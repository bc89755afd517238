"""Which of many lists of patterns is the first that a text fits."""

import re
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Final

from shared.market.limits.globs import Glob, parse_glob

_REMEMBERED: Final = 200_000
"""Texts: all is forgotten when there are more."""
_AT_ONCE: Final = 64
"""Patterns that are one regular expression; one of thousands takes far longer than many of some."""


class PatternTable:
    """Lists of patterns in order.

    Names and `PREFIX*` are looked up in tables, whatever there is of them; all other patterns are tried,
    many at once. What was found is remembered.

    Args:
        lists: the patterns, each as `parse_glob` takes it.

    Raises:
        ValueError: a pattern is none.
    """

    def __init__(self, lists: Sequence[Sequence[str]]) -> None:
        self._names: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._found: dict[str, int | None] = {}
        others = [
            (place, glob.regex())
            for place, patterns in enumerate(lists)
            for glob in map(parse_glob, patterns)
            if not self._add(glob, place)
        ]
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._blocks = [_Block(others[begin : begin + _AT_ONCE]) for begin in range(0, len(others), _AT_ONCE)]

    def _add(self, glob: Glob, place: int) -> bool:
        """Put a pattern into the table that it fits into, if there is one."""
        if (name := glob.literal()) is not None:
            self._names.setdefault(name, place)
        elif (prefix := glob.prefix()) is not None:
            self._prefixes.setdefault(prefix, place)
        else:
            return False
        return True

    def first(self, text: str) -> int | None:
        """The place of the first list with a pattern that a text fits; None if there is none."""
        if text not in self._found:
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[text] = self._look(text)
        return self._found[text]

    def _look(self, text: str) -> int | None:
        places = [self._prefixes.get(text[:length]) for length in self._lengths if length <= len(text)]
        places.append(self._names.get(text))
        first = min((place for place in places if place is not None), default=None)
        for block in self._blocks:
            if first is not None and block.first_place >= first:
                break
            if (place := block.find(text)) is not None:
                return place if first is None else min(place, first)
        return first


class _Block:
    """Some patterns, in the order of their lists."""

    def __init__(self, patterns: Sequence[tuple[int, str]]) -> None:
        self.first_place = patterns[0][0]
        self._patterns = patterns
        self._any = re.compile("|".join(f"(?:{regex})" for _, regex in patterns), re.DOTALL)

    def find(self, text: str) -> int | None:
        """The first list with a pattern of these that a text fits."""
        if self._any.fullmatch(text) is None:
            return None
        return next(place for place, regex in self._each if regex.fullmatch(text))

    @cached_property
    def _each(self) -> list[tuple[int, re.Pattern[str]]]:
        """The same one by one; most blocks never need that."""
        return [(place, re.compile(regex, re.DOTALL)) for place, regex in self._patterns]


@lru_cache(maxsize=4)
def pattern_table(lists: tuple[tuple[str, ...], ...]) -> PatternTable:
    """The table of these lists; the next version of the limits nearly always has the same ones.

    What the table remembers it need not find out again then, which matters where a version is loaded between
    two batches.
    """
    return PatternTable(lists)
