"""What a candidate may read by default: libraries, and never the drills, the solutions, a home or a shared folder."""

import os
import sys
from pathlib import Path

import pytest

from grader.sandbox import readable
from grader.sandbox.confine import default_readable

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "secret",
    [
        CHECKOUT,
        CHECKOUT / "drills",
        CHECKOUT / "solutions",
        Path(sys.prefix, "share", "drill"),
        Path.home(),
        Path("/tmp"),
        Path("/proc"),
        Path("/proc/self"),
        Path("/etc"),
        Path("/etc/passwd"),
        Path("/dev/shm"),
        Path("/"),
    ],
)
def test_secrets_are_not_covered(secret: Path) -> None:
    """No readable path is the secret one, or a folder above it."""
    assert [path for path in default_readable() if secret.is_relative_to(path)] == []


def test_libraries_are_covered() -> None:
    """The standard library and the installed packages lie below a readable path."""
    needed = [Path(os.__file__), Path(pytest.__file__), Path("/dev/urandom")]

    assert all(any(path.resolve().is_relative_to(granted) for granted in default_readable()) for path in needed)


def test_every_path_is_there_and_named_once() -> None:
    """Paths that this machine lacks are left out, and so are those below another one."""
    paths = default_readable()

    assert all(os.path.exists(path) for path in paths)
    assert len(paths) == len(set(paths))


def test_data_folders_in_a_package_folder_are_left_out(tmp_path: Path) -> None:
    """A package folder that holds drills or solutions is granted child by child, without them.

    site-packages/
        drills/one/
        solutions/
        torch/
        module.py
    """
    folder = tmp_path.resolve() / "site-packages"
    for name in ("drills/one", "solutions", "torch"):
        (folder / name).mkdir(parents=True)
    (folder / "module.py").touch()

    assert {str(folder / "torch"), str(folder / "module.py")} == set(readable.leave_out(str(folder), []))


def test_data_root_below_is_left_out(tmp_path: Path) -> None:
    """An installation's data folder is left out also when a folder far above it is granted."""
    prefix = tmp_path.resolve()
    for name in ("share/drill/drills", "share/zoneinfo", "lib"):
        (prefix / name).mkdir(parents=True)
    granted = readable.leave_out(str(prefix), [str(prefix / "share/drill")])

    assert {str(prefix / "share/zoneinfo"), str(prefix / "lib")} == set(granted)


def test_data_root_itself_gives_nothing(tmp_path: Path) -> None:
    """Asking for the data folder itself grants nothing."""
    root = str(tmp_path.resolve())

    assert readable.leave_out(root, [root]) == []
