"""What a sender offers: files and folders of this machine, walked once and read later."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..problem import Problem
from ..protocol.manifest import Entry, Manifest
from ..protocol.paths import PATHS_MAX
from .names import collision_key, link_leads_to, path_fault, top_of

_MODE_BITS: Final = 0o777
_NANOSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """An offer, and where its entries are. `left_out` says why something is not in it, for people."""

    manifest: Manifest
    places: tuple[Path, ...]
    left_out: tuple[str, ...] = field(default=())


def open_source(paths: list[Path]) -> Source:
    """Walks everything once; nothing is read but names and numbers.

    Raises:
        Problem: `usage` for a path that is not there, or names that cannot stand beside each other; `cannot_read`.
    """
    walk = _Walk()
    for path in paths:
        walk.top(path)
    return walk.source()


class _Walk:
    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._places: list[Path] = []
        self._left_out: list[str] = []
        self._keys: set[str] = set()

    def top(self, place: Path) -> None:
        """What was named: a link is followed."""
        name = place.resolve().name if place.name in {"", ".", ".."} else place.name
        try:
            found = place.stat()
        except OSError as error:
            raise Problem("usage", f"{place} cannot be read: {error.strerror}", "Check its name.") from error
        fault = path_fault(name)
        if fault is not None or not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            raise Problem("usage", f"{place} {fault or 'is neither a file nor a folder'}", "Name another one.")
        if collision_key(name) in self._keys:
            raise Problem("usage", f"two of the paths are called {name}", "Send them one by one.")
        self._add(name, place, found)

    def source(self) -> Source:
        """What was found. Links stand last of all that could be in their way."""
        tops = {top_of(entry.path) for entry in self._entries}
        kept = [
            (entry, place)
            for entry, place in zip(self._entries, self._places, strict=True)
            if entry.target is None or self._may_link(entry.path, entry.target, tops)
        ]
        entries = tuple(entry for entry, _ in kept)
        return Source(Manifest.of_files(entries), tuple(place for _, place in kept), tuple(self._left_out))

    def _may_link(self, path: str, target: str, tops: set[str]) -> bool:
        leads_to = link_leads_to(path, target)
        is_inside = leads_to is not None and top_of(leads_to) in tops
        if not is_inside:
            self._left_out.append(f"{path} is a link that leads out of the folder")
        return is_inside

    def _add(self, path: str, place: Path, found: os.stat_result) -> None:
        mode, mtime = found.st_mode & _MODE_BITS, max(0, found.st_mtime_ns // _NANOSECONDS)
        if stat.S_ISREG(found.st_mode):
            self._keep(Entry(path, "file", found.st_size, mode, mtime), place)
        elif stat.S_ISDIR(found.st_mode):
            self._keep(Entry(path, "dir", 0, mode, mtime), place)
            self._walk(path, place)
        elif stat.S_ISLNK(found.st_mode):
            self._keep(Entry(path, "link", 0, None, mtime, str(place.readlink())), place)
        else:
            self._left_out.append(f"{path} is neither a file nor a folder")

    def _walk(self, path: str, place: Path) -> None:
        try:
            names = sorted(os.listdir(place))  # noqa: PTH208 - names are what is wanted
        except OSError as error:
            self._left_out.append(f"{path} cannot be read: {error.strerror}")
            return
        for name in names:
            inside = f"{path}/{name}"
            fault = path_fault(inside)
            if fault is None and collision_key(inside) in self._keys:
                fault = "differs from another name only in case or in invisible characters"
            if fault is not None:
                self._left_out.append(f"{inside!r} {fault}")
                continue
            try:
                self._add(inside, place / name, (place / name).lstat())
            except OSError as error:
                self._left_out.append(f"{inside} cannot be read: {error.strerror}")

    def _keep(self, entry: Entry, place: Path) -> None:
        if len(self._entries) == PATHS_MAX:
            raise Problem("usage", f"more than {PATHS_MAX:,} files", "Pack them into one archive, and send that.")
        self._keys.add(collision_key(entry.path))
        self._entries.append(entry)
        self._places.append(place)
