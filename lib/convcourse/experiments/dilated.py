"""Networks whose reach is made by dilation, for chapter 06.

Three tasks; in each the networks have equally many weights and layers, and differ only
in their dilations.

>>> from convcourse.experiments import dilated
>>> sorted(dilated.WAYS["pitch"])
['dilated', 'plain']
>>> dilated.reach((1, 2, 4, 8, 16, 32))
127

`recorded` gives what thirty runs came to. TensorFlow is loaded where a network is made.
"""

import functools

import numpy as np

from convcourse import datasets
from convcourse.datasets.synthetic import RATE, _pluck

__all__ = [
    "AHEAD",
    "CUT",
    "SEEDS",
    "WAYS",
    "autoregression",
    "check_pages",
    "forecast",
    "network",
    "pages",
    "periods",
    "plucked",
    "reach",
    "recorded",
    "rmse",
    "run",
    "score",
    "train",
]

SEEDS = 30
#: Task, name of a network, and the dilations of its layers, kernels of 3.
WAYS = {
    "sunspots": {"plain": (1,) * 6, "dilated": (1, 2, 4, 8, 16, 32)},
    "pitch": {"plain": (1,) * 6, "dilated": (1, 2, 4, 8, 16, 32)},
    "pages": {"plain": (1,) * 5, "dilated": (1, 2, 4, 4, 1), "gridded": (4,) * 5},
}
AHEAD = 12  # months from the present to the forecast
CUT = 2400  # months before this one are for training
SCALE = 100  # sunspots
LONGEST = 127  # months that each forecast of a training sequence can look back on
_SETTINGS = {  # channels, epochs, batch, first step size of Adam, longest gradient
    "sunspots": (8, 40, 16, 0.005, None),
    "pitch": (12, 16, 32, 0.006, 1.0),  # without it one run of fifty learns nothing
    "pages": (12, 12, 4, 0.005, None),
}
NOTES, LENGTH, NOISE = 12, 400, 0.2
SIDE, CELL, ZOOM = 36, 18, 2  # pixels of a page, of the room of a digit; enlargement
WRITERS = 1200  # the first digits are for training, the rest are by other hands


def reach(dilations, kernel=3):
    """Return the receptive field of a stack of layers with stride 1, samples.

    Parameters
    ----------
    dilations : sequence of int
        One for each layer.
    kernel : int
        Weights of each.

    Returns
    -------
    int
        ``1 + sum((kernel - 1) * d)``.

    Examples
    --------
    >>> reach((1, 1, 1)), reach((1, 2, 4)), reach([2**i for i in range(10)], kernel=2)
    (7, 15, 1024)
    """
    return 1 + (kernel - 1) * sum(dilations)


def rmse(guess, truth):
    """Return the root of the mean square of a difference, as a float."""
    return float(np.sqrt(np.mean((np.asarray(guess) - np.asarray(truth)) ** 2)))


# --- sunspots, a year ahead


@functools.cache
def _sequences():
    """Return sequences for training and, for each month, the number a year later."""
    x = datasets.sunspots().x[:CUT] / SCALE
    length = LONGEST + 63
    starts = range(0, CUT - AHEAD - length, 16)
    past = np.stack([x[a : a + length] for a in starts])
    later = np.stack([x[a + AHEAD : a + AHEAD + length] for a in starts])
    return past[..., None].astype("f"), later[..., None].astype("f")


def _months():
    """Return the months from which the test forecasts are made."""
    return np.arange(CUT - AHEAD, len(datasets.sunspots().x) - AHEAD)


def forecast(model):
    """Return forecasts for the months from `CUT` on, each made `AHEAD` months before.

    Parameters
    ----------
    model : keras.Model
        Causal, as `network` makes it.

    Returns
    -------
    ndarray
        Sunspots, one for each month.
    """
    x = datasets.sunspots().x
    made = model.predict(x[None, :, None].astype("f") / SCALE, verbose=0)[0, :, 0]
    return SCALE * made[_months()].astype(float)


def autoregression(months, penalty=10.0):
    """Return the forecasts of a linear model of the last months.

    Parameters
    ----------
    months : int
        How many it sees: its weights are one causal kernel of this length.
    penalty : float
        Of the squares of the weights (ridge regression); sunspots in units of 100. 10 is
        what the last 30 years before `CUT` choose for 127 months, learned from those
        before.

    Returns
    -------
    ndarray
        Sunspots for the months from `CUT` on, as `forecast`. It learned from the
        months before `CUT`.

    Raises
    ------
    ValueError
        If `months` is below 1 or leaves too little to learn from.

    Examples
    --------
    >>> truth = datasets.sunspots().x[CUT:]
    >>> rmse(autoregression(127), truth) < rmse(autoregression(13), truth)
    True
    """
    if not 1 <= months <= CUT // 4:
        raise ValueError(f"months must be 1 to {CUT // 4}, got {months}.")
    x = datasets.sunspots().x / SCALE

    def rows(present):
        last = [x[present - back] for back in range(months)]
        return np.stack([*last, np.ones(len(present))], axis=1)

    known = np.arange(months - 1, CUT - AHEAD)
    a, later = rows(known), x[known + AHEAD]
    weights = np.linalg.solve(a.T @ a + penalty * np.eye(months + 1), a.T @ later)
    return SCALE * rows(_months()) @ weights


# --- the pitch of a plucked string


@functools.cache
def plucked(n, seed=0):
    """Return short sounds of a plucked string, and which of twelve notes each is.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        Of the noise in each pluck, and of the noise that is added.

    Returns
    -------
    x : (n, 400, 1) ndarray
        36 ms each at 11025 samples a second, standard deviation 1 and noise of 0.2.
    y : (n,) ndarray
        0 to 11: semitones above 130.81 Hz.

    Examples
    --------
    >>> x, y = plucked(24)
    >>> x.shape, np.bincount(y).tolist()
    ((24, 400, 1), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
    """
    rng = np.random.default_rng([6, seed])
    y, made = rng.permutation(np.arange(n) % NOTES), []
    for note in y:
        start = 300 + rng.integers(300)
        whole = _pluck(130.81 * 2 ** (note / 12), start + LENGTH, rng)
        sound = np.array(whole[start:])
        made.append(sound / sound.std() + NOISE * rng.normal(size=LENGTH))
    return np.stack(made)[..., None].astype("f"), y


def periods():
    """Return the periods of the twelve notes in samples, the lowest note first."""
    return RATE / (130.81 * 2 ** (np.arange(NOTES) / 12))


# --- pages of digits: which digit does each inked pixel belong to?


@functools.cache
def pages(n, seed=0, new_hands=False):
    """Return pages of four handwritten digits, and the digit at each pixel.

    Parameters
    ----------
    n : int
        How many.
    seed : int
        Of digits and places.
    new_hands : bool
        True takes the digits of writers that are in no page for training.

    Returns
    -------
    x : (n, 36, 36, 1) ndarray
        Ink, 0 to 1; each digit is 16 by 16 pixels.
    y : (n, 36, 36) ndarray
        The digit at each pixel.
    ink : (n, 36, 36) ndarray
        1 where the ink is above one half, else 0. Only these pixels count.

    Examples
    --------
    >>> x, y, ink = pages(3)
    >>> x.shape, bool(np.all(x[..., 0][ink == 1] > 0.5))
    ((3, 36, 36, 1), True)
    """
    digits, rng = datasets.digits(), np.random.default_rng([66, seed])
    pool = np.arange(WRITERS, len(digits.y)) if new_hands else np.arange(WRITERS)
    x, y = np.zeros((n, SIDE, SIDE), "f"), np.zeros((n, SIDE, SIDE), int)
    for page in range(n):
        for corner in np.ndindex(2, 2):
            one = rng.choice(pool)
            i, j = CELL * np.array(corner) + rng.integers(3, size=2)
            place = page, slice(i, i + 8 * ZOOM), slice(j, j + 8 * ZOOM)
            x[place] = np.kron(digits.x[one] / 16, np.ones((ZOOM, ZOOM)))
            y[place] = digits.y[one]
    return x[..., None], y, (x > 0.5).astype("f")


def check_pages():
    """Return the pages on which networks are tested, as `pages`."""
    return pages(100, seed=1, new_hands=True)


# --- networks


def _known(task, way):
    """Return the dilations of a network; ValueError where there is none."""
    if task not in WAYS:
        raise ValueError(f"task must be one of {list(WAYS)}, got {task!r}.")
    if way not in WAYS[task]:
        raise ValueError(f"way must be one of {list(WAYS[task])}, got {way!r}.")
    return WAYS[task][way]


def _body(task, dilations):
    """Return the layers of a network."""
    from convcourse.tf import keras

    layers, channels = keras.layers, _SETTINGS[task][0]
    given = {"activation": "relu", "kernel_initializer": "he_normal"}
    if task == "pages":
        conv = functools.partial(layers.Conv2D, channels, 3, padding="same", **given)
        last = [layers.Conv2D(10, 1)]
    elif task == "pitch":
        conv = functools.partial(layers.Conv1D, channels, 3, **given)
        last = [layers.GlobalMaxPooling1D(), layers.Dense(NOTES)]
    else:
        conv = functools.partial(layers.Conv1D, channels, 3, padding="causal", **given)
        last = [layers.Dense(1)]
    return [conv(dilation_rate=d) for d in dilations] + last


def _training(task):
    """Return x, y and further arguments for `fit`."""
    if task == "sunspots":
        return *_sequences(), {}
    if task == "pitch":
        return *plucked(960), {}
    x, y, ink = pages(200)
    return x, y, {"sample_weight": ink}


def _late(truth, guess):
    """Return the mean square error where a full reach of months lies behind."""
    from convcourse.tf import tf

    return tf.reduce_mean((truth - guess)[:, LONGEST - 1 :] ** 2)


def network(task, way, seed=0):
    """Return a network with fresh weights.

    Parameters
    ----------
    task : {"sunspots", "pitch", "pages"}
        A causal forecast a year ahead, from each month; the note of a sound; the digit
        at each pixel.
    way : str
        One of ``WAYS[task]``: the dilations.
    seed : int
        Of the weights.

    Returns
    -------
    keras.Sequential
        Built and compiled; Adam, its steps shrink to 0.

    Raises
    ------
    ImportError
        Where there is no TensorFlow.
    ValueError
        If there is no such task or way.
    """
    dilations = _known(task, way)
    from convcourse.tf import keras, reproducible

    reproducible(seed)
    rank = 2 if task == "pages" else 1
    shape = keras.Input((*(None,) * rank, 1))
    model = keras.Sequential([shape, *_body(task, dilations)])
    _, epochs, batch, rate, longest = _SETTINGS[task]
    steps = epochs * -(-len(_training(task)[0]) // batch)
    rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    adam = keras.optimizers.Adam(rate, clipnorm=longest)
    model.compile(adam, _late if task == "sunspots" else loss)
    return model


def train(task, way, seed=0):
    """Return the network of `network`, trained.

    Parameters
    ----------
    task, way : str
        As `network`.
    seed : int
        Of weights and order.

    Returns
    -------
    keras.Sequential
    """
    model = network(task, way, seed)
    from convcourse.training import Progress

    x, y, more = _training(task)
    _, epochs, batch, *_ = _SETTINGS[task]
    more |= {"epochs": epochs, "batch_size": batch, "verbose": 0}
    model.fit(x, y, callbacks=[Progress(f"{task}, {way}")], **more)
    return model


def score(task, model):
    """Return how good a network is on what it has not seen.

    Parameters
    ----------
    task : str
    model : keras.Model
        As `train` makes it.

    Returns
    -------
    float
        sunspots: the RMSE from month `CUT` on, in sunspots. pitch: the share of 480
        sounds whose note is right. pages: the share of inked pixels that are right.
    """
    if task == "sunspots":
        return rmse(forecast(model), datasets.sunspots().x[CUT:])
    if task == "pitch":
        x, y = plucked(480, seed=1)
        return float(np.mean(model.predict(x, verbose=0).argmax(-1) == y))
    x, y, ink = check_pages()
    right = model.predict(x, verbose=0).argmax(-1) == y
    return float(right[ink == 1].mean())


def run(task, way, seed=0):
    """Return the `score` of a network that is trained now.

    Parameters
    ----------
    task, way : str
        As `network`.
    seed : int
        Of weights and order.

    Returns
    -------
    float
    """
    return score(task, train(task, way, seed))


def recorded(task, way):
    """Return the scores of thirty runs, recorded once.

    Parameters
    ----------
    task, way : str
        As `network`.

    Returns
    -------
    (30,) ndarray
        What `run` gave with the seeds 0 to 29 where the file was made.

    Examples
    --------
    >>> recorded("pitch", "dilated").shape
    (30,)
    """
    _known(task, way)
    return datasets.recorded("dilated")[f"{task}_{way}"]
