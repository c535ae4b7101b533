import pytest

from node.contracts import answers
from node.protocol.errors import Unavailable


def test_quantities():
    assert answers.quantity("0x0") == 0
    assert answers.quantity("0xff", 256) == 255


@pytest.mark.parametrize(
    "value", [None, 5, "", "0x", "5", "-0x1", "0x-1", "0xzz", "0x100", "0x" + "0" * 65, [], True]
)
def test_what_is_no_quantity(value):
    with pytest.raises(Unavailable):
        answers.quantity(value, 256)


def test_data():
    assert answers.data("0x") == b""
    assert answers.data("0x0102", 2, 2) == b"\1\2"


@pytest.mark.parametrize("value", [None, 5, "", "0102", "0x1", "0xzz", "0x010203", {}, b"\1\2"])
def test_what_is_no_data(value):
    with pytest.raises(Unavailable):
        answers.data(value, 2)


def test_too_much_data():
    with pytest.raises(Unavailable):
        answers.data("0x010203", most=2)
