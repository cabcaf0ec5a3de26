"""Hidden checks of decoder_block. The oracle is the reference with the same weights."""

import pytest
import torch

from grader.suite import (
    HALF_DTYPES,
    assert_close,
    assert_close_in_half,
    assert_dtype,
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
    fail,
)

NORMS = ("attn_norm.weight", "ffn_norm.weight")


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
    """The same block of both."""
    values = values or weights(draw, d, f, **scales)
    return tuple(make(subject, d, h, f, values, dtype, eps=eps) for subject in (submission, reference))


def stream(draw, b, s, d, dtype=torch.float64, scale=1.0):
    """Rows of different size whose mean is not 0."""
    sizes = draw.uniform(b, s, 1, low=0.3, high=1.5, dtype=torch.float64) * scale
    return (draw.normal(b, s, d, dtype=torch.float64, mean=0.6) * sizes).to(dtype)


# shape


@pytest.mark.check("shape", points=3)
def test_any_size_gives_the_inputs_shape(submission, draw):
    for b, s, d, h, f in [(2, 3, 6, 2, 5), (1, 1, 1, 1, 1), (1, 4, 3, 1, 7)]:
        block = make(submission, d, h, f)
        assert_shape(block(stream(draw, b, s, d, torch.float32)), (b, s, d), f"the result with {h} heads and d_ff {f}")


@pytest.mark.check("shape", points=3, conventions=["default-dtype"])
def test_parameters_have_the_default_dtype(submission, draw):
    for dtype in (torch.float64, torch.float16):
        block = make(submission, 4, 2, 3, weights(draw, 4, 3), dtype)
        state = block.state()
        for name in shapes(4, 3):
            assert_dtype(state.get(name), dtype, f"`{name}` of a block built while torch's default dtype was {dtype}")
        assert_dtype(block(stream(draw, 2, 3, 4, dtype)), dtype)


@pytest.mark.check("shape", points=2)
def test_a_block_may_be_moved_to_another_dtype(submission, draw):
    block = make(submission, 4, 2, 3, weights(draw, 4, 3))
    for dtype in (torch.float64, torch.bfloat16):
        block.method("to")(dtype)
        result, what = block(stream(draw, 2, 3, 4, dtype)), f"the result of a block after .to({dtype})"
        assert_dtype(result, dtype, what)
        assert_finite(result, what)


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, draw):
    block = make(submission, 6, 2, 5, weights(draw, 6, 5), torch.float64)
    x = stream(draw, 3, 4, 6)
    views = {
        "positions first in memory": x.transpose(0, 1).contiguous().transpose(0, 1),
        "every other lane of a wider stream": stream(draw, 3, 4, 12)[:, :, ::2],
        "one position for all": x[:, :1].expand(3, 4, 6),
    }
    for name, view in views.items():
        whole = block(view.contiguous())
        assert_shape(whole, (3, 4, 6))
        assert_close(block(view), whole, what=f"the result for a view ({name}), against that for a copy of it,")


# numerics


@pytest.mark.check("numerics", points=6, conventions=["heads-are-contiguous-lanes", "scale", "rules"])
def test_attention_branch_matches(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 6, 2, 4, down=0.0, q=1.5, k=1.5)
    x = stream(draw, 2, 4, 6)
    assert_close(ours(x), theirs(x), what="with 2 heads, 4 positions and down_proj = 0, the result", relative=1e-10)


@pytest.mark.check("numerics", points=4, conventions=["silu-on-gate"])
def test_feed_forward_branch_matches(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 6, 2, 9, o=0.0, gate=4.0)
    x = stream(draw, 2, 3, 6)
    assert_close(ours(x), theirs(x), what="with d_ff 9 and o_proj = 0, the result", relative=1e-10)


@pytest.mark.check("numerics", points=12, conventions=["pre-norm-order", "scale", "silu-on-gate", "parameters", "task"])
@pytest.mark.parametrize(("d", "h", "f"), [(8, 4, 11), (3, 3, 3)])
def test_whole_block_matches(submission, reference, draw, d, h, f):
    ours, theirs = pair(submission, reference, draw, d, h, f, q=1.5, k=1.5)
    x = stream(draw, 3, draw.int(3, 5), d)
    assert_close(ours(x), theirs(x), what=f"with d_model={d}, n_heads={h}, d_ff={f}, the result", relative=1e-10)


@pytest.mark.check("numerics", points=5, conventions=["eps-inside-the-root"])
def test_eps_is_used_inside_the_root_and_1e_6_by_default(submission, reference, draw):
    for eps, size in ((3.0, 1.0), (None, 1e-3)):
        given, values, x = {"eps": eps} if eps else {}, weights(draw, 6, 4), stream(draw, 2, 3, 6, scale=size)
        ours, theirs = (make(subject, 6, 2, 4, values, torch.float64, **given)(x) for subject in (submission, reference))
        what = f"with {f'eps={eps}' if eps else 'no eps given'} and rows of size about {size}, the result"
        assert_close(ours, theirs, what=what, relative=1e-10)


@pytest.mark.check("numerics", points=3)
def test_float32_matches(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 8, 4, 6, torch.float32)
    x = stream(draw, 2, 5, 8, torch.float32)
    assert_close(ours(x), theirs(x), relative=3e-5)


# finiteness


@pytest.mark.check("finiteness", points=4)
@pytest.mark.parametrize("dtype", (torch.float64, *HALF_DTYPES), ids=str)
def test_large_values_stay_finite(submission, reference, draw, dtype):
    # Rows of +-300 are +-1 after the norm. Scaled scores and pre-activations then reach about 9e3 (90 in float16).
    d, f, half = 4, 3, dtype == torch.float16
    reach, lift, most = (8.0, 1.0, 20.0) if half else (80.0, 30.0, 80.0)
    rows = torch.tensor([[1, 1, 1, -1], [-1, -1, 1, -1], [1, -1, -1, 1], [-1, -1, -1, -1]], dtype=torch.float64)
    x = 300 * torch.stack((rows, -rows, rows.flip(0))).to(dtype)
    gate = draw.uniform(f, d, low=most / 2, high=most, dtype=torch.float64)
    values = weights(draw, d, f) | {
        "attn_norm.weight": torch.ones(d), "ffn_norm.weight": torch.full((d,), lift),
        "q_proj.weight": reach * torch.eye(d), "k_proj.weight": reach * torch.tensor([1.0, 1.0, -1.0, -1.0]).diag(),
        "gate_proj.weight": gate * torch.tensor([[1.0], [-1.0], [1.0]]),
        "down_proj.weight": draw.uniform(d, f, low=0.05, high=0.1, dtype=torch.float64),
    }  # fmt: skip
    ours, theirs = pair(submission, reference, draw, d, 2, f, dtype, values, eps=1e-6)
    assert_finite(result := ours(x))
    if dtype == torch.float64:
        assert_close(result, theirs(x), relative=1e-8)
    assert_gradients_finite(ours.entry, x.requires_grad_(), draw=draw, reference=theirs.entry)


@pytest.mark.check("finiteness", points=1)
def test_rows_of_zeros_stay_finite(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 4, 2, 3, torch.float32, eps=1e-6)
    x = stream(draw, 2, 3, 4, torch.float32)
    x[0, 1:], x[1] = 0.0, 0.0
    assert_close(ours(x), theirs(x), what="the result for an x with rows of zeros")
    assert_gradients_finite(ours.entry, x.requires_grad_(), draw=draw, reference=theirs.entry)


# gradients


@pytest.mark.check("gradients", points=7, conventions=["pre-norm-order", "silu-on-gate"])
def test_gradients_reach_x_and_every_parameter(submission, reference, draw):
    ours, theirs = pair(submission, reference, draw, 6, 2, 5)
    x = stream(draw, 2, 4, 6).requires_grad_()
    assert_gradients_agree(ours.entry, theirs.entry, x, draw=draw, names={"0": "x"})


@pytest.mark.check("gradients", points=3)
def test_gradients_in_half_precision_point_the_right_way(submission, reference, draw):
    for dtype in HALF_DTYPES:
        ours, theirs = pair(submission, reference, draw, 8, 2, 6, dtype)
        x = stream(draw, 2, 4, 8, dtype).requires_grad_()
        assert_same_direction(ours.entry, theirs.entry, x, draw=draw)


# causality


@pytest.mark.check("causality", points=7, conventions=["position-alone"])
@pytest.mark.parametrize(("s", "h"), [(5, 2), (2, 3)])
def test_no_position_sees_a_later_one(submission, draw, s, h):
    block = make(submission, 6, h, 4, weights(draw, 6, 4), torch.float64)
    x, hidden_from = stream(draw, 2, s, 6), draw.int(1, s - 1)
    later = stream(draw, 2, s - hidden_from, 6, scale=draw.choice([0.1, 3.0, 50.0]))
    changed = torch.cat((x[:, :hidden_from], later), dim=1)
    assert_shape(block(x), x.shape)

    what = f"with {h} heads and {s} positions, one before position {hidden_from} depends on a later one"
    assert_ignores(block, (x,), (changed,), lambda y: y[:, :hidden_from], what, 1e-12)


@pytest.mark.check("causality", points=3, conventions=["position-alone"])
def test_no_gradient_comes_from_a_later_position(submission, draw):
    block = make(submission, 4, 2, 3, weights(draw, 4, 3), torch.float64)
    seen = draw.int(1, 3)
    assert_ignores_in_gradients(
        block.entry, stream(draw, 2, 4, 4).requires_grad_(), shape=(2, 4, 4), select_output=lambda y: y[:, :seen],
        forbidden={"0": lambda x: x[:, seen:]}, what=f"one before position {seen} depends on a later one",
    )  # fmt: skip


@pytest.mark.check("causality", points=3, conventions=["position-alone"])
def test_every_position_sees_all_of_its_past(submission, reference, draw):
    # With q_proj = 0 all scores are equal: position s takes the mean of the values of positions 0 .. s.
    ours, theirs = pair(submission, reference, draw, 6, 1, 3, q=0.0, down=0.0, o=2.0)
    x = stream(draw, 2, 5, 6)
    result, expected = ours(x), theirs(x)
    assert_shape(result, (2, 5, 6))
    for s in range(5):
        what = f"with equal scores everywhere, position {s}, which takes the mean of values 0 .. {s},"
        assert_close(result[:, s], expected[:, s], what=what)
    values, x = weights(draw, 4, 2, q=0.0, down=0.0, o=2.0), stream(draw, 1, 530, 4)
    norm = x * (x.square().mean(-1, keepdim=True) + 0.1).rsqrt() * values["attn_norm.weight"]
    mean = (norm @ values["v_proj.weight"].T).cumsum(1) / torch.arange(1.0, 531)[:, None]
    expected = (x + mean @ values["o_proj.weight"].T).float()
    result = make(submission, 4, 1, 2, values, torch.float32, eps=0.1)(x.float())
    assert_close(result, expected, what="with equal scores everywhere and 530 positions, the result")
    block = make(submission, 6, 1, 3, weights(draw, 6, 3, q=0.0, o=2.0), torch.bfloat16, eps=0.1)  # 257 is no bfloat16
    x, later = stream(draw, 1, 260, 6, torch.bfloat16, 0.01), (torch.arange(260) >= 257)[:, None]
    assert_ignores(block, (x,), (torch.where(later, x + 9, x),), lambda y: y[:, :257], "a position sees position 257", 1e-12)


@pytest.mark.check("causality", points=2, conventions=["position-alone"])
def test_very_low_scores_do_not_open_the_mask(submission, reference, draw):
    # Lane 0 of every row is 1 after the norm and makes all scores -1e4; the other lanes make the values differ.
    d, first = 4, torch.tensor([1.0, 0.0, 0.0, 0.0]).diag()
    values = weights(draw, d, 3, down=0.0) | {
        "attn_norm.weight": torch.ones(d), "q_proj.weight": 100 * first, "k_proj.weight": -200 * first,
    }  # fmt: skip
    rows = torch.tensor([[[1, 1, -1, 1], [1, -1, 1, 1], [1, -1, -1, -1]]]) * draw.choice([0.5, 1.0, 4.0])
    for dtype in (torch.float64, torch.bfloat16):
        ours, theirs = pair(submission, reference, draw, d, 1, 3, dtype, values, eps=1e-12)
        result, expected = ours(rows.to(dtype)), theirs(rows.to(dtype))
        assert_shape(result, expected.shape)
        what = f"with all scores at -1e4 in {dtype}, the result of position 0, which sees itself alone,"
        assert_close(result[:, 0], expected[:, 0], what=what, relative=max(1e-4, 8 * torch.finfo(dtype).eps))


# contract


@pytest.mark.check("contract", points=4, conventions=["exact-state-dict"])
def test_the_state_dict_has_the_names_and_shapes(submission, draw):
    for d, h, f in ((6, 2, 5), (4, 4, 4)):
        block = make(submission, d, h, f)
        block(stream(draw, 1, 2, d, torch.float32))
        state, wanted = block.state(), shapes(d, f)
        if extra := [name for name in state if name not in wanted]:
            fail(f"the state dict holds `{extra[0]}`, which must not be in it")
        trainable = block.trainable()
        for name, shape in wanted.items():
            if name not in state:
                fail(f"the state dict lacks `{name}`")
            assert_shape(state[name], shape, f"`{name}` with d_model={d}, n_heads={h}, d_ff={f}")
            if not trainable.get(name):
                fail(f"`{name}` is not a trainable parameter of its own")


@pytest.mark.check("contract", points=2, conventions=["norm-weights-one"])
def test_fresh_norm_weights_are_one(submission):
    state = make(submission, 4, 1, 2, eps=0.5).state()
    for name in NORMS:
        assert_same(state.get(name), torch.ones(4), what=f"a fresh `{name}`")


@pytest.mark.check("contract", points=3)
def test_refuses_heads_that_do_not_divide_the_width(submission):
    for d, h in ((6, 4), (5, 2), (2, 4), (1, 2), (9, 6)):
        with submission.global_random_allowed():
            assert_refuses(submission.DecoderBlock, d, h, 8, because=f"n_heads={h} does not divide d_model={d}")
    for d, h in ((6, 3), (5, 5), (5, 1)):
        make(submission, d, h, 2)


@pytest.mark.check("contract", points=2)
def test_one_call_does_not_change_the_next(submission, draw):
    values = weights(draw, 4, 3)
    block = make(submission, 4, 2, 3, values, torch.float64)
    x, longer, shorter = (stream(draw, b, s, 4) for b, s in ((2, 3), (1, 7), (3, 1)))
    assert_shape(first := block(x), (2, 3, 4))
    with submission.options(keep=True):
        held = block(x)
    before = block(longer)
    block(shorter)
    assert_same(held.method("clone")(), first, what="an earlier result after later calls")
    block.method("eval")()
    assert_close(block(longer), before, what="the result in evaluation mode", relative=1e-12)
    block.method("train")()
    assert_close(block(x), first, what="the result of the same call after others", relative=1e-12)
    for name, value in block.state().items():
        assert_same(value, values.get(name), what=f"`{name}` after several calls")
    with submission.options(no_grad=True):  # where a copy of the weights may seem safe
        block.method("eval")()
        block(x)
        block.load(values := weights(draw, 4, 3))
        assert_close(block(x), make(submission, 4, 2, 3, values, torch.float64)(x), what="the result with other weights loaded")


@pytest.mark.check("contract", points=1)
def test_forbids_the_fused_layers(submission):
    assert_nothing_forbidden(submission)


@pytest.mark.check("contract", points=3)
def test_leaves_its_input_and_the_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
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


@pytest.mark.check("gpu", points=1, conventions=["norm-in-float32"])
def test_the_norm_is_computed_in_float32(submission, draw):
    # One position, v_proj = 1, o_proj = a power of two: the result is the norm, rounded once; x is lost beside it.
    d, lift, eps = 8, 4096.0, 1e-12
    values = weights(draw, d, 3, down=0.0) | {
        "attn_norm.weight": torch.ones(d), "v_proj.weight": torch.eye(d), "o_proj.weight": lift * torch.eye(d),
    }  # fmt: skip
    for dtype in HALF_DTYPES:
        signs = 1 - 2 * draw.integers(12, 1, d, low=0, high=2)
        x = (draw.uniform(12, 1, d, low=1e-3, high=4e-3, dtype=torch.float64) * signs).to(dtype)
        exact = lift * x.double() / (x.double().square().mean(-1, keepdim=True) + eps).sqrt()
        result, what = make(submission, d, 2, 3, values, dtype, eps=eps)(x), f"the norm of rows in {dtype}"
        assert_shape(result, exact.shape, what)
        assert_finite(result, what)
        step = torch.exp2(exact.abs().log2().floor()) * torch.finfo(dtype).eps
        steps = float(((result.detach().double() - exact).abs() / step).max())
        if steps > 0.51:
            fail(f"{what} is off by {steps:.2f} rounding steps; mean and division in float32 leave at most half a step")


@pytest.mark.check("gpu", points=1, conventions=["norm-in-float32"])
def test_the_norm_survives_one_large_entry(submission, reference, draw):
    # The square of 300 does not fit into float16.
    check_half(submission, reference, draw, torch.float16, " for rows with one entry of 300", o=60.0, down=60.0)


@pytest.mark.check("gpu", points=1)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw):
    for dtype in HALF_DTYPES:
        check_half(submission, reference, draw, dtype)


def check_half(submission, reference, draw, dtype, rows="", **scales):
    values = {name: value.to(dtype).double() for name, value in weights(draw, 8, 6, **scales).items()}
    ours, theirs = pair(submission, reference, draw, 8, 2, 6, dtype, values)
    x = stream(draw, 2, 4, 8, dtype)
    if rows:
        x[..., draw.int(0, 7)] = 300.0
    exact = make(reference, 8, 2, 6, values, torch.float64, eps=0.1)(x.double())
    assert_close_in_half(ours(x), exact, theirs(x), what=f"the result{rows}")
