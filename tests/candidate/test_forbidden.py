"""Forbidden calls are seen under every alias, and nothing else is; being watched changes nothing."""

import functools
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from grader.candidate.forbidden import ForbiddenRecorder, forbidden_operators
from grader.candidate.meter import metered

SDPA = "torch.nn.functional.scaled_dot_product_attention"
MHA_FORWARD = "torch.nn.functional.multi_head_attention_forward"
MHA = "torch.nn.MultiheadAttention"
ENCODER, DECODER = "torch.nn.TransformerEncoderLayer", "torch.nn.TransformerDecoderLayer"
FLEX = "torch.nn.attention.flex_attention.flex_attention"
RMS, RMS_MODULE = "torch.nn.functional.rms_norm", "torch.nn.RMSNorm"
NAMES = [SDPA, MHA_FORWARD, MHA, ENCODER, DECODER, FLEX, RMS, RMS_MODULE]

Q = torch.arange(64.0).view(1, 2, 4, 8) / 64
X = Q[0]
kept_alias = F.scaled_dot_product_attention


class Attention(nn.MultiheadAttention):
    pass


@pytest.fixture
def recorder() -> Iterator[ForbiddenRecorder]:
    with ForbiddenRecorder(NAMES) as active:
        yield active


def seen(function: Callable[[], Any], names: list[str] = NAMES) -> list[str]:
    recorder = ForbiddenRecorder(names)
    with recorder:
        function()
    return recorder.seen


@pytest.mark.parametrize(
    ("name", "call"),
    [
        (SDPA, lambda: F.scaled_dot_product_attention(Q, Q, Q)),
        (SDPA, lambda: kept_alias(Q, Q, Q, is_causal=True)),
        (SDPA, lambda: functools.partial(kept_alias, Q)(Q, Q)),
        (SDPA, lambda: getattr(torch._C._nn, "scaled_dot" + "_product_attention")(Q, Q, Q)),
        (SDPA, lambda: torch.ops.aten.scaled_dot_product_attention(Q, Q, Q)),
        (SDPA, lambda: torch.ops.aten.scaled_dot_product_attention.default(Q, Q, Q)),
        (SDPA, lambda: torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(Q, Q, Q)),
        (SDPA, lambda: torch._scaled_dot_product_attention_math(Q, Q, Q)),
        (SDPA, lambda: torch.vmap(lambda q: F.scaled_dot_product_attention(q, q, q))(Q)),
        (RMS, lambda: F.rms_norm(X, (8,))),
        (RMS, lambda: torch.rms_norm(X, (8,))),
        (RMS, lambda: torch._fused_rms_norm(X, (8,), None, 1e-6)),
        (RMS, lambda: torch.ops.aten._fused_rms_norm.default(X, [8], None, 1e-6)),
        (RMS, lambda: torch.func.grad(lambda x: F.rms_norm(x, (8,)).sum())(X)),
        (RMS_MODULE, lambda: nn.RMSNorm(8)),
        (RMS_MODULE, lambda: nn.modules.normalization.RMSNorm(8)(X)),
        (MHA, lambda: nn.MultiheadAttention(8, 2)),
        (MHA, lambda: Attention(8, 2)),
        (MHA_FORWARD, lambda: nn.MultiheadAttention(8, 2)(X, X, X)),
        (ENCODER, lambda: nn.TransformerEncoderLayer(8, 2, 8)),
        (DECODER, lambda: nn.TransformerDecoderLayer(8, 2, 8)),
    ],
)
def test_call_is_seen(name: str, call: Callable[[], Any]) -> None:
    assert name in [note.partition(",")[0] for note in seen(call)]


def test_alias_is_told() -> None:
    assert seen(lambda: torch.rms_norm(X, (8,))) == [f"{RMS}, as torch.rms_norm"]
    assert seen(lambda: F.rms_norm(X, (8,))) == [RMS]


def test_module_made_earlier_is_seen_when_called() -> None:
    module = nn.MultiheadAttention(8, 2)

    assert MHA in seen(lambda: module(X, X, X))


def test_flex_attention_is_seen_however_it_was_imported() -> None:
    """It is called with what it refuses at once: whether it could run here is beside the point."""

    def call() -> None:
        from torch.nn.attention import flex_attention as module
        from torch.nn.attention.flex_attention import flex_attention

        for function in (flex_attention, module.flex_attention):
            with pytest.raises(NotImplementedError, match="4D"):
                function(X, X, X)

    assert seen(call) == [FLEX]


def own_rms_norm(x: Tensor) -> Tensor:
    return x * x.square().mean(-1, keepdim=True).add(1e-6).rsqrt()


@torch.library.custom_op("tests_candidate::rms_norm", mutates_args=())
def rms_norm(x: Tensor) -> Tensor:
    return own_rms_norm(x)


@pytest.mark.parametrize(
    "innocent",
    [
        lambda: (F.scaled_dot_product_attention, nn.RMSNorm, hasattr(F, "rms_norm"), nn.MultiheadAttention.__name__),
        lambda: isinstance(nn.Linear(2, 2), nn.MultiheadAttention | nn.RMSNorm),
        lambda: own_rms_norm(X),
        lambda: rms_norm(X),
        lambda: torch.ops.tests_candidate.rms_norm(X),
        lambda: (Q @ Q.mT).softmax(-1) @ Q,
        lambda: F.layer_norm(X, (8,)),
        lambda: torch.nn.attention.sdpa_kernel,
    ],
)
def test_innocent_code_is_not_flagged(innocent: Callable[[], Any]) -> None:
    assert seen(innocent) == []


def test_only_what_is_forbidden_here_is_seen() -> None:
    assert seen(lambda: (F.rms_norm(X, (8,)), nn.RMSNorm(8)), [SDPA, MHA]) == []


def test_any_torch_function_may_be_forbidden() -> None:
    names = ["torch.nn.functional.cross_entropy", "torch.nn.LayerNorm", "torch.logsumexp"]

    assert seen(lambda: (X.logsumexp(-1), nn.LayerNorm(8)), names) == [
        "torch.logsumexp, as torch.Tensor.logsumexp",
        "torch.nn.LayerNorm",
    ]
    for wrong in ("torch.nn.NoSuchThing", "numpy.dot"):
        with pytest.raises(ValueError, match=wrong):
            ForbiddenRecorder([wrong])


def test_our_own_use_outside_is_not_seen() -> None:
    """Nothing stays in place between calls, and wrappers that were kept are silent."""
    recorder = ForbiddenRecorder(NAMES)
    before = [nn.MultiheadAttention.__init__, nn.RMSNorm.forward]
    with recorder, recorder:
        kept = nn.RMSNorm.forward
    F.rms_norm(X, (8,))
    kept(nn.RMSNorm(8), X)

    assert recorder.seen == []
    assert [nn.MultiheadAttention.__init__, nn.RMSNorm.forward] == before


def test_what_was_seen_adds_up_once_each() -> None:
    recorder = ForbiddenRecorder(NAMES)
    for _ in range(2):
        with recorder:
            F.rms_norm(X, (8,))
    with pytest.raises(KeyError), recorder:
        F.scaled_dot_product_attention(Q, Q, Q)
        raise KeyError

    assert recorder.seen == [RMS, SDPA]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_torchscript_shows_among_the_metered_operators() -> None:
    """The mode cannot see into TorchScript; the meter can."""
    script = torch.jit.CompilationUnit("def f(x):\n    return torch.rms_norm(x, [8])\n").f
    with metered() as meter:
        notes = seen(lambda: script(X))

    assert notes == []
    assert forbidden_operators(NAMES, meter.operators) == [f"{RMS}, as aten::rms_norm", f"{RMS}, as aten::_fused_rms_norm"]


def everything(x: Tensor) -> dict[str, Tensor]:
    """Autograd, in-place work, modes of torch, transforms: what a mode could disturb."""
    leaf = x.clone().requires_grad_()
    work = leaf * 2
    work[0] = 1
    work.mul_(3).add_(leaf)
    (gradient,) = torch.autograd.grad(work.exp().sum(), leaf)
    with torch.no_grad():
        frozen = leaf * 2
    with torch.inference_mode():
        inference = leaf + 1
    with torch.device("cpu"), torch.autocast("cpu", dtype=torch.bfloat16):
        half = x @ x.mT
    return {
        "gradient": gradient,
        "work": work,
        "frozen": frozen,
        "inference": inference.clone(),
        "half": half,
        "vmap": torch.vmap(lambda row: row.softmax(-1) * row)(x),
        "grad": torch.func.grad(lambda value: value.tanh().sum())(x),
        "jacobian": torch.func.jacrev(lambda value: value.sum(-1))(x),
        "drawn": torch.rand(3, generator=torch.Generator().manual_seed(1)),
    }


def test_being_watched_changes_nothing(recorder: ForbiddenRecorder) -> None:
    watched = everything(X)
    with torch._C.DisableTorchFunction():
        expected = everything(X)

    for name, value in expected.items():
        assert torch.equal(watched[name], value), name
        assert watched[name].requires_grad == value.requires_grad, name
    assert recorder.seen == []


def test_cheap() -> None:
    """A few microseconds to enter and leave, and about one for each call into torch."""
    recorder = ForbiddenRecorder(NAMES)

    def spent_us(work: Callable[[], Any], times: int = 2000) -> float:
        rounds = []
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(times):
                work()
            rounds.append((time.perf_counter() - start) / times * 1e6)
        return min(rounds)

    def enter() -> None:
        with recorder:
            pass

    plain = spent_us(lambda: X.shape)
    with recorder:
        watched = spent_us(lambda: X.shape)

    assert spent_us(enter) < 50
    assert watched - plain < 10


def test_warnings_stay_as_they_are() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seen(lambda: everything(X))
