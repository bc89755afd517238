"""What Redis does not let a command do, as one line for the user."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.process.usage import Failed, WrongSetting
from shared.redis.link import RedisRefused, RedisUnavailable


@contextmanager
def redis_failures() -> Iterator[None]:
    """Tell what Redis refuses from what is out of reach.

    Raises:
        WrongSetting: Redis refuses us.
        Failed: it is out of reach.
    """
    try:
        yield
    except RedisRefused as error:
        raise WrongSetting(f"Redis refuses this command: {error}") from error
    except RedisUnavailable as error:
        raise Failed(f"Redis is out of reach: {error}; see --redis") from error
