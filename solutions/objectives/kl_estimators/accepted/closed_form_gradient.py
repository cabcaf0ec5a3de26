# drill: kl_estimators
"""Differs in kind: k3 as an autograd function whose derivative, 1 - exp(-d), is written out."""

import torch


class K3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, d):
        grown = torch.expm1(-d)
        ctx.save_for_backward(grown)
        return torch.relu(grown + d)

    @staticmethod
    def backward(ctx, grad):
        return -grad * ctx.saved_tensors[0]


def kl_estimators(logps, ref_logps):
    dtype = torch.promote_types(logps.dtype, torch.float32)
    d = (logps.to(dtype) - ref_logps.detach().to(dtype)).contiguous()
    return {"k1": d, "k2": torch.pow(d, 2).mul(0.5), "k3": K3.apply(d)}
