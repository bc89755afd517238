"""What an error of Redis means: it refuses us, it cannot take commands now, or it refuses one command."""

import pytest
from redis.connection import Connection
from redis.exceptions import ResponseError

from shared.redis.link import RedisAway, RedisRefused, raise_if_unusable, refusal


def parsed(text: str) -> Exception:
    """An error reply as redis-py reads it."""
    error = Connection()._parser.parse_error(text)
    assert isinstance(error, Exception)
    return error


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("NOAUTH Authentication required.", "name a user and a password"),
        ("WRONGPASS invalid username-password pair or user is disabled.", "check the user and the password"),
        ("NOPERM User api has no permissions to run the 'set' command", "docs/security.md"),
        ("ERR DB index is out of range", "choose a database"),
        ("ERR SELECT is not allowed in cluster mode", "choose a database"),
        ("DENIED Redis is running in protected mode because", "protected-mode"),
        ("ERR AUTH <password> called without any password configured for the default user.", "password"),
    ],
)
def test_a_refusal_says_what_to_do(text: str, advice: str) -> None:
    """What Redis said comes first, then what to do about it."""
    refused = refusal(parsed(text))
    assert refused is not None
    said, _, done = str(refused).partition("; ")
    assert said.split()[-1].strip(".") in text
    assert advice in done


@pytest.mark.parametrize(
    "text", ["LOADING Redis is loading", "READONLY You can't write", "OOM command", "MASTERDOWN Link", "BUSY"]
)
def test_a_server_that_cannot_now_is_away(text: str) -> None:
    """It is waited for, and nobody is told that they are refused."""
    error = parsed(text)
    assert refusal(error) is None
    if isinstance(error, ResponseError):
        with pytest.raises(RedisAway) as raised:
            raise_if_unusable(error)
        assert not isinstance(raised.value, RedisRefused)


@pytest.mark.parametrize("reply", [b"text", 1, None, [], ResponseError("WRONGTYPE Operation against a key")])
def test_a_reply_about_its_command_passes(reply: object) -> None:
    """Errors about one command are values."""
    raise_if_unusable(reply)


def test_a_missing_right_is_a_refusal() -> None:
    """Of one command too: without it the service cannot do its work."""
    with pytest.raises(RedisRefused, match=r"docs/security\.md"):
        raise_if_unusable(parsed("NOPERM this user has no permissions to access one of the keys"))
