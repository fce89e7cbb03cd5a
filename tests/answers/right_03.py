"""Right answers to the exercises of chapter 03, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part.
A function is copied into a notebook as text: it has to stand alone, with NumPy as np.
"""

import numpy as np

# --- q2: impulse_test(f, kh, kw) -----------------------------------------------------


def by_random_weights(f, kh, kw):
    """A random kernel; the trace is compared with it, and located."""
    kernel = np.random.default_rng(1).uniform(1, 2, (kh, kw))
    x = np.zeros((41, 41))
    x[20, 20] = 1
    y = f(x, kernel)
    i, j = np.argwhere(y).min(axis=0)
    trace = y[i : i + kh, j : j + kw]
    if np.allclose(trace, kernel):
        return True, 20 - i, 20 - j
    return False, kh - 1 - (20 - i), kw - 1 - (20 - j)


def by_single_weights(f, kh, kw):
    """One weight at a time: where does its copy of the impulse land?"""
    x = np.zeros((40, 40))
    x[20, 20] = 1
    landed = {}
    for a in range(kh):
        for b in range(kw):
            w = np.zeros((kh, kw))
            w[a, b] = 1
            landed[a, b] = tuple(np.argwhere(f(x, w) > 0.5)[0])
    row, col = next(k for k, place in landed.items() if place == (20, 20))
    return landed[0, 0] <= landed[kh - 1, kw - 1], int(row), int(col)


def by_plain_image(f, kh, kw):
    """A random image; both sums are written out at one pixel for each centre."""
    rng = np.random.default_rng(3)
    x, w = rng.normal(size=(50, 50)), rng.normal(size=(kh, kw))
    y = f(x, w)
    for flips in (False, True):
        for row in range(kh):
            for col in range(kw):
                sign, total = (-1 if flips else 1), 0.0
                for a in range(kh):
                    for b in range(kw):
                        i, j = 25 + sign * (a - row), 25 + sign * (b - col)
                        total += x[i, j] * w[a, b]
                if np.isclose(total, y[25, 25]):
                    return [int(flips), row, col]


# --- q4: correlate_full(x, w) --------------------------------------------------------


def corr_by_sums(x, w):
    """The sum as it stands."""
    y = np.zeros(len(x) + len(w) - 1, dtype=complex)
    for n in range(-(len(w) - 1), len(x)):
        for k in range(len(w)):
            if 0 <= n + k < len(x):
                y[n + len(w) - 1] += x[n + k] * np.conj(w[k])
    return y


def corr_by_outer_turns(x, w):
    """Turn and conjugate the signal, convolve, and undo both on the output."""
    return np.conj(np.convolve(np.conj(x)[::-1], w))[::-1]


def corr_by_fft(x, w):
    """The conjugate of one spectrum, and a shift."""
    size = len(x) + len(w) - 1
    y = np.fft.ifft(np.fft.fft(x, size) * np.conj(np.fft.fft(w, size)))
    return np.roll(y, len(w) - 1)


def corr_by_scipy_convolution(x, w):
    """SciPy's convolution."""
    from scipy import signal

    return signal.convolve(x, np.flip(w).conjugate())


# --- q7: adjoint(y, w) ---------------------------------------------------------------


def by_stamps(y, w):
    """Each output leaves a copy of the kernel."""
    kh, kw = w.shape
    x = np.zeros((y.shape[0] + kh - 1, y.shape[1] + kw - 1))
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            x[i : i + kh, j : j + kw] += y[i, j] * w
    return x


def by_matrix(y, w):
    """The matrix itself, transposed."""
    kh, kw = w.shape
    H, W = y.shape[0] + kh - 1, y.shape[1] + kw - 1
    A = np.zeros((y.size, H * W))
    for row, (i, j) in enumerate(np.ndindex(*y.shape)):
        for a, b in np.ndindex(kh, kw):
            A[row, (i + a) * W + j + b] = w[a, b]
    return (A.T @ y.ravel()).reshape(H, W)


def by_turned_correlation(y, w):
    """Correlate the zero-padded output with the turned kernel."""
    kh, kw = w.shape
    padded = np.pad(y, ((kh - 1, kh - 1), (kw - 1, kw - 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape)
    return np.einsum("ijab,ab->ij", windows, w[::-1, ::-1])


def by_fft(y, w):
    """The convolution theorem."""
    size = [n + k - 1 for n, k in zip(y.shape, w.shape, strict=True)]
    return np.fft.irfft2(np.fft.rfft2(y, size) * np.fft.rfft2(w, size), size)


# --- q8: layer_weights(kernels) ------------------------------------------------------


def hwio_by_loops(kernels):
    """Weight by weight."""
    c_out, c_in, kh, kw = kernels.shape
    weights = np.zeros((kh, kw, c_in, c_out))
    for o, i, a, b in np.ndindex(*kernels.shape):
        weights[kh - 1 - a, kw - 1 - b, i, o] = kernels[o, i, a, b]
    return weights


def hwio_by_einsum(kernels):
    """Name the axes, then turn the first two."""
    return np.einsum("oihw->hwio", kernels)[::-1, ::-1]


def hwio_by_rot90(kernels):
    """Two quarter turns are a flip of both axes."""
    turned = np.rot90(kernels, 2, axes=(2, 3))
    return np.moveaxis(np.moveaxis(turned, 0, -1), 0, -2)


# --- q9: echo_delay(received, ping) --------------------------------------------------


def delay_by_convolution(received, ping):
    """The matched filter as a kernel of its own."""
    y = np.convolve(received, ping[::-1])
    return np.argmax(y) - (len(ping) - 1)


def delay_by_loop(received, ping):
    """One place after the other."""
    best, place = -np.inf, None
    for n in range(len(received) - len(ping) + 1):
        total = sum(
            float(a) * float(b) for a, b in zip(received[n:], ping, strict=False)
        )
        if total > best:
            best, place = total, n
    return place


def delay_by_lags(received, ping):
    """SciPy's correlation and its list of lags."""
    from scipy import signal

    y = signal.correlate(received, ping, mode="full")
    lags = signal.correlation_lags(len(received), len(ping), mode="full")
    return lags[np.argmax(y)]


def delay_by_likeness(received, ping):
    """The correlation divided by the length of each window."""
    windows = np.lib.stride_tricks.sliding_window_view(received, len(ping))
    return int(np.argmax(windows @ ping / np.linalg.norm(windows, axis=1)))


def delay_by_differences(received, ping):
    """The place where the least is left when the ping is taken away."""
    starts = range(len(received) - len(ping) + 1)
    return min(starts, key=lambda n: np.sum((received[n : n + len(ping)] - ping) ** 2))


# --- q10: match(image, template) -----------------------------------------------------


def match_by_loops(image, template):
    """Window by window."""
    h, w = template.shape
    b = template.astype(float) - template.mean()
    rows, cols = image.shape[0] - h + 1, image.shape[1] - w + 1
    score = np.zeros((rows, cols))
    for i in range(rows):
        for j in range(cols):
            window = image[i : i + h, j : j + w].astype(float)
            a = window - window.mean()
            size = np.sqrt(np.sum(a * a) * np.sum(b * b))
            if size > 0:
                score[i, j] = np.sum(a * b) / size
    return score


def match_by_sums(image, template):
    """Correlations give all the sums; means are taken away afterwards."""
    from scipy import signal

    x, t = np.asarray(image, float), np.asarray(template, float)
    x, t = x - x.mean(), t - t.mean()
    ones, n = np.ones(t.shape), t.size
    top = signal.correlate2d(x, t, "valid")
    spread = signal.correlate2d(x * x, ones, "valid")
    spread -= signal.correlate2d(x, ones, "valid") ** 2 / n
    product = spread * (t * t).sum()
    good = product > 1e-9
    return np.where(good, top / np.sqrt(np.where(good, product, 1)), 0)


def match_by_standard_scores(image, template):
    """Standardise windows and template; the score is a mean of products."""
    x = np.lib.stride_tricks.sliding_window_view(
        image.astype(np.float64), template.shape
    )
    x = x.reshape(*x.shape[:2], -1)
    t = template.ravel().astype(np.float64)

    def standard(v):
        v = v - v.mean(axis=-1, keepdims=True)
        s = v.std(axis=-1, keepdims=True)
        return np.divide(v, s, out=np.zeros_like(v), where=s > 1e-12)

    return (standard(x) * standard(t)).mean(axis=-1)


def match_by_corrcoef(image, template):
    """NumPy's correlation coefficient, and 0 where it has none."""
    score = []
    for i in range(image.shape[0] - template.shape[0] + 1):
        row = []
        for j in range(image.shape[1] - template.shape[1] + 1):
            piece = image[i : i + template.shape[0], j : j + template.shape[1]]
            flat = np.ptp(piece) == 0 or np.ptp(template) == 0
            row.append(
                0 if flat else np.corrcoef(piece.ravel(), template.ravel())[0, 1]
            )
        score.append(row)
    return score


FUNCTIONS = {
    "q2": (by_random_weights, by_single_weights, by_plain_image),
    "q4": (
        corr_by_sums,
        corr_by_outer_turns,
        corr_by_fft,
        corr_by_scipy_convolution,
    ),
    "q7": (by_stamps, by_matrix, by_turned_correlation, by_fft),
    "q8": (hwio_by_loops, hwio_by_einsum, hwio_by_rot90),
    "q9": (
        delay_by_convolution,
        delay_by_loop,
        delay_by_lags,
        delay_by_likeness,
        delay_by_differences,
    ),
    "q10": (
        match_by_loops,
        match_by_sums,
        match_by_standard_scores,
        match_by_corrcoef,
    ),
}

# Values as expressions: they are pasted into notebooks.
VALUES = {
    "q1": (
        {
            "corr1": "np.correlate([4, -1, 0, 2, 3], [1, 3, -2], 'valid')",
            "conv1": "(-11, 4.0, 9)",
            "corr2": "[[-5, 17.0], [np.int64(16), -4]]",
            "conv2": "np.array([[8, 0], [15, 1]], dtype=np.float32)",
        },
    ),
    "q3": (
        {
            "np_convolve": "np.convolve(np.eye(9)[4], [3, 1, 4, 2], 'same')",
            "nd_convolve": "(0, 0, 3, 1, 4, 2, 0, 0, 0)",
            "np_correlate": "np.convolve(np.eye(9)[4], [2, 4, 1, 3], 'same')",
            "correlate2d": "np.array([0, 0, 2, 4, 1, 3, 0, 0, 0], dtype=np.uint8)",
        },
    ),
    "q5": (
        {
            "negate": "'Both'",
            "first": "'linear'",
            "rectify": "' shift-invariant '",
            "brighten": "'shift-invariant'",
            "thin_out": "'LINEAR'",
            "turn": "'linear'",
            "ramp": "'neither'",
            "defocus": "'both'",
        },
    ),
    "q6": (
        {
            "one": "(np.poly1d([1, -2, 3]) * np.poly1d([2, 1])).c",
            "one2d": "[[2, 3, -2, 0], [-1, 3, 6, -3], [-1, 4, 11, 0], [0, -4, 0, 12]]",
            "pair": "[[1, 1], [0, 1]]",
        },
        {
            "one": "[2, -3, 4, 3]",
            "one2d": "np.fft.irfft2(np.fft.rfft2([[1, 2, 0], [-1, 0, 3]], (4, 4)) * "
            "np.fft.rfft2([[2, -1], [1, 0], [0, 4]], (4, 4)), (4, 4))",
            "pair": "np.array([[0.5, -0.25], [-1.5, 1.5]])",
        },
    ),
}
