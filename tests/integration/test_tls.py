"""All services on a server that speaks nothing but TLS, with a certificate of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import free_port
from tests.support import commands, frames
from tests.support.certificates import Certificates, make_certificates
from tests.support.event_source import EventSource
from tests.support.market import Market, entries_after, quote_of
from tests.support.processes import Processes, wait_until
from tests.support.receiving import Receiving, start_forwarder
from tests.support.servers import make_server


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """For the server, and for its clients, whom it asks for one too."""
    return make_certificates(tmp_path)


@pytest.fixture
def url(certificates: Certificates) -> Iterator[str]:
    """For `--redis`; the server is Debian's, because the embedded one is built without TLS."""
    port = free_port()
    options = {
        "tls-port": str(port),
        "tls-cert-file": str(certificates.certificate),
        "tls-key-file": str(certificates.key),
        "tls-ca-cert-file": str(certificates.authority),
        "tls-auth-clients": "yes",
    }
    server = make_server("redis", options)
    server.start()
    yield (
        f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificates.authority}"
        f"&ssl_certfile={certificates.certificate}&ssl_keyfile={certificates.key}"
    )
    server.close()


@pytest.mark.slow
def test_all_services_over_tls(url: str, processes: Processes, receiving: Receiving) -> None:
    """Quotes, orders of the feed and of a stream, alerts over HTTP, forwarded and printed: over TLS alone."""
    market = Market(processes, url, check=("--stream", "orders"))
    api = processes.api(url)
    start_forwarder(processes, url, receiving.address)
    with Redis.from_url(url, protocol=2) as client:
        market.send_quotes(frames.quote(b" BTU", 10.0, 11.0))
        market.send_orders(frames.order(b" BTU", account=1))
        order = "order_id order1 account 2 side buy symbol BTU quantity 1 price 1 transact_time now"
        client.execute_command("XADD", "orders", "*", *order.split())
        wait_until(lambda: len(entries_after(client)) == 2, "both alert")
        assert quote_of(client, "BTU")["reason"] == "spread,spread_ratio"

    receiving.wait_for(2)
    with httpx.Client(base_url="http://{}:{}".format(*api.address()), timeout=5) as http:
        assert http.get("/health/ready").status_code == 200
        assert http.get("/symbols/BTU").json()["spread"] == 1.0
        assert len(http.get("/alerts").json()["alerts"]) == 2
    with EventSource(api.address(), "/stream/alerts?after=0") as stream:
        assert stream.until("alert").data["account"] == "1"
    listed = commands.run(processes, "alerts", "--redis", url)
    assert (listed.code, len(listed.output.splitlines())) == (0, 2)


@pytest.mark.parametrize("service", ["ingest", "check", "api", "forward"])
def test_a_server_that_nobody_vouches_for_is_refused(processes: Processes, url: str, service: str) -> None:
    """Without the authority in the URL every service ends at the start, and says why."""
    words = ("--redis", url.partition("?")[0], "--redis-attempts", "1", "--log-format", "json")
    to = ("--to", "127.0.0.1:1") if service == "forward" else ("--listen", "127.0.0.1:0")
    metrics = () if service == "api" else ("--metrics", "127.0.0.1:0")

    process = commands.start(processes, service, *to, *metrics, *words)

    assert process.wait() == 1
    assert "certificate verify failed" in process.log[-1]["event"]
