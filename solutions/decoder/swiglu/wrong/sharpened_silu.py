# drill: swiglu
# /// wrong
# fails = "numerics"
# message = "The sigmoid gets 1.702 times the gate, which approximates gelu and is not silu."
# source = "https://github.com/openai/gpt-oss/blob/main/gpt_oss/torch/model.py"
# ///
"""Shows when gates are of size 1."""

import torch
from torch import Tensor
from torch.nn import functional as F


def swiglu(x: Tensor, w_gate: Tensor, w_up: Tensor, w_down: Tensor) -> Tensor:
    gate = x @ w_gate.T
    up = x @ w_up.T
    return (gate * torch.sigmoid(1.702 * gate) * up) @ w_down.T
