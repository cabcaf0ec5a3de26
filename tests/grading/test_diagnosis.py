"""A failed submission is told the one known mistake that explains it, or nothing."""

from __future__ import annotations

import pytest

from grader.diagnosis import diagnose
from grader.examiner.diagnosis import evident, same_fingerprint

# Mistakes made in another style of code than that of the drill's own wrong submissions.
MISTAKES = {
    "tile_instead_of_repeat": (".repeat_interleave(share, dim=1)", ".repeat(1, share, 1, 1)"),
    "mask_top_left": (".tril(self.used - n)", ".tril()"),
    "mask_off_by_one": (".tril(self.used - n)", ".tril(self.used - n + 1)"),
    "scale_missing": (" * q.size(-1) ** -0.5", ""),
    "values_from_keys": ("v = self.v[", "v = self.k["),
    "values_not_checked": ('        if v.size(2) != n:\n            raise ValueError("k and v differ in length")\n', ""),
}
UNKNOWN = {
    "another scale": ("** -0.5", "** -0.4"),
    "two mistakes at once": (
        "v = self.v[:, :, : self.used].repeat_interleave(share, dim=1)\n",
        "v = self.k[:, :, : self.used].repeat_interleave(share, dim=1) * 2\n",
    ),
}


@pytest.fixture
def variant(catalogue):
    """An accepted variant of gqa_cache, with one replacement."""
    path = catalogue.find("gqa_cache").solution_folder / "accepted" / "repeat_interleave.py"

    def make(old: str, new: str) -> str:
        text = path.read_text(encoding="utf-8")
        assert old in text
        return text.replace(old, new)

    return make


@pytest.mark.parametrize("name", MISTAKES)
def test_a_known_mistake_is_recognised_in_other_code(engine, catalogue, grade, variant, name: str) -> None:
    result = diagnose(engine, catalogue.find("gqa_cache"), grade("gqa_cache", variant(*MISTAKES[name])), "test_hidden.py")

    assert result.verdict == "failed"
    assert [found.name for found in result.misconceptions] == [name]
    assert result.misconceptions[0].message


@pytest.mark.parametrize("name", UNKNOWN)
def test_another_mistake_is_met_with_silence(engine, catalogue, grade, variant, name: str) -> None:
    result = diagnose(engine, catalogue.find("gqa_cache"), grade("gqa_cache", variant(*UNKNOWN[name])), "test_hidden.py")

    assert result.verdict == "failed"
    assert result.misconceptions == []


def test_a_passing_submission_is_never_diagnosed(engine, catalogue, grade, variant) -> None:
    result = diagnose(engine, catalogue.find("gqa_cache"), grade("gqa_cache", variant("x", "x")), "test_hidden.py")

    assert result.verdict == "passed"
    assert result.misconceptions == []


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("off by 0.315 at [0, 1]: -0.59584, expected 2", "off by 0.315 at [0, 1]: -0.59585, expected 2", True),
        ("off by 0.315 at [0, 1]", "off by 0.325 at [0, 1]", False),
        ("off by 0.315 at [0, 1]", "off by 0.315 at [0, 2]", False),
        ("raised RuntimeError: x at line 3: `a`", "raised RuntimeError: x at line 9: `b`", True),
        ("raised RuntimeError: x", "raised TypeError: x", False),
        ("has dtype float32\ncalled: f(1)", "has dtype float32\ncalled: f(2)", True),
        ("1,024 bytes", "1,025 bytes", False),
        ("off by 102400.5", "off by 102400.6", True),
        ("is nan", "is inf", False),
    ],
)
def test_messages_are_the_same_when_their_words_and_numbers_are(left: str, right: str, same: bool) -> None:
    assert same_fingerprint(left, right) is same


@pytest.mark.parametrize(
    ("messages", "enough"),
    [
        ([], False),
        (["the verdict is 'confirmed', expected 'invalidated'"], False),
        (["the result is 3, expected 4"], False),
        (["the result is 3, expected 4"] * 3, True),
        (["the result is 0.0314, expected 0.5"], True),
        (["must raise ValueError where k is 0, but returned None"], True),
        (["is of the wrong dtype\ncalled: f(float64 [128, 4])"], False),
    ],
)
def test_a_mistake_is_named_on_messages_that_tell_it_from_others(messages: list[str], enough: bool) -> None:
    assert evident(messages) is enough
