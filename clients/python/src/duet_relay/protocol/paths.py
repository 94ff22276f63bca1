"""Paths on the wire (PROTOCOL.md section 6.3). What a file system should not have is for `transfer.names`."""

from __future__ import annotations

from typing import Final, Literal

from .messages import MessageError

EntryType = Literal["file", "dir", "link"]

#: Listed and implied paths together: it bounds what a manifest costs its receiver.
PATHS_MAX: Final = 1_000_000
_PATH_BYTES_MAX: Final = 4096


class _Node:
    """A name in its folder. A folder that is only part of other paths is `implied`."""

    __slots__ = ("inside", "type")

    def __init__(self, kind: EntryType | Literal["implied"]) -> None:
        self.type = kind
        self.inside: dict[str, _Node] = {}


class PathRegister:
    """Sees to it that no two paths are equal, and nothing is inside of what is no directory before it.

    A tree and not a set: what a path costs then grows with its length, not with its length times its depth.
    """

    def __init__(self) -> None:
        self._root = _Node("implied")
        self._count = 0

    def add(self, path: str, kind: EntryType) -> None:
        """Registers the next path of a manifest.

        Raises:
            MessageError: it may not stand there.
        """
        if not _is_valid(path):
            raise MessageError("a path is not valid")
        *folders, name = path.split("/")
        node = self._root
        for part in folders:
            below = node.inside.get(part)
            node = self._put(node, part, _Node("implied")) if below is None else below
            if node.type in {"file", "link"}:
                raise MessageError("a path leads through what is no directory")
        if name in node.inside:
            raise MessageError("a path comes twice, or a directory after what is in it")
        self._put(node, name, _Node(kind))

    def _put(self, folder: _Node, name: str, node: _Node) -> _Node:
        self._count += 1
        if self._count > PATHS_MAX:
            raise MessageError("too many paths")
        folder.inside[name] = node
        return node


def _is_valid(path: str) -> bool:
    if "\0" in path or "\\" in path or len(path.encode()) > _PATH_BYTES_MAX:
        return False
    return all(part not in {"", ".", ".."} for part in path.split("/"))
