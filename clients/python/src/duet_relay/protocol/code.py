"""The code phrase that people pass on: `4821-cactus-lemon-violin` (PROTOCOL.md section 4)."""

from __future__ import annotations

import functools
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from mnemonic import Mnemonic

from ..problem import Problem

#: 33 bits: an attacker has one guess in each round.
WORDS_DEFAULT: Final = 3
_WORDS_MIN: Final = 2
_WORDS_MAX: Final = 6
_BEGINNING_MIN: Final = 4
_CUSTOM_MIN: Final = 8

# The Unicode property White_Space, which is not quite Python's \s, and U+FEFF.
_WHITE_SPACE: Final = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # a class
_SEPARATORS: Final = re.compile(f"[{_WHITE_SPACE}._\u2010-\u2015\u2212-]+")
_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_CHANNEL: Final = re.compile("[0-9a-z]{1,64}")
_LETTERS: Final = re.compile("[a-z-]*")


@dataclass(frozen=True, slots=True)
class Code:
    """A code in canonical form. `repr` leaves the secret out.

    Attributes:
        channel: the name of the channel, not secret.
        secret: the words; they never leave the two peers.
    """

    channel: str
    secret: str = field(repr=False)

    @property
    def phrase(self) -> str:
        """What people pass on."""
        return f"{self.channel}-{self.secret}"

    @classmethod
    def parse(cls, typed: str) -> Code:
        """Brings what a person typed into canonical form.

        Raises:
            Problem: `bad_code`, before a relay is asked, so that a slip costs no guess.
        """
        text = unicodedata.normalize("NFKC", typed).translate(_ASCII_LOWER)
        channel, dash, secret = _SEPARATORS.sub("-", text).strip("-").partition("-")
        if not dash:
            raise Problem("bad_code", "a code has a channel, a dash and secret words")
        if _CHANNEL.fullmatch(channel) is None:
            raise Problem("bad_code", "a channel has 1 to 64 characters of 0-9 and a-z")
        return cls(channel, _canonical_secret(secret))


def new_secret(count: int = WORDS_DEFAULT) -> str:
    """Draws words.

    Args:
        count: how many, from 2 to 6; each has 11 bits.
    """
    if not _WORDS_MIN <= count <= _WORDS_MAX:
        raise Problem("usage", f"a code has {_WORDS_MIN} to {_WORDS_MAX} words")
    return "-".join(secrets.choice(_words()) for _ in range(count))


def _canonical_secret(secret: str) -> str:
    if _LETTERS.fullmatch(secret) is None:
        if len(secret) < _CUSTOM_MIN:
            raise Problem("bad_code", f"a secret of your own has at least {_CUSTOM_MIN} characters")
        return secret
    parts = secret.split("-")
    if not _WORDS_MIN <= len(parts) <= _WORDS_MAX:
        raise Problem("bad_code", f"a code has {_WORDS_MIN} to {_WORDS_MAX} words")
    return "-".join(_whole_word(part) for part in parts)


def _whole_word(part: str) -> str:
    words = _words()
    if part in words:
        return part
    found = [word for word in words if len(part) >= _BEGINNING_MIN and word.startswith(part)]
    if len(found) != 1:
        # Not which word it was: an error may end up where others read it.
        raise Problem("bad_code", "one of the words is not in the list")
    return found[0]


@functools.cache
def _words() -> tuple[str, ...]:
    return tuple(Mnemonic("english").wordlist)
