"""The composition root: builds the adapters from the configuration and runs them in one nursery. No logic lives here."""

import errno
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
from node.contracts import EvmEscrow, answers, open_access, open_campaigns, open_escrow
from node.contracts.deploy import Deployment, deploy
from node.contracts.deployments import campaign_place, described, examine, place, recognised
from node.contracts.networks import caip2
from node.contracts.networks import network as accepted_network
from node.contracts.rpc import Access
from node.contracts.wallet import checksummed
from node.network import LibP2PNetwork
from node.peer import Peer, claim, known_addresses
from node.peer.world import Keyring, Relay, Settings, World
from node.protocol import keys, registry
from node.protocol.errors import InputError, RuleError, Unavailable
from node.protocol.escrow import address_of
from node.store import open_store
from node.web import create_app, serve

log = logging.getLogger("etal.main")

GWEI = 10**9

CONTRACTS = {"escrow": "Escrow", "campaign": "Campaign"}
"""setting -> the contract whose address it is."""

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
            extension = getattr(importlib.import_module(module), attribute)()
            if not isinstance(extension, registry.Extension):
                raise TypeError("it is no Extension")
        except Exception as error:  # whatever its code does while it is imported
            raise InputError(
                "config.extensions", f"The extension {name} can't be loaded: {error}", "extensions"
            ) from error
        extensions.append(extension)
    return extensions


async def run(config: Config, seed: bytes, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
    """Run a node until SIGINT or SIGTERM. `task_status` gets the URL that unlocks the page, once everything listens."""
    known = registry.standard(load_extensions(config.extensions))
    keyring = Keyring(seed)
    token = keys.derive(seed, "api-token").hex()
    wallet = keys.derive(seed, "wallet")
    escrow = _escrow(config, wallet) if config.rpc else None
    store = open_store(
        config.database, known, keys.derive(seed, "store"), content_budget=config.content_budget
    )
    try:
        claim(store, config.network)
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
            relay=Relay(config.relay_fee * GWEI, config.relay_daily * GWEI, config.relay_price),
            auto_collect=config.auto_collect,
            rpc=config.rpc[0] if config.rpc else "",
            chain_name=accepted_network(escrow.chain_id).name if escrow else "",
        )
        campaigns = open_campaigns(config, escrow) if escrow else None
        world = World(
            SystemClock(), store, network, escrow, known, keyring, settings, campaigns=campaigns
        )
        peer = Peer(world)
        stopping = trio.Event()
        app = create_app(
            peer,
            host_name=config.host_name,
            port=config.web_port,
            token=token,
            session_key=keys.derive(seed, "session"),
            stopping=stopping,
            practice_wallet=config.practice_wallet,
            practice_rpc=config.rpc[0] if config.rpc else "",
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, stopping)
            await nursery.start(_listen, network, config.listen)
            await nursery.start(peer.run)
            await nursery.start(_serve, app, config.web_port, stopping)
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
        if escrow is not None:
            with trio.move_on_after(SHUTDOWN_GRACE, shield=True):
                await escrow.aclose()


def _escrow(config: Config, secret: bytes | None) -> EvmEscrow:
    """Raises RuleError for a chain that isn't accepted, Unavailable when its id is neither configured nor to be had."""
    try:
        return open_escrow(config, secret, config.chain_id or None)
    except Unavailable as trouble:
        raise Unavailable(
            trouble.rule,
            f"{trouble.message} With chain_id in config.toml a node starts without it.",
        ) from None


async def _listen(network: LibP2PNetwork, addresses: tuple[str, ...], *, task_status) -> None:
    try:
        await network.run(task_status=task_status)
    except* Unavailable as trouble:
        raise InputError(
            "network.listen", f"Can't listen at {', '.join(addresses)}: taken?", "listen"
        ) from trouble


async def _serve(app, port: int, stopping: trio.Event, *, task_status) -> None:
    try:
        await serve(app, port, stopping, task_status)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise InputError(
            "web.port", f"Port {port} can't be had for the page: {error.strerror}.", "web_port"
        ) from None


async def _stop_on_signal(stopping: trio.Event) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            stopping.set()
            return


async def deploy_contracts(config: Config, seed: bytes) -> dict:
    """Put the contracts that the settings don't name on the configured chain with the node's own wallet, unless they are there:
    {"chain_id", "escrow", "escrow_since", "campaign", "deployed"}. `escrow_since` is None where the chain's node can't tell, 0 where
    the settings leave it open, "deployed" lists what was paid for.

    Raises RuleError (chain not accepted, no money for gas …) or Unavailable."""
    rpc = open_access(config.rpc)
    told = {"escrow": config.escrow, "escrow_since": config.escrow_since}
    told |= {"campaign": config.campaign, "deployed": []}
    try:
        told["chain_id"] = await _chain_id(rpc, config)
        for key, name in CONTRACTS.items():
            if not told[key]:
                made = await _deploy(rpc, config, seed, told["chain_id"], name)
                told[key] = checksummed(made.address)
                told["deployed"] += [key] if made.new else []
                told |= {"escrow_since": made.block} if key == "escrow" else {}
        return told
    finally:
        await rpc.aclose()


async def _deploy(rpc: Access, config: Config, seed: bytes, chain_id: int, name: str) -> Deployment:
    wallet = keys.derive(seed, "wallet")
    try:
        return await deploy(rpc, wallet, chain_id, name, config.real_money)
    except RuleError as fault:
        if fault.rule != "chain.funds":
            raise
        raise RuleError(
            fault.rule,
            f"The node's wallet {checksummed(address_of(wallet))} needs some of this chain's coin for the fee.",
        ) from None


async def verify_contracts(config: Config, address: str) -> dict:
    """What is at this address of the configured chain, or where the settings have the contracts, beside what this node knows: {"chain",
    "chain_id", "same", "contracts"}, each as `deployments.described`. Raises RuleError for another chain than the configured one, or
    Unavailable."""
    rpc = open_access(config.rpc)
    try:
        chain_id = await _chain_id(rpc, config)
        if address:
            found = [await recognised(rpc.agreed, chain_id, bytes.fromhex(address[2:]))]
        else:
            places = {
                "Escrow": place(chain_id, config.escrow, 0)[0],
                "Campaign": campaign_place(config.campaign),
            }
            found = [
                await examine(rpc.agreed, chain_id, contract, name)
                for name, contract in places.items()
            ]
        return {
            "chain": caip2(chain_id),
            "chain_id": chain_id,
            "same": not any(one.problem for one in found),
            "contracts": [described(one) for one in found],
        }
    finally:
        await rpc.aclose()


async def _chain_id(rpc: Access, config: Config) -> int:
    chain_id = answers.quantity(await rpc.agreed.call("eth_chainId"))
    if config.chain_id not in (0, chain_id):
        raise RuleError(
            "chain.network",
            f"The chain's node is on chain {chain_id}, the configuration says {config.chain_id}.",
        )
    return chain_id
