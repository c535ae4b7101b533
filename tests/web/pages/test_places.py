import pytest
from babel import Locale

from node.web.pages import places


def test_countries():
    french = places.countries(Locale("fr"))
    names = [name for _, name in french]
    assert names.index("Brésil") < names.index("Brunei")
    assert ("FR", "France") in french
    assert not places.NOT_COUNTRIES & {code for code, _ in french}
    assert len(french) > 200


def test_languages():
    english = dict(places.languages(Locale("en"), "oc"))
    assert english["fr"] == "French"
    assert "oc" in english
    assert list(english.values()) == sorted(english.values())


@pytest.mark.parametrize(
    ("typed", "codes", "wrong"),
    [
        ("France, Belgique", "FR, BE", ""),
        ("Belgium, allemagne ,ES", "BE, DE, ES", ""),
        ("*", "*", ""),
        ("fr", "FR", ""),
        ("FR, Narnia, XX", "FR, Narnia, XX", "Narnia"),
        ("XX", "XX", "XX"),
        ("", "", ""),
    ],
)
def test_countries_are_known_by_name_or_code(typed, codes, wrong):
    assert places.codes(typed, Locale("fr")) == (codes, wrong)
