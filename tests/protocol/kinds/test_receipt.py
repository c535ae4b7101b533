from node.protocol.kinds.receipt import KIND
from node.protocol.registry import Keeping


def test_a_receipt_is_private_and_names_one_record():
    assert KIND.keeping is Keeping.PRIVATE
    assert KIND.fields.read({"of": bytes(32)}) == {"of": bytes(32)}
    assert list(KIND.fields) == ["of"]
