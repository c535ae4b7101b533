"""The composition root: builds the adapters from the configuration and runs them in one nursery. No logic lives here."""

import importlib
import json
import logging
import os
import signal
import time
from importlib.metadata import PackageNotFoundError, version

import trio

from node import keystore
from node.config import Config
from node.contracts import open_escrow
from node.network import LibP2PNetwork
from node.peer import Peer, known_addresses
from node.peer.world import Keyring, Settings, World
from node.protocol import keys, registry
from node.protocol.errors import InputError
from node.store import open_store
from node.web import create_app, serve

log = logging.getLogger("etal.main")

SHUTDOWN_GRACE = 0.5
"""Seconds that open connections get to end before they are cut."""


class SystemClock:
    """The real clock."""

    def now(self) -> int:
        return int(time.time())

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)


def product_version() -> str:
    """The installed version, or "unknown" when run from a bare checkout."""
    try:
        return version("etal-market")
    except PackageNotFoundError:
        return "unknown"


def load_extensions(names: tuple[str, ...]) -> list[registry.Extension]:
    """Import the extensions that the configuration names ("package.module:Class"). Raises InputError "config.extensions"."""
    extensions = []
    for name in names:
        module, _, attribute = name.partition(":")
        try:
            extensions.append(getattr(importlib.import_module(module), attribute)())
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise InputError(
                "config.extensions", f"The extension {name} can't be loaded: {error}", "extensions"
            ) from None
    return extensions


async def run(config: Config, seed: bytes, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
    """Run a node until SIGINT or SIGTERM. `task_status` gets the URL that unlocks the page, once everything listens."""
    known = registry.standard(load_extensions(config.extensions))
    keyring = Keyring(seed)
    token = keys.derive(seed, "api-token").hex()
    wallet = keys.derive(seed, "wallet")
    escrow = open_escrow(config, wallet, config.chain_id or None) if config.rpc else None
    store = open_store(
        config.database, known, keys.derive(seed, "store"), content_budget=config.content_budget
    )
    try:
        network = LibP2PNetwork(
            keys.derive(seed, "node"),
            listen=list(config.listen),
            bootstrap=list(config.bootstrap),
            network=config.network,
            known=known_addresses(store),
            mdns=config.mdns,
        )
        settings = Settings(
            network=config.network,
            name=config.name,
            version=product_version(),
            payout=bytes.fromhex(config.payout[2:]) if config.payout else None,
            auto_accept=config.auto_accept,
            rpc=config.rpc,
        )
        peer = Peer(World(SystemClock(), store, network, escrow, known, keyring, settings))
        stopping = trio.Event()
        app = create_app(
            peer,
            host_name=config.host_name,
            port=config.web_port,
            token=token,
            session_key=keys.derive(seed, "session"),
            stopping=stopping,
            practice_wallet=config.practice_wallet,
            practice_rpc=config.rpc,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, stopping)
            await nursery.start(network.run)
            await nursery.start(peer.run)
            await nursery.start(serve, app, config.web_port, stopping)
            url = f"http://{config.host_name}.localhost:{config.web_port}"
            keystore.write_private(
                config.running_file,
                json.dumps(
                    {"url": url, "port": config.web_port, "token": token, "pid": os.getpid()}
                ).encode(),
            )
            task_status.started(f"{url}/unlock#token={token}")
            await stopping.wait()
            log.info("stopping")
            await trio.sleep(SHUTDOWN_GRACE)
            nursery.cancel_scope.cancel()
    finally:
        config.running_file.unlink(missing_ok=True)
        store.close()


async def _stop_on_signal(stopping: trio.Event) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            stopping.set()
            return
