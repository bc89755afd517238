"""What services that also take FIX sessions can be told about them."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click
from click.core import ParameterSource

from shared.market.symbol_map import SymbolMap, read_symbol_map
from shared.process.options import ADDRESS, Command, option
from shared.wire.fix.counterparty.session_file import LARGEST_FILE, WrongSessions, read_sessions
from shared.wire.fix.counterparty.settings import Carries, SessionSettings


class FixSessions(NamedTuple):
    """The sessions of a file."""

    sessions: Sequence[SessionSettings] = ()
    symbol_maps: Mapping[str, SymbolMap] = {}
    """By session, for those that have one."""


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
        if mistakes := [*_not_built(sessions), *mistakes]:
            self.fail(f"{path}: {'; '.join(mistakes)}", param, ctx)
        return FixSessions(sessions, maps)


def _not_built(sessions: Sequence[SessionSettings]) -> list[str]:
    """What a file asks for that this version cannot do."""
    mistakes = []
    for number, session in enumerate(sessions, 1):
        if session.tls is not None:
            mistakes.append(f"session[{number}].tls: not there yet; put a TLS proxy before --fix-listen")
    return mistakes


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
