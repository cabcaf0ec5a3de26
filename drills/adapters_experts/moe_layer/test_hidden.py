"""Hidden checks of moe_layer. The oracle is the reference; the k-th and the next logit always stand well apart."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_close_in_half,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same_direction,
    assert_shape,
    assert_work_within,
    fail,
    gradients,
)

F64, F32, BF16, F16 = DTYPES
LOOSE = {F64: 1e-9, F32: 1e-4, BF16: 0.2, F16: 0.2}
NAMES = {"0": "x", "1": "w_router", "2": "w_gate", "3": "w_up", "4": "w_down"}


def experts_of(draw, n_experts, d, f, dtype=F64, scale=1.0):
    """[w_gate, w_up, w_down]."""
    shapes = (n_experts, f, d), (n_experts, f, d), (n_experts, d, f)
    return [draw.normal(*shape, dtype=dtype, scale=scale * shape[-1] ** -0.5) for shape in shapes]


def layer(draw, n, d, f, n_experts, k, dtype=F64):
    """Random tokens and weights: [x, w_router, w_gate, w_up, w_down]. No token is near a tie at the k-th place."""
    w_router = draw.normal(n_experts, d, dtype=dtype, scale=1.5)
    x = draw.normal(12 * n, d, dtype=dtype, scale=1.5)
    if k < n_experts:
        ranked = (x.double() @ w_router.double().T).topk(k + 1).values
        x = x[(ranked[:, k - 1] - ranked[:, k] < 0.05).int().argsort(stable=True)]
    return [x[:n].clone(), w_router, *experts_of(draw, n_experts, d, f, dtype)]


def steered(draw, chosen, n_experts, f, dtype=F64):
    """The same, where token n goes to the experts chosen[n]: its logits are its first entries, exactly."""
    n, d = len(chosen), n_experts + 1
    x = draw.uniform(n, d, low=-1.0, high=-0.5, dtype=dtype)
    for row, experts in zip(x, chosen, strict=True):
        row[list(experts)] = draw.uniform(len(experts), low=0.5, high=1.5, dtype=dtype)
    return [x, torch.eye(n_experts, d, dtype=dtype), *experts_of(draw, n_experts, d, f, dtype, scale=2.0)]


def check(submission, reference, inputs, k, what="the result", relative=None):
    expected = reference.moe_forward(*inputs, k)
    if relative is None and expected.dtype == F64:
        relative = 1e-11
    assert_close(submission.moe_forward(*inputs, k), expected, what=what, relative=relative)


@pytest.mark.check("numerics", points=10, conventions=["softmax-over-kept", "swiglu", "weights-on-outputs", "no-residual"])
@pytest.mark.parametrize("dtype", [F64, F32], ids=str)
def test_result_matches(submission, reference, draw, dtype):
    for n, d, f, n_experts, k in ((7, 5, 6, 4, 2), (3, 4, 2, 6, 3), (4, 3, 5, 3, 3), (5, 2, 7, 8, 1), (4, 4, 4, 4, 2)):
        what = f"the result for N = {n}, D = {d}, F = {f}, E = {n_experts}, k = {k}"
        check(submission, reference, layer(draw, n, d, f, n_experts, k, dtype), k, what)


@pytest.mark.check("numerics", points=4, conventions=["one-expert-weight-one", "routing", "task"])
def test_a_single_expert_has_weight_one(submission, reference, draw):
    for n, d, f, n_experts in ((6, 4, 3, 5), (2, 3, 4, 1)):
        check(submission, reference, layer(draw, n, d, f, n_experts, 1), 1, f"the result for k = 1 of {n_experts} experts")


@pytest.mark.check("numerics", points=4, conventions=["empty-experts"])
def test_experts_without_a_token_are_fine(submission, reference, draw):
    for chosen, n_experts in (([[3, 5], [5, 3], [3, 5]], 7), ([[2], [0], [2], [2]], 4), ([[1, 2], [2, 1]], 3)):
        inputs = steered(draw, chosen, n_experts, 3)
        check(submission, reference, inputs, len(chosen[0]), f"the result where the {n_experts} experts serve {chosen}")


@pytest.mark.check("numerics", points=4, conventions=["empty-experts"])
def test_an_expert_may_serve_a_single_token(submission, reference, draw):
    for chosen, n_experts in (([[0, 1], [0, 2], [0, 3], [0, 2]], 4), ([[1], [3], [2]], 4), ([[4, 0, 2]], 5)):
        inputs = steered(draw, chosen, n_experts, 3)
        check(submission, reference, inputs, len(chosen[0]), f"the result where the {n_experts} experts serve {chosen}")


@pytest.mark.check("numerics", points=4, conventions=["no-capacity"])
def test_all_tokens_may_choose_the_same_experts(submission, reference, draw):
    for chosen, n_experts in (([[1, 3]] * 9, 6), ([[2]] * 8, 5)):
        inputs = steered(draw, chosen, n_experts, 3)
        check(submission, reference, inputs, len(chosen[0]), f"the result where every token chooses {chosen[0]}")
    token, *weights = steered(draw, [[1, 3]], 12, 3)
    check(submission, reference, [token.repeat(600, 1), *weights], 2, "the result where 600 tokens choose [1, 3]")


@pytest.mark.check("numerics", points=4)
def test_there_may_be_many_more_experts_than_tokens(submission, reference, draw):
    check(submission, reference, layer(draw, 2, 5, 3, 40, 2), 2, "the result for 2 tokens and 40 experts")
    check(submission, reference, layer(draw, 1, 3, 2, 12, 5), 5, "the result for one token and 12 experts")


@pytest.mark.check("shape", points=6, conventions=["inputs"])
def test_result_is_shaped_like_x(submission, draw):
    sizes = ((1, 1, 1, 1, 1), (1, 4, 3, 5, 2), (3, 1, 2, 4, 2), (3, 4, 1, 4, 1), (2, 3, 5, 1, 1), (4, 2, 6, 3, 3))
    for n, d, f, n_experts, k in sizes:
        what = f"the result for N = {n}, D = {d}, F = {f}, E = {n_experts}, k = {k}"
        assert_shape(submission.moe_forward(*layer(draw, n, d, f, n_experts, k), k), (n, d), what)


@pytest.mark.check("shape", points=4)
def test_result_has_the_dtype_of_the_inputs(submission, draw):
    for dtype in DTYPES:
        assert_dtype(submission.moe_forward(*steered(draw, [[0, 2], [2, 1], [2, 0]], 4, 3, dtype), 2), dtype)


def with_logits(draw, logits, dtype, f=3):
    """A layer whose router gives these logits, from entries of x of at most 300 and pre-activations of ordinary size."""
    n, n_experts = logits.shape
    shrink = max(1.0, float(logits.abs().max()) / 300.0)
    x = torch.cat((logits / shrink, draw.normal(n, 1, dtype=F64)), dim=1)
    w_router = torch.eye(n_experts, n_experts + 1, dtype=F64) * shrink
    size = float(x.abs().max())
    return [t.to(dtype) for t in (x, w_router, *experts_of(draw, n_experts, n_experts + 1, f, scale=2.0 / size))]


def large_logits(dtype):
    """Rows that hang on the largest logit alone, so that rounding does not matter, and one that does not."""
    reach = 96.0 if dtype == F16 else 9984.0
    rows = [[1.0, 0.25, -0.5, -1.0], [-0.75, -1.0, -0.5, -0.25], [0.75, 1.0, 0.5, 0.25], [-0.5, 1.0, -1.0, 0.0]]
    return torch.tensor(rows, dtype=F64) * reach


def with_gates(draw, reach, dtype):
    """A layer with pre-activations of up to `reach`, of all signs."""
    x, w_router, *_ = steered(draw, [[0, 2], [2, 1], [1, 0], [2, 0]], 3, 3, F64)
    x[:, 3] = torch.tensor([300.0, -300.0, 150.0, -300.0])
    w_gate, w_up, w_down = experts_of(draw, 3, 4, 3, F64, scale=0.1)
    w_gate[:, :, 3] = torch.tensor([1.0, -1.0, 0.5]) * reach / 300.0
    w_up[:, :, 3] = torch.tensor([[1.0], [-1.0], [0.5]]) * reach / 300.0
    return [t.to(dtype) for t in (x, w_router, w_gate, w_up, w_down / 100)]


@pytest.mark.check("finiteness", points=5, conventions=["softmax-over-kept"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_logits_stay_finite(submission, reference, draw, dtype):
    inputs = with_logits(draw, large_logits(dtype), dtype)
    for k in (2, 3):
        check(submission, reference, inputs, k, "the result for large logits", relative=LOOSE[dtype])
    step = {BF16: 16.0, F16: 1.0}.get(dtype, 0.5)
    for mean in (-100.0, 95.0) if dtype == F16 else (-800.0, 800.0):
        logits = mean + step * torch.stack([draw.permutation(4).double() for _ in range(3)])
        inputs = with_logits(draw, logits, dtype)
        assert_finite(submission.moe_forward(*inputs, 2), f"the result for logits near {mean}")
        if dtype == F64:
            check(submission, reference, inputs, 2, f"the result for logits near {mean}")


@pytest.mark.check("finiteness", points=5, conventions=["swiglu"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_activations_stay_finite(submission, reference, draw, dtype):
    inputs = with_gates(draw, 100.0 if dtype == F16 else 9984.0, dtype)
    check(submission, reference, inputs, 2, "the result for large pre-activations", relative=LOOSE[dtype])


def requiring(inputs, *places):
    """The inputs, of which these require grad (all if none is named)."""
    return [t.detach().clone().requires_grad_(place in places or not places) for place, t in enumerate(inputs)]


@pytest.mark.check("gradients", points=6, conventions=["router-gradient"])
def test_gradients_match(submission, reference, draw):
    subjects = submission.moe_forward, reference.moe_forward
    for n, d, f, n_experts, k in ((6, 5, 3, 4, 2), (4, 3, 4, 5, 3)):
        inputs = layer(draw, n, d, f, n_experts, k)
        assert_gradients_agree(*subjects, *requiring(inputs), k, draw=draw, relative=1e-8, names=NAMES)
    inputs = layer(draw, 5, 4, 3, 4, 2)
    for places in ((0,), (1,), (2, 3, 4)):
        assert_gradients_agree(*subjects, *requiring(inputs, *places), 2, draw=draw, relative=1e-8, names=NAMES)


@pytest.mark.check("gradients", points=3, conventions=["empty-experts"])
def test_idle_experts_get_no_gradient(submission, reference, draw):
    subjects = submission.moe_forward, reference.moe_forward
    for chosen in ([[3, 5], [5, 3], [3, 4]], [[1, 0]] * 4):
        inputs = requiring(steered(draw, chosen, 7, 3))
        assert_gradients_agree(*subjects, *inputs, 2, draw=draw, relative=1e-8, names=NAMES)


@pytest.mark.check("gradients", points=2, conventions=["one-expert-weight-one"])
def test_a_single_expert_gives_the_router_no_gradient(submission, reference, draw):
    inputs, cotangent = requiring(layer(draw, 5, 4, 3, 4, 1)), draw.normal(5, 4, dtype=F64)
    expected = gradients(reference.moe_forward, *inputs, 1, cotangents=[cotangent])
    flows = gradients(submission.moe_forward, *inputs, 1, cotangents=[cotangent])
    if flows.get("1") is not None and not bool((flows["1"].abs() < 1e-9).all()):
        fail("the gradient of w_router is not 0 with k = 1, though the weight is constant")
    assert_close(flows.get("0"), expected["0"], what="the gradient of x with k = 1", relative=1e-8)


@pytest.mark.check("gradients", points=2)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_gradients_stay_finite(submission, draw, dtype):
    large = with_logits(draw, large_logits(dtype), dtype), with_gates(draw, 100.0 if dtype == F16 else 9984.0, dtype)
    for inputs, what in zip(large, ("logits", "pre-activations"), strict=True):
        cotangent = draw.uniform(*inputs[0].shape, low=-0.1, high=0.1, dtype=dtype)
        for place, flow in gradients(submission.moe_forward, *requiring(inputs), 2, cotangents=[cotangent]).items():
            if flow is not None:
                assert_finite(flow, f"the gradient of {NAMES[place]} for large {what}")


@pytest.mark.check("gradients", points=2)
def test_half_precision_gradients_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        chosen = [draw.permutation(4)[:2].tolist() for _ in range(8)]
        inputs = requiring(steered(draw, chosen, 4, 6, dtype))
        assert_same_direction(submission.moe_forward, reference.moe_forward, *inputs, 2, draw=draw)


@pytest.mark.check("gpu", points=2)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        chosen = [draw.permutation(5)[:3].tolist() for _ in range(6)]
        inputs = steered(draw, chosen, 5, 4, dtype)
        exact = reference.moe_forward(*(t.double() for t in inputs), 3)
        assert_close_in_half(submission.moe_forward(*inputs, 3), exact, reference.moe_forward(*inputs, 3))


@pytest.mark.check("gpu", points=3)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    for chosen, dtype in (([[0, 2], [2, 1], [2, 0]], F64), ([[1], [1]], F32)):
        inputs, k = steered(draw, chosen, 4, 3, dtype), len(chosen[0])
        expected = reference.moe_forward(*inputs, k)
        assert_runs_on_gpu(submission, lambda gpu, i=inputs, k=k: submission.moe_forward(*i, k), expected)


@pytest.mark.check("efficiency", points=10, conventions=["work-grows-with-k"])
def test_each_expert_runs_on_its_own_tokens_only(submission, reference, draw):
    # 16 experts serve 4 of the 32 tokens each.
    chosen = [[n % 16, (n + 5) % 16] for n in range(32)]
    inputs = steered(draw, chosen, 16, 24, F32)
    ours = reference.moe_forward.observe(*inputs, 2, metered=True).meter
    theirs = submission.moe_forward.observe(*inputs, 2, metered=True).meter
    assert_work_within(theirs, ours, flops=2.5, why="an expert runs on tokens that did not choose it")


@pytest.mark.check("contract", points=4, conventions=["k-checked"])
def test_refuses_a_k_that_is_out_of_range(submission, draw):
    for n_experts, ks in ((4, (0, -1, 5, -4)), (1, (0, 2))):
        for k in ks:
            because = f"k is {k} with {n_experts} expert{'s' * (n_experts > 1)}"
            assert_refuses(submission.moe_forward, *layer(draw, 3, 4, 2, n_experts, 1), k, because=because)


@pytest.mark.check("contract", points=3)
def test_takes_any_memory_layout(submission, reference, draw):
    inputs = layer(draw, 5, 4, 3, 4, 2)
    check(submission, reference, [draw.non_contiguous(t) for t in inputs], 2, "the result for strided inputs")
    x, w_router, *experts = inputs
    check(submission, reference, [x[:1].expand(5, 4), w_router, *experts], 2, "the result for an expanded x")
    shared = [t[:1].expand(4, -1, -1) for t in experts]
    check(submission, reference, [x, w_router, *shared], 2, "the result for expanded experts")
    check(submission, reference, requiring([x, w_router, *experts]), 2, "the result for inputs that require grad")


@pytest.mark.check("contract", points=3)
def test_leaves_inputs_and_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
    assert_global_random_untouched(submission)
