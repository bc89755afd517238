"""How the tests of all orders ended, by test; and the tests that ought to be made and are not."""

import logging
from collections.abc import Iterator
from typing import Final

import numpy as np

from shared.market.limits.judging import TESTS
from shared.market.limits.many.batch_judge import BatchVerdict

logger = logging.getLogger(__name__)

_NAMES: Final = [name for name, _ in TESTS]


class OutcomeTotals:
    """Counts orders by test and outcome."""

    def __init__(self) -> None:
        self._counts = {
            outcome: np.zeros(len(TESTS), np.int64) for outcome in ("passed", "broken", "skipped")
        }

    def add(self, verdict: BatchVerdict) -> None:
        """Add the orders of a batch."""
        self._counts["passed"] += verdict.passed
        self._counts["broken"] += verdict.broken
        self._counts["skipped"] += verdict.skipped

    def made(self) -> dict[str, int]:
        """For how many orders each test was made."""
        made = self._counts["passed"] + self._counts["broken"]
        return dict(zip(_NAMES, made.tolist(), strict=True))

    def __iter__(self) -> Iterator[tuple[str, str, int]]:
        """Each test with an outcome that was met, and how often."""
        for outcome, counts in self._counts.items():
            for name, count in zip(_NAMES, counts.tolist(), strict=True):
                if count:
                    yield name, outcome, count
