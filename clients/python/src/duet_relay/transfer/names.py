"""Which names may be stored, beyond what PROTOCOL.md section 6.3 says of a path on the wire.

The rules are the same on every system: what one machine stores, each other must be able to hold too. A sender leaves
such files out and says so; a recipient refuses the whole offer.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: What ext4, APFS and NTFS hold, in bytes of UTF-8.
_NAME_BYTES_MAX: Final = 255
_DEPTH_MAX: Final = 128
#: Devices on Windows, with any ending: `nul.txt` opens the null device too.
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)
_DRIVE: Final = re.compile("[a-z]:", re.IGNORECASE)
#: What some file systems skip when they compare names.
_IGNORED: Final = re.compile("[\u00ad\u034f\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
#: An ending that stays at the end when a name gets a number.
_ENDING_MAX: Final = 16


def name_fault(name: str) -> str | None:
    """Why one part of a path may not be stored, as the end of a sentence; None if it may."""
    faults = {
        "is not a name": name in {"", ".", ".."},
        "holds a path separator": "/" in name or "\\" in name,
        "holds a control character": any(unicodedata.category(c) == "Cc" for c in name),
        "is not valid Unicode": any(unicodedata.category(c) == "Cs" for c in name),
        "begins with a drive letter": _DRIVE.match(name) is not None,
        "ends in a dot or a space": name.endswith((".", " ")),
        "is the name of a device on Windows": _RESERVED.match(name) is not None,
        "has no visible character": not collision_key(name),
        f"is longer than {_NAME_BYTES_MAX} bytes": len(name.encode("utf-8", "surrogatepass")) > _NAME_BYTES_MAX,
    }
    return next((fault for fault, is_found in faults.items() if is_found), None)


def path_fault(path: str) -> str | None:
    """`name_fault` for every part of a path, and its depth."""
    parts = path.split("/")
    if len(parts) > _DEPTH_MAX:
        return f"is more than {_DEPTH_MAX} folders deep"
    return next((fault for part in parts if (fault := name_fault(part)) is not None), None)


def collision_key(path: str) -> str:
    """Two paths with one key may be one file somewhere: where case, normal form or invisible characters are ignored."""
    if path.isascii():
        return path.lower()
    folded = unicodedata.normalize("NFD", _IGNORED.sub("", path)).casefold()
    return unicodedata.normalize("NFD", folded)


def top_of(path: str) -> str:
    """The first part of a path: what appears in the folder that receives."""
    return path.partition("/")[0]


def link_leads_to(path: str, target: str) -> str | None:
    """Where a link leads, from names alone: a path of the same transfer, below the same topmost folder or, for a
    topmost link, beside it. None when it leads elsewhere.

    Only leading `..` count: behind a name they would turn around in a folder that may itself be a link, and two links
    that each stay inside could together lead out.
    """  # noqa: D205 - one sentence
    if not target or target.startswith("/") or "\\" in target:
        return None
    folder = path.split("/")[:-1]
    floor = min(len(folder), 1)
    is_going_up = True
    for part in target.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            if not is_going_up or len(folder) <= floor:
                return None
            folder.pop()
            continue
        is_going_up = False
        if name_fault(part) is not None:
            return None
        folder.append(part)
    return "/".join(folder) or None


def numbered_name(name: str, number: int) -> str:
    """`report.pdf` becomes `report (1).pdf`; what is too long loses its end, never its ending."""
    dot = name.rfind(".")
    split = dot if dot > 0 and len(name) - dot <= _ENDING_MAX else len(name)
    tail = f" ({number}){name[split:]}"
    return _shortened(name[:split], _NAME_BYTES_MAX - len(tail.encode())) + tail


def part_name(name: str, mark: str = "") -> str:
    """The name of a file that is not complete: `<name>.part`, with a mark when that is taken."""
    tail = f".{mark}.part" if mark else ".part"
    return _shortened(name, _NAME_BYTES_MAX - len(tail)) + tail


def _shortened(text: str, size: int) -> str:
    if len(text.encode()) <= size:
        return text
    return text.encode()[:size].decode("utf-8", "ignore").rstrip(". ")
