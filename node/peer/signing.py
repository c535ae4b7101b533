"""What this node signs. It is judged first as every other node will judge it: what they would refuse is never kept here, nor sent."""

from node.peer.world import World
from node.protocol import admission, record
from node.protocol.errors import InputError
from node.protocol.keys import SigningKey
from node.protocol.record import Draft, Record


def signed(world: World, draft: Draft, key: SigningKey | None = None) -> Record:
    """A record by the persona of this node, or by another key. Raises InputError naming the rule and the field of its body."""
    made = record.sign(draft, key or world.keyring.persona, world.settings.network)
    judged = admission.admit(
        made.raw,
        world.settings.network,
        world.registry,
        Nothing(),
        draft.created,  # a clock that was set back must not keep us from answering
        private=True,
    )
    if judged.verdict is not admission.Verdict.ACCEPT:
        raise InputError(judged.rule or "record.refused", judged.message, judged.field)
    return made


class Nothing:
    """A view that holds nothing: to judge a record for itself."""

    def has(self, id: bytes) -> bool:
        return False

    def revoked(self, author: bytes, signer: bytes) -> bool:
        return False
