"""What two versions have that the other has not."""

import json

from shared.market.limits.file.canonical import canonical
from shared.market.limits.file.differences import differences
from shared.market.limits.file.read_file import read_limits
from tests.support.limits_files import WHOLE


def lines(old: str, new: str) -> list[str]:
    """The differences between two files."""
    return list(differences(*(json.loads(canonical(read_limits(each.encode()))) for each in (old, new))))


def test_each_difference_has_its_place() -> None:
    """What is new, what is gone and what has changed; classes and overrides by their names."""
    other = (
        WHOLE.replace('spread = "0.10", ratio = "0.01" },\n]', 'spread = "0.20", ratio = "0.01" },\n]')
        .replace('max_quantity = "500"', "")
        .replace('symbol = "AIG"', 'symbol = "IBM.N"')
        .replace('["4???", "57"]', '["4???"]')
    )

    assert lines(WHOLE, other) == [
        'class.us-equity.tiers[2].spread: "0.10" -> "0.20"',
        'account.retail.accounts: ["4???", "57"] -> ["4???"]',
        '- account.prop.max_quantity: "500"',
        "order of override: AIG -> IBM.N",
        "- override.AIG",
        "+ override.IBM.N",
    ]


def test_equal_limits_have_none() -> None:
    """However they are written."""
    assert lines(WHOLE, WHOLE.replace('multiplier = "1"\n', "")) == []
