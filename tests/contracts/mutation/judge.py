"""Tries mutants against the contract's tests: those are collected once, and run in a process of its own for each mutant."""

import contextlib
import os
import selectors
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import boa
import pytest
import world
from _pytest.main import pytest_runtestloop
from mutants import Mutant
from vyper.exceptions import VyperException

KILLED, SURVIVED, SAME, INVALID = "killed", "survived", "same bytecode", "doesn't compile"
PATIENCE = 5  # times as long as the tests of the contract itself, and a mutant that hasn't ended counts as killed
SOONEST = (
    "fund",
    "open",
    "pledge",
    "money_out",
    "settle",
    "marks",
    "many",
    "withdraw",
    "authorized",
    "matrix",
)
"""Files of quick tests first, then of those that kill most: a mutant that dies soon costs a second."""


@dataclass
class Trial:
    """One mutant in its process, which answers through `pipe`."""

    mutant: Mutant
    process: int
    pipe: int
    ends: float
    answer: bytes = b""


class Judge:
    """A pytest plugin in the place of the loop that runs the tests.

    `told` gets each mutant with its verdict, in the order in which they are done. Tests that have killed a mutant of the same function
    come first, then those whose file's name speaks of it, then SOONEST."""

    def __init__(
        self,
        contract: str,
        mutants: Sequence[Mutant],
        original: bytes,
        workers: int,
        told: Callable[[Mutant, str], None],
    ) -> None:
        self._contract = contract
        self._waiting = list(reversed(mutants))
        self._original = original
        self._workers = workers
        self._told = told
        self._killers: dict[str, list[int]] = defaultdict(list)
        self._running = selectors.DefaultSelector()
        self._limit = 0.0  # seconds
        self.sound = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """True: the tests need no other loop."""
        self._session = session
        self._items = list(session.items)
        began = time.monotonic()
        self.sound = self._is_sound()
        self._limit = PATIENCE * (time.monotonic() - began)
        while self.sound and (self._waiting or self._running.get_map()):
            while self._waiting and len(self._running.get_map()) < self._workers:
                self._begin(self._waiting.pop())
            self._listen()
        return True

    def _is_sound(self) -> bool:
        """Whether the contract as it is passes, and one that does nothing fails: else mutants never come to the tests."""
        nothing = boa.loads_partial("")
        return self._passes(None) and not self._passes(nothing)

    def _passes(self, mutated) -> bool:
        child = os.fork()
        if child == 0:
            os._exit(0 if self._first_to_fail(mutated, range(len(self._items))) is None else 1)
        return os.waitpid(child, 0)[1] == 0

    def _begin(self, mutant: Mutant) -> None:
        there, here = os.pipe()
        child = os.fork()
        if child == 0:
            answer = KILLED  # whatever else happens
            with contextlib.suppress(BaseException):
                answer = self._try(mutant)
            os.write(here, answer.encode())
            os._exit(0)
        os.close(here)
        trial = Trial(mutant, child, there, time.monotonic() + self._limit)
        self._running.register(there, selectors.EVENT_READ, trial)

    def _listen(self) -> None:
        for key, _ in self._running.select(timeout=1):
            trial: Trial = key.data
            read = os.read(trial.pipe, 100)
            trial.answer += read
            if not read:
                self._end(trial)
        for trial in [key.data for key in self._running.get_map().values()]:
            if time.monotonic() > trial.ends:
                os.kill(trial.process, signal.SIGKILL)

    def _end(self, trial: Trial) -> None:
        self._running.unregister(trial.pipe)
        os.close(trial.pipe)
        os.waitpid(trial.process, 0)
        verdict, _, killer = trial.answer.decode().partition("|")
        if killer:
            known = self._killers[trial.mutant.function]
            known[:] = [int(killer), *(each for each in known if each != int(killer))]
        self._told(trial.mutant, verdict or KILLED)

    # ---- in the process of a mutant

    def _try(self, mutant: Mutant) -> str:
        try:
            mutated = boa.loads_partial(mutant.source)
            if mutated.compiler_data.bytecode_runtime == self._original:
                return SAME
        except VyperException:
            return INVALID
        killer = self._first_to_fail(mutated, self._ranked(mutant.function))
        return SURVIVED if killer is None else f"{KILLED}|{killer}"

    def _ranked(self, function: str) -> list[int]:
        killers = self._killers[function]

        def rank(place: int) -> tuple:
            file = self._items[place].path.stem.removeprefix("test_").removeprefix("campaign_")
            often = next((n for n, name in enumerate(SOONEST) if name in file), len(SOONEST))
            known = killers.index(place) if place in killers else len(killers)
            return known, file not in function.lower(), often, place

        return sorted(range(len(self._items)), key=rank)

    def _first_to_fail(self, mutated, order: Sequence[int]) -> int | None:
        """The place of the first test that fails; None if all pass."""
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        if mutated is not None:
            as_it_is = world.compiled
            world.compiled = lambda path: mutated if path.stem == self._contract else as_it_is(path)
        session, failed = self._session, []

        class Watch:
            @staticmethod
            def pytest_runtest_logreport(report) -> None:
                if report.failed:
                    failed.append(report.nodeid)

        session.config.pluginmanager.register(Watch())
        session.config.option.maxfail = 1
        session.items = [self._items[place] for place in order]
        with contextlib.suppress(session.Failed):
            pytest_runtestloop(session)
        if not failed:
            return None
        return next(n for n, item in enumerate(self._items) if item.nodeid == failed[0])
