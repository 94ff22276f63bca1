"""The suites of PROTOCOL.md section 3 that this peer speaks: those over ristretto255."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..problem import Problem, clean_text


@dataclass(frozen=True, slots=True)
class Suite:
    """How two sides agree on a key.

    Attributes:
        curve: the name on the wire.
        is_hybrid: whether ML-KEM-768 runs beside CPace.
    """

    curve: str
    is_hybrid: bool


HYBRID: Final = Suite("ristretto255+mlkem768", is_hybrid=True)
PLAIN: Final = Suite("ristretto255", is_hybrid=False)
#: By their names, the default first.
SUITES: Final = {suite.curve: suite for suite in (HYBRID, PLAIN)}


def suite_named(curve: str) -> Suite:
    """Finds a suite.

    Raises:
        Problem: `unsupported`, naming those that are known.
    """
    suite = SUITES.get(curve)
    if suite is None:
        known = ", ".join(SUITES)
        raise Problem(
            "unsupported",
            f'the key agreement "{clean_text(curve, 64)}" is not known here; known are {known}',
            "Choose one of them at the sender, with --curve.",
        )
    return suite
