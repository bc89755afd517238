"""Makes a password for each user of Redis at the first start, and writes down who has to know it.

    python passwords.py USERS_FILE FOLDER

Every user but `default` has a folder in FOLDER, a volume of its own: nobody can read another one's password.
A role finds its `redis-url` there; in the administrator's, which Redis shares, is the `users.acl` besides.
"""

import secrets
import sys
from hashlib import sha256
from pathlib import Path


def main() -> None:
    """Make what is missing; passwords that are there stay."""
    users_file, folder = map(Path, sys.argv[1:])
    default, *users = users_file.read_text().splitlines()
    lines = [default]
    for line in users:
        user = line.split()[1]
        password = _password(folder / user / "redis-password")
        (folder / user / "redis-url").write_text(f"redis://{user}:{password}@redis:6379/0\n")
        lines.append(f"{line} #{sha256(password.encode()).hexdigest()}")
    (folder / "admin" / "users.acl").write_text("".join(f"{line}\n" for line in lines))


def _password(file: Path) -> str:
    """The one in a file; a new one if it is not there."""
    if not file.exists():
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


if __name__ == "__main__":
    main()
