"""A third node joins the demo's market by the command that the demo prints, and trades there."""

import os
import re
import shlex
import subprocess

from node.cli.client import Client
from node.demo.market import Market, free_ports, wait_until
from tests.peer.market import mug

PASSWORD = "correct horse"
SECONDS = 60.0


def test_a_node_joins_by_the_command_that_the_demo_prints(tmp_path):
    with Market(tmp_path, free_ports(25_000, 1)[0], print, block_time=0.5, goods=False) as market:
        etal, option, _, *words = shlex.split(market.joining)
        assert (etal, option) == ("etal", "--data-dir")
        folder = tmp_path / "third"
        made = subprocess.run(
            [*market.command, "--data-dir", str(folder), *words],
            env={**os.environ, "ETAL_PASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert made.returncode == 0, made.stderr
        web, p2p = free_ports(25_100, 2)
        settings = (folder / "config.toml").read_text("utf-8")
        for port, other in (("4242", web), ("4243", p2p)):  # as busy machines need it
            settings, count = re.subn(port, str(other), settings, count=1)
            assert count
        (folder / "config.toml").write_text(settings, "utf-8")
        market.spawn("third", folder, PASSWORD)
        third = Client(str(folder))
        wait_until(
            lambda: third.call("GET", "/status")["chain"]["state"] == "following",
            "the third node doesn't follow the chain",
            SECONDS,
        )
        held = third.call("GET", "/status")["balances"]
        assert [each["symbol"] for each in held] == ["ETH", "tUSD"]
        for unit in (held[0]["asset"], "USD"):
            given = mug(price={"amount": "2800", "unit": unit}, slug=f"mug-{len(unit)}")
            third.call("POST", "/listings", given)
        wait_until(
            lambda: (
                [each["buyable"] for each in market.buyer.api.call("GET", "/search")["listings"]]
                == [True, True]
            ),
            "the buyer's node can't buy from the third",
            SECONDS,
        )
        found = market.buyer.api.call("GET", "/search")["listings"][0]
        order = market.buyer.api.call(
            "POST",
            "/orders",
            {
                "listing": found["id"],
                "lines": [{"quantity": 1}],
                "delivery": {"option": "post", "name": "C", "address": ["X"], "country": "FR"},
            },
        )
        assert order["counterparty"]["id"] == third.call("GET", "/status")["identity"]["persona"]
