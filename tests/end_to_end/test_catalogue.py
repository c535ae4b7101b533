"""A whole catalogue, loaded through the public API, reaches the other node: searchable there, byte for byte the same."""

import time

from tests.end_to_end.bench import bench, raw_records, wait_for
from tests.end_to_end.catalogues import catalogue

ARRIVAL = 10.0
"""Seconds after the last listing was published in which all must be found on the other node."""


def test_a_catalogue_is_searchable_on_the_other_node_and_both_hold_the_same_bytes():
    with bench() as market:
        goods = catalogue(f"eip155:{market.chain.chain_id}")
        for item in goods:
            market.seller.api.call("POST", "/listings", item)
        began = time.monotonic()
        wait_for(
            lambda: market.buyer.api.call("GET", "/search", limit=1)["total"] == len(goods),
            "the other node doesn't hold the whole catalogue",
            ARRIVAL,
        )
        print(f"{len(goods)} listings on the other node after {time.monotonic() - began:.1f} s")
        for item in goods[:: max(1, len(goods) // 10)]:
            found = market.buyer.api.call("GET", "/search", q=item["title"], limit=10)
            assert item["title"] in [hit["title"] for hit in found["listings"]]
        wait_for(
            lambda: raw_records(market.buyer) == raw_records(market.seller),
            "the two nodes hold different bytes",
            ARRIVAL,
        )
        assert len(raw_records(market.seller)) >= 2 * len(goods)  # listings and availabilities
