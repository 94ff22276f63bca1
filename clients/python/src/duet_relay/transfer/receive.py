"""Receiving files through the encrypted stream (PROTOCOL.md section 6)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..problem import Problem
from ..protocol.body import BodyReader
from ..protocol.manifest import Manifest, ManifestReader
from ..protocol.messages import SMALL_BYTES_MAX, Ack, End, MessageError
from .connection import SecureConnection
from .destination import Destination, FileDestination, TextDestination, find_root
from .meeting import RecipientMeeting
from .offer import check_names
from .session import run_connections

#: How long the sender has to close after `ack`; then the recipient does.
_CLOSE_SECONDS: Final = 5.0
#: How long to try to repeat an `ack` that may not have arrived.
_REPEAT_SECONDS: Final = 10.0

#: Asked once for each offer that differs: whether to take it.
Agree = Callable[[Manifest], bool]


@dataclass(frozen=True, slots=True)
class Received:
    """What came.

    Attributes:
        files: how many are in their places.
        size: bytes that came on the last connection.
        failed: how many the sender could not read.
        paths: the topmost names that things got.
        text: what came, if it was a text and not a file.
    """

    files: int
    size: int
    failed: int
    paths: tuple[str, ...]
    text: str | None = None


def receive_files(meeting: RecipientMeeting, out: Path, agree: Agree = lambda _manifest: True) -> Received:
    """Receives everything, over as many connections as it takes, and closes the channel.

    Raises:
        Problem: whatever ends it. The channel is closed then, unless the connection may come back.
    """
    receiving = _Receiving(find_root(out), agree, meeting.wait_for_peer)
    try:
        received = run_connections(meeting, receiving.run)
        if not receiving.is_heard:
            # The line broke behind `ack`: the sender may not have it, and everything is there.
            with contextlib.suppress(Problem):
                run_connections(meeting, receiving.run, patience=_REPEAT_SECONDS)
    except BaseException:
        receiving.abandon()
        raise
    meeting.close("done")
    return received


class _Receiving:
    """What happens on each connection, and what stays between them."""

    def __init__(self, root: Path, agree: Agree, patience: float) -> None:
        self._root = root
        self._patience = patience
        self._agree = agree
        self._destination: Destination | None = None
        self.is_heard = False

    def run(self, connection: SecureConnection) -> Received:
        destination = self._agreed(self._read_manifest(connection))
        end, size = self._take(connection, destination)
        taken, failed = destination.finish()
        if End(taken, failed, size) != end:
            raise MessageError("end does not add up")
        connection.send("ack", Ack(taken - failed, size).encode())
        self._hear(connection)
        files = sum(entry.type == "file" for entry in destination.manifest.entries)
        return Received(files - failed, size, failed, tuple(destination.paths), destination.text)

    def abandon(self) -> None:
        if self._destination is not None:
            self._destination.abandon()

    def _hear(self, connection: SecureConnection) -> None:
        try:
            connection.wait_for_end(_CLOSE_SECONDS)
            self.is_heard = True
        except Problem:
            self.is_heard = False

    def _read_manifest(self, connection: SecureConnection) -> Manifest:
        # Digits may be compared there first. Until it comes the hello may be a recorded one, so not for ever.
        message = connection.receive("manifest", patience=self._patience)
        reader = ManifestReader()
        while (chunk := message.chunk()) is not None:
            reader.push(chunk)
        manifest = reader.finish()
        check_names(manifest)
        return manifest

    def _agreed(self, manifest: Manifest) -> Destination:
        """Asks again only if the manifest differs."""
        if self._destination is not None and self._destination.manifest == manifest:
            self._destination.restart()
            return self._destination
        if not self._agree(manifest):
            raise Problem("declined", "declined here", "The other side is told.")
        self.abandon()
        is_text = manifest.kind == "text"
        self._destination = TextDestination(manifest) if is_text else FileDestination(self._root, manifest)
        return self._destination

    @staticmethod
    def _take(connection: SecureConnection, destination: Destination) -> tuple[End, int]:
        acceptance = destination.acceptance()
        answer = connection.begin("accept")
        for line in acceptance.lines():
            answer.write(line)
        connection.end()
        body = BodyReader(destination.manifest, acceptance)
        while True:
            message = connection.receive("body", "end")
            if message.kind == "end":
                body.finish()
                return End.decode(message.whole(SMALL_BYTES_MAX)), body.size
            while (chunk := message.chunk()) is not None:
                for part in body.push(chunk):
                    destination.take(part)
            body.finish_message()
