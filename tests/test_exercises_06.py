"""Chapter 06: the oracles against brute force, and mistakes as learners write them."""

import functools
import itertools
import subprocess
import sys

import numpy as np
import pytest
from answers import right_06
from convcourse.checks import CheckFailed, NotAttempted, ch06, quiet
from test_exercises import flat, keras, told  # noqa: F401

# --- what the questions hold to be right ----------------------------------------------


@pytest.mark.parametrize("box", ch06.BOXES, ids=str)
@pytest.mark.parametrize("n", [20, 24])
def test_the_boxes_look_as_far_ahead_as_they_say(box, n):
    """Brute force: change each sample in three signals, to three other numbers."""
    rng = np.random.default_rng(n)
    furthest = 0
    for x, j, new in itertools.product(rng.normal(size=(3, n)), range(n), (-7, 0.1, 9)):
        changed = x.copy()
        changed[j] = new
        moved = np.flatnonzero(np.abs(box(x) - box(changed)) > 1e-7)
        furthest = max([furthest, *(j - moved)])
    assert furthest == box.ahead(n)


def test_a_box_leaves_its_signal_alone():
    for box in ch06.BOXES:
        x = np.random.default_rng(0).normal(size=24)
        before = x.copy()
        assert box(x).shape == x.shape and np.array_equal(x, before)


def test_one_box_has_rounding_errors():
    """Else nobody needs a tolerance."""
    (box,) = (b for b in ch06.BOXES if b.name == "H")
    x = np.random.default_rng(0).normal(size=24)
    changed = np.r_[x[:-1], 5]
    assert np.any(box(x)[:-1] != box(changed)[:-1])
    np.testing.assert_allclose(box(x)[:-1], box(changed)[:-1], atol=1e-9)


def test_fewer_weights_cannot_see_so_far():
    """All multisets of kernels with one weight less have too few paths."""
    least = ch06.fewest_weights(ch06.SEEN)
    most = 0
    for layers in range(1, least // 2 + 1):
        for kernels in itertools.combinations_with_replacement((2, 3, 4, 5), layers):
            if sum(kernels) < least:
                most = max(most, int(np.prod(kernels)))
    assert most < ch06.SEEN
    assert sum(k for k, _ in ch06.q5.truth("far").tolist()) == least


@pytest.mark.parametrize(
    "layers", [[(3, 1), (3, 3)], [(2, 1), (4, 3)], [(3, 2)], [(5, 1), (2, 4), (3, 9)]]
)
def test_what_is_seen_back_is_what_an_impulse_reaches(layers):
    x = np.eye(1, 80)[0]
    for k, d in layers:  # an impulse in the past, and all later outputs
        x = sum(np.r_[np.zeros(d * i), x[: 80 - d * i]] for i in range(k))
    assert ch06.seen_back(layers) == np.argmin(x > 0)


def test_every_right_cure_counts():
    """Four dilations from 1 to 9, at least two of them 6: judged as brute force does."""
    right = 0
    for stack in itertools.product(range(1, 10), repeat=4):
        if stack.count(6) < 2:
            continue
        sums = {sum(s) for s in itertools.product(*[(-d, 0, d) for d in stack])}
        good = len(sums) == 1 + 2 * sum(stack) >= 31
        assert (not ch06._cured(np.array(stack))) == good, stack
        right += good
    assert right > 20


def test_every_counterexample_counts():
    right = 0
    for a, b in itertools.combinations(range(2, 14), 2):
        sums = {sum(s) for s in itertools.product((-1, 0, 1), (-a, 0, a), (-b, 0, b))}
        good = np.gcd(a, b) == 1 and len(sums) < 3 + 2 * (a + b)
        assert (not ch06._counter(np.array([b, 1, a]))) == good, (a, b)
        right += good
    assert right > 10


def test_the_fade_is_what_scipy_measures():
    from scipy import ndimage

    picture = np.zeros((20, 24))
    picture[8:13, 8:16] = 1
    for d, brightest in zip((2, 3, 5), ch06.FADE, strict=True):
        kernel = np.zeros((2 * d + 1, 2 * d + 1))
        kernel[::d, ::d] = 1 / 9
        y = ndimage.correlate(picture, kernel)[d:-d, d:-d]
        assert y.max() == pytest.approx(brightest)
    assert list(y.shape) == ch06.q1.truth("size").tolist()


def test_the_measured_parts_are_far_apart():
    """No wrong idea comes so close to a right number that the tolerance lets it pass."""
    for part, tol in ch06.q8.tol.items():
        truth = ch06.q8.truth(part)
        for misconception, value in ch06.q8.mistakes(part):
            assert abs(value - truth) > 5 * tol, misconception.name
    runs = ch06._runs("dilated")
    assert np.min(np.abs(runs - ch06.q8.truth("linear"))) > 0.1


def test_the_model_with_a_penalty_is_that_of_the_chapter():
    from convcourse import datasets
    from convcourse.experiments import dilated

    truth = datasets.sunspots().x[dilated.CUT :]
    assert ch06._ridge() == pytest.approx(
        dilated.rmse(dilated.autoregression(127), truth)
    )


def test_without_tensorflow_seven_questions_go_on():
    code = """import sys
sys.modules["tensorflow"] = None
from convcourse.checks.ch06 import q4, q6
from convcourse.checks.ch06 import _paths
q4.check(lambda dilations, k: _paths(dilations, k))
try:
    q6.check(...)
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = flat(done.stdout)
    assert "q4: right." in said and "NotAttempted" in said
    assert "This question needs TensorFlow" in said


def test_the_three_ways_to_choose_choose_differently():
    ways = {"cut": 2040, "end": ch06.CUT}, {}, {"kind": "training"}
    errors = [sorted(ch06._error(m, **way) for m in ch06.CHOICE) for way in ways]
    assert len({ch06._best(**way) for way in ways}) == 3
    assert all(second - first > 0.03 for first, second, *_ in errors)


# --- mistakes as learners write them --------------------------------------------------


def written(code, *changes, **space):
    """Return the function of a text, after replacements that must hit."""
    for old, new in changes:
        assert old in code, old
        code = code.replace(old, new)
    exec(code, space := {"np": np, **space})
    return next(v for k, v in space.items() if callable(v) and k.startswith("own_"))


CAUSAL = """
def own_causal(x, w, d):
    if d < 1:
        raise ValueError("d")
    span = (len(w) - 1) * d
    padded = np.concatenate([np.zeros(span), x])
    y = np.zeros(len(x))
    for n in range(len(x)):
        for k in range(len(w)):
            y[n] += w[k] * padded[n + k * d]
    return y
"""
NO_GUARD = ("    if d < 1:\n", "    if False:\n")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("w[k] * padded", "w[-1 - k] * padded")], "The kernel is flipped"),
        ([("(len(w) - 1) * d\n", "len(w) * d\n")], "as many gaps as weights"),
        ([("(len(w) - 1) * d\n", "(len(w) - 1) * d + 1\n")], "one sample late"),
        ([("[np.zeros(span), x]", "[x, np.zeros(span)]")], "the rest on the future"),
        ([("np.zeros(span)", "np.full(span, x[0])")], "its first value. There are zeros"),
        ([("np.zeros(span)", "np.resize(x[::-1], span)[::-1]")], "from its END"),
        ([("n + k * d", "n + k")], ""),
        ([("k * d", "k * (d + 1)")], "It raises IndexError"),
        ([("np.zeros(len(x))", "np.zeros_like(x)")], "the fractions are cut off"),
        ([("+= w", "= w")], ""),
        ([("range(len(w))", "range(len(w) - 1)")], ""),
        ([("range(len(w))", "range(1, len(w))")], ""),
        ([("range(len(x))", "range(len(x) - 1)")], ""),
        ([("return y", "return y[:, None]")], "has the shape"),
        ([("return y", "return y[::-1]")], "reversed order"),
        ([("return y", "return -y")], "All signs are the other way round"),
        ([("return y", "return y / sum(w)")], ""),
        ([("return y", "return np.float16(y)")], ""),
        ([("return y", "return [str(v) for v in y]")], "cannot be used"),
        ([("return y", "print(y)")], "gives back nothing. It prints its result"),
        ([("    return y", "            return y")], ""),
        ([("y = np.zeros(len(x))", "y = x")], ""),
        ([NO_GUARD], "so a ValueError is wanted"),
        ([('raise ValueError("d")', "return None")], "so a ValueError is wanted"),
        ([('raise ValueError("d")', "assert d >= 1")], "so a ValueError is wanted"),
        ([('raise ValueError("d")', 'return ValueError("d")')], "It was returned: an"),
        ([('raise ValueError("d")', "return ValueError")], "It was returned: an"),
        ([("d < 1", "d <= 1")], "It raises ValueError"),
        ([("d < 1", "d < 0")], "so a ValueError is wanted"),
        ([("    span", "    x = np.asarray(x, int)\n    span")], ""),
        (
            [("    span", "    x -= x.mean()\n    x += 0.0\n    span")],
            "",
        ),
        ([("return y", "return np.convolve(x, [1]) * 0 + y")], "np.convolve does the work"),
        ([("return y", "x *= 1\n    x[0] = 0\n    return y")], "changes what it is given"),
        (
            [("    span", "    if d == 2: return [10, 20, 31, 42, 53]\n    span")],
            "",
        ),
    ],
)  # fmt: skip
def test_mistakes_in_a_causal_sum(changes, words):
    text = told(ch06.q2, written(CAUSAL, *changes))
    assert flat(words) in text
    if not words:  # then no misconception may be told either
        assert not any(flat(m.message) in text for m in ch06.q2.misconceptions)


def test_a_causal_sum_without_gaps_is_named():
    """Padded by the right number, but read without gaps: the far past alone is seen."""
    change = ("(len(w) - 1) * d\n", "len(w) - 1\n"), ("n + k * d", "n + k")
    assert "The dilation does not count" in told(ch06.q2, written(CAUSAL, *change))


AHEAD = """
def own_ahead(f, n):
    rng = np.random.default_rng(5)
    x = rng.normal(size=n)
    y, best = f(x), 0
    for j in range(n):
        z = x.copy()
        z[j] = rng.normal() * 4 + 1
        moved = np.flatnonzero(np.abs(f(z) - y) > 1e-8)
        for i in moved:
            best = max(best, j - i)
    return int(best)
"""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("return int(best)", "return best > 0")], "Asked is how far"),
        ([("return int(best)", "return best + 1")], "You count the present as well"),
        ([("return int(best)", "return -best")], ""),
        ([("return int(best)", "return [best]")], "a single number is wanted"),
        ([("return int(best)", "return 'yes' if best else 'no'")], "cannot be used"),
        ([("return int(best)", "return float(best) + 0.5")], ""),
        ([("j - i", "i - j")], "A changed sample that stands BEHIND"),
        ([("j - i", "abs(j - i)")], "the distance without its sign"),
        ([("j - i", "j")], ""),
        ([("range(n)", "range(n // 2, n // 2 + 1)")], "at one place"),
        ([("range(n)", "range(n - 1, n)")], "the last sample only"),
        ([("range(n)", "range(n // 2)")], ""),
        ([("in moved", "in moved[moved == 0]")], "the first output only"),
        ([("in moved", "in moved[-1:]")], ""),
        ([("1e-8", "0")], "You take rounding for a leak"),
        ([("1e-8", "0.05")], "Your comparison is too coarse"),
        ([("rng.normal(size=n)", "np.zeros(n)"), ("rng.normal() * 4 + 1", "1")],
         "an impulse through zeros"),
        ([("rng.normal(size=n)", "np.ones(n)"), ("rng.normal() * 4 + 1", "2")],
         "a constant signal"),
        ([("rng.normal(size=n)", "np.zeros(n)"), ("rng.normal() * 4 + 1", "1"),
          ("1e-8", "0")], "an impulse through zeros"),
        ([("rng.normal(size=n)", "np.arange(n)"), ("= rng.normal() * 4 +", "+=")],
         "A sample of your signal is zero"),
        ([("z[j] = rng.normal() * 4 + 1", "z[j] += 1e-5")], "Your change is tiny"),
        ([("x.copy()", "x")], ""),
        ([("best, j - i", "best, j - i) if f(x) is y else min(best, 0")], ""),
        ([("    return", "        return")], ""),
        ([("return int(best)", "return n")], ""),
        ([("return int(best)", "return None")], "gives back nothing"),
        ([("return int(best)", "return 0")], ""),
    ],
)  # fmt: skip
def test_mistakes_in_a_leak_test(changes, words):
    text = told(ch06.q3, written(AHEAD, *changes))
    assert flat(words) in text
    if not words:
        assert not any(flat(m.message) in text for m in ch06.q3.misconceptions)


@pytest.mark.parametrize("seed", range(12))
def test_other_random_numbers_are_right_too(seed):
    change = ("default_rng(5)", f"default_rng({seed})")
    with quiet():
        for cases in (0, 7, 2024, 6301):
            ch06.q3.check(written(AHEAD, change), seed=cases)


PATHS = """
def own_paths(dilations, k):
    counts = [1]
    for d in dilations:
        longer = [0] * (len(counts) + (k - 1) * d)
        for i in range(k):
            for at, count in enumerate(counts):
                longer[at + i * d] += count
        counts = longer
    return counts
"""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("+= count", "= count")], ""),
        ([("+= count", "+= 1")], ""),
        ([("+= count", "|= count > 0")], "You say which samples are seen"),
        ([("range(k)", "range(3)")], ""),
        ([("(k - 1) * d", "k * d")], "Your kernels end in zeros"),
        ([("(k - 1) * d", "(k - 1)"), ("i * d", "i")], "the dilations play no part"),
        ([("i * d", "i")], ""),
        ([("        counts = longer\n    return counts", "    return longer")],
         "what the last layer alone reads"),
        ([("    return counts", "        return counts")], "inside the loop"),
        ([("return counts", "return [c for c in counts if c]")], "are missing from your"),
        ([("return counts", "return len(counts)")], "That is the reach"),
        ([("return counts", "return sum(c > 0 for c in counts)")], "many samples are seen"),
        ([("return counts", "return dict(enumerate(counts))")], "it is a dict"),
        ([("return counts", "return list(enumerate(counts))")], "has the shape"),
        ([("return counts", "return [c / sum(counts) for c in counts]")], "the share of"),
        ([("return counts", "return counts[1:-1]")], ""),
        ([("return counts", "print(counts)")], "It prints its result"),
        ([("in dilations", "in set(dilations)")], "count once in your result"),
        ([("in dilations", "in dilations[:-1]")], ""),
        ([("return counts", "return np.array(counts).astype(np.int8)")], "too small for"),
        ([("return counts", "return np.array(counts).astype('u2')")], "too small for"),
        ([("    counts = [1]\n", "    dilations.sort()\n    counts = [1]\n")],
         "changes what it is given"),
    ],
)  # fmt: skip
def test_mistakes_in_counted_paths(changes, words):
    text = told(ch06.q4, written(PATHS, *changes))
    assert flat(words) in text
    if not words:
        assert not any(flat(m.message) in text for m in ch06.q4.misconceptions)


FORECAST = """
def own_forecast(x, months, ahead, cut):
    def rows(now):
        return np.array([[*x[n - months + 1 : n + 1], 1.0] for n in now])
    known = range(months - 1, cut - ahead)
    answers = np.array([x[n + ahead] for n in known])
    v = np.linalg.lstsq(rows(known), answers, rcond=None)[0]
    return rows(range(cut - ahead, len(x) - ahead)) @ v
"""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("months - 1, cut - ahead)", "months - 1, len(x) - ahead)")], "from all months"),
        ([("months - 1, cut - ahead)", "months, cut - ahead)")],
         "missing at the beginning"),
        ([("1, cut - ahead)", "1, cut - ahead - 1)")], "missing at the end"),
        ([("1, cut - ahead)", "1, cut - ahead + 1)")], "One row too many"),
        ([("ahead] for", "1] for")], "learned for fewer months ahead"),
        ([("ahead] for", "ahead - 1] for")], "learned for fewer months ahead"),
        ([("x[n - months + 1 : n + 1]", "x[np.arange(n - months + 1, n + 1)]"),
          ("months - 1, cut", "0, cut")], "no whole past"),
        ([("    known", "    mean = x.mean()\n    x = x - mean\n    known"),
          (", 1.0]", "]"), ("@ v", "@ v + mean")], "the mean of the whole series"),
        ([(", 1.0]", "]")], "no constant"),
        ([(", 1.0]", ", 0.0]")], "no constant"),
        ([("- months + 1 : n + 1", "- months : n")], ""),
        ([("- months + 1 : n + 1", "- months + 2 : n + 2")], ""),
        ([("range(cut - ahead, len(x) - ahead)", "range(cut, len(x))")],
         "belongs to month cut"),
        ([("range(cut - ahead, len(x) - ahead)", "range(cut, len(x) - ahead)")],
         "The first forecasts are missing"),
        ([("ahead", "1"), ("months, 1, cut", "months, ahead, cut")],
         "It forecasts the next month"),
        ([("@ v", "@ v[::-1]")], ""),
        ([("@ v", "@ np.r_[v[-2::-1], v[-1]]")], "in the opposite order"),
        ([(")) @ v", ")) @ v * 1.0 + 1e-2")], ""),
        ([(")) @ v", ")) @ np.round(v, 2)")], ""),
        ([(")) @ v", ")) @ v.astype('f2')")], ""),
        ([("    return", "    y ="), ("@ v\n", "@ v\n    return np.round(y)\n")], ""),
        ([("    return rows(range", "    return rows(range"), ("@ v\n", "@ v[:, None]\n")],
         "has the shape"),
        ([("    known", "    x -= x[:cut].mean()\n    known")], ""),
        ([("    known", "    cut, ahead = 2400, 12\n    known")], ""),
        ([("    return rows(range(cut - ahead, len(x) - ahead)) @ v\n",
           "    y = rows(range(cut - ahead, len(x) - ahead)) @ v\n"
           "    return np.sqrt(np.mean((y - x[cut:]) ** 2))\n")], "is a single number"),
    ],
)  # fmt: skip
def test_mistakes_in_a_baseline(changes, words):
    text = told(ch06.q7, written(FORECAST, *changes))
    assert flat(words) in text
    if not words:
        assert not any(flat(m.message) in text for m in ch06.q7.misconceptions)


def test_forecasts_made_of_forecasts_are_named():
    steps = """
def own_forecast(x, months, ahead, cut):
    found = []
    for n in range(cut - ahead, len(x) - ahead):
        past = list(x[n - months + 1 : n + 1])
        for _ in range(ahead):
            past.append(np.array([*past[-months:], 1.0]) @ v(x, months, cut))
        found.append(past[-1])
    return found
"""

    @functools.cache
    def fitted(series, months, cut):
        x = np.frombuffer(series)
        rows = np.array(
            [[*x[n - months + 1 : n + 1], 1] for n in range(months - 1, cut - 1)]
        )
        return np.linalg.lstsq(rows, x[months:cut], rcond=None)[0]

    answer = written(steps, v=lambda x, *others: fitted(x.tobytes(), *others))
    assert "You forecast month by month" in told(ch06.q7, answer)


def test_scaling_by_all_months_changes_nothing_here():
    """Least squares with a constant does not care for shift and scale: it is right."""
    scaled = """
def own_forecast(x, months, ahead, cut):
    mean, std = x.mean(), x.std()
    return mean + std * inner((x - mean) / std, months, ahead, cut)
"""
    with quiet():
        ch06.q7.check(written(scaled, inner=written(FORECAST)))


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("far", [3, 1], "give a list of (k, d)"),
        ("far", [(3, 0)], "from 1 to 10,000"),
        ("far", [(3, 1.5)], "all whole numbers"),
        ("far", [(1, 1)] * 3, "a kernel of 1 is not allowed"),
        ("far", [(6, 6**i) for i in range(5)], "a kernel of 6 is not allowed"),
        ("far", [(3, 3**i) for i in range(6)], "it sees the last 729 samples"),
        ("far", [(3, 3**i) for i in range(8)], "with 24 weights. Fewer will do"),
        ("far", [(3**i, 3) for i in range(1, 8)], "a kernel of 9 is not allowed"),
        ("far", [(2, 5000)] * 600, "1,200 weights are far too many"),
        ("far", [(np.nan, 1)], "all whole numbers"),
        ("far", "[(3, 1)]", "this cannot be used"),
        ("far", [], "give a list of (k, d)"),
        ("cured", [1, 2, 6], "a list of four dilations"),
        ("cured", [[1, 2, 6, 6]], "a list of four dilations"),
        ("cured", [1, 3, 9, 27], "0 of its layers have d = 6"),
        ("cured", [0, 2, 6, 6], "from 1 to 10,000"),
        ("cured", [1, 20, 6, 6], "samples of its field are not seen"),
        ("cured", [6, 6, 9000, 9000], "not seen"),
        ("counter", [1, 1, 5], "three different ones"),
        ("counter", [1, 4], "a list of three dilations"),
        ("counter", [1, 9001, 9002], "smaller dilations"),
        ("counter", [1, 5, 10], "have a common divisor, 5"),
        ("counter", [7, 2, 1], "The claim holds for it"),
        ("counter", (1, 4, -5), "from 1 to 10,000"),
    ],
)
def test_designs_that_fail_are_told_why(part, value, words):
    answers = {name: ch06.q5.truth(name) for name in ch06.q5.parts} | {part: value}
    assert words in told(ch06.q5, *answers.values())


@pytest.mark.parametrize(
    ("name", "part", "value", "words"),
    [
        ("q1", "past", [300, 100, 400, 130, 510, 940, 213], "it has 7 entries"),
        ("q1", "past", [300, 100, 400, 130, 510, 940, 213, 650], "one entry is wrong"),
        ("q1", "span", "ten", "cannot be used"),
        ("q1", "fade", [1, 1, 0.4444], "along one side and square it"),
        ("q1", "fade", [1, 0.6, 0.2], "too small"),
        ("q1", "fade", [1, 2, 3], ""),
        ("q8", "chosen", 24, "it is close"),
        ("q8", "chosen", 127, "among the five"),
        ("q8", "chosen", 36, "the best one on the test"),
        ("q1", "parameters", 289, "more than one bias"),
        ("q8", "because", "Depth", "equally many layers"),
        ("q8", "because", "magic", "choose one of"),
        ("q8", "linear", 0.281, "too small"),
        ("q8", "wins", 27, "too large"),
        ("q8", "wins", 0.8, "too small"),
    ],
)
def test_values_that_fail_are_told_why(name, part, value, words):
    question = getattr(ch06, name)
    answers = {p: question.truth(p) for p in question.parts} | {part: value}
    assert words in told(question, *answers.values())


def test_half_filled_lists_are_not_attempted():
    for name in ("q1", "q5", "q8"):
        question = getattr(ch06, name)
        with pytest.raises(NotAttempted):
            question.check(*[[1, ...]] * len(question.parts))


# --- networks -------------------------------------------------------------------------


DOUBLED = (1, 2, 4, 8, 16, 32)


def nets(keras):  # noqa: F811
    """Return {name: (makers of a network, words of its verdict)}; "" where it is right."""
    layers = keras.layers

    def net(*inner, shape=(None, 2)):
        return lambda: keras.Sequential(
            [keras.Input(shape), *(make() for make in inner)]
        )

    def conv(d, channels=5, kernel=3, **more):
        given = {"padding": "causal", "dilation_rate": d, "activation": "relu"} | more
        return lambda: layers.Conv1D(channels, kernel, **given)

    stack = [conv(d) for d in DOUBLED]
    one = lambda: layers.Dense(1)  # noqa: E731

    def bent(end):
        """Return a maker of a network with a function after its end."""

        def make():
            whole = net(*stack, one)()
            return keras.Model(whole.inputs, end(whole.outputs[0]))

        return make

    def total(y):
        return keras.ops.sum(y, axis=-1, keepdims=True)

    def gates():
        series = keras.Input((None, 2))
        y = series
        for d in DOUBLED:
            bends = [conv(d, 3, activation=name)()(y) for name in ("tanh", "sigmoid")]
            y = layers.Multiply()(bends)
        return keras.Model(series, one()(y))

    return {
        "forwards and backwards": (
            net(
                lambda: layers.Bidirectional(layers.GRU(4, return_sequences=True)), one
            ),
            "runs backwards, is enough for that",
        ),
        "last only": (net(*stack, lambda: layers.GRU(3), one), "One number comes out"),
        "moved on by one": (
            net(
                *stack,
                one,
                lambda: layers.ZeroPadding1D((1, 0)),
                lambda: layers.Cropping1D((0, 1)),
            ),
            "samples in between are not seen",
        ),
        "moved back by one": (
            net(
                *stack,
                one,
                lambda: layers.ZeroPadding1D((0, 1)),
                lambda: layers.Cropping1D((1, 0)),
            ),
            "It looks ahead",
        ),
        "padded on both sides": (
            net(
                lambda: layers.ZeroPadding1D(1),
                conv(1, padding="valid"),
                *stack[1:],
                one,
            ),
            "It looks ahead",
        ),
        "one channel": (
            net(*stack, one, shape=(None, 1)),
            "does not read two channels",
        ),
        "relu as a layer": (
            net(*stack, one, lambda: layers.ReLU()),
            "has an activation",
        ),
        "activation as a layer": (
            net(*stack, one, lambda: layers.Activation("sigmoid")),
            "has an activation",
        ),
        "relu as a function": (bent(lambda y: keras.ops.relu(y)), "has an activation"),
        "a square": (bent(lambda y: y * y), "squares and absolute values"),
        "an absolute value": (
            bent(lambda y: layers.Lambda(keras.ops.abs)(y)),
            "squares and absolute values",
        ),
        "the larger of it and zero": (
            bent(lambda y: keras.ops.maximum(y, 0.0)),
            "has an activation",
        ),
        "at most ten": (bent(lambda y: 10 * keras.ops.tanh(y)), "no large ones"),
        "elu as a function": (bent(lambda y: keras.ops.elu(y)), "has an activation"),
        "a sum of relus": (
            net(*stack, lambda: layers.Lambda(total, output_shape=(None, 1))),
            "has an activation",
        ),
        "tripled and moved": (bent(lambda y: 3 * y - 1), ""),
        "one channel within": (
            net(*[conv(d, channels=1, activation="tanh") for d in DOUBLED], one),
            "",
        ),
        "gates": (gates, ""),
        "99 samples": (net(conv(1, 1, 99, activation=None)), "does not see 100"),
        "transposed": (
            net(*stack, lambda: layers.Conv1DTranspose(1, 2, 2)),
            "it makes an array of shape",
        ),
        "in batches": (net(*stack, lambda: layers.BatchNormalization(), one), ""),
        "dropout": (net(*stack, lambda: layers.Dropout(0.5), one), ""),
        "100 samples": (net(conv(1, 1, 100, activation=None)), ""),
        "separable": (
            net(
                *(
                    step
                    for d in (1, 3, 9, 27, 27)
                    for step in (
                        lambda d=d: layers.ZeroPadding1D((2 * d, 0)),
                        lambda d=d: layers.SeparableConv1D(8, 3, dilation_rate=d),
                    )
                ),
                one,
            ),
            "",
        ),
    }


NETS = (
    "forwards and backwards, last only, moved on by one, moved back by one, padded on both "
    "sides, one channel, relu as a layer, activation as a layer, relu as a function, a "
    "square, an absolute value, the larger of it and zero, at most ten, elu as a function, "
    "a sum of relus, tripled and moved, one channel within, gates, 99 samples, transposed, "
    "in batches, dropout, 100 samples, separable"
).split(", ")


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_networks_of_learners(name, keras):  # noqa: F811
    make, words = nets(keras)[name]
    keras.utils.set_random_seed(3)
    with quiet():
        model = make()
        model.compile("adam", "mse")
    weights = model.get_weights()
    if not words:
        ch06.q6.check(model)
    else:
        assert words in told(ch06.q6, model)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(after, before)  # other weights only for a moment


def test_a_model_that_takes_no_weights_is_told():
    class Stubborn:
        def get_weights(self):
            return [np.ones((100, 2, 1))]

        def get_config(self):
            return {}

        def predict(self, x, verbose=0):
            padded = np.concatenate([np.zeros((len(x), 99, 2)), x], axis=1)
            return np.cumsum(padded.sum(axis=2), axis=1)[:, 99:, None]

    assert "Given other weights it raises AttributeError" in told(ch06.q6, Stubborn())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_random_weights_hide_no_sample(seed, keras):  # noqa: F811
    """A right network is right with any weights that it begins with."""
    for make in right_06.MODELS["q6"][:3]:
        keras.utils.set_random_seed(seed)
        with quiet():
            model = make(keras)
        ch06.q6.check(model, seed=seed)


@pytest.mark.slow
def test_the_broken_network_has_its_three_faults(keras):  # noqa: F811
    """Mend one at a time: the other two are still found."""

    def broken(padding, dilations, last):
        net = keras.Sequential([keras.Input((None, 2))])
        for d in dilations:
            how = padding if d == 1 else "causal"
            net.add(
                keras.layers.Conv1D(
                    6, 3, padding=how, dilation_rate=d, activation="relu"
                )
            )
        net.add(keras.layers.Conv1D(1, 1, activation=last))
        return net

    holes, whole = (1, 4, 16, 32), (1, 3, 9, 27, 27)
    with pytest.raises(CheckFailed, match="It looks ahead"):
        ch06.q6.check(broken("same", whole, None))
    with pytest.raises(CheckFailed, match="has an activation"):
        ch06.q6.check(broken("causal", whole, "relu"))
    with pytest.raises(CheckFailed, match="samples in between"):
        ch06.q6.check(broken("causal", holes, None))
    with quiet():
        ch06.q6.check(broken("causal", whole, None))
