"""Public checks of dpo_loss: they help while you write. The hidden ones decide."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape, fail, gradients


def example():
    """The prompt's: the policy prefers the chosen response by 2, the reference by 0.5."""
    return [torch.tensor([value], dtype=torch.float64) for value in (-10.0, -12.0, -11.0, -11.5)]


def parts(result):
    if type(result) is not tuple or len(result) != 3:
        fail(f"the result is {result!r:.60}, expected a tuple (loss, chosen_rewards, rejected_rewards)")
    return result


@pytest.mark.check("shape")
def test_gives_a_scalar_and_a_reward_for_each_response(submission, draw):
    loss, chosen, rejected = parts(submission.dpo_loss(*(draw.normal(3, mean=-20.0) for _ in range(4))))
    assert_shape(loss, (), "the loss of 3 pairs")
    assert_shape(chosen, (3,), "chosen_rewards of 3 pairs")
    assert_shape(rejected, (3,), "rejected_rewards of 3 pairs")


@pytest.mark.check("numerics")
@pytest.mark.parametrize(("smoothing", "expected"), [(0.0, 0.386871), (0.1, 0.461871)])
def test_the_prompts_example(submission, smoothing, expected):
    loss, chosen, rejected = parts(submission.dpo_loss(*example(), beta=0.5, label_smoothing=smoothing))
    assert_close(loss, torch.tensor(expected, dtype=torch.float64), what="the loss", relative=1e-5)
    assert_close(chosen, torch.tensor([0.5], dtype=torch.float64), what="chosen_rewards")
    assert_close(rejected, torch.tensor([-0.25], dtype=torch.float64), what="rejected_rewards")


@pytest.mark.check("numerics")
def test_agreement_with_the_reference_costs_log_2(submission, draw):
    chosen, rejected = draw.normal(4, mean=-30.0, scale=5.0), draw.normal(4, mean=-30.0, scale=5.0)
    for beta in (0.1, 2.0):
        loss, *_ = parts(submission.dpo_loss(chosen, rejected, chosen, rejected, beta=beta))
        assert_close(loss, torch.tensor(2.0).log(), what=f"the loss at margin 0 with beta={beta}")


@pytest.mark.check("gradients")
def test_the_examples_gradients(submission):
    chosen, rejected, *reference = example()
    inputs = [chosen.requires_grad_(), rejected.requires_grad_(), *reference]
    one = torch.ones((), dtype=torch.float64)
    flows = gradients(submission.dpo_loss, *inputs, cotangents=[one, one[None], one[None]], beta=0.5)
    for place, name, expected in (("0", "policy_chosen", -0.160411), ("1", "policy_rejected", 0.160411)):
        wanted = torch.tensor([expected], dtype=torch.float64)
        assert_close(flows.get(place), wanted, what=f"the gradient of {name}", relative=1e-5)


@pytest.mark.check("contract")
def test_refuses_a_beta_of_zero(submission):
    assert_refuses(submission.dpo_loss, *example(), beta=0.0, because="beta is 0")
