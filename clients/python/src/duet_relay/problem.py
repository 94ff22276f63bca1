"""Everything that can go wrong, as one exception with a stable code."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What only a peer finds out: the exit code of the command line, a message, a hint.
_OF_PEERS: Final[Mapping[str, tuple[int, str, str]]] = {
    "usage": (2, "the command is not valid", "See --help."),
    "bad_code": (2, "this is not a code", "A code looks like 4821-cactus-lemon-violin."),
    "wrong_code": (3, "wrong code", "The words did not match. Start again with a new code."),
    "interfered": (
        3,
        "someone interfered",
        "What arrived was changed on its way. Try another network or relay.",
    ),
    "relay_unreachable": (
        4,
        "the relay cannot be reached",
        "Check the address and the network.",
    ),
    "relay_refused": (4, "the relay refuses", "Read its message, or use another relay."),
    "stapler_unreachable": (
        4,
        "the stapler cannot be reached",
        "Its port may be blocked by a firewall.",
    ),
    "declined": (5, "the other side declined", "Ask them why."),
    "cancelled": (5, "the other side cancelled", "Start again when they are ready."),
    "nobody_came": (
        6,
        "the other side did not come",
        "Run the command again when they are ready.",
    ),
    "connection_lost": (
        6,
        "the connection was lost and did not come back",
        "Run the same command again.",
    ),
    "no_space": (
        7,
        "not enough room",
        "Make room at the destination or choose another with --out.",
    ),
    "cannot_write": (
        7,
        "the destination cannot be written",
        "Check its permissions or choose another with --out.",
    ),
    "cannot_read": (1, "a file cannot be read", "Check its permissions."),
    "bad_message": (
        1,
        "the other side sent what is not understood here",
        "Update both sides.",
    ),
    "unsupported": (
        1,
        "the two versions cannot talk to each other",
        "Update the older side.",
    ),
    "failed": (1, "it failed", "Look at what the other side says."),
    "interrupted": (130, "interrupted", "Run the same command again."),
}

#: What only a stapler says, in the same form. It also says `closed`, `not_yours`, `round_over`, `unknown_channel`.
_OF_STAPLERS: Final[Mapping[str, tuple[int, str, str]]] = {
    "bad_hello": (4, "not a hello line", "Send: duet/1 <sender|recipient> <channel> <uuid or -> <h_k>"),
    "full": (4, "channel is full", "Two addresses already use this channel. Open a new one."),
    "wrong_h_k": (4, "another h_k than the round's", "Send the h_k of this round."),
    "not_open": (4, "h_k is not posted yet", "The sender posts h_k before it connects."),
    "replaced": (6, "a newer connection took this place", "Connect again if it was not you."),
    "timeout": (6, "nothing came in time", "Connect again."),
    "busy": (4, "the stapler is at its limit", "Try again shortly."),
    "unavailable": (4, "the stapler cannot reach its relay", "Try again shortly."),
}
_KNOWN: Final = {**_OF_PEERS, **_OF_STAPLERS}

#: Whatever a relay refuses.
_EXIT_REFUSED: Final = 4
#: So much of a foreign text is shown.
_FOREIGN_TEXT_MAX: Final = 300


class Problem(Exception):  # noqa: N818 - the name that RFC 9457 and the relay's document give it
    """Something went wrong. Compare `code`; the texts may change.

    Attributes:
        code: what happened, for programs: one of the relay's codes (its API document lists them), of the
            stapler's, or of a peer's, such as `relay_unreachable` and `wrong_code`.
        message: what happened, for people.
        hint: what to do about it.
        status: the HTTP status, if a relay answered.
        extensions: what else the relay told: `reason` and `closed_by` of a closed channel, `retry_after` …
    """

    def __init__(
        self,
        code: str,
        message: str | None = None,
        hint: str | None = None,
        *,
        status: int | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        _, known_message, known_hint = _KNOWN.get(code, (_EXIT_REFUSED, code.replace("_", " "), ""))
        self.code = code
        self.message = known_message if message is None else message
        self.hint = known_hint if hint is None else hint
        self.status = status
        self.extensions: Mapping[str, Any] = dict(extensions or {})
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} ({self.code}). {self.hint}".rstrip()

    @property
    def exit_code(self) -> int:
        """The exit code that the command line has for it."""
        return _KNOWN[self.code][0] if self.code in _KNOWN else _EXIT_REFUSED


def is_of_peers(code: str) -> bool:
    """Whether only a peer finds this out, so that a relay or a stapler that says so is not believed."""
    return code in _OF_PEERS


def clean_text(text: str, limit: int = _FOREIGN_TEXT_MAX) -> str:
    """A text of somebody else without what could move a cursor or turn the direction of writing."""
    kept = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Zl", "Zp", "Cs"})
    return kept[:limit]
