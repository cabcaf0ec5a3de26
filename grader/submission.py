"""Reading a submitted file: one regular UTF-8 file of at most 256 KiB, opened once and never followed through a link."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from grader.errors import DrillError

MAX_BYTES = 256 << 10
DRILL_LINE = re.compile(r"#\s*drill:\s*([A-Za-z0-9_]+)\s*$")


class UnusableFile(DrillError):
    """The file cannot be graded at all; the message says which way, and what to do."""


@dataclass(frozen=True)
class Submission:
    """The text of one submitted file."""

    path: str
    source: str
    sha256: str

    @property
    def named_drill(self) -> str | None:
        """The drill that its first line names: `# drill: NAME`."""
        first = self.source.lstrip("\ufeff").split("\n", 1)[0].strip()
        match = DRILL_LINE.match(first)
        return match[1] if match else None

    @property
    def stem(self) -> str:
        return Path(self.path).stem


def read_submission(path: str) -> Submission:
    """Read a file by content. Raises UnusableFile for whatever is not one plain UTF-8 text file of at most 256 KiB."""
    data = read_regular_file(path)
    if not data.strip():
        raise UnusableFile("the file is empty\nhint: `drill show NAME` prints what to write")
    if b"\0" in data:
        raise UnusableFile("the file is binary, not Python source")
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusableFile(f"the file is not UTF-8: byte {error.start} is {data[error.start]:#04x}\n"
                           "hint: save it as UTF-8") from error  # fmt: skip
    return Submission(path, source.replace("\r\n", "\n").replace("\r", "\n"), hashlib.sha256(data).hexdigest())


def read_regular_file(path: str) -> bytes:
    try:
        # Without following a link, and without waiting for the other end of a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnusableFile(explain_open(path, error)) from error
    except ValueError as error:
        raise UnusableFile(f"that is no file name: {error}") from error
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise UnusableFile("that is a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise UnusableFile("that is a special file (a pipe, a device or a socket), not a regular one")
        if status.st_size > MAX_BYTES:
            raise UnusableFile(f"the file has {status.st_size:,} bytes; the most is {MAX_BYTES:,} (256 KiB)")
        data = b""
        while len(data) <= MAX_BYTES and (piece := os.read(descriptor, MAX_BYTES + 1 - len(data))):
            data += piece
    except OSError as error:
        raise UnusableFile(f"the file cannot be read: {error.strerror or error}") from error
    finally:
        os.close(descriptor)
    if len(data) > MAX_BYTES:
        raise UnusableFile(f"the file has more than {MAX_BYTES:,} bytes (256 KiB)")
    return data


def explain_open(path: str, error: OSError) -> str:
    match error.errno:
        case errno.ENOENT:
            return "there is no such file"
        case errno.ELOOP:
            target = os.readlink(path) if os.path.islink(path) else "?"
            return f"that is a symbolic link\nhint: grade the file itself: {target}"
        case errno.EACCES | errno.EPERM:
            return "the file cannot be read: permission denied"
        case errno.ENXIO:
            return "that is a special file (a pipe, a device or a socket), not a regular one"
        case _:
            return f"the file cannot be opened: {error.strerror or error}"
