"""A server that says to the page what a test wants: content of any kind, without waiting for it to happen."""

import json
from typing import Any

from playwright.sync_api import Page

from shared.market.quote_state import state_of
from shared.redis.server_clock import now_us

SERVER = """
const fetched = window.fetch.bind(window);
window.past = [];
window.isGone = false;
window.fetch = async (path, options) => {
  if (window.isGone) throw new TypeError("gone");
  if (path.startsWith("stats/")) return Response.json({ role: "check", stats: [] });
  if (path.startsWith("alerts?")) return Response.json({ alerts: window.past, next: null });
  if (path !== "stream/live") return fetched(path, options);
  return new Response(new ReadableStream({
    start(stream) {
      const encoder = new TextEncoder();
      window.say = (name, data) => stream.enqueue(encoder.encode(`event: ${name}\\ndata: ${data}\\n\\n`));
      window.leave = () => { window.isGone = true; stream.error(new TypeError("gone")); };
    },
  }));
};
"""
"""Answers the page's requests for data; `window.say` sends an event, `window.leave` ends the server."""

_FIGURES = {
    "rate": 3000,
    "alerts_rate": 14,
    "latency_p50_us": 204,
    "latency_p95_us": 800,
    "latency_p99_us": 2690,
    "latency_p999_us": 11300,
}


def say(page: Page, name: str, data: dict[str, Any]) -> None:
    """Send an event, as soon as the page listens."""
    page.wait_for_function("window.say !== undefined")
    page.evaluate("([name, data]) => window.say(name, data)", [name, json.dumps(data)])


def service(role: str, **changes: object) -> dict[str, Any]:
    """A service that is well."""
    now = now_us()
    return {
        "role": role, "instance": f"{role}-1", "version": "0.1.0", "listen": "127.0.0.1:7010",
        "state": "running", "connections": 1, "lag": 0, "rejected_total": 0, "updated_at": now,
        **_FIGURES, **({"last_quote_age_ms": 10} if role == "ingest" else {}), **changes,
    }  # fmt: skip


def session(name: str, *, up: bool = True, **changes: object) -> dict[str, Any]:
    """A FIX session that is up and well, or down."""
    standing = {"since": now_us() - 60_000_000, "next_in": 12345, "next_out": 57}
    return {"name": name, "role": "acceptor", "up": up, **standing, **({"lag": 0} if up else {}), **changes}


def with_sessions(*sessions: dict[str, Any]) -> dict[str, Any]:
    """What a service says of its FIX sessions."""
    up = sum(each["up"] for each in sessions)
    return {"sessions": list(sessions), "sessions_configured": len(sessions), "sessions_up": up}


def say_status(page: Page, *services: dict[str, Any]) -> None:
    """Send a status event with these services."""
    redis = {"state": "ok", "roundtrip_ms": 1.2}
    say(page, "status", {"at": now_us(), "redis": redis, "services": list(services)})


def say_no_redis(page: Page, state: str, detail: str) -> None:
    """Send a status event with Redis `away` or `refused`."""
    say(page, "status", {"at": now_us(), "redis": {"state": state, "detail": detail}, "services": []})


def symbol(name: str, bid: float | None, offer: float | None, **changes: object) -> dict[str, Any]:
    """A symbol's state as the API gives it."""
    whole = bid is not None and offer is not None
    return {
        "symbol": name, "bid": bid, "offer": offer, "risky": False, "reason": [],
        "mid": (bid + offer) / 2 if bid is not None and offer is not None else None,
        "spread": round(offer - bid, 8) if bid is not None and offer is not None else None,
        "transact_time": "20151221-14:30:00.123", "updated_at": now_us(), "age_ms": 0 if whole else 1,
        "state": state_of(bid, offer), "state_since": None, "state_since_iso": None, "status": None,
        "limits": None, "source": "nbbo-a", **changes,
    }  # fmt: skip


def alert(number: int, **changes: object) -> dict[str, Any]:
    """An alert as the API gives it."""
    return {
        "id": f"1450708200{number:03}-0", "order_id": "Zr6vXo", "account": "4217", "side": "buy",
        "symbol": "BTU", "quantity": 100.0, "price": 10.05, "transact_time": "20151221-14:30:00.120",
        "bid": 10.0, "offer": 10.05, "quote_time": "20151221-14:29:59.980", "reason": ["spread"],
        "checked_at": 1450708200123456 + number, "limits": None, "broken": [], **changes,
    }  # fmt: skip
