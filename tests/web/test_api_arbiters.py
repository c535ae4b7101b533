"""The JSON API's part about arbiters."""

import pytest

from tests.fakes.peer import OTHER

TERMS = {"fee_bps": 250, "ruling": 604_800, "languages": ["en"], "about": "Cups."}


async def test_the_list_and_one(site, peer):
    program = site.program()
    answer = (await program.get("/api/arbiters")).json()
    assert answer["own"] is None
    assert answer["arbiters"] == [(await program.get(f"/api/arbiters/{OTHER}")).json()]


@pytest.mark.parametrize(
    ("method", "verb"), [("put", "trust_arbiter"), ("delete", "distrust_arbiter")]
)
async def test_trust(site, peer, method, verb):
    answer = await getattr(site.program(), method)(f"/api/arbiters/{OTHER}/trust")
    assert answer.json()["arbiters"] and peer.asked[0] == (verb, OTHER)


async def test_offering_and_withdrawing(site, peer):
    program = site.program()
    assert (await program.put("/api/arbiter", json=TERMS)).json()["fee_bps"] == 250
    assert peer.asked == [("offer_to_decide", TERMS)]
    assert (await program.put("/api/arbiter", json={"fee": 1})).status_code == 400
    assert (await program.delete("/api/arbiter")).json() == {"own": None}
