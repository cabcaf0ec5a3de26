"""Samplers: the support first, then a pooled chi-square test at alpha 1e-6 with one retry on fresh draws."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import torch

from grader.suite.compare import fail

ALPHA = 1e-6
LEAST_EXPECTED = 10.0


def assert_support(samples: Iterable[int], allowed: Iterable[int], what: str = "a draw") -> None:
    """Every sample is an allowed value."""
    allowed_set = set(allowed)
    for sample in samples:
        if sample not in allowed_set:
            fail(f"{what} gave {sample}, which has probability 0 here")


def assert_distribution(
    draw_counts: Callable[[int], torch.Tensor], probabilities: torch.Tensor, what: str = "the draws"
) -> None:
    """Counts follow the probabilities.

    Args:
        draw_counts: Gives counts per category from fresh draws; called with 0, and with 1 if the first looks unlikely.
        probabilities: Of each category, float64, summing to 1.
        what: What is drawn, for the message.

    A right sampler fails both with probability below 1e-12.
    """
    for attempt in (0, 1):
        counts = draw_counts(attempt).double()
        total = float(counts.sum())
        if bool((counts[probabilities == 0] > 0).any()):
            fail(f"{what} gave a category of probability 0")
        if chi_square_tail(counts, probabilities.double() * total) > ALPHA:
            return
    share = counts / max(total, 1.0)
    worst = int((share - probabilities).abs().argmax())
    fail(
        f"{what} do not follow the distribution: category {worst} came up with frequency {share[worst]:.4f} in "
        f"{int(total)} draws, its probability is {probabilities[worst]:.4f}"
    )


def chi_square_tail(counts: torch.Tensor, expected: torch.Tensor) -> float:
    """P-value of Pearson's statistic, cells with an expected count below 10 pooled."""
    small = expected < LEAST_EXPECTED
    pooled_counts = torch.cat((counts[~small], counts[small].sum().reshape(1)))
    pooled_expected = torch.cat((expected[~small], expected[small].sum().reshape(1)))
    keep = pooled_expected > (0 if float(pooled_expected[-1]) >= LEAST_EXPECTED else 1e-12)
    pooled_counts, pooled_expected = pooled_counts[keep], pooled_expected[keep]
    if pooled_expected.numel() < 2:
        return 1.0
    statistic = float(((pooled_counts - pooled_expected).square() / pooled_expected).sum())
    freedom = pooled_expected.numel() - 1
    half = torch.tensor([freedom / 2, statistic / 2], dtype=torch.float64)
    tail = float(torch.special.gammaincc(half[0], half[1]))
    return tail if math.isfinite(tail) else 0.0
