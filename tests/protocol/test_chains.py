"""Which chains are accepted: test networks always, real money only once the escrow is proven and the person has confirmed it."""

import pytest

from node.protocol import chains
from node.protocol.chains import CHAINS, DEMO, SENTENCE, admit, chain
from node.protocol.errors import RuleError

REAL = (1, 10, 100, 137, 8_453, 42_161)
TEST = (31_337, 1_337, 11_155_111, 17_000, 560_048, 84_532, 421_614, 11_155_420, 80_002, 10_200)


def refusal(id: int, confirmed: str = "") -> RuleError:
    with pytest.raises(RuleError) as refused:
        admit(id, confirmed)
    return refused.value


def test_the_table_says_which_is_which():
    assert {each.id for each in CHAINS.values() if each.real} == set(REAL)
    assert {each.id for each in CHAINS.values() if not each.real} == set(TEST)
    assert chain(DEMO[7]).real is False
    assert chain(56) is None


def test_it_is_not_proven_yet():
    """Whoever changes this has read docs/decisions/real-money-is-confirmed-once.md, and changes it there as well."""
    assert chains.PROVEN is False


@pytest.mark.parametrize("proven", [False, True])
@pytest.mark.parametrize("id", [*TEST, DEMO[0], DEMO[-1]])
def test_test_networks_need_no_sentence(monkeypatch, proven, id):
    monkeypatch.setattr(chains, "PROVEN", proven)
    assert admit(id).id == id


@pytest.mark.parametrize("confirmed", ["", SENTENCE])
@pytest.mark.parametrize("id", REAL)
def test_until_it_is_proven_no_sentence_opens_a_real_network(id, confirmed):
    fault = refusal(id, confirmed)
    assert fault.rule == "chain.network"
    assert f"({id}) holds real money" in fault.message
    assert "only test networks are accepted" in fault.message
    assert "Sepolia (11155111)" in fault.message
    assert "Base (8453)" not in fault.message or id == 8_453


@pytest.mark.parametrize("wrong", ["", "yes", SENTENCE.lower(), SENTENCE + ".", SENTENCE + " "])
@pytest.mark.parametrize("id", REAL)
def test_once_it_is_proven_the_sentence_is_needed_word_for_word(monkeypatch, id, wrong):
    monkeypatch.setattr(chains, "PROVEN", True)
    fault = refusal(id, wrong)
    assert fault.rule == "chain.real_money"
    assert f'real_money = "{SENTENCE}"' in fault.message
    assert "`etal run` asks" in fault.message
    assert admit(id, SENTENCE).id == id


@pytest.mark.parametrize("proven", [False, True])
@pytest.mark.parametrize("id", [0, -1, 56, 324, 43_114, 2**64])
def test_what_isnt_known_is_refused_whatever_is_confirmed(monkeypatch, proven, id):
    monkeypatch.setattr(chains, "PROVEN", proven)
    fault = refusal(id, SENTENCE)
    assert fault.rule == "chain.network"
    assert "only test networks" in fault.message
