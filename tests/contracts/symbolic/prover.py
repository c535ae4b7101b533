"""Halmos, with the keys of mappings left as they are.

Halmos takes a hash that is a key apart and puts its preimage in its place, so that an order's id becomes 3,584 bits
of terms and each look into a mapping a comparison of as many. As a hash it is 256 bits, and the terms behind it
are told apart by what Halmos assumes of every hash: that its preimage can be had back from it.
"""

import sys

from halmos import sevm
from halmos.__main__ import main

take_apart = sevm.GenericStorage.decode.__func__


def decode(cls, state, place):
    place = sevm.normalize(place)
    name = place.decl().name()
    # a hash of two words is the place of a mapping's entry, and still taken apart
    if sevm.is_f_sha3_name(name) and name != sevm.f_sha3_512_name:
        return place
    return take_apart(cls, state, place)


sevm.GenericStorage.decode = classmethod(decode)

if __name__ == "__main__":
    sys.exit(main())
