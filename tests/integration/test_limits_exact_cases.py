"""Verdicts of limits against exact arithmetic, many of them."""

import os

import pytest

from tests.support.limits_cases import CaseMaker
from tests.support.limits_checking import check

CASES = int(os.environ.get("LIMITS_CASES", "50000"))
AT_ONCE = 10_000


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_many_verdicts_are_exact() -> None:
    """50,000 orders at the edges of limits, or LIMITS_CASES, are judged as exact numbers say."""
    maker = CaseMaker(2)
    for begin in range(0, CASES, AT_ONCE):
        check([maker.case() for _ in range(min(AT_ONCE, CASES - begin))])
