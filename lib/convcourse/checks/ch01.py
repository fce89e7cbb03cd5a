"""The questions of chapter 01: convolution in one dimension, and its borders."""

import functools
import itertools
import operator

import numpy as np

from ._forbidden import CONVOLUTIONS, PADDINGS
from .core import Misconception
from .functions import FunctionQuestion
from .values import ValueQuestion

# --------------------------------------------------------------------- q1: by hand

X1 = np.array([2, 7, 1, 8, 2])
W1 = np.array([1, -2, 0.5])
FULL1 = np.convolve(X1, W1)
UNFLIPPED1 = np.convolve(X1, W1[::-1])
WRAPPED1 = FULL1[:5] + np.pad(FULL1[5:], (0, 3))
PLUS1 = np.convolve(X1, abs(W1))
ENTRYWISE1 = X1[:3] * W1

q1 = ValueQuestion(
    id="q1",
    title="A convolution by hand",
    points=2,
    parts={"y_full": FULL1, "y_valid": FULL1[2:5], "y_same": FULL1[1:6]},
    hints=(
        "Lay the reversed kernel under the signal and write down all the positions in "
        "which they overlap, even by one sample.",
        "The first entry uses x[0] and w[0] alone, the last one x[4] and w[2] alone. "
        "'valid' keeps the positions in which the whole kernel lies on the signal.",
        "The table of all products x[k] * w[m] has 15 entries. Each lands in the output "
        "n = k + m: add along the diagonals. 'same' cuts equally much off both ends of "
        "'full'.",
    ),
    misconceptions=(
        Misconception(
            "no flip",
            {
                "y_full": UNFLIPPED1,
                "y_valid": UNFLIPPED1[2:5],
                "y_same": UNFLIPPED1[1:6],
            },
            "the kernel is not flipped: this is cross-correlation. In a convolution w[0] "
            "meets the newest sample, so reverse w before you slide it.",
        ),
        Misconception(
            "entry by entry",
            (
                dict.fromkeys(("y_full", "y_valid", "y_same"), ENTRYWISE1),
                dict.fromkeys(("y_full", "y_same"), np.pad(ENTRYWISE1, (0, 2))),
            ),
            "you multiply entry by entry: x[n] * w[n] is not a convolution. Each sample "
            "meets each weight, at one position or another.",
        ),
        Misconception(
            "sign lost",
            {"y_full": PLUS1, "y_valid": PLUS1[2:5], "y_same": PLUS1[1:6]},
            "you reckon with +2 where the weight is -2: its sign is lost on the way.",
        ),
        Misconception(
            "fractions cut off",
            {
                "y_full": np.trunc(FULL1),
                "y_valid": np.trunc(FULL1[2:5]),
                "y_same": np.trunc(FULL1[1:6]),
            },
            "the fractions are cut off. One weight is 0.5, so not all sums are whole, "
            "even though the signal is.",
        ),
        Misconception(
            "circular",
            {"y_full": WRAPPED1, "y_same": WRAPPED1},
            "this is circular: what runs out at the right end comes in again at the "
            "left. Here the signal is zero outside, and nothing comes round.",
        ),
        Misconception(
            "only complete overlaps",
            {"y_full": FULL1[2:5], "y_same": FULL1[2:5]},
            "you count only the positions in which the whole kernel lies on the signal. "
            "It may hang over the ends here; what lies outside counts as 0.",
        ),
        Misconception(
            "full cut down",
            {"y_full": FULL1[1:6]},
            "it is as long as the signal, so a position is missing at each end: 'full' "
            "begins when the kernel first touches the signal and ends when it leaves.",
        ),
        Misconception(
            "same cut at the right",
            {"y_same": FULL1[:5]},
            "all that you cut off comes from the right end. 'same' keeps the centre: "
            "equally much goes at both ends.",
        ),
        Misconception(
            "same cut at the left",
            {"y_same": FULL1[2:]},
            "all that you cut off comes from the left end. 'same' keeps the centre: "
            "equally much goes at both ends.",
        ),
    ),
)


# --------------------------------------------------------------------- q2: lengths

q2 = ValueQuestion(
    id="q2",
    title="How long is the result?",
    points=2,
    parts={
        "n_full": 110,
        "n_valid": 90,
        "n_same": 100,
        "n_valid_swapped": 90,
        "n_same_swapped": 100,
    },
    hints=(
        "Try the smallest case first: what must the three lengths be for a kernel of one "
        "sample?",
        "Count positions of the kernel's right end: the first and the last at which it "
        "touches the signal ('full'), or lies on it completely ('valid').",
        "'full' counts from 0 to (N - 1) + (K - 1). 'valid' counts from K - 1 to N - 1. "
        "When the second argument is the longer one, NumPy lets the two change places "
        "before it starts.",
    ),
    misconceptions=(
        Misconception(
            "N + K",
            {"n_full": 111},
            "one too many. Your rule N + K gives N + 1 for a kernel of one sample, which "
            "only rescales the signal.",
        ),
        Misconception(
            "N - K",
            {"n_valid": 89, "n_valid_swapped": 89},
            "one too few. Your rule N - K gives 0 for a kernel as long as the signal, but "
            "there is one position in which it fits.",
        ),
        Misconception(
            "corrected twice",
            {"n_full": 109, "n_valid": 91, "n_valid_swapped": 91},
            "you take the fence post into account twice. Try N = K = 1: one product, so "
            "there is one output.",
        ),
        Misconception(
            "product",
            {"n_full": 1100},
            "that is the number of products x[k] * w[m]. Many of them are added into the "
            "same output: those with the same k + m.",
        ),
        Misconception(
            "same loses one",
            {"n_same": 99},
            "'same' has one output for each sample of the signal, whatever the kernel.",
        ),
        Misconception(
            "same as valid",
            {"n_same": 90, "n_same_swapped": 90},
            "this is the length of 'valid', where the kernel never hangs over an end. "
            "'same' does not depend on the shorter of the two.",
        ),
        Misconception(
            "same as full",
            {"n_same": 110, "n_same_swapped": 110},
            "this is the length of 'full'; 'same' cuts both ends off.",
        ),
        Misconception(
            "nothing fits",
            {"n_valid_swapped": 0},
            "it is true that a long kernel fits nowhere on a short signal. NumPy does "
            "not say so: it lets the longer of the two be the signal.",
        ),
        Misconception(
            "negative length",
            {"n_valid_swapped": -88},
            "a length cannot be negative. NumPy never puts your numbers into N - K + 1 in "
            "this order: it lets the longer of the two be the signal.",
        ),
        Misconception(
            "first argument decides",
            {"n_same_swapped": 11},
            "that would be the length of the first argument. NumPy's 'same' has the "
            "length of the longer one, whichever comes first.",
        ),
    ),
)


# --------------------------------------------------------------------- q3: the ramp

RAMP = np.arange(1, 6)
DIFFERENCE = np.array([1, 0, -1])


def _padded(mode):
    """Return the ramp with one sample of padding, convolved where it is complete."""
    return np.convolve(np.pad(RAMP, 1, mode=mode), DIFFERENCE, "valid")


q3 = ValueQuestion(
    id="q3",
    title="Check a published result",
    points=2,
    parts={
        "ramp": _padded("constant"),
        "reason": "zero padding",
        "ramp_edge": _padded("edge"),
    },
    hints=(
        "What does a kernel [1, 0, -1] measure in the middle of a ramp that rises by 1 "
        "at each step?",
        "Write out y[4]. Two samples take part, and one of them lies outside the signal. "
        "Which value does it have?",
        "y[n] = x[n + 1] - x[n - 1]. With zeros outside, the samples before x[0] and "
        "after x[4] are 0; with the edge repeated, they are x[0] and x[4]. Work out all "
        "five.",
    ),
    misconceptions=(
        Misconception(
            "the published numbers",
            {"ramp": [1, 0, -1, 0, 1]},
            "these are the published numbers, and they are wrong. A ramp has the same "
            "slope everywhere: what must the three middle values be?",
        ),
        Misconception(
            "no flip",
            {"ramp": -_padded("constant"), "ramp_edge": -_padded("edge")},
            "all signs are turned round: this is cross-correlation. A convolution flips "
            "the kernel first, and this kernel, flipped, is its own negative.",
        ),
        Misconception(
            "full",
            {"ramp": np.convolve(RAMP, DIFFERENCE)},
            "this is the 'full' convolution. With mode 'same' there are as many numbers "
            "as samples: the centre of 'full'.",
        ),
        Misconception(
            "valid",
            {"ramp": np.convolve(RAMP, DIFFERENCE, "valid")},
            "these are only the complete positions, 'valid'. With mode 'same' there are "
            "as many numbers as samples.",
        ),
        Misconception(
            "border forgotten",
            {"ramp": [2, 2, 2, 2, 2], "ramp_edge": [2, 2, 2, 2, 2]},
            "so it would be if the ramp went on outside. It does not: what stands beside "
            "the last sample here, and what does that do to the difference?",
        ),
        Misconception(
            "last value of full",
            {"ramp": [2, 2, 2, 2, -5]},
            "the last number is taken from the far end of 'full', where only the last "
            "weight touches the signal. In 'same' the kernel is centred on the last "
            "sample.",
        ),
        Misconception(
            "an edge",
            {"reason": "edge"},
            "there is no edge in the data: they rise by 1 up to the last sample. Which "
            "number stands where the kernel looks past the end?",
        ),
        Misconception(
            "overflow",
            {"reason": "overflow"},
            "nothing overflows: 64-bit integers reach to 9 * 10**18. Which two samples "
            "does the last output use?",
        ),
        Misconception(
            "zeros again",
            {"ramp_edge": _padded("constant")},
            "this is the result with zeros outside once more. Now the sample beyond each "
            "end has the value of the end itself.",
        ),
        Misconception(
            "mirrored",
            {"ramp_edge": _padded("reflect")},
            "you mirror the ramp at its ends, so that x[5] is x[3]. Here the last sample "
            "itself is repeated: x[5] is x[4].",
        ),
    ),
)


# ------------------------------------------------------ q4: convolution from scratch


def _pairs(rng):
    """Yield signals and kernels: lengths even, odd, 1, K > N; no symmetry anywhere."""
    yield "one sample, one weight", (np.array([3.0]), np.array([2.0]))
    yield "kernel of one weight", (np.array([1, 2, 4]), np.array([3]))
    yield "whole numbers", (np.array([3, 1, 4, 1]), np.array([2, -1, 1]))
    yield "kernel of two weights", (np.array([5.0, 0.5, -2.0]), np.array([1.0, 3.0]))
    yield (
        "whole signal, weights with fractions",
        (np.array([1, 2, 4, 7, 5]), np.array([0.5, 0.25, -0.75])),
    )
    yield (
        "as long as the signal",
        (np.array([1.0, -2.0, 5.0]), np.array([2.0, 0.5, 4.0])),
    )
    yield "signal of one sample", (np.array([4.0]), np.array([1.0, -2.0, 3.5]))
    yield (
        "kernel longer than the signal",
        (np.array([2.0, -1.0, 3.0]), np.array([1.0, 4.0, -2.0, 0.5, 6.0])),
    )
    for n, k in ((9, 4), (12, 5), (4, 9)):
        yield (
            f"random numbers, N = {n}, K = {k}",
            (rng.normal(size=n), rng.normal(size=k)),
        )
    yield (
        "random whole numbers",
        (rng.integers(-9, 10, 11), rng.integers(1, 10, 6)),
    )
    yield "an empty kernel", (np.array([1.0, 2.0]), np.array([]))


def _scatter(x, w, y):
    """Add x[n] * w, shifted by n, into a given array y."""
    for n in range(len(x)):
        for k in range(len(w)):
            y[n + k] += x[n] * w[k]
    return y


def _into_integers(x, w):
    return _scatter(x, w, np.zeros(len(x) + len(w) - 1, dtype=int))


def _into_type_of_x(x, w):
    return _scatter(x, w, np.zeros(len(x) + len(w) - 1, dtype=x.dtype))


def _slices_into_type_of_x(x, w):
    y = np.zeros(len(x) + len(w) - 1, dtype=x.dtype)
    for n in range(len(x)):
        y[n : n + len(w)] += x[n] * w
    return y


def _kernels_too_short(x, w):
    y = np.zeros(len(x) + len(w) - 2)
    for k in range(len(x)):
        y[k : k + len(w)] += x[k] * w
    return y


def _signals_too_short(x, w):
    return _kernels_too_short(w, x)


def _overwrite(x, w):
    y = np.zeros(len(x) + len(w) - 1)
    for n in range(len(x)):
        y[n : n + len(w)] = x[n] * w
    return y


def _overwrite_gathering(x, w):
    y = np.zeros(len(x) + len(w) - 1)
    for n in range(len(y)):
        for k in range(len(w)):
            if 0 <= n - k < len(x):
                y[n] = x[n - k] * w[k]
    return y


# What stands before a product a[i] * b[m] in a loop, given i and the length of a.
GUARDS = {
    "none": lambda i, size: True,
    "at the end": lambda i, size: i < size,
    "at the start": lambda i, size: i >= 0,
    "except IndexError: pass": lambda i, size: -size <= i < size,
}


def _gathers(indexed, guard, full=True):
    """Return a loop over n that adds x[n - m] * w[m], or x[k] * w[n - k].

    `indexed` names the one with n - m or n - k; not `full`: it stops after N outputs.
    """

    def convolve(x, w):
        a, b = (x, w) if indexed == "x" else (w, x)
        y = np.zeros(len(x) + len(w) - 1 if full else len(x))
        for n in range(len(y)):
            for m in range(len(b)):
                if GUARDS[guard](n - m, len(a)):
                    y[n] += a[n - m] * b[m]
        return y

    return convolve


def _sums_up_to_n(x, w):
    y = np.zeros(len(x) + len(w) - 1)
    for n in range(len(y)):
        for k in range(n + 1):
            y[n] += x[k] * w[n - k]
    return y


def _three_phases(x, w):
    """Warm up, slide, ring out; written for kernels shorter than the signal."""
    last, y = len(w) - 1, np.zeros(len(x) + len(w) - 1)
    for n in range(len(y)):
        if n < len(x):
            y[n] = x[max(0, n - last) : n + 1] @ w[: n + 1][::-1]
        else:
            y[n] = x[n - last :] @ w[n - len(x) + 1 :][::-1]
    return y


def _fft_without_padding(x, w):
    return np.fft.ifft(np.fft.fft(x) * np.fft.fft(w, len(x))).real


q4 = FunctionQuestion(
    id="q4",
    title="Write the convolution",
    points=3,
    call="convolve_full(x, w)",
    reference=lambda x, w: np.convolve(x, w),
    cases=_pairs,
    forbidden=CONVOLUTIONS,
    hints=(
        "How many outputs are there? Make an array of zeros of that length, and of a "
        "type that can hold fractions.",
        "Take one sample x[k] at a time. It leaves a copy of the kernel in the output, "
        "scaled by x[k]. Where does that copy begin?",
        "For each k and each m, the product x[k] * w[m] is added to one output. Its "
        "index is n = k + m. No case needs an `if`, except the empty one.",
    ),
    misconceptions=(
        Misconception(
            "no flip",
            lambda x, w: np.convolve(x, w[::-1]),
            "The kernel is not flipped: this is cross-correlation. In a convolution the "
            "index of w runs against the index of x: the two add up to n.",
        ),
        Misconception(
            "signal flipped",
            lambda x, w: np.convolve(x[::-1], w),
            "You flip the signal instead of the kernel, so the output runs backwards "
            "through the signal.",
        ),
        Misconception(
            "both flipped",
            lambda x, w: np.convolve(x, w)[::-1],
            "The output is back to front. If both are flipped, or the output once more, "
            "time runs backwards.",
        ),
        Misconception(
            "integer array",
            (
                _into_integers,
                _into_type_of_x,
                _slices_into_type_of_x,
                lambda x, w: np.convolve(x, w).astype(int),
                lambda x, w: np.convolve(x, w).astype(x.dtype),
            ),
            "The output is an array of integers: what follows the point is cut off, or "
            "refused. np.zeros_like(x) and dtype=x.dtype take over the type of a whole "
            "signal; plain np.zeros makes floats.",
        ),
        Misconception(
            "one too long",
            lambda x, w: np.append(np.convolve(x, w), 0.0),
            "There is one output too many: the last is always 0. The largest index is "
            "that of the last sample times the last weight.",
        ),
        Misconception(
            "one too short",
            (
                lambda x, w: np.convolve(x, w)[:-1],
                _kernels_too_short,
                _signals_too_short,
            ),
            "There is one output too few. The largest index is (N - 1) + (K - 1); from 0 "
            "to there it is one number more.",
        ),
        Misconception(
            "stops with the signal",
            lambda x, w: np.convolve(x, w)[: len(x)],
            "You stop after N outputs. The last samples still ring on after the end of "
            "the signal.",
        ),
        Misconception(
            "overwritten",
            (_overwrite, _overwrite_gathering),
            "Each new product replaces the one before it. The copies of the kernel "
            "overlap: they have to be added (+=).",
        ),
        Misconception(
            "negative index into x",
            (
                _gathers("x", "at the end"),
                _gathers("x", "except IndexError: pass"),
                _gathers("x", "none", full=False),
                _gathers("x", "except IndexError: pass", full=False),
            ),
            "An index n - m below 0 counts from the END of x in Python: x[-1] is the last "
            "sample, and leaks into the beginning. Those products do not exist.",
        ),
        Misconception(
            "negative index into w",
            (
                _gathers("w", "at the end"),
                _gathers("w", "except IndexError: pass"),
                _gathers("w", "none", full=False),
                _gathers("w", "at the end", full=False),
                _gathers("w", "except IndexError: pass", full=False),
            ),
            "w[n - k] with n - k < 0 counts from the END of w in Python: w[-1] is the last "
            "weight. Those products do not exist: no click sounds before it comes.",
        ),
        Misconception(
            "past the end of x",
            (_gathers("x", "none"), _gathers("x", "at the start")),
            "An index is out of range. The output is longer than x: after the end of the "
            "signal there is no x[n - m] to add. Nor is there one where n - m < 0; there "
            "Python counts from the END of x.",
        ),
        Misconception(
            "past the end of w",
            (
                _gathers("w", "none"),
                _gathers("w", "at the start"),
                _gathers("w", "at the start", full=False),
            ),
            "An index is out of range. The output is longer than w: past the last weight "
            "there is no w[n - k]. Nor is there one where n - k < 0; there Python counts "
            "from the END of w.",
        ),
        Misconception(
            "past both ends",
            _sums_up_to_n,
            "The indices run past the last sample and past the last weight: the output is "
            "longer than either. For each n, only some of the products exist.",
        ),
        Misconception(
            "kernel longer than signal",
            _three_phases,
            "It works as long as the kernel is not longer than the signal. When it is, "
            "it hangs over both ends at once.",
        ),
        Misconception(
            "circular",
            _fft_without_padding,
            "The result is circular: what should ring out at the end is missing or added "
            "to the beginning. Both need zeros up to the full length before the FFT.",
        ),
        Misconception(
            "same",
            lambda x, w: np.convolve(x, w, "same"),
            "This is the mode 'same'. 'full' also has the outputs where the kernel hangs "
            "over an end.",
        ),
        Misconception(
            "valid",
            lambda x, w: np.convolve(x, w, "valid"),
            "This is the mode 'valid'. 'full' begins at the first overlap, not at the "
            "first complete one.",
        ),
    ),
)


# ------------------------------------------------------------- q5: mirrored borders


def _paddings(rng):
    """Yield short signals with paddings from 0 to the longest that is allowed."""
    short = np.array([1, 2, 3, 4])
    for mode in ("symmetric", "reflect"):
        yield f"two samples, {mode}", (short, 2, mode)
    for mode in ("symmetric", "reflect"):
        yield f"one sample, {mode}", (np.array([0.5, -3.0, 8.0]), 1, mode)
        yield f"no padding, {mode}", (np.array([7.5, -1.0, 2.0, 6.0]), 0, mode)
        yield f"as long as it may be, {mode}", (np.array([4.0, 1.5, -2.0]), 2, mode)
        n = int(rng.integers(7, 12))
        yield (
            f"random numbers, {mode}",
            (rng.normal(size=n), int(rng.integers(3, n)), mode),
        )


def _mirror(x, left, right):
    return np.concatenate([left, x, right])


def _zero_trap(x, p, mode):
    """Take x[-p:], which is all of x when p is 0."""
    if mode == "symmetric":
        return _mirror(x, x[:p][::-1], x[-p:][::-1])
    return _mirror(x, x[1 : p + 1][::-1], x[-p - 1 : -1][::-1])


def _slice_trap(x, p, mode):
    """Fill y[p:-p], which is empty when p is 0."""
    y = np.zeros(len(x) + 2 * p)
    y[p:-p] = x
    return np.pad(x, p, mode)


def _unmirrored(x, p, mode):
    if mode == "symmetric":
        return _mirror(x, x[:p], x[len(x) - p :])
    return _mirror(x, x[1 : p + 1], x[-p - 1 : -1])


def _unmirrored_zero_trap(x, p, mode):
    return _mirror(x, x[:p], x[-p:]) if mode == "symmetric" else _unmirrored(x, p, mode)


def _right_side_repeats(x, p, mode):
    start = int(mode == "reflect")
    return _mirror(x, x[start : p + start][::-1], x[len(x) - p :][::-1])


def _right_side_repeats_zero_trap(x, p, mode):
    start = int(mode == "reflect")
    return _mirror(x, x[start : p + start][::-1], x[-p:][::-1])


def _right_side_skips(x, p, mode):
    start = int(mode == "reflect")
    return _mirror(x, x[start : p + start][::-1], x[-p - 1 : -1][::-1])


def _one_too_far(x, p, mode):
    start = 1 + int(mode == "reflect")
    flipped = x[::-1]
    return _mirror(x, x[start : p + start][::-1], flipped[start : p + start])


q5 = FunctionQuestion(
    id="q5",
    title="Two kinds of mirror",
    points=2,
    call="mirror_pad(x, p, mode)",
    reference=lambda x, p, mode: np.pad(x, p, mode=mode),
    cases=_paddings,
    forbidden=PADDINGS,
    hints=(
        "Write both borders of [1, 2, 3, 4] on paper, two samples wide, and put the "
        "index into x under each number.",
        "The left border is a piece of x, back to front. In 'symmetric' that piece "
        "begins with x[0], in 'reflect' with x[1]. Now the same at the other end.",
        "piece[::-1] turns a piece round. For the right border, count from the end of x, "
        "and then look at p = 0: what is x[-0:]?",
    ),
    misconceptions=(
        Misconception(
            "modes swapped",
            lambda x, p, mode: np.pad(
                x, p, "reflect" if mode == "symmetric" else "symmetric"
            ),
            "The two modes are swapped. 'symmetric' repeats the edge sample: the mirror "
            "stands beside it. In 'reflect' the mirror stands on it.",
        ),
        Misconception(
            "always symmetric",
            lambda x, p, mode: np.pad(x, p, "symmetric"),
            "The edge sample is repeated in both modes. In 'reflect' it is the mirror "
            "itself, and stands there once.",
        ),
        Misconception(
            "always reflect",
            lambda x, p, mode: np.pad(x, p, "reflect"),
            "The edge sample is repeated in neither mode. In 'symmetric' it stands there "
            "twice, once as its own image.",
        ),
        Misconception(
            "x[-0:]",
            (_zero_trap, _slice_trap),
            "It is right except for p = 0. There x[-p:] is x[0:], the whole signal, and "
            "y[p:-p] is empty: -0 is 0. Count such an end from the front.",
        ),
        Misconception(
            "not mirrored",
            (_unmirrored, _unmirrored_zero_trap),
            "The right samples are there, in the wrong order: a mirror turns them round.",
        ),
        Misconception(
            "right side repeats",
            (_right_side_repeats, _right_side_repeats_zero_trap),
            "The left border is right. The right one repeats the edge sample in both "
            "modes: its piece of x has to end one sample earlier for 'reflect'.",
        ),
        Misconception(
            "right side skips",
            _right_side_skips,
            "The left border is right. The right one leaves the edge sample out in both "
            "modes: its piece of x has to reach the last sample for 'symmetric'.",
        ),
        Misconception(
            "one too far",
            _one_too_far,
            "Both borders begin one sample too far inside: what should stand directly "
            "beside the edge is missing.",
        ),
        Misconception(
            "wrap",
            lambda x, p, mode: np.pad(x, p, "wrap"),
            "Each border comes from the opposite end: this is 'wrap'. A mirror shows what "
            "lies on its own side.",
        ),
        Misconception(
            "edge",
            lambda x, p, mode: np.pad(x, p, "edge"),
            "The border repeats the edge sample only: this is 'edge'. A mirror also shows "
            "the samples behind it.",
        ),
        Misconception(
            "zeros",
            lambda x, p, mode: np.pad(x, p),
            "The border is filled with zeros. It is to be filled with samples of x.",
        ),
        Misconception(
            "left only",
            lambda x, p, mode: np.pad(x, (p, 0), mode),
            "Only the left end is padded; p samples belong at each end.",
        ),
        Misconception(
            "right only",
            lambda x, p, mode: np.pad(x, (0, p), mode),
            "Only the right end is padded; p samples belong at each end.",
        ),
        Misconception(
            "p in total",
            lambda x, p, mode: np.pad(x, (p // 2, p - p // 2), mode),
            "There are p samples of padding in all; it should be p at each end.",
        ),
    ),
)


# ------------------------------------------------ q6: a mean that does not look ahead


def _series(rng):
    """Yield signals with the width of a mean; the last is measured."""
    from .. import datasets

    yield "a ramp, width 3", (np.array([1, 2, 3, 4, 5, 6]), 3)
    yield "width 1", (np.array([2.0, -1.0, 5.0]), 1)
    yield "width 2", (np.array([4, 1, 7, 2]), 2)
    yield "wider than the signal", (np.array([3.0, 1.0, 8.0, 2.5]), 6)
    yield "one sample", (np.array([5.0]), 4)
    yield "random numbers, width 5", (rng.normal(10, 3, 17), 5)
    width = int(rng.integers(6, 12))
    yield f"random numbers, width {width}", (rng.normal(10, 3, 30), width)
    yield "CO2, 52 weeks", (datasets.co2().x[:260], 52)


def _means(x, window):
    """Return the mean of x[start:stop] for each n, with (start, stop) = window(n)."""
    parts = (x[slice(*window(n))] for n in range(len(x)))
    return np.array([part.mean() if len(part) else np.nan for part in parts])


def _without_present(start, empty):
    """Return a mean over x[start(n, width) : n]; `empty(x, n)` if there is nothing."""

    def mean(x, width):
        y = np.zeros(len(x))
        for n in range(len(x)):
            past = x[start(n, width) : n]
            y[n] = past.mean() if len(past) else empty(x, n)
        return y

    return mean


def _sums_without_present(start, count):
    """Return the sums of x[start(n, width) : n], divided by `count(n, width)`."""

    def mean(x, width):
        sums = [x[start(n, width) : n].sum() for n in range(len(x))]
        return np.array([s / count(n, width) for n, s in enumerate(sums)])

    return mean


PAST_STARTS = (
    lambda n, width: max(0, n - width),
    lambda n, width: max(0, n - width + 1),
    lambda n, width: n - width,
    lambda n, width: n - width + 1,
)
COUNTS = (lambda n, width: width, lambda n, width: min(n + 1, width))
PAST_EMPTY = (
    lambda x, n: np.nan,
    lambda x, n: 0,
    lambda x, n: x[n],
    lambda x, n: np.nan if n else x[0],
    lambda x, n: 0 if n else x[0],
)


def _in_place(x, width):
    for n in range(len(x)):
        x[n] = x[max(0, n - width + 1) : n + 1].mean()
    return x


def _trailing_mean(x, width):
    sums = np.convolve(x, np.ones(width))[: len(x)]
    return sums / np.minimum(np.arange(1, len(x) + 1), width)


q6 = FunctionQuestion(
    id="q6",
    title="A mean that does not look ahead",
    points=3,
    call="trailing_mean(x, width)",
    result="y",
    reference=_trailing_mean,
    cases=_series,
    hints=(
        "Which samples may y[0] use? Which may y[1] use? Write the lists for a width of "
        "3, up to y[4].",
        "The window of y[n] ends with x[n], and begins width - 1 samples earlier, but "
        "never before x[0].",
        "A slice x[start : n + 1] with start = max(0, ...) holds the window; its mean is "
        "the output. Or: convolve with ones, keep the first N, and divide each sum by the "
        "number of samples in it.",
    ),
    misconceptions=(
        Misconception(
            "centred",
            (
                lambda x, width: np.convolve(x, np.ones(width) / width)[
                    (width - 1) // 2 : (width - 1) // 2 + len(x)
                ],
                lambda x, width: _means(
                    x, lambda n: (max(0, n - (width - 1) // 2), n + width // 2 + 1)
                ),
                lambda x, width: _means(
                    x, lambda n: (max(0, n - width // 2), n + (width - 1) // 2 + 1)
                ),
                lambda x, width: np.convolve(x, np.ones(width) / width, "same"),
            ),
            "The mean is centred: y[n] uses samples after x[n]. They are not known yet at "
            "that time.",
        ),
        Misconception(
            "ahead",
            (
                lambda x, width: _means(x, lambda n: (n, n + width)),
                lambda x, width: np.convolve(x, np.ones(width) / width)[width - 1 :],
            ),
            "The window begins at x[n] and looks ahead. It has to end there, and look "
            "back.",
        ),
        Misconception(
            "zeros before the start",
            lambda x, width: np.convolve(x, np.ones(width) / width)[: len(x)],
            "The first outputs are too small: you divide by the width while fewer samples "
            "are there, as if zeros came before them.",
        ),
        Misconception(
            "first sample repeated",
            lambda x, width: np.convolve(
                np.concatenate([np.full(width - 1, x[0]), x]),
                np.ones(width) / width,
                "valid",
            ),
            "The first sample counts several times, as if it had been measured before the "
            "start. Use each sample that is there once.",
        ),
        Misconception(
            "only complete windows",
            (
                lambda x, width: np.convolve(x, np.ones(width) / width, "valid"),
                lambda x, width: np.array(
                    [x[n : n + width].mean() for n in range(len(x) - width + 1)]
                ),
            ),
            "You keep only the complete windows. There should be one output for each "
            "sample: the first ones use what is there so far.",
        ),
        Misconception(
            "negative start",
            lambda x, width: _means(x, lambda n: (n - width + 1, n + 1)),
            "At the beginning n - width + 1 is negative, and a slice counts a negative "
            "start from the end of x. Stop at 0.",
        ),
        Misconception(
            "one too wide",
            lambda x, width: _means(x, lambda n: (max(0, n - width), n + 1)),
            "The window has one sample too many. From n - width to n there are width + 1 "
            "samples.",
        ),
        Misconception(
            "one too narrow",
            lambda x, width: _means(x, lambda n: (max(0, n - width + 2), n + 1)),
            "The window has one sample too few.",
        ),
        Misconception(
            "present left out",
            (
                *itertools.starmap(
                    _without_present, itertools.product(PAST_STARTS, PAST_EMPTY)
                ),
                *itertools.starmap(
                    _sums_without_present, itertools.product(PAST_STARTS, COUNTS)
                ),
            ),
            "x[n] itself is missing: the window ends one sample before the present, since "
            "a slice leaves its end out. The present sample is known, and counts.",
        ),
        Misconception(
            "all the past",
            lambda x, width: np.cumsum(x) / np.arange(1, len(x) + 1),
            "The mean goes over everything since the start; it should forget what is "
            "older than the width.",
        ),
        Misconception(
            "in place",
            _in_place,
            "You write the means into x itself, so the next windows hold means instead of "
            "samples. Put them into a new array.",
        ),
        Misconception(
            "sum",
            (
                lambda x, width: np.convolve(x, np.ones(width))[: len(x)],
                lambda x, width: np.convolve(x, np.ones(width, int))[: len(x)],
            ),
            "These are sums. Divide each one by the number of samples in it.",
        ),
        Misconception(
            "integer array",
            (
                lambda x, width: _trailing_mean(x, width).astype(int),
                lambda x, width: _trailing_mean(x, width).astype(x.dtype),
            ),
            "The output is an array of integers: what follows the point is cut off. Make "
            "it with np.zeros(len(x)), not with np.zeros_like(x).",
        ),
    ),
)


# --------------------------------------------------------------------- q7: dice


def _dice(rng):
    """Yield lists of dice, given by their numbers of faces."""
    yield "one die", ([6],)
    yield "two dice", ([6, 6],)
    yield "three dice", ([6, 6, 6],)
    yield "two different dice", ([4, 6],)
    yield "a die with one face", ([1, 5],)
    yield "three different dice", ([2, 3, 8],)
    for count in (2, 3, 4):
        faces = rng.choice(np.arange(2, 10), count, replace=False)
        yield f"{count} random dice", ([int(f) for f in faces],)


def _rolls(faces, first=1):
    """Return all rolls of the dice, one row each."""
    return list(itertools.product(*(range(first, f + 1) for f in faces)))


def _count(rolls, faces):
    """Return how many rolls have each sum."""
    return np.bincount([sum(roll) for roll in rolls], minlength=sum(faces) + 1)


def _ways(faces):
    return _count(_rolls(faces), faces)


def _die(f):
    return np.append(0, np.ones(f, dtype=int))


def _lists_added(faces):
    total = np.zeros(max(faces) + 1, dtype=int)
    for f in faces:
        total[: f + 1] += _die(f)
    return total


def _lists_multiplied(faces):
    total = np.ones(max(faces) + 1, dtype=int)
    for f in faces:
        total = total * np.pad(_die(f), (0, max(faces) - f))
    return total


def _pair(faces):
    one, other = faces
    return _ways([one, other])


q7 = FunctionQuestion(
    id="q7",
    title="The sum of dice",
    points=2,
    call="dice_ways(faces)",
    reference=_ways,
    cases=_dice,
    hints=(
        "Write down the list for one die with four faces: its entry s says in how many "
        "ways the sum is s, for s = 0, 1, 2, 3, 4.",
        "With a second die, each of its faces shifts the list of the first one. What is "
        "the sum of shifted copies?",
        "Begin with the list [1]: no dice, one way to have the sum 0. Then convolve with "
        "the list of each die in turn. np.convolve or your own function will do.",
    ),
    misconceptions=(
        Misconception(
            "starts at the smallest sum",
            lambda faces: _ways(faces)[len(faces) :],
            "The counts are right, their places are not: entry s has to belong to the sum "
            "s. No die shows a 0, so its own list begins with a 0.",
        ),
        Misconception(
            "dice show 0",
            lambda faces: _count(_rolls(faces, first=0), faces),
            "Your dice can also show 0. The faces count from 1, so entry 0 of one die is "
            "0.",
        ),
        Misconception(
            "faces for counts",
            (
                lambda faces: functools.reduce(
                    np.convolve, [np.arange(f + 1) for f in faces]
                ),
                lambda faces: functools.reduce(
                    np.convolve, [np.arange(1, f + 1) for f in faces]
                ),
            ),
            "The list of one die holds the numbers on its faces. It should hold counts: "
            "each face comes up in one way.",
        ),
        Misconception(
            "added",
            _lists_added,
            "The lists are added. A sum of two dice comes from all pairs of faces, and "
            "those are counted by a convolution.",
        ),
        Misconception(
            "joined",
            (
                lambda faces: np.concatenate([_die(f) for f in faces]),
                lambda faces: np.concatenate([np.ones(f, dtype=int) for f in faces]),
            ),
            "The lists stand one behind the other (+ on Python lists joins them). A sum of "
            "two dice comes from all pairs of faces.",
        ),
        Misconception(
            "multiplied",
            _lists_multiplied,
            "The lists are multiplied entry by entry: that counts rolls in which all dice "
            "show the same number.",
        ),
        Misconception(
            "probabilities",
            lambda faces: _ways(faces) / np.prod(faces),
            "These are probabilities, and they add up to 1. Asked are the numbers of ways, "
            "without a division.",
        ),
        Misconception(
            "first die repeated",
            lambda faces: _ways([faces[0]] * len(faces)),
            "Every die is treated like the first one. They may have different numbers of "
            "faces.",
        ),
        Misconception(
            "last die repeated",
            lambda faces: _ways([faces[-1]] * len(faces)),
            "Every die is treated like the last one. They may have different numbers of "
            "faces.",
        ),
        Misconception(
            "two dice only",
            (
                lambda faces: _ways(faces[:2]),
                lambda faces: _ways([faces[0], faces[1]]),
                _pair,
            ),
            "It is written for two dice; there may be one, three or more. Convolve the "
            "result with the next die, as long as there is one.",
        ),
        Misconception(
            "one die only",
            (lambda faces: _die(faces[-1]), lambda faces: _die(faces[0])),
            "This is the list of one die, whatever the others are. Each die has to be "
            "convolved with the result so far, not to take its place.",
        ),
        Misconception(
            "two ordinary dice only",
            (lambda faces: _ways([6, 6]), lambda faces: _ways([6, 6])[2:]),
            "It works for two ordinary dice only: whatever `faces` holds, the result is "
            "the same. How many dice there are, and with how many faces, stands there.",
        ),
        Misconception(
            "always six faces",
            (
                lambda faces: _ways([6] * len(faces)),
                lambda faces: _ways([6] * len(faces))[len(faces) :],
            ),
            "All your dice have six faces. `faces` holds the number of faces of each die: "
            "[4, 6] is one with four and one with six.",
        ),
        Misconception(
            "order ignored",
            lambda faces: _count(
                sorted({tuple(sorted(r)) for r in _rolls(faces)}), faces
            ),
            "You count 1 + 2 and 2 + 1 once. They are two rolls: the dice can be told "
            "apart.",
        ),
    ),
)


# ------------------------------------------------------- q8: project, the solar cycle

APART = 48  # months on either side of a maximum of the cycle
BOX12 = np.ones(12) / 12
KERNEL13 = np.convolve(BOX12, [0.5, 0.5])


@functools.cache
def _sun():
    from .. import datasets

    return datasets.sunspots()


def _smooth(mode="valid"):
    return np.convolve(_sun().x, KERNEL13, mode)


def _peaks(y, apart=APART):
    """Return the indices of entries that nothing within `apart` months exceeds."""
    windows = (y[max(0, i - apart) : i + apart + 1] for i in range(len(y)))
    return np.array([i for i, window in enumerate(windows) if y[i] == window.max()])


def _peaks_of_smooth(apart=APART):
    return _peaks(_smooth(), apart)


def _maxima(delay=6):
    return _sun().t[_peaks(_smooth()) + delay]


def _greedy_peaks():
    """Return the times of what find_peaks keeps with a distance alone."""
    from scipy.signal import find_peaks

    return _sun().t[find_peaks(_smooth(), distance=APART)[0] + 6]


def _bumps(left, right):
    """Return the indices of what stands out from its two neighbours only."""
    y = _smooth()
    before, here, after = y[:-2], y[1:-1], y[2:]
    return np.flatnonzero(left(here, before) & right(here, after)) + 1


def _find_peaks():
    """Return the indices of all that find_peaks finds."""
    from scipy.signal import find_peaks

    return find_peaks(_smooth())[0]


# Every local maximum, in the ways in which it is usually written.
BUMPS = (
    *(
        functools.partial(_bumps, left, right)
        for left in (operator.gt, operator.ge)
        for right in (operator.gt, operator.ge)
    ),
    functools.partial(_peaks_of_smooth, apart=1),
    _find_peaks,
)
# What may be made of an index: its time, the time of the wrong month, or nothing.
TIMES = (lambda i: _sun().t[i + 6], lambda i: _sun().t[i], lambda i: i)


def _cycle():
    return np.diff(_maxima()).mean()


q8 = ValueQuestion(
    id="q8",
    title="Project: how long is the solar cycle?",
    points=4,
    parts={"kernel": KERNEL13, "smooth": _smooth, "maxima": _maxima, "cycle": _cycle},
    tol={"kernel": 1e-5, "maxima": 0.05, "cycle": 0.01},
    hints=(
        "Do it in four steps, and run the check after each one: it tells you how far you "
        "are.",
        "kernel: two convolved kernels make one, and its sum is the product of their sums. "
        "maxima: output i of mode 'valid' has its centre over sample i + 6. cycle: n "
        "maxima have n - 1 gaps between them.",
        "maxima: entry i belongs to the list if smooth[i] equals the largest value of "
        "smooth[max(0, i - 48) : i + 49]. Turn the indices into times with t[i + 6]. "
        "cycle: the mean of np.diff(maxima).",
    ),
    misconceptions=(
        Misconception(
            "flat 13",
            {"kernel": np.ones(13) / 13},
            "these are thirteen equal weights. One calendar month then counts twice a "
            "year; with half weight at both ends all twelve count the same.",
        ),
        Misconception(
            "flat 12",
            {"kernel": BOX12},
            "this is the box alone. Twelve is even, so its centre lies between two months: "
            "convolve it with [1/2, 1/2].",
        ),
        Misconception(
            "not normalised",
            {"kernel": 12 * KERNEL13},
            "the weights add up to 12: the result would be twelve times too high. The "
            "weights of a mean add up to 1.",
        ),
        Misconception(
            "divided by 13",
            {"kernel": 12 * KERNEL13 / 13},
            "the weights do not add up to 1: thirteen of them, but two count half.",
        ),
        Misconception(
            "same",
            {"smooth": lambda: _smooth("same")},
            "this is as long as the record. Its first and last six values mix in zeros "
            "from outside; keep the complete positions.",
        ),
        Misconception(
            "full",
            {"smooth": lambda: _smooth("full")},
            "this is 'full': at both ends the kernel hangs over the record, and mixes in "
            "zeros. Keep the complete positions.",
        ),
        Misconception(
            "flat mean",
            {"smooth": lambda: np.convolve(_sun().x, np.ones(13) / 13, "valid")},
            "this is smoothed with thirteen equal weights, not with your kernel.",
        ),
        Misconception(
            "not smoothed",
            {"smooth": lambda: _sun().x},
            "this is the record itself, not smoothed.",
        ),
        Misconception(
            "indices",
            {"maxima": lambda: _peaks(_smooth())},
            "these are indices. Look up the time of each: in which year was it?",
        ),
        Misconception(
            "half a year early",
            {"maxima": lambda: _maxima(delay=0)},
            "all maxima come half a year early. Output i of mode 'valid' uses the samples "
            "i to i + 12: over which one is its centre?",
        ),
        Misconception(
            "half a year late",
            {"maxima": lambda: _maxima(delay=12)},
            "all maxima come half a year late. Output i of mode 'valid' uses the samples i "
            "to i + 12: over which one is its centre?",
        ),
        Misconception(
            "heights",
            {"maxima": lambda: _smooth()[_peaks(_smooth())]},
            "these are sunspot numbers, the heights of the maxima. Asked is when they "
            "were.",
        ),
        Misconception(
            "maxima of the raw record",
            {"maxima": lambda: _sun().t[_peaks(_sun().x)]},
            "these are the highest single months of the raw record. Noise moves some of "
            "them by more than a year: look in `smooth`.",
        ),
        Misconception(
            "every local maximum",
            tuple(
                {"maxima": lambda bumps=bumps, times=times: times(bumps())}
                for bumps, times in itertools.product(BUMPS, TIMES)
            ),
            "every small bump counts as a maximum here. Compare with 48 months on either "
            "side, not only with the two neighbours.",
        ),
        Misconception(
            "find_peaks by distance",
            {"maxima": _greedy_peaks},
            "small bumps in the valleys are among these. find_peaks with a distance drops "
            "a bump only if a higher peak is near; our rule compares with every value "
            "within four years.",
        ),
        Misconception(
            "first maximum left out",
            {"maxima": lambda: _maxima()[1:]},
            "the first maximum is missing. It lies near the start of the record, where the "
            "window of four years is cut off; compare with what there is.",
        ),
        Misconception(
            "months",
            {"cycle": lambda: 12 * _cycle()},
            "that is in months. How many years is it?",
        ),
        Misconception(
            "median",
            {"cycle": lambda: np.median(np.diff(_maxima()))},
            "this is the median of the gaps between the maxima. Asked is their mean.",
        ),
        Misconception(
            "maxima counted, not gaps",
            {"cycle": lambda: np.ptp(_maxima()) / len(_maxima())},
            "you divide the whole time by the number of maxima. The gaps between them are "
            "one fewer.",
        ),
        Misconception(
            "record divided by maxima",
            {"cycle": lambda: np.ptp(_sun().t) / len(_maxima())},
            "you divide the length of the whole record. Before the first maximum and after "
            "the last there is no complete cycle: measure from maximum to maximum.",
        ),
        Misconception(
            "the textbook's number",
            {"cycle": 11},
            "11 years is what people say. Give what these data say, to two decimals.",
        ),
        Misconception(
            "magnetic cycle",
            {"cycle": lambda: 2 * _cycle()},
            "that spans two maxima: it is the magnetic cycle. From one maximum to the next "
            "it is half as long.",
        ),
    ),
)
