"""The key schedule of PROTOCOL.md section 3.1."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from .encoding import P, b64u, lv

if TYPE_CHECKING:
    from .shares import RecipientShare, SenderShare
    from .suites import Suite

#: Which way a message goes: from sender to recipient, or back.
Direction = Literal["s2r", "r2s"]

_DSI: Final = b"CPaceRistretto255"
#: Of SHA-512.
_HASH_BLOCK: Final = 128
_KEY_BYTES: Final = 32
_SAS_BYTES: Final = 3


def expand(algorithm: hashes.HashAlgorithm, key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand of RFC 5869."""
    return HKDFExpand(algorithm, length, info).derive(key)


def channel_identifier(suite: Suite, channel: str) -> bytes:
    """`CI`: what the key is bound to beside the words."""
    return lv(P, suite.curve.encode(), channel.encode(), b"sender", b"recipient")


def generator_string(suite: Suite, channel: str, words: str, sid: bytes) -> bytes:
    """`gs` of CPace, with zeros that fill the first block of the hash."""
    prs = words.encode()
    zeros = bytes(max(0, _HASH_BLOCK - 1 - len(lv(prs)) - len(lv(_DSI))))
    return lv(_DSI, prs, zeros, channel_identifier(suite, channel), sid)


@dataclass(frozen=True, slots=True)
class Secrets:
    """`ISK`, `TH`, `prk` and `k`. Never shown: `repr` leaves them out."""

    isk: bytes = field(repr=False)
    transcript: bytes = field(repr=False)
    prk: bytes = field(repr=False)
    k: bytes = field(repr=False)

    @classmethod
    def derive(
        cls,
        suite: Suite,
        channel: str,
        shares: tuple[SenderShare, RecipientShare],
        product: bytes,
        encapsulated: bytes,
    ) -> Secrets:
        """Everything that follows from the shares and both secrets.

        Args:
            suite: which key agreement it was.
            channel: the name of the channel.
            shares: `x` and `y`.
            product: `K` of CPace.
            encapsulated: `ss` of ML-KEM-768, empty without.
        """
        x, y = shares
        isk = hashlib.sha512(
            lv(_DSI + b"_ISK", x.sid, product) + lv(x.point, x.associated) + lv(y.point, y.associated)
        ).digest()
        transcript = hashlib.sha512(lv(P, suite.curve.encode(), channel.encode(), x.data, y.data)).digest()
        prk = hmac.digest(P + b" extract", lv(encapsulated, isk), "sha512")
        k = expand(hashes.SHA512(), prk, lv(P, b"k", transcript), _KEY_BYTES)
        return cls(isk, transcript, prk, k)


class Keys:
    """What is made of `k`. `h_k` and `hh_k` are as on the wire."""

    def __init__(self, k: bytes) -> None:
        self._k = k
        tag = self._derive(b"h_k")
        self.h_k = b64u(tag)
        self.hh_k = b64u(hashlib.sha256(lv(P, b"hh_k", tag)).digest())
        self._directions: dict[Direction, bytes] = {
            "s2r": self._derive(b"s2r"),
            "r2s": self._derive(b"r2s"),
        }

    def of(self, direction: Direction) -> bytes:
        """The key of the messages that go this way."""
        return self._directions[direction]

    def sas(self, nonce: bytes) -> str:
        """Eight digits that two people can compare, of the sender's `nS`."""
        number = expand(hashes.SHA256(), self._k, lv(P, b"sas", nonce), _SAS_BYTES)
        digits = f"{int.from_bytes(number, 'big'):08}"
        return f"{digits[:4]} {digits[4:]}"

    def _derive(self, label: bytes) -> bytes:
        return expand(hashes.SHA256(), self._k, lv(P, label, b""), _KEY_BYTES)


def is_same_tag(one: str, other: str) -> bool:
    """Compares in constant time (rule 5)."""
    return hmac.compare_digest(*(text.encode("utf-8", "surrogatepass") for text in (one, other)))
