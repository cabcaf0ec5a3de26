"""Hidden checks of sequence_log_probs. The oracle is the reference: one sum a row over its counted labels."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_dtype,
    assert_finite,
    assert_global_random_untouched,
    assert_gradients_agree,
    assert_inputs_left_alone,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same_direction,
    assert_shape,
    fail,
    gradients,
)

IGNORED = -100
PLACES = {"0": "`logits`"}


def batch(draw, b, s, v, dtype=torch.float64, scale=2.0, ignore_index=IGNORED):
    """Logits and labels: about half of the labels ignored, the first ones all valid, and at least one that counts."""
    labels = draw.integers(b, s, low=0, high=v)
    if v > 1:
        labels = torch.where(labels == ignore_index, (labels + 1) % v, labels)
    dropped = draw.mask(b, s)
    dropped[:, 0] = False
    dropped[draw.int(0, b - 1), -1] = False
    return draw.normal(b, s, v, dtype=dtype, scale=scale), labels.masked_fill(dropped, ignore_index)


def counted_rows(draw, counts, s, v):
    """Labels of which exactly so many count in each row."""
    labels = draw.integers(len(counts), s, low=0, high=v)
    for row, count in zip(labels, counts, strict=True):
        row[1 + draw.permutation(s - 1)[count:]] = IGNORED
    return labels


def uncounted(draw):
    """Labels of which none counts, the ignore_index, and why none counts."""
    first_only = torch.full((2, 4), IGNORED)
    first_only[:, 0] = 1
    return [
        (torch.full((2, 4), IGNORED), IGNORED, "every label is ignored"),
        (first_only, IGNORED, "only labels[:, 0] is not ignored"),
        (draw.integers(3, 1, low=0, high=5), IGNORED, "S = 1"),
        (torch.full((2, 4), 3), 3, "every label is the class that ignore_index names"),
    ]


def assert_agree(submission, reference, logits, labels, case, relative=None, scale=1.0, **options):
    result, expected = (subject.sequence_log_probs(logits, labels, **options) for subject in (submission, reference))
    assert_close(result, expected, what=f"the result {case}", relative=relative, scale=scale)


# shape


@pytest.mark.check("shape", points=5)
def test_gives_one_number_a_row(submission, draw):
    for b, s, v in ((2, 5, 7), (1, 4, 3), (3, 1, 4), (4, 2, 3), (2, 2, 1), (1, 2, 5), (1, 1, 1), (3, 3, 3)):
        logits, labels = batch(draw, b, s, v)
        result = submission.sequence_log_probs(logits, labels)
        assert_shape(result, (b,), f"the result of logits [{b}, {s}, {v}]")


@pytest.mark.check("shape", points=5, conventions=["half-goes-to-float32", "other-dtypes-stay"])
def test_half_gives_float32_and_the_others_stay(submission, draw):
    for dtype in DTYPES:
        logits, labels = batch(draw, 2, 4, 5, dtype)
        wanted = torch.promote_types(dtype, torch.float32)
        name = str(dtype).removeprefix("torch.")
        assert_dtype(submission.sequence_log_probs(logits, labels), wanted, f"the result of {name} logits")
        nothing = submission.sequence_log_probs(logits, torch.full_like(labels, IGNORED))
        assert_dtype(nothing, wanted, f"the result of {name} logits where no label counts")


@pytest.mark.check("shape", points=5)
def test_takes_any_memory_layout(submission, draw):
    logits, labels = batch(draw, 3, 5, 4)
    length_first = draw.normal(5, 3, 4, dtype=torch.float64).transpose(0, 1)
    every_other = draw.normal(3, 5, 8, dtype=torch.float64)[..., ::2]
    cases = {
        "transposed": (draw.non_contiguous(logits), draw.non_contiguous(labels)),
        "length-first": (length_first, labels),
        "strided": (every_other, labels),
        "expanded": (logits[:1].expand(3, 5, 4), labels[:1].expand(3, 5)),
    }
    for kind, (some_logits, some_labels) in cases.items():
        expected = submission.sequence_log_probs(some_logits.contiguous(), some_labels.contiguous())
        assert_shape(expected, (3,))
        result = submission.sequence_log_probs(some_logits, some_labels)
        assert_close(result, expected, what=f"the result of {kind} inputs, beside that of contiguous ones")


# numerics


@pytest.mark.check("numerics", points=8, conventions=["shift", "task", "rules"])
def test_result_matches(submission, reference, draw):
    for b, s, v in ((2, 5, 7), (1, 6, 4), (4, 3, 9), (3, 3, 3)):
        logits, labels = batch(draw, b, s, v)
        assert_agree(submission, reference, logits, labels, f"of logits [{b}, {s}, {v}]")
    logits, labels = batch(draw, 3, 7, 5)[0], draw.integers(3, 7, low=0, high=5)
    assert_agree(submission, reference, logits, labels, "where every label counts")


@pytest.mark.check("numerics", points=5, conventions=["sum-not-mean"])
def test_rows_are_summed_whatever_their_length(submission, reference, draw):
    for counts in ((1, 5, 3), (0, 4), (2, 0, 0, 1)):
        labels = counted_rows(draw, counts, 6, 4)
        logits = draw.normal(len(counts), 6, 4, dtype=torch.float64, scale=3.0)
        case = f"of rows with {', '.join(map(str, counts))} counted labels"
        assert_agree(submission, reference, logits, labels, case)


@pytest.mark.check("numerics", points=4, conventions=["first-label"])
def test_first_labels_and_last_logits_do_not_matter(submission, draw):
    logits, labels = batch(draw, 3, 5, 6)
    before = submission.sequence_log_probs(logits, labels)
    assert_shape(before, (3,))
    changed = logits.clone()
    changed[:, -1] = draw.normal(3, 6, dtype=torch.float64, scale=9.0)
    result = submission.sequence_log_probs(changed, labels)
    assert_close(result, before, what="the result after a change of the last logits, which predict nothing,")
    for first in (0, 5, IGNORED):
        moved = labels.clone()
        moved[:, 0] = first
        result = submission.sequence_log_probs(logits, moved)
        assert_close(result, before, what=f"the result with labels[:, 0] = {first}, which nothing predicts,")


@pytest.mark.check("numerics", points=6, conventions=["ignore-index-any"])
def test_any_int_can_be_the_ignore_index(submission, reference, draw):
    for ignore_index in (0, 5, draw.int(1, 4), -1, 6, 7, 151_643, -draw.int(2, 50)):
        logits, labels = batch(draw, 3, 6, 6, ignore_index=ignore_index)
        case = f"with ignore_index={ignore_index} and V=6"
        assert_agree(submission, reference, logits, labels, case, ignore_index=ignore_index)


@pytest.mark.check("numerics", points=4)
def test_sizes_of_one_and_two_match(submission, reference, draw):
    labels = torch.tensor([[1, 2], [0, IGNORED], [2, 0]])
    assert_agree(submission, reference, draw.normal(3, 2, 4, dtype=torch.float64), labels, "of logits [3, 2, 4]")
    for b, s, v in ((1, 2, 5), (1, 7, 2), (2, 4, 1), (4, 2, 2)):
        logits, labels = batch(draw, b, s, v)
        assert_agree(submission, reference, logits, labels, f"of logits [{b}, {s}, {v}]")


@pytest.mark.check("numerics", points=3, conventions=["other-dtypes-stay"])
def test_float32_matches(submission, reference, draw):
    for (b, s, v), scale in (((2, 6, 11), 1.0), ((1, 3, 40), 8.0), ((3, 9, 5), 0.1)):
        logits, labels = batch(draw, b, s, v, torch.float32, scale)
        assert_agree(submission, reference, logits, labels, f"of logits [{b}, {s}, {v}]", 2e-5)


# gradients


@pytest.mark.check("gradients", points=8, conventions=["sum-not-mean", "shift"])
def test_gradient_matches(submission, reference, draw):
    for b, s, v, ignore_index in ((2, 5, 7, IGNORED), (1, 4, 3, 0), (3, 2, 4, 9), (3, 3, 3, IGNORED)):
        logits, labels = batch(draw, b, s, v, ignore_index=ignore_index)
        assert_gradients_agree(
            submission.sequence_log_probs, reference.sequence_log_probs, logits.requires_grad_(), labels,
            draw=draw, relative=1e-9, names=PLACES, ignore_index=ignore_index,
        )  # fmt: skip


@pytest.mark.check("gradients", points=4, conventions=["first-label", "nothing-counts"])
def test_gradient_is_zero_where_no_counted_label_is_predicted(submission, draw):
    for dtype in DTYPES:
        logits, labels = batch(draw, 3, 5, 4, dtype, scale=1.0)
        labels[draw.int(0, 1), 1:] = IGNORED
        labels[2, 1] = 1
        one = torch.ones(3, dtype=torch.promote_types(dtype, torch.float32))
        entry = submission.sequence_log_probs
        gradient = gradients(entry, logits.requires_grad_(), labels, cotangents=[one]).get("0")
        assert_shape(gradient, (3, 5, 4), "the gradient of `logits`")
        idle = torch.ones(3, 5, dtype=torch.bool)
        idle[:, :-1] = labels[:, 1:] == IGNORED
        if not (gradient[idle].abs() <= 1e-12).all():
            fail("the gradient is not zero at positions that predict no counted label (the last one included)")
        if not (gradient[~idle].abs().amax(dim=-1) > 0).all():
            fail("the gradient is zero at a position that predicts a counted label")


@pytest.mark.check("gradients", points=3)
def test_half_precision_learns_in_the_right_direction(submission, reference, draw):
    for dtype in HALF_DTYPES:
        logits, labels = batch(draw, 3, 5, 6, dtype)
        entries = submission.sequence_log_probs, reference.sequence_log_probs
        assert_same_direction(*entries, logits.requires_grad_(), labels, draw=draw)


# finiteness


@pytest.mark.check("finiteness", points=3, conventions=["nothing-counts"])
def test_zero_where_no_label_counts(submission, draw):
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        wide = torch.promote_types(dtype, torch.float32)
        for labels, ignore_index, case in uncounted(draw):
            b = len(labels)
            logits = draw.normal(*labels.shape, 5, dtype=dtype, requires_grad=True)
            outcome = submission.sequence_log_probs.observe(
                logits, labels, ignore_index=ignore_index, cotangents=[torch.ones(b, dtype=wide)]
            )
            assert_close(outcome.value, torch.zeros(b, dtype=wide), what=f"the result where {case}")
            flow = (outcome.gradients or {}).get("0")
            if flow is not None and not (flow == 0).all():
                fail(f"the gradient of `logits` must be zero where {case}")


def big_batches(draw, dtype):
    """Logits far apart, and logits near one another but far from 0, on either side."""
    reach = 100.0 if dtype == torch.float16 else 1e4
    labels = batch(draw, 2, 5, 6)[1]
    apart = draw.uniform(2, 5, 6, low=-reach, high=reach, dtype=dtype)
    yield apart, labels, f"of logits between {-reach:g} and {reach:g}"
    for sign in (1.0, -1.0):
        near = sign * (reach - draw.uniform(2, 5, 6, low=0.0, high=8.0, dtype=torch.float64))
        yield near.to(dtype), labels, f"of logits near {sign * reach:g}"


@pytest.mark.check("finiteness", points=3, conventions=["big-logits"])
def test_right_for_big_logits(submission, reference, draw):
    # Logits of 1e4 leave float32 about 1e-3 in each token, however it is computed.
    for dtype in DTYPES:
        for logits, labels, case in big_batches(draw, dtype):
            assert_finite(submission.sequence_log_probs(logits, labels), f"the result {case}")
            assert_agree(submission, reference, logits, labels, case, scale=100.0)


@pytest.mark.check("finiteness", points=2, conventions=["big-logits"])
def test_gradient_is_right_for_big_logits(submission, reference, draw):
    entries = submission.sequence_log_probs, reference.sequence_log_probs
    for dtype in DTYPES:
        for logits, labels, _ in big_batches(draw, dtype):
            if dtype in HALF_DTYPES:
                assert_same_direction(*entries, logits.requires_grad_(), labels, draw=draw)
            else:
                relative = 1e-8 if dtype == torch.float64 else 1e-2
                assert_gradients_agree(
                    *entries, logits.requires_grad_(), labels, draw=draw, relative=relative, names=PLACES
                )


@pytest.mark.check("finiteness", points=2)
def test_long_and_unlikely_rows_match(submission, reference, draw):
    # The probability of such a row is 0 in every dtype; its log is below -750.
    for dtype in DTYPES:
        logits = draw.normal(2, 60, 8, dtype=dtype, scale=20.0)
        labels = torch.roll(logits.argmin(dim=-1), 1, dims=1)
        assert_agree(submission, reference, logits, labels, "of two rows of 60 unlikely tokens")


# contract


@pytest.mark.check("contract", points=3)
def test_takes_its_arguments_as_written(submission, reference, draw):
    logits, labels = batch(draw, 2, 5, 4, ignore_index=7)
    expected = reference.sequence_log_probs(logits, labels, 7)
    result = submission.sequence_log_probs(logits, labels, 7)
    assert_close(result, expected, what="the result with 7 as third argument")
    by_name = submission.sequence_log_probs(labels=labels, ignore_index=7, logits=logits)
    assert_close(by_name, expected, what="the result with all arguments by name")


@pytest.mark.check("contract", points=5, conventions=["inputs-unchanged", "any-input"])
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=2)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=5, conventions=["half-goes-to-float32"])
def test_half_precision_is_computed_and_summed_in_float32(submission, reference, draw):
    # Rows of one token, so that rounding of the half type cannot average out, and long ones, so that it adds up.
    for dtype in HALF_DTYPES:
        name = str(dtype).removeprefix("torch.")
        for b, s, v, scale in ((4, 2, 30, 4.0), (2, 2, 3, 8.0), (2, 6, 12, 3.0)):
            logits, labels = batch(draw, b, s, v, dtype, scale)
            assert_agree(submission, reference, logits, labels, f"of {name} logits [{b}, {s}, {v}]", 1e-5)
        logits, labels = draw.normal(2, 120, 3, dtype=dtype), draw.integers(2, 120, low=0, high=3)
        assert_agree(submission, reference, logits, labels, f"of {name} rows with 119 counted labels", 1e-5)


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_inputs_device(submission, reference, draw):
    def on_gpu(logits, labels, **options):
        expected = reference.sequence_log_probs(logits, labels, **options)
        assert_runs_on_gpu(submission, lambda gpu: submission.sequence_log_probs(logits, labels, **options), expected)

    for dtype in (torch.float32, torch.bfloat16):
        on_gpu(*batch(draw, 2, 4, 5, dtype))
    logits, labels = batch(draw, 2, 4, 5, ignore_index=8)
    on_gpu(logits.requires_grad_(), labels, ignore_index=8)
    for labels, ignore_index, _ in uncounted(draw)[::2]:
        on_gpu(draw.normal(*labels.shape, 5, requires_grad=True), labels, ignore_index=ignore_index)
