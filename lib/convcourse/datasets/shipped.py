"""Real data: the files of `data/`, and a few of the installed scikit-image."""

import datetime
import io

import numpy as np

from . import _files
from ._dataset import Dataset, about, counted, draw
from .catalogue import CATALOGUE, RECORDED


def _decimal_year(yyyymmdd):
    """Return a date such as 19580329 as a year with a fraction."""
    date = datetime.date(
        int(yyyymmdd) // 10000, int(yyyymmdd) // 100 % 100, int(yyyymmdd) % 100
    )
    start, end = datetime.date(date.year, 1, 1), datetime.date(date.year + 1, 1, 1)
    return date.year + (date - start).days / (end - start).days


def co2(n=None):
    """Return carbon dioxide over Mauna Loa, Hawaii, week by week, 1958 to 2001.

    Parameters
    ----------
    n : int, optional
        Take only the first `n` weeks.

    Returns
    -------
    Dataset
        `x` (2284,) float64 in ppm (parts per million), `t` in decimal years.
        `about["filled"]` is True (2284,) where the week was not measured.

    Notes
    -----
    59 weeks were not measured. They are filled by linear interpolation between the
    neighbouring weeks. Put ``np.nan`` where ``about["filled"]`` is True to undo it.

    Examples
    --------
    >>> from convcourse import datasets
    >>> series = datasets.co2()
    >>> series.x.shape, int(series.about["filled"].sum())
    ((2284,), 59)
    """
    content, sha256 = _files.read(CATALOGUE["co2"])
    date, x = _files.table(content).T
    t = np.array([_decimal_year(day) for day in date])
    filled = np.isnan(x)
    weeks = np.arange(len(x))
    x = np.where(filled, np.interp(weeks, weeks[~filled], x[~filled]), x)
    keep = slice(counted(n, len(x)))
    facts = about("co2", sha256, filled=filled[keep])
    return Dataset(x[keep], t=t[keep], unit="ppm", about=facts)


def sunspots(n=None):
    """Return the mean number of sunspots of each month, 1749 to 2009.

    Parameters
    ----------
    n : int, optional
        Take only the first `n` months.

    Returns
    -------
    Dataset
        `x` (3126,) float64, `t` (3126,) the middle of each month in decimal years.

    Examples
    --------
    >>> from convcourse import datasets
    >>> series = datasets.sunspots(n=12)
    >>> series.x[:3].tolist(), round(float(series.t[0]), 3)
    ([58.0, 62.6, 70.0], 1749.042)
    """
    content, sha256 = _files.read(CATALOGUE["sunspots"])
    year, month, x = _files.table(content).T
    keep = slice(counted(n, len(x)))
    t = (year + (month - 0.5) / 12)[keep]
    facts = about("sunspots", sha256)
    return Dataset(x[keep].copy(), t=t, unit="sunspots", about=facts)


def _photograph(name):
    """Return a photograph, (H, W) or (H, W, 3), uint8."""
    content, sha256 = _files.read(CATALOGUE[name])
    pixels = _files.image(content)
    unit = "grey level 0..255" if pixels.ndim == 2 else "red, green, blue 0..255"
    return Dataset(pixels, unit=unit, about=about(name, sha256))


def camera():
    """Return a man and his camera on a tripod, (512, 512) uint8.

    Returns
    -------
    Dataset
        `x` is the photograph.

    Examples
    --------
    >>> from convcourse import datasets
    >>> datasets.camera()
    Dataset camera(x: (512, 512) uint8, unit: grey level 0..255)
    """
    return _photograph("camera")


def coffee():
    """Return a cup of espresso in colour, (400, 600, 3) uint8.

    Returns
    -------
    Dataset
        `x` is the photograph; its last axis is red, green, blue.
    """
    return _photograph("coffee")


def clock():
    """Return a wall clock blurred by a moving camera, (300, 400) uint8.

    Returns
    -------
    Dataset
        `x` is the photograph. What it looked like before is not known: for a blur with
        a known truth see `degraded`.
    """
    return _photograph("clock")


def brick():
    """Return a brick wall, (512, 512) uint8.

    Returns
    -------
    Dataset
        `x` is the photograph.
    """
    return _photograph("brick")


def grass():
    """Return grass from above, (512, 512) uint8.

    Returns
    -------
    Dataset
        `x` is the photograph.
    """
    return _photograph("grass")


def gravel():
    """Return gravel from above, (512, 512) uint8.

    Returns
    -------
    Dataset
        `x` is the photograph.
    """
    return _photograph("gravel")


def page():
    """Return a printed page in uneven light, (191, 384) uint8, from scikit-image.

    Returns
    -------
    Dataset
        `x` is the photograph.
    """
    return _photograph("page")


def moon():
    """Return the surface of the moon, (512, 512) uint8, from scikit-image.

    Returns
    -------
    Dataset
        `x` is the photograph.
    """
    return _photograph("moon")


def faces(n=None, seed=0):
    """Return 100 faces and 100 pieces of background, from scikit-image.

    Parameters
    ----------
    n : int, optional
        Draw only `n` of them at random, as many of each class.
    seed : int
        Of the draw.

    Returns
    -------
    Dataset
        `x` (200, 25, 25) float64, grey levels 0..1; `y` (200,) 1 for a face, else 0.
    """
    content, sha256 = _files.read(CATALOGUE["faces"])
    images = np.load(io.BytesIO(content), allow_pickle=False)
    y = np.repeat([1, 0], 100)
    keep = draw(y, n, seed)
    facts = about("faces", sha256)
    return Dataset(images[keep], y[keep], unit="grey level 0..1", about=facts)


def digits(n=None, seed=0):
    """Return 1797 handwritten digits of 8 x 8 pixels.

    Parameters
    ----------
    n : int, optional
        Draw only `n` of them at random, as many of each digit.
    seed : int
        Of the draw.

    Returns
    -------
    Dataset
        `x` (1797, 8, 8) uint8, grey levels 0..16 (the number of dark pixels among 16);
        `y` (1797,) int64, 0..9.

    Notes
    -----
    Digits that follow each other were written by the same hand. Whoever trains and
    tests on a random cut tests on known hands: cut into first and last part instead.

    Examples
    --------
    >>> import numpy as np
    >>> from convcourse import datasets
    >>> np.bincount(datasets.digits(n=20).y).tolist()
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    content, sha256 = _files.read(CATALOGUE["digits"])
    stored = _files.arrays(content)
    y = stored["y"].astype(np.int64)
    keep = draw(y, n, seed)
    facts = about("digits", sha256)
    return Dataset(stored["x"][keep], y[keep], unit="grey level 0..16", about=facts)


def recorded(name):
    """Return arrays that were made once by training, and stored.

    Parameters
    ----------
    name : str
        "texture_cnn": a small network that tells brick, grass and gravel apart.
        "ten_seeds": accuracies of the networks of `experiments.seeing`.
        "dilated": scores of those of `experiments.dilated`, (30,) each.
        "enlarging": energy and PSNR of those of `experiments.enlarging`, (30, 4) each.
        "cheaper": accuracies of those of `experiments.cheaper`, (30,) each.

    Returns
    -------
    dict of numpy.ndarray
        For "texture_cnn": kernels `w` (7, 7, 1, 8) and biases `b` (8,), float32, as in
        a Keras Conv2D layer; `w2`, `b2`, `w3`, `b3` of the next layers; and the measured
        `accuracy` on the test patches. For "ten_seeds": (10, 1) or (10, 7) shares of the
        test images, a row for each seed.

    Raises
    ------
    ValueError
        If there is no such recording.

    Examples
    --------
    >>> from convcourse import datasets
    >>> datasets.recorded("texture_cnn")["w"].shape
    (7, 7, 1, 8)
    """
    if name not in RECORDED:
        names = ", ".join(repr(known) for known in RECORDED)
        raise ValueError(f"name must be one of {names}, got {name!r}.")
    content, _ = _files.read(RECORDED[name])
    return _files.arrays(content)
