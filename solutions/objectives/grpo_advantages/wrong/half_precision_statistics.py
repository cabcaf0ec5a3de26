# drill: grpo_advantages
# /// wrong
# fails = "gpu"
# message = "Mean and deviation are computed in half precision; in bfloat16 a mean near 100 is off by a quarter."
# source = "https://github.com/OpenRLHF/OpenRLHF/issues/634"
# ///
"""Shows for bfloat16 rewards near 100 that differ by 1 (float16: near 300), far beyond rounding."""


def grpo_advantages(rewards, group_size, eps=1e-4, scale=True):
    if group_size < 1:
        raise ValueError("group_size must be at least 1")
    if rewards.shape[0] % group_size:
        raise ValueError("group_size must divide the number of rewards")
    dtype = rewards.dtype
    groups = rewards.detach().to(dtype).reshape(-1, group_size)
    advantages = groups - groups.mean(dim=1, keepdim=True)
    if scale:
        variance = advantages.square().sum(dim=1, keepdim=True) / max(group_size - 1, 1)
        std = variance.sqrt()
        advantages = advantages / (std + eps)
    return advantages.reshape(-1).to(rewards.dtype)
