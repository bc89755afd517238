"""FIX over TLS: counterparties that dial and that are dialled, with certificates that are looked at."""

import socket
import ssl
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from tests.support.certificates import make_certificates
from tests.support.fix_connection import DeskConnection, sent_now
from tests.support.fix_desk import Desk
from tests.support.fix_sessions import session_table, start_checker
from tests.support.listening_desk import ListeningDesk
from tests.support.market import entries_after
from tests.support.processes import Processes, wait_until

FILES = 'tls = { certificate = "server.pem", key = "server.key", authority = "authority.pem" }'


def last_of(client: Redis, source: str) -> str:
    """The last order of a source that has alerted."""
    return next((each["order_id"] for each in entries_after(client)[::-1] if each["source"] == source), "")


@pytest.mark.slow
def test_sessions_over_tls(processes: Processes, any_url: str, any_client: Redis, tmp_path: Path) -> None:
    """Both roles, with certificates on both sides, and one without TLS on the same port.

    Nobody gets in without a certificate, and no session that is to be encrypted without TLS.
    """
    files = make_certificates(tmp_path)
    theirs = ssl.create_default_context(cafile=str(files.authority))
    stranger = ssl.create_default_context(cafile=str(files.authority))
    theirs.load_cert_chain(files.certificate, files.key)
    waiting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    waiting.load_cert_chain(files.certificate, files.key)
    with ListeningDesk(waiting, "DIALLED") as dialled:
        connect = f'connect = "127.0.0.1:{dialled.port}"\ntls = {{ authority = "authority.pem" }}'
        file = session_table("safe", theirs="SAFE", more=FILES) + session_table("plain", theirs="PLAIN")
        file += session_table("out", theirs="DIALLED", more=connect).replace("acceptor", "initiator")
        checker = start_checker(processes, any_url, tmp_path, file)
        with closing(checker.connect(Desk(comp_id="PLAIN", sent=sent_now))) as line:
            line.send_orders("in the clear")
            line.log_out()
        safe = Desk(comp_id="SAFE", sent=sent_now)
        sock = theirs.wrap_socket(socket.create_connection(checker.address), server_hostname="127.0.0.1")
        with closing(DeskConnection(safe, sock)) as line:
            line.log_on()
            line.send_orders(*map(str, range(2000)))
            line.log_out()

        unsafe = DeskConnection(Desk(comp_id="SAFE", sent=sent_now), checker.address)
        with closing(unsafe), pytest.raises(ConnectionError):
            unsafe.log_on()
        checker.process.wait_for("its Logon for safe came without TLS")
        raw = socket.create_connection(checker.address)
        with closing(stranger.wrap_socket(raw, server_hostname="127.0.0.1")) as sock, pytest.raises(OSError):
            sock.recv(1)

        dialled.is_sending.set()
        dialled.wait_for_more(10)
        dialled.is_sending.clear()
        wait_until(lambda: last_of(any_client, "fix:out") == dialled.sent[-1], "its orders alert")
    alerts = entries_after(any_client)
    assert {each["source"] for each in alerts} == {"fix:plain", "fix:safe", "fix:out"}
    assert [each["order_id"] for each in alerts if each["source"] == "fix:plain"] == ["in the clear"]
    safe_ones = [each["order_id"] for each in alerts if each["source"] == "fix:safe"]
    assert safe_ones == list(map(str, range(2000)))
