"""One round of the key agreement, from either side (PROTOCOL.md section 3).

A round object answers once and then forgets what it drew (rule 4). Whatever breaks rules 1 to 3, and a tag that does
not match, is one and the same failure: `wrong_code`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey

from ..problem import Problem
from .capabilities import Agreement, Capabilities, agree
from .encoding import b64u
from .group import SEED_BYTES, PointError, draw_scalar, generator, multiply
from .keys import Keys, Secrets, generator_string, is_same_tag
from .shares import HASH_BYTES, SID_BYTES, RecipientShare, SenderShare, commit
from .suites import Suite

#: Returns so many random bytes. Another than `os.urandom` is for test vectors.
Random = Callable[[int], bytes]
#: The secret and the ciphertext for a public key. Another than `encapsulate_to` is for test vectors.
Encapsulate = Callable[[bytes], tuple[bytes, bytes]]

_OWN: Capabilities = Capabilities()
_MLKEM_SEED_BYTES = 64


@dataclass(frozen=True, slots=True)
class Agreed:
    """What both sides hold after a round.

    Attributes:
        keys: the keys of the round.
        chunk: the size of the chunks of both directions.
        nonce: `nS`, at the sender.
        commitment: what `nS` must fit, at the recipient.
    """

    keys: Keys = field(repr=False)
    chunk: int
    nonce: bytes = field(default=b"", repr=False)
    commitment: bytes = b""


class SenderRound:
    """The sender's side of a round."""

    def __init__(
        self,
        suite: Suite,
        channel: str,
        words: str,
        *,
        capabilities: Capabilities = _OWN,
        random: Random = os.urandom,
    ) -> None:
        self._suite = suite
        self._channel = channel
        self._capabilities = capabilities
        sid = random(SID_BYTES)
        self._scalar: int | None = draw_scalar(random(SEED_BYTES))
        self._nonce = random(HASH_BYTES)
        self._decapsulation = MLKEM768PrivateKey.from_seed_bytes(random(_MLKEM_SEED_BYTES)) if suite.is_hybrid else None
        ek = self._decapsulation.public_key().public_bytes_raw() if self._decapsulation else b""
        g = generator(generator_string(suite, channel, words, sid))
        self.share = SenderShare.make(
            sid=sid,
            point=multiply(self._scalar, g),
            ek=ek,
            commitment=commit(self._nonce),
            capabilities=capabilities.encode(),
        )

    @property
    def x(self) -> str:
        """What the sender posts."""
        return b64u(self.share.data)

    def finish(self, y: str, hh_k: str) -> Agreed:
        """Checks the recipient's answer. Only after it may `h_k` be shown to anybody (rule 6).

        Raises:
            Problem: `wrong_code`; `unsupported` for a recipient that holds the key and speaks another version.
        """
        scalar, self._scalar = self._scalar, None
        decapsulation, self._decapsulation = self._decapsulation, None
        if scalar is None:
            raise RuntimeError("a round answers once")
        try:
            share = RecipientShare.read(self._suite, y)
            if share.point == self.share.point:
                raise PointError("our own share came back")
            product = multiply(scalar, share.point)
            encapsulated = decapsulation.decapsulate(share.ct) if decapsulation else b""
        except ValueError as error:
            raise Problem("wrong_code") from error
        secrets = Secrets.derive(self._suite, self._channel, (self.share, share), product, encapsulated)
        keys = Keys(secrets.k)
        if not is_same_tag(keys.hh_k, hh_k):
            raise Problem("wrong_code")
        agreement = agree(self._capabilities, share.capabilities)
        return Agreed(keys, agreement.chunk, nonce=self._nonce)


class RecipientRound:
    """The recipient's side of a round. It is made of the sender's `x`.

    Raises:
        Problem: `wrong_code` for an `x` that no honest sender makes.
    """

    def __init__(
        self,
        suite: Suite,
        channel: str,
        words: str,
        x: str,
        *,
        capabilities: Capabilities = _OWN,
        random: Random = os.urandom,
        encapsulate: Encapsulate | None = None,
    ) -> None:
        self._capabilities = capabilities
        try:
            sender = SenderShare.read(suite, x)
            scalar = draw_scalar(random(SEED_BYTES))
            encapsulated, ct = (encapsulate or encapsulate_to)(sender.ek) if suite.is_hybrid else (b"", b"")
            g = generator(generator_string(suite, channel, words, sender.sid))
            product = multiply(scalar, sender.point)
        except ValueError as error:
            raise Problem("wrong_code") from error
        share = RecipientShare.make(point=multiply(scalar, g), ct=ct, capabilities=capabilities.encode())
        self._sender = sender
        secrets = Secrets.derive(suite, channel, (sender, share), product, encapsulated)
        self._keys = Keys(secrets.k)
        self.y = b64u(share.data)
        self.hh_k = self._keys.hh_k

    def confirm(self, h_k: str) -> Agreed:
        """Checks what the sender revealed.

        Raises:
            Problem: `wrong_code`; `unsupported` for a sender that holds the key and speaks another version.
        """
        if not is_same_tag(self._keys.h_k, h_k):
            raise Problem("wrong_code")
        agreement: Agreement = agree(self._capabilities, self._sender.capabilities)
        return Agreed(self._keys, agreement.chunk, commitment=self._sender.commitment)


def encapsulate_to(ek: bytes) -> tuple[bytes, bytes]:
    """ML-KEM-768.Encaps: the secret and the ciphertext. Draws from the system, since the library takes no `m`.

    Raises:
        ValueError: the modulus check of FIPS 203 section 7.2.
    """
    encapsulated, ct = MLKEM768PublicKey.from_public_bytes(ek).encapsulate()
    return encapsulated, ct
