"""Hidden checks of speculative_greedy. The oracle walks the rounds over Python lists; the callbacks count their calls."""

import contextlib

import pytest
import torch

from grader.suite import (
    DTYPES,
    SubmissionRaised,
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_same,
    assert_shape,
    describe_value,
    fail,
    on_simulated_gpu,
)
from grader.suite.placement import assert_placed

INTEGERS = (torch.int64, torch.int32)
KEYS = ("target_calls", "draft_calls", "proposed", "accepted")


class Model:
    """Logits [t, V] from a table over the whole history of each row."""

    def __init__(self, name, table, weights):
        self.name, self.table, self.weights, self.lengths = name, table, weights, []

    def rows(self, tokens):
        # Token 0 counts, too: else a history of zeros would stay on one row, and say one token for ever.
        return ((tokens.long() + 1) * self.weights[: len(tokens)]).cumsum(0) % 101

    def next(self, tokens):
        """The greedy next token after a list of tokens: the lowest index among the largest logits."""
        row = self.table.detach()[int(self.rows(torch.tensor(tokens))[-1])]
        return int((row == row.max()).to(torch.uint8).argmax())

    def ask(self):
        def logits(*args):
            if len(args) != 1 or not isinstance(args[0], torch.Tensor) or args[0].dim() != 1 or args[0].dtype not in INTEGERS:
                fail(f"{self.name} takes tokens [t], but was called with {', '.join(map(describe_value, args))}")
            if not 1 <= len(args[0]) < 500:
                fail(f"{self.name} was called with {len(args[0])} tokens")
            self.lengths.append(len(args[0]))
            return self.table[self.rows(args[0])]

        return logits


def draw_models(draw, vocabulary, agreement, dtype=torch.float32, levels=None, requires_grad=False, close=False):
    """A target, and a draft that gives other logits on a share of all histories. `levels` makes ties common, `close` lets
    the logits of a row differ by single rounding steps."""
    shape = (101, vocabulary)
    target, other = (
        draw.normal(*shape, dtype=dtype) if levels is None else draw.integers(*shape, high=levels).to(dtype) for _ in range(2)
    )
    same = draw.mask(101, 1, share=agreement)
    weights = draw.integers(500, low=1, high=101)
    if close:
        step = torch.finfo(dtype).eps
        target, other = ((1 + table.argsort(-1).double() * step).to(dtype) for table in (target, other))
    draft = torch.where(same, target, other)
    return tuple(
        Model(name, table.requires_grad_(requires_grad), weights)
        for name, table in (("target_logits", target), ("draft_logits", draft))
    )


def walk(target, draft, prompt, new, gamma):
    """(tokens, counts) by the rules."""
    tokens, counts = list(prompt), dict.fromkeys(KEYS, 0)
    end = len(tokens) + new
    while len(tokens) < end:
        guess = list(tokens)
        for _ in range(min(gamma, end - len(tokens) - 1)):
            guess.append(draft.next(guess))
            counts["draft_calls"] += 1
            counts["proposed"] += 1
        counts["target_calls"] += 1
        drafted = guess[len(tokens) :]
        while drafted and drafted[0] == target.next(tokens):
            tokens.append(drafted.pop(0))
            counts["accepted"] += 1
        tokens.append(target.next(tokens))
    return tokens, counts


def assert_right(result, target, draft, prompt, new, gamma):
    what = f"prompt of {len(prompt)} tokens, max_new_tokens {new}, gamma {gamma}"
    if type(result) is not tuple or len(result) != 2:
        fail(f"{what}: returns {describe_value(result)}, expected a tuple (tokens, counts)")
    tokens, counts = result
    expected, wanted = walk(target, draft, prompt.tolist(), new, gamma)
    assert_shape(tokens, (len(prompt) + new,), f"{what}: the tokens")
    assert_dtype(tokens, torch.int64, f"{what}: the tokens")
    assert_same(tokens, torch.tensor(expected), what=f"{what}: the tokens")
    if not isinstance(counts, dict) or set(counts) != set(KEYS):
        fail(f"{what}: the counts are {describe_value(counts)}, expected a dict with the keys {', '.join(KEYS)}")
    for model, key in ((target, "target_calls"), (draft, "draft_calls")):
        if len(model.lengths) != wanted[key]:
            fail(f"{what}: {model.name} is called {len(model.lengths)} times, the rules take {wanted[key]}")
    for key in KEYS:
        if type(counts[key]) is not int:
            fail(f'{what}: "{key}" is {describe_value(counts[key])}, expected a Python int')
        if counts[key] != wanted[key]:
            fail(f'{what}: "{key}" is {counts[key]}, expected {wanted[key]}')


def check(submission, draw, *, size=3, new=6, gamma=3, vocabulary=5, agreement=0.7, **options):
    target, draft = draw_models(draw, vocabulary, agreement, **options)
    prompt = draw.integers(size, high=vocabulary)
    result = submission.speculative_greedy(target.ask(), draft.ask(), prompt, new, gamma)
    assert_right(result, target, draft, prompt, new, gamma)


# shape


@pytest.mark.check("shape", points=6, conventions=["inputs"])
def test_any_size_gives_a_tensor_and_four_counts(submission, draw):
    for size, new, gamma, vocabulary in ((1, 1, 1, 1), (4, 5, 2, 7), (1, 3, 9, 2), (7, 1, 0, 3), (2, 6, 1, 1)):
        target, draft = draw_models(draw, vocabulary, 0.8)
        prompt = draw.integers(size, high=vocabulary)
        result = submission.speculative_greedy(target.ask(), draft.ask(), prompt, new, gamma)
        if type(result) is not tuple or len(result) != 2 or not isinstance(result[1], dict):
            fail(f"returns {describe_value(result)}, expected a tuple (tokens, dict of counts)")
        assert_shape(result[0], (size + new,), f"the tokens for {new} new ones, gamma {gamma}")
        assert_dtype(result[0], torch.int64, "the tokens")
        for key in KEYS:
            if type(result[1].get(key)) is not int:
                fail(f'"{key}" is {describe_value(result[1].get(key))}, expected a Python int')


@pytest.mark.check("shape", points=4)
def test_takes_any_memory_layout_and_dtype(submission, draw):
    for dtype in DTYPES:
        target, draft = draw_models(draw, 4, 0.8, dtype=dtype, requires_grad=True)
        for prompt in (draw.integers(1, high=4).expand(3), draw.integers(8, high=4)[::2]):
            target.lengths, draft.lengths = [], []
            result = submission.speculative_greedy(target.ask(), draft.ask(), prompt, 4, 2)
            assert_right(result, target, draft, prompt, 4, 2)


# numerics


@pytest.mark.check(
    "numerics", points=16,
    conventions=["exactly-the-targets-tokens", "row-predicts-the-next", "prefix-and-one-more", "counts-are-real"],
)  # fmt: skip
def test_some_drafts_are_kept(submission, draw):
    for new, gamma in ((8, 3), (7, 1), (9, 2), (6, 4)):
        check(submission, draw, new=new, gamma=gamma, size=draw.int(1, 5), agreement=0.75)


@pytest.mark.check("numerics", points=10, conventions=["never-more-than-usable", "one-target-call-a-round", "task"])
def test_a_draft_that_is_always_right_saves_calls(submission, draw):
    for new, gamma in ((9, 3), (8, 3), (7, 2), (4, 9), (2, 1), (1, 4)):
        check(submission, draw, new=new, gamma=gamma, agreement=1.0)
    check(submission, draw, new=24, gamma=5, agreement=1.0, size=300)  # both models look at the whole history


@pytest.mark.check("numerics", points=8, conventions=["exactly-the-targets-tokens", "the-callbacks"])
def test_a_draft_that_is_nearly_always_wrong_changes_nothing(submission, draw):
    for new, gamma in ((6, 3), (5, 1)):
        check(submission, draw, new=new, gamma=gamma, agreement=0.0, vocabulary=9)
    # The target finds the drafted token likelier than the draft does, but not the likeliest.
    weights, order = torch.ones(500, dtype=torch.int64), draw.permutation(3)
    target, draft = (
        Model(name, torch.tensor(shares)[order].log().expand(101, 3), weights)
        for name, shares in (("target_logits", [0.44, 0.55, 0.01]), ("draft_logits", [0.4, 0.3, 0.3]))
    )
    result = submission.speculative_greedy(target.ask(), draft.ask(), torch.tensor([1, 0]), 4, 2)
    assert_right(result, target, draft, torch.tensor([1, 0]), 4, 2)


@pytest.mark.check("numerics", points=4, conventions=["one-draft-call-each"])
def test_a_match_after_a_mismatch_does_not_count(submission, draw):
    # The target says the next number; the draft does, too, but for the second token of every round.
    table = torch.eye(12).roll(1, dims=1)
    weights = torch.zeros(500, dtype=torch.int64)

    class ByLast(Model):
        def rows(self, tokens):
            return tokens.long() % 12

    for stumble in (4, 3):
        wrong = table.clone()
        wrong[stumble] = torch.eye(12)[9]
        wrong[9] = torch.eye(12)[stumble + 2]
        target, draft = ByLast("target_logits", table, weights), ByLast("draft_logits", wrong, weights)
        prompt = torch.tensor([2])
        result = submission.speculative_greedy(target.ask(), draft.ask(), prompt, 6, 4)
        assert_right(result, target, draft, prompt, 6, 4)


@pytest.mark.check("numerics", points=4, conventions=["lowest-index-on-ties"])
def test_ties_go_to_the_lowest_index(submission, draw):
    for dtype in DTYPES:
        check(submission, draw, new=7, gamma=2, vocabulary=6, levels=2, dtype=dtype, agreement=0.8)
    for dtype in DTYPES:  # neighbours in the logits' own dtype are no tie
        check(submission, draw, new=7, gamma=2, vocabulary=6, close=True, dtype=dtype, agreement=0.8)


@pytest.mark.check("numerics", points=4, conventions=["gamma-zero-is-plain"])
def test_gamma_zero_is_plain_decoding(submission, draw):
    for new, size in ((5, 3), (1, 1), (2, 4)):
        check(submission, draw, new=new, gamma=0, size=size)


@pytest.mark.check("numerics", points=4, conventions=["zero-new-tokens"])
def test_no_new_tokens_make_no_call(submission, draw):
    for gamma in (0, 3):
        check(submission, draw, new=0, gamma=gamma)


# contract


@pytest.mark.check("contract", points=10)
def test_refuses_negative_numbers_before_any_call(submission, draw):
    for new, gamma in ((3, -1), (-1, 2), (0, -2), (-3, 0)):
        target, draft = draw_models(draw, 4, 0.8)
        name = f"gamma is {gamma}" if gamma < 0 else f"max_new_tokens is {new}"
        assert_refuses(submission.speculative_greedy, target.ask(), draft.ask(), draw.integers(2, high=4), new, gamma,
                       because=name)  # fmt: skip
        if target.lengths or draft.lengths:
            fail(f"calls a model before it refuses: {name}")


@pytest.mark.check("contract", points=9)
def test_the_result_is_a_tensor_of_its_own(submission, draw):
    for new, gamma in ((0, 2), (1, 0), (3, 2)):
        check(submission, draw, new=new, gamma=gamma)

    def silent(*args):
        fail("the target gives no answer in this check")

    # Whatever was written into the draft's logits is seen here, before the target's take their place.
    _, draft = draw_models(draw, 5, 0.5)
    with contextlib.suppress(SubmissionRaised):
        submission.speculative_greedy(silent, draft.ask(), draw.integers(3, high=5), 3, 1)
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_draws_nothing_at_random(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=10)
def test_everything_lies_on_the_prompts_device(submission, draw):
    for new, gamma in ((5, 2), (3, 0), (0, 1)):
        target, draft = draw_models(draw, 5, 0.7)
        prompt = draw.integers(3, high=5)
        with on_simulated_gpu(submission):
            result = submission.speculative_greedy(target.ask(), draft.ask(), prompt, new, gamma)
        assert_placed(submission)
        assert_right(result, target, draft, prompt, new, gamma)
