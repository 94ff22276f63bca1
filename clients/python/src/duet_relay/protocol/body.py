"""The bytes themselves (PROTOCOL.md section 6.3): frames back to back, over as many messages as it takes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .accept import Acceptance, Resume
from .manifest import Manifest
from .messages import MessageError

FRAME_BYTES_MAX: Final = 2**24

_HEADER: Final = struct.Struct(">QQI")
_GIVEN_UP: Final = 2**64 - 1


def frame_header(entry: int, offset: int, size: int) -> bytes:
    """What stands before so many bytes of an entry; with none it is the end of a stream."""
    return _HEADER.pack(entry, offset, size)


def given_up(entry: int) -> bytes:
    """The frame that gives an entry up."""
    return _HEADER.pack(entry, _GIVEN_UP, 0)


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes of an entry, and where they belong. `view` is valid until the next chunk."""

    entry: int
    offset: int
    view: memoryview


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The sender could not read the entry to its end."""

    entry: int


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """A stream has ended."""

    entry: int


Part = Data | GivenUp | StreamEnd


class BodyOrder:
    """Checks that frames are what was offered and accepted: ascending, no gap, nothing too much, nothing missing."""

    def __init__(self, manifest: Manifest, acceptance: Acceptance) -> None:
        self._manifest = manifest
        self._acceptance = acceptance
        self._entry = -1
        self._offset = 0
        # Without a frame so far: what was to be resumed may still begin again at 0.
        self._is_fresh = False
        self._is_closed = True

    def data(self, entry: int, offset: int, size: int) -> None:
        """A frame of at least one byte."""
        self._enter(entry)
        if self._is_fresh and offset == 0:
            self._offset = 0
        if offset != self._offset:
            raise MessageError("the bytes of an entry have a gap")
        self._offset += size
        self._is_fresh = False
        total = self._manifest.entries[entry].size
        if total is not None and self._offset > total:
            raise MessageError("an entry has more bytes than its size")

    def stream_end(self, entry: int, offset: int) -> None:
        """A frame without bytes."""
        self._enter(entry)
        total = self._manifest.entries[entry].size
        if self._manifest.kind != "stream":
            raise MessageError("an empty frame")
        if offset != self._offset or total not in (None, offset):
            raise MessageError("the stream ends elsewhere")
        self._is_closed = True

    def given_up(self, entry: int) -> None:
        """The sender gives an entry up, perhaps after its last byte."""
        self._enter(entry)
        self._is_closed = True

    def end(self) -> None:
        """No more frames come."""
        self._pass_to(len(self._manifest.entries))

    def _enter(self, entry: int) -> None:
        if entry == self._entry:
            if self._is_closed:
                raise MessageError("an entry goes on after its end")
            return
        start = self._start_of(entry) if entry < len(self._manifest.entries) else None
        if start is None:
            raise MessageError("bytes of an entry that was not asked for")
        self._pass_to(entry)
        self._entry, self._offset = entry, start
        self._is_fresh, self._is_closed = True, False

    def _pass_to(self, entry: int) -> None:
        if entry <= self._entry:
            raise MessageError("the entries do not ascend")
        if not self._is_closed and self._offset != self._manifest.entries[self._entry].size:
            raise MessageError("an entry is not whole")
        for between in range(self._entry + 1, entry):
            start = self._start_of(between)
            if start is not None and start != self._manifest.entries[between].size:
                raise MessageError("an entry is missing")

    def _start_of(self, entry: int) -> int | None:
        """Where the frames of an entry begin; None for what has none."""
        decision = self._acceptance.decision(entry)
        if decision == "skip" or self._manifest.entries[entry].type != "file":
            return None
        return decision.offset if isinstance(decision, Resume) else 0


class BodyReader:
    """Reads the bodies of one connection."""

    def __init__(self, manifest: Manifest, acceptance: Acceptance) -> None:
        self._order = BodyOrder(manifest, acceptance)
        self._header = b""
        self._entry = 0
        self._offset = 0
        self._left = 0
        #: Bytes in frames so far.
        self.size = 0

    def push(self, chunk: memoryview) -> Iterator[Part]:
        """What the next chunk brings.

        Raises:
            MessageError: for what may not come.
        """
        while chunk:
            if self._left:
                view, chunk = chunk[: self._left], chunk[self._left :]
                yield Data(self._entry, self._offset, view)
                self._offset += len(view)
                self._left -= len(view)
                self.size += len(view)
                continue
            missing = _HEADER.size - len(self._header)
            self._header, chunk = self._header + bytes(chunk[:missing]), chunk[missing:]
            if len(self._header) == _HEADER.size:
                part = self._begin(*_HEADER.unpack(self._header))
                self._header = b""
                if part is not None:
                    yield part

    def finish_message(self) -> None:
        """A body message has ended.

        Raises:
            MessageError: inside of a frame.
        """
        if self._left or self._header:
            raise MessageError("a frame crosses messages")

    def finish(self) -> None:
        """`end` has come.

        Raises:
            MessageError: something that was asked for is missing.
        """
        self._order.end()

    def _begin(self, entry: int, offset: int, size: int) -> Part | None:
        if size > FRAME_BYTES_MAX:
            raise MessageError("a frame is too long")
        if size:
            self._order.data(entry, offset, size)
            self._entry, self._offset, self._left = entry, offset, size
            return None
        if offset == _GIVEN_UP:
            self._order.given_up(entry)
            return GivenUp(entry)
        self._order.stream_end(entry, offset)
        return StreamEnd(entry)
