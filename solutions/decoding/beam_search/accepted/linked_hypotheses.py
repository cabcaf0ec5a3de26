# drill: beam_search
"""Hypotheses are linked objects that know their parent; each beam first offers its own best, then the offers meet."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass
class _Node:
    token: int
    total: float
    parent: _Node | None = None

    def path(self) -> list[int]:
        return [] if self.parent is None else [*self.parent.path(), self.token]

    def score(self, length_penalty: float) -> float:
        return self.total / float(len(self.path())) ** length_penalty


def _offers(node: _Node, row: Tensor, width: int) -> list[_Node]:
    """The best `width` extensions of one beam; no more of them can be among the best of all."""
    best = row.topk(min(width, row.numel()))
    pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
    return [_Node(token, node.total + value, node) for token, value in pairs]


def beam_search(next_log_probs: Callable[[Tensor], Tensor], prompt: Tensor, beam_width: int, max_new_tokens: int,
                eos_id: int, length_penalty: float = 0.0) -> list[tuple[list[int], float]]:
    if beam_width < 1 or max_new_tokens < 1:
        raise ValueError("beam_width and max_new_tokens must be at least 1")
    live, finished = [_Node(-1, 0.0)], []
    for _ in range(max_new_tokens):
        rows = [prompt.new_tensor(node.path()) for node in live]
        log_probs = next_log_probs(torch.stack([torch.cat([prompt, row]) for row in rows]))
        offers = [offer for node, row in zip(live, log_probs, strict=True) for offer in _offers(node, row, beam_width)]
        offers = [offer for offer in offers if offer.total > float("-inf")]
        chosen = sorted(offers, key=lambda node: node.total, reverse=True)[:beam_width]
        finished += [node for node in chosen if node.token == eos_id]
        live = [node for node in chosen if node.token != eos_id]
        if not live:
            break
    ranked = sorted(finished + live, key=lambda node: node.score(length_penalty), reverse=True)
    return [(node.path(), node.score(length_penalty)) for node in ranked[:beam_width]]
