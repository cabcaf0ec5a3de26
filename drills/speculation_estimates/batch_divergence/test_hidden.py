"""Hidden checks of batch_divergence. The oracle is the reference; token counts by hand where they are plain."""

import pytest
import torch

from grader.suite import (
    assert_close,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_runs_on_gpu,
    assert_type,
    describe_value,
    fail,
)

KEYS = ("ragged_tokens", "lockstep_tokens", "lockstep_efficiency", "wasted_draft_fraction")
RELATIVE = 1e-6


def figures(submission, accepted, gamma):
    """The result, once it is a dict with the four keys."""
    result = submission.batch_divergence(accepted, gamma)
    if not isinstance(result, dict) or not set(KEYS) <= set(result):
        fail(f"the result is {describe_value(result)}, expected a dict with the keys {', '.join(KEYS)}")
    return result


def compare(result, expected, case=""):
    for key in KEYS:
        assert_close(result[key], float(expected[key]), what=f"{key}{case}", relative=RELATIVE)


def agrees(submission, reference, accepted, gamma, case=""):
    shown = f" of {accepted.tolist()} with gamma = {gamma}" if accepted.numel() <= 12 else f" with gamma = {gamma}"
    compare(figures(submission, accepted, gamma), reference.batch_divergence(accepted, gamma), case or shown)


def refuses(submission, accepted, gamma, because):
    assert_refuses(submission.batch_divergence, accepted, gamma, because=because)


def diverging(draw, rounds, batch, gamma):
    """Counts in 0..gamma; the sequences of the first round and the minima of the rounds differ."""
    accepted = draw.integers(rounds, batch, low=0, high=gamma + 1)
    accepted[0, draw.int(0, batch - 1)] = gamma
    accepted[0, draw.int(0, batch - 1)] = 1
    accepted[rounds - 1] = gamma - accepted[rounds - 1] // 3
    return accepted


# shape


@pytest.mark.check("shape", points=4, conventions=["keys"])
def test_the_result_has_the_four_keys(submission, draw):
    for rounds, batch, gamma in ((4, 3, 5), (1, 1, 2), (1, 4, 3), (3, 1, 3)):
        figures(submission, draw.integers(rounds, batch, low=0, high=gamma + 1), gamma)
    figures(submission, torch.zeros(2, 3, dtype=torch.int64), 0)


@pytest.mark.check("shape", points=6, conventions=["python-floats"])
def test_every_value_is_a_number(submission, draw):
    cases = [(draw.integers(4, 3, low=0, high=6), 5), (torch.zeros(2, 3, dtype=torch.int64), 0), (torch.full((2, 3), 4), 4)]
    for accepted, gamma in cases:
        result = figures(submission, accepted, gamma)
        for key in KEYS:
            assert_type(result[key], float, key)


# numerics


@pytest.mark.check(
    "numerics", points=18, conventions=["one-more", "minimum", "lockstep-one-more", "mean", "ratio-of-means", "waste"]
)
def test_tokens_efficiency_and_waste_match(submission, reference, draw):
    for rounds, batch in ((2, 3), (4, 3), (3, 5), (6, 4), (5, 5), (draw.int(7, 12), draw.int(2, 6)), (2, 9)):
        gamma = draw.int(3, 9)
        agrees(submission, reference, diverging(draw, rounds, batch, gamma), gamma)
    agrees(submission, reference, torch.tensor([[3, 1, 2, 2], [4, 0, 3, 1], [2, 2, 4, 3]]), 4)
    agrees(submission, reference, torch.tensor([[1, 0], [1, 1], [0, 0]]), 1)


@pytest.mark.check("numerics", points=7, conventions=["rounds-by-batch", "task", "result"])
def test_one_sequence_or_one_round_will_do(submission, reference, draw):
    for rounds, batch in ((5, 1), (2, 1), (1, 4), (1, 2), (1, 1)):
        gamma = draw.int(4, 8)
        accepted = draw.integers(rounds, batch, low=0, high=3)
        accepted[0, 0], accepted[-1, -1] = 0, 3
        agrees(submission, reference, accepted, gamma)


@pytest.mark.check("numerics", points=5, conventions=["gamma-zero"])
def test_without_drafts_nothing_is_wasted(submission):
    for rounds, batch in ((1, 1), (3, 2), (2, 5)):
        expected = dict(zip(KEYS, (1.0, 1.0, 1.0, 0.0), strict=True))
        compare(figures(submission, torch.zeros(rounds, batch, dtype=torch.int64), 0), expected, " with gamma = 0")


@pytest.mark.check("numerics", points=6, conventions=["lockstep-one-more", "waste"])
def test_all_or_nothing_accepted(submission, draw):
    gamma = draw.int(2, 9)
    for rounds, batch in ((3, 4), (1, 2)):
        nothing = dict(zip(KEYS, (1.0, 1.0, 1.0, 1.0), strict=True))
        compare(figures(submission, torch.zeros(rounds, batch, dtype=torch.int64), gamma), nothing, " of nothing accepted")
        everything = dict(zip(KEYS, (gamma + 1.0, gamma + 1.0, 1.0, 0.0), strict=True))
        compare(figures(submission, torch.full((rounds, batch), gamma), gamma), everything, " of everything accepted")


@pytest.mark.check("numerics", points=4, conventions=["waste"])
def test_rejected_drafts_are_wasted_too(submission, reference, draw):
    # gamma is above every accepted number, so it has to be taken from the argument.
    for rounds, batch in ((3, 4), (2, 3)):
        agrees(submission, reference, draw.integers(rounds, batch, low=1, high=4), draw.int(6, 20))
        agrees(submission, reference, torch.full((rounds, batch), 2), draw.int(6, 20))


@pytest.mark.check("numerics", points=6)
def test_takes_any_memory_layout(submission, reference, draw):
    gamma = 5
    values = diverging(draw, 4, 3, gamma)
    layouts = {
        "a transposed tensor": values.T.contiguous().T,
        "every other column of a tensor": torch.stack((values, 5 - values), dim=-1).flatten(1)[:, ::2],
        "a column expanded over the batch": draw.integers(4, 1, low=0, high=3).expand(4, 3),
        "a row expanded over the rounds": torch.tensor([[4, 1, 3]]).expand(4, 3),
        "one number expanded": torch.tensor([[2]]).expand(3, 2),
    }
    for layout, accepted in layouts.items():
        agrees(submission, reference, accepted, gamma, f" of {layout}")


@pytest.mark.check("numerics", points=4, conventions=["mean"])
def test_large_traces_match(submission, reference, draw):
    for rounds, batch, gamma in ((200, 16, 7), (16, 200, 12), (400, 2, 100)):
        agrees(submission, reference, draw.integers(rounds, batch, low=0, high=gamma + 1), gamma)
    for row in ([2049, 2049, 2049], [2049, 70001, 2051]):  # half types round 2049, and float16 ends at 65504
        agrees(submission, reference, torch.tensor([row]), max(row))


# contract


@pytest.mark.check("contract", points=5, conventions=["errors"])
def test_refuses_an_empty_tensor(submission):
    for shape in ((0, 4), (3, 0), (0, 0), (1, 0), (0, 1)):
        for gamma in (3, 0):
            refuses(submission, torch.zeros(shape, dtype=torch.int64), gamma, f"accepted has shape {list(shape)}")


@pytest.mark.check("contract", points=5)
def test_refuses_negative_values(submission, draw):
    for value in (-1, -draw.int(2, 50)):
        for gamma in (0, draw.int(3, 9)):
            for rounds, batch in ((1, 1), (3, 4), (1, 3), (3, 1)):
                accepted = draw.integers(rounds, batch, low=0, high=gamma + 1)
                accepted[draw.int(0, rounds - 1), draw.int(0, batch - 1)] = value
                refuses(submission, accepted, gamma, f"accepted holds {value}")


@pytest.mark.check("contract", points=5)
def test_refuses_values_above_gamma(submission, draw):
    for excess in (1, draw.int(2, 50)):
        for gamma in (0, draw.int(3, 9)):
            for rounds, batch in ((1, 1), (3, 4), (1, 3), (3, 1)):
                accepted = draw.integers(rounds, batch, low=0, high=gamma + 1)
                accepted[draw.int(0, rounds - 1), draw.int(0, batch - 1)] = gamma + excess
                refuses(submission, accepted, gamma, f"accepted holds {gamma + excess} and gamma is {gamma}")


@pytest.mark.check("contract", points=3)
def test_leaves_accepted_alone(submission):
    assert_inputs_left_alone(submission)


@pytest.mark.check("contract", points=1, conventions=["new-result"])
def test_earlier_results_stay_as_they_were(submission, reference):
    first = torch.tensor([[3, 1], [4, 4]])
    with submission.options(keep=True):
        held = submission.batch_divergence(first, 4)
    submission.batch_divergence(torch.tensor([[0, 2, 1]]), 3)
    kept = held.method("copy")()
    if not isinstance(kept, dict) or not set(KEYS) <= set(kept):
        fail(f"the result is {describe_value(kept)}, expected a dict with the keys {', '.join(KEYS)}")
    compare(kept, reference.batch_divergence(first, 4), " of the first result, looked at after a second call")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=10, conventions=["device"])
def test_takes_a_tensor_on_any_device(submission, reference, draw):
    for accepted, gamma in ((diverging(draw, 4, 3, 5), 5), (torch.zeros(2, 3, dtype=torch.int64), 0)):
        expected = {key: float(value) for key, value in reference.batch_divergence(accepted, gamma).items()}

        def run(gpu, accepted=accepted, gamma=gamma):
            result = figures(submission, accepted, gamma)
            return {key: result[key] for key in KEYS}

        assert_runs_on_gpu(submission, run, expected, relative=RELATIVE)
