"""A persona lets another key sign for it: a second device, staff, a co-operative's member."""

from node.protocol.fields import Bytes, ExtensionId, FieldSet, ListOf, Text
from node.protocol.registry import Keeping, Kind

MAX_NAME = 64  # characters
MAX_SCOPE = 32

KIND = Kind(
    "certificate",
    1,
    Keeping.REGULAR,
    FieldSet(
        {
            "device": Bytes(32, title="Device key", help="The Ed25519 public key that may sign."),
            "name": Text(1, MAX_NAME, title="Device name", help="For people: “Phone”, “Anna”."),
            "scope": ListOf(
                ExtensionId(), 1, MAX_SCOPE, title="Scope", help="The kinds that it may sign."
            ),
        }
    ),
)
