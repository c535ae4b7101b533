"""The JSON API's part about campaigns."""

import pytest

from tests.fakes.peer import ME, OTHER, listing
from tests.web.campaigning import campaign, pledged

MINE = campaign(listing(author=ME), "open", 0xB1)
JOINED = pledged(campaign(listing(author=OTHER), "reached", 0xC1))
TERMS = {"listing": "teapot", "goal": "500", "until": 1_800_000_000}


@pytest.fixture
def running(peer):
    peer.running = ((MINE,), (JOINED,), ())
    return peer


async def test_the_list_and_one(site, running):
    program = site.program()
    answer = (await program.get("/api/campaigns")).json()
    assert [each["id"] for each in answer["mine"]] == [MINE.id]
    one = (await program.get(f"/api/campaigns/{JOINED.id}")).json()
    assert one == answer["joined"][0]
    assert one["goal"]["amount"] == str(JOINED.goal.amount)
    assert one["pledges"][0]["objects"] is False
    assert (await program.get("/api/campaigns/0x99")).status_code == 404


async def test_starting_one(site, running):
    given = {**TERMS, "stop_bps": 2_500, "tranches": [{"at": 1_800_000_000, "bps": 10_000}]}
    answer = await site.program().post("/api/campaigns", json=given)
    assert answer.status_code == 201 and answer.json()["id"] == MINE.id
    terms = {name: value for name, value in given.items() if name != "listing"}
    assert running.asked == [("start_campaign", "teapot", terms)]


@pytest.mark.parametrize(
    "changed",
    [
        *({"goal": "12.5"}, {"goal": -1}, {"tranches": [{"at": 1}]}, {"until": None}, {"fee": 1}),
        {"tranches": [{"at": 1, "bps": 1}] * 9},
    ],
)
async def test_what_is_not_in_the_guide_is_refused(site, running, changed):
    answer = await site.program().post("/api/campaigns", json=TERMS | changed)
    assert answer.status_code == 400 and running.asked == []


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("cancel", ("cancel_campaign",)),
        ("collect", ("collect_campaign",)),
        ("refund", ("refund_campaign",)),
        ("object", ("object_to_campaign", True)),
        ("unobject", ("object_to_campaign", False)),
    ],
)
async def test_each_verb_is_done_and_answers_with_the_campaign(site, running, verb, asked):
    answer = await site.program().post(f"/api/campaigns/{JOINED.id}/{verb}")
    assert answer.json()["id"] == JOINED.id
    assert running.asked == [(asked[0], JOINED.id, *asked[1:])]


@pytest.mark.parametrize("given", [{}, {"to": "0x" + "55" * 20}])
async def test_what_waits_is_withdrawn(site, running, given):
    answer = await site.program().post(f"/api/campaigns/{JOINED.id}/withdraw", json=given)
    assert answer.json()["claims"] == []
    assert running.asked == [("withdraw_campaign", JOINED.id, given.get("to"))]


async def test_another_wallet_is_told_what_to_send(site, running):
    program, account = site.program(), "0x" + "44" * 20
    address = f"/api/campaigns/{JOINED.id}/wallet/object"
    answer = (await program.post(address, json={"account": account})).json()
    assert answer["account"] == account and answer["steps"][0]["verb"] == "object"
    sent = {"verb": "object", "hash": "0x" + "ab" * 32}
    await program.post(f"/api/campaigns/{JOINED.id}/transactions", json=sent)
    assert running.asked == [
        ("campaign_request", JOINED.id, "object", account, None),
        ("note_campaign_transaction", JOINED.id, "object", sent["hash"]),
    ]
