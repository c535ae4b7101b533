"""Writes the vectors, or with --check asserts that the committed ones are what this makes: python -m tests.vectors.generate"""

import json
import sys
from types import ModuleType

from tests.vectors import (
    admission,
    cases,
    encoding,
    goods,
    keeping,
    keys,
    kinds,
    network,
    offers,
    orders,
    records,
    reviews,
    sealed,
)
from tests.vectors.rows import FOLDER

FILES: dict[str, ModuleType] = {
    "records": records,
    "encoding": encoding,
    "keys": keys,
    "sealed": sealed,
    "network": network,
    "admission": admission,
    "keeping": keeping,
    "kinds": kinds,
    "goods": goods,
    "offers": offers,
    "cases": cases,
    "orders": orders,
    "reviews": reviews,
}


def text_of(module: ModuleType) -> str:
    return json.dumps(module.build(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    stale = []
    for name, module in FILES.items():
        path = FOLDER / f"{name}.json"
        text = text_of(module)
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(text, "utf-8")
    print("stale: " + ", ".join(stale) if stale else "all vectors are as made")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
