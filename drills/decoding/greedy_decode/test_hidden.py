"""Hidden checks of greedy_decode. The model is a script for each row, known by its first token, or a table over the history."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    describe_value,
    fail,
)

INTEGERS = (torch.int64, torch.int32)
E, P, X = "eos", "pad", "other"  # in a script: the eos, the padding, a token of no meaning


def tokens_in(args):
    """What a callback was called with, if it can be tokens [B, t] at all."""
    if len(args) != 1 or not isinstance(args[0], torch.Tensor) or args[0].dim() != 2 or args[0].dtype not in INTEGERS:
        fail(f"next_logits takes tokens [B, t], but was called with {', '.join(map(describe_value, args)) or 'nothing'}")
    if not 1 <= args[0].shape[1] < 500:
        fail(f"next_logits was called with sequences of {args[0].shape[1]} tokens")
    return args[0]


def scripted_model(draw, scripts, prompt, vocabulary, dtype=torch.float32, calls=None):
    """next_logits that makes the row with first token prompt[i, 0] emit scripts[i], whatever it was fed in between."""
    scripts = {int(row[0]): script for row, script in zip(prompt, scripts, strict=True)}
    noise = draw.normal(vocabulary, dtype=dtype)
    start = prompt.shape[1]

    def next_logits(*args):
        tokens = tokens_in(args)
        if calls is not None:
            calls.append(tuple(tokens.shape))
        logits = noise.repeat(len(tokens), 1)
        step = tokens.shape[1] - start
        for row, first in zip(logits, tokens[:, 0].tolist(), strict=True):
            script = scripts.get(first, [])
            row[script[step] if 0 <= step < len(script) else 0] = 9.0
        return logits

    return next_logits


def table_model(draw, vocabulary, dtype=torch.float32, requires_grad=False):
    """next_logits that depends on every token so far and on its place."""
    table = draw.normal(101, vocabulary, dtype=dtype)
    weights = draw.integers(500, low=1, high=101)

    def next_logits(*args):
        tokens = tokens_in(args)
        history = (tokens * weights[: tokens.shape[1]]).sum(-1) % 101
        return table[history].requires_grad_(requires_grad)

    return next_logits


def decoded(prompt, scripts, steps, eos, pad):
    """What greedy decoding of scripted rows gives."""
    rows, done = prompt.tolist(), [False] * len(prompt)
    for step in range(steps):
        if all(done):
            break
        for i, script in enumerate(scripts):
            rows[i].append(pad if done[i] else script[step])
            done[i] = done[i] or (eos is not None and script[step] == eos)
    return torch.tensor(rows)


def unlike_prompts(draw, rows, length, low=20, high=60):
    """Prompts that differ in their first tokens."""
    prompt = draw.integers(rows, length, low=low, high=high)
    prompt[:, 0] = torch.tensor(draw.distinct(rows, low, high))
    return prompt


def spell_out(draw, plans, eos, pad, vocabulary):
    """Scripts with tokens for E, P and X."""
    others = [token for token in range(vocabulary) if token not in (eos, pad)]
    in_vocabulary = 0 <= pad < vocabulary
    return [
        [eos if t == E else pad if t == P and in_vocabulary else draw.choice(others) for t in plan] for plan in plans
    ]


def assert_decodes(submission, draw, plans, *, eos, pad, steps=None, vocabulary=9, prompt=None, what="the result"):
    prompt = unlike_prompts(draw, len(plans), 3) if prompt is None else prompt
    steps = len(plans[0]) if steps is None else steps
    scripts = spell_out(draw, plans, eos, pad, vocabulary)
    model = scripted_model(draw, scripts, prompt, vocabulary)
    result = submission.greedy_decode(model, prompt, steps, eos_id=eos, pad_id=pad)
    assert_same(result, decoded(prompt, scripts, steps, eos, pad), what=what)


# numerics


@pytest.mark.check("numerics", points=10, conventions=["eos-is-kept", "finished-rows-emit-pad", "the-callback", "task"])
def test_finished_rows_are_padded_to_the_end(submission, draw):
    # After their end the rows' logits ask for other tokens, for eos again, and for padding.
    plans = [[X, E, X, X, E, X, X], [X, X, X, X, X, X, E], [E, E, X, P, X, X, X], [X, X, X, E, P, E, X]]
    for eos, pad in ((5, 0), (2, 7), (4, -1), (1, 99)):
        order = draw.permutation(4).tolist()
        what = f"the result for eos_id={eos}, pad_id={pad}"
        assert_decodes(submission, draw, [plans[i] for i in order], eos=eos, pad=pad, what=what)
    assert_decodes(submission, draw, [plans[0], [X] * 7], eos=5, pad=0, what="the result where one row never ends")


@pytest.mark.check("numerics", points=6)
def test_a_pad_that_a_live_row_emits_is_ordinary(submission, draw):
    plans = [[X, P, X, P, X, E], [P, P, X, E, X, X], [X, X, P, X, X, X]]
    for eos, pad in ((5, 0), (0, 3)):
        assert_decodes(submission, draw, plans, eos=eos, pad=pad, what=f"the result for eos_id={eos}, pad_id={pad}")
    prompt, scripts = unlike_prompts(draw, 2, 2), [[0, 4, 0, 1], [2, 0, 0, 3]]
    result = submission.greedy_decode(scripted_model(draw, scripts, prompt, 6), prompt, 4)
    assert_same(result, decoded(prompt, scripts, 4, None, 0), what="the result without an eos_id")


@pytest.mark.check("numerics", points=5, conventions=["eos-in-prompt-does-not-count"])
def test_an_eos_in_the_prompt_does_not_count(submission, draw):
    plans = [[X, X, E, X, X], [X, X, X, X, E], [X, E, X, X, X]]
    eos = 5
    for place in (0, 1, -1):
        prompt = torch.tensor([[20, 30, 40], [5, 30, 40], [21, 31, 41]])
        prompt[1], prompt[1, place] = prompt[1].where(prompt[1] != eos, 22), eos
        assert_decodes(submission, draw, plans, eos=eos, pad=0, prompt=prompt)
    assert_decodes(submission, draw, [[X, X, E], [X, E, X]], eos=eos, pad=0, prompt=torch.tensor([[5, 5], [6, 5]]))


@pytest.mark.check("numerics", points=5, conventions=["eos-may-be-zero"])
def test_an_eos_of_zero_or_equal_to_the_padding(submission, draw):
    plans = [[X, E, X, X, X, X], [X, X, X, E, X, X], [X, X, X, X, E, X]]
    for eos, pad in ((0, 0), (0, 4), (3, 3), (4, 0)):
        assert_decodes(submission, draw, plans, eos=eos, pad=pad, what=f"the result for eos_id={eos}, pad_id={pad}")
    prompt, scripts = unlike_prompts(draw, 3, 3), spell_out(draw, plans, 0, 4, 9)
    result = submission.greedy_decode(scripted_model(draw, scripts, prompt, 9), prompt, 6, eos_id=0)
    assert_same(result, decoded(prompt, scripts, 6, 0, 0), what="the result for eos_id=0 and the default pad_id")


@pytest.mark.check("numerics", points=6, conventions=["lowest-index-on-ties"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_takes_the_lowest_index_on_a_tie(submission, draw, dtype):
    # And only on a tie: neighbours in the logits' own dtype are not equal.
    table = draw.integers(64, 6, low=0, high=3).to(dtype)
    up = torch.arange(6, dtype=torch.float64)
    near_one = torch.stack([(1 + torch.finfo(dtype).eps * up)[draw.permutation(6)] for _ in range(32)]).to(dtype)
    near_zero = torch.stack([(2.0**-20 * up - 2.0**-20)[draw.permutation(6)] for _ in range(32)]).to(dtype)
    if dtype in (torch.float64, torch.float32):
        near_zero *= 1e-15
    for rows, what in (
        (table, "the result where logits tie"), (near_one, "the result where logits near 1 differ by one rounding step"),
        (near_zero, "the result where logits near 0 differ by very little"),
    ):  # fmt: skip

        def next_logits(*args, rows=rows):
            tokens = tokens_in(args)
            return rows[(tokens.sum(-1) + 7 * tokens.shape[1]) % len(rows)]

        prompt = draw.integers(8, 2, low=0, high=60)
        tokens = prompt
        for _ in range(3):
            best = [row.index(max(row)) for row in next_logits(tokens).tolist()]
            tokens = torch.cat((tokens, torch.tensor(best)[:, None]), 1)
        assert_same(submission.greedy_decode(next_logits, prompt, 3), tokens, what=what)


@pytest.mark.check("numerics", points=8, conventions=["rules"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_follows_the_model_over_the_whole_history(submission, reference, draw, dtype):
    for eos, requires_grad, length in ((None, False, 300), (3, True, draw.int(2, 5)), (0, False, 40)):
        model = table_model(draw, 7, dtype, requires_grad)
        prompt = draw.integers(4, length, low=0, high=7)
        expected = reference.greedy_decode(model, prompt, 7, eos_id=eos, pad_id=1)
        result = submission.greedy_decode(model, prompt, 7, eos_id=eos, pad_id=1)
        assert_same(result, expected, what=f"the result for eos_id={eos}, pad_id=1")


# shape


@pytest.mark.check("shape", points=7, conventions=["stops-when-all-finished", "inputs"])
def test_stops_once_every_row_has_finished(submission, draw):
    for ends, steps in (((1,), 5), ((4,), 9), ((1, 1), 4), ((3, 1), 6), ((2, 5, 3), 9), ((5, 5), 5), ((2, 4), 4)):
        prompt = unlike_prompts(draw, len(ends), 2)
        scripts = [[1] * (end - 1) + [3] + [2] * (steps - end) for end in ends]
        result = submission.greedy_decode(scripted_model(draw, scripts, prompt, 5), prompt, steps, eos_id=3, pad_id=0)
        what = f"the result of {steps} steps where the rows emit eos in steps {list(ends)}"
        assert_shape(result, (len(ends), 2 + max(ends)), what)
        assert_same(result, decoded(prompt, scripts, steps, 3, 0), what=what)


@pytest.mark.check("shape", points=3)
def test_runs_all_steps_where_a_row_goes_on(submission, draw):
    for rows, length, steps in ((1, 1, 1), (1, 5, 3), (3, 1, 6), (4, 2, 2), (2, 7, 5)):
        for eos in (None, 4):
            prompt = unlike_prompts(draw, rows, length)
            # The last tokens are the padding, by every row's own argmax.
            scripts = [[2 if i == 0 else 4 if eos is None else 1] * (steps - 1) + [0] for i in range(rows)]
            result = submission.greedy_decode(scripted_model(draw, scripts, prompt, 5), prompt, steps, eos_id=eos)
            assert_same(result, decoded(prompt, scripts, steps, eos, 0), what=f"the result of {steps} steps, eos_id={eos}")


@pytest.mark.check("shape", points=2)
def test_a_vocabulary_of_one(submission):
    def next_logits(*args):
        return torch.full((len(tokens_in(args)), 1), -3.0)

    prompt = torch.tensor([[0, 4], [2, 0]])
    for eos, steps in ((None, 3), (0, 1)):
        expected = torch.cat((prompt, torch.zeros(2, steps, dtype=torch.int64)), 1)
        assert_same(submission.greedy_decode(next_logits, prompt, 3, eos_id=eos, pad_id=5), expected)


@pytest.mark.check("shape", points=3)
def test_takes_any_memory_layout(submission, draw):
    wide = draw.integers(4, 6, low=0, high=7)
    for prompt in (draw.non_contiguous(wide), wide[:, ::2], wide[::2, 1:], wide[:1].expand(3, 6), wide[:, :1].expand(4, 3)):
        result = submission.greedy_decode(table_model(draw, 7), prompt, 3)
        assert_shape(result, (len(prompt), prompt.shape[1] + 3))
        assert_dtype(result, torch.int64)
        assert_same(result[:, : prompt.shape[1]], prompt.contiguous(), what="the prompt's part of the result")


# contract


@pytest.mark.check("contract", points=4)
def test_refuses_a_negative_number_of_tokens(submission, draw):
    for steps in (-1, -4):
        for eos in (None, 2):
            prompt = draw.integers(2, 5, low=0, high=4)
            because = f"max_new_tokens is {steps}"
            assert_refuses(submission.greedy_decode, table_model(draw, 4), prompt, steps, eos_id=eos, because=because)


@pytest.mark.check("contract", points=5, conventions=["zero-new-tokens"])
def test_no_new_tokens_give_a_copy(submission, draw):
    for shape in ((2, 3), (1, 1), (3, 5)):
        prompt = draw.integers(*shape, low=0, high=4)
        for options in ({}, {"eos_id": int(prompt[0, -1]), "pad_id": 2}):
            outcome = submission.greedy_decode.observe(table_model(draw, 4), prompt, 0, **options)
            assert_same(outcome.value, prompt, what="the result for max_new_tokens = 0")
            if outcome.aliased:
                fail("for max_new_tokens = 0 the result shares memory with the prompt; it must be a copy")


@pytest.mark.check("contract", points=5, conventions=["all-rows-each-call"])
def test_calls_the_model_with_all_rows(submission, draw):
    plans = [[X, E, X, X, X, X], [X, X, X, X, E, X], [E, X, X, X, X, X]]
    prompt, calls = unlike_prompts(draw, 3, 4), []
    scripts = spell_out(draw, plans, 5, 0, 9)
    model = scripted_model(draw, scripts, prompt, 9, calls=calls)
    submission.greedy_decode(model, prompt, 6, eos_id=5, pad_id=0)
    if not calls:
        fail("next_logits was never called")
    for rows, _ in calls:
        if rows != 3:
            fail(f"next_logits was called with {rows} rows of 3; it must get all of them, finished ones included")


@pytest.mark.check("contract", points=4, conventions=["logits-are-read-only"])
def test_leaves_its_inputs_and_the_logits_alone(submission, draw):
    for dtype in (torch.float32, torch.float64):
        plans = [[X, E, X, X, X], [X, X, X, E, X], [X, X, E, X, X]]
        prompt = unlike_prompts(draw, 3, 3)
        scripts = spell_out(draw, plans, 5, 2, 9)
        submission.greedy_decode(scripted_model(draw, scripts, prompt, 9, dtype), prompt, 5, eos_id=5, pad_id=2)
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=2)
def test_draws_nothing_from_the_global_random_state(submission):
    assert_global_random_untouched(submission)


# efficiency


@pytest.mark.check("efficiency", points=10)
def test_calls_the_model_once_a_step(submission, draw):
    for ends, steps in (((3, 1), 6), ((9, 9), 4), ((4,), 4)):
        prompt, calls = unlike_prompts(draw, len(ends), 3), []
        scripts = [[3 if step + 1 == end else 1 for step in range(steps)] for end in ends]
        model = scripted_model(draw, scripts, prompt, 5, calls=calls)
        submission.greedy_decode(model, prompt, steps, eos_id=3)
        needed = min(steps, max(ends))
        if len(calls) != needed:
            fail(f"calls next_logits {len(calls)} times for {needed} new tokens")


# gpu


@pytest.mark.check("gpu", points=5)
def test_everything_lies_on_the_prompts_device(submission, draw):
    plans = [[X, E, X, X, X, X], [X, X, X, E, X, X]]
    prompt, scripts = unlike_prompts(draw, 2, 3), spell_out(draw, plans, 5, 2, 9)
    for steps, eos in ((6, 5), (3, None), (0, 5)):
        model = scripted_model(draw, scripts, prompt, 9)
        expected = decoded(prompt, scripts, steps, eos, 2)
        assert_runs_on_gpu(
            submission,
            lambda gpu, model=model, steps=steps, eos=eos: submission.greedy_decode(model, prompt, steps, eos_id=eos, pad_id=2),
            expected,
        )  # fmt: skip
