"""Make requirements.lock (`--write`), or fail if it is stale or names a path or a host."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

LOCK = Path("requirements.lock")
COMPILE = [
    str(Path(sys.executable).with_name("uv")),
    *("pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links", "--all-extras", "--quiet"),
    "pyproject.toml",
]


def main() -> None:
    """Write or check the lock file."""
    if "--write" in sys.argv:
        subprocess.run([*COMPILE, "--upgrade", "-o", str(LOCK)], check=True)
        return
    text = LOCK.read_text()
    if found := re.search(r"(https?://|file:|(?<!\w)/\w+/)\S*", text):
        sys.exit(f"{LOCK} names a path or a host: {found[0]}; make it anew with `make lock`")
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / LOCK.name
        fresh.write_text(text)  # what is pinned there stays, so only pyproject.toml can make it stale
        subprocess.run([*COMPILE, "-o", str(fresh)], check=True, capture_output=True)
        if _pins(fresh.read_text()) != _pins(text):
            sys.exit(f"{LOCK} does not fit pyproject.toml; make it anew with `make lock`")


def _pins(text: str) -> set[str]:
    return set(re.findall(r"^[A-Za-z0-9._\[\]-]+==\S+", text, re.MULTILINE))


if __name__ == "__main__":
    main()
