"""The table of problems is the one that the whole of duet uses."""

from __future__ import annotations

import json
import subprocess

from duet_relay import Problem
from duet_relay.problem import _KNOWN

from .support import CHECKOUT

_SCRIPT = "import(process.argv[1]).then(({ PROBLEMS }) => console.log(JSON.stringify(PROBLEMS)))"


def test_codes_and_exit_codes_are_those_of_the_command_line() -> None:
    table = CHECKOUT / "dist" / "protocol" / "problem.js"
    output = subprocess.run(["node", "-e", _SCRIPT, str(table)], capture_output=True, check=True).stdout
    theirs = json.loads(output)
    assert not set(_KNOWN) - set(theirs)
    for code, problem in theirs.items():
        assert Problem(code).exit_code == problem["exit"], code


def test_what_only_a_peer_or_a_stapler_says_has_a_text_and_a_hint_here() -> None:
    table = CHECKOUT / "dist" / "protocol" / "problem.js"
    output = subprocess.run(["node", "-e", _SCRIPT, str(table)], capture_output=True, check=True).stdout
    for code, problem in json.loads(output).items():
        # What has a status comes from a relay, with its own texts.
        if "status" not in problem:
            assert code in _KNOWN
            assert Problem(code).hint, code
