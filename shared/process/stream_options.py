"""What services that also read Redis streams can be told about them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from shared.process.options import Command, ServiceSettings, StreamName, option


@dataclass(frozen=True)
class StreamSettings(ServiceSettings):
    """What the services with a feed and streams can be told."""

    stream: tuple[str, ...]
    keep_entries: bool


def stream_options(messages: str) -> Callable[[Command], Command]:
    """The options behind `StreamSettings`.

    Args:
        messages: what entries are called, `orders` or `quotes`.
    """

    def decorate(command: Command) -> Command:
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


def check_streams(options: Mapping[str, Any], messages: str) -> None:
    """See that there is something to do, and that no stream is read twice.

    Raises:
        UsageError: it is not so.
    """
    streams = options["stream"]
    if options["listen"] is None and not streams:
        raise click.UsageError(f"--listen none leaves no {messages} to take; add --stream NAME")
    if len(set(streams)) < len(streams):
        raise click.UsageError("--stream: a name is given twice; each stream is read once")
    if options["alerts"] in streams:
        raise click.UsageError(f"--stream {options['alerts']} is where the alerts go; give another --alerts")
