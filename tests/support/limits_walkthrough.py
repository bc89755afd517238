"""The market of the examples in the docs: what is in Redis when their commands are run."""

from typing import Any, Final

from redis import Redis

from shared.market import keys

QUOTES: Final = {
    "AAPL": ("187.10", "187.13"), "AIG": ("52.10", "52.70"), "BAC": ("10.00", "10.01"),
    "F": ("9.84", "9.85"), "GE": ("26.30", "26.32"), "IBM": ("150.00", "150.08"),
    "JPM": ("61.55", "61.57"), "MSFT": ("55.20", "55.22"), "T": ("33.94", "33.95"), "XOM": ("77.02", "77.05"),
}  # fmt: skip
AT_US: Final = 1_764_084_600_000_000
"""When they were applied: 2025-11-25T15:30:00Z."""


def fill(client: Redis) -> None:
    """Write the quotes as an ingestor does, and what two services say of themselves."""
    for symbol, (bid, offer) in QUOTES.items():
        is_wide = float(offer) - float(bid) > 0.049
        quote: dict[Any, Any] = {
            "bid": repr(float(bid)), "offer": repr(float(offer)), "risky": str(int(is_wide)),
            "reason": "spread" if is_wide else "", "transact_time": "20251125-15:30:00.000",
            "updated_at": str(AT_US), "status": "0", "source": "nbbo-a",
        }  # fmt: skip
        client.hset(keys.symbol(symbol), mapping=quote)
        client.sadd(keys.SYMBOLS, symbol)
    client.set(keys.feed("nbbo-a"), AT_US)
    for role in ("ingest", "check"):
        client.xadd(keys.stats(role), {"instance": "desk1-4711-a1b2c3"})
        state: dict[Any, Any] = {
            "role": role, "instance": "desk1-4711-a1b2c3", "limits": "9", "shadow_added_total": "3",
            "shadow_removed_total": "12", "shadow_changed_total": "0",
        }  # fmt: skip
        client.hset(keys.service(role, "desk1-4711-a1b2c3"), mapping=state)
