"""Hidden checks of invalidate_speculation_claim: simulated A/B runs whose truth is known. No world is borderline.

A world is made of windows. The used ones show the truth; warm-up and unusable windows show a decoy: the opposite speed,
acceptance and draft share, and often a token mismatch, so that whoever lets them speak hears the decoy.
"""

import contextlib
import math
from typing import NamedTuple

import pytest

from grader.suite import SubmissionRaised, assert_global_random_untouched, describe_value, fail

SIGNALS = ("speculative", "batch_size", "tokens_per_s", "acceptance_rate", "draft_share", "greedy_mismatch")
BOTTLENECKS = ("correctness", "none", "acceptance", "draft_overhead", "batching")
BAD_VALUES = (math.nan, math.inf, -math.inf)
NOTHING = [math.nan] * len(SIGNALS)
ON, OFF, SIZE, RATE, ACCEPTANCE, DRAFT, MISMATCH = 1.0, 0.0, 1, 2, 3, 4, 5


class Truth(NamedTuple):
    """Before noise: speedup at every size, acceptance rate, draft share, windows in which greedy tokens changed."""

    speedup: float
    acceptance: float
    draft: float
    mismatches: int = 0

    def __str__(self):
        shares = f"acceptance {self.acceptance:.2f}, draft share {self.draft:.2f}"
        return f"speedup {self.speedup:.2f}, {shares}, changed tokens in {self.mismatches} windows"

    def opposite(self, mismatch):
        speedup = 0.3 if self.speedup > 1 else 3.0
        return Truth(speedup, 0.9 if self.acceptance < 0.4 else 0.1, 0.9 if self.draft < 0.4 else 0.1, mismatch)


def truth_of(draw, bottleneck, fast=None, low=None, high=None):
    """Any run with this bottleneck: fast or slow, low acceptance or not, high draft share or not."""
    fixed = {"none": (True, low, high), "acceptance": (False, True, high), "draft_overhead": (False, False, True)}
    sides = fixed.get(bottleneck, (False, False, False) if bottleneck == "batching" else (fast, low, high))
    fast, low, high = (draw.choice([True, False]) if side is None else side for side in sides)
    return Truth(
        draw.float(1.26, 2.5) if fast else draw.float(0.2, 0.74),  # below 0.75 or above 1.25 times each threshold
        draw.float(0.15, 0.296) if low else draw.float(0.504, 0.95),
        draw.float(0.504, 0.9) if high else draw.float(0.15, 0.296),
        draw.int(1, 4) if bottleneck == "correctness" else 0,
    )


def bottleneck_of(truth):
    slow = "acceptance" if truth.acceptance < 0.4 else "draft_overhead" if truth.draft >= 0.4 else "batching"
    return "correctness" if truth.mismatches else "none" if truth.speedup >= 1 else slow


def shuffled(draw, items):
    return [items[i] for i in draw.permutation(len(items)).tolist()]


def window(draw, truth, arm, size, rate, lean=(0, 0, 0)):
    """One window. lean: the sides to which the noise of speedup, acceptance and draft share goes, if not anywhere."""
    faster = lean[0] * (1 if arm else -1)
    rate *= 1 + (faster * draw.float(0.0225, 0.024) if faster else draw.float(-0.023, 0.023))
    if arm == OFF:
        return [OFF, float(size), rate, 0.0, 0.0, 0.0]
    acceptance, draft = (
        min(1.0, share * (1 + (side * draw.float(0.047, 0.0495) if side else draw.float(-0.045, 0.045))))
        for share, side in zip((truth.acceptance, truth.draft), lean[1:], strict=True)
    )
    return [ON, float(size), rate, acceptance, draft, 0.0]


class Run:
    """A serving system under test: `windows` gives those of one batch size and one arm."""

    def __init__(self, draw, truth, lean=(0, 0, 0)):
        self.draw, self.truth, self.lean = draw, truth, lean
        self.base, self.power = draw.float(20.0, 90.0), draw.float(0.4, 0.6)  # rates grow with the size

    def windows(self, arm, size, count, speedup=None, truth=None):
        truth = truth or self.truth
        faster = (truth.speedup if speedup is None else speedup) if arm else 1.0
        rate = self.base * size**self.power * faster
        rows = [window(self.draw, truth, arm, size, rate, self.lean) for _ in range(count)]
        for row in rows[: truth.mismatches * int(arm)] if truth is not self.truth else ():
            row[MISMATCH] = self.draw.float(0.05, 0.5)
        return rows

    def both(self, size, on, off, speedup=None):
        return self.windows(ON, size, on, speedup) + self.windows(OFF, size, off)

    def spread(self, sizes, on, off):
        """So many windows of each arm over these sizes, at least one of each."""
        arms = [ON] * on + [OFF] * off
        order = [sizes[i] if i < len(sizes) else self.draw.choice(sizes) for count in (on, off) for i in range(count)]
        return [row for arm, size in zip(arms, order, strict=True) for row in self.windows(arm, size, 1)]

    def decoys(self, sizes, count, mismatch=True):
        decoy = self.truth.opposite(int(mismatch))
        return [row for _ in range(count) for row in self.windows(ON, self.draw.choice(sizes), 1, truth=decoy)]

    def telemetry(self, used, odd=(), warm_up=(), last=()):
        """`used` and `odd` windows in random order, then `last`; a tenth of all before them, with `warm_up`."""
        arms = [[row for row in used if row[0] == arm] for arm in (ON, OFF)]
        sizes = [int(size) for size in {row[SIZE] for row in arms[0]} & {row[SIZE] for row in arms[1]}]
        matched = [row for row in arms[0] if row[SIZE] in sizes]
        for row in shuffled(self.draw, matched)[: self.truth.mismatches]:
            row[MISMATCH] = self.draw.float(0.002, 0.4)
        rest = shuffled(self.draw, [*used, *odd]) + list(last)
        missing = [self.draw.choice([ON, OFF]) for _ in range(math.ceil(len(rest) / 9) - len(warm_up))]
        more = [row for arm in missing for row in self.windows(arm, self.draw.choice(sizes or [4]), 1)]
        return self.table(shuffled(self.draw, [*warm_up, *more]) + rest)

    def table(self, rows):
        names = [SIGNALS[i] for i in self.draw.permutation(len(SIGNALS)).tolist()]
        return {name: [float(row[SIGNALS.index(name)]) for row in rows] for name in names}


def simple(draw, bottleneck, on=None, off=None, **sides):
    """Telemetry of any run with this bottleneck, and its truth."""
    run = Run(draw, truth_of(draw, bottleneck, **sides))
    sizes = draw.distinct(draw.int(2, 5), 1, 64)
    return run.telemetry(run.spread(sizes, on or draw.int(8, 20), off or draw.int(8, 20))), run.truth


def broken(draw, rows, signals=SIGNALS, values=BAD_VALUES):
    for number, row in enumerate(rows):
        row[SIGNALS.index(signals[number % len(signals)])] = draw.choice(values)
    return rows


def ask(submission, telemetry):
    """The verdict and the bottleneck, also where they are text of a subclass (numpy's, an enumeration's)."""
    answer = submission.judge_speculation(telemetry)
    if not isinstance(answer, dict) or not {"verdict", "bottleneck"} <= answer.keys():
        fail(f"the answer is {describe_value(answer)}, expected a dict with the keys verdict and bottleneck")
    texts = {key: answer[key] for key in ("verdict", "bottleneck")}
    for key, text in texts.items():
        if describe_value(text).startswith("an object of type"):  # a subclass does not cross as it is
            with submission.options(keep=True), contextlib.suppress(SubmissionRaised):
                value = submission.judge_speculation(telemetry).method("get")(key)
                with submission.options(keep=False):
                    texts[key] = value.method("strip")()
        if type(texts[key]) is not str:
            fail(f'answer["{key}"] is {describe_value(text)}, expected a str')
    return tuple(texts.values())


def says(submission, telemetry, bottleneck, what):
    verdict = {"unknown": "insufficient", "none": "confirmed"}.get(bottleneck, "invalidated")
    got = ask(submission, telemetry)
    if got != (verdict, bottleneck):
        fail(f"{what}: the answer is {got[0]}, {got[1]}; expected {verdict}, {bottleneck}")


@pytest.mark.check("shape", points=10, conventions=["exact-keys"])
def test_the_answer_is_a_dict_of_two_texts(submission, draw):
    worlds = {name: simple(draw, name)[0] for name in BOTTLENECKS}
    for what, telemetry in {**worlds, "unknown": simple(draw, "none", on=5, off=5)[0]}.items():
        answer = submission.judge_speculation(telemetry)
        if not isinstance(answer, dict):
            fail(f"the answer is {describe_value(answer)}, expected a dict")
        if set(answer) != {"verdict", "bottleneck"}:
            fail(f"the answer ({what}) has the keys {sorted(map(str, answer))}, expected bottleneck and verdict alone")
        ask(submission, telemetry)


@pytest.mark.check("numerics", points=6, conventions=["rule-order", "rules", "in-words"])
def test_each_bottleneck_is_found(submission, draw):
    for name in shuffled(draw, BOTTLENECKS * 2):
        telemetry, truth = simple(draw, name)
        says(submission, telemetry, name, f"a run with {truth}")


@pytest.mark.check("numerics", points=6, conventions=["rule-order"])
def test_the_first_rule_that_holds_decides(submission, draw):
    cases = [("correctness", True, False, False), ("correctness", False, True, True), ("none", True, True, True),
             ("none", True, True, False), ("none", True, False, True), ("acceptance", False, True, True)]  # fmt: skip
    for name, fast, low, high in cases:
        telemetry, truth = simple(draw, name, fast=fast, low=low, high=high)
        says(submission, telemetry, name, f"a run with {truth}")


@pytest.mark.check("numerics", points=4, conventions=["rule-order"])
def test_each_threshold_holds_from_both_sides(submission, draw):
    low, high = 0.749, 1.251  # times the threshold, with noise that leans towards it
    cases = [
        ("none", Truth(high, 0.6, 0.2), (-1, 0, 0), "speedup 1.19"),
        ("batching", Truth(low, 0.6, 0.2), (1, 0, 0), "speedup 0.79"),
        ("batching", Truth(0.5, 0.4 * high, 0.2), (0, -1, 0), "acceptance 0.48, draft share 0.2, speedup 0.5"),
        ("acceptance", Truth(0.5, 0.4 * low, 0.2), (0, 1, 0), "acceptance 0.31, draft share 0.2, speedup 0.5"),
        ("draft_overhead", Truth(0.5, 0.6, 0.4 * high), (0, 0, -1), "draft share 0.48, acceptance 0.6, speedup 0.5"),
        ("batching", Truth(0.5, 0.6, 0.4 * low), (0, 0, 1), "draft share 0.31, acceptance 0.6, speedup 0.5"),
    ]
    for name, truth, lean, what in cases:
        run = Run(draw, truth, lean)
        says(submission, run.telemetry(run.spread([1, 8, 64], 12, 12)), name, what)


@pytest.mark.check("numerics", points=5, conventions=["mean-mismatch"])
def test_one_changed_token_is_enough(submission, draw):
    for value, size in ((1 / 2000, None), (1 / 300, 64), (0.2, 1), (1.0, None)):
        run = Run(draw, truth_of(draw, draw.choice(BOTTLENECKS[1:])))
        used = run.spread([1, 8, 64], draw.int(20, 40), 12)
        says(submission, run.telemetry(used), bottleneck_of(run.truth), "no greedy token changed")
        draw.choice([row for row in used if row[0] == ON and size in (None, row[SIZE])])[MISMATCH] = value
        says(submission, run.telemetry(used), "correctness", f"greedy_mismatch is {value:.2g} in a single window")


@pytest.mark.check("numerics", points=8, conventions=["equal-size", "one-arm-alone", "what-the-telemetry-promises", "task"])
def test_like_is_compared_with_like(submission, draw):
    small, near, large = draw.int(1, 3), draw.int(12, 20), draw.int(40, 60)
    for name, slow, fewer, more in (("none", False, large, small), ("batching", True, small, large)):
        run = Run(draw, truth_of(draw, name)._replace(speedup=draw.float(0.6, 0.74) if slow else draw.float(1.26, 1.6)))
        worlds = {
            "the arms ran mostly at other sizes": run.both(fewer, 4, 16) + run.both(near, 4, 4) + run.both(more, 16, 4),
            "speculation was on at small sizes only": run.spread([small, small + 1], 10, 10)
            + run.windows(OFF, large, 16) + run.windows(OFF, near, 12),
            "speculation was off at small sizes only": run.spread([small, small + 1], 10, 10)
            + run.windows(ON, large, 16) + run.windows(ON, near, 12),
            "neighbouring sizes are not equal": run.both(small, 10, 10)
            + [row for size in (near, near + 10, near + 20)
               for row in run.windows(ON, size, 6, run.truth.opposite(0).speedup) + run.windows(OFF, size + 1, 6)],
        }  # fmt: skip
        for what, used in worlds.items():
            says(submission, run.telemetry(used), name, f"{what}; at equal sizes {run.truth}")


@pytest.mark.check("numerics", points=5, conventions=["speedup"])
def test_each_size_counts_once(submission, draw):
    cases = [
        ("batching", (0.5, 6.0, 0.7), (4, 4, 4)), ("none", (1.3, 0.1, 1.4), (4, 4, 4)),
        ("batching", (6.0, 0.7, 0.6, 0.5), (5, 5, 5, 5)), ("none", (0.05, 1.3, 1.4, 1.5), (5, 5, 5, 5)),
        ("batching", (0.5, 0.6, 1.6), (3, 3, 20)), ("none", (0.5, 1.3, 1.4), (20, 3, 3)),
        ("batching", (0.5,) * 5 + (1.8,) * 4, (1,) * 9), ("none", (1.5,) * 5 + (0.4,) * 4, (1,) * 9),
    ]  # fmt: skip
    for name, speedups, counts in cases:
        run = Run(draw, truth_of(draw, name, low=False, high=False))
        groups = list(zip(sorted(draw.distinct(len(counts), 1, 64)), counts, speedups, strict=True))
        used = [row for size, count, speedup in groups for row in run.both(size, count, count, speedup)]
        text = ", ".join(f"{speedup} at {size} ({count} windows)" for size, count, speedup in groups)
        says(submission, run.telemetry(used), name, f"speedups by size: {text}")


@pytest.mark.check("numerics", points=5, conventions=["eight-of-each", "one-arm-alone"])
def test_8_windows_of_each_arm_remain_after_matching(submission, draw):
    for on, off, enough in ((8, 8, True), (7, 8, False), (8, 7, False), (7, 30, False), (30, 7, False), (4, 4, False)):
        name = draw.choice(BOTTLENECKS if enough else BOTTLENECKS[1:])
        run = Run(draw, truth_of(draw, name))
        used, what = run.spread(draw.distinct(3, 1, 64), on, off), f"{on} matched windows on and {off} off"
        expected = name if enough else "unknown"
        says(submission, run.telemetry(used), expected, what)
        alone = run.windows(ON, 70, draw.int(1, 12)) + run.windows(OFF, 71, draw.int(1, 12))
        says(submission, run.telemetry(used + alone), expected, f"{what}, and more of other sizes in one arm alone")
        # The other arm of size 80 is there, but only in windows that are never used.
        lost = broken(draw, run.windows(OFF, 80, 3), values=[math.nan])
        telemetry = run.telemetry(used + run.windows(ON, 80, 9), lost, run.windows(OFF, 80, 2))
        says(submission, telemetry, expected, f"{what}, and 9 on whose other arm is unusable or warm-up")
    run = Run(draw, truth_of(draw, "none"))
    for what, used in (("no window is off", run.windows(ON, 4, 20)), ("no window is on", run.windows(OFF, 4, 20)),
                       ("no size is in both arms", run.windows(ON, 4, 20) + run.windows(OFF, 5, 20))):  # fmt: skip
        says(submission, run.telemetry(used), "unknown", what)


@pytest.mark.check("numerics", points=4, conventions=["on-windows"])
def test_causes_are_medians_over_on_windows(submission, draw):
    # Three sizes with one window on, and one size with most of all.
    cases = (("draft_overhead", "draft", 0.7, 0.1), ("batching", "draft", 0.2, 0.8),
             ("acceptance", "acceptance", 0.2, 0.9), ("batching", "acceptance", 0.7, 0.1))  # fmt: skip
    for name, signal, most, others in cases:
        run = Run(draw, Truth(draw.float(0.3, 0.7), 0.7, 0.2)._replace(**{signal: most}))
        other = run.truth._replace(**{signal: others})
        used = run.both(2, 14, 24) + [row for size in (8, 16, 32) for row in run.windows(ON, size, 1, truth=other)]
        used += [row for size in (8, 16, 32) for row in run.windows(OFF, size, 2)]
        says(submission, run.telemetry(used), name, f"{signal} {most} in 14 windows, {others} in 3 at other sizes")


@pytest.mark.check("numerics", points=5, conventions=["six-signals"])
def test_windows_with_nan_or_infinity_are_passed_over(submission, draw):
    for number, signal in enumerate(SIGNALS):
        for value in (math.nan, (math.inf, -math.inf)[number % 2]):
            run = Run(draw, truth_of(draw, draw.choice(BOTTLENECKS[1:])))
            odd = run.decoys([4], 14, mismatch=signal != "greedy_mismatch")
            if signal == "speculative":  # whoever takes these for off must be misled as well
                for row in odd:
                    row[RATE] *= 30 if run.truth.speedup > 1 else 0.01
            odd += run.windows(OFF, 4, 14, truth=run.truth)
            for row in odd[14:]:
                row[RATE] *= 10 if run.truth.speedup > 1 else 0.05
            telemetry = run.telemetry(run.both(4, 9, 9), broken(draw, odd, [signal], [value]))
            says(submission, telemetry, bottleneck_of(run.truth), f"most hold {value} in {signal}; else {run.truth}")
    for _ in range(3):
        run = Run(draw, truth_of(draw, draw.choice(BOTTLENECKS[1:])))
        odd = broken(draw, run.decoys([4, 9], 12) + run.windows(OFF, 9, 6), shuffled(draw, SIGNALS))
        telemetry = run.telemetry(run.spread([4, 9], 10, 10), odd)
        says(submission, telemetry, bottleneck_of(run.truth), f"NaN and infinity here and there; else {run.truth}")
    odd = broken(draw, run.windows(ON, 4, 6) + run.windows(OFF, 4, 6), values=[math.nan])
    says(submission, run.telemetry(run.both(4, 7, 9), odd), "unknown", "7 whole windows on, and 6 with one NaN each")


@pytest.mark.check("numerics", points=5, conventions=["warm-up"])
def test_warm_up_is_never_used(submission, draw):
    for name in BOTTLENECKS[1:]:
        run = Run(draw, truth_of(draw, name))
        telemetry = run.telemetry(run.spread([4, 6], 9, 9), warm_up=run.decoys([4, 6], 2))
        says(submission, telemetry, name, f"in the warm-up tokens changed; then {run.truth}")
        odd, warm_up = [NOTHING] * draw.int(88, 92), run.decoys([4], 12, mismatch=False)
        what = f"8 windows of each arm among many of NaN, after a warm-up of 12 that shows the opposite; {run.truth}"
        says(submission, run.telemetry(run.both(4, 8, 8), odd, warm_up), name, what)


@pytest.mark.check("numerics", points=4, conventions=["warm-up", "eight-of-each"])
def test_warm_up_is_a_tenth_of_all_windows_rounded_up(submission, draw):
    # 7 or 8 used windows on: one window more or less in the warm-up turns the answer.
    tens = 10 * draw.int(4, 6)
    for number, more in enumerate((0, 1, draw.int(2, 4), draw.int(5, 8), 9, 10)):
        for used in (7, 8):
            total, name = tens + more, draw.choice(BOTTLENECKS[1:])
            warm_up, run = -(-total // 10), Run(draw, truth_of(draw, name))
            first, *others = run.windows(ON, 4, used)
            others = shuffled(draw, others + run.windows(OFF, 4, draw.int(9, 12)))
            rows = run.windows(ON, 4, warm_up)
            if used == 8 and number % 2:  # a window that is unusable counts for the tenth all the same
                rows[draw.int(0, warm_up - 1)] = NOTHING
            rows += [first, *shuffled(draw, others + [NOTHING] * (total - warm_up - 1 - len(others)))]
            what = f"{total} windows, {warm_up} of them warm-up, {used} of the others on and usable"
            says(submission, run.table(rows), name if used == 8 else "unknown", what)


@pytest.mark.check("numerics", points=3, conventions=["medians"])
def test_outliers_decide_nothing(submission, draw):
    for name, signal, factor, arm in (
        ("batching", RATE, 60, ON), ("none", RATE, 60, OFF), ("none", RATE, 0, ON), ("batching", RATE, 0, OFF),
        ("acceptance", ACCEPTANCE, 40, ON), ("batching", DRAFT, 40, ON),
    ):  # fmt: skip
        run = Run(draw, truth_of(draw, name, high=False))
        groups = [(run.windows(ON, size, 5), run.windows(OFF, size, 5)) for size in draw.distinct(3, 1, 64)]
        odd = [(on if arm else off)[2] for on, off in groups]  # 3 of 30, the middle one of each size
        for row in odd:
            row[signal] *= factor
        used = [row for on, off in groups for row in on + off]
        what = f"3 of 30 windows have {factor} times the usual {SIGNALS[signal]}; else {run.truth}"
        says(submission, run.telemetry((), last=used), name, what)
        rest = [row for row in used if row not in odd]
        says(submission, run.telemetry(rest + odd[:2], last=odd[2:]), name, what)


@pytest.mark.check("contract", points=6, conventions=["missing-signal"])
def test_a_missing_signal_is_insufficient(submission, draw):
    spared = {"acceptance_rate": ("none",), "draft_share": ("none", "acceptance"), "greedy_mismatch": BOTTLENECKS[1:]}
    for signal in SIGNALS:  # each time a rule that does not need it would decide
        telemetry, truth = simple(draw, draw.choice(spared.get(signal, ("correctness",))))
        values = telemetry.pop(signal)
        says(submission, telemetry, "unknown", f"telemetry of a run with {truth} that lacks {signal}")
        if draw.int(0, 1):
            telemetry[signal + "_total"] = values
            says(submission, telemetry, "unknown", f"telemetry that lacks {signal} but has {signal}_total")


@pytest.mark.check("contract", points=4, conventions=["missing-signal"])
def test_no_telemetry_is_insufficient(submission, draw):
    one = draw.choice(SIGNALS)
    for telemetry, what in (
        ({}, "an empty dict"), ({name: [] for name in SIGNALS}, "empty lists"), ({one: []}, "one empty list"),
        ({name: [0.0] for name in SIGNALS}, "a single window"), ({"loss": [1.0] * 20}, "telemetry of something else"),
        ({name: [math.nan] * 30 for name in SIGNALS}, "nothing but NaN"),
    ):  # fmt: skip
        says(submission, telemetry, "unknown", what)


@pytest.mark.check("contract", points=4)
def test_other_keys_are_ignored(submission, draw):
    for name in BOTTLENECKS:
        telemetry, _ = simple(draw, name, on=8, off=8)
        n = len(telemetry["batch_size"])
        others = {"loss": [math.nan] * n, "queue": [0.0] * n, "accepted_tokens_total": [math.inf] * n}
        telemetry = {**others, **telemetry} if draw.int(0, 1) else {**telemetry, **others}
        says(submission, telemetry, name, "telemetry with more keys, which hold NaN, 0 and infinity")


@pytest.mark.check("contract", points=5)
def test_telemetry_is_left_alone(submission, draw):
    run = Run(draw, truth_of(draw, "batching"))
    whole = run.telemetry(run.spread([3, 5], 9, 9), broken(draw, run.decoys([3, 5], 6)))
    whole["queue"] = [draw.float(0.1, 0.9) for _ in whole["batch_size"]]
    # Held on the other side; a plain dict would be copied on its way into the call.
    for what, names, count in (("", whole, None), (" that lacks a signal", SIGNALS[1:], None), (" of 6", whole, 6)):
        telemetry = {key: whole[key][:count] for key in names}
        held = submission.torch("nn.modules.container.OrderedDict", telemetry)
        submission.judge_speculation(held)
        after = held.method("copy")()
        for key in [*telemetry, *after]:
            if repr(after.get(key)) != repr(telemetry.get(key)):
                fail(f"modifies telemetry{what}: afterwards {key} is {describe_value(after.get(key))}")


@pytest.mark.check("contract", points=1)
def test_leaves_the_global_random_state_alone(submission):
    assert_global_random_untouched(submission)
