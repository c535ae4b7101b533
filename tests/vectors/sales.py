"""Writes the vectors of kinds, goods, offers, orders and reviews, or checks them: python -m tests.vectors.sales [--check]"""

import sys
from types import ModuleType

from tests.vectors import generate, goods, kinds, offers, orders, reviews

FILES: dict[str, ModuleType] = {
    "kinds": kinds,
    "goods": goods,
    "offers": offers,
    "orders": orders,
    "reviews": reviews,
}


def main(arguments: list[str]) -> int:
    texts = {
        generate.FOLDER / f"{name}.json": generate.text_of(each) for name, each in FILES.items()
    }
    stale = [p for p, t in texts.items() if not p.exists() or p.read_text("utf-8") != t]
    if "--check" not in arguments:
        for path in stale:
            path.write_text(texts[path], "utf-8")
    print(
        "stale: " + ", ".join(path.stem for path in stale) if stale else "all vectors are as made"
    )
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
