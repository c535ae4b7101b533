"""Just enough arithmetic on edwards25519 (RFC 8032 §5.1) to make the signatures that no honest signer makes. Slow; tests only."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
_ROOT = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]
ZERO: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, P - 2, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, P - 2, P)
    return x % P, y % P


def multiply(number: int, point: Point) -> Point:
    total = ZERO
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def x_of(y: int, odd: bool) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * _ROOT % P
    if x * x % P != square:
        return None
    return P - x if x % 2 != odd and x else x


BASE: Point = (x_of(4 * pow(5, P - 2, P) % P, False) or 0, 4 * pow(5, P - 2, P) % P)


def encode(point: Point) -> bytes:
    x, y = point
    return (y | (x & 1) << 255).to_bytes(32, "little")


def non_canonical(point: Point) -> bytes | None:
    """Another encoding of the same point that a lax reader takes, where there is one (y + p fits only below 19)."""
    x, y = point
    if y + P < 2**255:
        return ((y + P) | (x & 1) << 255).to_bytes(32, "little")
    if x == 0:
        return (y | 1 << 255).to_bytes(32, "little")
    return None


def small_order_points() -> list[Point]:
    """The eight points whose order divides 8."""
    for y in range(2, 100):
        x = x_of(y, False)
        if x is not None:
            generator = multiply(L, (x, y))
            if len({multiply(n, generator) for n in range(8)}) == 8:
                return [multiply(n, generator) for n in range(8)]
    raise AssertionError("no generator found")


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L


def secret_scalar(seed: bytes) -> int:
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 63 | 64
    return int.from_bytes(digest, "little")
