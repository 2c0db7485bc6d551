"""Chance that is always the same: draws and numbers from names. No state, so any time can be asked about at any time."""

import random
from hashlib import blake2b

_ODD = 0x9E3779B97F4A7C15
"""The golden ratio's digits: multiplying by it spreads neighbours far apart."""


def chance(*names: object) -> random.Random:
    """Return a source of chance of its own for each sequence of names."""
    return random.Random("/".join(map(str, names)))  # noqa: S311 - no secret


def number(*names: object, bits: int = 64) -> int:
    """Return a number of 0 to 2**bits - 1 (at most 64 bits), always the same for the same names."""
    digest = blake2b("/".join(map(str, names)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> (64 - bits)


def scattered(place: int, bits: int = 58) -> int:
    """Return the number that stands for a place, 0 to 2**bits - 1: quickly, and another one for every place below 2**bits."""
    return place * _ODD & ((1 << bits) - 1)


def share(*names: object) -> float:
    """Return a number from 0 up to 1, always the same for the same names."""
    return number(*names, bits=53) / 2**53
