"""What an answer of a relay means here, whichever way it was asked. A relay is not trusted."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx

from .generated.errors import UnexpectedStatus
from .generated.models.problem import Problem as ProblemDocument
from .generated.types import Response
from .problem import Problem, clean_text, is_of_peers

T = TypeVar("T")

#: What the generated code raises for an answer that is not as the document says.
DECODING_ERRORS: Final = (KeyError, TypeError, ValueError, AttributeError)
_EXTENSIONS: Final = ("closed_by", "reason", "round", "retry_after", "limit", "allow", "issues", "request_id")


def answer_or_problem(response: Response[T | ProblemDocument]) -> T:
    """The answer itself.

    Raises:
        Problem: with the code of the relay; `relay_refused` when there is no answer in it.
    """
    parsed = response.parsed
    if isinstance(parsed, ProblemDocument):
        retry_after = response.headers.get("retry-after", "")
        told = {"retry_after": int(retry_after)} if retry_after.isdecimal() else {}
        raise _told(parsed.to_dict(), int(response.status_code), told)
    if parsed is None:
        raise not_a_relay(int(response.status_code))
    return parsed


def problem_of(error: Exception) -> Problem:
    """What an exception of httpx or of the generated code means."""
    if isinstance(error, httpx.TimeoutException):
        return Problem("relay_unreachable", "the relay does not answer")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL):
        return Problem("usage", "the relay's address is not an http or https URL")
    if isinstance(error, httpx.TransportError):
        return Problem("relay_unreachable")
    if isinstance(error, UnexpectedStatus):
        return _undocumented(error)
    return Problem(
        "relay_refused", "what answered does not speak as a duet relay does", "Check the address of the relay."
    )


def not_a_relay(status: int) -> Problem:
    """A proxy in between that says that the relay is away, or another service."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Problem("relay_unreachable", f"the relay cannot be reached: something in between answered {status}")
    return Problem(
        "relay_refused", f"what answered ({int(status)}) is not a duet relay", "Check the address of the relay."
    )


def _undocumented(error: UnexpectedStatus) -> Problem:
    """A status that the document does not have for this call may still be a problem of our relay."""
    try:
        told = json.loads(error.content)
    except ValueError:
        told = None
    if isinstance(told, dict) and isinstance(told.get("code"), str):
        return _told(told, error.status_code, {})
    return not_a_relay(error.status_code)


def _told(told: dict[str, Any], status: int, headers: dict[str, Any]) -> Problem:
    code, message, hint = (str(told.get(key, "")) for key in ("code", "message", "hint"))
    # A relay can only cause what a relay can know: of `wrong_code` a person would believe that it was their words.
    if is_of_peers(code):
        code = "relay_refused"
    extensions = headers | {key: told[key] for key in _EXTENSIONS if key in told}
    return Problem(clean_text(code, 64), clean_text(message), clean_text(hint), status=status, extensions=extensions)
