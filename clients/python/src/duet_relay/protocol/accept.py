"""What the recipient wants (PROTOCOL.md section 6.3): a default, then exceptions in ascending order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .encoding import EncodingError, b64u, read_b64u
from .lines import LineReader, write_line
from .manifest import Manifest
from .messages import MessageError
from .shares import HASH_BYTES
from .strict_json import JsonError, natural

Choice = Literal["send", "skip"]


@dataclass(frozen=True, slots=True)
class Resume:
    """The recipient has the first `offset` bytes, and this is their hash."""

    offset: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A default, and what is otherwise, by entry."""

    default: Choice = "send"
    exceptions: Mapping[int, Choice | Resume] = field(default_factory=dict)

    def decision(self, entry: int) -> Choice | Resume:
        """What is to be done with an entry."""
        return self.exceptions.get(entry, self.default)

    def lines(self) -> Iterator[bytes]:
        """What is sent, line by line."""
        yield write_line({"default": self.default})
        for entry, decision in sorted(self.exceptions.items()):
            if isinstance(decision, Resume):
                there = {"offset": decision.offset, "sha256": b64u(decision.sha256)}
                yield write_line({"entry": entry, "do": "resume"} | there)
            else:
                yield write_line({"entry": entry, "do": decision})


class AcceptReader:
    """Reads the answer to a manifest as its chunks come."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._lines = LineReader()
        self._default: Choice | None = None
        self._exceptions: dict[int, Choice | Resume] = {}
        self._latest = -1

    def push(self, chunk: bytes | memoryview) -> None:
        """Takes the next chunk.

        Raises:
            MessageError: for what no answer has.
        """
        for line in self._lines.push(chunk):
            self._take(line)

    def finish(self) -> Acceptance:
        """The message has ended.

        Raises:
            MessageError: it is empty.
        """
        for line in self._lines.finish():
            self._take(line)
        if self._default is None:
            raise MessageError("the answer is empty")
        return Acceptance(self._default, self._exceptions)

    def _take(self, line: dict[str, Any]) -> None:
        if self._default is None:
            self._default = _read_choice(line.get("default"))
            return
        try:
            entry = natural(line.get("entry"))
            if entry <= self._latest:
                raise MessageError("the exceptions do not ascend")
            if entry >= len(self._manifest.entries):
                raise MessageError("an exception for what was not offered")
            decision = _read_decision(line)
        except (JsonError, EncodingError) as error:
            raise MessageError(f"the answer: {error}") from error
        if isinstance(decision, Resume):
            offered = self._manifest.entries[entry]
            if offered.type != "file" or offered.size is None or decision.offset > offered.size:
                raise MessageError("an entry cannot be resumed there")
        self._exceptions[entry] = decision
        self._latest = entry


def _read_choice(value: object) -> Choice:
    if value == "send":
        return "send"
    if value == "skip":
        return "skip"
    raise MessageError("neither send nor skip")


def _read_decision(line: dict[str, Any]) -> Choice | Resume:
    if line.get("do") != "resume":
        return _read_choice(line.get("do"))
    sha256 = line.get("sha256")
    digest = read_b64u(sha256) if isinstance(sha256, str) else b""
    if len(digest) != HASH_BYTES:
        raise MessageError("a hash has a wrong size")
    return Resume(natural(line.get("offset")), digest)
