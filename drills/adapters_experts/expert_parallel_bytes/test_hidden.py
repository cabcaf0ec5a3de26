"""Hidden checks of expert_parallel_bytes. The oracle is the formula in exact fractions."""

from fractions import Fraction

import pytest

from grader.suite import assert_close, assert_refuses, assert_type, describe_value, fail

KEYS = ("dispatch", "combine", "forward", "training")
SIZES = ("tokens_per_rank", "d_model", "k", "world")


def right_bytes(tokens, d_model, k, world, itemsize=2, capacity_factor=None):
    factor = Fraction(1 if capacity_factor is None else capacity_factor)
    dispatch = factor * tokens * k * d_model * itemsize * Fraction(world - 1, world)
    return {"dispatch": dispatch, "combine": dispatch, "forward": 2 * dispatch, "training": 4 * dispatch}


def named(tokens, d_model, k, world, options):
    sizes = dict(zip(SIZES, (tokens, d_model, k, world), strict=True)) | options
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())


def volumes(submission, *sizes, **options):
    """The dict, with the right keys and numbers as values."""
    result = submission.expert_parallel_bytes(*sizes, **options)
    if not isinstance(result, dict):
        fail(f"the result is {describe_value(result)}, expected a dict")
    if set(result) != set(KEYS):
        fail(f"the result has the keys {sorted(map(str, result))}, expected {', '.join(KEYS)}")
    for key in KEYS:
        assert_type(result[key], float, f'"{key}"')
    return result


def check(submission, *sizes, keys=KEYS, **options):
    result = volumes(submission, *sizes, **options)
    for key in keys:
        expected = float(right_bytes(*sizes, **options)[key])
        assert_close(float(result[key]), expected, what=f'"{key}" for {named(*sizes, options)}', relative=1e-6)


def draw_sizes(draw):
    """Distinct numbers, so that no two can be taken for each other."""
    tokens, d_model = draw.distinct(2, 30, 500)
    k, world = draw.distinct(2, 2, 12)
    return tokens, d_model, k, world


@pytest.mark.check("numerics", points=14, conventions=["each-copy-counts", "share-that-leaves", "task", "rules"])
def test_dispatch_counts_the_copies_that_leave(submission, draw):
    for _ in range(3):
        check(submission, *draw_sizes(draw), keys=("dispatch",))
    check(submission, 64, 96, 1, 8, keys=("dispatch",))
    check(submission, 5, 7, 2, 2, keys=("dispatch",))


@pytest.mark.check("numerics", points=7, conventions=["combine-like-dispatch"])
def test_combine_brings_as_much_back(submission, draw):
    for itemsize in (1, 2, 4):
        check(submission, *draw_sizes(draw), keys=("combine",), itemsize=itemsize)


@pytest.mark.check("numerics", points=8, conventions=["training-doubles", "combine-like-dispatch"])
def test_forward_and_training_add_up(submission, draw):
    check(submission, *draw_sizes(draw), keys=("forward",))
    check(submission, *draw_sizes(draw), keys=("training",))


@pytest.mark.check("numerics", points=6)
def test_itemsize_counts(submission, draw):
    for itemsize in (1, 2, 3, 4, 8):
        check(submission, *draw_sizes(draw), itemsize=itemsize)


@pytest.mark.check("numerics", points=6, conventions=["not-rounded"])
def test_nothing_is_rounded(submission, draw):
    for tokens, k, world in ((1, 1, 3), (1, 2, 7), (5, 2, 3), (7, 3, 4)):
        check(submission, tokens, draw.int(1, 9), k, world)
        check(submission, tokens, 1, k, world, itemsize=1, capacity_factor=1.3)


@pytest.mark.check("numerics", points=8, conventions=["capacity-replaces"])
def test_capacity_factor_sizes_the_buffers(submission, draw):
    for factor in (1.25, 2.0, 1.0, 0.5, 0.3, 7.5):
        check(submission, *draw_sizes(draw), capacity_factor=factor)
    check(submission, *draw_sizes(draw), capacity_factor=1.5, itemsize=1)
    check(submission, *draw_sizes(draw), capacity_factor=None)


@pytest.mark.check("numerics", points=6, conventions=["each-copy-counts"])
def test_any_numbers_are_fine(submission, draw):
    # More choices than ranks, a single everything, and a cluster.
    check(submission, 10, 12, 8, 2)
    check(submission, 3, 4, 16, 5, capacity_factor=0.01)
    check(submission, 1, 1, 1, 2, itemsize=1)
    check(submission, 65_536, 16_384, 8, 4096, itemsize=4)
    check(submission, draw.int(10**5, 10**6), 7168, 8, 10_000, capacity_factor=1.25)


@pytest.mark.check("shape", points=10)
def test_result_is_a_dict_of_four_numbers(submission, draw):
    volumes(submission, *draw_sizes(draw))
    volumes(submission, *draw_sizes(draw), itemsize=1, capacity_factor=1.25)
    volumes(submission, 3, 5, 2, 1)


@pytest.mark.check("contract", points=5, conventions=["one-rank-sends-nothing"])
def test_a_single_rank_sends_nothing(submission, draw):
    tokens, d_model, k, _ = draw_sizes(draw)
    check(submission, tokens, d_model, k, 1)
    check(submission, tokens, d_model, k, 1, itemsize=4, capacity_factor=2.0)


@pytest.mark.check("contract", points=12, conventions=["integers-checked"])
@pytest.mark.parametrize("name", [*SIZES, "itemsize"])
def test_refuses_sizes_below_one(submission, draw, name):
    for value in (0, -1, -3):
        arguments = dict(zip(SIZES, draw_sizes(draw), strict=True)) | {"itemsize": 2, name: value}
        sizes = [arguments.pop(size) for size in SIZES]
        because = f"{name} is {value}"
        assert_refuses(submission.expert_parallel_bytes, *sizes, **arguments, because=because)
        if name != "world":
            sizes[3] = 1
            assert_refuses(submission.expert_parallel_bytes, *sizes, **arguments, because=f"{because} (with world = 1)")
    for other in (2, 0) if name == "k" else ():
        sizes = [7, 5, -2, 4]
        sizes[other - 1] = -3  # two negative factors make a positive product
        assert_refuses(submission.expert_parallel_bytes, *sizes, because=f"k is -2 and {SIZES[other - 1]} is -3")


@pytest.mark.check("contract", points=8, conventions=["factor-checked"])
def test_refuses_a_factor_that_is_not_positive(submission, draw):
    for factor in (0.0, -0.5, 0, -2.0):
        because = f"capacity_factor is {factor}"
        assert_refuses(submission.expert_parallel_bytes, *draw_sizes(draw), capacity_factor=factor, because=because)
    assert_refuses(submission.expert_parallel_bytes, 4, 4, 2, 1, capacity_factor=0.0, because="capacity_factor is 0.0")
