"""docs/http.md, "Limits": the requests are answered as the page says."""

import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from redis import Redis

from services.web.app import AppSettings
from shared.market import keys
from tests.support.app_client import AppClient
from tests.support.limits_walkthrough import fill
from tests.support.servers import one_server

ROOT = Path(__file__).parents[3]
SECTION = (ROOT / "docs/http.md").read_text().partition("\n## Limits\n")[2].partition("\n## ")[0]
TIMES = {"at", "at_iso", "checked_at", "checked_at_iso", "id", "next"}
BY_WINDOW = {"window", "passed"}
"""What `POST /check` answers by the window of now."""
SHADOW_ENTRY: dict[Any, Any] = {
    "order_id": "Zr6vXo", "account": "4217", "side": "buy", "symbol": "IBM", "quantity": "100.0",
    "price": "150.1", "bid": "150.0", "offer": "150.08", "reason": "", "limits": "1:liquid/open",
    "source": "desk-a", "sequence": "41", "checked_at": "1764084601000000",
    "shadow_limits": "2:liquid/open", "shadow_reason": "spread", "shadow_broken": "spread>=0.05:0.08",
}  # fmt: skip


def requests() -> list[tuple[str, str]]:
    """The requests of the section, each with its answer; empty where only the request is shown."""
    blocks = re.findall(r"```(sh|json)\n(.*?)```", SECTION, re.DOTALL)
    found: list[tuple[str, str]] = []
    for kind, block in blocks:
        if kind == "json":
            found[-1] = found[-1][0], block
        else:
            commands = block.replace("\\\n", " ").strip().splitlines()
            found += [(each, "") for each in commands if each.startswith("curl")]
    return found


def ask(client: AppClient, command: str) -> httpx.Response:
    """The answer to what curl would ask."""
    words = iter(shlex.split(command)[1:])
    method, headers, content, url = "GET", {}, b"", ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "--json":
            content, headers["Content-Type"] = next(words).encode(), "application/json"
            method = "POST" if method == "GET" else method
        elif word == "--data-binary":
            content = (ROOT / next(words).removeprefix("@")).read_bytes()
        else:
            url = word
    parts = urlsplit(url)
    assert parts.netloc == "127.0.0.1:8000"
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return client.request(method, path, headers=headers, content=content)


def without(names: set[str], value: Any) -> Any:
    """An answer without what is another one each time."""
    if isinstance(value, dict):
        return {key: "…" if key in names and each else without(names, each) for key, each in value.items()}
    return [without(names, each) for each in value] if isinstance(value, list) else value


@one_server
def test_the_requests_in_their_order(redis_url: str, redis_client: Redis) -> None:
    """Each answer on the page is the answer that there is, but for times; the others are no errors."""
    fill(redis_client)
    redis_client.xadd(keys.shadow("alerts"), SHADOW_ENTRY)
    asked = requests()
    with AppClient(AppSettings(redis_url, limits_token="limits-secret")) as client:
        for command, said in asked:
            answer = ask(client, command)
            assert answer.status_code in {200, 201}, (command, answer.text)
            if said:
                names = TIMES | BY_WINDOW if command.endswith("/check") else TIMES
                assert without(names, answer.json()) == without(names, json.loads(said)), command
    shown = [command for command, said in asked if said]
    assert len(shown) >= 9


@pytest.mark.parametrize(
    "route",
    ["/limits", "/limits/{version}", "/limits/log", "/limits/explain", "/check", "/shadow", "/shadow/counts"],
)
def test_each_route_has_a_row(route: str) -> None:
    """In the table at the top of the page."""
    page = (ROOT / "docs/http.md").read_text()
    assert re.search(rf"^\| .*`(GET|POST) {re.escape(route)}`", page, re.MULTILINE)
