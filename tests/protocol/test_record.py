import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import record
from node.protocol.encoding import decode, encode
from node.protocol.errors import Ignored, Rejected, StateError
from node.protocol.record import Draft, check_signature, parse, sign
from tests.protocol.nesting import nested
from tests.vectors import make
from tests.vectors.make import DAY, DEVICE, NETWORK, NOW, OTHER, ROOT

VALUES = nested(
    st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.binary(max_size=20) | st.text(max_size=20)
)
BODIES = st.dictionaries(st.text(max_size=20), VALUES, max_size=5)
SLUGS = st.none() | st.from_regex(r"\A[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}\Z")
NAMES = st.from_regex(r"\A[a-z][a-z0-9]{0,9}([.-][a-z0-9]{1,9}){0,3}\Z")


def certificate(scope=("listing",), device=DEVICE, by=ROOT, created=NOW - DAY, until=NOW + DAY):
    body = {"device": device.public, "name": "Phone", "scope": list(scope)}
    return sign(Draft("certificate", 1, body, created, until), by, NETWORK)


@st.composite
def drafts(draw):
    gone = draw(st.booleans())
    created = draw(st.integers(0, 2**40 - 2))
    return Draft(
        draw(NAMES),
        draw(st.integers(1, 65_535)),
        {} if gone else draw(BODIES),
        created,
        draw(st.integers(created + 1, 2**40 - 1)),
        draw(SLUGS),
        gone,
    )


@given(drafts())
def test_what_is_signed_is_what_is_parsed(draft):
    made = sign(draft, ROOT, NETWORK)
    again = parse(made.raw, NETWORK)
    check_signature(again, NETWORK)
    assert again == made
    for name in ("kind", "version", "body", "created", "until", "slug", "gone"):
        assert getattr(again, name) == getattr(draft, name)
    assert (again.author, again.signer, again.certificate) == (ROOT.public, ROOT.public, None)


@given(drafts())
def test_the_id_is_the_hash_of_the_sig_structure(draft):
    made = sign(draft, ROOT, NETWORK)
    payload, _ = record.split(made.raw)
    assert made.id == make.id_of(payload)
    assert made.id != parse(made.raw, "etal-other").id


@given(st.data())
@settings(max_examples=500)
def test_a_changed_record_is_refused(data):
    made = sign(Draft("listing", 1, {"title": "Lamp"}, NOW, NOW + DAY, "lamp"), ROOT, NETWORK)
    raw = bytearray(made.raw)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(raw) - 1))
        raw[index] = data.draw(st.integers(0, 255))
    if bytes(raw) == made.raw:
        return
    with pytest.raises((Rejected, Ignored)):
        check_signature(parse(bytes(raw), NETWORK), NETWORK)


@given(st.binary(max_size=400))
def test_garbage_is_rejected(data):
    with pytest.raises(Rejected):
        parse(data, NETWORK)
    with pytest.raises((Rejected, Ignored)):
        parse(make.sign(data), NETWORK)


@given(st.dictionaries(st.text(max_size=9), VALUES, max_size=9))
def test_any_signed_map_is_a_record_or_refused(value):
    with pytest.raises((Rejected, Ignored)):
        parse(make.sign(value), NETWORK)
    try:
        parse(make.sign(make.profile() | value), NETWORK)
    except (Rejected, Ignored) as refused:
        assert refused.rule.startswith(("record.", "encoding."))


def test_unknown_keys_survive_in_the_raw_bytes():
    raw = make.sign(make.profile({"later": [1]}) | {"x-new": {"a": b"b"}})
    made = parse(raw, NETWORK)
    assert made.raw == raw
    assert made.body["later"] == [1]
    assert decode(record.split(made.raw)[0], 1000)["x-new"] == {"a": b"b"}


def test_a_record_of_another_network_does_not_verify():
    made = sign(Draft("profile", 1, {}, NOW, NOW + 1), ROOT, "etal-other")
    with pytest.raises(Rejected, match=r"record\.signature"):
        check_signature(parse(made.raw, NETWORK), NETWORK)


def test_a_record_is_never_changed():
    made = sign(Draft("profile", 1, {}, NOW, NOW + 1), ROOT, NETWORK)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.created = 1


# ---- signing for another


def test_a_device_signs_under_its_certificate():
    cert = certificate()
    draft = Draft("listing", 1, {"title": "Lamp"}, NOW, NOW + DAY, "lamp")
    made = sign(draft, DEVICE, NETWORK, ROOT.public, cert.raw)
    again = parse(made.raw, NETWORK)
    check_signature(again, NETWORK)
    assert (again.author, again.signer, again.certificate) == (ROOT.public, DEVICE.public, cert.raw)


@pytest.mark.parametrize(
    ("cert", "rule"),
    [
        (certificate(scope=["profile"]), "scope"),
        (certificate(device=OTHER), "device"),
        (certificate(by=OTHER), "author"),
        (certificate(until=NOW), "time"),
        (certificate(created=NOW + 1), "time"),
        (certificate(until=NOW + 89 * DAY + 1), "lifetime"),
        (sign(Draft("listing", 1, {}, NOW, NOW + 1), ROOT, NETWORK), "kind"),
    ],
)
def test_a_certificate_must_fit(cert, rule):
    draft = Draft("listing", 1, {}, NOW, NOW + DAY, "lamp")
    made = sign(draft, DEVICE, NETWORK, ROOT.public, cert.raw)
    with pytest.raises(Rejected, match=rf"certificate\.{rule}"):
        check_signature(made, NETWORK)


def test_a_certificate_that_was_refused_is_refused_again():
    draft = Draft("listing", 1, {}, NOW, NOW + DAY, "lamp")
    made = sign(draft, DEVICE, NETWORK, ROOT.public, bytes(99))
    for _ in range(2):
        with pytest.raises(Rejected, match=r"certificate\.envelope"):
            check_signature(made, NETWORK)


def test_certificate_and_author_go_together():
    draft = Draft("listing", 1, {}, NOW, NOW + DAY)
    with pytest.raises(StateError):
        sign(draft, DEVICE, NETWORK, ROOT.public)
    with pytest.raises(StateError):
        sign(draft, ROOT, NETWORK, certificate=certificate().raw)


# ---- sizes


def test_a_payload_has_the_shortest_length_prefix():
    for size in (1, 100, 250, 300, 30_000):
        made = sign(Draft("a", 1, {"fill": bytes(size)}, NOW, NOW + 1), ROOT, NETWORK)
        assert parse(made.raw, NETWORK) == made


@pytest.mark.parametrize("size", [33_000, 70_000])
def test_too_much_is_not_signed(size):
    with pytest.raises(Rejected, match=r"record\.size"):
        sign(Draft("a", 1, {"fill": bytes(size)}, NOW, NOW + 1), ROOT, NETWORK)


@pytest.mark.parametrize("network", ["", "Etal", "a" * 65, "etal test"])
def test_a_network_has_a_name(network):
    with pytest.raises(StateError):
        sign(Draft("a", 1, {}, NOW, NOW + 1), ROOT, network)


def test_the_envelope_is_a_cose_sign1():
    made = sign(Draft("a", 1, {}, NOW, NOW + 1), ROOT, NETWORK)
    payload, signature = record.split(made.raw)
    assert made.raw == b"\xd2" + encode([bytes.fromhex("a10127"), {}, payload, signature])
