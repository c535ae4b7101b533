"""A persona takes the right to sign back from a key: every record that the key signed for it is void, whenever it was made."""

from node.protocol.fields import Bytes, FieldSet, Text
from node.protocol.registry import LIFETIME, Keeping, Kind, Rule, Verdict

MAX_REASON = 200  # characters

KIND = Kind(
    "revocation",
    1,
    Keeping.REGULAR,
    FieldSet(
        {
            "device": Bytes(32, title="Device key", help="The key that may no longer sign."),
            "reason": Text(0, MAX_REASON, required=False, title="Reason", help="For people."),
        }
    ),
    rules=(
        Rule(
            "revocation.device",
            Verdict.REJECT,
            "A persona can't revoke its own root key.",
            lambda record, body: body["device"] != record.author,
        ),
        Rule(
            "revocation.lifetime",
            Verdict.REJECT,
            "A revocation lives for exactly 180 days: a certificate's 90 and those of a record made on its last day.",
            lambda record, body: record.until - record.created == 2 * LIFETIME,
        ),
    ),
    lifetime=2 * LIFETIME,
)
