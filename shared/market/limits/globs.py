"""Patterns for symbols and accounts: `*` any characters, `?` one, `[CP]`, `[A-M]` and `[!X]` one of a set."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

LONGEST: Final = 200

_ONE: Final = "\x01"
_ANY: Final = "\x02"
"""Stand for `?` and `*` in a witness; no symbol and no account has such characters."""
_PRINTABLE: Final = frozenset(map(chr, range(0x20, 0x7F)))


class _Set(NamedTuple):
    """One character of these."""

    characters: frozenset[str]


Token = str | _Set
"""A character that stands for itself, `_ONE`, `_ANY`, or a set."""


class Glob(NamedTuple):
    """A pattern, taken apart."""

    tokens: tuple[Token, ...]

    def literal(self) -> str | None:
        """The only text that fits; None if there may be several."""
        return _text_of(self.tokens)

    def prefix(self) -> str | None:
        """What a text has to begin with, if that is all that it has to do."""
        return _text_of(self.tokens[:-1]) if self.tokens[-1:] == (_ANY,) else None

    def shortest(self) -> int:
        """The length of the shortest text that fits."""
        return sum(token != _ANY for token in self.tokens)

    def witness(self) -> str:
        """A text that fits another pattern only if everything that fits this one does.

        The reverse is not always so: of patterns with sets, and with `?` beside `*`, some are not recognised.
        """
        return "".join(_ONE if isinstance(token, _Set) else token for token in self.tokens)

    def regex(self) -> str:
        """The same as a regular expression, without groups that are counted.

        What follows an inner `*` is looked for once, from the left, and never again: a pattern with many of
        them takes no longer than one with few.
        """
        *chunks, last = _split(self.tokens)
        if not chunks:
            return _chunk_regex(last)
        first, *inner = chunks
        return (
            _chunk_regex(first)
            + "".join(f"(?>.*?{_chunk_regex(each)})" for each in inner)
            + (f".*{_chunk_regex(last)}")
        )


@lru_cache(maxsize=20_000)  # a file's patterns are looked at several times
def parse_glob(pattern: str) -> Glob:
    """Take a pattern apart.

    Raises:
        ValueError: what is wrong with it.
    """
    if not 0 < len(pattern) <= LONGEST:
        raise ValueError(f"a pattern has 1 to {LONGEST} characters")
    if not _PRINTABLE.issuperset(pattern):
        raise ValueError("a pattern is made of printable ASCII characters")
    tokens: list[Token] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "[":
            characters, position = _parse_set(pattern, position)
            tokens.append(_Set(characters))
        elif character != "*":
            tokens.append(_ONE if character == "?" else character)
        elif tokens[-1:] != [_ANY]:
            tokens.append(_ANY)
    return Glob(tuple(tokens))


def _parse_set(pattern: str, begin: int) -> tuple[frozenset[str], int]:
    """The characters of a set, and where the pattern goes on behind it."""
    end = pattern.find("]", begin + (2 if pattern[begin : begin + 1] == "!" else 1))
    if end < 0:
        raise ValueError("a '[' without its ']'")
    inner = pattern[begin:end]
    is_negated, inner = inner.startswith("!"), inner.removeprefix("!")
    characters: set[str] = set()
    position = 0
    while position < len(inner):
        low, high = inner[position], inner[position]
        if inner[position + 1 : position + 2] == "-" and position + 2 < len(inner):
            high = inner[position + 2]
            position += 2
        if low > high:
            raise ValueError(f"the range {low}-{high} is the wrong way round")
        characters.update(map(chr, range(ord(low), ord(high) + 1)))
        position += 1
    return (_PRINTABLE - characters if is_negated else frozenset(characters)), end + 1


def _text_of(tokens: tuple[Token, ...]) -> str | None:
    texts = [token for token in tokens if isinstance(token, str) and token not in {_ONE, _ANY}]
    return "".join(texts) if len(texts) == len(tokens) else None


def _split(tokens: tuple[Token, ...]) -> list[list[Token]]:
    """What stands between the stars."""
    chunks: list[list[Token]] = [[]]
    for token in tokens:
        if token == _ANY:
            chunks.append([])
        else:
            chunks[-1].append(token)
    return chunks


def _chunk_regex(tokens: list[Token]) -> str:
    return "".join(map(_token_regex, tokens))


def _token_regex(token: Token) -> str:
    if isinstance(token, _Set):
        return "[" + "".join(map(re.escape, sorted(token.characters))) + "]" if token.characters else "(?!)"
    return f"[^{_ANY}]" if token == _ONE else re.escape(token)
