"""Hidden checks of top_p_filter. The oracle is the rule itself in float64, with slack where mass meets p and with free ties."""

import math

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    fail,
    gradients,
)

LOWEST = float("-inf")
TIED = 1e-6  # logits this near to one another are equally probable up to rounding


def assert_nucleus(result, logits, p, slack=1e-5):
    """The kept logits are the input's, the rest is -inf, and who stays is a nucleus; masses within slack of p are free."""
    assert_shape(result, logits.shape)
    assert_dtype(result, logits.dtype)
    given, got = (t.detach().double().reshape(-1, logits.shape[-1]) for t in (logits, result))
    kept = got != LOWEST
    odd = (kept & (got != given)).nonzero()
    if len(odd):
        row, token = odd[0].tolist()
        fail(f"token {token} of row {row} is {got[row, token]:.17g}: it must be its logit {given[row, token]:.17g} or -inf")

    ranked, order = given.sort(-1, descending=True)  # both [rows, V]
    probs = ranked.softmax(-1)
    stays = kept.gather(-1, order)
    # Equally probable tokens are one group: `above` and `through` are the mass before it and with it.
    first = torch.ones_like(stays)
    first[:, 1:] = ranked[:, :-1] - ranked[:, 1:] > TIED
    group = first.cumsum(-1) - 1
    size, here = (torch.zeros_like(group).scatter_add(-1, group, t) for t in (torch.ones_like(group), stays.long()))
    mass = torch.zeros_like(probs).scatter_add(-1, group, probs)
    through = mass.cumsum(-1).gather(-1, group)
    above, size, here = through - mass.gather(-1, group), size.gather(-1, group), here.gather(-1, group)
    least = torch.ceil((p - slack - above) / probs).clamp(min=1).minimum(size)  # of a group that straddles p

    def complain(where, duty):
        for row, place in (where & (ranked > LOWEST)).nonzero().tolist():
            held = f"the tokens more probable than it hold {above[row, place]:.6g} together, and p is {p:.6g}"
            fail(f"token {order[row, place]} of row {row} {duty(row, place)}: {held}")

    complain((group == 0) & (here == 0), lambda row, place: "is dropped, but the most probable token always stays")
    complain((above > p + slack) & stays, lambda row, place: "must go, but it stays")
    complain((through < p - slack) & ~stays, lambda row, place: "must stay, but it is dropped")
    complain(
        (above < p - slack) & (through >= p - slack) & (here < least) & ~stays,
        lambda row, place: "crosses p and must stay, but it is dropped" if size[row, place] == 1 else
        f"is one of {size[row, place]} equally probable ones; at least {int(least[row, place])} of them must stay to "
        f"reach p, but {here[row, place]} do",
    )  # fmt: skip


def distinct_rows(draw, *shape, dtype=torch.float64):
    """Logits whose rows, put in order, are 0.3 to 1 apart, then moved and shuffled: no ties, and nuclei of many sizes."""
    rows = math.prod(shape[:-1])
    falling = -draw.uniform(rows, shape[-1], low=0.3, high=1.0, dtype=torch.float64).cumsum(-1)
    falling += draw.uniform(rows, 1, low=-2.0, high=6.0, dtype=torch.float64)
    shuffled = [row[draw.permutation(shape[-1])] for row in falling]
    return torch.stack(shuffled).reshape(shape).to(dtype)


# numerics


@pytest.mark.check("numerics", points=7, conventions=["crossing-token-stays", "kept-are-unchanged", "task", "rules"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_keeps_the_nucleus(submission, draw, dtype):
    for p in (0.35, 0.5, 0.8, draw.float(0.05, 0.97)):
        logits = distinct_rows(draw, 5, 7, dtype=dtype)
        assert_nucleus(submission.top_p_filter(logits, p), logits, p)


@pytest.mark.check("numerics", points=4, conventions=["crossing-token-stays"])
def test_the_token_that_crosses_p_stays(submission, draw):
    shares = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
    for p, size in ((0.05, 1), (0.35, 1), (0.45, 2), (0.65, 2), (0.75, 3), (0.85, 3), (0.95, 4), (0.995, 4)):
        order = draw.permutation(4)
        logits = shares.log()[order] + draw.float(-3.0, 3.0)
        result = submission.top_p_filter(logits, p)
        assert_nucleus(result, logits, p)
        assert_same(result, torch.where(order < size, logits, LOWEST), what=f"the result for p = {p}")
    for shares, p in (([0.999, 6e-4, 4e-4], 0.9993), ([0.9999, 9.7e-5, 3e-6], 0.99999)):  # near 1 is not 1
        logits = torch.tensor(shares, dtype=draw.choice([torch.float32, torch.float64])).log()
        last = submission.top_p_filter(logits, p)[2:]
        assert_same(last, torch.full_like(logits[2:], LOWEST), what=f"the last logit of probabilities {shares} for p = {p}")
    logits = 0.5 * draw.permutation(2400) / 2400
    assert_nucleus(submission.top_p_filter(logits, 0.95), logits, 0.95)


@pytest.mark.check("numerics", points=4, conventions=["crossing-token-stays"])
def test_every_row_has_its_own_nucleus(submission, draw):
    # Peaked, flat and in between, in one batch; one token that every row ranks otherwise.
    flat, peaked = draw.uniform(3, 6, high=0.3), distinct_rows(draw, 3, 6).float() * 8
    logits = torch.cat((flat, peaked, distinct_rows(draw, 3, 6).float()))[draw.permutation(9)]
    for p in (0.3, 0.6, 0.98, 0.999):
        assert_nucleus(submission.top_p_filter(logits, p), logits, p)
    logits = logits.reshape(3, 3, 6)
    assert_nucleus(submission.top_p_filter(logits, 0.75), logits, 0.75)
    square = distinct_rows(draw, 5, 5)
    assert_nucleus(submission.top_p_filter(square, p=0.7), square, 0.7)


@pytest.mark.check("numerics", points=6, conventions=["p-one-changes-nothing"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_p_of_one_changes_nothing(submission, draw, dtype):
    peaked = torch.tensor([[30.0, 0.0, -1.0], [-1.0, 40.0, 0.0], [-100.0, 60.0, 90.0], [2.0, 2.0, LOWEST]], dtype=dtype)
    for logits in (peaked, draw.normal(2, 3, 40, dtype=dtype, scale=12.0), draw.normal(300, dtype=dtype)):
        assert_same(submission.top_p_filter(logits, 1.0), logits, what="the result for p = 1")


@pytest.mark.check("numerics", points=4, conventions=["most-probable-always-stays"])
def test_the_most_probable_token_stays_however_small_p_is(submission, draw):
    for dtype, p in (
        (torch.float32, 1e-8), (torch.float64, 1e-20), (torch.float64, 1e-8), (torch.bfloat16, 1e-4), (torch.float16, 1e-8)
    ):  # fmt: skip
        logits = torch.cat((distinct_rows(draw, 3, 9), distinct_rows(draw, 2, 9) * 6)).to(dtype)
        expected = torch.where(logits == logits.amax(-1, keepdim=True), logits, LOWEST)
        assert_same(submission.top_p_filter(logits, p), expected, what=f"the result for p = {p}")
        even = torch.zeros(2, 200, dtype=dtype)
        assert_nucleus(submission.top_p_filter(even, p), even, p)


@pytest.mark.check("numerics", points=4, conventions=["ties-are-free", "equality-is-free"])
def test_of_equal_tokens_enough_stay(submission, draw):
    for shares, p in (
        ([3, 1, 1, 1, 1], 0.7),  # 3/7 above four of 1/7: two at least
        ([2, 2, 2, 2, 2], 0.5),  # three at least
        ([6, 6, 6, 1, 1, 1], 0.45),  # two at least, and none of the small ones
        ([6, 6, 6, 1, 1, 1], 0.8),  # all of the large ones
        ([6, 6, 6, 1, 1, 1], 0.88),  # and one of the small ones
        ([9, 4, 4, 4, 1, 1], 0.99),  # everything
        ([1, 1, 1, 1, 1, 1, 1], 0.01),  # one at least
    ):
        logits = torch.tensor(shares, dtype=torch.float32)[draw.permutation(len(shares))].log()
        logits = torch.stack([logits.roll(shift) for shift in range(3)])
        assert_nucleus(submission.top_p_filter(logits, p), logits, p)


@pytest.mark.check("numerics", points=4, conventions=["probabilities-in-float32"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_adds_up_a_vocabulary_of_half_precision(submission, draw, dtype):
    # Sums taken in half precision stop growing or round the edge of the nucleus away.
    for p in (0.5, 0.9):
        logits = draw.normal(3, 3000, dtype=dtype)
        assert_nucleus(submission.top_p_filter(logits, p), logits, p, slack=2e-5)


@pytest.mark.check("numerics", points=2, conventions=["dropped-are-minus-inf"])
def test_logits_of_minus_infinity_stay_so(submission, draw):
    for dtype in DTYPES:
        logits = distinct_rows(draw, 4, 8, dtype=dtype)
        for row, count in enumerate((1, 4, 6, 7)):
            logits[row, draw.permutation(8)[:count]] = LOWEST
        for p in (0.4, 0.999, 1.0):
            assert_nucleus(submission.top_p_filter(logits, p), logits, p)


# finiteness


@pytest.mark.check("finiteness", points=6, conventions=["crossing-token-stays"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_logits_have_the_right_nucleus(submission, draw, dtype):
    reach = 95.0 if dtype == torch.float16 else 300.0 if dtype == torch.bfloat16 else draw.choice([300.0, 9.9e3])
    rows = distinct_rows(draw, 2, 6, dtype=torch.float64)
    if dtype == torch.bfloat16:
        rows = (rows / 2).round() * 2
    level = (rows - rows.amax(-1, keepdim=True)).clamp(min=-5.0)
    logits = torch.cat((level + reach, level - reach + 5.0)).to(dtype)
    for p in (0.3, 0.6, 0.9):
        assert_nucleus(submission.top_p_filter(logits, p), logits, p, slack=1e-3)


@pytest.mark.check("finiteness", points=4, conventions=["ties-are-free"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_whole_range_of_logits_is_covered(submission, dtype):
    reach = 100.0 if dtype == torch.float16 else 1e4
    logits = torch.tensor(
        [[reach, -reach, 0.0, reach, reach], [-reach, -reach, -reach, -reach, -reach], [0.0, reach, -reach, 0.0, 1.0],
         [0.0, -reach, 0.0, -reach, 0.0]], dtype=dtype,
    )  # fmt: skip
    for p in (0.5, 0.9):
        assert_nucleus(submission.top_p_filter(logits, p), logits, p)


# shape


@pytest.mark.check("shape", points=4, conventions=["dtype-and-device-of-logits", "inputs"])
def test_any_leading_dimensions(submission, draw):
    shapes = [(5,), (1,), (1, 1), (1, 6), (4, 1), (2, 3, 5), (3, 1, 4), (1, 2, 5), (3, 3, 3), (2, 1, 3, 4), (1, 1, 1)]
    for shape in shapes:
        logits = distinct_rows(draw, *shape, dtype=torch.float32)
        assert_nucleus(submission.top_p_filter(logits, 0.6), logits, 0.6)
    for shape in ((4,), (1,), (1, 1), (2, 1, 3)):
        logits = distinct_rows(draw, *shape, dtype=torch.float32)
        assert_same(submission.top_p_filter(logits, 1.0), logits, what="the result for p = 1")


@pytest.mark.check("shape", points=3, conventions=["dtype-and-device-of-logits"])
def test_result_has_the_dtype_of_the_logits(submission, draw):
    for dtype in DTYPES:
        for p in (0.7, 1.0):
            assert_dtype(submission.top_p_filter(draw.normal(2, 5, dtype=dtype), p), dtype, f"the result for p = {p}")


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, draw):
    base = distinct_rows(draw, 4, 3, 5, dtype=torch.float32)
    layouts = [
        draw.non_contiguous(base),
        base.permute(1, 0, 2),
        distinct_rows(draw, 3, 4, 5, dtype=torch.float32).permute(2, 0, 1),
        draw.non_contiguous(base[0]),
        draw.non_contiguous(base[0, 0]),
        base[0, :1].expand(4, 5),
        base[:, :1].expand(4, 2, 5),
        draw.normal(2, 1).expand(2, 5),
        base[:, :, ::2],
    ]
    for logits in layouts:
        assert_nucleus(submission.top_p_filter(logits, 0.65), logits, 0.65)
    for logits in layouts[2:7:4]:
        assert_same(submission.top_p_filter(logits, 1.0), logits, what="the result for p = 1")


# gradients


@pytest.mark.check("gradients", points=10, conventions=["kept-are-unchanged"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_kept_logits_pass_their_gradient_on(submission, draw, dtype):
    for p, shape in ((0.7, (3, 6)), (1.0, (3, 6)), (0.8, (2, 2, 5))):
        logits = distinct_rows(draw, *shape, dtype=dtype).requires_grad_()
        result = submission.top_p_filter(logits, p)
        assert_nucleus(result, logits.detach(), p)
        # What flows to a dropped entry has nothing to pass on: it stays -inf whatever its logit does.
        cotangent = torch.where(result == LOWEST, 0.0, draw.normal(*shape, dtype=dtype))
        flow = gradients(submission.top_p_filter, logits, p, cotangents=[cotangent])["0"]
        if flow is None:
            fail(f"no gradient reaches the logits for p = {p}")
        assert_close(flow, cotangent, what=f"the gradient of the logits for p = {p}")


# contract


@pytest.mark.check("contract", points=7)
def test_refuses_a_p_outside_its_range(submission, draw):
    for logits in (draw.normal(2, 5), draw.normal(4, dtype=torch.bfloat16), draw.normal(1)):
        for p in (0.0, -0.1, -1.0, 1.001, 1.5, 90.0):
            assert_refuses(submission.top_p_filter, logits, p, because=f"p = {p} is outside (0, 1]")


@pytest.mark.check("contract", points=7, conventions=["result-is-a-copy"])
def test_leaves_its_inputs_alone(submission, draw):
    for logits in (draw.normal(2, 6), draw.normal(1, dtype=torch.float64), draw.normal(3, 2, 5, dtype=torch.float16)):
        for p in (0.3, 0.999, 1.0):
            submission.top_p_filter(logits, p)
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_draws_nothing_from_the_global_random_state(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=10, conventions=["dtype-and-device-of-logits"])
@pytest.mark.parametrize("p", [0.3, 0.75, 1.0])
def test_everything_lies_on_the_logits_device(submission, draw, p):
    logits = distinct_rows(draw, 3, 6, dtype=torch.float32)
    ranked, order = logits.double().sort(-1, descending=True)
    probs = ranked.softmax(-1)
    stays = (probs.cumsum(-1) - probs < p).scatter(-1, order, probs.cumsum(-1) - probs < p)
    expected = torch.where(stays, logits, LOWEST)
    assert_runs_on_gpu(submission, lambda gpu: submission.top_p_filter(logits, p), expected)
