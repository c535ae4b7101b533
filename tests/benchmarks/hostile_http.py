"""Throw malformed HTTP at a node's pages, twice the same, and show what the second round costs it.

    python tests/benchmarks/hostile_http.py --count 10000

The node's web part runs in a process of its own with a peer that keeps everything in memory. Fails (exit code 1) unless it
still serves, a second identical round grows its memory by less than 5 % and its file handles by none.
"""

import argparse
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import httpx  # noqa: E402
import psutil  # noqa: E402
import trio  # noqa: E402

from tests.fakes.peer import FakePeer  # noqa: E402
from tests.web.conftest import TOKEN, Site  # noqa: E402
from tests.web.hostile_http import attacks, carry_out  # noqa: E402

AT_ONCE = 16
MOST_GROWTH = 0.05
SETTLING_SECONDS = 60


async def serve_until_input_ends() -> None:
    """The victim: prints its port and its session, then serves."""
    from node.web import events
    from node.web.server import serve

    events.KEEP_ALIVE_SECONDS = 1.0  # readers that left are found out sooner than in earnest
    site = Site(FakePeer())
    async with trio.open_nursery() as nursery:
        await nursery.start(serve, site.app, site.port, site.stopping)
        print(site.port, f"{site.sessions.cookie}={site.sessions.issue()}", flush=True)
        await trio.to_thread.run_sync(sys.stdin.buffer.read)
        site.stopping.set()


async def attack(port: int, cookie: str, seed: int, count: int) -> None:
    places = trio.CapacityLimiter(AT_ONCE)

    async def one(each) -> None:
        async with places:
            await carry_out(port, each)

    async with trio.open_nursery() as nursery:
        for each in attacks(seed, count, f"ann.localhost:{port}", cookie):
            async with places:  # so that no more than are under way are made
                pass
            nursery.start_soon(one, each)


async def settled(victim: psutil.Process, handles: int) -> tuple[int, int]:
    """(resident bytes, file handles) once no more handles are open than `handles`, or after SETTLING_SECONDS."""
    with trio.move_on_after(SETTLING_SECONDS):
        while victim.num_fds() > handles:
            await trio.sleep(0.2)
    return victim.memory_info().rss, victim.num_fds()


async def measure(count: int, seed: int) -> bool:
    command = [sys.executable, __file__, "--serve"]
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        port, cookie = child.stdout.readline().decode().split()
        victim = psutil.Process(child.pid)
        start = victim.num_fds()
        print(f"before       {victim.memory_info().rss / 2**20:7.1f} MiB  {start} handles")
        rounds = []
        for number in (1, 2):
            began = trio.current_time()
            await attack(int(port), cookie, seed, count)
            took = trio.current_time() - began
            rounds.append(await settled(victim, start))
            memory, handles = rounds[-1]
            print(f"after round {number}{memory / 2**20:8.1f} MiB  {handles} handles  {took:.0f} s")
        async with httpx.AsyncClient() as client:
            head = {"authorization": f"Bearer {TOKEN}"}
            answer = await client.get(f"http://127.0.0.1:{port}/api/status", headers=head)
        growth = rounds[1][0] / rounds[0][0] - 1
        print(f"serves: {answer.status_code == 200}; the second round grew memory by {growth:.2%}")
        return answer.status_code == 200 and growth < MOST_GROWTH and rounds[1][1] <= rounds[0][1]
    finally:
        child.stdin.close()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            print("it had to be killed")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000, help="inputs in each round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        trio.run(serve_until_input_ends)
        return 0
    return 0 if trio.run(partial(measure, given.count, given.seed)) else 1


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(main())
