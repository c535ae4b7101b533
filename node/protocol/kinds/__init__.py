"""One folder per kind of record. Each defines KIND, and the registry finds it there."""
