import json
import os
import signal
import stat

import httpx
import pytest
import trio

from node.config import Config
from node.contracts import EvmEscrow
from node.demo.market import free_ports
from node.main import load_extensions, product_version, run
from node.protocol.errors import InputError
from tests.extensions.tickets import ID

SEED = b"s" * 32


def test_extensions_are_loaded_by_name():
    (tickets,) = load_extensions(("tests.extensions.tickets:Tickets",))
    assert tickets.id == ID
    assert load_extensions(()) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "tests.extensions.tickets",
        "tests.extensions.nowhere:Tickets",
        "tests.extensions.tickets:Nothing",
        "tests.extensions.tickets:ID",
        "builtins:dict",
        "..:x",
    ],
)
def test_what_is_no_extension_is_named(name):
    with pytest.raises(InputError) as caught:
        load_extensions((name,))
    assert (caught.value.rule, caught.value.field) == ("config.extensions", "extensions")
    assert f"The extension {name} can't be loaded" in caught.value.message


def test_the_version_is_known_or_said_to_be_unknown():
    assert product_version() == "unknown" or product_version()[0].isdigit()


def config(folder, **more) -> Config:
    (port,) = free_ports(int(os.environ.get("ETAL_TEST_PORT", "20000")) + 900, 1)
    return Config(folder, web_port=port, listen=("/ip4/127.0.0.1/tcp/0",), **more)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
async def test_a_node_says_where_its_page_is_serves_it_and_ends_on_a_signal(tmp_path, ending):
    settings = config(tmp_path)
    async with trio.open_nursery() as nursery:
        with trio.fail_after(60):
            url = await nursery.start(run, settings, SEED)
        running = json.loads(settings.running_file.read_text("utf-8"))
        assert url == f"{running['url']}/unlock#token={running['token']}"
        assert (running["port"], running["pid"]) == (settings.web_port, os.getpid())
        assert stat.S_IMODE(settings.running_file.stat().st_mode) == 0o600
        headers = {"Authorization": f"Bearer {running['token']}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running['port']}") as client:
            answer = await client.get("/api/status", headers=headers)
        assert answer.json()["version"] == product_version()
        os.kill(os.getpid(), ending)
    assert not settings.running_file.exists()


@pytest.mark.parametrize("ending", ["signal", "cancelled"])
async def test_connections_to_the_chain_are_closed_at_the_end(tmp_path, monkeypatch, ending):
    closed, close = [], EvmEscrow.aclose

    async def note(escrow) -> None:
        await trio.lowlevel.checkpoint()  # as closing a connection does
        await close(escrow)
        closed.append(escrow)

    monkeypatch.setattr(EvmEscrow, "aclose", note)
    chain = {"rpc": ("http://127.0.0.1:1",), "chain_id": 31_337, "escrow": "0x" + "e5" * 20}
    async with trio.open_nursery() as nursery:
        with trio.fail_after(60):
            await nursery.start(run, config(tmp_path, **chain), SEED)
        if ending == "signal":
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            nursery.cancel_scope.cancel()
    assert len(closed) == 1


async def test_a_node_whose_extension_fails_does_not_start(tmp_path):
    with pytest.raises(InputError, match="can't be loaded"):
        await run(config(tmp_path, extensions=("nowhere:Nothing",)), SEED)
    assert not (tmp_path / "running.json").exists()
