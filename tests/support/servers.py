"""Which servers the tests run against, and what to do where one is missing."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.cli.local.embedded import Server, ServerError, find_server

KINDS = ("valkey", "redis")
DATA = Path(__file__).parents[3] / "shared" / "data"


def chosen_kinds() -> tuple[str, ...]:
    """The servers to test with: both, or the one that TEST_SERVER names."""
    choice = os.environ.get("TEST_SERVER")
    return (choice,) if choice else KINDS


one_server = pytest.mark.parametrize("redis_server", chosen_kinds()[:1], indirect=True)
"""For a test whose outcome does not hang on the kind of the server: one kind is enough."""


def make_server(kind: str, options: Mapping[str, str] | None = None, *, port: int | None = None) -> Server:
    """A server that is not started; the test skips where there is no program for it."""
    try:
        program = find_server(kind)
    except ServerError as error:
        pytest.skip(f"{kind}: {error}")
    return Server(program, options, port=port)


def data_file(name: str) -> Path:
    """A file of real data; the test skips where there is none."""
    if not DATA.is_dir():
        pytest.skip("data: no real data beside the project (../shared/data)")
    return DATA / name
