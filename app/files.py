"""Writing files so that nothing is lost: a whole new file beside the old one, flushed to disk, then put in its place."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.errors import WorkspaceError

NEW_FILE_MODE = 0o644


def write_atomically(path: Path, data: bytes, *, overwrite: bool = True, check: Callable[[], None] | None = None) -> None:
    """Write a file wholly or not at all.

    Args:
        path: What to write. A symbolic link is refused. Missing folders are made.
        data: All of it.
        overwrite: False refuses a file that is there already.
        check: Called just before the old file is replaced; what it raises stops the write.

    Raises:
        WorkspaceError: It cannot be written; what stood there still stands there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            raise WorkspaceError(f"{path} is a symbolic link\nhint: use the file itself: {os.readlink(path)}")
        mode = path.stat().st_mode & 0o777 if path.exists() else NEW_FILE_MODE
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            if check is not None:
                check()
            if overwrite:
                os.replace(name, path)
            else:
                put_new(name, path)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(name)
        sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def put_new(name: str, path: Path) -> None:
    """Give a temporary file its name, unless that is taken."""
    try:
        os.link(name, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.replace(name, path)


def sync_folder(folder: Path) -> None:
    """Make a rename last. Some file systems cannot; the file is whole there as well."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def cannot_write(path: Path, error: OSError) -> WorkspaceError:
    """The error in words, with what to do."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            what, hint = "the disk is full", "make room, then save again; what stood in the file still stands there"
        case errno.EFBIG:
            what, hint = "the file would be larger than this system allows", "see `ulimit -f`"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            what, hint = error.strerror or "permission denied", "choose a folder that can be written, or set DRILL_HOME to one"
        case errno.ENOTDIR | errno.EEXIST:
            what, hint = error.strerror or str(error), "something else has that name; move it or choose another folder"
        case _:
            what, hint = error.strerror or str(error), "nothing was changed"
    return WorkspaceError(f"cannot write {path}: {what[0].lower() + what[1:]}\nhint: {hint}")
