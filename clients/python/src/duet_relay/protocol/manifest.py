"""What the sender offers (PROTOCOL.md section 6.3): a head line, then a line for each entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from .lines import LineReader, write_line
from .messages import MessageError
from .paths import PATHS_MAX, EntryType, PathRegister
from .strict_json import INTEGER_MAX, JsonError, natural

Kind = Literal["files", "stream", "text"]

_MODE_MAX: Final = 0o777
_TARGET_BYTES_MAX: Final = 4096
#: The plaintext of a whole manifest that is taken: it is held in memory.
MANIFEST_BYTES_MAX: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, directory or symbolic link.

    Attributes:
        path: names joined by `/`.
        type: what it is.
        size: of a file; None in a stream that does not know.
        mode: the low nine bits, if told.
        mtime: milliseconds since 1970, if told.
        target: of a link only.
    """

    path: str
    type: EntryType
    size: int | None = 0
    mode: int | None = None
    mtime: int | None = None
    target: str | None = None

    def encode(self) -> bytes:
        """Its line."""
        line: dict[str, Any] = {"path": self.path, "type": self.type, "size": self.size}
        optional = {"mode": self.mode, "mtime": self.mtime, "target": self.target}
        return write_line(line | {key: value for key, value in optional.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole offer. Entries are numbered from 0 in this order; `total` is None when a stream does not know."""

    kind: Kind
    total: int | None
    entries: tuple[Entry, ...] = field(repr=False)

    @classmethod
    def of_files(cls, entries: tuple[Entry, ...]) -> Manifest:
        """What a sender of files offers."""
        return cls("files", sum(entry.size or 0 for entry in entries), entries)

    def lines(self) -> Iterator[bytes]:
        """What is sent, line by line."""
        head = {"kind": self.kind, "entries": len(self.entries), "bytes": self.total}
        yield write_line(head)
        for entry in self.entries:
            yield entry.encode()


class ManifestReader:
    """Reads a manifest as its chunks come, and holds nothing that was only announced."""

    def __init__(self) -> None:
        self._lines = LineReader()
        self._paths = PathRegister()
        self._entries: list[Entry] = []
        self._head: tuple[Kind, int, int | None] | None = None
        self._total = 0
        self._read_bytes = 0

    def push(self, chunk: bytes | memoryview) -> None:
        """Takes the next chunk.

        Raises:
            MessageError: for what no manifest has.
        """
        self._read_bytes += len(chunk)
        if self._read_bytes > MANIFEST_BYTES_MAX:
            raise MessageError("the manifest is too long")
        for line in self._lines.push(chunk):
            self._take(line)

    def finish(self) -> Manifest:
        """The message has ended.

        Raises:
            MessageError: it does not add up.
        """
        for line in self._lines.finish():
            self._take(line)
        if self._head is None:
            raise MessageError("the manifest is empty")
        kind, count, total = self._head
        if len(self._entries) != count:
            raise MessageError("the manifest has fewer entries than it says")
        if total is not None and total != self._total:
            raise MessageError("the sizes do not add up")
        return Manifest(kind, total, tuple(self._entries))

    def _take(self, line: dict[str, Any]) -> None:
        try:
            if self._head is None:
                self._head = _read_head(line)
                return
            kind, count, total = self._head
            if len(self._entries) == count:
                raise MessageError("the manifest has more entries than it says")
            entry = _read_entry(line, kind)
        except JsonError as error:
            raise MessageError(f"the manifest: {error}") from error
        self._paths.add(entry.path, entry.type)
        if entry.size is None and total is not None:
            raise MessageError("the sizes do not add up")
        self._total += entry.size or 0
        if self._total > INTEGER_MAX:
            raise MessageError("the sizes are too large")
        self._entries.append(entry)


def _read_head(line: dict[str, Any]) -> tuple[Kind, int, int | None]:
    kind = line.get("kind")
    if kind not in ("files", "stream", "text"):
        raise MessageError("a manifest of an unknown kind")
    count = natural(line.get("entries"))
    if count > PATHS_MAX:
        raise MessageError("the manifest has too many entries")
    if kind != "files" and count != 1:
        raise MessageError("a stream or text has one entry")
    # A null that is written, not one that is missing.
    is_open_ended = kind == "stream" and "bytes" in line and line["bytes"] is None
    return kind, count, None if is_open_ended else natural(line.get("bytes"))


def _read_entry(line: dict[str, Any], kind: Kind) -> Entry:
    path, type_ = line.get("path"), line.get("type")
    if not isinstance(path, str):
        raise MessageError("an entry has no path")
    mode, mtime = (natural(line[key]) if key in line else None for key in ("mode", "mtime"))
    if mode is not None and mode > _MODE_MAX:
        raise MessageError("a mode is not valid")
    if type_ == "file":
        is_unknown = kind == "stream" and "size" in line and line["size"] is None
        return Entry(path, "file", None if is_unknown else natural(line.get("size")), mode, mtime)
    if kind != "files":
        raise MessageError("a stream or text is a file")
    # The size of a directory or link is what a file system makes of it, and means nothing to another.
    natural(line.get("size", 0))
    if type_ == "dir":
        return Entry(path, "dir", 0, mode, mtime)
    if type_ != "link":
        raise MessageError("an entry of an unknown type")
    return Entry(path, "link", 0, mode, mtime, _read_target(line.get("target")))


def _read_target(target: object) -> str:
    if not isinstance(target, str) or not target or "\0" in target:
        raise MessageError("a link has no valid target")
    if len(target.encode()) > _TARGET_BYTES_MAX:
        raise MessageError("a link has too long a target")
    return target
