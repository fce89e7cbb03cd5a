"""Say in words how a wrong array differs from the right one.

`describe` is what a check falls back on when no known misconception fits. A sentence
about signs, a factor or a shift is only made when it holds for *all* the cases that
are wrong: one small case has many explanations.
"""

import numpy as np

TOLERANCE = 1e-6  # of the largest value; ten times as much for an array of float32


class NotNumbers(Exception):
    """The answer cannot be read as an array of numbers; the text says why."""


def numbers(value):
    """Return an answer as a fresh array of numbers.

    Lists, tuples, scalars of Python or NumPy, arrays and tensors count as the numbers
    that they hold. Complex numbers without an imaginary part count as real.

    Parameters
    ----------
    value : object
        What the learner gave.

    Returns
    -------
    numpy.ndarray
        Of integers, floats or complex numbers.

    Raises
    ------
    NotNumbers
        If it holds anything else; the text says what.

    Examples
    --------
    >>> numbers((1, 2.5))
    array([1. , 2.5])
    >>> numbers({1, 2})
    Traceback (most recent call last):
        ...
    convcourse.checks.diagnosis.NotNumbers: it is a set, not an array or list of numbers
    """
    kind = type(value).__name__
    if np.ma.is_masked(value):
        raise NotNumbers("some of its entries are masked, and hold no number")
    if _holds_text(value):
        raise NotNumbers("not all its entries are numbers")
    try:
        array = np.array(value)
    except MemoryError:
        raise NotNumbers("it has more entries than there is memory for") from None
    except Exception:
        if isinstance(value, tuple):
            several = f"it is a tuple of {len(value)} things, not one array"
            raise NotNumbers(several) from None
        raise NotNumbers("its rows have different lengths") from None
    if array.dtype.kind not in "biufc":
        if array.ndim == 0:
            raise NotNumbers(f"it is a {kind}, not an array or list of numbers")
        texts = any(isinstance(entry, (str, bytes)) for entry in array.flat)
        held = array.dtype.kind == "O" and not texts
        try:
            array = array.astype(float) if held else None
        except (TypeError, ValueError):
            array = None
        if array is None:
            raise NotNumbers("not all its entries are numbers")
    if array.dtype.kind == "b":
        array = array.astype(int)
    if array.dtype.kind == "c" and agree(array, array.real):
        array = array.real
    return array


def _holds_text(rows):
    """Return True if a text is in a list: each entry of an array would be as long."""
    if not isinstance(rows, (list, tuple)):
        return False
    return any(isinstance(entry, str) or _holds_text(entry) for entry in rows)


def agree(got, truth, tol=None):
    """Return True if two arrays have the same shape and the same values.

    Parameters
    ----------
    got, truth : numpy.ndarray
        Integers are compared exactly; otherwise 1e-6 of the largest value may be
        missing, 1e-5 if `got` is float32.
    tol : float, optional
        The difference that may be, instead.

    Returns
    -------
    bool

    Examples
    --------
    >>> agree(np.array([0.1 + 0.2]), np.array([0.3]))
    True
    >>> agree(np.array([1, 2]), np.array([[1, 2]]))
    False
    """
    if got.shape != truth.shape:
        return False
    return bool(_close(got, truth, tol).all())


def _close(got, truth, tol=None):
    """Return for each entry whether it is right."""
    if tol is None:
        if got.dtype.kind in "iu" and truth.dtype.kind in "iu":
            return got == truth
        single = got.real.dtype == np.float32
        largest = np.abs(truth[np.isfinite(truth)]).max(initial=0) or 1
        tol = TOLERANCE * (10 if single else 1) * largest
    with np.errstate(all="ignore"):
        close = np.abs(got - truth) <= tol
    return close | (got == truth) | (np.isnan(got) & np.isnan(truth))


def show(value):
    """Return a short text for an argument or a result; of a long array, only its size.

    Examples
    --------
    >>> show(np.array([3, 1.5])), show(np.zeros((4, 5)))
    ('[3.0, 1.5]', 'an array of shape (4, 5)')
    >>> show(np.zeros((512, 512), np.uint8))
    'an array of shape (512, 512) and type uint8'
    """
    if not isinstance(value, np.ndarray):
        return repr(value)
    if value.size > 12:
        size = f"{value.size} numbers" if value.ndim == 1 else f"shape {value.shape}"
        sort = " and type uint8" if value.dtype == np.uint8 else ""
        return f"an array of {size}{sort}"
    return str(value.round(4).tolist())


def describe(pairs, name="the result", tol=None, entries=()):
    """Return sentences that say how wrong arrays differ from right ones.

    They hold no right number: what the learner is to find stays to be found.

    Parameters
    ----------
    pairs : list of (numpy.ndarray, numpy.ndarray)
        What came and what is right, for each case that is wrong.
    name : str
        The name of the answer in the sentences: a variable's, or two words.
    tol : float, optional
        The difference that may be, as in `agree`.
    entries : mapping, optional
        {name: function} for the entries, or for the columns of a table; the function
        turns a number into its text.

    Returns
    -------
    str

    Examples
    --------
    >>> describe([(np.array([-1, 2, -4]), np.array([1, -2, 4]))])
    'All signs are the other way round.'
    >>> describe([(np.array([3, 2, 0]), np.array([1, 2, 4]))])
    'Entry 0 of the result is 3, which is too large. After it, entry 1 is 2 (right).'
    >>> describe([(np.array([3, 2, 0]), np.array([1, 2, 4]))], "y")
    'y[0] is 3, which is too large. After it, y[1] is 2 (right).'
    """
    shapes = [pair for pair in pairs if pair[0].shape != pair[1].shape]
    if shapes:  # `spoken_of` knows this order
        turned = all(got.shape == truth.shape[::-1] for got, truth in shapes)
        return _shape(*shapes[0], name, turned)
    with np.errstate(all="ignore"):  # a learner may have set other rules
        for find in (_not_finite, _nothing, _whole, _rounded, _signs_or_factor, _moved):
            sentence = find(pairs)
            if sentence:
                return sentence
        if entries and pairs[0][0].shape[-1:] == (len(entries),):
            return _by_name(*pairs[0], entries)
        where = _single(pairs, tol) or _where(pairs, tol)
        return f"{where}{_first(*pairs[0], name, tol)}"


def spoken_of(pairs):
    """Return the number of the pair that the sentences of `describe` speak of.

    Examples
    --------
    >>> one = np.array([1.0])
    >>> spoken_of([(one, one + 1), (one * np.nan, one)])
    1
    """
    signs = (
        lambda got, truth: got.shape != truth.shape,
        lambda got, truth: not np.isfinite(got).all(),
    )
    for sign in signs:
        for number, pair in enumerate(pairs):
            if sign(*pair):
                return number
    return 0


def number_text(value):
    """Return a short text for a number; whole ones keep all their digits.

    Examples
    --------
    >>> number_text(2556200), number_text(2556200.0), number_text(1 / 3)
    ('2,556,200', '2,556,200', '0.333333')
    """
    if np.iscomplexobj(value) or not 1e6 <= abs(value) < 1e15 or value % 1:
        return f"{value:.6g}"
    return f"{int(value):,}"


def _called(name, at=()):
    """Return what an entry is called where a sentence begins."""
    index = ", ".join(map(str, at))
    if " " not in name:
        return f"{name}[{index}]" if at else name
    return f"Entry {index} of {name}" if at else name[0].upper() + name[1:]


def _shape(got, truth, name, turned):
    """Say how the shape differs; of 1-D arrays, also whether one is part of the other."""
    if got.ndim > 1 and got.T.shape == truth.shape and agree(got.T, truth):
        return "Rows and columns are swapped."
    if got.ndim != truth.ndim:
        came = f"has the shape {got.shape}" if got.ndim else "is a single number"
        few = {0: "a single number is", 1: "one axis is"}
        wanted = few.get(truth.ndim, f"{truth.ndim} axes are")
        return f"{_called(name)} {came}; {wanted} wanted."
    if got.ndim != 1:
        return (
            f"{_called(name)} has the shape {got.shape}; {_sizes(got, truth, turned)}"
        )
    more = "too many" if len(got) > len(truth) else "too few"
    came = "1 entry" if len(got) == 1 else f"{len(got)} entries"
    return f"{_called(name)} has {came}; that is {more}.{_part(got, truth)}"


def _sizes(got, truth, turned):
    """Say of images in which axis the size is wrong, and whether one is in the other."""
    if got.ndim != 2:
        return "that is not right."
    if turned:
        return "its height and width are swapped."
    wrong = []
    for few, many, word in zip(
        got.shape, truth.shape, ("rows", "columns"), strict=True
    ):
        if few != many:
            wrong.append(f"too {'few' if few < many else 'many'} {word}")
    return f"that is {' and '.join(wrong)}.{_crop(got, truth)}"


def _crop(got, truth):
    """Say that one image is cut out of the other, and where it lies in it."""
    big, small = (got, truth) if got.size > truth.size else (truth, got)
    extra = [b - s for b, s in zip(big.shape, small.shape, strict=True)]
    if min(extra) < 0 or max(extra) > 12 or small.size < 2:
        return ""
    for top, left in np.ndindex(extra[0] + 1, extra[1] + 1):
        if agree(small, big[top : top + len(small), left : left + small.shape[1]]):
            bottom, right = extra[0] - top, extra[1] - left
            ends = [(top, "top"), (bottom, "bottom"), (left, "left"), (right, "right")]
            counts = [f"{n} at the {end}" for n, end in ends if n]
            word = "too many" if big is got else "missing"
            return f" The others are right; {word}: {', '.join(counts)}."
    return ""


def _part(got, truth):
    """Say that one array holds the other, with entries too many or too few."""
    (short, long), word = sorted((got, truth), key=len), "missing"
    if len(got) > len(truth):
        word = "too many"
    extra = len(long) - len(short)
    if len(short) < 2 or extra > 50:
        return ""
    for left in range(extra + 1):
        if agree(short, long[left : left + len(short)]):
            ends = [(left, "at the start"), (extra - left, "at the end")]
            counts = " and ".join(f"{n} {word} {end}" for n, end in ends if n)
            return f" The others are right: {counts}."
    return ""


def _not_finite(pairs):
    """Say where NaN or infinity stands."""
    for got, _ in pairs:
        bad = np.argwhere(~np.isfinite(got))
        if len(bad):
            place = f" at index {', '.join(map(str, bad[0]))}" if got.ndim else ""
            return (
                f"There is {got[tuple(bad[0])]}{place}: a division by zero, or memory of "
                "np.empty that was never filled?"
            )
    return None


def _nothing(pairs):
    """Say that all is zero."""
    if not any(g.any() for g, _ in pairs) and max(g.size for g, _ in pairs) > 1:
        return "All entries are 0: is anything ever put into them?"
    return None


def _whole(pairs):
    """Say that fractions were cut off."""
    cut = [np.all(np.abs(g - t) < 1) and np.all(g == np.round(g)) for g, t in pairs]
    if all(cut) and any(g.dtype.kind in "iu" or g.size > 2 for g, _ in pairs):
        return (
            "Your numbers are whole, the right ones have fractions: they are cut off, "
            "as in an array of integers."
        )
    return None


def _rounded(pairs):
    """Say that only the last digits are missing."""

    def near(got, truth):
        if np.all(got == np.round(got)) and np.all(truth == np.round(truth)):
            return False  # whole numbers, counted: the difference is 1 or more
        few = 2e-3 if got.dtype == np.float16 else 1e-4
        return np.all(np.abs(got - truth) <= few * np.abs(truth).max(initial=0))

    if all(near(*pair) for pair in pairs):
        return (
            "It is nearly right: only the last digits differ. Were they rounded on the "
            "way, or computed in float16 or float32? Keep all digits until the end."
        )
    return None


def _signs_or_factor(pairs):
    """Say that all is a constant factor away."""
    factors = []
    for got, truth in pairs:
        zero = _close(truth, np.zeros_like(truth))
        if zero.all():
            return None
        factor = got.ravel()[np.argmin(zero)] / truth.ravel()[np.argmin(zero)]
        if factor == 0 or not agree(got, factor * truth):
            return None
        factors.append(factor)
    if sum(truth.size for _, truth in pairs) < 2:
        return (
            "The sign is the other way round." if abs(factors[0] + 1) < 1e-9 else None
        )
    if np.allclose(factors, -1):
        return "All signs are the other way round."
    if np.allclose(factors, factors[0]):
        return f"All is {factors[0]:.4g} times as large as it should be."
    if min(truth.size for _, truth in pairs) > 1:
        return (
            "All is a constant factor too large or too small, another one in each case: "
            "is there a sum or a length to divide by, or not to divide by?"
        )
    return None


# What may have happened to an image, and the step that undoes it.
TURNED = {
    np.transpose: "Rows and columns are swapped.",
    np.flipud: "The right rows come in reversed order: it stands on its head.",
    np.fliplr: "The right columns come in reversed order: left and right are swapped.",
}


def _moved(pairs):
    """Say that the right numbers stand in the wrong places."""
    if min(truth.size for _, truth in pairs) < 3:
        return None
    if all(agree(np.flip(g), t) for g, t in pairs):
        turn = " in both axes" if pairs[0][1].ndim > 1 else ""
        return f"The right numbers come in reversed order{turn}."
    for change, sentence in TURNED.items():
        if all(g.ndim == 2 and agree(change(g), t) for g, t in pairs):
            return sentence
    for axis in range(pairs[0][1].ndim):
        for shift in (1, 2, 3, -1, -2, -3):
            if all(_is_shifted(g, t, shift, axis) for g, t in pairs):
                way = "late" if shift > 0 else "early"
                along = f" along axis {axis}" if pairs[0][1].ndim > 1 else ""
                places = "1 place" if abs(shift) == 1 else f"{abs(shift)} places"
                return f"The right numbers come {places} too {way}{along}."
    return None


def _is_shifted(got, truth, shift, axis):
    """Return True if `got` is `truth`, moved by `shift` entries; ends do not count."""
    got, truth = np.moveaxis(got, axis, 0), np.moveaxis(truth, axis, 0)
    if shift < 0:
        got, truth, shift = truth, got, -shift
    return len(truth) > shift + 1 and agree(got[shift:], truth[:-shift])


def _single(pairs, tol):
    """Say that one entry is wrong, in a single list of at least three."""
    if len(pairs) > 1 or pairs[0][1].ndim != 1 or len(pairs[0][1]) < 3:
        return ""
    wrong = np.flatnonzero(~_close(*pairs[0], tol))
    if len(wrong) > 1:
        return ""
    return f"One entry is wrong: number {wrong[0]}, counted from 0. "


def _where(pairs, tol):
    """Say that only the border, or only the inside, is wrong; else nothing."""
    border, inside = [], []
    for got, truth in pairs:
        if truth.ndim not in (1, 2) or min(truth.shape) < 5:
            return ""
        right = _close(got, truth, tol)
        quarters = [slice(n // 4, n - n // 4) for n in right.shape]
        border.append(right[tuple(quarters)].all())
        frame = np.ones(right.shape, bool)
        frame[(slice(1, -1),) * right.ndim] = False
        inside.append(right[frame].all())
    if all(border):
        return "The middle is right, the border is not. "
    ends = "two ends are" if pairs[0][1].ndim == 1 else "border is"
    return f"The {ends} right, the inside is not. " if all(inside) else ""


def _by_name(got, truth, entries):
    """Call the entries, or those of the first wrong row of a table, by their names."""
    right, row, verb = _close(got, truth), "", " is"
    if got.ndim > 1:
        at = tuple(int(i) for i in np.argwhere(~right)[0][:-1])
        got, right = got[at], right[at]
        row, verb = f"Row {', '.join(map(str, at))}, counted from 0: ", ""
    said = [
        f"{name}{verb} {text(value)} ({'right' if fine else 'wrong'})"
        for (name, text), value, fine in zip(entries.items(), got, right, strict=True)
    ]
    return f"{row}{', '.join(said)}."


def _first(got, truth, name, tol):
    """Point at the first wrong entry, and at the learner's numbers beside it."""
    right = _close(got, truth, tol)
    at = tuple(int(i) for i in np.argwhere(~right)[0])
    if np.iscomplexobj(got):
        judged = f"{number_text(got[at])}, which is not right"
    else:
        way = "large" if got[at] > truth[at] else "small"
        judged = f"{number_text(got[at])}, which is too {way}"
    sentences = [f"{_called(name, at)} is {judged}."]
    for step, word in ((-1, "Before"), (1, "After")):
        if at and 0 <= at[-1] + step < got.shape[-1]:
            near = (*at[:-1], at[-1] + step)
            mark = "right" if right[near] else "wrong too"
            beside = _called(name, near).removesuffix(f" of {name}")
            beside = beside.replace("Entry", "entry")
            sentences.append(
                f"{word} it, {beside} is {number_text(got[near])} ({mark})."
            )
    return " ".join(sentences)
