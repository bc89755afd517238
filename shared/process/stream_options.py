"""What services that also read Redis streams can be told about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from shared.market.symbol_map import SymbolMap, read_symbol_map
from shared.process.options import Command, ServiceSettings, StreamName, option


@dataclass(frozen=True)
class StreamSettings(ServiceSettings):
    """What the services with a feed and streams can be told."""

    stream: tuple[str, ...]
    keep_entries: bool
    symbol_map: SymbolMap


class SymbolMapFile(click.ParamType[SymbolMap]):
    """A file of symbols; see `shared.market.symbol_map`."""

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> SymbolMap:
        """See `click.ParamType.convert`."""
        if isinstance(value, dict):
            return value
        try:
            return read_symbol_map(Path(str(value)))
        except (ValueError, OSError) as error:
            self.fail(str(error), param, ctx)


def symbol_map_option() -> Callable[[Command], Command]:
    """`--symbol-map`."""
    return option(
        "--symbol-map",
        type=SymbolMapFile(),
        default={},
        show_default=False,
        help="A CSV file `theirs,ours` of what senders call symbols and what they are called here.",
    )


def stream_options(messages: str) -> Callable[[Command], Command]:
    """The options behind `StreamSettings`.

    Args:
        messages: what entries are called, `orders` or `quotes`.
    """

    def decorate(command: Command) -> Command:
        command = symbol_map_option()(command)
        command = option(
            f"--keep-{messages}/--trim-{messages}",
            "keep_entries",
            default=False,
            help=f"Leave {messages} in the stream when they have taken effect.",
        )(command)
        return option(
            "--stream",
            multiple=True,
            type=StreamName(),
            help=f"Take {messages} from this Redis stream too; of several the first is claimed, the others "
            "are shared.",
        )(command)

    return decorate


def check_streams(options: Mapping[str, Any], messages: str, *, has_sessions: bool = False) -> None:
    """See that there is something to do, and that no stream is read twice.

    Args:
        options: of the command.
        messages: what it takes, `orders` or `quotes`.
        has_sessions: whether they come from FIX sessions, too.

    Raises:
        UsageError: it is not so.
    """
    streams = options["stream"]
    if options["listen"] is None and not streams and not has_sessions:
        raise click.UsageError(f"--listen none leaves no {messages} to take; add --stream NAME")
    if options["symbol_map"] and not streams:
        raise click.UsageError("--symbol-map is for streams alone, not for frames; add --stream NAME")
    if len(set(streams)) < len(streams):
        raise click.UsageError("--stream: a name is given twice; each stream is read once")
    if options["alerts"] in streams:
        raise click.UsageError(f"--stream {options['alerts']} is where the alerts go; give another --alerts")
