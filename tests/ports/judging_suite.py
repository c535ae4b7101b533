"""What a node may rely on when it looks at authorizations before it sends them."""

from dataclasses import replace

from node.protocol.campaign import DAY, Authorization
from node.protocol.escrow import address_of, sign_digest


class JudgingSuite:
    """One part of CampaignsSuite."""

    async def test_authorizations_are_judged_before_they_are_sent(
        self, world, creator, backer, escrows
    ):
        terms, _, _ = await self.opened(world, creator, escrows[0], world.token)
        good = self.authorization(world, backer, terms, 700)
        held = await escrows[1].balance(good.backer, world.token)
        other = self.authorization(world, backer, terms, held, b"\x08" * 32)
        bad = {
            "time": [
                replace(good, valid_before=world.now()),
                replace(good, valid_after=world.now() + 5_000),
            ],
            "signature": [
                replace(good, amount=701),
                replace(good, order=b"\x09" * 32),
                replace(good, backer=address_of(world.secrets[2])),
                replace(good, signature=b"\1" * 65),
                self.authorization(world, backer, terms, 0),
            ],
        }
        for reason, several in bad.items():
            assert list(await creator.judge(terms, several)) == [reason] * len(several)
        assert list(await creator.judge(terms, [other, good])) == ["", "funds"]
        assert list(await creator.judge(terms, [good, other, good])) == ["", "funds", "spent"]
        assert list(await creator.judge(terms, [])) == []
        assert not await creator.is_spent(terms, good.backer, good.order)
        await self.do(creator, escrows[0], creator.pledge_with_authorizations(terms, [good]))
        assert list(await creator.judge(terms, [good])) == ["spent"]
        assert await creator.is_spent(terms, good.backer, good.order)
        assert not await creator.is_spent(terms, good.backer, other.order)
        assert not await creator.is_spent(terms, good.backer, good.order, safe=True)
        world.mine(100)
        assert await creator.is_spent(terms, good.backer, good.order, safe=True)

    async def test_what_a_contract_wallet_signs_is_judged_by_its_contract(
        self, world, creator, escrows
    ):
        terms, _, _ = await self.opened(world, creator, escrows[0], world.token)
        who, order, before = world.contract_wallet, b"\x07" * 32, world.now() + DAY
        digest = digest_of(creator.authorization(terms, who, 5, before, order))
        signature = world.contract_signature(digest)
        given = Authorization(who, 5, 0, before, order, signature)
        assert list(await creator.judge(terms, [given])) == [""]
        assert list(await creator.judge(terms, [replace(given, amount=6)])) == ["signature"]

    async def test_the_nodes_own_wallet_signs_what_is_shown(self, world, backer):
        terms, _ = self.planned(world, world.token)
        who, before = address_of(world.secrets[1]), world.now() + DAY
        asked = backer.authorization(terms, who, 5, before, bytes(32))
        made = backer.sign_authorization(terms, who, 5, before, bytes(32))
        assert made == sign_digest(digest_of(asked), world.secrets[1])


def digest_of(asked: dict) -> bytes:
    """What a wallet signs that is shown this typed data."""
    from eth_account.messages import encode_typed_data
    from eth_hash.auto import keccak

    message = encode_typed_data(full_message=asked)
    return keccak(b"\x19" + message.version + message.header + message.body)
