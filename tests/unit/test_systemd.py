"""The systemd unit: understood by systemd, for every role."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.deploying import DEPLOY

UNIT = DEPLOY / "systemd" / "market-spread@.service"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing to say, once the program is one that is here."""
    text = UNIT.read_text()
    assert "ExecStart=/opt/market-spread/bin/market-spread %i\n" in text
    here = tmp_path / "market-spread@check.service"
    here.write_text(text.replace("/opt/market-spread/bin/market-spread", sys.executable))

    done = subprocess.run(
        ["systemd-analyze", "verify", str(here)], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_wrong_setting_is_not_tried_again() -> None:
    """Exit code 2 ends it, everything else starts it again, after time enough to stop."""
    settings = dict(
        line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line and line[0] != "#"
    )
    assert settings["Restart"] == "on-failure"
    assert settings["RestartPreventExitStatus"] == "2"
    assert int(settings["TimeoutStopSec"]) > 5
    assert settings["DynamicUser"] == "yes"
