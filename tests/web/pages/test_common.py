from dataclasses import replace

import pytest
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse
from starlette.routing import Route

from node.protocol.errors import Conflict, InputError
from node.web.pages import common
from node.web.pages.money import Unit
from tests.web.conftest import Site
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


def test_lines_end_as_records_end_them():
    form = FormData([("a", "One\r\ntwo\rthree\n\r\n")])
    assert common.text(form, "a", 13) == common.typed(form, "a") == "One\ntwo\nthree"


def test_nothing_that_was_typed_is_cut():
    form = FormData([("a", "x" * 81)])
    with pytest.raises(InputError) as refused:
        common.text(form, "a", 80)
    assert (refused.value.rule, refused.value.field) == ("field.length", "a")
    assert common.typed(form, "a") == "x" * 81


def test_prefixed():
    assert common.prefixed([("line.a", "1"), ("other", "2")], "line.") == [("a", "1")]


def test_the_extension_of_a_listing():
    market = Market()
    extension, block = common.sold_by(market, market.goods[0])
    assert extension.id == "goods"
    assert block["variants"][0]["id"] == "iron"
    with pytest.raises(Conflict):
        common.sold_by(market, replace(market.goods[0], blocks=()))


async def test_a_posted_form_is_read_within_bounds():
    async def read(request):
        form = await common.posted(request, files=1)
        return JSONResponse(common.texts(form))

    site = Site(Market(), pages_routes=[Route("/read", read, methods=["POST"])])
    async with site.browser() as browser:
        assert (await browser.post("/read", data={"a": ["1", "2"], "é": "ü"})).json() == [
            ["a", "1"],
            ["a", "2"],
            ["é", "ü"],
        ]
        one = {"picture": ("x.png", b"123")}
        assert (await browser.post("/read", data={"a": "1"}, files=one)).json() == [["a", "1"]]
        two = [("picture", ("x", b"1")), ("picture", ("y", b"2"))]
        assert (await browser.post("/read", files=two)).status_code == 400
        many = "&".join("a=1" for _ in range(common.MAX_FIELDS + 1))
        head = {"content-type": "application/x-www-form-urlencoded"}
        assert (await browser.post("/read", content=many, headers=head)).status_code == 400
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert (await browser.post("/read", content=b"x", headers=broken)).status_code == 400
