# drill: flat_parameter_shards
# /// wrong
# fails = "numerics"
# message = "Shards are cut by floor division, and the elements that are left over belong to no rank."
# ///
"""Shows where world does not divide the sum."""
from itertools import accumulate
def flat_shards(numels, world):
    if world < 1: raise ValueError("world")
    if min(numels, default=0) < 0: raise ValueError("numel")
    ends = list(accumulate(numels)); starts = [0] + ends[:-1]
    s = sum(numels) // world
    def rank(r):
        lo, hi = r * s, r * s + s
        return [(i, max(a, lo) - a, min(b, hi) - a) for i, (a, b) in enumerate(zip(starts, ends)) if max(a, lo) < min(b, hi)]
    return [rank(r) for r in range(world)]
