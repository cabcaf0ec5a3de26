"""Right placement on an accelerator: everything a submission makes must be made on its inputs' device."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from grader import protocol as p
from grader.examiner.failures import SubmissionRaised
from grader.examiner.subject import Subject
from grader.suite.compare import assert_close, fail

GPU = p.DeviceValue("gpu")
"""Pass this as a device argument inside `on_simulated_gpu`."""


@contextlib.contextmanager
def on_simulated_gpu(submission: Subject) -> Iterator[p.DeviceValue]:
    """Inputs of calls made inside lie on a simulated GPU with real values. The check is skipped where it has a gap."""
    submission.forget_misplaced()
    with submission.options(device="simulated"):
        try:
            yield GPU
        except SubmissionRaised as failure:
            text = failure.raised.message
            if "same device" in text or "device" in text.lower():
                fail(f"mixes devices when its inputs are on a GPU: {failure}")
            raise


def assert_runs_on_gpu(submission: Subject, run: Callable[..., Any], expected: Any, **tolerances: Any) -> None:
    """`run(gpu)` gives the expected values, and every tensor of the result lies on the inputs' device.

    Args:
        submission: The submission, whose calls inside `run` are made on the simulated GPU.
        run: Takes the device to pass where a device is asked for, and returns the result.
        expected: The reference's result on the CPU.
    """
    with on_simulated_gpu(submission) as gpu:
        result = run(gpu)
    assert_placed(submission)
    assert_close(result, expected, **tolerances)


def assert_placed(submission: Subject) -> None:
    """The results of the last call lay on the device of its inputs."""
    if submission.misplaced:
        fail(f"returns a result on {submission.misplaced}, not on the device of its inputs, in {submission.last_call}")

