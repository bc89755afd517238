"""Which node has which key, and a round trip that follows the keys while they move."""

import pytest
from redis.crc import key_slot
from redis.exceptions import AskError, MovedError, ResponseError

from shared.base.address import Address
from shared.redis.link import RedisUnavailable, command
from shared.redis.slots import Scatter, Slots

ONE, TWO, THREE = (Address("node", port) for port in (7001, 7002, 7003))
HALF = 8192


def slots_of(*shares: tuple[int, int, Address]) -> Slots:
    """As CLUSTER SLOTS tells it."""
    slots = Slots()
    slots.learn([[first, last, [b"node", node.port, b"id"]] for first, last, node in shares], ONE)
    return slots


@pytest.fixture
def halves() -> Slots:
    """Two nodes with half of the slots each."""
    return slots_of((0, HALF - 1, ONE), (HALF, 16383, TWO))


def keys_in(first: int, last: int, count: int) -> list[str]:
    """Keys that fall into these slots."""
    found = (f"key{n}" for n in range(10**6) if first <= key_slot(b"key%d" % n) <= last)
    return [next(found) for _ in range(count)]


def moved(key: str, node: Address) -> MovedError:
    """The answer of a node that has a key's slot no longer."""
    return MovedError(f"{key_slot(key.encode())} {node.host}:{node.port}")


def asked(key: str, node: Address) -> AskError:
    """The answer of a node that is just giving a key's slot away."""
    return AskError(f"{key_slot(key.encode())} {node.host}:{node.port}")


def test_each_key_goes_to_the_node_of_its_slot(halves: Slots) -> None:
    """In one sending a node, whose replies come back to their places."""
    low, high = keys_in(0, HALF - 1, 2), keys_in(HALF, 16383, 2)
    mixed = [high[0], low[0], high[1], low[1]]
    scatter = Scatter(halves, [command(key, "GET", key) for key in mixed])
    sendings = scatter.next_round()
    assert {node: [each.key for each in sending.commands] for node, sending in sendings.items()} == {
        TWO: high,
        ONE: low,
    }
    for node, sending in sendings.items():
        scatter.take(sending, [f"{node.port} {each.key}" for each in sending.commands])
    assert scatter.replies == [f"{halves.node_of(key).port} {key}" for key in mixed]
    assert not scatter.next_round()
    assert not scatter.redirected


def test_a_key_that_has_moved_is_asked_for_there(halves: Slots) -> None:
    """And the next round trip goes there at once; errors about commands stay what they are."""
    key, other = keys_in(0, HALF - 1, 2)
    scatter = Scatter(halves, [command(key, "GET", key), command(other, "GET", other)])
    (sending,) = scatter.next_round().values()
    scatter.take(sending, [moved(key, THREE), ResponseError("WRONGTYPE")])
    ((node, again),) = scatter.next_round().items()
    assert (node, again.places, [each.key for each in again.commands]) == (THREE, [0], [key])
    scatter.take(again, [b"found"])
    assert scatter.replies[0] == b"found"
    assert isinstance(scatter.replies[1], ResponseError)
    assert halves.node_of(key) == THREE
    assert scatter.redirected == {THREE}


def test_a_key_that_is_moving_is_asked_for_once_over_there(halves: Slots) -> None:
    """ASKING goes before it, and the slot stays where it was."""
    (key,) = keys_in(0, HALF - 1, 1)
    scatter = Scatter(halves, [command(key, "GET", key)])
    (sending,) = scatter.next_round().values()
    scatter.take(sending, [asked(key, THREE)])
    ((node, again),) = scatter.next_round().items()
    assert node == THREE
    assert again.places == [None, 0]
    assert again.commands[0].packed == b"*1\r\n$6\r\nASKING\r\n"
    scatter.take(again, [b"OK", b"found"])
    assert scatter.replies == [b"found"]
    assert halves.node_of(key) == ONE


def test_slots_that_keep_moving_end_the_round_trip(halves: Slots) -> None:
    """After five rounds, whoever names whom."""
    (key,) = keys_in(0, HALF - 1, 1)
    scatter = Scatter(halves, [command(key, "GET", key)])
    for node in (TWO, THREE, TWO, THREE, TWO):
        (sending,) = scatter.next_round().values()
        scatter.take(sending, [moved(key, node)])
    with pytest.raises(RedisUnavailable, match="go on naming others"):
        scatter.next_round()


def test_a_slot_without_a_node_is_said() -> None:
    """A cluster that is not whole."""
    slots = slots_of((0, HALF - 1, ONE))
    (key,) = keys_in(HALF, 16383, 1)
    with pytest.raises(RedisUnavailable, match="no node of the cluster serves slot"):
        slots.node_of(key)


def test_what_needs_no_key_goes_to_any_node(halves: Slots) -> None:
    """PING, or CLUSTER SLOTS."""
    assert halves.node_of("") in {ONE, TWO}


def test_a_node_that_does_not_know_its_name_means_itself() -> None:
    """It answers with an empty host."""
    slots = Slots()
    slots.learn([[0, 16383, [b"", 7009, b"id"]]], Address("asked", 7001))
    assert slots.nodes == [Address("asked", 7009)]


def test_each_node_has_an_epoch_of_its_own(halves: Slots) -> None:
    """In a slot that it has; when slots move, or are forgotten, it is found anew."""
    first, second = halves.epoch_key(ONE), halves.epoch_key(TWO)
    assert first is not None
    assert second is not None
    assert [halves.node_of(first), halves.node_of(second)] == [ONE, TWO]
    assert "epoch" in {first, second}
    halves.moved(0, THREE)
    third = halves.epoch_key(THREE)
    assert third is not None
    assert halves.node_of(third) == THREE
    halves.forget()
    assert halves.epoch_key(ONE) is None
    assert not halves.is_known


def test_nodes_of_many_keys_come_once(halves: Slots) -> None:
    """In the order in which they are met."""
    low, high = keys_in(0, HALF - 1, 3), keys_in(HALF, 16383, 3)
    assert halves.nodes_of([high[0], *low, *high]) == [TWO, ONE]
