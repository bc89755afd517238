"""The console script with its standard streams closed, full, or read by nobody."""

import os
import subprocess
import sys
from typing import NamedTuple

from services.cli.local.die_with_parent import leashed
from tests.support.processes import ROOT, TIMEOUT_S

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
"""What makes a terminal one that has no more than ASCII."""


class Ended(NamedTuple):
    """What came of a command."""

    code: int
    output: bytes
    errors: bytes


def start(redirection: str, module: str, *words: object) -> subprocess.Popen[bytes]:
    """Start `python -m MODULE WORDS` under a shell's redirection, such as `>&-`."""
    shell = ["sh", "-c", f'exec "$@" {redirection}', "sh"]
    return subprocess.Popen(
        [*shell, *leashed([sys.executable, "-m", module, *map(str, words)])],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(redirection: str, *words: object) -> Ended:
    """Run `market-spread` with these words to its end."""
    with start(redirection, "services.cli", *words) as process:
        output, errors = process.communicate(timeout=TIMEOUT_S)
        return Ended(process.returncode, output, errors)


def run_unread(*words: object) -> Ended:
    """Run `market-spread` with these words into a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as output:
        ended = subprocess.run(
            [sys.executable, "-m", "services.cli", *map(str, words)],
            check=False, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE,
            timeout=TIMEOUT_S,
        )  # fmt: skip
    return Ended(ended.returncode, b"", ended.stderr)
