"""The API on a cluster: the same answers and streams, wherever the keys lie."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from redis.cluster import RedisCluster

from tests.integration.web.conftest import base_url
from tests.support.cluster import Cluster
from tests.support.event_source import EventSource
from tests.support.market_state import put_alerts, put_symbol
from tests.support.processes import Processes


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """Three primaries."""
    made = Cluster("valkey", replicas=0)
    yield made
    made.close()


@pytest.mark.slow
def test_the_same_as_on_one_server(cluster: Cluster, processes: Processes) -> None:
    """Symbols of all nodes are listed in order; alerts are paged, streamed and resumed."""
    redis: Any = RedisCluster(host="127.0.0.1", port=cluster.primaries[0].port, protocol=2)
    names = sorted(f"S{number}" for number in range(300))
    for name in names:
        put_symbol(redis, name)
    ids = put_alerts(redis, 1500)
    api = processes.api(cluster.url)

    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        assert [each["symbol"] for each in http.get("/symbols").json()["symbols"]] == names
        assert http.get("/symbols/S7").json()["symbol"] == "S7"
        assert [each["id"] for each in http.get("/alerts?limit=5").json()["alerts"]] == ids[:-6:-1]
        assert http.get("/health/ready").status_code == 200
        assert http.get("/status").json()["redis"]["state"] == "ok"
    with EventSource(api.address(), "/stream/live?after=0") as stream:
        assert len(stream.until("snapshot").data["symbols"]) == 300
        seen = [stream.until("alert").data["id"] for _ in range(1500)]
        ids += put_alerts(redis, 1)
        assert [*seen, stream.until("alert").data["id"]] == ids
    redis.close()
