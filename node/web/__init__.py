"""Pages and the JSON API of a node, for its owner alone: served on loopback, locked by a token."""
