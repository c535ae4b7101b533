"""Every sentence that an error can bring onto a page is known there, in every language."""

import ast
from gettext import NullTranslations
from pathlib import Path

import pytest

import node
from node.peer import arbiters, buying, campaign_showing, deals, own_campaigns
from node.protocol.errors import EtalError, InputError, RuleError
from node.web import pictures, problems
from node.web.i18n import Languages
from node.web.pages.show import Show
from node.web.rendering import HERE
from node.web.sentences import TEMPLATES, said

NODE = Path(node.__file__).parent
FRENCH = Languages(HERE / "locale").all["fr"]

PLACES = (
    "peer/*.py",
    "web/*.py",
    "web/pages/*.py",
    "contracts/*.py",
    "protocol/offers.py",
    "protocol/units.py",
    "protocol/commitment.py",
    "protocol/fields/*.py",
    "protocol/extensions/*/__init__.py",
    "store/search.py",
    "store/cursor.py",
)
ELSEWHERE = {
    "api.py",
    "api_cart.py",
    "api_campaigns.py",
    "housekeeping.py",
    "deploy.py",
    "follower.py",
}  # no page ever asks these
RAISING = {  # which arguments are the rule and the sentence
    "InputError": (0, 1),
    "Conflict": (0, 1),
    "NotFound": (0, 1),
    "Unavailable": (0, 1),
    "BodyRefused": (1, 2),
    "Wrong": (0, 1),
    "Rule": (0, 2),
    "id_of": (1, 2),
    "problems.append": (0, 0),
}
PASSED_ON = {  # said by another error, or collected below
    "fault.message",
    "judged.message",
    "rejected.message",
    "self.sentence",
    "self.wrong",
    "str(fault)",
    "message",
    "wrong",
}
COLLECTED = {"OBSTACLES", "MESSAGES", "SENTENCES", "SOLD_OUT", "TROUBLES", "WRONG"}
NEVER = {  # of what no form of ours sends
    "Several orders begin with 7: give more of it.",
    "There is no order called 7.",
    "At most 7 values of one kind.",
    "A range of prices needs a currency or asset.",
    "1 to 2 values are expected; this has 7",
    "Choose the money that the price is in.",
}
FILLED = {"self.bounds": "1 to 2 values", "allowed": "1 to 2"}


def raised() -> dict[str, str]:
    """sentence -> rule, with a 7 wherever something is filled in."""
    found: dict[str, str] = {}
    for pattern in PLACES:
        for path in NODE.glob(pattern):
            if path.name in ELSEWHERE:
                continue
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Assign) and _code(call.targets[0]) == "wrong":
                    found[_sample(call.value, "")] = ""
                rule, sentence = RAISING.get(_name(call), (0, 0))
                if _name(call) in RAISING and len(call.args) > sentence:
                    sample = _sample(call.args[sentence], f"{path}:{call.lineno}")
                    found[sample] = _sample(call.args[rule], "")
    found.pop("")
    every = (
        *arbiters.TROUBLES.values(),
        *campaign_showing.REASONS,
        *(sentence for _, sentence, _ in own_campaigns.REFUSED.values()),
        *buying.OBSTACLES.values(),
        *pictures.MESSAGES.values(),
        *problems.MESSAGES.values(),
    )
    return found | dict.fromkeys(every, "")


def _name(call: ast.AST) -> str:
    return _code(call.func) if isinstance(call, ast.Call) else ""


def _sample(value: ast.expr, where: str) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else FILLED.get(_code(part.value), "7")
            for part in value.values
        )
    code = _code(value)
    if code.startswith("'one of '"):
        return "one of 7 is expected"
    known = code in PASSED_ON or code.partition("[")[0].partition(".")[0] in COLLECTED
    assert known or not where, f"{where}: which sentence is {code}?"
    return ""


def _code(value: ast.expr) -> str:
    return ast.unparse(value)


RAISED = raised()


def test_they_are_found():
    assert len(RAISED) > 80


@pytest.mark.parametrize("sentence", sorted(set(RAISED) - NEVER))
def test_it_is_said_in_french(sentence):
    by_rule = Show(FRENCH).sentence(EtalError(RAISED[sentence] or "x", "Not known."))
    assert by_rule != "Not known." or said(FRENCH.translations, sentence) != said(
        NullTranslations(), sentence
    )


def test_what_is_filled_in_comes_back():
    for template in TEMPLATES:
        filled = template
        for part in {piece.partition(")s")[0] for piece in template.split("%(")[1:]}:
            filled = filled.replace(f"%({part})s", f"<{part}>")
        assert said(NullTranslations(), filled)[1:] == filled[1:]
        for part in filled.split("<")[1:]:
            assert f"<{part.partition('>')[0]}>" in said(FRENCH.translations, filled)


@pytest.mark.parametrize(
    ("text", "french"),
    [
        ("Text: control characters are not allowed", "Texte : les caractères de commande"),
        ("This can't be done here.", "Cela ne se fait pas ici."),
        ("1 to 80 characters are allowed; this has 90", "1 à 80 caractères sont permis"),
        ("what nobody ever wrote", "What nobody ever wrote"),
        ("", ""),
    ],
)
def test_said(text, french):
    assert said(FRENCH.translations, text).startswith(french)


def test_a_rule_of_the_protocol_is_said_without_its_name():
    error = RuleError("field.pattern", "control characters are not allowed", "title")
    assert Show(FRENCH).sentence(error).startswith("Les caractères de commande")
    assert Show(FRENCH).sentence(InputError("x", "")) == "X"


def test_a_node_that_cannot_write_yet_says_so_in_french():
    source = Path(deals.__file__).read_text("utf-8")
    sentence = (
        "This node doesn't know yet how to write to the seller. Try again once it is connected."
    )
    assert sentence in source
    assert "vendeur" in said(FRENCH.translations, sentence)
