"""The questions of chapter 05: sizes, prices and fields, in whole numbers.

What is right is counted here, window by window and weight by weight; no formula of the
chapter is used for it.
"""

import functools
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .core import Misconception
from .functions import FunctionQuestion
from .values import ValueQuestion, wrong_values

# The library of the course has these answers ready.
LIBRARY = tuple(
    f"convcourse.arithmetic.{name}"
    for name in (
        "output_length",
        "sizes.output_length",
        "same_padding",
        "sizes.same_padding",
        "window_starts",
        "sizes.window_starts",
        "inputs_for",
        "sizes.inputs_for",
        "usage",
        "sizes.usage",
        "cost",
        "audit.cost",
        "trace",
        "audit.trace",
        "receptive_field",
        "receptive.receptive_field",
        "receptive_fields",
        "receptive.receptive_fields",
    )
)


def _starts(n, k, s=1, d=1):
    """Return where windows start in n samples: each place is tried."""
    return [at for at in range(0, n, s) if at + d * (k - 1) in range(n)]


def _count(n, k, s=1, p=0, d=1):
    """Return the number of windows, with p samples added on both sides."""
    return len(_starts(n + 2 * p, k, s, d))


def _reached(layers, unit):
    """Return the samples of the input that one unit at the end of a stack reads.

    Layers are (k, s, p, d); samples below 0 lie in the padding.
    """
    seen = {unit}
    for k, s, p, d in reversed(layers):
        seen = {s * u - p + d * i for u in seen for i in range(k)}
    return seen


# -------------------------------------------- wrong formulas for the number of windows

# As learners write them: name, formulas, and what is told.
FORMULAS = (
    (
        "no floor",
        lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1,
        "a number of windows is whole. What happens to a step that no longer fits?",
    ),
    (
        "rounded up",
        lambda n, k, s, p, d: -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1,
        "you round up, and count one window that hangs over the end.",
    ),
    (
        "first window forgotten",
        lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s,
        "you count the steps from window to window. Posts, not gaps: where is the "
        "first window?",
    ),
    (
        "one added in the brackets",
        lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s,
        "the first window is counted before the division by the stride. It is not a "
        "step, so no stride divides it.",
    ),
    (
        "padding on one side",
        lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1,
        "you add the padding once. It is added on both sides.",
    ),
    (
        "padding forgotten",
        lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1,
        "the padding does not count in your result. It makes room for more windows.",
    ),
    (
        "padding taken away",
        lambda n, k, s, p, d: (n - 2 * p - d * (k - 1) - 1) // s + 1,
        "you take the padding away. It is added, and makes the signal longer.",
    ),
    (
        "stride before padding",
        lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 1 + 2 * p,
        "you pad the output. The padding is added to the input, before the stride "
        "divides.",
    ),
    (
        "dilation ignored",
        lambda n, k, s, p, d: (n + 2 * p - k) // s + 1,
        "the dilation does not count in your result. How many samples lie under the "
        "kernel, from its first weight to its last?",
    ),
    (
        "dilation from 0",
        lambda n, k, s, p, d: (n + 2 * p - (d + 1) * (k - 1) - 1) // s + 1,
        "you take the dilation for the number of holes between two weights. Here it "
        "counts from one: the distance of two neighbours.",
    ),
    (
        "k times d",
        lambda n, k, s, p, d: (n + 2 * p - k * d) // s + 1,
        "you stretch the kernel to k times d samples. Behind the last weight comes no "
        "gap: count the gaps between the weights.",
    ),
    (
        "dilation once",
        lambda n, k, s, p, d: (n + 2 * p - (k + d - 1)) // s + 1,
        "you widen the kernel by the dilation once. Every gap between two weights grows.",
    ),
    (
        "stride ignored",
        lambda n, k, s, p, d: n + 2 * p - d * (k - 1),
        "that is the number of windows for stride one. A larger stride skips places.",
    ),
    (
        "same",
        lambda n, k, s, p, d: -(-n // s),
        'that is what padding "same" would give. Here the padding is a number.',
    ),
)


def _by_formula(settings):
    """Return {idea: {part: wrong value}} of parts with a setting (n, k, s, p, d).

    A value that is right, or to which two ideas lead, is left out.
    """
    found = {name: {} for name, _, _ in FORMULAS}
    for part, setting in settings.items():
        values = {name: formula(*setting) for name, formula, _ in FORMULAS}
        times = Counter([_count(*setting), *values.values()])
        for name, value in values.items():
            if times[value] == 1:
                found[name][part] = value
    return found


# ------------------------------------------------------------------- q1: sizes by hand

SETTINGS = {
    "strided": (23, 5, 2, 4, 1),
    "dilated": (32, 5, 1, 3, 3),
    "at_once": (27, 6, 2, 6, 3),
}
BY_HAND = _by_formula(SETTINGS)


def _image1(rows=(30, 3, 2, 0, 1), cols=(40, 5, 3, 1, 1)):
    return [_count(*rows), _count(*cols)]


q1 = ValueQuestion(
    id="q1",
    title="Six lengths by hand",
    points=2,
    parts={name: _count(*setting) for name, setting in SETTINGS.items()}
    | {"full": 20 + 5, "same": 113, "image": _image1()},
    hints=(
        "Draw the padded signal as a row of boxes, and the kernel on its first boxes. How "
        "far can it go?",
        "First the length with padding, then what the kernel spans from its first weight "
        "to its last. Their difference is where the last window may start at most.",
        "Take steps of the stride from the first start on, as long as the last possible "
        "start is not passed. Count the starts, the first one included. For an image do "
        "this for rows and for columns.",
    ),
    misconceptions=(
        *(
            Misconception(name, BY_HAND[name], message)
            for name, _, message in FORMULAS
            if BY_HAND[name]
        ),
        Misconception(
            "valid",
            {"full": 15, "same": 110},
            "that is the length without padding.",
        ),
        Misconception(
            "as long as the input",
            {"full": 20, "same": 225},
            "that is the length of the input. Which padding keeps it, and with which "
            "stride?",
        ),
        Misconception(
            "full by whole kernels",
            {"full": 27},
            "you pad by the whole kernel on each side. Then the outermost windows hold "
            "no sample of the signal at all.",
        ),
        Misconception(
            "full on one side",
            {"full": 20 + 6},
            "you add the lengths. One sample less: the two overlap in at least one.",
        ),
        Misconception(
            "same rounded down",
            {"same": 112},
            'you round down. "same" of Keras keeps the last window and pads for it.',
        ),
        Misconception(
            "rows and columns swapped",
            {"image": _image1()[::-1]},
            "rows and columns have changed places: rows come first.",
        ),
        Misconception(
            "kernel and padding of the other axis",
            {"image": _image1((30, 5, 2, 1, 1), (40, 3, 3, 0, 1))},
            "each pair gives the number for the rows first, then the one for the "
            "columns: kernel and padding have changed axes.",
        ),
        Misconception(
            "strides of the other axis",
            {"image": _image1((30, 3, 3, 0, 1), (40, 5, 2, 1, 1))},
            "each pair gives the number for the rows first, then the one for the "
            "columns: the strides have changed axes.",
        ),
        Misconception(
            "rows for both",
            {"image": _image1((30, 3, 2, 0, 1), (40, 3, 2, 0, 1))},
            "you use the numbers of the rows for the columns as well.",
        ),
        Misconception(
            "image without the first window",
            {"image": [n - 1 for n in _image1()]},
            "you count the steps, along both axes. Where is the first window?",
        ),
    ),
)


# ------------------------------------------------------------------ q2: output_length


def _settings(rng):
    """Yield (n, k, s, p, d): fixed ones, then twenty random ones."""
    fixed = {
        "no padding, stride 1": (7, 3, 1, 0, 1),
        "a step that does not fit": (10, 3, 2, 0, 1),
        "padding on both sides": (9, 4, 1, 2, 1),
        "the first layer of a famous network": (224, 11, 4, 2, 1),
        "padding and stride": (224, 7, 2, 3, 1),
        "dilation": (32, 5, 1, 2, 3),
        "all at once": (27, 6, 2, 6, 3),
        "a kernel as long as the signal": (5, 5, 3, 0, 1),
        "one sample, one weight": (1, 1, 2, 0, 4),
        "a stride longer than the kernel": (11, 2, 5, 1, 1),
    }
    for label, setting in fixed.items():
        yield label, setting
    while_fits = 0
    while while_fits < 20:
        n, k, s, p, d = (int(rng.integers(1, top)) for top in (60, 8, 6, 7, 5))
        p -= 1
        if _count(n, k, s, p, d):
            while_fits += 1
            yield f"random setting {while_fits}", (n, k, s, p, d)
    yield "a kernel that is too long", (4, 5, 1, 0, 1)
    yield "a dilated kernel that is too long", (6, 3, 2, 1, 4)
    yield "far too long, with a large stride", (2, 4, 9, 0, 2)


def _windows(n, k, s, p, d):
    count = _count(n, k, s, p, d)
    if not count:
        raise ValueError("no window fits")
    return count


def _sentence(text):
    return text[0].upper() + text[1:]


# The same ideas in other words, as functions.
OTHERS = {
    "no floor": (
        lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1 + s) / s,
        lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1.0,
    ),
    "one added in the brackets": (
        lambda n, k, s, p, d: int((n + 2 * p - d * (k - 1)) / s),
    ),
    "stride ignored": (lambda n, k, s, p, d: n + 2 * p - ((k - 1) * d + 1) + 1,),
    "same": (lambda n, k, s, p, d: math.ceil(n / s),),
}

q2 = FunctionQuestion(
    id="q2",
    title="Count with a formula",
    points=2,
    call="output_length(n, k, s, p, d)",
    reference=_windows,
    cases=_settings,
    forbidden=LIBRARY,
    hints=(
        "Begin with stride 1 and no dilation: how many places are there, and how many "
        "does each of p and k add or take away?",
        "Find the largest place at which a window may start, in the padded signal. The "
        "stride divides that number and nothing else.",
        "The kernel spans d * (k - 1) + 1 samples. If that is more than n + 2 * p, raise "
        "a ValueError. Otherwise the room that is left, divided by s and rounded down "
        "(//), is the number of steps; the first window comes on top.",
    ),
    misconceptions=(
        *(
            Misconception(
                name, (formula, *OTHERS.get(name, ())), _sentence(message)
            )
            for name, formula, message in FORMULAS
        ),
        Misconception(
            "rounded to the nearest",
            lambda n, k, s, p, d: round((n + 2 * p - d * (k - 1) - 1) / s) + 1,
            "You round to the nearest whole number. Half a step and more is still a step "
            "that does not fit.",
        ),
        Misconception(
            "rounded twice",
            lambda n, k, s, p, d: (n - d * (k - 1) - 1) // s + 2 * p // s + 1,
            "You divide signal and padding by the stride one by one, and lose the rests "
            "of both. Add first, then divide.",
        ),
        Misconception(
            "dilated padding",
            lambda n, k, s, p, d: (n + 2 * p * d - d * (k - 1) - 1) // s + 1,
            "The padding grows with the dilation in your formula. Only the kernel is "
            "stretched.",
        ),
    ),
)


# ------------------------------------------------------------------- q3: same_padding


def _same_settings(rng):
    """Yield (n, k, s, d)."""
    fixed = {
        "odd kernel, stride 1": (5, 3, 1, 1),
        "even kernel": (8, 4, 1, 1),
        "stride 2, even length": (6, 3, 2, 1),
        "stride 2, odd length": (5, 3, 2, 1),
        "stride 3": (10, 4, 3, 1),
        "a kernel shorter than the stride": (6, 1, 2, 1),
        "much shorter than the stride": (10, 2, 5, 1),
        "the first layer of a residual network": (224, 7, 2, 1),
        "dilation": (9, 3, 1, 3),
        "an even kernel, dilated": (12, 4, 2, 3),
        "a kernel longer than the signal": (4, 7, 3, 2),
    }
    for label, setting in fixed.items():
        yield label, setting
    for number in range(12):
        n, k, s, d = (int(rng.integers(1, top)) for top in (50, 8, 7, 4))
        yield f"random setting {number + 1}", (n, k, s, d)


def _same(n, k, s, d):
    """Add samples one by one until the windows are as many as n / s, rounded up."""
    added = 0
    while len(_starts(n + added, k, s, d)) < math.ceil(n / s):
        added += 1
    return added // 2, added - added // 2


def _total(n, k, s, d, out=None, span=None, least=0):
    """Return a padding in all, with other words for the output or the span."""
    out = math.ceil(n / s) if out is None else out
    span = d * (k - 1) + 1 if span is None else span
    return max(least, (out - 1) * s + span - n)


def _split(total):
    return total // 2, total - total // 2


def _same_with(total=_total, split=_split):
    """Return a wrong function out of a total and a way to split it."""
    return lambda n, k, s, d: split(total(n, k, s, d))


def _half_kernel(n, k, s, d):
    return k // 2, k // 2


def _half_span(n, k, s, d):
    half = (d * (k - 1) + 1) // 2
    return half, half


q3 = FunctionQuestion(
    id="q3",
    title='Both sides of "same"',
    points=2,
    call="same_padding(n, k, s, d)",
    reference=_same,
    cases=_same_settings,
    forbidden=LIBRARY,
    hints=(
        "Begin at the end: how many outputs are there to be? Where does the last of these "
        "windows start?",
        "Follow the last window to its last weight. How many samples are needed so far, "
        "and how many are there? What if there are more than needed?",
        "With m outputs the last window ends after (m - 1) * s + d * (k - 1) + 1 samples. "
        "What is missing to n, but never less than 0, is the total. The left side gets "
        "half of it, rounded down, and the right side the rest.",
    ),
    misconceptions=(
        Misconception(
            "symmetric, too little",
            _same_with(split=lambda total: (total // 2, total // 2)),
            "Both sides get the same, rounded down. An odd total cannot be split evenly: "
            "one sample is lost, and with it the last window.",
        ),
        Misconception(
            "symmetric, too much",
            _same_with(split=lambda total: (-(-total // 2), -(-total // 2))),
            "Both sides get the same, rounded up. An odd total cannot be split evenly, "
            "and one sample too many moves every window.",
        ),
        Misconception(
            "odd one on the left",
            _same_with(split=lambda total: _split(total)[::-1]),
            "The larger half is on the left. In Keras an odd total puts one more on the "
            "other side.",
        ),
        Misconception(
            "fractions",
            (
                _same_with(split=lambda total: (total / 2, total / 2)),
                _same_with(
                    functools.partial(_total, least=-math.inf),
                    lambda total: (total / 2, total / 2),
                ),
            ),
            "There is no half sample. Each side gets a whole number.",
        ),
        Misconception(
            "half the kernel",
            (_half_kernel, _half_span),
            "You pad by half the kernel on both sides, whatever the stride. That keeps "
            "the length for odd kernels and stride 1 only.",
        ),
        Misconception(
            "as for stride 1",
            (
                lambda n, k, s, d: _split(d * (k - 1)),
                lambda n, k, s, d: _split(_total(n, k, 1, d)),
            ),
            "The stride does not count in your result. The last window starts at a "
            "multiple of the stride, and may need less.",
        ),
        Misconception(
            "negative",
            _same_with(functools.partial(_total, least=-math.inf)),
            "A kernel shorter than the stride gets a padding below 0 from you. Padding "
            "never cuts samples off.",
        ),
        Misconception(
            "output rounded down",
            lambda n, k, s, d: _split(_total(n, k, s, d, out=n // s)),
            'You round the number of outputs down. "same" rounds it up, and pads so that '
            "the last window fits.",
        ),
        Misconception(
            "output one too many",
            lambda n, k, s, d: _split(_total(n, k, s, d, out=n // s + 1)),
            "You take one output too many where the stride divides the length. Round "
            "n / s up: if it is whole, it stays.",
        ),
        Misconception(
            "length kept",
            lambda n, k, s, d: _split(_total(n, k, s, d, out=n)),
            'You pad until as many outputs come as there are inputs. With a stride, "same" '
            "does not keep the length.",
        ),
        Misconception(
            "first window forgotten",
            lambda n, k, s, d: _split(_total(n, k, s, d, out=math.ceil(n / s) + 1)),
            "You take as many steps as there are outputs. The first window needs none.",
        ),
        Misconception(
            "dilation ignored",
            lambda n, k, s, d: _split(_total(n, k, s, d, span=k)),
            "The dilation does not count in your result. A stretched kernel needs more "
            "samples at the end.",
        ),
        Misconception(
            "k times d",
            lambda n, k, s, d: _split(_total(n, k, s, d, span=k * d)),
            "You stretch the kernel to k times d samples. Behind the last weight comes no "
            "gap.",
        ),
        Misconception(
            "dilation from 0",
            lambda n, k, s, d: _split(_total(n, k, s, d, span=(d + 1) * (k - 1) + 1)),
            "You take the dilation for the number of holes between two weights. Here it "
            "is the distance of two neighbours, 1 for an ordinary kernel.",
        ),
        Misconception(
            "all on the right",
            _same_with(split=lambda total: (0, total)),
            "All of your padding is on the right. It is shared between both sides.",
        ),
        Misconception(
            "all on the left",
            _same_with(split=lambda total: (total, 0)),
            "All of your padding is on the left; that is a causal layer. Here it is "
            "shared between both sides.",
        ),
    ),
)


# --------------------------------------------------------------------- q4: inputs_for


def _inverses(rng):
    """Yield (m, k, s, p, d)."""
    fixed = {
        "stride 1": (5, 3, 1, 0, 1),
        "stride 2": (3, 3, 2, 1, 1),
        "stride 4, a large kernel": (55, 11, 4, 2, 1),
        "dilation": (6, 4, 3, 2, 3),
        "one output": (1, 3, 3, 0, 1),
        "lengths that end at 1": (1, 3, 4, 2, 1),
        "no length at all": (2, 3, 1, 3, 1),
        "a stride longer than the kernel": (4, 2, 5, 0, 1),
    }
    for label, setting in fixed.items():
        yield label, setting
    for number in range(10):
        m, k, s, p, d = (int(rng.integers(1, top)) for top in (20, 7, 6, 5, 4))
        yield f"random setting {number + 1}", (m, k, s, p - 1, d)


def _inputs(m, k, s, p, d):
    """Try every length."""
    longest = m * s + d * k + 1
    return [n for n in range(1, longest) if _count(n, k, s, p, d) == m]


def _lengths(
    least=lambda m, k, s, p, d: (m - 1) * s + d * (k - 1) + 1 - 2 * p,
    many=lambda s: s,
    skip=lambda s: 0,
    floor=1,
):
    """Return a wrong inverse with other words for its ends."""

    def inverse(m, k, s, p, d):
        low = least(m, k, s, p, d)
        return [n for n in range(low + skip(s), low + many(s)) if n >= floor]

    return inverse


q4 = FunctionQuestion(
    id="q4",
    title="Backwards",
    points=2,
    call="inputs_for(m, k, s, p, d)",
    reference=_inputs,
    cases=_inverses,
    forbidden=LIBRARY,
    hints=(
        "Take m = 3, k = 3, s = 2 and no padding. Draw three windows. How short can the "
        "signal be? How much longer, before a fourth one fits?",
        "The shortest length ends with the last window. A next window comes only when s "
        "more samples are there. And padding takes part of the length upon itself.",
        "You may also try every length: count the windows of 1, 2, 3, ... samples and keep "
        "the lengths with m of them. A length is at least 1, whatever the padding.",
    ),
    misconceptions=(
        Misconception(
            "shortest only",
            (
                _lengths(many=lambda s: 1),
                _lengths(many=lambda s: 1, floor=-99),
            ),
            "You give the shortest length only. How many samples can follow before one "
            "more window fits?",
        ),
        Misconception(
            "longest only",
            (
                _lengths(skip=lambda s: s - 1),
                _lengths(skip=lambda s: s - 1, floor=-99),
            ),
            "You give the longest length only. The floor lets several neighbours have the "
            "same output.",
        ),
        Misconception(
            "one too many",
            (
                _lengths(many=lambda s: s + 1),
                _lengths(many=lambda s: s + 1, floor=-99),
            ),
            "Your list has one length too many at its end: there one more window fits.",
        ),
        Misconception(
            "one missing",
            (
                _lengths(many=lambda s: s - 1),
                _lengths(many=lambda s: s - 1, floor=-99),
            ),
            "The last length is missing. Does your range leave out its end?",
        ),
        Misconception(
            "ends only",
            lambda m, k, s, p, d: sorted(
                {n for n in (_lengths()(m, k, s, p, d) or [1])[:: max(1, s - 1)]}
            ),
            "You give the shortest and the longest length. Those in between count too.",
        ),
        Misconception(
            "lengths below 1",
            (_lengths(floor=-99), _lengths(floor=0)),
            "There are lengths below 1 in your list. Padding alone is no signal.",
        ),
        Misconception(
            "padding forgotten",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + d * (k - 1) + 1),
            "The padding does not count in your result. Part of the windows' samples are "
            "padding, so that the signal is shorter.",
        ),
        Misconception(
            "padding added",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + d * (k - 1) + 1 + 2 * p),
            "You add the padding. Backwards it is taken away: the signal is what remains "
            "without it.",
        ),
        Misconception(
            "padding on one side",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + d * (k - 1) + 1 - p),
            "You take the padding away once. It was added on both sides.",
        ),
        Misconception(
            "dilation ignored",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + k - 2 * p),
            "The dilation does not count in your result. The last window ends later if its "
            "kernel is stretched.",
        ),
        Misconception(
            "dilation from 0",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + (d + 1) * (k - 1) + 1 - 2 * p),
            "You take the dilation for the number of holes between two weights. Here it "
            "is the distance of two neighbours, 1 for an ordinary kernel.",
        ),
        Misconception(
            "k times d",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + k * d - 2 * p),
            "You stretch the kernel to k times d samples. Behind the last weight comes no "
            "gap.",
        ),
        Misconception(
            "first window forgotten",
            _lengths(lambda m, k, s, p, d: m * s + d * (k - 1) + 1 - 2 * p),
            "You take m steps. With m windows there is one step less: the first stands at "
            "the start.",
        ),
        Misconception(
            "rounded up",
            _lengths(lambda m, k, s, p, d: (m - 2) * s + d * (k - 1) + 2 - 2 * p),
            "Your list ends at the shortest length and goes down from there, as if the "
            "division rounded up. It rounds down.",
        ),
        Misconception(
            "same",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + 1),
            'These are the lengths for padding "same". Here the padding is the number p.',
        ),
        Misconception(
            "one end off",
            _lengths(lambda m, k, s, p, d: (m - 1) * s + d * (k - 1) - 2 * p),
            "All your lengths are one too small: count the samples from the first weight "
            "of the last window to its last, both included.",
        ),
    ),
)


# ----------------------------------------------------------------- q5: made to measure


def _rows_of_whole(got, form, single=False):
    """Return rows of whole numbers as tuples of Python, or raise what is wrong."""
    wanted = f"give {'' if single else 'a list of '}({form})"
    size = len(form.split(", "))
    if got.ndim != (1 if single else 2) or got.shape[-1] != size or not got.size:
        raise ValueError(f"{wanted}: it has the shape {got.shape}.")
    if not np.all(np.isfinite(got)) or np.any(got != np.round(got)):
        raise ValueError(f"{wanted}, all whole numbers.")
    rows = [tuple(map(int, row)) for row in np.atleast_2d(got)]
    for row in rows:
        for name, number in zip(form.split(", "), row, strict=True):
            least = 0 if name == "p" else 1
            if not least <= number <= 10_000:
                raise ValueError(f"{name} is {number}; take {least} or more.")
    return rows


def _judged(judge):
    """Let a judge say with ValueErrors what is wrong; else it is content."""

    @functools.wraps(judge)
    def say(answer):
        try:
            judge(answer)
        except ValueError as why:
            return str(why)
        return ""

    return say


def _through(layers, n):
    """Return the length after each (k, s, p), by counting; say where none fits."""
    lengths = [n]
    for number, (k, s, p) in enumerate(layers):
        lengths.append(_count(lengths[-1], k, s, p))
        if not lengths[-1]:
            raise ValueError(
                f"layer {number} finds no room: a kernel of {k}, and {lengths[-2]} "
                f"samples with a padding of {p}."
            )
    return lengths


def _read_by_all(layers, n):
    """Return how many of n samples no unit at the end of a stack reads."""
    windows = [(*layer, 1) for layer in layers]
    read = set()
    for unit in range(_through(layers, n)[-1]):
        read |= _reached(windows, unit)
    return len(set(range(n)) - read)


@_judged
def _first(got):
    """Judge one layer (k, s, p) from 227 to 55 that reads all samples."""
    ((k, s, p),) = _rows_of_whole(got, "k, s, p", single=True)
    *_, made = _through([(k, s, p)], 227)
    if made != 55:
        raise ValueError(f"it makes {made} outputs of 227 samples.")
    if p >= k:
        raise ValueError(f"with p = {p} and k = {k} some windows see padding alone.")
    unread = _read_by_all([(k, s, p)], 227)
    if unread:
        raise ValueError(f"the length is right, but {unread} of the samples go unread.")


@_judged
def _last(got):
    """Judge a stack from 7 to 1 by kernels of at most 3, without padding."""
    layers = _rows_of_whole(got, "k, s, p")
    large = [k for k, _, _ in layers if k > 3]
    if large:
        raise ValueError(f"a kernel of {large[0]} is too large here; at most 3.")
    if any(p for _, _, p in layers):
        raise ValueError("one of the layers is padded; none is to be.")
    *_, made = _through(layers, 7)
    if made != 1:
        raise ValueError(f"it makes {made} outputs of 7 samples.")
    unread = _read_by_all(layers, 7)
    if unread:
        raise ValueError(f"the length is right, but {unread} of the samples go unread.")


@_judged
def _counter(got):
    """Judge a setting (n, k, s) that refutes floor((n - k + 1) / s)."""
    ((n, k, s),) = _rows_of_whole(got, "n, k, s", single=True)
    if k > n:
        raise ValueError("the kernel does not fit on the signal at all.")
    if (n - k + 1) // s == _count(n, k, s):
        raise ValueError(
            f"the formula is right here: it gives {_count(n, k, s)}, and so many windows "
            "there are. Look for another setting."
        )


@_judged
def _stack(got):
    """Judge a stack from 224 to 7 that sees enough, with small kernels."""
    layers = _rows_of_whole(got, "k, s, p")
    if len(layers) > 6:
        raise ValueError(f"these are {len(layers)} layers; at most 6.")
    large = [k for k, _, _ in layers if k > 5]
    if large:
        raise ValueError(f"a kernel of {large[0]} is too large here; at most 5.")
    for number, (k, s, p) in enumerate(layers):
        if s > k:
            raise ValueError(
                f"in layer {number} the stride is larger than the kernel, so that it "
                "leaves gaps."
            )
        if p >= k:
            raise ValueError(f"in layer {number} some windows see padding alone.")
    lengths = _through(layers, 224)
    if lengths[-1] != 7:
        raise ValueError(f"the lengths are {', '.join(map(str, lengths))}.")
    seen = _reached([(*layer, 1) for layer in layers], 0)
    size = max(seen) - min(seen) + 1
    if size < 100:
        raise ValueError(f"the lengths are right, but a unit sees only {size} samples.")
    unread = _read_by_all(layers, 224)
    if unread:
        raise ValueError(f"all is right, but {unread} of the samples go unread.")


q5 = ValueQuestion(
    id="q5",
    title="Made to measure",
    points=3,
    parts={
        "keep": 8,
        "counter": [9, 3, 2],
        "first": [11, 4, 0],
        "last": [[3, 2, 0], [3, 1, 0]],
        "stack": [[5, 2, 2]] * 5,
    },
    judges={"counter": _counter, "first": _first, "last": _last, "stack": _stack},
    hints=(
        "Write the number of windows with the unknown numbers in it, set it equal to what "
        "is wanted, and try small whole numbers. The function of question 2 can try many "
        "for you.",
        "For `first`: 54 steps have to fit between the first and the last window. For "
        "`counter`: where does it matter whether 1 is added before or after the division?",
        "For `stack`: from 224 to 7 is a factor of 32, five halvings. Small kernels late "
        "in the stack reach further than large ones at its start: the jump is larger.",
    ),
    misconceptions=(
        Misconception(
            "half the kernel",
            {"keep": 5 // 2},
            "that keeps the length of an ordinary kernel of 5. What does the stretched one "
            "span?",
        ),
        Misconception(
            "both sides together",
            {"keep": 16},
            "that is the padding of both sides together. Asked is that of one side.",
        ),
        Misconception(
            "k times d",
            {"keep": 10},
            "you stretch the kernel to k times d samples. Behind the last weight comes no "
            "gap.",
        ),
        Misconception(
            "the effective kernel",
            {"keep": 17},
            "that is what the kernel spans. How much of it hangs over one end, when the "
            "middle weight lies on the first sample?",
        ),
        Misconception(
            "224 and its padding",
            {"first": [11, 4, 2]},
            "that padding belongs to images of 224 samples. With 227 one window more fits.",
        ),
        Misconception(
            "gaps",
            {"first": [3, 4, 0]},
            "your stride is larger than the kernel: between the windows samples are left "
            "out.",
        ),
        Misconception(
            "a large kernel at the end",
            {"last": [[7, 1, 0]]},
            "one kernel of 7 does it, but small ones were asked for: at most 3.",
        ),
        Misconception(
            "one step too few",
            {"last": [[3, 1, 0], [3, 1, 0]]},
            "each kernel of 3 with stride 1 takes away two samples. How many are left?",
        ),
        Misconception(
            "stride 1 is no counter-example",
            {"counter": [9, 3, 1]},
            "with stride 1 nothing is rounded, and the formula is right.",
        ),
        Misconception(
            "all fits",
            {"counter": [10, 3, 2]},
            "here the windows leave a rest, and the formula happens to be right. What if "
            "they come out even?",
        ),
        Misconception(
            "halved, but short-sighted",
            {"stack": [[3, 2, 1]] * 5},
            "the lengths are right, but one unit sees too little: five kernels of 3 do not "
            "reach far enough. Which layers widen the field most?",
        ),
        Misconception(
            "pooled, but short-sighted",
            {"stack": [[2, 2, 0]] * 5},
            "the lengths are right, but each unit sees a tile of its own, and no more.",
        ),
        Misconception(
            "wide kernels first",
            {"stack": [[5, 1, 2], [3, 2, 1], [3, 2, 1], [3, 2, 1], [3, 2, 1], [3, 2, 1]]},
            "the lengths are right, but the extra layer stands at the start, where it "
            "widens the field least.",
        ),
    ),
)


# ---------------------------------------------------------------- q6: how often is read


def _maps(rng):
    """Yield (H, W, k, s, p)."""
    fixed = {
        "no padding": (4, 6, 3, 1, 0),
        "a padding of 1": (5, 5, 3, 1, 1),
        "full padding": (4, 5, 3, 1, 2),
        "stride 2, with a rest": (8, 7, 3, 2, 0),
        "stride 2 and padding": (7, 10, 3, 2, 1),
        "an even kernel": (6, 9, 4, 1, 2),
        "a stride longer than the kernel": (9, 11, 2, 3, 0),
        "a kernel as large as the image": (4, 4, 4, 2, 0),
    }
    for label, setting in fixed.items():
        yield label, setting
    for number in range(6):
        h, w = (int(v) for v in rng.integers(6, 14, 2))
        k, s, p = (int(rng.integers(low, top)) for low, top in ((2, 6), (1, 4), (0, 3)))
        yield f"random setting {number + 1}", (h, w, k, s, min(p, k - 1))


def _laid(n, k, s, p, d=1):
    """Return where the windows along one axis lie: a list of lists of samples."""
    return [[at - p + d * i for i in range(k)] for at in _starts(n + 2 * p, k, s, d)]


def _used(h, w, k, s, p, rows=None, cols=None):
    """Mark each window on the image, one after the other."""
    used = np.zeros((h, w), int)
    for ys in _laid(h, k, s, p) if rows is None else rows:
        for xs in _laid(w, k, s, p) if cols is None else cols:
            inside = [(y, x) for y in ys for x in xs if y in range(h) and x in range(w)]
            for place in inside:
                used[place] += 1
    return used


def _padded_use(h, w, k, s, p):
    return _used(h + 2 * p, w + 2 * p, k, s, 0)


def _line(n, k, s, p):
    return _used(1, n, k, s, p, rows=[[0]])[0]


def _counts_from(start):
    """Return a map whose windows all begin `start(p)` later than they should."""

    def function(h, w, k, s, p):
        rows, cols = (
            [[at + start(p) for at in window] for window in _laid(n, k, s, p)]
            for n in (h, w)
        )
        return _used(h, w, k, s, p, rows, cols)

    return function


def _wrapped(h, w, k, s, p):
    """Let an index below 0 count from the end, as Python does."""
    rows, cols = (
        [[at for at in window if at < n] for window in _laid(n, k, s, p)] for n in (h, w)
    )
    used = np.zeros((h, w), int)
    for ys in rows:
        for xs in cols:
            for y in ys:
                for x in xs:
                    used[y, x] += 1
    return used


def _inside_only(h, w, k, s, p):
    rows, cols = (
        [win for win in _laid(n, k, s, p) if win[0] >= 0 and win[-1] < n] for n in (h, w)
    )
    return _used(h, w, k, s, p, rows, cols)


def _corners_only(h, w, k, s, p):
    rows, cols = ([[win[0]] for win in _laid(n, k, s, p)] for n in (h, w))
    return _used(h, w, k, s, p, rows, cols)


def _one_more_window(step):
    """Return a map with one window more or less along both axes."""

    def function(h, w, k, s, p):
        rows, cols = (_laid(n, k, s, p) for n in (h, w))
        if step < 0:
            return _used(h, w, k, s, p, rows[:-1], cols[:-1])
        rows, cols = (
            [*wins, [at + s for at in wins[-1]]] if wins else wins
            for wins in (rows, cols)
        )
        return _used(h, w, k, s, p, rows, cols)

    return function


q6 = FunctionQuestion(
    id="q6",
    title="How often is a pixel read?",
    points=2,
    call="usage(H, W, k, s, p)",
    reference=_used,
    cases=_maps,
    forbidden=LIBRARY,
    hints=(
        "Begin with an image of zeros. Each window that you lay on it adds 1 to all the "
        "pixels under it.",
        "With padding, the first window begins at -p. Take care: a negative index counts "
        "from the end in Python. Is there an array in which nothing is negative?",
        "Work on an array that is larger by p on each side: used[i : i + k, j : j + k] += 1 "
        "for each start i and j in steps of s. Then cut the frame off. Or count rows and "
        "columns for themselves, and multiply.",
    ),
    misconceptions=(
        Misconception(
            "all equal",
            (
                lambda h, w, k, s, p: np.full((h, w), k * k),
                lambda h, w, k, s, p: np.full((h, w), k * k // s**2),
            ),
            "You give every pixel the same. Pixels at the border lie in fewer windows, "
            "also with padding.",
        ),
        Misconception(
            "padding forgotten",
            lambda h, w, k, s, p: _used(h, w, k, s, 0),
            "The padding does not count in your result. It lets windows begin outside, so "
            "that pixels at the border are read more often.",
        ),
        Misconception(
            "frame left on",
            _padded_use,
            "Your map is as large as the padded image. The frame is no part of the image: "
            "cut it off.",
        ),
        Misconception(
            "cut at one corner",
            lambda h, w, k, s, p: _padded_use(h, w, k, s, p)[:h, :w],
            "You cut the padded map at the wrong place: the image begins p rows and p "
            "columns after its corner.",
        ),
        Misconception(
            "padding on one side",
            lambda h, w, k, s, p: _used(
                h,
                w,
                k,
                s,
                p,
                *(
                    [win for win in _laid(n, k, s, p) if win[-1] < n]
                    for n in (h, w)
                ),
            ),
            "You pad on the left and above only. Windows hang over the right and the lower "
            "border as well.",
        ),
        Misconception(
            "padding after the image only",
            lambda h, w, k, s, p: _used(
                h, w, k, s, p, *(_laid(n + 2 * p, k, s, 0) for n in (h, w))
            ),
            "Your windows begin at the corner of the image. With padding they begin p rows "
            "and p columns before it.",
        ),
        Misconception(
            "negative index",
            _wrapped,
            "A window that begins at -p adds to pixels at the far end: in Python a "
            "negative index counts from there.",
        ),
        Misconception(
            "windows that hang over left out",
            _inside_only,
            "You leave out every window that hangs over the border. They too read the "
            "pixels that lie under them.",
        ),
        Misconception(
            "stride ignored",
            lambda h, w, k, s, p: _used(h, w, k, 1, p),
            "The stride does not count in your result. Windows begin at every s-th place "
            "only.",
        ),
        Misconception(
            "stride divides",
            lambda h, w, k, s, p: _used(h, w, k, 1, p) / s**2,
            "You divide the counts for stride 1. A stride takes away whole windows, and "
            "some pixels lose more than others.",
        ),
        Misconception(
            "first pixel only",
            (
                _corners_only,
                lambda h, w, k, s, p: _used(
                    h,
                    w,
                    k,
                    s,
                    p,
                    *([[at] for at in _starts(n, k, s)] for n in (h, w)),
                ),
            ),
            "You mark the first pixel of each window. A window reads all of its k times k "
            "pixels.",
        ),
        Misconception(
            "sum of rows and columns",
            lambda h, w, k, s, p: _line(h, k, s, p)[:, None] + _line(w, k, s, p),
            "You add the counts of rows and columns. Each choice of a window's rows goes "
            "with each choice of its columns.",
        ),
        Misconception(
            "read or not",
            lambda h, w, k, s, p: (_used(h, w, k, s, p) > 0).astype(int),
            "You say whether a pixel is read. Asked is how often: add, do not set.",
        ),
        Misconception(
            "last windows missing",
            _one_more_window(-1),
            "The last window is missing along both axes: does your range leave out the "
            "last start?",
        ),
        Misconception(
            "one window too many",
            _one_more_window(1),
            "You count windows that hang over the end of the padded image. There the "
            "floor leaves samples out.",
        ),
        Misconception(
            "height and width swapped",
            (
                lambda h, w, k, s, p: _used(w, h, k, s, p),
                lambda h, w, k, s, p: _used(h, w, k, s, p).T,
            ),
            "Height and width have changed places: a map of H rows and W columns is "
            "wanted.",
        ),
    ),
)
