"""A small Ethereum chain for the demo and for tests: py-evm behind JSON-RPC on loopback, in a process of its own.

Nothing here has any value: the accounts' keys are known to the whole world.
"""

from node.devchain.process import DevChain, start_devchain

__all__ = ["DevChain", "start_devchain"]
