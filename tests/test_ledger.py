"""Ledger rows are graded by value: any spelling of the right value is right, and nothing else is."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.catalogue import Ledger, LedgerRow, Symbol
from grader.errors import LedgerError
from grader.ledger import Expression, bind, grade

SYMBOLS = {
    "B": Symbol("batch"),
    "G": Symbol("key/value heads"),
    "H": Symbol("query heads", multiple_of="G"),
    "T": Symbol("keys"),
}


def verdict(answer: str, written: str) -> bool:
    rows = grade(Ledger(SYMBOLS, [LedgerRow("row", "asked", answer)]), {"row": written}, None, random.Random(3))
    return rows[0].passed


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ("2 * B * T", "T*(B+B)"),
        ("[B, H, T]", "(B, H, T)"),
        ("H // G", "H / G"),
        ("ceil(B / T)", "-(-B // T)"),
        ("2 * B * H * T", "(2*B*H*T)**1"),
        ("B / 3", "B * (1/3)"),
        ("0.1 * B", "B / 10"),
        ("max(B, T)", "max(T, B)"),
        ("log2(B)", "log2(B * 2) - 1"),
    ],
)
def test_another_spelling_of_the_value_is_right(answer: str, written: str) -> None:
    assert verdict(answer, written)


@pytest.mark.parametrize(
    ("answer", "written"),
    [
        ("2 * B * T", "B * T"), ("[B, H, T]", "[B, T, H]"), ("[B, H]", "B * H"), ("B", "[B]"), ("[B, 1]", "[B]"),
        ("B // 2", "B / 2"),
    ],
)
def test_another_value_is_wrong(answer: str, written: str) -> None:
    assert not verdict(answer, written)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "B.__class__", "(lambda: 1)()", "[x for x in (1, 2)]", "'a' * 9", "B if T else G",
        "9**9**9", "(((1/9**64)**64)**64)**64", "2**-(10**9)", "B and T", "Q", "B / 0", "B +", "B; T", "(" * 200, "[1] * 10**9",
        "f'{B}'", "True", "1e999",
        "B[0]", "print(B)",
        "(2**64)**(2**6)", "B" * 501, "{1: 2}", "ceil([B])", "min()", "x := 3",
    ],
)  # fmt: skip
def test_an_unsafe_or_unreadable_expression_is_a_clear_error(text: str) -> None:
    binding = bind(SYMBOLS, random.Random(1))

    with pytest.raises(LedgerError) as caught:
        Expression(text).value(binding)

    assert str(caught.value)
    rows = grade(Ledger(SYMBOLS, [LedgerRow("row", "asked", "B")]), {"row": text}, None, random.Random(1))
    assert not rows[0].passed
    assert "batch" in rows[0].message


@given(st.text(max_size=60))
def test_no_text_whatever_breaks_the_grader(text: str) -> None:
    rows = grade(Ledger(SYMBOLS, [LedgerRow("row", "asked", "B * T")]), {"row": text}, None, random.Random(1))

    assert len(rows) == 1


@given(st.integers(0, 2**32))
def test_bindings_respect_ranges_and_multiples(seed: int) -> None:
    values = bind(SYMBOLS, random.Random(seed))

    assert values["H"] % values["G"] == 0
    assert all(2 <= values[name] <= 97 for name in ("B", "G", "T"))


def test_rows_that_are_missing_say_what_is_asked() -> None:
    ledger = Ledger(SYMBOLS, [LedgerRow("a", "shape of a", "[B]"), LedgerRow("b", "bytes of b", "B")])

    without, empty, broken = (
        grade(ledger, written, problem, random.Random(1))
        for written, problem in ((None, None), ({"a": " ", "c": "1"}, None), (None, "LEDGER must be a literal"))
    )

    assert [row.passed for row in (*without, *empty, *broken)] == [False] * 6
    assert "shape of a" in without[0].message
    assert "shape of a" in empty[0].message
    assert broken[1].message == "LEDGER must be a literal"


def test_a_wrong_row_shows_both_values_at_one_binding() -> None:
    row = grade(Ledger(SYMBOLS, [LedgerRow("row", "asked", "2 * B")]), {"row": "B"}, None, random.Random(1))[0]

    assert "`B` is" in row.message
    assert "expected" in row.message
    assert "B=" in row.message
