"""A value of the file with its path: whoever reads it gets a value in any case, and each mistake is noted."""

import difflib
import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from shared.market.limits.file.mistakes import Mistake

MOST_DIGITS: Final = 15
"""Of a number: a double tells so many apart, whatever they are."""
MOST_MISTAKES: Final = 1000

_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,16})?")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ZERO: Final = Decimal(0)


class Reading:
    """The mistakes found so far.

    Args:
        is_canonical: whether the canonical form is read, in which presets are expanded.
    """

    def __init__(self, *, is_canonical: bool) -> None:
        self.is_canonical = is_canonical
        self.mistakes: list[Mistake] = []

    def is_full(self) -> bool:
        """Whether there are so many that no more are noted."""
        return len(self.mistakes) >= MOST_MISTAKES


class Node:
    """A value, where it stands, and the reading that it belongs to.

    Args:
        value: as a parser of TOML or JSON makes it; None where there is nothing.
        place: its key in the table around it, or its number in the list around it, from 1.
        around: what it stands in; None for the whole file.
        reading: what mistakes are noted in.
    """

    __slots__ = ("_around", "_place", "reading", "value")

    def __init__(self, value: Any, place: str | int, around: "Node | None", reading: Reading) -> None:
        self.value = value
        self.reading = reading
        self._place = place
        self._around = around

    @property
    def path(self) -> str:
        """Where it stands, such as `class[2].tiers[1].from`."""
        around = "" if self._around is None else self._around.path
        if isinstance(self._place, int):
            return f"{around}[{self._place}]"
        return f"{around}.{self._place}" if around else self._place

    def fail(self, text: str) -> None:
        """Note a mistake."""
        if not self.reading.is_full():
            self.reading.mistakes.append(Mistake(self.path, text))

    def key(self, name: str) -> "Node":
        """What stands under a key of a table; None where there is nothing."""
        value = self.value.get(name) if isinstance(self.value, dict) else None
        return Node(value, name, self, self.reading)

    def entry(self, number: int) -> "Node":
        """An entry of a list, of which only the place matters."""
        return Node(None, number, self, self.reading)

    def is_missing(self) -> bool:
        """Whether there is nothing."""
        return self.value is None

    def is_table(self, known: Collection[str] | None = None, required: Collection[str] = ()) -> bool:
        """Whether it is a table; notes if it is not, keys that are not known, and those that are missing."""
        if not isinstance(self.value, dict):
            self.fail(f"a table is expected, not {_shown(self.value)}")
            return False
        for name in () if known is None else [each for each in self.value if each not in known]:
            if self.reading.is_full():
                break
            self.key(name).fail(f"unknown key{_nearest(name, known or ())}")
        for name in required:
            if name not in self.value:
                self.key(name).fail("missing")
        return True

    def entries(self, what: str, most: int | None = None) -> "Iterator[Node]":
        """The entries of a list that has at least one."""
        if not isinstance(self.value, list) or not self.value:
            self.fail(f"a list of {what} is expected, not {_shown(self.value)}")
            return
        if most is not None and len(self.value) > most:
            self.fail(f"{len(self.value)} {what}; {most} is the most")
            return
        for number, value in enumerate(self.value, 1):
            yield Node(value, number, self, self.reading)

    def text(self) -> str:
        """A text; empty if it is none."""
        if isinstance(self.value, str):
            return self.value
        self.fail(f"a text is expected, not {_shown(self.value)}")
        return ""

    def name(self) -> str:
        """A name of a class or a profile."""
        text = self.text()
        if isinstance(self.value, str):
            self.check_name(text)
        return text

    def check_name(self, text: str) -> None:
        """Note a mistake if this is no name for a class, a profile, a session or a window."""
        if not is_name(text):
            self.fail(f"{_shown(text)} is no name: 1 to 64 of A-Z a-z 0-9 _ -")

    def choice(self, *words: str) -> str:
        """One of some words; the first if it is none of them."""
        if self.value in words and isinstance(self.value, str):
            return self.value
        self.fail(f"{' or '.join(map(_shown, words))} is expected, not {_shown(self.value)}")
        return words[0]

    def number(self, *, above_zero: bool = True, at_most: Decimal | None = None) -> Decimal:
        """A decimal number, as a text or a number of the file, with the digits that it is written with."""
        number = self._number()
        if number is None:
            return _ZERO
        if above_zero and number <= 0:
            self.fail(f"a number above zero is expected, not {_shown(self.value)}")
        if at_most is not None and number > at_most:
            self.fail(f"{at_most} is the most, not {_shown(self.value)}")
        return number

    def _number(self) -> Decimal | None:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            self.fail(f"a decimal number is expected, not {_shown(value)}")
            return None
        number = decimal_of_text(_plain(value))
        if number is None:
            self.fail(f"a decimal number of at most {MOST_DIGITS} digits is expected, not {_shown(value)}")
        return number

    def whole(self, least: int, most: int) -> int:
        """A whole number within bounds."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and least <= self.value <= most:
            return self.value
        self.fail(f"a whole number from {least} to {most} is expected, not {_shown(self.value)}")
        return least

    def day(self) -> date:
        """A date, `2026-12-25`, as a text or a date of TOML."""
        value = self.value
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        self.fail(f"a date such as 2026-12-25 is expected, not {_shown(value)}")
        return date.min


def is_name(text: str) -> bool:
    """Whether a text can be the name of a class, a profile, a session or a window."""
    return _NAME.fullmatch(text) is not None


def decimal_of_text(text: str) -> Decimal | None:
    """A decimal number of at most `MOST_DIGITS` digits, without exponent; None if it is none."""
    if not _NUMBER.fullmatch(text) or len(text.replace(".", "").lstrip("-0")) > MOST_DIGITS:
        return None
    return Decimal(text)


def _plain(value: str | int | Decimal) -> str:
    """A number's text without exponent, if it is one that we take."""
    if isinstance(value, Decimal):
        is_sane = value.is_finite() and abs(value.adjusted()) <= 2 * MOST_DIGITS
        return f"{value:f}" if is_sane and len(value.as_tuple().digits) <= 2 * MOST_DIGITS else ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**MOST_DIGITS else ""
    return value


def _shown(value: object) -> str:
    """A value in a message, however long it is."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 100:
        return "a very large number"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return f'"{text}"' if isinstance(value, str) else text


def _nearest(name: str, known: Collection[str]) -> str:
    found = difflib.get_close_matches(name[:80], known, n=1)
    return f'; is "{found[0]}" meant?' if found else f"; known are {', '.join(known)}"
