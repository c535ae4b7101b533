"""Which orders are to be looked at: those that something happened to, those that wait for the chain, and those of which a
deadline has passed. Kept in memory."""

from collections.abc import Iterable, Iterator


class Agenda:
    """Order ids. With thousands of open orders a new block costs only those that it can change."""

    def __init__(self) -> None:
        self._open: set[bytes] = set()
        self._touched: set[bytes] = set()
        self._watched: set[bytes] = set()
        self._stuck: set[bytes] = set()
        self._failed: set[bytes] = set()
        self._deadlines: dict[bytes, int] = {}  # the next one of each

    def open(self, id: bytes) -> None:
        """An order that goes on; it is looked at next."""
        self._open.add(id)
        self._touched.add(id)

    def touch(self, id: bytes) -> None:
        """Something happened to this order, over or not: look at it once."""
        self._touched.add(id)

    def is_touched(self, id: bytes) -> bool:
        """Whether something has happened to this order since `take_due`."""
        return id in self._touched

    def touch_all(self) -> None:
        """Something happened that may concern any order, such as a reorganisation."""
        self._touched |= self._open

    def close(self, id: bytes) -> None:
        """Nothing more is to come by itself."""
        for ids in (self._open, self._watched, self._stuck, self._touched, self._failed):
            ids.discard(id)
        self._deadlines.pop(id, None)

    def watch(self, id: bytes, watched: bool) -> None:
        """Whether this order waits for the chain, and so is looked at every time."""
        (self._watched.add if watched else self._watched.discard)(id)

    def expect(self, id: bytes, deadline: int | None) -> None:
        """Look at this order when this moment has passed, whatever happens before."""
        if deadline is None:
            self._deadlines.pop(id, None)
        else:
            self._deadlines[id] = deadline

    def take_passed(self, now: int) -> set[bytes]:
        """Orders of which a deadline lies before `now`. They are touched thereby; the next deadline is to be told anew."""
        passed = {id for id, deadline in self._deadlines.items() if deadline < now}
        for id in passed:
            del self._deadlines[id]
        self._touched |= passed
        return passed

    def fail(self, id: bytes) -> None:
        """It couldn't be dealt with: not to be looked at again at once, only by `touch_failed`."""
        self._watched.discard(id)
        self._failed.add(id)

    def touch_failed(self) -> None:
        """Time has passed: perhaps it goes better now."""
        self._touched |= self._failed
        self._failed = set()

    def mark_stuck(self, id: bytes, stuck: bool) -> None:
        """Whether something of this order waits for its owner: it was given up, or lies in the contract as a claim."""
        (self._stuck.add if stuck else self._stuck.discard)(id)

    def take_due(self) -> set[bytes]:
        """What is to be looked at now; what was touched is thereby dealt with."""
        due = self._touched | self._watched
        self._touched = set()
        return due

    @property
    def stuck(self) -> Iterable[bytes]:
        return sorted(self._stuck)

    def __iter__(self) -> Iterator[bytes]:
        """The orders that go on, in an order that doesn't change."""
        return iter(sorted(self._open))

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, id: bytes) -> bool:
        return id in self._open
