from dataclasses import replace

import pytest
from starlette.datastructures import FormData, UploadFile

from node.protocol.errors import Conflict
from node.web.pages import common
from node.web.pages.money import Unit
from tests.web.market import DOLLAR, ETHER, Market


def test_units_are_currencies_first():
    assert common.units_of(Market()) == [
        Unit("USD", "USD", 2),
        Unit(ETHER, "ETH", 18),
        Unit(DOLLAR, "tUSD", 6),
    ]


def test_texts_leave_files_out():
    form = FormData([("a", " x "), ("b", UploadFile(file=None, filename="f"))])
    assert common.texts(form) == [("a", " x ")]
    assert common.text(form, "a") == "x"
    assert common.text(form, "b") == ""
    assert common.text(form, "a", 1) == "x"


def test_prefixed():
    assert common.prefixed([("line.a", "1"), ("other", "2")], "line.") == [("a", "1")]


def test_the_extension_of_a_listing():
    market = Market()
    extension, block = common.sold_by(market, market.goods[0])
    assert extension.id == "goods"
    assert block["variants"][0]["id"] == "iron"
    with pytest.raises(Conflict):
        common.sold_by(market, replace(market.goods[0], blocks=()))
