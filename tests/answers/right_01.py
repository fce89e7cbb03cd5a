"""Right answers to the exercises of chapter 01, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part.
A function is copied into a notebook as text: it has to stand alone, with NumPy as np.
"""

import numpy as np

# --- q4: convolve_full(x, w) ---------------------------------------------------------


def by_lists(x, w):
    """Plain Python, no array."""
    x, w = [float(v) for v in x], [float(v) for v in w]
    if not x or not w:
        raise ValueError("empty")
    y = [0.0] * (len(x) + len(w) - 1)
    for n, sample in enumerate(x):
        for k, weight in enumerate(w):
            y[n + k] += sample * weight
    return y


def by_gathering(x, w):
    """One output at a time, with guards."""
    if min(len(x), len(w)) == 0:
        raise ValueError("x and w must not be empty")
    N, K = len(x), len(w)
    y = np.zeros(N + K - 1)
    for n in range(N + K - 1):
        for k in range(K):
            if 0 <= n - k < N:
                y[n] += w[k] * x[n - k]
    return y


def by_gathering_weights(x, w):
    """The sum of the chapter as it stands, where w[n - k] exists."""
    if len(x) == 0 or len(w) == 0:
        raise ValueError("empty")
    y = np.zeros(len(x) + len(w) - 1)
    for n in range(len(y)):
        for k in range(len(x)):
            if n - k >= 0 and n - k < len(w):
                y[n] += x[k] * w[n - k]
    return y


def by_diagonals(x, w):
    """The table of all products, added along its diagonals."""
    if not (len(x) and len(w)):
        raise ValueError("empty")
    table = np.fliplr(np.outer(x, w))
    sums = [table.trace(d) for d in range(len(w) - 1, -len(x), -1)]
    return np.array(sums)


def by_fft(x, w):
    """The convolution theorem, with enough zeros."""
    if len(x) == 0 or len(w) == 0:
        raise ValueError("empty")
    size = len(x) + len(w) - 1
    return np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(w, size), size)


def by_complex_fft(x, w):
    """The same, left complex."""
    if len(x) == 0 or len(w) == 0:
        raise ValueError("empty")
    size = len(x) + len(w) - 1
    return np.fft.ifft(np.fft.fft(x, size) * np.fft.fft(w, size))


def by_windows(x, w):
    """Sliding windows of the padded signal, times the flipped kernel."""
    if len(x) < 1 or len(w) < 1:
        raise ValueError("empty")
    zeros = np.zeros(len(w) - 1)
    padded = np.concatenate([zeros, x, zeros])
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(w))
    return np.einsum("nk,k->n", windows, w[::-1])


def by_matrix(x, w):
    """A Toeplitz matrix from SciPy, times the signal."""
    from scipy.linalg import convolution_matrix

    if len(x) == 0 or len(w) == 0:
        raise ValueError("empty")
    return convolution_matrix(w, len(x)) @ x


# --- q5: mirror_pad(x, p, mode) ------------------------------------------------------


def mirror_by_index(x, p, mode):
    """One index map: fold what is below 0 and what is past the end."""
    i, last = np.arange(-p, len(x) + p), len(x) - 1
    step = 1 if mode == "symmetric" else 0
    i = np.where(i < 0, -i - step, i)
    return x[np.where(i > last, 2 * last - i + step, i)]


def mirror_by_loop(x, p, mode):
    """Plain lists, one sample at a time."""
    y = list(x)
    for j in range(p):
        at = j if mode == "symmetric" else j + 1
        y.insert(0, x[at])
        y.append(x[len(x) - 1 - at])
    return y


def mirror_by_period(x, p, mode):
    """The endless mirrored signal has a period; take a piece of it."""
    there_and_back = np.r_[x, x[::-1]] if mode == "symmetric" else np.r_[x, x[-2:0:-1]]
    return np.take(there_and_back, np.arange(-p, len(x) + p), mode="wrap")


# --- q6: trailing_mean(x, width) -----------------------------------------------------


def mean_by_slices(x, width):
    """A slice for each output."""
    return [np.mean(x[max(0, n - width + 1) : n + 1]) for n in range(len(x))]


def mean_by_cumsum(x, width):
    """Differences of running sums."""
    total = np.concatenate([[0.0], np.cumsum(x)])
    n = np.arange(1, len(x) + 1)
    start = np.maximum(n - width, 0)
    return (total[n] - total[start]) / (n - start)


def mean_by_filter(x, width):
    """A causal filter of SciPy, corrected at the start."""
    from scipy.signal import lfilter

    ones = np.ones(width)
    x = np.asarray(x, dtype=float)
    return lfilter(ones, [1.0], x) / lfilter(ones, [1.0], np.ones(len(x)))


def mean_by_memory(x, width):
    """As an instrument would do it: the last samples in a queue."""
    from collections import deque

    window, y = deque(maxlen=width), []
    for sample in x:
        window.append(float(sample))
        y.append(sum(window) / len(window))
    return y


# --- q7: dice_ways(faces) ------------------------------------------------------------


def dice_by_rolling(faces):
    """All rolls, one by one."""
    from itertools import product

    ways = [0] * (sum(faces) + 1)
    for roll in product(*[range(1, f + 1) for f in faces]):
        ways[sum(roll)] += 1
    return ways


def dice_by_recursion(faces):
    """Take one die away."""
    if len(faces) == 0:
        return np.array([1])
    rest = dice_by_recursion(faces[1:])
    ways = np.zeros(len(rest) + faces[0], dtype=int)
    for face in range(1, faces[0] + 1):
        ways[face : face + len(rest)] += rest
    return ways


def dice_by_polynomials(faces):
    """A die is a polynomial, several dice are their product."""
    total = np.polynomial.Polynomial([1])
    for f in faces:
        total = total * np.polynomial.Polynomial([0] + [1] * f)
    return total.coef


def dice_by_fft(faces):
    """Multiply the spectra, and round."""
    size = sum(faces) + 1
    spectrum = np.ones(size // 2 + 1, dtype=complex)
    for f in faces:
        spectrum *= np.fft.rfft([0.0] + [1.0] * f, size)
    return np.rint(np.fft.irfft(spectrum, size)).astype(int)


def dice_by_plain_fft(faces):
    """Multiply the spectra, and leave the rounding errors of the FFT."""
    size = sum(faces) + 1
    spectrum = np.ones(size // 2 + 1, dtype=complex)
    for f in faces:
        spectrum *= np.fft.rfft([0.0] + [1.0] * f, size)
    return np.fft.irfft(spectrum, size)


FUNCTIONS = {
    "q4": (
        by_lists,
        by_gathering,
        by_diagonals,
        by_fft,
        by_complex_fft,
        by_windows,
        by_matrix,
        by_gathering_weights,
    ),
    "q5": (mirror_by_index, mirror_by_loop, mirror_by_period),
    "q6": (mean_by_slices, mean_by_cumsum, mean_by_filter, mean_by_memory),
    "q7": (
        dice_by_rolling,
        dice_by_recursion,
        dice_by_polynomials,
        dice_by_fft,
        dice_by_plain_fft,
    ),
}

# Values as expressions: they are pasted into notebooks. Where q8 needs `sun`, the
# notebook has it.
VALUES = {
    "q1": (
        {
            "y_full": "np.convolve([2, 7, 1, 8, 2], [1, -2, 0.5])",
            "y_valid": "(-12, 9.5, -13.5)",
            "y_same": "[np.float64(v) for v in (3, -12, 9.5, -13.5, 0)]",
        },
    ),
    "q2": (
        {
            "n_full": "np.int64(110)",
            "n_valid": "np.float64(90.0)",
            "n_same": "np.array(100)",
            "n_valid_swapped": "90.0",
            "n_same_swapped": "np.uint8(100)",
        },
    ),
    "q3": (
        {
            "ramp": "np.array([2, 2, 2, 2, -4], dtype=np.float32)",
            "reason": "'Zero padding'",
            "ramp_edge": "(1, 2, 2, 2, 1.0)",
        },
    ),
    "q8": (
        {
            "kernel": "[1 / 24] + [1 / 12] * 11 + [1 / 24]",
            "smooth": "np.correlate(sun.x, kernel, 'valid')",
            "maxima": "[float(sun.t[i + 6]) for i, v in enumerate(smooth)"
            " if v >= max(smooth[max(0, i - 48) : i + 49])]",
            "cycle": "np.float64((maxima[-1] - maxima[0]) / (len(maxima) - 1))",
        },
    ),
}
