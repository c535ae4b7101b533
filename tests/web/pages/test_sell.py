import io
import json
import re

import pytest
from PIL import Image

from node.protocol.errors import InputError
from tests.web.market import ETHER

LISTING = {
    "kind": "goods",
    "title": "A bowl",
    "text": "Holds soup.",
    "category": "kitchen",
    "language": "en",
    "tags": "bowl, clay",
    "country": "FR",
    "price_amount": "24,50",
    "price_unit": "USD",
    "ship_days": "3",
    "review_days": "21",
    "extensions.goods.condition": "new",
    "extensions.goods.shipping.0.id": "",
    "extensions.goods.shipping.0.label": "Colis, Union européenne",
    "extensions.goods.shipping.0.zones": "FR, BE",
    "extensions.goods.shipping.0.price": "6.90",
    "extensions.goods.shipping.0.days": "4",
    "stock.single": "5",
}
VARIANTS = {
    "extensions.goods.variants.0.id": "",
    "extensions.goods.variants.0.label": "Blue",
    "extensions.goods.variants.0.price": "",
    "extensions.goods.variants.1.id": "",
    "extensions.goods.variants.1.label": "blue!",
    "extensions.goods.variants.1.price": "30",
    "stock.0": "2",
    "stock.1": "0",
}


async def post(site, path: str = "/sell/new", files=None, **changes):
    data = {**LISTING, **changes}
    return await site.post(path, data, files=files or {"upload": ("", b"")})


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    return file.getvalue()


async def test_saves_a_listing(site, peer):
    answer = await post(site)
    assert answer.status_code == 303, answer.text
    [(verb, given, slug)] = peer.calls
    assert (verb, slug) == ("save_listing", None)
    assert given["price"] == {"amount": "2450", "unit": "USD"}
    assert given["tags"] == ["bowl", "clay"]
    assert given["offer"] == {"ship_within": 3 * 86400, "review": 21 * 86400}
    assert given["availability"] == {"goods": {"stock": {"": 5}}}
    [shipping] = given["extensions"]["goods"]["shipping"]
    assert shipping == {
        "id": "colis-union-europeenne",
        "label": "Colis, Union européenne",
        "zones": ["FR", "BE"],
        "price": "690",
        "days": 4,
    }


async def test_variants_get_ids_and_their_stock(site, peer):
    answer = await post(site, **VARIANTS)
    assert answer.status_code == 303, answer.text
    given = peer.calls[0][1]
    variants = given["extensions"]["goods"]["variants"]
    assert [each["id"] for each in variants] == ["blue", "blue-2"]
    assert variants[1]["price"] == "3000"
    assert given["availability"]["goods"]["stock"] == {"blue": 2, "blue-2": 0}


async def test_amounts_follow_the_chosen_money(site, peer):
    await post(
        site,
        price_unit=ETHER,
        price_amount="0.018",
        **{"extensions.goods.shipping.0.price": "0.002"},
    )
    given = peer.calls[0][1]
    assert given["price"] == {"amount": str(18 * 10**15), "unit": ETHER}
    assert given["extensions"]["goods"]["shipping"][0]["price"] == str(2 * 10**15)


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"price_amount": "ten"},
        {"price_amount": ""},
        {"price_amount": "1.001"},
        {"ship_days": "0"},
        {"review_days": "x"},
        {"stock.single": "-1"},
        {"extensions.goods.condition": "odd"},
        {"extensions.goods.shipping.0.zones": "Narnia"},
    ],
)
async def test_errors_are_shown_and_nothing_is_saved(site, peer, wrong):
    answer = await post(site, **wrong)
    assert answer.status_code == 422
    assert "Holds soup." in answer.text
    assert 'class="error"' in answer.text or 'role="alert"' in answer.text
    assert not peer.calls


async def test_an_error_of_the_peer_stands_where_it_belongs(site, peer):
    peer.refuse = InputError(
        "listing.unit", "This node accepts nothing that is worth one USD.", "price.unit"
    )
    answer = await post(site)
    assert answer.status_code == 422
    assert "nothing that is worth one USD" in answer.text


async def test_a_row_more_needs_no_script(site, peer):
    answer = await post(site, _add="extensions.goods.shipping")
    assert answer.status_code == 200
    assert "extensions.goods.shipping.1.label" in answer.text
    assert not peer.calls


async def test_a_picture_is_added_and_kept(site, peer):
    files = {"upload": ("bowl.png", picture(), "image/png")}
    answer = await post(site, files=files, _upload="1", upload_alt="A bowl from above")
    assert answer.status_code == 200
    assert peer.calls[0][0] == "add_picture"
    assert "A bowl from above" in answer.text
    kept = json.dumps(
        {"blob": (await peer.add_picture(b"x", ""))["blob"], "type": "image/webp", "size": 9}
    )
    peer.calls.clear()
    await post(site, **{"picture.0.data": kept, "picture.0.alt": "Seen from above"})
    [saved] = peer.calls[0][1]["pictures"]
    assert (saved["alt"], saved["size"]) == ("Seen from above", 9)


async def test_a_picture_can_be_taken_off(site, peer):
    kept = json.dumps({"blob": "a" * 52, "type": "image/webp", "size": 9})
    await post(site, **{"picture.0.data": kept, "picture.0.alt": "x", "picture.0.drop": "1"})
    assert peer.calls[0][1]["pictures"] == []


@pytest.mark.parametrize(
    "data", ["", "{", "[]", '"x"', '{"blob": 1}', '{"blob": "a", "type": "text/html", "size": 1}']
)
async def test_a_picture_that_is_none_is_dropped(site, peer, data):
    await post(site, **{"picture.0.data": data, "picture.0.alt": "x"})
    assert peer.calls[0][1]["pictures"] == []


async def test_what_is_no_picture_is_refused(site, peer):
    answer = await post(
        site, files={"upload": ("x.png", b"not a picture", "image/png")}, _upload="1"
    )
    assert answer.status_code == 422
    assert "not a picture that can be read" in answer.text


async def test_editing_shows_what_there_is(site, peer):
    page = await site.page(f"/sell/{peer.mine[0].slug}")
    for shown in (
        "Stoneware mug, 350 ml",
        'value="28"',
        'value="31.00"',
        'name="stock.1"',
        "Iron glaze",
    ):
        assert shown in page


async def test_editing_saves_under_the_same_name(site, peer):
    slug = peer.mine[0].slug
    assert (await post(site, f"/sell/{slug}")).status_code == 303
    assert peer.calls[0][2] == slug


async def test_withdrawing(site, peer):
    slug = peer.mine[0].slug
    answer = await site.post(f"/sell/{slug}/withdraw")
    assert answer.headers["location"] == "/sell?done=withdrawn"
    assert "Withdrawn." in await site.page(answer.headers["location"])
    assert peer.calls == [("withdraw_listing", slug)]


async def test_the_name_of_the_stall(site, peer):
    assert '<option value="fr" selected>' in await site.page("/sell", "fr")
    await site.post("/sell/profile", {"name": " Rosalie ", "about": "Clay.", "language": "fr"})
    assert peer.calls == [("publish_profile", "Rosalie", "Clay.", "fr")]


async def test_a_refused_profile_stays_open_with_what_was_typed(site, peer):
    answer = await site.post("/sell/profile", {"name": "R" * 65, "about": "Clay <and> paper"})
    assert answer.status_code == 422
    (form,) = re.findall(r'<details class="panel profile" open>.*?</details>', answer.text, re.S)
    assert f'maxlength="64" value="{"R" * 65}"' in form and "Clay &lt;and&gt; paper" in form
    assert re.search(r'id="field-name-error">.*1 to 64 characters are allowed', form, re.S)
    assert not peer.calls
    peer.refuse = InputError("field.character", "control characters are not allowed", "about")
    said = {"name": "Rosalie", "about": "Clay", "language": "en"}
    answer = await site.post("/sell/profile", said)
    assert 'id="field-about-error"' in answer.text and 'value="Rosalie"' in answer.text


async def test_the_stall_tells_how_many_of_each_variant_are_left(site):
    page = await site.page("/sell")
    assert re.search(r"13 left \(Iron glaze: 9, Ash glaze: 4\)", page)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"price_amount": "cheap"}, "An amount such as 12.50 is expected."),
        ({"ship_days": "0"}, "A number from 1 to 170 is expected."),
        ({"stock.0": "many"}, "A number from 0 to"),
        (
            {"stock.0": "3", "availability_seen": '{"goods": 1}'},
            "Pieces were sold while you wrote.",
        ),
    ],
)
async def test_what_is_wrong_far_down_is_said_at_the_top(site, wrong, said):
    form = {**LISTING, **VARIANTS, **wrong}
    answer = await site.post("/sell/stoneware-mug", form)
    assert answer.status_code == 422
    (top,) = re.findall(
        r'<div class="note bad" role="alert" tabindex="-1".*?</div></div>', answer.text, re.S
    )
    assert said in top


ZONES = "extensions.goods.shipping.0.zones"


async def test_destinations_may_be_names(site, peer):
    assert (await post(site, **{ZONES: "France, belgium"})).status_code == 303
    [(_, given, _)] = peer.calls
    assert given["extensions"]["goods"]["shipping"][0]["zones"] == ["FR", "BE"]


async def test_what_is_no_country_is_named_beside_its_input(site, peer):
    answer = await post(site, **{ZONES: "France, Narnia"})
    assert answer.status_code == 422
    assert not peer.calls
    assert "“Narnia” is no country. Write names such as France" in answer.text
    assert f'id="field-{ZONES.replace(".", "-")}-error"' in answer.text
    assert "Names or codes, with commas between" in answer.text


async def test_as_many_are_counted_as_are_marked(site):
    answer = await post(
        site,
        **{ZONES: "Narnia", "extensions.goods.shipping.0.price": "abc", "price_amount": "1.234"},
    )
    assert "3 things are missing or wrong." in answer.text
    assert answer.text.count('aria-invalid="true"') == 3


async def test_a_new_row_has_the_focus(site):
    page = (await post(site, _add="extensions.goods.variants")).text
    assert 'name="extensions.goods.variants.0.label" autofocus' in page
    assert page.count(" autofocus") == 1
    page = (await post(site, _remove="extensions.goods.shipping.0")).text
    assert re.search(r'value="extensions.goods.shipping" formnovalidate autofocus', page)
