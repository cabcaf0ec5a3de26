"""Hidden checks of exposed_communication. The oracle is the reference; no case lies where exposure just begins."""

import pytest

from grader.suite import assert_close, assert_global_random_untouched, assert_refuses, assert_type, describe_value, fail

KEYS = ("exposed_comm_s", "step_s", "comm_bound_fraction")
RELATIVE = 1e-6


def estimate(submission, compute, comm, overlap):
    """The result, once it is a dict with the three keys."""
    result = submission.step_time_lower_bound(compute, comm, overlap)
    if not isinstance(result, dict) or not set(KEYS) <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    return result


def agrees(submission, reference, compute, comm, overlap):
    result = estimate(submission, compute, comm, overlap)
    for key, expected in reference.step_time_lower_bound(compute, comm, overlap).items():
        assert_close(result[key], float(expected), what=key, relative=RELATIVE)


def refuses(submission, compute, comm, overlap, because):
    assert_refuses(submission.step_time_lower_bound, compute, comm, overlap, because=because)


def partly_hidden(draw, size=1.0):
    """Times of about `size` of which the window hides a part of the communication."""
    compute, overlap = draw.float(0.5, 2.0) * size, draw.float(0.2, 0.8)
    return compute, overlap * compute * draw.float(1.5, 6.0), overlap


def all_hidden(draw, size=1.0):
    compute, overlap = draw.float(0.5, 2.0) * size, draw.float(0.2, 0.8)
    return compute, overlap * compute * draw.float(0.1, 0.7), overlap


# shape


@pytest.mark.check("shape", points=5, conventions=["keys"])
def test_the_result_has_the_three_keys(submission, draw):
    for times in (partly_hidden(draw), all_hidden(draw), (0.0, 0.0, 0.5), (0.0, 1.0, 0.5), (1.0, 0.0, 0.5)):
        estimate(submission, *times)


@pytest.mark.check("shape", points=5)
def test_every_value_is_a_number(submission, draw):
    for times in (partly_hidden(draw), all_hidden(draw), (0.0, 0.0, 0.5), (0.0, 1.0, 1.0), (1.0, 0.0, 0.0), (2, 3, 1)):
        result = estimate(submission, *times)
        for key in KEYS:
            assert_type(result[key], float, key)


# numerics


@pytest.mark.check("numerics", points=16, conventions=["window", "step", "fraction", "task", "result"])
def test_what_the_window_leaves_is_exposed(submission, reference, draw):
    for _ in range(6):
        agrees(submission, reference, *partly_hidden(draw))
    for _ in range(3):  # communication shorter than the compute, and more than twice as long
        compute, overlap = draw.float(0.5, 2.0), draw.float(0.1, 0.3)
        agrees(submission, reference, compute, compute * draw.float(0.6, 0.9), overlap)
        agrees(submission, reference, compute, compute * draw.float(2.5, 40.0), overlap)
    agrees(submission, reference, 2, 3, 0.5)


@pytest.mark.check("numerics", points=10, conventions=["never-below-zero", "window"])
def test_a_window_that_is_long_enough_hides_everything(submission, reference, draw):
    for _ in range(6):
        agrees(submission, reference, *all_hidden(draw))
    agrees(submission, reference, draw.float(100.0, 900.0), draw.float(1e-3, 1.0), draw.float(0.1, 0.9))


@pytest.mark.check("numerics", points=7, conventions=["closed-interval"])
def test_without_overlap_all_communication_is_exposed(submission, reference, draw):
    for overlap in (0.0, 0):
        for _ in range(2):
            agrees(submission, reference, draw.float(0.1, 2.0), draw.float(0.1, 2.0), overlap)


@pytest.mark.check("numerics", points=7, conventions=["closed-interval"])
def test_with_full_overlap_the_longer_time_decides(submission, reference, draw):
    for overlap in (1.0, 1):
        for factor in (draw.float(0.2, 0.8), 1.0, draw.float(1.3, 5.0)):
            compute = draw.float(0.1, 2.0)
            agrees(submission, reference, compute, compute * factor, overlap)
        agrees(submission, reference, 2, 3, overlap)


@pytest.mark.check("numerics", points=5, conventions=["fraction"])
def test_without_compute_the_step_is_all_communication(submission, reference, draw):
    for compute, overlap in ((0.0, 0.0), (0.0, draw.float(0.1, 0.9)), (0.0, 1.0), (0, 0.5)):
        agrees(submission, reference, compute, draw.float(0.1, 2.0), overlap)


@pytest.mark.check("numerics", points=4)
def test_without_communication_the_step_is_all_compute(submission, reference, draw):
    for comm, overlap in ((0.0, 0.0), (0.0, draw.float(0.1, 0.9)), (0.0, 1.0), (0, 0.5)):
        agrees(submission, reference, draw.float(0.1, 2.0), comm, overlap)


@pytest.mark.check("numerics", points=4, conventions=["zero-step"])
def test_a_step_of_no_time_has_fraction_0(submission, reference, draw):
    for zero in (0.0, 0):
        for overlap in (0.0, draw.float(0.1, 0.9), 1.0):
            agrees(submission, reference, zero, zero, overlap)


@pytest.mark.check("numerics", points=7, conventions=["relative", "seconds"])
def test_short_and_long_times_are_as_exact(submission, reference, draw):
    for size in (1e-3, 1e-6, 1e-9, 1e4):
        for case in (partly_hidden(draw, size), all_hidden(draw, size), (size * 0.7, size * 0.4, 0.0)):
            agrees(submission, reference, *case)
        agrees(submission, reference, 0.0, size * draw.float(1.0, 5.0), 0.5)
        agrees(submission, reference, draw.float(0.5, 2.0), size * draw.float(1.0, 5.0), 0.0)
    agrees(submission, reference, 1.0, 3e-13, 0.0)  # a difference to the compute time would lose digits
    agrees(submission, reference, 1e-13, 3e-13, 0.2)


# contract


@pytest.mark.check("contract", points=5)
def test_refuses_a_negative_compute_time(submission, draw):
    for compute in (-1e-9, -0.5, -draw.float(1.0, 9.0), -1):
        for comm, overlap in ((0.0, 0.5), (draw.float(10.0, 90.0), draw.float(0.1, 0.9)), (0.3, 0.0), (0.3, 1.0)):
            refuses(submission, compute, comm, overlap, f"compute_s is {compute:.3g} (comm_s is {comm:.3g})")


@pytest.mark.check("contract", points=5)
def test_refuses_a_negative_communication_time(submission, draw):
    for comm in (-1e-9, -0.5, -draw.float(1.0, 9.0), -1):
        for compute, overlap in ((0.0, 0.5), (draw.float(10.0, 90.0), draw.float(0.1, 0.9)), (0.3, 0.0), (0.3, 1.0)):
            refuses(submission, compute, comm, overlap, f"comm_s is {comm:.3g} (compute_s is {compute:.3g})")


@pytest.mark.check("contract", points=7, conventions=["closed-interval", "errors"])
def test_refuses_an_overlap_outside_0_to_1(submission, draw):
    for overlap in (-0.01, 1.01, -1e-9, 1 + 1e-9, -1, 2, -draw.float(0.1, 0.9), draw.float(1.1, 90.0)):
        for compute, comm in ((0.8, 0.5), (0.5, 0.8), (0.8, 0.0), (0.0, 0.5), (0.0, 0.0)):
            because = f"overlap is {overlap:.3g} (compute_s is {compute} and comm_s {comm})"
            refuses(submission, compute, comm, overlap, because)


@pytest.mark.check("contract", points=2, conventions=["new-result"])
def test_earlier_results_stay_as_they_were(submission, reference):
    with submission.options(keep=True):
        held = submission.step_time_lower_bound(2.0, 3.0, 0.5)
    submission.step_time_lower_bound(5.0, 1.0, 0.0)
    expected = reference.step_time_lower_bound(2.0, 3.0, 0.5)
    kept = held.method("copy")()
    for key, value in expected.items():
        if not isinstance(kept, dict) or key not in kept:
            fail(f"the result is {describe_value(kept)}, expected a dict with the keys {', '.join(KEYS)}")
        assert_close(kept[key], value, what=f"{key} of the first result, looked at after a second call")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
