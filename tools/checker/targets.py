"""Targets: the four-byte form, the work behind one, and how the next follows from the last (docs/protocol.md, 9)."""

from __future__ import annotations


def expand(compact: int) -> int:
    """The number that a compact target stands for. Raises ValueError where it is not the one form of a number."""
    length, mantissa = compact >> 24, compact & 0x007F_FFFF
    if compact & 0x0080_0000:
        raise ValueError("a number without the sign bit")
    target = mantissa << 8 * (length - 3) if length > 3 else mantissa >> 8 * (3 - length)
    if target >= 2**256:
        raise ValueError("a number of at most 256 bits")
    if target == 0:
        raise ValueError("a number above zero")
    if compress(target) != compact:
        raise ValueError(f"its one form, {text(compress(target))}")
    return target


def compress(target: int) -> int:
    """The four-byte form, rounded down."""
    length = (target.bit_length() + 7) // 8
    mantissa = target >> 8 * (length - 3) if length > 3 else target << 8 * (3 - length)
    if mantissa & 0x0080_0000:
        mantissa, length = mantissa >> 8, length + 1
    return length << 24 | mantissa


def work(target: int) -> int:
    """The expected number of attempts, rounded down."""
    return 2**256 // (target + 1)


def following(parent: int, solve_ms: int, interval_ms: int, half_life_ms: int, limit: int) -> int:
    """The target after one of `parent` whose block came `solve_ms` after its own parent: ASERT, integers only."""
    solve_ms = max(-(2**63), min(2**63 - 1, solve_ms))
    late = (solve_ms - interval_ms) * 65536
    # Python's // rounds down; this division rounds toward zero.
    exponent = abs(late) // half_life_ms * (1 if late >= 0 else -1)
    shift, fraction = exponent >> 16, exponent & 0xFFFF
    polynomial = 195766423245049 * fraction + 971821376 * fraction**2 + 5127 * fraction**3 + 2**47
    factor = 65536 + (polynomial >> 48)
    # A shift past these bounds is past the limit, or past one.
    shift = max(-512, min(512, shift)) - 16
    target = parent * factor << shift if shift >= 0 else parent * factor >> -shift
    return max(1, min(limit, target))


def text(compact: int) -> str:
    return f"{compact:#010x}"
