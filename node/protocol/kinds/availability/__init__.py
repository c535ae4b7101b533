"""What is left of a listing. Apart from it, and under the same slug, so that a sale makes no new edition of the offer."""

from node.protocol.fields import ExtensionId, FieldSet, MapOf, OpenBlock
from node.protocol.registry import Keeping, Kind

MAX_EXTENSIONS = 8

KIND = Kind(
    "availability",
    1,
    Keeping.ADDRESSABLE,
    FieldSet(
        {
            "extensions": MapOf(
                ExtensionId(),
                OpenBlock(),
                1,
                MAX_EXTENSIONS,
                title="Extensions",
                help="Stock, calendar or seats, each block by the rules of its extension.",
            ),
        }
    ),
    blocks="availability",
)
