import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.errors import InputError, Rejected
from node.protocol.fields import (
    Account,
    Asset,
    Cell,
    Country,
    Currency,
    ExtensionId,
    Language,
    Slug,
    Text,
    Unit,
)

TOKEN = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

GOOD = [
    (Slug(), ["a", "desk-lamp", "2nd-hand", "a" * 64]),
    (ExtensionId(), ["goods", "com.example.tickets", "a-b.c"]),
    (Language(), ["en", "pt-BR", "zh-Hant", "zh-Hant-TW", "es-419", "gsw"]),
    (Currency(), ["EUR", "XXX"]),
    (Country(), ["FR", "*"]),
    (Cell(), ["u", "u0nd"]),
    (Asset(), ["eip155:1/slip44:60", f"eip155:31337/erc20:{TOKEN}"]),
    (Unit(), ["EUR", "eip155:1/slip44:60", f"eip155:31337/erc20:{TOKEN}"]),
    (Account(), [f"eip155:1:{TOKEN}"]),
]
BAD = [
    (Slug(), ["", "-a", "a-", "a--b", "A", "é", "a b", "a" * 65, "a\n"]),
    (ExtensionId(), ["", "9a", "a..b", ".a", "a_b", "a" * 65]),
    (Language(), ["", "EN", "english", "en_GB", "en-gb", "zh-hant"]),
    (Currency(), ["", "eur", "EURO", "E1R"]),
    (Country(), ["", "fr", "FRA", "**"]),
    (Cell(), ["", "a", "u0ndq", "U"]),
    (
        Asset(),
        ["", "EUR", "eip155:0/slip44:60", "eip155:1/slip44:", f"eip155:1/erc20:{CHECKSUMMED}"],
    ),
    (Unit(), ["", "eur", "eip155:1", "EURO"]),
    (Account(), [f"eip155:1:{CHECKSUMMED}", "eip155:1:0x00", f"bip122:1:{TOKEN}"]),
]


@pytest.mark.parametrize(("field", "texts"), GOOD)
def test_what_has_the_right_shape(field, texts):
    for text in texts:
        assert field.read(text) == field.from_json(text) == field.from_form(f" {text} ") == text


@pytest.mark.parametrize(("field", "texts"), BAD)
def test_what_has_not(field, texts):
    for text in [*texts, 5, None, b"a"]:
        with pytest.raises(Rejected, match=r"field\."):
            field.read(text)


def test_checksummed_addresses_of_people_become_lower_case():
    assert Account().from_json(f"eip155:1:{CHECKSUMMED}") == f"eip155:1:{TOKEN}"
    assert Unit().from_form(f"eip155:1/erc20:{CHECKSUMMED}") == f"eip155:1/erc20:{TOKEN}"
    with pytest.raises(InputError):
        Account().from_json(f"eip155:1:{CHECKSUMMED[:-1]}D")


def test_length_is_counted_in_characters():
    field = Text(1, 4, title="Title")
    assert field.read("🏺🏺🏺🏺") == "🏺🏺🏺🏺"
    with pytest.raises(InputError) as caught:
        field.from_json("12345")
    assert caught.value.message == "Title: 1 to 4 characters are allowed; this has 5"
    with pytest.raises(Rejected, match=r"field\.length"):
        field.read("")


@given(st.text(max_size=30))
def test_one_line_or_several(text):
    controls = {
        character for character in text if ord(character) < 32 or 127 <= ord(character) < 160
    }
    for field, allowed in ((Text(0, 30), set()), (Text(0, 30, multiline=True), {"\t", "\n"})):
        if controls - allowed:
            with pytest.raises(Rejected, match=r"field\.character"):
                field.read(text)
        else:
            assert field.read(text) == text


def test_line_ends_of_browsers():
    assert Text(0, 9, multiline=True).from_form("a\r\nb\rc") == "a\nb\nc"


def test_widgets():
    assert (Text().widget, Text(multiline=True).widget) == ("text", "textarea")
