"""The archive's files: what a crash leaves behind is cut off, and nothing is doubled, missing or mixed up."""

import errno
import json
import os
from datetime import date
from pathlib import Path

import pytest

from market_spread import Gap
from market_spread.stream_id import BEFORE_ALL, StreamId
from services.cli.archive.archive import Archive, ArchiveFailed, ArchiveRefused
from services.cli.archive.day_file import DayName, Form, day_of
from services.orders.alerts import csv_text
from services.orders.alerts.published import Alert
from tests.support.market_state import alert_fields

NOON = 1_764_072_000_000  # 2025-11-25 12:00 UTC
DAY_MS = 86_400_000
FORMS: list[Form] = ["ndjson", "csv"]


def alert(milliseconds: int, number: int = 0) -> Alert:
    """An alert of a moment."""
    return Alert.of(f"{milliseconds}-{number}", {name: str(value) for name, value in alert_fields().items()})


def ids_in(file: Path) -> list[str]:
    """The IDs in a file of either form."""
    lines = file.read_text().splitlines()
    if file.suffix == ".csv":
        assert lines[:1] in ([], [csv_text.header().rstrip()])
        return [line.partition(",")[0] for line in lines[1:]]
    return [json.loads(line)["id"] for line in lines]


def fill(folder: Path, form: Form, *alerts: Alert) -> None:
    """What one life of an archive adds."""
    with Archive(folder, form) as archive:
        archive.add(alerts)


def last_of(folder: Path, form: Form = "ndjson") -> str:
    """After which alert an archive would go on."""
    with Archive(folder, form) as archive:
        return str(archive.last)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_a_day_by_the_id(tmp_path: Path, form: Form) -> None:
    """Alerts of one portion go to their days, UTC; the last one of the newest day is where it goes on."""
    midnight = NOON + DAY_MS // 2
    fill(tmp_path / "new" / "folder", form, alert(NOON), alert(midnight - 1), alert(midnight))
    fill(tmp_path / "new" / "folder", form, alert(midnight, 1))

    files = {each.name: ids_in(each) for each in (tmp_path / "new" / "folder").glob(f"*-*.{form}")}
    assert files == {
        f"alerts-2025-11-25.{form}": [f"{NOON}-0", f"{midnight - 1}-0"],
        f"alerts-2025-11-26.{form}": [f"{midnight}-0", f"{midnight}-1"],
    }
    assert last_of(tmp_path / "new" / "folder", form) == f"{midnight}-1"


def test_an_empty_folder_has_no_last_alert(tmp_path: Path) -> None:
    """Then it begins."""
    with Archive(tmp_path, "csv") as archive:
        assert archive.last is None


@pytest.mark.parametrize("form", FORMS)
def test_a_torn_line_is_cut_off_wherever_it_was_torn(tmp_path: Path, form: Form) -> None:
    """Cut at each byte of the last two alerts, it goes on after the last whole one; the rest comes again."""
    alerts = [alert(NOON, number) for number in range(3)]
    fill(tmp_path, form, *alerts)
    file = tmp_path / f"alerts-2025-11-25.{form}"
    whole = file.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")][-3:]

    for cut in range(ends[0], len(whole)):
        file.write_bytes(whole[:cut])
        kept = sum(end <= cut for end in ends)
        with Archive(tmp_path, form) as archive:
            assert archive.last == StreamId(NOON, kept - 1)
            archive.add(alerts[kept:])
        assert file.read_bytes() == whole


@pytest.mark.parametrize("form", FORMS)
def test_a_first_line_that_is_torn_leaves_nothing(tmp_path: Path, form: Form) -> None:
    """A header or a first alert that was torn is begun anew, after the day before."""
    fill(tmp_path, form, alert(NOON - DAY_MS), alert(NOON))
    file = tmp_path / f"alerts-2025-11-25.{form}"
    whole = file.read_bytes()

    for torn in (b"", whole[:5], whole[:20] + b"\x00" * 100_000):
        file.write_bytes(torn)
        assert last_of(tmp_path, form) == f"{NOON - DAY_MS}-0"
        fill(tmp_path, form, alert(NOON))
        assert file.read_bytes() == whole


def test_a_long_line_is_found(tmp_path: Path) -> None:
    """Lines longer than what is read at once are lines, too."""
    words = {**alert_fields(), "source": "x" * 200_000}
    long = Alert.of(f"{NOON}-7", {name: str(value) for name, value in words.items()})
    fill(tmp_path, "ndjson", alert(NOON), long)

    assert last_of(tmp_path) == f"{NOON}-7"


def test_another_form_goes_on_where_the_first_stopped(tmp_path: Path) -> None:
    """A day that has a file of each form is resumed after the later of both last alerts."""
    fill(tmp_path, "ndjson", alert(NOON, 1))
    fill(tmp_path, "csv", alert(NOON, 2))
    assert last_of(tmp_path, "csv") == f"{NOON}-2"
    fill(tmp_path, "ndjson", alert(NOON, 3))
    assert last_of(tmp_path, "csv") == f"{NOON}-3"


def test_files_of_strangers_do_no_harm(tmp_path: Path) -> None:
    """What has another name, or is no file, is neither read nor changed."""
    fill(tmp_path, "ndjson", alert(NOON))
    names = ("alerts-2099-01-01.ndjson.gz", "alerts-2099-02-31.csv", "notes", "alerts-٢٠٩٩-01-01.csv", "a\nb")
    for name in names:
        (tmp_path / name).write_bytes(b"\xff torn")
    (tmp_path / "alerts-2099-01-01.csv").mkdir()

    assert last_of(tmp_path) == f"{NOON}-0"
    assert {(tmp_path / name).read_bytes() for name in names} == {b"\xff torn"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("alerts-2099-01-01.ndjson", b"hello\n", "the last line of alerts-2099-01-01.ndjson is no alert"),
        ("alerts-2099-01-01.ndjson", b"[1]\n", "is no alert"),
        ("alerts-2099-01-01.ndjson", b"\xff\n", "is no alert"),
        ("alerts-2099-01-01.ndjson", b'{"id": 5}\n', "is no alert"),
        ("alerts-2099-01-01.csv", b"a,b\n1,2\n", "the first line of alerts-2099-01-01.csv is no header"),
        ("alerts-2099-01-01.csv", b"id,symbol\nx,BTU\n", "is no alert"),
    ],
)
def test_a_file_with_our_name_and_other_content_is_refused(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """It is not guessed where to go on; one line says which file is in the way, and it stays as it is."""
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ArchiveRefused, match=f"{said}.*move that file away"):
        Archive(tmp_path, "ndjson")
    assert (tmp_path / name).read_bytes() == content


def test_a_csv_file_keeps_the_columns_that_it_began_with(tmp_path: Path) -> None:
    """Also when a later version has more: a file never has two kinds of lines."""
    file = tmp_path / "alerts-2025-11-25.csv"
    file.write_text(f"id,symbol\n{NOON}-0,BTU\n")

    fill(tmp_path, "csv", alert(NOON, 1))

    assert file.read_text() == f"id,symbol\n{NOON}-0,BTU\n{NOON}-1,BTU\n"


def test_two_at_a_time_are_refused(tmp_path: Path) -> None:
    """The second one says so; when the first has ended, it may."""
    with Archive(tmp_path, "csv"), pytest.raises(ArchiveRefused, match="another process writes the archive"):
        Archive(tmp_path, "ndjson")

    fill(tmp_path, "ndjson", alert(NOON))


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written of a portion is taken back; with room again, all of it is there once."""
    write = os.write

    def write_some(file: int, data: bytes) -> int:
        if len(data) < 500:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, data[:400])

    with Archive(tmp_path, "ndjson") as archive:
        archive.add([alert(NOON)])
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", write_some)
            with pytest.raises(
                ArchiveFailed, match=r"cannot be written: no space left on device; .* goes on"
            ):
                archive.add([alert(NOON, number) for number in (1, 2, 3)])
        assert ids_in(tmp_path / "alerts-2025-11-25.ndjson") == [f"{NOON}-0"]
        archive.add([alert(NOON, number) for number in (1, 2, 3)])

    assert ids_in(tmp_path / "alerts-2025-11-25.ndjson") == [f"{NOON}-{number}" for number in range(4)]


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    """One line names it and the reason."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ArchiveFailed, match=r"file/folder cannot be written: not a directory"):
        Archive(tmp_path / "file" / "folder", "csv")


def test_gaps_are_written_down_once(tmp_path: Path) -> None:
    """One that is found again after a crash is the same line; a torn line is cut off."""
    first = Gap(BEFORE_ALL, StreamId(NOON, 0))
    second = Gap(StreamId(NOON, 5), StreamId(NOON, 9))
    for gap in (first, first, second):
        with Archive(tmp_path, "csv") as archive:
            archive.note(gap)
    with (tmp_path / "gaps.ndjson").open("a") as file:
        file.write('{"after')
    with Archive(tmp_path, "csv") as archive:
        archive.note(second)

    lines = [json.loads(line) for line in (tmp_path / "gaps.ndjson").read_text().splitlines()]
    assert [(each["after"], each["to"]) for each in lines] == [
        ("0-0", f"{NOON}-0"),
        (f"{NOON}-5", f"{NOON}-9"),
    ]
    assert lines[0]["noticed_at"].endswith("Z")


def test_days_end_with_the_year_9999() -> None:
    """An ID that somebody made up has a day, too."""
    assert day_of(alert(2**64 - 1)) == date(9999, 12, 31)
    assert str(DayName(day_of(alert(0, 1)), "csv")) == "alerts-1970-01-01.csv"
