"""A relay for the tests: the one that RELAY names, or the built one of this checkout."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import settings

from .support import CHECKOUT, CLI, command_line

# The machine may be busy, and a test that fails on one must fail on the next: no deadline, the same examples each time.
settings.register_profile("shared", deadline=None, derandomize=True)
settings.load_profile("shared")


@pytest.fixture(scope="session")
def relay_url() -> Iterator[str]:
    """The address of a relay that runs as long as the tests."""
    given = os.environ.get("RELAY")
    if given:
        yield given
        return
    if not CLI.exists():
        pytest.exit(f"{CLI} is missing: run `npm ci` in {CHECKOUT}, or set RELAY to the address of a relay", 1)
    command = command_line("relay", "--json", "--port", "0", "--stapler-port", "0", "--rate-limit", "off")
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["http"]
        finally:
            process.terminate()
