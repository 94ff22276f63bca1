"""Connections one after the other, for as long as it takes (PROTOCOL.md section 6.4)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from ..problem import Problem
from ..protocol.messages import MessageError
from ..protocol.record import RecordError
from ..relay import CloseReason
from .connection import SecureConnection
from .meeting import Meeting, is_lost

T = TypeVar("T")

#: What is done on a connection; again on the next one, if that is lost.
Serve = Callable[[SecureConnection], T]

#: The third forged record of a process is no accident (PROTOCOL.md section 6.1).
_FORGERIES_MAX: Final = 3
#: What this side tells before it stops; it does not repeat to the other side what that one has said.
_TOLD: Final = frozenset({"declined", "no_space", "cannot_write", "cannot_read", "interfered"})
_REASONS: Final[dict[str, CloseReason]] = {
    "declined": "declined",
    "cancelled": "cancelled",
    "interfered": "interfered",
    "wrong_code": "wrong-code",
}
#: After these the channel is left as it is: the same command again may go on in it.
_RESUMABLE: Final = frozenset({"connection_lost", "nobody_came", "relay_unreachable", "stapler_unreachable"})


def run_connections(meeting: Meeting, serve: Serve[T], patience: float | None = None) -> T:
    """Dials, greets and serves until that succeeds.

    Args:
        meeting: the round that stands, or another when it is over.
        serve: what is to be done on a connection.
        patience: for how many seconds the other side may be away, if not as long as the meeting waits for it.

    Raises:
        Problem: whatever ends it. The channel is closed then, unless the other side may come back.
    """
    try:
        return _serve_until_done(meeting, serve, meeting.wait_for_peer if patience is None else patience)
    except KeyboardInterrupt:
        meeting.close("cancelled")
        raise
    except Problem as problem:
        if problem.code not in _RESUMABLE:
            meeting.close(_REASONS.get(problem.code, "failed"))
        raise


def _serve_until_done(meeting: Meeting, serve: Serve[T], patience: float) -> T:
    forgeries = 0
    deadline = time.monotonic() + patience
    while True:
        try:
            with SecureConnection(meeting.dial(patience), meeting.role, meeting.met.agreed) as connection:
                connection.greet(patience)
                try:
                    return _serve_one(connection, serve)
                finally:
                    if connection.was_heard:
                        deadline = time.monotonic() + patience
        except RecordError as error:
            forgeries += 1
            if forgeries == _FORGERIES_MAX:
                raise Problem("interfered") from error
            meeting.look_after(Problem("connection_lost"), deadline)
        except MessageError as error:
            raise Problem("bad_message", f"what the other side sends is refused: {error}") from error
        except Problem as problem:
            if not is_lost(problem):
                raise
            meeting.look_after(problem, deadline)


def _serve_one(connection: SecureConnection, serve: Serve[T]) -> T:
    try:
        return serve(connection)
    except MessageError as error:
        connection.fail("bad_message", str(error))
        raise
    except KeyboardInterrupt:
        connection.fail("cancelled", "interrupted there")
        raise
    except Problem as problem:
        if problem.code in _TOLD and not connection.was_told:
            # Not this one's own text, which may name a folder of this machine or how much room it has.
            connection.fail(problem.code, Problem(problem.code).message)
        raise
