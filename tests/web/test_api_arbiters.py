"""The JSON API's part about arbiters."""

import io

import pytest
from PIL import Image

from node.web.pictures import MAX_EVIDENCE
from tests.fakes.peer import ORDER, OTHER, case

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


CASE = case().id


async def test_cases(site, peer):
    program = site.program()
    said = (await program.get("/api/cases")).json()
    (found,) = said["cases"]
    assert said["cut"]
    assert found == (await program.get(f"/api/cases/{CASE}")).json()
    assert (await program.get("/api/cases/0xff")).status_code == 404


@pytest.mark.parametrize(
    ("body", "asked"),
    [({"to_seller": "5"}, (5, None)), ({"share_bps": 2_500}, (None, 2_500))],
)
async def test_a_decision_is_told_before_and_made(site, peer, body, asked):
    program = site.program()
    seen = (await program.post(f"/api/cases/{CASE}/preview", json=body)).json()
    assert [seen[name]["amount"] for name in ("buyer", "seller", "arbiter")] == ["1", "2", "3"]
    assert (await program.post(f"/api/cases/{CASE}/rule", json=body)).json()["id"] == CASE
    assert peer.asked == [("preview_ruling", CASE, *asked), ("rule", CASE, *asked)]


@pytest.mark.parametrize(
    "body", [{"share_bps": 10_001}, {"to_seller": -1}, {"to_seller": "1.5"}, {"share": 5}]
)
async def test_what_is_no_decision_is_refused(site, peer, body):
    assert (await site.program().post(f"/api/cases/{CASE}/rule", json=body)).status_code == 400
    assert peer.asked == []


async def test_a_word_to_a_party(site, peer):
    path = f"/api/cases/{CASE}/write"
    await site.program().post(path, json={"text": "Hm?", "to": "buyer"})
    assert peer.asked == [("write_to_party", CASE, "Hm?", "buyer")]
    assert (await site.program().post(path, json={"text": "Hm?", "to": "x"})).status_code == 400


async def test_pictures_are_made_anew_both_ways(site, peer):
    path = f"/api/orders/{ORDER}/show_picture"
    answer = await site.program().post(path, params={"alt": "Crack"}, content=a_picture(2_000))
    assert answer.json()["id"] == ORDER
    (asked,) = peer.asked
    assert (asked[:2], asked[3]) == (("show_picture", ORDER), "Crack")
    assert 0 < asked[2] <= MAX_EVIDENCE
    peer.pictures["p"] = a_picture(10)
    shown = await site.program().get(f"/api/cases/{CASE}/pictures/p")
    assert (shown.headers["content-type"], shown.content[8:12]) == ("image/webp", b"WEBP")
    peer.pictures["p"] = b"<svg/>"
    assert (await site.program().get(f"/api/cases/{CASE}/pictures/p")).status_code == 404


def a_picture(side: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()
