"""The way to the limits in Redis, with what goes wrong there as one line."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from redis.exceptions import ResponseError

from services.cli.redis_failures import redis_failures
from shared.process.usage import Failed, WrongSetting
from shared.published.changing import Overtaken
from shared.published.content import DamagedVersion, MissingVersion
from shared.redis.link import RedisLink
from shared.redis.url import open_link
from shared.telemetry import logs


@contextmanager
def reaching(url: str) -> Iterator[RedisLink]:
    """A link to Redis.

    Raises:
        WrongSetting: Redis refuses us, or there is no such version.
        Failed: it is out of reach, what is there is damaged, or somebody else was first.
    """
    logs.configure("text", "warning")
    try:
        with redis_failures(), closing(open_link(url, name="market-spread-limits")) as link:
            yield link
    except ResponseError as error:
        raise Failed(f"Redis answers what cannot be understood: {error}") from error
    except MissingVersion as error:
        raise WrongSetting(str(error)) from error
    except DamagedVersion as error:
        raise Failed(str(error)) from error
    except Overtaken as error:
        raise Failed(f"somebody else was first: {error}; nothing was changed") from error
