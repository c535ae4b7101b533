from node.peer.changes import BACKLOG, Changes


async def test_listeners_hear_what_happens_from_now_on():
    changes = Changes()
    changes.tell("order", "before")
    async with changes.listen() as one, changes.listen() as other:
        changes.tell("order", "x")
        assert await one.receive() == await other.receive() == ("order", "x")
    assert changes.listeners == 0


async def test_who_falls_behind_is_cut_off_and_can_listen_again():
    changes = Changes()
    async with changes.listen() as slow, changes.listen() as quick:
        for number in range(BACKLOG + 1):
            changes.tell("order", str(number))
            assert await quick.receive() == ("order", str(number))
        heard = [change async for change in slow]
        assert len(heard) == BACKLOG
        assert changes.listeners == 1
    async with changes.listen() as again:
        changes.tell("status")
        assert await again.receive() == ("status", "")
