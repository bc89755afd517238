"""Command line options that several commands have, each also an environment variable."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import click

from shared.base.address import Address, parse_address
from shared.market import keys
from shared.redis.url import check_url
from shared.telemetry.logs import Format

Command = Callable[..., Any]


class AddressType(click.ParamType[Address]):
    """`HOST:PORT`."""

    name = "host:port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """See `click.ParamType.convert`."""
        try:
            return value if isinstance(value, Address) else parse_address(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class AddressOrNone(AddressType):
    """`HOST:PORT`, or `none`."""

    name = "host:port|none"

    def convert(  # type: ignore[override]
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Address | None:
        """See `click.ParamType.convert`."""
        return None if value == "none" else super().convert(value, param, ctx)


class NumberRange(click.FloatRange):
    """A number within bounds; `nan`, which no bound keeps out, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See `click.ParamType.convert`."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


class RedisUrlType(click.ParamType[str]):
    """A URL of Redis."""

    name = "url"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        try:
            return check_url(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class StreamName(click.ParamType[str]):
    """The name of a stream in Redis."""

    name = "name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        text = str(value)
        if not text:
            self.fail("a stream needs a name.", param, ctx)
        if not text.isprintable():
            self.fail(f"{text!r} has characters that are not printable.", param, ctx)
        return text


class AlertsName(StreamName):
    """The name of the stream of alerts, in whose cluster slot the positions of its sources have to be."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """See `click.ParamType.convert`."""
        text = super().convert(value, param, ctx)
        if "}" in text:
            self.fail(
                f"{text!r} has a '}}', which would take the alerts and the positions of their sources into "
                "different slots of a cluster: every other printable character is allowed.",
                param,
                ctx,
            )
        return text


ADDRESS: Final = AddressType()

BY_FIX: Final = "MARKET_SPREAD_BY_FIX"
"""The variable of a `--fix` that is a mere switch: that of the services' name is a file of sessions."""


def option(flag: str, *names: str, **settings: Any) -> Callable[[Command], Command]:
    """A flag `--some-thing` that is also the environment variable `MARKET_SPREAD_SOME_THING`."""
    variable = "MARKET_SPREAD_" + flag.removeprefix("--").split("/")[0].replace("-", "_").upper()
    settings = {"envvar": variable, "show_default": True, "show_envvar": True, **settings}
    return click.option(flag, *names, **settings)


def redis_option() -> Callable[[Command], Command]:
    """`--redis`, or `REDIS_URL`."""
    return option(
        "--redis",
        "redis_url",
        envvar="REDIS_URL",
        type=RedisUrlType(),
        default="redis://127.0.0.1:6379/0",
        help="Redis or Valkey: redis://, rediss://, unix://, redis+cluster:// or redis+sentinel://.",
    )


def alerts_option() -> Callable[[Command], Command]:
    """`--alerts`."""
    return option("--alerts", type=AlertsName(), default=keys.ALERTS, help="The stream of alerts.")


def log_options(command: Command) -> Command:
    """`--log-format` and `--log-level`."""
    formats, levels = click.Choice(["text", "json"]), click.Choice(["debug", "info", "warning", "error"])
    command = option("--log-level", type=levels, default="info", help="Lowest level that is logged.")(command)
    return option("--log-format", type=formats, default="text", help="For a person or a machine.")(command)


@dataclass(frozen=True)
class CommonSettings:
    """What every process that runs on can be told."""

    redis_url: str
    redis_attempts: int
    alerts: str
    log_format: Format
    log_level: str


@dataclass(frozen=True)
class ProcessSettings(CommonSettings):
    """What every service can be told."""

    metrics: Address


@dataclass(frozen=True)
class ServiceSettings(ProcessSettings):
    """What the services with a feed can be told."""

    listen: Address | None
    max_connections: int
    buffer_bytes: int


def common_options() -> Callable[[Command], Command]:
    """The options behind `CommonSettings`."""
    return _together(
        redis_option(),
        option(
            "--redis-attempts",
            type=click.IntRange(1, 1000),
            default=10,
            help="How often to try to reach Redis at the start.",
        ),
        alerts_option(),
        log_options,
    )


def process_options(metrics: str) -> Callable[[Command], Command]:
    """The options behind `ProcessSettings`."""
    return _together(
        option("--metrics", type=ADDRESS, default=metrics, help="Where /metrics and /health are."),
        common_options(),
    )


def service_options(
    listen: str, metrics: str, feed_address: click.ParamType[Any] = ADDRESS
) -> Callable[[Command], Command]:
    """The options behind `ServiceSettings`."""
    return _together(
        option("--listen", type=feed_address, default=listen, help="Where the feed comes in."),
        option(
            "--max-connections",
            type=click.IntRange(1, 100_000),
            default=4096,
            help="How many senders at once.",
        ),
        option(
            "--buffer-bytes",
            type=click.IntRange(1 << 16, 1 << 30),
            default=4 << 20,
            help="What one turn reads at most, from all senders together.",
        ),
        process_options(metrics),
    )


def _together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in this order in the help."""

    def decorate(command: Command) -> Command:
        for add in reversed(options):
            command = add(command)
        return command

    return decorate
