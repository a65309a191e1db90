"""Seeds: draw one, derive a child's from its name."""
import hashlib
import secrets

LARGEST = 2**32 - 1


def draw() -> int:
    """A fresh random seed, 0 to 2**32-1."""
    return secrets.randbits(32)


def derive(seed: int, key: str) -> int:
    """A child's seed: fixed by its parent's seed and its own name, not by the order of the calls."""
    return int.from_bytes(hashlib.blake2b(f"{seed}/{key}".encode(), digest_size=4).digest(), "big")


def nth(seed: int, index: int) -> int:
    """The seed of picture number `index` of a batch: seed + index, wrapping at 2**32."""
    return (seed + index) & LARGEST
