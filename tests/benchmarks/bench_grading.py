"""How fast grading is, as ratios measured side by side in one run: `python tests/benchmarks/bench_grading.py`.

Both sides of a ratio alternate, so a change of the machine's speed meets both. Medians throughout. Exit status 1 when a
bound is exceeded. Run it on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from grader import events
from grader.catalogue import Drill, open_catalogue
from grader.client import Engine, Job
from grader.result import Tally

BIN = Path(sys.executable).parent
DRILLS = ("gqa_cache", "dpo_loss", "decoder_block", "top_p_filter", "lora_linear", "zero_training_state")
WARM_BOUND_S = 0.250
PAUSE_S = 0.3


def seconds(command: list[str]) -> float:
    started_s = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, cwd="/")
    return time.perf_counter() - started_s


def alternate(left: Callable[[], float], right: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Medians of both after one warm-up of each."""
    left(), right()
    pairs = [(left(), right()) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def grade(engine: Engine, drill: Drill, source: str, seed: int) -> float:
    """Seconds from submission to verdict, after a moment in which a person would still be writing."""
    time.sleep(PAUSE_S)
    started_s = time.perf_counter()
    tally = Tally(drill, "", seed, "cpu", "test_hidden.py")
    for event in engine.grade(Job(drill, source, seed)):
        tally.add(event)
    elapsed_s = time.perf_counter() - started_s
    result = tally.result()
    assert result.verdict == "passed", result.message
    return elapsed_s


def proportional_kib(pids: set[int]) -> int:
    """Proportional set size of these processes together."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total


def tree(pid: int) -> set[int]:
    found = {pid}
    pending = [pid]
    while pending:
        try:
            children = Path(f"/proc/{(current := pending.pop())}/task/{current}/children").read_text().split()
        except OSError:
            continue
        pending += [child for child in map(int, children) if child not in found]
        found |= set(map(int, children))
    return found


def memory(drill: Drill, source: str) -> tuple[int, int]:
    """(peak of a warm engine with one grade in flight, that of `import torch` alone), in KiB, side by side."""
    with subprocess.Popen(
        [sys.executable, "-c", "import torch, sys; print('ready', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as bare, Engine() as engine:  # fmt: skip
        assert bare.stdout is not None and bare.stdin is not None
        bare.stdout.readline()
        engine.wait_ready()
        time.sleep(1.0)  # as warm as it gets: the pair that waits has rehearsed
        peak = 0
        # The bare process shares library pages with the engine while both run, so each side is measured as it stands.
        for event in engine.grade(Job(drill, source, 1)):
            if isinstance(event, events.CheckFinished):
                before = tree(engine.pid)
                total = proportional_kib(before)
                if tree(engine.pid) == before:  # else one ended meanwhile, and its share was counted with another, too
                    peak = max(peak, total)
        assert peak, "no moment at which every process of the grade was there"
        alone = proportional_kib({bare.pid})
        bare.stdin.close()
    return peak, alone


def show(name: str, value: float, bound: float, detail: str) -> bool:
    good = value <= bound
    print(f"{'ok  ' if good else 'OVER'}  {name:<52} {value:6.3f}  (at most {bound:.3f})  {detail}", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="of each alternating pair")
    rounds = parser.parse_args().rounds
    catalogue = open_catalogue()
    gqa = catalogue.find("gqa_cache")
    good = True

    cold, torch_s = alternate(
        lambda: seconds([str(BIN / "drill"), "grade", str(gqa.reference)]),
        lambda: seconds([sys.executable, "-c", "import torch"]), rounds,
    )  # fmt: skip
    good &= show("cold `drill grade` : `import torch`", cold / torch_s, 1.6, f"{cold:.2f} s : {torch_s:.2f} s")

    listed, click_s = alternate(
        lambda: seconds([str(BIN / "drill"), "list"]), lambda: seconds([sys.executable, "-c", "import click"]), 3 * rounds
    )
    good &= show("`drill list` : `import click`", listed / click_s, 2.5, f"{listed * 1000:.0f} ms : {click_s * 1000:.0f} ms")

    with Engine() as engine:
        engine.wait_ready()
        for name in DRILLS:
            drill = catalogue.find(name)
            source = drill.reference.read_text(encoding="utf-8")
            command = [
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "grader.examiner.plain",
                str(drill.folder / "test_hidden.py"), "--submission", str(drill.reference), "-W", "ignore",
            ]  # fmt: skip
            seeds = iter(range(10_000))
            warm, plain = alternate(
                lambda: grade(engine, drill, source, next(seeds)), lambda: seconds(command), rounds  # noqa: B023
            )
            quick = statistics.median(grade(engine, drill, source, next(seeds)) for _ in range(3 * rounds))
            good &= show(f"warm verdict of {name} : plain pytest", warm / plain, 1 / 12, f"{warm:.3f} s : {plain:.2f} s")
            good &= show(f"warm verdict of {name}, seconds", quick, WARM_BOUND_S, "")

    engine_kib, torch_kib = memory(gqa, gqa.reference.read_text(encoding="utf-8"))
    detail = f"{engine_kib // 1024} MiB : {torch_kib // 1024} MiB"
    good &= show("memory of an engine with one grade : `import torch`", engine_kib / torch_kib, 1.5, detail)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
