"""Files of limits for tests."""

from dataclasses import replace

from shared.market.limits.file.read_file import read_limits
from shared.market.limits.judge import Judge
from shared.market.limits.values import LimitsVersion

WHOLE = """
format = 1
comment = "every key that there is"

[session.us]
zone = "America/New_York"
days = "mon-fri"
closed_on = ["2026-12-25"]
pre = ["04:00-09:30"]
open = ["09:30-16:00"]

[[class]]
name = "us-equity"
symbols = ["IBM", "A?", "*.N"]
session = "us"
absent = ["0", "0.0001", "199999.99"]
multiplier = "1"
tiers = [
  { from = "0",  spread = "0.02", ratio = "0.05" },
  { from = "25", spread = "0.10", ratio = "0.01" },
]
[class.states]
no_quote = "alert"
one_sided = "needed"
crossed = { after_ms = 500 }
locked = "pass"
negative = "alert"
halted = "alert"
auction = "pass"
[class.stale]
quote_ms = 60000
feed_ms = 2000
[class.order]
market = { spread = "0.10", ratio = "0.01" }
through = { money = "0.15", ratio = "0.05", use = "larger" }
away = [ { from = "0", ratio = "0.20" } ]
bands = "alert"
tick = [ { from = "0", tick = "0.0001" }, { from = "1", tick = "0.01" } ]
max_quantity = "100000"
max_notional = "5000000"
[class.during.pre]
tiers = "off"
[class.during.pre.states]
crossed = "alert"

[[class]]
name = "options"
symbols = ["????????????[CP]????????"]
multiplier = "100"
tiers = { preset = "options-quote-width" }

[[class]]
name = "default"
symbols = ["*"]
tiers = [ { from = "0", spread = "0.05", ratio = "0.05" } ]

[[account]]
name = "retail"
accounts = ["4???", "57"]
tighten = "0.5"
max_notional = "250000"
severity = "high"

[[account]]
name = "prop"
accounts = ["9*"]
max_quantity = "500"

[[override]]
symbol = "AIG"
spread = "0.50"
until = 2026-11-25T16:00:00-05:00
why = "earnings"
"""
"""A file with every key, and without a mistake."""


def one_class(rules: str, more: str = "", keys: str = "") -> str:
    """A file whose only class has these rules.

    Args:
        rules: lines of the class; tiers are off unless they are there.
        more: what follows the class.
        keys: lines of the class before its tables.
    """
    tiers = "" if "tiers" in keys else 'tiers = "off"\n'
    return f'format = 1\n[[class]]\nname = "all"\nsymbols = ["*"]\n{tiers}{keys}\n{rules}\n{more}'


def judge_of(text: str, number: int = 7) -> Judge:
    """A judge that goes by a file, published under a number."""
    return Judge(version_of(text, number))


def version_of(text: str, number: int = 7) -> LimitsVersion:
    """A file, published under a number."""
    return replace(read_limits(text.encode()), number=number)
