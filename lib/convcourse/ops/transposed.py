"""Transposed convolution: how a layer makes images larger.

A convolution is a matrix C; its transpose takes the output's shape back to the input's,
not the values. Three ways to compute it, one result: stamp the kernel, convolve the
input with zeros put between its samples, or transpose the matrix.
"""

import math
from dataclasses import dataclass

import numpy as np

from convcourse.arithmetic import output_length, padding_sides, transposed_length
from convcourse.arithmetic.transposed import crop_left
from convcourse.ops._validate import (
    as_choice,
    as_integer,
    as_numbers,
    as_pair,
    as_signal,
)
from convcourse.ops._windows import CHUNK, as_images
from convcourse.ops.channels import correlate_channels
from convcourse.ops.conv1d import _sum_dtype, convolve1d

METHODS = ("stamping", "zero_insertion", "matrix")
_OTHER_METHODS = {
    "stamp": "Write 'stamping'.",
    "zeros": "Write 'zero_insertion'.",
    "zero-insertion": "Write 'zero_insertion'.",
    "transpose": "Write 'matrix'.",
}


def transposed1d(
    y,
    kernel,
    stride=1,
    padding="valid",
    output_padding=None,
    dilation=1,
    method="stamping",
):
    r"""Return the transposed convolution of a signal; the kernel is stamped unflipped.

    Parameters
    ----------
    y : (N,) array_like
        What the convolution would return: bool, int, float or complex.
    kernel : (K,) array_like
        The kernel of that convolution, as `correlate1d` takes it.
    stride : int
        Distance between two stamps.
    padding : {'valid', 'same'} or int
        Of the convolution that is transposed: a name as in Keras, a number as in
        PyTorch. So many samples are cut from both ends here.
    output_padding : int, optional
        Samples more at the right end. None is not 0: see `arithmetic.transposed_length`.
    dilation : int
        Distance of two neighbouring kernel values; 1 is an ordinary kernel.
    method : {'stamping', 'zero_insertion', 'matrix'}
        How to compute it; the numbers are the same, up to rounding.

    Returns
    -------
    (arithmetic.transposed_length(N, K, stride, padding, output_padding, dilation),) ndarray
        Of the common dtype of `y` and `kernel`, as in `convolve1d`.

    Raises
    ------
    TypeError
        Where `y` or `kernel` does not hold numbers, or a step is not an integer.
    ValueError
        Where `y` or `kernel` is empty or not 1-D, a number is out of range, or Keras
        refuses the setting: stride with dilation; 'same' with an even kernel and
        ``output_padding=0``.

    Notes
    -----
    .. math:: x[m] = \sum_{n, k:\; n s + k d - p = m} w[k]\, y[n],

    the relation of `correlate1d` read from right to left (V. Dumoulin and F. Visin,
    *A guide to convolution arithmetic for deep learning*, 2016, chapter 4). With a
    complex kernel it is the adjoint: the matrix is transposed and conjugated.

    Examples
    --------
    >>> transposed1d([1, 2, 3], [1, 10, 100], stride=2)
    array([  1,  10, 102,  20, 203,  30, 300])
    >>> transposed1d([1, 2, 3], [1, 10, 100], stride=2, padding="same")
    array([  1,  10, 102,  20, 203,  30])
    >>> transposed1d([1, 2, 3], [1, 10, 100], 2, "same", output_padding=0)
    array([ 10, 102,  20, 203,  30])
    """
    y, kernel = as_signal("y", y), as_signal("kernel", kernel)
    as_choice("method", method, METHODS, _OTHER_METHODS)
    axis = _axis(len(y), len(kernel), stride, padding, output_padding, dilation)
    y = y.astype(_sum_dtype(y, kernel))
    if method == "matrix":
        return (_matrix(kernel, [axis]).conj().T @ y).astype(y.dtype, copy=False)
    if method == "zero_insertion":
        stretched = np.zeros(axis.stretched, y.dtype)
        stretched[:: axis.stride] = y
        full = convolve1d(stretched, kernel, dilation=axis.dilation)
    else:
        full = np.zeros(axis.full, y.dtype)
        for k, weight in enumerate(kernel):  # value k of all stamps at once
            full[axis.places(k)] += weight * y
    return _cut(full, [axis], first=0)


def transposed_channels(
    y,
    kernels,
    stride=1,
    padding="valid",
    output_padding=None,
    dilation=1,
    method="stamping",
):
    r"""Return what a layer of transposed convolution makes of a batch of images.

    Parameters
    ----------
    y : (N, H, W, C_in) array_like
        The images: bool, int, float or complex.
    kernels : (kh, kw, C_out, C_in) array_like
        As Keras' Conv2DTranspose stores them: the kernels of a convolution from C_out
        to C_in channels, whose transpose this is. They are stamped unflipped.
    stride : int or (int, int)
        Distance between two stamps: down, and to the right.
    padding : {'valid', 'same'}, int or (int, int)
        Of the convolution that is transposed: a name as in Keras, numbers (rows,
        columns) as in PyTorch. So many samples are cut from both ends here.
    output_padding : int or (int, int), optional
        Rows more at the bottom, columns more on the right. None is not 0: see
        `arithmetic.transposed_length`.
    dilation : int or (int, int)
        Distance of two neighbouring kernel values; 1 is an ordinary kernel.
    method : {'stamping', 'zero_insertion', 'matrix'}
        How to compute it; the numbers are the same, up to rounding. The first is the
        fast one.

    Returns
    -------
    (N, H', W', C_out) ndarray
        H' and W' from `arithmetic.transposed_length`; the dtype as in
        `correlate_channels`.

    Raises
    ------
    TypeError
        Where `y` or `kernels` does not hold numbers, or a step is not an integer.
    ValueError
        Where an axis is missing, channels do not match, a number is out of range, or
        Keras refuses the setting: stride with dilation; 'same' with an even kernel and
        ``output_padding=0``.

    Notes
    -----
    .. math:: x[n, i', j', o] = \sum w[a, b, o, c]\, y[n, i, j, c]
              \quad\text{over}\quad i s + a d - p = i',\; j s + b d - q = j',

    and over all channels :math:`c`: the gradient of a convolution with respect to its
    input (V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep
    learning*, 2016, chapter 4).

    Examples
    --------
    >>> y = np.array([[0, 1], [2, 3]]).reshape(1, 2, 2, 1)
    >>> transposed_channels(y, y.reshape(2, 2, 1, 1))[0, :, :, 0]
    array([[ 0,  0,  1],
           [ 0,  4,  6],
           [ 4, 12,  9]])
    >>> transposed_channels(y, y.reshape(2, 2, 1, 1), stride=2)[0, :, :, 0]
    array([[0, 0, 0, 1],
           [0, 0, 2, 3],
           [0, 2, 0, 3],
           [4, 6, 6, 9]])
    """
    y, kernels = as_images(y, "y"), _as_kernels(kernels)
    _match_channels(y.shape, kernels.shape)
    as_choice("method", method, METHODS, _OTHER_METHODS)
    axes = _axes(y.shape, kernels.shape, stride, padding, output_padding, dilation)
    y = y.astype(_sum_dtype(y, kernels), copy=False)
    by = {"stamping": _stamp, "zero_insertion": _insert_zeros, "matrix": _transpose}
    return by[method](y, kernels, axes)


def convolution_matrix(kernel, shape, stride=1, padding="valid", dilation=1):
    r"""Return the sparse matrix C of a correlation: ``C @ x.ravel()``.

    Parameters
    ----------
    kernel : (K,) or (kh, kw) array_like
        The kernel; it is not flipped.
    shape : int, (N,) or (H, W)
        Shape of the signals or images that C takes.
    stride, dilation : int or (int, int)
        As in `correlate_channels`.
    padding : {'valid', 'same', 'full', 'half', 'causal'}, int or pairs
        Zeros beyond the ends, as in `arithmetic.output_length`: (left, right) for a
        signal, ((top, bottom), (left, right)) for an image.

    Returns
    -------
    (outputs, inputs) scipy.sparse.csr_array
        One row for each output, in the order of ``ravel``; each holds the kernel where
        it lies over the input. Of the kernel's dtype; narrow integers give int64,
        float16 gives float32.

    Raises
    ------
    TypeError
        Where `kernel` does not hold numbers, or a step is not an integer.
    ValueError
        Where `kernel` and `shape` have different numbers of axes, a number is out of
        range, or the kernel does not fit inside the padded input.

    Notes
    -----
    :math:`C[n, m] = \overline{w[k]}` where :math:`m = n s + k d - p`, and 0 elsewhere
    (V. Dumoulin and F. Visin, 2016, section 4.1). ``C.T`` is the transposed
    convolution (``C.conj().T`` with a complex kernel).

    Examples
    --------
    >>> convolution_matrix([1, 2, 3], 5).toarray()
    array([[1, 2, 3, 0, 0],
           [0, 1, 2, 3, 0],
           [0, 0, 1, 2, 3]])
    >>> C = convolution_matrix(np.ones((3, 3)), (6, 6), stride=2, padding=1)
    >>> C.shape, C.nnz
    ((9, 36), 64)
    """
    kernel = as_numbers("kernel", kernel)
    shape = (shape,) if np.ndim(shape) == 0 else tuple(shape)
    if kernel.ndim not in (1, 2) or kernel.ndim != len(shape) or not kernel.size:
        raise ValueError(
            "kernel must be 1-D with shape=(N,), or 2-D with shape=(H, W); got a kernel "
            f"of shape {kernel.shape} and shape={shape}."
        )
    if kernel.ndim == 1:
        stride, padding, dilation = (stride,), (padding,), (dilation,)
    else:
        stride = as_pair("stride", stride, 1, "Use stride=1 to keep every output.")
        dilation = as_pair("dilation", dilation, 1, "Use dilation=1 for no gaps.")
        padding = _both_sides(padding)
    settings = zip(shape, kernel.shape, stride, padding, dilation, strict=True)
    return _matrix(kernel, [_direct_axis(*along) for along in settings])


# ------------------------------------------------------------------ one axis


@dataclass(frozen=True)
class _Axis:
    """One axis of a convolution from `out` samples to `n`, to be read backwards."""

    n: int
    kernel: int
    stride: int
    dilation: int
    out: int  # length of what the transposed convolution makes
    left: int  # samples that it cuts off from the left end

    @property
    def stretched(self):
        """Return the length with ``stride - 1`` zeros between the samples."""
        return (self.n - 1) * self.stride + 1

    @property
    def full(self):
        """Return the length that all stamps cover."""
        return self.stretched + (self.kernel - 1) * self.dilation

    def places(self, k):
        """Return where value `k` of all stamps falls."""
        start = k * self.dilation
        return slice(start, start + self.stretched, self.stride)


def _axis(n, kernel, stride, padding, output_padding, dilation):
    """Return the `_Axis` of a transposed convolution, or say what is refused."""
    stride = as_integer("stride", stride, 1, "Use stride=1 to spread nothing.")
    dilation = as_integer("dilation", dilation, 1, "Use dilation=1 for no gaps.")
    setting = (n, kernel, stride, padding, output_padding, dilation)
    out = transposed_length(*setting)
    return _Axis(n, kernel, stride, dilation, out, crop_left(*setting))


def _axes(images, kernels, stride, padding, output_padding, dilation):
    """Return the `_Axis` of rows and that of columns."""
    stride = as_pair("stride", stride, 1, "Use stride=1 to spread nothing.")
    dilation = as_pair("dilation", dilation, 1, "Use dilation=1 for no gaps.")
    if isinstance(padding, str) and max(stride) > 1 and max(dilation) > 1:
        raise ValueError(
            f"Keras refuses stride={stride} with dilation={dilation} in a transposed "
            "convolution. Set one of them to 1, or give padding as a number."
        )
    if not isinstance(padding, str) and padding is not None:
        padding = as_pair("padding", padding, 0, "Or 'valid' or 'same', as in Keras.")
    if output_padding is not None:
        remedy = "Use None for the library's own choice."
        output_padding = as_pair("output_padding", output_padding, 0, remedy)
    pairs = (images[1:3], kernels[:2], stride, padding, output_padding, dilation)
    pairs = [p if isinstance(p, tuple) else (p, p) for p in pairs]
    return [_axis(*along) for along in zip(*pairs, strict=True)]


def _both_sides(padding):
    """Return the padding of rows and that of columns."""
    if isinstance(padding, str) or np.ndim(padding) == 0:
        return padding, padding
    if np.shape(padding) != (2, 2):
        raise ValueError(
            "padding must be a name, one integer or ((top, bottom), (left, right)), "
            f"got {padding!r}."
        )
    return tuple(map(tuple, padding))


def _direct_axis(n, kernel, stride, padding, dilation):
    """Return the `_Axis` of an ordinary convolution of `n` samples."""
    n = as_integer("shape", n, 1, "It counts the samples of each axis.")
    outputs = output_length(n, kernel, stride, padding, dilation)
    left, _ = padding_sides(n, kernel, stride, padding, dilation)
    return _Axis(outputs, kernel, stride, dilation, n, left)


def _cut(full, axes, first=1):
    """Cut `full` to the output's lengths, or put zeros at the right end."""
    for number, axis in enumerate(axes, first):
        missing = axis.left + axis.out - full.shape[number]
        if missing > 0:
            widths = [(0, 0)] * full.ndim
            widths[number] = (0, missing)
            full = np.pad(full, widths)
        before = (slice(None),) * number
        full = full[*before, axis.left : axis.left + axis.out]
    return full


# ------------------------------------------------------------- three methods


def _stamp(y, kernels, axes):
    """Add up weighted kernels: for some images, one value of all stamps at a time."""
    (kh, kw, filters, channels), (rows, columns) = kernels.shape, axes
    matrices = np.ascontiguousarray(kernels.swapaxes(2, 3), y.dtype)
    x = np.empty((len(y), rows.out, columns.out, filters), y.dtype)
    images = max(1, CHUNK // (rows.full * columns.full * filters * y.itemsize))
    for first in range(0, len(y), images):
        some = y[first : first + images]
        samples = some.reshape(-1, channels)
        values = np.empty((len(samples), filters), y.dtype)
        full = np.zeros((len(some), rows.full, columns.full, filters), y.dtype)
        for a, b in np.ndindex(kh, kw):
            np.matmul(samples, matrices[a, b], out=values)
            stamps = values.reshape(*some.shape[:3], filters)
            full[:, rows.places(a), columns.places(b)] += stamps
        x[first : first + images] = _cut(full, axes)
    return x


def _insert_zeros(y, kernels, axes):
    """Correlate the stretched images with the kernels turned round."""
    rows, columns = axes
    shape = (len(y), rows.stretched, columns.stretched, y.shape[3])
    stretched = np.zeros(shape, y.dtype)
    stretched[:, :: rows.stride, :: columns.stride] = y
    turned = np.conj(kernels[::-1, ::-1].swapaxes(2, 3))
    borders = tuple(((axis.kernel - 1) * axis.dilation,) * 2 for axis in axes)
    dilation = (rows.dilation, columns.dilation)
    return _cut(correlate_channels(stretched, turned, borders, 1, dilation), axes)


def _transpose(y, kernels, axes):
    """Multiply by the transposed matrix of each pair of channels."""
    filters, channels = kernels.shape[2:]
    x = np.zeros((len(y), axes[0].out, axes[1].out, filters), y.dtype)
    for o, c in np.ndindex(filters, channels):
        transposed = _matrix(kernels[:, :, o, c], axes).conj().T
        maps = transposed @ y[..., c].reshape(len(y), transposed.shape[1]).T
        x[..., o] += maps.T.reshape(x.shape[:3]).astype(x.dtype, copy=False)
    return x


def _matrix(kernel, axes):
    """Return the sparse matrix of the correlation from axis.out to axis.n samples."""
    from scipy import sparse

    shape = (math.prod(a.n for a in axes), math.prod(a.out for a in axes))
    row, column, inside = np.zeros((3, 1, 1), int)  # grow by one axis at a time
    inside = inside == 0
    for a in axes:
        n, k = np.arange(a.n)[:, None], np.arange(a.kernel)
        place = n * a.stride + k * a.dilation - a.left
        fits = (place >= 0) & (place < a.out)
        row = _outer(row * a.n, n + 0 * k, np.add)
        column = _outer(column * a.out, place, np.add)
        inside = _outer(inside, fits, np.logical_and)
    weights = np.broadcast_to(np.conj(kernel).ravel(), row.shape)[inside]
    dtype = _sum_dtype(kernel, kernel)
    dtype = np.float32 if dtype == np.float16 else dtype  # SciPy has no float16
    entries = (weights.astype(dtype), (row[inside], column[inside]))
    return sparse.coo_array(entries, shape).tocsr()


def _outer(a, b, join):
    """Join (outputs, taps) of the axes before with (outputs, taps) of the next."""
    joined = join(a[:, None, :, None], b[None, :, None, :])
    return joined.reshape(len(a) * len(b), -1)


# ------------------------------------------------------------------ arguments


def _as_kernels(kernels):
    """Return `kernels` as an array with four axes."""
    kernels = as_numbers("kernels", kernels)
    if kernels.ndim != 4:
        hint = "For one kernel and one channel use kernels[:, :, None, None]."
        raise ValueError(
            "kernels must have four axes (kh, kw, C_out, C_in), got shape "
            f"{kernels.shape}. {hint if kernels.ndim == 2 else ''}".strip()
        )
    if kernels.size == 0:
        raise ValueError(f"kernels is empty: it has shape {kernels.shape}.")
    return kernels


def _match_channels(images, kernels):
    """Raise ValueError where the channels of y and of the kernels do not match."""
    channels = images[3]
    if kernels[3] == channels:
        return
    hint = f"Use kernels of shape (kh, kw, C_out, {channels})."
    if kernels[2] == channels:
        hint = (
            "They look like (kh, kw, C_in, C_out), the layout of Conv2D: use "
            "kernels.swapaxes(2, 3)."
        )
    elif kernels[0] == channels:
        hint = (
            "They look like (C_in, C_out, kh, kw), the layout of PyTorch: use "
            "kernels.transpose(2, 3, 1, 0)."
        )
    raise ValueError(
        f"y (N, H, W, C) has {channels} channels, but kernels of shape {kernels} "
        f"(kh, kw, C_out, C_in) expect {kernels[3]}. {hint}"
    )
