"""Hidden checks of lora_linear. The oracle is the formula in float64, on factors and weights that the suite sets."""

from dataclasses import dataclass, replace

import pytest
import torch

from grader.suite import (
    DTYPES,
    Instance,
    SubmissionRaised,
    assert_close,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    fail,
    gradients,
)

F64 = torch.float64
# Relative to the size of the terms that are summed; in half precision, arithmetic in the dtype itself is allowed.
TOLERANCE = {F64: 1e-10, torch.float32: 1e-5, torch.bfloat16: 8 * 2**-7, torch.float16: 8 * 2**-10}


@dataclass(frozen=True)
class Layer:
    """The numbers of one module, and what it must compute from them."""

    weight: torch.Tensor
    bias: torch.Tensor | None
    a: torch.Tensor
    b: torch.Tensor
    alpha: float

    @property
    def rank(self):
        return self.a.shape[0]

    def adapted(self):
        return self.weight.double() + self.alpha / self.rank * (self.b.double() @ self.a.double())

    def outputs(self, x):
        return x.double() @ self.adapted().T + (0.0 if self.bias is None else self.bias.double())

    def sizes(self):
        """Of the terms that are summed in each entry of the adapted weight."""
        return self.weight.abs().double() + abs(self.alpha / self.rank) * (self.b.abs().double() @ self.a.abs().double())


def draw_layer(draw, inputs, outputs, rank, alpha, dtype=F64, bias=True):
    shapes = (outputs, inputs), (outputs,), (rank, inputs), (outputs, rank)
    weight, shift, a, b = (draw.normal(*shape, dtype=dtype, scale=0.5) for shape in shapes)
    return Layer(weight, shift if bias else None, a, b, alpha)


def make_base(submission, layer, **options):
    options |= {"dtype": layer.weight.dtype, "bias": layer.bias is not None}
    with submission.global_random_allowed():
        base = submission.torch("nn.Linear", *reversed(layer.weight.shape), **options)
    base.load({"weight": layer.weight} if layer.bias is None else {"weight": layer.weight, "bias": layer.bias})
    return base


def wrap(submission, base, layer, *, fresh=False):
    with submission.global_random_allowed():
        module = submission.LoRALinear(base, layer.rank, layer.alpha)
    if not isinstance(module, Instance):
        fail("LoRALinear(base, rank, alpha) must make a module")
    if not fresh:
        module.load({"lora_a": layer.a, "lora_b": layer.b})
    return module


def build(submission, layer, *, fresh=False):
    """A base layer and the module around it, with the layer's numbers in both; the factors stay as made if fresh."""
    base = make_base(submission, layer)
    return base, wrap(submission, base, layer, fresh=fresh)


def stages(module, *, back=True):
    """Merge and, to come back, unmerge, with each stage's name."""
    yield "before any merge"
    module.method("merge")()
    yield "while merged"
    if back:
        module.method("unmerge")()
        yield "after merge and unmerge"


def assert_merged(module, expected, when):
    merged = module.merged
    if type(merged) is not bool:
        fail("`merged` must be a property that gives a bool")
    if merged != expected:
        fail(f"merged is {merged} {when}, expected {expected}")


def assert_outputs(module, layer, x, when):
    what = f"the result {when} (rank {layer.rank}, alpha {layer.alpha})"
    scale = float((x.abs().double() @ layer.sizes().T).max())
    expected = layer.outputs(x).to(layer.weight.dtype)
    assert_close(module(x), expected, what=what, relative=TOLERANCE[layer.weight.dtype], scale=scale)


def assert_weight(base, layer, merged, when):
    """The base's weight, to a few roundings at the size of what was summed."""
    scale = float(layer.sizes().max())
    epsilon = 1e-12 if layer.weight.dtype == F64 else 4 * torch.finfo(layer.weight.dtype).eps
    expected = (layer.adapted() if merged else layer.weight).to(layer.weight.dtype)
    what = f"base.weight {when} (rank {layer.rank}, alpha {layer.alpha})"
    assert_close(base.weight, expected, what=what, relative=epsilon, scale=scale)


@pytest.mark.check("numerics", points=5, conventions=["fresh-is-base"])
def test_fresh_module_computes_what_base_computes(submission, draw):
    for bias in (True, False):
        layer = draw_layer(draw, 6, 4, 5, 15.0, bias=bias)
        _, module = build(submission, layer, fresh=True)
        untrained = replace(layer, b=torch.zeros_like(layer.b))
        assert_same(module.lora_b, untrained.b, what="lora_b of a fresh module")
        assert_outputs(module, untrained, draw.normal(3, 6, dtype=F64), "of a fresh module")
    assert_shape(lora_a := module.lora_a, (5, 6), "lora_a")
    if lora_a.unique().numel() < lora_a.numel() // 2:
        fail("lora_a of a fresh module does not look random: most of its entries are the same")


@pytest.mark.check("numerics", points=8, conventions=["scale-alpha-over-rank", "task", "forward", "construction", "merging"])
def test_unmerged_result_matches(submission, draw):
    cases = [(5, 4, 3, 7.0), (2, 3, 8, 11.0), (3, 3, 3, -4.0), (6, 1, 4, 0.5), (1, 5, 1, 16.0), (4, 2, 2, 0.0)]
    for inputs, outputs, rank, alpha in cases:
        layer = draw_layer(draw, inputs, outputs, rank, alpha, bias=outputs > 2)
        _, module = build(submission, layer)
        assert_outputs(module, layer, draw.normal(2, 3, inputs, dtype=F64), "before any merge")


@pytest.mark.check("numerics", points=8, conventions=["scale-alpha-over-rank", "unmerge-restores"])
def test_merged_and_unmerged_agree(submission, draw):
    for inputs, outputs, rank, alpha in ((5, 4, 3, 7.0), (2, 3, 8, 11.0), (3, 3, 3, -4.0), (1, 1, 1, 0.5)):
        layer, x = draw_layer(draw, inputs, outputs, rank, alpha, bias=rank < 8), draw.normal(2, 3, inputs, dtype=F64)
        base, module = build(submission, layer)
        for stage in stages(module):
            assert_outputs(module, layer, x, stage)
            assert_weight(base, layer, stage == "while merged", stage)


@pytest.mark.check("numerics", points=3, conventions=["unmerge-restores"])
def test_every_stage_is_as_exact_as_the_dtype(submission, draw):
    for dtype in (torch.float32, torch.bfloat16, torch.float16):  # the other checks are in float64
        layer, x = draw_layer(draw, 6, 5, 3, -100.0, dtype), draw.normal(3, 6, dtype=dtype)
        base, module = build(submission, layer)
        for stage in stages(module):
            assert_outputs(module, layer, x, f"of a {dtype} layer {stage}")
            assert_weight(base, layer, stage == "while merged", f"of a {dtype} layer {stage}")


@pytest.mark.check("numerics", points=6, conventions=["merge-idempotent", "unmerge-idempotent"])
def test_repeating_a_step_does_nothing(submission, draw):
    for steps in ("unmerge", "merge merge", "merge merge unmerge", "merge unmerge unmerge merge"):
        layer, x = draw_layer(draw, 4, 3, 2, 5.0), draw.normal(2, 4, dtype=F64)
        base, module = build(submission, layer)
        for step in steps.split():
            module.method(step)()
        merged = step == "merge"
        assert_merged(module, merged, f"after {steps}")
        assert_weight(base, layer, merged, f"after {steps}")
        assert_outputs(module, layer, x, f"after {steps}")


@pytest.mark.check("numerics", points=5, conventions=["current-values-count", "unmerge-restores"])
def test_every_call_uses_the_present_values(submission, draw):
    layer, trained, x = draw_layer(draw, 5, 4, 3, 7.0), draw_layer(draw, 5, 4, 3, 7.0), draw.normal(2, 5, dtype=F64)
    base, module = build(submission, layer)
    assert_outputs(module, layer, x, "before anything is overwritten")
    for step, names in enumerate((("lora_a",), ("lora_b",), ("weight", "bias"), ("lora_a", "lora_b"), ("weight",))):
        new = {name: getattr(trained, name.removeprefix("lora_")) * (2.0 + step) for name in names}
        layer = replace(layer, **{name.removeprefix("lora_"): value for name, value in new.items()})
        (base if "weight" in new else module).load(new)
        for stage in stages(module):
            when = f"{stage}, {' and '.join(names)} having got new values"
            assert_outputs(module, layer, x, when)
            assert_weight(base, layer, stage == "while merged", when)


@pytest.mark.check("shape", points=4)
def test_takes_any_number_of_leading_dimensions(submission, draw):
    for inputs, outputs, rank in ((5, 4, 3), (3, 1, 2), (1, 4, 1)):
        _, module = build(submission, draw_layer(draw, inputs, outputs, rank, 4.0))
        for stage in stages(module, back=False):
            for leading in ((), (1,), (2, 1, 3)) if rank == 3 else ((), (2, 1)):
                what = f"the result for x of shape {[*leading, inputs]} {stage}"
                assert_shape(module(draw.normal(*leading, inputs, dtype=F64)), (*leading, outputs), what)


@pytest.mark.check("shape", points=3, conventions=["factors-like-base"])
def test_factors_have_the_right_shape_and_the_bases_dtype(submission, draw):
    for dtype in DTYPES:
        _, module = build(submission, draw_layer(draw, 5, 4, 3, 6.0, dtype), fresh=True)
        for name, shape in (("lora_a", (3, 5)), ("lora_b", (4, 3))):
            factor = getattr(module, name)
            assert_shape(factor, shape, name)
            assert_dtype(factor, dtype, name)
            assert_finite(factor, name)
        assert_dtype(module(draw.normal(2, 5, dtype=dtype)), dtype, f"the result for a {dtype} layer")


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, draw):
    layer = draw_layer(draw, 4, 3, 2, 5.0)
    _, module = build(submission, layer)
    layouts = {
        "transposed": draw.normal(3, 2, 4, dtype=F64).transpose(0, 1),
        "with strided features": draw.non_contiguous(draw.normal(2, 3, 4, dtype=F64)),
        "a strided vector": draw.non_contiguous(draw.normal(4, dtype=F64)),
        "expanded": draw.normal(1, 1, 4, dtype=F64).expand(3, 2, 4),
    }
    for stage in stages(module, back=False):
        for name, x in layouts.items():
            assert_outputs(module, layer, x, f"for x {name} {stage}")


@pytest.mark.check("finiteness", points=5)
def test_large_inputs_stay_finite(submission, draw):
    for dtype in DTYPES:
        layer = draw_layer(draw, 8, 3, 4, 256.0, dtype)
        layer = replace(layer, weight=layer.weight / 4, a=layer.a.clamp(-1, 1) / 16, b=layer.b.clamp(-1, 1) / 16)
        _, module = build(submission, layer)
        x = torch.where(draw.mask(2, 8), 300.0, -300.0).to(dtype)
        for stage in stages(module, back=False):
            assert_outputs(module, layer, x, f"for {dtype} entries of 300 in size {stage}")


def true_gradients(layer, x, cotangent):
    leaves = [t.detach().double().requires_grad_() for t in (x, layer.a, layer.b)]
    y = Layer(layer.weight, layer.bias, leaves[1], leaves[2], layer.alpha).outputs(leaves[0])
    flows = torch.autograd.grad((y * cotangent.double()).sum(), leaves)
    return dict(zip(("x", "lora_a", "lora_b"), flows, strict=True))


def gradients_of(module, layer, x, cotangent):
    """The same from the submission. The factors are told apart by their shapes, whatever they are registered as."""
    flows = gradients(module.entry, x, cotangents=[cotangent])
    places = {layer.a.shape: "lora_a", layer.b.shape: "lora_b"}
    named = {places.get(flow.shape): flow for name, flow in flows.items() if name != "0" and flow is not None}
    return {"x": flows.get("0"), "lora_a": named.get("lora_a"), "lora_b": named.get("lora_b")}


def assert_gradients(module, layer, x, cotangent, names, when):
    expected, found = true_gradients(layer, x, cotangent), gradients_of(module, layer, x, cotangent)
    for name in names:
        what = f"the gradient of {name} {when}"
        assert_shape(found[name], expected[name].shape, what)
        if layer.weight.dtype == F64:
            assert_close(found[name], expected[name], what=what, relative=1e-9)
            continue
        assert_finite(found[name], what)
        cosine = float(torch.cosine_similarity(found[name].double().flatten(), expected[name].flatten(), dim=0))
        if not cosine >= 0.9:
            fail(f"{what} points elsewhere: its cosine with the right one is {cosine:.3f}")


@pytest.mark.check("gradients", points=9)
def test_gradients_match(submission, draw):
    every = ("x", "lora_a", "lora_b")
    for leading, bias in (((2, 3), True), ((), False)):
        layer = draw_layer(draw, 5, 4, 3, 7.0, bias=bias)
        _, module = build(submission, layer)
        x = draw.normal(*leading, 5, dtype=F64, requires_grad=True)
        cotangent = draw.normal(*leading, 4, dtype=F64)
        assert_gradients(module, layer, x.detach(), cotangent, every[1:], "where x needs none")
        for stage in stages(module):
            assert_gradients(module, layer, x, cotangent, every[:1] if stage == "while merged" else every, stage)
    for dtype in (torch.bfloat16, torch.float16):
        layer = draw_layer(draw, 5, 4, 3, 7.0, dtype)
        _, module = build(submission, layer)
        x, cotangent = draw.normal(6, 5, dtype=dtype, requires_grad=True), draw.normal(6, 4, dtype=dtype)
        assert_gradients(module, layer, x, cotangent, every, f"in {dtype}")


@pytest.mark.check("gradients", points=2, conventions=["fresh-is-base"])
def test_fresh_module_can_be_trained(submission, draw):
    layer = draw_layer(draw, 5, 4, 3, 7.0)
    _, module = build(submission, layer, fresh=True)
    found = gradients_of(module, layer, draw.normal(3, 5, dtype=F64), draw.normal(3, 4, dtype=F64))
    if found["lora_b"] is None or not found["lora_b"].any():
        fail("lora_b of a fresh module gets no gradient, so training cannot start")
    if found["lora_a"] is not None and found["lora_a"].any():
        fail("lora_a of a fresh module gets a gradient, though lora_b is zero")


@pytest.mark.check("gradients", points=4, conventions=["only-factors-train"])
def test_only_the_factors_are_trainable(submission, draw):
    base, module = build(submission, draw_layer(draw, 5, 4, 3, 7.0))
    for stage in stages(module):
        for name, trains in base.trainable().items():
            if trains:
                fail(f"base.{name} requires grad {stage}")
        for name in ("lora_a", "lora_b"):
            if getattr(module, f"{name}.requires_grad") is not True:
                fail(f"{name} does not require grad {stage}")
        trained = sorted(name for name, trains in module.trainable().items() if trains)
        if len(trained) != 2:
            fail(f"the trainable parameters {stage} are {trained}, expected lora_a and lora_b alone")


@pytest.mark.check("contract", points=3)
def test_refuses_a_rank_below_one(submission, draw):
    base = make_base(submission, draw_layer(draw, 4, 3, 2, 8.0))
    for rank in (0, -1, -4):
        with submission.global_random_allowed():
            assert_refuses(submission.LoRALinear, base, rank, 8.0, because=f"rank is {rank}")


@pytest.mark.check("contract", points=4, conventions=["base-kept"])
def test_base_is_the_very_module_passed_in(submission, draw):
    layer = draw_layer(draw, 4, 3, 2, 5.0)
    base, module = build(submission, layer)
    base.method("register_buffer")("mark", torch.ones(1))
    try:
        getattr(module, "base.mark")
    except SubmissionRaised:
        fail("self.base is not the very module that was passed in: what is set on that one is not seen in self.base")
    module.method("merge")()
    assert_weight(base, layer, True, "of the layer that was passed in, after merge")


@pytest.mark.check("contract", points=4, conventions=["same-parameter"])
def test_weight_stays_the_same_parameter(submission, draw):
    layer = draw_layer(draw, 4, 3, 2, 5.0)
    base, module = build(submission, layer)
    with submission.options(keep=True):
        held = base.method("get_parameter")("weight")  # as an optimizer or a tied layer holds it
    for stage in stages(module):
        held.method("requires_grad_")(True)
        if base.trainable().get("weight") is not True:
            fail(f"{stage}, base.weight is another object than the Parameter that was there at first")
        held.method("requires_grad_")(False)
        expected = layer.adapted() if stage == "while merged" else layer.weight
        what = f"what an earlier reference to base.weight shows {stage}"
        assert_close(held.method("clone")(), expected, what=what, relative=1e-10, scale=1.0)


@pytest.mark.check("contract", points=3)
def test_merging_touches_nothing_but_the_weight(submission, draw):
    layer = draw_layer(draw, 4, 3, 2, 5.0)
    base, module = build(submission, layer)
    for stage in stages(module):
        kept = [base.bias, module.lora_a, module.lora_b]
        assert_same(kept, [layer.bias, layer.a, layer.b], what=f"[base.bias, lora_a, lora_b] {stage}")


@pytest.mark.check("contract", points=3)
def test_only_merge_and_unmerge_change_merged(submission, draw):
    layer, other, x = draw_layer(draw, 4, 3, 2, 5.0), draw_layer(draw, 4, 3, 2, 5.0), draw.normal(2, 4, dtype=F64)
    module, bystander = build(submission, layer)[1], build(submission, other)[1]
    for stage in stages(module):
        for mode in ("eval", "train"):
            module.method(mode)()
            assert_merged(module, stage == "while merged", f"{stage}, after {mode}()")
        assert_outputs(module, layer, x, f"{stage}, after eval() and train()")
        assert_merged(bystander, False, "though merge() was called on another module alone")
        assert_outputs(bystander, other, x, "of a module while another one is merged")


@pytest.mark.check("contract", points=1)
def test_results_are_not_overwritten(submission, draw):
    _, module = build(submission, draw_layer(draw, 4, 3, 2, 5.0))
    for stage in stages(module, back=False):
        with submission.options(keep=True, no_grad=True):
            held = module(draw.normal(2, 4, dtype=F64))
        before = held.method("clone")()
        with submission.options(no_grad=True):
            module(draw.normal(2, 4, dtype=F64))
        assert_same(held.method("clone")(), before, what=f"an earlier result after a later call {stage}")


@pytest.mark.check("contract", points=2, conventions=["any-input"])
def test_leaves_inputs_and_global_random_state_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)
    assert_global_random_untouched(submission)


@pytest.mark.check("gpu", points=5, conventions=["factors-like-base"])
def test_everything_lies_on_the_bases_device(submission, draw):
    layer, x = draw_layer(draw, 4, 3, 2, 5.0), draw.normal(2, 3, 4, dtype=F64)

    def run(gpu):
        module = wrap(submission, make_base(submission, layer, device=gpu), layer)
        for name in ("lora_a", "lora_b"):
            if module.method(f"{name}.get_device")() != 0:
                fail(f"{name} lies on the CPU though base is on a GPU")
        return [module(x) for _ in stages(module)]

    assert_runs_on_gpu(submission, run, [layer.outputs(x)] * 3, what="the results unmerged, merged and unmerged again")
