"""A server under the users of `deploy/users.acl`, each of which has a password here."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from redis import Redis

from services.cli.local.embedded import Server
from tests.support.processes import ROOT
from tests.support.servers import make_server

USERS_FILE = ROOT / "deploy" / "users.acl"


def password(user: str) -> str:
    """A user's password."""
    return f"{user}-secret"


def make_secured_server(
    kind: str,
    folder: Path,
    more_users: Iterable[str] = (),
    options: Mapping[str, str] | None = None,
    users_file: Path = USERS_FILE,
) -> Server:
    """A server that is not started, and that nobody may use without a password.

    Args:
        kind: of the server.
        folder: where its file of users goes.
        more_users: lines as in `deploy/users.acl`.
        options: of its configuration.
        users_file: the users.
    """
    return make_server(kind, {**user_options(folder, more_users, users_file), **(options or {})})


def user_options(
    folder: Path, more_users: Iterable[str] = (), users_file: Path = USERS_FILE
) -> dict[str, str]:
    """What of a server's configuration names its users, whose file is made."""
    default, *others = users_file.read_text().splitlines()
    users = folder / "users.acl"
    lines = [f"{line} >{password(line.split()[1])}\n" for line in [*others, *more_users]]
    users.write_text(f"{default}\n{''.join(lines)}")
    return {"aclfile": str(users)}


def documented_users() -> list[str]:
    """The users for replicas and for programs of one's own that the docs show."""
    return re.findall(r"^user \w+ on .*$", (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)


def url_of(server: Server, user: str) -> str:
    """For `--redis`."""
    return f"redis://{user}:{password(user)}@127.0.0.1:{server.port}/0"


def client_of(server: Server, user: str) -> Redis:
    """A client under a user."""
    return Redis.from_url(url_of(server, user), protocol=2)
