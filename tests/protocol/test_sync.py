import bisect
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import sync
from node.protocol.encoding import decode, encode
from node.protocol.errors import Rejected, StateError
from node.protocol.record import Draft, Record, sign
from node.protocol.sync import Client, answer
from tests.vectors.make import NETWORK, NOW, ROOT


def made(number: int, size: int = 0) -> Record:
    return sign(Draft("a", 1, {"n": number, "fill": bytes(size)}, NOW, NOW + 1), ROOT, NETWORK)


class Source:
    def __init__(self, records, private=(), evidence=()):
        self.records = {record.id: record.raw for record in records}
        self.private = {record.id: record.raw for record in private}
        self.cited = {record.id: record.raw for record in evidence}

    def has(self, id):
        return id in self.records

    def ids_after(self, cursor, limit):
        ids = sorted(self.records)
        start = bisect.bisect_right(ids, cursor)
        return ids[start : start + limit]

    def get(self, id):
        return self.records.get(id) or self.private.get(id) or self.cited.get(id)

    def evidence(self, id):
        return self.cited.get(id)


def run(source: Source, client: Client) -> tuple[list[bytes], int]:
    got, rounds = [], 0
    while request := client.request():
        assert len(request) <= sync.MAX_REQUEST
        response = answer(request, source)
        assert len(response) <= sync.MAX_RESPONSE
        got += client.receive(response)
        rounds += 1
        assert rounds < 1_000
    return got, rounds


MANY = [made(number) for number in range(300)]


@given(st.sets(st.sampled_from(MANY)), st.sets(st.sampled_from(MANY)))
@settings(max_examples=50)
def test_a_run_brings_exactly_what_was_missing(theirs, ours):
    client = Client(Source(ours).has, NETWORK)
    got, _ = run(Source(theirs), client)
    assert sorted(got) == sorted(record.raw for record in theirs - ours)


def test_equal_sets_cost_one_round():
    assert run(Source(MANY), Client(Source(MANY).has, NETWORK)) == ([], 1)
    assert run(Source([]), Client(Source([]).has, NETWORK)) == ([], 1)


def test_more_than_fits_into_one_response(monkeypatch):
    monkeypatch.setattr(sync, "PAGE", 16)
    large = [made(number, 30_000) for number in range(100)]
    got, rounds = run(Source(large), Client(Source([]).has, NETWORK))
    assert sorted(got) == sorted(record.raw for record in large)
    assert rounds > 7


def test_several_responses_for_one_page_of_large_records():
    large = [made(number, 30_000) for number in range(80)]
    got, rounds = run(Source(large), Client(Source([]).has, NETWORK))
    assert sorted(got) == sorted(record.raw for record in large)
    assert rounds == 4  # a page of ids, and three responses of at most 1 MiB


def test_what_is_not_announced_is_not_given():
    secret = made(7)
    source = Source(MANY[10:20], private=[secret])
    assert decode(answer(encode({"want": secret.id}), source), 9_999) == {"records": []}
    shown = min(source.records)
    given = decode(answer(encode({"want": shown}), source), 9_999)
    assert given == {"records": [source.records[shown]]}
    assert decode(answer(encode({"want": bytes(32)}), source), 9_999) == {"records": []}


def test_evidence_is_given_by_id_and_never_announced():
    cited, secret = made(7), made(8)
    source = Source(MANY[10:20], private=[secret], evidence=[cited])
    got, _ = run(source, Client(Source([]).has, NETWORK))
    assert sorted(got) == sorted(source.records.values())
    asked = {cited.id, secret.id, MANY[10].id, MANY[0].id}
    response = answer(sync.want(asked), source)
    assert sync.given(response, asked, NETWORK) == {
        cited.id: cited.raw,
        MANY[10].id: MANY[10].raw,
    }


@pytest.mark.parametrize("records", [[MANY[1].raw], [MANY[0].raw] * 2, [b"x"], ["x"], "x", [1]])
def test_of_what_was_wanted_nothing_else_is_taken(records):
    with pytest.raises(Rejected):
        sync.given(encode({"records": records}), [MANY[0].id], NETWORK)
    with pytest.raises(Rejected):
        sync.given(b"", [MANY[0].id], NETWORK)


def test_what_has_gone_in_the_meantime_is_left_out():
    source = Source(MANY[:20])
    client = Client(Source([]).has, NETWORK)
    client.receive(answer(client.request(), source))
    for id in list(source.records)[::2]:
        del source.records[id]
    got, _ = run(source, client)
    assert sorted(got) == sorted(source.records.values())


# ---- hostile clients


@pytest.mark.parametrize(
    "request_",
    [
        [],
        {},
        {"after": "x"},
        {"after": bytes(31)},
        {"want": bytes(33)},
        {"want": [bytes(32)]},
        {"want": bytes(64)},
        {"want": b"\1" * 32 + bytes(32)},
        {"want": b"".join(n.to_bytes(32, "big") for n in range(sync.MAX_WANTED + 1))},
    ],
)
def test_a_bad_request_is_rejected(request_):
    with pytest.raises(Rejected, match=r"sync\.request"):
        answer(encode(request_), Source(MANY))


@given(st.binary(max_size=80))
def test_garbage_is_rejected(data):
    with pytest.raises(Rejected):
        answer(data, Source([]))
    client = Client(Source([]).has, NETWORK)
    client.request()
    with pytest.raises(Rejected):
        client.receive(data)


# ---- hostile responders


def asked(ids=()) -> Client:
    client = Client(Source([]).has, NETWORK)
    client.request()
    if ids:
        client.receive(encode({"ids": b"".join(sorted(ids)), "more": False}))
        client.request()
    return client


ID = b"\5" * 32


@pytest.mark.parametrize(
    "response",
    [
        {"ids": ID},
        {"ids": ID, "more": 1},
        {"ids": b"", "more": True},
        {"ids": ID + ID, "more": False},
        {"ids": ID + bytes(32), "more": False},
        {"ids": [ID], "more": False},
        {"records": []},
    ],
)
def test_a_bad_page_is_rejected(response):
    with pytest.raises(Rejected, match=r"sync\.response"):
        asked().receive(encode(response))


def test_a_page_must_go_on_from_the_cursor():
    client = asked()
    client.receive(encode({"ids": MANY[0].id, "more": True}))
    client.request()
    client.receive(encode({"records": [MANY[0].raw]}))
    client.request()
    with pytest.raises(Rejected, match=r"sync\.response"):
        client.receive(encode({"ids": MANY[0].id, "more": True}))


@pytest.mark.parametrize("records", [[MANY[1].raw], [MANY[0].raw] * 2, [b"x"], ["x"], "x"])
def test_only_what_was_asked_for_is_taken(records):
    with pytest.raises(Rejected, match=r"sync\.response|record\.envelope"):
        asked([MANY[0].id]).receive(encode({"records": records}))


def test_announcing_without_end_and_giving_nothing_ends_the_run():
    chance = random.Random(1)
    client = Client(Source([]).has, NETWORK)
    cursor, rounds = 0, 0
    with pytest.raises(Rejected, match=r"sync\.promises"):
        while request := client.request():
            rounds += 1
            if "after" in decode(request, 99_999):
                ids = [cursor + chance.randrange(1, 2**200) * (n + 1) for n in range(256)]
                ids = sorted(set(ids))
                cursor = ids[-1]
                joined = b"".join(id.to_bytes(32, "big") for id in ids)
                client.receive(encode({"ids": joined, "more": True}))
            else:
                client.receive(encode({"records": []}))
    assert rounds < 40


def test_a_run_has_an_end_though_pages_have_none(monkeypatch):
    monkeypatch.setattr(sync, "MAX_PAGES", 5)
    client = Client(lambda id: True, NETWORK)
    for number in range(1, 6):
        assert client.request()
        client.receive(encode({"ids": number.to_bytes(32, "big"), "more": True}))
    assert client.request() is None


def test_request_and_response_take_turns():
    client = Client(lambda id: True, NETWORK)
    with pytest.raises(StateError):
        client.receive(encode({"ids": b"", "more": False}))
    client.request()
    with pytest.raises(StateError):
        client.request()


def test_the_protocol_id():
    assert sync.protocol("etal-test") == "/etal/1/etal-test/sync"
