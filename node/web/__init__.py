"""Pages and the JSON API of a node, for its owner alone: served on loopback, locked by a token."""

from node.web.app import create_app
from node.web.server import serve

__all__ = ["create_app", "serve"]
