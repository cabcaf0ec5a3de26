# drill: rms_norm
"""A custom autograd function with the gradient derived by hand, as a fused kernel would have it."""

import torch
from torch import Tensor


class RMSNormFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        work = torch.promote_types(x.dtype, torch.float32)
        wide = x.to(work)
        inverse = torch.rsqrt((wide * wide).mean(-1, keepdim=True) + eps)  # [..., 1]
        ctx.save_for_backward(x, weight, inverse)
        return (wide * inverse * weight.to(work)).to(x.dtype)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        x, weight, inverse = ctx.saved_tensors
        grad, normed = grad.to(inverse.dtype), x.to(inverse.dtype) * inverse
        grad_normed = grad * weight.to(inverse.dtype)
        grad_x = inverse * (grad_normed - normed * (grad_normed * normed).mean(-1, keepdim=True))
        grad_weight = (grad * normed).reshape(-1, x.shape[-1]).sum(0)
        return grad_x.to(x.dtype), grad_weight.to(weight.dtype), None


def rms_norm(x: Tensor, weight: Tensor, eps: float = 1e-6) -> Tensor:
    return RMSNormFunction.apply(x, weight, eps)
