"""The engine: many grades on one, cancelled ones, dead ones; whatever ends, nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from grader import events
from grader.client import Engine, Job
from grader.errors import GraderError, IsolationIncomplete
from grader.result import Tally

HANG = "import time\nprint('here', flush=True)\ntime.sleep(1e6)\n"


def descendants(pid: int) -> set[int]:
    """Every live process below this one."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, limit_s: float = 20.0) -> bool:
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def own_engine():
    with Engine() as running:
        running.wait_ready()
        yield running


def test_one_engine_serves_many_grades(grade, reference_of) -> None:
    verdicts = [grade("dpo_loss", reference_of("dpo_loss"), seed=seed).verdict for seed in range(3)]

    assert verdicts == ["passed"] * 3


def test_nothing_is_left_after_a_grade(own_engine, catalogue, reference_of) -> None:
    source = reference_of("dpo_loss") + "\nimport time\ntime.sleep(1)\n"
    used = set()
    for event in own_engine.grade(Job(catalogue.find("dpo_loss"), source, 1)):
        if isinstance(event, events.CheckStarted) and event.id == "loads":
            used = descendants(own_engine.pid)

    assert len(used) >= 3
    assert wait_until(lambda: not any(map(alive, used)))


def test_events_stream_while_the_grade_runs(own_engine, catalogue, reference_of) -> None:
    kinds = [type(event) for event in own_engine.grade(Job(catalogue.find("dpo_loss"), reference_of("dpo_loss"), 1))]

    assert kinds[-1] is events.Over
    assert kinds.count(events.Finished) == 1
    assert kinds.index(events.Collected) < kinds.index(events.CheckStarted) < kinds.index(events.CheckFinished)
    assert kinds.count(events.CheckFinished) > 10


def test_a_cancelled_grade_leaves_nothing_and_the_engine_goes_on(own_engine, catalogue, reference_of) -> None:
    drill = catalogue.find("dpo_loss")
    stream = own_engine.grade(Job(drill, HANG, 1))
    assert any(isinstance(event, events.CheckStarted) for event in stream)
    used = descendants(own_engine.pid)
    assert len(used) >= 3

    stream.close()

    assert wait_until(lambda: not any(map(alive, used)))
    tally = Tally(drill, "", 1, "cpu", "test_hidden.py")
    for event in own_engine.grade(Job(drill, reference_of("dpo_loss"), 1)):
        tally.add(event)
    assert tally.result().verdict == "passed"


def test_a_closed_engine_leaves_nothing(catalogue) -> None:
    engine = Engine()
    engine.wait_ready()
    stream = engine.grade(Job(catalogue.find("dpo_loss"), HANG, 1))
    next(event for event in stream if isinstance(event, events.CheckStarted))
    tree = {engine.pid, *descendants(engine.pid)}
    assert len(tree) >= 3

    engine.close()

    assert wait_until(lambda: not any(map(alive, tree)))


def test_an_examiner_that_dies_is_a_grader_error(own_engine, catalogue) -> None:
    drill = catalogue.find("dpo_loss")
    tally = Tally(drill, "", 1, "cpu", "test_hidden.py")
    stream = own_engine.grade(Job(drill, HANG, 1))
    with pytest.raises(GraderError, match="examiner"):
        for event in stream:
            tally.add(event)
            if isinstance(event, events.CheckStarted):
                # Of the engine's own children the warden has a child, the candidate; the examiner has none.
                children = [pid for pid in descendants(own_engine.pid) if is_child(pid, own_engine.pid)]
                os.kill(next(pid for pid in children if not descendants(pid)), signal.SIGKILL)
    result = tally.result()

    assert result.verdict == "grader_error"
    assert result.score is None


def is_child(pid: int, parent: int) -> bool:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) == parent


def test_an_engine_that_dies_is_a_grader_error(catalogue) -> None:
    with Engine() as engine:
        engine.wait_ready()
        stream = engine.grade(Job(catalogue.find("dpo_loss"), HANG, 1))
        tree = set()
        with pytest.raises(GraderError, match="engine ended"):
            for event in stream:
                if isinstance(event, events.CheckStarted):
                    tree = descendants(engine.pid)
                    os.kill(engine.pid, signal.SIGKILL)
        assert tree
        assert wait_until(lambda: not any(map(alive, tree)))


def test_a_front_that_is_killed_leaves_nothing(catalogue, tmp_path) -> None:
    script = tmp_path / "front.py"
    script.write_text(textwrap.dedent(f"""
        from grader.catalogue import open_catalogue
        from grader.client import Engine, Job
        engine = Engine()
        for event in engine.grade(Job(open_catalogue().find("dpo_loss"), {HANG!r}, 1)):
            print(type(event).__name__, flush=True)
    """))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as front:
        assert front.stdout is not None
        for line in front.stdout:
            if line.strip() == "CheckStarted":
                break
        tree = descendants(front.pid)
        assert len(tree) >= 3

        front.kill()

    assert wait_until(lambda: not any(map(alive, tree)))


def test_ctrl_c_ends_the_command_and_leaves_nothing(tmp_path) -> None:
    file = tmp_path / "dpo_loss.py"
    file.write_text(HANG)
    command = [str(Path(sys.executable).parent / "drill"), "grade", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as front:
        assert wait_until(lambda: len(descendants(front.pid)) >= 3)
        tree = descendants(front.pid)

        front.send_signal(signal.SIGINT)
        out, err = front.communicate(timeout=20)

    assert front.returncode != 0
    assert "Traceback" not in out + err
    assert wait_until(lambda: not any(map(alive, tree)))


def test_two_grades_of_one_file_at_once_do_not_disturb_each_other(tmp_path, reference_of) -> None:
    file = tmp_path / "dpo_loss.py"
    file.write_text(reference_of("dpo_loss"))
    command = [str(Path(sys.executable).parent / "drill"), "grade", "--format", "json", str(file)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]

    outputs = [process.communicate(timeout=60)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert all('"verdict":"passed"' in output for output in outputs)


def test_a_missing_layer_of_isolation_that_is_required_stops_the_grade(own_engine, catalogue, reference_of) -> None:
    job = Job(catalogue.find("dpo_loss"), reference_of("dpo_loss"), 1, required_layers=("a layer that does not exist",))

    with pytest.raises(IsolationIncomplete, match="a layer that does not exist"):
        list(own_engine.grade(job))


def test_a_suite_that_raises_is_a_grader_error_that_names_file_and_line(engine, catalogue, reference_of, tmp_path) -> None:
    from tests.conftest import grade_source

    drill = copied_drill(catalogue.find("dpo_loss"), tmp_path)
    suite = drill.folder / "test_hidden.py"
    suite.write_text("import pytest\n\n\n@pytest.mark.check('contract')\ndef test_x(submission):\n    return 1 / 0\n")
    (drill.folder / "test_public.py").write_text("import pytest\nfrom nowhere import nothing\n")

    hidden = grade_source(engine, drill, reference_of("dpo_loss"), suite="test_hidden.py")
    public = grade_source(engine, drill, reference_of("dpo_loss"), suite="test_public.py")

    assert hidden.verdict == public.verdict == "grader_error"
    assert "points" in hidden.message
    assert f"{drill.folder / 'test_public.py'}:2" in public.message
    suite.rename(drill.folder / "test_public.py")
    public = grade_source(engine, drill, reference_of("dpo_loss"), suite="test_public.py")
    assert f"{drill.folder / 'test_public.py'}:6: ZeroDivisionError" in public.message
    assert public.score is None


def copied_drill(drill, folder: Path):
    import shutil

    from grader.catalogue import Drill

    shutil.copytree(drill.folder, folder / "drills" / drill.deck / drill.name)
    shutil.copytree(drill.solution_folder, folder / "solutions" / drill.deck / drill.name)
    return Drill(
        drill.name, drill.deck, folder / "drills" / drill.deck / drill.name, folder / "solutions" / drill.deck / drill.name
    )


def test_a_reference_that_does_not_run_is_a_grader_error(engine, catalogue, reference_of, tmp_path) -> None:
    from tests.conftest import grade_source

    drill = copied_drill(catalogue.find("dpo_loss"), tmp_path)
    drill.reference.write_text("raise RuntimeError('broken')\n")

    result = grade_source(engine, drill, reference_of("dpo_loss"))

    assert (result.verdict, result.score) == ("grader_error", None)
    assert str(drill.reference) in result.message


def test_an_idle_engine_readies_a_pair_that_knows_nothing_and_dies_with_it(catalogue) -> None:
    engine = Engine()
    engine.wait_ready()
    assert wait_until(lambda: len(descendants(engine.pid)) == 3)  # warden, candidate, examiner
    standby = descendants(engine.pid)

    engine.close()

    assert wait_until(lambda: not any(map(alive, standby)))


def test_a_standby_that_was_killed_is_replaced(own_engine, catalogue, reference_of) -> None:
    assert wait_until(lambda: len(descendants(own_engine.pid)) == 3)
    standby = descendants(own_engine.pid)
    for pid in standby:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not any(map(alive, standby)))
    tally = Tally(catalogue.find("dpo_loss"), "", 1, "cpu", "test_hidden.py")

    for event in own_engine.grade(Job(catalogue.find("dpo_loss"), reference_of("dpo_loss"), 1)):
        tally.add(event)

    assert tally.result().verdict == "passed"
