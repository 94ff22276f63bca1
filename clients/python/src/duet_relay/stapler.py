"""A connection through the stapler (PROTOCOL.md section 5), as a stream of bytes."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import time
from typing import TYPE_CHECKING, Final, Literal, Self

from .problem import Problem, clean_text, is_of_peers

if TYPE_CHECKING:
    from ._connection import StaplerTarget

_CONNECT_TIMEOUT_SECONDS: Final = 10.0
#: What may come in while something goes out: the stapler itself holds 64 KiB back.
_INBOX_BYTES_MAX: Final = 1024 * 1024
_READ_BYTES: Final = 256 * 1024
_LINE_BYTES_MAX: Final = 512


def hello_line(role: Literal["sender", "recipient"], channel: str, uuid: str, h_k: str) -> bytes:
    """What a peer sends first."""
    return f"duet/1 {role} {channel} {uuid} {h_k}\n".encode("ascii")


class StaplerStream:
    """A blocking stream to the other peer. It reads while it writes, so two peers that both write do not lock up.

    Made by `dial`, which does not wait for the other side. What is sent before `wait_until_stapled` leaves together
    with the hello line and is passed on when both are there. Closed by `close` or as a context manager; it has a
    `fileno`. A time-out is in seconds, None is for ever, and ends with `connection_lost`.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection
        self._inbox = bytearray()
        self._has_ended = False
        self._is_stapled = False
        self._can_read = select.poll()
        self._can_read.register(connection, select.POLLIN)
        self._can_both = select.poll()
        self._can_both.register(connection, select.POLLIN | select.POLLOUT)
        self._can_write = select.poll()
        self._can_write.register(connection, select.POLLOUT)

    @classmethod
    def dial(cls, target: StaplerTarget, line: bytes) -> Self:
        """Connects and says the hello line.

        Raises:
            Problem: `stapler_unreachable`.
        """
        connection = _connect(target)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, True)
            connection.sendall(line)
        except OSError as error:
            connection.close()
            raise Problem("stapler_unreachable") from error
        return cls(connection)

    def wait_until_stapled(self, timeout: float | None = None) -> None:
        """Waits until the other side is there.

        Raises:
            Problem: what the stapler refuses with; `connection_lost`.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._is_stapled:
            line = self._read_line(deadline)
            self._is_stapled = is_stapled(line)

    def sendall(self, data: bytes | memoryview, timeout: float | None = None) -> None:
        """Sends everything. The buffer may be used again when this returns.

        Raises:
            Problem: `connection_lost`.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[self._socket.send(view) :]
            except BlockingIOError:
                self._wait_to_write(timeout)
            except OSError as error:
                raise Problem("connection_lost") from error

    def recv_into(self, out: memoryview, timeout: float | None = None) -> int:
        """Fills the beginning of a buffer. Returns how many bytes; 0 when the other side has closed.

        Raises:
            Problem: `connection_lost`.
        """
        if self._inbox:
            size = min(len(out), len(self._inbox))
            out[:size] = self._inbox[:size]
            del self._inbox[:size]
            return size
        if self._has_ended:
            return 0
        while True:
            try:
                return self._socket.recv_into(out)
            except BlockingIOError:
                if not self._can_read.poll(_milliseconds(timeout)):
                    raise Problem("connection_lost", "nothing came for too long") from None
            except OSError as error:
                raise Problem("connection_lost") from error

    def recv(self, size: int, timeout: float | None = None) -> bytes:
        """At most so many bytes; none when the other side has closed.

        Raises:
            Problem: `connection_lost`.
        """
        data = bytearray(size)
        return bytes(data[: self.recv_into(memoryview(data), timeout)])

    def has_input(self) -> bool:
        """Whether something can be read at once, the end included."""
        return bool(self._inbox) or self._has_ended or bool(self._can_read.poll(0))

    def fileno(self) -> int:
        """For `select` and the like."""
        return self._socket.fileno()

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait_to_write(self, timeout: float | None) -> None:
        may_read = len(self._inbox) < _INBOX_BYTES_MAX and not self._has_ended
        events = (self._can_both if may_read else self._can_write).poll(_milliseconds(timeout))
        if not events:
            raise Problem("connection_lost", "nothing left for too long")
        if may_read and events[0][1] & select.POLLIN:
            self._fill_inbox()

    def _fill_inbox(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""  # The next write says so, and what came before it can still be read.
        self._has_ended = not data
        self._inbox += data

    def _read_line(self, deadline: float | None) -> bytes:
        """One line, and not a byte behind it."""
        while (end := self._inbox.find(b"\n")) < 0:
            if len(self._inbox) > _LINE_BYTES_MAX:
                raise Problem("stapler_unreachable", "what answered is not a duet stapler")
            if self._has_ended:
                raise Problem("connection_lost", "the stapler closed the connection")
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not self._can_read.poll(_milliseconds(left)):
                raise Problem("nobody_came")
            self._fill_inbox()
        line = bytes(self._inbox[:end])
        del self._inbox[: end + 1]
        return line


async def open_stapler_stream(target: StaplerTarget, line: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """For asyncio: connects, says the hello line, and waits until the other side is there.

    Returns:
        As `asyncio.open_connection`: every byte that is read is the other side's.

    Raises:
        Problem: what the stapler refuses with; `stapler_unreachable`; `connection_lost`.
    """
    try:
        connecting = asyncio.open_connection(target.host, target.port, family=target.family)
        reader, writer = await asyncio.wait_for(connecting, _CONNECT_TIMEOUT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise Problem("stapler_unreachable") from error
    try:
        writer.write(line)
        while not is_stapled((await reader.readuntil(b"\n")).rstrip(b"\n")):
            pass
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        writer.close()
        raise Problem("connection_lost", "the stapler closed the connection") from error
    except BaseException:
        writer.close()
        raise
    return reader, writer


def is_stapled(line: bytes) -> bool:
    """What an answer of the stapler means: True for `stapled`, False for `waiting`.

    Raises:
        Problem: what it refuses with.
    """
    words = line.decode("ascii", "replace").split(" ", 2)
    match words:
        case ["stapled"]:
            return True
        case ["waiting"]:
            return False
        case ["error", code, *text]:
            if is_of_peers(code):
                code = "unavailable"
            raise Problem(clean_text(code, 64), clean_text(text[0]) if text else None)
        case _:
            raise Problem("stapler_unreachable", "what answered is not a duet stapler")


def _connect(target: StaplerTarget) -> socket.socket:
    """The first address of the right family that answers."""
    try:
        found = socket.getaddrinfo(target.host, target.port, target.family, socket.SOCK_STREAM)
    except OSError as error:
        raise Problem("stapler_unreachable") from error
    cause: OSError | None = None
    for family, kind, protocol, _, address in found:
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(_CONNECT_TIMEOUT_SECONDS)
            connection.connect(address)
        except OSError as error:
            connection.close()
            cause = error
            continue
        except BaseException:
            with contextlib.suppress(OSError):
                connection.close()
            raise
        return connection
    raise Problem("stapler_unreachable") from cause


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
