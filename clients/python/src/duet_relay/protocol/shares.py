"""What the two sides exchange, `x` and `y`, taken apart by rule 1 of PROTOCOL.md section 3.3."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .capabilities import CAPABILITIES_BYTES_MAX
from .encoding import EncodingError, P, lv, read_b64u, read_lv
from .group import POINT_BYTES

if TYPE_CHECKING:
    from .suites import Suite

SID_BYTES: Final = 16
HASH_BYTES: Final = 32
_EK_BYTES: Final = 1184
_CT_BYTES: Final = 1088
_SHARE_CHARACTERS_MAX: Final = 4096


@dataclass(frozen=True, slots=True)
class SenderShare:
    """`x`: the sender's share and what it is bound to. `data` is all of it as it crossed the wire."""

    data: bytes
    sid: bytes
    point: bytes
    ek: bytes
    commitment: bytes
    capabilities: bytes

    @property
    def associated(self) -> bytes:
        """`ADa`."""
        return lv(self.ek, self.commitment, self.capabilities)

    @classmethod
    def make(cls, *, sid: bytes, point: bytes, ek: bytes, commitment: bytes, capabilities: bytes) -> SenderShare:
        """Puts `x` together."""
        data = lv(sid, point, lv(ek, commitment, capabilities))
        return cls(data, sid, point, ek, commitment, capabilities)

    @classmethod
    def read(cls, suite: Suite, text: str) -> SenderShare:
        """Takes `x` apart. Whether its point is one is found out when it is multiplied.

        Raises:
            EncodingError: anything that rule 1 forbids.
        """
        data = _read_share(text)
        sid, point, associated = read_lv(data, 3)
        ek, commitment, capabilities = read_lv(associated, 3)
        _check_sizes(
            (sid, SID_BYTES),
            (point, POINT_BYTES),
            (ek, _EK_BYTES if suite.is_hybrid else 0),
            (commitment, HASH_BYTES),
        )
        _check_capabilities(capabilities)
        return cls(data, sid, point, ek, commitment, capabilities)


@dataclass(frozen=True, slots=True)
class RecipientShare:
    """`y`: the recipient's answer."""

    data: bytes
    point: bytes
    ct: bytes
    capabilities: bytes

    @property
    def associated(self) -> bytes:
        """`ADb`."""
        return lv(self.ct, self.capabilities)

    @classmethod
    def make(cls, *, point: bytes, ct: bytes, capabilities: bytes) -> RecipientShare:
        """Puts `y` together."""
        return cls(lv(point, lv(ct, capabilities)), point, ct, capabilities)

    @classmethod
    def read(cls, suite: Suite, text: str) -> RecipientShare:
        """Takes `y` apart.

        Raises:
            EncodingError: anything that rule 1 forbids.
        """
        data = _read_share(text)
        point, associated = read_lv(data, 2)
        ct, capabilities = read_lv(associated, 2)
        _check_sizes((point, POINT_BYTES), (ct, _CT_BYTES if suite.is_hybrid else 0))
        _check_capabilities(capabilities)
        return cls(data, point, ct, capabilities)


def commit(nonce: bytes) -> bytes:
    """The sender's commitment to `nS`, which the digits are made of."""
    return hashlib.sha256(lv(P, b"sas-commit", nonce)).digest()


def _read_share(text: str) -> bytes:
    if len(text) > _SHARE_CHARACTERS_MAX:
        raise EncodingError("a share is too long")
    return read_b64u(text)


def _check_sizes(*parts: tuple[bytes, int]) -> None:
    if any(len(part) != size for part, size in parts):
        raise EncodingError("a part has a wrong size")


def _check_capabilities(capabilities: bytes) -> None:
    if len(capabilities) > CAPABILITIES_BYTES_MAX:
        raise EncodingError("the capabilities are too long")
