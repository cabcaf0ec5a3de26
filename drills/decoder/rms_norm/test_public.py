"""Public checks of rms_norm: they help while writing, the hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_dtype, assert_shape


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    x, weight = torch.tensor([[7.0, 1.0], [0.0, 0.0]]), torch.tensor([1.0, 10.0])
    assert_close(submission.rms_norm(x, weight, eps=1e-9), torch.tensor([[1.4, 2.0], [0.0, 0.0]]))


@pytest.mark.check("numerics")
def test_eps_stands_inside_the_root(submission):
    x, weight = torch.tensor([7.0, 1.0]), torch.ones(2)
    assert_close(submission.rms_norm(x, weight, eps=11.0), torch.tensor([7 / 6, 1 / 6]))


@pytest.mark.check("shape")
@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4)], ids=str)
def test_result_has_the_inputs_shape(submission, draw, shape):
    assert_shape(submission.rms_norm(draw.normal(*shape), draw.normal(4)), shape)


@pytest.mark.check("gpu")
def test_float16_survives_an_entry_of_300(submission):
    x, weight = torch.tensor([300.0, 300.0], dtype=torch.float16), torch.ones(2, dtype=torch.float16)
    result = submission.rms_norm(x, weight)
    assert_dtype(result, torch.float16)
    assert_close(result, torch.ones(2, dtype=torch.float16))


@pytest.mark.check("gradients")
def test_gradients_reach_x_and_weight(submission, draw):
    x, weight = draw.normal(2, 3, requires_grad=True), draw.normal(3, requires_grad=True)
    outcome = submission.rms_norm.observe(x, weight, cotangents=[torch.ones(2, 3)])
    assert outcome.gradient_problem is None, outcome.gradient_problem
    for place, name in (("0", "x"), ("1", "weight")):
        assert (outcome.gradients or {}).get(place) is not None, f"no gradient reaches {name}"
