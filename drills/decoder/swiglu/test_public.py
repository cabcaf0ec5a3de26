"""Public checks of swiglu: they help while writing, the hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_shape


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    weights = torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0], [-2.0]])
    result = submission.swiglu(torch.tensor([1.0, 2.0]), *weights)
    assert_close(result, torch.tensor([5.284782, -10.569565]), relative=1e-5)


@pytest.mark.check("shape")
@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4)], ids=str)
def test_result_has_the_inputs_shape(submission, draw, shape):
    weights = draw.normal(6, 4), draw.normal(6, 4), draw.normal(4, 6)
    assert_shape(submission.swiglu(draw.normal(*shape), *weights), shape)


@pytest.mark.check("numerics")
def test_gates_of_zero_let_nothing_through(submission, draw):
    weights = torch.zeros(5, 4), draw.normal(5, 4), draw.normal(4, 5)
    assert_close(submission.swiglu(draw.normal(3, 4), *weights), torch.zeros(3, 4), scale=1.0)


@pytest.mark.check("gradients")
def test_gradients_reach_all_four_inputs(submission, draw):
    shapes = {"x": (2, 3), "w_gate": (4, 3), "w_up": (4, 3), "w_down": (3, 4)}
    args = [draw.normal(*shape, requires_grad=True) for shape in shapes.values()]
    outcome = submission.swiglu.observe(*args, cotangents=[torch.ones(2, 3)])
    assert outcome.gradient_problem is None, outcome.gradient_problem
    for place, name in enumerate(shapes):
        assert (outcome.gradients or {}).get(str(place)) is not None, f"no gradient reaches {name}"
