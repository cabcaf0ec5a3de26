"""Every helper of the suite API passes what is right and fails what is wrong; each is shown failing."""

from __future__ import annotations

import types
from typing import Any

import pytest
import torch

from grader.examiner.draw import Draw
from grader.examiner.failures import CheckFailed
from grader.examiner.subject import Subject
from grader.examiner.transport import LocalTransport
from grader.protocol import Meter, OpaqueValue
from grader.suite import (
    assert_close,
    assert_close_in_half,
    assert_distribution,
    assert_finite,
    assert_gradients_agree,
    assert_gradients_finite,
    assert_ignores,
    assert_ignores_in_gradients,
    assert_no_gradient,
    assert_same,
    assert_same_direction,
    assert_shape,
    assert_support,
    assert_type,
    assert_work_within,
    finite_difference,
    gradients,
)

RIGHT = torch.tensor([1.0, -2.0, 3.0])


def subject(**functions: Any) -> Subject:
    module = types.ModuleType("subject")
    module.__dict__.update(functions)
    return Subject(LocalTransport(module))


@pytest.fixture
def draw() -> Draw:
    return Draw(1, "test")


@pytest.mark.parametrize(
    "junk",
    [
        torch.zeros(3), torch.ones(3), torch.full((3,), float("nan")), RIGHT + 0.01, RIGHT.double(), RIGHT.half(), RIGHT[None],
        RIGHT[:2], RIGHT.sum(), torch.full((3,), float("inf")), torch.tensor([4e-4, -9e-4, 7e-4]), -RIGHT,
        RIGHT.flip(0), None, 0, 1.0, "x",
        [1.0, -2.0, 3.0], OpaqueValue("an object"), RIGHT.long(),
    ],
    ids=repr,
)  # fmt: skip
def test_junk_never_counts_as_close(junk: Any) -> None:
    with pytest.raises(CheckFailed):
        assert_close(junk, RIGHT)


def test_rounding_counts_as_close() -> None:
    assert_close(RIGHT * (1 + 1e-6), RIGHT)
    assert_close({"a": [RIGHT, (1, 2.0, None)]}, {"a": [RIGHT, (1, 2.0, None)]})
    assert_close(torch.tensor([float("-inf"), 1.0]), torch.tensor([float("-inf"), 1.0]))


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        ((1, 2), [1, 2]), ([1], [1, 2]), ({"a": 1}, {"b": 1}), ({"a": 1, "b": 2}, {"a": 1}), (True, 1), (1, True), (1.0, 1),
        (1 + 1e-6, 1.0), (float("nan"), 1.0), (torch.tensor(1), 1), (2**60 + 1, 2**60), (float("-inf"), float("inf")),
        (torch.tensor([float("inf"), 1.0]), torch.tensor([float("-inf"), 1.0])),
        (torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1e-3])),
    ],
    ids=repr,
)  # fmt: skip
def test_another_structure_type_or_value_is_not_close(got: Any, wanted: Any) -> None:
    with pytest.raises(CheckFailed):
        assert_close(got, wanted)


def test_zeros_and_noise_fit_in_no_tolerance_however_small_the_values(draw: Draw) -> None:
    for size in (1e-30, 1e-6, 1e6):
        expected = draw.normal(5, 5, dtype=torch.float64) * size
        for junk in (torch.zeros(5, 5, dtype=torch.float64), draw.normal(5, 5, dtype=torch.float64) * size):
            with pytest.raises(CheckFailed):
                assert_close(junk, expected, relative=0.05)


def test_messages_name_the_largest_difference_and_its_place() -> None:
    with pytest.raises(CheckFailed, match=r"the loss is off by 5 at \[0, 2\]: 7, expected 2 \(2 of 3 entries are wrong\)"):
        assert_close(torch.tensor([[1.0, 2.5, 7.0]]), torch.tensor([[1.0, 2.0, 2.0]]), what="the loss")


def test_shapes_types_and_finiteness_are_told() -> None:
    for call in (
        lambda: assert_shape(torch.zeros(2), (3,)),
        lambda: assert_shape(None, (3,)),
        lambda: assert_type(True, int),
        lambda: assert_type(torch.tensor(1), int),
        lambda: assert_type("1.0", float),
        lambda: assert_finite({"a": [torch.tensor([1.0, float("inf")])]}),
        lambda: assert_same(torch.tensor([1.0]), torch.tensor([1.0 + 1e-6])),
    ):
        with pytest.raises(CheckFailed):
            call()
    assert_type(1, float)
    assert_type(1, int)


def test_half_precision_is_granted_rounding_and_no_more(draw: Draw) -> None:
    exact = draw.normal(8, 8, dtype=torch.float64)
    ours = exact.bfloat16()

    assert_close_in_half(exact.bfloat16() * 1.01, exact, ours)
    for junk in (torch.zeros_like(ours), ours.float(), ours * 1.5, ours * float("nan"), ours[:1]):
        with pytest.raises(CheckFailed):
            assert_close_in_half(junk, exact, ours)


def test_gradients_are_compared_as_values(draw: Draw) -> None:
    x = draw.normal(4, 3, dtype=torch.float64, requires_grad=True)
    w = draw.normal(3, 2, dtype=torch.float64, requires_grad=True)
    right = subject(f=lambda x, w: (x @ w).tanh())
    wrong = {
        "detached": lambda x, w: (x.detach() @ w).tanh(),
        "scaled": lambda x, w: (x @ w).tanh() + 1e-3 * (x.sum() - x.sum().detach()),
        "flat": lambda x, w: (x @ w).tanh().detach(),
        "nan": lambda x, w: torch.where(torch.ones(()) > 0, (x @ w).tanh(), (x @ w - (x @ w).detach()).sqrt()),
    }

    assert_gradients_agree(right.f, right.f, x, w, draw=draw)
    assert_same_direction(right.f, right.f, x, w, draw=draw)
    assert_gradients_finite(right.f, x, w, draw=draw, reference=right.f)
    for name, function in wrong.items():
        with pytest.raises(CheckFailed):
            assert_gradients_agree(subject(f=function).f, right.f, x, w, draw=draw)
        if name != "scaled":
            with pytest.raises(CheckFailed):
                assert_same_direction(subject(f=function).f, right.f, x, w, draw=draw)
    with pytest.raises(CheckFailed):
        assert_gradients_finite(subject(f=wrong["nan"]).f, x, w, draw=draw, reference=right.f)


def test_finite_differences_confirm_a_gradient(draw: Draw) -> None:
    x, direction = draw.normal(3, dtype=torch.float64, requires_grad=True), draw.normal(3, dtype=torch.float64)
    f = subject(f=lambda x: x.exp().sum())
    flow = gradients(f.f, x, cotangents=[torch.ones((), dtype=torch.float64)])["0"]

    assert finite_difference(lambda x: f.f(x), [x], 0, direction) == pytest.approx(float(flow @ direction), rel=1e-6)


def test_a_gradient_that_must_not_flow_is_seen(draw: Draw) -> None:
    x, y = draw.normal(3, requires_grad=True), draw.normal(3, requires_grad=True)
    for function, leaks in ((lambda x, y: x * y.detach(), False), (lambda x, y: x * y, True)):
        outcome = subject(f=function).f.observe(x, y, cotangents=[torch.ones(3)])
        if leaks:
            with pytest.raises(CheckFailed, match="argument 2"):
                assert_no_gradient(outcome, "1")
        else:
            assert_no_gradient(outcome, "1")


def test_dependence_on_the_future_is_seen_in_values_and_gradients(draw: Draw) -> None:
    x = draw.normal(2, 5, dtype=torch.float64)
    changed = x.clone()
    changed[:, 3:] = 100.0
    causal = subject(f=lambda x: x.cumsum(1))
    leaking = subject(f=lambda x: x.cumsum(1) + 1e-9 * x.sum(1, keepdim=True))

    def values(s: Subject, relative: float = 1e-12) -> None:
        assert_ignores(s.f, (x,), (changed,), lambda y: y[:, :3], "position 2 sees position 3", relative)

    def flows(s: Subject) -> None:
        assert_ignores_in_gradients(
            s.f, x.clone().requires_grad_(), shape=(2, 5), select_output=lambda y: y[:, :3],
            forbidden={"0": lambda g: g[:, 3:]}, what="position 2 sees position 3",
        )  # fmt: skip

    values(causal)
    flows(causal)
    for check in (values, flows):
        with pytest.raises(CheckFailed, match="position 2 sees position 3"):
            check(leaking)


def test_samplers_are_judged_by_support_and_distribution() -> None:
    source = torch.Generator().manual_seed(5)
    wanted = torch.tensor([0.5, 0.3, 0.15, 0.05, 0.0], dtype=torch.float64)

    def counts(p: torch.Tensor) -> Any:
        return lambda attempt: torch.multinomial(p, 5000, replacement=True, generator=source).bincount(minlength=5)

    assert_distribution(counts(wanted), wanted)
    assert_support([0, 1, 1], {0, 1})
    with pytest.raises(CheckFailed):
        assert_support([0, 2], {0, 1})
    for wrong in ([0.4, 0.35, 0.2, 0.05, 0.0], [0.5, 0.3, 0.15, 0.04, 0.01], [1.0, 0, 0, 0, 0]):
        with pytest.raises(CheckFailed):
            assert_distribution(counts(torch.tensor(wrong, dtype=torch.float64)), wanted)


def test_work_beyond_the_references_is_seen() -> None:
    ours, theirs = Meter(flops=100, peak_bytes=100, largest_bytes=64), Meter(flops=300, peak_bytes=300, largest_bytes=128)

    assert_work_within(ours, ours, flops=1.5, peak=1.5, largest_bytes=65)
    for options in ({"flops": 2.0}, {"peak": 2.0}, {"largest_bytes": 128}):
        with pytest.raises(CheckFailed):
            assert_work_within(theirs, ours, **options)


def test_a_draw_gives_the_same_inputs_for_the_same_seed_and_check() -> None:
    same, again, other = Draw(1, "a"), Draw(1, "a"), Draw(1, "b")

    assert torch.equal(first := same.normal(3), again.normal(3))
    assert not torch.equal(first, other.normal(3))
    assert torch.equal(Draw(1, "a").normal(3, dtype=torch.bfloat16), first.bfloat16())
    strided = same.non_contiguous(torch.arange(6.0).reshape(2, 3))
    assert torch.equal(strided, torch.arange(6.0).reshape(2, 3))
    assert not strided.is_contiguous()


def test_a_message_shows_as_many_digits_as_it_takes_to_see_a_difference() -> None:
    with pytest.raises(CheckFailed) as caught:
        assert_close(torch.tensor(0.768429 + 6e-9, dtype=torch.float64), torch.tensor(0.768429, dtype=torch.float64))

    assert str(caught.value) == "the result is off by 6e-09: 0.768429006, expected 0.768429"


def test_a_message_names_the_place_of_an_entry_but_not_that_of_a_scalar() -> None:
    with pytest.raises(CheckFailed, match=r"off by 1 at \[0, 1\]: 1, expected 0 \(1 of 2 entries are wrong\)"):
        assert_close(torch.tensor([[0.0, 1.0]]), torch.zeros(1, 2))
    with pytest.raises(CheckFailed, match=r"is off by 1: 1, expected 0$"):
        assert_close(torch.tensor(1.0), torch.tensor(0.0))
