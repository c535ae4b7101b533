"""Who a persona says it is, and how to reach it: encryption keys for its mail, its wallets, its nodes."""

from node.protocol.eip712 import SIGNATURE_BYTES
from node.protocol.fields import (
    Account,
    Block,
    Bytes,
    FieldSet,
    Language,
    ListOf,
    Ref,
    Slug,
    Text,
    Time,
)
from node.protocol.registry import Keeping, Kind, Rule, Verdict

# Lengths are in characters.
MAX_NAME = 64
MAX_ABOUT = 2_000
MAX_KEYS = 4
MAX_WALLETS = 8
MAX_NODES = 8
MAX_ADDRESS = 256  # of a multiaddr

KEY = FieldSet(
    {
        "id": Slug(title="Id", help="What a sealed message names."),
        "key": Bytes(32, title="Key", help="X25519 public key."),
        "until": Time(title="Until", help="Not to be used for new messages after that."),
    }
)
WALLET = FieldSet(
    {
        "account": Account(title="Account"),
        "until": Time(title="Until", help="End of the binding."),
        "signature": Bytes(
            SIGNATURE_BYTES, title="Signature", help="By the wallet, of the binding."
        ),
    }
)

KIND = Kind(
    "profile",
    1,
    Keeping.REPLACEABLE,
    FieldSet(
        {
            "name": Text(1, MAX_NAME, title="Name", help="What people call you or your stall."),
            "about": Text(
                0,
                MAX_ABOUT,
                multiline=True,
                required=False,
                title="About",
                help="A few words about you.",
            ),
            "language": Language(title="Language", help="The one you write in."),
            "picture": Ref(required=False, title="Picture", help="Content id of an image."),
            "encryption": ListOf(
                Block(KEY),
                0,
                MAX_KEYS,
                title="Encryption keys",
                help="The newest that is valid is used to write to this persona.",
            ),
            "wallets": ListOf(
                Block(WALLET),
                0,
                MAX_WALLETS,
                title="Wallets",
                help="Accounts that this persona speaks for.",
            ),
            "nodes": ListOf(
                Text(1, MAX_ADDRESS),
                0,
                MAX_NODES,
                title="Nodes",
                help="Multiaddrs, each with /p2p/, where its mail is taken.",
            ),
        }
    ),
    rules=(
        Rule(
            "profile.keys",
            Verdict.REJECT,
            "No two encryption keys share an id.",
            lambda record, body: (
                len({key["id"] for key in body["encryption"]}) == len(body["encryption"])
            ),
        ),
        Rule(
            "profile.nodes",
            Verdict.REJECT,
            "A node's address starts with / and names its peer id after /p2p/.",
            lambda record, body: all(
                node.startswith("/") and "/p2p/" in node for node in body["nodes"]
            ),
        ),
    ),
)
