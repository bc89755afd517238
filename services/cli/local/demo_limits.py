"""The limits that the demo publishes before anything judges by them."""

from contextlib import closing
from pathlib import Path
from typing import Final

from services.cli import made_market
from shared.market.limits.file.read_file import read_limits
from shared.published.asking import ask
from shared.published.changing import activate, publish
from shared.redis.url import open_link

FILE: Final = Path(made_market.__file__).with_name("demo_limits.toml")
"""They fit the market of `simulate --limits demo`."""


def publish_demo_limits(redis_url: str) -> None:
    """Publish and activate them on an empty server.

    Raises:
        RedisUnavailable: no answer.
    """
    version = read_limits(FILE.read_bytes())
    with closing(open_link(redis_url, name="market-spread-demo")) as link:
        pointer = ask(link, publish(version, "market-spread demo", "an example"))
        ask(link, activate(pointer.number, b"", "market-spread demo", "an example"))
