"""The recipient says that a sealed message has arrived and is stored, so that its sender need not send it again."""

from node.protocol.fields import FieldSet, Ref
from node.protocol.registry import Keeping, Kind

KIND = Kind(
    "receipt",
    1,
    Keeping.PRIVATE,
    FieldSet({"of": Ref(title="Of", help="The content id of the record that arrived.")}),
)
