"""A link to one server: what it does with the replies."""

import socket
from collections.abc import Iterator
from unittest.mock import Mock

import pytest
from redis.connection import Connection
from redis.exceptions import ResponseError

from shared.redis.link import RedisUnavailable, command
from shared.redis.node import NodeLink

ASKED = [command("a", "HSET", "a", "b", 1), command("a", "GET", "a")]


class Line:
    """A connection to a server whose replies are known before."""

    def __init__(self) -> None:
        self._theirs, self._ours = socket.socketpair()
        parser = Connection()._parser
        self.connection = Mock(_sock=self._ours, _parser=parser)
        self.connection.read_response.side_effect = [b"id=7 addr=127.0.0.1:5000", b"run_id:0123456789"]

    def link(self, replies: bytes) -> NodeLink:
        """A link over this connection, to which the server answers so."""
        self._theirs.sendall(replies)
        return NodeLink(lambda: self.connection)

    def close(self) -> None:
        """Close both ends."""
        self._theirs.close()
        self._ours.close()


@pytest.fixture
def line() -> Iterator[Line]:
    """A connection, closed at the end."""
    line = Line()
    yield line
    line.close()


@pytest.mark.parametrize("error", [b"-READONLY You can't write against a replica.", b"-LOADING in memory"])
def test_a_server_that_cannot_serve_is_left(line: Line, error: bytes) -> None:
    """One such error among the replies, and the connection is closed: all are asked again of another one."""
    link = line.link(b":1\r\n" + error + b"\r\n")
    with pytest.raises(RedisUnavailable):
        link.roundtrip(ASKED)
    line.connection.disconnect.assert_called_once_with()


def test_an_error_about_one_command_is_its_reply(line: Line) -> None:
    """The connection stays, and so do the other replies."""
    link = line.link(b"-WRONGTYPE Operation against a key\r\n$1\r\n1\r\n")
    first, second = link.roundtrip(ASKED)
    assert isinstance(first, ResponseError)
    assert second == b"1"
    line.connection.disconnect.assert_not_called()


def test_errors_of_one_round_trip_say_nothing_of_the_next(line: Line) -> None:
    """An error is looked for among the replies that have just come."""
    link = line.link(b"-WRONGTYPE Operation against a key\r\n:0\r\n" + b":1\r\n:2\r\n")
    link.roundtrip(ASKED)
    assert link.roundtrip(ASKED) == [1, 2]
