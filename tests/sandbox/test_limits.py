"""What a confined process may use up: memory, processor, threads, disk."""

import os
import resource
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.confine import Ended

MIB = 1 << 20


def allocate() -> str:
    try:
        return f"got {len(bytearray(160 * MIB))}"
    except MemoryError:
        return "MemoryError"


def test_memory_bomb_gives_a_memory_error(confinement: Any, need: Any) -> None:
    """More than the allowance raises inside, where it can be caught; nobody is killed for it."""
    need("limits")
    bounded = confinement.run(allocate, memory_bytes=128 * MIB)
    free = confinement.run(allocate, memory_bytes=128 * MIB, without={"limits"})

    assert ("MemoryError", Ended(exit_code=0)) == (bounded.value, bounded.ended)
    assert free.value == f"got {160 * MIB}"


def test_processor_time_is_limited(confinement: Any, need: Any) -> None:
    """A loop without end is killed when its processor time is used up."""
    need("limits")

    def burn(limit_s: float) -> str:
        until = time.process_time() + limit_s
        while time.process_time() < until:
            pass
        return "done"

    bounded = confinement.run(lambda: burn(3), cpu_s=0.5)
    free = confinement.run(lambda: burn(1.2), cpu_s=0.5, without={"limits"})

    assert Ended(signal=signal.SIGKILL) == bounded.ended
    assert free.value == "done"


@pytest.mark.parametrize(
    ("name", "limit"),
    [("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 8 * MIB), ("RLIMIT_NOFILE", 64), ("RLIMIT_CPU", 20), ("RLIMIT_MEMLOCK", 0)],
)
def test_limit_is_set(name: str, limit: int, confinement: Any, need: Any) -> None:
    """The limit stands, soft and hard, so it cannot be raised again."""
    need("limits")
    outcome = confinement.run(lambda: resource.getrlimit(getattr(resource, name)))

    assert [limit, limit] == outcome.value


def start_threads(number: int) -> int:
    release = threading.Event()
    threads = [threading.Thread(target=release.wait) for _ in range(number)]
    started = 0
    try:
        for thread in threads:
            thread.start()
            started += 1
    except RuntimeError:
        pass
    release.set()
    for thread in threads[:started]:
        thread.join()
    return started


def test_threads_work(confinement: Any) -> None:
    """Threads are honest work."""
    outcome = confinement.run(lambda: start_threads(8))

    assert outcome.value == 8, outcome.output


def test_thread_bomb_is_bounded(confinement: Any, need: Any) -> None:
    """Threads take memory for their stacks, which the limit bounds; without it all of them start."""
    need("limits")
    if resource.getrlimit(resource.RLIMIT_STACK)[0] not in range(4 * MIB, 64 * MIB):
        pytest.skip("threads have stacks of an unusual size here")
    bounded = confinement.run(lambda: start_threads(200))
    free = confinement.run(lambda: start_threads(200), without={"limits"})

    assert 8 < bounded.value < 200
    assert free.value == 200


def fill_scratch() -> int:
    """Write files of one mebibyte until there is no room or there are twelve."""
    written = 0
    try:
        for number in range(12):
            Path(f"{number}.bin").write_bytes(bytes(MIB))
            written += 1
    except OSError:
        pass
    return written


def test_scratch_is_bounded(confinement: Any, need: Any, scratch: Path) -> None:
    """The scratch folder holds as much as the policy says, and what was in it is gone afterwards."""
    need("scratch-quota")
    bounded = confinement.run(fill_scratch)
    assert list(scratch.iterdir()) == []
    free = confinement.run(fill_scratch, without={"scratch-quota"})

    assert 3 <= bounded.value <= 4
    assert free.value == len(list(scratch.iterdir())) == 12


def test_number_of_files_is_bounded(confinement: Any, need: Any) -> None:
    """Empty files run out, too."""
    need("scratch-quota")

    def create_files() -> int:
        for number in range(5000):
            try:
                Path(str(number)).touch()
            except OSError:
                return number
        return 5000

    assert confinement.run(create_files).value < 4096
    assert confinement.run(create_files, without={"scratch-quota"}).value == 5000


def test_file_size_is_limited(confinement: Any, need: Any) -> None:
    """One file grows to the limit and no further; Python raises."""
    need("limits")

    def write() -> str:
        Path("large").write_bytes(bytes(2 * MIB))
        return "done"

    assert confinement.run(write, file_bytes=MIB).error == "OSError"
    assert confinement.run(write, file_bytes=MIB, without={"limits"}).value == "done"


def test_temporary_files_go_to_scratch(confinement: Any, scratch: Path) -> None:
    """The tempfile module works, and uses the scratch folder even if the engine had used it elsewhere before."""
    tempfile.gettempdir()

    def use() -> list[str]:
        with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
            file.write(b"honest")
            return [os.getcwd(), str(Path(file.name).parent), str(Path(folder).parent)]

    outcome = confinement.run(use)

    assert [str(scratch)] * 3 == outcome.value


def test_link_out_of_scratch_leads_nowhere(confinement: Any, need: Any, scratch: Path, tmp_path: Path) -> None:
    """A symbolic link that lies in the scratch folder already gives no right to what it points at."""
    need("landlock")
    secret = tmp_path / "secret"
    secret.write_text("expected")
    (scratch / "link").symlink_to(secret)
    without = {"scratch-quota"}

    def read() -> str:
        return Path("link").read_text()

    def write() -> int:
        return Path("link").write_text("forged")

    assert confinement.run(read, without=without).error == "PermissionError"
    assert confinement.run(write, without=without).error in {"PermissionError", "OSError"}
    assert confinement.run(read, without={*without, "landlock"}).value == "expected"
    assert secret.read_text() == "expected"
