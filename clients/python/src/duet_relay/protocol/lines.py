"""JSON objects on lines, as manifest and accept have them (PROTOCOL.md section 6.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from .messages import MessageError
from .strict_json import JsonError, read_object, write_object

LINE_BYTES_MAX: Final = 16 * 1024


def write_line(value: dict[str, Any]) -> bytes:
    """One line with its LF."""
    return write_object(value) + b"\n"


class LineReader:
    """Cuts chunks into lines and reads each as an object. Never holds more than one line."""

    def __init__(self) -> None:
        self._held = bytearray()

    def push(self, chunk: bytes | memoryview) -> Iterator[dict[str, Any]]:
        """The objects of the lines that are whole with this chunk.

        Raises:
            MessageError: a line is empty, too long, or not one strict JSON object.
        """
        *whole, rest = bytes(chunk).split(b"\n")
        for line in whole:
            self._held += line
            yield self._take()
        self._held += rest
        if len(self._held) > LINE_BYTES_MAX:
            raise MessageError("a line is too long")

    def finish(self) -> Iterator[dict[str, Any]]:
        """The last line, if it came without LF."""
        if self._held:
            yield self._take()

    def _take(self) -> dict[str, Any]:
        line = bytes(self._held)
        self._held.clear()
        if len(line) > LINE_BYTES_MAX:
            raise MessageError("a line is too long")
        try:
            return read_object(line)
        except JsonError as error:
            raise MessageError(f"a line: {error}") from error
