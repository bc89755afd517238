"""FIX messages as fields: data fields, groups, and back to bytes; simplefix as the oracle."""

import simplefix
from hypothesis import example, given
from hypothesis import strategies as st

from shared.wire.fix.groups import fields_before, read_group
from shared.wire.fix.message import Fields, Message, encode, value_of
from tests.support import fix

TAGS = st.integers(100, 199).map(lambda tag: b"%d" % tag)  # neither header nor data
VALUES = st.binary(min_size=1, max_size=20).filter(lambda value: b"\x01" not in value)
BODIES = st.lists(st.tuples(TAGS, VALUES), max_size=12)


def pairs(message: Fields) -> list[tuple[bytes, bytes]]:
    """The fields as tuples."""
    return [(tag, value) for tag, value in message.pairs]


@given(BODIES)
@example([(b"100", b"=a=b="), (b"100", b"again")])
def test_fields_come_back_as_they_were_encoded(body: list[tuple[bytes, bytes]]) -> None:
    """In order, with duplicates, and `=` within values; the first one of a tag is found by it."""
    whole = [(b"35", b"D"), *body]
    raw = encode(b"FIX.4.4", whole)
    message = Message(raw)

    assert pairs(message)[2:-1] == whole
    assert [tag for tag, _ in pairs(message)][:2] == [b"8", b"9"]
    assert (message.kind, message.is_malformed) == (b"D", False)
    first = dict(reversed(whole))
    assert {tag: message.get(tag) for tag in first} == first
    assert {tag: value_of(raw, tag) for tag in first} == first
    assert value_of(raw, b"5555") == message.get(b"5555") == b""
    assert b"5555" not in message


@given(BODIES, st.binary(min_size=1, max_size=30))
def test_simplefix_reads_and_writes_the_same(body: list[tuple[bytes, bytes]], data: bytes) -> None:
    """Its encoder gives our bytes, data fields included, and its parser our fields."""
    fields = [(b"35", b"D"), (b"34", b"7"), (b"95", b"%d" % len(data)), (b"96", data), *body]
    theirs = simplefix.FixMessage()
    theirs.append_pair(8, b"FIX.4.4")
    for tag, value in fields:
        theirs.append_pair(tag, value)
    ours = encode(b"FIX.4.4", fields)

    assert theirs.encode() == ours
    parser = simplefix.FixParser()
    parser.append_buffer(ours)
    read = parser.get_message()
    assert read is not None
    assert [tuple(pair) for pair in read.pairs] == pairs(Message(ours))


@given(st.binary(max_size=60), st.sampled_from([(b"95", b"96"), (b"212", b"213"), (b"354", b"355")]))
@example(b"\x0110=123\x01", (b"95", b"96"))
@example(b"", (b"212", b"213"))
def test_data_fields_hold_any_bytes(data: bytes, tags: tuple[bytes, bytes]) -> None:
    """SOH, `=`, and whole messages in them are values; what follows is a field again."""
    raw = encode(b"FIX.4.2", [(b"35", b"D"), (tags[0], b"%d" % len(data)), (tags[1], data), (b"58", b"end")])
    message = Message(raw)

    assert message.get(tags[1]) == value_of(raw, tags[1]) == data
    assert message.get(b"58") == value_of(raw, b"58") == b"end"
    assert not message.is_malformed


def test_a_length_that_fits_no_data_is_said() -> None:
    """Where no SOH follows so many bytes on, the value ends at the first one; the message is malformed."""
    for length in ("2", "4", "999999999"):
        message = Message(fix.message(f"35=D|95={length}|96=abc|58=end"))
        assert (message.get(b"96"), message.get(b"58"), message.is_malformed) == (b"abc", b"end", True)


def test_a_length_without_its_data_is_a_field_like_any_other() -> None:
    """Its data has to be the next field; a length that is no number announces nothing."""
    for fields in ("95=3|58=a|96=xyz", "95=x|96=xyz|58=a", "95=99999999999|96=xyz|58=a"):
        message = Message(fix.message(f"35=D|{fields}"))
        assert (message.get(b"58"), message.get(b"96")) == (b"a", b"xyz")
        assert not message.is_malformed


def test_what_is_no_field_is_said() -> None:
    """A message with something else than `tag=value` is malformed; its fields are there all the same."""
    for fields in ("11=A|noise|58=x", "11=A||58=x", "noise|11=A|58=x|95=1|96=y"):
        message = Message(fix.message(f"35=D|{fields}"))
        assert (message.get(b"11"), message.get(b"58"), message.is_malformed) == (b"A", b"x", True)


def test_latin_1_is_bytes() -> None:
    """A text that is no ASCII is kept as it is."""
    assert Message(fix.message("35=D|58=Zürich")).get(b"58") == "Zürich".encode("latin-1")


def test_header_fields_may_stand_anywhere() -> None:
    """Only 8, 9, 35 and 10 have their places."""
    message = Message(fix.message(f"35=D|11=A|{fix.HEADER}|43=Y"))

    assert (message.get(b"49"), message.get(b"34"), message.get(b"43")) == (b"DESK", b"7", b"Y")


def group(fields: str) -> tuple[list[str], bool]:
    """The entries of a group whose number of entries is field 268, each as text."""
    read = read_group(Message(fix.message(f"35=W|{fields}")), b"268")
    texts = [b"|".join(b"%b=%b" % (*pair,) for pair in each.pairs) for each in read.entries]
    return [text.decode().rpartition("|10=")[0] or text.decode() for text in texts], read.is_complete


def test_an_entry_begins_when_the_first_tag_comes_again() -> None:
    """Whatever the order within, which may differ from entry to entry, and with groups inside."""
    assert group("268=2|270=5|269=0|269=9|270=6|271=3|269=1") == (
        ["270=5|269=0|269=9", "270=6|271=3|269=1"],
        True,
    )
    assert group("268=3|269=0|453=1|448=A|269=1|269=2|448=B") == (
        ["269=0|453=1|448=A", "269=1", "269=2|448=B"],
        True,
    )


def test_a_group_knows_whether_it_is_complete() -> None:
    """Too few entries, too many, a number that is none, and a group at the very end are told apart."""
    assert group("268=2|269=0") == (["269=0"], False)
    assert group("268=1|269=0|269=1") == (["269=0", "269=1"], False)
    assert group("268=x|269=0") == (["269=0"], False)
    assert group("268=002|269=0|269=1") == (["269=0", "269=1"], True)
    assert group("268=0|58=x") == group("58=x") == ([], True)
    alone = Fields([(b"55", b"A"), (b"268", b"1")])
    assert read_group(alone, b"268") == ([], False)


def test_fields_before_a_group() -> None:
    """What a message says before its group, or all of it where there is none."""
    message = Message(fix.message("35=X|262=R|268=1|279=0|55=A"))

    assert [tag for tag, _ in fields_before(message, b"268").pairs] == [b"8", b"9", b"35", b"262"]
    assert fields_before(message, b"999").pairs == message.pairs
