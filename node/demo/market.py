"""The processes of the demo: chain, seller's node, buyer's node; started in order, ended in order."""

import json
import os
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import astuple, dataclass, field
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import trio

from node import config, config_text, keystore
from node.cli.client import Client
from node.contracts.deploy import deploy_market
from node.devchain.process import DevChain, StartError, start_devchain
from node.protocol import keys
from node.protocol.errors import EtalError
from node.protocol.escrow import address_of

BLOCK_TIME = 2.0
"""Seconds between the demo chain's blocks, so that confirmations can be watched."""

NETWORK = "etal-demo"
START_LIMIT = 60.0
ARRIVAL_LIMIT = 30.0
STOP_LIMIT = 8.0
FAST_SCRYPT = 2**10
"""The demo's keys guard nothing: no half-second to open them."""

DAY = 86_400

BUYER_ACCOUNT = 5
"""Which of the chain's public test accounts is the practice wallet's."""


class TroubleError(Exception):
    """The demo can't go on; the text says why."""


@dataclass
class NodeProcess:
    """One running node of the demo."""

    name: str
    data_dir: Path
    process: subprocess.Popen
    password: str = field(repr=False)
    url: str = ""

    @property
    def api(self) -> Client:
        return Client(str(self.data_dir))

    def stop(self) -> None:
        """End it if it runs, and let go of it. May be called twice."""
        self.process.terminate()
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Market:
    """A context in which the whole market runs. `block_time` is in seconds; without `goods` the stall is empty."""

    def __init__(
        self,
        folder: Path,
        first_port: int,
        say: Callable[[str], None],
        *,
        block_time: float = BLOCK_TIME,
        goods: bool = True,
    ) -> None:
        self._folder = folder
        self._block_time = block_time
        self._goods = goods
        self._ports = free_ports(first_port, 4)
        self._say = say
        self._stack = ExitStack()
        self.chain: DevChain
        self.contracts: dict
        self.seller: NodeProcess
        self.buyer: NodeProcess

    command = (sys.executable, "-m", "node")

    def __enter__(self) -> "Market":
        try:
            self._open()
            return self
        except (StartError, EtalError, OSError) as error:
            self._stack.close()
            raise TroubleError(str(error)) from error
        except BaseException:
            self._stack.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self) -> None:
        # a chain id of its own each time: wallets remember nonces of a chain that they have seen
        chain_id = 1_337_000_000 + secrets.randbelow(1_000_000)
        self._say("Starting a test chain …")
        self.chain = self._stack.enter_context(start_devchain(chain_id, self._block_time))
        self._say("Deploying the escrow and a test dollar …")
        seeds = {name: keystore.new_seed() for name in ("seller", "buyer")}
        wallets = {name: address_of(keys.derive(seed, "wallet")) for name, seed in seeds.items()}
        self.contracts = trio.run(deploy_market, self.chain.url, list(wallets.values()))
        web_seller, web_buyer, p2p_seller, p2p_buyer = self._ports
        seller_address = f"/ip4/127.0.0.1/tcp/{p2p_seller}"
        self._say("Starting the seller's node …")
        self.seller = self._start(
            "seller", "Atelier Rosalie", seeds["seller"], web_seller, seller_address, ()
        )
        peer = self.seller.api.call("GET", "/status")["peer"]
        self._say("Starting the buyer's node …")
        self.buyer = self._start(
            "buyer",
            "",
            seeds["buyer"],
            web_buyer,
            f"/ip4/127.0.0.1/tcp/{p2p_buyer}",
            (f"{seller_address}/p2p/{peer}",),
        )
        if not self._goods:
            return
        self._say("Laying out the stall …")
        count = publish_catalogue(self.seller.api, f"eip155:{chain_id}")
        start_campaigns(self.seller.api)
        self._wait_for_goods(count)

    def _start(self, name, title, seed, web_port, listen, bootstrap) -> NodeProcess:
        data_dir = self._folder / name
        password = secrets.token_hex(16)
        keystore.write(data_dir / "keystore.json", seed, password, scrypt_n=FAST_SCRYPT)
        keystore.write_private(
            data_dir / config.CONFIG_FILE,
            self._settings(name, title, web_port, listen, bootstrap).encode(),
        )
        return self.spawn(name, data_dir, password)

    def spawn(self, name: str, data_dir: Path, password: str) -> NodeProcess:
        """Start the node that lives in `data_dir`, and wait until its page is open. It ends when this process dies."""
        with (data_dir / "node.log").open("ab") as log:
            child = subprocess.Popen(
                [*self.command, "--data-dir", str(data_dir), "run", "--with-parent"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "ETAL_PASSWORD": password},
            )
        node = NodeProcess(name, data_dir, child, password)
        self._stack.callback(node.stop)
        try:
            node.url = _ready_url(child, data_dir / "node.log")
        except TroubleError:
            node.stop()
            raise
        return node

    def _settings(
        self, name: str, title: str, web_port: int, listen: str, bootstrap: tuple[str, ...]
    ) -> str:
        values = {
            "name": title,
            "network": NETWORK,
            "host_name": name,
            "web_port": web_port,
            "listen": [listen],
            "bootstrap": list(bootstrap),
            "rpc": self.chain.url,
            "escrow": self.contracts["escrow"],
            "escrow_since": self.contracts["since"],
            "practice_wallet": self.buyer_account if name == "buyer" else "",
        }
        lines = [f"{key} = {json.dumps(value)}\n" for key, value in values.items()]
        return "".join(lines) + config_text.token_table(self._token)

    @property
    def joining(self) -> str:
        """The command that makes a node which trades on this market too."""
        chain, contracts = self.chain, self.contracts
        seller = self.seller.api.call("GET", "/status")["addresses"][0]
        options = {
            "network": NETWORK,
            "rpc": chain.url,
            "chain-id": chain.chain_id,
            "escrow": contracts["escrow"],
            "escrow-since": contracts["since"],
            "token": ":".join(map(str, astuple(self._token))),
            "bootstrap": seller,
        }
        told = " ".join(f"--{name} {value}" for name, value in options.items())
        return f"etal --data-dir third init {told}"

    @property
    def _token(self) -> config.TokenConfig:
        return config.TokenConfig(self.contracts["token"], "tUSD", 6, "USD")

    @property
    def buyer_account(self) -> str:
        return self.contracts["accounts"][BUYER_ACCOUNT]

    def _wait_for_goods(self, count: int) -> None:
        wait_until(
            lambda: self.buyer.api.call("GET", "/search", limit=1)["total"] >= count,
            "the buyer's node didn't hear of the seller's goods",
            ARRIVAL_LIMIT,
        )

    def watch(self) -> None:
        """Return never; raise TroubleError when one of the nodes ends by itself."""
        while True:
            for node in (self.seller, self.buyer):
                if node.process.poll() is not None:
                    raise TroubleError(
                        f"the {node.name}'s node ended (status {node.process.returncode})"
                    )
            time.sleep(0.5)


def wait_until(holds: Callable[[], bool], otherwise: str, seconds: float) -> None:
    """Poll until `holds()`; TroubleError with the text `otherwise` after so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TroubleError(otherwise)
        time.sleep(0.2)


def publish_catalogue(api: Client, chain: str) -> int:
    """Publish the demo's goods through the API, pictures first; prices in the coin of `chain` (CAIP-2). Returns how many."""
    folder = _catalogue()
    goods = json.loads((folder / "catalogue.json").read_text("utf-8").replace("{chain}", chain))
    for item in goods:
        pictures = [
            {
                **api.call("POST", "/pictures", (folder / picture["file"]).read_bytes()),
                "alt": picture["alt"],
            }
            for picture in item.pop("pictures", [])
        ]
        api.call("POST", "/listings", {**item, "pictures": pictures})
    return len(goods)


def start_campaigns(api: Client) -> None:
    """Begin to take pledges for those of the demo's goods that are pre-orders."""
    campaigns = json.loads(_catalogue().joinpath("campaigns.json").read_text("utf-8"))
    for each in campaigns:
        until = int(time.time()) + each["days"] * DAY
        parts = [{"at": until + part["after"] * DAY, "bps": part["bps"]} for part in each["parts"]]
        told = {"listing": each["listing"], "goal": each["goal"], "until": until}
        api.call("POST", "/campaigns", {**told, "tranches": parts})


def _catalogue() -> Traversable:
    return resources.files("node.demo") / "catalogue"


def free_ports(first: int, count: int) -> list[int]:
    """`count` ports of loopback that nobody listens on, from `first` upwards."""
    ports = []
    for port in range(first, min(first + 400, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise TroubleError(f"no {count} free ports between {first} and {first + 400}")


def _ready_url(child: subprocess.Popen, log: Path) -> str:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if select.select([child.stdout], [], [], 0.5)[0]:
            line = child.stdout.readline().decode()
            if "http://" in line:
                return line[line.index("http://") :].split()[0]
            if not line:
                tail = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
                raise TroubleError(f"a node ended while starting: {' '.join(tail)}")
    raise TroubleError("a node was not ready in time")
