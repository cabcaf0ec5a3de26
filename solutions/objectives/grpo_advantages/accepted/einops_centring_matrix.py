# drill: grpo_advantages
"""Differs in kind: einops splits the prompts, and the centring is a product with the matrix I - 1/G."""

import torch
from einops import rearrange


class GroupNormaliser:
    def __init__(self, group_size, eps, scale):
        if group_size < 1:
            raise ValueError("a group has at least one member")
        self.group_size, self.eps, self.scale = group_size, eps, scale

    def __call__(self, rewards):
        if rewards.shape[0] % self.group_size:
            raise ValueError("groups are not complete")
        x = rearrange(rewards, "(p g) -> p g", g=self.group_size)
        x = x - x[:, :1]
        eye = torch.eye(self.group_size, dtype=x.dtype, device=x.device)
        x = x @ (eye - 1 / self.group_size)
        if self.scale:
            spread = torch.linalg.vector_norm(x, dim=1, keepdim=True) / max(self.group_size - 1, 1) ** 0.5
            x = x / (spread + self.eps)
        return rearrange(x, "p g -> (p g)")


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    wide = torch.promote_types(rewards.dtype, torch.float32)
    return GroupNormaliser(group_size, eps, scale)(rewards.detach().to(wide)).to(rewards.dtype)
