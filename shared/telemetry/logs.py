"""Logging to stderr, for a person at a terminal or for a machine."""

import json
import logging
import sys
import time
from collections import Counter
from typing import Final, Literal

from shared.base.printable import printable
from shared.base.rate_limit import Allowance

Format = Literal["text", "json"]

_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_AT_ONCE: Final = 100
_PER_SECOND: Final = 10
"""Lines of one kind."""
_COLOURS: Final = {"WARNING": "\033[33m", "ERROR": "\033[31m", "CRITICAL": "\033[31m"}


def configure(form: Format, level: str) -> None:
    """Set logging up, once, at an entry point.

    Args:
        form: `text`, or `json` for one object a line with `ts`, `level`, `logger`, `event` and what the
            caller gave as `extra`.
        level: the lowest level that is logged.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Bounded())
    handler.setFormatter(_Json() if form == "json" else _Text(colour=sys.stderr.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


class _Bounded(logging.Filter):
    """Lets through so many lines of a kind; what others can cause without end must not fill a disk."""

    def __init__(self) -> None:
        super().__init__()
        self._allowances: dict[str, Allowance] = {}
        self._silent: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        kind = f"{record.name} {record.msg}"
        allowance = self._allowances.setdefault(kind, Allowance(_AT_ONCE, _PER_SECOND))
        if not allowance.take(1):
            self._silent[kind] += 1
            return False
        if silent := self._silent.pop(kind, 0):
            record.msg = f"{record.getMessage()} ({silent} more like this were not logged)"
            record.args = ()
        return True


def _timestamp(record: logging.LogRecord) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{seconds}.{int(record.msecs):03d}Z"


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {key: value for key, value in vars(record).items() if key not in _OWN}


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": _timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _Text(logging.Formatter):
    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        level = f"{record.levelname.lower():<7}"
        if self._colour and record.levelname in _COLOURS:
            level = f"{_COLOURS[record.levelname]}{level}\033[0m"
        extras = "".join(f" {key}={value}" for key, value in _extras(record).items())
        lines = [f"{_timestamp(record)} {level} {printable(record.getMessage() + extras)}"]
        if record.exc_info:
            lines += map(printable, self.formatException(record.exc_info).splitlines())
        return "\n".join(lines)
