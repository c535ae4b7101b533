"""Who decides disputes, and on which terms: what a seller lists in an offer, and a buyer chooses."""

from node.protocol.escrow import MAX_ARBITER_BPS, MAX_RULING, MIN_RULING, NOBODY
from node.protocol.fields import Account, FieldSet, Integer, Language, ListOf, Text
from node.protocol.registry import Keeping, Kind, Rule, Verdict
from node.protocol.units import account_parts

MAX_ABOUT = 2_000  # characters
MAX_LANGUAGES = 8

FIELDS = FieldSet(
    {
        "account": Account(title="Account", help="It rules in the escrow, and gets the fee."),
        "fee_bps": Integer(
            0,
            MAX_ARBITER_BPS,
            title="Fee",
            help="In 1/10,000 of what is held, only for a ruling.",
        ),
        "ruling": Integer(
            MIN_RULING, MAX_RULING, title="Ruling time", help="Seconds from a dispute to its end."
        ),
        "languages": ListOf(
            Language(), 1, MAX_LANGUAGES, title="Languages", help="Those that it reads and writes."
        ),
        "about": Text(
            0,
            MAX_ABOUT,
            multiline=True,
            required=False,
            title="About",
            help="What it decides about, and how.",
        ),
    }
)

KIND = Kind(
    "arbiter",
    1,
    Keeping.REPLACEABLE,
    FIELDS,
    rules=(
        Rule(
            "arbiter.account",
            Verdict.REJECT,
            "The account isn't the zero address.",
            lambda record, body: account_parts(body["account"])[1] != NOBODY,
        ),
        Rule(
            "arbiter.languages",
            Verdict.REJECT,
            "No language is named twice.",
            lambda record, body: len(set(body["languages"])) == len(body["languages"]),
        ),
    ),
)
