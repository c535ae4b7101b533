import pytest

from node.protocol.errors import StateError
from node.protocol.fields import Choice, FieldSet, Text, Time
from node.protocol.registry import LIFETIME, Extension, Keeping, Kind, Registry, standard


def kind(id: str, version: int = 1) -> Kind:
    return Kind(id, version, Keeping.REGULAR, FieldSet({}))


def extension(id_: str) -> Extension:
    class Made(Extension):
        id = id_

    return Made()


def test_kinds_and_extensions_are_found_by_id():
    note, later, gift = kind("note"), kind("note", 2), extension("com.example.gift")
    registry = Registry((note, later), (gift,))
    assert registry.kind("note", 1) is note
    assert registry.kind("note", 2) is later
    assert registry.kind("note", 3) is None
    assert registry.extension("com.example.gift") is gift
    assert registry.extension("goods") is None


@pytest.mark.parametrize(
    ("kinds", "extensions"), [((kind("a"), kind("a")), ()), ((), (extension("a"), extension("a")))]
)
def test_an_id_belongs_to_one(kinds, extensions):
    with pytest.raises(StateError):
        Registry(kinds, extensions)


def test_the_standard_registry_has_every_folder():
    registry = standard()
    kinds = {kind.id for kind in registry.kinds}
    assert kinds >= {
        "certificate",
        "revocation",
        "receipt",
        "profile",
        "listing",
        "availability",
        "review",
        "order",
    }
    assert registry.extension("goods") is not None


def test_what_comes_from_outside_is_added():
    gift, poll = extension("com.example.gift"), kind("com.example.poll")
    registry = standard([gift, poll])
    assert registry.extension("com.example.gift") is gift
    assert registry.kind("com.example.poll", 1) is poll
    with pytest.raises(StateError):
        standard([extension("goods")])


def test_only_a_revocation_lives_longer_than_90_days():
    longer = {kind.id for kind in standard().kinds if kind.lifetime > LIFETIME}
    assert longer == {"revocation"}


def test_rules_of_kinds_and_extensions_are_named_after_them():
    registry = standard()
    ids = []
    for owner in (*registry.kinds, *registry.extensions):
        ids += [rule.id for rule in owner.rules]
        for rule in owner.rules:
            assert rule.id.split(".")[0] == owner.id
            assert rule.text.endswith(".")
    assert len(set(ids)) == len(ids) > len(registry.extensions)


def test_kinds_of_others_and_later_versions_are_not_known_to_all():
    assert kind("note").core
    assert not kind("note", 2).core
    assert not kind("com.example.note").core


def test_an_extension_may_leave_out_what_it_does_not_need():
    plain = extension("com.example.gift")
    assert plain.in_stock({}, None) and plain.in_stock({}, {})
    assert plain.destinations({}) == []
    assert plain.delivery_price({}, {}) == 0
    assert plain.least_price({}, 7) == 7
    assert plain.is_free({}, 0) and not plain.is_free({}, 7)
    assert plain.summary({}) == {}
    assert plain.reserve({"a": 1}, [{}]) == plain.give_back({"a": 1}, [{}]) == {"a": 1}
    assert plain.order_fields({}) is plain.order
    assert plain.delivery_fields({}) is plain.delivery
    assert (plain.rows({}), plain.line_text({}, {}), plain.delivery_rows({}, {})) == ([], "", [])


def test_an_extension_is_shown_as_its_fields_declare():
    class Made(Extension):
        id = "com.example.gift"
        listing = FieldSet({"from": Text(title="From"), "day": Time(title="Day")})
        order = FieldSet({"size": Choice({"s": "Small"}, title="Size"), "note": Text(title="Note")})
        delivery = FieldSet({"to": Text()})

    made = Made()
    assert made.rows({"from": "Ann", "day": 0}) == [
        ("From", "Ann"),
        ("Day", "1970-01-01 00:00 UTC"),
    ]
    assert made.line_text({}, {"size": "s", "note": "x"}) == "Size: Small, Note: x"
    assert made.delivery_rows({}, {"to": "Bob"}) == [("to", "Bob")]
