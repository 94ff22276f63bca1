"""One encrypted connection (PROTOCOL.md section 6): hellos first, then messages in their order."""

from __future__ import annotations

import hashlib
import os
from typing import Final, Self

from ..problem import Problem, clean_text
from ..protocol.encoding import lv
from ..protocol.handshake import Agreed
from ..protocol.keys import Direction
from ..protocol.messages import NONCE_BYTES, SMALL_BYTES_MAX, Error, Hello
from ..protocol.record import Buffers, MessageReader, MessageWriter, Place
from ..protocol.shares import commit
from ..relay import Role
from ..stapler import StaplerStream

#: A line that is silent for so long while data is due is lost.
SILENCE_SECONDS: Final = 300.0

#: What the other side may stop with; anything else is `failed`.
_PEER_ERRORS: Final = frozenset(
    {
        "declined",
        "cancelled",
        "interfered",
        "no_space",
        "cannot_write",
        "cannot_read",
        "bad_message",
        "unsupported",
    }
)


class SecureConnection:
    """Messages over a stream. Which ones may come is said by who asks; `error` may always.

    Args:
        stream: stapled or still waiting; owned from now on.
        role: of this side.
        agreed: the keys of the round.
    """

    def __init__(self, stream: StaplerStream, role: Role, agreed: Agreed) -> None:
        self._stream = stream
        self._role: Role = role
        self._agreed = agreed
        outgoing: Direction = "s2r" if role == "sender" else "r2s"
        incoming: Direction = "r2s" if role == "sender" else "s2r"
        self._out = _Lane(agreed, outgoing)
        self._in = _Lane(agreed, incoming)
        self._timeout: float | None = SILENCE_SECONDS
        self._writer: MessageWriter | None = None
        #: Whether a message behind its hello has opened: a hello can be played back, so it proves nobody's presence.
        self.was_heard = False
        #: Whether the other side has said why it stops.
        self.was_told = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def greet(self, wait_for_peer: float) -> None:
        """Exchanges hellos, which makes the two ends one connection.

        Raises:
            Problem: what the stapler refuses; `nobody_came`, `connection_lost`; `interfered` when the sender's `nS`
                is not what it had committed itself to.
        """
        nonce = os.urandom(NONCE_BYTES)
        own = Hello(nonce, self._agreed.nonce if self._role == "sender" else b"")
        self.send("hello", own.encode())
        self._stream.wait_until_stapled(wait_for_peer)
        other_role: Role = "recipient" if self._role == "sender" else "sender"
        message = self._open(["hello"])
        other = Hello.decode(other_role, message.whole(SMALL_BYTES_MAX))
        nonces = (nonce, other.nonce) if self._role == "sender" else (other.nonce, nonce)
        conn = hashlib.sha256(lv(*nonces)).digest()
        self._out.conn = self._in.conn = conn
        if self._role == "recipient" and commit(other.sas_nonce) != self._agreed.commitment:
            problem = Problem("interfered", "the sender is not bound to what it said")
            self.fail(problem.code, problem.message)
            raise problem

    def begin(self, kind: str) -> MessageWriter:
        """A message that is written piece by piece; the next may begin when it is closed."""
        place = self._out.take_place()
        self._writer = MessageWriter(self._send, self._out.key, place, kind, self._out.buffers)
        return self._writer

    def end(self) -> None:
        """Closes the message that was begun."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def send(self, kind: str, plaintext: bytes) -> None:
        """A whole message."""
        self.begin(kind).write(plaintext)
        self.end()

    def receive(self, *kinds: str, patience: float | None = SILENCE_SECONDS) -> MessageReader:
        """The next message, which must be one of these.

        Args:
            kinds: which may come, beside `error`.
            patience: for how many seconds silence means nothing; None when a person has to decide something first.

        Raises:
            Problem: what the other side stopped with; `connection_lost`.
            RecordError: it is none of these, or a chunk is forged. The connection counts as lost.
        """
        message = self._open([*kinds, "error"], patience)
        self.was_heard = True
        if message.kind == "error":
            self.was_told = True
            raise told(Error.decode(message.whole(SMALL_BYTES_MAX)))
        return message

    def check_for_error(self) -> None:
        """Raises what the other side stopped with, if it did while this side was writing."""
        if self._stream.has_input():
            self.receive()

    def fail(self, code: str, message: str) -> None:
        """Tells the other side why this one stops, if it is between messages."""
        if self._writer is None and self._in.conn:
            try:
                self.send("error", Error(code, message).encode())
            except Problem:
                return

    def wait_for_end(self, timeout: float) -> None:
        """Waits until the other side has closed.

        Raises:
            Problem: `connection_lost` when the line broke instead, or it says something more.
        """
        if self._stream.recv(1, timeout):
            raise Problem("connection_lost")

    def _open(self, kinds: list[str], patience: float | None = SILENCE_SECONDS) -> MessageReader:
        place = self._in.take_place()
        self._timeout = patience
        return MessageReader(self._receive_into, self._in.key, place, kinds, self._in.buffers)

    def _send(self, data: memoryview) -> None:
        self._stream.sendall(data, SILENCE_SECONDS)

    def _receive_into(self, out: memoryview) -> None:
        while out:
            size = self._stream.recv_into(out, self._timeout)
            if size == 0:
                raise Problem("connection_lost")
            out = out[size:]
            self._timeout = SILENCE_SECONDS


def told(error: Error) -> Problem:
    """What it means here that the other side stops. Its text is cleaned."""
    code = error.code if error.code in _PEER_ERRORS else "failed"
    return Problem(code, f"the other side: {clean_text(error.message)}")


class _Lane:
    """One direction: its key, and the place of its next message."""

    def __init__(self, agreed: Agreed, direction: Direction) -> None:
        self.key = agreed.keys.of(direction)
        self.buffers = Buffers(agreed.chunk)
        self.conn = b""
        self._direction = direction
        self._next = 0

    def take_place(self) -> Place:
        place = Place(self._direction, self.conn, self._next)
        self._next += 1
        return place
