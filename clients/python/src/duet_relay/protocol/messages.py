"""The small messages of PROTOCOL.md section 6.3: hello, end, ack and error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from .shares import HASH_BYTES
from .strict_json import JsonError, natural, read_object, write_object

Role = Literal["sender", "recipient"]

#: The plaintext of each of them, in one chunk.
SMALL_BYTES_MAX: Final = 4096
NONCE_BYTES: Final = 16


class MessageError(ValueError):
    """A message that opened and says what none may say."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of each direction. `sas_nonce` is `nS`, from a sender only."""

    nonce: bytes
    sas_nonce: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Its plaintext."""
        return self.nonce + self.sas_nonce + b"{}"

    @classmethod
    def decode(cls, role: Role, data: bytes) -> Hello:
        """Reads the hello of the side that has this role."""
        border = NONCE_BYTES + (HASH_BYTES if role == "sender" else 0)
        if len(data) < border:
            raise MessageError("a hello is too short")
        _read(data[border:])
        return cls(data[:NONCE_BYTES], data[NONCE_BYTES:border])


@dataclass(frozen=True, slots=True)
class End:
    """What the sender has done on this connection: entries, how many of them it gave up, bytes in frames."""

    entries: int
    failed: int
    size: int

    def encode(self) -> bytes:
        """Its plaintext."""
        return write_object({"entries": self.entries, "failed": self.failed, "bytes": self.size})

    @classmethod
    def decode(cls, data: bytes) -> End:
        """Reads it."""
        try:
            told = read_object(data)
            return cls(*(natural(told.get(key)) for key in ("entries", "failed", "bytes")))
        except JsonError as error:
            raise MessageError(f"end: {error}") from error


@dataclass(frozen=True, slots=True)
class Ack:
    """What the recipient has: entries in their places, bytes of frames received."""

    entries: int
    size: int

    def encode(self) -> bytes:
        """Its plaintext."""
        return write_object({"entries": self.entries, "bytes": self.size})

    @classmethod
    def decode(cls, data: bytes) -> Ack:
        """Reads it."""
        try:
            told = read_object(data)
            return cls(*(natural(told.get(key)) for key in ("entries", "bytes")))
        except JsonError as error:
            raise MessageError(f"ack: {error}") from error


@dataclass(frozen=True, slots=True)
class Error:
    """Why the other side stops."""

    code: str
    message: str

    def encode(self) -> bytes:
        """Its plaintext, whose message is cut to what fits."""
        # A character has at most four bytes, or six where JSON escapes it.
        text = self.message[: SMALL_BYTES_MAX // 8]
        return write_object({"code": self.code, "message": text})

    @classmethod
    def decode(cls, data: bytes) -> Error:
        """Reads it."""
        told = _read(data)
        code, message = told.get("code"), told.get("message")
        if not isinstance(code, str) or not isinstance(message, str):
            raise MessageError("error: without code or message")
        return cls(code, message)


def _read(data: bytes) -> dict[str, object]:
    try:
        return read_object(data)
    except JsonError as error:
        raise MessageError(str(error)) from error
