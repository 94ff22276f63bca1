"""When a call that was lost is made again. Every route of a relay is safe to repeat (PROTOCOL.md section 2)."""

from __future__ import annotations

import random
import time
from typing import Final

from .problem import Problem

#: Nothing was refused, something was away.
_LOSSES: Final = frozenset(
    {
        "relay_unreachable",
        "internal",
        "store_unavailable",
        "no_stapler",
        "shutting_down",
        "request_timeout",
        "rate_limited",
        "too_many_waiters",
    }
)
#: The second retry comes within this, each later one within twice as much, up to the cap.
_BASE_SECONDS: Final = 0.25
_CAP_SECONDS: Final = 2.0
#: A relay that asks for more patience than this is asked again anyway: it may only have restarted.
_RETRY_AFTER_MAX_SECONDS: Final = 60.0


class Retry:
    """The attempts of one call.

    Args:
        patience: no attempt begins so many seconds after the first.
    """

    def __init__(self, patience: float) -> None:
        self._deadline = time.monotonic() + patience
        self._attempt = 0

    def delay_after(self, problem: Problem) -> float:
        """How many seconds to wait before the next attempt: none at first, then a random time, so that the clients of
        a relay that comes back do not all call in one instant.

        Raises:
            Problem: the one that was given, if it is not worth another attempt.
        """  # noqa: D205 - one sentence
        if problem.code not in _LOSSES:
            raise problem
        jitter = random.random() * min(_CAP_SECONDS, _BASE_SECONDS * 2**self._attempt)  # noqa: S311 - no secret
        delay = jitter if self._attempt else 0.0
        asked = problem.extensions.get("retry_after")
        if isinstance(asked, int):
            delay = min(float(asked), _RETRY_AFTER_MAX_SECONDS)
        if time.monotonic() + delay >= self._deadline:
            raise problem
        self._attempt += 1
        return delay
