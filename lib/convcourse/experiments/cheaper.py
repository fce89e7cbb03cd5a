"""Networks for handwritten digits, plain and cheap, for chapter 08.

One plan, five ways to build it: what differs is which channels each layer connects.

>>> from convcourse.experiments import cheaper
>>> cheaper.recorded("plain").shape
(30,)

TensorFlow is loaded where a network is made.
"""

import functools
import time

import numpy as np

from convcourse import datasets
from convcourse.arithmetic import BatchNorm, Conv, Dense, Depthwise, GlobalPool

__all__ = [
    "KINDS",
    "SEEDS",
    "clock",
    "digits",
    "network",
    "plan",
    "recorded",
    "run",
    "seconds",
    "train",
]

#: Ordinary layers; depthwise then pointwise; ordinary but with fewer channels;
#: four groups; four groups and a shuffle between them.
KINDS = ("plain", "separable", "narrow", "grouped", "shuffled")
SEEDS = 30
GROUPS = 4
EPOCHS, RATE, BATCH = 12, 0.003, 32
WRITERS = 1200  # the first 1200 digits are for training; the rest by other hands
WIDTHS = {"narrow": (12, 23, 23, 23)}  # about as many MACs as "separable"
USUAL = (32, 64, 64, 64)


@functools.cache
def digits():
    """Return the handwritten digits, for training and by other hands.

    Returns
    -------
    x : (1200, 8, 8, 1) ndarray
        Grey levels 0 to 1, float32.
    y : (1200,) ndarray
    x_test : (597, 8, 8, 1) ndarray
    y_test : (597,) ndarray

    Examples
    --------
    >>> [a.shape for a in digits()]
    [(1200, 8, 8, 1), (1200,), (597, 8, 8, 1), (597,)]
    """
    found = datasets.digits()
    x = (found.x / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    return x[:WRITERS], found.y[:WRITERS], x[WRITERS:], found.y[WRITERS:]


def plan(kind):
    """Return the layers of a network as records, to count with `arithmetic.trace`.

    Parameters
    ----------
    kind : str
        One of `KINDS`. A shuffle has no weights and no MACs, so it is left out.

    Returns
    -------
    list of record

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> from convcourse import arithmetic
    >>> arithmetic.trace(plan("plain"), (8, 8, 1)).macs
    2378368
    """
    first, *others = WIDTHS.get(_known(kind), USUAL)
    made, same = [Conv(first, 3, padding="same", bias=False), BatchNorm()], "same"
    for filters, stride in zip(others, (1, 2, 1), strict=True):
        if kind == "separable":
            made += [Depthwise(3, stride, same, bias=False), BatchNorm()]
            made += [Conv(filters, 1, bias=False), BatchNorm()]
        else:
            groups = GROUPS if kind in ("grouped", "shuffled") else 1
            made += [Conv(filters, 3, stride, same, groups=groups, bias=False)]
            made += [BatchNorm()]
    return [*made, GlobalPool(), Dense(10)]


def _shuffle(x):
    """Deal the channels of a Keras tensor out, as `ops.channel_shuffle`."""
    from convcourse.tf import keras

    _, rows, columns, channels = x.shape
    x = keras.layers.Reshape((rows, columns, GROUPS, channels // GROUPS))(x)
    x = keras.layers.Permute((1, 2, 4, 3))(x)
    return keras.layers.Reshape((rows, columns, channels))(x)


def _block(x, kind, filters, strides):
    """Return what one stage of a network makes of a Keras tensor."""
    from convcourse.tf import keras

    layers, size = keras.layers, {"padding": "same", "use_bias": False}

    def active(y):  # few steps: its means must follow quickly
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(y))

    if kind == "separable":
        x = active(layers.DepthwiseConv2D(3, strides, **size)(x))
        return active(layers.Conv2D(filters, 1, **size)(x))
    if kind == "shuffled":
        x = _shuffle(x)
    groups = GROUPS if kind in ("grouped", "shuffled") else 1
    return active(layers.Conv2D(filters, 3, strides, groups=groups, **size)(x))


def network(kind, seed=0):
    """Return a network for 8 by 8 digits, with fresh weights.

    Parameters
    ----------
    kind : str
        One of `KINDS`. All have an ordinary first layer, three stages with kernels of
        3 by 3, the second with stride 2, batch normalisation and ReLU after each
        convolution, a global mean and a dense layer.
    seed : int
        Of the weights.

    Returns
    -------
    keras.Model
        (N, 8, 8, 1) to (N, 10), compiled.

    Raises
    ------
    ImportError
        Where there is no TensorFlow.
    ValueError
        If there is no such kind.
    """
    from convcourse.tf import keras, reproducible

    _known(kind)
    reproducible(seed)
    first, *others = WIDTHS.get(kind, USUAL)
    x = inputs = keras.Input((8, 8, 1))
    x = _block(x, "plain", first, 1)
    for filters, strides in zip(others, (1, 2, 1), strict=True):
        x = _block(x, kind, filters, strides)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(10, activation="softmax")(x)
    model = keras.Model(inputs, x, name=kind)
    steps = EPOCHS * -(-WRITERS // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss=loss, metrics=["accuracy"])
    return model


def train(kind, seed=0):
    """Return the network of `network`, trained on `digits`.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    seed : int
        Of weights and order.

    Returns
    -------
    keras.Model
        A line below the cell shows how it goes.
    """
    from convcourse.training import Progress

    model, (x, y, *_) = network(kind, seed), digits()
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "verbose": 0}
    model.fit(x, y, callbacks=[Progress(kind)], **settings)
    return model


def clock(*jobs, repeats=9):
    """Return the processor time that jobs take, measured in turns.

    Parameters
    ----------
    *jobs : callable
        Called without arguments.
    repeats : int
        Of each; the shortest time counts. One more goes before, to warm up.

    Returns
    -------
    list of float
        Seconds.

    Examples
    --------
    >>> short, long = clock(lambda: sum(range(100)), lambda: sum(range(100_000)))
    >>> short < long
    True
    """
    best = [np.inf] * len(jobs)
    for turn in range(1 + repeats):
        for i, job in enumerate(jobs):
            start = time.process_time()
            job()
            if turn:
                best[i] = min(best[i], time.process_time() - start)
    return best


def seconds(*models, batch=256, repeats=9):
    """Return how long Keras models take for a batch of digits, as `clock` measures it.

    Parameters
    ----------
    *models : keras.Model
        Each is compiled to a graph before.
    batch : int
        Images at once.
    repeats : int
        Of each.

    Returns
    -------
    list of float
        Seconds of processor time.
    """
    from convcourse.tf import tf

    x = tf.constant(np.resize(digits()[0], (batch, 8, 8, 1)))
    graphs = [tf.function(lambda x, m=m: m(x, training=False)) for m in models]
    jobs = [lambda graph=graph: graph(x).numpy() for graph in graphs]
    return clock(*jobs, repeats=repeats)


def run(kind, seed=0):
    """Return which share of the test digits a trained network tells right.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    seed : int
        Of weights and order.

    Returns
    -------
    float
    """
    _, _, x, y = digits()
    told = train(kind, seed).predict(x, verbose=0).argmax(axis=1)
    return float(np.mean(told == y))


def recorded(kind):
    """Return what `run` gave for thirty seeds where the file was made.

    Parameters
    ----------
    kind : str
        One of `KINDS`.

    Returns
    -------
    (30,) ndarray
        Entry s is the share told right with the seed s.

    Raises
    ------
    ValueError
        If there is no such kind.

    Examples
    --------
    >>> recorded("separable").shape
    (30,)
    """
    return datasets.recorded("cheaper")[_known(kind)]


def _known(kind):
    """Return `kind`; ValueError where there is none of that name."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {list(KINDS)}, got {kind!r}.")
    return kind
