"""Hidden checks of sample_token. Laws are given by hand; a call with many equal rows gives many draws, tested by chi-square."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_distribution,
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    assert_support,
    fail,
)

LOWEST = float("-inf")
SHARES = (0.4, 0.3, 0.2, 0.1)


def spelled(options):
    return ", ".join(f"{name}={value}" for name, value in options.items() if name != "generator") or "no options"


def tokens_of(submission, logits, **options):
    """One call's tokens [B], of which each is one of the vocabulary."""
    tokens = submission.sample_token(logits, **options)
    what = f"the result with {spelled(options)}"
    assert_shape(tokens, logits.shape[:1], what)
    assert_dtype(tokens, torch.int64, what)
    if bool(((tokens < 0) | (tokens >= logits.shape[-1])).any()):
        fail(f"{what} holds a token outside 0..{logits.shape[-1] - 1}")
    return tokens


def assert_draws_follow(submission, draw, laws, options, *, count=800, dtype=torch.float32):
    """Rows of logits with these laws, one call: [(weights before filtering, weights that the draws must follow)].

    Weights are shuffled over the vocabulary, the rows lie in one batch by turns, and each moves by a constant of its own.
    """
    orders = [draw.permutation(len(weights)) for weights, _ in laws]
    before = torch.stack([torch.tensor(w, dtype=torch.float64)[o] for (w, _), o in zip(laws, orders, strict=True)])
    after = torch.stack([torch.tensor(w, dtype=torch.float64)[o] for (_, w), o in zip(laws, orders, strict=True)])
    rows = (before.log() + draw.uniform(len(laws), 1, low=-6.0, high=6.0, dtype=torch.float64)).to(dtype)
    if not options:
        after = rows.double().softmax(-1)  # half precision rounds the logits
    generators = [draw.generator(), draw.generator()]
    drawn = {}

    def counts(attempt, row):
        if attempt not in drawn:
            tokens = tokens_of(submission, rows.repeat(count, 1), generator=generators[attempt], **options)
            drawn[attempt] = tokens.reshape(count, len(laws))
        found = torch.bincount(drawn[attempt][:, row], minlength=len(after[row]))
        shares = [round(float(x), 4) for x in before[row] / before[row].sum()]
        allowed = after[row].nonzero().flatten().tolist()
        what = f"a draw with {spelled(options)} from probabilities {shares}"
        assert_support(found.nonzero().flatten().tolist(), allowed, what)
        return found

    for row, weights in enumerate(after):
        what = f"the draws with {spelled(options)}"
        assert_distribution(lambda attempt, row=row: counts(attempt, row), weights / weights.sum(), what)


# statistics


@pytest.mark.check("statistics", points=5, conventions=["one-draw-per-row"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_draws_follow_the_softmax(submission, draw, dtype):
    plain = [SHARES, (0.85, 0.05, 0.05, 0.05), (0.25, 0.25, 0.25, 0.25), (0.5, 0.0, 0.5, 0.0)]
    assert_draws_follow(submission, draw, [(w, w) for w in plain], {}, dtype=dtype)


@pytest.mark.check("statistics", points=4, conventions=["order-of-the-steps"])
@pytest.mark.parametrize("temperature", [0.5, 3.0, 0.25, 1.5])
def test_temperature_divides_the_logits(submission, draw, temperature):
    weights = [SHARES, (0.05, 0.45, 0.45, 0.05)]
    laws = [(w, [share ** (1 / temperature) for share in w]) for w in weights]
    assert_draws_follow(submission, draw, laws, {"temperature": temperature}, count=1500)
    near = torch.tensor([0.0, 5e-9, 1e-8, -1e-6]).repeat(400, 1)  # 0, 0.5, 1 and -100 times the temperature
    seen = tokens_of(submission, near, temperature=1e-8, generator=draw.generator()).unique().tolist()
    if seen != [0, 1, 2]:
        fail(f"400 draws from logits [0, 5e-9, 1e-8, -1e-6] at temperature 1e-8 give the tokens {seen}, expected 0, 1 and 2")


@pytest.mark.check("statistics", points=5, conventions=["ties-with-the-kth-stay", "top-k-above-v"])
def test_top_k_leaves_the_k_largest(submission, draw):
    w, tied = SHARES, (0.4, 0.2, 0.2, 0.2)
    some = (0.7, 0.3, 0.0, 0.0)
    for k, laws in (
        (1, [(w, (0.4, 0, 0, 0)), (tied, (0.4, 0, 0, 0)), ((0.3, 0.3, 0.3, 0.1), (1, 1, 1, 0))]),
        (2, [(w, (0.4, 0.3, 0, 0)), (tied, tied), ((0.3, 0.3, 0.3, 0.1), (1, 1, 1, 0)), (some, some)]),
        (3, [(w, (0.4, 0.3, 0.2, 0)), (some, some), ((0.4, 0.4, 0.1, 0.1), (0.4, 0.4, 0.1, 0.1))]),
        (4, [(w, w), (some, some)]),
        (5, [(w, w)]),
        (900, [(w, w)]),
    ):
        assert_draws_follow(submission, draw, laws, {"top_k": k})
    last = int(tokens_of(submission, -1e-4 * torch.arange(700.0).repeat(40, 1), top_k=600, generator=draw.generator()).max())
    if not 256 <= last < 600:
        fail(f"of 600 tokens of like probability that top_k=600 leaves, the last one in 40 draws is number {last}")


@pytest.mark.check("statistics", points=4, conventions=["crossing-token-stays"])
def test_top_p_leaves_the_nucleus(submission, draw):
    w, peaked = SHARES, (0.94, 0.02, 0.02, 0.02)
    for p, laws in (
        (0.3, [(w, (0.4, 0, 0, 0)), (peaked, (1, 0, 0, 0))]),
        (0.55, [(w, (0.4, 0.3, 0, 0)), (peaked, (1, 0, 0, 0)), ((0.26, 0.25, 0.25, 0.24), (0.26, 0.25, 0.25, 0))]),
        (0.85, [(w, (0.4, 0.3, 0.2, 0)), ((0.45, 0.45, 0.05, 0.05), (1, 1, 0, 0))]),
        (0.95, [(w, w), ((0.3, 0.3, 0.3, 0.1), (0.3, 0.3, 0.3, 0.1))]),
        (1.0, [(w, w), (peaked, peaked)]),
    ):
        assert_draws_follow(submission, draw, laws, {"top_p": p})
    even = tokens_of(submission, torch.zeros(600, 5), top_p=0.5, generator=draw.generator())
    seen = len(even.unique())
    if seen < 3:
        fail(f"five equal tokens need three to reach top_p=0.5, but only {seen} of them are ever drawn")


@pytest.mark.check("statistics", points=4, conventions=["top-p-after-top-k", "order-of-the-steps"])
def test_top_p_works_on_what_top_k_left(submission, draw):
    w = SHARES
    for k, p, laws in (
        (3, 0.75, [(w, (0.4, 0.3, 0, 0))]),  # of 4/9, 3/9, 2/9 the third has 7/9 above it
        (2, 0.5, [(w, (1, 0, 0, 0))]),  # 4/7 and 3/7
        (3, 0.95, [(w, (0.4, 0.3, 0.2, 0)), ((0.35, 0.25, 0.25, 0.15), (0.35, 0.25, 0.25, 0))]),
        (2, 1.0, [(w, (0.4, 0.3, 0, 0))]),
        (7, 0.65, [(w, (0.4, 0.3, 0, 0))]),
    ):
        assert_draws_follow(submission, draw, laws, {"top_k": k, "top_p": p})


@pytest.mark.check("statistics", points=4, conventions=["order-of-the-steps"])
def test_top_p_sees_the_tempered_distribution(submission, draw):
    w = SHARES
    for options, law in (
        ({"temperature": 0.5, "top_p": 0.8}, (16, 9, 0, 0)),  # 0.533, 0.3: the third has 0.833 above it
        ({"temperature": 2.0, "top_p": 0.65}, [s**0.5 for s in (0.4, 0.3, 0.2)] + [0.0]),  # it has 0.607 above it
        ({"temperature": 0.5, "top_k": 3, "top_p": 0.95}, (16, 9, 4, 0)),  # 16/29, 9/29, 4/29
        ({"temperature": 0.5, "top_k": 3, "top_p": 0.83}, (16, 9, 0, 0)),
        ({"temperature": 2.0, "top_k": 2}, (0.4**0.5, 0.3**0.5, 0, 0)),
    ):
        assert_draws_follow(submission, draw, [(w, law)], options, count=1200)


@pytest.mark.check("statistics", points=2, conventions=["one-draw-per-row"])
def test_equal_rows_are_independent(submission, draw):
    # Rows 2i and 2i + 1, and rows i and i + 1000, form pairs whose law is the product.
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    product = torch.outer(weights, weights).flatten()
    for far in (False, True):
        generators = [draw.generator(), draw.generator()]

        def counts(attempt, far=far, generators=generators):
            logits = weights.log().float().repeat(2000, 1)
            tokens = tokens_of(submission, logits, generator=generators[attempt])
            one, two = tokens.chunk(2) if far else (tokens[::2], tokens[1::2])
            return torch.bincount(3 * one + two, minlength=9)

        assert_distribution(counts, product, "the pairs of tokens that two equal rows of a batch get")


@pytest.mark.check("statistics", points=2, conventions=["same-state-same-tokens"])
def test_calls_with_one_generator_are_independent(submission, draw):
    weights = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    logits = weights.log().float().repeat(400, 1)
    many = torch.zeros(1, 5000)

    def counts(attempt):
        generator = submission.torch("Generator")
        generator.method("manual_seed")(draw.int(1, 10**6))
        calls = [tokens_of(submission, logits, generator=generator) for _ in range(4)]
        singles = [int(tokens_of(submission, many, generator=generator)) for _ in range(4)]
        if len(set(singles)) == 1:
            fail("four calls with one generator give the same token of 5,000 equal ones: the generator does not move on")
        one, two = torch.cat(calls[::2]), torch.cat(calls[1::2])
        return torch.bincount(3 * one + two, minlength=9)

    assert_distribution(counts, torch.outer(weights, weights).flatten(), "the pairs of tokens that two calls in a row give")


# numerics


@pytest.mark.check("numerics", points=3, conventions=["zero-is-greedy", "greedy-tie", "randomness", "task", "rules"])
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_zero_temperature_takes_the_first_of_the_largest(submission, draw, dtype):
    for logits in (draw.normal(6, 9, dtype=dtype), draw.integers(40, 6, low=0, high=3).to(dtype)):
        expected = [row.index(max(row)) for row in logits.tolist()]
        for temperature in (0.0, 0):
            result = submission.sample_token(logits, temperature=temperature, generator=draw.generator())
            assert_same(result, torch.tensor(expected), what="the greedy result")


@pytest.mark.check("numerics", points=3, conventions=["zero-is-greedy", "greedy-tie"])
def test_zero_temperature_is_greedy_whatever_the_filters(submission, draw):
    logits = draw.integers(50, 5, low=0, high=3).float()
    logits[draw.mask(50, 5, share=0.2)] = LOWEST
    logits[:, 2] = 1.0
    expected = torch.tensor([row.index(max(row)) for row in logits.tolist()])
    for options in ({"top_k": 1}, {"top_k": 9}, {"top_p": 0.01}, {"top_p": 1.0}, {"top_k": 2, "top_p": 0.6}):
        result = submission.sample_token(logits, temperature=0.0, generator=draw.generator(), **options)
        assert_same(result, expected, what=f"the greedy result with {spelled(options)}")


@pytest.mark.check("numerics", points=2)
def test_float64_logits_are_compared_in_float64(submission, draw):
    logits = torch.stack([(1.0 + 1e-9 * torch.arange(5, dtype=torch.float64))[draw.permutation(5)] for _ in range(60)])
    expected = logits.argmax(-1)
    for options in ({"temperature": 0.0}, {"top_k": 1}):
        result = submission.sample_token(logits, generator=draw.generator(), **options)
        assert_same(result, expected, what=f"the result for float64 logits 1e-9 apart with {spelled(options)}")


@pytest.mark.check("numerics", points=2, conventions=["crossing-token-stays"])
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_the_nucleus_of_half_precision_logits_is_exact(submission, draw, dtype):
    # Twelve tokens hold a little less or a little more than top_p, so the thirteenth must stay or go. In half precision
    # that sum and top_p round to the same number.
    grid, step = 242 / 256, torch.finfo(dtype).eps / 2
    logits = draw.normal(8000, 13, scale=0.15, dtype=torch.float64)
    logits[:, 12] = -0.35
    logits = logits.to(dtype)
    probs = logits.double().softmax(-1)[:, 12].where(logits[:, :12].amin(-1) > logits[:, 12], 0.5)
    stay, go = grid + 0.2 * step, grid + 0.1 * step
    must_stay, must_go = (
        logits[((1 - probs) > low) & ((1 - probs) < high)][:150].repeat(16, 1)
        for low, high in ((stay - 0.5 * step, stay - 0.08 * step), (go + 0.08 * step, go + 0.35 * step))
    )
    tokens = tokens_of(submission, must_go, top_p=go, generator=draw.generator())
    if (tokens == 12).any():
        fail(f"the last token is drawn, though the tokens more probable than it hold more than top_p={go:.6g}")
    share = must_stay.double().softmax(-1)[:, 12].mean()
    generators = [draw.generator(), draw.generator()]

    def counts(attempt):
        last = tokens_of(submission, must_stay, top_p=stay, generator=generators[attempt]) == 12
        return torch.tensor([int((~last).sum()), int(last.sum())])

    what = f"the draws of the last token (1) and the rest (0), which all lie in the nucleus of top_p={stay:.6g},"
    assert_distribution(counts, torch.stack((1 - share, share)), what)


# finiteness


@pytest.mark.check("finiteness", points=6)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_small_temperatures_and_large_logits_do_not_overflow(submission, draw, dtype):
    reach = 96.0 if dtype == torch.float16 else 9984.0
    cases = ((1e-6, {}), (1e-4, {}), (1e-4, {"top_k": 3, "top_p": 0.9}), (0.5, {}))
    for low, high in ((-reach, reach), (-reach, -reach / 2), (0.0, 32.0)):
        best = draw.permutation(6)[:4]
        logits = torch.full((4, 6), low, dtype=dtype).scatter(1, best.reshape(4, 1), high)
        for temperature, options in cases:
            result = submission.sample_token(logits, temperature=temperature, generator=draw.generator(), **options)
            assert_same(result, best, what=f"the result at temperature {temperature}, where one token of each row is sure,")


@pytest.mark.check("finiteness", points=4)
def test_large_logits_keep_their_law(submission, draw):
    for dtype, level in ((torch.float32, 300.0), (torch.float64, -9e3)):
        logits = (torch.tensor(SHARES, dtype=torch.float64).log() + level).to(dtype).repeat(1500, 1)
        for options in ({}, {"top_k": 3}):
            law = torch.tensor(SHARES[: options.get("top_k", 4)] + (0.0,) * (4 - options.get("top_k", 4)), dtype=torch.float64)
            generators = [draw.generator(), draw.generator()]

            def counts(attempt, logits=logits, options=options, generators=generators):
                return torch.bincount(tokens_of(submission, logits, generator=generators[attempt], **options), minlength=4)

            assert_distribution(counts, law / law.sum(), f"the draws from logits around {level} with {spelled(options)}")
    for dtype, level in ((torch.bfloat16, 9984.0), (torch.float16, -100.0), (torch.float32, 1e4)):
        even = tokens_of(submission, torch.full((300, 3), level, dtype=dtype), temperature=1e-4, generator=draw.generator())
        if len(even.unique()) < 3:
            fail(f"of three equal logits of {level} only {even.unique().tolist()} are drawn at temperature 0.0001")


# shape


@pytest.mark.check("shape", points=5, conventions=["inputs"])
def test_one_int64_token_a_row(submission, draw):
    for shape in ((1, 1), (1, 5), (4, 1), (3, 7), (5, 5), (7, 3)):
        for options in ({}, {"temperature": 0.0}, {"temperature": 0.7, "top_k": 2, "top_p": 0.9}):
            logits = draw.normal(*shape, dtype=draw.choice(DTYPES))
            tokens_of(submission, logits, generator=draw.generator(), **options)


@pytest.mark.check("shape", points=5)
def test_takes_any_memory_layout(submission, draw):
    best = draw.permutation(6)[:4]
    sure = torch.full((4, 6), -40.0).scatter(1, best.reshape(4, 1), 60.0)
    wide = torch.full((4, 12), 99.0)
    wide[:, ::2] = sure
    layouts = [draw.non_contiguous(sure), wide[:, ::2], sure.T.contiguous().T.requires_grad_(), sure.clone().requires_grad_()]
    for options in ({}, {"temperature": 0.0}, {"temperature": 2.0, "top_k": 5, "top_p": 0.9}):
        for logits in layouts:
            assert_same(submission.sample_token(logits, generator=draw.generator(), **options), best)
        rows = submission.sample_token(sure[1:2].expand(3, 6), generator=draw.generator(), **options)
        assert_same(rows, best[1:2].expand(3), what="the result for expanded logits")


# contract


@pytest.mark.check("contract", points=7)
def test_refuses_what_it_must_before_all_else(submission, draw):
    logits = draw.normal(2, 5)
    for options in ({"temperature": -0.5}, {"temperature": -1e-3}, {"temperature": -1.0, "top_k": 2, "top_p": 0.5}):
        assert_refuses(submission.sample_token, logits, because=spelled(options), generator=draw.generator(), **options)
    bad = [{"top_k": k} for k in (0, -1, -3)] + [{"top_p": p} for p in (0.0, -0.1, 1.001, 2.0)]
    bad += [{"top_k": 0, "top_p": 0.5}, {"top_k": 2, "top_p": 1.5}]
    for options in bad:
        for temperature in (1.0, 0.0):
            assert_refuses(
                submission.sample_token, logits, because=f"{spelled(options)} at temperature {temperature}",
                temperature=temperature, generator=draw.generator(), **options,
            )  # fmt: skip


@pytest.mark.check("contract", points=2)
def test_draws_nothing_before_it_refuses(submission, draw):
    logits, seed = torch.zeros(30, 50), draw.int(1, 10**6)
    fresh, used = submission.torch("Generator"), submission.torch("Generator")
    for generator in (fresh, used):
        generator.method("manual_seed")(seed)
    for options in ({"temperature": -1.0}, {"top_k": 0}, {"top_p": 1.5}):
        assert_refuses(submission.sample_token, logits, because=spelled(options), generator=used, **options)
    expected = tokens_of(submission, logits, generator=fresh)
    assert_same(tokens_of(submission, logits, generator=used), expected, what="the result after refused calls")


@pytest.mark.check("contract", points=4, conventions=["same-state-same-tokens"])
def test_the_generator_decides(submission, draw):
    logits = draw.normal(40, 30)
    for options in ({}, {"temperature": 1.5, "top_k": 20, "top_p": 0.95}):
        seed, other = draw.generator(), draw.generator()
        first = tokens_of(submission, logits, generator=seed, **options)
        different = tokens_of(submission, logits, generator=other, **options)
        assert_same(tokens_of(submission, logits, generator=seed, **options), first, what="the result with an equal generator")
        if torch.equal(first, different):
            fail("generators of different seeds give the same 40 tokens: the generator is not what is drawn from")
    held = submission.torch("Generator")
    held.method("manual_seed")(draw.int(1, 10**6))
    tokens_of(submission, logits, generator=held)
    state = held.method("get_state")()
    first = tokens_of(submission, logits, generator=held)
    held.method("set_state")(state)
    assert_same(tokens_of(submission, logits, generator=held), first, what="the result after set_state")


@pytest.mark.check("contract", points=3)
def test_without_a_generator_the_global_one_is_drawn_from(submission, draw):
    logits, seed = torch.zeros(30, 50), draw.int(1, 10**6)
    with submission.global_random_allowed():
        for options in ({}, {"generator": None, "top_k": 60, "top_p": 1.0}):
            submission.torch("manual_seed", seed)
            first, second = (tokens_of(submission, logits, **options) for _ in range(2))
            submission.torch("manual_seed", seed)
            again = tokens_of(submission, logits, **options)
            assert_same(again, first, what="the result after the same torch.manual_seed")
            if torch.equal(first, second):
                fail("two calls without a generator give the same 30 tokens of 50: the global generator does not move on")


@pytest.mark.check("contract", points=2)
def test_leaves_its_inputs_alone(submission):
    assert_inputs_left_alone(submission)
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=2, conventions=["only-the-passed-generator"])
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# gpu


@pytest.mark.check("gpu", points=10)
@pytest.mark.parametrize(
    "options", [{"temperature": 0.0}, {}, {"temperature": 0.7, "top_k": 3}, {"top_p": 0.9}, {"top_k": 3, "top_p": 0.9}],
    ids=["greedy", "plain", "top_k", "top_p", "top_k-top_p"],
)
def test_everything_lies_on_the_logits_device(submission, draw, options):
    best = draw.permutation(6)[:4]
    logits = draw.normal(4, 6).scatter(1, best.reshape(4, 1), 90.0)
    generator = draw.generator()
    what = f"the result for sure tokens with {spelled(options)}"
    assert_runs_on_gpu(
        submission, lambda gpu: submission.sample_token(logits, generator=generator, **options), best, what=what
    )
