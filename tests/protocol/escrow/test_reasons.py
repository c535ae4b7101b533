"""The table of reasons is the contract's: every text stands in its source, and no other."""

import re
from pathlib import Path

from node.protocol.escrow import FUNCTIONS, REASONS

SOURCE = (Path(__file__).parents[3] / "contracts" / "Escrow.vy").read_text("utf-8")


def texts(code: str) -> list[str]:
    """What the asserts of a piece of the source say, in order."""
    return re.findall(r'^ +(?:assert .*|\)), "([^"]+)"$', code, re.MULTILINE)


def bodies() -> dict[str, str]:
    """The functions of the source by name, external and internal."""
    parts = re.split(r"^def (\w+)\(", SOURCE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_function_has_its_reasons():
    assert set(REASONS) == set(FUNCTIONS)


def test_every_text_of_the_contract_is_a_reason_and_the_other_way_round():
    assert len(texts(SOURCE)) == len(re.findall(r"^ +assert ", SOURCE, re.MULTILINE)) > 50
    assert set(texts(SOURCE)) == {reason for reasons in REASONS.values() for reason in reasons}


def test_reasons_are_those_of_the_function_and_of_what_it_calls():
    body = bodies()

    def reached(name: str) -> set[str]:
        found = set(texts(body[name]))
        for inner in re.findall(r"self\.(_\w+)\(", body[name]):
            found |= reached(inner)
        return found

    assert {name: reached(name) for name in REASONS} == {
        name: set(reasons) for name, reasons in REASONS.items()
    }
