"""Right answers to the exercises of chapter 07, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part:
texts of expressions, or functions where one is asked for. A function is copied into a
notebook as text: it has to stand alone, with NumPy as np.
"""

import numpy as np

SETUP = """
from convcourse import datasets
from convcourse.experiments import enlarging
w = np.array([2.0, -1, 3, 5])
x = np.array([1, -2, 0, 4, 3, -1, 2, 5, -3, 1, 2.0])
y = np.array([-2, 1, 4, 3.0])
path = np.zeros((5, 9))
path[1, :5], path[2, 5], path[3, 6:8] = 0.1, 0.1, 0.2
coffee = enlarging.unseen()[1][0, :, :, 0].astype(float)
photo = datasets.degraded(coffee, blur=path, noise=0.005)
shaken, truth = photo.x, photo.y
psnr = lambda image: enlarging.psnr(image, truth, 16)
"""

# --- q2: stamp(y, w, s) --------------------------------------------------------------


def stamp_by_weights(y, w, s):
    """Each weight of the kernel at once: shifted grids."""
    kh, kw, c_out, c_in = w.shape
    if y.shape[2] != c_in:
        raise ValueError("channels")
    rows, columns = (y.shape[0] - 1) * s[0] + 1, (y.shape[1] - 1) * s[1] + 1
    x = np.zeros((rows + kh - 1, columns + kw - 1, c_out))
    for a in range(kh):
        for b in range(kw):
            x[a : a + rows : s[0], b : b + columns : s[1]] += y @ w[a, b].T
    return x


def stamp_by_zeros(y, w, s):
    """Zeros put in, then windows of ordinary convolution with turned kernels."""
    kh, kw = w.shape[:2]
    rows, columns = (y.shape[0] - 1) * s[0] + 1, (y.shape[1] - 1) * s[1] + 1
    wide = np.zeros((rows + 2 * kh - 2, columns + 2 * kw - 2, y.shape[2]))
    wide[kh - 1 : kh - 1 + rows : s[0], kw - 1 : kw - 1 + columns : s[1]] = y
    windows = np.lib.stride_tricks.sliding_window_view(wide, (kh, kw), (0, 1))
    return np.einsum(
        "ijcab,aboc->ijo", windows, w[::-1, ::-1]
    )  # a ValueError by itself


def stamp_by_scipy(y, w, s):
    """SciPy for each pair of channels."""
    from scipy import signal

    if y.shape[-1] != w.shape[-1]:
        raise ValueError(f"{y.shape} and {w.shape} do not go together")
    full = np.zeros((y.shape[0] * s[0], y.shape[1] * s[1], y.shape[2]))
    full[:: s[0], :: s[1]] = y
    full = full[: full.shape[0] - s[0] + 1, : full.shape[1] - s[1] + 1]
    maps = []
    for o in range(w.shape[2]):
        parts = [
            signal.convolve2d(full[..., c], w[:, :, o, c]) for c in range(w.shape[3])
        ]
        maps.append(np.add.reduce(parts))
    return np.dstack(maps)


def stamp_by_matrix(y, w, s):
    """The transpose of the matrix of the layer that goes down."""
    (height, width, c), (kh, kw, c_out, c_in) = y.shape, w.shape
    if c != c_in:
        raise ValueError(c)
    shape = ((height - 1) * s[0] + kh, (width - 1) * s[1] + kw, c_out)
    matrix = np.zeros((height, width, c, *shape))
    for i, j, channel in np.ndindex(height, width, c):
        top, left = i * s[0], j * s[1]
        matrix[i, j, channel, top : top + kh, left : left + kw] = w[..., channel]
    return (matrix.reshape(y.size, -1).T @ y.ravel()).reshape(shape).astype(np.float32)


# --- q3: length_up(n, k, s, padding, a) ----------------------------------------------


def length_by_table(n, k, s, padding, a):
    """A cut and an extra for each word."""
    if a is not None and not a < s:
        raise ValueError(a)
    if padding == "same" and k % 2 == 0 and a == 0:
        raise ValueError("same, even, 0")
    if padding == "same" and a is None:
        return s * n
    cut = k // 2 if padding == "same" else 0 if padding == "valid" else padding
    extra = a
    if a is None:
        extra = max(0, s - k) if padding == "valid" else 0
    made = s * n - s + k - cut - cut + extra
    if made <= 0:
        raise ValueError(made)
    return made


def length_by_marks(n, k, s, padding, a):
    """Real stamps, in a real array."""
    if a is not None and a >= s:
        raise ValueError("a is too large")
    if padding == "same":
        if a is None:
            return np.zeros((n, s)).size
        if a == 0 and not k % 2:
            raise ValueError("no such layer")
    marks = np.zeros(n * (s + k) + 99)
    for i in range(n):
        marks[i * s : i * s + (max(k, s) if (padding, a) == ("valid", None) else k)] = 1
    end = np.flatnonzero(marks)[-1] + 1 + (0 if a is None else a)
    p = {"same": k // 2, "valid": 0}.get(padding, padding)
    if end - 2 * p < 1:
        raise ValueError("empty")
    return len(marks[p : end - p])


def length_by_match(n, k, s, padding, a):
    """One way for each pattern; a float."""
    if a is not None and (a >= s or (padding == "same" and a == 0 and k % 2 == 0)):
        raise ValueError("refused")
    match padding, a:
        case "same", None:
            length = n * s
        case "valid", None:
            length = (n - 1) * s + (k if k > s else s)
        case "same", number:
            length = (n - 1) * s + k % 2 + number
        case "valid", number:
            length = (n - 1) * s + k + number
        case p, number:
            length = (n - 1) * s + k - 2 * p + (0 if number is None else number)
    if length < 1:
        raise ValueError(length)
    return float(length)


# --- q4: to_slide(y, w, s, p, a) -----------------------------------------------------


def slide_by_pad(y, w, s, p, a):
    """np.pad, and np.flip."""
    stretched = np.zeros((len(y), s))
    stretched[:, 0] = y
    stretched = stretched.ravel()[: (len(y) - 1) * s + 1]
    return np.pad(stretched, (len(w) - 1 - p, len(w) - 1 - p + a)), np.flip(w)


def slide_by_lists(y, w, s, p, a):
    """Lists of Python."""
    signal = [0.0] * (len(w) - 1 - p)
    for number, value in enumerate(y):
        if number:
            signal += [0.0] * (s - 1)
        signal.append(float(value))
    return [signal + [0.0] * (len(w) - 1 - p + a), list(w)[::-1]]


def slide_by_insert(y, w, s, p, a):
    """np.insert puts zeros in before all samples but the first."""
    before = np.repeat(np.arange(1, len(y)), s - 1)
    inner = np.insert(np.asarray(y, dtype=float), before, 0)
    left = np.zeros(len(w) - p - 1)
    return np.concatenate([left, inner, left, np.zeros(a)]), w[np.arange(len(w))[::-1]]


def slide_by_kron(y, w, s, p, a):
    """A product with 1, 0, 0, ...; single precision."""
    inner = np.kron(y, np.eye(1, s)[0])[: (len(y) - 1) * s + 1]
    side = len(w) - 1 - p
    both = np.zeros(len(inner) + 2 * side + a, np.float32)
    both[side : side + len(inner)] = inner
    return both, np.array([*reversed(w)])


# --- q6: chequers(w, s) --------------------------------------------------------------


def chequers_by_picture(w, s):
    """A flat map, enlarged."""
    kh, kw = w.shape
    x = np.zeros((40 * s[0] + kh, 40 * s[1] + kw))
    for i in range(40):
        for j in range(40):
            x[i * s[0] : i * s[0] + kh, j * s[1] : j * s[1] + kw] += w
    period = x[20 * s[0] : 21 * s[0], 20 * s[1] : 21 * s[1]]
    return period.var() / np.mean(period**2)


def chequers_by_padding(w, s):
    """The kernel in whole periods; level and all the rest."""
    rows, columns = -(-w.shape[0] // s[0]) * s[0], -(-w.shape[1] // s[1]) * s[1]
    whole = np.zeros((rows, columns))
    whole[: w.shape[0], : w.shape[1]] = w
    sums = whole.reshape(-1, s[0], columns // s[1], s[1]).sum(axis=(0, 2))
    return 1 - sums.mean() ** 2 / (sums**2).mean()


def chequers_by_weights(w, s):
    """Walk through the weights."""
    total = {}
    for i, row in enumerate(w):
        for j, weight in enumerate(row):
            key = i % s[0], j % s[1]
            total[key] = total.get(key, 0) + weight
    number = s[0] * s[1]
    level = np.add.reduce(list(total.values())) / number
    energy = np.add.reduce([value**2 for value in total.values()])
    return (energy - number * level**2) / energy


def chequers_by_fourier(w, s):
    """The response of the kernel at the multiples of the sampling frequencies."""
    power = []
    for u in range(s[0]):
        for v in range(s[1]):
            rows = np.exp(2j * np.pi * u * np.arange(w.shape[0]) / s[0])
            columns = np.exp(2j * np.pi * v * np.arange(w.shape[1]) / s[1])
            power.append(np.abs(rows @ w @ columns) ** 2)
    return np.add.reduce(power[1:]) / np.add.reduce(power)


FUNCTIONS = {
    "q2": (stamp_by_weights, stamp_by_zeros, stamp_by_scipy, stamp_by_matrix),
    "q3": (length_by_table, length_by_marks, length_by_match),
    "q4": (slide_by_pad, slide_by_lists, slide_by_insert, slide_by_kron),
    "q6": (
        chequers_by_picture,
        chequers_by_padding,
        chequers_by_weights,
        chequers_by_fourier,
    ),
}

WORDS = dict(
    zip(
        (f"fault_{letter}" for letter in "abcdef"),
        (
            "'turned'",
            "'averaged'",
            "'overwritten'",
            "'Inverse'",
            "'right '",
            "'shifted'",
        ),
        strict=True,
    )
)
# Wiener's filter; the middle of the kernel by np.roll, or by shifting the photograph.
# --- q8: restore(y, w) ---------------------------------------------------------------


def restore_by_wiener(y, w):
    """The formula, with the kernel padded to the size of the photograph."""
    grow = [(0, n - k) for n, k in zip(y.shape, w.shape, strict=True)]
    moved = np.roll(np.pad(w, grow), [-(k // 2) for k in w.shape], (0, 1))
    H = np.fft.fft2(moved)
    return np.fft.ifft2(H.conj() / (np.abs(H) ** 2 + 0.01) * np.fft.fft2(y)).real


def restore_shifted(y, w):
    """The photograph is moved in place of the kernel; half the spectrum; float32."""
    H = np.fft.rfft2(w, y.shape)
    Y = np.fft.rfft2(np.roll(y, (w.shape[0] // 2, w.shape[1] // 2), (0, 1)))
    x = np.fft.irfft2(H.conj() * Y / (np.abs(H) ** 2 + 0.016), y.shape)
    return x.astype(np.float32)


def restore_by_steps(y, w):
    """Richardson and Lucy: multiply by the blurred-back quotient, twelve times."""
    from scipy import ndimage

    x = np.full(y.shape, 0.5)
    for _ in range(12):
        quotient = np.maximum(y, 0.001) / ndimage.convolve(x, w, mode="wrap")
        x = x * ndimage.correlate(quotient, w, mode="wrap")
    return x


def restore_by_descent(y, w):
    """Landweber: down the slope of the squared error, with the border mirrored."""
    from scipy import signal

    x = y
    for _ in range(30):
        rest = y - signal.convolve2d(x, w, "same", "symm")
        x = x + signal.convolve2d(rest, w[::-1, ::-1], "same", "symm")
    return x


# Values as expressions or as functions: they are pasted into notebooks.
VALUES = {
    "q1": (
        {
            "stamped": "np.convolve([2, 0, -1, 0, 3], [1, 4, -2])",
            "image": "np.array([[1, 0, 5, 0, 6], [2, -1, 3, -2, -3], [0, 0, -2, 1, 0]])",
            "counts": "(1, 1, 2, 2, 3, 2, 3, 2, 2, 1, 1)",
            "matrix": "[13.0, 4.0, 16.0]",
            "back": "np.convolve([2, 0, 6], [1, 2, -1])",
        },
        {
            "stamped": "[2.0, 8, -5, -4, 5, 12, -6]",
            "image": "[[1, 0, 5, 0, 6], (2, -1, 3, -2, -3), [0, 0, -2, 1, 0]]",
            "counts": "np.convolve([1, 0, 1, 0, 1, 0, 1], np.ones(5))",
            "matrix": "(13, 4, 4 * 4)",
            "back": "[2, 4, 4, 12, -6.0]",
        },
    ),
    "q5": (
        {
            "gaps": "(-74, 54.5, 88, 86.8164, 0, 61)",
            **WORDS,
            "blind": "[3] * 11",
        },
        {
            "gaps": "np.array([-74, 54.5, 88, 86.81637669, 1e-14, 61])",
            **WORDS,
            "blind": "[1, 2, 2, 1, 1, 2, 2, 1, 1, 2 / 4 + 1.5, 2.0][:8] + [1, 2, 2]",
        },
        {
            "gaps": "[-74.0, 54.5, 88.0, 86.816, 0, 61]",
            **WORDS,
            "blind": "np.full(11, -0.25)",
        },
    ),
    "q7": (
        {
            "lost": "[0, 3, 1, -1, -1, -1 / 3 * 1, 5 / 9]",
            "tight": "[1 / 3**0.5] * 3",
            "even": "range(3, 13, 3)",
            "rough": "np.kron(np.ones((2, 2)), [[1, 0.01], [0.01, 0.01]])",
            "smooth": "[[1, 2, 1], [2, 4, 2], [1, 2, 1]]",
            "rule": "'sums'",
        },
        {
            "lost": "np.array([0, 0, 0, 0, 0, 3.0, 1])",
            "tight": "np.array([0.6, -0.64, 0.48])",
            "even": "np.array([3, 6, 9, 12])",
            "rough": "[[9, 1, 9, 1], [.5] * 4, [9, 1, 9, 1], [.5] * 4]",
            "smooth": "[[3, 4, 2], [5, 10, 5], [1, 6, 4]]",
            "rule": "' Sums'",
        },
    ),
    "q8": (
        {
            "shaken_db": "27.08",
            "turned_db": "27.1266",
            "weak": "3751 / 40000",
            "best_c": "1e-2",
            "restore": restore_by_wiener,
        },
        {
            "shaken_db": "enlarging.psnr(shaken, truth, 16)",
            "turned_db": "27.13",
            "weak": "0.0938",
            "best_c": "np.float32(0.01)",
            "restore": restore_shifted,
        },
        {
            "shaken_db": "-10 * np.log10(np.mean((shaken - truth)[16:-16, 16:-16] ** 2))",
            "turned_db": "27.127",
            "weak": "0.093775",
            "best_c": "0.01",
            "restore": restore_by_steps,
        },
        {
            "shaken_db": "np.round(psnr(shaken), 2)",
            "turned_db": "27.13",
            "weak": "15004 / 160000",
            "best_c": "0.01",
            "restore": restore_by_descent,
        },
    ),
}
