"""The creator's node ends right after any of the writes by which a signed pledge gets into the campaign, and comes back."""

import pytest
import trio

from tests.peer.market import until
from tests.peer.sales import heal, part
from tests.peer.test_relaying import FEE, sign
from tests.peer.test_sponsoring import PLEDGED, backed, seen, tokens, wish

WRITES = ("update_order", "note_orders", "note_campaign", "set_fact")


class Killed(BaseException):
    """Nobody's to catch."""


async def dying(side, after: int) -> trio.Event:
    """Start a node anew so that it ends right after so many writes, before anything that follows them; once."""
    ended, left = trio.Event(), 0  # what is written while it starts isn't counted
    run, store = side.run, side.store

    def dies(write):
        def written(*given, **more):
            nonlocal left
            done = write(*given, **more)
            left -= "messages" not in more
            if left == 0:
                raise Killed
            return done

        return written

    async def mortal(*, task_status=trio.TASK_STATUS_IGNORED) -> None:
        try:
            await run(task_status=task_status)
        except* Killed:
            ended.set()

    await side.stop()
    side.run = mortal
    for name in WRITES:
        setattr(store, name, dies(getattr(store, name)))
    await side.start()
    left = after
    return ended


# what comes in is written in the sender's own task: neither the message nor the first note about it counts
@pytest.mark.parametrize("write", range(2, 13))
async def test_it_is_pledged_once_and_counted(autojump_clock, write):
    async with backed() as (m, campaign, id):
        before = tokens(m)
        part(m)
        await sign(m, id)
        ended = await dying(m.seller, write)
        heal(m)
        with trio.move_on_after(120) as survived:
            await ended.wait()
        assert not survived.cancelled_caught, "there are fewer writes"
        await m.seller.restart()
        await until(lambda: seen(m.buyer, id).amount)
        m.chain.mine(5)
        await until(lambda: not wish(m, campaign))
        assert before - tokens(m) == seen(m.buyer, id).price.amount
        assert m.seller.sent.count("open") <= 2
        assert m.seller.sent.count(PLEDGED) <= 2
        fees = m.seller.store.fact("relay.spent")
        assert fees is not None and str(2 * FEE) <= fees.decode() and not seen(m.buyer, id).refused
