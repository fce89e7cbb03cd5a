"""Photographs that nobody has seen, made of two that everybody has.

A function could search the photographs of `datasets` for the one that it was given with
noise or blur, and hand back the clean one. It does not find these: each is two sheets of
rubber on top of each other, each of them turned, scaled and bent, in other grey levels.
Edges and fine detail are those of photographs.
"""

import functools

import numpy as np

TURN, ZOOM = 0.25, 1.2  # at most: radians; times as large or as small
WAVES, LENGTHS, SWING = 3, (50, 120), 1.5  # their number, lengths and height, pixels
UPPER = 0.6, 0.75  # the share of the upper sheet in the grey levels
GAMMA = 1.25  # at most, or 1 by that
LEVELS = 0.02, 0.98  # darkest and brightest: a little noise stays within 0 to 1


@functools.cache
def _sheets():
    """Return photographs, grey levels 0 to 1, as `bent` takes them."""
    from .. import datasets

    coffee = datasets.load("coffee").x @ [0.2125, 0.7154, 0.0721]
    return [spline(grey / 255) for grey in (datasets.load("camera").x, coffee)]


def spline(photo):
    """Return the coefficients of the spline through a photograph."""
    from scipy import ndimage

    return ndimage.spline_filter(photo, mode="mirror")


def _swing(rng, rows, columns):
    """Return a smooth random displacement of all pixels along one axis."""
    lengths = rng.uniform(*LENGTHS, WAVES)
    way, phase = rng.uniform(0, 2 * np.pi, (2, WAVES))
    down, across = 2 * np.pi / lengths * (np.cos(way), np.sin(way))
    waves = zip(down, across, phase, strict=True)
    return SWING * sum(np.sin(u * rows + v * columns + p) for u, v, p in waves)


def bent(rng, sheet, shape, turn=TURN, zoom=ZOOM):
    """Return a part of a sheet, turned, scaled and bent like rubber.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws all of it.
    sheet : numpy.ndarray
        A photograph, as `spline` returns it.
    shape : tuple of int
        Of the part, in pixels.
    turn : float
        The largest angle, in radians.
    zoom : float
        It is shown so many times as large, or as small, at most.

    Returns
    -------
    numpy.ndarray
        Beyond the border of the photograph it is mirrored.

    Examples
    --------
    >>> import numpy as np
    >>> from convcourse.checks import unseen
    >>> ramp = unseen.spline(np.add.outer(np.arange(40.0), np.zeros(40)))
    >>> part = unseen.bent(np.random.default_rng(0), ramp, (20, 30))
    >>> part.shape, bool(np.ptp(part, axis=1).min() > 1)
    ((20, 30), True)
    """
    from scipy import ndimage

    rows, columns = np.ogrid[: shape[0], : shape[1]]
    rows, columns = rows - shape[0] / 2, columns - shape[1] / 2
    scale, angle = zoom ** rng.uniform(-1, 1), rng.uniform(-turn, turn)
    free = np.maximum(np.subtract(sheet.shape, scale * np.array(shape)), 0)
    middle = np.array(sheet.shape) / 2 + free * rng.uniform(-0.5, 0.5, 2)
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    at = (
        middle[0] + c * rows - s * columns + _swing(rng, rows, columns),
        middle[1] + s * rows + c * columns + _swing(rng, rows, columns),
    )
    return ndimage.map_coordinates(sheet, at, mode="mirror", prefilter=False)


def _levels(photo):
    """Return a photograph whose levels 0 to 1 become `LEVELS`."""
    low, high = LEVELS
    return low + (high - low) * np.clip(photo, 0, 1)


def again(rng, photo):
    """Return a photograph turned round and bent a little: as hard, and not the same.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws all of it.
    photo : numpy.ndarray
        Grey levels, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Of the same shape, in nearly the same grey levels.

    Examples
    --------
    >>> import numpy as np
    >>> from convcourse.checks import unseen
    >>> photo = np.linspace(0, 1, 10_000).reshape(100, 100)
    >>> other = unseen.again(np.random.default_rng(0), photo)
    >>> other.shape, bool(np.corrcoef(photo[::-1].ravel(), other.ravel())[0, 1] > 0.98)
    ((100, 100), True)
    """
    part = bent(rng, spline(photo), photo.shape, turn=0.1, zoom=1.02)
    return _levels(part[::-1, ::-1])


def photograph(rng, shape):
    """Return a photograph that is none.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws all of it.
    shape : tuple of int
        Its rows and columns.

    Returns
    -------
    numpy.ndarray
        Grey levels, 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from convcourse.checks import unseen
    >>> x = unseen.photograph(np.random.default_rng(0), (60, 80))
    >>> x.shape, float(x.min()), float(x.max())
    ((60, 80), 0.02, 0.98)
    """
    parts = []
    for which in rng.integers(2, size=2):
        part = bent(rng, _sheets()[which], shape)
        part = part[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
        parts.append(1 - part if rng.integers(2) else part)
    upper = rng.uniform(*UPPER)
    mixed = upper * parts[0] + (1 - upper) * parts[1]
    dark, bright = np.quantile(mixed, (0.005, 0.995))
    even = np.clip((mixed - dark) / (bright - dark), 0, 1)
    return _levels(even**GAMMA ** rng.uniform(-1, 1))
