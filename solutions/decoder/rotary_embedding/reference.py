# drill: rotary_embedding
"""Lane i and lane i + Dh/2 are the two coordinates of a point that turns by position times frequency.

Low lanes turn fast, high lanes slowly, and a dot product of two turned vectors depends on the distance of their
positions alone. The angle is the delicate number: it is formed in float32 at least, as bfloat16 has no position 257.
"""

import torch
from torch import Tensor

LEDGER = {
    "frequencies": "[P]",
    "angles": "[B, 1, S, P]",
    "table_bytes": "4 * 2 * S * P",
    "multiplications": "4*B*H*S*P",
}


def apply_rope(x: Tensor, positions: Tensor, base: float = 10000.0) -> Tensor:
    """x [B, H, S, Dh], positions int64 [S] or [B, S] -> [B, H, S, Dh]. ValueError when Dh is odd."""
    Dh = x.shape[-1]
    if Dh % 2 != 0:
        raise ValueError(f"lanes are rotated in pairs, but Dh={Dh} is odd")

    work = torch.promote_types(x.dtype, torch.float32)  # half goes up to float32, float64 stays
    two_i = torch.arange(0, Dh, 2, dtype=work, device=x.device)  # [Dh/2]
    frequency = base ** (-two_i / Dh)  # [Dh/2]
    angle = positions.to(work)[..., None] * frequency  # [S, Dh/2] or [B, S, Dh/2]
    if positions.dim() == 2:
        angle = angle[:, None]  # [B, 1, S, Dh/2], the heads share it
    cos, sin = angle.cos(), angle.sin()

    first, second = x.to(work).chunk(2, dim=-1)  # [B, H, S, Dh/2] each
    rotated = torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)  # [B, H, S, Dh]
    return rotated.to(x.dtype)
