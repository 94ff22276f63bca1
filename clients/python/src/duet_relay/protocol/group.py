"""ristretto255 (RFC 9496) with the refusals of PROTOCOL.md section 3.3, over libsodium."""

from __future__ import annotations

import hashlib
from typing import Final

import rbcl

#: The number of points, a prime.
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
POINT_BYTES: Final = 32
#: So much more than the order has that the remainder is uniform.
SEED_BYTES: Final = 48

_IDENTITY: Final = bytes(POINT_BYTES)
_FIELD: Final = 2**255 - 19


class PointError(ValueError):
    """Not the canonical encoding of a point, or the identity."""


def draw_scalar(seed: bytes) -> int:
    """A uniform scalar from 1 to order - 1 out of 48 random bytes."""
    return int.from_bytes(seed, "little") % (ORDER - 1) + 1


def generator(gs: bytes) -> bytes:
    """The point of a generator string (RFC 9496 section 4.3.4)."""
    return bytes(rbcl.crypto_core_ristretto255_from_hash(hashlib.sha512(gs).digest()))


def multiply(scalar: int, point: bytes) -> bytes:
    """Multiplies a point that may come from anybody.

    Raises:
        PointError: for what is not a point, and for the identity as point or product (rule 2).
    """
    # 32 zero bytes decode to the identity without an error.
    if len(point) != POINT_BYTES or point == _IDENTITY:
        raise PointError("not a share")
    # RFC 9496 section 4.3.1. The libsodium that comes with rbcl 1.1.2 does not look at the highest bit.
    encoded = int.from_bytes(point, "little")
    if encoded >= _FIELD or encoded % 2:
        raise PointError("not the canonical encoding of a field element")
    if not rbcl.crypto_core_ristretto255_is_valid_point(point):
        raise PointError("not the canonical encoding of a point")
    try:
        product = bytes(rbcl.crypto_scalarmult_ristretto255(scalar.to_bytes(POINT_BYTES, "little"), point))
    except RuntimeError as error:
        raise PointError("the product is the identity") from error
    if product == _IDENTITY:
        raise PointError("the product is the identity")
    return product
