"""The questions of chapter 06: reach, holes, the future, and an honest baseline.

What is right is counted here, path by path, or comes from NumPy. Question 6 looks at a
model of Keras; the others need NumPy only.
"""

import functools
import math
from types import SimpleNamespace

import numpy as np

from .. import datasets
from ._forbidden import CONVOLUTIONS_1D
from .core import Misconception
from .functions import FunctionQuestion, essence
from .models import Fault, ModelQuestion, Unusable
from .values import ValueQuestion, judged

# Functions and layers that do all the work of a question that asks to write it.
CAUSAL = (
    *CONVOLUTIONS_1D,
    "convcourse.ops.causal_channels",
    "convcourse.ops.conv1d.causal_channels",
    "keras.layers.Conv1D",
    "keras.ops.conv",
)


def _stuffed(w, d):
    """Return a kernel with d - 1 zeros between its weights."""
    kernel = np.zeros((len(w) - 1) * d + 1, np.asarray(w).dtype)
    kernel[::d] = w
    return kernel


def _paths(dilations, k=3):
    """Return how many paths lead from each sample of its field to one output."""
    counts = np.ones(1, int)
    for d in dilations:
        counts = np.convolve(counts, _stuffed(np.ones(k, int), d))
    return counts


def _sum(x, w, offsets, outputs=None, border=None):
    """Return the sums of w[k] times x[n + offsets[k]] over k, for each n.

    `border` gives what stands for a sample outside of x: a function of x and its place.
    """
    border = border or (lambda x, at: 0)
    n = len(x) if outputs is None else outputs
    return np.array(
        [
            sum(
                v * (x[i + o] if 0 <= i + o < len(x) else border(x, i + o))
                for v, o in zip(w, offsets, strict=True)
            )
            for i in range(n)
        ]
    )


def _back(w, d):
    """Return the offsets of a causal kernel: its last weight meets the present."""
    return [-d * (len(w) - 1 - k) for k in range(len(w))]


def _ahead(w, d):
    return [d * k for k in range(len(w))]


def _centred(w, d):
    left = d * (len(w) - 1) // 2
    return [d * k - left for k in range(len(w))]


# ------------------------------------------------------------------------ q1: by hand

SERIES, DIGITS = np.array([3, 1, 4, 1, 5, 9, 2, 6]), np.array([1, 10, 100])
PAST = _sum(SERIES, DIGITS, _back(DIGITS, 3))
FRAME, BAR = (20, 24), (5, 8)


def _brightest(d, sizes=BAR):
    """Return the largest mean of 3 by 3 pixels, d apart, over a bar of ones."""
    caught = [max(sum(at + d * i in range(n) for i in range(3)) for at in range(-9, n))
              for n in sizes]  # fmt: skip
    return math.prod(caught) / 9


FADE = [_brightest(d) for d in (2, 3, 5)]
DENSE = [
    math.prod(min(n, 2 * d + 1) for n in BAR) / (2 * d + 1) ** 2 for d in (2, 3, 5)
]

q1 = ValueQuestion(
    id="q1",
    title="Gaps, by hand",
    points=2,
    parts={
        "past": PAST,
        "span": 3 * 3 + 1,
        "parameters": 8 * (3 * 3 * 4 + 1),
        "size": [20 - 10, 24 - 10],
        "fade": FADE,
    },
    tol={"fade": 0.006},
    hints=(
        "Write the kernel down with its zeros in between, and lay its last weight on "
        "the sample of the output. What lies left of the signal is zero.",
        "A span has one gap less than weights, and the zeros in a gap are not "
        "learned. For the picture look at rows and columns separately.",
        "Three taps, d apart, along a bar of 5 rows: how many of them can lie on the "
        "bar at once? The same along its 8 columns. The product of both, of nine, is "
        "white.",
    ),
    misconceptions=(
        Misconception(
            "flipped",
            {"past": _sum(SERIES, DIGITS[::-1], _back(DIGITS, 3))},
            "your kernel is flipped: its first weight lies on the present. A layer "
            "does not flip.",
        ),
        Misconception(
            "centred",
            {"past": _sum(SERIES, DIGITS, _centred(DIGITS, 3))},
            "your kernel is centred, and reads samples that are still to come.",
        ),
        Misconception(
            "the future",
            {"past": _sum(SERIES, DIGITS, _ahead(DIGITS, 3))},
            "your kernel begins at the present and reads the future. Which weight has "
            "to lie on the present?",
        ),
        Misconception(
            "no gaps",
            {
                "past": _sum(SERIES, DIGITS, _back(DIGITS, 1)),
                "span": 4,
                "size": [18, 22],
                "fade": [1, 1, 1],
            },
            "that is what an ordinary kernel gives. The dilation sets its weights "
            "apart.",
        ),
        Misconception(
            "dilation from 0",
            {
                "past": _sum(SERIES, DIGITS, _back(DIGITS, 4)),
                "span": 3 * 4 + 1,
                "size": [20 - 12, 24 - 12],
                "fade": [_brightest(d) for d in (3, 4, 6)],
            },
            "you take the dilation for the number of holes between two weights. It is "
            "their distance: an ordinary kernel has the distance one.",
        ),
        Misconception(
            "no padding",
            {"past": PAST[6:]},
            "these are the outputs with full overlap. A causal layer pads on the "
            "left, and has one output for each sample.",
        ),
        Misconception(
            "wrapped round",
            {"past": _sum(SERIES, DIGITS, _back(DIGITS, 3), border=lambda x, i: x[i])},
            "left of the signal you go on with its end, as Python does with an index "
            "below zero. There are zeros.",
        ),
        Misconception(
            "silent until full",
            {"past": np.where(np.arange(8) < 6, 0, PAST)},
            "you begin where all weights meet a sample. Before that, some of them do.",
        ),
        Misconception(
            "k times d",
            {"span": 4 * 3, "size": [20 - 14, 24 - 14]},
            "you count one gap too many: behind the last weight comes none.",
        ),
        Misconception(
            "one gap",
            {"span": 4 + 3 - 1},
            "you widen the kernel by one gap. Every gap between two weights is wider.",
        ),
        Misconception(
            "first weight forgotten",
            {"span": 3 * 3, "size": [9, 13]},
            "you count the steps from the first weight to the last. Posts, not gaps.",
        ),
        Misconception(
            "zeros learned",
            {"parameters": 8 * (9 * 9 * 4 + 1)},
            "you count the zeros in the gaps. They are not there to be learned.",
        ),
        Misconception(
            "dilation multiplies",
            {"parameters": (8 * (9 * 4 * 4 + 1), 8 * 9 * 4 * 4, 4 * 296)[0]},
            "you multiply by the dilation. How many weights does it add?",
        ),
        Misconception(
            "bias forgotten",
            {"parameters": 8 * 9 * 4},
            "the biases are missing: one for each filter.",
        ),
        Misconception(
            "one bias",
            {"parameters": 8 * 9 * 4 + 1},
            "a layer has more than one bias: one for each filter.",
        ),
        Misconception(
            "channels forgotten",
            {"parameters": 8 * (9 + 1)},
            "your kernels read one channel each. A kernel is as deep as its input.",
        ),
        Misconception(
            "same",
            {"size": list(FRAME)},
            "without padding the kernel does not reach the border.",
        ),
        Misconception(
            "rows and columns swapped",
            {"size": [14, 10]},
            "rows and columns have changed places: rows come first.",
        ),
        Misconception(
            "a dense mean",
            {"fade": DENSE},
            "you take the mean over the whole square that the kernel spans. It reads "
            "nine pixels of it.",
        ),
        Misconception(
            "divided by the square",
            {
                "fade": [
                    9 * f / (2 * d + 1) ** 2
                    for f, d in zip(FADE, (2, 3, 5), strict=True)
                ]
            },
            "you divide by all the pixels of the square, gaps included. The mean is "
            "over nine.",
        ),
        Misconception(
            "sums",
            {"fade": [9 * f for f in FADE]},
            "these are numbers of white pixels. Each of the nine weighs a ninth.",
        ),
        Misconception(
            "a square bar",
            (
                {"fade": [_brightest(d, (5, 5)) for d in (2, 3, 5)]},
                {"fade": [_brightest(d, (8, 8)) for d in (2, 3, 5)]},
            ),
            "you count along one side and square it. The bar has fewer rows than "
            "columns.",
        ),
    ),
)


# ------------------------------------------------------------------------- q2: causal


def _causal(x, w, d):
    """Return the causal dilated cross-correlation, by NumPy."""
    if d < 1:
        raise ValueError("d must be 1 or more")
    return np.convolve(x, _stuffed(np.asarray(w)[::-1], d))[: len(x)]


def _series(rng):
    """Yield (x, w, d): fixed ones, then random ones, then impossible ones."""
    fixed = {
        "no gaps": ([2, 7, 1, 8, 2, 8], [1, 10], 1),
        "one gap": ([3, 1, 4, 1, 5, 9, 2, 6], [1, 10, 100], 2),
        "two weights far apart": ([1, 0, 0, 2, 0, 0, 4, 0], [3, -1], 4),
        "whole numbers, weights that are not": ([5, 2, 7, 1, 9, 4], [0.5, -0.25], 2),
        "a kernel that spans more than the signal": ([4, -2, 7, 1], [1, 2, 5], 3),
        "a single weight": ([1.5, -2.0, 0.5], [4], 5),
        "a single sample": ([2.5], [1, 2, 3], 2),
    }
    for label, (x, w, d) in fixed.items():
        yield label, (np.array(x), np.array(w), d)
    for number in range(8):
        n, k, d = (int(rng.integers(*ends)) for ends in ((14, 40), (2, 6), (1, 6)))
        d += number == 0
        yield f"random signal {number + 1}", (rng.normal(size=n), rng.normal(size=k), d)
    for d in (0, -2):
        yield f"d = {d}", (np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0]), d)


def _guarded(wrong):
    """Return a wrong function that refuses what has to be refused."""

    def guard(x, w, d):
        if d < 1:
            raise ValueError("d")
        return wrong(x, w, d)

    return guard


def _edge(x, i):
    return x[0] if i < 0 else x[-1]


def _round(x, i):
    return x[i % len(x)]


def _late(x, w, d, by):
    """Return the right numbers, some places too late."""
    y = np.concatenate([np.zeros(by), _causal(x, w, d)])
    return y[: len(x)]


def _whole(x, w, d):
    y = np.zeros_like(x)
    y[:] = _causal(x, w, d)
    return y


def _whole_steps(x, w, d):
    y = np.zeros_like(x)
    for n, k in np.ndindex(len(x), len(w)):
        back = d * (len(w) - 1 - k)
        if n >= back:
            y[n] += w[k] * x[n - back]
    return y


def _from_full(x, w, d):
    y = np.zeros(len(x))
    start = d * (len(w) - 1)
    y[start:] = _causal(x, w, d)[start:]
    return y


def _valid(x, w, d):
    return _causal(x, w, d)[d * (len(w) - 1) :]


q2 = FunctionQuestion(
    id="q2",
    title="Only the past",
    points=3,
    call="causal(x, w, d)",
    reference=_causal,
    cases=_series,
    forbidden=CAUSAL,
    result="y",
    hints=(
        "Which samples does y[n] read? The last weight reads x[n], the one before it "
        "x[n - d], and so on back. What is there before x[0]?",
        "Put (K - 1) * d zeros in front of x, and none behind. Then weight k reads the "
        "padded signal from place k * d on: N samples of it.",
        "sum(w[k] * padded[k * d : k * d + len(x)] for k in range(len(w))) is all "
        "there is to do. Before that raise a ValueError if d is below 1.",
    ),
    misconceptions=tuple(
        Misconception(name, tuple(map(_guarded, np.atleast_1d(wrong))), message)
        for name, wrong, message in (
            (
                "flipped",
                lambda x, w, d: _sum(x, w[::-1], _back(w, d)),
                "The kernel is flipped: its first weight lies on the present. That is "
                "a true convolution; a layer does not flip.",
            ),
            (
                "centred",
                lambda x, w, d: _sum(x, w, _centred(w, d)),
                "The kernel is centred on its output: half of the padding stands on "
                "the right, and the kernel reads the future.",
            ),
            (
                "flipped and centred",
                lambda x, w, d: _sum(x, w[::-1], [-o for o in _centred(w, d)][::-1]),
                "Two things at once: the kernel is flipped, and it is centred, so "
                "that it reads the future.",
            ),
            (
                "the future",
                lambda x, w, d: _sum(x, w, _ahead(w, d)),
                "The first weight lies on the present and the rest on the future: the "
                "zeros stand at the wrong end.",
            ),
            (
                "dilation ignored",
                lambda x, w, d: _causal(x, w, 1),
                "The dilation does not count in your result: the weights read "
                "neighbours.",
            ),
            (
                "dilation from 0",
                lambda x, w, d: _causal(x, w, d + 1),
                "You leave d samples out between two weights. The dilation is the "
                "distance of two weights, one for an ordinary kernel.",
            ),
            (
                "no padding",
                _valid,
                "These are the outputs with full overlap. Each sample is to have an "
                "output: pad with zeros on the left.",
            ),
            (
                "padded on both sides",
                lambda x, w, d: np.convolve(x, _stuffed(w[::-1], d)),
                "Your result goes on after the last sample: the padding stands on both "
                "sides.",
            ),
            (
                "the present left out",
                lambda x, w, d: _late(x, w, d, 1),
                "Your result comes one sample late: the last weight lies before the "
                "present. A causal layer may use the present.",
            ),
            (
                "k times d zeros",
                lambda x, w, d: _late(x, w, d, d),
                "Your result comes d samples late: there are as many gaps as weights "
                "in your padding. One is too many.",
            ),
            (
                "zeros behind the last weight",
                lambda x, w, d: _late(x, w, d, d - 1),
                "Your kernel with its zeros ends in zeros, behind its last weight. So "
                "its last weight misses the present.",
            ),
            (
                "edge",
                lambda x, w, d: _sum(x, w, _back(w, d), border=_edge),
                "Before the signal you go on with its first value. There are zeros.",
            ),
            (
                "wrapped round",
                lambda x, w, d: _sum(x, w, _back(w, d), border=_round),
                "Before the signal you take samples from its END, as np.roll and an "
                "index below zero do: the far future.",
            ),
            (
                "flipped and wrapped",
                lambda x, w, d: _sum(x, w[::-1], _back(w, d), border=_round),
                "The kernel is flipped; and before the signal you take samples from "
                "its END, as an index below zero does.",
            ),
            (
                "whole numbers",
                (_whole, _whole_steps),
                "You write into an array of the type of x. Where x holds whole "
                "numbers, the fractions are cut off.",
            ),
            (
                "mean",
                lambda x, w, d: _causal(x, w, d) / len(w),
                "You take the mean of the products. Asked is their sum.",
            ),
            (
                "silent until full",
                _from_full,
                "You begin where all weights meet a sample, and leave zeros before. "
                "There the later weights already meet one.",
            ),
            (
                "every d-th sample",
                lambda x, w, d: _causal(x[::d], w, 1),
                "You take every d-th sample of x and forget the others: that is a "
                "stride. A dilated layer has an output for each sample.",
            ),
        )
    ),
)


# --------------------------------------------------------------------- q3: looks_ahead


class Box:
    """A function of a signal that does not tell what it does.

    Parameters
    ----------
    name : str
        What is shown of it.
    work : callable
        Takes and gives an array of n numbers.
    ahead : callable
        ``ahead(n)``: how many samples it looks ahead in a signal of n.
    """

    def __init__(self, name, work, ahead):
        self.name, self.work, self.ahead = name, work, ahead

    def __repr__(self):
        return f"box {self.name}"

    def __deepcopy__(self, memo):
        """Stay the same: a box holds no data."""
        return self

    def __call__(self, x):
        """Return what the box makes of a signal; the signal stays as it is."""
        x = np.array(x, float)
        if x.ndim != 1:
            raise ValueError(f"x must have one axis, got shape {x.shape}.")
        return self.work(x)


def _by_offsets(weights):
    """Return a function that adds x[n + offset] times its weight, zeros outside."""
    offsets, w = list(weights), list(weights.values())
    return lambda x: _sum(x, w, offsets)


def _later(x, by):
    """Return x[n + by], zeros at the end."""
    return np.concatenate([x[by:], np.zeros(by)])[: len(x)]


def _blocks(x):
    """Turn each block of four samples round."""
    return np.concatenate([x[i : i + 4][::-1] for i in range(0, len(x), 4)])


def _by_fft(x):
    """Filter with a causal kernel, by the FFT: with its rounding errors."""
    n = 2 * len(x)
    spectrum = np.fft.rfft(1000 * x, n) * np.fft.rfft([0.3, 0, -0.7, 0, 0.2], n)
    return np.fft.irfft(spectrum, n)[: len(x)]


def _second_half(x):
    """Look three samples ahead, in the second half of the signal only."""
    return np.where(np.arange(len(x)) < len(x) // 2, x, _later(x, 3))


def _bends(x):
    """Multiply two differences: in a constant signal both are zero."""
    return (x - _later(x, 1)) * (_later(x, 2) - _later(x, 1))


def _first_half(x):
    """Look five samples ahead, in the first half of the signal only."""
    return np.where(np.arange(len(x)) < len(x) // 2, _later(x, 5), x)


BOXES = (
    Box("A", _by_offsets({-6: 1, -3: 10, 0: 100}), lambda n: 0),
    Box("B", _by_offsets({-2: 1, 0: 10, 2: 100}), lambda n: 2),
    Box("C", _by_offsets({-5: 2, 1: -1}), lambda n: 1),
    Box("D", _by_offsets({-3: 1}), lambda n: 0),
    Box("E", lambda x: x * _later(x, 4), lambda n: 4),
    Box("F", lambda x: np.abs(x - _later(x, 1)), lambda n: 1),
    Box("G", lambda x: x - x.mean(), lambda n: n - 1),
    Box("H", _by_fft, lambda n: 0),
    Box("I", _blocks, lambda n: 3),
    Box("J", lambda x: x + np.round(2 * _later(x, 2)), lambda n: 2),
    Box("K", _second_half, lambda n: 3),
    Box("L", _by_offsets({0: 1, 7: 0.001}), lambda n: 7),
    Box("O", _first_half, lambda n: 5),
    Box("P", _bends, lambda n: 2),
    Box("Q", lambda x: x * x.sum(), lambda n: n - 1),
    Box("M", lambda x: np.cumsum(x) / np.arange(1, len(x) + 1), lambda n: 0),
    Box("N", lambda x: x[::-1].copy(), lambda n: n - 1),
)


def _boxes(rng):
    """Yield (f, n): the boxes above, then random sums."""
    for box in BOXES:
        yield str(box), (box, 4 * int(rng.integers(5, 7)))
    for number in range(4):
        past, ahead = (int(rng.integers(*ends)) for ends in ((0, 6), (1, 7)))
        weights = {-past: rng.normal() + 3, ahead: rng.normal() - 3}
        box = Box(f"R{number + 1}", _by_offsets(weights), lambda n, a=ahead: a)
        yield str(box), (box, int(rng.integers(20, 26)))


def _changes(f, n, at, background=None, new=None, differ=None):
    """Return the outputs that change when the samples `at` change."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=n) if background is None else np.full(n, background, float)
    changed = x.copy()
    changed[at] = x[at] + rng.uniform(2, 5, n)[at] if new is None else new(x[at])
    differ = differ or (lambda a, b: ~np.isclose(a, b))
    return np.flatnonzero(differ(f(x), f(changed)))


def _pairs(f, n, *how, **named):
    """Return (place of a changed sample, place of an output that changed), all of them."""
    return [(j, i) for j in range(n) for i in _changes(f, n, j, *how, **named)]


def _furthest(pairs):
    return max((int(j - i) for j, i in pairs), default=0)


def _after(f, n):
    """Change all that comes after the middle; count the outputs before it that move."""
    changed = _changes(f, n, slice(n // 2, n))
    return changed[changed < n // 2]


q3 = FunctionQuestion(
    id="q3",
    title="How far ahead?",
    points=3,
    call="looks_ahead(f, n)",
    reference=lambda f, n: f.ahead(n),
    cases=_boxes,
    hints=(
        "Change one sample, and see which outputs change. Those that stand before the "
        "changed sample have looked ahead. How far?",
        "Do it for each sample in turn: a box may behave differently in different "
        "places. Begin with random numbers, since a product with zero hides a change.",
        "For each j: copy x, put another random number at j, and find the first i "
        "where f(x) and f(copy) differ by more than rounding (np.isclose). Keep the "
        "largest j - i, and 0 if none is positive.",
    ),
    misconceptions=(
        Misconception(
            "yes or no",
            lambda f, n: int(f.ahead(n) > 0),
            "You say whether it looks ahead. Asked is how far: a number of samples.",
        ),
        Misconception(
            "an impulse in silence",
            (
                lambda f, n: max(
                    0, _furthest(_pairs(f, n, background=0, new=lambda v: 1))
                ),
                lambda f, n: max(
                    0,
                    _furthest(
                        [(n // 2, i) for i in _changes(f, n, n // 2, 0, lambda v: 1)]
                    ),
                ),
                lambda f, n: max(
                    0, _furthest(_pairs(f, n, 0, lambda v: 1, np.not_equal))
                ),
            ),
            "You send an impulse through zeros. A box that multiplies or compares "
            "samples does not show then what it reads. Begin with random numbers.",
            seen=lambda f, n: f.name == "E",
        ),
        Misconception(
            "a constant signal",
            lambda f, n: max(
                0, _furthest(_pairs(f, n, background=1, new=lambda v: 1.5))
            ),
            "You change one sample of a constant signal. There a difference is zero, and "
            "what is multiplied by it does not show. Begin with random numbers.",
        ),
        Misconception(
            "a zero among the samples",
            lambda f, n: max(
                0, _furthest(_pairs(f, n, background=np.arange(n), new=lambda v: v + 1))
            ),
            "A sample of your signal is zero. What a box multiplies by it does not show. "
            "Begin with random numbers.",
            seen=lambda f, n: f.name == "Q",
        ),
        Misconception(
            "a tiny change",
            lambda f, n: max(
                0,
                _furthest(
                    _pairs(
                        f,
                        n,
                        new=lambda v: v + 1e-4,
                        differ=lambda a, b: abs(a - b) > 1e-9,
                    )
                ),
            ),
            "Your change is tiny. A box that rounds does not notice. Put a quite "
            "different number there.",
        ),
        Misconception(
            "rounding taken for a leak",
            (
                lambda f, n: max(
                    0, _furthest(_pairs(f, n, differ=lambda a, b: a != b))
                ),
                # where rounding reaches depends on the numbers
                lambda f, n: n - 1 if f.name == "H" else f.ahead(n),
                lambda f, n: n - 2 if f.name == "H" else f.ahead(n),
            ),
            "You take rounding for a leak. A box that works by the FFT changes all its "
            "outputs in the last digit: compare with np.isclose.",
            seen=lambda f, n: f.name == "H",
        ),
        Misconception(
            "too coarse",
            lambda f, n: max(
                0, _furthest(_pairs(f, n, differ=lambda a, b: abs(a - b) > 0.05))
            ),
            "Your comparison is too coarse: one box looks ahead with a small weight. "
            "Rounding errors are far smaller still.",
            seen=lambda f, n: f.name == "L",
        ),
        Misconception(
            "one place only",
            (
                lambda f, n: max(
                    0, _furthest([(n // 2, i) for i in _changes(f, n, n // 2)])
                ),
                lambda f, n: len(_after(f, n)),
            ),
            "You change the signal at one place. Some boxes behave differently "
            "elsewhere, and some look further than that place lets you see: try each.",
        ),
        Misconception(
            "last sample only",
            lambda f, n: max(0, _furthest([(n - 1, i) for i in _changes(f, n, n - 1)])),
            "You change the last sample only. Some boxes look ahead elsewhere: try "
            "each.",
        ),
        Misconception(
            "first output only",
            lambda f, n: max((j for j, i in _pairs(f, n) if i == 0), default=0),
            "You watch the first output only. Some boxes look ahead elsewhere: watch "
            "each.",
        ),
        Misconception(
            "nearest",
            lambda f, n: min((int(j - i) for j, i in _pairs(f, n) if j > i), default=0),
            "You give the nearest sample ahead. Asked is the farthest one.",
        ),
        Misconception(
            "into the past",
            lambda f, n: max((int(i - j) for j, i in _pairs(f, n)), default=0),
            "You measure how far it looks back. A changed sample that stands BEHIND "
            "the output is the future.",
        ),
        Misconception(
            "either side",
            lambda f, n: max((int(abs(i - j)) for j, i in _pairs(f, n)), default=0),
            "You take the distance without its sign, so that a look back counts as "
            "well.",
        ),
        Misconception(
            "width of the field",
            lambda f, n: (
                _furthest(_pairs(f, n)) + max(int(i - j) for j, i in _pairs(f, n)) + 1
            ),
            "You give the width of the field, from the oldest sample that it reads to "
            "the latest. Asked are the samples after the present.",
        ),
        Misconception(
            "present counted",
            lambda f, n: f.ahead(n) + 1,
            "You count the present as well. A box that looks at the next sample looks "
            "one ahead; one that never looks ahead, none.",
        ),
        Misconception(
            "negative for the past",
            lambda f, n: max(int(j - i) for j, i in _pairs(f, n)),
            "A box that reads old samples only gets a negative number. It does not "
            "look ahead: that is 0.",
            seen=lambda f, n: f.name == "D",
        ),
    ),
)


# ----------------------------------------------------------------------------- q4: paths


def _stacks(rng):
    """Yield (dilations, k): fixed stacks, then random ones."""
    fixed = {
        "one ordinary layer": ([1], 3),
        "one layer with gaps": ([4], 3),
        "equal dilations": ([2, 2, 2], 3),
        "doubled": ([1, 2, 4], 3),
        "doubled, from 2 on": ([2, 4, 8], 3),
        "kernels of two": ([1, 2, 4, 8], 2),
        "kernels of four": ([4, 1], 4),
        "kernels of five": ([3, 2], 5),
        "no layer at all": ([], 3),
        "ten equal layers": ([1] * 10, 5),  # more paths than 16 bits can count
    }
    yield from fixed.items()
    for number in range(5):
        dilations = rng.integers(1, 7, int(rng.integers(2, 5))).tolist()
        yield f"random stack {number + 1}", (dilations, int(rng.integers(2, 5)))


def _padded_sum(dilations, k):
    """Add the kernels of the layers, all centred or all from their first weight."""
    total = np.zeros(1 + (k - 1) * sum(dilations), int)
    for d in dilations:
        total[: (k - 1) * d + 1] += _stuffed(np.ones(k, int), d)
    return total


def _same_length(dilations, k):
    counts = np.ones(1, int)
    for d in dilations:
        kernel = _stuffed(np.ones(k, int), d)
        counts = np.convolve(counts, kernel, "same")
    return counts


def _long_kernels(dilations, k):
    counts = np.ones(1, int)
    for d in dilations:
        kernel = np.zeros(k * d, int)
        kernel[::d] = 1
        counts = np.convolve(counts, kernel)
    return counts


def _full_windows(dilations, k):
    counts = np.ones(1, int)
    for d in dilations:
        counts = np.convolve(counts, np.ones((k - 1) * d + 1, int))
    return counts


q4 = FunctionQuestion(
    id="q4",
    title="Count the paths",
    points=2,
    call="paths(dilations, k)",
    reference=_paths,
    cases=_stacks,
    forbidden=("convcourse.figures.dilated_pictures.paths",),
    hints=(
        "Begin with one output: one path, to itself. What does one layer with d = 2 "
        "and three weights make of this single path, seen from its input?",
        "Each layer lays k copies of the counts down, d places apart, and adds them "
        "where they meet. So the counts grow longer by (k - 1) * d.",
        "Ones, d apart, with zeros in between, are the kernel of a layer. np.convolve "
        "of the counts so far with this kernel gives the next counts; begin with [1].",
    ),
    misconceptions=(
        Misconception(
            "seen or not",
            lambda dilations, k: (_paths(dilations, k) > 0).astype(int),
            "You say which samples are seen, by 0 and 1. Asked is by how many paths.",
        ),
        Misconception(
            "each sample once",
            (
                lambda dilations, k: np.ones(1 + (k - 1) * sum(dilations), int),
                lambda dilations, k: [1] * (1 + (k - 1) * sum(dilations)),
            ),
            "In your result each sample of the field has one path. Some stacks leave "
            "samples out, in others many paths lead to the same one.",
        ),
        Misconception(
            "dilation from 0",
            lambda dilations, k: _paths([d + 1 for d in dilations], k),
            "You leave d places free between two weights. The dilation is the "
            "distance of two weights, one for an ordinary kernel.",
        ),
        Misconception(
            "k times d",
            (
                _long_kernels,
                lambda dilations, k: np.append(
                    _paths(dilations, k), np.zeros(sum(dilations), int)
                ),
            ),
            "Your kernels end in zeros, behind their last weight, so that the result "
            "is too long. There are gaps between weights only.",
        ),
        Misconception(
            "always three weights",
            lambda dilations, k: _paths(dilations, 3),
            "Your kernels have three weights, whatever k is.",
        ),
        Misconception(
            "dilations ignored",
            lambda dilations, k: _paths([1] * len(dilations), k),
            "You count the paths of a stack without gaps: the dilations play no part.",
        ),
        Misconception(
            "layers added",
            _padded_sum,
            "You add the kernels of the layers up, as if each read the input. A layer "
            "reads the output of the one below it.",
        ),
        Misconception(
            "last layer only",
            lambda dilations, k: _paths(dilations[-1:], k),
            "That is what the last layer alone reads. Each sample there is an output "
            "of the layer below, with paths of its own.",
        ),
        Misconception(
            "first layer only",
            lambda dilations, k: _paths(dilations[:1], k),
            "You hand back the counts of the first layer: does `return` stand inside "
            "the loop?",
        ),
        Misconception(
            "cut to the old length",
            _same_length,
            'With "same" the counts never grow longer: what lies further out is cut '
            "off.",
        ),
        Misconception(
            "no holes",
            _full_windows,
            "You count as if a kernel read all that it spans. It reads k samples of "
            "it.",
        ),
        Misconception(
            "one layer of each kind",
            lambda dilations, k: _paths(sorted(set(dilations)), k),
            "Layers with the same dilation count once in your result. Each of them is "
            "there.",
        ),
        Misconception(
            "too few bits",
            tuple(
                lambda dilations, k, kind=kind: _paths(dilations, k).astype(kind)
                for kind in ("i1", "u1", "i2", "u2", "f2")
            ),
            "Your counts are kept in a type that is too small for them: there are more "
            "paths than 8 or 16 bits can count. Leave the type to NumPy, or take int.",
            seen=lambda dilations, k: len(dilations) == 10,
        ),
        Misconception(
            "shares",
            lambda dilations, k: _paths(dilations, k) / k ** len(dilations),
            "You give the share of the paths. Asked is their number.",
        ),
        Misconception(
            "only the reach",
            lambda dilations, k: 1 + (k - 1) * sum(dilations),
            "That is the reach, a single number. Asked is a number for each sample in "
            "it.",
        ),
        Misconception(
            "only how many are seen",
            lambda dilations, k: np.count_nonzero(_paths(dilations, k)),
            "That is how many samples are seen, a single number. Asked is a number of "
            "paths for each sample.",
        ),
        Misconception(
            "holes left out",
            lambda dilations, k: _paths(dilations, k)[_paths(dilations, k) > 0],
            "The samples that no path reaches are missing from your result. They have "
            "their place in it, with a zero.",
        ),
    ),
)


# ---------------------------------------------------------------------------- q5: design

SEEN, LARGEST = 1500, 5
GRIDDED = [6, 6, 6, 6]
KEPT, REACH = 2, 31


def _whole_numbers(got, wanted):
    """Return an array of whole numbers from 1 on as lists, or raise what is wrong."""
    if got.dtype.kind == "c" or not np.all(np.isfinite(got)):
        raise ValueError(f"give {wanted}, all whole numbers.")
    if np.any(got != np.round(got)):
        raise ValueError(f"give {wanted}, all whole numbers.")
    if got.size and (got.min() < 1 or got.max() > 10_000):
        raise ValueError("all numbers are to be from 1 to 10,000.")
    return got.astype(int).tolist()


def _dilations(got, wanted, size):
    """Return the dilations of a stack, or raise what is wrong."""
    if got.shape != (size,):
        raise ValueError(f"give {wanted}: it has the shape {got.shape}.")
    return _whole_numbers(got, wanted)


FAR = 20_000  # samples that are followed back


def seen_back(layers):
    """Return how far back one output of a causal stack sees without a hole.

    Parameters
    ----------
    layers : list of (int, int)
        Weights and dilation of each.

    Returns
    -------
    int
        Samples, the present included; `FAR` at most.
    """
    seen = np.zeros(FAR, bool)
    seen[0] = True
    for k, d in layers:
        before = seen.copy()
        for shift in range(d, min(FAR, d * (k - 1) + 1), d):
            seen[shift:] |= before[:-shift]
    return FAR if seen.all() else int(np.argmin(seen))


@judged
def _far(got):
    """Judge a causal stack by what it sees, and by its weights."""
    wanted = "a list of (k, d)"
    if got.ndim != 2 or got.shape[1] != 2:
        raise ValueError(f"give {wanted}: it has the shape {got.shape}.")
    layers = _whole_numbers(got, wanted)
    weights = sum(k for k, _ in layers)
    for k, _ in layers:
        if not 2 <= k <= LARGEST:
            raise ValueError(f"a kernel of {k} is not allowed: 2 to {LARGEST} weights.")
    if weights > 1000:
        raise ValueError(f"{weights:,} weights are far too many.")
    seen, reach = seen_back(layers), 1 + sum((k - 1) * d for k, d in layers)
    if seen < SEEN:
        hole = f"its reach is {reach:,}, but there are holes: " * (reach > seen)
        raise ValueError(
            f"{hole}it sees the last {seen:,} samples, then one is missing; at least "
            f"{SEEN:,} are wanted."
        )
    if weights > fewest_weights(SEEN):
        raise ValueError(f"it sees enough, with {weights} weights. Fewer will do.")


@functools.cache
def fewest_weights(samples):
    """Return the fewest weights with which kernels can have this many paths."""
    weights = 1
    while _most_paths(weights) < samples:
        weights += 1
    return weights


@functools.cache
def _most_paths(weights):
    """Return the largest product of kernels of 2 to 5 with this many weights in all."""
    rest = [k * _most_paths(weights - k) for k in range(2, LARGEST + 1) if k <= weights]
    return max(rest, default=1)


@judged
def _cured(got):
    """Judge a stack of four kernels of three by its paths."""
    stack = _dilations(got, "a list of four dilations", 4)
    unseen = int(np.count_nonzero(_paths(stack) == 0)) if max(stack) < 500 else 1
    if stack.count(6) < KEPT:
        raise ValueError(
            f"{stack.count(6)} of its layers have d = 6; at least {KEPT} are to stay."
        )
    if unseen:
        raise ValueError(f"{unseen} samples of its field are not seen.")
    reach = 1 + 2 * sum(stack)
    if reach < REACH:
        raise ValueError(
            f"it has no holes, but its reach is {reach}; at least {REACH}."
        )


@judged
def _counter(got):
    """Judge three dilations that refute the claim about common divisors."""
    stack = _dilations(got, "a list of three dilations", 3)
    if 1 not in stack or len(set(stack)) < 3:
        raise ValueError(
            "they are to be three different ones, and 1 is to be among them."
        )
    a, b = sorted(stack)[1:]
    if math.gcd(a, b) > 1:
        raise ValueError(
            f"{a} and {b} have a common divisor, {math.gcd(a, b)}: the claim does not "
            "speak of them."
        )
    if b > 500 or a > 500:
        raise ValueError("smaller dilations do as well: at most 500.")
    if _paths(stack).all():
        raise ValueError("this stack sees all of its field. The claim holds for it.")


q5 = ValueQuestion(
    id="q5",
    title="Far, and without holes",
    points=3,
    parts={
        "far": [(3, 3**i) for i in range(7)],
        "cured": [1, 2, 6, 6],
        "counter": [1, 5, 7],
    },
    judges={"far": _far, "cured": _cured, "counter": _counter},
    hints=(
        "Your function `paths` shows each hole. A stack with the fewest weights "
        "wastes no path: each leads to a sample of its own.",
        "If k^m samples are seen without a hole, a layer with d = k^m and k weights "
        "makes it k times as many. What do you pay for a factor of 2, of 3, of 4?",
        "Sort the dilations. As long as each is at most the reach of all smaller "
        "ones, there is no hole. For `cured` ask which reach two layers need before a "
        "6 may come; for `counter` break this rule with numbers that share no divisor.",
    ),
    misconceptions=(
        Misconception(
            "reach alone",
            ({"far": [(2, 1499)]}, {"far": [(3, 750)]}, {"far": [(2, 1500)]}),
            "one layer reaches that far, and sees next to nothing on the way. Every "
            "one of the samples is to be seen.",
        ),
        Misconception(
            "no gaps",
            (
                {"far": [(5, 1)] * 375},
                {"far": [(3, 1)] * 750},
                {"far": [(2, 1)] * 1500},
            ),
            "without gaps the reach grows by the same few samples in each layer. See "
            "what that costs in weights.",
        ),
        Misconception(
            "doubled with three",
            (
                {"far": [(3, 2**i) for i in range(10)]},
                {"far": [(3, 2**i) for i in range(11)]},
            ),
            "with kernels of three and doubled dilations many paths lead to the same "
            "sample. The dilation may grow faster, without a hole.",
        ),
        Misconception(
            "pairs only",
            {"far": [(2, 2**i) for i in range(11)]},
            "no path is wasted here, and still it is not the cheapest. Compare what a "
            "factor costs with other kernels.",
        ),
        Misconception(
            "fours only",
            {"far": [(4, 4**i) for i in range(6)]},
            "no path is wasted here, but the last layer brings more than is needed. "
            "Are there cheaper factors?",
        ),
        Misconception(
            "fives only",
            {"far": [(5, 5**i) for i in range(5)]},
            "large kernels are an expensive way: compare what a factor costs with "
            "smaller ones.",
        ),
        Misconception(
            "grown too fast",
            (
                {"far": [(3, 4**i) for i in range(6)]},
                {"far": [(2, 3**i) for i in range(8)]},
                {"far": [(3, 4**i) for i in range(7)]},
            ),
            "the dilation grows faster than the kernel has weights: samples between "
            "two taps are left out.",
        ),
        Misconception(
            "started late",
            (
                {"far": [(3, 3**i) for i in range(1, 8)]},
                {"far": [(3, 2**i) for i in range(1, 11)]},
            ),
            "no layer reads neighbours, so that whole phases of the signal are never "
            "seen.",
        ),
        Misconception(
            "unchanged",
            {"cured": GRIDDED},
            "this is still the stack with holes.",
        ),
        Misconception(
            "one layer of neighbours",
            ({"cured": [1, 6, 6, 6]}, {"cured": [6, 6, 6, 1]}),
            "one layer that reads neighbours fills three samples. Taps that lie six "
            "apart need more between them, and the order does not help.",
        ),
        Misconception(
            "two layers of neighbours",
            ({"cured": [1, 1, 6, 6]}, {"cured": [6, 6, 1, 1]}),
            "nearly: the two small layers together see one sample less than taps six "
            "apart need.",
        ),
        Misconception(
            "no common divisor",
            ({"cured": [5, 6, 6, 7]}, {"cured": [6, 5, 7, 6]}, {"cured": [6, 6, 5, 7]}),
            "these share no divisor, which is not enough: even the nearest neighbours "
            "of the middle need a short way.",
        ),
        Misconception(
            "no small one",
            ({"cured": [2, 3, 6, 6]}, {"cured": [2, 4, 6, 6]}, {"cured": [6, 6, 4, 2]}),
            "the samples next to the outermost ones are reached by no path, unless "
            "some layer reads neighbours.",
        ),
        Misconception(
            "all doubled",
            ({"cured": [1, 2, 4, 8]}, {"cured": [1, 2, 4, 6]}, {"cured": [1, 2, 3, 6]}),
            "this has no holes, but it changes too many of the layers.",
        ),
        Misconception(
            "the claim holds",
            (
                {"counter": [1, 2, 3]},
                {"counter": [1, 2, 5]},
                {"counter": [1, 3, 7]},
                {"counter": [1, 3, 4]},
                {"counter": [1, 2, 7]},
                {"counter": [1, 3, 5]},
                {"counter": [1, 3, 8]},
            ),
            "this stack sees all that it spans, as the claim says. Let a dilation be "
            "larger than what the smaller ones see.",
        ),
        Misconception(
            "a common divisor",
            (
                {"counter": [2, 4, 8]},
                {"counter": [1, 4, 8]},
                {"counter": [1, 6, 9]},
                {"counter": [1, 4, 6]},
                {"counter": [2, 2, 2]},
            ),
            "two of these have a common divisor. The claim does not speak of such a "
            "stack.",
        ),
        Misconception(
            "no layer of neighbours",
            ({"counter": [2, 3, 5]}, {"counter": [2, 3, 7]}, {"counter": [3, 5, 7]}),
            "it has holes, but no layer with d = 1 in it. The claim is about stacks "
            "that have one.",
        ),
    ),
)


# ----------------------------------------------------------- q6: a causal net in Keras

BACK = 100  # samples that each output has to see
BUDGET = 600  # parameters
LONG, SHORT = 140, 97  # series on which a model is tried
# Changes of one sample: a ReLU may hide some. Four right networks with 25 seeds each, in
# two checks: none of them hid a sample from all six.
JUMPS = (8, -8, 300, -300, 30, -30)


def _differ(one, two):
    """Return which numbers differ by more than float32 rounds."""
    size = max(1e-3, float(np.abs(one).max()), float(np.abs(two).max()))
    return np.abs(one - two) > 1e-6 * size


def _leak(facts, rng):
    """Return (whether outputs depend on later samples, whether on the very last)."""
    x = rng.normal(size=(6, LONG, 2))
    later, last = x.copy(), x.copy()
    half = LONG // 2
    later[:, half:] = 3 * rng.normal(size=later[:, half:].shape)
    last[:, -1] += 20
    y = facts.predict(np.concatenate([x, later, last]).astype(np.float32))
    now, after, end = np.split(y, 3)
    change = np.abs(now - after)[:, :half].max(initial=0)
    small = 1e-5 * max(1e-3, float(np.abs(y).max()))
    return change > small, np.abs(now - end)[:, 0].max() > small


def _seen_lags(facts, rng):
    """Return for each lag whether the last output depends on both channels there."""
    seen = np.zeros((LONG, 2), bool)
    for jump in JUMPS:
        x = np.repeat(rng.normal(size=(1, LONG, 2)), 2 * LONG + 1, axis=0)
        for row in range(2 * LONG):
            x[row, row // 2, row % 2] += jump
        y = facts.predict(x.astype(np.float32))[:, -1, 0]
        for row in np.flatnonzero([_differ(y[-1], v) for v in y[:-1]]):
            seen[row // 2, row % 2] = True
        if seen[-BACK:].all():
            break
    return seen[::-1].all(axis=1)


DRAWS = 8  # of other weights, each with its last kernel turned round, too
GAIN = 1e6  # of a network as a whole: so large that what is bounded is at its bound


def _other_weights(facts, rng):
    """Yield weights with kernels drawn anew; scales and biases stay.

    What a kernel of this size multiplies by stays about as large as it is.
    """
    kernels = [i for i, w in enumerate(facts.weights) if w.ndim > 1]
    for _ in range(DRAWS):
        made = list(facts.weights)
        for i in kernels:
            shape = made[i].shape
            made[i] = rng.normal(size=shape) * math.sqrt(2 / math.prod(shape[:-1]))
        yield made
        if kernels:
            made[kernels[-1]] = -made[kernels[-1]]
            yield made


def _give(facts, weights):
    """Give the model weights; `Unusable` if it does not take them."""
    try:
        facts.model.set_weights([w.astype(np.float32) for w in weights])
    except Exception as error:
        said = f"{type(error).__name__}: {essence(error)}"
        raise Unusable(f"Given other weights it raises {said}.") from None


def _range(facts, weights, gain, x):
    """Return -smallest and largest output with these weights, `gain` times as strong."""
    each = gain ** (1 / max(1, sum(w.ndim > 1 for w in weights)))
    _give(facts, [w * each if w.ndim > 1 else w for w in weights])
    y = facts.predict(x)
    y = np.where(np.isnan(y), 0, y)
    return np.array([-y.min(), y.max()])


def _bent(facts, rng):
    """Return True if with no weights very small, and very large numbers come out.

    What bends the result may be a function, which has no layer's name. So weights are
    drawn anew and made larger: what is bounded does not grow, what has no sign keeps none.
    """
    x = rng.normal(size=(2, LONG, 2)).astype(np.float32)
    free = np.zeros(2, bool)
    try:
        for weights in _other_weights(facts, rng):
            large, larger = (_range(facts, weights, g, x) for g in (GAIN, GAIN**2))
            free |= (larger > 1) & ((larger > 1.3 * large) | np.isinf(larger))
            if free.all():
                break
    finally:
        _give(facts, facts.weights)
    return not free.all()


def _see_causal(facts, rng):
    """Try the model: its shapes, its leaks, its range, and what the last output sees."""
    seen = SimpleNamespace(facts=facts, shape=None, leak=False, whole=False, lags=None)
    seen.bent = False
    seen.built = bool(facts.weights)
    first = facts.weights[0].shape if seen.built else ()
    seen.channels = len(first) != 3 or first[1] == 2
    seen.fixed = False
    if not seen.built or not seen.channels:
        return seen
    try:
        x = rng.normal(size=(2, LONG, 2)).astype(np.float32)
        facts.predict(x[:, :SHORT])
        seen.shape = facts.predict(x).shape
    except Unusable:
        seen.fixed = True
    if seen.shape == (2, LONG, 1):
        seen.leak, seen.whole = _leak(facts, rng)
        if not seen.leak:
            seen.lags = _seen_lags(facts, rng)
        seen.bent = _last_activation(seen) or _bent(facts, rng)
    return seen


# Layers and functions that are an activation, though every number may come out.
BENDS = ("leakyrelu", "prelu")


def _last_activation(seen):
    """Return True if the last layer calls itself an activation, or has one."""
    kind, config = seen.facts.layers[-1] if seen.facts.layers else ("", {})
    activation = config.get("activation", "linear")
    return activation not in ("linear", None) or kind.lower() in BENDS


def _pools(seen):
    """Return True if a layer skips samples."""
    strides = [config.get("strides", 1) for _, config in seen.facts.layers]
    pooled = seen.facts.has("Pooling")
    return pooled or any(max(np.ravel(s)) > 1 for s in strides if s)


def _too_long(seen):
    """Return True if unpadded kernels are why a series is too short for the model."""
    kernels = [c for name, c in seen.facts.layers if name == "Conv1D"]
    bare = any(
        c.get("padding") == "valid" and max(np.ravel(c.get("kernel_size", 1))) > 1
        for c in kernels
    )
    return seen.fixed and bare and not seen.facts.has("ZeroPadding", "Flatten")


def _shorter(seen):
    """Return True if fewer samples come out than go in."""
    return seen.shape is not None and len(seen.shape) == 3 and seen.shape[1] < LONG


def _blind(seen, samples):
    """Return True if none of these lags is seen by the model, which was tried."""
    return seen.lags is not None and not seen.lags[samples].any()


def _judge_causal(seen):
    if seen.shape != (2, LONG, 1):
        return (
            f"From series of shape (2, {LONG}, 2) it makes an array of shape "
            f"{seen.shape}; (2, {LONG}, 1) is wanted."
        )
    return ""


def _causal_net(*dilations, channels=5, first=None, last=None, before=(), **options):
    """Return a function that makes a network of layers with kernels of 3.

    `first` and `last` change the options of the first layer and of the dense one,
    `before` puts layers in front of that.
    """

    def make():
        from ..tf import keras

        given = {"padding": "causal", "activation": "relu"} | options
        shape = given.pop("shape", (None, 2))
        layers = [keras.Input(shape)] if shape else []
        for number, d in enumerate(dilations):
            own = given | {"dilation_rate": d} | ((first or {}) if number == 0 else {})
            layers.append(keras.layers.Conv1D(channels, 3, **own))
        layers += [getattr(keras.layers, name)(**config) for name, config in before]
        layers.append(keras.layers.Dense(**({"units": 1} | (last or {}))))
        return keras.Sequential(layers)

    return make


DOUBLED = (1, 2, 4, 8, 16, 32)


def _ending_in(name):
    """Return a function that makes a network with a function of Keras after its end."""

    def make():
        from ..tf import keras

        whole = _causal_net(*DOUBLED)()
        return keras.Model(whole.inputs, getattr(keras.ops, name)(whole.outputs[0]))

    return make


q6 = ModelQuestion(
    id="q6",
    title="Repair a forecaster",
    points=3,
    name="causal_net",
    look=_see_causal,
    judge=_judge_causal,
    praise=lambda seen: (
        f"Each output sees the last {BACK} samples or more, and never a later one, with "
        f"{seen.facts.parameters} of {BUDGET} parameters."
    ),
    hints=(
        "Look at each layer of the broken network: where does its padding stand? Which "
        "samples do the first two layers see together? Which numbers can come out?",
        "One layer that looks ahead is enough for a leak. No hole opens as long as each "
        "dilation is at most the reach of the layers before it. The last layer gives "
        "any number.",
        'Conv1D(5, 3, padding="causal", dilation_rate=d, activation="relu") for d = '
        "1, 2, 4 and so on, until the reach is enough; then Dense(1), which works on "
        "each sample by itself. Count with causal_net.count_params().",
    ),
    misconceptions=(
        Fault(
            "no input",
            _causal_net(*DOUBLED, shape=None),
            "The network does not know its input yet, so it has no weights. Begin with "
            "keras.Input((None, 2)).",
            found=lambda seen: not seen.built,
        ),
        Fault(
            "channels",
            (
                _causal_net(*DOUBLED, shape=(None, 1)),
                _causal_net(*DOUBLED, shape=(None, 3)),
            ),
            "Its first layer does not read two channels. The input is (None, 2): any "
            "number of samples, two channels.",
            found=lambda seen: not seen.channels,
        ),
        Fault(
            "valid",
            (
                _causal_net(*DOUBLED, padding="valid"),
                _causal_net(1, 2, 4, padding="valid"),
            ),
            "Fewer numbers come out than samples go in: a layer has no padding. A "
            "causal one pads on the left.",
            found=lambda seen: _too_long(seen) or (_shorter(seen) and not _pools(seen)),
        ),
        Fault(
            "fixed length",
            (
                _causal_net(
                    1, 2, channels=2, shape=(LONG, 2), before=[("Flatten", {})]
                ),
                _causal_net(1, 2, channels=2, shape=(50, 2), before=[("Flatten", {})]),
            ),
            "It does not take series of any length. Begin with keras.Input((None, "
            "2)), and do not flatten.",
            found=lambda seen: seen.fixed,
        ),
        Fault(
            "one number for all",
            (
                _causal_net(*DOUBLED, before=[("GlobalAveragePooling1D", {})]),
                _causal_net(*DOUBLED, before=[("GlobalMaxPooling1D", {})]),
            ),
            "One number comes out for the whole series. A forecaster gives one for "
            "each sample: nothing may sum up over time.",
            found=lambda seen: seen.shape is not None and len(seen.shape) == 2,
        ),
        Fault(
            "stride",
            (
                _causal_net(1, 1, strides=2),
                _causal_net(1, 2, before=[("MaxPooling1D", {"pool_size": 2})]),
            ),
            "Fewer numbers come out than samples go in, because a layer skips some: "
            "leave strides and pooling out.",
            found=lambda seen: _shorter(seen) and _pools(seen),
        ),
        Fault(
            "several outputs",
            (
                _causal_net(*DOUBLED, last={"units": 2}),
                _causal_net(*DOUBLED, last={"units": 5}),
            ),
            "Several numbers come out for each sample. One is wanted.",
            found=lambda seen: seen.shape is not None and seen.shape[-1] != 1,
        ),
        Fault(
            "bent at the end",
            (
                _causal_net(*DOUBLED, last={"activation": "relu"}),
                _causal_net(
                    1, 4, first={"padding": "same"}, last={"activation": "relu"}
                ),
                _causal_net(*DOUBLED, last={"activation": "sigmoid"}),
                _causal_net(
                    *DOUBLED,
                    before=[("Dense", {"units": 1})],
                    last={"activation": "tanh"},
                ),
                _ending_in("relu"),
                _ending_in("square"),
                _ending_in("absolute"),
                _ending_in("softsign"),
            ),
            "The end has an activation, or something like it, so that not every number can "
            "come out: ReLU, squares and absolute values give no negative ones, tanh and "
            "sigmoid no large ones.",
            found=lambda seen: seen.bent,
        ),
        Fault(
            "the whole series",
            (
                _causal_net(*DOUBLED, before=[("GroupNormalization", {"groups": 1})]),
                _causal_net(*DOUBLED, before=[("UnitNormalization", {"axis": 1})]),
            ),
            "Even the first output depends on the very last sample: a layer sums up or "
            "compares over the whole series.",
            found=lambda seen: seen.whole,
        ),
        Fault(
            "it looks ahead",
            (
                _causal_net(*DOUBLED, padding="same"),
                _causal_net(*DOUBLED, first={"padding": "same"}),
                _causal_net(1, 4, 16, 32, first={"padding": "same"}),
            ),
            "It looks ahead: outputs change when only later samples change. One layer that "
            "is padded on both sides, or runs backwards, is enough for that.",
            found=lambda seen: seen.leak,
        ),
        Fault(
            "over the budget",
            (
                _causal_net(*DOUBLED, channels=8),
                _causal_net(1, 3, 9, 27, 27, channels=7),
            ),
            f"It has more than {BUDGET} parameters. A layer costs about three times its "
            "channels in, times its channels out.",
            found=lambda seen: seen.facts.parameters > BUDGET,
        ),
        Fault(
            "it sees nothing",
            _causal_net(*DOUBLED, kernel_initializer="zeros"),
            "What comes out does not depend on what goes in: are all weights of a "
            "layer zero?",
            found=lambda seen: _blind(seen, slice(None)),
        ),
        Fault(
            "short-sighted",
            (
                _causal_net(1, 1, 1, 1, 1, 1),
                _causal_net(1, 2, 4, 8, 16),
                _causal_net(1, 3, 9, 27),
            ),
            f"It does not see {BACK} samples back. In a stack of layers with kernels of "
            "three, each adds twice its dilation.",
            found=lambda seen: _blind(seen, slice(BACK - 1, None)),
        ),
        Fault(
            "holes",
            (
                _causal_net(1, 4, 16, 32),
                _causal_net(2, 4, 8, 16, 32),
                _causal_net(1, 2, 16, 32),
                _causal_net(50),
            ),
            "It reaches far enough, but samples in between are not seen at all. "
            "Compare each dilation with the reach of the smaller ones.",
            found=lambda seen: seen.lags is not None and not seen.lags[:BACK].all(),
        ),
    ),
)


# -------------------------------------------------------------- q7: the honest baseline


def _past(x, now, months):
    """Return a row for each present: its last numbers, the latest first, and a 1."""
    return np.stack([x[now - back] for back in range(months)] + [np.ones(len(now))], 1)


def _linear(
    x, months, ahead, cut, learn=None, use=None, gap=None, rows=_past, later=None
):
    """Return forecasts for the months from `cut` on; the parts may be replaced."""
    gap = ahead if gap is None else gap
    learn = np.arange(months - 1, cut - gap) if learn is None else learn
    use = np.arange(cut - gap, len(x) - gap) if use is None else use
    weights = np.linalg.lstsq(rows(x, learn, months), x[learn + gap], rcond=None)[0]
    return (later or rows)(x, use, months) @ weights


def _no_constant(x, now, months):
    return _past(x, now, months)[:, :-1]


def _turned(x, now, months):
    rows = _past(x, now, months)
    return np.concatenate([rows[:, -2::-1], rows[:, -1:]], axis=1)


def _centred_rows(x, now, months):
    """Return a window around the present, which reads later months."""
    at = [np.minimum(now + months // 2 - back, len(x) - 1) for back in range(months)]
    return np.stack([x[i] for i in at] + [np.ones(len(now))], axis=1)


def _step_by_step(x, months, ahead, cut):
    """Return forecasts of the next month, made of forecasts, `ahead` times."""
    known = np.arange(months - 1, cut - 1)
    weights = np.linalg.lstsq(_past(x, known, months), x[known + 1], rcond=None)[0]
    rows = _past(x, np.arange(cut - ahead, len(x) - ahead), months)
    for _ in range(ahead):
        new = rows @ weights
        rows = np.column_stack([new, rows[:, :-2], rows[:, -1]])
    return new


def _learned_for(x, months, ahead, cut, gap):
    """Return what weights learned for `gap` months give where `ahead` are asked."""
    known = np.arange(months - 1, cut - ahead)
    weights = np.linalg.lstsq(_past(x, known, months), x[known + gap], rcond=None)[0]
    return _past(x, np.arange(cut - ahead, len(x) - ahead), months) @ weights


def _histories(rng):
    """Yield (x, months, ahead, cut): sunspots, then made series with a trend."""
    spots = datasets.sunspots().x
    yield "sunspots, 13 months, a year ahead", (spots, 13, 12, 2400)
    yield "sunspots, one month, half a year ahead", (spots[:900], 1, 6, 700)
    yield "the last sunspots, next month", (spots[-500:], 5, 1, 380)
    for number in range(4):
        n, months, ahead = (int(rng.integers(*e)) for e in ((150, 220), (2, 8), (2, 9)))
        noise, x = 3 * rng.normal(size=n), np.zeros(n)
        for i in range(n):
            x[i] = 1.6 * x[i - 1] - 0.8 * x[i - 2] + noise[i] if i > 1 else noise[i]
        x += 8 + 0.05 * np.arange(n)
        yield f"made series {number + 1}", (x, months, ahead, int(n * 0.7))


q7 = FunctionQuestion(
    id="q7",
    title="The honest baseline",
    points=3,
    call="forecast(x, months, ahead, cut)",
    reference=_linear,
    cases=_histories,
    forbidden=("convcourse.experiments.dilated.autoregression",),
    hints=(
        "Write down for one month which numbers are known then, and which one is to be "
        "forecast. The same row of numbers is used to learn and to forecast.",
        "The present runs from months - 1, the first one with a whole past, to the "
        "last one whose later month still lies before cut. For the forecasts it runs "
        "from cut - ahead on.",
        "A matrix with one row for each present: x[now - back] for back from 0 to "
        "months - 1, and a 1. np.linalg.lstsq(rows, x[now + ahead], rcond=None)[0] "
        "gives the weights; new rows times the weights are the forecasts.",
    ),
    misconceptions=(
        Misconception(
            "learns from the test",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, np.arange(months - 1, len(x) - ahead)
            ),
            "It learns from all months, those to be forecast included. What it is "
            "tested on has to stay unseen.",
        ),
        Misconception(
            "answers beyond the cut",
            lambda x, months, ahead, cut: _linear(
                x,
                months,
                ahead,
                cut,
                np.arange(months - 1, min(cut, len(x) - ahead)),
            ),
            "It learns from rows whose present lies before the cut, but whose answer "
            "does not: the first months of the test are known to it.",
        ),
        Misconception(
            "one row too few",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, np.arange(months - 1, cut - ahead - 1)
            ),
            "One row is missing at the end: the answer x[cut - 1] is known, too.",
        ),
        Misconception(
            "one row too many",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, np.arange(months - 1, cut - ahead + 1)
            ),
            "One row too many: its answer is x[cut], the first number of the test.",
        ),
        Misconception(
            "rows without a past",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, np.arange(cut - ahead)
            ),
            "Your first rows have no whole past: an index below zero takes numbers from "
            "the END of the series, which is the test.",
            seen=lambda x, months, ahead, cut: months > 1,
        ),
        Misconception(
            "the mean of all taken away",
            lambda x, months, ahead, cut: (
                _linear(x - x.mean(), months, ahead, cut, rows=_no_constant) + x.mean()
            ),
            "You take the mean of the whole series away first. The months of the test "
            "have their share in it: the constant is to be learned.",
        ),
        Misconception(
            "step by step",
            _step_by_step,
            "You forecast month by month, from your own forecasts. Here one row leads "
            "`ahead` months on at once.",
            seen=lambda x, months, ahead, cut: ahead > 1,
        ),
        Misconception(
            "learned for another distance",
            (
                lambda x, months, ahead, cut: _learned_for(x, months, ahead, cut, 1),
                lambda x, months, ahead, cut: _learned_for(
                    x, months, ahead, cut, ahead - 1
                ),
            ),
            "Your weights are learned for fewer months ahead than they are used for: the "
            "answer to month n is x[n + ahead].",
            seen=lambda x, months, ahead, cut: ahead > 1,
        ),
        Misconception(
            "first row missing",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, np.arange(months, cut - ahead)
            ),
            "One row is missing at the beginning: month number months - 1 has a whole "
            "past already.",
        ),
        Misconception(
            "learns from the end",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, np.arange(cut, len(x) - ahead)
            ),
            "It learns from the months after the cut, and from those only: learning "
            "and testing have changed places.",
        ),
        Misconception(
            "no constant",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, rows=_no_constant
            ),
            "Your model has no constant: the sum of its weights must stand for the "
            "mean as well. Add a column of ones.",
        ),
        Misconception(
            "next month",
            lambda x, months, ahead, cut: _linear(x, months, ahead, cut, gap=1),
            "It forecasts the next month, whatever `ahead` is. That is much easier.",
            seen=lambda x, months, ahead, cut: ahead > 1,
        ),
        Misconception(
            "one month too far",
            lambda x, months, ahead, cut: _linear(x, months, ahead, cut, gap=ahead + 1),
            "Your rows end one month too early: the present is known, and counts as "
            "the first of the past months.",
        ),
        Misconception(
            "one month too near",
            lambda x, months, ahead, cut: _linear(x, months, ahead, cut, gap=ahead - 1),
            "Your rows reach one month too far: between the present and its answer lie "
            "`ahead` steps.",
        ),
        Misconception(
            "forecasts of other months",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, use=np.arange(cut, len(x))
            ),
            "It learns well, but these are forecasts for `ahead` months later: number "
            "0 of the result belongs to month cut, and is made `ahead` months before.",
        ),
        Misconception(
            "too few forecasts",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, use=np.arange(cut, len(x) - ahead)
            ),
            "The first forecasts are missing: month cut has one too, made from a "
            "present that lies `ahead` months before it.",
        ),
        Misconception(
            "all months",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, use=np.arange(months - 1, len(x) - ahead)
            ),
            "Forecasts for all months come, those that it has learned from as well. "
            "Only those from cut on are wanted.",
        ),
        Misconception(
            "turned round",
            lambda x, months, ahead, cut: _linear(x, months, ahead, cut, later=_turned),
            "The weights meet the months in the opposite order when you forecast: the "
            "one for the present meets the oldest.",
            seen=lambda x, months, ahead, cut: months > 1,
        ),
        Misconception(
            "centred",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, rows=_centred_rows
            ),
            "Your rows stand around the present: half of their months are still to "
            "come.",
        ),
        Misconception(
            "the present number",
            lambda x, months, ahead, cut: x[cut - ahead : len(x) - ahead],
            "You forecast that nothing changes. That is a baseline too, and a weaker "
            "one: fit weights.",
        ),
        Misconception(
            "the mean",
            lambda x, months, ahead, cut: np.full(len(x) - cut, x[:cut].mean()),
            "You forecast the mean for ever. Fit weights for the past months.",
        ),
        Misconception(
            "no negative ones",
            lambda x, months, ahead, cut: np.maximum(_linear(x, months, ahead, cut), 0),
            "You cut off what is below zero. For sunspots that is clever, but it is "
            "another model, and not every series is positive.",
        ),
        Misconception(
            "one month more",
            lambda x, months, ahead, cut: _linear(x, months + 1, ahead, cut),
            "Your rows hold one month more than they should: count the present as one.",
        ),
        Misconception(
            "one month less",
            lambda x, months, ahead, cut: _linear(
                x, months, ahead, cut, rows=lambda x, now, m: _past(x, now, m - 1)
            ),
            "Your rows hold one month less than they should: with the present there are "
            "`months` of them.",
        ),
    ),
)


# ------------------------------------------------------------------ q8: who wins, and why

CUT, YEAR = 2400, 12
CHOICE = (13, 24, 36, 48, 400)


@functools.cache
def _error(months, cut=CUT, end=None, kind="honest"):
    """Return the RMSE of a linear forecast a year ahead, on the months from cut to end."""
    x = datasets.sunspots().x[:end]
    learn = {
        "all": np.arange(months - 1, len(x) - YEAR),
        "honest": None,
        "training": None,
    }[kind]
    use = np.arange(months - 1, cut - YEAR) if kind == "training" else None
    made = _linear(x, months, YEAR, cut, learn, use)
    truth = x[months - 1 + YEAR : cut] if kind == "training" else x[cut:]
    return _rmse(made, truth)


def _ridge(months=127, penalty=10 * 100**2):
    """Return the error of the model with a penalty on the squares of its weights."""
    x = datasets.sunspots().x
    known = np.arange(months - 1, CUT - YEAR)
    rows = _past(x, known, months)
    rows[:, -1] = 100  # the constant in the units of the chapter
    square = rows.T @ rows + penalty * np.eye(months + 1)
    weights = np.linalg.solve(square, rows.T @ x[known + YEAR])
    weights[-1] *= 100
    use = np.arange(CUT - YEAR, len(x) - YEAR)
    return _rmse(_past(x, use, months) @ weights, x[CUT:])


def _rmse(made, truth):
    return float(np.sqrt(np.mean((made - truth) ** 2)))


def _best(**how):
    """Return the number of months with the smallest error."""
    return min(CHOICE, key=lambda months: _error(months, **how))


def _unchanged(lag, start=CUT, power=2):
    """Return the error of the number of `lag` months ago."""
    x = datasets.sunspots().x
    off = np.abs(x[start:] - x[start - lag : len(x) - lag]) ** power
    return float(np.mean(off) ** (1 / power))


def _runs(way):
    return datasets.recorded("dilated")[f"sunspots_{way}"]


def _wins(way="dilated", months=127):
    return int(np.sum(_runs(way) < _error(months)))


q8 = ValueQuestion(
    id="q8",
    title="Who wins, and why?",
    points=2,
    parts={
        "present": lambda: _unchanged(YEAR),
        "linear": lambda: _error(127),
        "wins": _wins,
        "chosen": lambda: _best(cut=2040, end=CUT),
        "leaky": lambda: _error(400, kind="all"),
        "because": "reach",
    },
    tol={"present": 0.06, "linear": 0.06, "leaky": 0.06},
    hints=(
        "The RMSE is the root of the mean of the squared differences, over the months "
        "from 2400 on, in sunspots.",
        "For `chosen` pretend that the series ends before month 2400: hand x[:2400] "
        "to your function, with the cut at 2040. For `leaky` the model learns from "
        "every row that there is, and forecasts the same months as before.",
        "For `because` compare pairs that differ in one thing only: linear with 13 "
        "and with 127 months; plain and dilated network; linear and network of the "
        "same reach.",
    ),
    misconceptions=(
        Misconception(
            "next month",
            {"present": lambda: _unchanged(1)},
            "that is the error a month ahead. Asked is a year.",
        ),
        Misconception(
            "a month off",
            ({"present": lambda: _unchanged(11)}, {"present": lambda: _unchanged(13)}),
            "your months are not a year apart, but one more or one less.",
        ),
        Misconception(
            "all months",
            {"present": lambda: _unchanged(YEAR, YEAR)},
            "that is the error over all months. Only those of the test count.",
        ),
        Misconception(
            "no root",
            {
                "present": lambda: _unchanged(YEAR) ** 2,
                "linear": lambda: _error(127) ** 2,
                "leaky": lambda: _error(400, kind="all") ** 2,
            },
            "that is the mean of the squares. Its root is still to be taken.",
        ),
        Misconception(
            "no squares",
            {"present": lambda: _unchanged(YEAR, power=1)},
            "that is the mean of the absolute differences. Square them first.",
        ),
        Misconception(
            "short past",
            {"linear": lambda: _error(13)},
            "that is the model of 13 months. The dilated network sees 127.",
        ),
        Misconception(
            "learned from the test",
            {"linear": lambda: _error(127, kind="all")},
            "this model has learned from the months on which it is tested.",
        ),
        Misconception(
            "with a penalty",
            {"linear": _ridge},
            "that is the model of the chapter, with a penalty on its weights. Yours of "
            "question 7 has none.",
        ),
        Misconception(
            "error of learning",
            {"linear": lambda: _error(127, kind="training")},
            "that is the error on the months that it has learned from.",
        ),
        Misconception(
            "plain networks",
            {"wins": lambda: _wins("plain")},
            "none of the plain networks does. Count the dilated ones.",
        ),
        Misconception(
            "against a weak one",
            {"wins": lambda: _wins(months=13)},
            "all of them beat a linear model that sees a year. Compare with one of "
            "the same reach.",
        ),
        Misconception(
            "runs that lose",
            {"wins": lambda: len(_runs("dilated")) - _wins()},
            "these are the runs that lose. A smaller error wins.",
        ),
        Misconception(
            "chosen by the test",
            {"chosen": _best},
            "that is the best one on the test. Who tries five models on the test and "
            "keeps the best one has learned from it.",
        ),
        Misconception(
            "none of the five",
            ({"chosen": 127}, {"chosen": 12}),
            "choose among the five numbers of months that are given.",
        ),
        Misconception(
            "close",
            {"chosen": 24},
            "it is close: on the months 2040 to 2399 another one has a smaller error.",
        ),
        Misconception(
            "chosen by learning",
            {"chosen": lambda: _best(kind="training")},
            "on the months that it learns from, the model with most weights always "
            "looks best.",
        ),
        Misconception(
            "the fewest",
            {"chosen": 13},
            "a year and a month is too short: compare the errors on the months from "
            "2040.",
        ),
        Misconception(
            "honest",
            {"leaky": lambda: _error(400)},
            "this model is honest. Let it learn from the months of the test, too.",
        ),
        Misconception(
            "over all months",
            {
                "leaky": lambda: _error(
                    400, cut=len(datasets.sunspots().x), kind="training"
                )
            },
            "that is the error over all months that it learns from. Take it on those from "
            "2400 on.",
        ),
        Misconception(
            "other months",
            {"leaky": lambda: _error(127, kind="all")},
            "that is the leaky model of 127 months. Asked is the one with 400.",
        ),
        Misconception(
            "bends",
            {"because": "relu"},
            "compare a linear model and a network of the same reach: how much do the "
            "bends alone bring?",
        ),
        Misconception(
            "more weights",
            {"because": "weights"},
            "plain and dilated networks have equally many weights, and the linear "
            "model has far fewer.",
        ),
        Misconception(
            "more layers",
            {"because": "depth"},
            "plain and dilated networks have equally many layers, and the linear "
            "model has one.",
        ),
    ),
)
