"""The console script in tests, run to its end."""

from typing import NamedTuple

from tests.support.processes import Process, Processes


class Ended(NamedTuple):
    """What came of a command."""

    code: int
    output: str
    lines: list[str]
    """Of its standard error."""


def start(processes: Processes, *words: object, environment: dict[str, str] | None = None) -> Process:
    """Start `market-spread` with these words."""
    return processes.start("-m", "services.cli", *map(str, words), environment=environment)


def run(processes: Processes, *words: object, environment: dict[str, str] | None = None) -> Ended:
    """Run `market-spread` with these words."""
    return end_of(start(processes, *words, environment=environment))


def end_of(process: Process) -> Ended:
    """Wait for a command's end."""
    return Ended(process.wait(), process.output(), process.lines)
