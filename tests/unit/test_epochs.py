"""Epochs: their keys lie where they have to, and their values name a process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.crc import key_slot

from shared.redis.epochs import epoch_key, epoch_value, next_key, process_named_by

OF_EPOCH = key_slot(b"epoch")
slots = st.integers(0, 16383)


@pytest.mark.slow
@given(st.frozensets(slots, min_size=1, max_size=20))
def test_an_epoch_lies_on_its_own_node(having: frozenset[int]) -> None:
    """In one of the node's slots, and what it becomes next in the same one."""
    key = epoch_key(having)
    assert key_slot(key.encode()) in having
    assert key_slot(next_key(key, "writer").encode()) == key_slot(key.encode())


def test_the_node_with_all_slots_has_the_plain_key() -> None:
    """So has the node of a cluster that has the slot of that name; the others do not."""
    assert epoch_key(frozenset(range(16384))) == "epoch"
    assert epoch_key(frozenset({0, OF_EPOCH})) == "epoch"
    assert epoch_key(frozenset({5, 6})) == epoch_key(frozenset({5})) != epoch_key(frozenset({6}))


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (epoch_value("token", "run").encode(), "run"),
        (b"0123456789abcdef", None),  # of the version before
        (b"", None),
        (b"a:b:c", "c"),
        (b"\xff:run", "run"),
    ],
)
def test_a_value_names_the_process_that_was_looked_at(value: bytes, named: str | None) -> None:
    """Or none, where an older version wrote it."""
    assert process_named_by(value) == named
