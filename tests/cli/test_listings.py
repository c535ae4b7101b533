import json
import struct
import zlib
from dataclasses import replace

import pytest

from node.peer.views import Balance, PayeeView
from node.protocol.encoding import id_to_text
from node.protocol.errors import InputError
from tests.cli.conftest import refusal
from tests.fakes.peer import ETHER, ME, listing

GOODS = {"title": "A teapot", "price": "12.50 EUR"}


def png(path) -> None:
    """One grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\x00\x80"))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def file(tmp_path):
    def write(content) -> str:
        path = tmp_path / "goods.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def test_search_passes_on_what_was_asked(type_, peer):
    words = ("search", "tea", "--category", "home", "--category", "food", "--country", "FR")
    result = type_(*words, "--available", "--sort", "price", "--limit", "5", "--after", "x")
    assert result.exit_code == 0
    query = peer.asked[0][1]
    assert (query.text, query.categories, query.countries) == ("tea", ("home", "food"), ("FR",))
    assert (query.sort, query.limit, query.after, query.available_only) == ("price", 5, "x", True)
    assert "2 found" in result.stdout
    assert "25.00 ETH" in result.stdout
    assert "d" * 52 in result.stdout  # the id that `etal order place` takes


def test_search_can_be_narrowed_to_a_stall_a_facet_and_a_price(type_, peer, monkeypatch):
    told = replace(peer.status(), balances=(Balance(ETHER, "ETH", 18, None),))
    monkeypatch.setattr(peer, "status", lambda: told)
    seller = bytes([7]) * 32
    words = ("--seller", id_to_text(seller), "--facet", "condition:used", "--facet", "pickup:yes")
    result = type_("search", *words, "--min", "0.01 ETH", "--max", "2 ETH")
    assert result.exit_code == 0, result.stderr
    query = peer.asked[-1][1]
    assert query.author == seller
    assert query.facets == (("condition", "used"), ("pickup", "yes"))
    assert (query.unit, query.low, query.high) == (ETHER, 10**16, 2 * 10**18)
    type_("search", "--unit", "EUR")
    query = peer.asked[-1][1]
    assert (query.unit, query.low, query.high) == ("EUR", None, None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--min", "10"), "isn't an amount and a currency or coin"),
        (("--min", "10 EUR", "--max", "1 ETH"), "one currency or coin"),
        (("--unit", "EUR", "--max", "1 ETH"), "one currency or coin"),
        (("--unit", "gold"), "neither a currency"),
        (("--facet", "used"), "isn't name:value"),
        (("--seller", "bob"), "52 characters"),
    ],
)
def test_a_search_that_cannot_be_meant_is_refused(type_, peer, words, said):
    result = type_("search", *words)
    assert result.exit_code == 1
    assert said in refusal(result)
    assert not any(verb == "search" for verb, *_ in peer.asked)


def test_search_without_results_says_what_to_try(type_, peer):
    peer.mine = []
    said = type_("search", "blue", "teepot").stdout
    assert "fewer words" in said and "Did you mean blue teapot?" in said
    assert "Did you mean" not in type_("search").stdout


def test_json_is_the_whole_answer(type_):
    assert json.loads(type_("search", "--json").stdout)["total"] == 2
    assert [
        each["slug"] for each in json.loads(type_("listing", "list", "--json").stdout)["listings"]
    ] == ["teapot", "cup"]


def test_a_listing_is_added_with_its_exact_price(type_, peer, file):
    result = type_("listing", "add", file(GOODS))
    assert result.exit_code == 0
    verb, given, _ = peer.asked[-1]
    assert (verb, given) == (
        "save_listing",
        {"title": "A teapot", "price": {"amount": "1250", "unit": "EUR"}},
    )
    assert "slug" in result.stdout


def test_many_are_added_with_a_bar_on_stderr_alone(type_, peer, file):
    result = type_("listing", "add", file([GOODS, GOODS, GOODS]), "--json")
    assert len(json.loads(result.stdout)["listings"]) == 3
    assert "Publishing" in result.stderr


def test_when_one_of_many_is_refused_it_is_said_which(type_, peer, file):
    result = type_("listing", "add", file([GOODS, {"title": "X", "price": "1.005 EUR"}, GOODS]))
    assert result.exit_code == 1
    line = result.stderr.splitlines()[-1]
    assert line.startswith("etal: price: ")
    assert "number 2 of 3" in line
    assert len([each for each in peer.asked if each[0] == "save_listing"]) == 1


def test_pictures_are_uploaded_first(type_, peer, file, tmp_path):
    png(tmp_path / "one.png")
    png(tmp_path / "two.png")
    content = {**GOODS, "pictures": [{"file": "one.png", "alt": "From the side"}]}
    result = type_("listing", "add", file(content), "--picture", tmp_path / "two.png")
    assert result.exit_code == 0, result.stderr
    alts = [each[2] for each in peer.asked if each[0] == "add_picture"]
    assert alts == ["From the side", "A teapot"]
    pictures = peer.asked[-1][1]["pictures"]
    assert [each["alt"] for each in pictures] == alts
    assert all(set(each) == {"blob", "type", "size", "alt"} for each in pictures)


@pytest.mark.parametrize("name", ["/etc/hostname", "../../../etc/hostname", "absent.png", 5, None])
def test_a_file_of_listings_reaches_no_picture_elsewhere(type_, peer, file, name):
    result = type_("listing", "add", file({**GOODS, "pictures": [{"file": name}]}))
    assert result.exit_code == 1
    assert refusal(result).startswith("pictures.0: ")
    assert "add_picture" not in [verb for verb, *_ in peer.asked]


def test_a_picture_for_several_listings_is_wrong_usage(type_, file, tmp_path):
    png(tmp_path / "one.png")
    result = type_("listing", "add", file([GOODS, GOODS]), "--picture", tmp_path / "one.png")
    assert result.exit_code == 2


@pytest.mark.parametrize("content", ["{", "[]", "5", "[5]", '"x"', "[" * 100_000, "\0"])
def test_what_is_no_listing_is_said_so(type_, peer, file, content):
    result = type_("listing", "add", file(content))
    assert result.exit_code == 1
    assert "goods.json" in refusal(result)
    assert peer.asked == []


def test_the_field_that_the_node_refuses_is_named(type_, peer, file):
    peer.fails = InputError("field.length", "1–140 characters are expected", "title")
    result = type_("listing", "add", file({"title": ""}))
    assert result.exit_code == 1
    assert refusal(result) == "title: 1–140 characters are expected"


def test_show_ones_own_and_anothers(type_, peer):
    assert "25.00 ETH" in type_("listing", "show", "teapot").stdout
    assert json.loads(type_("listing", "show", f"{ME}/cup", "--json").stdout)["slug"] == "cup"
    assert json.loads(type_("listing", "show", "cup", "--form").stdout) == {"title": "A teapot"}
    for unknown in ("nothing", "b" * 52 + "/cup", "..", "a/", ""):
        assert type_("listing", "show", unknown).exit_code == 4


def test_a_listing_is_edited(type_, peer, file):
    assert type_("listing", "edit", "cup", file(GOODS)).exit_code == 0
    assert peer.asked[-1] == (
        "save_listing",
        {"title": "A teapot", "price": {"amount": "1250", "unit": "EUR"}},
        "cup",
    )
    assert type_("listing", "edit", "cup", file([GOODS, GOODS])).exit_code == 1


def test_a_listing_is_withdrawn_once_that_is_confirmed(type_, peer):
    assert type_("listing", "withdraw", "cup", input="n\n").exit_code == 1
    assert peer.asked == []
    assert "withdrawn" in type_("listing", "withdraw", "cup", "--yes").stdout
    assert peer.asked == [("withdraw_listing", "cup")]


def test_where_a_listing_cant_be_bought_it_is_said_why(type_, peer):
    peer.mine = [listing("cup", buyable=False, obstacle="offer.asset")]
    assert "offer.asset" in type_("listing", "show", "cup").stdout


def test_a_country_is_a_code_in_either_case(type_, peer):
    assert type_("search", "--country", "fr", "--country", "DE").exit_code == 0
    assert peer.asked[0][1].countries == ("FR", "DE")
    result = type_("search", "--country", "France")
    assert (result.exit_code, "ISO 3166-1" in refusal(result)) == (1, True)


def test_a_listing_says_who_shares_its_price(type_, peer):
    payees = (PayeeView("0x" + "c0" * 20, 1_550, "Co-operative"),)
    peer.mine[0] = listing(payees=payees, referral_bps=500)
    shown = type_("listing", "show", f"{ME}/teapot").stdout
    assert f"15.5 % of what the seller gets, to {payees[0].account} (Co-operative)" in shown
    assert "5 % are left to whoever sends a buyer" in shown
