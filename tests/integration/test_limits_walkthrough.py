"""docs/limits.md, "Publish, activate, go back, shadow": the commands print what the page says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from services.cli.main import main
from tests.support.limits_walkthrough import fill
from tests.support.servers import one_server

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs/limits.md").read_text().partition("## Publish, activate")[2]


def steps() -> list[tuple[str, list[str]]]:
    """The commands of the section in order, each with the lines that it prints; shell commands print none."""
    found: list[tuple[str, list[str]]] = []
    for kind, block in re.findall(r"```(console|sh)\n(.*?)```", SECTION, re.DOTALL):
        for line in block.splitlines():
            if kind == "sh":
                found.append((line, []))
            elif line.startswith("$ "):
                found.append((line.removeprefix("$ "), []))
            else:
                found[-1][1].append(line)
    return found


@one_server
def test_the_commands_in_their_order(
    redis_url: str,
    redis_client: Redis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each line of the page is printed, but for times, and for what is said of the window that is now."""
    fill(redis_client)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_url)
    compared = 0
    for words, lines in steps():
        if not words.startswith("market-spread "):
            subprocess.run(words, shell=True, check=True)
            continue
        monkeypatch.setattr(sys, "argv", shlex.split(words))
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, words
        printed = [without_times(line) for line in capsys.readouterr().out.splitlines()]
        for line in lines:
            assert line.startswith("now: ") or without_times(line) in printed, words
            compared += 1
    assert compared > 30


def without_times(line: str) -> str:
    """A line of the log without when that was."""
    return re.sub(r"^20[0-9T:.-]+Z", "then", line)
