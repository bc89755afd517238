"""What services that also take FIX sessions can be told about them."""

import os
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import click
from click.core import ParameterSource

from shared.base.address import Address
from shared.feed.fix.tls import context_of
from shared.market.symbol_map import SymbolMap, read_symbol_map
from shared.process.options import ADDRESS, Command, option
from shared.process.stream_options import StreamSettings
from shared.wire.fix.counterparty.session_file import LARGEST_FILE, WrongSessions, read_sessions
from shared.wire.fix.counterparty.settings import Carries, SessionSettings, Tls


class FixSessions(NamedTuple):
    """The sessions of a file."""

    sessions: Sequence[SessionSettings] = ()
    symbol_maps: Mapping[str, SymbolMap] = {}
    """By session, for those that have one."""
    accepting: ssl.SSLContext | None = None
    """For TLS on the port of all acceptors; None: none of them has it."""
    contexts: Mapping[str, ssl.SSLContext] = {}
    """For TLS, by session."""


@dataclass(frozen=True)
class FixSettings(StreamSettings):
    """What the services with a feed, streams and FIX sessions can be told."""

    fix: FixSessions
    fix_listen: Address


class FixFile(click.ParamType[FixSessions]):
    """A file of sessions; all its mistakes are named at once.

    Args:
        carries: what the service can take.
    """

    name = "file"

    def __init__(self, carries: Sequence[Carries]) -> None:
        self._carries = carries

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FixSessions:
        """See `click.ParamType.convert`."""
        if isinstance(value, FixSessions):
            return value
        path = Path(str(value))
        try:
            with path.open("rb") as file:
                sessions = read_sessions(file.read(LARGEST_FILE + 1), self._carries, os.environ)
        except WrongSessions as error:
            self.fail(f"{path}: {'; '.join(map(str, error.mistakes))}", param, ctx)
        except OSError as error:
            self.fail(f"{path}: {error.strerror}", param, ctx)
        maps, mistakes = _read_maps(sessions, path.parent)
        contexts, more = _read_tls(sessions, path.parent)
        if mistakes := [*mistakes, *more]:
            self.fail(f"{path}: {'; '.join(mistakes)}", param, ctx)
        acceptors = {each.name for each in sessions if each.role == "acceptor"}
        accepting = next((context for name, context in contexts.items() if name in acceptors), None)
        return FixSessions(sessions, maps, accepting, contexts)


def _read_tls(
    sessions: Sequence[SessionSettings], folder: Path
) -> tuple[dict[str, ssl.SSLContext], list[str]]:
    """What TLS goes by, by the names of sessions, and what is wrong with it."""
    contexts, mistakes = {}, []
    of_the_port: Tls | None = None
    for number, session in enumerate(sessions, 1):
        if session.tls is None:
            continue
        try:
            contexts[session.name] = context_of(session.tls, session.role, folder)
        except OSError as error:
            mistakes.append(f"session[{number}].tls: {error}")
        if session.role == "acceptor":
            of_the_port = of_the_port or session.tls
            if session.tls != of_the_port:
                mistakes.append(f"session[{number}].tls: all acceptors have one port, so the same files")
    return contexts, mistakes


def _read_maps(sessions: Sequence[SessionSettings], folder: Path) -> tuple[dict[str, SymbolMap], list[str]]:
    """The symbol maps of sessions by their names, and what is wrong with them."""
    maps, mistakes = {}, []
    for number, session in enumerate(sessions, 1):
        if not session.symbol_map:
            continue
        try:
            maps[session.name] = read_symbol_map(folder / session.symbol_map)
        except (ValueError, OSError) as error:
            mistakes.append(f"session[{number}].map: {error}")
    return maps, mistakes


def fix_options(messages: str, carries: Sequence[Carries], listen: str) -> Callable[[Command], Command]:
    """`--fix` and `--fix-listen`.

    Args:
        messages: what the sessions carry, `orders` or `quotes`.
        carries: what the service can take.
        listen: where it listens by default.
    """

    def decorate(command: Command) -> Command:
        command = option(
            "--fix-listen", type=ADDRESS, default=listen, help="Where FIX counterparties connect."
        )(command)
        return option(
            "--fix",
            type=FixFile(carries),
            default=FixSessions(),
            show_default=False,
            help=f"Take {messages} from the FIX sessions of this file, too.",
        )(command)

    return decorate


def check_fix() -> None:
    """See that an address for FIX is given only where there are sessions.

    Raises:
        UsageError: it is not so.
    """
    context = click.get_current_context()
    is_given = context.get_parameter_source("fix_listen") is ParameterSource.COMMANDLINE
    if is_given and not context.params["fix"].sessions:
        raise click.UsageError("--fix-listen is for FIX sessions alone; add --fix FILE")
