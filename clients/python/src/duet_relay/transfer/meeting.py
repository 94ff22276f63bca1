"""Both sides of the exchange over a relay, up to a connection (PROTOCOL.md sections 2, 3 and 5).

A meeting plays rounds until both sides hold one key, and dials the stapler as often as needed within that round. A
round that somebody else ended is followed by another, within the count of guesses (rule 7).
"""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx

from ..generated.models.stapler import Stapler
from ..generated.types import Unset
from ..problem import Problem
from ..protocol.code import Code, new_secret
from ..protocol.handshake import Agreed, RecipientRound, SenderRound
from ..protocol.suites import HYBRID, Suite, suite_named
from ..relay import CloseReason, Relay, Role
from ..stapler import StaplerStream, hello_line

T = TypeVar("T")

#: For how long the other side is waited for, and a lost connection is made again.
WAIT_FOR_PEER_SECONDS: Final = 600.0
#: Rule 7 of PROTOCOL.md section 3.3.
_GUESSES: Final = 3
#: What a relay takes at most.
_LONGEST_WAIT_SECONDS: Final = 30
#: Once the relay has answered, a lost call is made again for so long.
_PATIENCE_SECONDS: Final = 60.0
#: On the way out nobody waits long.
_CLOSE_PATIENCE_SECONDS: Final = 1.0
_CLOSE_TIMEOUT_SECONDS: Final = 2.0
_SECONDS_BETWEEN_DIALS: Final = 0.5
#: Longer than a stapler takes to come back from a restart.
_FIRST_DIAL_SECONDS: Final = 10.0

#: How the other side's reason for closing reads here.
_CLOSED_WITH: Final = {
    "wrong-code": "wrong_code",
    "interfered": "interfered",
    "declined": "declined",
    "cancelled": "cancelled",
    "failed": "failed",
}
#: After these the stapler may be dialled again, or the relay says what has become of the round.
_LOST: Final = frozenset(
    {
        "connection_lost",
        "stapler_unreachable",
        "replaced",
        "timeout",
        "busy",
        "unavailable",
        "closed",
        "round_over",
        "unknown_channel",
        "not_open",
        "wrong_h_k",
    }
)


def is_lost(problem: Problem) -> bool:
    """Whether another connection may follow."""
    return problem.code in _LOST


@dataclass(frozen=True, slots=True)
class Met:
    """A round in which both sides hold the same key."""

    round: int
    agreed: Agreed
    stapler: Stapler


class Meeting(ABC):
    """What both sides have in common."""

    role: Role

    def __init__(self, relay: Relay, wait_for_peer: float = WAIT_FOR_PEER_SECONDS) -> None:
        self._relay = relay
        self.wait_for_peer = wait_for_peer
        self._channel = ""
        self._met: Met | None = None
        self._has_dialled = False

    @property
    def met(self) -> Met:
        """The round that stands; plays one if none does.

        Raises:
            Problem: `wrong_code`, `nobody_came`, what the relay refuses, what the other side closed the channel with.
        """
        while self._met is None:
            try:
                self._met = self._play_round()
            except Problem as problem:
                if problem.code != "round_over":
                    raise self._explained(problem) from problem
        return self._met

    @abstractmethod
    def _play_round(self) -> Met: ...

    def dial(self, patience: float | None = None) -> StaplerStream:
        """Connects to the other side, in the round that stands or, when that is over, in another.

        Args:
            patience: for how many seconds to try, if not as long as for the other side to come.

        Raises:
            Problem: as `met`; `connection_lost`, `nobody_came`.
        """
        patience = self.wait_for_peer if patience is None else patience
        started: float | None = None
        while True:
            met = self.met
            started = time.monotonic() if started is None else started
            # A stapler that was never reached is not waited for like a person.
            deadline = started + (patience if self._has_dialled else _FIRST_DIAL_SECONDS)
            line = hello_line(self.role, self._channel, self._relay.uuid, met.agreed.keys.h_k)
            try:
                stream = StaplerStream.dial(self._relay.target(met.stapler), line)
                self._has_dialled = True
                return stream
            except Problem as problem:
                self.look_after(problem, deadline)

    def look_after(self, problem: Problem, deadline: float) -> None:
        """After a connection was lost: asks the relay whether the round still stands, and waits a little.

        Raises:
            Problem: the one given, when it is final or time is over; what the other side closed the channel with.
        """
        if not is_lost(problem) or time.monotonic() >= deadline:
            raise problem
        try:
            state = self._relay.get_channel(self._channel)
        except Problem as said:
            if said.code not in {"round_over", "not_yet"}:
                raise self._explained(said) from problem
            self._met = None
            return
        if self._met is not None and state.round_ != self._met.round:
            self._met = None
        time.sleep(_SECONDS_BETWEEN_DIALS)

    def close(self, reason: CloseReason) -> None:
        """Ends the channel for both. Never fails: it is called on the way out."""
        self._relay.patience = _CLOSE_PATIENCE_SECONDS
        self._relay.client.with_timeout(httpx.Timeout(_CLOSE_TIMEOUT_SECONDS))
        with contextlib.suppress(Problem):
            if self._channel:
                self._relay.close_channel(self._channel, reason=reason)

    def _patiently(self, ask: Callable[[int], T], *still: str) -> T:
        """Asks with `wait` until there is an answer, or the other side is waited for no longer."""
        deadline = time.monotonic() + self.wait_for_peer
        while True:
            left = deadline - time.monotonic()
            try:
                return ask(max(0, min(_LONGEST_WAIT_SECONDS, round(left))))
            except Problem as problem:
                if problem.code not in still:
                    raise
                if left <= 0:
                    raise Problem("nobody_came") from problem

    def _answered(self) -> None:
        self._relay.patience = max(self._relay.patience, _PATIENCE_SECONDS)

    @staticmethod
    def _explained(problem: Problem) -> Problem:
        reason = problem.extensions.get("reason") if problem.code == "closed" else None
        code = _CLOSED_WITH.get(str(reason))
        return problem if code is None else Problem(code, extensions=problem.extensions)


class SenderMeeting(Meeting):
    """The sender's side: it proposes, and a wrong code ends it at once, since nobody is asked for another round.

    Args:
        relay: whose caller takes the seat.
        code: a code of one's own; otherwise the relay names a channel, and words are drawn.
        suite: what is proposed.
        wait_for_peer: seconds.
    """

    role: Role = "sender"

    def __init__(
        self,
        relay: Relay,
        code: Code | None = None,
        suite: Suite = HYBRID,
        wait_for_peer: float = WAIT_FOR_PEER_SECONDS,
    ) -> None:
        super().__init__(relay, wait_for_peer)
        self._code = code
        self._suite = suite
        self._secret = new_secret() if code is None else code.secret

    def open(self) -> Code:
        """Takes the seat, and says which code to pass on."""
        opened = self._relay.open_channel(None if self._code is None else self._code.channel)
        self._answered()
        self._channel = opened.channel
        self._code = Code(opened.channel, self._secret)
        return self._code

    def _play_round(self) -> Met:
        opened = self._relay.open_channel(self._channel)
        round_ = opened.round_
        proposal = SenderRound(self._suite, self._channel, self._secret)
        self._relay.post_x(self._channel, x=proposal.x, curve=self._suite.curve, round_=round_)
        answer = self._patiently(lambda wait: self._relay.get_y(self._channel, round_=round_, wait=wait), "not_yet")
        try:
            agreed = proposal.finish(answer.y, answer.hh_k)
        except Problem as problem:
            self.close("wrong-code" if problem.code == "wrong_code" else "failed")
            raise
        posted = self._relay.post_h_k(self._channel, agreed.keys.h_k, round_=round_)
        return Met(round_, agreed, _named(posted.stapler))


class RecipientMeeting(Meeting):
    """The recipient's side. Posting `hh_k` spends a guess, which is given back when the `h_k` that fits has come.

    Args:
        relay: whose caller takes the seat.
        code: what the sender passed on.
        wait_for_peer: seconds.
    """

    role: Role = "recipient"

    def __init__(self, relay: Relay, code: Code, wait_for_peer: float = WAIT_FOR_PEER_SECONDS) -> None:
        super().__init__(relay, wait_for_peer)
        self._channel = code.channel
        self._code = code
        self._guesses = 0

    def _play_round(self) -> Met:
        if self._guesses == _GUESSES:
            self.close("failed")
            raise Problem("wrong_code", f"{_GUESSES} tries, and none of them told whether the words are right")
        joined = self._patiently(
            lambda wait: self._relay.open_channel(self._channel, role="recipient", wait=wait),
            "not_yet",
            "unknown_channel",
        )
        self._answered()
        round_ = joined.round_
        try:
            answer = RecipientRound(suite_named(str(joined.curve)), self._channel, self._code.secret, str(joined.x))
        except Problem as problem:
            self.close("wrong-code" if problem.code == "wrong_code" else "failed")
            raise
        self._guesses += 1
        posted = self._relay.post_y(self._channel, y=answer.y, hh_k=answer.hh_k, round_=round_)
        revealed = self._patiently(lambda wait: self._relay.get_h_k(self._channel, round_=round_, wait=wait), "not_yet")
        try:
            agreed = answer.confirm(revealed.h_k)
        except Problem as problem:
            self.close("wrong-code" if problem.code == "wrong_code" else "failed")
            raise
        self._guesses -= 1
        return Met(round_, agreed, _named(posted.stapler))


def _named(stapler: Stapler | Unset) -> Stapler:
    """The document leaves it out of one of the two answers that have one schema."""
    if isinstance(stapler, Unset):
        raise Problem("relay_refused", "the relay names no stapler")
    return stapler
