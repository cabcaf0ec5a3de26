"""Hidden checks of decoder_block. The oracle is the reference with the same weights; every block gets its weights from here."""

import math

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_close_in_half,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_gradients_finite,
    assert_ignores,
    assert_ignores_in_gradients,
    assert_inputs_left_alone,
    assert_nothing_forbidden,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_same_direction,
    assert_shape,
    assert_type,
    fail,
)

NORMS = ("attn_norm.weight", "ffn_norm.weight")
PLACES = {"0": "x"}


def shapes(d, f):
    attention = {f"{name}_proj.weight": (d, d) for name in "qkvo"}
    feed_forward = {"gate_proj.weight": (f, d), "up_proj.weight": (f, d), "down_proj.weight": (d, f)}
    return dict.fromkeys(NORMS, (d,)) | attention | feed_forward


def weights(draw, d, f, **scales):
    """Different in every parameter. A scale of 0 switches a projection off."""
    drawn = {}
    for name, shape in shapes(d, f).items():
        if name in NORMS:
            drawn[name] = draw.uniform(*shape, low=0.5, high=1.5, dtype=torch.float64)
        else:
            size = scales.get(name.split("_")[0], 1.0) * shape[1] ** -0.5
            drawn[name] = draw.normal(*shape, dtype=torch.float64, scale=size)
    return drawn


def make(subject, d, h, f, values=None, dtype=None, **options):
    """A block with these weights, built while `dtype` is the default dtype."""
    with subject.global_random_allowed(), subject.options(default_dtype=dtype and str(dtype).removeprefix("torch.")):
        block = subject.DecoderBlock(d, h, f, **options)
    if values is not None:
        block.load(values)
    return block


def pair(submission, reference, draw, d, h, f, dtype=torch.float64, values=None, eps=0.1, **scales):
    """The same block of both, and whether it is a module at all."""
    values = values or weights(draw, d, f, **scales)
    return tuple(make(subject, d, h, f, values, dtype, eps=eps) for subject in (submission, reference))


def stream(draw, b, s, d, dtype=torch.float64, scale=1.0):
    """Rows of different size whose mean is not 0."""
    sizes = draw.uniform(b, s, 1, low=0.3, high=1.5, dtype=torch.float64) * scale
    return (draw.normal(b, s, d, dtype=torch.float64, mean=0.6) * sizes).to(dtype)


# shape


@pytest.mark.check("shape", points=3)
def test_any_size_gives_the_inputs_shape(submission, reference, draw):
    for b, s, d, h, f in [(2, 3, 6, 2, 5), (1, 1, 1, 1, 1), (3, 1, 4, 4, 1), (1, 4, 3, 1, 7), (2, 1, 2, 1, 3), (2, 2, 2, 2, 2)]:
        ours, theirs = pair(submission, reference, draw, d, h, f)
        x = stream(draw, b, s, d)
        assert_close(ours(x), theirs(x), what=f"the result for x [{b}, {s}, {d}], {h} heads, d_ff {f},")


@pytest.mark.check("shape", points=1)
def test_sequences_may_be_long(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 2, 1, 1, torch.float32)
    x = stream(draw, 1, draw.int(600, 640), 2, torch.float32)
    assert_close(ours(x), theirs(x), relative=1e-3)


@pytest.mark.check("shape", points=2, conventions=["default-dtype"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_parameters_have_the_default_dtype(submission, draw, dtype):
    block = make(submission, 4, 2, 3, weights(draw, 4, 3), dtype)
    for name, value in block.state().items():
        if value.dtype != dtype:
            fail(f"`{name}` is {value.dtype} in a block that was built while torch's default dtype was {dtype}")
    x = stream(draw, 2, 3, 4, dtype)
    assert_close(block(x), x, relative=1e9)  # shape and dtype


@pytest.mark.check("shape", points=2)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_moved_block_has_the_new_dtype(submission, reference, draw, dtype):
    x = stream(draw, 2, 3, 4, dtype)
    values = weights(draw, 4, 3)
    moved = [make(subject, 4, 2, 3, values) for subject in (submission, reference)]
    for block in moved:
        block(x.float())
        block.method("to")(dtype)
    assert_close(moved[0](x), moved[1](x), relative=max(1e-5, 64 * torch.finfo(dtype).eps))


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 6, 2, 5)
    x = stream(draw, 3, 4, 6)
    views = {
        "positions first in memory": x.transpose(0, 1).contiguous().transpose(0, 1),
        "lanes first in memory": draw.non_contiguous(x),
        "every other position of a longer stream": stream(draw, 3, 8, 6)[:, ::2],
        "one row for the whole batch": x[:1].expand(3, 4, 6),
        "one position for all": x[:, :1].expand(3, 4, 6),
        "one lane for all": x[:, :, :1].expand(3, 4, 6),
    }
    for name, view in views.items():
        assert_close(ours(view), theirs(view), what=f"the result for a view ({name})")


# numerics


@pytest.mark.check(
    "numerics", points=12, conventions=["pre-norm-order", "heads-are-contiguous-lanes", "scale", "silu-on-gate", "eps-inside-the-root"]
)
@pytest.mark.parametrize(
    ("b", "s", "d", "h", "f"), [(2, 4, 6, 2, 5), (3, 5, 8, 4, 11), (1, 3, 5, 1, 5), (2, 3, 4, 4, 3)],
    ids=["6 lanes, 2 heads", "8 lanes, 4 heads", "5 lanes, 1 head, d_ff 5", "4 lanes, 4 heads"],
)  # fmt: skip
def test_whole_block_matches(submission, reference, draw, b, s, d, h, f):
    ours, theirs = pair(submission, reference, draw, d, h, f, q=1.5, k=1.5)
    x = stream(draw, b, s, d)
    assert_close(ours(x), theirs(x), relative=1e-10)


@pytest.mark.check("numerics", points=6, conventions=["heads-are-contiguous-lanes", "scale"])
def test_attention_branch_matches(submission, reference, draw):
    for h in (1, 2, 3):
        ours, theirs = pair(submission, reference, draw, 6, h, 4, down=0.0, q=1.5, k=1.5)
        x = stream(draw, 2, 4, 6)
        assert_close(ours(x), theirs(x), what=f"with {h} heads and down_proj = 0, the result", relative=1e-10)


@pytest.mark.check("numerics", points=4, conventions=["silu-on-gate"])
def test_feed_forward_branch_matches(submission, reference, draw):
    for f in (3, 6, 9):
        ours, theirs = pair(submission, reference, draw, 6, 2, f, o=0.0, gate=2.0)
        x = stream(draw, 2, 3, 6)
        assert_close(ours(x), theirs(x), what=f"with d_ff {f} and o_proj = 0, the result", relative=1e-10)


@pytest.mark.check("numerics", points=3, conventions=["eps-inside-the-root"])
def test_eps_is_used_inside_the_root(submission, reference, draw):
    for eps, scale in ((0.1, 0.3), (2.0, 1.0), (1e-3, 0.03), (1e-12, 1e-4), (1e-12, 1.0)):
        ours, theirs = pair(submission, reference, draw, 6, 2, 4, eps=eps)
        x = stream(draw, 2, 3, 6, scale=scale)
        assert_close(ours(x), theirs(x), what=f"with eps={eps} and rows of size about {scale}, the result", relative=1e-10)


@pytest.mark.check("numerics", points=2)
def test_eps_is_1e_6_by_default(submission, reference, draw):
    values = weights(draw, 6, 4)
    ours, theirs = (make(subject, 6, 2, 4, values, torch.float64) for subject in (submission, reference))
    x = stream(draw, 2, 3, 6, scale=1e-3)
    assert_close(ours(x), theirs(x), what="with the default eps and rows of size about 0.001, the result", relative=1e-10)


@pytest.mark.check("numerics", points=3)
def test_float32_matches(submission, reference, draw):
    for h in (1, 4):
        ours, theirs = pair(submission, reference, draw, 8, h, 6, torch.float32)
        x = stream(draw, 2, 5, 8, torch.float32)
        assert_close(ours(x), theirs(x), relative=3e-5)


# finiteness


@pytest.mark.check("finiteness", points=4)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_values_stay_finite(submission, reference, draw, dtype):
    # Rows of +-300 are +-1 after the norm. Scaled scores and pre-activations then reach about 9e3 (80 in float16).
    d, f, half = 4, 3, dtype == torch.float16
    reach, lift = (8.0, 1.0) if half else (80.0, 30.0)
    signs = torch.tensor([[1, 1, 1, -1], [-1, -1, 1, -1], [1, -1, -1, 1], [-1, -1, -1, -1]], dtype=torch.float64)
    heads = torch.tensor([1.0, 1.0, -1.0, -1.0], dtype=torch.float64).diag()
    gate = draw.uniform(f, d, low=10.0, high=20.0, dtype=torch.float64) * (1 if half else 4)
    gate *= torch.tensor([[1.0], [-1.0], [1.0]], dtype=torch.float64)
    values = weights(draw, d, f) | {
        "attn_norm.weight": torch.ones(d), "ffn_norm.weight": torch.full((d,), lift),
        "q_proj.weight": reach * torch.eye(d), "k_proj.weight": reach * heads,
        "gate_proj.weight": gate, "down_proj.weight": draw.uniform(d, f, low=0.05, high=0.1, dtype=torch.float64),
    }  # fmt: skip
    ours, theirs = pair(submission, reference, draw, d, 2, f, dtype, values, eps=1e-6)
    for x in (300 * signs[None], -300 * signs[None], 300 * signs[None].flip(1)):
        x = x.to(dtype).requires_grad_()
        result = ours(x)
        assert_finite(result)
        if dtype == torch.float64:
            assert_close(result, theirs(x), relative=1e-8)
        assert_gradients_finite(ours.entry, x, draw=draw, reference=theirs.entry)


@pytest.mark.check("finiteness", points=1)
def test_rows_of_zeros_stay_finite(submission, reference, draw):
    for dtype in (torch.float64, torch.float32):
        ours, theirs = pair(submission, reference, draw, 4, 2, 3, dtype, eps=1e-6)
        x = stream(draw, 2, 3, 4, dtype)
        x[0, 1:], x[1] = 0.0, 0.0
        assert_close(ours(x), theirs(x), what="the result for an x with rows of zeros")
        assert_gradients_finite(ours.entry, x.requires_grad_(), draw=draw, reference=theirs.entry)


# gradients


@pytest.mark.check("gradients", points=7, conventions=["pre-norm-order", "silu-on-gate"])
def test_gradients_reach_x_and_every_parameter(submission, reference, draw):
    for b, s, d, h, f, x_too in [(2, 4, 6, 2, 5, True), (1, 3, 3, 3, 4, True), (2, 3, 4, 1, 2, False)]:
        ours, theirs = pair(submission, reference, draw, d, h, f)
        x = stream(draw, b, s, d).requires_grad_(x_too)
        assert_gradients_agree(ours.entry, theirs.entry, x, draw=draw, names=PLACES)


@pytest.mark.check("gradients", points=3)
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_gradients_in_half_precision_point_the_right_way(submission, reference, draw, dtype):
    ours, theirs = pair(submission, reference, draw, 8, 2, 6, dtype)
    x = stream(draw, 2, 4, 8, dtype).requires_grad_()
    assert_same_direction(ours.entry, theirs.entry, x, draw=draw)


# causality


@pytest.mark.check("causality", points=7, conventions=["position-alone"])
@pytest.mark.parametrize(("s", "h"), [(5, 2), (4, 1), (2, 3), (6, 6)])
def test_no_position_sees_a_later_one(submission, draw, s, h):
    block = make(submission, 6, h, 4, weights(draw, 6, 4), torch.float64)
    x = stream(draw, 2, s, 6)
    for hidden_from in {1, s - 1, draw.int(1, s - 1)}:
        changed = x.clone()
        changed[:, hidden_from:] = stream(draw, 2, s - hidden_from, 6, scale=draw.choice([0.1, 3.0, 50.0]))
        assert_ignores(
            block, (x,), (changed,), lambda y, end=hidden_from: y[:, :end],
            f"of {s} positions, one before position {hidden_from} depends on a later one", 1e-12,
        )  # fmt: skip


@pytest.mark.check("causality", points=3, conventions=["position-alone"])
def test_no_gradient_comes_from_a_later_position(submission, draw):
    for s, h in ((4, 2), (3, 1)):
        block = make(submission, 4, h, 3, weights(draw, 4, 3), torch.float64)
        seen = draw.int(1, s - 1)
        assert_ignores_in_gradients(
            block.entry, stream(draw, 2, s, 4).requires_grad_(), shape=(2, s, 4), select_output=lambda y: y[:, :seen],
            forbidden={"0": lambda x: x[:, seen:]}, what=f"of {s} positions, one before position {seen} depends on a later one",
        )  # fmt: skip


@pytest.mark.check("causality", points=3, conventions=["position-alone"])
def test_every_position_sees_all_of_its_past(submission, reference, draw):
    # With q_proj = 0 all scores are equal: position s takes the mean of the values of positions 0 .. s.
    d = 6
    ours, theirs = pair(submission, reference, draw, d, 2, 3, q=0.0, down=0.0, o=2.0)
    x = stream(draw, 2, 5, d)
    result = ours(x)
    assert_shape(result, (2, 5, d))
    expected = theirs(x)
    for s in range(5):
        what = f"with equal scores everywhere, position {s}, which takes the mean of values 0 .. {s},"
        assert_close(result[:, s], expected[:, s], what=what)


@pytest.mark.check("causality", points=2, conventions=["position-alone"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_very_low_scores_do_not_open_the_mask(submission, reference, draw, dtype):
    # Every score is near -1e4, so a mask that is a mere large number lets the future in.
    d = 4
    values = weights(draw, d, 3, down=0.0) | {
        "attn_norm.weight": torch.ones(d), "q_proj.weight": 98 * torch.eye(d), "k_proj.weight": -49 * torch.eye(d),
    }  # fmt: skip
    ours, theirs = pair(submission, reference, draw, d, 1, 3, dtype, values, eps=1e-6)
    x = draw.uniform(1, 4, d, low=0.9, high=1.1, dtype=dtype)
    changed = x.clone()
    changed[:, 1:] = x[:, 1:].flip(-1) * 1.25
    what = "with all scores near -1e4, position 0 depends on a later one"
    assert_ignores(ours, (x,), (changed,), lambda y: y[:, :1], what, 1e-6 if dtype.itemsize > 2 else 2e-2)
    result = ours(x)
    assert_shape(result, x.shape)
    assert_close(result[:, 0], theirs(x)[:, 0], what="the result of position 0, which sees itself alone", relative=max(1e-4, 8 * torch.finfo(dtype).eps))  # fmt: skip


# contract


@pytest.mark.check("contract", points=4, conventions=["exact-state-dict"])
def test_the_state_dict_has_the_names_and_shapes(submission, draw):
    for d, h, f in ((6, 2, 5), (4, 4, 4), (1, 1, 2)):
        block = make(submission, d, h, f)
        state, wanted = block.state(), shapes(d, f)
        for name, value in state.items():
            if name not in wanted:
                fail(f"the state dict holds `{name}`, which must not be in it")
            assert_shape(value, wanted[name], f"`{name}` with d_model={d}, n_heads={h}, d_ff={f}")
        if missing := [name for name in wanted if name not in state]:
            fail(f"the state dict lacks {', '.join(missing)}")
        trainable = block.trainable()
        for name in wanted:
            if not trainable.get(name):
                fail(f"`{name}` is not a trainable parameter")
        if extra := sorted(set(trainable) - set(wanted)):
            fail(f"has the parameter `{extra[0]}` beside those of the state dict")


@pytest.mark.check("contract", points=2, conventions=["norm-weights-one"])
def test_fresh_norm_weights_are_one(submission):
    for d, dtype in ((4, torch.float32), (3, torch.bfloat16)):
        state = make(submission, d, 1, 2, dtype=dtype, eps=0.5).state()
        for name in NORMS:
            assert_same(state.get(name), torch.ones(d, dtype=dtype), what=f"a fresh `{name}`")


@pytest.mark.check("contract", points=3)
def test_refuses_heads_that_do_not_divide_the_width(submission, draw):
    for d, h in ((6, 4), (5, 2), (7, 3), (2, 4), (1, 2), (8, 16), (9, 6)):
        with submission.global_random_allowed():
            assert_refuses(submission.DecoderBlock, d, h, 8, because=f"n_heads={h} does not divide d_model={d}")
    for d, h in ((6, 3), (6, 6), (5, 1), (5, 5)):
        make(submission, d, h, 2)


@pytest.mark.check("contract", points=2)
def test_one_call_does_not_change_the_next(submission, draw):
    values = weights(draw, 4, 3)
    block = make(submission, 4, 2, 3, values, torch.float64)
    x, longer, shorter = (stream(draw, b, s, 4) for b, s in ((2, 3), (1, 7), (3, 1)))
    first = block(x)
    assert_type(first, torch.Tensor)
    with submission.options(keep=True):
        held = block(x)
    before = block(longer)
    block(shorter)
    assert_same(held.method("clone")(), first, what="an earlier result after later calls")
    block.method("eval")()
    assert_close(block(longer), before, what="the result in evaluation mode", relative=1e-12)
    block.method("train")()
    block.method("to")(torch.float32)
    block(longer.float())
    block.method("to")(torch.float64)
    block.load(values)
    assert_close(block(x), first, what="the result of the same call after others", relative=1e-12)
    for name, value in block.state().items():
        assert_same(value, values[name], what=f"`{name}` after several calls")


@pytest.mark.check("contract", points=1)
def test_forbids_the_fused_layers(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=2)
def test_leaves_its_input_alone(submission, draw):
    for scales in ({}, {"o": 0.0, "down": 0.0}):
        make(submission, 4, 2, 3, weights(draw, 4, 3, **scales), torch.float64)(stream(draw, 2, 3, 4))
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=2)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 6, 2, 4, torch.float32)
    x, longer = stream(draw, 2, 3, 6, torch.float32), stream(draw, 1, 4, 6, torch.float32)
    expected = [theirs(x), theirs(longer)]
    ours(x)

    def move_and_run(gpu):
        block = ours.method("to")(gpu)
        return [block(x), block(longer)]

    assert_runs_on_gpu(submission, move_and_run, expected)


@pytest.mark.check("gpu", points=2, conventions=["norm-in-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_the_norm_is_computed_in_float32(submission, reference, draw, dtype):
    # One position, v_proj = 1, o_proj = a power of two: the result is the norm's, rounded once, as x itself is lost beside it.
    d, lift = 8, 4096.0
    eye = torch.eye(d)
    values = weights(draw, d, 3, down=0.0) | {
        "attn_norm.weight": torch.ones(d), "v_proj.weight": eye, "o_proj.weight": lift * eye,
    }  # fmt: skip
    ours, theirs = pair(submission, reference, draw, d, 2, 3, dtype, values, eps=1e-12)
    x = draw.normal(12, 1, d, scale=2e-3, dtype=dtype)
    exact = lift * (x.double() / (x.double().square().mean(-1, keepdim=True) + 1e-12).sqrt())
    assert_rounded_once(ours(x), exact, "x / sqrt(mean(x^2) + eps), with entries of x about 0.002,")
    # An entry of 300, whose square does not fit into float16, beside small ones.
    values = weights(draw, d, 3, o=60.0)
    ours, theirs = pair(submission, reference, draw, d, 2, 3, dtype, values, eps=1e-6)
    exact64, _ = pair(reference, reference, draw, d, 2, 3, torch.float64, {n: v.to(dtype).double() for n, v in values.items()}, eps=1e-6)
    x = draw.normal(2, 3, d, dtype=torch.float64)
    x[..., draw.int(0, d - 1)] = 300.0
    x = x.to(dtype)
    assert_close_in_half(ours(x), exact64(x.double()), theirs(x), what="the result for rows with one entry of 300")


def assert_rounded_once(actual, exact, what):
    """Within half a step of the dtype (and a little for float32's own rounding)."""
    assert_shape(actual, exact.shape, what)
    assert_finite(actual, what)
    digits = round(-math.log2(torch.finfo(actual.dtype).eps))
    step = torch.exp2(exact.abs().clamp(min=torch.finfo(actual.dtype).tiny).log2().floor() - digits)
    error = float(((actual.detach().double() - exact).abs() / step).max())
    if error > 0.51:
        fail(f"{what} is off by {error:.2f} rounding steps of {actual.dtype}; float32 inside gives at most half a step")


@pytest.mark.check("gpu", points=1)
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw, dtype):
    values = {name: value.to(dtype).double() for name, value in weights(draw, 8, 6).items()}
    ours, theirs = pair(submission, reference, draw, 8, 2, 6, dtype, values)
    exact, _ = pair(reference, reference, draw, 8, 2, 6, torch.float64, values)
    x = stream(draw, 2, 5, 8, dtype)
    assert_close_in_half(ours(x), exact(x.double()), theirs(x))
