import pytest
import trio

from node.web import events
from tests.web.conftest import eventually, exchange, parse, serving
from tests.web.hostile_http import attacks, carry_out

COUNT = 500


@pytest.mark.parametrize("seed", [1])
async def test_malformed_http_leaves_the_node_as_it_was(site, peer, seed, caplog, monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.2)  # how a reader that left is found out
    cookie = f"{site.sessions.cookie}={site.sessions.issue()}"
    places = trio.CapacityLimiter(8)

    async def one(attack):
        async with places:
            await carry_out(site.port, attack)

    async with serving(site.app, site.port):
        async with trio.open_nursery() as nursery:
            for attack in attacks(seed, COUNT, site.host, cookie):
                nursery.start_soon(one, attack)
        request = f"GET /api/status HTTP/1.1\r\nHost: {site.host}\r\nCookie: {cookie}\r\n"
        answer = parse(await exchange(site.port, f"{request}Connection: close\r\n\r\n".encode()))
        assert answer.status == 200
        await eventually(lambda: peer.listeners == 0, seconds=10)
    faults = [record.getMessage() for record in caplog.records if "Failed to answer" in record.msg]
    assert faults == []


def test_the_same_seed_gives_the_same_attacks():
    first, second = (list(attacks(7, 50, "h:1", "c=1")) for _ in range(2))
    assert first == second
    assert first != list(attacks(8, 50, "h:1", "c=1"))
