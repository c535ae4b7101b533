from node.protocol.kinds.certificate import KIND
from node.protocol.registry import DAY, Keeping
from tests.vectors import make


def test_a_certificate_names_device_and_scope():
    body = make.certificate()["body"]
    assert KIND.fields.read(body) == body
    assert KIND.fields.from_json(KIND.fields.to_json(body)) == body
    assert list(KIND.fields) == ["device", "name", "scope"]


def test_a_certificate_is_public_and_short_lived():
    assert KIND.keeping is Keeping.REGULAR
    assert KIND.lifetime == 90 * DAY
