import pytest

from node.network.mdns import announcement, found

from .conftest import eventually

PEER = "12D3KooWHCJbJKGDfCgHSoCuK9q4STyRnVveqLoXAPBbXHTZx9Cv"
ADDRESSES = [f"/ip4/127.0.0.1/tcp/400{n}/p2p/{PEER}" for n in range(3)]


def test_an_announcement_is_read_by_its_own_network_alone():
    text = announcement(PEER, "etal-test", ADDRESSES).text
    assert found(text, "etal-test") == ADDRESSES
    assert found(text, "etal-other") == []


@pytest.mark.parametrize("text", [b"", b"\0" * 100, b"\xff", b"\x05abc", b"\xff" * 5000])
def test_garbage_announces_nothing(text):
    assert found(text, "etal-test") == []


def test_an_announcement_gives_a_bounded_number_of_addresses():
    text = announcement(PEER, "etal-test", ADDRESSES).text
    assert 0 < len(found(text + text * 1000, "etal-test")) <= 8


async def test_nodes_find_each_other(nodes):
    async with nodes.running(mdns=True) as one, nodes.running(mdns=True) as two:
        await eventually(lambda: one.contacts() and two.contacts(), 20)
