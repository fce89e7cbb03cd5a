r"""Small images that filter large ones: the kernels of the course.

Each function returns an array, ready for `convcourse.ops.correlate2d`, which does not
flip it. Where a kernel has an ``axis``, 1 differentiates along the columns, from left
to right, and so finds vertical edges; 0 goes along the rows, from top to bottom.

A kernel's *sum* is what it makes of a constant image of ones: 1 keeps the brightness,
0 sees only change. Its *rank* is the number of column-times-row products it is a sum
of: rank 1 is *separable*. Its *energy*, the sum of squares, is what it makes of the
variance of white noise. `facts` computes them; `bank` holds the named kernels.
"""

import operator
from typing import NamedTuple

import numpy as np

# ---------------------------------------------------------- keep, smooth, sharpen


def identity(size=3):
    """Return the kernel that changes nothing: one 1 among zeros.

    Sum 1, rank 1, energy 1. The 1 is at index ``size // 2``, where `correlate2d`
    with ``mode='same'`` has the centre, for even sizes too.

    Parameters
    ----------
    size : int or (int, int)
        Rows and columns.

    Returns
    -------
    ndarray of int64, shape `size`

    Examples
    --------
    >>> identity()
    array([[0, 0, 0],
           [0, 1, 0],
           [0, 0, 0]])
    """
    rows, columns = _shape(size)
    kernel = np.zeros((rows, columns), np.int64)
    kernel[rows // 2, columns // 2] = 1
    return kernel


def box(size=3):
    """Return the mean of a window: all values equal, of sum 1.

    Sum 1, rank 1, energy ``1 / (rows * columns)``: the best reduction of white noise
    that a window of this size can give. Used at sizes 3, 7 and 21 in the sources.

    Parameters
    ----------
    size : int or (int, int)
        Rows and columns.

    Returns
    -------
    ndarray of float64, shape `size`

    Examples
    --------
    >>> box((1, 4))
    array([[0.25, 0.25, 0.25, 0.25]])
    """
    shape = _shape(size)
    return np.full(shape, 1 / (shape[0] * shape[1]))


def plus():
    """Return the plus of five ones: a pixel added to its four neighbours.

    Sum 5, rank 2, energy 5. It smooths, but is no Gaussian (that has rank 1), and
    makes the image five times as bright: divide it by 5 to keep the brightness.
    From the sources, where it stands undivided.

    Examples
    --------
    >>> plus()
    array([[0, 1, 0],
           [1, 1, 1],
           [0, 1, 0]])
    """
    return np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]])


def binomial(size=3):
    """Return the binomial kernel: a row of Pascal's triangle times its column.

    Sum 1, rank 1; energy 0.1406 for size 3. Its variance is ``(size - 1) / 4`` along
    each axis: the small Gaussian made of integers. ``binomial(5) * 256`` is the
    generating kernel of Burt and Adelson's pyramid with a = 3/8 (IEEE Trans. Comm.
    31, 1983).

    Parameters
    ----------
    size : int or (int, int)
        Rows and columns; 1 does nothing along that axis.

    Returns
    -------
    ndarray of float64, shape `size`

    Examples
    --------
    >>> binomial() * 16
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    column, row = (_pascal(length) for length in _shape(size))
    return np.outer(column, row) / (column.sum() * row.sum())


def gaussian(sigma, size=None):
    r"""Return samples of a Gaussian, centred also for even sizes, of sum 1.

    Sum 1, rank 1; energy near :math:`1 / (4 \pi \sigma^2)` once sigma is above 0.7.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels, above 0.
    size : int or (int, int), optional
        Rows and columns. Default: odd, and at least 4 `sigma` to either side, as in
        `scipy.ndimage.gaussian_filter`. A size below 6 `sigma` cuts off more than
        0.27 % of the weight along each axis; the rest is scaled up to sum 1.

    Returns
    -------
    ndarray of float64, shape `size`

    Notes
    -----
    .. math:: w[i, j] \propto \exp\left(-\frac{(i - c_i)^2 + (j - c_j)^2}
              {2 \sigma^2}\right), \qquad c = \frac{\mathrm{size} - 1}{2}.

    For an even size the centre is between two pixels. A grid that starts at
    ``-(size // 2)`` instead puts the peak half a pixel off the middle of the kernel.

    Examples
    --------
    >>> gaussian(1, 5)[2].round(4)
    array([0.0219, 0.0983, 0.1621, 0.0983, 0.0219])
    >>> gaussian(1, (1, 4)).round(4)
    array([[0.1345, 0.3655, 0.3655, 0.1345]])
    """
    rows, columns = _grid(sigma, size)
    column, row = (_bell(along, sigma) for along in (rows, columns))
    return np.outer(column, row)


def sharpen():
    """Return the identity minus the Laplacian: each pixel against its neighbours.

    Sum 1, rank 2, energy 29. It keeps the brightness of flat regions, overshoots on
    both sides of an edge, and multiplies the standard deviation of white noise by
    5.4. From the sources.

    Examples
    --------
    >>> sharpen()
    array([[ 0, -1,  0],
           [-1,  5, -1],
           [ 0, -1,  0]])
    """
    return identity() - laplacian(4)


def unsharp(smooth=None, amount=1.0):
    """Return the kernel that adds what a smoothing kernel takes away.

    Sum 1 where `smooth` has sum 1. With the default: rank 2, energy 3.6667.
    Classical darkroom technique; R. Gonzalez and R. Woods, *Digital Image
    Processing*, chapter 3.

    Parameters
    ----------
    smooth : (kh, kw) array_like, optional
        The smoothing kernel; default ``box(3)``.
    amount : float
        How much of the difference to add; 0 gives the identity.

    Returns
    -------
    ndarray of float64, shape of `smooth`

    Examples
    --------
    >>> unsharp().round(4)
    array([[-0.1111, -0.1111, -0.1111],
           [-0.1111,  1.8889, -0.1111],
           [-0.1111, -0.1111, -0.1111]])
    """
    smooth = box(3) if smooth is None else _kernel("smooth", smooth)
    same = identity(smooth.shape)
    return same + _number("amount", amount) * (same - smooth)


# ------------------------------------------------------------------- derivatives


def difference(axis=1):
    """Return right minus left, or below minus above: the smallest edge kernel.

    Sum 0, rank 1, energy 2. The 1-D kernel that matches a rise, from the sources.
    Its even size puts the difference between two pixels.

    Parameters
    ----------
    axis : {0, 1}
        1 differentiates along the columns and finds vertical edges, 0 along the rows.

    Examples
    --------
    >>> difference()
    array([[-1,  1]])
    """
    return _along(axis, np.array([[-1, 1]]))


def central_difference(axis=1):
    """Return half of (right minus left), the slope at the pixel itself.

    Sum 0, rank 1, energy 0.5. The error of the slope falls with the square of the
    distance between pixels (Taylor). Flipped and doubled it is the [1, 0, -1] of the
    sources, which they call convolution and do flip.

    Parameters
    ----------
    axis : {0, 1}
        As in `difference`.

    Examples
    --------
    >>> central_difference()
    array([[-0.5,  0. ,  0.5]])
    """
    return _along(axis, np.array([[-0.5, 0, 0.5]]))


def edge(axis=1):
    """Return the sources' vertical (or horizontal) edge kernel: left minus right.

    Sum 0, rank 1, energy 6. It is ``-prewitt(axis)``: correlated with an image that
    grows brighter to the right it answers with negative numbers; flipped by a true
    convolution, with positive ones.

    Parameters
    ----------
    axis : {0, 1}
        1 finds vertical edges, 0 horizontal ones (above minus below).

    Examples
    --------
    >>> edge()
    array([[ 1,  0, -1],
           [ 1,  0, -1],
           [ 1,  0, -1]])
    """
    return -prewitt(axis)


def sobel(axis=1):
    """Return Sobel's kernel: a central difference, smoothed across by 1 2 1.

    Sum 0, rank 1, energy 12. A step of height h gives 4 h, a slope of s per pixel
    8 s: divide by 8 for the slope. I. Sobel and G. Feldman, 1968; in the sources.

    Parameters
    ----------
    axis : {0, 1}
        1 differentiates along the columns and finds vertical edges, 0 along the rows
        and finds horizontal ones, as in `scipy.ndimage.sobel`.

    Examples
    --------
    >>> sobel(axis=1)
    array([[-1,  0,  1],
           [-2,  0,  2],
           [-1,  0,  1]])
    >>> sobel(axis=0)
    array([[-1, -2, -1],
           [ 0,  0,  0],
           [ 1,  2,  1]])
    """
    return _along(axis, np.outer([1, 2, 1], [-1, 0, 1]))


def prewitt(axis=1):
    """Return Prewitt's kernel: a central difference, smoothed across by 1 1 1.

    Sum 0, rank 1, energy 6. Divide by 6 for the slope. J. Prewitt, 1970.

    Parameters
    ----------
    axis : {0, 1}
        As in `sobel`.

    Examples
    --------
    >>> prewitt(axis=0)
    array([[-1, -1, -1],
           [ 0,  0,  0],
           [ 1,  1,  1]])
    """
    return _along(axis, np.outer([1, 1, 1], [-1, 0, 1]))


def scharr(axis=1):
    """Return Scharr's kernel: a central difference, smoothed across by 3 10 3.

    Sum 0, rank 1, energy 236. Divide by 32 for the slope. Its gradients point in more
    nearly the right direction than Sobel's. H. Scharr, dissertation, 2000.

    Parameters
    ----------
    axis : {0, 1}
        As in `sobel`.

    Examples
    --------
    >>> scharr(axis=1)
    array([[ -3,   0,   3],
           [-10,   0,  10],
           [ -3,   0,   3]])
    """
    return _along(axis, np.outer([3, 10, 3], [-1, 0, 1]))


def laplacian(neighbours=4):
    """Return the sum of the second derivatives: neighbours minus the pixel itself.

    Sum 0, rank 2, energy 20 (with 4 neighbours) or 72 (with 8). The centre is
    negative, so the answer has the sign of the second derivative; `outline` is
    ``-laplacian(8)``. Divide the one with 8 by 3 for the scale of the derivative.

    Parameters
    ----------
    neighbours : {4, 8}
        Without or with the diagonal neighbours. The one with 4 is in the sources.

    Examples
    --------
    >>> laplacian()
    array([[ 0,  1,  0],
           [ 1, -4,  1],
           [ 0,  1,  0]])
    """
    if neighbours not in (4, 8) or isinstance(neighbours, (bool, np.bool_)):
        raise ValueError(f"neighbours must be 4 or 8, got {neighbours!r}.")
    if neighbours == 8:
        return np.ones((3, 3), np.int64) - 9 * identity()
    return plus() - 5 * identity()


def outline():
    """Return the sources' edge detector: eight times a pixel, minus its neighbours.

    Sum 0, rank 2, energy 72: ``-laplacian(8)``. One source stacks three of them for
    the three channels of a colour image.

    Examples
    --------
    >>> outline()
    array([[-1, -1, -1],
           [-1,  8, -1],
           [-1, -1, -1]])
    """
    return -laplacian(8)


def log(sigma, size=None):
    r"""Return the Laplacian of a Gaussian, of sum 0.

    Sum 0, rank 2. It finds blobs of radius near :math:`\sigma \sqrt 2`, with a
    negative centre for bright ones. D. Marr and E. Hildreth, 1980.

    Parameters
    ----------
    sigma, size
        As in `gaussian`. Below 0.5 pixels or so the samples miss most of the curve.

    Returns
    -------
    ndarray of float64, shape `size`

    Notes
    -----
    :math:`w = (r^2 - m) / \sigma^4` times `gaussian`, where :math:`r` is the distance
    from the middle. On the whole plane :math:`m = 2 \sigma^2`; for the samples we take
    their own weighted mean of :math:`r^2`, so that a flat region gives 0.

    Examples
    --------
    >>> log(1, 5).round(3)[2]
    array([ 0.047, -0.083, -0.3  , -0.083,  0.047])
    """
    rows, columns = _grid(sigma, size)
    squared = rows[:, None] ** 2 + columns**2
    weight = gaussian(sigma, size)
    return (squared - np.sum(squared * weight)) / sigma**4 * weight


def log5():
    """Return the Laplacian of the binomial kernel, in integers: LoG of 5 x 5 pixels.

    Sum 0, rank 2, energy 104: `laplacian` convolved with ``16 * binomial(3)``.

    Examples
    --------
    >>> log5()
    array([[ 0,  1,  2,  1,  0],
           [ 1,  0, -2,  0,  1],
           [ 2, -2, -8, -2,  2],
           [ 1,  0, -2,  0,  1],
           [ 0,  1,  2,  1,  0]])
    """
    smooth, second = np.array([0, 1, 2, 1, 0]), np.array([1, 0, -2, 0, 1])
    return np.outer(second, smooth) + np.outer(smooth, second)


# ------------------------------------------------------- direction, motion, waves


def emboss():
    """Return the emboss kernel: light from the top left, relief on the image.

    Sum 1, rank 3, energy 13: the identity plus a slope along the diagonal. From the
    sources.

    Examples
    --------
    >>> emboss()
    array([[-2, -1,  0],
           [-1,  1,  1],
           [ 0,  1,  2]])
    """
    return np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]])


def motion(size=3, angle=45):
    """Return the mean along a line: the blur of a camera that moves.

    Sum 1. For odd sizes the energy is ``1 / size`` along rows, columns and diagonals;
    the rank is 1 along rows and columns, `size` along a diagonal.

    Parameters
    ----------
    size : int
        Rows and columns.
    angle : float
        Direction in degrees: 0 across, 90 down, 45 from top left to bottom right.

    Returns
    -------
    ndarray of float64, shape (size, size)

    Notes
    -----
    `size` points at equal distances from one border of the kernel to the other; a
    point between pixels is shared out among them bilinearly.

    Examples
    --------
    >>> motion() * 3
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    size = _whole("size", size)
    angle = np.deg2rad(_number("angle", angle))
    direction = np.array([np.sin(angle), np.cos(angle)])
    direction /= np.abs(direction).max()
    steps = np.arange(size) - (size - 1) / 2
    pixels = np.arange(size) - (size - 1) / 2
    # A triangle of width 2 around each point is what bilinear sharing means.
    down, across = (
        np.clip(1 - np.abs(pixels - d * steps[:, None]), 0, 1) for d in direction
    )
    kernel = down.T @ across
    return np.where(kernel < 1e-12, 0, kernel) / size


def gabor(sigma, wavelength, angle=0, phase=0, aspect=1.0, size=None):
    r"""Return a Gabor kernel: a wave under a Gaussian.

    Sum near :math:`\cos(\mathrm{phase}) \exp(-2 \pi^2 \sigma^2 / \lambda^2)`, so not
    0 for even phases: take ``kernel - kernel.mean()`` where that matters. Rank 1 for
    angles 0 and 90, 2 for others with ``aspect=1``. J. Daugman, J. Opt. Soc. Am. A 2,
    1985: a model of simple cells of the visual cortex.

    Parameters
    ----------
    sigma : float
        Standard deviation of the Gaussian in pixels, along the wave.
    wavelength : float
        Pixels from crest to crest, above 0.
    angle : float
        Direction in which the wave runs, in degrees: 0 across (finds vertical
        stripes), 90 down.
    phase : float
        In degrees: 0 a bright line in the middle (even), 90 an edge (odd).
    aspect : float
        `sigma` divided by the standard deviation across the wave, above 0; below 1
        the stripes are long.
    size : int or (int, int), optional
        Rows and columns. Default: odd, at least 4 standard deviations to either side.

    Returns
    -------
    ndarray of float64, shape `size`

    Notes
    -----
    With :math:`u = j \cos\theta + i \sin\theta` along the wave, :math:`v` across,

    .. math:: w[i, j] = g(u, v) \cos(2 \pi u / \lambda + \mathrm{phase}),

    where the Gaussian :math:`g` has sum 1 over the kernel.

    Examples
    --------
    >>> gabor(1, 4, size=(1, 5)).round(3)
    array([[-0.054,  0.   ,  0.403,  0.   , -0.054]])
    """
    sigma = _positive("sigma", sigma)
    wavelength, aspect = (
        _positive("wavelength", wavelength),
        _positive("aspect", aspect),
    )
    angle, phase = (
        np.deg2rad(_number(name, value))
        for name, value in (("angle", angle), ("phase", phase))
    )
    rows, columns = _grid(sigma / min(aspect, 1), size)
    u = columns * np.cos(angle) + rows[:, None] * np.sin(angle)
    v = rows[:, None] * np.cos(angle) - columns * np.sin(angle)
    envelope = np.exp(-(u**2 + (aspect * v) ** 2) / (2 * sigma**2))
    return envelope / envelope.sum() * np.cos(2 * np.pi * u / wavelength + phase)


# -------------------------------------------------------- all of them, and facts


def bank():
    """Return the named kernels of the course, a new dict of new arrays.

    Names that end in ``_x`` differentiate along the columns and find vertical edges,
    in ``_y`` along the rows.

    Returns
    -------
    dict of str to ndarray

    Examples
    --------
    >>> list(bank())[:4]
    ['identity', 'box3', 'box7', 'box21']
    """
    named = {"identity": identity()}
    named |= {f"box{size}": box(size) for size in (3, 7, 21)}
    named |= {"plus": plus(), "binomial3": binomial(3), "binomial5": binomial(5)}
    named |= {"gaussian5": gaussian(1, 5), "sharpen": sharpen(), "unsharp": unsharp()}
    named |= {"laplacian4": laplacian(4), "laplacian8": laplacian(8)}
    named |= {"outline": outline(), "log": log(1), "log5": log5()}
    for make in (difference, central_difference, edge, sobel, prewitt, scharr):
        named |= {f"{make.__name__}_x": make(1), f"{make.__name__}_y": make(0)}
    named |= {"emboss": emboss(), "motion": motion(3)}
    return named | {"gabor": gabor(2, 6), "gabor_odd": gabor(2, 6, 45, 90)}


class Facts(NamedTuple):
    """What `facts` returns."""

    sum: float
    rank: int
    singular_values: tuple
    energy: float
    separable: bool


def facts(kernel):
    """Return a kernel's sum, rank, singular values, energy and separability.

    Parameters
    ----------
    kernel : (kh, kw) array_like
        Real numbers.

    Returns
    -------
    Facts
        A named tuple: ``sum``; ``rank``; ``singular_values``, the `rank` that are not
        0, largest first; ``energy``, the sum of squares, by which the kernel
        multiplies the variance of white noise; ``separable``, whether the rank is 1.

    Examples
    --------
    >>> found = facts(sobel(1))
    >>> found.sum, found.rank, found.energy, found.separable
    (0, 1, 12, True)
    >>> round(found.singular_values[0], 4)
    3.4641
    """
    kernel = _kernel("kernel", kernel)
    values = np.linalg.svd(kernel.astype(_at_least_float(kernel)), compute_uv=False)
    rank = int(np.sum(values > _rank_tolerance(kernel, values)))
    singular = tuple(values[:rank].tolist())
    wide = kernel.astype(np.result_type(kernel, np.int64))  # uint8 squares would wrap
    return Facts(
        wide.sum().item(), rank, singular, np.sum(wide * wide).item(), rank == 1
    )


def separate(kernel):
    """Split a kernel of rank 1 into a column and a row.

    Parameters
    ----------
    kernel : (kh, kw) array_like
        Real numbers, of rank 1.

    Returns
    -------
    column : (kh,) ndarray
    row : (kw,) ndarray
        ``np.outer(column, row)`` is the kernel: exactly for integers, up to rounding
        for floats.

    Raises
    ------
    ValueError
        Where the rank is not 1.

    Notes
    -----
    The factors are fixed only up to a number: ``2 * column`` and ``row / 2`` do as
    well. We choose for integers a column without common divisor, for floats two
    factors of equal norm. The sum of the column is positive; where it is 0, that of
    the row; where both are 0, the last value of the column that is not 0.

    Examples
    --------
    >>> column, row = separate(sobel(1))
    >>> column, row
    (array([1, 2, 1]), array([-1,  0,  1]))
    >>> separate(box((2, 4)))[1].round(4)
    array([0.2973, 0.2973, 0.2973, 0.2973])
    """
    kernel = _kernel("kernel", kernel)
    rank = facts(kernel).rank
    if rank != 1:
        raise ValueError(
            f"kernel has rank {rank}; only rank 1 is one column times one row. "
            + (
                "It is all zeros."
                if rank == 0
                else "Use low_rank(kernel, 1) for the nearest kernel that is."
            )
        )
    if kernel.dtype.kind in "biu":
        column, row = _integer_factors(kernel.astype(np.int64))
    else:
        u, s, vt = np.linalg.svd(kernel.astype(_at_least_float(kernel)))
        column, row = np.sqrt(s[0]) * u[:, 0], np.sqrt(s[0]) * vt[0]
    sign = _sign(column, row)
    return sign * column, sign * row


def low_rank(kernel, rank):
    r"""Return the nearest kernel of a given rank: the first terms of the SVD.

    Parameters
    ----------
    kernel : (kh, kw) array_like
        Real numbers.
    rank : int
        How many column-times-row products to add up, from 0.

    Returns
    -------
    (kh, kw) ndarray of floats
        :math:`\sum_{r < \mathrm{rank}} \sigma_r u_r v_r^T`. No other kernel of this
        rank has a smaller sum of squared differences (C. Eckart and G. Young, 1936);
        the share of the energy it keeps is that of its squared singular values.

    Examples
    --------
    >>> low_rank(sharpen(), 2).round(6) + 0.0
    array([[ 0., -1.,  0.],
           [-1.,  5., -1.],
           [ 0., -1.,  0.]])
    """
    kernel = _kernel("kernel", kernel)
    rank = _whole("rank", rank, least=0)
    u, s, vt = np.linalg.svd(
        kernel.astype(_at_least_float(kernel)), full_matrices=False
    )
    return (u[:, :rank] * s[:rank]) @ vt[:rank]


# ------------------------------------------------------------------------ helpers


def _along(axis, kernel):
    """Return a kernel that works along the columns, or its transpose."""
    if isinstance(axis, (bool, np.bool_)) or axis not in (0, 1):
        raise ValueError(
            f"axis must be 1 (along the columns, finds vertical edges) or 0 "
            f"(along the rows), got {axis!r}."
        )
    return kernel if axis == 1 else kernel.T.copy()


def _pascal(length):
    """Return a row of Pascal's triangle with `length` numbers."""
    row = np.ones(1)
    for _ in range(length - 1):
        row = np.convolve(row, [1, 1])
    return row


def _bell(positions, sigma):
    """Return samples of a Gaussian, of sum 1."""
    # Relative to the sample nearest to the middle: a tiny sigma cannot give 0 / 0.
    squared = positions**2 - np.min(positions**2)
    values = np.exp(-squared / (2 * sigma**2))
    return values / values.sum()


def _grid(sigma, size):
    """Return the positions of rows and columns, counted from the middle."""
    radius = int(4 * _positive("sigma", sigma) + 0.5)
    shape = _shape(2 * radius + 1 if size is None else size)
    return [np.arange(length) - (length - 1) / 2 for length in shape]


def _integer_factors(kernel):
    """Split an integer matrix of rank 1 into integer vectors."""
    i, j = np.unravel_index(np.argmax(np.abs(kernel)), kernel.shape)
    column = kernel[:, j] // np.gcd.reduce(kernel[:, j])
    return column, kernel[i] // column[i]


def _sign(column, row):
    """Return the sign that makes the first of three sums positive that is not 0."""
    last = column[np.flatnonzero(np.abs(column) > 1e-6 * np.abs(column).max())[-1]]
    for values in (column, row):
        if abs(values.sum()) > 1e-6 * np.abs(values).sum():
            return 1 if values.sum() > 0 else -1
    return 1 if last > 0 else -1


def _rank_tolerance(kernel, values):
    """Return the size below which a singular value is rounding, as NumPy has it."""
    eps = np.finfo(_at_least_float(kernel)).eps
    return values.max() * max(kernel.shape) * eps


def _at_least_float(kernel):
    """Return the dtype in which the SVD works: float32 stays, integers are float64."""
    return np.float32 if kernel.dtype in (np.float16, np.float32) else np.float64


def _kernel(name, value):
    """Return `value` as a 2-D array of finite real numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{name} must hold real numbers, got dtype {array.dtype}. "
            "Convert it first, e.g. with .astype(float)."
        )
    if array.ndim != 2 or array.size == 0:
        raise ValueError(
            f"{name} must be 2-D and not empty, got shape {array.shape}. "
            "Write a row as [[1, 2, 1]], a column as [[1], [2], [1]]."
        )
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinity; all values must be finite.")
    return array


def _shape(size):
    """Return (rows, columns) from one integer or two."""
    if np.ndim(size) == 0:
        return (_whole("size", size),) * 2
    if np.ndim(size) != 1 or len(size) != 2:
        raise ValueError(
            f"size must be one integer or a pair (rows, columns), got {size!r}."
        )
    return _whole("size", size[0]), _whole("size", size[1])


def _whole(name, value, least=1):
    """Return `value` as a Python int that is at least `least`."""
    problem = f"{name} must be an integer >= {least}, got {value!r}."
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(problem)
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(problem) from None
    if number < least:
        raise ValueError(problem)
    return number


def _number(name, value):
    """Return `value` as a finite float."""
    array = np.asarray(value)
    if array.ndim != 0 or array.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be one real number, got {value!r}.")
    if not np.isfinite(array):
        raise ValueError(f"{name} must be finite, got {value!r}.")
    return float(array)


def _positive(name, value):
    """Return `value` as a float above 0."""
    number = _number(name, value)
    if number <= 0:
        raise ValueError(f"{name} must be above 0, got {value!r}.")
    return number
