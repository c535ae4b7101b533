"""The arbiter's pages, and what a party shows on the page of its order."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from node.protocol.errors import Conflict
from tests.web.made import case, dispute, id_of, shown


async def test_the_list_says_what_is_to_be_decided_by_when(site, peer):
    page = await site.page("/cases")
    assert "There may be more." in page
    assert "Stoneware mug" in page and "To be decided" in page and "to be decided by" in page
    peer.judged = []
    assert "Nothing to decide" in await site.page("/cases")


async def test_one_shows_what_is_proven_and_what_is_claimed(site, peer):
    page = await site.page(f"/cases/{case().id}")
    assert page.count("Claimed, not proven") == 2 and page.count(">Proven<") == 3
    for part in (
        "It was whole when I sent it.",
        "A message by the seller",
        "the message before it wasn’t shown",
        "The crack",
        "How was it packed?",
        "Held in the contract",
        "Yes, before the dispute",
    ):
        assert part in page
    peer.judged = [case(seller_proven=False)]
    assert "proven that the account is its own" in await site.page(f"/cases/{case().id}")


async def test_what_each_gets_is_told_before(site, peer):
    page = await site.page(f"/cases/{case().id}")
    assert "15.6275\u00a0tUSD" in page and "1.645\u00a0tUSD" in page  # half of what the fee leaves
    path = f"/cases/{case().id}/preview"
    answer = await site.post(path, {"way": "amount", "amount": "30", "share": "50"})
    assert "30.00\u00a0tUSD" in answer.text and "1.255\u00a0tUSD" in answer.text
    assert "<html" not in answer.text
    assert "more than there is" in (await site.post(path, {"way": "amount", "amount": "32"})).text
    assert "12.50 is expected" in (await site.post(path, {"way": "share", "share": "x"})).text


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ({"way": "share", "share": "25.5"}, {"share_bps": 2_550}),
        ({"way": "amount", "amount": "12,5", "share": "50"}, {"to_seller": 12_500_000}),
    ],
)
async def test_a_decision_is_exactly_what_was_typed(site, peer, typed, given):
    peer.rule = lambda id, **said: note(peer, id, said)
    assert (await site.post(f"/cases/{case().id}/rule", typed)).status_code == 303
    assert peer.calls == [(case().id, given)]


async def note(peer, *call) -> None:
    peer.calls.append(call)


async def test_what_is_refused_is_said_with_what_was_typed(site, peer):
    answer = await site.post(f"/cases/{case().id}/rule", {"way": "share", "share": "x"})
    assert answer.status_code == 422 and 'value="x"' in answer.text
    peer.refuse = Conflict("case.unreached", "This side hasn't shown you yet how to write to it.")
    answer = await site.post(f"/cases/{case().id}/write", {"to": "seller", "text": "Well?"})
    assert answer.status_code == 409 and ">Well?</textarea>" in answer.text


async def test_a_word_goes_to_one_party(site, peer):
    await site.post(f"/cases/{case().id}/write", {"to": "buyer", "text": "Have you a picture?"})
    assert peer.calls == [("write_to_party", case().id, "Have you a picture?", "buyer")]


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("silent", "Your time is over"),
        ("ruled", "You have decided"),
        ("lapsed", "Your time was over"),
        ("settled", "agreed without you"),
    ],
)
async def test_what_is_over_says_how_and_offers_nothing(site, peer, stage, said):
    peer.judged = [case(stage=stage, actions=())]
    page = await site.page(f"/cases/{case().id}")
    assert said in page and "Yes, decide so" not in page


async def test_a_picture_is_drawn_anew(site, peer):
    async with site.browser() as browser:
        for path in (f"/cases/{case().id}/pictures/x", f"/orders/{peer.deals[0].id}/shown/x"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")


class TestShowing:
    def order(self, peer, *things):
        position = next(n for n, each in enumerate(peer.deals) if each.stage == "disputed")
        found = peer.deals[position]
        peer.deals[position] = replace(
            found,
            actions=("release", "show", "message"),
            shown=things,
            dispute=dispute(found.quote.total, by="buyer", until=2_000_000_000),
        )
        return peer.deals[position]

    async def test_each_message_can_be_shown_and_what_was_is_marked(self, site, peer):
        found = self.order(peer)
        page = await site.page(f"/orders/{found.id}")
        assert page.count('/show_message"') == len(found.messages)
        assert "Shown to the arbiter" not in page
        seen = shown("message", mine=True, message=found.messages[1].id, step="accept")
        found = self.order(peer, seen)
        page = await site.page(f"/orders/{found.id}")
        assert page.count('/show_message"') == len(found.messages) - 1
        assert "Shown to the arbiter" in page

    async def test_the_address_is_warned_of(self, site, peer):
        found = self.order(peer)
        page = await site.page(f"/orders/{found.id}")
        assert "the name and the address of the buyer" in page
        assert page.index("the address of the buyer") < page.index("Show it with the address")

    async def test_nothing_can_be_shown_while_nobody_decides(self, site, peer):
        page = await site.page(f"/orders/{peer.deals[4].id}")
        assert "show_message" not in page and "You and the arbiter" not in page

    @pytest.mark.parametrize(
        ("verb", "form", "call"),
        [
            ("show_message", {"message": id_of(61)}, ("show_message", id_of(61))),
            ("show_parts", {"parts": "lines"}, ("show_parts", ["lines"])),
            ("tell_arbiter", {"text": "Hello"}, ("tell_arbiter", "Hello")),
        ],
    )
    async def test_forms_show_one_thing_each(self, site, peer, verb, form, call):
        found = self.order(peer)
        assert (await site.post(f"/orders/{found.id}/{verb}", form)).status_code == 303
        assert peer.calls == [(call[0], found.id, *call[1:])]

    async def test_a_picture_is_shown(self, site, peer):
        found = self.order(peer)
        out = io.BytesIO()
        Image.new("RGB", (30, 20), "red").save(out, "PNG")
        files = {"picture": ("crack.png", out.getvalue(), "image/png")}
        path = f"/orders/{found.id}/show_picture"
        assert (await site.post(path, {"alt": "Crack"}, files)).status_code == 303
        (call,) = peer.calls
        assert (call[0], call[2][8:12], call[3]) == ("show_picture", b"WEBP", "Crack")
        answer = await site.post(path, {"alt": "Crack"}, {"picture": ("", b"")})
        assert answer.status_code == 422 and "Choose a picture first." in answer.text

    async def test_answers_are_read_here(self, site, peer):
        found = self.order(peer, shown("answer", "arbiter", text="Have you a picture?"))
        page = await site.page(f"/orders/{found.id}")
        assert "The arbiter writes" in page and "Have you a picture?" in page
