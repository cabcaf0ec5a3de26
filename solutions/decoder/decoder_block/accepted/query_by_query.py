# drill: decoder_block
"""No mask at all: each query in turn attends to the keys up to its own position, so the future is never touched."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    mean_square = (wide * wide).sum(dim=-1, keepdim=True) / x.size(-1)
    return (wide / (mean_square + eps).sqrt()).type_as(x) * weight


class Weight(nn.Module):
    """Holds one parameter under the name that the state dict asks for."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(values)


class DecoderBlock(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_ff: int, eps: float = 1e-6) -> None:
        super().__init__()
        if d_model % n_heads != 0:
            raise ValueError("d_model must be a multiple of n_heads")
        self.heads, self.width, self.eps = n_heads, d_model // n_heads, eps
        self.attn_norm = Weight(torch.ones(d_model))
        self.ffn_norm = Weight(torch.ones(d_model))
        sizes = dict.fromkeys(("q_proj", "k_proj", "v_proj", "o_proj"), (d_model, d_model))
        sizes |= {"gate_proj": (d_ff, d_model), "up_proj": (d_ff, d_model), "down_proj": (d_model, d_ff)}
        for name, (rows, columns) in sizes.items():
            setattr(self, name, Weight(torch.randn(rows, columns) / columns**0.5))

    def forward(self, x: Tensor) -> Tensor:
        batch, length, _ = x.shape
        y = rms_norm(x, self.attn_norm.weight, self.eps)
        parts = [F.linear(y, proj.weight) for proj in (self.q_proj, self.k_proj, self.v_proj)]
        q, k, v = (part.reshape(batch, length, self.heads, self.width) for part in parts)

        rows = []
        for s in range(length):
            scores = torch.einsum("bhd,bthd->bht", q[:, s] / self.width**0.5, k[:, : s + 1])
            weights = torch.softmax(scores, dim=-1)
            rows.append(torch.einsum("bht,bthd->bhd", weights, v[:, : s + 1]).reshape(batch, -1))
        h = x + F.linear(torch.stack(rows, dim=1), self.o_proj.weight)

        y = rms_norm(h, self.ffn_norm.weight, self.eps)
        hidden = F.silu(F.linear(y, self.gate_proj.weight)) * F.linear(y, self.up_proj.weight)
        return h + F.linear(hidden, self.down_proj.weight)
