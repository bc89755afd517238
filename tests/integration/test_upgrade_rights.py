"""Redis' users are upgraded before the services: the new ones suit both versions, the old ones do not."""

from contextlib import closing
from pathlib import Path

import pytest

from tests.support import frames
from tests.support.market import order_ids
from tests.support.processes import Processes
from tests.support.raw_sender import RawSender, send_all
from tests.support.secured import client_of, make_secured_server, url_of
from tests.support.servers import chosen_kinds
from tests.support.version_before import users_of

pytestmark = pytest.mark.slow


def test_services_of_before_work_under_the_users_of_today(before: Processes, tmp_path: Path) -> None:
    """They keep quotes and positions, also after Redis was flushed under them."""
    server = make_secured_server(chosen_kinds()[0], tmp_path).start()
    with closing(server), client_of(server, "admin") as admin:
        ingestor = before.ingest(url_of(server, "ingestor"))
        checker = before.check(url_of(server, "checker"))
        send_all(ingestor.address(), frames.quote(b" BTU", 10.0, 10.01))
        send_all(checker.address(), frames.order(b" BTU"))
        admin.flushall()
        send_all(checker.address(), frames.order(b" BTU"))
        with RawSender(checker.address(), b"desk") as desk:
            desk.send(*frames.alerting(3))
            desk.acks_until(3)
        assert order_ids(admin) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("module", "user"), [("services.market_data", "ingestor"), ("services.orders", "checker")]
)
def test_services_of_today_say_which_right_the_users_of_before_lack(
    installed: Path, processes: Processes, tmp_path: Path, module: str, user: str
) -> None:
    """A service ends with exit code 2 and names the command that its user may not run."""
    server = make_secured_server(chosen_kinds()[0], tmp_path, users_file=users_of(installed)).start()
    with closing(server):
        free = ("--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0")
        process = processes.start("-m", module, *free, "--redis", url_of(server, user))
        assert process.wait() == 2
        assert "docs/security.md" in process.lines[-1]
        assert "'info'" in process.lines[-1]
