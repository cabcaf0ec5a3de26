"""The meter counts exactly: FLOPs from shapes, bytes of every allocation, operators by name."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from grader.candidate.meter import Meter, metered

N, K, M, B = 3, 4, 5, 2
PRODUCT = 2 * N * K * M


def measure(function: Callable[[], Any]) -> Meter:
    with metered() as meter:
        kept = function()
    del kept
    return meter


LEFT, RIGHT, VECTOR = torch.ones(N, K), torch.ones(K, M), torch.ones(K)
LEFTS, RIGHTS = torch.ones(B, N, K), torch.ones(B, K, M)


@pytest.mark.parametrize(
    ("flops", "product"),
    [
        (PRODUCT, lambda: LEFT @ RIGHT),
        (PRODUCT, lambda: torch.mm(LEFT.double(), RIGHT.double())),
        (PRODUCT, lambda: LEFT.bfloat16() @ RIGHT.bfloat16()),
        (PRODUCT, lambda: F.linear(LEFT, RIGHT.T)),
        (PRODUCT, lambda: F.linear(LEFT, RIGHT.T, torch.ones(M))),
        (PRODUCT, lambda: torch.addmm(torch.ones(M), LEFT, RIGHT)),
        (PRODUCT, lambda: torch.einsum("nk,km->nm", LEFT, RIGHT)),
        (PRODUCT, lambda: torch.ones(N, M).addmm_(LEFT, RIGHT)),
        (PRODUCT, lambda: (LEFT[:, None] * RIGHT.T).sum(-1)),
        (B * PRODUCT, lambda: LEFTS @ RIGHTS),
        (B * PRODUCT, lambda: LEFTS @ RIGHT),
        (B * PRODUCT, lambda: torch.baddbmm(torch.ones(B, N, M), LEFTS, RIGHTS)),
        (B * PRODUCT, lambda: torch.tensordot(LEFTS, RIGHT, 1)),
        (2 * N * K, lambda: LEFT @ VECTOR),
        (2 * K * M, lambda: VECTOR @ RIGHT),
        (2 * K, lambda: VECTOR @ VECTOR),
        (2 * K * K, lambda: torch.outer(VECTOR, VECTOR)),
        (2 * B * N * N * (K + K), lambda: F.scaled_dot_product_attention(LEFTS[:, None], LEFTS[:, None], LEFTS[:, None])),
        (0, lambda: (LEFT * 2 + LEFT * VECTOR).exp().sum()),
    ],
)
def test_flops_of_a_product(flops: int, product: Callable[[], Tensor]) -> None:
    """2 n k m, however the product is written; elementwise work is none."""
    assert measure(product).flops == flops


def test_flops_of_the_backward_pass() -> None:
    """One product forward, two backward."""
    left, right = LEFT.clone().requires_grad_(), RIGHT.clone().requires_grad_()

    assert measure(lambda: (left @ right).sum().backward()).flops == 3 * PRODUCT


def test_bytes() -> None:
    """1000 die before 600 and 700 are made: a peak of 1300, the largest 1000, 2300 in all, 700 returned."""

    def work() -> Tensor:
        first = torch.empty(1000, dtype=torch.uint8)
        del first
        second, third = torch.empty(600, dtype=torch.uint8), torch.empty(175, dtype=torch.float32)
        del second
        return third

    meter = measure(work)

    assert (meter.peak_bytes, meter.largest_bytes, meter.total_bytes) == (1300, 1000, 2300)
    assert meter.largest_elements(4) == 250


def test_views_and_in_place_work_allocate_nothing() -> None:
    values = torch.ones(8, 8)
    meter = measure(lambda: values.view(-1)[3:].unsqueeze(0).expand(4, -1).transpose(0, 1)[:, 0].add_(values[0, 0]))

    assert meter.total_bytes == 0


def test_hidden_copy_of_a_broadcast_matmul_shows() -> None:
    """`q @ k[:, :, None]` copies k once per query head of its group; folding the group into the rows does not."""
    batch, groups, repeat, length, width = 1, 2, 4, 64, 8
    q, k = torch.ones(batch, groups, repeat, 1, width), torch.ones(batch, groups, 1, length, width)
    broadcast = measure(lambda: q @ k.transpose(-1, -2))
    folded = measure(lambda: q.flatten(2, 3) @ k[:, :, 0].transpose(-1, -2))

    assert broadcast.largest_elements(4) == batch * groups * repeat * length * width
    assert folded.largest_elements(4) == batch * groups * repeat * length


def test_work_of_all_experts_against_chosen_ones() -> None:
    """The FLOPs tell a layer that runs every expert on every token (E = 8) from one that runs k = 2."""
    x, weights = torch.ones(16, 4), torch.ones(8, 4, 4)
    chosen = torch.arange(32).view(16, 2) % 8

    def routed() -> Tensor:
        out = torch.zeros_like(x)
        for expert in range(8):
            token, _ = (chosen == expert).nonzero(as_tuple=True)
            out.index_add_(0, token, x[token] @ weights[expert])
        return out

    assert measure(lambda: torch.einsum("nd,edf->nef", x, weights)).flops == 4 * measure(routed).flops


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_operators_have_names_whatever_the_alias() -> None:
    """Composite operators, torch.ops overloads and TorchScript included, with how often they ran."""
    script = torch.jit.CompilationUnit("def f(x):\n    return torch.rms_norm(x, [4])\n").f
    script(LEFT)  # compile it first

    assert measure(lambda: [LEFT @ RIGHT for _ in range(3)]).operators["aten::mm"] == 3
    for call in (
        lambda: F.rms_norm(LEFT, (K,)),
        lambda: torch.ops.aten.rms_norm.default(LEFT, [K]),
        lambda: script(LEFT),
    ):
        assert measure(call).operators["aten::rms_norm"] == 1
    assert "aten::scaled_dot_product_attention" in measure(lambda: F.scaled_dot_product_attention(*[LEFTS] * 3)).operators


def test_the_same_work_counts_the_same() -> None:
    def work() -> None:
        q = torch.ones(2, 4, 8, 16, requires_grad=True)
        ((q @ q.mT).softmax(-1) @ q).sum().backward()

    first, second = measure(work), measure(work)

    assert first == second


def test_goes_over_the_wire() -> None:
    result = measure(lambda: LEFT @ RIGHT).result()

    assert (result.flops, result.largest_bytes) == (PRODUCT, N * M * 4)
    assert result.operators == ["aten::matmul", "aten::mm", "aten::resolve_conj"]


def test_error_inside_ends_the_count() -> None:
    with pytest.raises(RuntimeError, match="size"), metered():
        torch.ones(2) + torch.ones(3)

    assert measure(lambda: LEFT @ RIGHT).flops == PRODUCT


def test_cheap() -> None:
    """Starting and stopping takes less than a millisecond once warm."""
    measure(lambda: None)
    took_s = []
    for _ in range(20):
        start = time.perf_counter()
        measure(lambda: None)
        took_s.append(time.perf_counter() - start)

    assert min(took_s) < 0.001


def test_forked_child_is_quiet_and_starts_no_thread() -> None:
    """Nothing is written to stderr, not even when an older block is freed; the submission's own words get through."""
    program = textwrap.dedent("""
        import os, sys, torch
        torch.set_num_threads(1)
        from grader.candidate.meter import metered
        (torch.ones(3, requires_grad=True) ** 2).sum().backward()
        pid = os.fork()
        if pid == 0:
            older = torch.ones(100)
            with metered() as meter:
                del older
                (torch.ones(3, 3, requires_grad=True) @ torch.ones(3, 3)).sum().backward()
                print("mine", file=sys.stderr, flush=True)
            assert meter.flops == 108, meter  # no product for the side that needs no gradient
            assert len(os.listdir("/proc/self/task")) == 1, "a thread was started"
            assert "sympy" not in sys.modules
            os._exit(0)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ended = subprocess.run([sys.executable, "-c", program], env=environment, timeout=60, capture_output=True, text=True)

    assert (ended.returncode, ended.stderr) == (0, "mine\n")
