"""Where personas take their mail, and which of the addresses that strangers name this node dials."""

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable

from node.peer.world import World

MAX_ROUTES = 6_000
"""Buyers whose address is remembered, those whose mail is tried the latest: more than may have orders that wait for money."""

MAX_TRIED = 8
"""Addresses of one recipient that are tried."""

PUBLIC, PRIVATE, LOOPBACK = "public", "private", "loopback"


def scope(address: str) -> str | None:
    """public, private or loopback: where this multiaddr leads; None for one that strangers may not send us to.

    A name could lead anywhere, and no node calls itself by one: it tells the IP addresses that it listens on."""
    parts = address.split("/")
    if len(parts) < 3 or parts[1] not in ("ip4", "ip6"):
        return None
    try:
        ip = ipaddress.ip_address(parts[2])
    except ValueError:
        return None
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_multicast or ip.is_unspecified:
        return None
    if ip.is_loopback:
        return LOOPBACK
    return PUBLIC if ip.is_global else PRIVATE


def peer_of(address: str) -> str:
    """The peer id behind /p2p/, or ""."""
    return address.rpartition("/p2p/")[2] if "/p2p/" in address else ""


class Routes:
    """Addresses by persona. Those of buyers are kept in memory, since they have no profile."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._named: OrderedDict[bytes, list[str]] = OrderedDict()

    def remember(self, persona: bytes, addresses: Iterable[str]) -> None:
        """Where a persona without a profile (a buyer) takes its mail. What has worked of it stays in front."""
        named = list(addresses)
        known = [each for each in self._named.get(persona, []) if each in named]
        self._put(persona, list(dict.fromkeys([*known, *named])))

    def worked(self, persona: bytes, address: str) -> None:
        """This address is tried first the next time."""
        known = self._named.get(persona, [])
        self._put(persona, [address, *(each for each in known if each != address)])

    def to(self, persona: bytes) -> list[str]:
        """Addresses to try, the best first, at most MAX_TRIED.

        Whoever orders something or keeps a stall names them, so they could lead into this node's own network, port by port. What isn't
        public is dialled only where this node speaks with others at such addresses anyway; who is connected isn't dialled."""
        profile = self._world.store.latest("profile", persona)
        known = [] if profile is None or profile.gone else profile.body.get("nodes", [])
        network = self._world.network
        contacts = network.contacts()
        connected = {contact.peer for contact in contacts}
        own = {scope(address) for address in network.addresses()}
        allowed = {PUBLIC, *map(scope, network.known()), *(scope(c.address) for c in contacts)}
        if own == {LOOPBACK}:  # a market on one machine: nobody else could reach us
            allowed.add(LOOPBACK)
        allowed.discard(None)
        if persona in self._named:
            self._named.move_to_end(persona)
        addresses = dict.fromkeys((*self._named.get(persona, []), *known))
        fit = [a for a in addresses if peer_of(a) in connected or scope(a) in allowed]
        return fit[:MAX_TRIED]

    def leads_to(self, persona: bytes, peer: str) -> bool:
        """Whether this persona takes its mail at this peer, as far as is known."""
        return any(peer_of(address) == peer for address in self.to(persona))

    async def reach(self, address: str) -> str:
        """The peer id behind an address, connected. Raises Unavailable."""
        peer = peer_of(address)
        # who is here already may have named any address: it is neither dialled nor remembered
        if any(contact.peer == peer for contact in self._world.network.contacts()):
            return peer
        return await self._world.network.connect(address)

    def _put(self, persona: bytes, addresses: list[str]) -> None:
        self._named[persona] = addresses[:MAX_TRIED]
        self._named.move_to_end(persona)
        while len(self._named) > MAX_ROUTES:
            self._named.popitem(last=False)
