import socket

import pytest
from multiaddr import Multiaddr

from node.network.host import expand_listen, parse_address, split_address
from node.protocol.errors import InputError, Unavailable

PEER = "12D3KooWHCJbJKGDfCgHSoCuK9q4STyRnVveqLoXAPBbXHTZx9Cv"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "/ip4/127.0.0.1/udp/1",
        "/ip4/1.2.3.4.5/tcp/1",
        "/ip4/1.2.3.4/tcp/70000",
        "/tcp/1",
        "/ip4/1.2.3.4",
        "/ip4/127.0.0.1/tcp/1/ws",
        "/unix/tmp",
        f"/p2p/{PEER}",
        f"/ip4/127.0.0.1/tcp/1/p2p/{PEER}/p2p-circuit",
        "/ip4/127.0.0.1/tcp/1/p2p/garbage",
    ],
)
def test_refuses_what_is_not_an_address(text):
    for peer in (True, False):
        with pytest.raises(InputError, match="isn't an address"):
            parse_address(text, peer=peer)


@pytest.mark.parametrize("host", ["ip4/192.0.2.1", "ip6/2001:db8::1", "dns4/stall.example"])
def test_splits_an_address_from_its_peer(host):
    peer, address = split_address(parse_address(f"/{host}/tcp/4001/p2p/{PEER}"))
    assert str(peer) == PEER
    assert str(address) == f"/{host}/tcp/4001"


def test_listening_everywhere_becomes_the_interfaces_addresses():
    found = [str(address) for address in expand_listen(["/ip4/0.0.0.0/tcp/0"])]
    assert "/ip4/127.0.0.1/tcp/0" in found
    assert "/ip4/0.0.0.0/tcp/0" not in found


def test_listening_on_a_name_is_refused():
    with pytest.raises(InputError):
        expand_listen(["/dns4/stall.example/tcp/1"])


def test_a_taken_port_is_refused():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Unavailable, match=str(port)):
            expand_listen([f"/ip4/127.0.0.1/tcp/{port}"])
    assert expand_listen([f"/ip4/127.0.0.1/tcp/{port}"]) == [
        Multiaddr(f"/ip4/127.0.0.1/tcp/{port}")
    ]
