"""What admitting a record costs, beside the bare signature check that it can't do without: python -m tests.benchmarks.admission"""

import gc
import time
from collections.abc import Callable

import nacl.bindings as sodium

from node.protocol.admission import Verdict, admit
from node.protocol.registry import standard
from tests.vectors.make import DEVICE, NETWORK, NOW, ROOT, by_device, listing, sign, signed

COUNT = 300
ROUNDS = 15
SIZE = 1024


class Nothing:
    def has(self, id: bytes) -> bool:
        return False

    def revoked(self, author: bytes, signer: bytes) -> bool:
        return False


class Everything(Nothing):
    def has(self, id: bytes) -> bool:
        return True


def sized(plain: dict) -> bytes:
    """The record of this payload, its description made as long as 1 KiB allows."""
    by = DEVICE if "signer" in plain else ROOT
    spare = SIZE - len(sign(plain, by)) - 2
    plain["body"] = plain["body"] | {"text": "x" * (len(plain["body"]["text"]) + spare)}
    return sign(plain, by)


def listings() -> list[bytes]:
    return [sized(listing({"title": f"Lamp {number}"})) for number in range(COUNT)]


def delegated() -> list[bytes]:
    return [sized(by_device(listing({"title": f"Lamp {number}"}))) for number in range(COUNT)]


def microseconds(work: Callable[[], None]) -> float:
    """CPU time of the best round, for one of COUNT."""
    times = []
    for _ in range(ROUNDS):
        started = time.thread_time()
        work()
        times.append(time.thread_time() - started)
    return min(times) / COUNT * 1e6


def main() -> None:
    registry = standard()
    plain, by_devices = listings(), delegated()
    messages = [(raw[-64:] + signed(raw[10:-66]), ROOT.public) for raw in plain]

    def verify_only() -> None:
        for message, public in messages:
            sodium.crypto_sign_open(message, public)

    def admitting(raws: list[bytes], view, expected: Verdict) -> Callable[[], None]:
        def work() -> None:
            for raw in raws:
                assert admit(raw, NETWORK, registry, view, NOW).verdict is expected

        return work

    gc.collect()
    floor = microseconds(verify_only)
    print(f"PyNaCl verify alone, {len(messages[0][0])} bytes: {floor:.1f} µs")
    for name, work in (
        (f"a listing of {len(plain[0])} bytes", admitting(plain, Nothing(), Verdict.ACCEPT)),
        (
            f"one by a device, {len(by_devices[0])} bytes",
            admitting(by_devices, Nothing(), Verdict.ACCEPT),
        ),
        ("one that is held already", admitting(plain, Everything(), Verdict.IGNORE)),
    ):
        cost = microseconds(work)
        print(f"admit {name}: {cost:.1f} µs, {cost / floor:.2f} × verify")


if __name__ == "__main__":
    main()
