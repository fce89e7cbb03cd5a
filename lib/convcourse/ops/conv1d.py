"""Convolution and cross-correlation of two sequences.

The function of chapter 01: one copy of the signal for each kernel value, delayed
and weighted, all added up. Written to be read; `scipy.signal` is there for speed.
"""

import numpy as np

from convcourse.ops._validate import as_choice, as_integer, as_numbers, as_signal
from convcourse.ops.padding import OTHER_NAMES, PAD_MODES, pad

MODES = ("full", "valid", "same", "causal")
_BORDER_HINT = "That is a border: pass it as boundary=, with mode 'same' or 'full'."


def convolve1d(
    x, kernel, mode="full", boundary="constant", cval=0, stride=1, dilation=1
):
    r"""Convolve a signal with a kernel; the kernel is always flipped.

    Parameters
    ----------
    x : (N,) array_like
        The signal: bool, int, float or complex.
    kernel : (K,) array_like
        The kernel; ``kernel[k]`` weighs the sample ``k * dilation`` steps back.
    mode : {'full', 'valid', 'same', 'causal'}
        Which positions of the kernel count. With ``Ke = (K - 1) * dilation + 1``:
        'full' every overlap, ``N + Ke - 1`` samples; 'valid' only full overlap,
        ``N - Ke + 1``; 'same' ``N`` samples, centred as in ``np.convolve``;
        'causal' ``N`` samples, where ``y[n]`` uses ``x[n]`` and earlier ones only.
    boundary : {'constant', 'edge', 'symmetric', 'reflect', 'wrap'}
        What stands beyond the ends of `x`; see `convcourse.ops.pad`.
    cval : number
        The value beyond the ends for ``boundary='constant'``.
    stride : int
        Keep every `stride`-th sample of the result, beginning with the first.
    dilation : int
        Distance between two neighbouring kernel values; 1 is an ordinary kernel.

    Returns
    -------
    ndarray
        The result, of NumPy's common dtype of `x`, `kernel` and `cval`; but bool and
        integers narrower than 64 bits give int64: no sum wraps round at 8 bits, none
        is truncated. float32 stays float32, complex stays complex. Beyond 64 bits
        integers wrap, as everywhere in NumPy: use float there.

    Raises
    ------
    TypeError
        Where `x`, `kernel` or `cval` is not numeric, or a step is not an integer.
    ValueError
        Where `x` or `kernel` is empty or not 1-D, a name is unknown, a step is below
        1, or ``mode='valid'`` meets a kernel that is longer than `x`.

    Notes
    -----
    With :math:`x` continued beyond its ends as `boundary` says,

    .. math:: y[n] = \sum_{k=0}^{K-1} w[k]\, x[n - k d],

    the convolution sum (A. Oppenheim and R. Schafer, *Discrete-Time Signal
    Processing*, chapter 2) for a kernel with :math:`d - 1` zeros between its values.
    `np.convolve` swaps its arguments where the second is longer; here 'same' always
    has the length of `x`. The work is :math:`K` passes over the result, its extra
    memory one result.

    Examples
    --------
    >>> convolve1d([3, 1, 4, 1, 5], [2, -1, 0.5])
    array([ 6. , -1. ,  8.5, -1.5, 11. , -4.5,  2.5])
    >>> convolve1d([1, 2, 3, 4, 5], [1, 0, -1], mode="same")
    array([ 2,  2,  2,  2, -4])
    >>> convolve1d([1, 2, 3, 4, 5], [1, 0, -1], mode="same", boundary="edge")
    array([1, 2, 2, 2, 1])
    """
    x, kernel = as_signal("x", x), as_signal("kernel", kernel)
    as_choice("mode", mode, MODES, dict.fromkeys(PAD_MODES, _BORDER_HINT))
    as_choice("boundary", boundary, PAD_MODES, OTHER_NAMES)
    stride = as_integer("stride", stride, 1, "Use stride=1 to keep every output.")
    dilation = as_integer("dilation", dilation, 1, "Use dilation=1 for no gaps.")
    reach = (len(kernel) - 1) * dilation  # steps from the first to the last value
    borders = _borders(mode, reach, len(x))

    x = pad(x.astype(_sum_dtype(x, kernel)), borders, boundary, cval)
    length = len(x) - reach
    y = np.zeros(-(-length // stride), x.dtype)
    for k, weight in enumerate(kernel):
        start = reach - k * dilation  # the signal, k * dilation samples late
        y += weight * x[start : start + length : stride]
    return y


def correlate1d(
    x, kernel, mode="full", boundary="constant", cval=0, stride=1, dilation=1
):
    r"""Cross-correlate a signal with a kernel; the kernel is never flipped.

    Parameters
    ----------
    x : (N,) array_like
        The signal: bool, int, float or complex.
    kernel : (K,) array_like
        The pattern to look for. A complex kernel is conjugated, as in `np.correlate`.
    mode, boundary, cval, stride, dilation
        As in `convolve1d`. With ``mode='causal'``, ``kernel[-1]`` weighs the present
        sample.

    Returns
    -------
    ndarray
        The result, of length and dtype as in `convolve1d`.

    Raises
    ------
    TypeError, ValueError
        As `convolve1d`.

    Notes
    -----
    .. math:: y[n] = \sum_{k=0}^{K-1} \overline{w[k]}\, x[n + k d],

    up to where :math:`n` starts to count: convolution with the kernel turned round.
    The layers of neural networks compute this one, and call it convolution.

    Examples
    --------
    >>> correlate1d([0, 0, 0, 1, 1, 1], [-1, 1], mode="valid")
    array([0, 0, 1, 0, 0])
    >>> correlate1d([1, 2, 3, 4, 5], [1, 0, -1], mode="same")
    array([-2, -2, -2, -2,  4])
    """
    turned = np.conj(as_signal("kernel", kernel)[::-1])
    return convolve1d(x, turned, mode, boundary, cval, stride, dilation)


def causal_channels(x, kernels, dilation=1):
    r"""Cross-correlate sequences with causal kernels: nothing looks ahead.

    Parameters
    ----------
    x : (N, T, C_in) array_like
        A batch of sequences: bool, int, float or complex.
    kernels : (K, C_in, C_out) array_like
        As Keras' Conv1D stores them, never flipped: ``kernels[-1]`` weighs the present
        sample, ``kernels[-2]`` the one `dilation` steps back. Complex kernels are
        conjugated, as in `correlate1d`.
    dilation : int
        Distance of two neighbouring kernel values; 1 is an ordinary kernel.

    Returns
    -------
    (N, T, C_out) ndarray
        ``y[:, t]`` depends on ``x[:, : t + 1]`` only; before the beginning there are
        zeros. The dtype as in `correlate1d`.

    Raises
    ------
    TypeError
        Where `x` or `kernels` does not hold numbers, or `dilation` is not an integer.
    ValueError
        Where an axis is missing or empty, channels do not match, or `dilation` is
        below 1.

    Notes
    -----
    What Keras' Conv1D with ``padding="causal"`` computes:

    .. math:: y[n, t, o] = \sum_{k, c} \overline{w[k, c, o]}\,
              x[n,\, t - (K - 1 - k) d,\, c]

    (A. van den Oord and others, *WaveNet*, 2016).

    Examples
    --------
    >>> x = np.arange(1, 9).reshape(1, 8, 1)
    >>> causal_channels(x, np.reshape([1, 10, 100], (3, 1, 1)), dilation=2).ravel()
    array([100, 200, 310, 420, 531, 642, 753, 864])
    """
    x, kernels = as_numbers("x", x), as_numbers("kernels", kernels)
    _check_sequences(x, kernels)
    dilation = as_integer("dilation", dilation, 1, "Use dilation=1 for no gaps.")
    length, taps = x.shape[1], len(kernels)
    y = np.zeros((*x.shape[:2], kernels.shape[2]), _sum_dtype(x, kernels))
    x, kernels = x.astype(y.dtype), np.conj(kernels).astype(y.dtype)
    for k, weights in enumerate(kernels):
        late = min((taps - 1 - k) * dilation, length)
        y[:, late:] += x[:, : length - late] @ weights
    return y


def _check_sequences(x, kernels):
    """Raise ValueError where a batch of sequences and its kernels do not match."""
    if x.ndim != 3 or 0 in x.shape[1:]:
        hint = {
            1: "For one series use x[None, :, None].",
            2: "For one sequence with channels use x[None], for a batch of series "
            "x[..., None].",
        }.get(x.ndim, "")
        raise ValueError(
            f"x must be a batch of sequences (N, T, C), got shape {x.shape}. "
            f"{hint}".strip()
        )
    if kernels.ndim != 3 or kernels.size == 0:
        hint = "For one kernel and one channel use kernels[:, None, None]."
        raise ValueError(
            f"kernels must be (K, C_in, C_out), got shape {kernels.shape}. "
            f"{hint if kernels.ndim == 1 else ''}".strip()
        )
    if kernels.shape[1] != x.shape[2]:
        raise ValueError(
            f"x (N, T, C) has {x.shape[2]} channels, but kernels of shape "
            f"{kernels.shape} (K, C_in, C_out) expect {kernels.shape[1]}."
        )


def _borders(mode, reach, n):
    """Return how many samples the mode needs on the left and on the right."""
    if mode == "valid" and reach >= n:
        raise ValueError(
            f"mode='valid' needs a kernel that fits inside x: it spans {reach + 1} "
            f"samples, x has {n}. Use mode='full', or a shorter kernel."
        )
    return {
        "full": (reach, reach),
        "valid": (0, 0),
        "same": ((reach + 1) // 2, reach // 2),
        "causal": (reach, 0),
    }[mode]


def _sum_dtype(x, kernel):
    """Return the dtype of the sums; narrow integers are widened to 64 bits."""
    dtype = np.result_type(x, kernel)
    narrow = dtype.kind in "biu" and dtype.itemsize < 8
    return np.dtype(np.int64) if narrow else dtype
