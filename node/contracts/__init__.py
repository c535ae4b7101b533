"""The escrow contract on an EVM chain, behind `node.ports.Escrow`."""
