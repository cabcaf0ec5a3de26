"""What a confined process may use, and what its two forks must know."""

import os
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """What a confined process may read, write and use up."""

    readable: tuple[str, ...]
    """Files and folders (with all below them) that may be read; nothing else may. None of them may be executed."""
    scratch: str
    """An existing folder, absolute: the working directory and the only place that may be written to.

    Where the scratch quota is in force a fresh, empty file system lies over it: what the engine put there is not seen,
    and what the candidate writes there is gone when it ends.
    """
    memory_bytes: int
    """Address space that the candidate may add to what it inherited."""
    cpu_s: float
    """Processor seconds, rounded up; the candidate is killed when they are used up."""
    file_bytes: int
    """Largest size of one file."""
    scratch_bytes: int
    """Size of the scratch folder as a whole."""
    max_open_files: int
    """No new descriptor may have this number or a higher one; kept descriptors may."""

    def check(self) -> None:
        """Raise a ValueError that names everything wrong with the values, all at once."""
        wrong = [
            f"{name} must be above 0, not {value}"
            for name, value in vars(self).items()
            if isinstance(value, int | float) and value <= 0
        ]
        if not os.path.isabs(self.scratch) or not os.path.isdir(self.scratch):
            wrong.append(f"scratch must be an existing folder, given as an absolute path, not {self.scratch!r}")
        relative = [path for path in self.readable if not os.path.isabs(path)]
        if relative:
            wrong.append(f"readable must hold absolute paths, not {relative}")
        if wrong:
            raise ValueError("; ".join(wrong))


@dataclass(frozen=True)
class Launch:
    """Everything that the warden and the candidate take from the engine."""

    policy: Policy
    main: Callable[[], None]
    """The foreign part, called when everything else is done."""
    keep_fds: tuple[int, ...]
    stdout_fd: int
    stderr_fd: int
    report_fd: int
    """Where the warden writes the candidate's process id and the candidate its layers; closed before `main`."""
    without: frozenset[str]
    """Names of layers to leave out."""
    engine_pid: int
    collects: bool
    """Whether the engine's garbage collector was on; it stays off until `main`, so that no shared page is touched."""
