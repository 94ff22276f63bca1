"""Sending files through the encrypted stream until the other side has confirmed them (PROTOCOL.md section 6)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..problem import Problem
from ..protocol.accept import Acceptance, AcceptReader, Resume
from ..protocol.body import frame_header, given_up
from ..protocol.messages import SMALL_BYTES_MAX, Ack, End
from ..protocol.record import MESSAGE_BYTES_MAX
from .connection import SecureConnection
from .meeting import SenderMeeting
from .session import run_connections
from .source import Source

#: Read from a file at once, into one buffer.
_BLOCK_BYTES: Final = 1024 * 1024
#: A body goes on in another message before one is full.
_MESSAGE_BYTES: Final = MESSAGE_BYTES_MAX // 2

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent. `failed` are the paths that could not be read to their end."""

    files: int
    size: int
    failed: tuple[str, ...]


def send_files(meeting: SenderMeeting, source: Source, warn: Warn) -> Sent:
    """Sends everything, over as many connections as it takes. The channel is open.

    Raises:
        Problem: whatever ends it. The channel is closed then, unless the connection may come back.
    """
    return run_connections(meeting, lambda connection: _Sending(connection, source, warn).run())


class _Sending:
    """What happens on one connection."""

    def __init__(self, connection: SecureConnection, source: Source, warn: Warn) -> None:
        self._connection = connection
        self._source = source
        self._warn = warn
        self._block = memoryview(bytearray(_BLOCK_BYTES))
        self._failed: list[str] = []
        self._sent = 0

    def run(self) -> Sent:
        connection, manifest = self._connection, self._source.manifest
        offer = connection.begin("manifest")
        for line in manifest.lines():
            offer.write(line)
        connection.end()
        acceptance = self._read_acceptance()
        self._send_bodies(acceptance)
        wanted = sum(acceptance.decision(index) != "skip" for index in range(len(manifest.entries)))
        connection.send("end", End(wanted, len(self._failed), self._sent).encode())
        ack = Ack.decode(connection.receive("ack", patience=None).whole(SMALL_BYTES_MAX))
        if ack != Ack(wanted - len(self._failed), self._sent):
            raise Problem("bad_message", "the other side confirms something else than what was sent")
        files = sum(entry.type == "file" for entry in manifest.entries)
        return Sent(files - len(self._failed), self._sent, tuple(self._failed))

    def _read_acceptance(self) -> Acceptance:
        message = self._connection.receive("accept", patience=None)
        reader = AcceptReader(self._source.manifest)
        while (chunk := message.chunk()) is not None:
            reader.push(chunk)
        return reader.finish()

    def _send_bodies(self, acceptance: Acceptance) -> None:
        self._body = self._connection.begin("body")
        for index, entry in enumerate(self._source.manifest.entries):
            decision = acceptance.decision(index)
            if entry.type == "file" and decision != "skip":
                resume = decision if isinstance(decision, Resume) else None
                self._send_file(index, self._source.places[index], entry.size or 0, resume)
        self._connection.end()

    def _send_file(self, index: int, place: Path, size: int, resume: Resume | None) -> None:
        try:
            with place.open("rb", buffering=0) as file:
                offset = self._resumed(file.fileno(), resume)
                while offset < size:
                    count = os.preadv(file.fileno(), [self._block[: size - offset]], offset)
                    if count == 0:
                        raise OSError(0, "it is shorter than it was")
                    self._write(frame_header(index, offset, count), self._block[:count])
                    offset += count
        except OSError as error:
            path = self._source.manifest.entries[index].path
            self._failed.append(path)
            self._warn(f"{path} cannot be read: {error.strerror}")
            self._write(given_up(index), self._block[:0])

    def _resumed(self, descriptor: int, resume: Resume | None) -> int:
        """Where to go on: behind what the other side has, if it is the same here."""
        if resume is None:
            return 0
        digest, offset = hashlib.sha256(), 0
        while offset < resume.offset:
            count = os.preadv(descriptor, [self._block[: resume.offset - offset]], offset)
            if count == 0:
                return 0
            digest.update(self._block[:count])
            offset += count
        return offset if digest.digest() == resume.sha256 else 0

    def _write(self, header: bytes, data: memoryview) -> None:
        if self._body.size >= _MESSAGE_BYTES:
            self._connection.end()
            self._body = self._connection.begin("body")
        self._body.write(header)
        self._body.write(data)
        self._sent += len(data)
        self._connection.check_for_error()
