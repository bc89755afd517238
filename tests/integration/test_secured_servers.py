"""Links to servers that ask for more than a port: a user, TLS, a Unix socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.local.embedded import Server, free_port
from shared.redis.link import RedisAway, command
from shared.redis.url import open_link
from tests.support.certificates import Certificates, make_certificates
from tests.support.servers import chosen_kinds, make_server

PING = command("", "PING")


def answers(url: str) -> bool:
    """Whether a PING goes through."""
    link = open_link(url)
    try:
        return link.roundtrip([PING]) == [b"PONG"]
    finally:
        link.close()


@pytest.fixture(params=chosen_kinds())
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server with one user besides a default user that is off, and a Unix socket."""
    users = tmp_path / "users.acl"
    users.write_text("user default off\nuser checker on >secret ~* &* +@all\n")
    options = {"aclfile": str(users), "unixsocket": str(tmp_path / "socket")}
    server = make_server(request.param, options)
    server.start()
    yield server
    server.close()


def test_user_and_password(guarded: Server) -> None:
    """The URL's user gets in; nobody, and a wrong password, do not."""
    assert answers(f"redis://checker:secret@127.0.0.1:{guarded.port}/0")

    with pytest.raises(RedisAway, match="Authentication required"):
        answers(guarded.url)
    with pytest.raises(RedisAway, match=r"(?i)password"):
        answers(f"redis://checker:wrong@127.0.0.1:{guarded.port}/0")


def test_unix_socket(guarded: Server, tmp_path: Path) -> None:
    """A unix:// URL reaches the server without TCP."""
    del guarded
    assert answers(f"unix://checker:secret@{tmp_path / 'socket'}?db=0")


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """For a server that speaks TLS."""
    return make_certificates(tmp_path)


@pytest.fixture
def tls_port(certificates: Certificates) -> Iterator[int]:
    """The TLS port of a server; Debian's, because the embedded one is built without TLS."""
    port = free_port()
    options = {
        "tls-port": str(port),
        "tls-cert-file": str(certificates.certificate),
        "tls-key-file": str(certificates.key),
        "tls-ca-cert-file": str(certificates.authority),
        "tls-auth-clients": "no",
    }
    server = make_server("redis", options)
    server.start()
    yield port
    server.close()


def test_tls(tls_port: int, certificates: Certificates) -> None:
    """A rediss:// URL that names the authority gets through."""
    assert answers(f"rediss://127.0.0.1:{tls_port}/0?ssl_ca_certs={certificates.authority}")


def test_tls_with_an_unknown_authority(tls_port: int) -> None:
    """A certificate that nobody vouches for is refused."""
    with pytest.raises(RedisAway, match="certificate verify failed"):
        answers(f"rediss://127.0.0.1:{tls_port}/0")
