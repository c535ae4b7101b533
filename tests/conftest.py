"""For every test: libraries for Ethereum raise the limit of recursion so far that the tests of hostile nesting would overflow
the C stack. The product undoes that where it imports them; the tests do so here, before anything else imports them."""

from node.contracts.wallet import load_py_ecc

load_py_ecc()
