"""The full sets, from the cache of Keras. Nothing is downloaded unless asked for."""

import gzip
import hashlib
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np

from ._dataset import Dataset, about, draw
from ._files import folders
from .catalogue import CATALOGUE

FASHION = (
    "train-images-idx3",
    "train-labels-idx1",
    "t10k-images-idx3",
    "t10k-labels-idx1",
)
CIFAR = [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]
FILES = {
    "fashion_mnist": [f"fashion-mnist/{part}-ubyte.gz" for part in FASHION],
    "mnist": ["mnist.npz"],
    "cifar10": [f"cifar-10-batches-py-target/cifar-10-batches-py/{b}" for b in CIFAR],
}
DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    zipfile.BadZipFile,
    pickle.PickleError,
)


def keras_cache():
    """Return the folder where Keras keeps data sets."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"


def find(name):
    """Return the paths of all files of a full set, or None if one is missing."""
    for folder in [*folders(), keras_cache()]:
        paths = [folder / file for file in FILES[name]]
        if all(path.is_file() for path in paths):
            return paths
    return None


def _missing(name):
    """Return what to say when a full set is not there."""
    entry = CATALOGUE[name]
    first, *more = FILES[name]
    files = f"{first} and {len(more)} more files are" if more else f"{first} is"
    looked = ", ".join(str(folder) for folder in [*folders(), keras_cache()])
    return (
        f"{files} not in {looked}. Source: {entry.source}. With a network, "
        f"datasets.{name}(offline=False) downloads the set once, through Keras. "
        f"Offline substitute: datasets.{entry.instead}()."
    )


def _download(name):
    """Let Keras download a full set into its cache."""
    from convcourse.tf import keras

    try:
        getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras raises a bare Exception
        instead = CATALOGUE[name].instead
        raise ConnectionError(
            f"{name} could not be downloaded: {error}. Try again with a network. "
            f"Offline substitute: datasets.{instead}()."
        ) from error


def _fashion(contents):
    """Return x, y, x_test, y_test from four idx files: a head, then one byte each."""
    x, y, x_test, y_test = (gzip.decompress(content) for content in contents)

    def images(raw):
        return np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 28, 28)

    def labels(raw):
        return np.frombuffer(raw, np.uint8, offset=8)

    return images(x), labels(y), images(x_test), labels(y_test)


def _mnist(contents):
    """Return x, y, x_test, y_test from the one npz file."""
    with np.load(io.BytesIO(contents[0]), allow_pickle=False) as stored:
        return [stored[key] for key in ("x_train", "y_train", "x_test", "y_test")]


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that makes arrays and runs nothing else."""

    ALLOWED = {
        ("numpy.core.multiarray", "_reconstruct"),  # the name before NumPy 2
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("_codecs", "encode"),
    }

    def find_class(self, module, name):
        """Return one of the few names that a stored array needs."""
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a data set")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


def _cifar(contents):
    """Return x, y, x_test, y_test from six pickled batches of (N, 3 * 32 * 32)."""
    batches = [_ArraysOnly(io.BytesIO(c), encoding="bytes").load() for c in contents]
    x = [np.reshape(b[b"data"], (-1, 3, 32, 32)).transpose(0, 2, 3, 1) for b in batches]
    y = [np.array(b[b"labels"]) for b in batches]
    return np.concatenate(x[:5]), np.concatenate(y[:5]), x[5], y[5]


READERS = {"fashion_mnist": _fashion, "mnist": _mnist, "cifar10": _cifar}


def _load(name, n, offline, seed):
    """Return a full set, found in a cache or, if asked for, downloaded."""
    paths = find(name)
    if paths is None and not offline:
        _download(name)
        paths = find(name)
    if paths is None:
        raise FileNotFoundError(_missing(name))
    contents = [path.read_bytes() for path in paths]
    try:
        x, y, x_test, y_test = READERS[name](contents)
        if len(x) != len(y) or len(x_test) != len(y_test):
            raise ValueError("images and labels differ in number")
    except DAMAGED as error:
        raise ValueError(
            f"{name} in {paths[0].parent} is damaged ({error}). Delete it there, and "
            f"load it again with offline=False."
        ) from error
    keep = draw(y, n, seed)
    sha256 = hashlib.sha256(b"".join(contents)).hexdigest()
    note = f"{len(x)} images for training and {len(x_test)} for testing were found."
    facts = about(name, sha256) | {"note": note}
    y, y_test = y[keep].astype(np.int64), y_test.astype(np.int64)
    unit = "red, green, blue 0..255" if x.ndim == 4 else "grey level 0..255"
    return Dataset(x[keep], y, x_test.copy(), y_test, unit=unit, about=facts)


def fashion_mnist(n=None, offline=True, seed=0):
    """Return Fashion-MNIST, ten kinds of clothes, 28 x 28 pixels.

    Parameters
    ----------
    n : int, optional
        Draw only `n` training images at random, as many of each class. The test part
        stays whole.
    offline : bool
        True: read what is on this computer. False: download what is missing.
    seed : int
        Of the draw.

    Returns
    -------
    Dataset
        `x` (60000, 28, 28) uint8, `y` (60000,) int64; `x_test`, `y_test` of 10000.

    Raises
    ------
    FileNotFoundError
        If it is not on this computer and `offline` is True.
    ConnectionError
        If the download fails.
    """
    return _load("fashion_mnist", n, offline, seed)


def mnist(n=None, offline=True, seed=0):
    """Return MNIST, handwritten digits, 28 x 28 pixels.

    Parameters, results and errors are those of `fashion_mnist`.
    """
    return _load("mnist", n, offline, seed)


def cifar10(n=None, offline=True, seed=0):
    """Return CIFAR-10, ten kinds of thing in colour, 32 x 32 pixels.

    Parameters and errors are those of `fashion_mnist`.

    Returns
    -------
    Dataset
        `x` (50000, 32, 32, 3) uint8, `y` (50000,) int64; `x_test`, `y_test` of 10000.
    """
    return _load("cifar10", n, offline, seed)
