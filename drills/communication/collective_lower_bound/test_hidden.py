"""Hidden checks of collective_lower_bound. Oracles: the reference, and bytes counted by hand."""

import pytest

from grader.suite import assert_close, assert_global_random_untouched, assert_refuses, assert_type

OPS = ("all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast", "reduce")
OTHER_OPS = ("gather", "scatter", "barrier", "", "all", "reduce_all", "all_reduce_coalesced", "all_gather_into_tensor",
             "all-reduce", "BROADCAST")
RELATIVE = 1e-6


def agrees(submission, reference, op, payload, world, bandwidth):
    expected = reference.collective_lower_bound(op, payload, world, bandwidth)
    seconds = submission.collective_lower_bound(op, payload, world, bandwidth)
    assert_close(seconds, float(expected), what=f"the time of {op} on {world} ranks", relative=RELATIVE)


def refuses(submission, op, payload, world, bandwidth, because):
    assert_refuses(submission.collective_lower_bound, op, payload, world, bandwidth, because=because)


# shape


@pytest.mark.check("shape", points=10)
def test_the_time_is_a_number(submission, draw):
    for op in OPS:
        for payload, world in ((draw.int(1, 10**9), draw.int(2, 64)), (draw.int(1, 99), 1), (0, 4), (0, 1)):
            seconds = submission.collective_lower_bound(op, payload, world, draw.float(1e9, 1e12))
            assert_type(seconds, float, f"the time of {op} on {world} ranks")


# numerics


@pytest.mark.check(
    "numerics", points=36, conventions=["all-reduce", "one-way", "rooted", "gathered-output", "full-input"]
)
@pytest.mark.parametrize("op", OPS)
def test_the_bytes_on_the_wire_take_their_time(submission, reference, draw, op):
    for world in (2, 3, 4, draw.int(5, 16), draw.int(17, 4096)):
        agrees(submission, reference, op, draw.int(10**6, 10**12), world, draw.float(1e9, 1e12))
        agrees(submission, reference, op, world * draw.int(1, 10**9), world, draw.float(0.1, 100.0))


@pytest.mark.check("numerics", points=4, conventions=["bytes-per-second"])
def test_known_times_of_one_gigabyte(submission):
    for op, world, bandwidth, seconds in (
        ("all_reduce", 8, 300e9, 1e9 * 2 * 7 / 8 / 300e9),
        ("all_gather", 8, 300e9, 1e9 * 7 / 8 / 300e9),
        ("reduce_scatter", 8, 300e9, 1e9 * 7 / 8 / 300e9),
        ("all_reduce", 32, 25e9, 0.0775),
        ("all_reduce", 2, 1e9, 1.0),
        ("all_to_all", 4, 1e9, 0.75),
        ("broadcast", 8, 1e9, 1.0),
        ("reduce", 2, 1e9, 1.0),
    ):
        result = submission.collective_lower_bound(op, 10**9, world, bandwidth)
        assert_close(result, seconds, what=f"the time of {op} on {world} ranks", relative=RELATIVE)


@pytest.mark.check("numerics", points=6, conventions=["no-rounding", "bandwidth-only", "task", "rules", "result"])
def test_payloads_smaller_than_a_chunk_are_not_rounded(submission, reference, draw):
    for op in OPS:
        world = draw.int(5, 64)
        for payload in (1, draw.int(2, world - 1), world + draw.int(1, world - 1)):
            agrees(submission, reference, op, payload, world, draw.float(0.5, 3.0))
        agrees(submission, reference, op, draw.int(1, 99), world, draw.float(1e10, 1e12))


@pytest.mark.check("numerics", points=6, conventions=["one-rank"])
def test_one_rank_communicates_nothing(submission, draw):
    for op in OPS:
        for payload in (1, draw.int(10**6, 10**12)):
            seconds = submission.collective_lower_bound(op, payload, 1, draw.float(1.0, 1e9))
            assert_close(seconds, 0.0, what=f"the time of {op} on one rank")


@pytest.mark.check("numerics", points=4, conventions=["bandwidth-only"])
def test_no_payload_takes_no_time(submission, draw):
    for op in OPS:
        for world in (1, draw.int(2, 64)):
            seconds = submission.collective_lower_bound(op, 0, world, draw.float(1.0, 1e9))
            assert_close(seconds, 0.0, what=f"the time of {op} with a payload of 0 bytes")


@pytest.mark.check("numerics", points=4, conventions=["bytes-per-second"])
def test_bandwidth_may_be_an_int_or_below_one(submission, reference, draw):
    for op in OPS:
        world = draw.int(2, 64)
        agrees(submission, reference, op, draw.int(1, 10**6), world, draw.int(1, 7))
        agrees(submission, reference, op, draw.int(1, 10**6), world, 300_000_000_000)
        agrees(submission, reference, op, draw.int(1, 10**6), world, draw.float(1e-3, 0.9))


# contract


@pytest.mark.check("contract", points=6, conventions=["checked-first", "freedom"])
def test_refuses_other_ops(submission, draw):
    for op in OTHER_OPS:
        refuses(submission, op, draw.int(1, 10**6), draw.int(2, 64), 1e9, f"op is {op!r}")
        refuses(submission, op, draw.int(1, 10**6), 1, 1e9, f"op is {op!r} (on one rank)")
        refuses(submission, op, 0, draw.int(2, 64), 1e9, f"op is {op!r} (with a payload of 0 bytes)")


@pytest.mark.check("contract", points=5, conventions=["checked-first"])
def test_refuses_a_bandwidth_of_0_or_less(submission, draw):
    for op in OPS:
        for bandwidth in (0.0, -draw.float(1.0, 1e9)):
            refuses(submission, op, draw.int(1, 10**6), draw.int(2, 64), bandwidth, f"bandwidth is {bandwidth:.4g}")
            refuses(submission, op, 100, 1, bandwidth, f"bandwidth is {bandwidth:.4g} (on one rank)")
            refuses(submission, op, 0, 4, bandwidth, f"bandwidth is {bandwidth:.4g} (with a payload of 0 bytes)")


@pytest.mark.check("contract", points=4, conventions=["checked-first"])
def test_refuses_a_negative_payload(submission, draw):
    for op in OPS:
        for world in (1, draw.int(2, 64)):
            for payload in (-1, -draw.int(2, 10**6)):
                refuses(submission, op, payload, world, 1e9, f"payload_bytes is {payload} (on {world} ranks)")


@pytest.mark.check("contract", points=4, conventions=["checked-first"])
def test_refuses_less_than_one_rank(submission, draw):
    for op in OPS:
        for world in (0, -1, -draw.int(2, 64)):
            refuses(submission, op, draw.int(1, 10**6), world, 1e9, f"world is {world}")
        refuses(submission, op, 0, 0, 1e9, "world is 0 (with a payload of 0 bytes)")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
