"""Hidden checks of beam_search. The oracle is a plain search over Python lists; inputs with a near tie are drawn anew."""

import itertools
import math

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    describe_value,
    fail,
    is_close,
    on_simulated_gpu,
)

IMPOSSIBLE = float("-inf")
CLEAR = 1e-3  # no decision of a search hangs on a difference smaller than this


def history_of(tokens, weights):
    return (tokens * weights[: tokens.shape[1]]).sum(-1) % 101


class Model:
    """next_log_probs from a table over the whole history, place by place; it counts how it is called."""

    def __init__(self, table, weights):
        self.table, self.weights, self.calls = table, weights, []
        self._factors, self._rows = weights.tolist(), None

    def row(self, tokens):
        """The same as `ask` gives for one sequence, over Python numbers."""
        self._rows = self._rows or self.table.detach().double().tolist()
        return self._rows[sum(token * factor for token, factor in zip(tokens, self._factors, strict=False)) % 101]

    def ask(self):
        def next_log_probs(*args):
            whole = len(args) == 1 and isinstance(args[0], torch.Tensor) and args[0].dtype in (torch.int64, torch.int32)
            if not whole or args[0].dim() != 2:
                fail(f"next_log_probs takes tokens [n, t], but was called with {', '.join(map(describe_value, args))}")
            tokens = args[0].long()
            if not 1 <= tokens.shape[1] < 500:
                fail(f"next_log_probs was called with sequences of {tokens.shape[1]} tokens")
            self.calls.append(tuple(tokens.shape))
            return self.table[history_of(tokens, self.weights)]

        return next_log_probs


def draw_model(draw, vocabulary, *, dtype=torch.float32, spread=1.5, eos=None, eos_lift=0.0, requires_grad=False):
    logits = draw.normal(101, vocabulary, dtype=torch.float64, scale=spread)
    if eos is not None:
        logits[:, eos] += eos_lift
    table = logits.log_softmax(-1).to(dtype).requires_grad_(requires_grad)
    return Model(table, draw.integers(500, low=1, high=101))


def search(model, prompt, width, steps, eos, penalty):
    """(hypotheses, smallest difference that decided anything)."""
    live, finished, gap = [([], 0.0)], [], math.inf
    for _ in range(steps):
        candidates = [
            ([*new, token], total + value)
            for new, total in live
            for token, value in enumerate(model.row([*prompt, *new]))
            if value != IMPOSSIBLE
        ]
        candidates.sort(key=lambda pair: -pair[1])
        if len(candidates) > width:
            gap = min(gap, candidates[width - 1][1] - candidates[width][1])
        live = [pair for pair in candidates[:width] if pair[0][-1] != eos]
        finished += [pair for pair in candidates[:width] if pair[0][-1] == eos]
        if not live:
            break
    ranked = sorted(((new, total / len(new) ** penalty) for new, total in finished + live), key=lambda pair: -pair[1])
    for (_, better), (_, worse) in itertools.pairwise(ranked[: width + 1]):
        gap = min(gap, better - worse)
    return ranked[:width], gap


def clear_case(draw, make, prompt, width, steps, eos, penalty):
    """A model on which nothing hangs on a near tie, and what the search gives on it."""
    for _ in range(200):
        model = make()
        expected, gap = search(model, prompt.tolist(), width, steps, eos, penalty)
        if gap > CLEAR:
            return model, expected
    raise RuntimeError("every model drawn has near ties")


def assert_hypotheses(result, expected, what):
    """The same token lists in the same order, with these scores."""
    assert_form(result, len(expected), what)
    if len(result) != len(expected):
        fail(f"{what}: {len(result)} hypotheses, expected {len(expected)}: {shown(result)}, expected {shown(expected)}")
    for place, ((tokens, score), (wanted, right)) in enumerate(zip(result, expected, strict=True)):
        if tokens != wanted:
            fail(f"{what}: hypothesis {place + 1} is {tokens}, expected {wanted}, of {shown(expected)}")
        if not is_close(score, right, 1e-5 * max(1.0, abs(right))):
            fail(f"{what}: the score of {tokens} is {score:.9g}, expected {right:.9g}")


def assert_form(result, width, what):
    if type(result) is not list:
        fail(f"{what}: returns {describe_value(result)}, expected a list of (tokens, score) pairs")
    for pair in result:
        if type(pair) is not tuple or len(pair) != 2:
            fail(f"{what}: holds {describe_value(pair)}, expected a tuple (tokens, score)")
        if type(pair[0]) is not list or not all(type(token) is int for token in pair[0]):
            fail(f"{what}: the new tokens are {describe_value(pair[0])}, expected a list of Python ints")
        if type(pair[1]) not in (float, int):
            fail(f"{what}: a score is {describe_value(pair[1])}, expected a Python float")


def shown(hypotheses):
    return "[" + ", ".join(f"({tokens}, {score:.4g})" for tokens, score in hypotheses[:4]) + "]"


def check(submission, draw, make, *, prompt, width, steps, eos, penalty=0.0):
    model, expected = clear_case(draw, make, prompt, width, steps, eos, penalty)
    result = submission.beam_search(model.ask(), prompt, width, steps, eos, length_penalty=penalty)
    what = f"beam_width {width}, max_new_tokens {steps}, eos_id {eos}, length_penalty {penalty:g}"
    assert_hypotheses(result, expected, what)


# shape


@pytest.mark.check("shape", points=6, conventions=["inputs"])
def test_gives_pairs_of_a_token_list_and_a_float(submission, draw):
    for vocabulary, size, width, steps in ((5, 3, 2, 4), (5, 2, 3, 4), (1, 1, 1, 1), (4, 1, 3, 2), (1, 2, 3, 4)):
        model = draw_model(draw, vocabulary, eos=0, eos_lift=1.0)
        result = submission.beam_search(model.ask(), draw.integers(size, high=vocabulary), width, steps, 0)
        assert_form(result, width, "the result")
        if not 1 <= len(result) <= width:
            fail(f"{len(result)} hypotheses come back for beam_width {width}")
        for tokens, _ in result:
            if len(tokens) > steps:
                fail(f"{tokens} has more than max_new_tokens = {steps} new tokens")


@pytest.mark.check("shape", points=4)
def test_takes_every_dtype_of_log_probabilities(submission, draw):
    prompt = draw.integers(3, high=4)
    for dtype in DTYPES:
        model = draw_model(draw, 4, dtype=dtype, requires_grad=dtype.itemsize >= 4)
        result = submission.beam_search(model.ask(), prompt, 2, 3, 3)
        assert_form(result, 2, f"with log-probabilities in {dtype}")
        for tokens, score in result:
            if not set(tokens) <= set(range(4)):
                fail(f"{tokens} holds tokens that are not in the vocabulary 0 .. 3")
            total = sum(model.row([*prompt.tolist(), *tokens[:i]])[token] for i, token in enumerate(tokens))
            if not is_close(score, total, 0.1 if dtype in HALF_DTYPES else 1e-4):
                fail(f"with log-probabilities in {dtype}, the score of {tokens} is {score:.6g}, its sum is {total:.6g}")


# numerics


@pytest.mark.check("numerics", points=6, conventions=["no-replacement-for-finished", "score-formula"])
def test_the_rules_by_hand(submission):
    rows = {(): [0.35, 0.15, 0.4, 0.1], (0,): [0.03, 0.45, 0.5, 0.02]}

    def next_log_probs(tokens):
        return torch.tensor([rows.get(tuple(row[1:]), [0.02, 0.02, 0.95, 0.01]) for row in tokens.tolist()]).log()

    ln = math.log
    first, second = ([2], ln(0.4)), ([0, 2], ln(0.35 * 0.5))
    third = ([0, 1, 2], ln(0.35 * 0.45 * 0.95))
    for penalty, expected in ((0.0, [first, second]), (1.0, [(third[0], third[1] / 3), (second[0], second[1] / 2)])):
        result = submission.beam_search(next_log_probs, torch.tensor([3]), 2, 3, 2, length_penalty=penalty)
        assert_hypotheses(result, expected, f"beam_width 2, max_new_tokens 3, eos_id 2, length_penalty {penalty:g}")
    # [1] would do best of all from here, but [2], which ends in eos, has taken its place.
    rows = {(): [0.36, 0.24, 0.4, 0.0], (0,): [0.34, 0.25, 0.4, 0.01], (1,): [0.01, 0.01, 0.97, 0.01]}
    result = submission.beam_search(next_log_probs, torch.tensor([3]), 2, 2, 2)
    assert_hypotheses(result, [([2], ln(0.4)), ([0, 2], ln(0.36 * 0.4))], "beam_width 2, max_new_tokens 2, eos_id 2")


@pytest.mark.check("numerics", points=12, conventions=["compared-by-the-sum", "one-beam-at-the-start", "ties-are-free", "task"])
def test_finds_what_a_plain_search_finds(submission, draw):
    # The eos lies outside the vocabulary, so every hypothesis is live at the end.
    for vocabulary, width, steps in ((5, 3, 4), (4, 1, 5), (3, 2, 6), (6, 6, 2), (7, 4, 1)):
        prompt = draw.integers(300 if steps == 6 else draw.int(1, 4), high=vocabulary)
        check(submission, draw, lambda v=vocabulary: draw_model(draw, v), prompt=prompt, width=width, steps=steps,
              eos=vocabulary + 3)  # fmt: skip


@pytest.mark.check(
    "numerics", points=12, conventions=["however-many-finished", "no-replacement-for-finished", "live-ones-count"]
)
def test_finished_beams_are_set_aside(submission, draw):
    for width, steps, lift in ((2, 5, 0.5), (3, 4, 1.0), (4, 5, 0.0), (1, 4, 0.0), (3, 3, 2.5)):
        eos = draw.int(0, 4)
        make = lambda e=eos, up=lift: draw_model(draw, 5, eos=e, eos_lift=up)  # noqa: E731
        check(submission, draw, make, prompt=draw.integers(2, high=5), width=width, steps=steps, eos=eos)


@pytest.mark.check("numerics", points=10, conventions=["score-formula", "eos-counts-in-both", "the-callback", "rules"])
def test_length_penalty_ranks_at_the_end_alone(submission, draw):
    for penalty in (1.0, 0.6, 2.0, -0.5):
        for width, steps in ((2, 5), (3, 4)):
            make = lambda: draw_model(draw, 4, eos=1, eos_lift=0.7)  # noqa: E731
            prompt = draw.integers(draw.choice([1, 9]), high=4)
            check(submission, draw, make, prompt=prompt, width=width, steps=steps, eos=1, penalty=penalty)


@pytest.mark.check("numerics", points=4, conventions=["eos-in-prompt-does-not-count"])
def test_an_eos_in_the_prompt_does_not_count(submission, draw):
    for prompt in (torch.tensor([0, 2]), torch.tensor([2]), torch.tensor([2, 1, 2, 2])):
        make = lambda: draw_model(draw, 4, eos=2, eos_lift=0.5)  # noqa: E731
        check(submission, draw, make, prompt=prompt, width=2, steps=3, eos=2, penalty=1.0)


@pytest.mark.check("numerics", points=4)
def test_the_beam_may_be_wider_than_the_vocabulary(submission, draw):
    for vocabulary, width, steps in ((2, 5, 3), (3, 4, 2), (1, 2, 2), (2, 3, 1)):
        check(submission, draw, lambda v=vocabulary: draw_model(draw, v), prompt=draw.integers(2, high=vocabulary),
              width=width, steps=steps, eos=0)  # fmt: skip


@pytest.mark.check("numerics", points=2)
def test_log_probabilities_may_be_float64(submission, draw):
    make = lambda: draw_model(draw, 4, dtype=torch.float64, eos=3)  # noqa: E731
    check(submission, draw, make, prompt=draw.integers(3, high=4), width=3, steps=6, eos=3, penalty=0.8)


# finiteness


@pytest.mark.check("finiteness", points=5, conventions=["impossible-never-taken"])
def test_impossible_extensions_are_never_taken(submission, draw):
    def make():
        model = draw_model(draw, 4)
        model.table[draw.mask(101, 4, share=0.6)] = IMPOSSIBLE
        model.table[:, 0] = model.table[:, 0].clamp(min=-9.0)  # one way at least is open
        return model

    for width, steps, eos in ((3, 4, 1), (2, 3, 0), (6, 2, 9)):
        check(submission, draw, make, prompt=draw.integers(2, high=4), width=width, steps=steps, eos=eos)
    def make_unlikely():  # two ways, of which one is unlikely and still possible
        table = torch.full((101, 4), IMPOSSIBLE)
        table[:, 0], table[:, 2] = draw.uniform(101, low=-2.0, high=-0.1), draw.uniform(101, low=-350.0, high=-300.0)
        return Model(table, draw.integers(500, low=1, high=101))

    check(submission, draw, make_unlikely, prompt=draw.integers(2, high=4), width=4, steps=2, eos=9)
    closed = Model(torch.full((101, 3), IMPOSSIBLE), draw.integers(500, low=1, high=101))
    result = submission.beam_search(closed.ask(), torch.tensor([1, 0]), 2, 3, 0)
    if result != []:
        fail(f"where nothing is possible the list must be empty, but it is {describe_value(result)}")


# contract


@pytest.mark.check("contract", points=9)
def test_refuses_what_it_must(submission, draw):
    prompt = draw.integers(3, high=4)
    for width in (0, -1):
        model = draw_model(draw, 4)
        assert_refuses(submission.beam_search, model.ask(), prompt, width, 3, 0, because=f"beam_width is {width}")
    for steps in (0, -2):
        model = draw_model(draw, 4)
        assert_refuses(submission.beam_search, model.ask(), prompt, 2, steps, 0, because=f"max_new_tokens is {steps}")


@pytest.mark.check("contract", points=5)
def test_leaves_prompt_and_log_probabilities_alone(submission, draw):
    for dtype in (torch.float64, torch.float32):
        constant = draw.normal(1, 5, dtype=dtype).log_softmax(-1)
        for prompt in (draw.integers(1, high=5).expand(4), draw.integers(6, high=5)[::2]):
            make = lambda values=constant: Model(values.expand(101, -1), torch.ones(500, dtype=torch.int64))  # noqa: E731
            submission.beam_search(make().ask(), prompt, 2, 3, 4, length_penalty=1.0)
    assert_inputs_left_alone(submission)


@pytest.mark.check("contract", points=1)
def test_draws_nothing_at_random(submission):
    assert_global_random_untouched(submission)


# gpu and efficiency


@pytest.mark.check("gpu", points=5)
def test_tokens_lie_on_the_prompts_device(submission, draw):
    prompt = draw.integers(3, high=4)
    make = lambda: draw_model(draw, 4, eos=2)  # noqa: E731
    model, expected = clear_case(draw, make, prompt, 2, 3, 2, 1.0)
    with on_simulated_gpu(submission):
        result = submission.beam_search(model.ask(), prompt, 2, 3, 2, length_penalty=1.0)
    assert_hypotheses(result, expected, "with the prompt on a GPU")


@pytest.mark.check("efficiency", points=5)
def test_one_call_a_step_is_enough(submission, draw):
    model = draw_model(draw, 5)
    submission.beam_search(model.ask(), draw.integers(2, high=5), 3, 4, 9)
    if len(model.calls) > 4:
        fail(f"next_log_probs is called {len(model.calls)} times for 4 steps; one call with all live beams as rows is enough")
