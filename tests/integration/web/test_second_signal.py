"""The API that is told to stop twice."""

import signal
import time

import httpx
import pytest
from redis import Redis

from tests.integration.web.conftest import base_url
from tests.support.event_source import EventSource
from tests.support.market_state import put_alerts
from tests.support.processes import Processes


@pytest.mark.parametrize(
    ("number", "pause_s"),
    [
        (signal.SIGTERM, 0.0),
        (signal.SIGINT, 0.03),
        (signal.SIGTERM, 0.1),
        *(
            pytest.param(number, pause_s, marks=pytest.mark.slow)
            for number, pause_s in ((signal.SIGINT, 0.0), (signal.SIGTERM, 0.03), (signal.SIGINT, 0.1))
        ),
    ],
)
def test_two_signals(
    processes: Processes, redis_url: str, redis_client: Redis, number: signal.Signals, pause_s: float
) -> None:
    """A second signal ends it at once, whatever it is doing, and prints nothing that is no log line."""
    put_alerts(redis_client, 100)
    api = processes.api(redis_url)
    with httpx.Client(base_url=base_url(api)) as http, EventSource(api.address(), "/stream/live") as stream:
        stream.until("status")
        assert http.get("/alerts").status_code == 200
        api.popen.send_signal(number)
        time.sleep(pause_s)
        api.popen.send_signal(number)
        assert api.wait(5) in {0, 1}
    assert [line for line in api.lines if not line.startswith("{")] == []
    assert api.events("Traceback") == []
