"""Which of many lists of patterns is the first that a text fits."""

import re
from collections.abc import Sequence
from typing import Final

from shared.market.limits.globs import Glob, parse_glob

_REMEMBERED: Final = 200_000
"""Texts: all is forgotten when there are more."""


class PatternTable:
    """Lists of patterns in order.

    Whole names and `PREFIX*` are looked up in tables, whatever there is of them; all other patterns are one
    regular expression. What was found is remembered.

    Args:
        lists: the patterns, each as `parse_glob` takes it.

    Raises:
        ValueError: a pattern is none.
    """

    def __init__(self, lists: Sequence[Sequence[str]]) -> None:
        self._names: dict[str, int] = {}
        self._prefixes: dict[str, int] = {}
        self._found: dict[str, int | None] = {}
        others: list[tuple[int, str]] = []
        for place, patterns in enumerate(lists):
            regexes = [glob.regex() for glob in map(parse_glob, patterns) if not self._add(glob, place)]
            if regexes:
                others.append((place, "|".join(regexes)))
        self._lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._places = [place for place, _ in others]
        self._others = re.compile("|".join(f"({regex})" for _, regex in others), re.DOTALL)

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
        if self._places and (match := self._others.fullmatch(text)):
            assert match.lastindex is not None
            places.append(self._places[match.lastindex - 1])
        return min((place for place in places if place is not None), default=None)
