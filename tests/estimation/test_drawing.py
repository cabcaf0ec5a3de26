"""Rounds are drawn from a seed: the same seed gives the same numbers, within the file's bounds, by the right formulas."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.catalogue import Catalogue, open_catalogue
from grader.estimation.draw import APART, derive, draw, draw_numbers, draw_variable, only_numbers
from grader.estimation.template import Template, Variable, load

seeds = st.integers(0, 2**63 - 1)
PUBLISHED = tomli.loads((Path(__file__).parent / "published.toml").read_text())["case"]


@pytest.fixture(scope="module")
def shipped() -> dict[str, Template]:
    return {entry.name: load(entry) for entry in open_catalogue().rounds}


def test_every_deck_that_estimates_has_two_rounds_or_more(catalogue: Catalogue) -> None:
    counted = {deck.name: len(deck.rounds) for deck in catalogue.decks}

    assert len(catalogue.rounds) >= 14
    for deck in ("training_state", "communication", "speculation_estimates", "attention", "adapters_experts"):
        assert counted[deck] >= 2


@settings(max_examples=40, deadline=None)
@given(seed=seeds, data=st.data())
def test_a_draw_keeps_slips_apart_and_values_positive(shipped: dict[str, Template], seed: int, data) -> None:
    template = shipped[data.draw(st.sampled_from(sorted(shipped)))]

    numbers = draw_numbers(template, seed)

    binding = only_numbers(numbers.variables)
    assert all(condition.holds(binding) for condition in template.conditions)
    for row in template.file.rows:
        assert numbers.values[row.name] > 0
        for left, right in combinations([numbers.values[row.name], *numbers.slips[row.name]], 2):
            assert abs(left - right) > APART * max(abs(left), abs(right))


@settings(max_examples=30, deadline=None)
@given(seed=seeds, data=st.data())
def test_a_seed_draws_the_same_round_again(shipped: dict[str, Template], seed: int, data) -> None:
    template = shipped[data.draw(st.sampled_from(sorted(shipped)))]

    assert draw(template, seed) == draw(template, seed)
    assert any(draw(template, seed).scenario != draw(template, seed + step).scenario for step in range(1, 12))


def test_a_seed_draws_these_numbers_on_every_machine(shipped: dict[str, Template]) -> None:
    drawn = draw(shipped["zero_stages"], 3)

    assert "4.5 billion parameters with mixed-precision Adam on 32 data-parallel" in drawn.scenario
    assert [row.expected for row in drawn.rows] == ["72 GB", "19.6875 GB", "10.97 GB", "2.25 GB"]


@pytest.mark.parametrize(
    ("variable", "low", "high", "step"),
    [
        (Variable(range=(2, 10)), 2, 10, "1"), (Variable(range=(0.3, 0.7), step=0.05), "0.3", "0.7", "0.05"),
        (Variable(range=(10, 1000), step=5, log=True), 10, 1000, "5"),
    ],
)  # fmt: skip
def test_a_range_gives_both_ends_and_nothing_outside_its_steps(variable: Variable, low, high, step) -> None:
    source = random.Random(1)
    drawn = [draw_variable(variable, source) for _ in range(8000)]

    assert min(drawn) == Fraction(low)
    assert max(drawn) == Fraction(high)
    assert all((value % Fraction(step)) in (0, Fraction(low) % Fraction(step)) for value in drawn)


def test_log_means_small_numbers_are_as_likely_as_large_ones() -> None:
    source = random.Random(2)
    drawn = [draw_variable(Variable(range=(1, 10_000), log=True), source) for _ in range(4000)]

    assert 0.4 < sum(value < 100 for value in drawn) / len(drawn) < 0.6


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["round"])
def test_published_numbers_come_out(shipped: dict[str, Template], case: dict[str, Any]) -> None:
    """Each case of published.toml names its source."""
    template = shipped[case["round"]]
    numbers = {key: value if isinstance(value, str) else Fraction(repr(value)) for key, value in case["with"].items()}

    binding = only_numbers(derive(template, numbers))

    for row, value in case["gives"].items():
        assert float(template.values[row].value(binding)) == pytest.approx(value, rel=1e-6)


def test_every_shipped_round_is_held_against_a_published_number(shipped: dict[str, Template]) -> None:
    assert {case["round"] for case in PUBLISHED} == set(shipped)
