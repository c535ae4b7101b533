"""Catalogues of other people as listings of ours: what a seller who holds such a file would publish."""

import json
import os
from importlib import resources
from pathlib import Path

CATEGORIES = {
    "beauty": "beauty",
    "fragrances": "beauty",
    "skin-care": "beauty",
    "furniture": "furniture",
    "groceries": "food",
    "home-decoration": "home",
    "kitchen-accessories": "kitchen",
    "laptops": "computers",
    "tablets": "phones",
    "smartphones": "phones",
    "mobile-accessories": "phones",
    "mens-shoes": "shoes",
    "womens-shoes": "shoes",
    "womens-bags": "shoes",
    "mens-watches": "jewellery",
    "womens-watches": "jewellery",
    "womens-jewellery": "jewellery",
    "motorcycle": "vehicles",
    "vehicle": "vehicles",
    "sports-accessories": "sports",
}


def catalogue(chain: str) -> list[dict]:
    """Listings as the API takes them: from the folder that ETAL_TEST_CATALOGUES names, else the demo's own goods."""
    folder = os.environ.get("ETAL_TEST_CATALOGUES")
    if folder:
        path = Path(folder) / "dummyjson-products.json"
        products = json.loads(path.read_text("utf-8"))
        products = products["products"] if isinstance(products, dict) else products
        return [from_dummyjson(product) for product in products]
    text = (resources.files("node.demo") / "catalogue" / "catalogue.json").read_text("utf-8")
    goods = json.loads(text.replace("{chain}", chain))
    return [{**item, "pictures": []} for item in goods]


def from_dummyjson(product: dict) -> dict:
    """A product of https://dummyjson.com (MIT); prices in US cents."""
    return {
        "slug": f"product-{product['id']}",
        "title": product["title"],
        "text": product["description"],
        "language": "en",
        "category": CATEGORIES.get(product["category"], "fashion"),
        "tags": product["tags"],
        "price": {"amount": str(round(product["price"] * 100)), "unit": "USD"},
        "extensions": {
            "goods": {
                "condition": "new",
                "weight": product["weight"] * 100,
                "shipping": [{"id": "post", "label": "Post", "zones": ["*"], "price": "500"}],
            }
        },
        "availability": {"goods": {"stock": {"": product["stock"]}}},
    }
