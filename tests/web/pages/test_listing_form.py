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
