"""The questions of chapter 05: sizes, prices and fields, in whole numbers.

What is right is counted here, window by window and weight by weight; no formula of the
chapter is used for it.
"""

import functools
import itertools
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .core import Misconception
from .diagnosis import number_text
from .functions import FunctionQuestion
from .values import ValueQuestion, judged

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

    A value that is right, or to which two ideas lead, is left out. Two ideas are rare,
    and take no value from another: "same" where the padding is a number, and holes in a
    kernel that is called ordinary.
    """
    found = {name: {} for name, _, _ in FORMULAS}
    for part, setting in settings.items():
        values = {name: formula(*setting) for name, formula, _ in FORMULAS}
        names = ("same", "dilation from 0") if setting[-1] == 1 else ("same",)
        rare = {name: values.pop(name) for name in names}
        times = Counter([_count(*setting), *values.values()])
        values |= {name: v for name, v in rare.items() if v not in times}
        for name, value in values.items():
            if times[value] <= 1:
                found[name][part] = value
    return found


# ------------------------------------------------------------------- q1: sizes by hand

SETTINGS = {
    "strided": (24, 5, 2, 4, 1),
    "dilated": (32, 5, 1, 3, 3),
    "at_once": (27, 6, 2, 6, 3),
}
BY_HAND = _by_formula(SETTINGS)


def _image1(rows=(31, 3, 2, 0, 1), cols=(40, 6, 3, 1, 1)):
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
            "the padding itself",
            {"full": 5, "same": 6},
            "that is a padding. Asked is the length of the output.",
        ),
        Misconception(
            "lengths added",
            {"full": 20 + 6},
            "you add the two lengths. In the outermost windows kernel and signal still "
            "overlap.",
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
            {"image": _image1((31, 6, 2, 1, 1), (40, 3, 3, 0, 1))},
            "each pair gives the number for the rows first, then the one for the "
            "columns: kernel and padding have changed axes.",
        ),
        Misconception(
            "strides of the other axis",
            {"image": _image1((31, 3, 3, 0, 1), (40, 6, 2, 1, 1))},
            "each pair gives the number for the rows first, then the one for the "
            "columns: the strides have changed axes.",
        ),
        Misconception(
            "rows for both",
            {"image": _image1((31, 3, 2, 0, 1), (40, 3, 2, 0, 1))},
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
    yield from fixed.items()
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
            Misconception(name, (formula, *OTHERS.get(name, ())), _sentence(message))
            for name, formula, message in FORMULAS
        ),
        Misconception(
            "the short formula",
            (
                lambda n, k, s, p, d: (n + 2 * p - k) / s + 1,
                lambda n, k, s, p, d: (n - k + 2 * p) / s + 1.0,
            ),
            "This formula is often copied: it has no floor, and knows no dilation. A "
            "number of windows is whole.",
        ),
        Misconception(
            "no padding, no dilation",
            (
                lambda n, k, s, p, d: (n - k) // s + 1,
                lambda n, k, s, p, d: (n - k) / s + 1,
            ),
            "Padding and dilation do not count in your result. One makes the signal "
            "longer, the other the kernel.",
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
    yield from fixed.items()
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


def _half_reach(n, k, s, d):
    half = d * (k - 1) // 2
    return half, half


def _half_kernel_split(n, k, s, d):
    return (k - 1) // 2, k // 2


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
            "round",
            _same_with(
                split=lambda total: (round(total / 2), total - round(total / 2))
            ),
            "Python's round() sends a half to the even neighbour, now up, now down. So "
            "the odd sample changes sides from case to case.",
        ),
        Misconception(
            "total only",
            (
                _same_with(split=lambda total: total),
                _same_with(split=lambda total: [total]),
            ),
            "You give the total. Two numbers are wanted, (left, right).",
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
            (
                _half_kernel,
                _half_span,
                _half_reach,
                _half_kernel_split,
                lambda *setting: _half_kernel_split(*setting)[::-1],
                lambda n, k, s, d: ((k - 1) // 2, (k - 1) // 2),
            ),
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
    yield from fixed.items()
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


def _search(top, m, k, s, p, d):
    """Try the lengths below a fixed end only."""
    return [n for n in _inputs(m, k, s, p, d) if n < top]


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
                lambda m, k, s, p, d: (m - 1) * s + d * (k - 1) + 1 - 2 * p,
            ),
            "You give the shortest length only. How many samples can follow before one "
            "more window fits?",
        ),
        Misconception(
            "longest only",
            (
                _lengths(skip=lambda s: s - 1),
                _lengths(skip=lambda s: s - 1, floor=-99),
                lambda m, k, s, p, d: m * s + d * (k - 1) - 2 * p,
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
            (
                lambda *setting: sorted(
                    {*_lengths()(*setting)[:1], *_lengths()(*setting)[-1:]}
                ),
                lambda *setting: _lengths(floor=-99)(*setting)[
                    :: max(1, setting[2] - 1)
                ],
                lambda *setting: [
                    _lengths(floor=-99)(*setting)[0],
                    _lengths(floor=-99)(*setting)[-1],
                ],
            ),
            "You give the shortest and the longest length. Those in between count too.",
        ),
        Misconception(
            "falling order",
            (
                lambda *setting: _lengths()(*setting)[::-1],
                lambda *setting: _lengths(floor=-99)(*setting)[::-1],
            ),
            "The right lengths come in falling order. The shortest is to be the first.",
        ),
        Misconception(
            "search ends early",
            tuple(
                functools.partial(_search, top)
                for top in (20, 30, 50, 64, 100, 128, 200)
            ),
            "You try some lengths, and stop too early: the longest of all cases is above "
            "200. The end of the search has to grow with m, s and k.",
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
    if single and got.shape == (1, size):
        got = got[0]
    if got.ndim != (1 if single else 2) or got.shape[-1] != size or not got.size:
        raise ValueError(f"{wanted}: it has the shape {got.shape}.")
    whole = got.dtype.kind != "c" and np.all(np.isfinite(got))
    if not whole or np.any(got != np.round(got)):
        raise ValueError(f"{wanted}, all whole numbers.")
    rows = [tuple(map(int, row)) for row in np.atleast_2d(got)]
    for row in rows:
        for name, number in zip(form.split(", "), row, strict=True):
            least = 0 if name == "p" else 1
            if not least <= number <= 10_000:
                raise ValueError(f"{name} is {number}; take {least} or more.")
    return rows


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


@judged
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
        raise ValueError(f"the length is right, but samples go unread: {unread}.")


@judged
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
        raise ValueError(f"the length is right, but samples go unread: {unread}.")


@judged
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


@judged
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
        raise ValueError(f"the rest is right, but samples go unread: {unread}.")


q5 = ValueQuestion(
    id="q5",
    title="Made to measure",
    points=3,
    parts={
        "keep": next(p for p in range(20) if _count(40, 5, 1, p, 3) == 40),
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
            {"keep": 12},
            "that is the padding of both sides together. Asked is that of one side.",
        ),
        Misconception(
            "k times d",
            {"keep": 5 * 3 // 2},
            "you stretch the kernel to k times d samples. Behind the last weight comes no "
            "gap.",
        ),
        Misconception(
            "dilation from 0",
            {"keep": 4 * (3 + 1) // 2},
            "you take the dilation for the number of holes between two weights. Here it "
            "counts from one: the distance of two neighbours.",
        ),
        Misconception(
            "the effective kernel",
            {"keep": 13},
            "that is what the kernel spans. How much of it hangs over one end, when the "
            "middle weight lies on the first sample?",
        ),
        Misconception(
            "224 and its padding",
            {"first": [11, 4, 2]},
            "that padding belongs to images of 224 samples. With 227 one window more fits.",
        ),
        Misconception(
            "a rest",
            {"first": [8, 4, 0]},
            "the length is right, but the windows end before the signal does: what the "
            "floor drops goes unread.",
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
            {
                "stack": [
                    [5, 1, 2],
                    [3, 2, 1],
                    [3, 2, 1],
                    [3, 2, 1],
                    [3, 2, 1],
                    [3, 2, 1],
                ]
            },
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
    yield from fixed.items()
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


def _wrapped(h, w, k, s, p):
    """Let an index below 0 count from the end, as Python does."""
    rows, cols = (
        [[at for at in window if at < n] for window in _laid(n, k, s, p)]
        for n in (h, w)
    )
    used = np.zeros((h, w), int)
    for ys in rows:
        for xs in cols:
            for y in ys:
                for x in xs:
                    used[y, x] += 1
    return used


def _sliced(h, w, k, s, p):
    """Let a slice that begins below 0 be what it is in Python: mostly empty."""
    used = np.zeros((h, w), int)
    for i in range(-p, h + p - k + 1, s):
        for j in range(-p, w + p - k + 1, s):
            used[i : i + k, j : j + k] += 1
    return used


def _from_places(starts):
    """Return a map whose windows begin at the places starts(n, k, s, p)."""

    def function(h, w, k, s, p):
        rows, cols = (
            [[at + i for i in range(k)] for at in starts(n, k, s, p)] for n in (h, w)
        )
        return _used(h, w, k, s, p, rows, cols)

    return function


def _inside_only(h, w, k, s, p):
    rows, cols = (
        [win for win in _laid(n, k, s, p) if win[0] >= 0 and win[-1] < n]
        for n in (h, w)
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
        "Work on an array that is larger by p on each side: used[i : i + k, j : j + k] += "
        "1 for each start i and j in steps of s. Then cut the frame off. Or count rows and "
        "columns for themselves, and multiply.",
    ),
    misconceptions=(
        Misconception(
            "all equal",
            (
                lambda h, w, k, s, p: np.full((h, w), k * k),
                lambda h, w, k, s, p: np.full((h, w), k * k // s**2),
            ),
            "You give every pixel the same, without padding too. How many windows lie "
            "over a corner then?",
        ),
        Misconception(
            "padding forgotten",
            lambda h, w, k, s, p: _used(h, w, k, s, 0),
            "The padding does not count in your result. It lets windows begin outside, so "
            "that pixels at the border are read more often.",
        ),
        Misconception(
            "frame left on",
            (
                _padded_use,
                lambda h, w, k, s, p: np.pad(_used(h, w, k, s, 0), p),
            ),
            "Your map is as large as the padded image. The frame is no part of the image: "
            "cut it off.",
        ),
        Misconception(
            "padding on one side",
            lambda h, w, k, s, p: _used(
                h,
                w,
                k,
                s,
                p,
                *([win for win in _laid(n, k, s, p) if win[-1] < n] for n in (h, w)),
            ),
            "You pad on the left and above only. Windows hang over the right and the lower "
            "border as well.",
        ),
        Misconception(
            "windows that begin inside",
            (
                lambda h, w, k, s, p: _padded_use(h, w, k, s, p)[:h, :w],
                lambda h, w, k, s, p: _padded_use(h, w, k, s, p)[2 * p :, 2 * p :],
                _from_places(lambda n, k, s, p: range(0, n + p - k + 1, s)),
            ),
            "The map is moved against the image. Windows begin p rows and p columns before "
            "its corner, so the frame to cut off has the width p on all four sides.",
        ),
        Misconception(
            "negative index",
            (_wrapped, _sliced),
            "Python counts a negative index from the far end: windows that begin at -p "
            "mark pixels there, or as slices nothing at all.",
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
            (
                _one_more_window(-1),
                _from_places(lambda n, k, s, p: range(-p, n + p - k, s)),
            ),
            "The last window is missing along both axes: does your range leave out the "
            "last start?",
        ),
        Misconception(
            "one window too many",
            (
                _one_more_window(1),
                _from_places(lambda n, k, s, p: range(-p, n + p, s)),
                _from_places(lambda n, k, s, p: range(-p, n, s)),
                _from_places(lambda n, k, s, p: range(0, n, s)),
            ),
            "You count windows that hang over the end of the padded image. There the "
            "floor leaves samples out.",
        ),
        Misconception(
            "steps of 1",
            _from_places(lambda n, k, s, p: range(-p, _count(n, k, s, p) - p)),
            "The number of windows is right, but they begin at neighbouring places. Window "
            "number i begins i strides further on.",
        ),
        Misconception(
            "cut by -p",
            lambda h, w, k, s, p: _used(h, w, k, s, p) if p else np.zeros((0, 0)),
            "Without padding your map is empty: -0 is 0, and a slice that ends there "
            "holds nothing.",
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


# ------------------------------------------------- networks as lists of layers, as text

FORMS = {
    "conv": ("filters", "kernel", "stride", "padding"),
    "pool": ("kernel", "stride"),
    "flatten": (),
    "dense": ("units",),
    "transposed": ("filters", "kernel", "stride", "padding", "output padding"),
    "join": ("number of a layer",),
}
MANY = 50  # layers of an answer
FROM_0 = {"padding", "output padding", "number of a layer"}  # the others count from 1


def _layers(answer):
    """Return a network as a list of tuples, or raise what is wrong with its form."""
    if isinstance(answer, np.ndarray):
        answer = answer.tolist()
    if not isinstance(answer, (list, tuple)):
        raise ValueError(
            f"a list of layers is wanted, and a {type(answer).__name__} came."
        )
    if not answer:
        raise ValueError("the list is empty.")
    if len(answer) > MANY:
        raise ValueError(f"{len(answer)} layers are too many here: at most {MANY}.")
    return [_layer(number, layer) for number, layer in enumerate(answer)]


def _layer(number, layer):
    """Return one layer as a tuple of a word and whole numbers."""
    if not isinstance(layer, (list, tuple)) or not layer or layer[0] not in [*FORMS]:
        words = ", ".join(map(repr, FORMS))
        raise ValueError(
            f"layer {number}, {layer!r:.60}, is to be a tuple that begins with one of "
            f"{words}."
        )
    kind, *given = layer
    form = f"({', '.join([repr(kind), *FORMS[kind]])})"
    if len(given) != len(FORMS[kind]):
        raise ValueError(f"layer {number}, {layer!r:.60}, is to have the form {form}.")
    numbers = []
    for name, value in zip(FORMS[kind], given, strict=True):
        least = 0 if name in FROM_0 else 1
        try:
            whole = int(value)
        except (TypeError, ValueError, OverflowError):
            whole = None
        if whole is None or whole != value or not least <= whole <= 10_000:
            raise ValueError(
                f"layer {number}, {layer!r:.60}: {name} is to be a whole number from "
                f"{least} on."
            )
        numbers.append(whole)
    return (kind, *numbers)


def _size(shape):
    return " x ".join(map(str, shape))


def _grown(n, k, s, p, a):
    """Return the length of a transposed layer: each sample puts down a kernel."""
    laid = {s * unit + weight for unit in range(n) for weight in range(k)}
    return max(laid) + 1 - 2 * p + a  # holes between the kernels count too


def _one_step(layer, shapes):
    """Return the shape after one layer; raise what does not fit."""
    (kind, *numbers), shape = layer, shapes[-1]
    if kind == "flatten":
        return (math.prod(shape),)
    if kind == "dense":
        if len(shape) != 1:
            raise ValueError(
                f"a dense layer wants a list; flatten {_size(shape)} first."
            )
        return (numbers[0],)
    if len(shape) != 3:
        raise ValueError(
            f"it wants a map of three axes, and {_size(shape)} numbers came."
        )
    if kind == "join":
        return _joined(numbers[0], shapes)
    *places, channels = shape
    if kind == "conv":
        channels, k, s, p = numbers
        places = [_count(n, k, s, p) for n in places]
    elif kind == "pool":
        k, s = numbers
        places = [_count(n, k, s) for n in places]
    else:
        channels, k, s, p, a = numbers
        if a >= s:
            raise ValueError(f"an output padding has to be below the stride, {s}.")
        places = [_grown(n, k, s, p, a) for n in places]
    if min(places) < 1:
        raise ValueError(f"no window of {k} x {k} fits on {_size(shape[:2])}.")
    return (*places, channels)


def _joined(number, shapes):
    """Return the shape after joining a map with that of an earlier layer."""
    if number >= len(shapes) - 2:
        raise ValueError("it can join with the output of an earlier layer only.")
    one, two = shapes[-1], shapes[number + 1]  # the first shape is that of the image
    if one[:2] != two[:2]:
        raise ValueError(
            f"{_size(one[:2])} comes in, and layer {number} gives {_size(two[:2])}: these "
            "cannot be joined."
        )
    return (*one[:2], one[2] + two[2])


def _shapes(layers, shape):
    """Return the shape before the first layer, and after each one."""
    shapes = [tuple(shape)]
    for number, layer in enumerate(layers):
        try:
            shapes.append(_one_step(layer, shapes))
        except ValueError as why:
            raise ValueError(f"layer {number}, {layer}: {why}") from None
    return shapes


@dataclass(kw_only=True, eq=False)
class NetworkQuestion(ValueQuestion):
    """A question some of whose answers are networks: lists of layers.

    Parameters
    ----------
    networks : mapping
        {name: judge}: the judge gets the layers as tuples, and returns what is wrong
        with them, or an empty text. The value in `parts` is then one good network.

    Notes
    -----
    The rest is as in `ValueQuestion`. A layer is a tuple of a word and whole numbers,
    as in `FORMS`.
    """

    networks: Mapping[str, Callable] = field(default_factory=dict)

    def _taken(self, name, given):
        """Return a value of a part as it is compared; a network as it is."""
        return given if name in self.networks else super()._taken(name, given)

    def _wrong(self, name, answer):
        """Return what is wrong with the answer to a part, or an empty text."""
        if name not in self.networks:
            return super()._wrong(name, answer)
        try:
            layers = _layers(answer)
        except ValueError as why:
            return str(why)
        verdict = self.networks[name](layers)
        if not verdict:
            return ""
        for misconception, wrong in self.mistakes(name):
            if _layers(wrong) == layers:
                return misconception.message
        return verdict


# --------------------------------------------------------------------------- q7: audit


def _weights(k, c_in, c_out):
    """Return the number of weights of a kernel with these axes."""
    return math.prod((k, k, c_in, c_out))


@dataclass(frozen=True)
class Auditor:
    """Writes (parameters, MACs, values) for each layer; its parts may be replaced.

    Parameters
    ----------
    length, pooled, weights, shared, biases, products, macs, pool, carry, flat, dense, out
        Functions: what a learner may have wrong, one idea each. As they stand they are
        right. `products` are the weights that count for the MACs.
    """

    length: Callable = _count
    pooled: Callable | None = None
    weights: Callable = _weights
    shared: Callable = lambda weights, places: weights
    biases: Callable = lambda filters, places, c_in: filters
    products: Callable | None = None
    macs: Callable = lambda weights, after, before, biases: weights * after
    pool: Callable = lambda k, c, places: (0, 0)
    carry: Callable = lambda filters, before, first: filters
    flat: Callable = math.prod
    dense: Callable = lambda n, units: (n * units + units, n * units)
    out: Callable = lambda shape, before: math.prod(shape)

    def __call__(self, layers, shape):
        """Return the rows of a network that sees images of this shape."""
        rows, first = [], shape[-1]
        for kind, *numbers in layers:
            before = shape
            if kind == "conv":
                shape, made = self._conv(before, first, *numbers)
            elif kind == "pool":
                k, s = numbers
                length = self.pooled or self.length
                shape = (*[length(n, k, s, 0) for n in before[:2]], before[2])
                made = self.pool(k, before[2], math.prod(shape[:2]))
            elif kind == "flatten":
                shape, made = (self.flat(before),), (0, 0)
            else:
                shape, made = (numbers[0],), self.dense(before[0], numbers[0])
            rows.append((*made, self.out(shape, before)))
        return rows

    def _conv(self, before, first, filters, k, s, p):
        """Return the shape after a convolution, its parameters and its MACs."""
        c_in = before[2]
        places = [self.length(n, k, s, p) for n in before[:2]]
        after = math.prod(places)
        biases = self.biases(filters, after, c_in)
        stored = self.shared(self.weights(k, c_in, filters), after)
        used = (self.products or self.weights)(k, c_in, filters)
        macs = self.macs(used, after, math.prod(before[:2]), biases)
        return (*places, self.carry(filters, c_in, first)), (stored + biases, macs)


audit = Auditor()

LENET = [
    ("conv", 6, 5, 1, 0),
    ("pool", 2, 2),
    ("conv", 16, 5, 1, 0),
    ("pool", 2, 2),
    ("conv", 120, 5, 1, 0),
    ("flatten",),
    ("dense", 84),
    ("dense", 10),
]
ALEXNET = [
    ("conv", 96, 11, 4, 0),
    ("pool", 3, 2),
    ("conv", 256, 5, 1, 2),
    ("pool", 3, 2),
    ("conv", 384, 3, 1, 1),
    ("conv", 384, 3, 1, 1),
    ("conv", 256, 3, 1, 1),
    ("pool", 3, 2),
    ("flatten",),
    ("dense", 4096),
    ("dense", 4096),
    ("dense", 1000),
]


def _networks(rng):
    """Yield (layers, shape)."""
    yield "one convolution", ([("conv", 64, 5, 1, 2)], (32, 32, 3))
    yield "flatten and dense", ([("flatten",), ("dense", 10)], (5, 4, 3))
    yield "a pooling that drops a row", ([("pool", 2, 2)], (7, 10, 3))
    yield (
        "windows that overlap, and gaps",
        ([("pool", 3, 2), ("pool", 2, 3)], (18, 24, 4)),
    )
    yield (
        "stride without padding",
        ([("conv", 8, 3, 2, 0), ("conv", 4, 2, 1, 1)], (12, 17, 5)),
    )
    yield "LeNet-5", (LENET, (32, 32, 1))
    yield "AlexNet in one piece", (ALEXNET, (227, 227, 3))
    for number in range(4):
        h, w, c = (int(v) for v in rng.integers((20, 20, 2), (40, 40, 6)))
        f, g, u, v = (int(n) for n in rng.integers(5, 30, 4))
        k, s, p = (int(n) for n in rng.integers((2, 2, 0), (6, 4, 2)))
        layers = [
            ("conv", f, k, s, p),
            ("pool", 3, 2),
            ("conv", g, 2, 1, p),
            ("flatten",),
            ("dense", u),
            ("dense", v),
        ]
        yield f"random network {number + 1}", (layers, (h, w, c))


def _unpadded(n, k, s, p):
    return _count(n, k, s)


def _kept(n, k, s, p):
    return math.ceil(n / s)


q7 = FunctionQuestion(
    id="q7",
    title="Audit a network",
    points=3,
    call="audit(layers, shape)",
    reference=audit,
    cases=_networks,
    entries=dict.fromkeys(("parameters", "MACs", "values"), number_text),
    forbidden=LIBRARY,
    hints=(
        "Follow one image through the layers, and keep its shape up to date. What of the "
        "shape does a convolution change, what a pooling, what a flatten?",
        "One kernel reads all channels of its input, and there is one kernel and one bias "
        "for each output channel. Each output value costs one product per weight of its "
        "kernel.",
        "For a convolution: w = k * k * c_in * filters weights, w + filters parameters, "
        "and rows * columns * w MACs with the rows and columns of its output. For a dense "
        "layer: n * units weights, units biases, and each weight is used once.",
    ),
    misconceptions=(
        Misconception(
            "bias forgotten",
            (
                Auditor(
                    biases=lambda filters, places, c_in: 0,
                    dense=lambda n, units: (n * units, n * units),
                ),
                Auditor(biases=lambda filters, places, c_in: 0),
            ),
            "The biases are missing among the parameters. Each output channel has one.",
        ),
        Misconception(
            "dense bias forgotten",
            Auditor(dense=lambda n, units: (n * units, n * units)),
            "The convolutions are right, but the dense layers have no bias in your audit. "
            "Each of their units has one.",
        ),
        Misconception(
            "one bias",
            (
                Auditor(
                    biases=lambda filters, places, c_in: 1,
                    dense=lambda n, units: (n * units + 1, n * units),
                ),
                Auditor(biases=lambda filters, places, c_in: 1),
            ),
            "You count one bias for the whole layer. Each output channel has its own.",
        ),
        Misconception(
            "bias per position",
            Auditor(biases=lambda filters, places, c_in: filters * places),
            "You count a bias for each position of the output. A channel shares one over "
            "all its positions, as it shares its kernel.",
        ),
        Misconception(
            "bias per input channel",
            (
                Auditor(
                    biases=lambda filters, places, c_in: filters * c_in,
                ),
                Auditor(biases=lambda filters, places, c_in: c_in),
            ),
            "Your biases count the channels of the input. There is one for each sum, and a "
            "sum runs over all input channels.",
        ),
        Misconception(
            "input channels forgotten",
            (
                Auditor(weights=lambda k, c_in, c_out: k * k * c_out),
                Auditor(
                    weights=lambda k, c_in, c_out: k * k * c_out,
                    dense=lambda n, units: (2 * units, units),
                ),
                Auditor(
                    weights=lambda k, c_in, c_out: k * k * c_out, products=_weights
                ),
                Auditor(products=lambda k, c_in, c_out: k * k * c_out),
            ),
            "The channels of the input do not count in your kernels. A kernel is as deep "
            "as its input: it has weights for every channel.",
        ),
        Misconception(
            "filters forgotten",
            (
                Auditor(weights=lambda k, c_in, c_out: k * k * c_in),
                Auditor(weights=lambda k, c_in, c_out: k * k * c_in, products=_weights),
                Auditor(products=lambda k, c_in, c_out: k * k * c_in),
                Auditor(products=lambda k, c_in, c_out: k * k),
            ),
            "You count the weights of one kernel. The layer has as many as it has filters.",
        ),
        Misconception(
            "kernel not squared",
            (
                Auditor(weights=lambda k, c_in, c_out: k * c_in * c_out),
                Auditor(
                    weights=lambda k, c_in, c_out: k * c_in * c_out, products=_weights
                ),
                Auditor(products=lambda k, c_in, c_out: k * c_in * c_out),
            ),
            "Your kernels are one row high. A kernel of size k has k rows and k columns.",
        ),
        Misconception(
            "channels of the image",
            Auditor(carry=lambda filters, before, first: first),
            "The number of channels never changes in your audit. After a convolution it is "
            "its number of filters.",
        ),
        Misconception(
            "MACs by parameters",
            Auditor(macs=lambda w, after, before, b: (w + b) * after),
            "You multiply all the parameters by the positions. A bias is added, not "
            "multiplied: it makes no MAC.",
        ),
        Misconception(
            "MACs once",
            (
                Auditor(macs=lambda w, after, before, b: w),
                Auditor(macs=lambda w, after, before, b: w + b),
            ),
            "Your convolution uses each weight once. It uses it at every position of its "
            "output.",
        ),
        Misconception(
            "MACs over the input",
            Auditor(macs=lambda w, after, before, b: w * before),
            "You count the positions of the input. A product is made for each position of "
            "the output, which may be fewer or more.",
        ),
        Misconception(
            "weights at each position",
            Auditor(shared=lambda weights, places: weights * places),
            "You count the weights anew for each position of the output. All positions "
            "share one kernel: that is what makes the layer a convolution.",
        ),
        Misconception(
            "no MACs in dense layers",
            Auditor(dense=lambda n, units: (n * units + units, 0)),
            "Your dense layers make no products. Each unit multiplies every value of its "
            "input.",
        ),
        Misconception(
            "pooling divides",
            (
                Auditor(pooled=lambda n, k, s, p: n // k),
                Auditor(pooled=lambda n, k, s, p: n // s),
                Auditor(pooled=lambda n, k, s, p: (n - s) // k + 1),
            ),
            "Your pooling divides the size by one number. Windows of one size that move "
            "by another follow the same rule as a kernel's.",
        ),
        Misconception(
            "FLOPs",
            (
                Auditor(
                    macs=lambda w, after, before, b: 2 * w * after,
                    dense=lambda n, units: (n * units + units, 2 * n * units),
                ),
                Auditor(macs=lambda w, after, before, b: 2 * w * after),
            ),
            "You count products and sums one by one. A MAC is a product and a sum "
            "together.",
        ),
        Misconception(
            "padding forgotten",
            Auditor(length=_unpadded),
            "The padding does not count in your sizes: you take every layer for a valid "
            "one.",
        ),
        Misconception(
            "all same",
            (Auditor(length=_kept), Auditor(length=lambda n, k, s, p: n // s)),
            'You take every layer for a "same" one. Without enough padding a map gets '
            "smaller.",
        ),
        Misconception(
            "padding on one side",
            Auditor(length=lambda n, k, s, p: (n + p - k) // s + 1),
            "You add the padding once per axis. It is added on both sides.",
        ),
        Misconception(
            "sizes rounded up",
            Auditor(length=lambda n, k, s, p: -(-(n + 2 * p - k) // s) + 1),
            "You round the sizes up. A window that does not fit is left out.",
        ),
        Misconception(
            "sizes not rounded",
            Auditor(length=lambda n, k, s, p: (n + 2 * p - k) / s + 1),
            "Some of your sizes have fractions. A window fits or it does not: round down.",
        ),
        Misconception(
            "stride ignored",
            Auditor(length=lambda n, k, s, p: n + 2 * p - k + 1),
            "The strides do not count in your sizes. With a stride of 2 about half of the "
            "positions are left along each axis.",
        ),
        Misconception(
            "pooling with weights",
            (
                Auditor(pool=lambda k, c, places: (k * k * c, k * k * c * places)),
                Auditor(pool=lambda k, c, places: (k * k, k * k * c * places)),
                Auditor(pool=lambda k, c, places: (0, k * k * c * places)),
            ),
            "Your pooling multiplies. It takes a maximum: no weights, no products.",
        ),
        Misconception(
            "flatten without channels",
            Auditor(flat=lambda shape: math.prod(shape[:2])),
            "Your flatten counts the positions only. Each of them holds a value for every "
            "channel.",
        ),
        Misconception(
            "values of the input",
            Auditor(out=lambda shape, before: math.prod(before)),
            "The values that you list go into the layer. Asked are those that come out.",
        ),
        Misconception(
            "bytes",
            Auditor(out=lambda shape, before: 4 * math.prod(shape)),
            "You list bytes. Asked is the number of values; each of them takes 4 bytes.",
        ),
        Misconception(
            "values of one channel",
            (
                Auditor(out=lambda shape, before: math.prod(shape[:2])),
                Auditor(
                    out=lambda shape, before: math.prod(
                        (*shape, 1, 1)[:2][: len(shape) - 1]
                    )
                ),
            ),
            "You list the positions of the output. Each holds a value for every channel.",
        ),
        Misconception(
            "dense bias among the MACs",
            Auditor(dense=lambda n, units: (n * units + units, n * units + units)),
            "The dense layers have their biases among the MACs. A bias is added, not "
            "multiplied.",
        ),
    ),
)


# ------------------------------------------------------------- q8: receptive fields

VGG16 = ([(3, 1, 1, 1)] * 2 + [(2, 2, 0, 1)] + [(3, 1, 1, 1)] * 2 + [(2, 2, 0, 1)]) + (
    [(3, 1, 1, 1)] * 3 + [(2, 2, 0, 1)]
) * 3
ALEX = [
    (11, 4, 0, 1),
    (3, 2, 0, 1),
    (5, 1, 2, 1),
    (3, 2, 0, 1),
    (3, 1, 1, 1),
    (3, 1, 1, 1),
    (3, 1, 1, 1),
    (3, 2, 0, 1),
]


def _stacks(rng):
    """Yield (layers,): lists of (k, s, p, d)."""
    yield "one layer", ([(5, 1, 2, 1)],)
    yield "two layers", ([(3, 1, 1, 1), (3, 1, 0, 1)],)
    yield "two layers with stride 2", ([(3, 2, 1, 1), (3, 2, 1, 1)],)
    yield (
        "two convolutions and a pooling, twice",
        ([(3, 1, 0, 1), (3, 1, 0, 1), (2, 2, 0, 1)] * 2,),
    )
    yield "dilations 1, 2, 4", ([(3, 1, 1, 1), (3, 1, 2, 2), (3, 1, 4, 4)],)
    yield "AlexNet", (ALEX,)
    yield "VGG16", (VGG16,)
    for number in range(6):
        rows = rng.integers((1, 1, 0, 1), (6, 4, 4, 4), (int(rng.integers(2, 7)), 4))
        yield f"random stack {number + 1}", ([tuple(map(int, row)) for row in rows],)


def _fields(layers):
    """Follow unit 0 and unit 1 of each layer back to the samples that they read."""
    rows = []
    for depth in range(1, len(layers) + 1):
        zero, one = (_reached(layers[:depth], unit) for unit in (0, 1))
        low = min(zero)
        rows.append((max(zero) - low + 1, min(one) - low, low))
    return rows


def _walk(
    size=lambda r, k, s, p, d, j: r + d * (k - 1) * j,
    jump=lambda j, s: j * s,
    start=lambda b, k, s, p, d, j: b - p * j,
    begin=1,
    early=False,
):
    """Return a wrong table with other words for one of its three columns."""

    def function(layers):
        rows, r, j, b = [], begin, 1, 0
        for k, s, p, d in layers:
            at = jump(j, s) if early else j
            r, b, j = size(r, k, s, p, d, at), start(b, k, s, p, d, at), jump(j, s)
            rows.append((r, j, b))
        return rows

    return function


q8 = FunctionQuestion(
    id="q8",
    title="What a unit sees",
    points=2,
    call="receptive_fields(layers)",
    reference=_fields,
    cases=_stacks,
    entries=dict.fromkeys(("size", "jump", "start"), number_text),
    forbidden=LIBRARY,
    hints=(
        "Take one layer first: which samples does unit 0 read, and which does unit 1? Then "
        "put a second layer on top.",
        "A unit of the next layer reads k units of this one. How far apart are they, "
        "counted in samples of the input? That distance is the jump before the layer's own "
        "stride.",
        "Begin with size 1, jump 1, start 0. A layer adds d * (k - 1) jumps to the size, "
        "and takes p jumps from the start; after that the jump grows by the factor s.",
    ),
    misconceptions=(
        Misconception(
            "jump forgotten",
            (
                _walk(size=lambda r, k, s, p, d, j: r + d * (k - 1)),
                _walk(
                    size=lambda r, k, s, p, d, j: r + d * (k - 1),
                    start=lambda b, k, s, p, d, j: b - p,
                ),
            ),
            "The size grows by the same step wherever the layer stands. After a stride two "
            "neighbours lie further apart in the input.",
        ),
        Misconception(
            "own stride first",
            (
                _walk(early=True),
                _walk(size=lambda r, k, s, p, d, j: r + d * (k - 1) * j * s),
                _walk(size=lambda r, k, s, p, d, j: r + d * (k - 1) * s),
            ),
            "A layer's own stride already widens its own steps in your table. What it "
            "reads is spaced by the layers before it.",
        ),
        Misconception(
            "k instead of k - 1",
            (
                _walk(size=lambda r, k, s, p, d, j: r + k * d * j),
                _walk(size=lambda r, k, s, p, d, j: r + (d * (k - 1) + 1) * j),
                _walk(size=lambda r, k, s, p, d, j: r + k * j),
            ),
            "You add a whole kernel for each layer. One of its weights lies on what was "
            "already seen: count the gaps.",
        ),
        Misconception(
            "begin at 0",
            (
                _walk(begin=0),
                _walk(
                    size=lambda r, k, s, p, d, j: r + k * d * j,
                    begin=0,
                ),
            ),
            "Your size begins at 0. Before the first layer a sample sees itself.",
        ),
        Misconception(
            "product",
            (
                _walk(size=lambda r, k, s, p, d, j: r * k),
                _walk(size=lambda r, k, s, p, d, j: r * (d * (k - 1) + 1)),
                _walk(size=lambda r, k, s, p, d, j: r * k * s),
            ),
            "You multiply the sizes of the kernels. Neighbouring fields overlap, so that "
            "far less is new.",
        ),
        Misconception(
            "size multiplied by the stride",
            _walk(size=lambda r, k, s, p, d, j: (r - 1) * s + d * (k - 1) + 1),
            "You go from the image to the end with a rule for the way back: there the "
            "stride multiplies the size. Forwards it multiplies the jump.",
        ),
        Misconception(
            "dilation ignored",
            _walk(size=lambda r, k, s, p, d, j: r + (k - 1) * j),
            "The dilation does not count in your size. Each gap between two weights is d "
            "steps wide.",
        ),
        Misconception(
            "dilation from 0",
            _walk(size=lambda r, k, s, p, d, j: r + (d + 1) * (k - 1) * j),
            "You take the dilation for the number of holes between two weights. Here it "
            "is the distance of two neighbours, 1 for an ordinary kernel.",
        ),
        Misconception(
            "dilation without end",
            _walk(size=lambda r, k, s, p, d, j: r + (k * d - 1) * j),
            "You stretch the kernel to k times d. Behind the last weight comes no gap.",
        ),
        Misconception(
            "padding in the size",
            (
                _walk(size=lambda r, k, s, p, d, j: r + (d * (k - 1) + 2 * p) * j),
                _walk(size=lambda r, k, s, p, d, j: r + (d * (k - 1) - 2 * p) * j),
            ),
            "The padding changes your size. It moves the field, and leaves its size as it "
            "is.",
        ),
        Misconception(
            "strides added",
            (
                _walk(jump=lambda j, s: j + s - 1),
                _walk(jump=lambda j, s: j + s),
            ),
            "Your jump grows by a sum. Every layer's stride multiplies the jump.",
        ),
        Misconception(
            "the layer's own stride",
            _walk(jump=lambda j, s: s),
            "Your jump is the stride of the layer itself. It counts samples of the input, "
            "so the strides of all layers before it take part.",
        ),
        Misconception(
            "dilation in the jump",
            lambda layers: [
                (r, j, b)
                for (r, _, b), j in zip(
                    _fields(layers),
                    np.cumprod([s * d for _, s, _, d in layers]),
                    strict=True,
                )
            ],
            "The dilation widens your jump. Two neighbouring units stay one stride apart, "
            "however far their weights reach.",
        ),
        Misconception(
            "start without jump",
            _walk(start=lambda b, k, s, p, d, j: b - p),
            "Size and jump are right, but the start adds up the paddings as they are. A "
            "padding deep in the network is a padding of wide steps.",
        ),
        Misconception(
            "start with the own stride",
            _walk(start=lambda b, k, s, p, d, j: b - p * j * s),
            "Size and jump are right, but the start uses the jump after the layer. Its "
            "padding stands before its stride.",
        ),
        Misconception(
            "start at 0",
            _walk(start=lambda b, k, s, p, d, j: 0),
            "Size and jump are right, but every field starts at 0 in your table. With "
            "padding the field of unit 0 begins outside.",
        ),
        Misconception(
            "start of the wrong sign",
            _walk(start=lambda b, k, s, p, d, j: b + p * j),
            "Size and jump are right, but the start has the wrong sign. The padding lies "
            "before sample 0.",
        ),
        Misconception(
            "start of this layer only",
            _walk(start=lambda b, k, s, p, d, j: -p * j),
            "Size and jump are right, but the start knows of one layer only. What the "
            "layers before have moved stays moved.",
        ),
        Misconception(
            "dilation in the start",
            _walk(start=lambda b, k, s, p, d, j: b - p * j * d),
            "Size and jump are right, but the dilation moves the start. It spreads the "
            "weights; the padding is counted in samples.",
        ),
        Misconception(
            "size and jump swapped",
            lambda layers: [(j, r, b) for r, j, b in _fields(layers)],
            "Size and jump have changed places: the size comes first in a row.",
        ),
        Misconception(
            "last layer only",
            (
                lambda layers: _fields(layers)[-1],
                lambda layers: _fields(layers)[-1:],
            ),
            "You give the row of the last layer only. A row for each layer is wanted.",
        ),
        Misconception(
            "transposed table",
            lambda layers: list(zip(*_fields(layers), strict=True)),
            "You give three lists: all sizes, all jumps, all starts. One row of three for "
            "each layer is wanted.",
        ),
        Misconception(
            "centre",
            (
                lambda layers: [(r, j, b + (r - 1) / 2) for r, j, b in _fields(layers)],
                _walk(start=lambda b, k, s, p, d, j: b - (p - (k - 1) / 2) * j),
            ),
            "Size and jump are right, but the third number is the middle of the field. "
            "Asked is its first sample.",
        ),
    ),
)


# ------------------------------------------------------------------ q9: there and back

BROKEN = [
    ("conv", 16, 3, 1, 1),
    ("conv", 32, 3, 2, 1),
    ("conv", 64, 3, 2, 1),
    ("conv", 64, 3, 2, 1),
    ("transposed", 64, 3, 2, 1, 1),
    ("join", 2),
    ("transposed", 32, 3, 2, 1, 0),
    ("join", 1),
    ("conv", 32, 5, 1, 1),
    ("transposed", 16, 3, 2, 1, 1),
    ("join", 1),
    ("conv", 1, 1, 1, 0),
]
MAY_CHANGE = {"conv": (4,), "transposed": (4, 5), "join": (1,)}


def changed(layers, changes):
    """Return a network with some layers replaced: {number: layer}."""
    return [changes.get(number, layer) for number, layer in enumerate(layers)]


REPAIRED = changed(
    BROKEN,
    {
        4: ("transposed", 64, 3, 2, 1, 0),
        6: ("transposed", 32, 3, 2, 1, 1),
        8: ("conv", 32, 5, 1, 2),
        10: ("join", 0),
    },
)


@judged
def _repaired(layers):
    """Judge the repaired network: paddings and joins may differ, and all has to fit."""
    if len(layers) != len(BROKEN):
        raise ValueError(
            f"it has {len(layers)} layers; the broken one has {len(BROKEN)}, and none is "
            "to come or go."
        )
    for number, (mine, old) in enumerate(zip(layers, BROKEN, strict=True)):
        free = MAY_CHANGE[old[0]]
        fixed = [i for i in range(len(old)) if i not in free]
        if mine[0] != old[0] or any(mine[i] != old[i] for i in fixed):
            raise ValueError(
                f"layer {number} was {old}, and more than paddings and joins has changed."
            )
    *_, made = _shapes(layers, (100, 84, 3))
    if made != (100, 84, 1):
        raise ValueError(
            f"all fits, but the output is {_size(made)}, not as the image."
        )


q9 = NetworkQuestion(
    id="q9",
    title="There and back",
    points=3,
    parts={
        "spread": _grown(5, 3, 2, 0, 0),
        "cropped": _grown(13, 5, 3, 1, 0),
        "extended": _grown(28, 5, 3, 2, 1),
        "rest": 26 + 2 - 5 - 3 * (_count(26, 5, 3, 1) - 1),
        "repaired": REPAIRED,
    },
    networks={"repaired": _repaired},
    hints=(
        "A transposed layer lays a whole kernel down for each of its input samples. Draw "
        "the first and the last of these kernels. Where does the output begin and end?",
        "The last kernel lies n - 1 strides behind the first one. Then the padding is cut "
        "away at both ends, and the output padding is added at one.",
        "For `repaired`: follow the height through the layers down to 13, then back. "
        "Which height does each join need, and which comes? One cause may hide behind "
        "another: repair the first, then check again.",
    ),
    misconceptions=(
        Misconception(
            "n times s",
            {"spread": 5 * 2, "extended": 28 * 3},
            "you multiply by the stride, and look no further. How far does the last kernel "
            "that is laid down reach?",
        ),
        Misconception(
            "first kernel forgotten",
            {
                "spread": 5 * 2 + 3,
                "cropped": 13 * 3 + 5 - 2,
                "extended": 28 * 3 + 5 - 4 + 1,
            },
            "you take as many steps as there are samples. Posts, not gaps: the first "
            "kernel needs no step.",
        ),
        Misconception(
            "no crop",
            {"cropped": 12 * 3 + 5, "extended": 27 * 3 + 5 + 1},
            "the padding of a transposed layer is cut off. Your output still has it.",
        ),
        Misconception(
            "cropped once",
            {"cropped": 12 * 3 + 5 - 1, "extended": 27 * 3 + 5 - 2 + 1},
            "you cut the padding off at one end. It goes at both.",
        ),
        Misconception(
            "padding added",
            {"cropped": 12 * 3 + 5 + 2, "extended": 27 * 3 + 5 + 4 + 1},
            "you add the padding. Backwards it takes samples away: those that the ordinary "
            "layer had added.",
        ),
        Misconception(
            "forwards",
            {
                "spread": _count(5, 3, 2),
                "cropped": _count(13, 5, 3, 1),
                "extended": _count(28, 5, 3, 2),
            },
            "that is the length of the ordinary layer. This one goes the other way, and "
            "its output is longer.",
        ),
        Misconception(
            "stretched input",
            {"spread": 4 * 2 + 1, "cropped": 12 * 3 + 1},
            "that is the input with holes between its samples. A kernel is laid down at "
            "the last one too.",
        ),
        Misconception(
            "output padding forgotten",
            {"extended": 27 * 3 + 5 - 4},
            "the output padding is missing. It comes on top, at the right end.",
        ),
        Misconception(
            "stride ignored",
            {"spread": 4 + 3, "cropped": 12 + 5 - 2, "extended": 27 + 5 - 4 + 1},
            "your kernels lie one sample apart. They are laid down in steps of the stride.",
        ),
        Misconception(
            "nothing lost",
            {"rest": 0},
            "do the windows of the ordinary layer come out even? Count what is left behind "
            "the last one.",
        ),
        Misconception(
            "rest with one padding",
            {"rest": (26 + 1 - 5) % 3},
            "you count the padding once. The ordinary layer pads both sides before it "
            "drops a rest.",
        ),
        Misconception(
            "a whole stride",
            {"rest": 3},
            "that is a whole stride: then one more window would fit, and nothing be lost.",
        ),
        Misconception(
            "the length itself",
            {"rest": _grown(8, 5, 3, 1, 0)},
            "that is the length without output padding. How much is missing?",
        ),
        Misconception(
            "unchanged",
            {"repaired": BROKEN},
            "this is still the broken network.",
        ),
        Misconception(
            "all doubled",
            {"repaired": changed(REPAIRED, {4: ("transposed", 64, 3, 2, 1, 1)})},
            "all transposed layers double the size. On the way down one of the heights was "
            "odd, and was rounded.",
        ),
        Misconception(
            "no output padding",
            {
                "repaired": changed(
                    REPAIRED,
                    {
                        6: ("transposed", 32, 3, 2, 1, 0),
                        9: ("transposed", 16, 3, 2, 1, 0),
                    },
                )
            },
            "without output padding each transposed layer falls one short of the double. "
            "Where is that right, and where not?",
        ),
        Misconception(
            "conv that shrinks",
            {"repaired": changed(REPAIRED, {8: BROKEN[8]})},
            "one ordinary convolution on the way up still makes the map smaller. Which "
            "padding keeps the size, for its kernel?",
        ),
        Misconception(
            "join with the wrong layer",
            {"repaired": changed(REPAIRED, {10: BROKEN[10]})},
            "the last join still takes a map of half the size. Which layer on the way down "
            "has the size of the image?",
        ),
    ),
)


# ------------------------------------------------------------------ q10: fit the budget

HEAVY = [
    ("conv", 32, 5, 1, 2),
    ("conv", 64, 3, 1, 1),
    ("pool", 2, 2),
    ("conv", 128, 3, 1, 1),
    ("pool", 2, 2),
    ("flatten",),
    ("dense", 64),
    ("dense", 10),
]
IMAGE = (64, 64, 3)
MOST = {"parameters": 30_000, "MACs": 4_000_000, "bytes": 200_000}
SEEN = 40
LIGHT = [
    ("conv", 16, 3, 2, 1),
    ("conv", 24, 3, 2, 1),
    ("conv", 32, 3, 2, 1),
    ("conv", 32, 3, 1, 1),
    ("conv", 32, 3, 1, 1),
    ("pool", 8, 8),
    ("flatten",),
    ("dense", 10),
]


def prices(layers, shape=IMAGE, auditor=audit):
    """Return what a network costs in all: parameters, MACs and bytes.

    Parameters
    ----------
    layers : list of tuples
        As in `FORMS`; without transposed layers and joins.
    shape : tuple of int
        Of the image: (H, W, C).
    auditor : Auditor
        Who counts.

    Returns
    -------
    dict
        {"parameters": int, "MACs": int, "bytes": int}; the outputs of all layers but
        the flattened ones are kept, 4 bytes per value.
    """
    rows = auditor(layers, shape)
    kept = [
        row for row, layer in zip(rows, layers, strict=True) if layer[0] != "flatten"
    ]
    return {
        "parameters": sum(row[0] for row in rows),
        "MACs": sum(row[1] for row in rows),
        "bytes": 4 * sum(row[2] for row in kept),
    }


def field_of_last(layers):
    """Return the side of the square that a unit of the last convolution sees.

    Parameters
    ----------
    layers : list of tuples
        As in `FORMS`.

    Returns
    -------
    int
        In pixels; 0 if there is no convolution.
    """
    windows = [
        (layer[-3], layer[-2], layer[-1], 1)
        if layer[0] == "conv"
        else (layer[1], layer[2], 0, 1)
        for layer in layers
        if layer[0] in ("conv", "pool")
    ]
    kinds = [layer[0] for layer in layers if layer[0] in ("conv", "pool")]
    while kinds and kinds[-1] != "conv":
        kinds.pop()
    seen = _reached(windows[: len(kinds)], 0) if kinds else ()
    return max(seen) - min(seen) + 1 if seen else 0


@judged
def _fits_budget(layers):
    """Judge a network by its prices, its field and its output."""
    for number, layer in enumerate(layers):
        if layer[0] in ("transposed", "join"):
            raise ValueError(
                f"layer {number}, {layer}: a classifier needs none of these."
            )
    *_, made = _shapes(layers, IMAGE)
    if made != (10,):
        raise ValueError(f"ten numbers are to come out, not {_size(made)}.")
    for number, layer in enumerate(layers):
        if layer[0] == "conv" and layer[4] >= layer[2]:
            raise ValueError(
                f"layer {number}, {layer}: some windows see padding alone."
            )
    for name, price in prices(layers).items():
        if price > MOST[name]:
            raise ValueError(f"{price:,} {name} are too many: at most {MOST[name]:,}.")
    side = field_of_last(layers)
    if side < SEEN:
        raise ValueError(
            f"the budget is met, but a unit of the last convolution sees {side} x {side} "
            f"pixels; at least {SEEN} x {SEEN}."
        )
    few = sum(layer[0] == "conv" for layer in layers)
    if few < 4:
        raise ValueError(f"it has {few} convolutions; at least four.")


def _heavy(auditor=audit):
    """Return {part: value} of the heavy network, as an auditor counts."""
    total = prices(HEAVY, IMAGE, auditor)
    share = auditor(HEAVY, IMAGE)[6][0] / total["parameters"]
    return {
        "parameters": total["parameters"],
        "macs": total["MACs"],
        "memory": total["bytes"],
        "share": share,
    }


def _as(auditor):
    """Return what an idea spoils: the values that differ from the right ones."""
    right, wrong = _heavy(), _heavy(auditor)
    return {
        part: wrong[part] for part in wrong if abs(wrong[part] - right[part]) > 0.002
    }


NO_BIAS = Auditor(
    biases=lambda filters, places, c_in: 0,
    dense=lambda n, units: (n * units, n * units),
)
SHALLOW = Auditor(weights=lambda k, c_in, c_out: k * k * c_out)
UNPADDED = Auditor(length=_unpadded)
WITH_BIAS = Auditor(
    macs=lambda w, after, before, b: (w + b) * after,
    dense=lambda n, units: (n * units + units, n * units + units),
)
ONE_USE = Auditor(macs=lambda w, after, before, b: w)
POOLING = Auditor(pool=lambda k, c, places: (0, k * k * c * places))

BIASES = (32, 64, 128, 64, 10)  # of its five layers with weights
SOME_BIASES = {
    sum(some)
    for few in range(1, len(BIASES))
    for some in itertools.combinations(BIASES, few)
}

q10 = NetworkQuestion(
    id="q10",
    title="Project: fit the budget",
    points=3,
    parts={**_heavy(), "side": field_of_last(HEAVY), "network": LIGHT},
    tol={"share": 0.002},
    networks={"network": _fits_budget},
    hints=(
        "Add up the columns of your audit of question 7. For `side` your table of question "
        "8 has the number: which of its rows is that of the last convolution?",
        "Which layer holds nearly all of the parameters, and what does it do? Which layers "
        "make the largest maps, and what would make them smaller at once?",
        "Let the first layers have stride 2. Pool the last map down to one position before "
        "you flatten it: then the dense layer is small. Late layers widen the field most, "
        "and their maps cost little.",
    ),
    misconceptions=(
        Misconception(
            "bias forgotten",
            _as(NO_BIAS),
            "the biases are missing: one for each filter, and for each unit.",
        ),
        Misconception(
            "some biases forgotten",
            tuple({"parameters": _heavy()["parameters"] - n} for n in SOME_BIASES),
            "some of the biases are missing. Every layer with weights has them, the dense "
            "ones too.",
        ),
        Misconception(
            "biases added to the MACs",
            tuple({"macs": _heavy()["macs"] + n} for n in {*SOME_BIASES, sum(BIASES)}),
            "a bias costs no product: leave it out of the MACs.",
        ),
        Misconception(
            "input channels forgotten",
            _as(SHALLOW),
            "your kernels read one channel each. A kernel is as deep as its input.",
        ),
        Misconception(
            "padding forgotten",
            _as(UNPADDED),
            "the padding does not count in your sizes.",
        ),
        Misconception(
            "biases among the MACs",
            _as(WITH_BIAS),
            "your MACs hold the biases too. A bias is added, not multiplied.",
        ),
        Misconception(
            "each weight once",
            _as(ONE_USE),
            "a convolution uses each weight at every position of its output.",
        ),
        Misconception(
            "pooling multiplies",
            _as(POOLING),
            "you count products for the pooling layers. A maximum has none.",
        ),
        Misconception(
            "values for bytes",
            {"memory": _heavy()["memory"] // 4},
            "that is the number of values. How many bytes does each of them take?",
        ),
        Misconception(
            "flatten counted",
            {"memory": _heavy()["memory"] + 4 * audit(HEAVY, IMAGE)[5][2]},
            "you count the flattened map twice. It is the map before it, read as a list.",
        ),
        Misconception(
            "image counted",
            {"memory": _heavy()["memory"] + 4 * math.prod(IMAGE)},
            "the image is in your sum. Asked are the outputs of the layers.",
        ),
        Misconception(
            "largest map only",
            {"memory": 4 * max(row[2] for row in audit(HEAVY, IMAGE))},
            "that is the largest map alone. All of them are kept.",
        ),
        Misconception(
            "weights for maps",
            {"memory": 4 * _heavy()["parameters"]},
            "these are the bytes of the parameters. Asked are those of the outputs.",
        ),
        Misconception(
            "share of the MACs",
            {"share": audit(HEAVY, IMAGE)[6][1] / _heavy()["macs"]},
            "that is its share of the MACs. Asked is that of the parameters.",
        ),
        Misconception(
            "percent",
            (
                {"share": 100 * _heavy()["share"]},
                *({"share": round(100 * _heavy()["share"], n)} for n in range(3)),
            ),
            "that is a number of percent. Give a share, from zero to one.",
        ),
        Misconception(
            "share of the rest",
            {"share": 1 - _heavy()["share"]},
            "that is what all the other layers have together.",
        ),
        Misconception(
            "jump forgotten",
            {"side": 1 + 4 + 2 + 1 + 2},
            "the pooling has a stride: after it a kernel takes wider steps.",
        ),
        Misconception(
            "own stride first",
            {"side": 1 + 4 + 2 + 2 + 4},
            "the pooling already takes wide steps in your sum. Its own stride widens "
            "those of the layers after it.",
        ),
        Misconception(
            "after the last pooling",
            {"side": field_of_last(HEAVY) + 2},
            "that is what a unit of the last pooling sees. Asked is the layer before.",
        ),
        Misconception(
            "whole kernels",
            {"side": 1 + 5 + 3 + 2 + 3 * 2},
            "you add whole kernels. One weight of each lies on what was already seen.",
        ),
        Misconception(
            "product of the kernels",
            {"side": 5 * 3 * 2 * 3},
            "you multiply the kernels. Neighbouring fields overlap, so far less is new.",
        ),
        Misconception(
            "still heavy",
            {"network": HEAVY},
            "this is the heavy network itself.",
        ),
        Misconception(
            "dense layer left out",
            {"network": [*HEAVY[:6], ("dense", 10)]},
            "without the hidden dense layer the last one reads the whole flattened map, "
            "and holds far too many parameters.",
        ),
        Misconception(
            "pooled at the end only",
            {"network": [*HEAVY[:5], ("pool", 16, 16), ("flatten",), ("dense", 10)]},
            "the parameters are few enough now. Their products at all the positions of the "
            "large maps are not.",
        ),
        Misconception(
            "small and short-sighted",
            {
                "network": [
                    ("conv", 8, 3, 2, 1),
                    ("conv", 16, 3, 2, 1),
                    ("conv", 32, 3, 2, 1),
                    ("conv", 32, 1, 1, 0),
                    ("pool", 8, 8),
                    ("flatten",),
                    ("dense", 10),
                ]
            },
            "the budget is met, but the units see too little. A kernel of one weight "
            "widens no field.",
        ),
    ),
)
