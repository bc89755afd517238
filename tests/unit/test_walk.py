"""How prices of the made market move at the edges of what is possible."""

import numpy as np
import pytest

from services.cli.made_market.random_walk import Walk


def test_cheap_symbols_do_not_become_risky_by_their_price(monkeypatch: pytest.MonkeyPatch) -> None:
    """However far mids wander, no narrow spread reaches 5 % of the mid, and no bid reaches 0."""
    monkeypatch.setattr("services.cli.made_market.random_walk._STEP_SIGMA", 0.02)
    draw = np.random.PCG64(1).random_raw
    walk = Walk([50, 100, 105, 120] * 250, 0.0, draw)
    symbols = np.arange(1000)
    for _ in range(500):
        walk.step()
    for _ in range(20):
        bids, offers = walk.quoted(symbols, draw(1000))
        assert (bids > 0).all()
        assert ((offers - bids) / ((bids + offers) / 2) < 0.05).all()


def test_limits_lie_around_the_mid() -> None:
    """Orders are limited to at most 4 cents below and 3 above the mid, to each of these about as often."""
    draw = np.random.PCG64(1).random_raw
    walk = Walk([5000], 0.0, draw)
    limits = walk.limits(np.zeros(8000, np.int64), draw(8000))
    cents, counts = np.unique(limits, return_counts=True)
    assert cents.tolist() == list(range(4996, 5004))
    assert counts.min() > 850
