"""Right answers to the exercises of chapter 08, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part.
A function is copied into a notebook as text: it has to stand alone, with NumPy as np.
"""

import numpy as np

SETUP = """
from convcourse import datasets
from convcourse.checks.ch08 import four_layers

typed = np.array([[10, 8, -14], [-5, -4, 7], [15, 12, -21]])
layers = four_layers()
w2 = datasets.recorded("texture_cnn")["w2"]
"""

# --- q2: grouped(x, w, g) ------------------------------------------------------------


def grouped_by_einsum(x, w, g):
    """One sum with an axis for the groups."""
    B, H, W, C = x.shape
    kh, kw, c, N = w.shape
    if C % g or N % g or c != C // g:
        raise ValueError(f"{g} groups, {C} inputs, {N} outputs, kernels {w.shape}")
    windows = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(1, 2))
    windows = windows.reshape(*windows.shape[:3], g, c, kh, kw)
    kernels = w.reshape(kh, kw, c, g, N // g)
    y = np.einsum("nijgcab,abcgo->nijgo", windows, kernels)
    return y.reshape(*y.shape[:3], N)


def grouped_by_outputs(x, w, g):
    """Each output by itself: which block does it read?"""
    C, N = x.shape[3], w.shape[3]
    kh, kw, c = w.shape[:3]
    if C % g != 0 or N % g != 0 or c * g != C:
        raise ValueError("these groups do not fit")
    rows, cols = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = np.zeros((len(x), rows, cols, N))
    for o in range(N):
        start = o // (N // g) * c
        for i in range(rows):
            for j in range(cols):
                window = x[:, i : i + kh, j : j + kw, start : start + c]
                y[:, i, j, o] = (window * w[..., o]).sum(axis=(1, 2, 3))
    return y


def grouped_by_blocks(x, w, g):
    """An ordinary layer whose kernels are block-diagonal."""
    C, N = x.shape[-1], w.shape[-1]
    if C % g or N % g or w.shape[2] != C / g:
        raise ValueError(g)
    kh, kw = w.shape[:2]
    mask = np.kron(np.eye(g), np.ones((C // g, N // g)))
    dense = np.tile(w, (1, 1, g, 1)) * mask
    rows, cols = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    parts = [
        x[:, a : a + rows, b : b + cols] @ dense[a, b]
        for a in range(kh)
        for b in range(kw)
    ]
    return np.sum(parts, axis=0)


def grouped_by_scipy(x, w, g):
    """Slices of channels, and SciPy in three dimensions."""
    from scipy.signal import correlate

    C, N = x.shape[3], w.shape[3]
    size, rest = divmod(C, g)
    if rest or N % g or w.shape[2] != size:
        raise ValueError("groups")
    maps = []
    for o in range(N):
        i = o * g // N
        block = x[..., i * size : (i + 1) * size]
        maps.append([correlate(b, w[..., o], "valid")[..., 0] for b in block])
    return np.moveaxis(np.array(maps), 0, -1)


# --- q3: unshuffle(y, g) -------------------------------------------------------------


def unshuffle_by_groups(y, g):
    """A shuffle with as many groups as there are channels in one."""
    C = y.shape[-1]
    if C % g:
        raise ValueError(f"{g} does not divide {C}")
    return np.moveaxis(y.reshape(y.shape[:-1] + (C // g, g)), -1, -2).reshape(y.shape)


def unshuffle_by_slices(y, g):
    """Group i stands at every g-th place from i on."""
    if y.shape[-1] % g != 0:
        raise ValueError
    return np.concatenate([y[..., i::g] for i in range(g)], axis=-1)


def unshuffle_by_argsort(y, g):
    """Sort the places."""
    order = np.arange(y.shape[-1]).reshape(g, -1).T.ravel()
    return y[..., np.argsort(order)]


def unshuffle_by_loop(y, g):
    """Channel j of group i."""
    C = y.shape[-1]
    if C % g > 0:
        raise ValueError("no")
    x = np.zeros_like(y)
    for i in range(g):
        for j in range(C // g):
            x[..., i * (C // g) + j] = y[..., j * g + i]
    return x


# --- q4: depthwise(x, d) -------------------------------------------------------------


def depthwise_by_scipy(x, d):
    """Channel by channel."""
    from scipy.signal import correlate2d

    C, M = d.shape[2:]
    maps = []
    for c in range(C):
        for m in range(M):
            maps.append([correlate2d(i[..., c], d[:, :, c, m], "valid") for i in x])
    return np.stack(maps, axis=-1)


def depthwise_by_taps(x, d):
    """Shifted images, each channel repeated."""
    kh, kw, C, M = d.shape
    rows, cols = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = np.zeros((x.shape[0], rows, cols, C * M))
    for a in range(kh):
        for b in range(kw):
            part = x[:, a : a + rows, b : b + cols]
            y += np.repeat(part, M, axis=-1) * d[a, b].ravel()
    return y


def depthwise_by_windows(x, d):
    """A product per channel."""
    kh, kw, C, M = d.shape
    rows, cols = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = np.empty((len(x), rows, cols, C * M))
    for i in range(rows):
        for j in range(cols):
            window = x[:, i : i + kh, j : j + kw]
            y[:, i, j] = np.einsum("nabc,abcm->ncm", window, d).reshape(len(x), -1)
    return y


def depthwise_as_groups(x, d):
    """As many groups as channels: kernels of shape (kh, kw, 1, C * M)."""
    kh, kw, C, M = d.shape
    w = d.reshape(kh, kw, C * M)
    view = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), (1, 2))
    maps = [np.tensordot(view[..., o // M, :, :], w[..., o], 2) for o in range(C * M)]
    return np.moveaxis(maps, 0, -1)


# --- q5: separable(x, d, p, b) -------------------------------------------------------


def separable_by_einsum(x, d, p, b):
    """Both steps at once."""
    view = np.lib.stride_tricks.sliding_window_view(x, d.shape[:2], (1, 2))
    ways = p.reshape(d.shape[2], d.shape[3], -1)
    return np.einsum("nijcab,abcm,cmo->nijo", view, d, ways, optimize=True) + b


def separable_mended(x, d, p, b):
    """The given function with five mended lines."""
    from scipy import signal

    C, M = d.shape[2:]
    maps = []
    for c in range(C):
        for m in range(M):
            k = d[:, :, c, m]
            maps.append([signal.correlate2d(image[..., c], k, "valid") for image in x])
    maps = np.moveaxis(maps, 0, -1)
    y = 0
    for j in range(C * M):
        y = y + maps[..., j : j + 1] * p[0, 0, j]
    return y + b


def separable_by_flipping(x, d, p, b):
    """Who keeps the convolution flips the kernels; who keeps the loops orders p."""
    from scipy.signal import convolve2d

    C, M = d.shape[2:]
    y = np.zeros(1) + b
    for m in range(M):
        for c in range(C):
            k = d[::-1, ::-1, c, m]
            one = np.array([convolve2d(i[:, :, c], k, mode="valid") for i in x])
            y = y + one[..., None] * p[0, 0, c * M + m]
    return y


def separable_as_one_layer(x, d, p, b):
    """An ordinary layer."""
    kh, kw, C, M = d.shape
    w = np.einsum("abcm,cmo->abco", d, p[0, 0].reshape(C, M, -1))
    rows, cols = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    y = np.zeros((len(x), rows, cols, p.shape[3])) + b
    for i in range(kh):
        for j in range(kw):
            y += x[:, i : i + rows, j : j + cols] @ w[i, j]
    return y


# --- q6: merge(d, p) -----------------------------------------------------------------


def merge_by_loops(d, p):
    """Every way."""
    kh, kw, C, M = d.shape
    w = np.zeros((kh, kw, C, p.shape[-1]))
    for c in range(C):
        for m in range(M):
            for o in range(p.shape[-1]):
                w[:, :, c, o] += d[:, :, c, m] * p[0, 0, c * M + m, o]
    return w


def merge_by_products(d, p):
    """A product of matrices for each channel."""
    C, M = d.shape[2:]
    parts = [d[:, :, c] @ p[0, 0, c * M : (c + 1) * M] for c in range(C)]
    return np.stack(parts, axis=2)


def merge_by_broadcasting(d, p):
    """All ways, then the sum over the kernels of a channel."""
    ways = d[..., np.newaxis] * p.reshape(d.shape[2], d.shape[3], -1)
    return ways.sum(axis=3)


def merge_by_impulses(d, p):
    """Ask both steps: an impulse at each place of each channel."""
    kh, kw, C, M = d.shape
    w = []
    for place in range(kh * kw * C):
        x = np.zeros(kh * kw * C)
        x[place] = 1
        maps = (x.reshape(kh, kw, C)[..., None] * d).sum(axis=(0, 1)).reshape(-1)
        w.append(maps @ p[0, 0])
    return np.reshape(w, (kh, kw, C, -1))


FUNCTIONS = {
    "q2": (
        grouped_by_einsum,
        grouped_by_outputs,
        grouped_by_blocks,
        grouped_by_scipy,
    ),
    "q3": (
        unshuffle_by_groups,
        unshuffle_by_slices,
        unshuffle_by_argsort,
        unshuffle_by_loop,
    ),
    "q4": (
        depthwise_by_scipy,
        depthwise_by_taps,
        depthwise_by_windows,
        depthwise_as_groups,
    ),
    "q5": (
        separable_by_einsum,
        separable_mended,
        separable_by_flipping,
        separable_as_one_layer,
    ),
    "q6": (
        merge_by_loops,
        merge_by_products,
        merge_by_broadcasting,
        merge_by_impulses,
    ),
}

# Networks that meet the budget in other ways: large kernels; one full pointwise layer
# early and groups late; a multiplier.
LARGE = """[
    (32, 5, 2, 32, 1), (64, 1, 1, 4, 4), (64, 5, 2, 64, 1), (128, 1, 1, 4, 1),
    (128, 3, 1, 128, 1),
]"""
FULL = """np.array([
    [32, 3, 2, 32, 1], [32, 3, 2, 32, 1], [64, 1, 1, 1, 1], [64, 5, 1, 64, 1],
    [128, 1, 1, 4, 1],
])"""
MULTIPLIED = """[
    [64, 3, 2, 32, 8], [64, 3, 2, 64, 1], [64, 1, 1, 4, 4], [64, 5, 1, 64.0, 1],
    [128, 1, 1, 4, 1],
]"""

# Values as expressions: they are pasted into notebooks.
VALUES = {
    "q1": (
        {
            "kernels": "[5, 5, 4, 96]",
            "parameters_a": "9696",
            "macs_a": "1440000.0",
            "parameters_b": "2392",
            "parameters_c": "np.ones((7, 7, 10)).size + 10",
            "ratio": "0.0282",
            "fewest": "8.0",
            "order": "np.arange(8).reshape(2, 4).T.ravel()",
        },
        {
            "kernels": "np.ones((5, 5, 12 // 3, 96)).shape",
            "parameters_a": "25 * 4 * 96 + 96",
            "macs_a": "np.int64(150 * 9600)",
            "parameters_b": "432.0 + 1920 + 40",
            "parameters_c": "500",
            "ratio": "(49 * 32 + 32 * 128) / (49 * 32 * 128)",
            "fewest": "np.array(8)",
            "order": "(0, 4, 1, 5, 2, 6, 3, 7)",
        },
    ),
    "q7": (
        {
            "split": "[[4, -2, 6], [2.5, 2, -3.5]]",
            "ranks": "(1, 2, 3, 2)",
            "layer_a": "' Depthwise'",
            "layer_b": "'neither'",
            "layer_c": "'both'",
            "layer_d": "'SPATIALLY'",
            "least": "4.0",
            "kept": "[np.linalg.svd(w2[:, :, c].reshape(9, 16))[1][0] ** 2"
            " / (w2[:, :, c] ** 2).sum() for c in np.arange(8)]",
            "needed": "5",
            "price": "1000",
        },
        {
            "split": "np.array([np.array([10, -5, 15]) / 5, [5, 4, -7]])",
            "ranks": "np.array([1.0, 2, 3, 2])",
            "layer_a": "'depthwise'",
            "layer_b": "'neither'",
            "layer_c": "'both'",
            "layer_d": "'spatially'",
            "least": "np.linalg.matrix_rank(np.eye(4, 16))",
            "kept": "np.round([0.566, 0.622, 0.561, 0.392, 0.576, 0.790, 0.574, 0.646], 3)",
            "needed": "np.int8(5)",
            "price": "9 * 8 * 5 + 8 * 5 * 16",
        },
        {
            "split": "-np.array([[2, -1, 3], [5, 4, -7]])",
            "ranks": "[1, 2, 3, 2]",
            "layer_a": "'depthwise'",
            "layer_b": "'neither'",
            "layer_c": "'both'",
            "layer_d": "'spatially'",
            "least": "min(2 * 2, 16)",
            "kept": "np.linalg.norm(np.moveaxis(w2, 2, 0).reshape(8, 9, 16), 2, (1, 2))"
            " ** 2 / (w2 ** 2).sum(axis=(0, 1, 3))",
            "needed": "5.0",
            "price": "360 + 640",
        },
    ),
    "q8": (
        {
            "heavy_macs": "28_311_552",
            "mobile_macs": "3477504.0",
            "share": "0.9046",
            "per_value": "np.array([1600, 25, 64]) / 2",
            "waits": "'Depthwise'",
            "time_share": "'between'",
            "network": LARGE,
        },
        {
            "heavy_macs": "256 * 9 * 64 * 96 + 64 * 9 * 128 * 192",
            "mobile_macs": "3145728 + 331776",
            "share": "3145728 / 3477504",
            "per_value": "[800, 12.5, 32]",
            "waits": "'depthwise'",
            "time_share": "'between '",
            "network": FULL,
        },
        {
            "heavy_macs": "np.int64(28311552)",
            "mobile_macs": "3477504",
            "share": "0.905",
            "per_value": "(800.0, 12.5, 32.0)",
            "waits": "'depthwise'",
            "time_share": "'between'",
            "network": MULTIPLIED,
        },
    ),
}
