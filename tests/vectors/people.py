"""A persona's profile, for the vectors of kinds."""

from node.protocol.escrow import DAY, sign_digest
from node.protocol.keys import wallet_binding_digest
from tests.protocol.sale import CHAIN, NOW, SELLER, SHOP, SHOP_SECRET
from tests.samples import CHAIN_ID, NETWORK

PROFILE = {
    "name": "Ada",
    "about": "Lamps.",
    "language": "en",
    "encryption": [{"id": "2027", "key": b"\x07" * 32, "until": NOW + 90 * DAY}],
    "wallets": [
        {
            "account": f"{CHAIN}:0x{SHOP.hex()}",
            "until": NOW + DAY,
            "signature": sign_digest(
                wallet_binding_digest(SELLER.public, NETWORK, NOW + DAY, CHAIN_ID), SHOP_SECRET
            ),
        }
    ],
    "nodes": ["/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWExample"],
}
