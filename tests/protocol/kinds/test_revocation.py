from node.protocol.kinds import certificate, revocation
from node.protocol.registry import Keeping
from tests.vectors import make


def test_a_revocation_outlives_whatever_the_device_could_sign():
    last_record = certificate.KIND.lifetime + 90 * 86_400
    assert revocation.KIND.lifetime >= last_record
    assert revocation.KIND.keeping is Keeping.REGULAR


def test_a_reason_is_optional():
    fields = revocation.KIND.fields
    plain = {"device": make.DEVICE.public}
    assert fields.read(plain) == plain
    assert fields.read(plain | {"reason": "lost"})["reason"] == "lost"
