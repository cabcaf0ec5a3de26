"""Checks that help while writing lora_linear. The hidden ones look at more."""

import pytest
import torch

from grader.suite import Instance, assert_close, assert_refuses, assert_same, assert_shape, assert_type, fail


def linear(submission, weight, bias):
    with submission.global_random_allowed():
        base = submission.torch("nn.Linear", weight.shape[1], weight.shape[0])
    base.load({"weight": weight, "bias": bias})
    return base


def wrap(submission, base, rank, alpha):
    with submission.global_random_allowed():
        module = submission.LoRALinear(base, rank, alpha)
    if not isinstance(module, Instance):
        fail("LoRALinear(base, rank, alpha) must make a module")
    return module


def example(submission):
    """The layer of the prompt's example, with its module."""
    base = linear(submission, torch.tensor([[1.0, 2.0]]), torch.tensor([0.5]))
    module = wrap(submission, base, 2, 6)
    module.load({"lora_a": torch.tensor([[1.0, 0.0], [1.0, 1.0]]), "lora_b": torch.tensor([[2.0, -1.0]])})
    return base, module


@pytest.mark.check("numerics")
def test_example_of_the_prompt(submission):
    base, module = example(submission)
    x = torch.tensor([3.0, 4.0])
    assert_close(module(x), torch.tensor([8.5]), what="the result before merge")
    module.method("merge")()
    assert_close(base.weight, torch.tensor([[4.0, -1.0]]), what="the merged weight")
    assert_close(module(x), torch.tensor([8.5]), what="the result while merged")
    module.method("unmerge")()
    assert_close(base.weight, torch.tensor([[1.0, 2.0]]), what="the weight after unmerge")


@pytest.mark.check("shape")
def test_fresh_factors_have_their_shapes(submission, draw):
    base = linear(submission, draw.normal(4, 3), draw.normal(4))
    module = wrap(submission, base, 2, 8.0)
    assert_shape(module.lora_a, (2, 3), "lora_a")
    assert_same(module.lora_b, torch.zeros(4, 2), what="lora_b")
    assert_shape(module(draw.normal(5, 3)), (5, 4), "the result for x of shape [5, 3]")


@pytest.mark.check("gradients")
def test_base_is_frozen(submission, draw):
    base = linear(submission, draw.normal(4, 3), draw.normal(4))
    wrap(submission, base, 2, 8.0)
    assert_same(base.trainable(), {"weight": False, "bias": False}, what="requires_grad of the base's parameters")


@pytest.mark.check("contract")
def test_merged_follows_merge_and_unmerge(submission):
    _, module = example(submission)
    for step, expected in (("unmerge", False), ("merge", True), ("unmerge", False)):
        module.method(step)()
        assert_type(module.merged, bool, "merged")
        assert_same(module.merged, expected, what=f"merged after {step}()")


@pytest.mark.check("contract")
def test_refuses_rank_zero(submission, draw):
    base = linear(submission, draw.normal(4, 3), draw.normal(4))
    assert_refuses(submission.LoRALinear, base, 0, 8.0, because="rank is 0")
