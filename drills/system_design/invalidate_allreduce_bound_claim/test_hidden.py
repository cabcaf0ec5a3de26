"""Hidden checks of invalidate_allreduce_bound_claim: simulated runs whose bottleneck is known. No world is borderline.

A world is made of steps. The used ones show the truth; warm-up and unusable steps show a decoy, the telemetry of
another bottleneck, and often outnumber the used ones, so that whoever lets them speak hears the decoy.
"""

import contextlib
import itertools
import math
from typing import NamedTuple

import pytest

from grader.suite import SubmissionRaised, assert_global_random_untouched, describe_value, fail

SIGNALS = ("step_ms", "compute_ms", "data_wait_ms", "comm_ms", "straggler_wait_ms", "overlapped_comm_ms")
NAMES = ("all_reduce", "straggler", "data")
BOTTLENECKS = (*NAMES, "compute")
BAD_VALUES = (math.nan, math.inf, -math.inf)
NOTHING = [math.nan] * len(SIGNALS)
LOW, HIGH = 0.2 * 0.74, 0.2 * 1.26  # below 0.75 and above 1.25 times the threshold


class Truth(NamedTuple):
    """Shares of the step before noise: exposed transfer, straggler wait, data wait, overlapped transfer, the rest."""

    all_reduce: float
    straggler: float
    data: float
    overlapped: float
    other: float

    @property
    def compute(self):
        return 1 - self.all_reduce - self.straggler - self.data - self.other

    def __str__(self):
        return (
            f"exposed transfer {self.all_reduce:.2f}, straggler wait {self.straggler:.2f}, data wait {self.data:.2f}, "
            f"overlap {self.overlapped:.2f}, unnamed {self.other:.2f} of the step"
        )


def truth(draw, all_reduce, straggler, data, overlapped=None, other=None):
    """These three shares; overlap and unnamed parts as they may be."""
    left = 1 - all_reduce - straggler - data
    other = draw.float(0.0, 0.3 * left) if other is None else other
    overlapped = draw.float(0.0, 0.9) * (left - other) if overlapped is None else overlapped
    return Truth(all_reduce, straggler, data, overlapped, other)


def truth_of(draw, bottleneck, second=None):
    """Any run with this bottleneck; `second` names one that would do without it."""
    shares = {name: draw.float(0.02, LOW) for name in NAMES}
    if second is not None:
        shares[bottleneck] = draw.float(0.36, 0.45)
        shares[second] = draw.float(HIGH, 0.74 * shares[bottleneck])
    elif bottleneck != "compute":
        shares[bottleneck] = draw.float(HIGH, 0.6)
    return truth(draw, **shares)


def window(draw, truth, step, lean=(0, 0, 0)):
    """One step. lean: for each share the side to which its noise goes, near the 5% allowed; else it goes anywhere."""
    step *= 1 if any(lean) else draw.float(0.98, 1.02)
    parts = [
        step * share * (1 + (side * draw.float(0.047, 0.0495) if side else draw.float(-0.025, 0.025)))
        for share, side in zip(truth[:3], lean, strict=True)
    ]
    overlapped = step * truth.overlapped * draw.float(0.99, 1.01)
    compute = max(overlapped, step * truth.compute * draw.float(0.98, 1.02))
    transfer, straggler_wait, data_wait = parts
    return [step, compute, data_wait, transfer + straggler_wait + overlapped, straggler_wait, overlapped]


def telemetry_of(draw, rows):
    names = [SIGNALS[i] for i in draw.permutation(len(SIGNALS)).tolist()]
    return {name: [float(row[SIGNALS.index(name)]) for row in rows] for name in names}


def shuffled(draw, items):
    return [items[i] for i in draw.permutation(len(items)).tolist()]


def world(draw, truth, used, *, decoy=None, unusable=0, broken=(), lost=0, outliers=(), centred=False, lean=(0, 0, 0)):
    """Telemetry in which `used` steps count.

    Args:
        decoy: What the other steps show.
        unusable: Steps that hold a NaN or an infinity in one signal.
        broken: (signal, value) pairs from which unusable steps take theirs; random if empty.
        lost: Steps that hold nothing but NaN.
        outliers: Functions that turn a used step into an outlier; one becomes the last of all, another the first used.
        centred: Whether these two lie in the middle of the used steps instead.
    """
    step = draw.float(50.0, 3000.0)
    decoy = decoy or truth
    counted = [window(draw, truth, step, lean) for _ in range(used)]
    odd = [window(draw, decoy, step) for _ in range(unusable)]
    for number, row in enumerate(odd):
        signal, value = broken[number % len(broken)] if broken else (draw.choice(SIGNALS), draw.choice(BAD_VALUES))
        row[SIGNALS.index(signal)] = value
    odd += [NOTHING] * lost
    for row, distort in zip(counted, outliers, strict=False):
        distort(row, step)
    first = [counted.pop(0)] if len(outliers) > 1 else []
    last = [counted.pop(0)] if outliers else []
    rest = shuffled(draw, counted + odd)
    place = len(rest) // 2
    rest = rest[:place] + first + last + rest[place:] if centred else first + rest + last
    warm_up = [window(draw, decoy, step) for _ in range(math.ceil(len(rest) / 9))]  # a tenth of all, rounded up
    return telemetry_of(draw, warm_up + rest)


def ask(submission, telemetry):
    """The verdict and the bottleneck, also where they are text of a subclass (numpy's, an enumeration's)."""
    answer = submission.judge_allreduce_bound(telemetry)
    if not isinstance(answer, dict) or not {"verdict", "bottleneck"} <= answer.keys():
        fail(f"the answer is {describe_value(answer)}, expected a dict with the keys verdict and bottleneck")
    texts = {key: answer[key] for key in ("verdict", "bottleneck")}
    for key, text in texts.items():
        if describe_value(text).startswith("an object of type"):  # a subclass does not cross as it is
            with submission.options(keep=True), contextlib.suppress(SubmissionRaised):
                value = submission.judge_allreduce_bound(telemetry).method("get")(key)
                with submission.options(keep=False):
                    texts[key] = value.method("strip")()
        if type(texts[key]) is not str:
            fail(f'answer["{key}"] is {describe_value(text)}, expected a str')
    return tuple(texts.values())


def says(submission, telemetry, bottleneck, what):
    verdict = {"unknown": "insufficient", "all_reduce": "confirmed"}.get(bottleneck, "invalidated")
    got = ask(submission, telemetry)
    if got != (verdict, bottleneck):
        fail(f"{what}: the answer is {got[0]}, {got[1]}; expected {verdict}, {bottleneck}")


# shape


@pytest.mark.check("shape", points=10, conventions=["exact-keys"])
def test_the_answer_is_a_dict_of_two_texts(submission, draw):
    worlds = {name: world(draw, truth_of(draw, name), draw.int(9, 20)) for name in BOTTLENECKS}
    for what, telemetry in {**worlds, "unknown": world(draw, truth_of(draw, "data"), 5)}.items():
        answer = submission.judge_allreduce_bound(telemetry)
        if not isinstance(answer, dict):
            fail(f"the answer is {describe_value(answer)}, expected a dict")
        if set(answer) != {"verdict", "bottleneck"}:
            fail(f"the answer ({what}) has the keys {sorted(map(str, answer))}, expected bottleneck and verdict alone")
        ask(submission, telemetry)


# numerics


@pytest.mark.check("numerics", points=6, conventions=["largest", "what-the-telemetry-promises", "task", "rules", "in-words"])
def test_each_bottleneck_is_found(submission, draw):
    for name in shuffled(draw, BOTTLENECKS * 2):
        run = truth_of(draw, name)
        says(submission, world(draw, run, draw.int(9, 40)), name, f"a run with {run}")


@pytest.mark.check("numerics", points=6, conventions=["largest"])
def test_the_largest_share_decides(submission, draw):
    for name, second in itertools.permutations(NAMES, 2):
        run = truth_of(draw, name, second)
        says(submission, world(draw, run, draw.int(9, 25)), name, f"two shares above a fifth: a run with {run}")
    telemetry = world(draw, truth(draw, 0.27, 0.05, 0.05, other=0.0), draw.int(9, 25))
    says(submission, telemetry, "all_reduce", "exposed transfer is 0.27 of the step, and compute 0.63")


@pytest.mark.check("numerics", points=5, conventions=["largest"])
def test_the_threshold_holds_from_both_sides(submission, draw):
    # 0.749 and 1.251 times the threshold, with noise that leans towards it.
    for place, name in enumerate(NAMES):
        for factor, side, expected, about in ((1.251, -1, name, "0.238"), (0.749, 1, "compute", "0.157")):
            shares = [draw.float(0.02, 0.06) for _ in NAMES]
            shares[place] = 0.2 * factor
            lean = [side * (index == place) for index in range(3)]
            telemetry = world(draw, truth(draw, *shares), draw.int(9, 20), lean=lean)
            says(submission, telemetry, expected, f"{name} at {about} of the step, the others at 0.06 at most")


@pytest.mark.check("numerics", points=6, conventions=["contains-the-wait", "exposed"])
def test_waiting_inside_the_collective_is_no_transfer(submission, draw):
    cases = [
        ("straggler", truth(draw, draw.float(0.01, 0.1), draw.float(0.3, 0.6), 0.05), "a long wait, a short transfer"),
        ("straggler", truth(draw, 0.0, draw.float(0.3, 0.6), 0.02, overlapped=0.0), "nothing but the wait"),
        ("compute", truth(draw, 0.12, 0.14, 0.02), "a short wait and a short transfer, 0.26 together"),
        ("data", truth(draw, 0.14, 0.14, 0.26, overlapped=0.0), "short wait, short transfer, and longer data wait"),
        ("all_reduce", truth(draw, 0.3, 0.14, 0.02, overlapped=0.0), "0.3 of transfer beside 0.14 of wait"),
        ("all_reduce", truth(draw, 0.42, 0.28, 0.02, overlapped=0.0), "0.42 of transfer beside 0.28 of wait"),
    ]
    for name, run, what in cases:
        says(submission, world(draw, run, draw.int(9, 25)), name, f"inside comm_ms {what}")


@pytest.mark.check("numerics", points=6, conventions=["exposed"])
def test_overlapped_transfer_is_not_exposed(submission, draw):
    cases = [
        ("compute", truth(draw, 0.03, 0.03, 0.02, overlapped=0.8, other=0.0), "0.8 overlapped, 0.03 exposed"),
        ("compute", truth(draw, 0.0, 0.0, 0.02, overlapped=0.5), "0.5 overlapped, nothing exposed"),
        ("data", truth(draw, 0.1, 0.02, 0.3, overlapped=0.5, other=0.0), "0.5 overlapped, 0.1 exposed, data wait 0.3"),
        ("straggler", truth(draw, 0.1, 0.3, 0.02, overlapped=0.5, other=0.0), "0.5 overlapped, 0.1 exposed, wait 0.3"),
        ("all_reduce", truth(draw, 0.3, 0.02, 0.02, overlapped=0.25, other=0.0), "0.25 overlapped, 0.3 exposed"),
        ("all_reduce", truth(draw, 0.3, 0.1, 0.1, overlapped=0.45, other=0.0), "0.45 overlapped, 0.3 exposed"),
    ]
    for name, run, what in cases:
        says(submission, world(draw, run, draw.int(9, 25)), name, f"of the step {what}")


@pytest.mark.check("numerics", points=5, conventions=["of-the-step"])
def test_shares_are_of_the_whole_step(submission, draw):
    up, down, any_side = (1, 1, 1), (-1, 0, 0), (0, 0, 0)
    cases = [
        ("compute", truth(draw, 0.149, 0.149, 0.149, other=0.0), up, "three shares of 0.156 each"),
        ("compute", truth(draw, 0.14, 0.02, 0.02, other=0.4), any_side, "transfer is 0.14, compute 0.42, 0.4 unnamed"),
        ("compute", truth(draw, 0.02, 0.14, 0.02, other=0.4), any_side, "the wait is 0.14, compute 0.42, 0.4 unnamed"),
        ("compute", truth(draw, 0.02, 0.02, 0.14, other=0.4), any_side, "data wait is 0.14, compute 0.42, 0.4 unnamed"),
        ("compute", truth(draw, 0.1, 0.0, 0.0, overlapped=0.0), any_side, "all of comm_ms is exposed, 0.1"),
        ("all_reduce", truth(draw, 0.251, 0.02, 0.02, overlapped=0.7, other=0.0), down, "transfer is 0.24 of it"),
        ("compute", truth(draw, 0.05, 0.05, 0.05, other=0.4), any_side, "compute is 0.45, 0.4 unnamed"),
    ]
    for name, run, lean, what in cases:
        says(submission, world(draw, run, draw.int(9, 25), lean=lean), name, f"of the step {what}")


@pytest.mark.check("numerics", points=3)
def test_times_may_be_0(submission, draw):
    for name, run, what in (
        ("data", truth(draw, 0.0, 0.0, 0.4, overlapped=0.0), "a single rank: no communication at all"),
        ("compute", truth(draw, 0.0, 0.0, 0.0, overlapped=0.0), "neither communication nor data wait"),
        ("all_reduce", truth(draw, 0.4, 0.0, 0.0, overlapped=0.0), "neither stragglers nor data wait nor overlap"),
    ):
        says(submission, world(draw, run, draw.int(9, 25)), name, what)


PAIRS = (("all_reduce", "straggler"), ("straggler", "all_reduce"), ("compute", "data"), ("data", "compute"),
         ("all_reduce", "compute"), ("compute", "all_reduce"))  # fmt: skip


@pytest.mark.check("numerics", points=6, conventions=["six-signals"])
def test_steps_with_nan_or_infinity_are_passed_over(submission, draw):
    # More unusable steps than used ones.
    for number, signal in enumerate(SIGNALS):
        for value in (math.nan, (-math.inf, math.inf)[number % 2]):
            name, decoy = draw.choice([("data", "straggler"), ("straggler", "data")])
            telemetry = world(
                draw, truth_of(draw, name), draw.int(8, 10), decoy=truth_of(draw, decoy), unusable=draw.int(14, 20),
                broken=[(signal, value)],
            )  # fmt: skip
            says(submission, telemetry, name, f"most steps hold {value} in {signal}, and show {decoy} beside it")
    for name, decoy in shuffled(draw, PAIRS)[:4]:
        telemetry = world(
            draw, truth_of(draw, name), draw.int(8, 10), decoy=truth_of(draw, decoy), unusable=draw.int(20, 30)
        )
        says(submission, telemetry, name, f"most steps hold a NaN or an infinity somewhere, and show {decoy}")


@pytest.mark.check("numerics", points=5, conventions=["eight"])
def test_7_steps_are_too_few_and_8_are_enough(submission, draw):
    for extra in (0, 0, draw.int(1, 5), draw.int(6, 30)):
        name = draw.choice(BOTTLENECKS)
        for used, expected in ((7, "unknown"), (8, name)):
            telemetry = world(draw, truth_of(draw, name), used, unusable=extra)
            says(submission, telemetry, expected, f"{used} used steps after the warm-up, {extra} unusable")
    spread = [(signal, math.nan) for signal in SIGNALS]
    telemetry = world(draw, truth_of(draw, "all_reduce"), 7, unusable=12, broken=spread)
    says(submission, telemetry, "unknown", "7 whole steps, though every signal by itself has 17 finite values")
    says(submission, world(draw, truth_of(draw, "data"), draw.int(1, 6)), "unknown", "fewer than 8 steps in all")
    says(submission, world(draw, truth_of(draw, "data"), 0, unusable=20), "unknown", "no usable step at all")


@pytest.mark.check("numerics", points=4, conventions=["warm-up"])
def test_warm_up_is_never_used(submission, draw):
    # More warm-up than used steps.
    for name, decoy in shuffled(draw, PAIRS)[:4]:
        used = draw.int(9, 11)
        telemetry = world(draw, truth_of(draw, name), used, decoy=truth_of(draw, decoy), lost=draw.int(100, 115) - used)
        what = f"{used} used steps among many of NaN, after a warm-up of more than {used} that shows {decoy}"
        says(submission, telemetry, name, what)


@pytest.mark.check("numerics", points=4, conventions=["warm-up", "eight"])
def test_warm_up_is_a_tenth_of_all_steps_rounded_up(submission, draw):
    # 7 or 8 used steps: one step more or less in the warm-up turns the answer.
    tens = 10 * draw.int(3, 6)
    for number, more in enumerate((0, 1, draw.int(2, 4), draw.int(5, 8), 9, 10)):
        for used in (7, 8):
            total, name = tens + more, draw.choice(BOTTLENECKS)
            warm_up, run = -(-total // 10), truth_of(draw, name)
            first = warm_up  # the step after the warm-up is used
            kept = {*range(first + 1), *shuffled(draw, range(first + 1, total))[: used - 1]}
            if used == 8 and number % 2:  # a step that is unusable counts for the tenth all the same
                kept.remove(draw.int(0, warm_up - 1))
            rows = [window(draw, run, 400.0) if place in kept else NOTHING for place in range(total)]
            what = f"{total} steps, {warm_up} of them warm-up, {used} of the others usable"
            says(submission, telemetry_of(draw, rows), name if used == 8 else "unknown", what)


@pytest.mark.check("numerics", points=4, conventions=["medians"])
def test_outliers_decide_nothing(submission, draw):
    def data_stall(row, step):  # [step, compute, data wait, comm, straggler wait, overlapped]
        row[0] += 40 * step
        row[2] += 40 * step

    def straggler_stall(row, step):
        row[0] += 40 * step
        row[3] += 40 * step
        row[4] += 40 * step

    def network_stall(row, step):
        row[0] += 40 * step
        row[3] += 40 * step

    def checkpoint(row, step):
        row[0] += 40 * step

    def no_all_reduce(row, step):
        row[3] = row[4] = row[5] = 0.0

    cases = [
        ("all_reduce", truth_of(draw, "all_reduce"), data_stall),
        ("data", truth_of(draw, "data"), straggler_stall),
        ("straggler", truth_of(draw, "straggler"), network_stall),
        ("all_reduce", truth_of(draw, "all_reduce"), checkpoint),
        ("all_reduce", truth_of(draw, "all_reduce"), no_all_reduce),
        # The mean of each step's share is 0.9 * 0.14 + 0.1 * 0.98.
        ("compute", truth(draw, 0.14, 0.02, 0.02), network_stall),
        ("compute", truth(draw, 0.02, 0.14, 0.02), straggler_stall),
        ("compute", truth(draw, 0.02, 0.02, 0.14), data_stall),
    ]
    for number, (name, run, distort) in enumerate(cases):
        tens = draw.int(2, 4)
        telemetry = world(draw, run, 10 * tens, outliers=[distort] * tens, centred=number % 2 == 1)
        what = f"{tens} of {10 * tens} steps are outliers ({distort.__name__.replace('_', ' ')})"
        says(submission, telemetry, name, what)


# contract


@pytest.mark.check("contract", points=6, conventions=["missing-signal"])
def test_a_missing_signal_is_insufficient(submission, draw):
    spared = {"compute_ms": BOTTLENECKS, "step_ms": BOTTLENECKS, "data_wait_ms": ("all_reduce", "straggler", "compute")}
    for signal in SIGNALS:  # each time the largest share can be found without it
        name = draw.choice(spared.get(signal, ("data", "compute")))
        telemetry = world(draw, truth_of(draw, name), draw.int(9, 20))
        values = telemetry.pop(signal)
        says(submission, telemetry, "unknown", f"telemetry of a run limited by {name} that lacks {signal}")
        if draw.int(0, 1):
            telemetry[signal + "_total"] = values
            says(submission, telemetry, "unknown", f"telemetry that lacks {signal} but has {signal}_total")


@pytest.mark.check("contract", points=4, conventions=["missing-signal"])
def test_no_telemetry_is_insufficient(submission, draw):
    says(submission, {}, "unknown", "an empty dict")
    says(submission, {name: [] for name in SIGNALS}, "unknown", "empty lists")
    says(submission, {draw.choice(SIGNALS): []}, "unknown", "one empty list")
    says(submission, {name: [draw.float(0.1, 0.9)] for name in SIGNALS}, "unknown", "a single step")
    says(submission, {"loss": [1.0] * 20}, "unknown", "telemetry of something else")


@pytest.mark.check("contract", points=4)
def test_other_keys_are_ignored(submission, draw):
    for name in BOTTLENECKS:
        telemetry = world(draw, truth_of(draw, name), draw.int(8, 20))
        n = len(telemetry["step_ms"])
        others = {"loss": [math.nan] * n, "grad_norm": [0.0] * n, "checkpoint_ms": [math.inf] * n}
        telemetry = {**others, **telemetry} if draw.int(0, 1) else {**telemetry, **others}
        says(submission, telemetry, name, "telemetry with more keys, which hold NaN, 0 and infinity")


@pytest.mark.check("contract", points=5)
def test_telemetry_is_left_alone(submission, draw):
    whole = world(draw, truth_of(draw, "all_reduce"), 12, unusable=6)
    whole["loss"] = [draw.float(0.1, 0.9) for _ in whole["step_ms"]]
    lacking = {key: values for key, values in whole.items() if key != "comm_ms"}
    short = {key: values[:6] for key, values in whole.items()}
    # Held on the other side; a plain dict would be copied on its way into the call.
    for what, telemetry in (("", whole), (" that lacks a signal", lacking), (" of 6 steps", short)):
        held = submission.torch("nn.modules.container.OrderedDict", telemetry)
        submission.judge_allreduce_bound(held)
        after = held.method("copy")()
        for key in [*telemetry, *after]:
            if repr(after.get(key)) != repr(telemetry.get(key)):
                fail(f"modifies telemetry{what}: afterwards {key} is {describe_value(after.get(key))}")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
