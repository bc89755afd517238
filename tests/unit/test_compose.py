"""docker-compose.yml keeps what docs/deploy.md and docs/security.md say of it."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.support.deploying import DEPLOY, documents, redis_users
from tests.support.processes import ROOT
from tests.support.secured import USERS_FILE

FILE = ROOT / "docker-compose.yml"
SERVICES: dict[str, dict[str, Any]] = documents(FILE)[0]["services"]
LASTING = [name for name in SERVICES if name != "passwords"]
ROLES = {
    "market-data": "ingestor", "orders": "checker", "orders-standby": "checker", "api": "api",
    "forwarder": "forwarder", "redis": "admin", "simulator": None,
}  # fmt: skip


def volumes_of(service: str) -> set[str]:
    """The named volumes that a service mounts."""
    mounts = (mount.split(":")[0] for mount in SERVICES[service].get("volumes", ()))
    return {name for name in mounts if not name.startswith(".")}


def test_all_roles_are_there() -> None:
    """Nothing runs by default that nobody asked for: the market and the forwarder have profiles."""
    assert set(LASTING) == set(ROLES)
    assert {name: each["profiles"] for name, each in SERVICES.items() if "profiles" in each} == {
        "simulator": ["demo"],
        "forwarder": ["forward"],
    }


def test_nothing_is_published_beyond_loopback() -> None:
    """Ports answer on 127.0.0.1 unless PUBLISH_ON says otherwise; Redis is not published at all."""
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith(("127.0.0.1:", "${PUBLISH_ON:-127.0.0.1}:")) for port in published)
    assert "ports" not in SERVICES["redis"]
    assert SERVICES["redis"]["networks"] == ["redis"]
    assert documents(FILE)[0]["networks"]["redis"] == {"internal": True}


def test_no_secret_is_in_the_file() -> None:
    """Passwords are made at the first start; no URL of Redis, no token stands in the file."""
    assert "redis://" not in FILE.read_text()
    assert SERVICES["api"]["environment"]["MARKET_SPREAD_TOKEN"] is None


@pytest.mark.parametrize("service", LASTING)
def test_a_role_sees_its_own_password_alone(service: str) -> None:
    """Each role mounts the volume of its Redis user and no other one's."""
    user = ROLES[service]
    access = {name for name in volumes_of(service) if name.endswith("-access")}
    assert access == (set() if user is None else {f"{user}-access"})


@pytest.mark.parametrize("service", LASTING)
def test_every_service_is_bounded_and_watched(service: str) -> None:
    """Restart, grace, limits, logs that end, no way to more rights, and a health check where it listens."""
    settings = SERVICES[service]
    assert settings["restart"] == "unless-stopped"
    assert settings["stop_grace_period"] in {"10s", "30s"}
    assert set(settings["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert settings["logging"]["options"]["max-size"]
    assert settings["security_opt"] == ["no-new-privileges:true"]
    assert settings.get("healthcheck", {}).get("disable", False) is (service == "simulator")
    if service != "redis":
        assert settings["read_only"] is True
        assert settings["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("service", [name for name in LASTING if name != "redis"])
def test_services_start_when_what_they_need_is_healthy(service: str) -> None:
    """Nothing starts before Redis is healthy, and Redis not before there are passwords."""
    needed = SERVICES[service]["depends_on"]
    assert all(each == {"condition": "service_healthy"} for each in needed.values())
    assert "redis" in needed or service == "simulator"
    assert SERVICES["redis"]["depends_on"] == {"passwords": {"condition": "service_completed_successfully"}}


def make_passwords(folder: Path) -> None:
    """Run the program of the container `passwords`."""
    program = DEPLOY / "compose" / "passwords.py"
    subprocess.run([sys.executable, program, USERS_FILE, folder], check=True)


def test_passwords_are_made_once(tmp_path: Path) -> None:
    """Every user gets one of its own, which stays; the file of users has its hash beside the rights."""
    users = redis_users()
    for user in users:
        (tmp_path / user).mkdir()

    make_passwords(tmp_path)
    first = {user: (tmp_path / user / "redis-password").read_text() for user in users}
    make_passwords(tmp_path)

    assert {user: (tmp_path / user / "redis-password").read_text() for user in users} == first
    assert len(set(first.values())) == len(users)
    assert min(map(len, first.values())) >= 32
    default, *lines = (tmp_path / "admin" / "users.acl").read_text().splitlines()
    default_before, *rights_before = USERS_FILE.read_text().splitlines()
    assert default == default_before
    assert " off " in default
    for line, rights in zip(lines, rights_before, strict=True):
        user = line.split()[1]
        assert line == f"{rights} #{sha256(first[user].encode()).hexdigest()}"
        assert (tmp_path / user / "redis-url").read_text() == f"redis://{user}:{first[user]}@redis:6379/0\n"


def test_every_user_has_a_volume() -> None:
    """The container that makes passwords has a volume for each user of Redis."""
    assert volumes_of("passwords") == {f"{user}-access" for user in redis_users()}
