"""Hidden checks of ring_all_reduce. Oracles: the plain sum in float64 or int64, and the bytes that every ring sends."""

import pytest
import torch

from grader.suite import (
    DTYPES,
    HALF_DTYPES,
    assert_close,
    assert_close_in_half,
    assert_dtype,
    assert_global_random_untouched,
    assert_inputs_left_alone,
    assert_refuses,
    assert_results_not_aliased,
    assert_runs_on_gpu,
    assert_same,
    assert_shape,
    assert_type,
    describe_value,
    fail,
)

INTEGERS = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)
# (ranks, elements): one of each, fewer elements than ranks, as many, multiples, and remainders of every kind.
UNEVEN = ((2, 1), (2, 3), (3, 1), (3, 2), (3, 7), (3, 8), (4, 5), (4, 6), (5, 12), (6, 1))
EVEN = ((2, 2), (2, 8), (3, 9), (4, 4), (5, 10), (1, 5), (3, 3), (6, 6), (4, 8))
TIGHT = {torch.float64: 1e-12, torch.float32: 1e-5}


def floats(draw, n, length, dtype=torch.float64, scale=1.0):
    return [draw.normal(length, dtype=dtype, scale=scale) for _ in range(n)]


def whole(draw, n, length, dtype, reach):
    """Integers of at most `reach`, whose sums fit in the dtype."""
    low = 0 if dtype == torch.uint8 else -reach
    return [draw.integers(length, low=low, high=reach + 1).to(dtype) for _ in range(n)]


def parts(result, n):
    """The reduced tensors and the sent bytes, once the result is a tuple of two lists of n."""
    if type(result) is not tuple or len(result) != 2:
        fail(f"the result is {describe_value(result)}, expected a tuple (tensors, bytes)")
    for part, what in zip(result, ("tensors", "ints"), strict=True):
        if type(part) is not list or len(part) != n:
            fail(f"the result is {describe_value(result)}, expected lists of {n} tensors and of {n} ints")
        if what == "tensors" and not all(isinstance(tensor, torch.Tensor) for tensor in part):
            fail(f"the first list of the result is {describe_value(part)}, expected {n} tensors")
    return result


def reduced(submission, buffers):
    return parts(submission.ring_all_reduce(buffers), len(buffers))[0]


def sent_bytes(submission, buffers):
    sent = parts(submission.ring_all_reduce(buffers), len(buffers))[1]
    for rank, count in enumerate(sent):
        assert_type(count, int, f"the bytes sent by rank {rank}")
        if count < 0:
            fail(f"rank {rank} sends {count} bytes")
    return sent


def assert_sums(tensors, buffers, case=""):
    """Every rank holds the sum, in the buffers' dtype."""
    dtype = buffers[0].dtype
    wide = torch.float64 if dtype.is_floating_point else torch.int64
    expected = torch.stack([buffer.detach().to(wide) for buffer in buffers]).sum(0).to(dtype)
    largest = max(float(buffer.detach().abs().max()) for buffer in buffers) if dtype.is_floating_point else None
    for rank, tensor in enumerate(tensors):
        what = f"the tensor of rank {rank} of {len(buffers)}{case}"
        assert_close(tensor, expected, what=what, relative=TIGHT.get(dtype), scale=largest)


def watched_list(submission, items):
    """A list that lives with the submission and can be looked at after a call: a plain list is sent as a copy."""
    kind = submission.torch("builtins.type", [])
    make = submission.torch("builtins.type", "list", (kind,), {})
    with submission.options(keep=True):
        return make(items)


# shape


@pytest.mark.check("shape", points=4, conventions=["any-length"])
def test_every_rank_gets_a_tensor_of_the_buffers_shape(submission, draw):
    for n, length in ((1, 1), (1, 4), (2, 1), (3, 7), (5, 2), (2, 6)):
        for rank, tensor in enumerate(reduced(submission, floats(draw, n, length, torch.float32))):
            assert_shape(tensor, (length,), f"the tensor of rank {rank} of {n}")


@pytest.mark.check("shape", points=6, conventions=["same-dtype", "inputs"])
def test_the_result_has_the_buffers_dtype(submission, draw):
    for n, dtypes in ((3, (*DTYPES, *INTEGERS)), (1, (torch.bfloat16, torch.int16))):
        for dtype in dtypes:
            for rank, tensor in enumerate(reduced(submission, whole(draw, n, 4, dtype, 9))):
                assert_dtype(tensor, dtype, f"the tensor of rank {rank} of {n}")


# numerics


@pytest.mark.check("numerics", points=12, conventions=["sum", "any-length", "numbers", "task", "the-algorithm"])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_every_rank_holds_the_sum(submission, draw, dtype):
    for n, length in (*EVEN, *UNEVEN) if dtype == torch.float64 else ((3, 9), (4, 5), (2, 1), (1, 4)):
        buffers = floats(draw, n, length, dtype, scale=draw.choice([1.0, 100.0]))
        assert_sums(reduced(submission, buffers), buffers, f" with {length} elements")


@pytest.mark.check("numerics", points=6, conventions=["same-dtype"])
def test_integers_are_summed_exactly(submission, draw):
    for n, length in ((2, 6), (5, 3)):
        for dtype, reach in zip(INTEGERS, (2**59, 2**27, 5000, 24, 48), strict=True):
            buffers = whole(draw, n, length, dtype, reach)
            assert_sums(reduced(submission, buffers), buffers)


@pytest.mark.check("numerics", points=4)
@pytest.mark.parametrize("dtype", HALF_DTYPES, ids=str)
def test_half_precision_is_as_good_as_it_can_be(submission, reference, draw, dtype):
    # Two summands are rounded once whatever the order; a partial sum of more can be larger than the sum.
    for n, length, scale, slack in ((2, 40, 1.0, 1.0), (5, 23, 1.0, 6.0), (6, 12, 60.0, 6.0)):
        buffers = floats(draw, n, length, dtype, scale)
        exact = torch.stack(buffers).double().sum(0)
        ours = reference.ring_all_reduce(buffers)[0]
        for rank, tensor in enumerate(reduced(submission, buffers)):
            assert_close_in_half(tensor, exact, ours[rank], what=f"the tensor of rank {rank} of {n}", slack=slack)


@pytest.mark.check("numerics", points=6, conventions=["same-bits"])
def test_all_ranks_hold_the_same_bits(submission, draw):
    for n, length in ((3, 60), (5, 33)):
        for dtype in DTYPES:
            first, *others = reduced(submission, floats(draw, n, length, dtype))
            for rank, tensor in enumerate(others, 1):
                assert_shape(tensor, first.shape, f"the tensor of rank {rank}")
                wrong = int((tensor != first).sum())
                if tensor.dtype != first.dtype or wrong:
                    fail(f"ranks 0 and {rank} of {n} differ in {wrong} of {length} entries, at least in the last bit")


@pytest.mark.check("numerics", points=7, conventions=["bytes-together", "padding-unsent"])
def test_the_ranks_together_send_two_passes(submission, draw):
    for n, length in UNEVEN:
        dtype = draw.choice(DTYPES)
        buffers = floats(draw, n, length, dtype)
        sent = sent_bytes(submission, buffers)
        one = length * dtype.itemsize
        if sum(sent) != 2 * (n - 1) * one:
            wanted = 2 * (n - 1) * one
            fail(f"{n} ranks with {one} bytes each send {sent}, {sum(sent)} bytes together, expected {wanted}")
        for rank, count in enumerate(sent):
            if count > 2 * one or count % dtype.itemsize:
                fail(f"rank {rank} of {n} sends {count} bytes, which no cut of its {one} bytes into chunks explains")


@pytest.mark.check("numerics", points=8, conventions=["bytes-each"])
def test_with_equal_chunks_all_ranks_send_the_same(submission, draw):
    for place, (n, length) in enumerate(EVEN):
        dtype = (*DTYPES, *INTEGERS)[place]
        expected = [2 * (n - 1) * (length // n) * dtype.itemsize] * n
        sent = sent_bytes(submission, whole(draw, n, length, dtype, 9))
        assert_same(sent, expected, what=f"the bytes sent by {n} ranks with {length} elements of {dtype}")


@pytest.mark.check("numerics", points=2)
def test_takes_any_memory_layout(submission, draw):
    for n, length in ((3, 7), (1, 3)):
        strided = [draw.non_contiguous(buffer) for buffer in floats(draw, n, length)]
        columns = [draw.normal(length, 3, dtype=torch.float64)[:, 1] for _ in range(n)]
        expanded = [draw.normal(1, dtype=torch.float64).expand(length) for _ in range(n)]
        for buffers, layout in ((strided, "strided"), (columns, "column"), (expanded, "expanded")):
            assert_sums(reduced(submission, buffers), buffers, f" ({layout} buffers)")


# contract


@pytest.mark.check("contract", points=5, conventions=["no-shared-storage"])
def test_results_share_no_storage_among_themselves(submission, draw):
    for n, length in ((2, 4), (3, 7)):
        reduced(submission, floats(draw, n, length))
        with submission.options(keep=True):
            tensors = submission.ring_all_reduce(floats(draw, n, length)).method("__getitem__")(0)
            storages = [tensors.method("__getitem__")(rank).method("untyped_storage")() for rank in range(n)]
        places = [storage.method("data_ptr")() for storage in storages]
        for rank, place in enumerate(places):
            if place in places[:rank]:
                fail(f"the tensors of ranks {places.index(place)} and {rank} lie in one storage")


@pytest.mark.check("contract", points=2, conventions=["no-shared-storage"])
def test_one_tensor_may_be_listed_several_times(submission, draw):
    for n, length in ((2, 4), (3, 7)):
        values = draw.normal(length, dtype=torch.float64)
        held = submission.torch("clone", values)
        assert_sums(reduced(submission, [held] * n), [values] * n, ", whose buffers are one and the same tensor")


@pytest.mark.check("contract", points=2)
def test_earlier_results_stay_as_they_were(submission, draw):
    for n in (1, 3):
        buffers = floats(draw, n, 6)
        with submission.options(keep=True):
            held = submission.ring_all_reduce(buffers)
        submission.ring_all_reduce(floats(draw, n, 6))
        tensors, sent = parts((held.method("__getitem__")(0), held.method("__getitem__")(1)), n)
        assert_sums(tensors, buffers, ", looked at after a second call,")
        assert_same(sent, [2 * (n - 1) * 6 // n * 8] * n, what="the sent bytes, looked at after a second call")


@pytest.mark.check("contract", points=2)
def test_refuses_no_buffers(submission):
    assert_refuses(submission.ring_all_reduce, [], because="there are no buffers")


@pytest.mark.check("contract", points=3, conventions=["errors"])
def test_refuses_buffers_of_different_shapes(submission, draw):
    for shapes in (
        [(4,), (5,)], [(5,), (4,)], [(4,), (1,)], [(1,), (4,)], [(6,), (6,), (3,)], [(6,), (3,), (6,)],
        [(3,), (6,), (6,)], [(4,), (4, 1)], [(4,), (1, 4)], [(8,), (8,), (8,), (9,)],
    ):  # fmt: skip
        spelled = ", ".join(str(list(shape)) for shape in shapes)
        buffers = [torch.ones(shape) for shape in shapes]
        assert_refuses(submission.ring_all_reduce, buffers, because=f"the shapes are {spelled}")


@pytest.mark.check("contract", points=1)
def test_buffers_may_require_grad(submission, draw):
    for n in (1, 3):
        buffers = [buffer.requires_grad_(rank != 1) for rank, buffer in enumerate(floats(draw, n, 5))]
        assert_sums(reduced(submission, buffers), buffers)


# gpu


@pytest.mark.check("gpu", points=10, conventions=["device"])
def test_everything_lies_on_the_buffers_device(submission, reference, draw):
    buffers = floats(draw, 3, 6, torch.float32)
    expected = reference.ring_all_reduce(buffers)
    assert_runs_on_gpu(submission, lambda gpu: submission.ring_all_reduce(buffers), expected, relative=1e-5, scale=1.0)
    for n, length in ((1, 3), (4, 3)):
        buffers = whole(draw, n, length, torch.int32, 1000)
        expected = reference.ring_all_reduce(buffers)[0]
        assert_runs_on_gpu(submission, lambda gpu, buffers=buffers: reduced(submission, buffers), expected)


# Manners, over all calls made above.


@pytest.mark.check("contract", points=4)
def test_leaves_its_buffers_alone(submission):
    assert_inputs_left_alone(submission)


@pytest.mark.check("contract", points=3, conventions=["no-shared-storage", "single-rank-copy"])
def test_results_share_no_storage_with_the_buffers(submission):
    assert_results_not_aliased(submission)


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)


# After the manners, because a list that holds tensors shares their memory as it should.


@pytest.mark.check("contract", points=2)
def test_leaves_the_list_of_buffers_alone(submission, draw):
    for n in (1, 3):
        buffers = floats(draw, n, 5)
        held = watched_list(submission, buffers)
        submission.ring_all_reduce(held)
        assert_same(held.method("copy")(), buffers, what="the list of buffers, looked at after the call")
