"""The verdict on the market that an order meets, and its reasons."""

import pytest

from shared.market.flags import fresh_at, reason_of
from shared.market.quote import Quote

NOW_US = 1_000_000_000
FINE = Quote(10.0, 10.01, b"quoted", False, b"", 999_000_000)
RISKY = FINE._replace(is_risky=True, reason=b"spread,spread_ratio")


@pytest.mark.parametrize(
    ("quote", "max_age_us", "reason"),
    [
        (None, None, b"no_quote"),
        (None, 1, b"no_quote"),
        (FINE, None, b""),
        (FINE, 1_000_000, b""),
        (FINE, 999_999, b"stale_quote"),
        (RISKY, None, b"spread,spread_ratio"),
        (RISKY, 1_000_000, b"spread,spread_ratio"),
        (RISKY, 999_999, b"spread,spread_ratio,stale_quote"),
        (FINE._replace(bid=None), None, b"no_quote"),
        (FINE._replace(bid=None), 1, b"no_quote,stale_quote"),
        (RISKY._replace(offer=None), 1_000_000, b"no_quote"),
        (RISKY._replace(is_risky=False), None, b""),
        (FINE._replace(updated_at=1_000_100_000), 1_000_000, b""),
        (FINE._replace(updated_at=1_000_100_001), 1_000_000, b"stale_quote"),
        (FINE._replace(updated_at=None), 1_000_000, b"stale_quote"),
    ],
)
def test_reasons_stand_in_the_order_of_the_contract(
    quote: Quote | None, max_age_us: int | None, reason: bytes
) -> None:
    """No quote, the ingestor's verdict, and a quote that is a microsecond too old, or too far ahead."""
    assert reason_of(quote, None if max_age_us is None else fresh_at(NOW_US, max_age_us)) == reason
