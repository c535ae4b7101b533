import pytest

from node.main import load_extensions
from node.protocol.errors import InputError
from tests.extensions.tickets import ID


def test_extensions_are_loaded_by_name():
    (tickets,) = load_extensions(("tests.extensions.tickets:Tickets",))
    assert tickets.id == ID
    assert load_extensions(()) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "tests.extensions.tickets",
        "tests.extensions.nowhere:Tickets",
        "tests.extensions.tickets:Nothing",
        "tests.extensions.tickets:ID",
        "builtins:dict",
        "..:x",
    ],
)
def test_what_is_no_extension_is_named(name):
    with pytest.raises(InputError) as caught:
        load_extensions((name,))
    assert (caught.value.rule, caught.value.field) == ("config.extensions", "extensions")
    assert f"The extension {name} can't be loaded" in caught.value.message
