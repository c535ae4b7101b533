"""One folder per extension of ours. Each defines EXTENSION, and the registry finds it there."""
