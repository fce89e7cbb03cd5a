"""Right answers to the exercises of chapter 06, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part,
`MODELS` the makers of networks. A function is copied into a notebook as text: it has to
stand alone, with NumPy as np.
"""

import numpy as np

SETUP = """
from convcourse import datasets
from convcourse.experiments import dilated
spots = datasets.sunspots().x
"""

# --- q2: causal(x, w, d) -------------------------------------------------------------


def causal_by_loops(x, w, d):
    """Two loops and a guard."""
    if d < 1:
        raise ValueError(f"d must be 1 or more, got {d}")
    y = [0.0] * len(x)
    for n in range(len(x)):
        for k in range(len(w)):
            at = n - (len(w) - 1 - k) * d
            if at >= 0:
                y[n] += w[k] * x[at]
    return y


def causal_by_slices(x, w, d):
    """Zeros in front, then one slice for each weight."""
    if not d >= 1:
        raise ValueError
    left = (len(w) - 1) * d
    padded = np.pad(x, (left, 0))
    return sum(w[k] * padded[k * d : k * d + len(x)] for k in range(len(w)))


def causal_by_windows(x, w, d):
    """Windows of the whole span, and einsum."""
    if d <= 0:
        raise ValueError("no distance")
    span = (len(w) - 1) * d + 1
    padded = np.concatenate([np.zeros(span - 1), x])
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)[:, ::d]
    return np.einsum("nk,k->n", windows, w)


def causal_by_matrix(x, w, d):
    """A matrix with the weights on diagonals."""
    if d < 1:
        raise ValueError(d)
    n = len(x)
    matrix = sum(v * np.eye(n, k=-d * back) for back, v in enumerate(w[::-1]))
    return matrix @ x


def causal_by_fft(x, w, d):
    """A product of spectra; the kernel is turned, because that is a convolution."""
    if d < 1:
        raise ValueError("d")
    kernel = np.zeros((len(w) - 1) * d + 1)
    kernel[::d] = w[::-1]
    size = len(x) + len(kernel)
    spectrum = np.fft.rfft(x, size) * np.fft.rfft(kernel, size)
    return np.fft.irfft(spectrum, size)[: len(x)]


# --- q3: looks_ahead(f, n) -----------------------------------------------------------


def ahead_by_samples(f, n):
    """One sample after the other."""
    x = np.random.default_rng(1).normal(size=n)
    y, furthest = f(x), 0
    for j in range(n):
        changed = x.copy()
        changed[j] = 5 - 2 * changed[j]
        moved = np.flatnonzero(~np.isclose(f(changed), y))
        if len(moved):
            furthest = max(furthest, j - moved[0])
    return furthest


def ahead_by_tails(f, n):
    """Change all from j on: how long before j does an output move?"""
    rng = np.random.default_rng(2)
    furthest = 0
    for _ in range(3):
        x, other = rng.uniform(-9, 9, (2, n))
        y = np.array(f(x))
        for j in range(1, n):
            moved = np.nonzero(abs(f(np.r_[x[:j], other[j:]]) - y) > 1e-6)[0]
            furthest = max([furthest, *(j - moved)])
    return int(furthest)


def ahead_by_table(f, n):
    """A table of who depends on whom, from two random signals."""
    table = np.zeros((n, n), bool)
    for seed in range(2):
        rng = np.random.default_rng(seed)
        x, other = rng.normal(size=(2, n))
        for j in range(n):
            z = np.where(np.arange(n) == j, 4 * other, x)
            table[:, j] |= ~np.isclose(f(x), f(z), rtol=1e-7, atol=1e-7)
    i, j = np.nonzero(table)
    return np.maximum(j - i, 0).max()


# --- q4: paths(dilations, k) ---------------------------------------------------------


def paths_by_convolution(dilations, k):
    """Kernels of ones with zeros in between."""
    counts = np.array([1])
    for d in dilations:
        kernel = np.zeros((k - 1) * d + 1, int)
        kernel[::d] = 1
        counts = np.convolve(counts, kernel)
    return counts


def paths_by_walking(dilations, k):
    """Each path by itself."""
    from collections import Counter

    places = [0]
    for d in dilations:
        places = [at + i * d for at in places for i in range(k)]
    counts = Counter(places)
    return [counts[at] for at in range(max(places) + 1)]


def paths_by_copies(dilations, k):
    """Copies that are laid down d apart."""
    counts = [1]
    for d in dilations:
        longer = [0] * (len(counts) + (k - 1) * d)
        for i in range(k):
            for at, count in enumerate(counts):
                longer[at + i * d] += count
        counts = longer
    return np.array(counts, float)


def paths_by_polynomials(dilations, k):
    """Products of polynomials."""
    product = np.poly1d([1])
    for d in dilations:
        factor = np.zeros((k - 1) * d + 1)
        factor[::d] = 1
        product = product * np.poly1d(factor)
    return product.coeffs


# --- q7: forecast(x, months, ahead, cut) ---------------------------------------------


def forecast_by_columns(x, months, ahead, cut):
    """Least squares with columns of the past."""

    def rows(now):
        return np.column_stack(
            [*(x[now - b] for b in range(months)), np.ones(len(now))]
        )

    known = np.arange(months - 1, cut - ahead)
    weights, *_ = np.linalg.lstsq(rows(known), x[known + ahead], rcond=None)
    return rows(np.arange(cut - ahead, len(x) - ahead)) @ weights


def forecast_by_windows(x, months, ahead, cut):
    """Windows of the series, the oldest month first, and the pseudo-inverse."""
    windows = np.lib.stride_tricks.sliding_window_view(x, months)
    rows = np.c_[windows, np.ones(len(windows))]  # row r ends at month r + months - 1
    last = cut - ahead - months + 1
    weights = np.linalg.pinv(rows[:last]) @ x[cut - last : cut]
    return (rows @ weights)[last : len(x) - ahead - months + 1]


def forecast_by_normal_equations(x, months, ahead, cut):
    """Centred by the mean of the training rows, and the normal equations."""
    pairs = [
        (x[n - months + 1 : n + 1], x[n + ahead])
        for n in range(months - 1, cut - ahead)
    ]
    past = np.array([p for p, _ in pairs])
    answers = np.array([a for _, a in pairs])
    mean, middle = past.mean(axis=0), answers.mean()
    centred = past - mean
    weights = np.linalg.solve(centred.T @ centred, centred.T @ (answers - middle))
    made = []
    for month in range(cut, len(x)):
        now = month - ahead
        made.append(middle + (x[now - months + 1 : now + 1] - mean) @ weights)
    return made


def forecast_scaled(x, months, ahead, cut):
    """Scaled by mean and deviation of the training part, and back."""
    mean, scale = x[:cut].mean(), x[:cut].std()
    z = (x - mean) / scale
    rows = np.array(
        [[1.0, *z[n - months + 1 : n + 1]] for n in range(months - 1, len(x))]
    )
    first = months - 1
    learn = rows[: cut - ahead - first]
    weights = np.linalg.lstsq(learn, z[first + ahead : cut], rcond=None)[0]
    return mean + scale * (rows[cut - ahead - first : len(x) - ahead - first] @ weights)


FUNCTIONS = {
    "q2": (
        causal_by_loops,
        causal_by_slices,
        causal_by_windows,
        causal_by_matrix,
        causal_by_fft,
    ),
    "q3": (ahead_by_samples, ahead_by_tails, ahead_by_table),
    "q4": (
        paths_by_convolution,
        paths_by_walking,
        paths_by_copies,
        paths_by_polynomials,
    ),
    "q7": (
        forecast_by_columns,
        forecast_by_windows,
        forecast_by_normal_equations,
        forecast_scaled,
    ),
}


# --- q6: a causal network ------------------------------------------------------------


def doubled(keras):
    """Six layers, doubled dilations."""
    conv = keras.layers.Conv1D
    net = keras.Sequential([keras.Input((None, 2))])
    for d in (1, 2, 4, 8, 16, 32):
        net.add(conv(5, 3, padding="causal", dilation_rate=d, activation="relu"))
    net.add(keras.layers.Dense(1))
    return net


def tripled(keras):
    """Five layers, tripled dilations, the last layer a convolution of one."""
    series = keras.Input((None, 2))
    h = series
    for d in (1, 3, 9, 27, 27):
        h = keras.layers.Conv1D(5, 3, padding="causal", dilation_rate=d)(h)
        h = keras.layers.LeakyReLU()(h)
    return keras.Model(series, keras.layers.Conv1D(1, 1)(h))


def pairs(keras):
    """Kernels of two with zeros that are put in by hand."""
    layers = [keras.Input((None, 2))]
    for d in (1, 2, 4, 8, 16, 32, 64):
        layers += [
            keras.layers.ZeroPadding1D((d, 0)),
            keras.layers.Conv1D(4, 2, dilation_rate=d, activation="tanh"),
        ]
    return keras.Sequential([*layers, keras.layers.Dense(1, use_bias=False)])


def linear(keras):
    """One long kernel: a linear model is a causal network, too."""
    net = keras.Sequential(
        [keras.Input((None, 2)), keras.layers.Conv1D(1, 110, padding="causal")]
    )
    net.compile("adam", "mse")
    return net


MODELS = {"q6": (doubled, tripled, pairs, linear)}

# Values as expressions: they are pasted into notebooks.
HONEST = """(lambda f: float(np.sqrt(np.mean((f(127) - spots[2400:]) ** 2))))(
    lambda m: (lambda a, t: a[2388 - m + 1 :] @ np.linalg.lstsq(
        a[: 2388 - m + 1], t, rcond=None)[0])(
        np.c_[np.lib.stride_tricks.sliding_window_view(spots[:-12], m),
              np.ones(len(spots) - 12 - m + 1)], spots[m + 11 : 2400]))"""
VALUES = {
    "q1": (
        {
            "past": "[300, 100, 400, 130, 510, 940, 213, 651]",
            "span": "10",
            "parameters": "8 * 37",
            "size": "(10, 14)",
            "fade": "[1, 2 / 3, 2 / 9]",
        },
        {
            "past": "np.array([300, 100, 400, 130, 510, 940, 213, 651.0])",
            "span": "4 + 3 * 2",
            "parameters": "296.0",
            "size": "np.array([10, 14])",
            "fade": "(1.0, 0.667, 0.222)",
        },
        {
            "past": "(300, 100, 400, 130, 510, 940, 213, 651)",
            "span": "3 * 3 + 1",
            "parameters": "9 * 4 * 8 + 8",
            "size": "[10, 14]",
            "fade": "[__import__('fractions').Fraction(n, 9) for n in (9, 6, 2)]",
        },
    ),
    "q5": (
        {
            "far": "[(3, 1), (3, 3), (3, 9), (3, 27), (3, 81), (3, 243), (3, 729)]",
            "cured": "[1, 3, 6, 6]",
            "counter": "(1, 2, 9)",
        },
        {
            "far": "[[4, 1], [4, 4], [4, 16], [3, 64], [3, 192], [3, 576]]",
            "cured": "np.array([6, 2, 6, 1])",
            "counter": "[11, 4, 1]",
        },
        {
            "far": "np.array([(2, 1), (2, 2), (2, 4)] + [(3, 8 * 3**i) for i in range(5)])",
            "cured": "(6.0, 1, 6, 3)",
            "counter": "[1, 3, 10]",
        },
        {
            "far": "[(5, 300), (3, 100), (5, 20), (4, 5), (5, 1)][::-1][:0] or "
            "[(3, 500), (3, 180), (3, 60), (3, 20), (4, 5), (5, 1)]",
            "cured": "[6, 6, 3, 1]",
            "counter": "[7, 1, 5]",
        },
    ),
    "q8": (
        {
            "present": "dilated.rmse(spots[2388:-12], spots[2400:])",
            "linear": HONEST,
            "wins": "sum(dilated.recorded('sunspots', 'dilated') < 28.104)",
            "chosen": "48",
            "leaky": "23.25",
            "because": "'reach'",
        },
        {
            "present": "39.8",
            "linear": "28.1",
            "wins": "26.0",
            "chosen": "np.int64(48)",
            "leaky": "23.25",
            "because": "' Reach '",
        },
    ),
}
