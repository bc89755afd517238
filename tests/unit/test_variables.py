"""Variables of the environment: every one of ours is known, and one that is misspelt is refused."""

import sys

import click
import pytest

from services.cli.main import cli, main
from shared.process import variables
from tests.support.processes import ROOT, Processes

COMMANDS = (
    "demo",
    "ingest",
    "check",
    "api",
    "forward",
    "fix",
    "limits",
    "alerts",
    "doctor",
    "replay",
    "simulate",
)


def with_subcommands(command: click.Command | None) -> list[click.Command]:
    """A command, and those that it groups."""
    assert command is not None
    return [command, *(command.commands.values() if isinstance(command, click.Group) else ())]


def test_the_list_has_the_variables_of_all_commands() -> None:
    """The variables that are known are those of every flag of every command, and the token."""
    context = cli.make_context("market-spread", ["--help"], resilient_parsing=True)
    of_flags = {
        option.envvar
        for name in COMMANDS
        for command in with_subcommands(cli.get_command(context, name))
        for option in command.params
        if option.param_type_name == "option"
    }
    assert {*of_flags, variables.TOKEN} == {*variables.KNOWN, "REDIS_URL"}
    assert len(of_flags) > 30


@pytest.mark.parametrize("name", COMMANDS)
def test_a_misspelt_variable_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A variable that no command knows ends every command with one line that names it, exit code 2."""
    monkeypatch.setenv("MARKET_SPREAD_ALERT", "desk")
    monkeypatch.setattr(sys, "argv", ["market-spread", name])

    with pytest.raises(SystemExit) as ended:
        main()

    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err == (
        "market-spread: no command knows the environment variable MARKET_SPREAD_ALERT "
        "(is MARKET_SPREAD_ALERTS meant?)\n"
    )


@pytest.mark.parametrize("module", ["services.market_data", "services.orders", "services.web"])
def test_a_module_refuses_it_too(processes: Processes, module: str) -> None:
    """Started as a module, a service refuses what it does as a command; all that is wrong is in one line."""
    wrong = {"MARKET_SPREAD_LISTN": "127.0.0.1:1", "MARKET_SPREAD_X\n": ""}
    process = processes.start("-m", module, environment=wrong)

    assert process.wait() == 2
    (line,) = process.lines
    assert line.startswith(f"python -m {module}: no command knows the environment variable ")
    assert "MARKET_SPREAD_LISTN (is MARKET_SPREAD_LISTEN meant?)" in line
    assert r"MARKET_SPREAD_X\n" in line


def test_help_is_given_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The help, where the right name stands, is shown whatever the environment has."""
    monkeypatch.setenv("MARKET_SPREAD_ALERT", "desk")
    monkeypatch.setattr(sys, "argv", ["market-spread", "check", "--help"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0
    assert "MARKET_SPREAD_ALERTS" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("MARKET_SPREAD_LISTEN_", "MARKET_SPREAD_LISTEN"),
        ("MARKET_SPREAD_listen", "MARKET_SPREAD_LISTEN"),
        ("MARKET_SPREAD_MAXSPREAD", "MARKET_SPREAD_MAX_SPREAD"),
        ("MARKET_SPREAD_REDIS_ATTEMPT", "MARKET_SPREAD_REDIS_ATTEMPTS"),
        ("MARKET_SPREAD_TOKENFILE", "MARKET_SPREAD_TOKEN_FILE"),
        ("MARKET_SPREAD_SYMBOL", "MARKET_SPREAD_SYMBOLS"),
    ],
)
def test_the_nearest_that_is_known(variable: str, nearest: str) -> None:
    """What is meant is found by likeness."""
    assert variables.misspelt({variable: "7010"}) == {variable: nearest}


def test_a_port_that_is_no_address_is_a_mistake() -> None:
    """Kubernetes' variable for a port is a URL; a number there is somebody's mistake."""
    assert list(variables.misspelt({"MARKET_SPREAD_PORT": "7010"})) == ["MARKET_SPREAD_PORT"]


def test_what_belongs_to_others_is_not_looked_at() -> None:
    """Variables of other commands, of other programs, and those that Kubernetes adds are no mistakes."""
    harmless = {
        **dict.fromkeys(variables.KNOWN, "x"),
        "REDIS_URL": "redis://127.0.0.1",
        "MARKET_SPREADER": "butter",
        "MARKET_SPREAD_SERVICE_HOST": "10.0.0.1",
        "MARKET_SPREAD_SERVICE_PORT": "7010",
        "MARKET_SPREAD_SERVICE_PORT_FEED": "7010",
        "MARKET_SPREAD_PORT": "tcp://10.0.0.1:7010",
        "MARKET_SPREAD_CHECK_PORT_7010_TCP": "tcp://10.0.0.1:7010",
        "MARKET_SPREAD_CHECK_PORT_7010_TCP_ADDR": "10.0.0.1",
    }
    assert variables.misspelt(harmless) == {}


def test_what_we_deploy_and_document_is_known() -> None:
    """Every variable in the compose file, the image, the manifests, the unit and the docs is one of ours."""
    files = [
        ROOT / "docker-compose.yml",
        ROOT / "Dockerfile",
        ROOT / "README.md",
        *(path for folder in ("deploy", "docs") for path in (ROOT / folder).rglob("*") if path.is_file()),
    ]
    used = {name for file in files for name in variables.NAME.findall(file.read_text(errors="replace"))}
    assert {"MARKET_SPREAD_METRICS", "MARKET_SPREAD_TO", "MARKET_SPREAD_TOKEN"} <= used
    assert used <= variables.KNOWN
