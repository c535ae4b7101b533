import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import mail, sealed
from node.protocol.encoding import encode
from node.protocol.errors import Rejected
from node.protocol.keys import encryption_public
from node.protocol.record import Draft, sign
from tests.vectors.make import DAY, DEVICE, NETWORK, NOW, OTHER, ROOT

MESSAGE = b"\7" * 32
NOTE = Draft("note", 1, {"of": MESSAGE}, NOW, NOW + 1)


def receipt(key=ROOT, of=MESSAGE, **options):
    return mail.receipt(of, key, NETWORK, NOW, **options)


def test_an_envelope_carries_a_box_to_a_persona():
    box = sealed.seal(
        bytes(sealed.MAX_PLAINTEXT), bytes(32), bytes(32), encryption_public(b"\1" * 32)
    )
    data = mail.envelope(ROOT.public, box)
    assert len(data) <= mail.MAX_ENVELOPE
    assert mail.read_envelope(data) == mail.Envelope(ROOT.public, box)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"to": bytes(31), "box": b""},
        {"to": bytes(32)},
        {"to": bytes(32), "box": "x"},
        {"to": bytes(32), "box": bytes(sealed.MAX_SEALED + 1)},
    ],
)
def test_a_bad_envelope_is_rejected(value):
    with pytest.raises(Rejected, match=r"mail\.envelope"):
        mail.read_envelope(encode(value))


def test_a_receipt_answers():
    made = receipt()
    data = mail.answer(made)
    assert len(data) <= mail.MAX_ANSWER
    assert mail.read_answer(data, MESSAGE, ROOT.public, NETWORK) == made
    assert mail.read_answer(mail.answer(None), MESSAGE, ROOT.public, NETWORK) is None


def test_a_device_gives_receipts_under_its_certificate():
    body = {"device": DEVICE.public, "name": "Shop", "scope": ["receipt"]}
    certificate = sign(Draft("certificate", 1, body, NOW, NOW + DAY), ROOT, NETWORK)
    made = receipt(DEVICE, author=ROOT.public, certificate=certificate.raw)
    assert mail.read_answer(mail.answer(made), MESSAGE, ROOT.public, NETWORK) == made


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (mail.answer(receipt(OTHER)), "mail.answer"),
        (mail.answer(receipt(of=b"\x08" * 16 + bytes(16))), "mail.answer"),
        (mail.answer(sign(NOTE, ROOT, NETWORK)), "mail.answer"),
        (mail.answer(mail.receipt(MESSAGE, ROOT, "etal-other", NOW)), "record.signature"),
        (encode({"receipt": receipt().raw[:-1]}), "record.envelope"),
        (encode({"receipt": receipt().raw[:-1] + b"\0"}), "record.signature"),
        (encode({"receipt": "x"}), "mail.answer"),
        (encode([]), "mail.answer"),
    ],
)
def test_what_is_no_receipt_is_rejected(answer, rule):
    with pytest.raises(Rejected) as caught:
        mail.read_answer(answer, MESSAGE, ROOT.public, NETWORK)
    assert caught.value.rule == rule


@given(st.binary(max_size=99))
def test_garbage_is_rejected(data):
    with pytest.raises(Rejected):
        mail.read_envelope(data)
    with contextlib.suppress(Rejected):
        assert mail.read_answer(data, MESSAGE, ROOT.public, NETWORK) is None


def test_the_protocol_id():
    assert mail.protocol("etal-test") == "/etal/1/etal-test/mail"
