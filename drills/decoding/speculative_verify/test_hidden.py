"""Hidden checks of speculative_verify. Rounds are built backwards: what must come out is chosen first, then the numbers."""

import itertools

import pytest
import torch

from grader.suite import (
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    describe_value,
    fail,
)

FLOATS = (torch.float32, torch.float64)


def verify(submission, tokens, draft, target, uniforms, dtype=torch.float64):
    """One round from lists; draft and target are lists of rows."""
    size = len(target[0])
    return submission.speculative_verify(
        torch.tensor(tokens, dtype=torch.int64), torch.tensor(draft, dtype=dtype).reshape(len(tokens), size),
        torch.tensor(target, dtype=dtype), torch.tensor(uniforms, dtype=dtype),
    )  # fmt: skip


def assert_gives(submission, expected, tokens, draft, target, uniforms, why, dtypes=FLOATS):
    """The round gives exactly these tokens, in both dtypes."""
    for dtype in dtypes:
        result = verify(submission, tokens, draft, target, uniforms, dtype)
        assert_same(result, expected, what=f"where {why}, the result")


def between(draw, weights, index):
    """A number well inside the share of this index of the cumulative weights."""
    share = weights.double() / weights.double().sum()
    return float(share[:index].sum() + draw.float(0.15, 0.85) * share[index])


def distributions(draw, count, size, zero=False):
    """Rows [count, size] without tiny entries; with `zero` the first entry of every second one is 0."""
    weights = draw.uniform(count, size, low=0.2, high=1.0, dtype=torch.float64) ** 2
    if zero and size > 2:
        weights[::2, 0] = 0.0
    return weights / weights.sum(-1, keepdim=True)


def build_round(draw, count, size, reject_at, dtype=torch.float64):
    """(arguments, expected) of a round with `count` drafted tokens that rejects the one at `reject_at`, None for none."""
    kept = count if reject_at is None else reject_at
    while True:
        draft, target = distributions(draw, count, size).to(dtype), distributions(draw, count + 1, size, zero=True).to(dtype)
        ratios = target[:count].double() / draft.double()
        residual = (target[kept] - draft[kept]).clamp(min=0) if kept < count else target[kept]
        if kept == count or (float(ratios[kept].min()) < 0.8 and int((residual > 0.03).sum()) > min(1, size - 2)):
            break
    tokens, uniforms = [], []
    for i in range(count):
        if i == kept:
            token = int(ratios[i].argmin())
            low = float(ratios[i, token])
            uniform = low + draw.float(0.1, 0.9) * (1 - low)
        else:  # behind the rejection, too, tokens pass their own test
            token = draw.choice((target[i] > 0.02).nonzero().flatten().tolist())
            uniform = min(1.0, float(ratios[i, token])) * draw.float(0.05, 0.9)
        tokens.append(token)
        uniforms.append(uniform)
    drawn = draw.choice((residual > 0.03).nonzero().flatten().tolist())
    uniforms.append(between(draw, residual, drawn))
    args = (torch.tensor(tokens, dtype=torch.int64), draft, target, torch.tensor(uniforms, dtype=dtype))
    return args, [*tokens[:kept], drawn]


# numerics


@pytest.mark.check("numerics", points=5, conventions=["strictly-below-the-ratio", "one-more-from-the-target"])
def test_keeps_all_that_pass_and_draws_one_more(submission, draw):
    for number, (count, size) in enumerate(((1, 2), (1, 6), (2, 4), (3, 5), (4, 4), (6, 3), (2, 9), (5, 5))):
        args, expected = build_round(draw, count, size, None, FLOATS[number % 2])
        assert_same(submission.speculative_verify(*args), expected, what=f"where all {count} tokens pass, the result")


@pytest.mark.check("numerics", points=8, conventions=["residual-is-positive-part", "draw-uses-the-last-uniform", "task"])
def test_replaces_the_first_rejected_token_from_the_residual(submission, draw):
    cases = ((1, 5, 0), (2, 4, 1), (3, 6, 0), (4, 5, 1), (4, 7, 2), (5, 6, 0), (5, 5, 3), (6, 8, 2), (3, 3, 1))
    for number, (count, size, at) in enumerate(2 * cases):
        args, expected = build_round(draw, count, size, at, FLOATS[number % 2])
        what = f"where {count} tokens are drafted and number {at} (from 0) is the first rejected, the result"
        assert_same(submission.speculative_verify(*args), expected, what=what)


@pytest.mark.check("numerics", points=4, conventions=["nothing-after-a-rejection"])
def test_nothing_behind_a_rejection_is_kept(submission):
    # Tokens 1 and 3 fail, the others pass with certainty; the draw behind token 0 gives 2.
    draft = [[0.25, 0.5, 0.25, 0.0], [0.5, 0.25, 0.125, 0.125], [0.25, 0.25, 0.25, 0.25], [0.75, 0.125, 0.125, 0.0]]
    target = [[0.5, 0.5, 0.0, 0.0], [0.125, 0.25, 0.5, 0.125], [0.25, 0.25, 0.25, 0.25], [0.0, 0.5, 0.5, 0.0]]
    target.append([1.0, 0.0, 0.0, 0.0])
    for last in (0.1, 0.5, 0.9):
        uniforms = [0.5, 0.5, 0.0, 0.5, last]
        assert_gives(submission, [0, 2], [0, 0, 1, 0], draft, target, uniforms, "tokens behind the rejected one would pass")


@pytest.mark.check("numerics", points=4, conventions=["strictly-below-the-ratio"])
def test_a_uniform_equal_to_the_ratio_rejects(submission):
    draft, target = [[0.5, 0.25, 0.25]], [[0.25, 0.5, 0.25], [0.0, 0.0, 1.0]]
    assert_gives(submission, [1], [0], draft, target, [0.5, 0.5], "uniforms[0] equals the ratio 0.5")
    assert_gives(submission, [0, 2], [0], draft, target, [0.499, 0.5], "uniforms[0] is just below the ratio 0.5")
    draft, target = [[0.5, 0.5, 0.0]], [[0.0, 0.5, 0.5], [0.0, 0.0, 1.0]]
    assert_gives(submission, [2], [0], draft, target, [0.0, 0.3], "the target's probability and uniforms[0] are 0")
    assert_gives(submission, [1, 2], [1], draft, target, [1 - 2**-24, 0.3], "the ratio is 1 and uniforms[0] nearly 1")


@pytest.mark.check("numerics", points=4, conventions=["zero-draft-probability"])
def test_a_drafted_token_of_draft_probability_zero(submission):
    draft, last = [[0.5, 0.5, 0.0, 0.0]], [0.0, 0.0, 0.0, 1.0]
    possible, impossible = [[0.25, 0.25, 0.5, 0.0], last], [[0.25, 0.75, 0.0, 0.0], last]
    for u in (0.0, 0.5, 0.999):
        why = f"the draft's probability is 0, the target's {{}}, and uniforms[0] is {u}"
        assert_gives(submission, [2, 3], [2], draft, possible, [u, 0.5], why.format("0.5"))
        assert_gives(submission, [1], [2], draft, impossible, [u, 0.9], why.format("0"))
        assert_gives(submission, [1], [3], draft, impossible, [u, 0.1], why.format("0"))


@pytest.mark.check("numerics", points=4, conventions=["empty-residual"])
def test_an_empty_residual_draws_from_the_target(submission):
    row = [0.0, 0.125, 0.5, 0.375, 0.0]
    for last, drawn in ((0.0, 1), (0.1, 1), (0.3, 2), (0.7, 3), (1 - 2**-24, 3)):
        for token in (0, 4):
            why = "draft and target are equal and the drafted token is impossible in both"
            assert_gives(submission, [drawn], [token], [row], [row, [1.0, 0, 0, 0, 0]], [0.0, last], why)
    args = ([2, 0], [row, row], [row, row, [1.0, 0, 0, 0, 0]], [0.4, 0.5, 0.3])
    assert_gives(submission, [2, 2], *args, "the second of two drafted tokens is impossible in both distributions")


@pytest.mark.check("numerics", points=4, conventions=["cumulative-exceeds", "never-zero-probability"])
def test_draws_the_first_index_whose_sum_exceeds_the_uniform(submission):
    row = [0.0, 0.25, 0.0, 0.0, 0.5, 0.25, 0.0]
    cases = ((0.0, 1), (0.2, 1), (0.25, 4), (0.5, 4), (0.75, 5), (0.9, 5))
    for u, drawn in cases:
        assert_gives(submission, [drawn], [], [], [row], [u], f"K = 0 and the draw from {row} uses {u}")
    # The residual is [0, 1, 0, 0, 2, 1, 0] eighths.
    draft = [0.5, 0.125, 0.0, 0.125, 0.125, 0.125, 0.0]
    target = [0.0, 0.25, 0.0, 0.125, 0.375, 0.25, 0.0]
    for u, drawn in cases:
        why = f"the residual is [0, 1, 0, 0, 2, 1, 0] eighths and uniforms[K] is {u}"
        assert_gives(submission, [drawn], [0], [draft], [target, row], [0.5, u], why)
    small, under = [2.0**-20, 0.5 - 2.0**-20, 0.5], 2.0**-20 - 2.0**-44  # which float32 tells apart
    assert_gives(submission, [0], [], [], [small], [under], "the first share exceeds uniforms[0] by 2**-44")
    for step, drawn in ((-(2.0**-46), 1), (2.0**-46, 4)):
        why = f"the first cumulative probability is 0.25 and the last uniform 0.25 {'-' if step < 0 else '+'} 2**-46"
        assert_gives(submission, [drawn], [], [], [row], [0.25 + step], f"K = 0, {why}", [torch.float64])
        assert_gives(submission, [drawn], [0], [draft], [target, row], [0.5, 0.25 + step], why, [torch.float64])


@pytest.mark.check("numerics", points=5, conventions=["rounding-leaves-none", "never-zero-probability"])
def test_where_rounding_leaves_no_index_the_last_possible_one_is_drawn(submission, draw):
    for dtype, top in ((torch.float32, 1 - 2**-24), (torch.float64, 1 - 2**-53)):
        short = 4 * (1 - top)  # the row adds up to a little less than the uniform
        row = [0.25, 0.0, 0.25, 0.5 - short, 0.0, 0.0]
        why = f"the probabilities add up to a little less than uniforms[K] = 1 - {1 - top:.3g}"
        assert_gives(submission, [3], [], [], [row], [top], f"K = 0 and {why}", [dtype])
        args = ([2], [[0.0, 0.5, 0.5, 0.0, 0.0, 0.0]], [row, row], [0.9, top])
        assert_gives(submission, [3], *args, why, [dtype])
        args = ([0], [[0.25, 0.25, 0.25, 0.25, 0.0, 0.0]], [row, row], [0.5, top])
        assert_gives(submission, [0, 3], *args, f"the token passes and {why}", [dtype])
        thirds = [0.7, 0.1, 0.1, 0.1, 0.0]
        args = ([0], [thirds], [[0.1, 0.3, 0.3, 0.3, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]], [0.5, top])
        why = f"the residual is [0, 0.2, 0.2, 0.2, 0] and uniforms[K] is 1 - {1 - top:.3g}"
        assert_gives(submission, [3], *args, why, [dtype])
    # A long row whose sum stays below the largest uniform even where it or its entries are divided by its own total.
    for dtype, highest in ((torch.float32, 1.0 - 2.0**-24), (torch.float64, 1.0 - 2.0**-53)):
        for _ in range(200):
            many = draw.uniform(200, low=0.0, high=1.0, dtype=dtype)
            row = torch.cat((0.4 * many / many.sum(), torch.tensor([0.4, 0.2, 0.0, 0.0, 0.0], dtype=dtype)))
            sums = torch.stack((row.cumsum(0) / row.sum(), (row / row.sum()).cumsum(0)))
            if float(sums.max()) <= highest:
                break
        result = verify(submission, [], [], [row.tolist()], [highest], dtype)
        assert_same(result, [201], what="where 202 probabilities add up to less than the uniform, the result")


@pytest.mark.check("numerics", points=3, conventions=["zero-draft-probability", "empty-residual"])
def test_small_probabilities_count_as_they_are(submission):
    for tiny in (2.0**-36, 2.0**-80):
        draft, target = [[0.5, 0.5, 4 * tiny]], [[0.25, 0.75, tiny], [1.0, 0.0, 0.0]]
        why = f"the ratio is 0.25, of two probabilities near {tiny:.0e}"
        assert_gives(submission, [2, 0], [2], draft, target, [0.2, 0.5], why)
        assert_gives(submission, [1], [2], draft, target, [0.3, 0.5], why)
    draft, target = [[0.5, 0.5, 0.0]], [[0.25, 0.75, tiny], [1.0, 0.0, 0.0]]
    assert_gives(submission, [2, 0], [2], draft, target, [0.999, 0.5], "the draft's probability is 0 and the target's tiny")
    for dtype, step in ((torch.float32, 2.0**-20), (torch.float64, 2.0**-30)):
        args = ([1], [[0.5, 0.5]], [[0.5 + step, 0.5 - step], [0.0, 1.0]], [1 - step, 0.9])
        assert_gives(submission, [0], *args, "the residual is tiny, but not zero,", [dtype])


@pytest.mark.check("numerics", points=4)
def test_float64_is_computed_in_float64(submission, draw):
    tiny = 1e-9
    for _ in range(4):
        draft, target = distributions(draw, 2, 5)
        token = int((target / draft).argmin())
        ratio, residual = float(target[token] / draft[token]), (target - draft).clamp(min=0)
        first, last = (int(i) for i in residual.nonzero()[[0, -1], 0])
        rows = ([draft.tolist()], [target.tolist(), [0.0, 1.0, 0.0, 0.0, 0.0]])
        args = ([token], *rows, [ratio - tiny, 0.5])
        assert_gives(submission, [token, 1], *args, "uniforms[0] is 1e-9 below the ratio", [torch.float64])
        share = float(residual[first] / residual.sum())
        args = ([token], *rows, [ratio + tiny, share - tiny])
        assert_gives(submission, [first], *args, "uniforms[0] is 1e-9 above the ratio", [torch.float64])
        after = [int(i) for i in residual.nonzero()[:, 0] if int(i) > first]
        if last > first:
            args = ([token], *rows, [1 - tiny, share + tiny])
            why = "uniforms[K] is 1e-9 above the first cumulative probability of the residual"
            assert_gives(submission, after[:1], *args, why, [torch.float64])
        edge = float(target[:3].sum())
        for step, drawn in ((-tiny, 2), (tiny, 3)):
            why = f"K = 0 and uniforms[0] is {step:g} from a cumulative probability"
            assert_gives(submission, [drawn], [], [], [target.tolist()], [edge + step], why, [torch.float64])


# statistics


@pytest.mark.check("statistics", points=15, conventions=["residual-is-positive-part", "one-more-from-the-target"])
@pytest.mark.parametrize("ahead", [0, 1], ids=["first", "second"])
def test_the_output_follows_the_target(submission, draw, ahead):
    # Sums over a grid of uniforms are exact here: ratios are fourths, the residual is [0, 2, 1] thirds.
    order = draw.permutation(3).tolist()
    draft, target = ([[row[i] for i in order]] for row in ([0.5, 0.25, 0.25], [0.125, 0.5, 0.375]))
    sure = [[0.0, 1.0, 0.0]]
    law = torch.zeros(3, dtype=torch.float64)
    for token, first, last in itertools.product(range(3), (1, 3, 5, 7), (1, 3, 5)):
        uniforms = [0.5] * ahead + [first / 8, last / 6]
        result = verify(submission, [1] * ahead + [token], sure * ahead + draft, sure * ahead + target + sure, uniforms)
        if type(result) is not list or len(result) <= ahead or type(result[ahead]) is not int or not 0 <= result[ahead] < 3:
            fail(f"the result is {describe_value(result)}, expected a list of tokens 0..2 with at least {ahead + 1} of them")
        law[result[ahead]] += draft[0][token] / 12
    if not torch.allclose(law, torch.tensor(target[0], dtype=torch.float64), atol=1e-12):
        place = "first token" if ahead == 0 else "token behind an accepted one"
        shares = [round(share, 4) for share in law.tolist()]
        fail(f"over a grid of uniforms the {place} has the distribution {shares}, but the target's is {target[0]}")


# shape


@pytest.mark.check("shape", points=3, conventions=["inputs"])
def test_gives_a_list_of_ints(submission, draw):
    for count, size, at in ((0, 4, None), (0, 1, None), (3, 1, None), (1, 1, None), (1, 4, 0), (2, 5, None), (4, 4, 0)):
        args, expected = build_round(draw, count, size, at, draw.choice(FLOATS))
        result = submission.speculative_verify(*args)
        assert_same(result, expected, what=f"for K = {count} and V = {size}, the result")


@pytest.mark.check("shape", points=2)
def test_takes_any_memory_layout(submission, draw):
    for at in (None, 1):
        (tokens, draft, target, uniforms), expected = build_round(draw, 3, 4, at)
        views = (draw.non_contiguous(tokens), *(draw.non_contiguous(t) for t in (draft, target, uniforms)))
        assert_same(submission.speculative_verify(*views), expected, what="for non-contiguous inputs, the result")
    row = torch.tensor([0.25, 0.5, 0.25])
    args = (torch.tensor([1]).expand(3), row.expand(3, 3), row.expand(4, 3), torch.tensor([0.5]).expand(4))
    assert_same(submission.speculative_verify(*args), [1, 1, 1, 1], what="for expanded inputs, the result")


# contract


@pytest.mark.check("contract", points=7)
def test_a_round_without_drafted_tokens(submission, draw):
    for dtype in FLOATS:
        for size in (1, 2, 6):
            args, expected = build_round(draw, 0, size, None, dtype)
            assert_same(submission.speculative_verify(*args), expected, what=f"for K = 0 and V = {size}, the result")


@pytest.mark.check("contract", points=3)
def test_inputs_may_require_grad(submission, draw):
    for at in (None, 0, 1):
        (tokens, *floats), expected = build_round(draw, 2, 4, at, torch.float32)
        result = submission.speculative_verify(tokens, *(t.requires_grad_() for t in floats))
        assert_same(result, expected, what="for inputs that require grad, the result")


@pytest.mark.check("contract", points=6)
def test_leaves_its_inputs_alone(submission, draw):
    for at in (0, 2, None):
        args, _ = build_round(draw, 3, 5, at, torch.float32)
        submission.speculative_verify(*args)
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=4)
def test_uses_no_other_randomness(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=5)
def test_works_on_the_inputs_device(submission, draw):
    row = [0.0, 0.5, 0.5]
    same = (torch.tensor([0]), torch.tensor([row]), torch.tensor([row, row]), torch.tensor([0.5, 0.6]))
    rounds = [build_round(draw, count, 5, at, torch.float32) for count, at in ((0, None), (3, None), (3, 1), (2, 0))]
    for args, expected in [*rounds, (same, [2])]:
        assert_runs_on_gpu(submission, lambda gpu, args=args: submission.speculative_verify(*args), expected)
