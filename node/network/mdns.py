"""Finding nodes of the same network on the local net (RFC 6762, 6763): service `_etal._udp.local.`, whose TXT record holds
`network=<id>` and one `dnsaddr=<multiaddr with /p2p/>` for each address. Announced on the interfaces that the node listens on.

Whatever a stranger announces is only an address to try: who is there, Noise tells.
"""

import logging
import socket

import trio
from zeroconf import ServiceBrowser, ServiceInfo, ServiceStateChange, Zeroconf

from node.network.dialling import Dialler
from node.network.hardening import where
from node.network.limits import MAX_ADDRESSES
from node.protocol.errors import InputError

SERVICE = "_etal._udp.local."
LOOKUP = 3000  # milliseconds
WAITING = 64  # names found and not yet looked up; more are forgotten until announced again
MAX_TEXT = 250  # bytes of one string of a TXT record, its length byte aside

log = logging.getLogger("etal.network")


async def discover(host, network: str, dialler: Dialler) -> None:
    """Announce `host` and give `dialler` what others announce, until cancelled. Without multicast: a warning, and no more."""
    addresses = [str(address) for address in host.get_addrs()]
    if not addresses:
        return
    try:
        zeroconf = await trio.to_thread.run_sync(open_zeroconf, addresses)
    except Exception as error:
        log.warning("the local net can't be searched: %s", where(error))
        return
    try:
        await search(zeroconf, str(host.get_id()), network, addresses, dialler)
    except Exception as error:
        log.warning("the local net isn't searched any more: %s", where(error))
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(zeroconf.close)


def open_zeroconf(addresses: list[str]) -> Zeroconf:
    return Zeroconf(interfaces=sorted({address.split("/")[2] for address in addresses}))


async def search(
    zeroconf: Zeroconf, peer: str, network: str, addresses: list[str], dialler: Dialler
) -> None:
    send, receive = trio.open_memory_channel[str](WAITING)
    token = trio.lowlevel.current_trio_token()

    def offer(name: str) -> None:
        try:
            send.send_nowait(name)
        except (trio.WouldBlock, trio.BrokenResourceError):
            log.debug("too many announcements on the local net")

    def changed(zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        # Called by a thread of zeroconf's.
        if state_change is not ServiceStateChange.Removed:
            try:
                token.run_sync_soon(offer, name)
            except trio.RunFinishedError:
                return

    await trio.to_thread.run_sync(zeroconf.register_service, announcement(peer, network, addresses))
    browser = ServiceBrowser(zeroconf, SERVICE, handlers=[changed])
    try:
        async for name in receive:
            info = await trio.to_thread.run_sync(zeroconf.get_service_info, SERVICE, name, LOOKUP)
            for address in found(info.text if info else b"", network):
                try:
                    dialler.remember(address)
                except InputError as error:
                    log.debug("an unusable announcement on the local net: %s", error.rule)
    finally:
        browser.cancel()


def announcement(peer: str, network: str, addresses: list[str]) -> ServiceInfo:
    texts = [f"network={network}", *(f"dnsaddr={address}" for address in addresses)]
    return ServiceInfo(
        SERVICE,
        f"{peer[-32:]}.{SERVICE}",
        port=int(addresses[0].split("/")[4]),
        addresses=[socket.inet_aton(a.split("/")[2]) for a in addresses if a.startswith("/ip4/")],
        properties=b"".join(
            bytes([len(text)]) + text.encode() for text in texts[: MAX_ADDRESSES + 1]
        ),
    )


def found(text: bytes, network: str) -> list[str]:
    """The addresses in a TXT record, if it is of this network."""
    strings: list[str] = []
    while text and len(strings) <= MAX_ADDRESSES:
        length = min(text[0], MAX_TEXT)
        strings.append(text[1 : 1 + length].decode("ascii", "replace"))
        text = text[1 + text[0] :]
    if f"network={network}" not in strings:
        return []
    return [s.removeprefix("dnsaddr=") for s in strings if s.startswith("dnsaddr=")]
