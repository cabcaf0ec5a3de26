"""Nothing survives: not a kill, not the engine's own death, not the end of the candidate itself."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox import inside, warden
from grader.sandbox.confine import Ended

LIMIT_S = 10.0


class LifeSign:
    """A pipe that stays open as long as anybody holds its writing end."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()

    def all_gone(self, limit_s: float = LIMIT_S) -> bool:
        """Give up our own end, and return whether nobody holds the pipe any more; reads what was written."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1
        deadline = time.monotonic() + limit_s
        while (left_s := deadline - time.monotonic()) > 0:
            if select.select([self.reading], [], [], left_s)[0] and not os.read(self.reading, 4096):
                return True
        return False

    def wait_for(self, text: bytes) -> None:
        """Wait until the candidate has written this."""
        seen = b""
        while text not in seen:
            assert select.select([self.reading], [], [], LIMIT_S)[0], f"only {seen!r} was written"
            seen += os.read(self.reading, 4096)

    def close(self) -> None:
        """Close both ends."""
        for descriptor in (self.reading, self.writing):
            if descriptor >= 0:
                os.close(descriptor)


@pytest.fixture
def life() -> Iterator[LifeSign]:
    """A pipe that tells whether a process is still there."""
    sign = LifeSign()
    yield sign
    sign.close()


def start_daemon(life: LifeSign) -> None:
    """Do what a daemon does: fork, leave the session, fork again, stay."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(life.writing, b"daemon")
            time.sleep(60)
        os._exit(0)


MODES = {"pid-namespace": {"seccomp"}, "sweep": {"seccomp", "pid-namespace"}}
"""Ways in which a daemon could be started at all, and what then ends it: the namespace, or the warden by hand."""


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("killed", [True, False], ids=["killed", "ended-by-itself"])
def test_daemon_does_not_survive(mode: str, killed: bool, life: LifeSign, confinement: Any, need: Any) -> None:
    """A process that left the session and was orphaned ends with the candidate."""
    need(*{"pid-namespace"} - MODES[mode])

    def main() -> None:
        start_daemon(life)
        time.sleep(60 if killed else 0.1)

    confined = confinement.start(main, [life.writing], without=MODES[mode])
    life.wait_for(b"daemon")
    ended = confined.kill() if killed else confined.wait(LIMIT_S)

    assert (Ended(signal=signal.SIGKILL) if killed else Ended(exit_code=0)) == ended
    assert life.all_gone(0.5)


def test_daemon_cannot_be_started(confinement: Any, need: Any) -> None:
    """With the filter, also without a namespace for processes, there is no second process."""
    need("seccomp")

    def act() -> str:
        os.fork()
        return "forked"

    assert confinement.run(act).error == "PermissionError"
    assert confinement.run(act, without={"pid-namespace"}).error == "PermissionError"


@pytest.mark.parametrize("mode", MODES)
def test_many_processes_are_killed(mode: str, life: LifeSign, confinement: Any, need: Any) -> None:
    """A burst of forks, each of which forks again, ends with one kill; 6 rounds of forks make 64 processes."""
    need(*{"pid-namespace"} - MODES[mode])

    def main() -> None:
        for _ in range(6):
            os.fork()
        os.write(life.writing, b"ready")
        time.sleep(60)

    confined = confinement.start(main, [life.writing], without=MODES[mode])
    life.wait_for(b"ready")
    confined.kill()

    assert life.all_gone()


def test_signals_that_can_be_ignored_are_not_used(life: LifeSign, confinement: Any) -> None:
    """A candidate that ignores every signal it can ends at once all the same."""

    def main() -> None:
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        os.write(life.writing, b"deaf")
        time.sleep(60)

    confined = confinement.start(main, [life.writing])
    life.wait_for(b"deaf")

    assert Ended(signal=signal.SIGKILL) == confined.kill()
    assert life.all_gone(0.5)


def test_kill_is_repeatable_and_tells_the_true_end(confinement: Any) -> None:
    """A process that ended by itself before it was killed keeps its own end."""
    confined = confinement.start(lambda: os._exit(7))
    confined.wait(LIMIT_S)

    assert [Ended(exit_code=7)] * 2 == [confined.kill(), confined.kill()]


@pytest.mark.parametrize("without", [(), ("pid-namespace",)], ids=["own-processes", "shared-processes"])
def test_nothing_survives_the_engine(
    without: tuple[str, ...], life: LifeSign, confinement: Any, forked: Callable[..., Any], need: Any
) -> None:
    """SIGKILL of the engine, which cannot tidy up, ends the warden and the candidate."""
    need("seccomp")

    def main() -> None:
        os.write(life.writing, b"running")
        time.sleep(60)

    def engine() -> None:
        confinement.start(main, [life.writing], without=without)
        os.close(life.writing)
        time.sleep(60)

    pid = os.fork()
    if pid == 0:
        try:
            engine()
        finally:
            os._exit(1)
    life.wait_for(b"running")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    assert life.all_gone()


def test_candidate_is_ended_when_the_warden_is(life: LifeSign, confinement: Any) -> None:
    """A warden that is killed takes the candidate with it."""

    def main() -> None:
        os.write(life.writing, b"running")
        time.sleep(60)

    confined = confinement.start(main, [life.writing])
    life.wait_for(b"running")
    os.kill(confined.warden_pid, signal.SIGKILL)

    assert Ended(signal=signal.SIGKILL) == confined.wait(LIMIT_S)
    assert life.all_gone()


def test_candidate_notices_a_warden_that_died_before() -> None:
    """A lifeline without a writer ends the process; one with a writer lets it go on."""

    def candidate(with_writer: bool) -> int:
        reading, writing = os.pipe()
        if not with_writer:
            os.close(writing)
        pid = os.fork()
        if pid == 0:
            inside._end_with_warden(reading)
            os._exit(42)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        for descriptor in (reading, writing)[: 1 + with_writer]:
            os.close(descriptor)
        return code

    assert (candidate(True), candidate(False)) == (42, 1)


def children() -> str:
    """Process ids of the children of this process; other tests may have some of their own."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


def test_failing_setup_is_told(confinement: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the candidate cannot be set up at all, the engine gets the reason, and no process is left."""

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(inside.process, "use_scratch", fail)
    before = children()
    with pytest.raises(SandboxUnavailable, match="No space left on device"):
        confinement.start(lambda: None)
    assert children() == before


def test_warden_that_dies_in_setup_is_told(confinement: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warden that ends without a word is an error of ours as well."""
    monkeypatch.setattr(warden, "_enter_namespaces", lambda _: os._exit(9))
    with pytest.raises(SandboxUnavailable, match="without a word"):
        confinement.start(lambda: None)
