"""What the arguments and flags of `market-spread limits` can be."""

import math
from collections.abc import Callable
from typing import Any, Final

import click

from shared.base.iso_time import parse_time
from shared.market.symbol_name import is_symbol_name
from shared.process.options import option
from shared.published.changing import LONGEST_NOTE

Command = Callable[..., Any]


class Moment(click.ParamType[int]):
    """A time, as microseconds since the Unix epoch."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """See `click.ParamType.convert`."""
        try:
            return value if isinstance(value, int) else parse_time(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Number(click.ParamType[float]):
    """A finite number."""

    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See `click.ParamType.convert`."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


class Symbol(click.ParamType[str]):
    """The name of a symbol."""

    name = "symbol"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        symbol = str(value).strip()
        if not is_symbol_name(symbol):
            self.fail(f"{value!r} is no symbol: 1 to 64 printable ASCII characters.", param, ctx)
        return symbol


class Note(click.ParamType[str]):
    """A text for the log."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        text = str(value).strip()
        if not 0 < len(text) <= LONGEST_NOTE:
            self.fail(f"1 to {LONGEST_NOTE} characters are expected.", param, ctx)
        return text


VERSION: Final[click.ParamType[Any]] = click.IntRange(1, 10**15 - 1)


def note_options(command: Command) -> Command:
    """`--who` and `--why`: what the log says of a change."""
    why = option("--why", type=Note(), required=True, help="The reason; the log has it.")(command)
    return option("--who", type=Note(), required=True, help="Who does it; the log has the name.")(why)
