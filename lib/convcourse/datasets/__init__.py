"""Real data, small and offline; made data, with a known truth.

>>> from convcourse import datasets
>>> datasets.load("sunspots")
Dataset sunspots(x: (3126,) float64, t: (3126,) float64, unit: sunspots)

`available()` lists the names. Each name is also a function: ``datasets.sunspots()``.
The files are in the folder `data/`; `data/SOURCES.md` says where each comes from.
"""

import difflib
import inspect
from typing import NamedTuple

from . import _files, full
from ._dataset import Dataset
from .catalogue import CATALOGUE
from .full import cifar10, fashion_mnist, mnist
from .shipped import (
    brick,
    camera,
    clock,
    co2,
    coffee,
    digits,
    faces,
    grass,
    gravel,
    moon,
    page,
    recorded,
    sunspots,
)
from .synthetic import bars, degraded, melody, room, textures

__all__ = [
    "Dataset",
    "available",
    "bars",
    "brick",
    "camera",
    "cifar10",
    "clock",
    "co2",
    "coffee",
    "degraded",
    "digits",
    "faces",
    "fashion_mnist",
    "grass",
    "gravel",
    "load",
    "melody",
    "mnist",
    "moon",
    "page",
    "recorded",
    "room",
    "sunspots",
    "textures",
]


class Row(NamedTuple):
    """One line of `available()`."""

    name: str
    kind: str
    where: str
    there: bool


def _lookup(name):
    """Return the entry of a name; ValueError with the nearest names."""
    if not isinstance(name, str):
        raise TypeError(f"name must be a string such as 'co2', got {name!r}.")
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name.lower().replace("-", "_"), CATALOGUE)
    guess = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    raise ValueError(
        f"there is no data set {name!r}.{guess} datasets.available() lists all."
    )


def load(name, n=None, offline=True, seed=0):
    """Return a data set by its name.

    Parameters
    ----------
    name : str
        One of the names that `available()` lists.
    n : int, optional
        Of a signal the first `n` samples; of a set `n` training examples, drawn at
        random, as many of each class as can be. Default: all.
    offline : bool
        True: take only what is on this computer. False: Fashion-MNIST, MNIST and
        CIFAR-10 are downloaded if they are missing.
    seed : int
        Of everything that is drawn or made at random. The same seed gives the same.

    Returns
    -------
    Dataset
        With fields `x`, `y`, `x_test`, `y_test`, `t`, `rate`, `unit`, `about`; None
        where they do not apply.

    Raises
    ------
    FileNotFoundError
        If the data are not here. The message says what does in their place.
    ValueError
        If the name is unknown, `n` is out of range, or a file of `data/` was changed.

    Notes
    -----
    Looks in the folder `$CONVCOURSE_DATA`, if that is set, then in `data/`; for full
    sets also in the cache of Keras (`$KERAS_HOME/datasets` or `~/.keras/datasets`).

    Examples
    --------
    >>> from convcourse import datasets
    >>> digits = datasets.load("digits", n=100)
    >>> digits.x.shape, digits.about["licence"]
    ((100, 8, 8), 'CC BY 4.0')
    """
    entry = _lookup(name)
    loader = globals()[entry.name]
    given = {"n": n, "offline": offline, "seed": seed}
    takes = inspect.signature(loader).parameters
    if n is not None and "n" not in takes:
        raise ValueError(
            f"n counts samples or examples, got n={n!r}. {name!r} is one {entry.kind}: "
            f"leave n out."
        )
    return loader(**{key: value for key, value in given.items() if key in takes})


def _there(entry):
    """Return True if a data set can be loaded without a network."""
    if entry.where == "Keras cache":
        return full.find(entry.name) is not None
    if entry.where == "scikit-image":
        return _files.wheel_file(entry) is not None
    return entry.where == "made" or _files.find(entry.file) is not None


def available():
    """Return what there is, as rows of (name, kind, where, there).

    Returns
    -------
    list of Row
        `where` is "data", "made", "scikit-image" or "Keras cache"; `there` is True if
        the set can be loaded on this computer without a network.

    Examples
    --------
    >>> from convcourse import datasets
    >>> datasets.available()[0]
    Row(name='co2', kind='signal', where='data', there=True)
    """
    return [Row(e.name, e.kind, e.where, _there(e)) for e in CATALOGUE.values()]
