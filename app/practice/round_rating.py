"""How well an estimation round went, as a rating for the schedule."""

from __future__ import annotations

from app.practice.rating import Rating

HALF = 0.5


def rate_round(num_right: int, num_rows: int, took_s: float, par_s: float) -> tuple[Rating, str]:
    """All rows right within par is Easy, all right over par Good, half of them Hard, fewer Again; with the reason in words."""
    if num_right == num_rows:
        over = took_s > par_s
        return (Rating.GOOD, "all rows right, over par") if over else (Rating.EASY, "all rows right within par")
    why = f"{num_right} of {num_rows} rows right"
    return (Rating.HARD if num_right >= HALF * num_rows else Rating.AGAIN), why
