"""The questions of chapter 03: who flips the kernel, and when it matters."""

import numpy as np

from .core import Misconception
from .diagnosis import number_text
from .functions import FunctionQuestion
from .values import ValueQuestion

# Functions that do all the work of a question that asks to write it.
CORRELATIONS = (
    "numpy.correlate",
    "scipy.signal.correlate",
    "scipy.signal.correlate2d",
    "scipy.ndimage.correlate",
    "scipy.ndimage.correlate1d",
    "convcourse.ops.correlate1d",
    "convcourse.ops.conv1d.correlate1d",
)
TEMPLATES = (
    "cv2.matchTemplate",
    "skimage.feature.match_template",
    "skimage.feature.template.match_template",
)


def _slide(x, w):
    """Return the correlation of two arrays of 1 or 2 axes where w lies on x."""
    from scipy import signal

    return signal.correlate(x, w, mode="valid", method="direct")


def _flipped(w):
    return np.flip(np.asarray(w))


# ------------------------------------------------------- q1: both sums by hand

X1 = np.array([4, -1, 0, 2, 3])
W1 = np.array([1, 3, -2])
X2 = np.array([[1, 0, 2], [3, -1, 4], [0, 5, -2]])
W2 = np.array([[1, 2], [-1, 3]])


def _both(name, x, w):
    """Return the wrong values of both parts about x, if w takes the place of w."""
    return {f"corr{name}": _slide(x, w), f"conv{name}": _slide(x, _flipped(w))}


def _by_hand(change):
    """Return the wrong values of all parts, with change(x, w) for what is summed."""
    return _both(1, *change(X1, W1)) | _both(2, *change(X2, W2))


def _products(x, w):
    """Return the sums of the matrix products of each window with w."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return (windows @ w).sum(axis=(-2, -1))


def _spread(x, w):
    """Return the mode 'full' of both parts."""
    from scipy import signal

    return {
        "corr": signal.correlate(x, w, method="direct"),
        "conv": signal.convolve(x, w, method="direct"),
    }


q1 = ValueQuestion(
    id="q1",
    title="Two sums by hand",
    points=2,
    parts={
        "corr1": _slide(X1, W1),
        "conv1": _slide(X1, _flipped(W1)),
        "corr2": _slide(X2, W2),
        "conv2": _slide(X2, _flipped(W2)),
    },
    hints=(
        "Correlation: lay the kernel on the signal as it is written, multiply what lies "
        "on top of each other, add. Then move it on by one.",
        "Convolution is the same with the kernel turned round first. In 1-D the last "
        "weight becomes the first. In 2-D the weight at the bottom right goes to the top "
        "left: both axes are reversed.",
        "Write down the flipped kernels before you begin: three weights in one line, and "
        "a square of four in which each weight has gone to the opposite corner. Then "
        "both sums are done alike.",
    ),
    misconceptions=(
        Misconception(
            "the two swapped",
            _by_hand(lambda x, w: (x, _flipped(w))),
            "this is the other one of the two. Ask which of them lays the kernel on the "
            "data as it is written.",
        ),
        Misconception(
            "only rows reversed",
            {"conv2": _slide(X2, W2[::-1])},
            "you turn the kernel upside down only. A convolution reverses both axes: the "
            "columns have to change sides too.",
        ),
        Misconception(
            "only columns reversed",
            {"conv2": _slide(X2, W2[:, ::-1])},
            "you swap left and right only. A convolution reverses both axes: the rows "
            "have to change places too.",
        ),
        Misconception(
            "transposed",
            {"conv2": _slide(X2, W2.T), "corr2": _slide(X2, W2.T)},
            "you exchange rows and columns of the kernel. A flip is no transposition: it "
            "sends the top left weight to the bottom right.",
        ),
        Misconception(
            "flipped and transposed",
            {"conv2": _slide(X2, _flipped(W2).T), "corr2": _slide(X2, _flipped(W2).T)},
            "the kernel is turned round and transposed as well: two of its corners have "
            "stayed where they were.",
        ),
        Misconception(
            "matrix product",
            {"corr2": _products(X2, W2), "conv2": _products(X2, _flipped(W2))},
            "you take the matrix product of window and kernel, rows times columns. Here "
            "each weight meets the one pixel that it lies on.",
        ),
        Misconception(
            "data turned round",
            {
                "conv1": np.flip(_slide(X1, _flipped(W1))),
                "conv2": np.flip(_slide(X2, _flipped(W2))),
            },
            "you turn the data round instead of the kernel, so the outputs come in "
            "reversed order.",
        ),
        Misconception(
            "both turned round",
            dict.fromkeys(("corr1", "conv1"), np.flip(_slide(X1, W1)))
            | dict.fromkeys(("corr2", "conv2"), np.flip(_slide(X2, W2))),
            "data and kernel are both turned round. Two flips cancel: what is left is "
            "the other sum, back to front.",
        ),
        Misconception(
            "signs turned",
            {"conv1": -_slide(X1, W1), "conv2": -_slide(X2, W2)},
            "you change the signs of the weights. A flip moves the weights to other "
            "places, and leaves them as they are.",
        ),
        Misconception(
            "sign lost",
            _by_hand(lambda x, w: (x, abs(w))),
            "the minus of a weight is lost on the way.",
        ),
        Misconception(
            "sign of the data lost",
            _by_hand(lambda x, w: (abs(x), w)),
            "the minus of some of the data is lost on the way.",
        ),
        Misconception(
            "full",
            {"corr1": _spread(X1, W1)["corr"], "conv1": _spread(X1, W1)["conv"]}
            | {"corr2": _spread(X2, W2)["corr"], "conv2": _spread(X2, W2)["conv"]},
            "you also count the places in which the kernel hangs over the edge. Asked "
            "are only those in which all of it lies on the data.",
        ),
        Misconception(
            "products only",
            {"corr1": X1[:3] * W1, "conv1": X1[:3] * _flipped(W1)}
            | {"corr2": X2[:2, :2] * W2, "conv2": X2[:2, :2] * _flipped(W2)},
            "these are the products at the first place, not yet added. Each place of the "
            "kernel gives one number, the sum of all its products.",
        ),
    ),
)


# ------------------------------------------------------------- q2: the impulse test


MOST = 10**8  # products of a call of a box, a second or so


class Box:
    """A function of an image and a kernel that does not tell what it does.

    Parameters
    ----------
    name : str
        What is shown of it.
    flips : bool
        True for a convolution, False for a correlation.
    centre : callable
        ``centre(k)`` gives the index of the weight that lies on the output pixel, for
        an axis of k weights.
    border : str
        By the names of `numpy.pad`.
    """

    def __init__(self, name, flips, centre, border="constant"):
        self.name, self.flips, self.border = name, flips, border
        self.centre = centre

    def __repr__(self):
        return f"box {self.name}"

    def __deepcopy__(self, memo):
        """Stay the same: a box holds no data."""
        return self

    def __call__(self, image, kernel):
        """Slide the kernel; the output is as large as the image."""
        image, kernel = np.asarray(image, float), np.asarray(kernel, float)
        if image.ndim != 2 or kernel.ndim != 2:
            raise ValueError(
                f"image and kernel must have two axes, got shapes {image.shape} and "
                f"{kernel.shape}."
            )
        if image.size * kernel.size > MOST:
            raise ValueError(
                f"image and kernel are too large, {image.shape} and {kernel.shape}: a box "
                "tells the same of small ones."
            )
        before = self.where(kernel.shape)
        if self.flips:  # the centre of the turned kernel, counted from its other end
            kernel = np.flip(kernel)
            before = [k - 1 - c for k, c in zip(kernel.shape, before, strict=True)]
        pad = [(b, k - 1 - b) for b, k in zip(before, kernel.shape, strict=True)]
        return _slide(np.pad(image, pad, mode=self.border), kernel)

    def where(self, shape):
        """Return the index of the central weight of a kernel of this shape."""
        return [self.centre(k) for k in shape]


def _late(k):
    return k // 2


def _early(k):
    return (k - 1) // 2


def _first(k):
    return 0


# As NumPy and SciPy do it, and as nobody does; the tests compare with the libraries.
BOXES = {
    "scipy.ndimage.convolve": Box("A", True, _late, "symmetric"),
    "scipy.ndimage.correlate": Box("B", False, _late, "symmetric"),
    "scipy.signal.convolve2d": Box("C", True, _early),
    "scipy.signal.correlate2d": Box("D", False, _early),
    "cv2.filter2D": Box("E", False, _late, "reflect"),
    "nobody's convolution": Box("F", True, _first, "edge"),
    "nobody's correlation": Box("G", False, _first, "wrap"),
}


def _boxes(rng):
    """Yield the boxes with kernels that are square and not, odd and even."""
    a, b, c, d, e, f, g = BOXES.values()
    shapes = ((a, 3, 3), (b, 3, 3), (c, 3, 5), (d, 2, 4), (a, 4, 3), (b, 2, 4))
    for box, kh, kw in (*shapes, (e, 5, 2), (c, 4, 6), (f, 3, 2), (g, 2, 5)):
        yield f"{box}, a kernel of {kh} x {kw}", (box, kh, kw)
    yield "box D, a kernel of one row", (d, 1, 4)
    yield "box A, a kernel of one column", (a, 6, 1)
    for box in rng.permutation(list(BOXES.values())):
        kh, kw = (int(k) for k in rng.integers(2, 8, 2))
        yield f"{box}, a kernel of {kh} x {kw}", (box, kh, kw)


def _response(f, kh, kw, at=None, size=40, kernel=None):
    """Return the kernel and the response to an impulse, and where the impulse is."""
    image = np.zeros((size, size))
    r, c = at or (size // 2, size // 2)
    image[r, c] = 1
    if kernel is None:
        kernel = np.arange(1.0, kh * kw + 1).reshape(kh, kw)
    return kernel, f(image, kernel), r, c


def _probe(f, kh, kw):
    """Return what a box does: whether it flips, and its centre."""
    kernel, y, r, c = _response(f, kh, kw)
    rows, cols = np.nonzero(y)
    flips = y[rows[0], cols[0]] == kernel[0, 0]
    row, col = np.argwhere(kernel == y[r, c])[0]
    return flips, row, col


def _told_of(answer):
    """Return a wrong test that changes what a right one found out.

    `answer(found, kh, kw)` gets (flips, row, col) and gives what is claimed.
    """
    return lambda f, kh, kw: answer(_probe(f, kh, kw), kh, kw)


def _in_the_corner(f, kh, kw):
    kernel, y, r, c = _response(f, kh, kw, at=(0, 0))
    rows, cols = np.nonzero(y)
    row, col = np.argwhere(kernel == y[r, c])[0]
    return y[rows[0], cols[0]] == kernel[0, 0], row, col


def _in_a_small_image(last):
    """Put the impulse into an image of 5 x 7; `last` looks at the trace's other end."""

    def wrong(f, kh, kw):
        image = np.zeros((5, 7))
        image[2, 3] = 1
        kernel = np.arange(1.0, kh * kw + 1).reshape(kh, kw)
        y = f(image, kernel)
        rows, cols = np.nonzero(y)
        row, col = np.argwhere(kernel == y[2, 3])[0]
        if last:
            return y[rows[-1], cols[-1]] == kernel[-1, -1], row, col
        return y[rows[0], cols[0]] == kernel[0, 0], row, col

    return wrong


def _same_weights(f, kh, kw):
    """Use a kernel of ones, which looks the same turned round."""
    kernel, y, r, c = _response(f, kh, kw, kernel=np.ones((kh, kw)))
    rows, cols = np.nonzero(y)
    piece = y[rows.min() : rows.max() + 1, cols.min() : cols.max() + 1]
    return np.array_equal(piece, kernel), r - rows.min(), c - cols.min()


def _same_weights_says_no(f, kh, kw):
    _, row, col = _same_weights(f, kh, kw)
    return False, row, col


def _square(f, kh, kw):
    return _probe(f, kh, kh)


def _square_of_columns(f, kh, kw):
    return _probe(f, kw, kw)


def _sides_swapped(f, kh, kw):
    return _probe(f, kw, kh)


def _trace_expected(start):
    """Look for the unturned kernel only where start(k) says that its trace begins."""

    def wrong(f, kh, kw):
        kernel, y, r, c = _response(f, kh, kw)
        top, left = r - start(kh), c - start(kw)
        found = np.array_equal(y[top : top + kh, left : left + kw], kernel)
        return found, *_probe(f, kh, kw)[1:]

    return wrong


def _corner_expected(f, kh, kw):
    """Look for the first weight beside the impulse, as if all kernels were 3 x 3."""
    kernel, y, r, c = _response(f, kh, kw)
    return y[r - 1, c - 1] == kernel[0, 0], *_probe(f, kh, kw)[1:]


def _like(name, centre):
    """Say that a box flips if it does the same as a known one, borders and all."""

    def wrong(f, kh, kw):
        rng = np.random.default_rng(0)
        image, kernel = rng.normal(size=(30, 31)), rng.normal(size=(kh, kw))
        same = np.allclose(f(image, kernel), BOXES[name](image, kernel))
        found = _probe(f, kh, kw)[1:] if centre is None else (centre(kh), centre(kw))
        return same, *found

    return wrong


def _three(found):
    """Return what an impulse test found out, as three numbers."""
    if not isinstance(found, (tuple, list, np.ndarray)) or len(found) != 3:
        raise ValueError("three values are wanted: flips, row, col")
    flips = found[0]
    if not isinstance(flips, (bool, np.bool_)) and flips not in (0, 1):
        raise ValueError("the first of the three, flips, is to be True or False")
    return [bool(flips), *found[1:]]


q2 = FunctionQuestion(
    id="q2",
    title="The impulse test",
    points=3,
    call="impulse_test(f, kh, kw)",
    reference=_probe,
    cases=_boxes,
    view=_three,
    entries={
        "flips": lambda value: str(bool(value)),
        "row": number_text,
        "col": number_text,
    },
    hints=(
        "Give f an image that is 0 except for a single 1, far from all borders, and a "
        "kernel whose weights are all different. What comes back?",
        "Each weight leaves one trace. A convolution leaves the kernel as it is, a "
        "correlation leaves it turned round. For a kernel of one row or one column the "
        "same holds.",
        "Let the 1 be at (r, c) and the output be y. The value y[r, c] is the weight "
        "that lies on the output pixel: look up its place in the kernel. For the flip, "
        "look at the first value of y that is not 0: which weight is it?",
    ),
    misconceptions=(
        Misconception(
            "flip the wrong way round",
            _told_of(lambda found, kh, kw: (not found[0], *found[1:])),
            "The centre is right, but the flip is always the wrong way round. If the "
            "kernel comes back as it went in, has it been turned on its way or not? "
            "Work out one output of each sum to see.",
        ),
        Misconception(
            "rows and columns swapped",
            (
                _told_of(lambda found, kh, kw: (found[0], found[2], found[1])),
                _sides_swapped,
            ),
            "Rows and columns are exchanged, in the kernel or in the answer. The number "
            "of rows comes first, and so does the row.",
        ),
        Misconception(
            "centre assumed at k // 2",
            _told_of(lambda found, kh, kw: (found[0], kh // 2, kw // 2)),
            "The flip is right, but the centre is always at k // 2, whatever f does. "
            "Even kernels have no middle: find out from the response where f puts it.",
        ),
        Misconception(
            "centre assumed at (k - 1) // 2",
            _told_of(lambda found, kh, kw: (found[0], (kh - 1) // 2, (kw - 1) // 2)),
            "The flip is right, but the centre is always at (k - 1) // 2, whatever f "
            "does. Even kernels have no middle: find out where f puts it.",
        ),
        Misconception(
            "centre counted in the turned kernel",
            (
                _told_of(lambda f, kh, kw: (f[0], kh - 1 - f[1], kw - 1 - f[2])),
                _told_of(
                    lambda f, kh, kw: (
                        f if f[0] else (False, kh - 1 - f[1], kw - 1 - f[2])
                    )
                ),
                _told_of(
                    lambda f, kh, kw: (
                        (True, kh - 1 - f[1], kw - 1 - f[2]) if f[0] else f
                    )
                ),
            ),
            "The flip is right. The centre is counted from the wrong corner: give the "
            "index of a weight in the kernel as it went in, not in its trace.",
        ),
        Misconception(
            "all weights alike",
            (_same_weights, _same_weights_says_no),
            "With this kernel you see no flip: turned round, it is the same again. The "
            "weights have to tell each other apart.",
        ),
        Misconception(
            "trace over the border",
            tuple(_in_a_small_image(last) for last in (False, True)),
            "Small kernels come out right. The trace of a large one runs over the border "
            "of your image: put the 1 farther from it.",
            seen=lambda f, kh, kw: kh > 5 or kw > 7,
        ),
        Misconception(
            "impulse in the corner",
            _in_the_corner,
            "The impulse lies at the border. There a part of the trace is cut off, or "
            "the border adds a second one. Put it far inside.",
        ),
        Misconception(
            "counted from 1",
            _told_of(lambda found, kh, kw: (found[0], found[1] + 1, found[2] + 1)),
            "Row and column of the centre are one too large: count from 0.",
        ),
        Misconception(
            "place in the image",
            (
                *(
                    _told_of(lambda found, kh, kw, at=at: (found[0], at, at))
                    for at in (5, 10, 12, 15, 16, 20, 25, 50)
                ),
                _told_of(lambda found, kh, kw: (found[0], kh, kw)),
            ),
            "This is where the impulse lies in your image. Asked is the place in the "
            "kernel of the weight that lies on the output pixel.",
        ),
        Misconception(
            "distance from the middle",
            _told_of(
                lambda found, kh, kw: (found[0], found[1] - kh // 2, found[2] - kw // 2)
            ),
            "The centre is given as a distance from k // 2. Asked is an index into the "
            "kernel, counted from 0.",
        ),
        Misconception(
            "trace expected in one place",
            (
                _trace_expected(_late),
                _trace_expected(_early),
                _trace_expected(_first),
                _corner_expected,
            ),
            "The centre is right. For the flip you look at a fixed place beside the "
            "impulse; but where the trace begins depends on the centre and on the size "
            "of the kernel. Look for it.",
        ),
        Misconception(
            "compared with a known function",
            tuple(
                _like(name, centre)
                for name in ("scipy.ndimage.convolve", "scipy.signal.convolve2d")
                for centre in (None, _late, _early)
            ),
            "You compare f with one convolution that you know. Another one may have "
            "another border, or another centre, and flips all the same. Look at the "
            "trace of an impulse.",
        ),
        Misconception(
            "always a square kernel",
            (_square, _square_of_columns),
            "You test with a square kernel. The kernel is kh rows high and kw columns "
            "wide, and the two may differ.",
        ),
        Misconception(
            "never flips",
            _told_of(lambda found, kh, kw: (False, *found[1:])),
            "The centre is right, but you say of every box that it does not flip. Some "
            "do: compare the trace with the kernel.",
        ),
        Misconception(
            "always flips",
            _told_of(lambda found, kh, kw: (True, *found[1:])),
            "The centre is right, but you say of every box that it flips. Some do not: "
            "compare the trace with the kernel.",
        ),
    ),
)


# ------------------------------------------------------ q3: where is the even centre?

W3 = np.array([3, 1, 4, 2])
Q3_PARTS = ("np_convolve", "nd_convolve", "np_correlate", "correlate2d")


def _placed(trace, start):
    """Return 9 zeros with four weights in them."""
    return np.pad(np.asarray(trace), (start, 5 - start))


DOWN3 = _flipped(W3)

q3 = ValueQuestion(
    id="q3",
    title="The middle of four",
    points=2,
    parts={
        "np_convolve": _placed(W3, 3),
        "nd_convolve": _placed(W3, 2),
        "np_correlate": _placed(DOWN3, 3),
        "correlate2d": _placed(DOWN3, 2),
    },
    hints=(
        "Two questions for each function: does the kernel come back as it is or turned "
        "round? And which of its two middle weights falls on place 4?",
        "Take 'full' first: the trace of the kernel starts at place 4 and has 12 places. "
        "np.convolve keeps the 9 in the middle, cutting 1 off at the left and 2 at the "
        "right. Each of the other functions cuts it this way or the other way.",
        "np.convolve and np.correlate both put the first of the four at place 3. "
        "ndimage.convolve and signal.correlate2d both put it one place further left. Now "
        "decide about the order.",
    ),
    misconceptions=(
        Misconception(
            "not turned",
            {
                "np_correlate": _placed(W3, 3),
                "correlate2d": _placed(W3, 2),
            },
            "you let it come back as it is. Write out two outputs of the sum of a "
            "correlation: which weight meets the impulse first?",
        ),
        Misconception(
            "turned",
            {
                "np_convolve": _placed(DOWN3, 3),
                "nd_convolve": _placed(DOWN3, 2),
            },
            "you turn the kernel round. A convolution turns it before it slides, so "
            "what comes back from an impulse is the kernel as it is.",
        ),
        Misconception(
            "one to the left",
            {"np_convolve": _placed(W3, 2), "np_correlate": _placed(DOWN3, 2)},
            "the order is right, the place is one too far left. An even kernel has two "
            "middles, and this function takes the other one.",
        ),
        Misconception(
            "one to the right",
            {"nd_convolve": _placed(W3, 3), "correlate2d": _placed(DOWN3, 3)},
            "the order is right, the place is one too far right. An even kernel has two "
            "middles, and this function takes the other one.",
        ),
        Misconception(
            "turned, and one to the side",
            {
                "np_convolve": _placed(DOWN3, 2),
                "nd_convolve": _placed(DOWN3, 3),
                "np_correlate": _placed(W3, 2),
                "correlate2d": _placed(W3, 3),
            },
            "neither the order nor the place is right. Take them one after the other: "
            "first ask who flips, then which middle it takes.",
        ),
        Misconception(
            "starts at the impulse",
            {
                "np_convolve": _placed(W3, 4),
                "nd_convolve": _placed(W3, 4),
                "np_correlate": _placed(DOWN3, 4),
                "correlate2d": _placed(DOWN3, 4),
            },
            "you let the trace begin at the impulse. That is the start of 'full'; here "
            "a middle weight falls on the impulse.",
        ),
        Misconception(
            "ends at the impulse",
            {
                "np_convolve": _placed(W3, 1),
                "nd_convolve": _placed(W3, 1),
                "np_correlate": _placed(DOWN3, 1),
                "correlate2d": _placed(DOWN3, 1),
            },
            "you let the trace end at the impulse. Here a middle weight falls on it.",
        ),
        Misconception(
            "full",
            {
                "np_convolve": np.pad(W3, (4, 4)),
                "nd_convolve": np.pad(W3, (4, 4)),
                "np_correlate": np.pad(DOWN3, (4, 4)),
                "correlate2d": np.pad(DOWN3, (4, 4)),
            },
            "this is as long as 'full'. Here the output is as long as the input, nine "
            "numbers.",
        ),
        Misconception(
            "the kernel alone",
            tuple(dict.fromkeys(Q3_PARTS, value) for value in (W3, DOWN3)),
            "these are the four weights. The output has as many numbers as the input: "
            "where among them do the weights stand?",
        ),
        Misconception(
            "the impulse",
            dict.fromkeys(Q3_PARTS, _placed([0, 0, 1, 0], 2)),
            "this is the impulse itself. Each weight leaves a trace of it.",
        ),
    ),
)


# --------------------------------------------- q4: a correlation out of a convolution


def _complex_pairs(rng):
    """Yield signals and kernels, real first, then complex; N < K among them."""
    yield "whole numbers", (np.array([1, 2, 4]), np.array([3, -1]))
    yield (
        "kernel of three",
        (np.array([2.0, -1.0, 0.5, 3.0]), np.array([1.0, 4.0, 2.5])),
    )
    yield "one weight", (np.array([2.0, 5.0]), np.array([-3.0]))
    yield "kernel longer", (np.array([1.0, -2.0]), np.array([4.0, 1.0, 0.5, 7.0]))
    yield "complex kernel", (np.array([1.0, 2.0, -1.0]), np.array([1 + 2j, 3 - 1j]))
    yield "complex signal", (np.array([1 + 1j, 2 - 3j, 4j]), np.array([2.0, -1.0]))
    yield (
        "both complex",
        (np.array([1 + 2j, -1j, 3 + 0.5j]), np.array([2 - 1j, 1j, 0.5 + 1j])),
    )
    for n, k in ((9, 4), (5, 7)):
        yield (
            f"random numbers, N = {n}, K = {k}",
            (rng.normal(size=n), rng.normal(size=k)),
        )
        x, w = rng.normal(size=(2, n)), rng.normal(size=(2, k))
        yield (
            f"random complex numbers, N = {n}, K = {k}",
            (x[0] + 1j * x[1], w[0] + 1j * w[1]),
        )


def _lag_missing(x, w):
    """Leave w[0] out: w[-1:0:-1] ends before it."""
    return np.convolve(x, np.conj(w[-1:0:-1]))


def _counts_from_the_end(guard):
    """Return the sum without care for x[n + k] with a negative index."""

    def wrong(x, w):
        y = np.zeros(len(x) + len(w) - 1, complex)
        for n in range(len(y)):
            for k in range(len(w)):
                i = n + k - len(w) + 1
                if guard(i, len(x)):
                    y[n] += x[i] * np.conj(w[k])
        return y

    return wrong


q4 = FunctionQuestion(
    id="q4",
    title="One out of the other",
    points=2,
    call="correlate_full(x, w)",
    reference=lambda x, w: np.correlate(x, w, "full"),
    cases=_complex_pairs,
    forbidden=CORRELATIONS,
    hints=(
        "Take real numbers first. What has to be done to w so that np.convolve, which "
        "turns it round, slides it as it was?",
        "w[::-1] is the kernel turned round. Two flips cancel. Then look at the bar over "
        "w[k] in the sum: what is its meaning for a complex weight?",
        "np.conj gives the complex conjugate, and leaves real numbers alone. It belongs "
        "to the same one of the two that is turned round.",
    ),
    misconceptions=(
        Misconception(
            "not turned, not conjugated",
            lambda x, w: np.convolve(x, w),
            "This is the convolution. np.convolve turns the kernel round: hand it over "
            "so that it stands right afterwards.",
        ),
        Misconception(
            "conjugate forgotten",
            (
                lambda x, w: np.convolve(x, w[::-1]),
                lambda x, w: np.correlate(x, np.conj(w), "full"),
            ),
            "Real numbers are right, complex ones are not. The sum has a bar over one of "
            "the two: without it, a complex signal would not match itself best.",
        ),
        Misconception(
            "signal conjugated",
            lambda x, w: np.convolve(np.conj(x), w[::-1]),
            "Real numbers are right. Of complex ones you conjugate the signal: in this "
            "sum the bar stands over the kernel.",
        ),
        Misconception(
            "both conjugated",
            lambda x, w: np.convolve(np.conj(x), np.conj(w[::-1])),
            "Real numbers are right. Of complex ones you conjugate signal and kernel, or "
            "all of the result; in the sum the bar stands over one of them.",
        ),
        Misconception(
            "conjugated, not turned",
            lambda x, w: np.convolve(x, np.conj(w)),
            "The conjugate is taken, but the kernel is not turned round: np.convolve "
            "still flips it.",
        ),
        Misconception(
            "signal turned",
            (
                lambda x, w: np.convolve(x[::-1], w),
                lambda x, w: np.convolve(x[::-1], np.conj(w)),
            ),
            "You turn the signal round instead of the kernel, so the lags run backwards.",
        ),
        Misconception(
            "both turned",
            (
                lambda x, w: np.convolve(x[::-1], w[::-1]),
                lambda x, w: np.convolve(x, w)[::-1],
                lambda x, w: np.convolve(x[::-1], np.conj(w[::-1])),
                lambda x, w: np.convolve(x, np.conj(w))[::-1],
            ),
            "The result of a convolution comes out back to front. Turning the output, or "
            "both inputs, does not undo the flip of one of them.",
        ),
        Misconception(
            "roles swapped",
            (
                lambda x, w: np.correlate(w, x, "full"),
                lambda x, w: np.convolve(w, np.conj(x[::-1])),
            ),
            "You slide the signal over the kernel. A correlation does not commute: the "
            "kernel is the one that is turned round and conjugated.",
        ),
        Misconception(
            "imaginary part lost",
            (
                lambda x, w: np.correlate(x, w, "full").real,
                lambda x, w: np.correlate(x.real, w.real, "full"),
            ),
            "The imaginary parts are lost: somewhere only the real part is kept, as in "
            "an array of floats.",
        ),
        Misconception(
            "magnitudes",
            lambda x, w: abs(np.correlate(x, w, "full")),
            "These are magnitudes, without sign or phase. Give the sums themselves.",
        ),
        Misconception(
            "counts from the end",
            (
                _counts_from_the_end(lambda i, size: i < size),
                _counts_from_the_end(lambda i, size: -size <= i < size),
            ),
            "An index n + k below 0 counts from the END of x in Python: x[-1] is the last "
            "sample. Outside its places x is 0.",
        ),
        Misconception(
            "sign in place of a flip",
            (
                lambda x, w: np.convolve(x, -w),
                lambda x, w: np.convolve(x, -np.conj(w)),
                lambda x, w: np.convolve(x, -np.conj(w[::-1])),
                lambda x, w: np.convolve(x, -w[::-1]),
            ),
            "You change the signs of the weights. To flip is to reverse their order; only "
            "of kernels such as [1, 0, -1] it happens to be the same.",
        ),
        Misconception(
            "first weight lost",
            (_lag_missing, lambda x, w: np.correlate(x, w[1:], "full")),
            "The first weight is lost on the way. A slice leaves its end out: w[-1:0:-1] "
            "stops before w[0].",
        ),
        Misconception(
            "same",
            lambda x, w: np.correlate(x, w, "same"),
            "This is the mode 'same'. Asked are all places in which the two overlap.",
        ),
        Misconception(
            "valid",
            lambda x, w: np.correlate(x, w, "valid"),
            "This is the mode 'valid'. Asked are all places in which the two overlap.",
        ),
    ),
)


# ---------------------------------------------------------- q5: which systems are LTI?

NEITHER, LINEAR, SHIFT, BOTH = "neither", "linear", "shift-invariant", "both"


def _said(system, wrong, message):
    """Return the misconception that a system belongs to another class."""
    return Misconception(f"{system}: {wrong}", {system: wrong}, message)


q5 = ValueQuestion(
    id="q5",
    title="Linear? Shift-invariant?",
    points=2,
    parts={
        "negate": BOTH,
        "first": LINEAR,
        "rectify": SHIFT,
        "brighten": SHIFT,
        "thin_out": LINEAR,
        "turn": LINEAR,
        "ramp": NEITHER,
        "defocus": BOTH,
    },
    hints=(
        "Linear: try T(2x) against 2 T(x), and T(0). Shift-invariant: delay the input by "
        "one and see whether the output is delayed by one, and otherwise the same.",
        "A system with an n in its formula that stands outside the brackets of x does "
        "different things at different times. A system with T(0) other than 0 is not "
        "linear.",
        "first: an impulse at 0 and one at 1 give what? rectify: T(-x) against -T(x). "
        "thin_out: x = [1, 0, 0, 0] and [0, 1, 0, 0]. turn: a spot in the middle and "
        "one at the edge.",
    ),
    misconceptions=(
        _said(
            "negate",
            LINEAR,
            "the same rule holds at every n, so a late input gives the same output, late.",
        ),
        _said(
            "negate",
            SHIFT,
            "try twice the input: does twice the output come out? A negative gain is a "
            "gain.",
        ),
        _said(
            "negate",
            NEITHER,
            "multiplying with one number at all times: try twice the input, and a late "
            "input.",
        ),
        _said(
            "first",
            BOTH,
            "an impulse at 0 gives ones everywhere. What does an impulse at 1 give?",
        ),
        _said(
            "first",
            SHIFT,
            "an impulse at 0 gives ones everywhere. What does an impulse at 1 give? And "
            "twice the input?",
        ),
        _said(
            "first",
            NEITHER,
            "add two signals: the first sample of the sum is the sum of the first "
            "samples. What does that say about one of the two properties?",
        ),
        _said(
            "rectify",
            BOTH,
            "it is the same rule at all times, but try x = [1, -1] and then -x: does the "
            "sign of the output turn as well?",
        ),
        _said(
            "rectify",
            LINEAR,
            "try -x: does the sign of the output turn? And does the rule care what time "
            "it is?",
        ),
        _said(
            "rectify",
            NEITHER,
            "the absolute value spoils one property. Does the rule care what time it is?",
        ),
        _said(
            "brighten",
            BOTH,
            "a straight line that does not pass through the origin: what comes out for "
            "a black picture, and what for twice a picture?",
        ),
        _said(
            "brighten",
            LINEAR,
            "what comes out for a black picture? And does a pixel's place matter?",
        ),
        _said(
            "brighten",
            NEITHER,
            "the added constant spoils one property. Is it another constant elsewhere?",
        ),
        _said(
            "thin_out",
            BOTH,
            "delay the input by one: now the other half of the samples comes out, and "
            "not the same ones later.",
        ),
        _said(
            "thin_out",
            SHIFT,
            "delay the input by one: which samples come out now? And does twice the "
            "input give twice the output?",
        ),
        _said(
            "thin_out",
            NEITHER,
            "samples are left out, but none is changed: add two signals first, or after.",
        ),
        _said(
            "turn",
            BOTH,
            "a spot right of the middle, turned by 90 degrees, moves up. If it lies "
            "further to the right, where does it go?",
        ),
        _said(
            "turn",
            SHIFT,
            "move a spot to the right before you turn: it moves another way afterwards. "
            "And what does the turn do to a sum of two pictures?",
        ),
        _said(
            "turn",
            NEITHER,
            "each pixel goes to another place unchanged. What does that do to the sum of "
            "two pictures?",
        ),
        _said(
            "ramp",
            BOTH,
            "what comes out for x = 0? And is the added term the same at all times?",
        ),
        _said(
            "ramp",
            LINEAR,
            "what comes out for x = 0? A linear system gives nothing for nothing.",
        ),
        _said(
            "ramp",
            SHIFT,
            "the added term grows with time. Delay the input, and compare with the "
            "delayed output.",
        ),
        _said(
            "defocus",
            LINEAR,
            "the blur is the same everywhere in the picture, it says so. Shift the scene: "
            "what changes but the place?",
        ),
        _said(
            "defocus",
            SHIFT,
            "light adds up: each point of the scene leaves its disc, and overlapping "
            "discs are summed. Is anything else happening?",
        ),
        _said(
            "defocus",
            NEITHER,
            "each point of the scene leaves the same disc, and overlapping discs add up. "
            "Which of the chapter's operations is that?",
        ),
    ),
)


# -------------------------------------------- q6: two kernels into one, and a law fails

A6, B6 = np.array([1, -2, 3]), np.array([2, 1])
K6 = np.array([[1, 2, 0], [-1, 0, 3]])
L6 = np.array([[2, -1], [1, 0], [0, 4]])
SAMPLE6 = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0])


def _both_ways(pair):
    """Return ((x star h) star g) and (x star (h star g)) for a fixed x."""
    h, g = pair
    one = np.correlate(np.correlate(SAMPLE6, h, "full"), g, "full")
    return one, np.correlate(SAMPLE6, np.correlate(h, g, "full"), "full")


NOT_TWO = "give two kernels of two weights each, as [[h0, h1], [g0, g1]]."
ZEROS = "with a kernel of zeros both sides are 0, and equal. Take other numbers."
PALINDROME = (
    "both sides come out the same here. One of your kernels is the same read from either "
    "end, so nothing shows whether it was turned round or not."
)


def _judge(pair):
    """Return what is wrong with a pair of kernels, or an empty text."""
    if pair.shape != (2, 2) or not np.isfinite(pair).all():
        return NOT_TWO
    if not pair.any(axis=1).all():
        return ZEROS
    one, other = _both_ways(pair.astype(float))
    return "" if np.abs(one - other).max() > 1e-9 * np.abs(one).max() else PALINDROME


def _all2d(x, w, mode="full", flip=True):
    from scipy import signal

    return (signal.convolve2d if flip else signal.correlate2d)(x, w, mode)


q6 = ValueQuestion(
    id="q6",
    title="Two kernels in one, and a law that fails",
    points=3,
    parts={
        "one": np.convolve(A6, B6),
        "one2d": _all2d(K6, L6),
        "pair": np.array([[1, 0], [1, 2]]),
    },
    judges={"pair": _judge},
    hints=(
        "Send an impulse through both stages. What comes out of two convolutions is the "
        "one kernel that does the work of both. It is longer than either.",
        "one2d: a correlation with k is a convolution with k turned round. Two turned "
        "kernels convolve to a turned kernel; turn it back. What is left of all the "
        "turning?",
        "pair: let the machine look. Write both sides in two lines with np.correlate(..., "
        "'full'), and try small numbers; change one kernel at a time. Which of the two "
        "makes a difference?",
    ),
    misconceptions=(
        Misconception(
            "correlated",
            (
                {
                    "one": np.correlate(A6, B6, "full"),
                    "one2d": _all2d(K6, L6, flip=False),
                },
                {
                    "one": np.correlate(B6, A6, "full"),
                    "one2d": _all2d(L6, K6, flip=False),
                },
            ),
            "you combine the two kernels by a correlation. Then one of them stands "
            "turned round in the result. Try it on an impulse: it does not do the work "
            "of both.",
        ),
        Misconception(
            "turned round",
            {"one": np.convolve(A6, B6)[::-1], "one2d": _flipped(_all2d(K6, L6))},
            "the weights are right, but the kernel as a whole stands turned round.",
        ),
        Misconception(
            "same",
            {
                "one": np.convolve(A6, B6, "same"),
                "one2d": _all2d(K6, L6, "same"),
            },
            "this is cut down to the size of the first kernel. What reaches further out "
            "after two stages is lost.",
        ),
        Misconception(
            "valid",
            {"one": np.convolve(A6, B6, "valid"), "one2d": _all2d(K6, L6[:2], "valid")},
            "you keep only the places of complete overlap. A kernel that does the work "
            "of both reaches further than either.",
        ),
        Misconception(
            "added",
            (
                {"one": [3, -1, 3]},
                {"one": [1, 0, 4]},
                {"one2d": np.pad(K6, ((0, 1), (0, 0))) + np.pad(L6, ((0, 0), (0, 1)))},
            ),
            "you add the kernels. That is two stages side by side, whose outputs are "
            "added; here one comes after the other.",
        ),
        Misconception(
            "multiplied entry by entry",
            (
                {"one": [2, -2]},
                {"one": [2, -2, 0]},
                {"one2d": np.pad(K6, ((0, 1), (0, 0))) * np.pad(L6, ((0, 0), (0, 1)))},
                {"one2d": K6[:, :2] * L6[:2]},
            ),
            "you multiply weights of the same place only. In two stages each weight of "
            "the first meets each weight of the second.",
        ),
        Misconception(
            "joined",
            ({"one": [1, -2, 3, 2, 1]}, {"one": [2, 1, 1, -2, 3]}),
            "you put one kernel behind the other. That has one weight too many, and no "
            "products.",
        ),
        Misconception(
            "table of products",
            ({"one": np.outer(A6, B6)}, {"one": np.outer(B6, A6)}),
            "these are all the products, each in a place of its own. Those that land on "
            "the same output have to be added.",
        ),
        Misconception(
            "matrix product",
            ({"one2d": K6 @ L6}, {"one2d": L6 @ K6}),
            "this is a matrix product. Kernels are combined by sliding one over the "
            "other.",
        ),
        Misconception(
            "sign lost",
            {"one": np.convolve(abs(A6), B6)},
            "the minus of a weight is lost on the way.",
        ),
        Misconception(
            "zeros",
            ({"pair": [[0, 0], [1, 2]]}, {"pair": [[1, 2], [0, 0]]}),
            ZEROS,
        ),
        Misconception(
            "the same from either end",
            (
                {"pair": [[1, 2], [1, 1]]},
                {"pair": [[1, -1], [3, 3]]},
                {"pair": [[1, 1], [1, 1]]},
            ),
            PALINDROME,
        ),
        Misconception(
            "not two kernels of two",
            ({"pair": [1, 2]}, {"pair": [[1, 2, 3], [4, 5, 6]]}),
            NOT_TWO,
        ),
    ),
)


# ------------------------------------------------------------------ q7: the adjoint


def _outputs(rng):
    """Yield outputs and kernels of a valid correlation, never square in both."""
    yield "whole numbers", (np.array([[1, 2], [3, 5]]), np.array([[1, 0], [2, -1]]))
    yield (
        "one output",
        (np.array([[2.0]]), np.array([[1.0, -2.0, 0.5], [4.0, 3.0, 7.0]])),
    )
    yield (
        "whole outputs, weights with fractions",
        (np.array([[1, 2, -1], [4, 0, 3]]), np.array([[0.5, 0.25], [-1.5, 2.0]])),
    )
    yield "one weight", (rng.normal(size=(2, 3)), np.array([[-2.5]]))
    yield "kernel of one row", (rng.normal(size=(3, 2)), rng.normal(size=(1, 4)))
    for size, kernel in (((3, 5), (2, 4)), ((6, 4), (3, 3)), ((2, 3), (5, 4))):
        label = f"y {size[0]} x {size[1]}, w {kernel[0]} x {kernel[1]}"
        yield label, (rng.normal(size=size), rng.normal(size=kernel))


def _stamp(y, w, x, put):
    """Put y[i, j] * w into x at each (i, j)."""
    kh, kw = w.shape
    for i, j in np.ndindex(*y.shape):
        put(x[i : i + kh, j : j + kw], y[i, j] * w)
    return x


def _add(piece, value):
    piece += value


def _replace(piece, value):
    piece[:] = value


def _larger(y, w):
    return tuple(n + k - 1 for n, k in zip(y.shape, w.shape, strict=True))


def _matrix(shape, w):
    """Return the matrix of the valid correlation of an image of this shape."""
    impulses = np.eye(np.prod(shape)).reshape(-1, *shape)
    return np.array([_all2d(d, w, "valid", flip=False).ravel() for d in impulses]).T


def _inverse(y, w):
    A = _matrix(_larger(y, w), w)
    return np.linalg.lstsq(A, y.ravel(), rcond=None)[0].reshape(_larger(y, w))


def _continued(y, w, border):
    from scipy import signal

    return signal.convolve2d(y, w, boundary=border)


def _mean_of_stamps(y, w):
    counts = _stamp(np.ones(y.shape), np.ones(w.shape), np.zeros(_larger(y, w)), _add)
    return _all2d(y, w) / counts


q7 = FunctionQuestion(
    id="q7",
    title="The way back",
    points=2,
    call="adjoint(y, w)",
    reference=lambda y, w: _all2d(y, w),
    cases=_outputs,
    hints=(
        "Begin with a y that has a single 1. Which pixels of x took part in that output, "
        "and with which weights?",
        "x[i + a, j + b] met w[a, b] on its way to y[i, j]. On the way back y[i, j] "
        "hands out what it has to the same pixels, by the same weights; several outputs "
        "add up in one pixel.",
        "So each y[i, j] leaves a copy of w, unturned, with its corner at (i, j). Copies "
        "of a kernel, scaled and added: which of the operations of the chapter paints "
        "like this, and in which mode?",
    ),
    misconceptions=(
        Misconception(
            "a correlation again",
            lambda y, w: _all2d(y, w, flip=False),
            "You slide the kernel once more as it is. On the way back each output leaves "
            "a copy of the kernel, and this sum leaves turned copies.",
        ),
        Misconception(
            "only rows turned",
            (
                lambda y, w: _all2d(y, w[::-1]),
                lambda y, w: _all2d(y, w[:, ::-1], flip=False),
            ),
            "One axis is right, the other stands turned round. Give it a y with a single "
            "1 and compare the result with w.",
        ),
        Misconception(
            "only columns turned",
            (
                lambda y, w: _all2d(y, w[:, ::-1]),
                lambda y, w: _all2d(y, w[::-1], flip=False),
            ),
            "One axis is right, the other stands turned round: give it a y with a single "
            "1, and look at the result beside w.",
        ),
        Misconception(
            "kernel transposed",
            (
                lambda y, w: _all2d(y, w.T),
                lambda y, w: _all2d(y, w.T, flip=False),
            ),
            "You transpose the kernel. The matrix of the whole operation is transposed, "
            "and not the little array of weights.",
        ),
        Misconception(
            "valid",
            (
                lambda y, w: _all2d(y, w, "valid"),
                lambda y, w: _all2d(y, w, "valid", False),
            ),
            "The result is smaller than y. It has to be as large as the x that y came "
            "from: every pixel that took part gets something.",
        ),
        Misconception(
            "same",
            (
                lambda y, w: _all2d(y, w, "same"),
                lambda y, w: _all2d(y, w, "same", False),
            ),
            "The result is as large as y. The x that y came from was larger, and its "
            "outer pixels get something too.",
        ),
        Misconception(
            "copies overwritten",
            lambda y, w: _stamp(y, w, np.zeros(_larger(y, w)), _replace),
            "Each copy of the kernel replaces what lies under it. A pixel that took part "
            "in several outputs gets something from each: add.",
        ),
        Misconception(
            "integer array",
            (
                lambda y, w: _stamp(
                    y.astype(float), w, np.zeros(_larger(y, w)), _add
                ).astype(y.dtype),
                lambda y, w: _all2d(y, w).astype(int),
                lambda y, w: _stamp(y, w, np.zeros(_larger(y, w), y.dtype), _add),
                lambda y, w: _stamp(
                    y.astype(y.dtype), w.astype(y.dtype), np.zeros(_larger(y, w)), _add
                ),
            ),
            "Fractions are cut off: somewhere stands an array of integers. np.zeros makes "
            "floats; np.zeros_like(y) takes over the type of y.",
        ),
        Misconception(
            "border made up",
            tuple(
                lambda y, w, b=border: _continued(y, w, b)
                for border in ("symm", "wrap")
            ),
            "Outside y you make up values by a border rule. There are no outputs there, "
            "so nothing comes back from them.",
        ),
        Misconception(
            "inverse",
            _inverse,
            "You look for the x that gives y: an inverse. The adjoint undoes nothing; it "
            "only sends each output back along the weights it came by.",
        ),
        Misconception(
            "mean of the copies",
            _mean_of_stamps,
            "You divide by the number of copies that overlap. They are added, and that "
            "is all.",
        ),
        Misconception(
            "y turned round",
            lambda y, w: _all2d(np.flip(y), w),
            "You turn y round, so the top left output writes to the bottom right.",
        ),
        Misconception(
            "result turned round",
            (
                lambda y, w: np.flip(_all2d(y, w)),
                lambda y, w: _all2d(np.flip(y), w, flip=False),
            ),
            "The right numbers come out turned round by 180 degrees: once too often "
            "flipped.",
        ),
    ),
)


# -------------------------------------------- q8: a true convolution out of a layer


def _kernels(rng):
    """Yield kernels (C_out, C_in, kh, kw): one kernel, all sizes apart, all alike."""
    yield "one kernel, one channel", (np.array([[[[1, 2, 3], [4, 5, 6]]]]),)
    yield "two kernels of one row", (np.array([[[[1.0, 2.0]]], [[[3.0, 5.0]]]]),)
    yield "two channels, 1 x 1", (np.array([[[[1.0]], [[2.0]]]]),)
    yield "all four sizes apart", (rng.normal(size=(5, 3, 4, 2)),)
    yield "all four sizes alike", (rng.normal(size=(3, 3, 3, 3)),)
    sizes = tuple(int(s) for s in rng.integers(2, 6, 4))
    yield f"random sizes {sizes}", (rng.normal(size=sizes),)


def _hwio(kernels):
    return np.transpose(np.flip(kernels, (2, 3)), (2, 3, 1, 0))


def _then(*axes):
    """Return a function that turns some axes round, and then transposes rightly."""
    return lambda k: np.transpose(np.flip(k, axes), (2, 3, 1, 0))


def _reshaped(k, turn=True):
    o, i, h, w = k.shape
    return (np.flip(k, (2, 3)) if turn else k).reshape(h, w, i, o)


q8 = FunctionQuestion(
    id="q8",
    title="A layer that convolves",
    points=2,
    call="layer_weights(kernels)",
    reference=_hwio,
    cases=_kernels,
    hints=(
        "Two things have to change: the order of the axes, and the order of the weights "
        "along some of them. The layer slides its kernels as they are.",
        "np.transpose(kernels, (...)) takes the numbers of the old axes in their new "
        "order. Rows are axis 2 of the old array, so 2 comes first.",
        "kernels[:, :, ::-1, ::-1] turns rows and columns round and leaves the channels "
        "where they are. Write down the old number of rows, columns, input and output "
        "channels, in this order.",
    ),
    misconceptions=(
        Misconception(
            "not turned",
            _then(),
            "The axes are right, but the layer slides these kernels as they are: it "
            "would compute a correlation.",
        ),
        Misconception(
            "only rows turned",
            _then(2),
            "The axes are right, and the rows are turned round; a convolution turns the "
            "columns too.",
        ),
        Misconception(
            "only columns turned",
            _then(3),
            "The axes are right, and the columns are turned round; a convolution turns "
            "the rows too.",
        ),
        Misconception(
            "all axes turned",
            (
                _then(0, 1, 2, 3),
                lambda k: k[::-1, ::-1, ::-1, ::-1].transpose(2, 3, 1, 0),
            ),
            "You turn all axes round, the channels as well: red then meets the weights "
            "for blue. Only what slides is turned.",
        ),
        Misconception(
            "input channels turned",
            _then(1, 2, 3),
            "The order of the input channels is turned round as well. Only what slides "
            "is turned, and a layer does not slide along the channels.",
        ),
        Misconception(
            "output channels turned",
            (_then(0, 2, 3), _then(0)),
            "The kernels come out in another order: the channels are turned round. Only "
            "what slides is turned.",
        ),
        Misconception(
            "reshaped",
            (_reshaped, lambda k: _reshaped(k, turn=False)),
            "The shape is right and the numbers are shuffled: reshape keeps the order in "
            "memory and gives it other axes. To move axes there is np.transpose.",
        ),
        Misconception(
            "all axes reversed",
            (
                lambda k: np.flip(k, (2, 3)).T,
                lambda k: k.T,
                lambda k: np.transpose(np.flip(k, (2, 3)), (3, 2, 1, 0)),
            ),
            ".T reverses the order of all axes, so columns come before rows. The height "
            "comes first.",
        ),
        Misconception(
            "channels swapped",
            (
                lambda k: np.transpose(np.flip(k, (2, 3)), (2, 3, 0, 1)),
                lambda k: np.transpose(k, (2, 3, 0, 1)),
            ),
            "Input and output channels are exchanged: of the two, the input channels come "
            "first.",
        ),
        Misconception(
            "axes left",
            (lambda k: np.flip(k, (2, 3)), lambda k: k),
            "The axes still stand in the old order. The layer wants rows, columns, input "
            "channels, output channels.",
        ),
        Misconception(
            "rows and columns in the middle",
            tuple(
                lambda k, axes=axes, turn=turn: np.transpose(
                    np.flip(k, (2, 3)) if turn else k, axes
                )
                for axes in ((1, 2, 3, 0), (0, 2, 3, 1))
                for turn in (True, False)
            ),
            "Rows and columns stand in the middle, as in a batch of images. In the "
            "weights of a layer they come first.",
        ),
        Misconception(
            "sign in place of a flip",
            (
                lambda k: -np.transpose(k, (2, 3, 1, 0)),
                lambda k: -_hwio(k),
            ),
            "You change the signs of the weights. To flip is to reverse their order; only "
            "of kernels such as [1, 0, -1] it happens to be the same.",
        ),
        Misconception(
            "wrong axes turned",
            (
                lambda k: np.transpose(k[::-1, ::-1], (2, 3, 1, 0)),
                lambda k: np.flip(np.transpose(k, (2, 3, 1, 0)), (2, 3)),
            ),
            "You turn the channels round and leave rows and columns alone. In which "
            "layout do you flip? The numbers of the axes change with it.",
        ),
        Misconception(
            "turned by 90 degrees",
            (
                lambda k: np.transpose(np.rot90(k, 1, (2, 3)), (2, 3, 1, 0)),
                lambda k: np.transpose(np.rot90(k, -1, (2, 3)), (2, 3, 1, 0)),
            ),
            "You turn the kernels by 90 degrees. A flip of both axes is a turn by 180.",
        ),
    ),
)


# ------------------------------------------------------------ q9: how late is the echo?


def _ping(samples):
    """Return a tone that rises and dies away: a signal that looks backwards unlike."""
    n = np.arange(samples)
    return np.sin(0.15 * n + 0.012 * n**2) * np.exp(-n / samples)


def _echo(rng, ping, size, delay, gain=1.0, noise=0.4, click=6.0):
    """Return a noisy record with one echo of a ping, and a click somewhere else."""
    received = noise * rng.normal(size=size)
    received[delay : delay + len(ping)] += gain * ping
    if click:
        far = delay + 2 * len(ping) if delay < size // 2 else delay - len(ping)
        received[far] += click
    return received


def _records(rng):
    """Yield records with one echo: clear ones, then echoes under noise."""
    ping = np.array([1.0, 3.0, -2.0, 1.0])
    clean = 0.5 * (-1.0) ** np.arange(12)
    clean[5:9] = ping
    yield "little noise", (clean, ping)
    yield (
        "no delay",
        (np.array([2.0, -1, 4, 1, 0, -1, 0.5, 1]), np.array([2.0, -1, 4])),
    )
    yield (
        "at the end",
        (np.array([1.0, 0, -0.5, 0, 1, 0.5, 1, -3, 2]), np.array([1.0, -3, 2])),
    )
    for size, samples, delay in ((400, 64, 120), (900, 80, 700), (900, 75, 40)):
        ping = _ping(samples)
        yield (
            f"an echo under noise, {size} samples",
            (_echo(rng, ping, size, delay), ping),
        )
    size, samples = int(rng.integers(500, 900)), int(rng.integers(61, 90))
    ping, delay = _ping(samples), int(rng.integers(50, size - 3 * samples))
    yield "a random record", (_echo(rng, ping, size, delay, gain=0.9), ping)


def _best(received, w, mode="valid"):
    """Return the place of the largest value of a correlation."""
    return np.argmax(np.correlate(received, w, mode))


def _loudest_window(received, ping):
    return np.argmax(np.convolve(received**2, np.ones(len(ping)), "valid"))


q9 = FunctionQuestion(
    id="q9",
    title="How late is the echo?",
    points=2,
    call="echo_delay(received, ping)",
    reference=lambda received, ping: _best(received, ping),
    cases=_records,
    hints=(
        "At the right place ping and echo go up and down together, so the products are "
        "positive and their sum is large. Slide the ping over the record.",
        "That is a correlation. If you use np.convolve, something has to be turned "
        "round first. np.argmax finds the place of the largest value.",
        "In the mode 'valid', output n belongs to the ping laid on received[n : n + K]. "
        "In 'full' the outputs begin K - 1 places earlier.",
    ),
    misconceptions=(
        Misconception(
            "not turned round",
            (
                lambda x, p: np.argmax(np.convolve(x, p, "valid")),
                lambda x, p: _best(x, p[::-1]),
                lambda x, p: np.argmax(np.convolve(x, p)) - len(p) + 1,
                lambda x, p: np.argmax(np.convolve(x, p)),
                lambda x, p: np.argmax(np.convolve(x, p, "same")),
            ),
            "You compare the record with the ping played backwards. A convolution turns "
            "the kernel round: it matches when the kernel is turned round beforehand.",
        ),
        Misconception(
            "peak of full",
            lambda x, p: _best(x, p, "full"),
            "It is always K - 1 samples too late, with K the length of the ping: the "
            "outputs of 'full' begin before the record does.",
        ),
        Misconception(
            "peak of same",
            (
                lambda x, p: _best(x, p, "same"),
                lambda x, p: np.argmax(np.convolve(x, p[::-1], "same")),
                lambda x, p: _best(x, p) + len(p) // 2,
                lambda x, p: _best(x, p) + (len(p) - 1) // 2,
            ),
            "It is half a ping too late: this is where the middle of the echo lies. "
            "Asked is where the echo begins.",
        ),
        Misconception(
            "end of the echo",
            lambda x, p: _best(x, p) + len(p),
            "It is as late as the ping is long: this is where the echo is over. Asked is "
            "where it begins.",
        ),
        Misconception(
            "one too late",
            lambda x, p: _best(x, p) + 1,
            "It is always one sample too late. An echo that comes at once has the delay "
            "0.",
        ),
        Misconception(
            "one too early",
            lambda x, p: _best(x, p) - 1,
            "It is always one sample too early. Where does the first output of your "
            "correlation belong?",
        ),
        Misconception(
            "loudest sample",
            (
                lambda x, p: np.argmax(abs(x)),
                lambda x, p: np.argmax(x),
                lambda x, p: np.argmax(x**2),
                lambda x, p: np.argmax(abs(x)) - np.argmax(abs(p)),
                lambda x, p: np.argmax(x) - np.argmax(p),
            ),
            "You look for the loudest sample. In the noise that may be a click: compare "
            "the whole form of the ping, all its samples at once.",
        ),
        Misconception(
            "loudest stretch",
            (
                _loudest_window,
                lambda x, p: np.argmax(
                    np.convolve(abs(x), np.ones(len(p)), mode="valid")
                ),
            ),
            "You look for the loudest stretch of the record. A click is loud too; an "
            "echo has the form of the ping.",
        ),
        Misconception(
            "roles swapped",
            (
                lambda x, p: _best(p, x),
                lambda x, p: _best(p, x, "full"),
            ),
            "You slide the record over the ping: the lags run backwards. The order of the "
            "two arguments matters in a correlation.",
        ),
        Misconception(
            "counted from the end",
            lambda x, p: len(x) - _best(x, p),
            "You count from the end of the record. The ping goes out at sample 0.",
        ),
        Misconception(
            "height of the peak",
            (
                lambda x, p: np.correlate(x, p, "valid").max(),
                lambda x, p: np.correlate(x, p, "full").max(),
            ),
            "This is how high the peak is. Asked is where it lies.",
        ),
        Misconception(
            "the whole correlation",
            (
                lambda x, p: np.correlate(x, p, "valid"),
                lambda x, p: np.correlate(x, p, "full"),
                lambda x, p: np.correlate(x, p, "same"),
            ),
            "This is the whole correlation. Asked is one number, the place of its peak.",
        ),
        Misconception(
            "smallest value",
            (
                lambda x, p: np.argmin(np.correlate(x, p, "valid")),
                lambda x, p: np.argmin(abs(np.correlate(x, p, "valid"))),
            ),
            "You take the smallest value. Where ping and echo agree, the sum of the "
            "products is large.",
        ),
    ),
)


# ----------------------------------------------------- q10: project, find a template


def _scenes(rng):
    """Yield images with templates: patches, contrasts, flat parts, photographs."""
    from .. import datasets

    yield (
        "whole numbers",
        (
            np.array([[1, 5, 2, 0], [4, 2, 7, 3], [0, 6, 1, 8]]),
            np.array([[1, 4], [3, 0]]),
        ),
    )
    noise = rng.normal(size=(11, 14))
    yield "a piece of the image", (noise, noise[3:6, 5:10].copy())
    yield "half the contrast, and darker", (noise, 0.5 * noise[6:10, 2:5] - 30)
    yield "a faint template", (noise, 1e-3 * noise[2:5, 9:13])
    bright = rng.normal(size=(12, 9))
    bright[1:5, 5:9] += 20
    yield "a bright patch elsewhere", (bright, bright[6:9, 1:5].copy())
    yield "the negative of a piece", (noise, -noise[1:6, 8:10])
    yield "as large as the image", (noise, rng.normal(size=noise.shape))
    flat = rng.integers(0, 9, (9, 10)).astype(float)
    flat[1:8, 4:] = 6
    yield (
        "a flat part of the image",
        (flat, np.array([[1.0, 2.0, 0.0], [5.0, 3.0, 4.0]])),
    )
    yield "a flat template", (rng.integers(0, 9, (5, 6)), np.full((2, 3), 4))
    photo = datasets.camera().x
    top, left = (int(v) for v in rng.integers((100, 200), (150, 260)))
    crop = photo[top : top + 50, left : left + 60].copy()
    yield "a photograph, uint8", (crop, crop[20:29, 30:43].copy())
    page = datasets.page().x[40:70, 150:240].copy()
    yield "a word on a page, uint8", (page, page[9:25, 16:44].copy())


def _windows(image, template):
    return np.lib.stride_tricks.sliding_window_view(image, template.shape)


def _deviations(image, template):
    """Return windows and template, each without its own mean."""
    windows = _windows(np.asarray(image, float), template)
    means = windows.mean(axis=(2, 3), keepdims=True)
    return windows - means, template - template.mean()


def _dot(windows, template):
    return np.einsum("ijkl,kl->ij", windows, template)


def _norms(windows, template):
    return np.sqrt((windows**2).sum(axis=(2, 3)) * (template**2).sum())


def _score(image, template):
    """Return the score by scikit-image; where a window is flat, 0."""
    from skimage.feature import match_template

    image, template = np.asarray(image, float), np.asarray(template, float)
    scores = match_template(image - image.mean(), template - template.mean())
    flat = np.ptp(_windows(image, template), axis=(2, 3)) == 0
    return np.where(flat | (np.ptp(template) == 0), 0.0, scores)


def _made(score, flat=0.0):
    """Return a wrong score of windows and template without their means.

    `score(windows, template)` is used as it is; what is not finite becomes `flat`,
    or stays if `flat` is None.
    """

    def wrong(image, template):
        with np.errstate(all="ignore"):
            s = score(*_deviations(image, template))
        return s if flat is None else np.where(np.isfinite(s), s, flat)

    return wrong


def _plain(score):
    """Return a wrong score of windows and template as they are."""

    def wrong(image, template):
        with np.errstate(all="ignore"):
            # in floats both: squares of uint8 would wrap
            t = np.asarray(template, float)
            s = score(_windows(np.asarray(image, float), t), t)
        return np.where(np.isfinite(s), s, 0.0)

    return wrong


def _products_in_uint8(image, template):
    """Multiply in the type of the image, and add what is left in a larger one."""
    return (_windows(image, template) * template).sum(axis=(2, 3))


def _pearson(windows, template):
    return _dot(windows, template) / _norms(windows, template)


def _by_std(ddof):
    def score(windows, template):
        n = template.size
        stds = windows.std(axis=(2, 3), ddof=ddof) * template.std(ddof=ddof)
        return _dot(windows, template) / stds / (n if ddof else 1)

    return score


def _image_spread(mean_too):
    """Use mean and spread of the whole image in place of those of each window."""

    def wrong(image, template):
        image, t = np.asarray(image, float), template - template.mean()
        x = image - image.mean() if mean_too else image
        spread = image.std() * template.std() * template.size
        with np.errstate(all="ignore"):
            s = _dot(_windows(x, t), t) / spread
        return np.where(np.isfinite(s), s, 0.0)

    return wrong


def _image_mean(image, template):
    x = np.asarray(image, float) - np.mean(image)
    t = template - template.mean()
    with np.errstate(all="ignore"):
        s = _pearson(_windows(x, t), t)
    return np.where(np.isfinite(s), s, 0.0)


def _one_mean(windows_too):
    """Take the mean away from one of the two only, in the norms as well."""

    def wrong(image, template):
        x = _windows(np.asarray(image, float), template)
        t = np.asarray(template, float)
        if windows_too:
            x = x - x.mean(axis=(2, 3), keepdims=True)
        else:
            t = t - t.mean()
        with np.errstate(all="ignore"):
            s = _pearson(x, t)
        return np.where(np.isfinite(s), s, 0.0)

    return wrong


def _narrow(image, template):
    """Multiply in the type of the image: uint8 wraps at 256."""
    windows = _windows(image, template)
    products, squares = windows * template, windows**2
    n, axes = template.size, (2, 3)
    means = windows.mean(axis=axes)
    top = products.sum(axis=axes) - n * means * template.mean()
    x = squares.sum(axis=axes) - n * means**2
    with np.errstate(all="ignore"):
        s = top / np.sqrt(x * ((template**2).sum() - n * template.mean() ** 2))
    return np.where(np.isfinite(s), s, 0.0)


def _around(image, template):
    """Return scores of the size of the image, with zeros where there is no window."""
    from skimage.feature import match_template

    return match_template(np.asarray(image, float), template, pad_input=True)


q10 = FunctionQuestion(
    id="q10",
    title="Project: find a word on a page",
    points=4,
    call="match(image, template)",
    result="score",
    reference=_score,
    cases=_scenes,
    forbidden=TEMPLATES,
    hints=(
        "Write the score of one window first: take both means away, multiply, add. Then "
        "divide so that a window that equals the template gets exactly 1.",
        "Each window has a mean and a length of its own. The map has H - h + 1 rows and "
        "W - w + 1 columns; score[i, j] belongs to image[i : i + h, j : j + w].",
        "With a and b for window and template without their means: a * b, summed, "
        "divided by the root of the sum of a * a times the sum of b * b. Turn the image "
        "to floats before you begin, and look at a divisor of 0 before you divide.",
    ),
    misconceptions=(
        Misconception(
            "raw correlation",
            _plain(_dot),
            "This is the plain correlation. It is large wherever the picture is bright, "
            "whatever stands there.",
        ),
        Misconception(
            "raw correlation in uint8",
            (_slide, _products_in_uint8),
            "This is the plain correlation, which is large wherever the picture is "
            "bright. Besides, sums of uint8 start again at 0 behind 255: turn image and "
            "template to floats first.",
        ),
        Misconception(
            "not normalised",
            (
                _made(_dot),
                lambda x, t: _dot(_windows(np.asarray(x, float), t), t - t.mean()),
            ),
            "The means are gone, and brightness with them. But a window of strong "
            "contrast still gets more than one that matches: nothing is divided yet.",
        ),
        Misconception(
            "means not taken away",
            _plain(_pearson),
            "You divide by the lengths, but the means are still inside. Then any bright "
            "flat window is nearly parallel to any bright template.",
        ),
        Misconception(
            "mean of the template only",
            _one_mean(False),
            "You take the mean of the template away; the window keeps its own in the "
            "divisor. A brighter copy would score less than 1.",
        ),
        Misconception(
            "mean of the window only",
            _one_mean(True),
            "You take the mean of each window away; the template keeps its own in the "
            "divisor. A perfect match would score less than 1.",
        ),
        Misconception(
            "mean of the whole image",
            _image_mean,
            "You take away the mean of the whole image. Each window is to be judged by "
            "itself: a dark corner has another mean than the rest.",
        ),
        Misconception(
            "spread of the whole image",
            (_image_spread(True), _image_spread(False)),
            "You divide by the spread of the whole image, one number for all. Each "
            "window has a contrast of its own.",
        ),
        Misconception(
            "not divided by the number of pixels",
            _made(_by_std(0)),
            "A perfect match scores as many as there are pixels: np.std has divided by "
            "their number already, and the sum of the products has not.",
        ),
        Misconception(
            "two kinds of spread",
            _made(_by_std(1)),
            "A perfect match scores a little less than 1: the spread is divided by n - 1 "
            "and the sum by n. Use one of them for both.",
        ),
        Misconception(
            "root forgotten",
            _made(lambda x, t: _dot(x, t) / _norms(x, t) ** 2),
            "The divisor is a product of squares: its root is missing. The score would "
            "change with the unit of the grey levels.",
        ),
        Misconception(
            "flat windows",
            (_made(_pearson, None), _made(_pearson, 1.0), _made(_pearson, -1.0)),
            "Where a window (or the template) is flat, its contrast is 0, and 0 / 0 is "
            "no number. Nothing can match there: such a place scores 0.",
        ),
        Misconception(
            "small number added",
            tuple(
                _made(lambda x, t, e=e: _dot(x, t) / (_norms(x, t) + e))
                for e in (1.0, 0.1, 1e-2, 1e-3)
            ),
            "Something is added to the divisor to avoid 0 / 0. It lowers the scores of "
            "faint windows as well: treat flat ones by themselves.",
        ),
        Misconception(
            "template turned round",
            (
                _made(lambda x, t: _pearson(x, np.flip(t))),
                lambda x, t: _score(x, np.flip(t)),
            ),
            "You look for the template turned round by 180 degrees: a convolution flips "
            "it. A search compares it as it is.",
        ),
        Misconception(
            "magnitude",
            _made(lambda x, t: abs(_pearson(x, t))),
            "The signs are lost. The negative of the template is no match: it scores -1.",
        ),
        Misconception(
            "squared",
            _made(lambda x, t: _pearson(x, t) ** 2),
            "The score is squared, so the negative of the template looks like a match.",
        ),
        Misconception(
            "sum of squared differences",
            (
                _plain(lambda x, t: ((x - t) ** 2).sum(axis=(2, 3))),
                _plain(lambda x, t: -((x - t) ** 2).sum(axis=(2, 3))),
                _made(lambda x, t: ((x - t) ** 2).sum(axis=(2, 3))),
            ),
            "You add squared differences. They vanish only for an exact copy: the same "
            "word in other light differs everywhere.",
        ),
        Misconception(
            "uint8 wraps",
            _narrow,
            "Photographs of type uint8 go wrong: their products pass 255 and start again "
            "at 0. Turn them to floats first.",
        ),
        Misconception(
            "one row and column too few",
            lambda x, t: _score(x, t)[:-1, :-1],
            "The last row and the last column of places are missing. Count the places of "
            "a template as large as the image.",
        ),
        Misconception(
            "as large as the image",
            (
                _around,
                lambda x, t: np.pad(
                    _score(x, t), [(0, n - 1) for n in np.asarray(t).shape]
                ),
            ),
            "The map is as large as the image. Score only the places where all of the "
            "template lies on it.",
        ),
        Misconception(
            "rows and columns exchanged",
            lambda x, t: _score(x, t).T,
            "The map is transposed: rows of places come first, as in the image.",
        ),
        Misconception(
            "the place of the best",
            lambda x, t: np.unravel_index(_score(x, t).argmax(), _score(x, t).shape),
            "This is a place. Give the whole map of scores; then all copies of the word "
            "can be read from it.",
        ),
    ),
)
