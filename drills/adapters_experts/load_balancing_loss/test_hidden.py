"""Hidden checks of load_balancing_loss. The oracle is the formula in float64."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_results_not_aliased,
    assert_shape,
    fail,
    gradients,
    on_simulated_gpu,
)
from grader.suite.placement import assert_placed

F64, F32, BF16, F16 = DTYPES
# Everything that is summed is positive, so nothing cancels. Half types are computed in float32.
RELATIVE = {F64: 1e-13, F32: 1e-5}


def returned(dtype):
    return F64 if dtype == F64 else F32


def shares(experts, n_experts):
    """f: the share of the assignments that went to each expert, in float64."""
    return torch.bincount(experts.flatten(), minlength=n_experts).double() / experts.numel()


def right_loss(probs, experts):
    n_experts = probs.shape[1]
    return n_experts * (shares(experts, n_experts) * probs.detach().double().mean(0)).sum()


def check(submission, probs, experts, what="the loss"):
    dtype = returned(probs.dtype)
    loss = submission.load_balancing_loss(probs, experts)
    n, k = experts.shape
    what = f"{what} (N = {n}, E = {probs.shape[1]}, k = {k}, {str(probs.dtype).removeprefix('torch.')})"
    assert_close(loss, right_loss(probs, experts).to(dtype), what=what, relative=RELATIVE[dtype])


def routed(draw, n, n_experts, k, dtype=F64, tilt=2.0):
    """Probabilities that lean to some experts, and choices that lean to others."""
    lean, other = (tilt * draw.normal(n_experts, dtype=F64) for _ in range(2))
    probs = (draw.normal(n, n_experts, dtype=F64) + lean).softmax(1)
    return probs.to(dtype), (draw.normal(n, n_experts, dtype=F64) + other).topk(k).indices


def top_routed(draw, n, n_experts, k, dtype=F64):
    """The usual case: the choices are the k most probable experts."""
    probs = (1.5 * draw.normal(n, n_experts, dtype=F64) + draw.normal(n_experts, dtype=F64)).softmax(1)
    return probs.to(dtype), probs.topk(k).indices


@pytest.mark.check("numerics", points=10, conventions=["share-of-assignments", "mean-over-all-tokens", "no-coefficient"])
@pytest.mark.parametrize("dtype", [F64, F32], ids=str)
def test_loss_matches(submission, draw, dtype):
    for n, n_experts, k in ((7, 5, 1), (6, 4, 2), (3, 9, 3), (5, 5, 5), (1, 6, 2), (13, 3, 2)):
        check(submission, *top_routed(draw, n, n_experts, k, dtype))


@pytest.mark.check("numerics", points=6, conventions=["balanced-is-one", "task", "rules"])
def test_a_balanced_router_gives_one(submission, draw):
    for n_experts, k in ((4, 1), (6, 2), (5, 3), (3, 3), (1, 1)):
        order = draw.permutation(n_experts)
        experts = torch.stack([order.roll(token)[:k] for token in range(n_experts)])
        uniform = torch.full((n_experts, n_experts), 1 / n_experts, dtype=F64)
        check(submission, uniform, experts, "the loss of a balanced router")
        row = order.double().softmax(0)
        rolled = torch.stack([row.roll(token) for token in range(n_experts)])
        check(submission, rolled, experts, "the loss of a router that is balanced over the batch")


@pytest.mark.check("numerics", points=6, conventions=["all-choices-count", "share-of-assignments"])
def test_all_choices_count(submission, draw):
    n_experts = 6
    later = torch.stack([torch.cat((torch.tensor([0]), 1 + draw.permutation(5)[:2])) for _ in range(5)])
    probs = routed(draw, 5, n_experts, 1)[0]
    check(submission, probs, later, "the loss where all first choices are expert 0")
    check(submission, probs, later.flip(1), "the loss where all last choices are expert 0")


@pytest.mark.check("numerics", points=6, conventions=["choices-as-given"])
def test_choices_are_taken_as_given(submission, draw):
    for n, n_experts, k in ((6, 5, 2), (4, 7, 1)):
        probs, experts = routed(draw, n, n_experts, k)
        check(submission, probs, experts, "the loss where the choices are not the most probable experts")
        check(submission, probs, (-probs).topk(k).indices, "the loss where the least probable experts are chosen")


@pytest.mark.check("numerics", points=6)
def test_experts_that_nobody_chose_count_for_nothing(submission, draw):
    probs = routed(draw, 5, 6, 1)[0]
    for name, experts in (
        ("only expert 0 is chosen", torch.zeros(5, 1, dtype=torch.int64)),
        ("the last expert is not chosen", torch.stack([draw.permutation(5)[:2] for _ in range(5)])),
        ("only the last two are chosen", torch.tensor([[5, 4]] * 5)),
        ("only expert 2 is chosen", torch.full((5, 1), 2)),
    ):
        check(submission, probs, experts, f"the loss where {name}")


@pytest.mark.check("numerics", points=6, conventions=["mean-over-all-tokens"])
def test_a_single_token_is_a_batch(submission, draw):
    for n_experts, k in ((5, 1), (5, 2), (2, 2), (1, 1)):
        check(submission, *routed(draw, 1, n_experts, k), "the loss of a single token")


@pytest.mark.check("shape", points=8, conventions=["inputs"])
def test_result_is_a_scalar(submission, draw):
    for n, n_experts, k in ((5, 4, 2), (1, 1, 1), (1, 4, 2), (3, 1, 1), (4, 3, 1), (3, 3, 3)):
        assert_shape(submission.load_balancing_loss(*routed(draw, n, n_experts, k)), ())


@pytest.mark.check("shape", points=7, conventions=["float32-for-half"])
def test_result_is_float32_but_for_float64(submission, draw):
    for dtype in DTYPES:
        loss = submission.load_balancing_loss(*routed(draw, 4, 5, 2, dtype))
        assert_dtype(loss, returned(dtype), f"the loss for {dtype} probabilities")


def gradient_of(submission, probs, experts, seed):
    assert_shape(submission.load_balancing_loss(probs, experts), ())
    flow = gradients(submission.load_balancing_loss, probs, experts, cotangents=[seed])["0"]
    assert_shape(flow, probs.shape, "the gradient of router_probs")
    return flow, (seed.double() * probs.shape[1] * shares(experts, probs.shape[1]) / len(probs)).expand(probs.shape)


@pytest.mark.check("gradients", points=12, conventions=["gradient-through-probs"])
@pytest.mark.parametrize("dtype", [F64, F32], ids=str)
def test_gradient_is_the_share_of_the_column(submission, draw, dtype):
    for n, n_experts, k in ((6, 5, 2), (4, 3, 3), (1, 6, 2), (7, 4, 1)):
        probs, experts = routed(draw, n, n_experts, k, dtype)
        probs[-1] = torch.eye(n_experts, dtype=dtype)[1]  # a softmax may underflow to 0
        seed = draw.uniform(low=0.5, high=2.0, dtype=dtype)
        flow, expected = gradient_of(submission, probs.requires_grad_(), experts, seed)
        what = f"the gradient of router_probs (N = {n}, E = {n_experts}, k = {k})"
        assert_close(flow, expected.to(dtype), what=what, relative=RELATIVE[dtype])


@pytest.mark.check("gradients", points=3)
def test_half_precision_gradients_point_the_right_way(submission, draw):
    for dtype in HALF_DTYPES:
        probs, experts = routed(draw, 6, 5, 2, dtype)
        flow, expected = gradient_of(submission, probs.requires_grad_(), experts, torch.ones(()))
        assert_finite(flow, "the gradient of router_probs")
        cosine = float(torch.cosine_similarity(flow.double().flatten(), expected.flatten(), dim=0))
        if not cosine >= 0.9:
            fail(f"the gradient of router_probs points elsewhere: its cosine with the right one is {cosine:.3f}")


@pytest.mark.check("gpu", points=6, conventions=["float32-for-half"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_averaged_in_float32(submission, draw, dtype):
    for n, n_experts, k in ((7, 5, 2), (40, 3, 1), (6, 4, 3)):
        check(submission, *routed(draw, n, n_experts, k, dtype), "the loss, computed in float32,")
    crowded = (draw.permutation(2305) < 2)[:, None].long()  # 2303 tokens choose expert 0: no count of a half type
    check(submission, routed(draw, 2305, 2, 1, dtype, tilt=0.3)[0], crowded, "the loss, computed in float32,")


@pytest.mark.check("gpu", points=4)
def test_everything_lies_on_the_inputs_device(submission, draw):
    with on_simulated_gpu(submission):
        for dtype in (F64, BF16):
            check(submission, *routed(draw, 6, 5, 2, dtype), "the loss on a GPU")
            assert_placed(submission)


@pytest.mark.check("contract", points=6, conventions=["any-input"])
def test_takes_any_memory_layout(submission, draw):
    probs, experts = routed(draw, 6, 5, 2)
    check(submission, draw.non_contiguous(probs), draw.non_contiguous(experts), "the loss for transposed inputs")
    check(submission, probs[:1].expand(6, 5), experts, "the loss for expanded probabilities")
    check(submission, probs, experts[:1].expand(6, 2), "the loss for expanded choices")
    check(submission, probs, torch.cat((experts, experts), dim=1)[:, 1:3], "the loss for a slice of choices")
    check(submission, probs.clone().requires_grad_(), experts, "the loss for probabilities that require grad")


@pytest.mark.check("contract", points=4)
def test_leaves_inputs_and_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
    assert_global_random_untouched(submission)
