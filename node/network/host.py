"""Builds the libp2p host: TCP, Noise and Yamux alone, explicit addresses, nothing that talks by itself."""

import ipaddress
import socket
from collections.abc import Sequence

import ifaddr
import trio
from libp2p import new_host
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.crypto.x25519 import create_new_key_pair as create_noise_key_pair
from libp2p.custom_types import TProtocol
from libp2p.identity.identify_push.identify_push import ID_PUSH
from libp2p.network.config import ConnectionConfig, RetryConfig
from libp2p.peer.id import ID
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as Noise
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from multiaddr import Multiaddr

from node.network import hardening
from node.network.limits import Limits
from node.protocol.errors import InputError, Unavailable


def build(node_secret: bytes, listen: Sequence[Multiaddr], limits: Limits):
    """A libp2p host that isn't running yet. `node_secret` is the Ed25519 seed (32 bytes) of the node's transport key."""
    hardening.apply()
    keys = create_new_key_pair(node_secret)
    most = limits.inbound + limits.outbound
    host = new_host(
        key_pair=keys,
        listen_addrs=list(listen),
        # The default set offers plaintext, in which anybody may claim to be anybody.
        sec_opt={NOISE: Noise(keys, noise_privkey=create_noise_key_pair().private_key)},
        muxer_opt={TProtocol(YAMUX): hardening.BoundedYamux},
        connection_config=ConnectionConfig(
            max_connections=most,
            min_connections=0,
            low_watermark=0,
            high_watermark=most,
            inbound_upgrade_timeout=limits.handshake,
            outbound_upgrade_timeout=limits.dial,
        ),
        disable_identify_address_discovery=True,
    )
    network = host.get_network()
    network.retry_config = RetryConfig(max_retries=0)
    hardening.attach_doorman(network, limits)
    # Étal asks no peer about itself, and takes no unasked news of that sort: fewer doors.
    host.remove_stream_handler(ID_PUSH)
    host._schedule_identify = lambda peer_id, *, reason: None
    # Whom to dial is Dialler's business; libp2p would dial whatever it has heard of, low watermark or not.
    network.auto_connector.start = trio.lowlevel.checkpoint
    return host


def parse_address(text: str, *, peer: bool = True) -> Multiaddr:
    """A multiaddr of a TCP endpoint, with /p2p/ when `peer`. Raises InputError "network.address"."""
    try:
        address = Multiaddr(text)
        names = [protocol.name for protocol in address.protocols()]
        wanted = ["tcp", "p2p"] if peer else ["tcp"]
        if names[0] not in ("ip4", "ip6", "dns", "dns4", "dns6") or names[1:] != wanted:
            raise ValueError(text)
        if peer:
            ID.from_string(address.value_for_protocol("p2p"))
    except Exception as error:
        shape = "/ip4/192.0.2.1/tcp/4001" + ("/p2p/12D3KooW…" if peer else "")
        raise InputError(
            "network.address", f"{text} isn't an address of the form {shape}"
        ) from error
    return address


def split_address(address: Multiaddr) -> tuple[ID, Multiaddr]:
    """The peer id and the address without it."""
    text = address.value_for_protocol("p2p")
    return ID.from_string(text), address.decapsulate(Multiaddr(f"/p2p/{text}"))


def expand_listen(texts: Sequence[str]) -> list[Multiaddr]:
    """Listen addresses with 0.0.0.0 and :: replaced by the addresses of the interfaces, since what we listen on is what
    peers are told. Raises InputError for what isn't an address, Unavailable when a port is taken."""
    found: list[Multiaddr] = []
    for text in texts:
        address = parse_address(text, peer=False)
        family = address.protocols()[0].name
        if family not in ("ip4", "ip6"):
            raise InputError("network.address", f"{text}: listen on an IP address, not on a name")
        port = int(address.value_for_protocol("tcp"))
        host = address.value_for_protocol(family)
        hosts = [host]
        if ipaddress.ip_address(host).is_unspecified:
            hosts = interface_addresses(4 if family == "ip4" else 6)
        for each in hosts:
            require_free(each, port)
            found.append(Multiaddr(f"/{family}/{each}/tcp/{port}"))
    return found


def interface_addresses(version: int) -> list[str]:
    """This machine's own addresses of IPv4 or IPv6, link-local ones left out."""
    texts = (
        ip.ip if isinstance(ip.ip, str) else ip.ip[0]
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    )
    addresses = {ipaddress.ip_address(text.split("%")[0]) for text in texts}
    return sorted(str(a) for a in addresses if a.version == version and not a.is_link_local)


def require_free(host: str, port: int) -> None:
    """libp2p shares its port (SO_REUSEPORT), so a second node there would silently take half of the connections."""
    if port == 0:
        return
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(f"can't listen on {host} port {port}: {error.strerror}") from error
