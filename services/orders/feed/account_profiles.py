"""The profiles that a version of the limits has for accounts, found for many accounts at once."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.market.limits.judge import Judge
from shared.market.limits.many.columns import Ints
from shared.wire.hash_slots import UNKNOWN, HashSlots

_NO_PROFILE: Final = -1
_REMEMBERED: Final = 200_000
"""Accounts: all are forgotten when there are more."""


class AccountProfiles:
    """Finds the places of accounts' profiles.

    Args:
        judge: the version's.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._known = HashSlots()
        self._known_texts: dict[bytes, int] = {}

    def of(self, account: str) -> int:
        """The place of an account's profile, -1 for none."""
        place = self._judge.profile_of(account)
        return _NO_PROFILE if place is None else place

    def of_texts(self, accounts: Iterable[bytes]) -> Ints:
        """The same of many accounts."""
        known = self._known_texts
        if len(known) > _REMEMBERED:
            known.clear()
        places = []
        for account in accounts:
            place = known.get(account)
            if place is None:
                place = known[account] = self.of(account.decode())
            places.append(place)
        return np.array(places, np.int64)

    def of_numbers(self, accounts: NDArray[np.unsignedinteger]) -> Ints:
        """The same of many accounts that are numbers."""
        if not self._judge.version.accounts:
            return np.full(len(accounts), _NO_PROFILE, np.int64)
        keys = accounts.astype(np.uint64)
        found = self._known.find(keys, None)
        if (found == UNKNOWN).any():
            self._learn(keys, found)
            found = self._known.find(keys, None)
        return found - 1

    def _learn(self, keys: NDArray[np.uint64], found: NDArray[np.intp]) -> None:
        """Remember the profiles of accounts; numbers in the table begin at 0, for those without one."""
        new = np.unique(keys[found == UNKNOWN])
        if len(self._known) + len(new) > _REMEMBERED:
            self._known, new = HashSlots(), np.unique(keys)
        for account in new.tolist():
            self._known.insert(account, 0, self.of(str(account)) + 1)
