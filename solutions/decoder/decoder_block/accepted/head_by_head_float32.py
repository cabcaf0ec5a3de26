# drill: decoder_block
"""Loops over heads by slicing lanes, writes the softmax out, and computes half inputs in float32 throughout."""

import torch
from torch import Tensor, nn


class Scale(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))


class DecoderBlock(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float = 1e-6) -> None:
        super().__init__()
        if d_model % n_heads > 0:
            raise ValueError("n_heads must divide d_model")
        self.n_heads, self.eps = n_heads, eps
        self.attn_norm = Scale(d_model)
        self.q_proj = nn.Linear(d_model, d_model, bias=False)
        self.k_proj = nn.Linear(d_model, d_model, bias=False)
        self.v_proj = nn.Linear(d_model, d_model, bias=False)
        self.o_proj = nn.Linear(d_model, d_model, bias=False)
        self.ffn_norm = Scale(d_model)
        self.gate_proj = nn.Linear(d_model, d_ff, bias=False)
        self.up_proj = nn.Linear(d_model, d_ff, bias=False)
        self.down_proj = nn.Linear(d_ff, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        work = torch.float64 if x.dtype == torch.float64 else torch.float32
        weight = {name: value.to(work) for name, value in self.named_parameters()}

        def norm(stream: Tensor, name: str) -> Tensor:
            return stream / torch.sqrt(torch.mean(stream**2, -1, keepdim=True) + self.eps) * weight[name]

        stream = x.to(work)
        y = norm(stream, "attn_norm.weight")
        q = y @ weight["q_proj.weight"].T  # [B, S, D]
        k = y @ weight["k_proj.weight"].T
        v = y @ weight["v_proj.weight"].T
        width = x.shape[-1] // self.n_heads
        past = torch.tril(torch.ones(x.shape[1], x.shape[1], device=x.device, dtype=torch.bool))
        outputs = []
        for head in range(self.n_heads):
            lanes = slice(head * width, (head + 1) * width)
            scores = q[..., lanes] @ k[..., lanes].transpose(1, 2) / width**0.5  # [B, S, S]
            scores = scores.masked_fill(past.logical_not(), float("-inf"))
            powers = torch.exp(scores - scores.amax(-1, keepdim=True).detach())
            outputs.append(powers / powers.sum(-1, keepdim=True) @ v[..., lanes])
        stream = stream + torch.cat(outputs, dim=-1) @ weight["o_proj.weight"].T

        y = norm(stream, "ffn_norm.weight")
        gate, up = y @ weight["gate_proj.weight"].T, y @ weight["up_proj.weight"].T
        stream = stream + (gate * gate.sigmoid() * up) @ weight["down_proj.weight"].T
        return stream.to(x.dtype)
