"""Pooling: one number for each window of a feature map, as Keras computes it."""

import numpy as np

from convcourse.ops._validate import as_choice, as_integer, as_pair
from convcourse.ops._windows import as_images, chunks, grid


def max_pool2d(x, size, stride=None, padding="valid"):
    """Keep the largest value of each window, channel by channel.

    Parameters
    ----------
    x : (N, H, W, C) array_like
        Feature maps: bool, int or float.
    size : int or (int, int)
        Rows and columns of the window.
    stride : int or (int, int), optional
        Steps of the window; as many as `size` if not given, so that windows touch.
        Windows overlap where it is smaller and leave values out where it is larger.
    padding : {'valid', 'same'}
        'valid' drops the rows and columns that fill no window. 'same' gives
        ``ceil(H / stride)`` rows; what it adds never wins.

    Returns
    -------
    (N, H', W', C) ndarray
        The maxima, of the dtype of `x`.

    Raises
    ------
    TypeError
        Where `x` holds no real numbers, or a size is not an integer.
    ValueError
        Where an axis of `x` is missing, a number is below 1, or the window does not
        fit inside `x`.

    Notes
    -----
    The smallest value of each window is ``-max_pool2d(-x, ...)``.

    Examples
    --------
    >>> x = np.array([[1, 2, 5], [3, 4, 0], [9, 8, -7]]).reshape(1, 3, 3, 1)
    >>> max_pool2d(x, 2).ravel(), max_pool2d(x, 2, padding="same").ravel()
    (array([4]), array([ 4,  5,  9, -7]))
    >>> max_pool2d(x, 2, stride=1)[0, :, :, 0]
    array([[4, 5],
           [9, 8]])
    """
    x = _as_maps(x)
    lowest = {"b": False, "f": -np.inf}
    fill = lowest[x.dtype.kind] if x.dtype.kind in "bf" else np.iinfo(x.dtype).min
    return _pool(x, size, stride, padding, np.maximum, x.dtype, fill)


def average_pool2d(x, size, stride=None, padding="valid"):
    """Average each window, channel by channel.

    Parameters
    ----------
    x, size, stride, padding
        As in `max_pool2d`. With ``padding='same'`` a window that reaches beyond the
        border averages only what lies inside.

    Returns
    -------
    (N, H', W', C) ndarray
        The averages, of the dtype of `x`; bool and int give float64.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`.

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 3, 3, 1)
    >>> average_pool2d(x, 2, stride=1)[0, :, :, 0]
    array([[2., 3.],
           [5., 6.]])
    >>> average_pool2d(np.ones((1, 3, 3, 1)), 2, padding="same").ravel()
    array([1., 1., 1., 1.])
    """
    x = _as_maps(x)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    wide = np.promote_types(dtype, np.float32)  # a sum of float16 soon overflows
    sums = _pool(x, size, stride, padding, np.add, wide)
    inside = np.ones((1, *x.shape[1:3], 1), wide)
    counts = _pool(inside, size, stride, padding, np.add, wide)
    return (sums / counts).astype(dtype, copy=False)


def global_max_pool2d(x):
    """Keep the largest value of each whole feature map.

    Parameters
    ----------
    x : (N, H, W, C) array_like
        Feature maps.

    Returns
    -------
    (N, C) ndarray
        One number for each image and channel. The channels stay; height and width
        are gone.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`.

    Examples
    --------
    >>> global_max_pool2d(np.arange(12).reshape(1, 2, 2, 3))
    array([[ 9, 10, 11]])
    """
    return _as_maps(x).max(axis=(1, 2))


def global_average_pool2d(x):
    """Average each whole feature map.

    Parameters
    ----------
    x : (N, H, W, C) array_like
        Feature maps.

    Returns
    -------
    (N, C) ndarray
        One number for each image and channel, of the dtype of `x`; bool and int give
        float64. The channels stay; height and width are gone.

    Raises
    ------
    TypeError, ValueError
        As `max_pool2d`.

    Examples
    --------
    >>> global_average_pool2d(np.arange(12).reshape(1, 2, 2, 3))
    array([[4.5, 5.5, 6.5]])
    """
    x = _as_maps(x)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(float)
    # Summed in 64 bits: float32 loses digits over a hundred thousand pixels.
    return x.mean(axis=(1, 2), dtype=np.float64).astype(dtype)


def channel_pool(x, size=None, kind="max"):
    """Pool over neighbouring channels instead of neighbouring pixels.

    Parameters
    ----------
    x : (N, H, W, C) array_like
        Feature maps.
    size : int, optional
        How many channels become one; it must divide C. All of them if not given.
    kind : {'max', 'average'}
        What to keep of each block of channels.

    Returns
    -------
    (N, H, W, C // size) ndarray
        Height and width stay. Of the dtype of `x`; averages of bool and int are
        float64.

    Raises
    ------
    TypeError
        Where `x` holds no real numbers, or `size` is not an integer.
    ValueError
        Where an axis of `x` is missing, `size` does not divide the channels, or
        `kind` is unknown.

    Notes
    -----
    With 'max' the maxout unit of I. Goodfellow and others, *Maxout networks*, 2013.

    Examples
    --------
    >>> x = np.array([3, 1, 4, 1, 5, 9]).reshape(1, 1, 1, 6)
    >>> channel_pool(x, 2).ravel(), channel_pool(x).ravel()
    (array([3, 4, 9]), array([9]))
    >>> channel_pool(x, 3, kind="average").ravel()
    array([2.66666667, 5.        ])
    """
    x = _as_maps(x)
    as_choice("kind", kind, ("max", "average"), {"mean": "Write 'average'."})
    channels = x.shape[3]
    size = channels if size is None else size
    remedy = "Say how many neighbouring channels become one."
    size = as_integer("size", size, 1, remedy)
    if channels % size:
        raise ValueError(f"size must divide the {channels} channels of x, got {size}.")
    blocks = x.reshape(*x.shape[:3], channels // size, size)
    return blocks.max(axis=-1) if kind == "max" else blocks.mean(axis=-1)


def _pool(x, size, stride, padding, combine, dtype, fill=0):
    """Combine the values of each window, one place of the window after the other."""
    size = as_pair("size", size, 1, "Give the rows and columns of the window.")
    as_choice("padding", padding, ("valid", "same"), {"full": "Pooling has no 'full'."})
    g = grid(x.shape[1:3], size, padding, size if stride is None else stride)
    y = np.empty((len(x), *g.shape, x.shape[3]), dtype)
    for where, windows in chunks(x, g, y, fill, copied=False):
        result = y[where]  # a view: y is written through it
        result[...] = windows[..., 0, 0, :]
        for place in list(np.ndindex(size))[1:]:
            combine(result, windows[(..., *place, slice(None))], out=result)
    return y


def _as_maps(x):
    """Return `x` as an array (N, H, W, C) of numbers that have an order."""
    x = as_images(x)
    if x.dtype.kind == "c":
        raise TypeError("x must be real to be pooled, got complex. Use np.abs(x).")
    return x
