"""Right answers to the exercises of chapter 05, each written in another way.

`FUNCTIONS` has the functions by question, `VALUES` the values by question and by part.
A function is copied into a notebook as text: it has to stand alone, with NumPy as np.
"""

import numpy as np

SETUP = ""

# --- q2: output_length(n, k, s, p, d) ------------------------------------------------


def length_by_list(n, k, s, p, d):
    """All starts, in a list."""
    last = n + 2 * p - d * (k - 1) - 1
    starts = list(range(0, last + 1, s))
    if not starts:
        raise ValueError(f"{k} weights do not fit")
    return len(starts)


def length_by_ceiling(n, k, s, p, d):
    """Round up what is one larger."""
    room = n + 2 * p - ((k - 1) * d + 1) + 1
    if room < 1:
        raise ValueError
    return int(np.ceil(room / s))


def length_by_walking(n, k, s, p, d):
    """One step after the other."""
    at, count = -p, 0
    while at + d * (k - 1) <= n + p - 1:
        at, count = at + s, count + 1
    if count == 0:
        raise ValueError("no window")
    return float(count)


def length_by_mask(n, k, s, p, d):
    """NumPy: which starts are good?"""
    starts = np.arange(-p, n + p, s)
    good = np.count_nonzero(starts + d * (k - 1) < n + p)
    if good:
        return good
    raise ValueError(good)


# --- q3: same_padding(n, k, s, d) ----------------------------------------------------


def same_by_rest(n, k, s, d):
    """By the rest of the length, as some manuals have it."""
    span = d * (k - 1) + 1
    total = max(span - (n % s or s), 0)
    return total // 2, -(-total // 2)


def same_by_search(n, k, s, d):
    """Pad right and left in turn, until enough windows fit."""
    left = right = 0
    while (left + n + right - d * (k - 1) - 1) // s + 1 < -(-n // s):
        if right == left:
            right += 1
        else:
            left += 1
    return [left, right]


def same_by_last_window(n, k, s, d):
    """Where the last window ends."""
    starts = np.arange(0, n, s)
    missing = max(starts[-1] + d * (k - 1) + 1 - n, 0)
    return np.array([np.floor(missing / 2), np.ceil(missing / 2)])


# --- q4: inputs_for(m, k, s, p, d) ---------------------------------------------------


def inputs_by_range(m, k, s, p, d):
    """Both ends."""
    low = (m - 1) * s + d * (k - 1) + 1 - 2 * p
    return range(max(1, low), max(1, low + s))


def inputs_by_filter(m, k, s, p, d):
    """Try a thousand lengths by the formula."""
    return [
        n
        for n in range(1, 1000)
        if n + 2 * p > d * (k - 1) and (n + 2 * p - d * (k - 1) - 1) // s + 1 == m
    ]


def inputs_by_array(m, k, s, p, d):
    """All candidates, then those that are lengths."""
    n = (m - 1) * s + (k - 1) * d + 1 - 2 * p + np.arange(s)
    return n[n > 0]


# --- q6: usage(H, W, k, s, p) --------------------------------------------------------


def usage_by_frame(H, W, k, s, p):
    """Windows on a padded image, whose frame is cut off."""
    used = np.zeros((H + 2 * p, W + 2 * p), dtype=int)
    for i in range(0, H + 2 * p - k + 1, s):
        for j in range(0, W + 2 * p - k + 1, s):
            used[i : i + k, j : j + k] += 1
    return used[p : p + H, p : p + W]


def usage_by_clipping(H, W, k, s, p):
    """Slices that end at the border."""
    used = np.zeros((H, W))
    for top in range(-p, H + p - k + 1, s):
        for left in range(-p, W + p - k + 1, s):
            used[max(0, top) : max(0, top + k), max(0, left) : max(0, left + k)] += 1
    return used


def usage_by_outer(H, W, k, s, p):
    """Rows and columns for themselves."""

    def line(n):
        return [
            sum(at <= i + p < at + k for at in range(0, n + 2 * p - k + 1, s))
            for i in range(n)
        ]

    return np.outer(line(H), line(W))


def usage_by_gradient(H, W, k, s, p):
    """A transposed convolution of ones: a sum of shifted grids."""
    rows, cols = (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1
    grid = np.zeros((H + 2 * p, W + 2 * p), int)
    grid[: rows * s : s, : cols * s : s] = 1
    shifted = [np.roll(grid, (a, b), (0, 1)) for a in range(k) for b in range(k)]
    return np.sum(shifted, axis=0)[p : H + p, p : W + p].tolist()


# --- q7: audit(layers, shape) --------------------------------------------------------


def audit_by_branches(layers, shape):
    """One branch for each word."""
    rows = []
    for layer in layers:
        if layer[0] == "conv":
            _, filters, k, s, p = layer
            h, w, c = shape
            shape = ((h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1, filters)
            weights = k * k * c * filters
            row = (weights + filters, shape[0] * shape[1] * weights)
        elif layer[0] == "pool":
            _, k, s = layer
            shape = ((shape[0] - k) // s + 1, (shape[1] - k) // s + 1, shape[2])
            row = (0, 0)
        elif layer[0] == "flatten":
            shape = (shape[0] * shape[1] * shape[2],)
            row = (0, 0)
        else:
            units = layer[1]
            row = (shape[0] * units + units, shape[0] * units)
            shape = (units,)
        values = 1
        for size in shape:
            values *= size
        rows.append((*row, values))
    return rows


def audit_by_arrays(layers, shape):
    """The weights as arrays' sizes; a table of floats."""
    table = np.zeros((len(layers), 3))
    places, channels = np.array(shape[:2]), shape[2]
    for number, (kind, *numbers) in enumerate(layers):
        if kind in ("conv", "pool"):
            k, s, *p = numbers if kind == "pool" else numbers[1:]
            places = (places + 2 * (p[0] if p else 0) - k) // s + 1
        if kind == "conv":
            weights = k**2 * channels * numbers[0]
            channels = numbers[0]
            table[number, :2] = weights + channels, weights * places.prod()
        elif kind == "flatten":
            channels, places = channels * places.prod(), np.ones(2, int)
        elif kind == "dense":
            table[number, :2] = (channels + 1) * numbers[0], channels * numbers[0]
            channels = numbers[0]
        table[number, 2] = channels * places.prod()
    return table


def audit_by_kernels(layers, shape):
    """A dense layer is a kernel as large as its input."""
    rows = []
    h, w, c = shape
    for layer in layers:
        made = [0, 0]
        if layer[0] == "flatten":
            h, w, c = 1, 1, h * w * c
        elif layer[0] == "pool":
            h, w = ((n - layer[1]) // layer[2] + 1 for n in (h, w))
        else:
            filters, k, s, p = layer[1:] if layer[0] == "conv" else (layer[1], 1, 1, 0)
            h, w = ((n + p + p - k) // s + 1 for n in (h, w))
            one = k * k * c
            made, c = [filters * (one + 1), filters * one * h * w], filters
        rows.append([*made, h * w * c])
    return rows


# --- q8: receptive_fields(layers) ----------------------------------------------------


def fields_by_recursion(layers):
    """The two rules of the chapter."""
    size, jump, start, rows = 1, 1, 0, []
    for k, s, p, d in layers:
        size += d * (k - 1) * jump
        start -= p * jump
        jump *= s
        rows.append((size, jump, start))
    return rows


def fields_backwards(layers):
    """From each layer back to the image, by the first and the last sample."""
    rows = []
    for depth in range(len(layers)):
        ends = np.array([0, 0, 1])  # unit 0: first and last; unit 1: first
        for k, s, p, d in layers[depth::-1]:
            ends = ends * s - p + np.array([0, d * (k - 1), 0])
        rows.append([ends[1] - ends[0] + 1, ends[2] - ends[0], ends[0]])
    return np.array(rows)


def fields_closed(layers):
    """Sums and products over the table."""
    k, s, p, d = np.array(layers).T
    jump = np.cumprod(s)
    before = jump // s
    size = 1 + np.cumsum(d * (k - 1) * before)
    return np.stack([size, jump, -np.cumsum(p * before)], axis=1)


def fields_by_sets(layers):
    """The samples themselves."""

    def reads(depth, unit):
        units = {unit}
        for k, s, p, d in reversed(layers[: depth + 1]):
            units = {u * s - p + i * d for u in units for i in range(k)}
        return units

    rows = []
    for depth in range(len(layers)):
        first, second = sorted(reads(depth, 0)), min(reads(depth, 1))
        rows.append((first[-1] - first[0] + 1, second - first[0], first[0]))
    return rows


FUNCTIONS = {
    "q2": (length_by_list, length_by_ceiling, length_by_walking, length_by_mask),
    "q3": (same_by_rest, same_by_search, same_by_last_window),
    "q4": (inputs_by_range, inputs_by_filter, inputs_by_array),
    "q6": (usage_by_frame, usage_by_clipping, usage_by_outer, usage_by_gradient),
    "q7": (audit_by_branches, audit_by_arrays, audit_by_kernels),
    "q8": (
        fields_by_recursion,
        fields_backwards,
        fields_closed,
        fields_by_sets,
    ),
}

REPAIRED = """[
    ("conv", 16, 3, 1, 1), ("conv", 32, 3, 2, 1), ("conv", 64, 3, 2, 1),
    ("conv", 64, 3, 2, 1), ("transposed", 64, 3, 2, 1, 0), ("join", 2),
    ("transposed", 32, 3, 2, 1, 1), ("join", 1), ("conv", 32, 5, 1, 2),
    ("transposed", 16, 3, 2, 1, 1), ("join", 0), ("conv", 1, 1, 1, 0),
]"""
# too much padding before a transposed layer, and a larger crop in it
OTHERWISE = """[
    ["conv", 16, 3, 1, 1], ["conv", 32, 3, 2, 1], ["conv", 64, 3, 2, 1],
    ["conv", 64, 3, 2, 1], ["transposed", 64, 3, 2, 1, 0], ["join", 2],
    ["transposed", 32, 3, 2, 1, 1], ["join", 1], ["conv", 32, 5, 1, np.int64(3)],
    ["transposed", 16, 3, 2, 3, 1], ["join", 0], ["conv", 1, 1, 1, 0.0],
]"""

# Values as expressions: they are pasted into notebooks.
VALUES = {
    "q1": (
        {
            "strided": "(24 + 2 * 4 - 5) // 2 + 1",
            "dilated": "26.0",
            "at_once": "np.int64(12)",
            "full": "len(np.convolve(np.ones(20), np.ones(6)))",
            "same": "np.ceil(225 / 2)",
            "image": "(15, 13)",
        },
    ),
    "q5": (
        {
            "keep": "4 * 3 // 2",
            "counter": "(3, 3, 3)",
            "first": "[11, 4, 0]",
            "last": "[(3, 1, 0), (3, 1, 0), (3, 1, 0)]",
            "stack": "[(3, 2, 1)] * 5 + [(3, 1, 1)]",
        },
        {
            "keep": "6.0",
            "counter": "np.array([7, 1, 3])",
            "first": "(13, 4, 1)",
            "last": "[(2, 1, 0)] * 6",
            "stack": "np.array([[5, 2, 2]] * 5)",
        },
        {
            "keep": "np.int32(6)",
            "counter": "[11, 5, 3]",
            "first": "(65, 3, 0)",
            "last": "np.array([[3, 2, 0], [2, 1, 0], [2, 1, 0]])",
            "stack": "[(4, 2, 1), (4, 2, 1), (4, 2, 1), (4, 2, 1), (4, 2, 1), [3, 1, 1]]",
        },
    ),
    "q9": (
        {
            "spread": "2 * 4 + 3",
            "cropped": "39.0",
            "extended": "27 * 3 + 5 - 4 + 1",
            "rest": "(26 + 2 - 5) % 3",
            "repaired": REPAIRED,
        },
        {
            "spread": "11",
            "cropped": "np.array(39)",
            "extended": "83",
            "rest": "2.0",
            "repaired": OTHERWISE,
        },
    ),
    "q10": (
        {
            "parameters": "2432 + 18496 + 73856 + 2097216 + 650",
            "macs": "162923136.0",
            "memory": "2490664",
            "share": "0.9565",
            "side": "np.int64(12)",
            "network": """[
                ("conv", 8, 5, 2, 2), ("conv", 16, 3, 2, 1), ("conv", 32, 3, 2, 1),
                ("conv", 32, 3, 2, 1), ("conv", 32, 3, 1, 1), ("pool", 4, 4),
                ("flatten",), ("dense", 10),
            ]""",
        },
        {
            "parameters": "2192650",
            "macs": "162_923_136",
            "memory": "4 * 622666",
            "share": "2097216 / 2192650",
            "side": "12",
            "network": """[
                ["conv", 12, 5, 2, 2], ["pool", 2, 2], ["conv", 24, 3, 1, 1],
                ["conv", 24, 3, 1, 1], ["pool", 2, 2], ["conv", 48, 3, 1, 0],
                ["pool", 6, 6], ["flatten"], ["dense", np.int64(10)],
            ]""",
        },
    ),
}
