"""Time."""

from typing import Protocol


class Clock(Protocol):
    """Time, pushed into the pure protocol by whoever calls it."""

    def now(self) -> int:
        """Seconds since the Unix epoch, UTC."""

    async def sleep(self, seconds: float) -> None: ...
