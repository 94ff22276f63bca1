"""JSON as PROTOCOL.md section 6.3 has it. Python's own reader takes much more."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

#: The largest integer that every language of the project holds exactly.
INTEGER_MAX: Final = 2**53 - 1

_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
#: More than any integer that is taken has.
_DIGITS_MAX: Final = 20


class JsonError(ValueError):
    """Bytes that are not one JSON object of the protocol."""


def read_object(data: bytes) -> dict[str, Any]:
    """Reads one object: UTF-8 without BOM, no key twice, no lone surrogate, no NaN.

    Numbers stay as Python reads them; a field that is used is taken by one of the functions below.

    Raises:
        JsonError: for anything else.
    """
    try:
        # json.loads given bytes would guess an encoding and drop a BOM; of a text it refuses a BOM.
        value = json.loads(
            data.decode("utf-8", "strict"),
            object_pairs_hook=_unique,
            parse_int=_read_integer,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise JsonError("not JSON") from error
    if not isinstance(value, dict):
        raise JsonError("not an object")
    return value


def write_object(value: dict[str, Any]) -> bytes:
    """As few bytes as it takes."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def natural(value: object) -> int:
    """The value itself, if it is an integer from 0 to 2^53 - 1.

    `1.0` and `1e3` are integers too, since JSON does not tell them apart; `true` and `-0` are none.

    Raises:
        JsonError: for everything else.
    """
    if type(value) is float and value.is_integer() and math.copysign(1, value) > 0:
        value = int(value)
    if type(value) is not int or not 0 <= value <= INTEGER_MAX:
        raise JsonError("not an integer from 0 to 2^53 - 1")
    return value


def _read_integer(digits: str) -> int | float:
    # A float keeps the sign of -0, and costs nothing with as many digits as there are.
    return float(digits) if digits == "-0" or len(digits) > _DIGITS_MAX else int(digits)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("a key comes twice")
    for key, value in pairs:
        _check_text(key)
        _check_values(value)
    return found


def _check_values(value: object) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list):
        for each in value:
            _check_values(each)


def _check_text(text: str) -> None:
    if _LONE_SURROGATE.search(text) is not None:
        raise JsonError("half of a surrogate pair")


def _refuse_constant(_name: str) -> NoReturn:
    raise JsonError("NaN and Infinity are not JSON")
