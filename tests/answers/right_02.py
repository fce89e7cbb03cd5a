"""Right answers to the exercises of chapter 02, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part:
texts of expressions, or functions where one is asked for. A function is copied into a
notebook as text: it has to stand alone, with NumPy as np.
`SETUP` makes the names that the notebook has where the values are computed.
"""

import numpy as np

SETUP = """
from convcourse import datasets
clean = datasets.camera().x.astype(float)
noisy = clean + np.random.default_rng(2).normal(0, 25, clean.shape)
sigmas = [0.5, 0.75, 1, 1.25, 1.5, 2, 3]
"""

# --- q2: correlate2d(x, w) -----------------------------------------------------------


def q2_by_four_loops(x, w):
    """Plain Python numbers, no array."""
    H, W, kh, kw = len(x), len(x[0]), len(w), len(w[0])
    if kh > H or kw > W:
        raise ValueError("the kernel is larger than the image")
    y = []
    for i in range(H - kh + 1):
        y.append([])
        for j in range(W - kw + 1):
            total = 0.0
            for m in range(kh):
                for n in range(kw):
                    total += float(x[i + m][j + n]) * float(w[m][n])
            y[-1].append(total)
    return y


def q2_by_windows(x, w):
    """All windows at once, one einsum."""
    if w.shape[0] > x.shape[0] or w.shape[1] > x.shape[1]:
        raise ValueError("w must not be larger than x")
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("ijmn,mn->ij", windows, w)


def q2_by_tensordot(x, w):
    """NumPy itself refuses windows larger than the image."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.tensordot(windows.astype(float), w, 2)


def q2_by_shifts(x, w):
    """One shifted copy of the image for each weight."""
    (H, W), (kh, kw) = x.shape, w.shape
    if H < kh or W < kw:
        raise ValueError("too small")
    y = np.zeros((H - kh + 1, W - kw + 1))
    for m in range(kh):
        for n in range(kw):
            y = y + x[m : m + len(y), n : n + y.shape[1]] * float(w[m, n])
    return y


def q2_by_fft(x, w):
    """A correlation is a product with the conjugate spectrum."""
    (H, W), (kh, kw) = x.shape, w.shape
    if H < kh or W < kw:
        raise ValueError("too small")
    spectrum = np.fft.rfft2(x.astype(float)) * np.conj(np.fft.rfft2(w, x.shape))
    return np.fft.irfft2(spectrum, x.shape)[: H - kh + 1, : W - kw + 1]


def q2_by_rows_of_a_matrix(x, w):
    """Windows as rows of a matrix, in float32."""
    (H, W), (kh, kw) = x.shape, w.shape
    if H < kh or W < kw:
        raise ValueError("too small")
    rows = [
        x[i : i + kh, j : j + kw].ravel()
        for i in range(H - kh + 1)
        for j in range(W - kw + 1)
    ]
    sums = np.array(rows, dtype=np.float32) @ w.ravel().astype(np.float32)
    return sums.reshape(H - kh + 1, W - kw + 1)


# --- q3: correlate_same(x, w, border) ------------------------------------------------


def q3_by_windows(x, w, border):
    """Pad, then all windows at once."""
    pads = [(k // 2, (k - 1) // 2) for k in w.shape]
    padded = np.pad(x, pads, mode=border)
    return np.einsum(
        "ijmn,mn", np.lib.stride_tricks.sliding_window_view(padded, w.shape), w
    )


def q3_by_loops(x, w, border):
    """Pad more than needed, and count from the centre of the kernel."""
    kh, kw = w.shape
    padded = np.pad(x.astype(float), ((kh, kh), (kw, kw)), mode=border)
    y = np.empty(x.shape)
    for i in range(len(x)):
        for j in range(x.shape[1]):
            top, left = i + kh - kh // 2, j + kw - kw // 2
            y[i, j] = (padded[top : top + kh, left : left + kw] * w).sum()
    return y


def q3_by_index_maps(x, w, border):
    """No padding: each index is folded back into the image, or has no pixel."""
    (H, W), (kh, kw) = x.shape, w.shape

    def fold(i, size):
        if border == "wrap":
            return i % size
        if border == "edge":
            return min(max(i, 0), size - 1)
        if border == "constant":
            return i if 0 <= i < size else None
        skip = 0 if border == "reflect" else 1
        if i < 0:
            i = -i - skip
        return 2 * (size - 1) - i + skip if i >= size else i

    y = [[0.0] * W for _ in range(H)]
    for i in range(H):
        for j in range(W):
            for m in range(kh):
                for n in range(kw):
                    row, col = fold(i + m - kh // 2, H), fold(j + n - kw // 2, W)
                    if row is not None and col is not None:
                        y[i][j] += x[row, col] * w[m, n]
    return y


# --- q5: edges(image) ----------------------------------------------------------------


def q5_by_opencv(image):
    """Another type for the result."""
    import cv2

    return cv2.filter2D(image, cv2.CV_64F, np.array([[1, 0, -1]] * 3, float))


def q5_by_opencv_16s(image):
    """Whole numbers with a sign."""
    import cv2

    return cv2.filter2D(image, cv2.CV_16S, np.array([[1, 0, -1]] * 3))


def q5_by_float_image(image):
    """The image as float32, the type of the result as that of the image."""
    import cv2

    return cv2.filter2D(image.astype(np.float32), -1, np.array([[1.0, 0, -1]] * 3))


def q5_by_slices(image):
    """By hand: three rows, left minus right."""
    p = np.pad(image.astype(int), 1, mode="reflect")
    d = p[:, :-2] - p[:, 2:]
    return d[:-2] + d[1:-1] + d[2:]


def q5_by_scipy(image):
    """SciPy, with the flip undone."""
    from scipy import ndimage

    return ndimage.convolve(image.astype(float), [[-1, 0, 1]] * 3, mode="mirror")


# --- q6: filter_image(image, kernel) -------------------------------------------------


def q6_by_windows(image, kernel):
    """The rules in four lines."""
    pads = [(k // 2, k - 1 - k // 2) for k in kernel.shape]
    padded = np.pad(image.astype(float), pads, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.clip(np.rint(np.einsum("ijmn,mn", windows, kernel)), 0, 255).astype(
        np.uint8
    )


def q6_by_loops(image, kernel):
    """Python's own round: halves to the even number too."""
    kh, kw = kernel.shape
    p = np.pad(image, ((kh // 2, (kh - 1) // 2), (kw // 2, (kw - 1) // 2)), "reflect")
    y = np.zeros_like(image)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            level = round(float(np.vdot(p[i : i + kh, j : j + kw], kernel)))
            y[i, j] = 0 if level < 0 else 255 if level > 255 else level
    return y


def q6_in_float32(image, kernel):
    """As OpenCV: float32, one shifted picture for each weight; floats come out."""
    (H, W), (kh, kw) = image.shape, kernel.shape
    p = np.pad(image, ((kh // 2, (kh - 1) // 2), (kw // 2, (kw - 1) // 2)), "reflect")
    total = np.zeros((H, W), np.float32)
    for m in range(kh):
        for n in range(kw):
            total += np.float32(kernel[m, n]) * p[m : m + H, n : n + W].astype(
                np.float32
            )
    return np.round(total).clip(0, 255)


# --- q7: find_kernel(x, y, shape) ----------------------------------------------------


def q7_by_normal_equations(x, y, shape):
    """A.T A w = A.T y."""
    rows = [
        x[i : i + shape[0], j : j + shape[1]].ravel()
        for i in range(y.shape[0])
        for j in range(y.shape[1])
    ]
    A = np.array(rows)
    return np.linalg.solve(A.T @ A, A.T @ y.ravel()).reshape(shape)


def q7_by_shifts(x, y, shape):
    """One column of the matrix for each weight; the pseudo-inverse."""
    h, w = y.shape
    columns = [
        x[m : m + h, n : n + w].ravel()
        for m in range(shape[0])
        for n in range(shape[1])
    ]
    return (np.linalg.pinv(np.stack(columns, 1)) @ y.ravel()).reshape(shape)


def q7_by_scipy(x, y, shape):
    """SciPy's least squares."""
    from scipy import linalg

    windows = np.lib.stride_tricks.sliding_window_view(x, shape)
    return linalg.lstsq(windows.reshape(y.size, -1), y.ravel())[0].reshape(shape)


# --- q8: life_step(board) ------------------------------------------------------------


def q8_by_rolling(board):
    """Eight shifted boards."""
    n = 0
    for a in (-1, 0, 1):
        for b in (-1, 0, 1):
            if a or b:
                n = n + np.roll(board, (a, b), (0, 1))
    return (n == 3) | ((n == 2) & (board == 1))


def q8_by_scipy(board):
    """With the cell counted in: three, or four and alive."""
    from scipy import signal

    total = signal.convolve2d(board, np.ones((3, 3)), mode="same", boundary="wrap")
    return np.where((total == 3) | (total == 4) & (board == 1), 1, 0)


def q8_by_ndimage(board):
    """The weights tell the cell from its neighbours."""
    from scipy import ndimage

    kernel = np.array([[1, 1, 1], [1, 10, 1], [1, 1, 1]])
    return np.isin(ndimage.convolve(board, kernel, mode="wrap"), [3, 12, 13])


def q8_by_lists(board):
    """Plain Python, indices modulo the size."""
    H, W = len(board), len(board[0])
    new = []
    for i in range(H):
        new.append([])
        for j in range(W):
            n = -int(board[i][j])
            for a in range(3):
                for b in range(3):
                    n += int(board[(i + a - 1) % H][(j + b - 1) % W])
            new[i].append(1 if n == 3 or (n == 2 and board[i][j]) else 0)
    return new


# --- q9: gaussian(sigma, size) -------------------------------------------------------


def q9_by_distance(sigma, size):
    """Distances in two dimensions at once."""
    r = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(r[:, None] ** 2 + r**2) / (2 * sigma**2))
    return weights / weights.sum()


def q9_by_linspace(sigma, size):
    """The same distances, from one end to the other; each profile with sum 1."""
    r = np.linspace(-(size - 1) / 2, (size - 1) / 2, size)
    g = np.exp(-0.5 * (r / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    return np.outer(g / g.sum(), g / g.sum())


def q9_by_loops(sigma, size):
    """Plain Python."""
    import math

    rows, total = [], 0.0
    for i in range(size):
        rows.append([])
        for j in range(size):
            a, b = i - (size - 1) / 2, j - (size - 1) / 2
            rows[i].append(math.exp(-(a * a + b * b) / (2 * sigma * sigma)))
            total += rows[i][j]
    return [[v / total for v in row] for row in rows]


def q9_by_scipy(sigma, size):
    """The density of SciPy's normal distribution, in float32 at the end."""
    from scipy import stats

    g = stats.norm.pdf(np.arange(size), (size - 1) / 2, sigma)
    return (np.outer(g, g) / g.sum() ** 2).astype(np.float32)


# --- q10: separate(kernel) -----------------------------------------------------------


def q10_by_roots(kernel):
    """Each takes the root of the singular value."""
    u, s, v = np.linalg.svd(kernel)
    if np.linalg.matrix_rank(kernel) != 1:
        raise ValueError("rank is not 1")
    return u[:, 0] * np.sqrt(s[0]), np.sqrt(s[0]) * v[0, :]


def q10_by_largest_entry(kernel):
    """The row and the column that meet in the largest entry."""
    i, j = np.unravel_index(np.argmax(np.abs(kernel)), kernel.shape)
    column, row = kernel[:, j], kernel[i] / kernel[i, j]
    if not np.allclose(np.outer(column, row), kernel):
        raise ValueError("not separable")
    return [list(column), list(row)]


def q10_negative_and_upright(kernel):
    """Both signs turned, the column standing, in a list."""
    u, s, v = np.linalg.svd(kernel, full_matrices=False)
    if len(s) > 1 and s[1] / s[0] > 1e-10:
        raise ValueError("not separable")
    return -u[:, :1], -s[0] * v[:1]


FUNCTIONS = {
    "q2": (
        q2_by_four_loops,
        q2_by_windows,
        q2_by_shifts,
        q2_by_tensordot,
        q2_by_fft,
        q2_by_rows_of_a_matrix,
    ),
    "q3": (q3_by_windows, q3_by_loops, q3_by_index_maps),
    "q5": (
        q5_by_opencv,
        q5_by_slices,
        q5_by_scipy,
        q5_by_float_image,
        q5_by_opencv_16s,
    ),
    "q6": (q6_by_windows, q6_by_loops, q6_in_float32),
    "q7": (q7_by_normal_equations, q7_by_shifts, q7_by_scipy),
    "q8": (q8_by_rolling, q8_by_scipy, q8_by_ndimage, q8_by_lists),
    "q9": (q9_by_distance, q9_by_linspace, q9_by_loops, q9_by_scipy),
    "q10": (q10_by_roots, q10_by_largest_entry, q10_negative_and_upright),
}

# --- q11: denoise(image) -------------------------------------------------------------


def denoise_by_gaussian(image):
    """SciPy's Gaussian, a little wider, and grey levels at the end."""
    from scipy import ndimage

    return np.clip(np.rint(ndimage.gaussian_filter(image, 1.05)), 0, 255).astype("u1")


def denoise_by_wiener(image):
    """Less where there is an edge."""
    from scipy import signal

    return signal.wiener(image, 5)


def denoise_by_binomials(image):
    """Rows, then columns, with 1 4 6 4 1; the border mirrored."""
    p = np.pad(image, 2, mode="symmetric")
    p = p[:-4] + 4 * p[1:-3] + 6 * p[2:-2] + 4 * p[3:-1] + p[4:]
    p = p[:, :-4] + 4 * p[:, 1:-3] + 6 * p[:, 2:-2] + 4 * p[:, 3:-1] + p[:, 4:]
    return (p / 256).astype(np.float32)


def denoise_by_neighbours(image):
    """A mean of the neighbours that differ little: OpenCV's bilateral filter."""
    import cv2

    return cv2.bilateralFilter(image.astype(np.float32), 7, 75, 1.5)


# Values as expressions or as functions: they are pasted into notebooks.
RMS = "[np.sqrt(np.mean(({}(noisy, {}) - clean) ** 2)) for s in sigmas]"
SMOOTH = "__import__('scipy.ndimage').ndimage.gaussian_filter"
VALUES = {
    "q1": (
        {
            "pixel": "np.float64(3 * 1 - 4 - 2 * 9 + 2 * 2)",
            "y": "[[3 * 3 - 1 - 2 * 5 + 18, -15, 19], (2, 29.0, np.uint8(6))]",
            "flat": "np.array(20.0)",
        },
    ),
    "q4": (
        {
            "sobel": "np.array([[1], [2], [1]]) @ np.array([[-1.0, 0, 1]])",
            "ramp": "8.0",
            "step": "4 * (180 - 30)",
            "cast": "np.array(600).astype(np.uint8)",
            "rising": "255.0",
            "falling": "np.uint8(0)",
            "added": "(np.array([250], np.uint8) + np.uint8(10))[0]",
            "taken": "np.float64(246)",
        },
    ),
    "q11": (
        {
            "left_over": "25 * np.sqrt(9 / 81)",
            "errors": RMS.format(SMOOTH, "s"),
            "best": "np.float64(sigmas[np.argmin(errors)])",
            "denoise": f"lambda image: {SMOOTH}(image, 1)",
        },
        {
            "left_over": "8.33",
            "errors": RMS.format(SMOOTH, "s, mode='mirror', truncate=3"),
            "best": "1.0",
            "denoise": denoise_by_wiener,
        },
        {
            "left_over": "np.float32(25 / 3)",
            "errors": "np.round(" + RMS.format(SMOOTH, "s, mode='nearest'") + ", 1)",
            "best": "sigmas[2]",
            "denoise": denoise_by_gaussian,
        },
        {
            "left_over": "np.sqrt(625 / 9)",
            "errors": RMS.format(SMOOTH, "s"),
            "best": "1",
            "denoise": denoise_by_binomials,
        },
        {
            "left_over": "25 / 3",
            "errors": RMS.format(SMOOTH, "s"),
            "best": "1",
            "denoise": denoise_by_neighbours,
        },
    ),
}
