"""Fields: the check, title, help, CDDL, documentation row, JSON form and form input of a value in one declaration.

A value has four forms. *Wire* is what the encoding holds (an amount is a byte string). *Python* is what rules and the rest
of the node use (an amount is an int). *JSON* is what the API speaks (an amount is a decimal string, an id base32 text, bytes
hex after 0x). *Form* is what a browser posts: text, a list of texts, or a dict of them.

    read(wire) -> python         raises Rejected "field.*": bytes of a stranger
    write(python) -> wire
    from_json(json) -> python    raises InputError "field.*": a person's input, naming the dotted path of the field
    to_json(python) -> json
    from_form(raw) -> python     raises InputError
"""

from node.protocol.fields.base import Field
from node.protocol.fields.groups import MAX_LIST, Block, FieldSet, ListOf, MapOf, OpenBlock
from node.protocol.fields.text import (
    MAX_TEXT,
    Account,
    Asset,
    Cell,
    Country,
    Currency,
    ExtensionId,
    Language,
    Pattern,
    Slug,
    Text,
    Unit,
)
from node.protocol.fields.values import (
    MAX_TIME,
    Address,
    Amount,
    Bytes,
    Choice,
    Flag,
    Integer,
    Ref,
    Time,
)

__all__ = [
    "MAX_LIST",
    "MAX_TEXT",
    "MAX_TIME",
    "Account",
    "Address",
    "Amount",
    "Asset",
    "Block",
    "Bytes",
    "Cell",
    "Choice",
    "Country",
    "Currency",
    "ExtensionId",
    "Field",
    "FieldSet",
    "Flag",
    "Integer",
    "Language",
    "ListOf",
    "MapOf",
    "OpenBlock",
    "Pattern",
    "Ref",
    "Slug",
    "Text",
    "Time",
    "Unit",
]
