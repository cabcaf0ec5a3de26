"""Right ways to write the drills run on the simulated GPU as on the CPU; the classic misplacements are caught."""

import math
from collections.abc import Callable
from typing import Any

import einops
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from grader.candidate.simulated_gpu import DeviceRefusal, simulated_gpu

B, H, G, S, T, DH, V = 2, 4, 2, 3, 5, 6, 11


def draw(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=generator)


def labels() -> Tensor:
    return torch.randint(0, V, (B, S), generator=torch.Generator().manual_seed(1))


def attend(q: Tensor, k: Tensor, v: Tensor, allowed: Tensor) -> Tensor:
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    return scores.masked_fill(~allowed, -torch.inf).softmax(-1) @ v


def tril_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    allowed = torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=q.device).tril(k.shape[2] - q.shape[2])
    return attend(q, k, v, allowed)


def arange_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    rows = torch.arange(q.shape[2], device=q.device)[:, None] + k.shape[2] - q.shape[2]
    return attend(q, k, v, torch.arange(k.shape[2], device=q.device) <= rows)


def moved_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return attend(q, k, v, torch.tril(torch.ones(S, T), T - S).to(q).bool())


def default_device_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    with torch.device(q.device):
        return attend(q, k, v, torch.ones(S, T).tril(T - S).bool())


def additive_mask(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    bias = torch.full((S, T), float("-inf"), device=str(q.device)).triu(T - S + 1)
    return torch.softmax(torch.einsum("bhsd,bhtd->bhst", q, k) / DH**0.5 + bias, -1) @ v


def attention_by_rows(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    rows = [
        torch.softmax(q[:, :, i : i + 1] @ k[:, :, : T - S + i + 1].mT / DH**0.5, -1) @ v[:, :, : T - S + i + 1]
        for i in range(S)
    ]
    return torch.cat(rows, 2)


def attention_in_half(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    q, k, v = (tensor.bfloat16() for tensor in (q, k, v))
    with torch.autocast(device_type=q.device.type, enabled=False):
        return tril_mask(q.float(), k.float(), v.float()).bfloat16()


def grouped_query_cache(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    keys, values = (torch.zeros(B, G, T + 2, DH, dtype=k.dtype, device=k.device) for _ in range(2))
    keys[:, :, : T - 1] = k[:, :G, : T - 1].detach()
    values.narrow(2, 0, T - 1).copy_(v[:, :G, : T - 1].detach())
    keys[:, :, T - 1 : T].copy_(k[:, :G, T - 1 :].detach())
    values.index_copy_(2, torch.tensor([T - 1], device=v.device), v[:, :G, T - 1 :].detach())
    queries = einops.rearrange(q, "b (g r) s d -> b g (r s) d", g=G)
    out = tril_mask(queries[:, :, :S], keys[:, :, :T], values[:, :, :T])
    return torch.cat([out, keys.sum(2, keepdim=True), values.sum(2, keepdim=True)], 2)


class Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        ctx.device = x.device
        return x * torch.sigmoid(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        one = torch.ones(x.shape, device=ctx.device)
        return gradient * torch.sigmoid(x) * (one + x * (torch.ones_like(x) - torch.sigmoid(x)))


def rope(x: Tensor) -> Tensor:
    angles = torch.arange(x.shape[2], device=x.device)[:, None] * 1e4 ** (
        -torch.arange(0, x.shape[-1], 2, device=x.device, dtype=torch.float32) / x.shape[-1]
    )
    first, second = x.chunk(2, -1)
    return torch.cat([first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()], -1)


def dpo(chosen: Tensor, rejected: Tensor) -> tuple[Tensor, Tensor]:
    margin = chosen - rejected
    return -F.logsigmoid(0.1 * margin).mean(), (0.1 * margin).detach()


def ppo(logps: Tensor, advantages: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    mask = torch.tensor([[True] * (S - 1) + [False]] * B, device=logps.device)
    ratio = torch.where(mask, logps - logps.detach() + 0.3, 0.0).exp()
    surrogate = torch.minimum(ratio * advantages, ratio.clamp(0.8, 1.2) * advantages)
    count = mask.sum().clamp(min=1)
    loss = -(surrogate.masked_fill(~mask, 0).sum() / count)
    return loss, {"clip": (ratio > torch.tensor(1.2)).float()[mask].mean()}


def sft(logits: Tensor, targets: Tensor) -> Tensor:
    counted = targets != 3
    logps = logits.log_softmax(-1).gather(-1, targets.masked_fill(~counted, 0)[..., None])[..., 0]
    return -(logps * counted).sum() / max(int(counted.sum()), 1) + F.cross_entropy(logits.flatten(0, 1), targets.view(-1))


def top_p(logits: Tensor) -> Tensor:
    values, order = logits.sort(-1, descending=True)
    probabilities = values.softmax(-1)
    drop = probabilities.cumsum(-1) - probabilities >= 0.7
    return logits.masked_fill(torch.zeros_like(drop).scatter(-1, order, drop), -torch.inf)


def sample(logits: Tensor) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(5)
    drawn = torch.multinomial(logits.flatten(0, 1).softmax(-1), 1, generator=generator)[:, 0]
    noise = torch.rand(logits.shape, generator=generator, device=logits.device)
    return drawn, (logits - (-noise.log()).log()).argmax(-1)


def greedy(logits: Tensor) -> Tensor:
    tokens = torch.zeros(B, 1, dtype=torch.long, device=logits.device)
    finished = torch.zeros(B, dtype=torch.bool, device=logits.device)
    for step in range(S):
        chosen = logits[:, step].argmax(-1).masked_fill(finished, 7)
        tokens = torch.cat([tokens, chosen[:, None]], 1)
        finished |= chosen == 2
        if finished.all():
            break
    return tokens


def experts(x: Tensor) -> Tensor:
    flat = x.reshape(-1, DH)
    weights = torch.randn(3, DH, DH).to(flat.device)
    gates, chosen = (flat @ torch.randn(DH, 3).to(flat.device)).topk(2)
    out = torch.zeros_like(flat)
    for expert in range(3):
        token, slot = (chosen == expert).nonzero(as_tuple=True)
        out.index_add_(0, token, (flat[token] @ weights[expert]) * gates.softmax(-1)[token, slot, None])
    return out


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm, self.projection, self.embedding = nn.LayerNorm(DH), nn.Linear(DH, DH), nn.Embedding(9, DH)
        self.scale = nn.Parameter(torch.ones(DH))
        self.register_buffer("mask", torch.ones(S, S).tril())

    def forward(self, x: Tensor) -> Tensor:
        positions = self.embedding(torch.arange(x.shape[2], device=x.device))
        return x + self.mask @ self.projection(self.norm(x) * self.scale) + positions


def block(x: Tensor) -> Tensor:
    return Block().to(x.device)(x)


def lora(x: Tensor) -> tuple[Tensor, Tensor]:
    base = nn.Linear(DH, DH, device="cpu").to(x.device).requires_grad_(False)
    a = nn.Parameter(torch.randn(2, DH).to(base.weight))
    b = nn.Parameter(torch.zeros(DH, 2, device=base.weight.device, dtype=base.weight.dtype))
    unmerged = (base(x) + F.linear(F.linear(x, a), b)).detach()
    base.weight.data += (b @ a).data
    base.weight.data = base.weight.data - 0.5
    with torch.no_grad():
        base.weight.add_(torch.ones_like(base.weight))
    return unmerged, base(x)


HONEST: dict[str, tuple[Callable[..., Any], tuple[Tensor, ...]]] = {
    **{
        style.__name__: (style, (draw(B, H, S, DH), draw(B, H, T, DH), draw(B, H, T, DH)))
        for style in (
            tril_mask, arange_mask, moved_mask, default_device_mask, additive_mask, attention_by_rows, attention_in_half,
            grouped_query_cache,
        )
    },
    **{style.__name__: (style, (draw(B, H, S, DH),)) for style in (rope, experts, block, lora, Function.apply)},
    **{style.__name__: (style, (draw(B, S), draw(S, B).T)) for style in (dpo, ppo)},
    **{style.__name__: (style, (draw(B, S, V),)) for style in (top_p, sample, greedy)},
    "sft": (sft, (draw(B, S, V), labels())),
    "function without a mask": (torch.nn.functional.scaled_dot_product_attention, (draw(1, 1, S, DH),) * 3),
    "vmap": (torch.vmap(lambda row: row * torch.arange(V).to(row.device)), (draw(B, S, V),)),
    "func.grad": (lambda x: torch.func.grad(lambda y: (y**2).sum())(x.detach()), (draw(B, S),)),
    "number without a device": (lambda x: x * torch.tensor(2.0) + torch.where(x > 0, torch.tensor(0.0), x), (draw(B, S),)),
    "detour over numpy and back": (lambda x: torch.from_numpy(np.tanh(x.detach().cpu().numpy())).to(x), (draw(B, S),)),
    "indices on the CPU": (lambda x: x[torch.tensor([1, 0])] + x[[0, 1]] + x[:, [0, 2, 1]], (draw(B, S),)),
}  # fmt: skip


@pytest.mark.parametrize("style", HONEST)
def test_honest_style_runs_as_on_the_cpu(style: str, run_on_both: Callable[..., list[str]]) -> None:
    """Values and gradients are equal to the last bit, and every result lies on the GPU."""
    function, inputs = HONEST[style]
    run_on_both(function, *inputs)


class KeepsPlainTensor(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mask = torch.ones(S, S).tril()  # not a buffer: .to(device) passes it by

    def forward(self, x: Tensor) -> Tensor:
        return self.mask @ x


def sum_in_place_on_the_cpu(x: Tensor) -> Tensor:
    total = torch.tensor(0.0)
    for row in x.unbind(0):
        total += row.sum()
    return total


def fill_cpu_buffer(x: Tensor) -> Tensor:
    buffer = torch.zeros(x.shape)
    buffer[:, 1:] = x[:, 1:]  # CUDA copies between devices without a word
    return buffer


MISPLACED: dict[str, Callable[[Tensor], Any]] = {
    "arange": lambda x: x.masked_fill(torch.arange(S)[:, None] < torch.arange(S), 0),
    "zeros": lambda x: torch.cat([torch.zeros(B, H, 1, S), x], 2),
    "tril of ones": lambda x: x * torch.ones(S, S).tril(),
    "tensor of a list": lambda x: x + torch.tensor([1.0, 2.0, 3.0]),
    "rand without a device": lambda x: x - torch.rand(x.shape),
    "legacy constructor": lambda x: x + torch.Tensor([1.0, 2.0, 3.0]),
    "from numpy": lambda x: x * torch.from_numpy(np.tril(np.ones((S, S), dtype=np.float32))),
    "gather by a CPU index": lambda x: x.gather(-1, torch.zeros(B, H, S, 1, dtype=torch.long)),
    "table on the CPU": lambda x: torch.randn(7, 2)[(x > 0).long()],
    "assigned CPU values": lambda x: x.clone().index_put_((torch.tensor([0]),), torch.ones(1, H, S, S)),
    "module left on the CPU": lambda x: nn.Linear(S, S)(x),
    "plain tensor in a module": lambda x: KeepsPlainTensor().to(x.device)(x),
    "buffer on the CPU": fill_cpu_buffer,
    "total on the CPU": sum_in_place_on_the_cpu,
    "result moved to the CPU": lambda x: (x * 2).cpu(),
    "result moved by name": lambda x: x.to("cpu", torch.float64),
    "result made on the CPU": lambda x: torch.tensor([row.sum().item() for row in x]),
    "device named cpu": lambda x: x + torch.ones(S, device="cpu"),
    "cuda() by hand": lambda x: x + torch.ones(S).cuda(),
    "cuda by name": lambda x: x + torch.ones(S, device="cuda"),
    "to cuda": lambda x: x.to("cuda"),
    "module.cuda()": lambda x: nn.Linear(S, S).cuda()(x),
    "numpy()": lambda x: torch.from_numpy(np.tanh(x.detach().numpy())),
    "numpy function": lambda x: torch.as_tensor(np.exp(x.detach())),
}


@pytest.mark.parametrize("style", MISPLACED)
def test_misplacement_is_caught(style: str) -> None:
    """It is refused as on a real GPU, or the result shows that it lies on the CPU."""
    with simulated_gpu() as gpu:
        x = gpu.put(draw(B, H, S, S))
        try:
            place = str(MISPLACED[style](x).device)
        except DeviceRefusal:
            return

    assert place == "cpu"
