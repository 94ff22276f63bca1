"""What a recipient takes: a manifest that adds up and holds only names that may be stored."""

from __future__ import annotations

from ..protocol.manifest import Entry, Manifest
from ..protocol.messages import MessageError
from .names import collision_key, link_leads_to, path_fault, top_of


def check_names(manifest: Manifest) -> None:
    """Refuses the whole offer when a single name could do harm.

    Who sends one such name is not to be trusted with the others, and honest senders leave them out.

    Raises:
        MessageError: naming the first that may not be.
    """
    spellings = _Spellings()
    for entry in manifest.entries:
        fault = path_fault(entry.path)
        if fault is not None:
            raise MessageError(f"{entry.path!r} {fault}")
        spellings.add(entry.path)
    for entry in manifest.entries:
        if entry.target is not None and not _leads_inside(entry, entry.target, spellings):
            raise MessageError(f"{entry.path!r} is a link that leads out of the folder")


class _Spellings:
    """Every name in its folder, as it was first spelled."""

    def __init__(self) -> None:
        self._inside: dict[str, tuple[str, _Spellings]] = {}

    def add(self, path: str) -> None:
        folder = self
        for name in path.split("/"):
            known, below = folder._inside.setdefault(collision_key(name), (name, _Spellings()))
            if known != name:
                raise MessageError(f"{name!r} and {known!r} differ only in case or in invisible characters")
            folder = below

    def has(self, name: str) -> bool:
        return self._inside.get(collision_key(name), ("", self))[0] == name


def _leads_inside(entry: Entry, target: str, spellings: _Spellings) -> bool:
    place = link_leads_to(entry.path, target)
    # Beside a topmost link lie the recipient's own files: only what arrives with it may be meant.
    return place is not None and spellings.has(top_of(place))
