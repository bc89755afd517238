"""The files for deploying, as tests read them."""

from pathlib import Path
from typing import Any

import yaml

from tests.support.processes import ROOT
from tests.support.secured import USERS_FILE

DEPLOY = ROOT / "deploy"


def documents(path: Path) -> list[dict[str, Any]]:
    """The documents of a YAML file."""
    return list(yaml.safe_load_all(path.read_text()))


def redis_users() -> set[str]:
    """Who has a password in Redis."""
    return {line.split()[1] for line in USERS_FILE.read_text().splitlines()} - {"default"}
