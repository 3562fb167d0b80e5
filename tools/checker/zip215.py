"""Ed25519 signatures by ZIP 215: laxer than most libraries in how points may be written, and exact about the rest.

The equation is small enough to be written out with Python's integers. It costs some milliseconds a signature, so a
library may be asked first: whatever a strict verifier accepts, ZIP 215 accepts too. Only a refusal needs the equation.
"""

from __future__ import annotations

import hashlib
from typing import Callable, NamedTuple, Optional

P = 2**255 - 19
"""The field's modulus."""
L = 2**252 + 27742317777372353535851937790883648493
"""The order of the base point."""
D = -121665 * pow(121666, P - 2, P) % P
"""The curve's constant: -x² + y² = 1 + D x² y²."""
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)


class Point(NamedTuple):
    """A point in extended coordinates: x = X/Z, y = Y/Z, x y = T/Z (RFC 8032, section 5.1.4)."""

    X: int
    Y: int
    Z: int
    T: int


IDENTITY = Point(0, 1, 1, 0)


def add(one: Point, other: Point) -> Point:
    """The sum. The formula holds for every pair of points, so it also doubles."""
    a = (one.Y - one.X) * (other.Y - other.X) % P
    b = (one.Y + one.X) * (other.Y + other.X) % P
    c = 2 * one.T * other.T * D % P
    d = 2 * one.Z * other.Z % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return Point(e * f % P, g * h % P, f * g % P, e * h % P)


def negate(point: Point) -> Point:
    return Point(-point.X % P, point.Y, point.Z, -point.T % P)


def multiply(scalar: int, point: Point) -> Point:
    product = IDENTITY
    while scalar > 0:
        if scalar & 1:
            product = add(product, point)
        point = add(point, point)
        scalar >>= 1
    return product


def decode_point(encoding: bytes) -> Optional[Point]:
    """Reads 32 bytes: y in the low 255 bits, the sign of x above it.

    ZIP 215 takes a y that is not below P (its remainder counts) and a sign on an x of zero (it changes nothing).
    """
    number = int.from_bytes(encoding, "little")
    sign, y = number >> 255, (number & (2**255 - 1)) % P
    # x² = u/v; the candidate root is u v³ (u v⁷)^((P - 5) / 8).
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == -u % P:
        x = x * SQRT_MINUS_1 % P
    if v * x * x % P != u:
        return None
    if x & 1 != sign:
        x = -x % P
    return Point(x, y, 1, x * y % P)


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_valid(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether [8]([S]B - R - [k]A) is the identity, for points A and R and S below L."""
    point_a, point_r = decode_point(key), decode_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if point_a is None or point_r is None or s >= L:
        return False
    # The bytes as they were given are hashed, not the points written anew.
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    rest = add(add(multiply(s, BASE), negate(point_r)), multiply(k, negate(point_a)))
    times_eight = multiply(8, rest)
    return times_eight.X == 0 and times_eight.Y == times_eight.Z


def fast_verifier() -> Callable[[bytes, bytes, bytes], bool]:
    """`is_valid`, with PyNaCl (libsodium) asked first. Raises ImportError where it is not installed."""
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import BadSignatureError

    def verify(key: bytes, message: bytes, signature: bytes) -> bool:
        try:
            crypto_sign_open(signature + message, key)
            return True
        except BadSignatureError:
            return is_valid(key, message, signature)

    return verify
