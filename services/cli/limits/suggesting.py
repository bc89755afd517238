"""Tiers that recorded quotes suggest."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from services.cli.files.data_file import DataFile, Reading
from services.cli.files.rows import QUOTE_FIELDS, Rows, UnreadableFileError
from services.cli.limits.spread_counts import BEGINS, SpreadCounts
from shared.market.symbol_map import SymbolMap
from shared.process.options import NumberRange, option
from shared.process.stream_options import symbol_map_option
from shared.process.usage import Failed, WrongSetting, say_error
from shared.telemetry import logs

_LEAST: Final = 100
"""Quotes that a tier has to be made of."""


@click.command(name="suggest")
@option(
    "--quotes",
    type=click.Path(path_type=Path),
    required=True,
    help="The file: frames, a FIX message log, or CSV with a header, each also gzipped.",
)
@option(
    "--quantile",
    type=NumberRange(0, 1, min_open=True, max_open=True),
    default=0.999,
    help="So many of the quotes are within the suggested limits.",
)
@option("--map", "columns", multiple=True, metavar="THEIRS=OURS", help="CSV: which column is which field.")
@symbol_map_option()
def suggest(quotes: Path, quantile: float, columns: tuple[str, ...], symbol_map: SymbolMap) -> None:
    """Print the tiers that all but a few of the quotes of a file are within."""
    logs.configure("text", "warning")
    counts, refused = SpreadCounts(), 0
    try:
        reading = Reading(_columns(columns), symbols=symbol_map, what="quotes")
        for item in DataFile(quotes, reading).items():
            if isinstance(item, Rows) and item.kind == "quotes":
                counts.add(_prices(item.columns[1]), _prices(item.columns[2]))
            elif not isinstance(item, Rows):
                refused += 1
    except UnreadableFileError as error:
        raise WrongSetting(f"{quotes}: {error}") from error
    _print(counts, quantile, quotes)
    if refused:
        say_error(f"warning: {refused} entries of the file are no quotes; replay --dry-run says which")


def _columns(pairs: Sequence[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        theirs, _, ours = pair.rpartition("=")
        if not theirs or ours not in QUOTE_FIELDS:
            fields = ", ".join(QUOTE_FIELDS)
            raise click.UsageError(f"--map {pair}: it has to be THEIRS=OURS, OURS one of {fields}")
        found[theirs] = ours
    return found


def _prices(column: Sequence[bytes]) -> NDArray[np.float64]:
    return np.array([text or b"nan" for text in column]).astype(np.float64)


def _print(counts: SpreadCounts, quantile: float, path: Path) -> None:
    if counts.two_sided < _LEAST:
        raise Failed(f"{path} has {counts.two_sided} quotes with two sides; {_LEAST} are the least")
    click.echo(f"# {counts.two_sided:,} quotes with two sides; of each tier {quantile:.6g} are within it")
    if counts.others:
        click.echo(f"# {counts.others:,} quotes with a side absent are left out")
    click.echo("tiers = [")
    for begin, spread, ratio, number in tiers(counts, quantile):
        ratio_text = "" if ratio is None else f', ratio = "{ratio:f}"'
        click.echo(f'  {{ from = "{begin:f}", spread = "{spread:f}"{ratio_text} }}, # {number:,} quotes')
    click.echo("]")


def tiers(counts: SpreadCounts, quantile: float) -> list[tuple[Decimal, Decimal, Decimal | None, int]]:
    """Where each tier begins, from which spread and ratio on quotes are outside, and how many there are.

    A step of prices with too few quotes belongs to the one below it.
    """
    found = []
    groups: list[list[int]] = []
    for step in range(len(BEGINS)):
        if not groups or counts.quotes_in(groups[-1]) >= _LEAST:
            groups.append([step])
        else:
            groups[-1].append(step)
    if len(groups) > 1 and counts.quotes_in(groups[-1]) < _LEAST:
        last = groups.pop()
        groups[-1] += last
    for number, steps in enumerate(groups):
        begin = Decimal(0) if number == 0 else BEGINS[steps[0]]
        spread, ratio = counts.limits(steps, quantile)
        found.append((begin, spread, ratio, counts.quotes_in(steps)))
    return found
