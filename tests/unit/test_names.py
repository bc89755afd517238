"""Names of streams: the slot of the alerts is that of its positions, and there is a name at all."""

import click
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redis.crc import key_slot

from shared.market import keys
from shared.process.options import AlertsName, StreamName

names = st.text(st.sampled_from("ab{}:-é ") | st.characters(), max_size=12)


def is_allowed(name: str) -> bool:
    """Whether a stream of alerts may be called this."""
    try:
        return bool(AlertsName().convert(name, None, None) == name)
    except click.UsageError:
        return False


def slots(name: str) -> tuple[int, int]:
    """The cluster slots of the stream, and of a position of one of its sources."""
    return key_slot(name.encode()), key_slot(keys.position(name, "orders", "a").encode())


@given(names)
@example("alerts")
@example("{")
@example("a{b")
@example("{{")
@example("alerts of the desk")
def test_an_allowed_name_has_its_positions_beside_it(name: str) -> None:
    """Whatever name is allowed, the positions lie in the slot of the stream: one script writes both."""
    if is_allowed(name):
        stream, position = slots(name)
        assert stream == position


@pytest.mark.parametrize("name", ["}", "{}", "{x}", "a{b}c", "a}b", "{{x}}", "x{}", "a{b}{c}"])
def test_a_name_that_parts_them_is_refused(name: str) -> None:
    """Names that would lie in another slot than their positions are refused."""
    stream, position = slots(name)
    assert stream != position
    assert not is_allowed(name)


@pytest.mark.parametrize("name", ["alerts", "{", "a{b", "desk 7", "münchen", "a:b", "*"])
def test_every_other_name_is_allowed(name: str) -> None:
    """Only what breaks something is refused."""
    assert is_allowed(name)


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[2J", "\udcff", "\u202e"])
@pytest.mark.parametrize("kind", [StreamName, AlertsName])
def test_what_is_no_name_is_refused(name: str, kind: type[StreamName]) -> None:
    """No name, and one that cannot be shown or written, is refused for every stream."""
    with pytest.raises(click.UsageError):
        kind().convert(name, None, None)
