"""Guards that the proofs rest on: each taken out of the source, which must turn the named proofs red."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Breakage:
    name: str
    old: str  # occurs once in the source
    new: str
    proofs: tuple[str, ...]

    def applied(self, source: Path) -> str:
        """The source without the guard. ValueError if the guard isn't there, once."""
        text = source.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {text.count(self.old)} places in {source.name}, not one")
        return text.replace(self.old, self.new)


BREAKAGES = ()
