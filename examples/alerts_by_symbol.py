"""Which symbols alert most, and why: out of the CSV that `market-spread alerts` prints.

    market-spread alerts --from 0 --format csv | python examples/alerts_by_symbol.py

It needs nothing but Python. The same file is a table for others, too: `pandas.read_csv`, `polars.read_csv`.
"""

import csv
import sys
from collections import Counter


def main() -> None:
    """Print the ten symbols with the most alerts, and the reasons of each."""
    reasons: dict[str, Counter[str]] = {}
    for alert in csv.DictReader(sys.stdin):
        reasons.setdefault(alert["symbol"], Counter()).update(alert["reason"].split(","))
    for symbol, found in sorted(reasons.items(), key=lambda each: (-each[1].total(), each[0]))[:10]:
        print(f"{symbol:<24}" + ", ".join(f"{reason} {count}" for reason, count in found.most_common()))


if __name__ == "__main__":
    main()
