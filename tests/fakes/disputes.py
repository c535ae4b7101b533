"""A peer in memory: the part about arbiters and disputes, and the values that all of it is made of."""

from node.peer.case_views import CasePage, CaseView, RulingView
from node.peer.views import ArbiterView, Money, PersonaView, ShownView
from node.protocol.errors import NotFound

ME, OTHER = "a" * 52, "b" * 52
ETHER = "eip155:31337/slip44:60"
ORDER = "c" * 52
BIG = 25 * 10**18  # more than 64 bits hold


def money(amount: int = BIG) -> Money:
    return Money(amount, ETHER, "ETH", 18)


def persona(id: str = OTHER, name: str = "Bob") -> PersonaView:
    return PersonaView(id, name, mine=id == ME)


def arbiter(chosen: bool = False) -> ArbiterView:
    account = "eip155:31337:0x" + "44" * 20
    about = "Cups and plates."
    return ArbiterView(persona(OTHER), account, 250, 7 * 86_400, ("en",), about, True, chosen, True)


def case() -> CaseView:
    """One to be decided, of which a message was shown."""
    said = ShownView(
        *("f" * 52, "message", "buyer", False, 1_700_000_000, True, "It broke."),
        step="note",
        said_by="buyer",
        said=1_600_000_000,
        follows=False,
    )
    return CaseView(
        id="0x" + "22" * 32,
        stage="open",
        chain="eip155:31337",
        contract="0x" + "11" * 20,
        held=money(),
        fee=money(BIG // 20),
        by="buyer",
        until=1_800_000_000,
        sent=True,
        silence={"buyer": money(BIG // 2), "seller": money(BIG // 2)},
        paid_out={"buyer": 0, "seller": 0, "arbiter": 0},
        accounts={"buyer": "0x33", "seller": "0x44", "payout": "0x44"},
        buyer=persona(),
        seller=None,
        seller_proven=False,
        title="A teapot",
        listing="d" * 52,
        lines=({"quantity": 1},),
        delivery={},
        shown=(said,),
        transactions=(),
        actions=("rule", "write"),
        reachable=("buyer",),
        payees_known=True,
    )


class FakeDisputes:
    """One part of `FakePeer`."""

    pictures: dict[str, bytes]
    decides: ArbiterView | None

    def _note(self, *asked: object) -> None:
        raise NotImplementedError

    def arbiters(self) -> tuple[ArbiterView, ...]:
        self._note("arbiters")
        return (arbiter(),)

    def arbiter(self, id: str) -> ArbiterView:
        self._note("arbiter", id)
        return arbiter()

    def own_arbiter(self) -> ArbiterView | None:
        return self.decides

    async def offer_to_decide(self, given: dict) -> ArbiterView:
        self._note("offer_to_decide", given)
        return arbiter()

    def cases(self) -> CasePage:
        return CasePage((case(),), cut=True)

    def case(self, id: str) -> CaseView:
        if not case().id.startswith(id):
            raise NotFound("case.unknown", "This node decides no such case.")
        return case()

    def preview_ruling(self, id: str, to_seller=None, share_bps=None) -> RulingView:
        self._note("preview_ruling", id, to_seller, share_bps)
        return RulingView(money(1), money(2), money(3), 2)

    async def rule(self, id: str, to_seller=None, share_bps=None) -> None:
        self._note("rule", id, to_seller, share_bps)

    async def write_to_party(self, id: str, text: str, to: str) -> None:
        self._note("write_to_party", id, text, to)

    def case_picture(self, id: str, blob: str) -> bytes:
        return self.pictures[blob]

    async def show_message(self, id: str, message: str) -> None:
        self._note("show_message", id, message)

    async def show_parts(self, id: str, parts: list[str]) -> None:
        self._note("show_parts", id, parts)

    async def show_picture(self, id: str, data: bytes, alt: str = "") -> None:
        self._note("show_picture", id, len(data), alt)

    async def tell_arbiter(self, id: str, text: str) -> None:
        self._note("tell_arbiter", id, text)

    async def decide_no_more(self) -> None:
        self._note("decide_no_more")

    async def trust_arbiter(self, id: str) -> None:
        self._note("trust_arbiter", id)

    async def distrust_arbiter(self, id: str) -> None:
        self._note("distrust_arbiter", id)

    async def dispute(self, id: str) -> None:
        self._note("dispute", id)
