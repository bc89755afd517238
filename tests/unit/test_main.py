"""The console script: its commands, and what it says when they are called wrongly."""

import sys

import click
import pytest

from services.cli.main import cli, main
from shared.base.version import VERSION
from tests.support.processes import Processes

COMMANDS = ("demo", "ingest", "check", "api", "forward", "limits", "alerts", "replay", "simulate")


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """Call the console script in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["market-spread", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_there(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command of the list can be imported, has the name it is called by, and explains itself."""
    assert call(monkeypatch, name, "--help") == 0

    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: market-spread {name} ")
    assert shown.isascii()


def test_help_lists_all_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the script says which there are."""
    assert call(monkeypatch) == 0

    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in COMMANDS)


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The version is the one that the package has."""
    assert call(monkeypatch, "--version") == 0

    assert capsys.readouterr().out == f"market-spread, version {VERSION}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "market-spread: No such command 'nonsense'"),
        (["ingest", "--nonsense"], "market-spread ingest: No such option '--nonsense'"),
        (["ingest", "extra"], "market-spread ingest: Got unexpected extra argument (extra)"),
        (["ingest", "--listen", "nowhere"], "'nowhere' is not HOST:PORT with a port from 0 to 65535"),
        (["check", "--listen", "127.0.0.1:65536"], "'127.0.0.1:65536' is not HOST:PORT"),
        (["check", "--redis", "http://x"], "'http': a Redis URL starts with"),
        (["api", "--redis", "redis://127.0.0.1:port"], "market-spread api: Invalid value for '--redis'"),
        (["ingest", "--max-spread", "-1"], "-1 is not a number from 0 on"),
        (["simulate", "--risky", "2"], "market-spread simulate: Invalid value for '--risky'"),
        (["replay"], "market-spread replay: Missing argument 'FILE...'"),
        (["forward"], "market-spread forward: Missing option '--to'"),
        (["forward", "--to", "127.0.0.1:1", "--name", ""], "--name '': use 1 to 64 of A-Z a-z 0-9 . _ -"),
        (["ingest", "--alerts", ""], "market-spread ingest: Invalid value for '--alerts'"),
        (["ingest", "--alerts", "a{b}c"], "'a{b}c' has a '}', which would take the alerts"),
        (["check", "--alerts", "}"], "every other printable character is allowed"),
        (["api", "--alerts", "{x}"], "'{x}' has a '}'"),
        (["forward", "--to", "127.0.0.1:1", "--alerts", "{x}"], "'{x}' has a '}'"),
        (["alerts", "--alerts", "{x}"], "'{x}' has a '}'"),
        (["check", "--stream", ""], "market-spread check: Invalid value for '--stream'"),
        (["check", "--stream", "a\nb"], r"'a\nb' has characters that are not printable"),
        (["check", "--stream", "a", "--stream", "a"], "--stream: a name is given twice"),
        (["simulate", "--write", ""], "Invalid value for '--write'"),
        (["\x1b[2J"], r"No such command '\x1b[2J'"),
    ],
)
def test_usage_errors_are_one_line(
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong word: one line on standard error that says what is wrong and what to do; exit code 2."""
    assert call(monkeypatch, *words) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("market-spread")
    assert said in shown.err
    assert shown.err.count("\n") == 1
    assert " --help)" in shown.err


def test_variables_are_checked_as_flags_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong value in the environment is a usage error that names the variable."""
    monkeypatch.setenv("MARKET_SPREAD_LISTEN", "nowhere")

    assert call(monkeypatch, "ingest") == 2

    assert "MARKET_SPREAD_LISTEN" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_is_a_variable_too(name: str) -> None:
    """Each flag can be given as MARKET_SPREAD_<FLAG>, and --redis as REDIS_URL.

    MARKET_SPREAD_FIX is the services' file of sessions, so a mere switch --fix is MARKET_SPREAD_BY_FIX.
    """
    command = cli.get_command(cli.make_context("market-spread", ["--help"], resilient_parsing=True), name)
    assert command is not None

    for option in (each for each in command.params if each.param_type_name == "option"):
        flag = option.opts[0].removeprefix("--").replace("-", "_").upper()
        if flag == "FIX" and isinstance(option.type, click.types.BoolParamType):
            flag = "BY_FIX"
        assert option.envvar == ("REDIS_URL" if flag == "REDIS" else f"MARKET_SPREAD_{flag}")


def test_commands_are_imported_when_called(processes: Processes) -> None:
    """The script starts without the imports of its commands."""
    heavy = "{'fastapi', 'numpy', 'redis', 'rich'}"
    process = processes.start("-c", f"import sys, services.cli.main; print(list({heavy} & set(sys.modules)))")

    assert process.wait() == 0
    assert process.output() == "[]\n"
