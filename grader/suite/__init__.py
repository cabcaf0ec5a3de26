"""What a hidden suite imports: the helpers that make a drill short. See README.md beside this file.

    import pytest
    from grader.suite import assert_close, refuses

    @pytest.mark.check("numerics", points=20)
    def test_matches_the_reference(submission, reference, draw):
        x = draw.normal(2, 3)
        assert_close(submission.f(x), reference.f(x))
"""

from grader.examiner.draw import DTYPES, HALF_DTYPES, Draw
from grader.examiner.failures import CheckFailed, SubmissionRaised
from grader.examiner.subject import Entry, Instance, Manners, Subject, describe_value
from grader.protocol import DeviceValue, GeneratorValue
from grader.suite.causality import assert_ignores, assert_ignores_in_gradients
from grader.suite.compare import (
    assert_close,
    assert_close_in_half,
    assert_dtype,
    assert_finite,
    assert_same,
    assert_shape,
    assert_type,
    fail,
    is_close,
)
from grader.suite.gradients import (
    assert_gradients_agree,
    assert_gradients_finite,
    assert_no_gradient,
    assert_same_direction,
    finite_difference,
    gradients,
)
from grader.suite.manners import (
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_nothing_forbidden,
    assert_results_not_aliased,
)
from grader.suite.placement import assert_runs_on_gpu, on_simulated_gpu
from grader.suite.properties import assert_refuses
from grader.suite.sampling import assert_distribution, assert_support
from grader.suite.work import assert_work_within

__all__ = [
    "DTYPES",
    "HALF_DTYPES",
    "CheckFailed",
    "DeviceValue",
    "Draw",
    "Entry",
    "GeneratorValue",
    "Instance",
    "Manners",
    "Subject",
    "SubmissionRaised",
    "assert_close",
    "assert_close_in_half",
    "assert_distribution",
    "assert_dtype",
    "assert_finite",
    "assert_global_random_untouched",
    "assert_gradients_agree",
    "assert_gradients_finite",
    "assert_ignores",
    "assert_ignores_in_gradients",
    "assert_inputs_left_alone",
    "assert_no_gradient",
    "assert_nothing_forbidden",
    "assert_refuses",
    "assert_results_not_aliased",
    "assert_runs_on_gpu",
    "assert_same",
    "assert_same_direction",
    "assert_shape",
    "assert_support",
    "assert_type",
    "assert_work_within",
    "describe_value",
    "fail",
    "finite_difference",
    "gradients",
    "is_close",
    "on_simulated_gpu",
]
