"""Public checks of ring_all_reduce: they help while you write, and prove little."""

import pytest
import torch

from grader.suite import assert_close, assert_refuses, assert_shape, describe_value, fail


def parts(result, n):
    parted = result if type(result) is tuple else ()
    lists = [part for part in parted if type(part) is list and len(part) == n]
    if len(lists) != 2 or len(result) != 2:
        fail(f"the result is {describe_value(result)}, expected a tuple of two lists: {n} tensors and {n} ints")
    return result


@pytest.mark.check("shape")
def test_every_rank_gets_a_tensor(submission, draw):
    tensors, _ = parts(submission.ring_all_reduce([draw.normal(8) for _ in range(4)]), 4)
    for rank, tensor in enumerate(tensors):
        assert_shape(tensor, (8,), f"the tensor of rank {rank}")


@pytest.mark.check("numerics")
def test_the_example_of_the_prompt(submission):
    buffers = [torch.tensor([1.0, 2.0, 3.0]), torch.tensor([10.0, 20.0, 30.0])]
    tensors, sent = parts(submission.ring_all_reduce(buffers), 2)
    assert_close(tensors, [torch.tensor([11.0, 22.0, 33.0])] * 2, what="the tensors")
    if sum(sent) != 24:
        fail(f"the ranks send {sent}, expected 24 bytes together")


@pytest.mark.check("numerics")
def test_four_ranks_with_equal_chunks(submission, reference, draw):
    buffers = [draw.normal(8, dtype=torch.float64) for _ in range(4)]
    assert_close(submission.ring_all_reduce(buffers), reference.ring_all_reduce(buffers))


@pytest.mark.check("contract")
def test_refuses_no_buffers(submission):
    assert_refuses(submission.ring_all_reduce, [], because="there are no buffers")
