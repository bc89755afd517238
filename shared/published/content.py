"""A version as it stands in Redis: canonical JSON, believed only if its hash is the one that was named."""

from dataclasses import dataclass
from functools import cached_property

from redis.exceptions import ResponseError

from shared.market import keys
from shared.market.limits.file.canonical import canonical, hash_of, read_canonical
from shared.market.limits.file.mistakes import WrongLimits
from shared.market.limits.judge import Judge
from shared.market.limits.values import LimitsVersion
from shared.published.pointer import Pointer
from shared.redis.link import Reply


class DamagedVersion(ValueError):
    """A version is missing, or is not what was published, or cannot be read; the text says which."""


class MissingVersion(DamagedVersion):
    """There is no such version."""


@dataclass(frozen=True)
class Published:
    """A version with all that belongs to it; who judges by it is made when it is first needed."""

    pointer: Pointer
    text: str
    """Its canonical form."""
    version: LimitsVersion

    @cached_property
    def judge(self) -> Judge:
        """Judges one order after the other."""
        return Judge(self.version)


def to_content(version: LimitsVersion) -> tuple[str, str]:
    """What is stored of limits, and its hash."""
    text = canonical(version)
    return text, hash_of(text)


def from_content(number: int, sha256: str | None, reply: Reply) -> Published:
    """The version that a key holds.

    Args:
        number: the number that it was published under.
        sha256: the hash that it has to have; None where nobody knows any more.
        reply: to `GET`.

    Raises:
        MissingVersion: there is none.
        DamagedVersion: it is damaged.
    """
    key = keys.limits_version(number)
    if reply is None:
        raise MissingVersion(f"limits version {number} is missing: there is no key {key}")
    if isinstance(reply, ResponseError):
        raise DamagedVersion(f"limits version {number} cannot be read: {key}: {reply}")
    try:
        text: str = reply.decode("ascii")
        named = Pointer(number, hash_of(text) if sha256 is None else sha256)
        return Published(named, text, read_canonical(text, *named))
    except UnicodeDecodeError as error:
        raise DamagedVersion(f"limits version {number} is damaged: byte {error.start} of {key}") from None
    except WrongLimits as error:
        first, *more = error.mistakes
        others = f", and {len(more)} more mistakes" if more else ""
        raise DamagedVersion(f"limits version {number} cannot be used: {key}: {first}{others}") from None
