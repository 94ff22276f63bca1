"""How byte strings are written (PROTOCOL.md, `lv` and `b64u`), and read back in one way only (rule 1)."""

from __future__ import annotations

import base64
import re
from typing import Final

#: What every hash and label of the protocol begins with.
P: Final = b"duet/1"

_LENGTH_BYTES_MAX: Final = 3
_B64U: Final = re.compile(r"[A-Za-z0-9_-]*")


class EncodingError(ValueError):
    """Bytes or a text that no honest peer writes."""


def lv(*parts: bytes) -> bytes:
    """Each part behind its length in unsigned LEB128 (`lv_cat` of CPace)."""
    whole = bytearray()
    for part in parts:
        length = len(part)
        while length > 0x7F:
            whole.append(length & 0x7F | 0x80)
            length >>= 7
        whole.append(length)
        whole += part
    return bytes(whole)


def read_lv(data: bytes, count: int) -> list[bytes]:
    """Takes exactly `count` parts apart.

    Raises:
        EncodingError: a length is not in its shortest form or has more than three bytes, a part is cut,
            or something is left behind the last one.
    """
    parts = []
    at = 0
    for _ in range(count):
        length, at = _read_length(data, at)
        if at + length > len(data):
            raise EncodingError("a part is cut")
        parts.append(data[at : at + length])
        at += length
    if at != len(data):
        raise EncodingError("something is behind the last part")
    return parts


def _read_length(data: bytes, start: int) -> tuple[int, int]:
    length = 0
    for size, byte in enumerate(data[start : start + _LENGTH_BYTES_MAX]):
        length |= (byte & 0x7F) << (7 * size)
        if byte <= 0x7F:
            if byte == 0 and size > 0:
                raise EncodingError("a length is not in its shortest form")
            return length, start + size + 1
    raise EncodingError("a length is cut or too long")


def b64u(data: bytes) -> str:
    """URL-safe Base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def read_b64u(text: str) -> bytes:
    """Reads only what `b64u` writes.

    Python's decoder skips foreign characters and ignores the unused bits of the last one.

    Raises:
        EncodingError: padding, a foreign character, a length that no bytes have, unused bits that are not zero.
    """
    if _B64U.fullmatch(text) is None or len(text) % 4 == 1:
        raise EncodingError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text:
        raise EncodingError("not the one base64url of its bytes")
    return data
