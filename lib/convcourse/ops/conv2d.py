r"""Convolution and cross-correlation of two images.

The idea is one line: cut the image into windows of the kernel's size, and multiply
all windows with the kernel at once (`_by_windows`). That is the sum of chapter 02.
The other functions compute the same sum in another order, because for a photograph
the order decides about time and memory: row by row of the kernel (`_by_rows`), as
matrix products (`_by_tiles`), or as a product of spectra (`_by_fft`).
"""

from functools import partial
from itertools import product
from math import ceil, gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcourse.ops._validate import as_choice, as_image, as_pair
from convcourse.ops.padding import OTHER_NAMES, PAD_MODES, _dtype_with

MODES = ("full", "valid", "same")
_OTHER_MODES = {
    **dict.fromkeys(
        PAD_MODES, "That is a border: pass it as boundary=, with mode 'same' or 'full'."
    ),
    "causal": "'causal' needs an order of time, which an image does not have.",
}

# Where one order of the sum overtakes another; measured, see benchmarks/ops.py.
_SMALL_WORK = 4096  # multiplications below which one einsum is quickest
_SHORT_ROW = 11  # np.convolve has a fast loop up to this many values
_MANY_TAPS = 49  # kernel values from which the FFT, or for integers BLAS, is quickest
_BLOCK = 1 << 16  # output pixels computed at a time: they stay in the cache
_TILE = 32  # output columns of one matrix product
_FFT_TILE = 256  # output rows and columns of one transform


def correlate2d(
    x, kernel, mode="full", boundary="constant", cval=0, stride=1, dilation=1
):
    r"""Cross-correlate an image with a kernel; the kernel is never flipped.

    Parameters
    ----------
    x : (H, W) array_like
        The image: bool, int, float or complex.
    kernel : (kh, kw) array_like
        The pattern to look for, of any shape. A complex kernel is conjugated, as in
        `scipy.signal.correlate2d`.
    mode : {'full', 'valid', 'same'}
        Which positions of the kernel count. Along each axis, with N pixels, K kernel
        values and ``Ke = (K - 1) * dilation + 1``: 'full' every overlap,
        ``N + Ke - 1`` pixels; 'valid' only full overlap, ``N - Ke + 1``; 'same' N.
    boundary : {'constant', 'edge', 'symmetric', 'reflect', 'wrap'}
        What stands beyond the border of `x`; see `convcourse.ops.pad`.
    cval : number
        The value beyond the border for ``boundary='constant'``.
    stride : int or (int, int)
        Keep every `stride`-th row and column of the result, beginning with the first.
    dilation : int or (int, int)
        Distance between neighbouring kernel values, down and across; 1 leaves no gap.

    Returns
    -------
    ndarray
        The result, of NumPy's common dtype of `x`, `kernel` and `cval`; but bool and
        integers narrower than 64 bits give int64. Integers are exact as long as they
        fit 64 bits. float32 stays float32, complex stays complex.

    Raises
    ------
    TypeError
        Where `x`, `kernel` or `cval` is not numeric, or a step is not an integer.
    ValueError
        Where `x` or `kernel` is empty or not 2-D, a name is unknown, a step is below
        1, or ``mode='valid'`` meets a kernel that does not fit inside `x`.

    Notes
    -----
    With :math:`x` continued beyond its border as `boundary` says,

    .. math::

        y[m, n] = \sum_{i=0}^{k_h-1} \sum_{j=0}^{k_w-1}
                  \overline{w[i, j]}\, x[m + i d,\; n + j d],

    up to where :math:`m` and :math:`n` start to count. In 'same' the window of output
    (m, n) has pixel (m, n) at its index ``(kh // 2, kw // 2)``, as in `np.correlate`,
    `scipy.ndimage` and OpenCV; `scipy.signal.correlate2d` takes the pixel before, for
    even kernels. The layers of neural networks compute this sum.

    Large kernels of floats go through the FFT: there the rounding error is a few
    units in the last place of the *largest* result, also where the result is small.
    An image with NaN or infinity is summed directly, so that these stay where they
    are. Integers are never sent through an FFT.

    Examples
    --------
    >>> x = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> correlate2d(x, [[1, 2], [3, 4]], mode="valid")
    array([[37, 47],
           [67, 77]])
    >>> correlate2d(x, [[-1, 0, 1]], mode="same", boundary="edge")
    array([[1, 2, 1],
           [1, 2, 1],
           [1, 2, 1]])
    """
    x, kernel = as_image("x", x), as_image("kernel", kernel)
    as_choice("mode", mode, MODES, _OTHER_MODES)
    as_choice("boundary", boundary, PAD_MODES, OTHER_NAMES)
    stride = as_pair("stride", stride, 1, "Use stride=1 to keep every output.")
    dilation = as_pair("dilation", dilation, 1, "Use dilation=1 for no gaps.")

    borders = _borders(mode, x.shape, kernel.shape, dilation)
    dtype = _sum_dtype(x, kernel)
    if boundary == "constant":
        dtype, cval = _dtype_with(np.empty(0, dtype), cval)
    fast = _fast_dtype(dtype, x, kernel, cval if boundary == "constant" else 0)
    x, kernel = x.astype(fast, copy=False), np.conj(kernel).astype(fast)
    x = _framed(x, borders, boundary, cval)
    dense = partial(_dense, fft=dtype.kind in "fc")
    return _weighted_sums(x, kernel, stride, dilation, dense).astype(dtype, copy=False)


def convolve2d(
    x, kernel, mode="full", boundary="constant", cval=0, stride=1, dilation=1
):
    r"""Convolve an image with a kernel; the kernel is always flipped in both axes.

    Parameters
    ----------
    x : (H, W) array_like
        The image: bool, int, float or complex.
    kernel : (kh, kw) array_like
        The kernel, of any shape; ``kernel[i, j]`` weighs the pixel `i` rows above and
        `j` columns to the left.
    mode, boundary, cval, stride, dilation
        As in `correlate2d`.

    Returns
    -------
    ndarray
        The result, of shape and dtype as in `correlate2d`.

    Raises
    ------
    TypeError, ValueError
        As `correlate2d`.

    Notes
    -----
    .. math::

        y[m, n] = \sum_{i=0}^{k_h-1} \sum_{j=0}^{k_w-1} w[i, j]\, x[m - i d,\; n - j d],

    the convolution sum in two dimensions (R. Gonzalez and R. Woods, *Digital Image
    Processing*, chapter 3): correlation with the kernel turned by 180 degrees. An
    even kernel is centred as in `np.convolve` and `scipy.signal.convolve2d`.

    Examples
    --------
    >>> x = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    >>> convolve2d(x, [[1, 2], [3, 4]], mode="valid")
    array([[23, 33],
           [53, 63]])
    >>> impulse = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    >>> convolve2d(impulse, [[1, 2, 3], [4, 5, 6], [7, 8, 9]], mode="same")
    array([[1, 2, 3],
           [4, 5, 6],
           [7, 8, 9]])
    """
    turned = np.conj(as_image("kernel", kernel)[::-1, ::-1])
    return correlate2d(x, turned, mode, boundary, cval, stride, dilation)


# ------------------------------------------------------------- borders and dtype


def _borders(mode, shape, kernel_shape, dilation):
    """Return ((top, bottom), (left, right)): the pixels that the mode adds."""
    reach = [(k - 1) * d for k, d in zip(kernel_shape, dilation, strict=True)]
    if mode == "valid":
        if any(r >= n for r, n in zip(reach, shape, strict=True)):
            spans = tuple(r + 1 for r in reach)
            raise ValueError(
                f"mode='valid' needs a kernel that fits inside x: it spans {spans} "
                f"pixels, x has {tuple(shape)}. Use mode='full', or a smaller kernel."
            )
        return (0, 0), (0, 0)
    if mode == "full":
        return tuple((r, r) for r in reach)
    return tuple(((r + 1) // 2, r // 2) for r in reach)


def _sum_dtype(x, kernel):
    """Return the dtype of the sums; narrow integers are widened to 64 bits."""
    dtype = np.result_type(x, kernel)
    narrow = dtype.kind in "biu" and dtype.itemsize < 8
    return np.dtype(np.int64) if narrow else dtype


def _framed(x, borders, boundary, cval):
    """Return the image with its borders."""
    if not any(map(any, borders)):
        return x
    if boundary != "constant":
        return np.pad(x, borders, boundary)
    (top, bottom), (left, right) = borders  # np.pad takes longer for small images
    rows, columns = x.shape
    framed = np.full((top + rows + bottom, left + columns + right), cval, x.dtype)
    framed[top : top + rows, left : left + columns] = x
    return framed


def _fast_dtype(dtype, x, kernel, cval):
    """Return a dtype with a sum that is quicker than that of `dtype`, and as exact.

    Whole numbers are exact in floats up to 2**24 or 2**53, in any order of the sum.
    """
    if dtype == np.float16:
        return np.dtype(np.float32)  # processors have no fast half-precision sum
    if dtype.kind in "iu":
        largest = max(_peak(x), abs(cval)) * _peak(kernel) * kernel.size
        if largest < 2**24:
            return np.dtype(np.float32)
        if largest < 2**53:
            return np.dtype(np.float64)
    return dtype


def _peak(array):
    """Return the largest magnitude of integers, as a Python integer: no overflow."""
    return max(array.max().item(), -array.min().item())


# ------------------------------------------- one sum: which order, stride, dilation


def _weighted_sums(x, kernel, stride, dilation, dense):
    """Return sum of kernel[i, j] * x[m*s + i*d, n*s + j*d] for all m, n that fit."""
    rows, columns = _output_shape(x, kernel, stride, dilation)
    if rows * columns * kernel.size <= max(_SMALL_WORK, x.size):
        return _by_windows(x, kernel, stride, dilation)
    return _strided(x, kernel, stride, dilation, dense)


def _output_shape(x, kernel, stride, dilation):
    """Return how many positions fit along each axis."""
    return tuple(
        (n - (k - 1) * d - 1) // s + 1
        for n, k, s, d in zip(x.shape, kernel.shape, stride, dilation, strict=True)
    )


def _by_windows(x, kernel, stride, dilation):
    """Cut out all windows, multiply them with the kernel, and add up: the idea."""
    spans = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=True)]
    windows = sliding_window_view(x, spans)  # a view: nothing is copied
    windows = windows[:: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]
    return np.einsum("mnij,ij->mn", windows, kernel)


def _strided(x, kernel, stride, dilation, dense):
    """Compute only the outputs that are kept.

    A step of s pixels means: the kernel values q, q + s, q + 2s, ... meet the pixels
    q, q + s, q + 2s, ... only. Each such phase is a correlation without stride.
    """
    if stride == (1, 1):
        return _dilated(x, kernel, dilation, dense)
    rows, columns = _output_shape(x, kernel, stride, dilation)
    common = [gcd(s, d) for s, d in zip(stride, dilation, strict=True)]
    step = [s // g for s, g in zip(stride, common, strict=True)]
    gaps = tuple(d // g for d, g in zip(dilation, common, strict=True))
    y = np.zeros((rows, columns), x.dtype)
    for a, b in product(*map(range, np.minimum(step, kernel.shape))):
        weights = kernel[a :: step[0], b :: step[1]]
        pixels = x[a * dilation[0] :: stride[0], b * dilation[1] :: stride[1]]
        height = rows + (weights.shape[0] - 1) * gaps[0]
        width = columns + (weights.shape[1] - 1) * gaps[1]
        y += _dilated(pixels[:height, :width], weights, gaps, dense)
    return y


def _dilated(x, kernel, dilation, dense):
    """Correlate each phase image: a kernel with gaps of d sees every d-th pixel."""
    if dilation == (1, 1):
        return dense(x, kernel)
    if kernel.size < _MANY_TAPS and dilation[1] > 1:
        return _by_windows(x, kernel, (1, 1), dilation)  # einsum is quick with gaps
    y = np.empty(_output_shape(x, kernel, (1, 1), dilation), x.dtype)
    for a, b in product(*map(range, np.minimum(dilation, y.shape))):
        phase = np.s_[a :: dilation[0], b :: dilation[1]]
        y[phase] = dense(x[phase], kernel)
    return y


def _dense(x, kernel, fft):
    """Take the order of the sum that is quickest for this kernel, and allowed."""
    many, short = kernel.size >= _MANY_TAPS, kernel.shape[1] <= _SHORT_ROW
    if (short and not many) or not _is_tame(x, kernel):
        return _by_rows(x, kernel)
    return _by_fft(x, kernel) if many and fft else _by_tiles(x, kernel)


def _is_tame(x, kernel):
    """Tell whether all values are finite, and all sums on the way will be.

    The other orders also multiply pixels with zeros that are no part of the kernel;
    0 * NaN is NaN. No sum is larger than the product of the two norms (Cauchy and
    Schwarz); NaN and infinity make the norm what they are.
    """
    if x.dtype.kind in "iu":  # integers too large for exact floats
        return False
    energies = [float(np.vdot(a, a).real) * a.size for a in (x, kernel)]
    return energies[0] * energies[1] < float(np.finfo(x.dtype).max)


# ---------------------------------------- the same sum in other orders, no stride


def _row_blocks(rows, width):
    """Yield (first, last) output row of blocks small enough for the cache."""
    step = max(1, _BLOCK // width)
    for first in range(0, rows, step):
        yield first, min(first + step, rows)


def _by_rows(x, kernel):
    """Add up one 1-D correlation per kernel row, over the image rows end to end."""
    (kh, kw), width = kernel.shape, x.shape[1]
    rows, columns = _output_shape(x, kernel, (1, 1), (1, 1))
    y = np.empty((rows, width), x.dtype)
    for first, last in _row_blocks(rows, width):
        line = y[first:last].reshape(-1)
        sums = line[: line.size - kw + 1]
        for i in range(kh):
            pixels = x[first + i : last + i].ravel()
            terms = np.convolve(pixels, kernel[i, ::-1], "valid")  # flips it back
            np.add(sums, terms, out=sums) if i else np.copyto(sums, terms)
    return y[:, :columns]  # without windows that run from one row into the next


def _by_tiles(x, kernel):
    """Multiply strips of the image with banded matrices: a few products, all BLAS."""
    (kh, kw), width = kernel.shape, x.shape[1]
    rows, columns = _output_shape(x, kernel, (1, 1), (1, 1))
    matrices = _banded(kernel, _TILE)
    strips = ceil(columns / _TILE)
    y = np.empty((rows, columns), x.dtype)
    for first, last in _row_blocks(rows, width):
        part = np.zeros((last - first + kh - 1, strips * _TILE + kw - 1), x.dtype)
        part[:, :width] = x[first : last + kh - 1]
        windows = sliding_window_view(part, _TILE + kw - 1, axis=1)[:, ::_TILE]
        windows = windows.swapaxes(0, 1)  # (strip, row, pixel)
        total = sum(windows[:, i : i + last - first] @ matrices[i] for i in range(kh))
        y[first:last] = total.swapaxes(0, 1).reshape(last - first, -1)[:, :columns]
    return y


def _banded(kernel, size):
    """Return, for each kernel row, the matrix that correlates a strip with it.

    Column c holds the row from position c on, so ``pixels @ matrix`` gives `size`
    neighbouring outputs.
    """
    kh, kw = kernel.shape
    matrices = np.zeros((kh, size + kw - 1, size), kernel.dtype)
    c = np.arange(size)
    for j in range(kw):
        matrices[:, c + j, c] = kernel[:, j, None]
    return matrices


def _by_fft(x, kernel):
    """Correlate tile after tile; the tiles overlap by the kernel's size less one."""
    rows, columns = _output_shape(x, kernel, (1, 1), (1, 1))
    height, width = (
        _even_parts(length, max(_FFT_TILE, 3 * span))  # short tiles are mostly overlap
        for length, span in zip((rows, columns), kernel.shape, strict=True)
    )
    transform = _Spectrum(kernel, height, width)
    if (height, width) == (rows, columns):
        return transform.correlate(x)[:rows, :columns]
    y = np.empty((rows, columns), x.dtype)
    for top, left in product(range(0, rows, height), range(0, columns, width)):
        tile = x[top : top + height + kernel.shape[0] - 1]
        tile = tile[:, left : left + width + kernel.shape[1] - 1]
        place = y[top : top + height, left : left + width]
        place[:] = transform.correlate(tile)[: place.shape[0], : place.shape[1]]
    return y


def _even_parts(length, most):
    """Return the length of equal parts, none longer than `most`."""
    return ceil(length / ceil(length / most))


class _Spectrum:
    """The spectrum of a kernel, ready to meet tiles of one size."""

    def __init__(self, kernel, height, width):
        # scipy.fft keeps float32 and knows quick lengths; loaded only here, because
        # most of the course's kernels are small and never come this way.
        import scipy.fft as fft

        real = kernel.dtype.kind == "f"
        self.forward = fft.rfft2 if real else fft.fft2
        self.back = fft.irfft2 if real else fft.ifft2
        span = height + kernel.shape[0] - 1, width + kernel.shape[1] - 1
        self.shape = [fft.next_fast_len(n, real) for n in span]
        # Correlation is convolution with the turned kernel; what wraps round falls
        # on the first rows and columns, which 'valid' does not have. Along the rows
        # only those of the kernel itself need a transform, the others are 0.
        along_rows = fft.rfft if real else fft.fft
        lines = along_rows(kernel[::-1, ::-1], self.shape[1], axis=1)
        self.values = fft.fft(lines, self.shape[0], axis=0)
        self.start = kernel.shape[0] - 1, kernel.shape[1] - 1

    def correlate(self, tile):
        """Return the sums of all windows inside the tile, and others after them."""
        spectrum = self.forward(tile, self.shape)
        spectrum *= self.values
        sums = self.back(spectrum, self.shape, overwrite_x=True)
        return sums[self.start[0] :, self.start[1] :]
