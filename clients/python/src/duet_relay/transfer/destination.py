"""Where a recipient writes: `<name>.part` beside the goal, which gets its name when it is whole."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path
from typing import Final, Protocol

from ..problem import Problem
from ..protocol.accept import Acceptance
from ..protocol.body import Data, GivenUp, Part
from ..protocol.manifest import Entry, Manifest
from ..protocol.messages import MessageError
from .names import collision_key, link_leads_to, numbered_name, part_name, top_of

#: Never a file that is there, never through a link.
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_DEFAULT_MODE: Final = {"file": 0o666, "dir": 0o777}
_NUMBERS_MAX: Final = 10_000
#: A text is held in memory; what is longer is a file.
_TEXT_BYTES_MAX: Final = 1024 * 1024
_MARK_BYTES: Final = 6
_NANOSECONDS: Final = 1_000_000
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
#: File systems without hard links.
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})


def cannot_write(path: str, error: OSError) -> Problem:
    """What an error of the system means."""
    code = "no_space" if error.errno in _NO_ROOM else "cannot_write"
    return Problem(code, f"{path!r} cannot be written: {error.strerror}")


def find_root(out: Path) -> Path:
    """The folder that receives, made if the one above it is there.

    Raises:
        Problem: `cannot_write`.
    """
    try:
        out.mkdir(exist_ok=True)
        root = out.resolve(strict=True)
    except OSError as error:
        raise cannot_write(str(out), error) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise Problem("cannot_write", f"{str(out)!r} may not be written to")
    return root


class Destination(Protocol):
    """What a recipient does with an offer."""

    @property
    def manifest(self) -> Manifest:
        """The offer."""

    @property
    def paths(self) -> list[str]:
        """The topmost names of what was written."""

    @property
    def text(self) -> str | None:
        """What came, if it is not written but shown."""

    def acceptance(self) -> Acceptance:
        """Everything that is not there yet."""

    def take(self, part: Part) -> None:
        """Takes what a body brings. The order of the parts was checked."""

    def finish(self) -> tuple[int, int]:
        """`end` has come. Returns how many entries were taken, and how many of them the sender gave up."""

    def restart(self) -> None:
        """The connection was lost: what is not complete comes again."""

    def abandon(self) -> None:
        """Leaves nothing behind that is not complete."""


class TextDestination:
    """A text, held in memory and shown.

    Args:
        manifest: its only entry is the text.
    """

    def __init__(self, manifest: Manifest) -> None:
        if (manifest.total or 0) > _TEXT_BYTES_MAX:
            raise MessageError("the text is too long")
        self.manifest = manifest
        self.paths: list[str] = []
        self._data = bytearray()
        self._failed = 0

    @property
    def text(self) -> str:
        """What came, as it came: a terminal should not see it unescaped."""
        return self._data.decode("utf-8", "replace")

    def acceptance(self) -> Acceptance:
        """All of it, always."""
        return Acceptance()

    def take(self, part: Part) -> None:
        """Keeps it."""
        if isinstance(part, Data):
            self._data += part.view
        elif isinstance(part, GivenUp):
            self._failed = 1

    def finish(self) -> tuple[int, int]:
        """It is one entry."""
        return 1, self._failed

    def restart(self) -> None:
        """Comes again from its beginning."""
        self._data.clear()
        self._failed = 0

    abandon = restart


class FileDestination:
    """Files and folders of one offer. What is complete stays complete when the connection is made again.

    Args:
        root: the folder that receives; its real path.
        manifest: names already checked.
    """

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.text: str | None = None
        self._root = root
        self._umask = os.umask(0)
        os.umask(self._umask)
        self._complete: set[int] = set()
        self._folders: set[Path] = {root}
        self._file: _PartFile | None = None
        self._entry = -1
        self._given_up: set[int] = set()
        self._accepted = 0
        free = shutil.disk_usage(root).free
        if (manifest.total or 0) > free:
            raise Problem("no_space", f"{manifest.total:,} bytes are offered, and there is room for {free:,}")
        self._tops = self._name_tops()

    @property
    def paths(self) -> list[str]:
        """The topmost names of what was written."""
        return list(self._tops.values())

    def acceptance(self) -> Acceptance:
        """Everything that is not there yet."""
        self._accepted = len(self.manifest.entries) - len(self._complete)
        return Acceptance("send", dict.fromkeys(self._complete, "skip"))

    def take(self, part: Part) -> None:
        """Writes what a body brings. The order of the parts was checked.

        Raises:
            Problem: `no_space`, `cannot_write`.
        """
        if part.entry != self._entry:
            self._pass_to(part.entry)
            self._begin(part.entry)
        if isinstance(part, GivenUp):
            self._given_up.add(part.entry)
            self._discard()
        elif isinstance(part, Data) and self._file is not None:
            try:
                self._file.write(part.view)
            except OSError as error:
                raise self._cannot_write(part.entry, error) from error

    def finish(self) -> tuple[int, int]:
        """`end` has come: completes everything. Returns how many entries were taken and how many of them given up."""
        self._pass_to(len(self.manifest.entries))
        # Links come last, when nothing is written any more that could go through one.
        for index, entry in enumerate(self.manifest.entries):
            if entry.type == "link" and index not in self._complete:
                self._make_link(index, entry)
        self._settle_folders()
        return self._accepted, len(self._given_up)

    def restart(self) -> None:
        """The connection was lost: what is not complete comes again."""
        self._discard()
        self._entry = -1
        self._given_up.clear()

    def abandon(self) -> None:
        """Removes what is not complete, and folders that are empty."""
        self._discard()
        for folder in sorted(self._folders - {self._root}, key=lambda path: len(path.parts), reverse=True):
            try:
                folder.rmdir()
            except OSError:
                continue  # Something complete is in it.

    def _pass_to(self, entry: int) -> None:
        """Sees to everything before an entry: completes the open file, makes folders and empty files."""
        self._complete_file()
        for index in range(self._entry + 1, entry):
            if index in self._complete:
                continue
            between = self.manifest.entries[index]
            if between.type == "dir":
                self._make_folder(index, self._place(between))
            elif between.type == "file":
                # No frame has come for it, and the order of frames was checked: it is empty.
                self._begin(index)
                self._complete_file()
        self._entry = entry

    def _begin(self, index: int) -> None:
        goal = self._place(self.manifest.entries[index])
        self._make_folder(index, goal.parent)
        self._entry = index
        try:
            self._file = _PartFile(goal)
        except OSError as error:
            raise self._cannot_write(index, error) from error

    def _complete_file(self) -> None:
        if self._file is None:
            return
        entry = self.manifest.entries[self._entry]
        try:
            path = self._file.complete(entry, self._umask)
        except OSError as error:
            raise self._cannot_write(self._entry, error) from error
        self._file = None
        self._note(self._entry, path)

    def _discard(self) -> None:
        if self._file is not None:
            self._file.discard()
            self._file = None

    def _make_folder(self, index: int, folder: Path) -> None:
        """Every folder is one that this transfer has made, but for the root, so no link can be in the way."""
        missing = []
        while folder not in self._folders:
            missing.append(folder)
            folder = folder.parent
        try:
            for path in reversed(missing):
                path.mkdir(_PRIVATE_FOLDER)
                self._folders.add(path)
        except OSError as error:
            raise self._cannot_write(index, error) from error

    def _make_link(self, index: int, entry: Entry) -> None:
        goal = self._place(entry)
        self._make_folder(index, goal.parent)
        part = goal.with_name(part_name(goal.name, secrets.token_hex(_MARK_BYTES)))
        try:
            part.symlink_to(self._target(entry))
            self._note(index, _publish(part, goal))
        except OSError as error:
            part.unlink(missing_ok=True)
            raise self._cannot_write(index, error) from error

    def _target(self, entry: Entry) -> str:
        """What a topmost link names may have got another name here."""
        target = entry.target or ""
        leads_to = None if "/" in entry.path else link_leads_to(entry.path, target)
        if leads_to is None:
            return target
        top = top_of(leads_to)
        return self._tops[top] + leads_to[len(top) :]

    def _settle_folders(self) -> None:
        """Modes and times of folders, the deepest first, when nothing is written in them any more."""
        told = {self._place(entry): entry for entry in self.manifest.entries if entry.type == "dir"}
        try:
            for folder in sorted(self._folders - {self._root}, key=lambda path: len(path.parts), reverse=True):
                _settle(folder, told.get(folder, Entry("", "dir")), self._umask)
        except OSError as error:
            raise cannot_write("a folder", error) from error
        self._complete.update(index for index, entry in enumerate(self.manifest.entries) if entry.type == "dir")

    def _note(self, index: int, path: Path) -> None:
        self._complete.add(index)
        entry = self.manifest.entries[index]
        if "/" not in entry.path:
            self._tops[entry.path] = path.name

    def _place(self, entry: Entry) -> Path:
        top = top_of(entry.path)
        return self._root / (self._tops[top] + entry.path[len(top) :])

    def _name_tops(self) -> dict[str, str]:
        """What topmost things are called here. A name that is taken becomes `name (1)`."""
        tops = dict.fromkeys(top_of(entry.path) for entry in self.manifest.entries)
        reserved = {collision_key(top) for top in tops}
        return {top: self._free_name(top, reserved) for top in tops}

    def _free_name(self, top: str, reserved: set[str]) -> str:
        if not os.path.lexists(self._root / top):
            return top
        for number in range(1, _NUMBERS_MAX):
            name = numbered_name(top, number)
            if collision_key(name) not in reserved and not os.path.lexists(self._root / name):
                reserved.add(collision_key(name))
                return name
        raise Problem("cannot_write", f"{top!r} is there {_NUMBERS_MAX} times")

    def _cannot_write(self, index: int, error: OSError) -> Problem:
        return cannot_write(self.manifest.entries[index].path, error)


class _PartFile:
    """A file that is not complete."""

    def __init__(self, goal: Path) -> None:
        self._goal = goal
        mark = ""
        while True:
            self._path = goal.with_name(part_name(goal.name, mark))
            try:
                self._descriptor = os.open(self._path, _CREATE, _PRIVATE_FILE)
            except FileExistsError:
                mark = secrets.token_hex(_MARK_BYTES)
            else:
                return

    def write(self, view: memoryview) -> None:
        while view:
            view = view[os.write(self._descriptor, view) :]

    def complete(self, entry: Entry, umask: int) -> Path:
        """Gives it its mode and time, makes it durable, and lets it appear under its name in one step."""
        os.fchmod(self._descriptor, _mode(entry, umask))
        if entry.mtime is not None:
            os.utime(self._descriptor, ns=(entry.mtime * _NANOSECONDS,) * 2)
        os.fsync(self._descriptor)
        os.close(self._descriptor)
        return _publish(self._path, self._goal)

    def discard(self) -> None:
        os.close(self._descriptor)
        self._path.unlink(missing_ok=True)


def _mode(entry: Entry, umask: int) -> int:
    return (_DEFAULT_MODE[entry.type] if entry.mode is None else entry.mode) & ~umask


def _settle(folder: Path, entry: Entry, umask: int) -> None:
    if entry.mtime is not None:
        os.utime(folder, ns=(entry.mtime * _NANOSECONDS,) * 2)
    folder.chmod(_mode(entry, umask))


def _publish(part: Path, goal: Path) -> Path:
    """Renames without ever replacing what is there: link(2) fails if the name is taken, which rename(2) does not."""
    for number in range(_NUMBERS_MAX):
        free = goal if number == 0 else goal.with_name(numbered_name(goal.name, number))
        try:
            os.link(part, free, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if os.path.lexists(free):
                continue
            part.rename(free)
            return free
        part.unlink()
        return free
    raise FileExistsError(errno.EEXIST, "taken too often", str(goal))
