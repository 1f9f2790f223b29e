"""A file system in memory that forgets what nobody has synced, as a power cut does.

``python -m tests.siege.crash_fs FOLDER`` mounts it; the end of its standard input ends
it. What is written to ``.order`` in its root is an order: ``forget`` drops every byte
and every name without fsync, ``full`` and ``roomy`` fill the disk and empty it again.

Stricter than most disks, as POSIX allows: fsync of a file keeps its bytes but not its
name; only fsync of the folder keeps names. A name that outlives its bytes leads to an
empty file.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import threading
import time
from typing import Any

import mfusepy

ORDER = "/.order"
BLOCK = 4096
ROOM = 1 << 32


class Node:
    """A file or folder as it is now, and as it would be after a power cut."""

    def __init__(self, number: int, mode: int) -> None:
        self.number = number
        self.links = 1
        self.mode = self.kept_mode = mode
        self.changed = time.time_ns()
        self.data = bytearray()
        self.kept_data = b""
        self.children: dict[str, Node] = {}
        self.kept_children: dict[str, Node] = {}

    def sync(self) -> None:
        """Keep what is here now; not what lies below."""
        self.kept_mode = self.mode
        self.kept_data = bytes(self.data)
        self.kept_children = dict(self.children)

    def forget(self, seen: dict[Node, int]) -> None:
        """Be as at the last sync, all the way down; ``seen`` counts names."""
        seen[self] = self.links = seen.get(self, 0) + 1
        if self.links > 1:
            return
        self.mode = self.kept_mode
        self.data = bytearray(self.kept_data)
        self.children = dict(self.kept_children)
        for child in self.children.values():
            child.forget(seen)


def refused(code: int) -> mfusepy.FuseOSError:
    return mfusepy.FuseOSError(code)


class CrashFilesystem(mfusepy.Operations):  # type: ignore[misc]
    """The file system's calls; served one after the other."""

    use_ns = True

    def __init__(self) -> None:
        self._numbers = 0
        self._handles = 0
        self._open: dict[int, Node] = {}
        self._is_full = False
        self._root = self._new(stat.S_IFDIR | 0o755)
        self._root.children[ORDER[1:]] = self._new(stat.S_IFREG | 0o600)
        self._root.sync()

    def _new(self, mode: int) -> Node:
        self._numbers += 1
        return Node(self._numbers, mode)

    def _find(self, path: str) -> Node:
        node = self._root
        for name in filter(None, path.split("/")):
            if name not in node.children:
                raise refused(errno.ENOENT)
            node = node.children[name]
        return node

    def _place(self, path: str) -> tuple[dict[str, Node], str]:
        """The names of a path's folder, and the path's own."""
        folder, _, name = path.rpartition("/")
        return self._find(folder).children, name

    def _opened(self, node: Node) -> int:
        self._handles += 1
        self._open[self._handles] = node
        return self._handles

    def _need_room(self) -> None:
        if self._is_full:
            raise refused(errno.ENOSPC)

    # --- looking

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        return self._facts(self._open[fh] if fh else self._find(path))

    def _facts(self, node: Node) -> dict[str, Any]:
        return {
            "st_ino": node.number,
            "st_mode": node.mode,
            "st_nlink": node.links,
            "st_size": len(node.data),
            "st_uid": os.getuid(),
            "st_gid": os.getgid(),
            "st_mtime": node.changed,
            "st_ctime": node.changed,
            "st_atime": node.changed,
        }

    def readdir(self, path: str, fh: int) -> list[tuple[str, dict[str, Any], int]]:
        # An entry without a number is taken for a removed one.
        node = self._find(path)
        names = {".": node, "..": node, **node.children}
        return [(name, self._facts(child), 0) for name, child in names.items()]

    def statfs(self, path: str) -> dict[str, int]:
        free = 0 if self._is_full else ROOM // BLOCK
        room = {"f_bsize": BLOCK, "f_frsize": BLOCK, "f_blocks": ROOM // BLOCK}
        return room | {"f_bfree": free, "f_bavail": free, "f_namemax": 255}

    # --- names

    def mkdir(self, path: str, mode: int) -> int:
        self._need_room()
        names, name = self._place(path)
        names[name] = self._new(stat.S_IFDIR | mode)
        return 0

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        self._need_room()
        names, name = self._place(path)
        names[name] = self._new(stat.S_IFREG | stat.S_IMODE(mode))
        return self._opened(names[name])

    def link(self, target: str, source: str) -> int:
        self._need_room()
        names, name = self._place(target)
        names[name] = self._find(source)
        names[name].links += 1
        return 0

    def rename(self, old: str, new: str) -> int:
        names, name = self._place(old)
        target, other = self._place(new)
        if other in target:
            target[other].links -= 1
        target[other] = names.pop(name)
        return 0

    def unlink(self, path: str) -> int:
        names, name = self._place(path)
        names.pop(name).links -= 1
        return 0

    def rmdir(self, path: str) -> int:
        if self._find(path).children:
            raise refused(errno.ENOTEMPTY)
        return self.unlink(path)

    def chmod(self, path: str, mode: int) -> int:
        node = self._find(path)
        node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        self._find(path).changed = times[1] if times else time.time_ns()
        return 0

    # --- bytes

    def open(self, path: str, flags: int) -> int:
        return self._opened(self._find(path))

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return bytes(self._open[fh].data[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        if path == ORDER:
            self._obey(data.decode())
            return len(data)
        self._need_room()
        node = self._open[fh]
        node.data.extend(bytes(max(0, offset - len(node.data))))
        node.data[offset : offset + len(data)] = data
        node.changed = time.time_ns()
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        node = self._open[fh] if fh else self._find(path)
        node.data.extend(bytes(max(0, length - len(node.data))))
        del node.data[length:]
        node.changed = time.time_ns()
        return 0

    def release(self, path: str, fh: int) -> int:
        self._open.pop(fh, None)
        return 0

    # --- what a power cut makes of it

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self._open[fh].sync()
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        self._find(path).sync()
        return 0

    def _obey(self, order: str) -> None:
        if order == "forget":
            self._root.forget({})
        elif order in ("full", "roomy"):
            self._is_full = order == "full"
        else:
            raise refused(errno.EINVAL)


def end_with_parent(ended: threading.Event) -> None:
    """Unmount, as libfuse does when asked to end, once nobody holds our input."""
    sys.stdin.read()
    ended.set()
    os.kill(os.getpid(), signal.SIGTERM)


def main(folder: str) -> None:
    """Mount at an empty folder and serve until told to end."""
    ended = threading.Event()
    threading.Thread(target=end_with_parent, args=[ended], daemon=True).start()
    try:
        mount(folder)
    except RuntimeError:
        # How libfuse tells of the signal.
        if not ended.is_set():
            raise


def mount(folder: str) -> None:
    mfusepy.FUSE(
        CrashFilesystem(),
        folder,
        foreground=True,
        # One call after the other: the tree needs no locks.
        nothreads=True,
        hard_remove=True,
        use_ino=True,
        # After a power cut the kernel must not remember either.
        attr_timeout=0,
        entry_timeout=0,
        negative_timeout=0,
    )


if __name__ == "__main__":
    main(sys.argv[1])
