"""Figures: summed up over runs, printed as tables, kept as JSON with the machine that they are from."""

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.table import Table

from services.cli.local.embedded import find_server

FOLDER: Final = Path(__file__).parent / "results"
_LOAD_AT_START: Final = os.getloadavg()[0]
_LIBRARIES: Final = ("numpy", "redis", "hiredis")


class Summary(NamedTuple):
    """A figure over several runs."""

    median: float
    low: float
    high: float

    def text(self, digits: int = 0) -> str:
        """The median and, in brackets, the spread."""
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def summary(values: Sequence[float]) -> Summary:
    """The median of some runs with the lowest and the highest."""
    return Summary(median(values), min(values), max(values))


def ratios(ours: Sequence[float], others: Sequence[float]) -> Summary:
    """How many times the other's figure ours is, run by run."""
    return summary([our / other for our, other in zip(ours, others, strict=True)])


def machine() -> dict[str, Any]:
    """What the figures are from."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_at_start": _LOAD_AT_START,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "server": server_version("valkey"),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "commit": _output("git", "describe", "--always", "--dirty", "--exclude", "*"),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def server_version(choice: str) -> str:
    """Such as `Valkey 9.1.2`; for the choice see `find_server`."""
    version_line = _output(find_server(choice), "--version")
    found = re.search(r"^(\w+) server v=(\S+)", version_line)
    return " ".join(found.groups()) if found else version_line


def _output(*words: str) -> str:
    return subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, check=False).stdout.strip()


def write(name: str, figures: Mapping[str, Any]) -> None:
    """Keep figures as `results/<name>.json`."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({"machine": machine(), **figures}, indent=1) + "\n")
    print(f"raw numbers: {path}")


def read(name: str) -> dict[str, Any]:
    """What was kept."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; the first column is text, the others are figures."""
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    for row in rows:
        table.add_row(*row)
    Console(width=None if os.isatty(1) else 160).print(table)
