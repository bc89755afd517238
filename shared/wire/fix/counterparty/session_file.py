"""Reads the file of FIX sessions; all of its mistakes are named at once."""

import tomllib
from collections.abc import Collection, Mapping
from typing import Final

from shared.market.limits.file.mistakes import Mistake
from shared.market.limits.file.node import Node, Reading
from shared.wire.fix.counterparty.read_session import read_session
from shared.wire.fix.counterparty.settings import Carries, SessionSettings

LARGEST_FILE: Final = 1024 * 1024
"""Bytes."""
MOST_SESSIONS: Final = 1000


class WrongSessions(ValueError):
    """The file has mistakes.

    Args:
        mistakes: all of them, in the order of the file as far as it goes.
    """

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def read_sessions(
    content: bytes, carries: Collection[Carries], environment: Mapping[str, str]
) -> tuple[SessionSettings, ...]:
    """Read a file of sessions.

    Args:
        content: TOML.
        carries: what the service that reads it can take.
        environment: where `env:NAME` in the fields of a Logon is looked up.

    Raises:
        WrongSessions: all mistakes, each with its place in the file.
    """
    if len(content) > LARGEST_FILE:
        raise _whole(f"the file has {len(content)} bytes; {LARGEST_FILE} is the most")
    try:
        tree = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise _whole(f"the file is not UTF-8: byte {error.start}") from None
    except RecursionError:
        raise _whole("the file is nested too deeply") from None
    except ValueError as error:  # of numbers with thousands of digits, too
        raise _whole(f"the file is not TOML: {error}") from None
    reading = Reading(is_canonical=False)
    root = Node(tree, "", None, reading)
    sessions: list[SessionSettings] = []
    if root.is_table(("session",), ("session",)) and "session" in tree:
        entries = list(root.key("session").entries("tables [[session]]", MOST_SESSIONS))
        sessions = [read_session(entry, carries, environment) for entry in entries]
        _check_apart(entries, sessions)
    if reading.mistakes:
        raise WrongSessions(tuple(reading.mistakes))
    return tuple(sessions)


def _check_apart(entries: list[Node], sessions: list[SessionSettings]) -> None:
    """Note sessions that have a name together, or that cannot be told apart by their messages."""
    names: dict[str, int] = {}
    keys: dict[object, int] = {}
    for number, (entry, session) in enumerate(zip(entries, sessions, strict=True), 1):
        if session.name and names.setdefault(session.name, number) != number:
            entry.key("name").fail(f'"{session.name}" is the name of session[{names[session.name]}] too')
        key = (session.key, session.connect)
        if session.theirs and keys.setdefault(key, number) != number:
            entry.key("theirs").fail(f"begin, ours and theirs are those of session[{keys[key]}] too")


def _whole(text: str) -> WrongSessions:
    return WrongSessions((Mistake("", text),))
