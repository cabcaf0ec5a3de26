"""Run one act in a confined process, and tell how it went; shared by the tests of the sandbox."""

import dataclasses
import json
import os
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.confine import Confined, Ended, Layer, Policy, default_readable, probe, spawn

LIMIT_S = 20.0
"""How long anything here may take before it counts as hanging."""

MIB = 1 << 20


@dataclass(frozen=True)
class Outcome:
    """What became of an act."""

    ended: Ended
    value: Any
    """What the act returned; None when it raised or did not come to an end."""
    error: str | None
    """The class of what the act raised."""
    layers: dict[str, Layer]
    output: str
    """Standard output and standard error together."""


class Confinement:
    """Runs acts in confined processes that use one policy."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def start(self, main: Callable[[], None], keep_fds: Iterable[int] = (), without: Iterable[str] = ()) -> Confined:
        """Start a process whose output nobody reads."""
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            return spawn(self.policy, main, tuple(keep_fds), null, null, frozenset(without))
        finally:
            os.close(null)

    def run(self, act: Callable[[], Any], without: Iterable[str] = (), **changes: Any) -> Outcome:
        """Run an act to its end; what it returns must be JSON."""
        answer_read, answer_write = os.pipe()
        output_read, output_write = os.pipe()

        def main() -> None:
            try:
                told = {"value": act()}
            except Exception as error:
                told = {"error": type(error).__name__}
                traceback.print_exc()
            os.write(answer_write, json.dumps(told).encode())

        policy = dataclasses.replace(self.policy, **changes)
        try:
            confined = spawn(policy, main, (answer_write,), output_write, output_write, frozenset(without))
            if confined.wait(LIMIT_S) is None:
                confined.kill()
                pytest.fail("the act hangs")
            os.close(answer_write)
            os.close(output_write)
            told = json.loads(read_all(answer_read) or "{}")
            output = read_all(output_read).decode()
        finally:
            os.close(answer_read)
            os.close(output_read)
        layers = {layer.name: layer for layer in confined.layers}
        return Outcome(confined.kill(), told.get("value"), told.get("error"), layers, output)


def read_all(descriptor: int) -> bytes:
    """Read to the end, which must come within the limit."""
    text = b""
    while True:
        assert select.select([descriptor], [], [], LIMIT_S)[0], "nobody closes the pipe"
        chunk = os.read(descriptor, 65536)
        if not chunk:
            return text
        text += chunk


def run_forked(act: Callable[[], Any]) -> Any:
    """Run an act in a forked process that is not confined, such as an engine of its own, and return what it returns."""
    answer_read, answer_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(answer_write, json.dumps(act()).encode())
        except BaseException:
            traceback.print_exc(file=sys.__stderr__)
        finally:
            os._exit(0)
    os.close(answer_write)
    text = read_all(answer_read)
    os.close(answer_read)
    os.waitpid(pid, 0)
    assert text, "the forked process failed"
    return json.loads(text)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """An empty scratch folder."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def confinement(scratch: Path) -> Confinement:
    """The means to run acts under a modest policy."""
    return Confinement(
        Policy(
            readable=default_readable(),
            scratch=str(scratch),
            memory_bytes=512 * MIB,
            cpu_s=LIMIT_S,
            file_bytes=8 * MIB,
            scratch_bytes=4 * MIB,
            max_open_files=64,
        )
    )


@pytest.fixture(scope="session")
def layers_here() -> dict[str, Layer]:
    """The layers that can be had on this machine."""
    with tempfile.TemporaryDirectory() as folder:
        policy = Policy(default_readable(), folder, 512 * MIB, LIMIT_S, MIB, MIB, 64)
        return {layer.name: layer for layer in probe(policy)}


@pytest.fixture
def need(layers_here: dict[str, Layer]) -> Callable[..., None]:
    """Skip the test, with the reason, where a layer that it is about cannot be had."""

    def skip_without(*names: str) -> None:
        for name in names:
            if not layers_here[name].in_force:
                pytest.skip(f"no {name} here: {layers_here[name].reason}")

    return skip_without


@pytest.fixture
def forked() -> Callable[[Callable[[], Any]], Any]:
    """Run an act in an unconfined process forked from this one."""
    return run_forked


@pytest.fixture
def victim() -> Iterator[int]:
    """A process that is none of the candidate's business."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        while True:
            signal.pause()
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
