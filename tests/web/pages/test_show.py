from dataclasses import replace

import pytest

from node.peer.funds import SENTENCES
from node.protocol.errors import Conflict, InputError
from node.web.i18n import Languages
from node.web.pages.show import Show
from node.web.rendering import HERE
from tests.web.market import STAGES, Market

LANGUAGES = Languages(HERE / "locale").all
GOODS = Market().goods[0]


@pytest.fixture(params=["en", "fr"])
def show(request) -> Show:
    return Show(LANGUAGES[request.param])


def test_every_stage_has_words(show):
    labels = [show.stage(stage)[1] for stage in STAGES]
    assert not set(labels) & set(STAGES)


def test_countries_are_sorted_as_people_expect():
    names = [name for _, name in Show(LANGUAGES["fr"]).countries()]
    assert names.index("Brésil") < names.index("Brunei")
    assert ("FR", "France") in Show(LANGUAGES["fr"]).countries()
    assert not {"EU", "UN", "ZZ"} & {code for code, _ in Show(LANGUAGES["fr"]).countries()}


def test_zones_name_the_first_and_count_the_rest():
    english = Show(LANGUAGES["en"])
    assert english.zones(["FR", "*"]) == "France, Everywhere"
    assert english.zones(["FR"] * 9).endswith("and 3 more")


def test_lines_in_words():
    english = Show(LANGUAGES["en"])
    assert english.lines([{"quantity": 2, "variant": "ash"}], GOODS) == "2\u00a0×\u00a0Ash glaze"
    assert english.lines([{"quantity": 1}], GOODS) == "1 piece"


def test_initials_and_hue_are_steady():
    english = Show(LANGUAGES["en"])
    assert english.initials("Atelier Rosalie") == "AR"
    assert english.initials("  ") == ""
    assert english.hue("x") == english.hue("x") < 12


def test_obstacles_say_what_to_do(show):
    for obstacle in ("asset", "chain", "extension"):
        said = show.obstacle(replace(GOODS, buyable=False, obstacle=obstacle))
        assert said.title
        assert said.text != obstacle
    assert show.obstacle(replace(GOODS, state="sold_out")).title


def test_known_rules_are_said_in_the_readers_language():
    french = Show(LANGUAGES["fr"])
    assert french.sentence(InputError("goods.zone", "x")).startswith("Ce pays")
    assert french.sentence(Conflict("order.verb", "Not now.")).startswith("Ce n’est pas possible")
    assert french.sentence(Conflict("order.else", "Not now.")) == "Not now."


def test_what_the_nodes_wallet_lacks_is_said_in_the_readers_language():
    for text in SENTENCES.values():
        assert Show(LANGUAGES["en"]).sentence(Conflict("chain.funds", text)) == text
        assert Show(LANGUAGES["fr"]).sentence(Conflict("chain.funds", text)).startswith("Le compte")


def test_languages_include_the_one_chosen():
    codes = [code for code, _ in Show(LANGUAGES["en"]).languages("oc")]
    assert {"oc", "fr", "en"} <= set(codes)


def test_one_of():
    english = Show(LANGUAGES["en"])
    assert [english.one_of(names) for names in ([], ["ETH"], ["ETH", "tUSD"])] == [
        "",
        "ETH",
        "ETH or tUSD",
    ]


def test_a_chain_that_people_know():
    english = Show(LANGUAGES["en"])
    assert english.chain("eip155:11155111") == "Sepolia"
    assert english.chain("eip155:1") == "Ethereum"
    assert english.chain("eip155:987654321") == "Chain 987654321"
    assert [english.worth(f"eip155:{n}") for n in (1, 8453, 11155111, 31337, 1337000007)] == [
        *("real", "real", "test", "test", "test"),
    ]
    assert (
        english.worth("eip155:987654321") == english.worth("eip155:x") == english.worth(None) == ""
    )
    assert english.chain("eip155:31337") == "Test chain 31337"
    assert english.chain(None) == "none"
