# drill: swiglu
"""Written as a small module of functional calls; half inputs are computed in float32 and cast back once."""

import torch
from torch import Tensor, nn


class FeedForward(nn.Module):
    def forward(self, rows: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
        gate, up = rows.matmul(w_gate.t()), rows.matmul(w_up.t())
        return torch.mul(nn.SiLU()(gate), up).matmul(w_down.t())


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    work = torch.float64 if x.dtype == torch.float64 else torch.float32
    rows = x.reshape(-1, x.shape[-1])
    result = FeedForward()(*(tensor.to(work) for tensor in (rows, w_gate, w_up, w_down)))
    return result.to(x.dtype).reshape(x.shape)
