"""`--fix` and `--fix-listen`: a file of sessions, the files that it names, and all mistakes at once."""

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from shared.process.fix_options import FixSessions, check_fix, fix_options
from tests.support.certificates import make_certificates
from tests.support.fix_sessions import session_table


@click.command()
@fix_options("orders", ("requests", "reports"), listen="127.0.0.1:7012")
def command(**options: Any) -> None:
    """Print what it was told."""
    check_fix()
    fix: FixSessions = options["fix"]
    names = [session.name for session in fix.sessions]
    click.echo(f"{names} {dict(fix.symbol_maps)} {options['fix_listen']}")


def run(*words: str, **variables: str) -> tuple[int, str]:
    """The exit code of the command, and its last line."""
    done = CliRunner().invoke(command, words, env=variables)
    return done.exit_code, done.output.splitlines()[-1]


def test_a_file_is_read_with_the_maps_beside_it(tmp_path: Path) -> None:
    """A map's path counts from the file's folder; variables of the environment do as well as flags."""
    (tmp_path / "names.csv").write_text("theirs,ours\nA,B\n")
    file = tmp_path / "sessions.toml"
    file.write_text(session_table("a") + session_table("b", theirs="B", more='map = "names.csv"'))
    expected = "['a', 'b'] {'b': {b'A': b'B'}} 127.0.0.1:7012"
    assert run("--fix", str(file)) == (0, expected)
    assert run(MARKET_SPREAD_FIX=str(file)) == (0, expected)
    assert run("--fix", str(file), "--fix-listen", "h:1")[1].endswith(" h:1")
    assert run() == (0, "[] {} 127.0.0.1:7012")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            session_table("a b") + session_table("c", theirs="", begin="FIX.4.1"),
            ["session[1].name", "session[2].begin", "session[2].theirs"],
        ),
        (
            session_table("a", more='tls = { certificate = "c.pem", key = "k.pem" }')
            + session_table("b", theirs="B", more='map = "nowhere.csv"'),
            ["session[1].tls: ", "c.pem", "session[2].map: ", "nowhere.csv"],
        ),
        (session_table("a").replace("requests", "quotes"), ["session[1].carries"]),
        ("?", ["not TOML"]),
    ],
)
def test_all_mistakes_are_named_at_once(tmp_path: Path, content: str, said: list[str]) -> None:
    """With the file and the place of each in it, those of the files that it names, too. Exit code 2."""
    file = tmp_path / "sessions.toml"
    file.write_text(content)
    code, line = run("--fix", str(file))
    assert code == 2
    assert [each for each in [str(file), *said] if each not in line] == []


def test_what_cannot_be_read_and_what_has_no_use(tmp_path: Path) -> None:
    """A file that is not there is said; an address without sessions, too, unless a variable gives it."""
    assert run("--fix", str(tmp_path / "none.toml"))[1].endswith("none.toml: No such file or directory")
    assert run("--fix", str(tmp_path))[1].endswith("Is a directory")
    code, line = run("--fix-listen", "127.0.0.1:1")
    assert (code, line) == (2, "Error: --fix-listen is for FIX sessions alone; add --fix FILE")
    assert run(MARKET_SPREAD_FIX_LISTEN="127.0.0.1:1")[0] == 0


def test_acceptors_share_their_files_of_tls(tmp_path: Path) -> None:
    """They have one port; an initiator has its own, and needs none but what the machine believes."""
    files = make_certificates(tmp_path)
    (tmp_path / "not.pem").write_text("?")
    names = [each.name for each in files]
    theirs = f'tls = {{ certificate = "{names[1]}", key = "{names[2]}" }}'
    mutual = f'tls = {{ certificate = "{names[1]}", key = "{names[2]}", authority = "{names[0]}" }}'
    dial = session_table("c", theirs="C", more='connect = "h:1"\ntls = { }').replace("acceptor", "initiator")
    file = tmp_path / "sessions.toml"
    file.write_text(session_table("a", more=theirs) + session_table("b", theirs="B", more=theirs) + dial)
    assert run("--fix", str(file))[0] == 0
    file.write_text(session_table("a", more=theirs) + session_table("b", theirs="B", more=mutual))
    assert run("--fix", str(file))[1].endswith(
        "session[2].tls: all acceptors have one port, so the same files"
    )
    wrong = theirs.replace(names[1], "not.pem")
    file.write_text(session_table("a", more=wrong))
    code, line = run("--fix", str(file))
    assert (code, "session[1].tls: " in line) == (2, True)
