"""Addresses as text: bech32m (BIP 350)."""

from __future__ import annotations

from typing import List

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CHECKSUM = 0x2BC8_30A3
GENERATOR = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]


def polymod(values: List[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FF_FFFF) << 5 ^ value
        for bit in range(5):
            check ^= GENERATOR[bit] if top >> bit & 1 else 0
    return check


def expand(prefix: str) -> List[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def encode(prefix: str, data: bytes) -> str:
    # Bits in groups of five, the last filled up with zeros.
    fill = -8 * len(data) % 5
    bits, groups = int.from_bytes(data, "big") << fill, (8 * len(data) + fill) // 5
    values = [bits >> 5 * place & 31 for place in reversed(range(groups))]
    check = polymod(expand(prefix) + values + [0] * 6) ^ CHECKSUM
    values += [check >> 5 * place & 31 for place in reversed(range(6))]
    return f"{prefix}1" + "".join(CHARSET[value] for value in values)


def decode(prefix: str, text: str) -> bytes:
    """The bytes of a lower-case text. Raises ValueError where it is not the one form of any."""
    if not text.startswith(f"{prefix}1"):
        raise ValueError(f"an address that begins with {prefix}1")
    values = [CHARSET.find(letter) for letter in text[len(prefix) + 1 :]]
    if -1 in values or polymod(expand(prefix) + values) != CHECKSUM:
        raise ValueError("a bech32m address")
    bits = 0
    for value in values[:-6]:
        bits = bits << 5 | value
    fill = 5 * len(values[:-6]) % 8
    if 5 * len(values[:-6]) // 8 != 20 or fill >= 5 or bits & ((1 << fill) - 1):
        raise ValueError("20 bytes")
    return (bits >> fill).to_bytes(20, "big")
