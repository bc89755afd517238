"""Alerts as CSV: a header of fixed fields, then a line an alert, for spreadsheets and data frames."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from services.orders.alerts.published import Alert
from shared.base.printable import printable
from shared.market import keys

FIELDS: Final = (
    "id",
    *keys.ALERT_FIELDS,
    "checked_at_iso",
    "quote_at_iso",
    *keys.LIMITS_FIELDS,
    *keys.FIX_FIELDS,
)
"""The columns: the ID, the fields that all alerts have, the times as ISO 8601, what limits and FIX say."""

_SEPARATORS: Final = {"broken": ";"}
"""Between the elements of a list, where it is no comma."""

_FORMULAS: Final = ("=", "+", "-", "@")
"""What a spreadsheet would take for a formula and run."""


def header(fields: Sequence[str] = FIELDS) -> str:
    """The first line, with its end."""
    return _lines([fields])


def rows(alerts: Iterable[Alert], fields: Sequence[str] = FIELDS) -> str:
    r"""A line an alert, each with its end.

    What is absent is empty, lists are joined as in the stream, and a text that a spreadsheet would run
    as a formula is led by a `'`. What is not printable is escaped, so that an alert is always one line.


    Args:
        alerts: in the order wanted.
        fields: some of `FIELDS`.
    """
    return _lines(
        [_cell(getattr(alert, name), _SEPARATORS.get(name, ",")) for name in fields] for alert in alerts
    )


def _cell(value: object, separator: str) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    text = printable(separator.join(value) if isinstance(value, list) else str(value))
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _lines(cells: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(cells)
    return out.getvalue()
