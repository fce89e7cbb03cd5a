"""What stands beyond the two ends of a signal: five borders by index maps."""

import numpy as np

from convcourse.ops._validate import as_choice, as_integer, as_numbers

PAD_MODES = ("constant", "edge", "symmetric", "reflect", "wrap")

# Names that other libraries give to the same borders, for the error message.
OTHER_NAMES = {
    "nearest": "SciPy's 'nearest' is 'edge' here.",
    "replicate": "OpenCV's REPLICATE is 'edge' here.",
    "mirror": "SciPy's 'mirror' is 'reflect' here.",
    "reflect_101": "OpenCV's REFLECT_101 is 'reflect' here.",
    "symm": "SciPy's 'symm' is 'symmetric' here.",
    "zero": "Zeros are 'constant' with cval=0.",
    "zeros": "Zeros are 'constant' with cval=0.",
    "fill": "SciPy's 'fill' is 'constant' here.",
    "circular": "'circular' is 'wrap' here.",
}


def pad(x, pad_width, mode="constant", cval=0, axis=-1):
    r"""Extend an array beyond both ends of one axis.

    Parameters
    ----------
    x : array_like
        Numbers, of any shape with at least one axis.
    pad_width : int or (int, int)
        How many samples to add before and after. May exceed the length of `x`.
    mode : {'constant', 'edge', 'symmetric', 'reflect', 'wrap'}
        What stands in the padding; see Notes.
    cval : number
        The value that mode 'constant' puts there. The other modes ignore it.
    axis : int
        The axis to extend.

    Returns
    -------
    ndarray
        A new array, longer by ``sum(pad_width)`` along `axis`. Its dtype is that of
        `x`, or wider where `cval` needs it: a `cval` of 0.5 turns integers to float.

    Raises
    ------
    TypeError
        Where `x` does not hold numbers, or a pad width is not an integer.
    ValueError
        Where a pad width is negative, the mode is unknown, `cval` does not fit the
        integers of `x`, or `x` is empty and the mode has nothing to repeat.

    Notes
    -----
    Each mode but 'constant' maps a position :math:`p` outside :math:`0 \ldots n-1`
    to one inside. Two libraries use the word *reflect* for different borders:

    =============  ===========  ==========  ============  =======================
    1 2 3 4, by 2  here, NumPy  ndimage     OpenCV        position inside
    =============  ===========  ==========  ============  =======================
    0 0 | 0 0      constant     constant    CONSTANT      none
    1 1 | 4 4      edge         nearest     REPLICATE     clip(p, 0, n-1)
    2 1 | 4 3      symmetric    reflect     REFLECT       triangle of period 2n
    3 2 | 3 2      reflect      mirror      REFLECT_101   triangle of period 2n-2
    3 4 | 1 2      wrap         wrap        WRAP          p mod n
    =============  ===========  ==========  ============  =======================

    Examples
    --------
    >>> pad([1, 2, 3, 4], 2, mode="symmetric")
    array([2, 1, 1, 2, 3, 4, 4, 3])
    >>> pad([1, 2, 3, 4], (2, 0), mode="reflect")
    array([3, 2, 1, 2, 3, 4])
    >>> pad([[1, 2], [3, 4]], (0, 1), cval=9, axis=0)
    array([[1, 2],
           [3, 4],
           [9, 9]])
    """
    x = as_numbers("x", x)
    axis = _axis(axis, x.ndim)
    left, right = _two_widths(pad_width)
    as_choice("mode", mode, PAD_MODES, OTHER_NAMES)
    if mode == "constant":
        return _pad_constant(x, left, right, cval, axis)
    n = x.shape[axis]
    if n == 0:
        raise ValueError(
            f"x is empty: mode {mode!r} has no sample to repeat. Use mode='constant'."
        )
    inside = _position_inside(np.arange(-left, n + right), n, mode)
    return np.take(x, inside, axis=axis)


def _position_inside(p, n, mode):
    """Map positions `p`, also those outside 0 ... n-1, to positions inside."""
    if mode == "edge":
        return np.clip(p, 0, n - 1)
    if mode == "wrap":
        return p % n
    # There and back again: symmetric shows the end sample twice, reflect once.
    period = 2 * n if mode == "symmetric" else max(2 * n - 2, 1)
    p = p % period
    back = period - p if mode == "reflect" else period - 1 - p
    return np.where(p < n, p, back)


def _pad_constant(x, left, right, cval, axis):
    """Lay `x` into a longer array that is filled with `cval`."""
    dtype, cval = _dtype_with(x, cval)
    shape = list(x.shape)
    shape[axis] += left + right
    out = np.full(shape, cval, dtype)
    middle = [slice(None)] * x.ndim
    middle[axis] = slice(left, left + x.shape[axis])
    out[tuple(middle)] = x
    return out


def _dtype_with(x, cval):
    """Return a dtype that holds both `x` and `cval`, and `cval` as a Python number."""
    cval = as_numbers("cval", cval)
    if cval.ndim != 0:
        raise ValueError(f"cval must be one number, got shape {cval.shape}.")
    cval = cval.item()
    if x.dtype.kind == "b" and cval in (0, 1):
        return x.dtype, cval
    dtype = np.result_type(x.dtype, cval)  # a plain 0.5 leaves float32 as it is
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if not limits.min <= cval <= limits.max:
            raise ValueError(
                f"cval={cval} does not fit {dtype} ({limits.min} to {limits.max}). "
                "Convert x first, e.g. with .astype(int)."
            )
    return dtype, cval


def _two_widths(pad_width):
    """Return (left, right) from one integer or two."""
    remedy = "Give one number for both sides, or (left, right)."
    if np.ndim(pad_width) == 0:
        pad_width = (pad_width, pad_width)
    if len(pad_width) != 2:
        raise ValueError(f"pad_width must be one or two integers, got {pad_width!r}.")
    left, right = pad_width
    return (
        as_integer("pad_width", left, 0, remedy),
        as_integer("pad_width", right, 0, remedy),
    )


def _axis(axis, ndim):
    """Return `axis` counted from the front."""
    if ndim == 0:
        raise ValueError("x must have at least one axis, got a single number.")
    remedy = f"The axes of x count from 0 to {ndim - 1}."
    number = as_integer("axis", axis, -ndim, remedy)
    if number >= ndim:
        raise ValueError(f"axis must be below {ndim}, got {axis!r}. {remedy}")
    return number % ndim
