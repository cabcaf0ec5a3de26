"""A row is graded by value within 1 %, whatever the unit; a wrong one is told the slip that it matches."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.estimation.draw import Round, RoundRow, RoundSlip, draw
from grader.estimation.grading import RowResult, grade
from grader.estimation.template import Template
from grader.estimation.units import parse


def row(name: str, unit: str, value: str, *slips: RoundSlip) -> RoundRow:
    return RoundRow(name, f"how much {name}?", parse(unit), Fraction(value), "worked out", slips)


def slip(name: str, value: str) -> RoundSlip:
    return RoundSlip(name, f"you made the slip {name}", Fraction(value))


ROUND = Round(
    "round", "deck", "Title", "easy", 60, 1, "scenario",
    (row("state", "GB", "31.4", slip("half_the_state", "15.7"), slip("thrice_the_state", "94.2")), row("time", "ms", "14"),
     row("share", "%", "37"), row("speedup", "x", "2.5"), row("wire", "GB", "500")),
)  # fmt: skip


def graded(name: str, answer: str) -> RowResult:
    return next(result for result in grade(ROUND, {name: answer}).rows if result.name == name)


@pytest.mark.parametrize(
    ("name", "answer", "outcome", "slip_name"),
    [
        ("state", "31.4 GB", "right", None), ("state", "31.7", "right", None), ("state", "31.09", "right", None),
        ("state", "31.72", "wrong", None), ("state", "29.24 GiB", "right", None), ("state", "251.2 Gbit", "right", None),
        ("state", "15.7 GB", "wrong", "half_the_state"), ("state", "0.0942 TB", "wrong", "thrice_the_state"),
        ("state", "29.24 GB", "wrong", "binary_prefix"), ("state", "33.7 GB", "wrong", "binary_prefix"),
        ("state", "251.2 GB", "wrong", "bits_for_bytes"), ("state", "3.925 GB", "wrong", "bits_for_bytes"),
        ("state", "31.4 MB", "wrong", "unit_scale"), ("state", "31.4 kB", "wrong", "unit_scale"),
        ("state", "31.4 B", "wrong", "unit_scale"),
        ("state", "31400000000", "wrong", "unit_scale"), ("state", "62.8 GB", "wrong", "factor_two"),
        ("state", "500 GB", "wrong", "other_row"), ("state", "0 GB", "wrong", None),
        ("state", "31.4 ms", "wrong_unit", None),
        ("state", "  ", "blank", None), ("state", "dunno", "unreadable", None), ("state", "nan", "unreadable", None),
        ("time", "0.014 s", "right", None), ("time", "14 us", "wrong", "unit_scale"),
        ("time", "112 ms", "wrong", "bits_for_bytes"),
        ("time", "7 ms", "wrong", "factor_two"), ("share", "37 %", "right", None), ("share", "37", "right", None),
        ("share", "0.37", "right", None), ("share", "0.37 %", "wrong", "percent"), ("share", "63 %", "wrong", None),
        ("speedup", "2.5x", "right", None), ("speedup", "250 %", "right", None), ("speedup", "0.4", "wrong", "inverse"),
        ("speedup", "2.5 GB", "wrong_unit", None),
    ],
)  # fmt: skip
def test_an_answer_gets_its_outcome_and_its_slip(name: str, answer: str, outcome: str, slip_name: str | None) -> None:
    result = graded(name, answer)

    assert (result.outcome, result.slip) == (outcome, slip_name)
    assert bool(result.message) == (outcome != "right")


def test_a_slip_of_the_row_wins_over_a_general_one() -> None:
    """15.7 is exactly half as well."""
    assert graded("state", "15.7 GB").slip == "half_the_state"
    unnamed = replace(ROUND, rows=(replace(ROUND.rows[0], slips=()), *ROUND.rows[1:]))

    assert grade(unnamed, {"state": "15.7 GB"}).rows[0].slip == "factor_two"


@settings(max_examples=60)
@given(st.floats(-0.3, 0.3), st.sampled_from([each.name for each in ROUND.rows]))
def test_one_percent_is_the_bound(off: float, name: str) -> None:
    right = next(each for each in ROUND.rows if each.name == name)

    outcome = graded(name, f"{float(right.value) * (1 + off):.9f} {right.unit.text}").outcome

    if abs(abs(off) - 0.01) > 1e-6:
        assert outcome == ("right" if abs(off) < 0.01 else "wrong")


@given(st.dictionaries(st.sampled_from([each.name for each in ROUND.rows]), st.text(max_size=150)))
def test_any_text_is_graded_and_shown_without_control_characters(answers: dict[str, str]) -> None:
    result = grade(ROUND, answers)

    assert result.max_score == 5
    assert all((each.answer + each.message).isprintable() for each in result.rows)


def test_the_score_counts_right_rows_and_only_all_of_them_pass() -> None:
    right = {"state": "31.4", "time": "14", "share": "37", "speedup": "2.5", "wire": "0.5 TB"}

    assert (grade(ROUND, right).score, grade(ROUND, right).passed) == (5, True)
    assert (grade(ROUND, right | {"time": "9 ms"}).score, grade(ROUND, right | {"time": "9 ms"}).passed) == (4, False)
    assert grade(ROUND, {}).score == 0


def test_an_answer_to_no_row_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match=r"'speed'.*the rows are state, time"):
        grade(ROUND, {"speed": "1"})


def test_texts_carry_the_drawn_numbers(small: Template) -> None:
    drawn = draw(small, 5)
    time = drawn.rows[0]

    assert time.question.startswith("Time to read ")
    assert time.explanation.endswith(f"= {time.expected}")
    assert time.slips[0].message == f"you read it five times, not {time.expected}"
    assert "{{" not in drawn.scenario
