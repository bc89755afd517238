"""Public tables that a file can name instead of writing them out, each with its source and date."""

from decimal import Decimal
from typing import Final

from shared.market.limits.values import Collar, Preset, Steps, Width


def _widths(name: str, source: str, date: str, **spreads: str) -> Steps[Width]:
    return Steps(
        tuple((Decimal(begin[1:]), Width(Decimal(spread), None)) for begin, spread in spreads.items()),
        Preset(name, source, date),
    )


def _collars(name: str, source: str, date: str, money: str, **ratios: str) -> Steps[Collar]:
    return Steps(
        tuple(
            (Decimal(begin[1:]), Collar(Decimal(money), Decimal(ratio), "larger"))
            for begin, ratio in ratios.items()
        ),
        Preset(name, source, date),
    )


_WIDTHS = (
    _widths(
        "options-quote-width",
        "US options quote-width rules as in public study guides; Cboe rule 8.7 has the same numbers",
        "not dated",
        _0="0.25", _2="0.40", _5="0.50", _10="0.80", _20="1.00",
    ),
    _widths(
        "options-open-x3",
        "Nasdaq alert ORA2017-24 (ISE, MRX)",
        "2017",
        _0="0.75", _2="1.20", _5="1.50", _10="2.40", _20="3.00",
    ),
    _widths(
        "options-open-index",
        "Nasdaq alert ORA2017-17",
        "2017",
        _0="0.75", _2="1", _5="1.50", _10="3", _20="6", _40="12", _80="18", _200="22",
    ),
    _widths(
        "options-index-intraday",
        "Nasdaq alert ORA2021-35 (NDX)",
        "2021",
        _0="20", _200="22", _400="50",
    ),
)  # fmt: skip

_COLLARS = (
    _collars(
        "equity-collar-nyse",
        "NYSE Arca, 2010; NYSE National rule 7.31",
        "2010",
        "0.15", _0="0.10", _25="0.05", _50="0.03",
    ),
    _collars("equity-collar-nasdaq", "Nasdaq alert ETA2016-172", "2016", "0.50", _0="0.10"),
    _collars("equity-market-order-cboe", "Cboe (BATS) equities risk page", "not dated", "0.50", _0="0.05"),
)  # fmt: skip

_TICKS = (
    Steps(
        ((Decimal(0), Decimal("0.0001")), (Decimal(1), Decimal("0.01"))),
        Preset("tick-us-equity", "Regulation NMS rule 612 before its amendment of 2024", "before 2024"),
    ),
)


WIDTHS: Final = {each.preset.name: each for each in _WIDTHS if each.preset}
"""Tiers: by the bid, the spread."""
COLLARS: Final = {each.preset.name: each for each in _COLLARS if each.preset}
"""For `through` and `away`: by the bid, the larger of an amount of money and a part of the price."""
TICKS: Final = {each.preset.name: each for each in _TICKS if each.preset}
"""By the price, the tick."""
