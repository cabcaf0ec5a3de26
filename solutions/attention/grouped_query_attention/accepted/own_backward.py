# drill: grouped_query_attention
"""An autograd function with the backward pass written by hand, working on [B * G, H/G * S, Dh] with bmm."""

import torch
from torch import Tensor


class GroupedAttention(torch.autograd.Function):
    """Attention of [N, M, Dh] queries over [N, T, Dh] keys under a mask [M, T] of what is hidden."""

    @staticmethod
    def forward(ctx, q, k, v, hidden):
        scale = q.shape[-1] ** -0.5
        scores = torch.bmm(q * scale, k.transpose(1, 2)).masked_fill(hidden, float("-inf"))
        weights = torch.softmax(scores, dim=-1)
        ctx.save_for_backward(q, k, v, weights)
        ctx.scale = scale
        return torch.bmm(weights, v)

    @staticmethod
    def backward(ctx, grad):
        q, k, v, weights = ctx.saved_tensors
        grad_v = torch.bmm(weights.transpose(1, 2), grad)
        grad_weights = torch.bmm(grad, v.transpose(1, 2))
        # Softmax: each row loses its weighted mean. Hidden keys have the weight 0 and so the gradient 0.
        grad_scores = weights * (grad_weights - (grad_weights * weights).sum(-1, keepdim=True))
        grad_q = torch.bmm(grad_scores, k) * ctx.scale
        grad_k = torch.bmm(grad_scores.transpose(1, 2), q) * ctx.scale
        return grad_q, grad_k, grad_v, None


def grouped_query_attention(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    batch, heads, n_queries, width = q.shape
    kv_heads, n_keys = k.shape[1], k.shape[2]
    if heads % kv_heads:
        raise ValueError("G does not divide H")
    if n_queries > n_keys:
        raise ValueError("S > T")
    group = heads // kv_heads
    seen = torch.ones(n_queries, n_keys, dtype=torch.bool, device=q.device).tril(n_keys - n_queries)
    out = GroupedAttention.apply(
        q.reshape(batch * kv_heads, group * n_queries, width),
        k.flatten(0, 1),
        v.flatten(0, 1),
        ~seen.repeat(group, 1),
    )
    return out.reshape(q.shape)
