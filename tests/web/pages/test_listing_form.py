from hypothesis import given
from hypothesis import strategies as st

from node.protocol.fields import Slug
from node.web.pages.listing_form import ListingForm, with_ids
from tests.web.market import ETHER, Market

SHIPPING = "extensions.goods.shipping"


def ids(*labels: str) -> list[str]:
    pairs = [(f"{SHIPPING}.{n}.label", label) for n, label in enumerate(labels)]
    made = dict(with_ids(pairs))
    return [made[f"{SHIPPING}.{n}.id"] for n in range(len(labels))]


def test_ids_come_from_labels_and_differ():
    assert ids("Colis suivi", "Colis, suivi", "Pickup") == [
        "colis-suivi",
        "colis-suivi-2",
        "pickup-2",
    ]


def test_ids_that_are_there_stay():
    pairs = [
        (f"{SHIPPING}.0.label", "New name"),
        (f"{SHIPPING}.0.id", "old"),
        (f"{SHIPPING}.1.label", "Old"),
    ]
    made = dict(with_ids(pairs))
    assert made[f"{SHIPPING}.0.id"] == "old"
    assert made[f"{SHIPPING}.1.id"] == "old-2"


@given(st.lists(st.text(min_size=1, max_size=80).filter(str.strip), min_size=1, max_size=8))
def test_ids_are_always_slugs_and_unique(labels):
    made = ids(*labels)
    assert len(set(made)) == len(made)
    for id in made:
        assert Slug().from_json(id) == id


def test_a_form_shows_amounts_in_the_listings_money():
    peer = Market()
    form = ListingForm(peer, ["goods"], {**peer.editable(peer.mine[2].slug)})
    assert (form.unit, form.amount) == (ETHER, "0.012")
    assert form.stock == {"single": "6"}
    assert len(form.pictures) == 2


def test_an_unknown_kind_of_thing_is_left_out():
    assert ListingForm(Market(), ["com.example.odd", "goods"]).kinds == ["goods"]


def editing(typed: int) -> tuple[ListingForm, dict]:
    """A form of a listing with 6 pieces in which `typed` now stands, and the listing that it was made from."""
    peer = Market()
    made_from = peer.editable(peer.mine[2].slug)
    form = ListingForm(peer, ["goods"], made_from)
    form.stock["single"] = str(typed)
    return form, made_from


def with_stock(listing: dict, pieces: int) -> dict:
    return {**listing, "availability": {"goods": {"stock": {"": pieces}}}}


def test_stock_that_was_not_touched_is_not_sent_so_a_sale_meanwhile_stays_a_sale():
    form, made_from = editing(6)
    assert "availability" not in form.given(with_stock(made_from, 5))


def test_stock_that_was_changed_is_sent():
    form, made_from = editing(9)
    assert form.given(made_from)["availability"] == {"goods": {"stock": {"": 9}}}


def test_stock_that_was_changed_while_a_piece_was_sold_is_asked_about():
    form, made_from = editing(9)
    sold = with_stock(made_from, 5)
    assert form.given(sold) is None
    assert "sold" in str(form.stock_error)
    assert form.stock == {"single": "5"}  # what is left now, to look at again
    form.stock_error = None
    assert "availability" not in form.given(sold)
    form.stock["single"] = "9"
    assert form.given(sold)["availability"] == {"goods": {"stock": {"": 9}}}  # now it is meant


def test_of_variants_too_the_form_shows_what_is_left_now():
    given = Market().editable("stoneware-mug")
    form = ListingForm(Market(), ["goods"], given)
    assert form.stock == {"0": "9", "1": "4", "single": ""}
    form.form.value = given
    form.stock["0"] = "20"
    sold = {**given, "availability": {"goods": {"stock": {"iron": 8, "ash": 4}}}}
    assert form.given(sold) is None
    assert (form.stock["0"], form.stock["1"]) == ("8", "4")
