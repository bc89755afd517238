"""`market-spread api`: the HTTP API and the live page."""

import os
import re
from pathlib import Path
from typing import Any, Final

import click

from services.web.server import ApiSettings, run
from shared.process.entry import run_service
from shared.process.options import ADDRESS, common_options, option
from shared.process.usage import invoke
from shared.process.variables import TOKEN

_is_origin: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s@]+").fullmatch


def _check_origins(_ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """See that each is an origin as browsers send it, and no other URL, which would never be equal to one."""
    for value in values:
        if value != "*" and not _is_origin(value):
            raise click.BadParameter(
                f"{value!r} is no origin such as https://desk.example (no path, no / at its end)", param=param
            )
    return values


@click.command(name="api")
@option("--listen", type=ADDRESS, default="127.0.0.1:8000", help="Where to serve HTTP.")
@option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"A file with the token that clients have to bring; or the token itself in {TOKEN}.",
)
@option(
    "--limits-token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the token that clients have to bring to change the limits; without: nobody can.",
)
@option(
    "--allow-origin",
    multiple=True,
    callback=_check_origins,
    help="An origin whose pages may read the answers, as https://desk.example; * for all. Repeatable; in the "
    "environment separated by spaces.",
)
@common_options()
def main(token_file: Path | None, limits_token_file: Path | None, **options: Any) -> None:
    """Serve symbols, alerts, limits, live streams and the live page over HTTP."""
    token = _token(os.environ.get(TOKEN) if token_file is None else _read(token_file))
    limits_token = None if limits_token_file is None else _token(_read(limits_token_file))
    run_service(run, ApiSettings(token=token, limits_token=limits_token, **options))


def _read(file: Path) -> str:
    return file.read_text(errors="replace").strip()


def _token(text: str | None) -> str | None:
    """A token: from a file or the environment and not as a flag, which everybody on a machine sees."""
    if text is None:
        return None
    if not (text and text.isascii() and text.isprintable() and " " not in text):
        raise click.UsageError("the token has to be printable ASCII characters without a space")
    return text


if __name__ == "__main__":
    invoke(main, "python -m services.web")
