import pytest
import trio
import trio.testing

from node.web import events
from node.web.server import serve
from tests.fakes.peer import ORDER
from tests.web.conftest import eventually


class Reader:
    """One open stream: the events that have come, as (name, data, id)."""

    def __init__(self):
        self.text = ""
        self.ended = False

    @property
    def events(self) -> list[tuple[str, str]]:
        found = []
        for block in self.text.split("\n\n")[:-1]:
            lines = [line.partition(": ") for line in block.splitlines() if ": " in line]
            fields = {name: value for name, _, value in lines}
            if "event" in fields:
                found.append((fields["event"], fields.get("data", "")))
        return found

    async def read(self, site, path="/events", task_status=trio.TASK_STATUS_IGNORED) -> None:
        stream = await trio.open_tcp_stream("127.0.0.1", site.port)
        head = (
            f"GET {path} HTTP/1.1\r\nHost: {site.host}\r\n"
            f"Cookie: {site.sessions.cookie}={site.sessions.issue()}\r\n\r\n"
        )
        async with stream:
            await stream.send_all(head.encode())
            task_status.started()
            async for part in stream:
                for line in part.decode().replace("\r\n", "\n").splitlines(keepends=True):
                    self.text += line
        self.ended = True


@pytest.fixture
async def served(site, nursery):
    """The site, served until the test ends."""
    stopping = site.stopping
    await nursery.start(serve, site.app, site.port, stopping)
    yield site
    stopping.set()


async def opened(site, nursery, path="/events") -> Reader:
    reader = Reader()
    before = site.peer.listeners
    await nursery.start(reader.read, site, path)
    await eventually(lambda: site.peer.listeners > before and reader.events)
    return reader


async def test_a_stream_begins_with_sync_and_goes_on_with_changes(served, nursery):
    reader = await opened(served, nursery)
    assert "content-type: text/event-stream" in reader.text
    assert "cache-control: no-store" in reader.text
    assert f"retry: {events.RETRY_MILLISECONDS}" in reader.text
    served.peer.tell("order", ORDER)
    served.peer.tell("status")
    await eventually(lambda: len(reader.events) == 3)
    assert reader.events == [("sync", ""), ("order", ORDER), ("status", "")]
    ids = [line for line in reader.text.splitlines() if line.startswith("id: ")]
    assert ids == ["id: 1", "id: 2", "id: 3"]


async def test_a_stream_of_one_order(served, nursery):
    reader = await opened(served, nursery, f"/events?order={ORDER}")
    served.peer.tell("order", "z" * 52)
    served.peer.tell("listing", ORDER)
    served.peer.tell("order", ORDER)
    await eventually(lambda: len(reader.events) == 2)
    assert reader.events == [("sync", ""), ("order", ORDER)]


async def test_the_same_change_twice_is_told_once(served, nursery, monkeypatch):
    monkeypatch.setattr(events, "GATHER_SECONDS", 0.5)
    reader = await opened(served, nursery)
    for _ in range(1000):
        served.peer.tell("order", ORDER)
    served.peer.tell("status")
    await eventually(lambda: ("status", "") in reader.events)
    assert reader.events.count(("order", ORDER)) == 1


async def test_who_falls_behind_is_told_to_look_again(served, nursery, monkeypatch):
    monkeypatch.setattr(events, "GATHER_SECONDS", 0.5)
    reader = await opened(served, nursery)
    for number in range(events.WAITING + 10):
        served.peer.tell("order", str(number))
    await eventually(lambda: ("order", str(events.WAITING + 9)) in reader.events)
    assert reader.events.count(("sync", "")) == 2
    assert len(reader.events) < events.WAITING


async def test_a_listener_that_the_peer_dropped_listens_again(served, nursery):
    reader = await opened(served, nursery)
    served.peer.drop_listeners()
    await eventually(lambda: reader.events.count(("sync", "")) == 2)
    served.peer.tell("status")
    await eventually(lambda: ("status", "") in reader.events)


async def test_silence_is_filled(served, nursery, monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.05)
    reader = await opened(served, nursery)
    await eventually(lambda: reader.text.count(": still here") >= 2)


async def test_a_reader_that_leaves_is_forgotten(served):
    async with trio.open_nursery() as nursery:
        await opened(served, nursery)
        assert served.peer.listeners == 1
        nursery.cancel_scope.cancel()
    await eventually(lambda: served.peer.listeners == 0)


async def test_stopping_ends_every_stream(served, nursery):
    readers = [await opened(served, nursery) for _ in range(3)]
    served.stopping.set()
    await eventually(lambda: all(reader.ended for reader in readers), seconds=2)
    assert all(reader.text.endswith("0\n\n") for reader in readers)  # the last chunk: a clean end


async def test_the_oldest_stream_makes_room(served, nursery, monkeypatch):
    monkeypatch.setattr(events, "MAX_STREAMS", 2)
    first, second = [await opened(served, nursery) for _ in range(2)]
    third = Reader()
    await nursery.start(third.read, served)
    await eventually(lambda: third.events and served.peer.listeners == 2)
    assert f"retry: {events.EVICTED_RETRY_MILLISECONDS}" in first.text
    assert f"retry: {events.EVICTED_RETRY_MILLISECONDS}" not in second.text
    served.peer.tell("status")
    await eventually(lambda: ("status", "") in second.events and ("status", "") in third.events)
    assert ("status", "") not in first.events


async def test_a_stream_needs_a_session(site):
    answer = await site.client(base_url=site.origin).get("/events")
    assert answer.status_code == 303
