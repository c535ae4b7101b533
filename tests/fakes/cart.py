"""A cart, and several orders at once, in memory: one part of the fakes of the peer."""

from dataclasses import replace

from node.peer.views import CartLine, LeftOut, SeveralOrders, WalletRequest, WalletStep
from node.protocol.errors import Conflict


class FakeCart:
    """Lines are in `lines`. Of several orders, those whose actions have the verb can be done; the others are left out."""

    lines: tuple[CartLine, ...] = ()

    def order(self, id):
        raise NotImplementedError

    def listing_by_id(self, id):
        raise NotImplementedError

    def cart(self):
        return self.lines

    def cart_size(self):
        return len(self.lines)

    async def add_to_cart(self, listing, line, referrer=None):
        self._note("add_to_cart", listing, line, referrer)
        number = len(self.lines)
        added = CartLine(number, self.listing_by_id(listing), line, seen=f"mark {number}")
        self.lines = (*self.lines, added)

    async def remove_from_cart(self, number):
        self._note("remove_from_cart", number)
        kept = [line for line in self.lines if line.number != number]
        self.lines = tuple(replace(line, number=n) for n, line in enumerate(kept))

    async def order_cart(self, choices, account=None, text=""):
        self._note("order_cart", choices, account, text)
        self.lines = ()
        return SeveralOrders(self._some_orders(len(choices)), ())

    def _some_orders(self, count):
        raise NotImplementedError

    async def together(self, ids, verb):
        self._note("together", list(ids), verb)
        able, left_out = self._sorted(ids, verb)
        return SeveralOrders(tuple(able), left_out)

    async def together_request(self, ids, verb, account=None):
        able, left_out = self._sorted(ids, verb)
        step = WalletStep("transaction", verb, {"to": "0x" + "11" * 20, "value": "0x1"})
        chosen = tuple(each.id for each in able)
        return WalletRequest(
            {"chainId": "0x7a69"}, account or "0x" + "33" * 20, (step,), "", "", chosen, left_out
        )

    async def note_together(self, ids, verb, hash):
        self._note("note_together", list(ids), verb, hash)

    def _sorted(self, ids, verb):
        every = [self.order(id) for id in ids]
        able = [each for each in every if verb in each.actions]
        why = "This has just been sold. Nothing was paid."
        if not able:
            raise Conflict("order.verb", why)
        left = [LeftOut(each.id, "order.sold_out", why) for each in every if each not in able]
        return able, tuple(left)
