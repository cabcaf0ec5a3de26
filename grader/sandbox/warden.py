"""The process between the engine and the candidate: it makes the namespaces, waits, and ends as the candidate ended.

It runs no foreign code and, while it waits, holds no descriptor but its end of the lifeline.
"""

import gc
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from grader.sandbox import inside, kernel, namespaces, process
from grader.sandbox.layers import PID_NAMESPACE, PROCESS, SECCOMP, Layer, encode_candidate, encode_failure
from grader.sandbox.policy import Launch

SETUP_FAILED = 70
"""Exit code of a warden or candidate that failed before foreign code ran; the report says why."""

_SWEEP_PAUSE_S = 0.001


def _end_orphans() -> None:
    """End and reap everything that the candidate left behind; as subreaper the warden is its new parent."""
    children = f"/proc/self/task/{os.getpid()}/children"
    with suppress(OSError):  # no such file, or no child is left
        while True:
            with open(children, encoding="utf-8") as file:
                for pid in file.read().split():
                    os.kill(int(pid), signal.SIGKILL)
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(_SWEEP_PAUSE_S)


def _end_as(status: int, abort_is_sigsys: bool) -> NoReturn:
    """End with the candidate's exit code or by its signal, so that whoever waits on the warden sees the same."""
    if not os.WIFSIGNALED(status):
        os._exit(os.WEXITSTATUS(status))
    number = os.WTERMSIG(status)
    if number == signal.SIGSYS and abort_is_sigsys:
        number = signal.SIGABRT
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    kernel.forbid_core_dump()
    os.kill(os.getpid(), number)
    os._exit(128 + number)


def _guarded(report_fd: int, act: Callable[[], int]) -> NoReturn:
    """Run one life to its end; whatever goes wrong before foreign code runs is told in the report."""
    try:
        code = act()
    except BaseException as error:  # a forked process must never return into its parent's code
        with suppress(BaseException):
            os.write(report_fd, encode_failure(f"{type(error).__name__}: {error}"))
        os._exit(SETUP_FAILED)
    os._exit(code)


def _begin(launch: Launch) -> None:
    gc.disable()
    os.setsid()
    process.reset_signals()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kernel.die_with_parent()
    kernel.adopt_orphans()
    if os.getppid() != launch.engine_pid:
        os._exit(SETUP_FAILED)
    process.take_standard_streams(launch.stdout_fd, launch.stderr_fd)
    if PROCESS not in launch.without:
        process.close_all_but([0, 1, 2, launch.report_fd, *launch.keep_fds])


def _enter_namespaces(without: frozenset[str]) -> list[Layer]:
    wanted = [name for name in namespaces.FLAGS if name not in without]
    if not kernel.IS_LINUX:
        return [Layer(name, False, "it takes Linux") for name in wanted]
    return namespaces.enter(wanted)


def _live(launch: Launch) -> int:
    _begin(launch)
    layers = _enter_namespaces(launch.without)
    lifeline, held = os.pipe()
    candidate_pid = os.fork()
    if candidate_pid == 0:
        os.close(held)
        _guarded(launch.report_fd, lambda: inside.live(launch, layers, lifeline))
    os.write(launch.report_fd, encode_candidate(candidate_pid))
    process.close_all_but([held])
    _, status = os.waitpid(candidate_pid, 0)
    own_processes = any(layer.name == PID_NAMESPACE and layer.in_force for layer in layers)
    if not own_processes:
        _end_orphans()
    _end_as(status, abort_is_sigsys=own_processes and SECCOMP not in launch.without)


def live(launch: Launch) -> NoReturn:
    """Spend the whole life of a warden, in a process that was forked for it."""
    _guarded(launch.report_fd, lambda: _live(launch))
