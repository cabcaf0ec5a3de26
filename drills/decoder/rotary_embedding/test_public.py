"""Public checks of rotary_embedding: they help while writing, the hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_same, assert_shape


@pytest.mark.check("shape")
@pytest.mark.parametrize("shape", [(4,), (2, 4)], ids=["positions [S]", "positions [B, S]"])
def test_result_has_the_inputs_shape(submission, draw, shape):
    assert_shape(submission.apply_rope(draw.normal(2, 3, 4, 6), draw.integers(*shape)), (2, 3, 4, 6))


@pytest.mark.check("numerics")
def test_the_prompts_example(submission):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 1, 4)
    expected = torch.tensor([-1.984111, 1.959901, 2.462378, 4.019800]).reshape(1, 1, 1, 4)
    assert_close(submission.apply_rope(x, torch.tensor([1])), expected, relative=1e-5)


@pytest.mark.check("numerics")
def test_position_zero_leaves_x_as_it_is(submission, draw):
    x = draw.normal(2, 2, 3, 4)
    assert_same(submission.apply_rope(x, torch.zeros(3, dtype=torch.int64)), x)


@pytest.mark.check("numerics")
def test_a_rotation_keeps_lengths(submission, draw):
    x = draw.normal(1, 2, 5, 8)
    result = submission.apply_rope(x, draw.integers(5, high=100))
    assert_shape(result, x.shape)
    assert_close(result.norm(dim=-1), x.norm(dim=-1), what="the length of the rotated vectors")


@pytest.mark.check("contract")
def test_refuses_an_odd_width(submission, draw):
    assert_refuses(submission.apply_rope, draw.normal(1, 1, 2, 5), draw.integers(2), because="Dh = 5 is odd")
