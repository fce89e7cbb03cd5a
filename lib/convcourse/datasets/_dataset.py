"""The shape that every loaded data set has, and what the loaders share."""

import operator
from dataclasses import dataclass, field

import numpy as np

from .catalogue import CATALOGUE

FIELDS = ("x", "y", "x_test", "y_test", "t")


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """A data set, ready for use.

    Attributes
    ----------
    x : numpy.ndarray
        A signal (N,), a photograph (H, W) or (H, W, 3), or the images of a set:
        (N, H, W), (N, H, W, C). The array is the caller's own and may be written to.
    y : numpy.ndarray or None
        The labels of a set, int64; for `degraded` the photograph as it was.
    x_test, y_test : numpy.ndarray or None
        Images and labels for testing, where the set has such a part.
    t : numpy.ndarray or None
        Time of each sample of a signal: in seconds where there is a `rate`, else in
        decimal years.
    rate : int or None
        Samples per second of a sound.
    unit : str
        What the numbers in `x` count.
    about : dict
        `name`, `source`, `licence`, `sha256` (of the file; None if there is none),
        `note`, and what else is known, such as the truth behind a made signal.
    """

    x: np.ndarray
    y: np.ndarray | None = None
    x_test: np.ndarray | None = None
    y_test: np.ndarray | None = None
    t: np.ndarray | None = None
    rate: int | None = None
    unit: str = ""
    about: dict = field(default_factory=dict)

    def __repr__(self):
        arrays = [
            f"{name}: {value.shape} {value.dtype}"
            for name in FIELDS
            if (value := getattr(self, name)) is not None
        ]
        rate = [f"rate: {self.rate} Hz"] if self.rate else []
        name = self.about.get("name", "")
        return f"Dataset {name}({', '.join(arrays + rate)}, unit: {self.unit})"


def about(name, sha256=None, **more):
    """Return the `about` of a data set: facts of the catalogue, and more."""
    entry = CATALOGUE[name]
    taken = f"; taken from {entry.package}" if entry.package else ""
    return {
        "name": name,
        "source": entry.source + taken,
        "licence": entry.licence,
        "sha256": sha256,
        "note": entry.note,
    } | more


def integer(value, name, least, remedy):
    """Return a whole number >= `least`; TypeError or ValueError with the remedy."""
    try:
        if isinstance(value, bool | np.bool_):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}. {remedy}") from None
    if number < least:
        raise ValueError(f"{name} must be >= {least}, got {number}. {remedy}")
    return number


def counted(n, available):
    """Return how many examples or samples to give: all, or `n` of them."""
    if n is None:
        return available
    remedy = f"Use n=None for all {available}."
    number = integer(n, "n", 1, remedy)
    if number > available:
        raise ValueError(f"n must be <= {available}, got {number}. {remedy}")
    return number


def generator(seed, *stream):
    """Return a random generator; each `stream` of a seed has numbers of its own."""
    number = integer(seed, "seed", 0, "Use seed=0, the default.")
    return np.random.default_rng([number, *stream])


def draw(y, n, seed):
    """Return the positions of `n` examples, as many of each class as can be, in order.

    With n=None these are all positions.
    """
    number = counted(n, len(y))
    order = generator(seed).permutation(len(y))
    turn = np.empty(len(y), dtype=np.int64)  # 0 for the first of its class, 1, 2, ...
    for label in np.unique(y):
        own = order[y[order] == label]
        turn[own] = np.arange(len(own))
    taken = order[np.argsort(turn[order], kind="stable")][:number]
    return np.sort(taken)
