"""Make the lock files (`--write`), or fail if one is stale or names a path or a host.

The container image and the demo are made of their own: the same versions, without what only work on the
project takes. The benchmarks' peers have a lock of their own as well: they are half a gigabyte, and not all
install everywhere. So does the foreign FIX engine that tests talk to, which is a pre-release.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

LOCKS = {
    Path("requirements.lock"): (
        *("--extra", "build", "--extra", "charts", "--extra", "embedded", "--extra", "dev"),
    ),
    Path("requirements-demo.lock"): (
        *("--extra", "build", "--extra", "embedded", "--constraint", "requirements.lock"),
    ),
    Path("requirements-image.lock"): ("--extra", "build", "--constraint", "requirements.lock"),
    Path("requirements-peers.lock"): ("--extra", "peers"),
    Path("requirements-fix-peer.lock"): ("--extra", "fix-peer", "--constraint", "requirements.lock"),
}
COMPILE = [
    str(Path(sys.executable).with_name("uv")),
    *("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
    *("--no-emit-package", "market-spread-client"),  # installed from the folder client
    "pyproject.toml",
]


def main() -> None:
    """Write or check the lock files."""
    for lock, words in LOCKS.items():
        if "--write" in sys.argv:
            subprocess.run([*COMPILE, *words, "--upgrade", "-o", str(lock)], check=True)
        else:
            _check(lock, words)


def _check(lock: Path, words: tuple[str, ...]) -> None:
    text = lock.read_text()
    if found := re.search(r"(https?://|file:|(?<!\w)/\w+/)\S*", text):
        sys.exit(f"{lock} names a path or a host: {found[0]}; make it anew with `make lock`")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / lock.name
        fresh.write_text(text)  # what is pinned there stays, so only pyproject.toml can make it stale
        subprocess.run([*COMPILE, *words, "-o", str(fresh)], check=True, capture_output=True)
        if _pins(fresh.read_text()) != _pins(text):
            sys.exit(f"{lock} does not fit pyproject.toml; make it anew with `make lock`")


def _pins(text: str) -> set[str]:
    return set(re.findall(r"^[A-Za-z0-9._\[\]-]+==\S+", text, re.MULTILINE))


if __name__ == "__main__":
    main()
