"""A file of limits made of few ingredients, and its text."""

from decimal import Decimal
from typing import NamedTuple

STATES = ("no_quote", "locked", "crossed", "negative")
"""What a market can be here besides wide."""


class Tier(NamedTuple):
    """From where on a market is too wide, if its bid is at or above `begins`."""

    begins: Decimal
    spread: Decimal
    ratio: Decimal


class SymbolClass(NamedTuple):
    """Symbols that have their limits in common."""

    name: str
    symbols: tuple[str, ...]
    """Patterns."""
    tiers: tuple[Tier, ...]
    """Ascending."""
    alerting: tuple[str, ...]
    """Those of `STATES` that alert; the others pass."""
    max_quantity: Decimal | None


class Profile(NamedTuple):
    """Accounts with limits of their own."""

    name: str
    accounts: tuple[str, ...]
    """Patterns."""
    tighten: Decimal
    max_quantity: Decimal | None
    severity: str


class Limits(NamedTuple):
    """What a version says."""

    comment: str
    classes: tuple[SymbolClass, ...]
    """The last has a pattern that fits all symbols."""
    profiles: tuple[Profile, ...]

    def text(self) -> str:
        """As a file: TOML."""
        lines = ["format = 1", f'comment = "{self.comment}"']
        for each in self.classes:
            lines += _class_lines(each)
        for profile in self.profiles:
            lines += _profile_lines(profile)
        return "\n".join(lines) + "\n"


def _class_lines(each: SymbolClass) -> list[str]:
    tiers = (
        f'{{ from = "{tier.begins}", spread = "{tier.spread}", ratio = "{tier.ratio}" }}'
        for tier in each.tiers
    )
    policies = (f'{state} = "{"alert" if state in each.alerting else "pass"}"' for state in STATES)
    lines = [
        "[[class]]", f'name = "{each.name}"', f"symbols = {_texts(each.symbols)}",
        f"tiers = [{', '.join(tiers)}]", "[class.states]", *policies,
    ]  # fmt: skip
    return lines + ([] if each.max_quantity is None else ["[class.order]", _quantity(each.max_quantity)])


def _profile_lines(each: Profile) -> list[str]:
    lines = [
        "[[account]]", f'name = "{each.name}"', f"accounts = {_texts(each.accounts)}",
        f'tighten = "{each.tighten}"', f'severity = "{each.severity}"',
    ]  # fmt: skip
    return lines + ([] if each.max_quantity is None else [_quantity(each.max_quantity)])


def _quantity(limit: Decimal) -> str:
    return f'max_quantity = "{limit}"'


def _texts(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(f'{chr(34)}{text}{chr(34)}' for text in texts)}]"
