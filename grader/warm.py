"""What the engine imports and touches once, so that no fork pays for it."""

from __future__ import annotations

import importlib

import torch

MODULES = (
    "grader.suite", "torch.nn.attention.flex_attention", "encodings.unicode_escape",
    "_pytest._argcomplete", "_pytest.helpconfig", "_pytest.skipping",
)  # fmt: skip
"""Imported late by whoever uses them."""


def touch() -> None:
    """Load the lazy parts: late imports, first forward and backward passes in each dtype, first generator."""
    for name in MODULES:
        importlib.import_module(name)
    for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16):
        x = torch.linspace(0, 1, 12, dtype=dtype).reshape(3, 4).requires_grad_()
        y = (x @ x.T).masked_fill(torch.ones(3, 3, dtype=torch.bool).triu(1), float("-inf")).softmax(-1) @ x
        torch.autograd.grad(torch.nn.functional.silu(y).logsumexp(-1).sum(), x)
    torch.randn(2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    torch.nn.functional.linear(torch.zeros(1, 2), torch.zeros(3, 2))
