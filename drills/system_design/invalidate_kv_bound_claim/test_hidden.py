"""Hidden checks of invalidate_kv_bound_claim: simulated servers whose bottleneck is known. No world is borderline.

A world is made of windows. The used ones show the truth; warm-up, unusable and request-free windows show a decoy, the
telemetry of another bottleneck, and often outnumber the used ones, so that whoever lets them speak hears the decoy.
"""

import contextlib
import math
from typing import NamedTuple

import pytest

from grader.suite import SubmissionRaised, assert_global_random_untouched, describe_value, fail

SIGNALS = ("hbm_bytes_per_s", "hbm_peak_bytes_per_s", "kv_bytes_per_s", "sm_busy", "gpu_idle", "running_requests")
BOTTLENECKS = ("host", "kv_reads", "weight_reads", "compute", "latency")
BAD_VALUES = (math.nan, math.inf, -math.inf)
NOTHING = [math.nan] * len(SIGNALS)
NOISE = 0.045


class Truth(NamedTuple):
    """Ratios before noise: traffic over peak, cache over traffic, busy and idle shares."""

    load: float
    share: float
    busy: float
    idle: float

    def __str__(self):
        return (
            f"traffic at {self.load:.2f} of the peak, {self.share:.2f} of it cache, "
            f"sm_busy {self.busy:.2f}, gpu_idle {self.idle:.2f}"
        )


# Below 0.75 and above 1.25 times the threshold of each ratio.
LOW = Truth(0.7 * 0.74, 0.5 * 0.74, 0.7 * 0.74, 0.4 * 0.74)
HIGH = Truth(0.7 * 1.26, 0.5 * 1.26, 0.7 * 1.26, 0.4 * 1.26)
FIXED = {
    "host": {"idle": True},
    "kv_reads": {"idle": False, "load": True, "share": True},
    "weight_reads": {"idle": False, "load": True, "share": False},
    "compute": {"idle": False, "load": False, "busy": True},
    "latency": {"idle": False, "load": False, "busy": False},
}


def truth_of(draw, bottleneck, **fixed):
    """Any server with this bottleneck."""
    sides = {**{name: draw.choice([True, False]) for name in Truth._fields}, **FIXED[bottleneck], **fixed}
    return Truth(
        **{
            name: draw.float(getattr(HIGH, name), 0.95) if above else draw.float(0.02, getattr(LOW, name))
            for name, above in sides.items()
        }
    )


def window(draw, truth, peak, lean=None):
    """One window. lean: for each ratio the side to which its noise goes, near the 5% allowed; else it goes anywhere."""
    noise = [
        1 + (side * draw.float(0.047, 0.0495) if side else draw.float(-NOISE, NOISE)) for side in lean or (0, 0, 0, 0)
    ]
    hbm = peak * truth.load * noise[0]
    busy, idle = min(1.0, truth.busy * noise[2]), min(1.0, truth.idle * noise[3])
    return [hbm, peak, hbm * truth.share * noise[1], busy, idle, float(draw.int(2, 64))]


def telemetry_of(draw, rows):
    names = [SIGNALS[i] for i in draw.permutation(len(SIGNALS)).tolist()]
    return {name: [float(row[SIGNALS.index(name)]) for row in rows] for name in names}


def shuffled(draw, items):
    return [items[i] for i in draw.permutation(len(items)).tolist()]


def world(
    draw, truth, used, *, decoy=None, unusable=0, broken=(), lost=0, without_requests=0, outliers=(), centred=False,
    lean=None,
):
    """Telemetry in which `used` windows count.

    Args:
        decoy: What the other windows show.
        unusable: Windows that hold a NaN or an infinity in one signal.
        broken: (signal, value) pairs from which unusable windows take theirs; random if empty.
        lost: Windows that hold nothing but NaN.
        without_requests: Windows with running_requests below 1.
        outliers: Functions that make a used window an outlier; one becomes the last of all, another the first used.
        centred: Whether these two lie in the middle of the used windows instead.
    """
    peak = draw.float(1.0, 8.0) * 1e12
    decoy = decoy or truth
    counted = [window(draw, truth, peak, lean) for _ in range(used)]
    odd = [window(draw, decoy, peak) for _ in range(unusable)]
    for number, row in enumerate(odd):
        signal, value = broken[number % len(broken)] if broken else (draw.choice(SIGNALS), draw.choice(BAD_VALUES))
        row[SIGNALS.index(signal)] = value
    odd += [NOTHING] * lost
    idle = [window(draw, decoy, peak) for _ in range(without_requests)]
    for number, row in enumerate(idle):
        row[-1] = 0.5 * (number % 2)
    for row, distort in zip(counted, outliers, strict=False):
        distort(row)
    first = [counted.pop(0)] if len(outliers) > 1 else []
    last = [counted.pop(0)] if outliers else []
    rest = shuffled(draw, counted + odd + idle)
    place = len(rest) // 2
    rest = rest[:place] + first + last + rest[place:] if centred else first + rest + last
    warm_up = [window(draw, decoy, peak) for _ in range(math.ceil(len(rest) / 9))]  # a tenth of all, rounded up
    return telemetry_of(draw, warm_up + rest)


def ask(submission, telemetry):
    """The verdict and the bottleneck, also where they are text of a subclass (numpy's, an enumeration's)."""
    answer = submission.judge_kv_bound(telemetry)
    if not isinstance(answer, dict) or not {"verdict", "bottleneck"} <= answer.keys():
        fail(f"the answer is {describe_value(answer)}, expected a dict with the keys verdict and bottleneck")
    texts = {key: answer[key] for key in ("verdict", "bottleneck")}
    for key, text in texts.items():
        if describe_value(text).startswith("an object of type"):  # a subclass does not cross as it is
            with submission.options(keep=True), contextlib.suppress(SubmissionRaised):
                value = submission.judge_kv_bound(telemetry).method("get")(key)
                with submission.options(keep=False):
                    texts[key] = value.method("strip")()
        if type(texts[key]) is not str:
            fail(f'answer["{key}"] is {describe_value(text)}, expected a str')
    return tuple(texts.values())


def says(submission, telemetry, bottleneck, what):
    verdict = {"unknown": "insufficient", "kv_reads": "confirmed"}.get(bottleneck, "invalidated")
    got = ask(submission, telemetry)
    if got != (verdict, bottleneck):
        fail(f"{what}: the answer is {got[0]}, {got[1]}; expected {verdict}, {bottleneck}")


# shape


@pytest.mark.check("shape", points=10, conventions=["exact-keys"])
def test_the_answer_is_a_dict_of_two_texts(submission, draw):
    worlds = {name: world(draw, truth_of(draw, name), draw.int(9, 20)) for name in BOTTLENECKS}
    for what, telemetry in {**worlds, "unknown": world(draw, truth_of(draw, "host"), 5)}.items():
        answer = submission.judge_kv_bound(telemetry)
        if not isinstance(answer, dict):
            fail(f"the answer is {describe_value(answer)}, expected a dict")
        if set(answer) != {"verdict", "bottleneck"}:
            fail(f"the answer ({what}) has the keys {sorted(map(str, answer))}, expected bottleneck and verdict alone")
        ask(submission, telemetry)


# numerics


@pytest.mark.check("numerics", points=8, conventions=["rule-order", "what-the-telemetry-promises", "task", "rules", "in-words"])
def test_each_bottleneck_is_found(submission, draw):
    for name in shuffled(draw, BOTTLENECKS * 2):
        truth = truth_of(draw, name)
        says(submission, world(draw, truth, draw.int(9, 40)), name, f"a server with {truth}")


@pytest.mark.check("numerics", points=6, conventions=["rule-order"])
def test_the_first_rule_that_holds_decides(submission, draw):
    cases = {
        "idle for half of the time, and HBM full of cache reads": ("host", {"load": True, "share": True}),
        "idle for half of the time, and HBM full of weights": ("host", {"load": True, "share": False}),
        "idle for half of the time, and busy": ("host", {"load": False, "busy": True}),
        "idle for half of the time, HBM full and busy": ("host", {"load": True, "share": True, "busy": True}),
        "HBM full of cache reads, and busy": ("kv_reads", {"busy": True}),
        "HBM full of weights, and busy": ("weight_reads", {"busy": True}),
        "HBM not full, its little traffic mostly cache, and not busy": ("latency", {"share": True}),
        "HBM not full, its little traffic mostly cache, and busy": ("compute", {"share": True}),
    }
    for what, (name, sides) in cases.items():
        says(submission, world(draw, truth_of(draw, name, **sides), draw.int(10, 25)), name, what)


@pytest.mark.check("numerics", points=5, conventions=["rule-order", "share-of-traffic"])
def test_each_threshold_holds_from_both_sides(submission, draw):
    # 0.749 and 1.251 times a threshold, with noise that leans towards it.
    low, high = 0.749, 1.251
    cases = [
        ("host", Truth(0.3, 0.3, 0.3, 0.4 * high), (0, 0, 0, -1), "gpu_idle a little above 0.47"),
        ("latency", Truth(0.3, 0.3, 0.3, 0.4 * low), (0, 0, 0, 1), "gpu_idle a little above 0.31"),
        ("kv_reads", Truth(0.7 * high, 0.8, 0.3, 0.1), (-1, 0, 0, 0), "HBM at 0.83 of its peak"),
        ("latency", Truth(0.7 * low, 0.8, 0.3, 0.1), (1, 0, 0, 0), "HBM at 0.55 of its peak"),
        ("kv_reads", Truth(0.93, 0.5 * high, 0.3, 0.1), (0, -1, 0, 0), "the cache at 0.59 of the traffic"),
        ("weight_reads", Truth(0.93, 0.5 * low, 0.3, 0.1), (0, 1, 0, 0), "the cache at 0.39 of the traffic"),
        ("compute", Truth(0.3, 0.3, 0.7 * high, 0.1), (0, 0, -1, 0), "sm_busy at 0.83"),
        ("latency", Truth(0.3, 0.3, 0.7 * low, 0.1), (0, 0, 1, 0), "sm_busy at 0.55"),
    ]
    for name, truth, lean, what in cases:
        says(submission, world(draw, truth, draw.int(9, 20), lean=lean), name, what)


@pytest.mark.check("numerics", points=4, conventions=["share-of-traffic"])
def test_the_share_of_the_cache_is_of_the_traffic_not_of_the_peak(submission, draw):
    truth = Truth(draw.float(0.8755, 0.876), draw.float(0.6255, 0.626), draw.float(0.1, 0.5), 0.1)
    telemetry = world(draw, truth, draw.int(9, 25), lean=(-1, -1, 0, 0))
    says(submission, telemetry, "kv_reads", "cache reads at 0.595 of the traffic, which is 0.496 of the peak")


@pytest.mark.check("numerics", points=4, conventions=["zero-traffic"])
def test_rates_may_be_0(submission, draw):
    for name in ("host", "compute", "latency"):
        truth = truth_of(draw, name)._replace(load=0.0)
        says(submission, world(draw, truth, draw.int(9, 25)), name, f"no HBM traffic at all, limited by {name}")
    truth = truth_of(draw, "weight_reads")._replace(share=0.0)
    says(submission, world(draw, truth, draw.int(9, 25)), "weight_reads", "HBM traffic without any cache read")

    def silent(row):
        row[0] = row[2] = 0.0

    for name in BOTTLENECKS:
        telemetry = world(draw, truth_of(draw, name), 20, outliers=[silent] * 2)
        says(submission, telemetry, name, f"two windows of 20 without traffic, limited by {name}")


PAIRS = (("kv_reads", "latency"), ("latency", "kv_reads"), ("compute", "host"), ("weight_reads", "kv_reads"),
         ("host", "weight_reads"), ("kv_reads", "weight_reads"))  # fmt: skip


@pytest.mark.check("numerics", points=6, conventions=["six-signals"])
def test_windows_with_nan_or_infinity_are_passed_over(submission, draw):
    # More unusable windows than used ones.
    for number, signal in enumerate(SIGNALS):
        for value in (math.nan, (-math.inf, math.inf)[number % 2]):
            name, decoy = draw.choice([("kv_reads", "latency"), ("compute", "host"), ("latency", "kv_reads")])
            telemetry = world(
                draw, truth_of(draw, name), draw.int(8, 10), decoy=truth_of(draw, decoy, share=False),
                unusable=draw.int(14, 20), broken=[(signal, value)],
            )  # fmt: skip
            says(submission, telemetry, name, f"most windows hold {value} in {signal}, and show {decoy} beside it")
    for name, decoy in shuffled(draw, PAIRS)[:3]:
        telemetry = world(
            draw, truth_of(draw, name), draw.int(8, 10), decoy=truth_of(draw, decoy), unusable=draw.int(20, 30)
        )
        says(submission, telemetry, name, f"most windows hold a NaN or an infinity somewhere, and show {decoy}")


@pytest.mark.check("numerics", points=4, conventions=["idle-windows"])
def test_windows_without_a_request_are_not_used(submission, draw):
    for name, decoy in PAIRS:
        truth, other = truth_of(draw, name), truth_of(draw, decoy)
        telemetry = world(draw, truth, draw.int(8, 12), decoy=other, without_requests=draw.int(18, 30))
        says(submission, telemetry, name, f"most windows have running_requests below 1, and show {decoy}")
    telemetry = world(draw, truth_of(draw, "kv_reads"), draw.int(9, 20))
    telemetry["running_requests"] = [1.0] * len(telemetry["sm_busy"])
    says(submission, telemetry, "kv_reads", "running_requests is exactly 1 in every window")


@pytest.mark.check("numerics", points=5, conventions=["eight"])
def test_7_windows_are_too_few_and_8_are_enough(submission, draw):
    for extra in ({}, {"unusable": draw.int(6, 30)}, {"without_requests": draw.int(6, 30)},
                  {"unusable": draw.int(6, 30), "without_requests": draw.int(1, 9)}):  # fmt: skip
        name = draw.choice(BOTTLENECKS)
        beside = "".join(f", {count} {kind.replace('_', ' ')}" for kind, count in extra.items())
        for used, expected in ((7, "unknown"), (8, name)):
            telemetry = world(draw, truth_of(draw, name), used, **extra)
            says(submission, telemetry, expected, f"{used} used windows after the warm-up{beside}")
    spread = [(signal, math.nan) for signal in SIGNALS]
    telemetry = world(draw, truth_of(draw, "latency"), 7, unusable=12, broken=spread)
    says(submission, telemetry, "unknown", "7 whole windows, though every signal by itself has 17 finite values")
    says(submission, world(draw, truth_of(draw, "host"), draw.int(1, 6)), "unknown", "fewer than 8 windows in all")
    says(submission, world(draw, truth_of(draw, "host"), 0, unusable=20), "unknown", "no usable window at all")


@pytest.mark.check("numerics", points=6, conventions=["warm-up"])
def test_warm_up_is_never_used(submission, draw):
    # More warm-up than used windows.
    for name, decoy in shuffled(draw, PAIRS)[:4]:
        used = draw.int(9, 11)
        telemetry = world(draw, truth_of(draw, name), used, decoy=truth_of(draw, decoy), lost=draw.int(100, 115) - used)
        what = f"{used} used windows among many of NaN, after a warm-up of more than {used} that shows {decoy}"
        says(submission, telemetry, name, what)


@pytest.mark.check("numerics", points=6, conventions=["warm-up", "eight"])
def test_warm_up_is_a_tenth_of_all_windows_rounded_up(submission, draw):
    # 7 or 8 used windows: one window more or less in the warm-up turns the answer.
    tens = 10 * draw.int(3, 6)
    for number, more in enumerate((0, 1, draw.int(2, 4), draw.int(5, 8), 9, 10)):
        for used in (7, 8):
            total, name = tens + more, draw.choice(BOTTLENECKS)
            warm_up, truth = -(-total // 10), truth_of(draw, name)
            first = warm_up  # the window after the warm-up is used
            kept = {*range(first + 1), *shuffled(draw, range(first + 1, total))[: used - 1]}
            if used == 8 and number % 2:  # a window that is unusable counts for the tenth all the same
                kept.remove(draw.int(0, warm_up - 1))
            rows = [window(draw, truth, 3.0e12) if place in kept else NOTHING for place in range(total)]
            what = f"{total} windows, {warm_up} of them warm-up, {used} of the others usable"
            says(submission, telemetry_of(draw, rows), name if used == 8 else "unknown", what)


@pytest.mark.check("numerics", points=6, conventions=["medians"])
def test_outliers_decide_nothing(submission, draw):
    def traffic_spike(row):
        row[0] *= 60
        row[2] *= 60

    def counter_of_all_traffic_spikes(row):
        row[0] *= 60

    def counter_of_all_traffic_fails(row):
        row[0] = 1.0

    def cache_counter_spikes(row):
        row[2] *= 60

    cases = [
        ("latency", {"share": True}, traffic_spike),
        ("compute", {"share": False}, traffic_spike),
        ("kv_reads", {}, counter_of_all_traffic_spikes),
        ("weight_reads", {}, counter_of_all_traffic_fails),
        ("weight_reads", {}, cache_counter_spikes),
        ("kv_reads", {}, counter_of_all_traffic_fails),
    ]
    for number, (name, sides, distort) in enumerate(cases):
        tens, run = draw.int(2, 4), truth_of(draw, name, **sides)
        telemetry = world(draw, run, 10 * tens, outliers=[distort] * tens, centred=number % 2 == 1)
        what = f"{tens} of {10 * tens} windows are outliers ({distort.__name__.replace('_', ' ')})"
        says(submission, telemetry, name, what)


# contract


@pytest.mark.check("contract", points=6, conventions=["missing-signal"])
def test_a_missing_signal_is_insufficient(submission, draw):
    spared = {"sm_busy": BOTTLENECKS[:3], "kv_bytes_per_s": ("host", "compute", "latency"), "gpu_idle": BOTTLENECKS[1:]}
    for signal in SIGNALS:  # each time a rule that does not need it would decide
        name = draw.choice(spared.get(signal, ("host",)))
        telemetry = world(draw, truth_of(draw, name), draw.int(9, 20))
        values = telemetry.pop(signal)
        says(submission, telemetry, "unknown", f"telemetry of a server limited by {name} that lacks {signal}")
        if draw.int(0, 1):
            telemetry[signal + "_total"] = values
            says(submission, telemetry, "unknown", f"telemetry that lacks {signal} but has {signal}_total")


@pytest.mark.check("contract", points=4, conventions=["missing-signal"])
def test_no_telemetry_is_insufficient(submission, draw):
    says(submission, {}, "unknown", "an empty dict")
    says(submission, {name: [] for name in SIGNALS}, "unknown", "empty lists")
    says(submission, {draw.choice(SIGNALS): []}, "unknown", "one empty list")
    says(submission, {name: [draw.float(0.1, 0.9)] for name in SIGNALS}, "unknown", "a single window")
    says(submission, {"loss": [1.0] * 20}, "unknown", "telemetry of something else")


@pytest.mark.check("contract", points=4)
def test_other_keys_are_ignored(submission, draw):
    for name in BOTTLENECKS:
        telemetry = world(draw, truth_of(draw, name), draw.int(8, 20))
        n = len(telemetry["sm_busy"])
        others = {"loss": [math.nan] * n, "queue": [0.0] * n, "kv_cache_usage": [math.inf] * n}
        telemetry = {**others, **telemetry} if draw.int(0, 1) else {**telemetry, **others}
        says(submission, telemetry, name, "telemetry with more keys, which hold NaN, 0 and infinity")


@pytest.mark.check("contract", points=5)
def test_telemetry_is_left_alone(submission, draw):
    whole = world(draw, truth_of(draw, "kv_reads"), 12, unusable=6, without_requests=5)
    whole["kv_cache_usage"] = [draw.float(0.1, 0.9) for _ in whole["sm_busy"]]
    lacking = {key: values for key, values in whole.items() if key != "kv_bytes_per_s"}
    short = {key: values[:6] for key, values in whole.items()}
    # Held on the other side; a plain dict would be copied on its way into the call.
    for what, telemetry in (("", whole), (" that lacks a signal", lacking), (" of 6 windows", short)):
        held = submission.torch("nn.modules.container.OrderedDict", telemetry)
        submission.judge_kv_bound(held)
        after = held.method("copy")()
        for key in [*telemetry, *after]:
            if repr(after.get(key)) != repr(telemetry.get(key)):
                fail(f"modifies telemetry{what}: afterwards {key} is {describe_value(after.get(key))}")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
