"""Listings as views: what extensions say, and what becomes of a page when one of them fails."""

from types import SimpleNamespace

import pytest

from node.peer.listing_views import MAX_ROW_TEXT, MAX_ROWS, ListingViews
from node.protocol.fields import FieldSet, Integer
from node.protocol.registry import Extension, standard
from tests.extensions.tickets import ID, Tickets
from tests.protocol.sale import BODY, NOW, changed, sign

EVENING = {"starts": NOW, "venue": "The barn", "seats": 80}


def views(*extensions: Extension) -> ListingViews:
    return ListingViews(
        SimpleNamespace(
            registry=standard(extensions),
            store=SimpleNamespace(latest=lambda *place: None),
            escrow=None,
            me=bytes(32),
            now=lambda: NOW,
        )
    )


def shown(extension: Extension | None, block: dict, left: dict | None = None):
    """The view of a listing with this block, and this availability block beside it."""
    listing = sign("listing", changed(BODY, extensions={ID: block}), slug="concert")
    availability = None
    if left is not None:
        availability = sign("availability", {"extensions": {ID: left}}, slug="concert")
    return views(*([extension] if extension else [])).view(listing, availability, listing)


def test_a_known_extension_is_shown_and_counted():
    view = shown(Tickets(), EVENING, {"seats": 3})
    (block,) = view.blocks
    assert (block.title, block.known, block.data) == ("Tickets", True, EVENING)
    assert ("Venue", "The barn") in block.rows
    assert (view.stock, view.state, view.facts) == (3, "live", {"venue": "The barn"})
    assert shown(Tickets(), EVENING, {"seats": 0}).state == "sold_out"
    assert shown(Tickets(), EVENING).stock is None


def test_an_unknown_extension_is_named():
    view = shown(None, EVENING, {"seats": 3})
    assert [(block.extension, block.known, block.rows) for block in view.blocks] == [
        (ID, False, ())
    ]
    assert (view.stock, view.obstacle, view.buyable) == (None, "extension", False)


def test_what_was_kept_before_the_extension_came_may_be_broken():
    view = shown(Tickets(), {"seats": "many"}, {"seats": 3})
    assert [block.known for block in view.blocks] == [False]
    assert (view.stock, view.obstacle) == (None, "extension")
    assert shown(Tickets(), EVENING, {"seats": -1}).stock is None


class Broken(Tickets):
    """Fails wherever it is asked."""

    def rows(self, listing_block):
        raise ZeroDivisionError

    available = summary = rows


def test_an_extension_that_fails_takes_no_page_with_it(caplog):
    view = shown(Broken(), EVENING, {"seats": 3})
    assert (view.blocks[0].rows, view.stock, view.facts) == ((), None, {})
    assert "org.example.tickets can't show a listing" in caplog.text


def test_an_extension_that_counts_nothing_is_not_asked_what_is_left():
    class Plain(Extension):
        id = ID
        listing = FieldSet({"seats": Integer()})

    assert shown(Plain(), {"seats": 1}, {"seats": 0}).stock is None


@pytest.mark.parametrize("text", ["x" * 1000, 7])
def test_rows_are_bounded(text):
    class Talkative(Tickets):
        def rows(self, listing_block):
            return [("title", text)] * 100

    rows = shown(Talkative(), EVENING).blocks[0].rows
    assert rows == (("title", str(text)[:MAX_ROW_TEXT]),) * MAX_ROWS
