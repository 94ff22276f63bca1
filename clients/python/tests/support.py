"""What several tests use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: The checkout that this client is part of.
CHECKOUT = Path(__file__).resolve().parents[3]
VECTORS = CHECKOUT / "test" / "vectors"
CLI = CHECKOUT / "dist" / "cli" / "main.js"

#: A process that has not ended by then hangs.
PROCESS_SECONDS = 120


def reader_of(data: bytes) -> Callable[[memoryview], None]:
    """What a `MessageReader` reads from, over bytes that are there."""
    left = memoryview(data)

    def receive_into(out: memoryview) -> None:
        nonlocal left
        if len(left) < len(out):
            raise EOFError("the bytes are over")
        out[:] = left[: len(out)]
        left = left[len(out) :]

    return receive_into


def command_line(*arguments: str) -> list[str]:
    """The command line of the checkout."""
    return ["node", str(CLI), *arguments]


def program(*arguments: str) -> list[str]:
    """The program of this package."""
    return [sys.executable, "-m", "duet_relay", *arguments]


@dataclass
class Ended:
    """How a program ended, and the events that it printed."""

    exit_code: int
    events: list[dict[str, Any]]
    errors: str

    @property
    def last(self) -> dict[str, Any]:
        return self.events[-1]


class Running:
    """A program that prints events, one JSON object a line."""

    def __init__(self, command: Sequence[str], **environment: str) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONUNBUFFERED": ""} | environment,
            text=True,
        )
        self._events: list[dict[str, Any]] = []

    def event(self, name: str) -> dict[str, Any]:
        """Waits for an event."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._events.append(json.loads(line))
            if self._events[-1]["event"] == name:
                return self._events[-1]
        raise AssertionError(f"it ended without {name}: {self._events}")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> Ended:
        """Waits for its end."""
        output, errors = self._process.communicate(timeout=PROCESS_SECONDS)
        self._events += [json.loads(line) for line in output.splitlines()]
        return Ended(self._process.returncode, self._events, errors)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
