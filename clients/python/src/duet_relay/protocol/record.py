"""One encrypted message (PROTOCOL.md section 6.1), chunk by chunk, in buffers that are used again.

`MessageWriter` and `MessageReader` know neither sockets nor what a message says. A buffer that they hand out is valid
until their next call.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .encoding import P, lv
from .keys import Direction, expand
from .messages import MessageError

SALT_BYTES: Final = 24
COMMITMENT_BYTES: Final = 32
HEAD_BYTES: Final = SALT_BYTES + COMMITMENT_BYTES
LENGTH_BYTES: Final = 3
TAG_BYTES: Final = 16
#: The plaintext of one message, at most.
MESSAGE_BYTES_MAX: Final = 2**36

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_HASH_BYTES: Final = 64


class RecordError(Exception):
    """A message that is forged, cut, moved, doubled or of a type that may not come now."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: what its key is bound to beside its salt and type."""

    direction: Direction
    conn: bytes
    index: int

    def context(self, kind: str) -> bytes:
        """`context` for a message of this type."""
        index = self.index.to_bytes(8, "big")
        return lv(P, self.direction.encode(), self.conn, index, kind.encode())


class MessageCipher:
    """The key of one message, and the nonces of its chunks in turn."""

    def __init__(self, key: bytes, chunk: int, salt: bytes, context: bytes) -> None:
        label = b"duet/1/chunk%d+AEAD_AES_256_GCM" % chunk
        size = _KEY_BYTES + _NONCE_BYTES + COMMITMENT_BYTES
        # The library wants a key as long as the hash; zeros behind a short HMAC key change nothing.
        padded = key.ljust(_HASH_BYTES, b"\0")
        material = expand(hashes.SHA512(), padded, label + b"\0" + salt + context, size)
        self.key = material[:_KEY_BYTES]
        self.base_nonce = material[_KEY_BYTES : _KEY_BYTES + _NONCE_BYTES]
        self.commitment = material[_KEY_BYTES + _NONCE_BYTES :]
        self._aead = AESGCM(self.key)
        self._base = int.from_bytes(self.base_nonce, "big")
        self._next = 0

    def encrypt_into(self, plaintext: memoryview, out: memoryview) -> None:
        """Encrypts the next chunk into a buffer of its size and a tag's."""
        self._aead.encrypt_into(self._nonce(), plaintext, None, out)

    def decrypt_into(self, chunk: memoryview, out: memoryview) -> None:
        """Opens the next chunk.

        Raises:
            RecordError: it is forged.
        """
        try:
            self._aead.decrypt_into(self._nonce(), chunk, None, out)
        except InvalidTag:
            raise RecordError("a chunk does not open") from None

    def _nonce(self) -> bytes:
        nonce = self._base ^ self._next
        self._next += 1
        return nonce.to_bytes(_NONCE_BYTES, "big")


class Buffers:
    """Room for one chunk, plain and sealed, for all messages of one direction."""

    def __init__(self, chunk: int) -> None:
        self.chunk = chunk
        self.plain = memoryview(bytearray(chunk))
        self.sealed = memoryview(bytearray(LENGTH_BYTES + chunk + TAG_BYTES))


class MessageWriter:
    """Seals one message. `write` as often as needed, then `close` once.

    Args:
        send: takes each piece of the wire; it must be done with it when it returns.
        key: the key of the direction.
        place: where the message stands.
        kind: its type.
        buffers: used until `close`.
        salt: fresh for every message; given by tests only.
    """

    def __init__(
        self,
        send: Callable[[memoryview], None],
        key: bytes,
        place: Place,
        kind: str,
        buffers: Buffers,
        salt: bytes | None = None,
    ) -> None:
        self._send = send
        self._buffers = buffers
        self._filled = 0
        self.size = 0
        salt = os.urandom(SALT_BYTES) if salt is None else salt
        self._cipher = MessageCipher(key, buffers.chunk, salt, place.context(kind))
        self._head = salt + self._cipher.commitment

    def write(self, data: bytes | memoryview) -> None:
        """Adds plaintext; sends each chunk that is full."""
        view = memoryview(data)
        self.size += len(view)
        while view:
            if self._filled == self._buffers.chunk:
                self._send_chunk()
            room = min(len(view), self._buffers.chunk - self._filled)
            self._buffers.plain[self._filled : self._filled + room] = view[:room]
            self._filled += room
            view = view[room:]

    def close(self) -> None:
        """Sends the last chunk, which is shorter than the others and may be empty."""
        if self._filled == self._buffers.chunk:
            self._send_chunk()
        self._send_chunk()

    def _send_chunk(self) -> None:
        if self._head:
            self._send(memoryview(self._head))
            self._head = b""
        size = self._filled + TAG_BYTES
        whole = self._buffers.sealed[: LENGTH_BYTES + size]
        whole[:LENGTH_BYTES] = size.to_bytes(LENGTH_BYTES, "big")
        self._cipher.encrypt_into(self._buffers.plain[: self._filled], whole[LENGTH_BYTES:])
        self._filled = 0
        self._send(whole)


class MessageReader:
    """Opens one message.

    Args:
        receive_into: fills a buffer, or raises.
        key: the key of the direction.
        place: where the message stands.
        kinds: the types that may come; at most three.
        buffers: used until the last chunk.

    Raises:
        RecordError: no type that may come has this commitment.
    """

    def __init__(
        self,
        receive_into: Callable[[memoryview], None],
        key: bytes,
        place: Place,
        kinds: Iterable[str],
        buffers: Buffers,
    ) -> None:
        self._receive_into = receive_into
        self._buffers = buffers
        self._is_over = False
        self._left = MESSAGE_BYTES_MAX
        head = bytearray(HEAD_BYTES)
        receive_into(memoryview(head))
        salt, commitment = bytes(head[:SALT_BYTES]), bytes(head[SALT_BYTES:])
        found: tuple[str, MessageCipher] | None = None
        # All of them, so that the time does not say which one it was.
        for kind in kinds:
            cipher = MessageCipher(key, buffers.chunk, salt, place.context(kind))
            if hmac.compare_digest(cipher.commitment, commitment):
                found = kind, cipher
        if found is None:
            raise RecordError("a message that may not come here")
        self.kind, self._cipher = found

    def chunk(self) -> memoryview | None:
        """The plaintext of the next chunk; None behind the last.

        Raises:
            RecordError: a chunk is forged or has a size that none has.
        """
        if self._is_over:
            return None
        prefix = bytearray(LENGTH_BYTES)
        self._receive_into(memoryview(prefix))
        size = int.from_bytes(prefix, "big")
        # Before memory is used.
        if not TAG_BYTES <= size <= self._buffers.chunk + TAG_BYTES:
            raise RecordError("a chunk of a size that none has")
        plain_size = size - TAG_BYTES
        self._is_over = plain_size < self._buffers.chunk
        self._left -= plain_size
        if self._left < 0:
            raise MessageError("a message that is too long")
        sealed = self._buffers.sealed[:size]
        self._receive_into(sealed)
        plain = self._buffers.plain[:plain_size]
        self._cipher.decrypt_into(sealed, plain)
        return plain

    def whole(self, limit: int) -> bytes:
        """All of its plaintext, for what must be whole before it may be used.

        Raises:
            MessageError: it is longer than the limit. Whoever sent it holds the key: that is no forgery.
        """
        data = bytearray()
        while (part := self.chunk()) is not None:
            data += part
            if len(data) > limit:
                raise MessageError("a message that is too long")
        return bytes(data)
