"""Networks for textures, bars and digits, for chapter 04.

>>> from convcourse.experiments import seeing
>>> seeing.recorded("textures cnn").round(2).min() > 0.9
np.True_

A run differs from the next only in its seed: the random weights at the start and the
order of the examples. `tools/make_data.py --train` trains all but those for
Fashion-MNIST, and stores the accuracies in `data/ten_seeds.npz`. TensorFlow is loaded
when a network is made.
"""

import functools
from dataclasses import dataclass

import numpy as np

from convcourse import datasets

__all__ = [
    "EXPERIMENTS",
    "RECORDED",
    "SEEDS",
    "Experiment",
    "moved",
    "network",
    "recorded",
    "run",
    "train",
]

SEEDS = 10
WRITERS = 1200  # the first 1200 digits are for training; the rest by other hands
STEPS = range(7)  # by how many pixels the digits move to the right


@dataclass(frozen=True)
class Experiment:
    """One network on one data set.

    Attributes
    ----------
    data : str
        "textures", "bars", "fashion_mnist"; "digits", at one place; "digits, moved", at
        seven places; "digits, shuffled": known hands in the test, too.
    layers : tuple of (str, dict)
        Names and arguments of Keras layers, input and softmax layer left out.
    epochs : int
    rate : float
        Step size of Adam.
    """

    data: str
    layers: tuple
    epochs: int
    rate: float


def _conv(filters, size, activation="relu", padding="valid"):
    """Return a convolutional layer as a name and arguments."""
    given = {"filters": filters, "kernel_size": size, "activation": activation}
    return "Conv2D", given | {"padding": padding}


def _dense(units):
    """Return flattening and a dense layer with ReLU."""
    return ("Flatten", {}), ("Dense", {"units": units, "activation": "relu"})


_FLAT, _HALF = ("Flatten", {}), ("MaxPooling2D", {"pool_size": 2})
_MEAN, _MOST = ("GlobalAveragePooling2D", {}), ("GlobalMaxPooling2D", {})
_BAR = {"epochs": 8, "rate": 0.01}
_DIGIT = {"epochs": 15, "rate": 0.003}
_CLOTHES = {"epochs": 5, "rate": 0.002}
_NEAR, _FAR = _conv(16, 3, padding="same"), _conv(32, 3, padding="same")

EXPERIMENTS = {
    "textures linear": Experiment("textures", (_FLAT,), 10, 0.001),
    "textures dense": Experiment("textures", _dense(128), 10, 0.001),
    "textures cnn": Experiment(
        "textures", (_conv(8, 7), _HALF, _conv(16, 3), _MEAN), 10, 0.003
    ),
    "bars none": Experiment("bars", (_conv(8, 7, "linear"), _MEAN), **_BAR),
    "bars tanh": Experiment("bars", (_conv(8, 7, "tanh"), _MEAN), **_BAR),
    "bars relu": Experiment("bars", (_conv(8, 7), _MEAN), **_BAR),
    "digits dense": Experiment("digits", _dense(64), **_DIGIT),
    "digits flatten": Experiment(
        "digits", (_NEAR, _HALF, _FAR, _HALF, _FLAT), **_DIGIT
    ),
    "digits pool": Experiment("digits", (_NEAR, _HALF, _FAR, _MOST), **_DIGIT),
    "digits global": Experiment("digits", (_NEAR, _FAR, _MOST), **_DIGIT),
    "digits dense moved": Experiment("digits, moved", _dense(64), **_DIGIT),
    "digits dense shuffled": Experiment("digits, shuffled", _dense(64), **_DIGIT),
    "fashion dense": Experiment("fashion_mnist", _dense(128), **_CLOTHES),
    "fashion cnn": Experiment(
        "fashion_mnist", (_conv(16, 3), _HALF, _conv(32, 3), _HALF, _FLAT), **_CLOTHES
    ),
}
RECORDED = tuple(name for name in EXPERIMENTS if not name.startswith("fashion"))


def moved(x, step):
    """Move images to the right; what leaves on the right must be empty.

    Parameters
    ----------
    x : (N, H, W, C) array
        Images with room on their right.
    step : int
        Pixels.

    Returns
    -------
    (N, H, W, C) ndarray

    Raises
    ------
    ValueError
        If something other than 0 would leave the picture.

    Examples
    --------
    >>> moved(np.array([1, 2, 0, 0]).reshape(1, 1, 4, 1), 2).ravel()
    array([0, 0, 1, 2])
    """
    if step and np.any(x[:, :, x.shape[2] - step :]):
        raise ValueError(f"step={step} pushes the images over their right border.")
    return np.roll(x, step, axis=2)


@functools.cache
def _data(name):
    """Return x, y, tests (a list of images), y_test."""
    if name == "fashion_mnist":
        found = datasets.fashion_mnist(n=10_000)
        x, x_test = (
            part[..., np.newaxis].astype(np.float32) / 255
            for part in (found.x, found.x_test)
        )
        return x, found.y, [x_test], found.y_test
    if not name.startswith("digits"):
        found = datasets.load(name)
        return found.x, found.y, [found.x_test], found.y_test
    digits = datasets.digits()
    x, y = np.zeros((len(digits.y), 12, 24, 1), np.float32), digits.y
    x[:, 2:10, 5:13, 0] = digits.x / 16
    if name == "digits, shuffled":
        order = np.random.default_rng(0).permutation(len(y))
        x, y = x[order], y[order]
    x, late, y, y_late = x[:WRITERS], x[WRITERS:], y[:WRITERS], y[WRITERS:]
    if name == "digits, moved":
        x, y = np.concatenate([moved(x, s) for s in STEPS]), np.tile(y, len(STEPS))
    return x, y, [moved(late, s) for s in STEPS], y_late


def _known(name):
    """Return an experiment; ValueError where there is none of that name."""
    if name not in EXPERIMENTS:
        raise ValueError(f"name must be one of {list(EXPERIMENTS)}, got {name!r}.")
    return EXPERIMENTS[name]


def network(name):
    """Return the network of an experiment, with fresh weights.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`. Its first word names the data.

    Returns
    -------
    keras.Sequential
        Built, compiled, not trained.

    Raises
    ------
    ImportError
        Where there is no TensorFlow.
    ValueError
        If there is no such experiment.
    FileNotFoundError
        Where Fashion-MNIST is asked for and not on this computer.
    """
    from convcourse.tf import keras

    experiment = _known(name)
    x, y, *_ = _data(experiment.data)
    made = [getattr(keras.layers, kind)(**given) for kind, given in experiment.layers]
    last = keras.layers.Dense(int(y.max()) + 1, activation="softmax")
    model = keras.Sequential([keras.Input(x.shape[1:]), *made, last])
    optimizer = keras.optimizers.Adam(experiment.rate)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    return model


def train(name, seed=0):
    """Return the network of an experiment, trained.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`.
    seed : int
        Where the random numbers start.

    Returns
    -------
    keras.Sequential
        A line below the cell shows how it goes.
    """
    from convcourse.tf import reproducible
    from convcourse.training import Progress

    experiment = _known(name)
    reproducible(seed)
    model = network(name)
    x, y, *_ = _data(experiment.data)
    settings = {"epochs": experiment.epochs, "batch_size": 64, "verbose": 0}
    model.fit(x, y, callbacks=[Progress(name)], **settings)
    return model


def run(name, seed=0):
    """Return what share of the test images a trained network tells right.

    Parameters
    ----------
    name : str
        One of `EXPERIMENTS`.
    seed : int
        Where the random numbers start.

    Returns
    -------
    ndarray
        One share, or seven for digits: at the place where they were trained, and
        moved to the right by 1 to 6 pixels.
    """
    model = train(name, seed)
    *_, tests, y_test = _data(_known(name).data)
    return np.array([model.evaluate(x, y_test, verbose=0)[1] for x in tests])


def recorded(name):
    """Return the accuracies of ten runs, recorded once.

    Parameters
    ----------
    name : str
        One of `RECORDED`.

    Returns
    -------
    (10, 1) or (10, 7) ndarray
        Row s is what `run` gave with the seed s where the file was made.

    Examples
    --------
    >>> recorded("digits global").shape
    (10, 7)
    """
    if name not in RECORDED:
        raise ValueError(f"name must be one of {list(RECORDED)}, got {name!r}.")
    return datasets.recorded("ten_seeds")[name.replace(" ", "_")]
