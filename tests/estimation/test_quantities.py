"""A quantity is read as its writer means it, in any unit of the right kind, and nothing makes the reader stumble."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.estimation.quantities import MAX_CHARS, Unreadable, WrongUnit, read, show, show_number
from grader.estimation.units import UnknownUnit, parse

UNITS = [
    "B", "kB", "MB", "GB", "TB", "GiB", "s", "ms", "us", "GB/s", "Gbit/s", "tok/s", "TFLOP", "TFLOP/s", "FLOP/B", "%", "x",
    "tok", "billion",
]  # fmt: skip
positive = st.decimals(min_value="0.001", max_value="1e9", allow_nan=False, places=6)


@pytest.mark.parametrize(
    ("text", "asked", "value"),
    [
        ("31.4 GB", "GB", "31.4e9"), ("31.4GB", "MB", "31.4e9"), ("1.9e9 B", "GB", "1.9e9"), ("1.5 KB", "B", "1500"),
        ("1.5 kB", "B", "1500"), ("2 TB", "GB", "2e12"), ("3 GiB", "GB", "3221225472"), ("1 MiB", "B", "1048576"),
        ("1 TiB", "B", "1099511627776"), ("16 bit", "B", "2"), ("8 Gbit", "GB", "1e9"), ("400 Gb/s", "GB/s", "50e9"),
        ("400 Gbps", "GB/s", "50e9"), ("50 GBps", "GB/s", "50e9"), ("50 gb", "GB", "50e9"), ("3 gib", "GB", "3221225472"),
        ("14 ms", "s", "0.014"), ("14 us", "s", "14e-6"), ("14 µs", "s", "14e-6"), ("14 μs", "s", "14e-6"),
        ("14 ns", "s", "14e-9"), ("2 min", "s", "120"), ("1.5 h", "s", "5400"), ("2 d", "s", "172800"),
        ("3 seconds", "ms", "3"), ("1,200 tok/s", "tok/s", "1200"), ("1_200 tok/s", "tok/s", "1200"),
        ("1200 tokens per second", "tok/s", "1200"), ("1200/s", "tok/s", "1200"), ("1.2k tok/s", "tok/s", "1200"),
        ("5 ms/tok", "ms", "0.005"), ("5 ms per step", "ms", "0.005"), ("2 GB/GPU", "GB", "2e9"),
        ("128 KiB/token", "B/tok", "131072"), ("1 GB per s", "GB/s", "1e9"),
        ("989 TFLOPS", "TFLOP/s", "989e12"), ("989 TFLOPs", "TFLOP", "989e12"), ("989 TFLOP/s", "TFLOP/s", "989e12"),
        ("2 FLOP/B", "FLOP/B", "2"), ("37 %", "%", "0.37"), ("37%", "x", "0.37"), ("0.37x", "%", "0.37"), ("2.1x", "x", "2.1"),
        ("2.1 ×", "x", "2.1"), ("7.5B", "billion", "7.5e9"), ("7.5B params", "billion", "7.5e9"), ("12M", "million", "12e6"),
        ("3.69 tokens", "tok", "3.69"), ("2*7e9 B", "GB", "14e9"), ("2 × 7e9 B", "GB", "14e9"), ("2 x 7 GB", "GB", "14e9"),
        ("(1 + 2) * 3 GB", "GB", "9e9"), ("2^3 GB", "GB", "8e9"), ("2**30 B", "GB", "1073741824"), ("3/4", "x", "0.75"),
        ("~31.4 GB.", "GB", "31.4e9"), ("= .5 GB", "GB", "0.5e9"), ("007 GB", "GB", "7e9"), ("0 GB", "GB", "0"),
        ("31.4", "GB", "31.4e9"), ("37", "%", "0.37"),
    ],
)  # fmt: skip
def test_what_people_write_is_read(text: str, asked: str, value: str) -> None:
    assert read(text, parse(asked)).value == Fraction(value)


@pytest.mark.parametrize(
    ("text", "asked", "words"),
    [
        ("14 GB", "ms", ["GB is an amount of data", "asks for a time (ms)"]), ("14 ms", "GB", ["ms is a time"]),
        ("14 GB", "GB/s", ["an amount of data", "a data rate"]), ("14 tok/s", "ms", ["a rate (per second)"]),
        ("14 TFLOP", "TFLOP/s", ["amount of work", "compute rate"]), ("3 GB", "%", ["asks for a plain number (%)"]),
        ("14 GB GB", "GB", ["another kind"]),
    ],
)  # fmt: skip
def test_a_quantity_of_another_kind_is_told_as_such(text: str, asked: str, words: list[str]) -> None:
    with pytest.raises(WrongUnit) as caught:
        read(text, parse(asked))

    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no number"), ("GB", "no number"), ("nan", "no number"), ("inf GB", "no number"), ("-5 GB", "negative"),
        ("31,4 GB", "decimal sign is a point"), ("1,20 GB", "decimal sign"), ("1 200 GB", "two numbers"),
        ("1.2.3 GB", "two numbers"), ("(((1/9**64)**64)**64)**64 B", "cannot be computed"),
        ("5 apples", "'apples' is no unit"), ("5 m", "ms, min or million"), ("1/0 GB", "cannot be computed"),
        ("31.4 * GB", "cannot be computed"), ("3 (4) GB", "cannot be computed"), ("((((1 GB", "cannot be computed"),
        ("1e999 GB", "cannot be computed"), ("9**9**9 GB", "cannot be computed"), ("10**60 GB", "beyond all bounds"),
        ("1" * (MAX_CHARS + 1), "at most 100 characters"), ("__import__('os')", "number"), ("5 __import__('os')", "unit"),
        ("٣ GB", "no number"), ("5 \x1b[31mGB", "unit"), ("\x1b[2J", "number"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_words_without_control_characters(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words.replace("(", r"\(")) as caught:
        read(text, parse("GB"))

    assert str(caught.value).isprintable()


@given(st.text(max_size=120) | st.text("0123456789.,_eE+-*/()^× xGMkiBbtofps%µ\n", max_size=120), st.sampled_from(UNITS))
def test_no_text_makes_the_reader_stumble(text: str, asked: str) -> None:
    try:
        quantity = read(text, parse(asked))
    except Unreadable as error:
        assert str(error)
    else:
        assert quantity.value >= 0


@given(positive, st.sampled_from(UNITS), st.sampled_from(["{} {}", "{}{}", "  {}  {} ", "1 * {} {}", "({}) {}"]))
def test_a_number_in_the_unit_that_is_asked_for_is_itself(number, unit: str, form: str) -> None:
    assert read(form.format(number, unit), parse(unit)).value == Fraction(number) * parse(unit).factor


SAME = [
    ("GB", "MB", 1000), ("GB", "GiB", Fraction(1000**3, 1024**3)), ("s", "ms", 1000), ("GB/s", "Gbit/s", 8),
    ("TFLOP/s", "GFLOP/s", 1000), ("tok/s", "ktok/s", Fraction(1, 1000)),
]  # fmt: skip


@given(positive, st.sampled_from(SAME))
def test_another_unit_of_the_same_kind_says_the_same(number, pair) -> None:
    unit, other, factor = pair

    value = read(f"{number} {unit}", parse(unit)).value
    again = read(f"{float(Fraction(number) * factor)!r} {other}", parse(unit)).value

    assert float(again) == pytest.approx(float(value), rel=1e-12)


@given(st.fractions(min_value=Fraction(1, 10**9), max_value=10**15), st.sampled_from(UNITS))
def test_what_is_shown_is_read_again_within_a_thousandth(value: Fraction, unit: str) -> None:
    again = read(show(value, unit), parse(unit)).value / parse(unit).factor

    assert float(again) == pytest.approx(float(value), rel=1e-3)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1200", "1,200"), ("0.85", "0.85"), ("131072", "131,072"), ("31.40625", "31.41"), ("8030000000", "8.03e9"),
        ("1/3", "0.3333"), ("0.05", "0.05"), ("0.00012", "1.2e-4"), ("0", "0"), ("999.99999", "1,000"), ("7.5", "7.5"),
    ],
)  # fmt: skip
def test_numbers_are_shown_short(value: str, shown: str) -> None:
    assert show_number(Fraction(value)) == shown


def test_a_unit_that_does_not_exist_is_refused() -> None:
    for text in ("furlong", "GB/", "/", "m", "GB//s", "GB s B s B s B"):
        with pytest.raises(UnknownUnit):
            parse(text)
