"""A machine with more to do than it has processors, to see whether a verdict depends on how fast it comes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def under_load() -> Iterator[None]:
    """Twice the load: every processor has another process to run all the time, so that a grade gets half of it."""
    count = os.cpu_count() or 1
    # Each ends with this process: its input closes, and it looks once in a million steps.
    spin = "import select, sys\nwhile not select.select([sys.stdin], [], [], 0)[0]:\n    for _ in range(10**6): pass"
    busy = [subprocess.Popen([sys.executable, "-I", "-c", spin], stdin=subprocess.PIPE) for _ in range(count)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.communicate()
