"""Étal: a market stall of one's own."""
