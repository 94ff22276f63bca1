"""What a side can do (PROTOCOL.md section 3.2). Read only after the tag has shown who said it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..problem import Problem
from .strict_json import JsonError, natural, read_object, write_object

CHUNK_MIN: Final = 16_384
CHUNK_MAX: Final = 8_388_608
CHUNK_DEFAULT: Final = 1_048_576
CAPABILITIES_BYTES_MAX: Final = 1024


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The versions of the protocol that a side speaks, and the largest chunk that it takes."""

    versions: tuple[int, ...] = (1,)
    chunk: int = CHUNK_DEFAULT

    def encode(self) -> bytes:
        """As the shares carry them."""
        return write_object({"v": list(self.versions), "chunk": self.chunk})


@dataclass(frozen=True, slots=True)
class Agreement:
    """What two sides have in common."""

    version: int
    chunk: int


def agree(own: Capabilities, received: bytes) -> Agreement:
    """Finds what both sides can do.

    Raises:
        Problem: `unsupported`, with a hint that says which side must update.
    """
    try:
        other = _decode(received)
    except JsonError as error:
        raise Problem(
            "unsupported",
            "the other side describes itself in a way that is not valid",
            "Update the other side.",
        ) from error
    common = set(own.versions) & set(other.versions)
    if not common:
        side = "this side" if max(own.versions) < max(other.versions) else "the other side"
        raise Problem("unsupported", f"{side} is too old", f"Update {side}.")
    return Agreement(max(common), min(own.chunk, other.chunk))


def _decode(data: bytes) -> Capabilities:
    if len(data) > CAPABILITIES_BYTES_MAX:
        raise JsonError("too long")
    told = read_object(data)
    versions = told.get("v")
    if not isinstance(versions, list) or not versions:
        raise JsonError("no versions")
    chunk = natural(told.get("chunk", CHUNK_DEFAULT))
    if not CHUNK_MIN <= chunk <= CHUNK_MAX or chunk & (chunk - 1) != 0:
        raise JsonError("not a chunk size")
    return Capabilities(tuple(natural(each) for each in versions), chunk)
