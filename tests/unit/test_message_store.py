"""What a desk has sent: kept over a crash, bounded, never with a gap."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.cli.counterparties.message_store import FILE_NAME, MessageStore, StoreError
from tests.support import fix

Make = Callable[..., MessageStore]


def message(number: int) -> bytes:
    """A message with this number."""
    return fix.message(f"35=D|34={number}|49=DESK|56=SPREAD|11={number:08}")


def fill(store: MessageStore, *numbers: int) -> None:
    """Keep messages."""
    for number in numbers:
        store.keep(number, message(number))
    store.flush()


def kept(store: MessageStore) -> list[int]:
    """The numbers of all messages from 1 on."""
    return [each.number for each in store.between(1, 1 << 60)]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Opens stores, in the test's folder by default, and closes them."""
    made = []

    def open_store(folder: Path = tmp_path, **settings: int) -> MessageStore:
        made.append(MessageStore(folder, **settings))
        return made[-1]

    yield open_store
    for store in made:
        store.close()


def test_a_new_store(make: Make, tmp_path: Path) -> None:
    """Its folder is made, and numbers begin at 1."""
    store = make(tmp_path / "new" / "folder")
    assert store.next_number == 1
    assert kept(store) == []
    fill(store, 1, 2)
    assert (tmp_path / "new" / "folder" / FILE_NAME).read_bytes() == message(1) + message(2)


def test_the_next_process_goes_on(make: Make) -> None:
    """It has the same messages and goes on with the next number."""
    before = make()
    fill(before, 1, 2, 3)
    before.close()
    store = make()
    assert store.next_number == 4
    fill(store, 4)
    assert [each.raw for each in store.between(2, 5)] == [message(2), message(3), message(4)]


@pytest.mark.parametrize("cut", [1, 20, len(message(3)) - 1])
def test_a_message_that_a_crash_has_cut_off(make: Make, tmp_path: Path, cut: int) -> None:
    """It was not sent yet, so its number is used again."""
    (tmp_path / FILE_NAME).write_bytes(message(1) + message(2) + message(3)[:-cut])
    store = make()
    assert store.next_number == 3
    fill(store, 3)
    assert (tmp_path / FILE_NAME).read_bytes() == message(1) + message(2) + message(3)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"something else\n" + message(1), "has something else than FIX messages in it"),
        (message(1) + b"8=FIX.4.4\x019=3\x0135=0\x0110=000\x01" + message(2), "has something else"),
        (message(1) + message(3), "the numbers of the messages have gaps"),
        (message(2) + message(1), "the numbers of the messages have gaps"),
        (fix.message("35=D|49=DESK"), "the numbers of the messages have gaps"),
    ],
)
def test_a_file_that_is_no_store(make: Make, tmp_path: Path, content: bytes, text: str) -> None:
    """It is named, and stays as it is; whoever puts it right can use the folder."""
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(StoreError, match=text):
        make()
    assert (tmp_path / FILE_NAME).read_bytes() == content
    (tmp_path / FILE_NAME).unlink()
    assert make().next_number == 1


def test_one_process_at_a_time(make: Make) -> None:
    """The second one is told."""
    store = make()
    with pytest.raises(StoreError, match="is in use by another process"):
        make()
    store.close()
    make().close()


def test_what_is_acknowledged_goes(make: Make) -> None:
    """The last message stays for its number; what is gone is not given out in silence."""
    store = make()
    fill(store, 1, 2, 3, 4)
    store.acknowledged(2)
    assert [each.number for each in store.between(3, 5)] == [3, 4]
    with pytest.raises(LookupError, match="MsgSeqNum 2 was acknowledged before"):
        store.between(2, 5)
    store.acknowledged(99)
    assert store.next_number == 5
    assert [each.number for each in store.between(4, 5)] == [4]


def test_no_room_before_something_is_acknowledged(make: Make) -> None:
    """It is full when as much waits as it was told."""
    store = make(window_bytes=3 * len(message(1)))
    full = []
    for number in (1, 2, 3):
        fill(store, number)
        full.append(store.is_full)
    store.acknowledged(1)
    assert [*full, store.is_full] == [False, False, True, False]


def test_the_file_does_not_grow_for_ever(make: Make, tmp_path: Path) -> None:
    """It is written anew with what is kept; the next process reads the same."""
    window = 10 * len(message(1))
    store = make(window_bytes=window)
    sizes = []
    for number in range(1, 200):
        fill(store, number)
        store.acknowledged(number - 5)
        sizes.append((tmp_path / FILE_NAME).stat().st_size)
    assert max(sizes) <= 2 * window + len(message(1))
    store.close()
    store = make()
    assert store.next_number == 200
    assert [each.number for each in store.between(195, 200)] == [195, 196, 197, 198, 199]
    assert list(tmp_path.iterdir()) == [tmp_path / FILE_NAME]


def test_a_full_disk(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be kept is not sent, and the reason is said; once there is room it is kept."""
    store = make()
    store.keep(1, message(1))
    with monkeypatch.context() as patch, Path("/dev/full").open("ab", buffering=0) as full:
        patch.setattr(store, "_file", full)
        with pytest.raises(StoreError, match=r"cannot write to .*: No space left on device"):
            store.flush()
    store.flush()
    assert kept(store) == [1]
