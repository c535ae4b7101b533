import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.ports import Query
from node.store.wording import MAX_PIECES, Wording, parse
from tests.fakes.records import NOW, key, listing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Wording()),
        ("   ", Wording()),
        ("lamp", Wording('"lamp"*')),
        ("lamp ", Wording('"lamp"')),
        ("l", Wording('"l"')),
        ("oak lamp", Wording('"oak" AND "lamp"*')),
        ('"oak lamp"', Wording('"oak lamp"')),
        ('"oak lamp', Wording('"""oak" AND "lamp"*')),
        ("oak -pine", Wording('"oak"', '"pine"')),
        ('-"old oak" -pine', Wording(None, '"old oak" OR "pine"')),
        ("lamp OR 1", Wording('"lamp" AND "OR" AND "1"')),
        ('a"b', Wording('"a""b"*')),
        ("&&", Wording(hopeless=True)),
        ("- --", Wording(hopeless=True)),
        ("ﬁn", Wording('"fin"*')),
    ],
)
def test_what_is_understood(text, expected):
    assert parse(text) == expected


def test_it_is_bounded():
    assert parse("w " * 1000).wanted.count("AND") == MAX_PIECES - 1
    assert len(parse("w" * 10**6).wanted) < 1000


@pytest.fixture(scope="module")
def module_store(tmp_path_factory):
    from node.store import open_store
    from tests.fakes.records import REGISTRY

    store = open_store(tmp_path_factory.mktemp("wording") / "etal.sqlite", REGISTRY, bytes(32))
    store.put([listing(key(1), title='Lamp AND shade (new) "x" NEAR ^a:b* \'q')])
    yield store
    store.close()


ANYTHING = st.text() | st.text(alphabet="\"*-()^:{}+ANDORNEAR' \0\\,ab_é", max_size=60)
SURROGATES = st.text(alphabet=st.characters(categories=["Cs", "Ll", "Mn", "Co", "Cn"]))


@given(text=ANYTHING | SURROGATES)
def test_no_text_makes_a_search_fail(module_store, text):
    for sort in ("best", "newest"):
        page = module_store.search(Query(text=text, sort=sort), NOW)
        assert page.total == len(page.hits) <= 1


@given(st.binary(max_size=60))
def test_no_bytes_make_a_search_fail(module_store, data):
    module_store.search(Query(text=data.decode("utf-8", "surrogateescape")), NOW)
    module_store.search(Query(text=data.decode("latin-1")), NOW)
