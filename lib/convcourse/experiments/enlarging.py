"""Networks that make photographs twice as large, for chapter 07.

One body, one set of data, seven last parts: what differs is how the picture grows.
`parity_energy` measures the chequered pattern that some of them leave.

>>> from convcourse.experiments import enlarging
>>> energy_before, psnr_before, energy_after, psnr_after = enlarging.recorded("resize").T
>>> float(energy_after.max())
0.0

TensorFlow is loaded where a network is made.
"""

import functools

import numpy as np

from convcourse import datasets
from convcourse.ops import average_pool2d

__all__ = [
    "SEEDS",
    "WAYS",
    "mean_square",
    "measure",
    "network",
    "parity_energy",
    "patches",
    "psnr",
    "recorded",
    "run",
    "train",
    "unseen",
]

#: How the last layer doubles the sides.
WAYS = (
    "transposed 3",
    "transposed 4",
    "sub-pixel",
    "equal start",
    "resize",
    "blur",
    "added",
)
SEEDS = 30
SIDE = 32  # of a large patch, pixels
EPOCHS, RATE, BATCH, PATCHES = 18, 0.002, 16, 1200
TRAIN = ("camera", "brick", "gravel", "grass")


def parity_energy(images, border=4):
    """Return which share of the energy lies at the frequencies of a chequered pattern.

    Parameters
    ----------
    images : (..., H, W) array_like
        At least one picture, with even sides behind the border.
    border : int
        Rows and columns that are left out on each side: an even number.

    Returns
    -------
    float
        0: no part repeats with period 2; 1: nothing else is there. The mean square of
        what the four parts of the discrete Fourier transform at (0, pi), (pi, 0) and
        (pi, pi) hold, divided by that with (0, 0).

    Raises
    ------
    ValueError
        If `border` is odd or negative, or too little remains.

    Notes
    -----
    The four means over pixels with even or odd row and column number hold all that
    repeats with period 2. Their mean is the level; the rest is the pattern.

    Examples
    --------
    >>> parity_energy(np.ones((8, 8)), border=0)
    0.0
    >>> board = np.indices((8, 8)).sum(axis=0) % 2
    >>> round(parity_energy(2 * board - 1, border=0), 3)
    1.0
    >>> round(parity_energy(board, border=0), 3)
    0.5
    """
    images = np.asarray(images, float)
    if border < 0 or border % 2:
        raise ValueError(f"border must be even and not negative, got {border}.")
    if min(images.shape[-2:]) < 2 * border + 2:
        raise ValueError(
            f"border={border} leaves nothing of images of shape {images.shape[-2:]}."
        )
    inner = images[..., border : images.shape[-2] - border, :]
    inner = inner[..., border : images.shape[-1] - border]
    means = [inner[..., a::2, b::2].mean(axis=(-2, -1)) for a in (0, 1) for b in (0, 1)]
    means = np.array(means)
    total = np.sum(means**2)
    return float(np.sum((means - means.mean(axis=0)) ** 2) / total) if total else 0.0


def mean_square(x, y, border=4):
    """Return the mean square of a difference, without a frame of `border` pixels."""
    inner = (..., slice(border, -border), slice(border, -border))
    return float(np.mean((np.asarray(x, float) - np.asarray(y, float))[inner] ** 2))


def psnr(x, y, border=4):
    """Return the peak signal-to-noise ratio of pictures with values 0 to 1.

    Parameters
    ----------
    x, y : (..., H, W) array_like
        Pictures of one shape.
    border : int
        Frame that is left out, pixels, at least 1.

    Returns
    -------
    float
        Decibels; 20 is an error of a tenth of the range, 40 of a hundredth.

    Examples
    --------
    >>> psnr(np.zeros((9, 9)), np.full((9, 9), 0.1), border=1)
    20.0
    """
    return round(-10 * float(np.log10(mean_square(x, y, border))), 6)


def _grey(name):
    """Return a photograph in grey, 0 to 1, float32."""
    x = datasets.load(name).x / 255
    return (x @ [0.2125, 0.7154, 0.0721] if x.ndim == 3 else x).astype(np.float32)


@functools.cache
def patches(n=PATCHES, seed=0):
    """Return small and large patches of photographs.

    Parameters
    ----------
    n : int
        How many, in equal parts from four photographs.
    seed : int
        Of their places.

    Returns
    -------
    small : (n, 16, 16, 1) ndarray
        Means over 2 by 2 pixels of the large ones, float32.
    large : (n, 32, 32, 1) ndarray
        Grey levels 0 to 1, float32.

    Examples
    --------
    >>> small, large = patches(8)
    >>> small.shape, large.shape
    ((8, 16, 16, 1), (8, 32, 32, 1))
    """
    rng, large = np.random.default_rng(seed), []
    for name in TRAIN:
        photo = _grey(name)
        rows, columns = np.array(photo.shape) - SIDE
        for _ in range(n // len(TRAIN)):
            i, j = rng.integers(rows), rng.integers(columns)
            large.append(photo[i : i + SIDE, j : j + SIDE])
    large = np.stack(large)[..., None]
    return average_pool2d(large, 2).astype(np.float32), large


def unseen():
    """Return a part of another photograph, small and large.

    Returns
    -------
    small : (1, 100, 100, 1) ndarray
    large : (1, 200, 200, 1) ndarray
        Of the cup of coffee, in grey.
    """
    large = _grey("coffee")[80:280, 160:360][None, ..., None]
    return average_pool2d(large, 2).astype(np.float32), large


def _equal(shape, dtype=None):
    """Draw weights of a sub-pixel layer: the same for the four phases."""
    from convcourse.tf import keras, tf

    kh, kw, channels, phases = shape
    one = keras.initializers.GlorotUniform()((kh, kw, channels, 1), dtype=dtype)
    return tf.repeat(one, phases, axis=3)


def _last(way):
    """Return the layers that double the sides and end in one channel."""
    from convcourse.tf import keras, tf

    layers = keras.layers
    shuffle = layers.Lambda(lambda x: tf.nn.depth_to_space(x, 2), name="shuffle")
    if way.startswith("transposed"):
        return [layers.Conv2DTranspose(1, int(way[-1]), strides=2, padding="same")]
    if way in ("sub-pixel", "added"):
        return [layers.Conv2D(4, 3, padding="same"), shuffle]
    if way == "equal start":
        same = {"padding": "same", "kernel_initializer": _equal}
        return [layers.Conv2D(4, 3, **same), shuffle]
    if way == "resize":
        return [layers.UpSampling2D(2), layers.Conv2D(1, 3, padding="same")]
    if way == "blur":
        mean = layers.AveragePooling2D(2, strides=1, padding="same")
        return [layers.Conv2DTranspose(1, 4, strides=2, padding="same"), mean]
    raise ValueError(f"way must be one of {list(WAYS)}, got {way!r}.")


def network(way, seed=0):
    """Return a network that doubles the sides of pictures, with fresh weights.

    Parameters
    ----------
    way : str
        One of `WAYS`, the last layer: transposed with a kernel of 3 or 4; a
        convolution to four channels that are put side by side, with any or with equal
        start weights; nearest neighbour and a convolution; transposed and a fixed mean
        over 2 by 2. "added" is a sub-pixel layer whose result is added to the nearest
        neighbour's, so that the network learns the difference only.
    seed : int
        Of the weights.

    Returns
    -------
    keras.Model
        (N, H, W, 1) to (N, 2H, 2W, 1), compiled; Adam, its steps shrink to 0.

    Raises
    ------
    ImportError
        Where there is no TensorFlow.
    ValueError
        If there is no such way.
    """
    from convcourse.tf import keras, reproducible

    if way not in WAYS:
        raise ValueError(f"way must be one of {list(WAYS)}, got {way!r}.")
    reproducible(seed)
    conv = {"padding": "same", "activation": "relu"}
    body = [keras.layers.Conv2D(16, 5, **conv), keras.layers.Conv2D(16, 3, **conv)]
    y = x = keras.Input((None, None, 1))
    for layer in body + _last(way):
        y = layer(y)
    if way == "added":
        y = keras.layers.Add()([y, keras.layers.UpSampling2D(2)(x)])
    model = keras.Model(x, y)
    steps = EPOCHS * PATCHES // BATCH
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.Adam(rate), "mse")
    return model


def train(way, seed=0):
    """Return the network of `network`, trained on `patches`.

    Parameters
    ----------
    way : str
        One of `WAYS`.
    seed : int
        Of weights and order.

    Returns
    -------
    keras.Model
    """
    from convcourse.training import Progress

    model, (small, large) = network(way, seed), patches()
    settings = {"epochs": EPOCHS, "batch_size": BATCH, "verbose": 0}
    model.fit(small, large, callbacks=[Progress(way)], **settings)
    return model


def measure(model):
    """Return the chequered energy on flat pictures, and the PSNR on an unseen photo.

    Parameters
    ----------
    model : keras.Model
        As `network` makes it.

    Returns
    -------
    energy, decibels : float
    """
    levels = np.array([0.25, 0.5, 0.75], np.float32)[:, None, None, None]
    flat = np.broadcast_to(levels, (3, 16, 16, 1))
    energy = parity_energy(model.predict(flat, verbose=0)[..., 0], border=8)
    small, large = unseen()
    enlarged = model.predict(small, verbose=0)[..., 0]
    return energy, psnr(enlarged, large[..., 0])


def run(way, seed=0):
    """Return energy and PSNR of a network, before and after training.

    Parameters
    ----------
    way : str
        One of `WAYS`.
    seed : int
        Of weights and order.

    Returns
    -------
    (4,) ndarray
        Energy and PSNR before, energy and PSNR after.
    """
    return np.array([*measure(network(way, seed)), *measure(train(way, seed))])


def recorded(way):
    """Return what `run` gave for thirty seeds where the file was made.

    Parameters
    ----------
    way : str
        One of `WAYS`.

    Returns
    -------
    (30, 4) ndarray
        Row s: energy and PSNR before, energy and PSNR after, with the seed s; float32.

    Raises
    ------
    ValueError
        If there is no such way.

    Examples
    --------
    >>> recorded("transposed 3").shape
    (30, 4)
    """
    if way not in WAYS:
        raise ValueError(f"way must be one of {list(WAYS)}, got {way!r}.")
    return datasets.recorded("enlarging")[way.replace(" ", "_")]
