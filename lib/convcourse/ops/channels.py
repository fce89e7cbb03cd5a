"""What a convolutional layer computes: batches, channels, groups, in plain NumPy.

All windows of some images become the rows of one matrix, all kernels the columns of
another; their product is the layer.
"""

import numpy as np

from convcourse.ops._validate import as_integer, as_numbers
from convcourse.ops._windows import as_images, chunks, grid
from convcourse.ops.conv1d import _sum_dtype


def correlate_channels(x, kernels, padding="valid", stride=1, dilation=1, groups=1):
    r"""Cross-correlate a batch of images with the kernels of a layer.

    Parameters
    ----------
    x : (N, H, W, C_in) array_like
        The images: bool, int, float or complex.
    kernels : (kh, kw, C_in // groups, C_out) array_like
        One kernel for each output channel, as Keras stores them. They are never
        flipped. Complex kernels are conjugated, as in `correlate1d`.
    padding : {'valid', 'same'}, int or ((top, bottom), (left, right))
        Zeros around each image: none; as many as give ``ceil(H / stride)`` rows, an
        odd one on the right or at the bottom, as in Keras; so many on each side.
    stride : int or (int, int)
        Steps of the kernel down and to the right.
    dilation : int or (int, int)
        Distance of two neighbouring kernel values; 1 is an ordinary kernel.
    groups : int
        Cut the channels into `groups` blocks; each block of outputs sees its own
        block of inputs only.

    Returns
    -------
    (N, H', W', C_out) ndarray
        The feature maps, ``H' = (H + top + bottom - (kh - 1) * dilation - 1) //
        stride + 1``. Of the common dtype of `x` and `kernels`; narrow integers
        give int64, float32 stays float32.

    Raises
    ------
    TypeError
        Where `x` or `kernels` does not hold numbers, or a step is not an integer.
    ValueError
        Where an axis is missing, channels or groups do not match, the kernel does
        not fit inside the padded image, or a number is too small.

    Notes
    -----
    With :math:`x` zero outside the image and without groups,

    .. math:: y[n, i, j, o] = \sum_{a, b, c} w[a, b, c, o]\,
              x[n,\, i s + a d - p,\, j s + b d - q,\, c],

    the sum that deep-learning libraries call convolution (V. Dumoulin and F. Visin,
    *A guide to convolution arithmetic for deep learning*, 2016). About 1 MB of windows
    is copied out at a time (im2col), so the extra memory stays small.

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 3, 3, 1)
    >>> kernels = np.array([[1, 0], [0, -1]]).reshape(2, 2, 1, 1)
    >>> correlate_channels(x, kernels)[0, :, :, 0]
    array([[-4, -4],
           [-4, -4]])
    >>> correlate_channels(x, kernels, padding="same", stride=2)[0, :, :, 0]
    array([[-4,  2],
           [ 6,  8]])
    >>> correlate_channels(np.ones((1, 8, 8, 6)), np.ones((3, 3, 2, 9)), groups=3).shape
    (1, 6, 6, 9)
    """
    x, kernels = as_images(x), _as_kernels(kernels)
    groups = as_integer("groups", groups, 1, "Use groups=1 to connect all channels.")
    _match_channels(x.shape, kernels.shape, groups)
    g = grid(x.shape[1:3], kernels.shape[:2], padding, stride, dilation)
    y = np.empty((len(x), *g.shape, kernels.shape[3]), _sum_dtype(x, kernels))
    kernels = np.conj(kernels).astype(y.dtype, copy=False)

    if groups > 1 and groups == x.shape[3]:
        return _weigh_channels(x, kernels[:, :, 0], g, y)
    inputs, outputs = (np.split(a, groups, axis=3) for a in (x, y))  # views
    matrices = np.split(kernels.reshape(-1, y.shape[3]), groups, axis=1)
    for block, matrix, output in zip(inputs, matrices, outputs, strict=True):
        for where, windows in chunks(block, g, output):
            columns = _columns(windows, len(matrix))
            part = output[where].reshape(len(columns), -1, copy=False)  # a view
            np.matmul(columns, matrix, out=part)
    return y


def depthwise(x, kernels, padding="valid", stride=1, dilation=1):
    r"""Cross-correlate each channel with kernels of its own; channels never mix.

    Parameters
    ----------
    x : (N, H, W, C) array_like
        The images.
    kernels : (kh, kw, C, multiplier) array_like
        `multiplier` kernels for each channel, as Keras' DepthwiseConv2D stores them.
    padding, stride, dilation
        As in `correlate_channels`.

    Returns
    -------
    (N, H', W', C * multiplier) ndarray
        First all maps of channel 0, then those of channel 1, and so on.

    Raises
    ------
    TypeError, ValueError
        As `correlate_channels`.

    Notes
    -----
    The same as `correlate_channels` with ``groups=C``.

    Examples
    --------
    >>> x = np.arange(1, 9).reshape(1, 2, 2, 2)
    >>> depthwise(x, np.ones((2, 2, 2, 1)))[0, 0, 0]
    array([16., 20.])
    """
    x, kernels = as_images(x), _as_kernels(kernels)
    kh, kw, channels, multiplier = kernels.shape
    if channels != x.shape[3]:
        raise ValueError(
            f"kernels must be (kh, kw, C, multiplier) with C = {x.shape[3]}, the "
            f"channels of x; got shape {kernels.shape}."
        )
    grouped = kernels.reshape(kh, kw, 1, channels * multiplier)
    return correlate_channels(x, grouped, padding, stride, dilation, channels)


def separable(
    x, depthwise_kernels, pointwise_kernels, padding="valid", stride=1, dilation=1
):
    r"""Weigh each channel by itself, then mix the channels at each pixel.

    Parameters
    ----------
    x : (N, H, W, C) array_like
        The images.
    depthwise_kernels : (kh, kw, C, multiplier) array_like
        As in `depthwise`.
    pointwise_kernels : (1, 1, C * multiplier, C_out) array_like
        A matrix over the channels, as Keras' SeparableConv2D stores it.
    padding, stride, dilation
        Of the first step, as in `correlate_channels`.

    Returns
    -------
    (N, H', W', C_out) ndarray

    Raises
    ------
    TypeError, ValueError
        As `correlate_channels`.

    Notes
    -----
    `depthwise`, then `correlate_channels` with kernels of one pixel. Together they are
    one layer with the kernels

    .. math:: w[a, b, c, o] = \sum_{q} d[a, b, c, q]\, p[c M + q, o]

    for a multiplier :math:`M`: cheaper, and not every layer can be written so (A. Howard
    and others, *MobileNets*, 2017).

    Examples
    --------
    >>> x, taps = np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 1))
    >>> separable(x, taps, np.array([[[[1, 10], [2, 20]]]]))[0, 0, 0]
    array([ 27., 270.])
    """
    pointwise = as_numbers("pointwise_kernels", pointwise_kernels)
    if pointwise.ndim != 4 or pointwise.shape[:2] != (1, 1):
        hint = "For a matrix use pointwise_kernels[None, None]."
        raise ValueError(
            "pointwise_kernels must be (1, 1, C * multiplier, C_out), got shape "
            f"{pointwise.shape}. {hint if pointwise.ndim == 2 else ''}".strip()
        )
    maps = depthwise(x, depthwise_kernels, padding, stride, dilation)
    if pointwise.shape[2] != maps.shape[3]:
        raise ValueError(
            f"pointwise_kernels must take the {maps.shape[3]} maps of the depthwise step "
            f"(channels of x times multiplier), got shape {pointwise.shape}."
        )
    return correlate_channels(maps, pointwise)


def channel_shuffle(x, groups):
    """Deal the channels out, so that each group of the next layer sees all groups.

    Parameters
    ----------
    x : (..., C) array_like
        Images, or anything with the channels on its last axis.
    groups : int
        Into how many blocks the layer before has cut the channels; a divisor of C.

    Returns
    -------
    (..., C) ndarray
        The first channel of each block, then the second of each, and so on.

    Raises
    ------
    TypeError
        Where `x` does not hold numbers or `groups` is not an integer.
    ValueError
        Where `x` has no axis, or `groups` does not divide its channels.

    Notes
    -----
    A permutation without weights; with ``C // groups`` in place of `groups` it goes
    back (X. Zhang and others, *ShuffleNet*, 2017).

    Examples
    --------
    >>> channel_shuffle([0, 1, 2, 3, 4, 5], groups=2)
    array([0, 3, 1, 4, 2, 5])
    """
    x = as_numbers("x", x)
    if x.ndim == 0:
        raise ValueError(f"x must have an axis of channels, got the number {x}.")
    groups = as_integer("groups", groups, 1, "groups=1 leaves the order as it is.")
    if x.shape[-1] % groups:
        raise ValueError(
            f"groups must divide the {x.shape[-1]} channels of x, got {groups}."
        )
    blocks = x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)
    return blocks.swapaxes(-1, -2).reshape(x.shape).copy()


def block_diagonal(kernels, groups):
    """Return the dense kernels of a layer with groups: zero between the groups.

    Parameters
    ----------
    kernels : (kh, kw, C_in // groups, C_out) array_like
        As in `correlate_channels`.
    groups : int
        Blocks of channels; a divisor of C_out.

    Returns
    -------
    (kh, kw, C_in, C_out) ndarray
        `correlate_channels` with these and ``groups=1`` gives what it gives with
        `kernels` and `groups`. At each tap a matrix of blocks along the diagonal.

    Raises
    ------
    TypeError
        Where `kernels` does not hold numbers or `groups` is not an integer.
    ValueError
        Where an axis is missing, or `groups` does not divide the outputs.

    Examples
    --------
    >>> block_diagonal(np.arange(1, 9).reshape(1, 1, 2, 4), groups=2)[0, 0]
    array([[1, 2, 0, 0],
           [5, 6, 0, 0],
           [0, 0, 3, 4],
           [0, 0, 7, 8]])
    """
    kernels = _as_kernels(kernels)
    groups = as_integer("groups", groups, 1, "groups=1 connects all channels.")
    kh, kw, inputs, filters = kernels.shape
    if filters % groups:
        raise ValueError(
            f"groups must divide the {filters} outputs of kernels, got {groups}."
        )
    dense = np.zeros((kh, kw, inputs * groups, filters), kernels.dtype)
    for g, block in enumerate(np.split(kernels, groups, axis=3)):
        rows, columns = g * inputs, g * block.shape[3]
        dense[:, :, rows : rows + inputs, columns : columns + block.shape[3]] = block
    return dense


def _columns(windows, values):
    """Return one row of numbers for each window (im2col)."""
    if windows.shape[5] > 1:  # copies runs of kw * C numbers
        return windows.reshape(-1, values)
    # With one channel those runs are short: copy along the rows of pixels instead.
    return windows.transpose(3, 4, 5, 0, 1, 2).reshape(values, -1).T


def _weigh_channels(x, kernels, grid, y):
    """Fill `y` where each channel of `x` has kernels (kh, kw, C * multiplier) alone."""
    multiplier = kernels.shape[2] // x.shape[3]
    for q in range(multiplier):
        weights = np.tile(kernels[:, :, q::multiplier], grid.shape[1])
        for where, windows in chunks(x, grid, y, copied=grid.stride[1] > 1):
            n, rows, columns, kh, kw, channels = windows.shape
            # A row of pixels, with all channels, is one long run of numbers (without
            # a copy where the stride is 1), and einsum is fast along it.
            runs = windows.transpose(0, 1, 3, 4, 2, 5).reshape(n, rows, kh, kw, -1)
            sums = np.einsum("nrijs,ijs->nrs", runs, weights)
            y[where][..., q::multiplier] = sums.reshape(n, rows, columns, channels)
    return y


def _as_kernels(kernels):
    """Return `kernels` as an array with four axes."""
    kernels = as_numbers("kernels", kernels)
    if kernels.ndim != 4:
        hint = {
            2: "For one kernel and one channel use kernels[:, :, None, None].",
            3: "For one kernel over all channels use kernels[..., None].",
        }.get(kernels.ndim, "")
        raise ValueError(
            "kernels must have four axes (kh, kw, C_in, C_out), got shape "
            f"{kernels.shape}. {hint}".strip()
        )
    if kernels.size == 0:
        raise ValueError(f"kernels is empty: it has shape {kernels.shape}.")
    return kernels


def _match_channels(images, kernels, groups):
    """Raise ValueError where the channels of x, kernels and groups do not match."""
    channels, (per_group, filters) = images[3], kernels[2:]
    if per_group * groups == channels and filters % groups == 0:
        return
    if channels % groups or filters % groups:
        raise ValueError(
            f"groups must divide the channels of x and of the result: groups={groups}, "
            f"x has {channels}, kernels {kernels} make {filters}."
        )
    hint = f"Use kernels of shape (kh, kw, {channels // groups}, C_out)."
    if kernels[1] * groups == channels:
        hint = (
            "They look like (C_out, C_in, kh, kw), the layout of PyTorch: use "
            "kernels.transpose(2, 3, 1, 0)."
        )
    elif images[1] == per_group * groups:
        hint = "x looks like (N, C, H, W): use np.moveaxis(x, 1, -1)."
    elif per_group == channels:
        hint = f"With groups={groups} each kernel sees {channels // groups} of them."
        hint += " For kernels (kh, kw, C, multiplier) use ops.depthwise."
    raise ValueError(
        f"x (N, H, W, C) has {channels} channels, but kernels of shape {kernels} "
        f"(kh, kw, C_in // groups, C_out) with groups={groups} expect "
        f"{per_group * groups}. {hint}"
    )
