"""Hidden checks of flat_parameter_shards. The oracle is the reference; plans are compared rank by rank."""

import pytest

from grader.suite import assert_global_random_untouched, assert_refuses, assert_same, describe_value, fail


def lists_of(submission, numels, world):
    """The plan, once it is a list of lists, one per rank."""
    plan = submission.flat_shards(numels, world)
    if type(plan) is not list or any(type(held) is not list for held in plan):
        fail(f"the plan is {describe_value(plan)}, expected a list of {world} lists")
    if len(plan) != world:
        fail(f"the plan has {len(plan)} lists, expected one for each of {world} ranks")
    return plan


def agrees(submission, reference, numels, world):
    plan = lists_of(submission, numels, world)
    for rank, wanted in enumerate(reference.flat_shards(numels, world)):
        if plan[rank] != wanted:
            fail(f"rank {rank} holds {describe_value(plan[rank])}, expected {describe_value(wanted)}")
        assert_same(plan[rank], wanted, what=f"the list of rank {rank}")


def with_rest(draw, count, world, rest, high=60):
    """Random numels of at least 1 in no order, whose sum leaves `rest` when divided by `world`."""
    numels = draw.distinct(count, 1, high)
    place = draw.int(0, count - 1)
    numels[place] += (rest - sum(numels)) % world
    return numels


def watched_list(submission, items):
    """A list that lives with the submission and can be looked at after a call: a plain list is sent as a copy."""
    kind = submission.torch("builtins.type", [])
    make = submission.torch("builtins.type", "list", (kind,), {})
    with submission.options(keep=True):
        return make(items)


# shape


@pytest.mark.check("shape", points=4, conventions=["one-list-per-rank"])
def test_the_plan_has_one_list_per_rank(submission, draw):
    for world in (1, 2, draw.int(3, 9), draw.int(10, 20)):
        lists_of(submission, with_rest(draw, 4, world, draw.int(0, world - 1)), world)
        lists_of(submission, [1], world)


@pytest.mark.check("shape", points=6, conventions=["half-open"])
def test_entries_are_tuples_of_three_ints(submission, draw):
    for world in (1, draw.int(2, 9)):
        for numels in (with_rest(draw, 5, world, 0), [draw.int(20, 30), 7], [3, 0, 1]):
            for rank, held in enumerate(lists_of(submission, numels, world)):
                for entry in held:
                    if type(entry) is not tuple or [type(part) for part in entry] != [int, int, int]:
                        given = describe_value(entry)
                        fail(f"rank {rank} holds {given}, expected a tuple (tensor index, start, stop) of ints")


# numerics


@pytest.mark.check("numerics", points=10, conventions=["no-padding-when-divisible", "equal-contiguous"])
def test_a_divisible_buffer_is_cut_without_padding(submission, reference, draw):
    for world in (2, 3, draw.int(4, 9), draw.int(10, 20)):
        for count in (1, draw.int(2, 8)):
            agrees(submission, reference, with_rest(draw, count, world, 0), world)
    agrees(submission, reference, [1] * 6, 6)
    agrees(submission, reference, [1] * 6, 3)


@pytest.mark.check("numerics", points=12, conventions=["tail-padding", "equal-contiguous", "task", "result"])
def test_only_the_tail_is_padded_and_no_more_than_needed(submission, reference, draw):
    # Every remainder: below, at and above half of the world.
    for world in (2, 3, 5, draw.int(6, 9)):
        for rest in {1, world // 2, world // 2 + 1, world - 1} - {world}:
            agrees(submission, reference, with_rest(draw, draw.int(2, 6), world, rest), world)
    agrees(submission, reference, with_rest(draw, 7, 32, draw.int(1, 31), high=999), 32)


@pytest.mark.check("numerics", points=8, conventions=["no-entry", "tail-padding"])
def test_padding_may_fill_whole_ranks(submission, reference, draw):
    for numels, world in (([5], 4), ([2, 3], 4), ([1], 3), ([1, 1], 7), ([4, 5], 8), ([9, 1, 7], 16)):
        agrees(submission, reference, numels, world)
    world = draw.int(10, 20)
    agrees(submission, reference, [1] * (world + 1), world)  # shards of 2: nearly half of the ranks hold padding only
    agrees(submission, reference, [draw.int(1, 5), draw.int(1, 5)], world)


@pytest.mark.check("numerics", points=8, conventions=["no-entry", "index-in-numels"])
def test_empty_tensors_count_in_the_index_only(submission, reference, draw):
    a, b, c = draw.distinct(3, 2, 30)
    for numels in ([0, a, b], [a, 0, b], [a, b, 0], [0, 0, a, 0, 0, 0, b, 0, c], [0, 1, 0]):
        for world in (1, draw.int(2, 9)):
            agrees(submission, reference, numels, world)


@pytest.mark.check("numerics", points=5, conventions=["no-entry", "half-open"])
def test_a_tensor_that_ends_at_a_cut_gives_the_next_rank_nothing(submission, reference, draw):
    size = draw.int(2, 20)
    left = draw.int(1, size - 1)
    for numels in (
        [size, size, size], [size, left, size - left, size], [2 * size, left, size - left],
        [left, size - left, 2 * size], [size, 0, size, 0, size], [0, size, 2 * size, 0, 0], [size, size, size - 1],
    ):  # fmt: skip
        agrees(submission, reference, numels, 3)


@pytest.mark.check("numerics", points=5, conventions=["half-open"])
def test_one_tensor_may_lie_over_many_ranks(submission, reference, draw):
    for world in (3, draw.int(4, 20)):
        big = world * draw.int(5, 50)
        small = draw.int(1, 4)
        for numels in ([big], [small, big], [big, small], [small, big, small + 1, big + 2]):
            agrees(submission, reference, numels, world)


@pytest.mark.check("numerics", points=5, conventions=["laid-end-to-end"])
def test_tensors_keep_their_order(submission, reference, draw):
    for world in (2, draw.int(3, 7)):
        numels = sorted(draw.distinct(6, 1, 40))
        agrees(submission, reference, numels, world)
        agrees(submission, reference, numels[::-1], world)
    agrees(submission, reference, [5, 5, 2, 5, 2], 3)


@pytest.mark.check("numerics", points=3)
def test_one_rank_and_no_elements_are_no_special_cases(submission, reference, draw):
    for numels, world in (
        ([], 1), ([], 3), ([0], 1), ([0, 0, 0], 4), ([1], 1), ([draw.int(2, 99)], 1), (draw.distinct(4, 1, 99), 1),
    ):  # fmt: skip
        agrees(submission, reference, numels, world)


# contract


@pytest.mark.check("contract", points=7, conventions=["errors"])
def test_refuses_less_than_one_rank(submission, draw):
    for world in (0, -1, -draw.int(2, 64)):
        for numels in ([draw.int(1, 9), draw.int(1, 9)], [0, 0], []):
            assert_refuses(submission.flat_shards, numels, world, because=f"world is {world}")


@pytest.mark.check("contract", points=8, conventions=["errors", "freedom"])
def test_refuses_a_negative_numel_anywhere(submission, draw):
    big, small = draw.int(50, 99), draw.int(1, 9)
    for numels in ([-1], [-small, big], [big, -small], [big, -small, big], [small, -big], [0, -1, 1], [big, 0, -1]):
        world = draw.int(1, 9)
        assert_refuses(submission.flat_shards, numels, world, because=f"numels is {numels}")


@pytest.mark.check("contract", points=4)
def test_leaves_the_list_of_numels_alone(submission, draw):
    for world, numels in ((1, [7, 2, 9]), (3, draw.distinct(4, 1, 60)), (4, [5, 0, 4]), (4, [12])):
        held = watched_list(submission, numels)
        submission.flat_shards(held, world)
        left = held.method("copy")()
        if left != numels:
            fail(f"numels was {numels} before the call and is {describe_value(left)} after it, with world = {world}")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# Last, because element by element this takes all the memory or time there is.


@pytest.mark.check("numerics", points=4, conventions=["ranges-not-elements"])
def test_buffers_far_larger_than_memory_are_planned(submission, reference, draw):
    for world in (1, 8, draw.int(20, 40)):
        agrees(submission, reference, [2**31 + draw.int(0, 9), draw.int(1, 9), 2**31 - draw.int(0, 9)], world)
    for world in (2, 7):
        agrees(submission, reference, [draw.int(10**9, 10**10) for _ in range(4)], world)
        agrees(submission, reference, [3, 10**13 + draw.int(0, 10**9), 0, draw.int(1, 9)], world)
    for _ in range(4):  # beyond 2**53, where a quotient of floats is no longer whole
        agrees(submission, reference, [2 * draw.int(10**16, 10**17), 2 * draw.int(1, 9) + 1], 2)
