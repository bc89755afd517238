"""Makes random files of limits, most of which judge a run's market differently from the one before."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from faults.limits.version import STATES, Limits, Profile, SymbolClass, Tier

_SPREADS: Final = ("0.04", "0.05", "0.05", "0.06", "0.08", "0.10", "0.125", "0.15", "0.20", "1000")
_RATIOS: Final = ("0.0015", "0.002", "0.01", "0.05", "0.0501", "5")
_BIDS: Final = ("0.40", "20", "35", "50.5", "100", "640")
"""Where second tiers begin."""
_SYMBOLS: Final = (("[A-F]*",), ("?", "??", "????"), ("*A*", "*-*"), ("M*", "*.", "?E*", "[X-Z]*"))
_ACCOUNTS: Final = (("*7", "*31"), ("1*",), ("*0?", "*[24]"))
_QUANTITIES: Final = ("9000", "9500", "9900", "9999", "1000000")
_TIGHTEN: Final = ("0.5", "0.75", "1")


class LimitsMaker:
    """Makes one after the other.

    Args:
        seed: decides what they say.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)
        self._made = 0

    def make(self) -> Limits:
        """The next one; its comment tells it from all others."""
        self._made += 1
        names = self._random.choice((("first", "rest"), ("rest", "first")))
        few = self._class(names[0], self._random.choice(_SYMBOLS))
        classes = (few, self._class(names[1], ("*",)))
        profiles = (self._profile(),) if self._random.random() < 0.8 else ()
        return Limits(f"the {self._made}. of a run", classes, profiles)

    def _class(self, name: str, symbols: tuple[str, ...]) -> SymbolClass:
        begins = ["0", *self._random.sample(_BIDS, self._random.randint(0, 1))]
        tiers = (Tier(Decimal(begin), self._any(_SPREADS), self._any(_RATIOS)) for begin in begins)
        alerting = (state for state in STATES if self._random.random() < 0.5)
        return SymbolClass(name, symbols, tuple(tiers), tuple(alerting), self._any_or_none(_QUANTITIES))

    def _profile(self) -> Profile:
        accounts, severity = self._random.choice(_ACCOUNTS), self._random.choice(("normal", "high"))
        return Profile(
            self._random.choice(("retail", "desk_7")), accounts, self._any(_TIGHTEN),
            self._any_or_none(_QUANTITIES), severity,
        )  # fmt: skip

    def _any(self, texts: Sequence[str]) -> Decimal:
        return Decimal(self._random.choice(texts))

    def _any_or_none(self, texts: Sequence[str]) -> Decimal | None:
        return self._any(texts) if self._random.random() < 0.5 else None
