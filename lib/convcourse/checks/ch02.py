"""The questions of chapter 02: images, kernels, borders and the types of pixels."""

import functools
import itertools
import math

import numpy as np

from . import unseen
from ._forbidden import CONVOLUTIONS, GAUSSIANS, SEPARATIONS
from .core import Misconception
from .functions import FunctionQuestion
from .measured import MeasuredQuestion, Scene, Task
from .values import ValueQuestion


def _correlate(x, w, mode="valid"):
    """Return SciPy's cross-correlation of two images."""
    from scipy import signal

    return signal.correlate2d(x, w, mode)


def _ndimage(x, w, border):
    """Return SciPy's cross-correlation, as large as x, with a border of NumPy's name."""
    from scipy import ndimage

    names = {"edge": "nearest", "symmetric": "reflect", "reflect": "mirror"}
    return ndimage.correlate(np.asarray(x, float), w, mode=names.get(border, border))


def _turned(w):
    """Return a kernel flipped in both axes."""
    return np.flip(w)


# --------------------------------------------------------------------- q1: by hand

X1 = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]])
W1 = np.array([[3, -1], [-2, 2]])


def _windows1(w, x=X1):
    """Return the sums over all windows, by NumPy alone: the room stays light."""
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    return np.einsum("ijmn,mn->ij", windows, w)


Y1 = _windows1(W1)
PADDED1 = np.pad(X1, 1)
MATMUL1 = np.array(
    [[(X1[i : i + 2, j : j + 2] @ W1).sum() for j in range(3)] for i in range(2)]
)


def _both1(y):
    """Return a wrong idea about the whole map, and about its pixel."""
    return {"pixel": y[0, 1], "y": y}


q1 = ValueQuestion(
    id="q1",
    title="One pixel, then all",
    points=2,
    parts={"pixel": Y1[0, 1], "y": Y1, "flat": 10 * W1.sum()},
    hints=(
        "Copy the kernel on a piece of paper, lay it on the image, and multiply what lies "
        "on top of each other. Add the four products.",
        "For y[0, 1] the top left weight lies on x[0, 1], so the window is [[1, 4], "
        "[9, 2]]. One step to the right gives y[0, 2].",
        "The window of y[i, j] is x[i:i+2, j:j+2]. On a flat image each product is 10 "
        "times a weight: what is the sum of the weights?",
    ),
    misconceptions=(
        Misconception(
            "turned kernel",
            _both1(_windows1(_turned(W1))),
            "your kernel is turned round by 180 degrees: that is a convolution. Here the "
            "kernel is laid on the image as it is.",
        ),
        Misconception(
            "upside down",
            _both1(_windows1(W1[::-1])),
            "your kernel stands on its head: its first row lies on the lower row of the "
            "window. Lay it on the image as it is.",
        ),
        Misconception(
            "left and right swapped",
            _both1(_windows1(W1[:, ::-1])),
            "your kernel is mirrored: its first column lies on the right column of the "
            "window. Lay it on the image as it is.",
        ),
        Misconception(
            "transposed",
            _both1(_windows1(W1.T)),
            "rows and columns of the kernel are swapped. Its first row lies on the first "
            "row of the window.",
        ),
        Misconception(
            "matrix product",
            _both1(MATMUL1),
            "you multiply window and kernel as matrices (@). Here each pixel meets the one "
            "weight that lies on it, and no other.",
        ),
        Misconception(
            "sign lost",
            _both1(_windows1(abs(W1))),
            "the minus signs of the kernel are lost on the way.",
        ),
        Misconception(
            "no weights",
            _both1(_windows1(np.ones((2, 2)))),
            "you add the pixels of the window as they are. Each one counts as often as the "
            "weight on it says.",
        ),
        Misconception(
            "mean",
            _both1(Y1 / 4),
            "you divide by the number of weights. Nothing says that: a kernel that is to "
            "take a mean has the division in its weights.",
        ),
        Misconception(
            "column first",
            {"pixel": Y1[1, 0]},
            "that is the pixel in row 1, column 0. The first index counts the rows, "
            "downwards.",
        ),
        Misconception(
            "one product",
            tuple({"pixel": value} for value in (X1[:2, 1:3] * W1).ravel()),
            "that is one product only. Four weights lie on four pixels: add all four.",
        ),
        Misconception(
            "full",
            {"y": _windows1(W1, PADDED1)},
            "your kernel also hangs over the border, where there are no pixels. Keep the "
            "places in which all of it lies on the image.",
        ),
        Misconception(
            "as large as the image",
            (
                {"y": _windows1(W1, PADDED1)[:3, :4]},
                {"y": _windows1(W1, PADDED1)[1:, 1:]},
            ),
            "this is as large as the image, so in some places the kernel hangs over the "
            "border. Keep the places in which all of it lies on the image.",
        ),
        Misconception(
            "tiles",
            {"y": Y1[::2, ::2]},
            "you move the kernel by its own width. It moves by one pixel at a time, so "
            "that the windows overlap.",
        ),
        Misconception(
            "flat stays flat",
            {"flat": 10},
            "a flat image keeps its level only if the weights add up to one. What do these "
            "add up to?",
        ),
        Misconception(
            "four times",
            {"flat": 40},
            "you add four pixels as they are. Each one is multiplied by its weight first.",
        ),
        Misconception(
            "flat gives nothing",
            {"flat": 0},
            "that would be so if positive and negative weights balanced. Add them up.",
        ),
        Misconception(
            "signs lost on flat",
            {"flat": 10 * abs(W1).sum()},
            "you add the weights without their signs.",
        ),
        Misconception(
            "sum of the weights",
            {"flat": W1.sum()},
            "that is the sum of the weights. The pixels are ten times as large as one.",
        ),
    ),
)


# ------------------------------------------------------- q2: correlation from scratch


def _images(rng):
    """Yield images and kernels, (x, w): non-square, even, as large as the image."""
    yield (
        "whole numbers, 3 x 4 and 2 x 2",
        (
            np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]]),
            np.array([[1, 2], [0, -1]]),
        ),
    )
    yield "one weight", (np.array([[1, 2], [5, 4]]), np.array([[3]]))
    yield (
        "a wide kernel, 1 x 3",
        (np.arange(12).reshape(3, 4) ** 2 % 13, np.array([[1, 5, -2]])),
    )
    yield (
        "a tall kernel, 3 x 2",
        (rng.integers(-9, 10, (6, 5)), np.array([[1, 2], [-4, 3], [0, 7]])),
    )
    yield (
        "whole pixels, weights with fractions",
        (rng.integers(0, 20, (5, 4)), np.array([[0.5, 0.25], [-0.75, 0.125]])),
    )
    yield (
        "a kernel as large as the image",
        (rng.normal(size=(3, 4)), rng.normal(size=(3, 4))),
    )
    yield (
        "pixels of type uint8",
        (
            rng.integers(90, 256, (5, 7)).astype(np.uint8),
            np.array([[1, -2, 4], [3, 0, -5]]),
        ),
    )
    for shape, size in (((7, 9), (3, 3)), ((9, 6), (2, 4)), ((5, 11), (4, 3))):
        yield (
            f"random numbers, {shape[0]} x {shape[1]} and {size[0]} x {size[1]}",
            (rng.normal(size=shape), rng.normal(size=size)),
        )
    yield "a kernel too tall", (np.ones((3, 5)), np.ones((4, 2)))
    yield "a kernel too wide", (np.ones((3, 5)), np.ones((2, 6)))


def _fits_on(x, w):
    """Raise a ValueError if a kernel lies nowhere on an image."""
    if w.shape[0] > x.shape[0] or w.shape[1] > x.shape[1]:
        raise ValueError("the kernel does not fit on the image")


def _valid(x, w):
    _fits_on(x, w)
    return _correlate(x, w)


def _guarded(wrong):
    """Let a wrong function refuse kernels that do not fit."""

    @functools.wraps(wrong)
    def function(x, w):
        _fits_on(x, w)
        return wrong(x, w)

    return function


def _slides(rows, cols, height, width):
    """Return two loops over `rows` times `cols` windows; the sizes are functions."""

    @_guarded
    def slide(x, w):
        sizes = (*x.shape, *w.shape)
        y = np.zeros((rows(*sizes), cols(*sizes)))
        for i, j in np.ndindex(y.shape):
            window = x[i : i + height(*sizes), j : j + width(*sizes)]
            y[i, j] = np.sum(window * w)
        return y

    return slide


def _adds(rows, cols, height, width):
    """Return four loops, with the same four sizes."""

    @_guarded
    def add(x, w):
        sizes = (*x.shape, *w.shape)
        y = np.zeros((rows(*sizes), cols(*sizes)))
        for i, j in np.ndindex(y.shape):
            for m, n in np.ndindex(height(*sizes), width(*sizes)):
                y[i, j] += x[i + m, j + n] * w[m, n]
        return y

    return add


def _each_way(*sizes):
    """Return both kinds of loops with the same sizes."""
    return _slides(*sizes), _adds(*sizes)


def _rows(H, W, kh, kw):
    return H - kh + 1


def _cols(H, W, kh, kw):
    return W - kw + 1


def _kh(H, W, kh, kw):
    return kh


def _kw(H, W, kh, kw):
    return kw


def _wide_by_kh(H, W, kh, kw):
    return W - kh + 1


def _tall_by_kw(H, W, kh, kw):
    return H - kw + 1


def _by_matmul(change):
    """Return a sum over matrix products of window and kernel."""

    @_guarded
    def function(x, w):
        y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
        for i, j in np.ndindex(y.shape):
            window = x[i : i + w.shape[0], j : j + w.shape[1]]
            y[i, j] = np.sum(change(window, w))
        return y

    return function


def _filled(part):
    """Return a map in which only a part is filled; the rest stays 0."""

    @_guarded
    def function(x, w):
        full = _correlate(x, w)
        y = np.zeros(full.shape)
        y[part(*full.shape)] = full[part(*full.shape)]
        return y

    return function


@_guarded
def _chained(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(x[i : i + w.shape[0]][j : j + w.shape[1]] * w)
    return y


@_guarded
def _odd_only(x, w):
    a, b = w.shape[0] // 2, w.shape[1] // 2
    y = np.zeros((x.shape[0] - 2 * a, x.shape[1] - 2 * b))
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(x[i : i + 2 * a + 1, j : j + 2 * b + 1] * w)
    return y


@_guarded
def _places_swapped(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(x[j : j + w.shape[0], i : i + w.shape[1]] * w)
    return y


@_guarded
def _entries_swapped(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1))
    for i, j in np.ndindex(y.shape):
        y[j, i] = np.sum(x[i : i + w.shape[0], j : j + w.shape[1]] * w)
    return y


def _at_every_pixel(x, w):
    """Return a map as large as the image, its windows cut off at the right and below."""
    _fits_on(x, w)
    kh, kw = w.shape
    return _correlate(np.pad(x, ((0, kh - 1), (0, kw - 1))), w)


def _into_type_of_x(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1), x.dtype)
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(x[i : i + w.shape[0], j : j + w.shape[1]] * w)
    return y


def _adds_into_type_of_x(x, w):
    y = np.zeros((x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1), x.dtype)
    for i, j in np.ndindex(y.shape):
        for m, n in np.ndindex(w.shape):
            y[i, j] += x[i + m, j + n] * w[m, n]
    return y


q2 = FunctionQuestion(
    id="q2",
    title="Write the sliding kernel",
    points=3,
    call="correlate2d(x, w)",
    reference=_valid,
    cases=_images,
    forbidden=CONVOLUTIONS,
    result="y",
    hints=(
        "In how many places does a kernel of kh rows lie completely on an image of H rows? "
        "Count the rows that can lie under its first row. Then do the columns.",
        "Take one output y[i, j] at a time. Which rows and which columns of x lie under "
        "the kernel?",
        "The window is x[i : i + kh, j : j + kw]. Multiply it with w entry by entry, add "
        "all up, and put the sum into an array of zeros of shape (H - kh + 1, W - kw + 1).",
    ),
    misconceptions=(
        Misconception(
            "turned kernel",
            _guarded(lambda x, w: _correlate(x, _turned(w))),
            "The kernel is flipped in both axes: this is a convolution. Here it is laid on "
            "the image as it is.",
        ),
        Misconception(
            "upside down",
            _guarded(lambda x, w: _correlate(x, w[::-1])),
            "The rows of the kernel are reversed. Its row 0 belongs on the top row of the "
            "window.",
        ),
        Misconception(
            "left and right swapped",
            _guarded(lambda x, w: _correlate(x, w[:, ::-1])),
            "The columns of the kernel are reversed. Its column 0 belongs on the left "
            "column of the window.",
        ),
        Misconception(
            "transposed kernel",
            (lambda x, w: _valid(x, w.T), lambda x, w: _correlate(x, w.T)),
            "Rows and columns of the kernel are swapped: w[m, n] is in its row m. A kernel "
            "of 1 x 3 shows it.",
        ),
        Misconception(
            "height for both",
            (
                *_each_way(_rows, _wide_by_kh, _kh, _kh),
                *_each_way(_rows, _wide_by_kh, _kh, _kw),
                *_each_way(_rows, _cols, _kh, _kh),
            ),
            "You use the height of the kernel for its width as well (len(w) is its "
            "height). It works for square kernels only: take both from w.shape.",
        ),
        Misconception(
            "width for both",
            (
                *_each_way(_tall_by_kw, _cols, _kw, _kw),
                *_each_way(_tall_by_kw, _cols, _kh, _kw),
                *_each_way(_rows, _cols, _kw, _kw),
            ),
            "You use the width of the kernel for its height as well. It works for square "
            "kernels only: take both from w.shape.",
        ),
        Misconception(
            "height and width crossed",
            (
                *_each_way(_tall_by_kw, _wide_by_kh, _kw, _kh),
                *_each_way(_tall_by_kw, _wide_by_kh, _kh, _kw),
            ),
            "Height and width of the kernel have changed places. A shape names the rows "
            "first: kh, kw = w.shape.",
        ),
        Misconception(
            "output turned",
            (
                _guarded(lambda x, w: _correlate(x, w).T),
                _places_swapped,
                _entries_swapped,
            ),
            "Rows and columns of the output are swapped: y[i, j] is in row i, and belongs "
            "to the window that begins at x[i, j]. A shape names the rows first.",
        ),
        Misconception(
            "one too few",
            (
                _guarded(lambda x, w: _correlate(x, w)[:-1, :-1]),
                *_each_way(
                    lambda H, W, kh, kw: H - kh, lambda H, W, kh, kw: W - kw, _kh, _kw
                ),
                _filled(lambda rows, cols: (slice(rows - 1), slice(cols - 1))),
            ),
            "The last row and the last column are missing, or never filled. A kernel as "
            "large as the image lies on it in one place, not in none: count the places "
            "again.",
        ),
        Misconception(
            "returned too early",
            (
                _filled(lambda rows, cols: (slice(1), slice(cols))),
                _filled(lambda rows, cols: (slice(1), slice(1))),
            ),
            "Only the first row, or the first entry, is filled: your `return` stands "
            "inside a loop, and ends it in its first round.",
        ),
        Misconception(
            "chained brackets",
            _chained,
            "x[a:b][c:d] takes rows out of rows: the second pair of brackets counts rows "
            "again. Rows and columns stand in one pair, x[a:b, c:d].",
        ),
        Misconception(
            "odd kernels only",
            _odd_only,
            "Your window reaches equally far to both sides of its middle, which is right "
            "for odd kernels. Even ones have no middle: count from the corner.",
        ),
        Misconception(
            "sum never starts anew",
            _guarded(
                lambda x, w: np.cumsum(_correlate(x, w)).reshape(_correlate(x, w).shape)
            ),
            "Each output holds the sums of all windows before it too: set the sum back to "
            "0 for every window.",
        ),
        Misconception(
            "past the border",
            _each_way(lambda H, W, kh, kw: H, lambda H, W, kh, kw: W, _kh, _kw),
            "You start a window at every pixel. Near the right and the lower border the "
            "window is cut off: it no longer has the shape of the kernel.",
        ),
        Misconception(
            "zeros past the border",
            _at_every_pixel,
            "You start a window at every pixel, and what lies beyond the right and the "
            "lower border counts as 0. Keep the places where all of the kernel lies on "
            "the image.",
        ),
        Misconception(
            "full",
            _guarded(lambda x, w: _correlate(x, w, "full")),
            "The kernel also hangs over the borders: this is mode 'full'. Keep the places "
            "where all of it lies on the image.",
        ),
        Misconception(
            "same",
            (
                _guarded(lambda x, w: _ndimage(x, w, "constant")),
                _guarded(lambda x, w: _correlate(x, w, "same")),
            ),
            "Your output is as large as the image, with zeros outside: this is mode "
            "'same'. Keep the places where all of the kernel lies on the image.",
        ),
        Misconception(
            "type of the image",
            (
                _guarded(_into_type_of_x),
                _guarded(_adds_into_type_of_x),
                _guarded(lambda x, w: _correlate(x, w).astype(int)),
            ),
            "The output has a type that cannot hold the sums: whole numbers lose their "
            "fractions, and uint8 keeps only 0 to 255. Let np.zeros make floats.",
        ),
        Misconception(
            "matrix product",
            (
                _by_matmul(lambda window, w: window @ w),
                _by_matmul(lambda window, w: w @ window),
                _by_matmul(lambda window, w: window.T @ w),
                _by_matmul(lambda window, w: window @ w.T),
            ),
            "You multiply window and kernel as matrices (@ or np.dot). Multiply them entry "
            "by entry (*): each pixel meets the weight that lies on it.",
        ),
        Misconception(
            "mean",
            (
                _guarded(lambda x, w: _correlate(x, w) / w.size),
                _by_matmul(lambda window, w: np.mean(window * w)),
            ),
            "You take the mean of the products. Their sum is asked for: a kernel that is "
            "to average has the division in its weights.",
        ),
        Misconception(
            "divided by the sum",
            _guarded(lambda x, w: _correlate(x, w) / w.sum()),
            "You divide by the sum of the weights. That changes what the kernel says, and "
            "fails for an edge kernel, whose weights add up to 0.",
        ),
        Misconception(
            "overwritten",
            _guarded(
                lambda x, w: x[w.shape[0] - 1 :, w.shape[1] - 1 :] * float(w[-1, -1])
            ),
            "Each new product replaces the one before it, so that only the last weight is "
            "left. The products have to be added (+=).",
        ),
        Misconception(
            "tiles",
            _guarded(lambda x, w: _correlate(x, w)[:: w.shape[0], :: w.shape[1]]),
            "The kernel jumps by its own size from place to place. It moves by one pixel: "
            "the windows overlap.",
        ),
        Misconception(
            "wraps in uint8",
            _guarded(lambda x, w: _correlate(x, w.astype(x.dtype))),
            "You turn the kernel into the type of the image. Pixels of uint8 leave no room "
            "for a minus sign or a fraction.",
        ),
    ),
)


# ------------------------------------------------------------- q3: borders, and 'same'

BORDERS = ("constant", "edge", "symmetric", "reflect", "wrap")


def _bordered(rng):
    """Yield (x, w, border): kernels odd, even and non-square, with each border."""
    x = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [7, 0, 5, 8]])
    wide = np.array([[1, 2, -4]])
    square = np.array([[1, 2, 3], [4, -5, 6], [7, 8, -9]])
    yield "a single weight", (x, np.array([[2]]), "constant")
    for border in BORDERS:
        yield f"3 x 3, border {border!r}", (x, square, border)
    yield "1 x 3, zeros outside", (x, wide, "constant")
    yield "3 x 1, edge repeated", (x, wide.T, "edge")
    for size in ((2, 2), (4, 3), (2, 5)):
        for border in ("constant", "reflect"):
            yield (
                f"even: {size[0]} x {size[1]}, border {border!r}",
                (rng.normal(size=(6, 7)), rng.normal(size=size), border),
            )
    pixels = rng.integers(0, 256, (5, 6)).astype(np.uint8)
    weights = np.array([[0.25, 0.5, 0.125], [-0.75, 1, 0.5], [1.5, -0.25, 0.75]])
    yield "pixels of type uint8", (pixels, weights, "edge")
    for border in BORDERS:
        size = rng.integers(1, 6, 2)
        yield (
            f"random numbers, border {border!r}",
            (rng.normal(size=(9, 8)), rng.normal(size=size), border),
        )


def _around(pads, change=lambda border: border, turn=False):
    """Return a padded correlation; ``pads(kh, kw)`` tells how much, as np.pad wants it."""

    def function(x, w, border):
        padded = np.pad(np.asarray(x, float), pads(*w.shape), mode=change(border))
        return _correlate(padded, _turned(w) if turn else w)

    return function


def _centre(k):
    """Return the padding before and after that leaves the size, the centre at k // 2."""
    return k // 2, k - 1 - k // 2


def _right_pads(kh, kw):
    return _centre(kh), _centre(kw)


def _framed(frame):
    """Return the complete windows, in the middle of a given frame."""

    def function(x, w, border):
        y = frame(np.asarray(x, float))
        (top, bottom), (left, right) = _right_pads(*w.shape)
        y[top : len(x) - bottom, left : x.shape[1] - right] = _correlate(x, w)
        return y

    return function


def _into_type_of_image(x, w, border):
    """Write the sums one by one into an array of the type of x."""
    y, sums = np.zeros_like(x), _ndimage(x, w, border)
    for at in np.ndindex(y.shape):
        y[at] = sums[at]
    return y


def _swap_mirrors(border):
    return {"reflect": "symmetric", "symmetric": "reflect"}.get(border, border)


q3 = FunctionQuestion(
    id="q3",
    title="As large as the image",
    points=2,
    call="correlate_same(x, w, border)",
    reference=_ndimage,
    cases=_bordered,
    forbidden=CONVOLUTIONS,
    result="y",
    hints=(
        "How many rows does the output lose without a border? So many have to be added, "
        "above and below together.",
        "The centre of the kernel is w[kh // 2, kw // 2]. How many of its rows are above "
        "the centre, how many below? Try kh = 3, then kh = 4.",
        "Above the centre are kh // 2 rows, below it kh - 1 - kh // 2, and the columns go "
        "likewise. np.pad takes ((top, bottom), (left, right)), and knows the five names.",
    ),
    misconceptions=(
        Misconception(
            "turned kernel",
            (
                lambda x, w, border: _ndimage(x, _turned(w), border),
                _around(
                    lambda kh, kw: tuple(_centre(k)[::-1] for k in (kh, kw)), turn=1
                ),
            ),
            "The kernel is flipped in both axes: this is a convolution. Here it is laid on "
            "the image as it is.",
        ),
        Misconception(
            "centre one too early",
            _around(lambda kh, kw: tuple(_centre(k)[::-1] for k in (kh, kw))),
            "Odd kernels are right. Of an even one the centre is one pixel off: w[kh // 2, "
            "kw // 2] lies on the pixel, so more rows are above it than below.",
        ),
        Misconception(
            "half on both sides",
            _around(lambda kh, kw: ((kh // 2,) * 2, (kw // 2,) * 2)),
            "You add the same number on both sides. That is right for odd kernels; for an "
            "even one the output becomes too large.",
        ),
        Misconception(
            "too little on both sides",
            _around(lambda kh, kw: (((kh - 1) // 2,) * 2, ((kw - 1) // 2,) * 2)),
            "You add the same number on both sides. That is right for odd kernels; for an "
            "even one the output becomes too small.",
        ),
        Misconception(
            "width for both",
            (
                _around(lambda kh, kw: (_centre(kw), _centre(kw))),
                _around(lambda kh, kw: ((kw // 2,) * 2,) * 2),
            ),
            "You reckon the border from the width of the kernel, for the rows too. A "
            "kernel of 1 x 3 needs none above and below.",
        ),
        Misconception(
            "height for both",
            (
                _around(lambda kh, kw: (_centre(kh), _centre(kh))),
                _around(lambda kh, kw: ((kh // 2,) * 2,) * 2),
            ),
            "You reckon the border from the height of the kernel, for the columns too. A "
            "kernel of 3 x 1 needs none at the left and the right.",
        ),
        Misconception(
            "one pair for both axes",
            _around(lambda kh, kw: ((kh // 2, kw // 2),) * 2),
            "np.pad reads a single pair as (before, after), and takes it for both axes. "
            "Rows and columns need a pair each.",
        ),
        Misconception(
            "axes crossed",
            _around(lambda kh, kw: (_centre(kw), _centre(kh))),
            "Rows and columns are crossed: the height of the kernel decides how much is "
            "added above and below.",
        ),
        Misconception(
            "only right and below",
            _around(lambda kh, kw: ((0, kh - 1), (0, kw - 1))),
            "All of the border is added below and at the right. Then w[0, 0] lies on the "
            "pixel, not the centre of the kernel, and the picture moves.",
        ),
        Misconception(
            "only left and above",
            _around(lambda kh, kw: ((kh - 1, 0), (kw - 1, 0))),
            "All of the border is added above and at the left (as when 'full' is cut off "
            "at its end). Then the last weight lies on the pixel, not the centre.",
        ),
        Misconception(
            "always zeros",
            _around(_right_pads, lambda border: "constant"),
            "There are zeros outside, whatever `border` says. Hand the name on to np.pad.",
        ),
        Misconception(
            "always the edge",
            _around(_right_pads, lambda border: "edge"),
            "The edge is repeated, whatever `border` says. Hand the name on to np.pad.",
        ),
        Misconception(
            "always a mirror",
            (
                _around(_right_pads, lambda border: "reflect"),
                _around(_right_pads, lambda border: "symmetric"),
            ),
            "There is a mirror outside, whatever `border` says. Hand the name on to "
            "np.pad.",
        ),
        Misconception(
            "mirrors swapped",
            _around(_right_pads, _swap_mirrors),
            "The two mirrors have changed names: SciPy's ndimage calls 'reflect' what "
            "NumPy calls 'symmetric'. Here the names are NumPy's.",
        ),
        Misconception(
            "frame of zeros",
            _framed(np.zeros_like),
            "Only the complete windows are computed, and a frame of zeros stands around "
            "them. The pixels of the frame have an answer too: it depends on the border.",
        ),
        Misconception(
            "frame of the image",
            _framed(np.copy),
            "Only the complete windows are computed, and the frame around them is the "
            "image as it was. It has to be filtered too.",
        ),
        Misconception(
            "no border",
            lambda x, w, border: _correlate(x, w),
            "This is mode 'valid': the output is smaller than the image. Add a border "
            "before you slide the kernel.",
        ),
        Misconception(
            "full",
            _around(lambda kh, kw: ((kh - 1,) * 2, (kw - 1,) * 2)),
            "You add K - 1 on each side: that is mode 'full', and the output is larger "
            "than the image.",
        ),
        Misconception(
            "cut off",
            (
                lambda x, w, border: _ndimage(x, w, border).astype(int),
                lambda x, w, border: _ndimage(x, w, border).astype(int).astype(x.dtype),
                _into_type_of_image,
            ),
            "The output has a type that cannot hold the sums: whole numbers lose their "
            "fractions, and uint8 keeps only 0 to 255. np.zeros_like(x) takes over the "
            "type of x, and so does ndimage.",
        ),
    ),
)


# ----------------------------------------------- q4: Sobel, and what becomes of numbers

SMOOTH4, DIFFERENCE4 = np.array([1, 2, 1]), np.array([-1, 0, 1])
SOBEL = np.outer(SMOOTH4, DIFFERENCE4)
LEVELS = 30, 180  # dark and bright side of the step
STEP4 = 4 * (LEVELS[1] - LEVELS[0])

q4 = ValueQuestion(
    id="q4",
    title="Build Sobel, and watch its numbers",
    points=2,
    parts={
        "sobel": SOBEL,
        "ramp": 8,
        "step": STEP4,
        "cast": STEP4 % 256,
        "rising": 255,
        "falling": 0,
        "added": (250 + 10) % 256,
        "taken": (10 - 20) % 256,
    },
    hints=(
        "np.outer(column, row) puts a column and a row together: entry (m, n) is "
        "column[m] * row[n]. Which of the two has to run along the rows?",
        "For the ramp and the step, write down the three rows under the kernel: they are "
        "equal, and the weights 1, 2, 1 count them. Does the middle column matter?",
        "np.uint8 counts like a clock with 256 hours. OpenCV looks where the sum lies: "
        "what is outside the range of uint8 becomes the nearest number that is inside.",
    ),
    misconceptions=(
        Misconception(
            "other direction",
            ({"sobel": SOBEL.T}, {"sobel": -SOBEL.T}),
            "this one takes differences from row to row, and finds horizontal edges. Let "
            "the difference run along each row.",
        ),
        Misconception(
            "left minus right",
            {"sobel": -SOBEL},
            "all signs are the other way round: it gives left minus right. Laid on as it "
            "is, it should be positive where the right side is brighter.",
        ),
        Misconception(
            "profiles added",
            (
                {"sobel": np.add.outer(SMOOTH4, DIFFERENCE4)},
                {"sobel": np.add.outer(DIFFERENCE4, SMOOTH4)},
            ),
            "column and row are added. Each entry is a product of one from the column and "
            "one from the row.",
        ),
        Misconception(
            "no smoothing",
            (
                {"sobel": np.outer(np.ones(3), DIFFERENCE4)},
                {"sobel": np.outer([0, 1, 0], DIFFERENCE4)},
            ),
            "the three rows do not count 1, 2, 1 here. The smoothing goes down the "
            "columns.",
        ),
        Misconception(
            "no difference",
            {"sobel": np.outer(SMOOTH4, SMOOTH4)},
            "that only smooths: all weights are positive. The difference is missing.",
        ),
        Misconception(
            "convolved profiles",
            (
                {"sobel": np.convolve(SMOOTH4, DIFFERENCE4)},
                {"sobel": SMOOTH4 * DIFFERENCE4},
                {"sobel": SMOOTH4 @ DIFFERENCE4},
            ),
            "that is not an image of 3 x 3. One profile runs down, the other across: each "
            "entry of the one meets each entry of the other.",
        ),
        Misconception(
            "divided",
            tuple({"sobel": SOBEL / k} for k in (8, 4, 2)),
            "you have scaled it. Some libraries do; here it is the plain product of the "
            "two profiles.",
        ),
        Misconception(
            "one row of the ramp",
            {"ramp": 2},
            "that is what one row with the weights -1, 0, 1 gives. There are three rows, "
            "and they count 1, 2, 1.",
        ),
        Misconception(
            "ramp like a step",
            {"ramp": 4},
            "from the left column of the window to its right one a ramp rises twice. You "
            "count one rise only.",
        ),
        Misconception(
            "ramp as slope",
            {"ramp": 1},
            "that is the slope itself. The kernel does not give it in the same unit: put "
            "the numbers 0, 1, 2 under it, three times.",
        ),
        Misconception(
            "flat ramp",
            {"ramp": 0},
            "that is what a flat image gives. A ramp changes from column to column.",
        ),
        Misconception(
            "rows counted once",
            {"ramp": 6, "step": 3 * 150},
            "you count the three rows once each. The middle one counts twice.",
        ),
        Misconception(
            "negative",
            {"ramp": -8, "step": -STEP4},
            "the sign is the other way round. The right side is the brighter one, and the "
            "kernel takes right minus left.",
        ),
        Misconception(
            "height of the step",
            {"step": 150},
            "that is the difference of two pixels. The kernel adds three such differences, "
            "and the middle one twice.",
        ),
        Misconception(
            "dark side forgotten",
            {"step": 4 * 180},
            "you count the bright side only, as if the dark one were black. Its pixels "
            "have negative weights.",
        ),
        Misconception(
            "dark side added",
            {"step": 4 * 210},
            "you add the dark side to the bright one. Its pixels have negative weights.",
        ),
        Misconception(
            "step like a ramp",
            {"step": 8 * 150},
            "you reckon as on a ramp, which rises twice under the kernel. A step rises "
            "once.",
        ),
        Misconception(
            "step in uint8",
            {"step": 255},
            "that is the largest uint8. `step` is the true sum, reckoned with numbers that "
            "have no limit.",
        ),
        Misconception(
            "clipped",
            {"cast": 255, "added": 255},
            "NumPy does not stop at the largest number: it goes on counting from zero, "
            "like a clock.",
        ),
        Misconception(
            "clipped at zero",
            {"taken": 0},
            "NumPy does not stop at zero: below it the largest number follows, like on a "
            "clock.",
        ),
        Misconception(
            "no limit",
            {"cast": STEP4, "added": 260, "rising": STEP4},
            "that would be right without a limit, but the type has only eight bits. Which "
            "numbers fit into them?",
        ),
        Misconception(
            "negative without limit",
            {"taken": -10, "falling": -STEP4},
            "that would be right with a sign, but this type has none. What is the smallest "
            "number that it holds?",
        ),
        Misconception(
            "modulo 255",
            {"cast": STEP4 % 255, "added": 5, "taken": 245},
            "you go round after 255 numbers. Zero is one of them too: how many different "
            "numbers do eight bits hold?",
        ),
        Misconception(
            "once round",
            {"cast": STEP4 - 256},
            "you went round once, and what is left still does not fit. Go round again.",
        ),
        Misconception(
            "OpenCV like NumPy",
            {"rising": STEP4 % 256, "falling": -STEP4 % 256},
            "that is what NumPy's cast makes of it. OpenCV does not count round: it "
            "stops at the end of the range.",
        ),
        Misconception(
            "amount",
            {"falling": 255, "taken": 10},
            "that is made of the amount, without the sign. Nobody has taken an amount "
            "here: what happens to a sum below the range?",
        ),
        Misconception(
            "falling stops too late",
            {"falling": -255},
            "this is negative, and the type of the result has no sign.",
        ),
    ),
)


# ------------------------------------------------------------ q5: the edge demo repaired

LEFT_MINUS_RIGHT = np.array([[1, 0, -1]] * 3)


def _steps(rng):
    """Yield images of type uint8, with rising and falling edges."""
    bar = np.zeros((6, 9), np.uint8)
    bar[:, 3:6] = 200
    bar[3:, 3:6] = 120
    yield "a step", (np.array([[20, 20, 200, 180]] * 3, np.uint8),)
    yield "a bright bar", (bar,)
    yield "a dark bar", (255 - bar[:5],)
    yield (
        "a faint step",
        (np.repeat([[100, 100, 140, 140, 140]], 4, 0).astype(np.uint8),),
    )
    yield "a frame", (np.pad(np.full((3, 4), 250, np.uint8), 2),)
    for shape in ((5, 7), (8, 6)):
        yield "random pixels", (rng.integers(0, 256, shape).astype(np.uint8),)
    yield "random faint pixels", (rng.integers(60, 90, (7, 9)).astype(np.uint8),)


def _edges(image, border="reflect"):
    return _ndimage(image, LEFT_MINUS_RIGHT, border)


def _clipped(y, low=0, high=255):
    return np.clip(y, low, high)


def _differences_in_uint8(image):
    """Return the sums of differences that have wrapped one by one."""
    padded = np.pad(image, 1, mode="reflect")
    across = (padded[:, :-2] - padded[:, 2:]).astype(int)
    return across[:-2] + across[1:-1] + across[2:]


def _stretched(image):
    y = _edges(image)
    return (y - y.min()) / np.ptp(y)


q5 = FunctionQuestion(
    id="q5",
    title="Repair a published edge detector",
    points=2,
    call="edges(image)",
    reference=_edges,
    cases=_steps,
    result="the edge map",
    hints=(
        "Work out one pixel on each side of the bar by hand. Which of the two sums fits "
        "into uint8?",
        "The sums have to go into a type with a sign and with room for 3 times 255, before "
        "anything is cut off. What has been cut off cannot be brought back.",
        "The second argument of cv2.filter2D chooses the type of the result: -1 means that "
        "of the image. cv2.CV_64F or cv2.CV_16S would do, or an image of floats.",
    ),
    misconceptions=(
        Misconception(
            "as published",
            (
                lambda image: _clipped(_edges(image)),
                lambda image: _clipped(_edges(image)) / 255,
            ),
            "One of the two sides of each bar is still 0, and strong edges end at one "
            "value. The sums are cut off before you do anything with them; np.abs or "
            "astype after that comes too late.",
        ),
        Misconception(
            "no negative numbers",
            lambda image: np.maximum(_edges(image), 0),
            "One of the two sides of each bar is still 0: the type of your result has room "
            "for large numbers, but none for negative ones.",
        ),
        Misconception(
            "signs only",
            lambda image: np.sign(_edges(image)),
            "You hand back the signs only. How strong an edge is should be seen as well.",
        ),
        Misconception(
            "amount",
            (
                lambda image: abs(_edges(image)),
                lambda image: _edges(image) ** 2,
                lambda image: abs(_edges(image)) / 255,
            ),
            "Both edges are there, but they look alike: the sign is gone. From dark to "
            "bright and from bright to dark should be told apart.",
        ),
        Misconception(
            "amount, saturated",
            lambda image: _clipped(abs(_edges(image))),
            "Both edges are there, but they look alike, and strong ones all have one "
            "value. Keep the sign, and a type with more room.",
        ),
        Misconception(
            "two halves, saturated",
            lambda image: _clipped(_edges(image), -255, 255),
            "Both signs are there, but strong edges stop at 255: the halves were cut off "
            "in uint8 before they were put together. How large can the sum become?",
        ),
        Misconception(
            "clipped at both ends of int8",
            lambda image: _clipped(_edges(image), -128, 127),
            "Both signs are there, but strong edges stop at 127: eight bits with a sign "
            "have too little room. How large can the sum become?",
        ),
        Misconception(
            "wrapped",
            (
                lambda image: _edges(image) % 256,
                _differences_in_uint8,
                lambda image: (_edges(image) + 128) % 256 - 128,
                lambda image: _edges((image.astype(int) + 128) % 256 - 128),
                lambda image: (
                    (_clipped(_edges(image)) - _clipped(-_edges(image))) % 256
                ),
            ),
            "The numbers have gone round, as on a clock of 256 hours: the subtraction "
            "takes place in eight bits. Change the type of the image before it.",
        ),
        Misconception(
            "sign turned",
            lambda image: -_edges(image),
            "All signs are the other way round: the kernel is flipped, or it takes right "
            "minus left. The published one, laid on as it is, takes left minus right.",
        ),
        Misconception(
            "other direction",
            (
                lambda image: _ndimage(image, LEFT_MINUS_RIGHT.T, "reflect"),
                lambda image: -_ndimage(image, LEFT_MINUS_RIGHT.T, "reflect"),
            ),
            "You compare rows, and find the horizontal edges. The published kernel "
            "compares left and right: it finds vertical ones.",
        ),
        Misconception(
            "stretched",
            (
                _stretched,
                lambda image: _edges(image) / abs(_edges(image)).max(),
                lambda image: 255 * _edges(image) / abs(_edges(image)).max(),
                lambda image: 255 * _stretched(image),
                lambda image: np.rint(255 * _stretched(image)),
                lambda image: np.floor(255 * _stretched(image)),
            ),
            "You stretch the result to a range of its own. Then nobody can tell where 0 "
            "was, and two pictures cannot be compared. Hand back the sums themselves.",
        ),
        Misconception(
            "grey for zero",
            (
                lambda image: _edges(image) + 128,
                lambda image: _clipped(_edges(image) + 128),
                lambda image: _edges(image) / 2 + 128,
                lambda image: _clipped(_edges(image) / 2 + 128),
            ),
            "You shift zero to a middle grey, as for a picture. Hand back the sums "
            "themselves; how to show them is decided later.",
        ),
        Misconception(
            "zero to one",
            lambda image: _edges(image) / 255,
            "Your image goes from 0 to 1, so that the sums are 255 times smaller. Both "
            "signs are there; keep the grey levels as they are.",
        ),
        Misconception(
            "mean of three",
            (
                lambda image: _edges(image) / 3,
                lambda image: _edges(image) / 9,
                lambda image: _edges(image) / 6,
            ),
            "Your kernel is scaled. Both signs are there; leave the weights at 1 and -1.",
        ),
        Misconception(
            "one row",
            lambda image: _ndimage(image, LEFT_MINUS_RIGHT[:1], "reflect"),
            "You compare the pixels of one row only. The published kernel adds up three "
            "rows.",
        ),
        Misconception(
            "Sobel",
            (
                lambda image: _ndimage(image, SOBEL, "reflect"),
                lambda image: _ndimage(image, -SOBEL, "reflect"),
                lambda image: abs(_ndimage(image, SOBEL, "reflect")),
            ),
            "This is Sobel's kernel: its middle row counts twice, and it may take right "
            "minus left. Keep the published kernel; only its numbers need more room.",
        ),
        Misconception(
            "strength in all directions",
            lambda image: np.hypot(
                _edges(image), _ndimage(image, LEFT_MINUS_RIGHT.T, "reflect")
            ),
            "This is the strength of edges in all directions, without a sign. The "
            "published kernel looks for vertical edges only.",
        ),
        Misconception(
            "other border",
            tuple(
                functools.partial(_edges, border=border)
                for border in ("constant", "edge", "symmetric", "wrap")
            ),
            "Inside all is right, both signs are there. The border is not OpenCV's: its "
            "default is a mirror that stands on the edge pixel, NumPy's 'reflect'.",
        ),
        Misconception(
            "no border",
            lambda image: _correlate(image.astype(int), LEFT_MINUS_RIGHT),
            "All values are right, but the border is missing: the published map is as "
            "large as the image.",
        ),
    ),
)


# -------------------------------------------------------------- q6: equal to OpenCV

SHARPEN = np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]])


def _filters(rng):
    """Yield uint8 images with kernels: ties in rounding, sums out of range, even sizes.

    The weights are sums of powers of two, so that each sum is exact in any order: a mean
    over 3 x 3 would make 57.999... of 58 for some, and truncation would tell them apart.
    """
    image = rng.integers(0, 256, (9, 12)).astype(np.uint8)
    binomial = np.outer([1, 2, 1], [1, 2, 1]) / 16
    row = np.array([[1, 2, 4, 7, 200, 255]], np.uint8)
    yield "one row, halves", (row, np.array([[0.5, 0.5]]))
    yield "one row, differences", (row, np.array([[-1.0, 1.5]]))
    yield "the identity", (image, np.array([[0, 0, 0], [0, 1.0, 0], [0, 0, 0]]))
    yield "smoothing with sixteenths", (image, binomial)
    yield "halves", (image, np.array([[0.5, 0.5]]))
    yield "sharpening", (image, SHARPEN.astype(float))
    yield "a mean over 2 x 4", (image, np.full((2, 4), 1 / 8))
    yield "a wide one, 3 x 5", (image, np.outer([1, 2, 1], [1, 0, 2, 0, 1]) / 16)
    yield "even, 2 x 4", (image, np.array([[1, 2, 0, -1], [3, 1, 2, 0]]) / 8)
    for size in ((3, 3), (5, 2), (2, 3)):
        pixels = rng.integers(0, 256, (8, 11)).astype(np.uint8)
        weights = rng.integers(-6, 10, size) / 16
        yield f"random weights, {size[0]} x {size[1]}", (pixels, weights)


def _sums(image, kernel, border="reflect"):
    return _ndimage(image, kernel, border)


def _to_uint8(y, whole=np.rint):
    return np.clip(whole(y), 0, 255).astype(np.uint8)


def _like_opencv(image, kernel, border="reflect", whole=np.rint):
    return _to_uint8(_sums(image, kernel, border), whole)


def _unrounded(image, kernel, border="reflect"):
    return np.clip(_sums(image, kernel, border), 0, 255)


def _half_up(y):
    return np.floor(y + 0.5)


def _round_away(y):
    return np.sign(y) * np.floor(abs(y) + 0.5)


def _stretch(y):
    return 255 * (y - y.min()) / (np.ptp(y) or 1)


def _around_uint8(pads, whole=np.rint):
    """Return the filter with another padding of its images."""
    sums = _around(pads, lambda border: "reflect")

    def function(image, kernel):
        return _to_uint8(sums(image, kernel, "reflect"), whole)

    return function


def _passes_the_range(image, kernel):
    """Return True if a sum is below 0 or above 255, once it is whole."""
    y = np.rint(_sums(image, kernel))
    return bool(y.min() < 0 or y.max() > 255)


OTHER_BORDERS = ("constant", "edge", "symmetric", "wrap")

q6 = FunctionQuestion(
    id="q6",
    title="Equal to OpenCV, pixel by pixel",
    points=2,
    call="filter_image(image, kernel)",
    reference=_like_opencv,
    cases=_filters,
    forbidden=CONVOLUTIONS,
    result="the filtered image",
    hints=(
        "Three things are decided after the kernel is chosen: what lies outside the image, "
        "how a fraction becomes a whole number, and what happens outside 0 to 255.",
        "Look at a small image in all three respects: print your sums beside those of "
        "cv2.filter2D. Where are the first that differ, at the border or inside? Is the "
        "sum there a half, or below 0?",
        "Pad with np.pad's 'reflect', sum in floats, round with np.rint (halves go to the "
        "even number), and only then clip to 0 to 255 and change the type.",
    ),
    misconceptions=(
        Misconception(
            "cut off",
            lambda image, kernel: _like_opencv(image, kernel, whole=np.trunc),
            "The border is right. The fractions are cut off, as astype does it; so half of "
            "the pixels come out one too dark. OpenCV rounds.",
        ),
        Misconception(
            "halves upwards",
            (
                lambda image, kernel: _like_opencv(image, kernel, whole=_half_up),
                lambda image, kernel: _like_opencv(image, kernel, whole=_round_away),
            ),
            "Only sums that end in exactly one half are wrong: you round all of them up. "
            "OpenCV takes the even neighbour, so that the picture gets no brighter on "
            "average.",
        ),
        Misconception(
            "rounded up",
            lambda image, kernel: _like_opencv(image, kernel, whole=np.ceil),
            "All fractions are rounded up. OpenCV goes to the nearest whole number.",
        ),
        Misconception(
            "not rounded",
            (
                _unrounded,
                _sums,
            ),
            "The sums are not rounded: a picture of uint8 has whole levels.",
        ),
        Misconception(
            "not clipped",
            lambda image, kernel: np.rint(_sums(image, kernel)),
            "Some sums are below 0 or above 255. OpenCV sets them to the nearest end of "
            "that range.",
        ),
        Misconception(
            "wrapped",
            (
                lambda image, kernel: np.rint(_sums(image, kernel)) % 256,
                lambda image, kernel: np.trunc(_sums(image, kernel)) % 256,
                lambda image, kernel: np.trunc(_sums(image, kernel, "edge")) % 256,
                lambda image, kernel: np.trunc(_sums(image, kernel, "constant")) % 256,
                lambda image, kernel: np.rint(_sums(image, kernel, "edge")) % 256,
                lambda image, kernel: np.floor(_sums(image, kernel) % 256),
            ),
            "Sums outside 0 to 255 go round in astype(np.uint8): a little too bright "
            "becomes black. Clip before you change the type.",
            seen=_passes_the_range,
        ),
        Misconception(
            "clipped at the top only",
            (
                lambda image, kernel: np.minimum(np.rint(_sums(image, kernel)), 255),
                lambda image, kernel: (
                    np.minimum(np.rint(_sums(image, kernel)), 255) % 256
                ),
            ),
            "What is above 255 is clipped, what is below 0 is not.",
        ),
        Misconception(
            "clipped at the bottom only",
            (
                lambda image, kernel: np.maximum(np.rint(_sums(image, kernel)), 0),
                lambda image, kernel: (
                    np.maximum(np.rint(_sums(image, kernel)), 0) % 256
                ),
            ),
            "What is below 0 is clipped, what is above 255 is not.",
        ),
        Misconception(
            "amount",
            lambda image, kernel: _to_uint8(abs(_sums(image, kernel))),
            "Negative sums lose their sign and become bright. OpenCV sets them to the dark "
            "end.",
        ),
        Misconception(
            "other border",
            tuple(
                functools.partial(_like_opencv, border=border)
                for border in OTHER_BORDERS
            ),
            "Inside all pixels are equal, at the border they are not. OpenCV's default "
            "is called BORDER_REFLECT_101: which side of the mirror is the edge pixel on?",
        ),
        Misconception(
            "as published",
            tuple(
                functools.partial(_like_opencv, border=border, whole=whole)
                for border in OTHER_BORDERS
                for whole in (np.trunc, _half_up)
            )
            + tuple(
                functools.partial(_unrounded, border=border) for border in OTHER_BORDERS
            ),
            "Two things differ: the border, and the way in which fractions become whole "
            "numbers. Take the inside of a small image first.",
        ),
        Misconception(
            "turned kernel",
            (
                lambda image, kernel: _like_opencv(image, _turned(kernel)),
                lambda image, kernel: _to_uint8(
                    _around(
                        lambda kh, kw: tuple(_centre(k)[::-1] for k in (kh, kw)),
                        turn=True,
                    )(image, kernel, "reflect")
                ),
            ),
            "Kernels that look the same when they are turned round come out right, others "
            "do not: yours is flipped. OpenCV's filter2D never flips.",
        ),
        Misconception(
            "centre one off",
            (
                _around_uint8(lambda kh, kw: tuple(_centre(k)[::-1] for k in (kh, kw))),
                _around_uint8(
                    lambda kh, kw: tuple(_centre(k)[::-1] for k in (kh, kw)), np.trunc
                ),
            ),
            "Odd kernels are right. Of an even one the centre is one pixel off: OpenCV "
            "lays kernel[kh // 2, kw // 2] on the pixel.",
        ),
        Misconception(
            "half on both sides",
            (
                _around_uint8(lambda kh, kw: ((kh // 2,) * 2, (kw // 2,) * 2)),
                _around_uint8(
                    lambda kh, kw: (((kh - 1) // 2,) * 2, ((kw - 1) // 2,) * 2)
                ),
            ),
            "You add as much above as below. Even kernels have no middle: then the output "
            "is not as large as the image.",
        ),
        Misconception(
            "one width for both axes",
            (
                _around_uint8(lambda kh, kw: (_centre(kw), _centre(kw))),
                _around_uint8(lambda kh, kw: (_centre(kh), _centre(kh))),
                _around_uint8(lambda kh, kw: (_centre(kw), _centre(kh))),
            ),
            "The border is reckoned from one side of the kernel for both axes, or from the "
            "wrong one. A kernel of 1 x 2 shows it.",
        ),
        Misconception(
            "no border",
            lambda image, kernel: _to_uint8(_correlate(image.astype(float), kernel)),
            "Your image is smaller than the one that came in: OpenCV adds a border first.",
        ),
        Misconception(
            "stretched",
            (
                lambda image, kernel: np.rint(_stretch(_sums(image, kernel))),
                lambda image, kernel: np.trunc(_stretch(_sums(image, kernel))),
            ),
            "You stretch the result over the whole range: each picture then has another "
            "contrast. OpenCV keeps the levels, and clips.",
        ),
        Misconception(
            "weights made to add up to 1",
            (
                lambda image, kernel: _like_opencv(image, kernel / kernel.sum()),
                lambda image, kernel: _to_uint8(_sums(image, kernel) / kernel.sum()),
            ),
            "You divide by the sum of the weights. OpenCV takes the kernel as it is.",
        ),
        Misconception(
            "rounded one by one",
            (
                lambda image, kernel: _like_opencv(image, np.rint(kernel)),
                lambda image, kernel: _like_opencv(image, np.trunc(kernel)),
            ),
            "The weights themselves are turned into whole numbers, as in "
            "kernel.astype(int). Round the sum, and only the sum.",
        ),
    ),
)


# --------------------------------------------------------------- q7: an unknown kernel


def _unknown(rng):
    """Yield (x, y, shape): an image, its 'valid' correlation, and the kernel's shape."""

    def case(x, w):
        return x, _correlate(x, w), w.shape

    impulse = np.zeros((3, 5))
    impulse[1, 2] = 1
    yield "an impulse", case(impulse, np.array([[1.0, -2, 3], [0.5, 4, -1]]))
    yield (
        "whole numbers",
        case(rng.integers(0, 10, (7, 6)).astype(float), np.array([[2.0, -1], [3, 5]])),
    )
    for shape, size in (((9, 8), (3, 3)), ((6, 9), (1, 4)), ((10, 8), (4, 2))):
        yield (
            f"a random kernel of {size[0]} x {size[1]}",
            case(rng.uniform(0, 255, shape), rng.normal(size=size)),
        )
    yield (
        "an image with negative pixels",
        case(rng.normal(size=(8, 9)), rng.normal(size=(2, 5))),
    )


def _equations(x, shape):
    """Return one row for each window of x: the pixels under the kernel."""
    windows = np.lib.stride_tricks.sliding_window_view(x, shape)
    return windows.reshape(-1, shape[0] * shape[1])


def _solved(x, y, shape):
    return np.linalg.lstsq(_equations(x, shape), y.ravel(), rcond=None)[0].reshape(
        shape
    )


def _gram(x, y, shape):
    """Return how well each pixel of the windows goes along with the output."""
    return (_equations(x, shape).T @ y.ravel()).reshape(shape)


def _spectra(x, y, shape):
    """Return the quotient of the spectra, as if the image went round."""
    quotient = np.fft.fft2(y, x.shape) / np.fft.fft2(x)
    return np.fft.ifft2(quotient).real[: shape[0], : shape[1]]


def _spectra_conjugate(x, y, shape):
    quotient = np.conj(np.fft.fft2(y, x.shape) / np.fft.fft2(x))
    return np.fft.ifft2(quotient).real[: shape[0], : shape[1]]


def _middle(y, shape):
    top, left = (y.shape[0] - shape[0]) // 2, (y.shape[1] - shape[1]) // 2
    return y[top : top + shape[0], left : left + shape[1]]


def _columns_first(x, y, shape):
    return _solved(x, y, shape).ravel().reshape(shape, order="F")


q7 = FunctionQuestion(
    id="q7",
    title="Which kernel was it?",
    points=2,
    call="find_kernel(x, y, shape)",
    reference=_solved,
    cases=_unknown,
    result="the kernel",
    hints=(
        "Each pixel of y gives one equation, and its unknowns are the weights. How many "
        "unknowns are there, and how many equations?",
        "The window of y[i, j], written as one long row, times the kernel written as one "
        "long column, is y[i, j]. Stack all the rows to a matrix.",
        "With A of shape (number of outputs, kh * kw), np.linalg.lstsq(A, y.ravel(), "
        "rcond=None)[0] is the kernel in one row. np.reshape gives it its shape back.",
    ),
    misconceptions=(
        Misconception(
            "turned",
            lambda x, y, shape: _turned(_solved(x, y, shape)),
            "The right weights, turned round by 180 degrees. The picture of an impulse is "
            "the kernel turned round, because the kernel slides as it is.",
        ),
        Misconception(
            "upside down",
            lambda x, y, shape: _solved(x, y, shape)[::-1],
            "The right weights, but the rows come in reversed order.",
        ),
        Misconception(
            "left and right swapped",
            lambda x, y, shape: _solved(x, y, shape)[:, ::-1],
            "The right weights, but the columns come in reversed order.",
        ),
        Misconception(
            "transposed",
            lambda x, y, shape: _solved(x, y, shape).T,
            "Rows and columns of the kernel are swapped.",
        ),
        Misconception(
            "read off the output",
            (
                lambda x, y, shape: y[: shape[0], : shape[1]],
                lambda x, y, shape: _turned(y[: shape[0], : shape[1]]),
                lambda x, y, shape: _middle(y, shape),
                lambda x, y, shape: _turned(_middle(y, shape)),
                lambda x, y, shape: y[-shape[0] :, -shape[1] :],
                lambda x, y, shape: _turned(y[-shape[0] :, -shape[1] :]),
            ),
            "You read the kernel off the output. That works for an impulse, where all "
            "other pixels are 0. In any other image many pixels are mixed in each output.",
        ),
        Misconception(
            "columns first",
            (
                _columns_first,
                lambda x, y, shape: _solved(x, y.ravel(order="F"), shape),
            ),
            "The weights stand in the wrong places, or the equations in the wrong order: "
            "one of them is read column by column. Windows, y and np.reshape have to go "
            "the same way.",
        ),
        Misconception(
            "shape swapped",
            lambda x, y, shape: _solved(x, y, shape).reshape(shape[::-1]),
            "The right weights in the wrong shape: `shape` names the rows first.",
        ),
        Misconception(
            "one long row",
            (
                lambda x, y, shape: _solved(x, y, shape).ravel(),
                lambda x, y, shape: _solved(x, y, shape).reshape(-1, 1),
            ),
            "The right weights, but in one line. Give the kernel its shape.",
        ),
        Misconception(
            "correlated, not solved",
            (
                _gram,
                lambda x, y, shape: _turned(_gram(x, y, shape)),
                lambda x, y, shape: _correlate(x, _turned(y)),
                lambda x, y, shape: _gram(x, y, shape) / y.size,
                lambda x, y, shape: _gram(x, y, shape) / np.sum(x**2),
                lambda x, y, shape: _gram(x, y, shape) / np.sum(x),
            ),
            "You compare output and image window by window. Neighbouring pixels go "
            "along with each other, so that each weight takes credit for the next one. "
            "Solve the equations instead.",
        ),
        Misconception(
            "pixel by pixel",
            (
                lambda x, y, shape: (y / x[: y.shape[0], : y.shape[1]])[
                    : shape[0], : shape[1]
                ],
                lambda x, y, shape: (
                    x[: shape[0], : shape[1]] / y[: shape[0], : shape[1]]
                ),
            ),
            "You divide pixels by pixels. One output is a sum over many pixels: it needs "
            "several equations at once.",
        ),
        Misconception(
            "spectra",
            (_spectra, _spectra_conjugate),
            "You divide the spectra. That is right only if the image goes round at its "
            "borders, and here the output is smaller than the image.",
        ),
        Misconception(
            "made to add up to 1",
            lambda x, y, shape: _solved(x, y, shape) / _solved(x, y, shape).sum(),
            "You make the weights add up to 1. Nobody says that this kernel takes a mean.",
        ),
        Misconception(
            "rounded",
            lambda x, y, shape: np.rint(_solved(x, y, shape)),
            "The weights are rounded to whole numbers. They may have fractions.",
        ),
        Misconception(
            "amount",
            lambda x, y, shape: abs(_solved(x, y, shape)),
            "The signs of the weights are lost.",
        ),
    ),
)


# ------------------------------------------------------------------ q8: Game of Life


def _boards(rng):
    """Yield boards of 0 and 1: still, blinking, over the border, random."""

    def board(shape, *cells):
        cells = np.array(cells)
        new = np.zeros(shape, int)
        new[cells[:, 0], cells[:, 1]] = 1
        return (new,)

    yield "a blinker", board((5, 6), (2, 1), (2, 2), (2, 3))
    yield "a block, which stays", board((5, 6), (1, 1), (1, 2), (2, 1), (2, 2))
    yield "one cell alone", board((5, 5), (2, 2))
    yield "a blinker over the right border", board((5, 6), (2, 5), (2, 0), (2, 1))
    yield "a blinker over the lower border", board((6, 5), (5, 1), (0, 1), (1, 1))
    yield (
        "a glider in the corner",
        board((6, 7), (5, 0), (0, 1), (1, 6), (1, 0), (1, 1)),
    )
    for shape in ((7, 9), (10, 6)):
        yield "random cells", (rng.integers(0, 2, shape),)
    yield "a few random cells", ((rng.random((9, 11)) < 0.25).astype(int),)


EIGHT = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
FOUR = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])


def _neighbours(board, kernel=EIGHT, border="wrap"):
    """Return the sums over the kernel, as whole numbers."""
    return np.rint(_ndimage(board, kernel, border)).astype(int)


def _rule(born, stays, kernel=EIGHT, border="wrap"):
    """Return a step with other rules; `born` and `stays` hold numbers of neighbours."""

    def step(board):
        n = _neighbours(board, kernel, border)
        alive = board == 1
        return (np.isin(n, born) & ~alive | np.isin(n, stays) & alive).astype(int)

    return step


def _in_place(board):
    """Change the board while it is being read."""
    board = board.copy()
    H, W = board.shape
    for i, j in np.ndindex(H, W):
        n = sum(
            board[(i + a) % H, (j + b) % W]
            for a, b in itertools.product((-1, 0, 1), repeat=2)
        )
        n -= board[i, j]
        board[i, j] = int(n == 3 or (n == 2 and board[i, j] == 1))
    return board


def _one_way(rows, cols):
    """Return a step on a board that goes round along some axes only."""

    def step(board):
        padded = np.pad(board, ((1, 1), (0, 0)), mode="wrap" if rows else "constant")
        padded = np.pad(padded, ((0, 0), (1, 1)), mode="wrap" if cols else "constant")
        n = np.rint(_correlate(padded, EIGHT)).astype(int)
        return ((n == 3) | (n == 2) & (board == 1)).astype(int)

    return step


def _half_round(board):
    """Let index -1 go round, and leave out what is past the end."""
    padded = np.pad(board, ((1, 0), (1, 0)), mode="wrap")
    n = np.rint(_correlate(np.pad(padded, ((0, 1), (0, 1))), EIGHT)).astype(int)
    return ((n == 3) | (n == 2) & (board == 1)).astype(int)


def _inner(frame):
    """Return a step that leaves a frame around the board as `frame` makes it."""

    def step(board):
        new = frame(board)
        new[1:-1, 1:-1] = _rule((3,), (2, 3))(board)[1:-1, 1:-1]
        return new

    return step


def _empty_slices(board):
    new = np.zeros_like(board)
    for i, j in np.ndindex(board.shape):
        n = np.sum(board[i - 1 : i + 2, j - 1 : j + 2]) - board[i, j]
        new[i, j] = n == 3 or (n == 2 and board[i, j] == 1)
    return new


ALL = tuple(range(9))
ABOVE = tuple(range(2, 9))

q8 = FunctionQuestion(
    id="q8",
    title="The Game of Life",
    points=2,
    call="life_step(board)",
    reference=_rule((3,), (2, 3)),
    cases=_boards,
    result="the new board",
    hints=(
        "Which kernel counts the neighbours of a cell, and leaves out the cell itself?",
        "The board goes round: what lies beyond the right border is the left column. "
        "That is the border 'wrap'. Then look at each cell with its number of neighbours.",
        "A cell is alive in the next step if it has three neighbours, or if it has two and "
        "is alive now. Two conditions, joined with | and &, each in brackets.",
    ),
    misconceptions=(
        Misconception(
            "counts itself",
            (
                _rule((3,), (2, 3), np.ones((3, 3))),
                _rule((3,), (3,), np.ones((3, 3))),
            ),
            "Your kernel counts the cell itself as one of its neighbours. A block of four, "
            "which should stay, shows it.",
        ),
        Misconception(
            "nothing outside",
            _rule((3,), (2, 3), border="constant"),
            "Cells beyond the border count as dead. Here the board goes round: the left "
            "neighbour of the first column is the last column.",
        ),
        Misconception(
            "mirror at the border",
            (
                _rule((3,), (2, 3), border="symmetric"),
                _rule((3,), (2, 3), border="reflect"),
                _rule((3,), (2, 3), border="edge"),
            ),
            "At the border your cells see a copy of their own side. Here the board goes "
            "round. The default border of ndimage is a mirror, too.",
        ),
        Misconception(
            "round one way only",
            (_one_way(True, False), _one_way(False, True)),
            "The board goes round in one direction only. Left and right belong together, "
            "and top and bottom too.",
        ),
        Misconception(
            "round at one end",
            _half_round,
            "It goes round at the top and the left, where Python's index -1 does it for "
            "you, and not at the bottom and the right. Take the index modulo the size.",
        ),
        Misconception(
            "cells at the border left out",
            (_inner(np.copy), _inner(np.zeros_like), _empty_slices),
            "The cells at the border are left out, or see nobody: a slice that begins at "
            "-1 is empty. They have eight neighbours too, because the board goes round.",
        ),
        Misconception(
            "four neighbours",
            _rule((3,), (2, 3), FOUR),
            "You count the neighbours above, below and beside. The four at the corners "
            "are neighbours too.",
        ),
        Misconception(
            "corners only",
            _rule((3,), (2, 3), EIGHT - FOUR),
            "You count the neighbours at the corners. Those above, below and beside are "
            "neighbours too.",
        ),
        Misconception(
            "no births",
            (_rule((), (2, 3)), _rule((), (3,))),
            "Nothing is ever born: an empty cell with the right number of neighbours comes "
            "alive.",
        ),
        Misconception(
            "no deaths",
            (_rule((3,), ALL), _rule((3,), ABOVE)),
            "Cells do not die of loneliness, or not in a crowd. Read both ways to die "
            "again.",
        ),
        Misconception(
            "crowds die only",
            _rule((3,), (0, 1, 2, 3)),
            "A lonely cell stays alive in your step. With fewer than two neighbours it "
            "dies.",
        ),
        Misconception(
            "only three",
            _rule((3,), (3,)),
            "You treat living and empty cells alike. A living one also stays with two "
            "neighbours.",
        ),
        Misconception(
            "two or three for all",
            _rule((2, 3), (2, 3)),
            "You treat living and empty cells alike. An empty one needs three neighbours; "
            "two are not enough.",
        ),
        Misconception(
            "born with two",
            (_rule((2,), (2, 3)), _rule((2,), (3,))),
            "An empty cell comes alive with the wrong number of neighbours. Read again how "
            "many it needs.",
        ),
        Misconception(
            "three or more",
            (_rule((3, 4, 5, 6, 7, 8), (2, 3)), _rule((3, 4, 5, 6, 7, 8), ABOVE)),
            "An empty cell comes alive with exactly three neighbours, not with more.",
        ),
        Misconception(
            "in place",
            _in_place,
            "The board is changed while it is being read: later cells see neighbours of "
            "the next step. All cells change at once; write into a new board.",
        ),
        Misconception(
            "the counts",
            (_neighbours, lambda board: _neighbours(board, np.ones((3, 3)))),
            "These are the numbers of neighbours. The rules still have to be applied: the "
            "new board holds 0 and 1.",
        ),
        Misconception(
            "nothing happens",
            lambda board: board.copy(),
            "Your step hands the board back as it was.",
        ),
    ),
)


# ------------------------------------------------------- q9: a Gaussian of any size


def _sizes(rng):
    """Yield (sigma, size): odd and even sizes, narrow and wide."""
    yield "3 x 3", (1.0, 3)
    yield "5 x 5", (1.0, 5)
    yield "one weight", (1.5, 1)
    yield "an even size", (0.7, 4)
    yield "two by two", (3.0, 2)
    yield "wide in a small window", (2.5, 7)
    yield "narrow in a large one", (0.6, 9)
    for _ in range(3):
        yield "random numbers", (float(rng.uniform(0.5, 3)), int(rng.integers(2, 13)))


def _bell(sigma, size, centre=None, power=2, width=None):
    """Return a profile that is not scaled; the keywords make mistakes."""
    r = np.arange(size) - ((size - 1) / 2 if centre is None else centre)
    return np.exp(-(abs(r) ** power) / (2 * sigma**2 if width is None else width))


def _gaussian(sigma, size):
    """Return the kernel with SciPy's profile."""
    from scipy.signal import windows

    return _round(windows.gaussian(size, sigma))


def _round(profile):
    """Return a profile times itself, with sum 1."""
    kernel = np.outer(profile, profile)
    return kernel / kernel.sum()


def _half_maximum(sigma, size):
    return _round(_bell(sigma / (2 * math.sqrt(2 * math.log(2))), size))


def _radial(sigma, size):
    """Return a kernel that falls off with the distance itself, not with its square."""
    r = np.arange(size) - (size - 1) / 2
    kernel = np.exp(-np.hypot.outer(r, r) / (2 * sigma**2))
    return kernel / kernel.sum()


def _prefactor(sigma, size):
    profile = _bell(sigma, size)
    return np.outer(profile, profile) / (2 * math.pi * sigma**2)


def _spread(low, high):
    """Return a kernel on another grid: from low to high, whatever the size."""

    def function(sigma, size):
        r = np.linspace(low(sigma, size), high(sigma, size), size)
        return _round(np.exp(-(r**2) / (2 * sigma**2)))

    return function


def _tiled(sigma, size):
    """Return one profile with sum 1, in all rows."""
    return np.tile(_bell(sigma, size) / _bell(sigma, size).sum(), (size, 1))


def _areas(sigma, size):
    """Return the bell integrated over each pixel."""
    edges = (np.arange(size + 1) - size / 2) / (sigma * math.sqrt(2))
    return _round(np.diff([math.erf(edge) for edge in edges]))


def _binomial(sigma, size):
    return _round(np.array([float(math.comb(size - 1, k)) for k in range(size)]))


q9 = FunctionQuestion(
    id="q9",
    title="A Gaussian of any size",
    points=2,
    call="gaussian(sigma, size)",
    reference=_gaussian,
    cases=_sizes,
    forbidden=GAUSSIANS,
    result="the kernel",
    hints=(
        "Start with one row: how far is each of the `size` pixels from the middle? Try "
        "size 3, then size 4.",
        "The middle is at (size - 1) / 2, for an even size between two pixels. Square the "
        "distances, and put them into the formula.",
        "g = np.exp(-r**2 / (2 * sigma**2)) is the profile; np.outer(g, g) is the picture. "
        "Divide it by its own sum at the end.",
    ),
    misconceptions=(
        Misconception(
            "not normalised",
            lambda sigma, size: np.outer(_bell(sigma, size), _bell(sigma, size)),
            "The weights do not add up to 1, so the picture becomes brighter. Divide by "
            "their sum.",
        ),
        Misconception(
            "prefactor",
            (
                _prefactor,
                lambda sigma, size: _prefactor(sigma, size) * sigma,
                lambda sigma, size: (
                    _prefactor(sigma, size) * sigma * math.sqrt(2 * math.pi)
                ),
            ),
            "You divide by the factor of the textbook, which makes the integral 1. These "
            "weights are samples, cut off at the border: divide by their own sum.",
        ),
        Misconception(
            "largest is 1",
            lambda sigma, size: (
                _round(_bell(sigma, size)) / _round(_bell(sigma, size)).max()
            ),
            "The largest weight is 1 now. All of them together should be 1.",
        ),
        Misconception(
            "off centre",
            (
                lambda sigma, size: _round(_bell(sigma, size, size // 2)),
                lambda sigma, size: _round(
                    _bell(sigma, size, size // 2 - 1 + size % 2)
                ),
            ),
            "Odd sizes are right. With an even size the top of the bell lies on a pixel, "
            "half a pixel away from the middle, and moves the picture. Measure distances "
            "from (size - 1) / 2.",
        ),
        Misconception(
            "in the corner",
            lambda sigma, size: _round(_bell(sigma, size, 0)),
            "The top of the bell lies on the first pixel. Measure the distances from the "
            "middle of the kernel.",
        ),
        Misconception(
            "half the size as centre",
            (
                lambda sigma, size: _round(_bell(sigma, size, size / 2)),
                lambda sigma, size: _round(_bell(sigma, size, size / 2 - 1)),
            ),
            "The top of the bell is half a pixel off. The pixels count from 0 to size - 1: "
            "where is the middle of these two?",
        ),
        Misconception(
            "minus before a division",
            lambda sigma, size: _round(_bell(sigma, size, (size + 1) // 2)),
            "The top of the bell is too far down and to the right, also for odd sizes. "
            "// rounds downwards: -3 // 2 is -2 in Python.",
        ),
        Misconception(
            "sigma not squared",
            lambda sigma, size: _round(_bell(sigma, size, width=2 * sigma)),
            "It is right for a sigma of 1 only: in the exponent, sigma is squared as well "
            "as the distance.",
        ),
        Misconception(
            "brackets missing",
            (
                lambda sigma, size: _round(_bell(sigma, size, width=2 / sigma**2)),
                lambda sigma, size: _round(_bell(sigma, size, width=2 / sigma)),
            ),
            "It is right for a sigma of 1 only: a larger sigma makes your bell narrower. "
            "a / 2 * b is (a / 2) * b in Python: set brackets.",
        ),
        Misconception(
            "minus forgotten",
            lambda sigma, size: _round(_bell(sigma, size, width=-2 * sigma**2)),
            "Your weights grow towards the border: the exponent should be negative.",
        ),
        Misconception(
            "always odd",
            (
                lambda sigma, size: _round(_bell(sigma, 2 * (size // 2) + 1)),
                lambda sigma, size: _round(_bell(sigma, size - 1 + size % 2)),
            ),
            "Odd sizes are right, even ones come out with another number of rows: the "
            "distances need not be whole numbers.",
        ),
        Misconception(
            "areas",
            _areas,
            "You integrate the bell over each pixel. That can be wished for, but here the "
            "formula is taken at the middle of each pixel.",
        ),
        Misconception(
            "the 2 forgotten",
            lambda sigma, size: _round(_bell(sigma, size, width=sigma**2)),
            "Your bell is too narrow: in the exponent stands 2 sigma squared, not sigma "
            "squared.",
        ),
        Misconception(
            "distance not squared",
            (
                lambda sigma, size: _round(_bell(sigma, size, power=1)),
                _radial,
            ),
            "The top of your bell is a point: it falls off with the distance. A Gaussian "
            "falls off with its square.",
        ),
        Misconception(
            "half width for sigma",
            _half_maximum,
            "You take sigma as the full width at half height. It is the standard "
            "deviation.",
        ),
        Misconception(
            "one row",
            (
                lambda sigma, size: _bell(sigma, size) / _bell(sigma, size).sum(),
                lambda sigma, size: _bell(sigma, size),
                lambda sigma, size: (
                    _bell(sigma, size) ** 2 / np.sum(_bell(sigma, size) ** 2)
                ),
            ),
            "This is one row, the profile. A kernel for images has rows and columns: "
            "np.outer makes them from two profiles.",
        ),
        Misconception(
            "profiles added",
            lambda sigma, size: (
                np.add.outer(_bell(sigma, size), _bell(sigma, size))
                / np.add.outer(_bell(sigma, size), _bell(sigma, size)).sum()
            ),
            "You add the two profiles. They are multiplied, because the exponents of "
            "exp(a) and exp(b) add up.",
        ),
        Misconception(
            "each row by itself",
            (_tiled, lambda sigma, size: _tiled(sigma, size).T),
            "Each row, or each column, adds up to 1 by itself. All weights together should "
            "be 1, and rows far from the middle count less.",
        ),
        Misconception(
            "one direction",
            (
                lambda sigma, size: _tiled(sigma, size) / size,
                lambda sigma, size: _tiled(sigma, size).T / size,
            ),
            "Your weights fall off in one direction only: the distance from the middle has "
            "a part along the rows and one along the columns.",
        ),
        Misconception(
            "size as radius",
            lambda sigma, size: _round(_bell(sigma, 2 * size + 1)),
            "You take `size` as the distance from the middle to the border. It is the "
            "number of rows, and of columns.",
        ),
        Misconception(
            "always three sigma",
            (
                _spread(lambda s, n: -3 * s, lambda s, n: 3 * s),
                _spread(lambda s, n: -1, lambda s, n: 1),
                _spread(lambda s, n: -n / 2, lambda s, n: n / 2),
                _spread(lambda s, n: -(n // 2), lambda s, n: n // 2),
            ),
            "The distances from weight to weight are not one pixel: np.linspace stretches "
            "them. Neighbouring weights lie one pixel apart, whatever sigma is.",
        ),
        Misconception(
            "sigma ignored",
            (
                lambda sigma, size: _round(_bell(1.0, size)),
                lambda sigma, size: np.full((size, size), 1 / size**2),
            ),
            "Your kernel is the same for every sigma. A larger one makes the bell wider.",
        ),
        Misconception(
            "binomial",
            _binomial,
            "These are binomial weights. They come near a Gaussian of one certain width; "
            "here any sigma is to go.",
        ),
        Misconception(
            "arguments swapped",
            lambda sigma, size: _round(_bell(size, max(1, round(sigma)))),
            "You take the first argument for the size. It is sigma; the size comes second.",
        ),
    ),
)


# --------------------------------------------------------------- q10: taking it apart


def _product(pair):
    """Return column times row; whatever the signs and scales, it is the kernel."""
    if not isinstance(pair, (tuple, list)):
        came = (
            "one array" if isinstance(pair, np.ndarray) else f"a {type(pair).__name__}"
        )
        raise ValueError(f"two things are wanted, a column and a row; {came} came")
    if len(pair) != 2:
        raise ValueError(f"two things are wanted, a column and a row; {len(pair)} came")
    column, row = (np.asarray(part, float) for part in pair)
    for name, part in (("column", column), ("row", row)):
        if part.size != max((1, *part.shape)):
            raise ValueError(
                f"the {name} has the shape {part.shape}; one line is wanted"
            )
    return np.outer(column, row)


def _kernels(rng):
    """Yield kernels of rank 1, with zeros in awkward places, and of higher rank."""
    yield "a row of means over 2 x 3", (np.full((2, 3), 1 / 6),)
    yield "Sobel", (SOBEL.astype(float),)
    yield "smoothing", (np.outer([1, 2, 1], [1, 4, 6, 4, 1]) / 64,)
    yield "zeros in the first row", (np.outer([0.0, 2, -1], [3, 1]),)
    yield "zeros in the first column", (np.outer([5.0, -2], [0, 1, 4, 2]),)
    yield "large numbers", (1e4 * np.outer([1.0, -3, 2], [2, 7, -1]),)
    for kh, kw in ((4, 2), (3, 5)):
        yield (
            f"a random kernel of {kh} x {kw}",
            (np.outer(rng.normal(size=kh), rng.normal(size=kw)),),
        )
    yield "the Laplacian", (np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]]),)
    yield "a random kernel, not separable", (rng.normal(size=(3, 4)),)
    yield "one weight changed", (SOBEL + 0.01 * np.eye(3),)


def _svd(kernel):
    """Return the singular vectors and values; refuse what is not of rank 1."""
    u, s, v = np.linalg.svd(kernel, full_matrices=False)
    if s[1:].max(initial=0) > 1e-9 * s[0]:
        raise ValueError("not separable")
    return u, s, v


def _separated(kernel):
    u, s, v = _svd(kernel)
    return s[0] * u[:, 0], v[0]


def _apart(take):
    """Return a wrong way to take a separable kernel apart."""

    def function(kernel):
        _svd(kernel)
        return take(np.asarray(kernel, float))

    return function


def _from_svd(take):
    return lambda kernel: take(*_svd(kernel))


def _from_full(take):
    """Return what is taken of the SVD with square matrices, NumPy's default."""

    def function(kernel):
        _svd(kernel)
        return take(*np.linalg.svd(kernel))

    return function


def _exact_zero(kernel):
    u, s, v = np.linalg.svd(kernel, full_matrices=False)
    if np.any(s[1:] != 0):
        raise ValueError("not separable")
    return s[0] * u[:, 0], v[0]


q10 = FunctionQuestion(
    id="q10",
    title="Take a kernel apart",
    points=2,
    call="separate(kernel)",
    reference=_separated,
    cases=_kernels,
    forbidden=SEPARATIONS,
    view=_product,
    gives="; your pair multiplies to",
    result="your column times your row",
    hints=(
        "In an outer product all rows are multiples of one row. Which row of the kernel "
        "could you take, and by what is each of the others a multiple of it?",
        "np.linalg.svd writes a kernel as a sum of outer products, each with a weight, its "
        "singular value. How many weights are not 0 if one product is enough?",
        "u, s, v = np.linalg.svd(kernel): the column is u[:, 0], the row v[0], and one of "
        "them takes the factor s[0]. If s[1] is not tiny beside s[0], raise a ValueError.",
    ),
    misconceptions=(
        Misconception(
            "factor forgotten",
            _from_svd(lambda u, s, v: (u[:, 0], v[0])),
            "Both come out of the SVD with length 1: the singular value, which carries the "
            "size of the kernel, is missing.",
        ),
        Misconception(
            "factor twice",
            _from_svd(lambda u, s, v: (s[0] * u[:, 0], s[0] * v[0])),
            "The singular value is multiplied into both. One of them takes it, or each one "
            "its square root.",
        ),
        Misconception(
            "wrong side of the SVD",
            (
                _from_svd(lambda u, s, v: (s[0] * u[0], v[0])),
                _from_svd(lambda u, s, v: (s[0] * u[:, 0], v[:, 0])),
                _from_svd(lambda u, s, v: (s[0] * u[0], v[:, 0])),
                _from_full(lambda u, s, v: (s[0] * u[0], v[0])),
                _from_full(lambda u, s, v: (s[0] * u[:, 0], v[:, 0])),
                _from_full(lambda u, s, v: (s[0] * u[0], v[:, 0])),
            ),
            "In NumPy's SVD the columns belong to the first matrix, the rows to the last. "
            "You take a row where a column is meant, or the other way round.",
        ),
        Misconception(
            "column and row swapped",
            _from_svd(lambda u, s, v: (v[0], s[0] * u[:, 0])),
            "Column and row have changed places: the column comes first, and is as long as "
            "the kernel is high.",
        ),
        Misconception(
            "first column and first row",
            _apart(lambda kernel: (kernel[:, 0], kernel[0])),
            "You take the first column and the first row as they are. Their product has "
            "the corner of the kernel in it twice.",
        ),
        Misconception(
            "divided by the corner",
            (
                _apart(lambda kernel: (kernel[:, 0], kernel[0] / kernel[0, 0])),
                _apart(lambda kernel: (kernel[:, 0] / kernel[0, 0], kernel[0])),
            ),
            "You divide by the corner of the kernel. It may be 0: choose a row and a "
            "column that meet in the largest entry, or use the SVD.",
        ),
        Misconception(
            "divided by the middle",
            _apart(
                lambda kernel: (
                    kernel[:, kernel.shape[1] // 2],
                    kernel[len(kernel) // 2]
                    / kernel[len(kernel) // 2, kernel.shape[1] // 2],
                )
            ),
            "You divide by the middle of the kernel. In Sobel's it is 0: choose a row and "
            "a column that meet in the largest entry, or use the SVD.",
        ),
        Misconception(
            "sums",
            (
                _apart(lambda kernel: (kernel.sum(1), kernel.sum(0))),
                _apart(lambda kernel: (kernel.sum(1), kernel.sum(0) / kernel.sum())),
                _apart(lambda kernel: (kernel.sum(1) / kernel.sum(), kernel.sum(0))),
            ),
            "You add up rows and columns. That goes wrong for a kernel of differences, "
            "whose sums are 0.",
        ),
        Misconception(
            "means",
            _apart(lambda kernel: (kernel.mean(1), kernel.mean(0))),
            "You take the means of rows and columns. Their product is not the kernel, and "
            "for a kernel of differences it is 0.",
        ),
        Misconception(
            "amounts",
            (
                _from_svd(lambda u, s, v: (s[0] * abs(u[:, 0]), abs(v[0]))),
                _from_svd(lambda u, s, v: (s[0] * abs(u[:, 0]), v[0])),
                _from_svd(lambda u, s, v: (s[0] * u[:, 0], abs(v[0]))),
            ),
            "The signs are lost on the way. Two minus signs cancel each other, so the "
            "signs of column and row belong together.",
        ),
        Misconception(
            "one amount for each row",
            (
                _apart(lambda kernel: (kernel.max(1), kernel.max(0))),
                _apart(lambda kernel: (abs(kernel).max(1), abs(kernel).max(0))),
                _apart(
                    lambda kernel: (
                        np.sqrt(abs(kernel).max(1)),
                        np.sqrt(abs(kernel).max(0)),
                    )
                ),
                _apart(
                    lambda kernel: (
                        np.linalg.norm(kernel, axis=1),
                        np.linalg.norm(kernel, axis=0),
                    )
                ),
            ),
            "You describe each row and each column by one number, a maximum or a length. "
            "Signs get lost, and the product has the size of the kernel in it twice.",
        ),
        Misconception(
            "last singular value",
            (
                _from_svd(lambda u, s, v: (s[-1] * u[:, -1], v[-1])),
                _from_svd(lambda u, s, v: (s[0] * u[:, -1], v[-1])),
            ),
            "You take the last of the singular vectors. NumPy sorts them by their values, "
            "the largest first.",
        ),
        Misconception(
            "exactly zero",
            _exact_zero,
            "You refuse kernels that are separable: the second singular value is hardly "
            "ever exactly 0, because of rounding. Compare it with the first one.",
        ),
        Misconception(
            "refuses all",
            (
                lambda kernel: _refuse(kernel, kernel.shape[0] != kernel.shape[1]),
                lambda kernel: _refuse(kernel, kernel.sum() == 0),
            ),
            "You refuse kernels that are separable: neither a square form nor a sum that "
            "is not 0 is needed.",
        ),
    ),
)


def _refuse(kernel, refused):
    """Return what is right, unless the kernel is refused for a wrong reason."""
    if refused:
        raise ValueError("not separable")
    return _separated(kernel)


# ------------------------------------------------------ q11: project, noise on a photo

NOISE = 25.0  # standard deviation of the noise, grey levels
SIGMAS = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
GOOD_ENOUGH = 11.3  # RMS error that the best of these Gaussians stays under
# On what nobody has seen an answer may have so many times the error of the Gaussian with
# the best sigma: on the bent photograph, and on others. Measured with 30 seeds, the most
# that filters have which stay under GOOD_ENOUGH here. Bent: Wiener's filter over 7 x 7,
# given the noise: 1.05; all Gaussians and binomial weights: 1.03; total variation: 1.01.
# A mean over 3 x 3, which does not stay under it, has 1.08 at least. Others: Wiener's
# filter, given the noise: 1.18 over 7 x 7, 1.14 over 5 x 5; diffusion 1.14; total
# variation 1.10; Gaussians of 0.85 to 1.2, one that wraps: 1.07; medians behind a
# Gaussian 1.00; bilateral 1.03; non-local means 1.01. The noisy image has 2.2 or more,
# crops of photographs that are searched for 3.0, half of that and of a Gaussian 1.7.
BENT, UNSEEN = 1.06, 1.25
SAME, NEW = "the same, turned round and bent", "a picture that nobody has seen"


@functools.cache
def _photograph():
    """Return (clean, noisy) as the notebook has them."""
    from .. import datasets

    clean = datasets.camera().x.astype(float)
    return clean, clean + np.random.default_rng(2).normal(0, NOISE, clean.shape)


def _smoothed(sigma, mode="reflect"):
    from scipy import ndimage

    return ndimage.gaussian_filter(_photograph()[1], sigma, mode=mode)


def _rms(image, truth=None):
    return np.sqrt(
        np.mean((image - (_photograph()[0] if truth is None else truth)) ** 2)
    )


@functools.cache
def _errors(mode="reflect", change=lambda sigma: sigma):
    return np.array([_rms(_smoothed(change(sigma), mode)) for sigma in SIGMAS])


def _box3():
    from scipy import ndimage

    return ndimage.uniform_filter(_photograph()[1], 3)


def _clipped_errors(kind):
    """Return the errors of who clips the noisy image first."""
    from scipy import ndimage

    image = np.clip(_photograph()[1], 0, 255).astype(np.uint8).astype(kind)
    return [_rms(ndimage.gaussian_filter(image, sigma)) for sigma in SIGMAS]


def _other_photographs(rng):
    """Yield the noisy photograph of the notebook, then others that nobody has seen."""
    from scipy import ndimage

    clean, noisy = _photograph()
    judge = functools.partial(_judge, clean=clean, most=GOOD_ENOUGH)
    yield Scene("`noisy`", (noisy,), judge)
    shapes = rng.integers(320, 440, (3, 2)).tolist()
    others = [
        # as hard as it was: only who knows it fares worse
        (SAME, unseen.again(rng, clean / 255), BENT, CHEAT),
        *((NEW, unseen.photograph(rng, shape), UNSEEN, FITTED) for shape in shapes),
    ]
    for label, picture, as_good, blame in others:
        other = 255 * picture
        grainy = other + rng.normal(0, NOISE, other.shape)
        most = as_good * _rms(ndimage.gaussian_filter(grainy, 1.0), other)
        judge = functools.partial(_judge, clean=other, most=most)
        yield Scene(label, (grainy,), judge, blame)


CHEAT = (
    "It was made from the clean photograph, which nobody has in real life, or fits this "
    "one only. Use nothing but what `denoise` is given."
)
FITTED = (
    "Something in it fits the first photograph only, or looks for the clean one among "
    "photographs that it knows: use nothing but the image that `denoise` is given, and "
    "its shape."
)


def _judge(image, clean, most):
    """Say what is wrong with a denoised image, or nothing."""
    if image.shape != clean.shape:
        return (
            f"its result has the shape {image.shape}; the photograph has {clean.shape}."
        )
    error = _rms(image, clean)
    if not np.isfinite(error):
        return "some of the pixels it makes are not finite numbers."
    level, truth = image.mean(), clean.mean()
    if error > most and abs(level - truth) > 20 and level > 2:  # not those of 0 to 1
        return (
            f"the mean of its result is {level:.0f} grey levels, that of the photograph "
            f"{truth:.0f}. Do the weights of your filter add up to 1?"
        )
    inner = (slice(8, -8),) * 2
    inside = _rms(image[inner], clean[inner])
    if inside <= most < error and inside < 0.97 * error:
        return (
            f"the RMS error of its result is {error:.2f} grey levels, more than "
            f"{most:.1f}. Without a frame of 8 pixels it would do: zeros outside darken "
            "the border. Mirror the image there."
        )
    if error > most:
        return (
            f"the RMS error of its result is {error:.2f} grey levels. The best Gaussian of "
            f"your list stays below {most:.1f}: do at least as well."
        )
    return ""


def _cheat(how, image):
    """Use the clean photograph, in one of the ways that measure well in the notebook."""
    clean, noisy = _photograph()
    return {
        "mixed": lambda: 0.6 * clean + 0.4 * image,
        "its own noise": lambda: 0.6 * clean + 0.4 * noisy,
        "itself": lambda: clean,
        "some noise": lambda: (
            clean + np.random.default_rng(3).normal(0, 9, clean.shape)
        ),
        "levels": lambda: 16 * np.round(clean / 16),
        "smoothed": lambda: _blurred_clean(1.0),
    }[how]()


def _by_gaussian(image):
    from scipy import ndimage

    return ndimage.gaussian_filter(image, 1.0)


def _mean_of_nine(image):
    from scipy import ndimage

    return ndimage.uniform_filter(image, 3)


q11 = MeasuredQuestion(
    id="q11",
    title="Project: how much blur is right?",
    points=3,
    parts={
        "left_over": NOISE / 3,
        "errors": _errors,
        "best": lambda: SIGMAS[int(np.argmin(_errors()))],
        "denoise": _by_gaussian,
    },
    tol={"left_over": 0.06, "errors": 0.12, "best": 1e-6},
    tasks={"denoise": Task("denoise(image)", _other_photographs)},
    hints=(
        "Do it in four steps, and run the check after each one. For the first: the "
        "variances of independent numbers add up, each times its weight squared.",
        "errors: smooth `noisy` with each sigma, and compare with `clean`: the root of the "
        "mean of the squared differences. Let the border be a mirror, not zeros.",
        "left_over: 25 times the root of the sum of the squared weights, nine times "
        "(1/9)**2. best: sigmas[np.argmin(errors)]. denoise: smooth its image with that.",
    ),
    misconceptions=(
        Misconception(
            "divided by nine",
            {"left_over": NOISE / 9},
            "you divide by the number of pixels. Noise of nine pixels does not add up: it "
            "partly cancels. Add the squares of the weights.",
        ),
        Misconception(
            "one axis only",
            {"left_over": NOISE / math.sqrt(3)},
            "that is for a mean of three pixels. How many are in the window?",
        ),
        Misconception(
            "noise unchanged",
            {"left_over": NOISE},
            "that is the noise before. A mean of independent numbers has less of it.",
        ),
        Misconception(
            "variance",
            {"left_over": NOISE**2 / 9},
            "that is the variance, in squared grey levels. Take its root.",
        ),
        Misconception(
            "error for noise",
            {"left_over": lambda: _rms(_box3())},
            "that is the error on the photograph: it holds the blur of the picture too. "
            "Asked is the noise alone.",
        ),
        Misconception(
            "squared errors",
            {"errors": lambda: _errors() ** 2},
            "these are mean squares. Take the root, to have them in grey levels.",
        ),
        Misconception(
            "compared with the noisy image",
            {"errors": lambda: [_rms(_smoothed(s), _photograph()[1]) for s in SIGMAS]},
            "you compare with the noisy image. How far is the result from the clean one?",
        ),
        Misconception(
            "mean amount",
            {
                "errors": lambda: [
                    np.mean(abs(_smoothed(s) - _photograph()[0])) for s in SIGMAS
                ]
            },
            "these are means of the amounts. RMS is the root of the mean of the squares.",
        ),
        Misconception(
            "mean with sign",
            {
                "errors": lambda: [
                    np.mean(_smoothed(s) - _photograph()[0]) for s in SIGMAS
                ]
            },
            "these are mean differences: too bright and too dark cancel. Square the "
            "differences first.",
        ),
        Misconception(
            "clean image blurred",
            {"errors": lambda: [_rms(_blurred_clean(s)) for s in SIGMAS]},
            "you smooth the clean photograph: that is the error of the blur alone. Smooth "
            "the noisy one.",
        ),
        Misconception(
            "zeros outside",
            {"errors": functools.partial(_errors, "constant")},
            "the zeros outside darken the border, and their error is mixed in. Let the "
            "image be mirrored at its border.",
        ),
        Misconception(
            "clipped first",
            (
                {"errors": lambda: _clipped_errors(float)},
                {"errors": lambda: _clipped_errors(np.uint8)},
            ),
            "you put the noisy image into 0 to 255 before you smooth it. Cut off noise no "
            "longer averages out: smooth first, clip for the picture.",
        ),
        Misconception(
            "decibels",
            {"errors": lambda: 20 * np.log10(255 / _errors())},
            "this is the PSNR, in decibels. Asked is the RMS error, in grey levels.",
        ),
        Misconception(
            "variance for sigma",
            {"errors": functools.partial(_errors, change=np.sqrt)},
            "your Gaussians have the variance that is listed as sigma. Sigma is its root.",
        ),
        Misconception(
            "largest sigma",
            {"best": SIGMAS[-1]},
            "that one leaves the least noise, but also the least picture. Which has the "
            "smallest error?",
        ),
        Misconception(
            "smallest sigma",
            {"best": SIGMAS[0]},
            "that one keeps the most detail, but also the most noise. Which has the "
            "smallest error?",
        ),
        Misconception(
            "place in the list",
            {"best": lambda: int(np.argmin(_errors()))},
            "that is a place in the list, counted from 0. Which sigma stands there?",
        ),
        Misconception(
            "the error itself",
            {"best": lambda: _errors().min()},
            "that is the smallest error. Asked is the sigma that gives it.",
        ),
        Misconception(
            "made from the clean photograph",
            tuple(
                {"denoise": functools.partial(_cheat, how)}
                for how in (
                    "mixed",
                    "its own noise",
                    "itself",
                    "some noise",
                    "levels",
                    "smoothed",
                )
            ),
            CHEAT,
        ),
        Misconception(
            "one photograph only",
            {"denoise": lambda image: _smoothed(1.0)},
            "it smooths `noisy`, whatever it is given. Use the image, its argument.",
        ),
        Misconception(
            "the noisy image",
            {"denoise": lambda image: image},
            "this gives back the noisy image as it was.",
        ),
        Misconception(
            "a plain mean",
            {"denoise": _mean_of_nine},
            "this is the mean over 3 x 3. A Gaussian, whose weights fall off, does better "
            "at the edges.",
        ),
        Misconception(
            "zero to one",
            {"denoise": lambda image: _by_gaussian(image) / 255},
            "its levels run from 0 to 1. Keep the grey levels, 0 to 255, of the image.",
        ),
    ),
)


def _blurred_clean(sigma):
    from scipy import ndimage

    return ndimage.gaussian_filter(_photograph()[0], sigma)
