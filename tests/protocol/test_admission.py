import ast
import inspect
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import admission, encoding, fields, record
from node.protocol.admission import RULES, Verdict, admit
from node.protocol.fields import ExtensionId, FieldSet, Flag, Integer, MapOf, OpenBlock
from node.protocol.registry import Extension, Keeping, Kind, Registry, Rule, standard
from tests.protocol.nesting import nested
from tests.samples import DAY, NETWORK, NOW, Holding
from tests.vectors import make
from tests.vectors.make import ROOT

REGISTRY = standard()


def judged(raw: bytes, registry: Registry = REGISTRY, **options):
    return admit(raw, NETWORK, registry, Holding(), NOW, **options)


@given(st.data())
@settings(max_examples=500)
def test_a_changed_record_is_never_accepted(data):
    raw = bytearray(make.sign(make.listing()))
    good = bytes(raw)
    index = data.draw(st.integers(0, len(raw) - 1))
    raw[index] ^= data.draw(st.integers(1, 255))
    decision = judged(bytes(raw))
    assert decision.verdict is not Verdict.ACCEPT
    assert decision.rule in RULES
    assert judged(good).verdict is Verdict.ACCEPT


@given(st.binary(max_size=500))
def test_garbage_is_rejected_and_blames(data):
    decision = judged(data)
    assert (decision.verdict, decision.blames) == (Verdict.REJECT, True)


JSON = nested(st.integers() | st.booleans() | st.binary(max_size=40) | st.text(max_size=40))


@given(st.sampled_from([k.id for k in REGISTRY.kinds]), st.data())
@settings(max_examples=300)
def test_no_body_makes_admission_raise(kind, data):
    """A body of the right names with wrong values: whatever it is, there is a decision."""
    names = list(REGISTRY.kind(kind).fields)
    body = data.draw(st.dictionaries(st.sampled_from(names), JSON, max_size=len(names)))
    try:
        raw = make.sign(make.payload(kind, body, slug=data.draw(st.sampled_from([None, "a"]))))
    except encoding.Rejected:
        return
    decision = judged(raw, private=True)
    assert isinstance(decision.verdict, Verdict)


def test_what_is_held_costs_one_look():
    raw = make.sign(make.profile())
    id = record.parse(raw, NETWORK).id
    view = Holding([id])
    damaged = raw[:-1] + bytes([raw[-1] ^ 1])
    for again in (raw, damaged):  # the signature isn't part of the id
        decision = admit(again, NETWORK, REGISTRY, view, NOW)
        assert (decision.verdict, decision.rule) == (Verdict.IGNORE, "admission.duplicate")
        assert not decision.blames
    assert view.asked == 2


def test_what_is_larger_than_allowed_is_not_hashed_or_looked_up():
    view = Holding()
    decision = admit(bytes(33_000), NETWORK, REGISTRY, view, NOW)
    assert (decision.rule, view.asked) == ("record.size", 0)


# ---- blame


def kind(id: str, version: int = 1, **options) -> Kind:
    return Kind(id, version, Keeping.REGULAR, FieldSet({"n": Integer(0, 9)}), **options)


@pytest.mark.parametrize(
    ("known", "blames"),
    [(kind("note"), True), (kind("com.example.note"), False), (kind("note", 2), False)],
)
def test_only_what_every_node_can_judge_blames(known, blames):
    registry = Registry((known,))
    raw = make.sign(make.payload(known.id, {"n": 10}, kv=known.version))
    decision = judged(raw, registry)
    assert (decision.verdict, decision.rule, decision.blames) == (
        Verdict.REJECT,
        "field.range",
        blames,
    )
    assert judged(raw, Registry(())).rule == "admission.kind"
    bad_signature = raw[:-1] + bytes([raw[-1] ^ 1])
    assert judged(bad_signature, registry).blames


def test_ignoring_blames_nobody():
    for changes in ({"v": 2}, {"kv": 2}, {"created": NOW + DAY}):
        decision = judged(make.sign(make.profile() | changes))
        assert (decision.verdict, decision.blames) == (Verdict.IGNORE, False)


# ---- extensions


class Gift(Extension):
    id = "com.example.gift"
    listing = FieldSet({"wrapped": Flag()})
    rules = (
        Rule(
            "gift.wrapped",
            Verdict.REJECT,
            "A gift is wrapped.",
            lambda record, body: body["extensions"][Gift.id]["wrapped"],
        ),
    )


THING = Kind(
    "thing",
    1,
    Keeping.REGULAR,
    FieldSet({"extensions": MapOf(ExtensionId(), OpenBlock())}),
    blocks="listing",
)


@pytest.mark.parametrize(
    ("block", "rule"),
    [
        ({"wrapped": True}, None),
        ({"wrapped": False}, "gift.wrapped"),
        ({}, "field.required"),
        ({"wrapped": 1}, "field.type"),
    ],
)
def test_known_extensions_are_checked_and_others_kept(block, rule):
    raw = make.sign(make.payload("thing", {"extensions": {Gift.id: block}}))
    decision = judged(raw, Registry((THING,), (Gift(),)))
    assert decision.rule == rule
    assert not decision.blames
    assert judged(raw, Registry((THING,))).verdict is Verdict.ACCEPT


class Faulty(Extension):
    id = Gift.id
    rules = (Rule("gift.fault", Verdict.REJECT, "Divides.", lambda record, body: 1 / 0),)


def test_a_rule_that_fails_is_our_mistake_and_not_the_senders():
    raw = make.sign(make.payload("thing", {"extensions": {Gift.id: {}}}))
    decision = judged(raw, Registry((THING,), (Faulty(),)))
    assert (decision.verdict, decision.rule) == (Verdict.IGNORE, "admission.fault")
    assert "gift.fault" in decision.message


def test_the_path_of_what_is_wrong_in_a_block_is_named():
    raw = make.sign(make.payload("thing", {"extensions": {Gift.id: {"wrapped": 1}}}))
    decision = judged(raw, Registry((THING,), (Gift(),)))
    assert decision.field == "extensions.com.example.gift.wrapped"
    assert judged(make.sign(make.profile({"name": 5}))).field == "name"


# ---- the table of rules


def raised_rules(module) -> set[str]:
    """Ids that a module gives to Rejected, Ignored or Wrong."""
    found = set()
    for call in ast.walk(ast.parse(inspect.getsource(module))):
        name = getattr(getattr(call, "func", None), "id", "")
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
            prefix = {"Rejected": "", "Ignored": "", "Wrong": "field."}.get(name)
            if prefix is not None:
                found.add(prefix + call.args[0].value)
    return found


def test_the_table_names_every_rule_that_is_raised():
    modules = (encoding, record, admission, fields.base, fields.text, fields.values, fields.groups)
    raised = set().union(*map(raised_rules, modules)) | {"admission.duplicate"}
    elsewhere = {rule for rule in raised if rule.startswith(("amount.", "id."))}
    for_people = {"field.unknown", "field.id", "field.address"}
    assert raised - elsewhere - for_people == set(RULES)


def test_every_rule_says_what_must_hold():
    for id, (verdict, text) in RULES.items():
        assert re.fullmatch(r"[a-z]+\.[a-z0-9]+", id)
        assert verdict in (Verdict.REJECT, Verdict.IGNORE)
        assert text.endswith(".")


def test_the_clock_and_the_context_never_reject():
    for id, (verdict, _) in RULES.items():
        if id.startswith("admission.") and id != "admission.private":
            assert verdict is Verdict.IGNORE
    assert judged(make.sign(make.profile(author=ROOT.public))).verdict is Verdict.ACCEPT


def test_evidence_is_judged_as_on_the_day_it_was_made():
    """Whatever has expired or been revoked since, or isn't due yet by our clock; by everything else that the bytes say."""
    made = make.profile()
    for created in (NOW - 1_000 * DAY, NOW + 1_000 * DAY):
        raw = make.sign({**made, "created": created, "until": created + 30 * DAY})
        assert judged(raw).verdict is Verdict.IGNORE
        assert admission.admit_as_made(raw, NETWORK, REGISTRY).verdict is Verdict.ACCEPT
    broken = raw[:-1] + bytes([raw[-1] ^ 1])
    for bad in (broken, b"", b"junk", raw[:50]):
        decision = admission.admit_as_made(bad, NETWORK, REGISTRY)
        assert (decision.verdict, decision.blames) == (Verdict.REJECT, True)
    later = make.sign({**made, "v": 2})
    assert admission.admit_as_made(later, NETWORK, REGISTRY).verdict is Verdict.IGNORE
