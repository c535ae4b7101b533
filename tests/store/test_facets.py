from node.ports import Query
from node.store.facets import MAX_FACET_VALUES, tallied

GROUPS = [
    ("home", '[["condition","new"],["pickup","yes"]]', 5),
    ("home", '[["condition","used"]]', 3),
    ("books", '[["condition","used"]]', 2),
    ("books", "[]", 1),
]


def test_without_a_choice_all_are_counted():
    tally = tallied(Query(), GROUPS)
    assert tally.total == 11
    assert tally.facets == {
        "category": {"home": 8, "books": 3},
        "condition": {"new": 5, "used": 5},
        "pickup": {"yes": 5},
    }
    assert len(tally.fitting) == 3


def test_a_choice_leaves_its_own_alternatives_countable():
    tally = tallied(Query(facets=(("condition", "used"),)), GROUPS)
    assert tally.total == 5
    assert tally.facets["condition"] == {"new": 5, "used": 5}
    assert tally.facets["category"] == {"home": 3, "books": 2}
    assert "pickup" not in tally.facets
    assert tally.fitting == {'[["condition","used"]]'}


def test_two_choices_must_both_fit():
    query = Query(categories=("books",), facets=(("condition", "used"),))
    tally = tallied(query, GROUPS)
    assert tally.total == 2
    assert tally.facets == {"category": {"home": 3, "books": 2}, "condition": {"used": 2}}


def test_only_the_most_frequent_values_are_shown():
    groups = [("home", f'[["size","{n}"]]', n) for n in range(1, 200)]
    shown = tallied(Query(), groups).facets["size"]
    assert len(shown) == MAX_FACET_VALUES
    assert list(shown)[:2] == ["199", "198"]
