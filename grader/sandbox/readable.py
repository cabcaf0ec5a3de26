"""Which files Python, torch, numpy and einops open while a submission runs."""

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

DATA_FOLDERS = ("drills", "solutions")
"""Never readable, wherever they lie."""

_PACKAGE_FOLDERS = ("site-packages", "dist-packages")

_SYSTEM_PATHS = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    # Without these torch warns that it cannot tell the processor, and counts the cores wrongly. The rest of /proc stays
    # closed, /proc/self too: nothing that a submission needs lies there, and it leads to other processes.
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
)


def _python_folders() -> Iterator[str]:
    yield os.path.join(sys.base_prefix, "lib")
    yield sysconfig.get_path("stdlib")
    yield sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})
    yield from (entry for entry in sys.path if os.path.basename(entry) in _PACKAGE_FOLDERS)


def _data_roots() -> set[str]:
    """Return where drills and solutions lie: in the share folder of an installation or at the root of a checkout."""
    installed = [os.path.join(prefix, "share", "drill") for prefix in (sys.prefix, sys.base_prefix)]
    checkout = Path(__file__).resolve().parents[2]
    return {os.path.realpath(root) for root in (*installed, *(str(checkout / name) for name in DATA_FOLDERS))}


def leave_out(path: str, data_roots: Iterable[str]) -> list[str]:
    """Return the path, or in its place as many of the paths below it as it takes to leave out every data folder.

    Args:
        path: A file or folder, without symbolic links.
        data_roots: Folders to leave out wherever they lie. A folder named as in `DATA_FOLDERS` directly in `path` is
            left out, too.
    """
    roots = {*data_roots, *(os.path.join(path, name) for name in DATA_FOLDERS)}
    if path in roots:
        return []
    if not any(Path(root).is_relative_to(path) and os.path.exists(root) for root in roots):
        return [path]
    with os.scandir(path) as entries:
        below = [entry.path for entry in entries if entry.path not in roots and not entry.is_symlink()]
    return [part for child in below for part in leave_out(child, data_roots)]


def default_readable() -> tuple[str, ...]:
    """Return what Python, torch, numpy and einops read at run time, without any folder of drills or solutions."""
    data_roots = _data_roots()
    # Devices and /etc/localtime keep their own names: the policy goes by them.
    resolved = [path if path.startswith(("/dev", "/etc")) else os.path.realpath(path) for path in _SYSTEM_PATHS]
    folders = [os.path.realpath(path) for path in _python_folders()]
    whole: list[str] = []
    for path in (*folders, *resolved):
        if os.path.exists(path) and not any(Path(path).is_relative_to(outer) for outer in whole):
            whole.append(path)
    return tuple(part for path in whole for part in leave_out(path, data_roots))
