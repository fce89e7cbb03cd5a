"""Windows on batches of images: what layers of channels and pooling share."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcourse.arithmetic import same_padding
from convcourse.ops._validate import as_choice, as_integer, as_numbers, as_pair

CHUNK = 2**20  # bytes of windows that are copied out at a time: they stay in the cache

_SMALL = {name: f"Write {name!r}, in small letters." for name in ("valid", "same")}
_PADDINGS = {
    **_SMALL,
    "full": "For 'full' pass the integer kernel size - 1.",
    "half": "For 'half' pass the integer kernel size // 2.",
    "causal": "'causal' is for sequences: see convolve1d.",
}
_MISSING_AXES = {
    2: "For one grey image use {0}[None, :, :, None].",
    3: "For one image with channels use {0}[None], for a batch of grey images "
    "{0}[..., None].",
}


@dataclass(frozen=True)
class Grid:
    """Where windows stand on images of one size; each pair is (rows, columns)."""

    size: tuple  # of the window, in samples
    stride: tuple
    dilation: tuple
    borders: tuple  # ((top, bottom), (left, right))
    shape: tuple  # how many windows stand below and beside each other


def as_images(x, name="x"):
    """Return `x` as an array (N, H, W, C) of numbers."""
    x = as_numbers(name, x)
    if x.ndim != 4:
        hint = _MISSING_AXES.get(x.ndim, "Reshape it to four axes.")
        raise ValueError(
            f"{name} must be a batch of images (N, H, W, C), got shape {x.shape}. "
            f"{hint.format(name)}"
        )
    if 0 in x.shape[1:]:
        raise ValueError(f"{name} is empty: its images have shape {x.shape[1:]}.")
    return x


def grid(image, size, padding, stride, dilation=1):
    """Return the `Grid` of windows on images of (H, W) = `image`."""
    stride = as_pair("stride", stride, 1, "Use stride=1 to keep every output.")
    dilation = as_pair("dilation", dilation, 1, "Use dilation=1 for no gaps.")
    spans = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    borders = _borders(padding, image, spans, stride)
    lengths = [n + sum(b) for n, b in zip(image, borders, strict=True)]
    for name, span, length in zip(("height", "width"), spans, lengths, strict=True):
        if span > length:
            raise ValueError(
                f"The window must fit inside x: it spans {span} samples of the {name}, "
                f"x has {length} with its padding. Use padding='same', or a smaller "
                "window."
            )
    steps = zip(lengths, spans, stride, strict=True)
    shape = tuple((length - span) // step + 1 for length, span, step in steps)
    return Grid(tuple(size), stride, dilation, borders, shape)


def chunks(x, grid, y, fill=0, copied=True):
    """Yield (where, windows): a part of the result `y`, and what it is made of.

    The windows are a view (images, rows, columns, kh, kw, C) of a few padded images,
    or of a few rows of one image: a copy of them (where they are `copied`), with their
    part of `y`, takes about `CHUNK` bytes.
    """
    rows, columns = grid.shape
    taps = math.prod(grid.size) if copied else 1
    values = taps * x.shape[3] + y.shape[3]  # of one window
    in_chunk = CHUNK // (values * columns * y.itemsize)  # rows of windows
    height = max(1, min(rows, in_chunk))
    images = max(1, in_chunk // rows)
    for first in range(0, len(x), images):
        some = slice(first, first + images)
        windows = _windows(_padded(x[some], grid.borders, y.dtype, fill), grid)
        for top in range(0, rows, height):
            band = slice(top, top + height)
            yield (some, band), windows[:, band]


def _windows(x, grid):
    """Return a view (N, rows, columns, kh, kw, C) of padded images; nothing is copied."""
    (kh, kw), (down, right), (dh, dw) = grid.size, grid.stride, grid.dilation
    spans = ((kh - 1) * dh + 1, (kw - 1) * dw + 1)
    windows = sliding_window_view(x, spans, axis=(1, 2))  # (N, H', W', C, span, span)
    windows = windows[:, ::down, ::right, :, ::dh, ::dw]
    return np.moveaxis(windows, 3, -1)


def _padded(x, borders, dtype, fill):
    """Return images with `fill` around them; without borders and copies if they can."""
    (top, bottom), (left, right) = borders
    if not any((top, bottom, left, right)):
        return np.ascontiguousarray(x, dtype)
    n, height, width, channels = x.shape
    shape = (n, top + height + bottom, left + width + right, channels)
    padded = np.full(shape, fill, dtype)
    padded[:, top : top + height, left : left + width] = x
    return padded


def _borders(padding, image, spans, stride):
    """Return ((top, bottom), (left, right)) for what the caller passed as padding."""
    if isinstance(padding, str) or padding is None:
        as_choice("padding", padding, ("valid", "same"), _PADDINGS)
        if padding == "valid":
            return (0, 0), (0, 0)
        return tuple(map(same_padding, image, spans, stride))
    if np.ndim(padding) == 0:
        padding = ((padding, padding), (padding, padding))
    remedy = "Use 'valid', 'same', one integer, or ((top, bottom), (left, right))."
    if len(padding) != 2 or any(np.shape(sides) != (2,) for sides in padding):
        raise ValueError(f"padding must be four integers, got {padding!r}. {remedy}")
    return tuple(
        tuple(as_integer("padding", width, 0, remedy) for width in sides)
        for sides in padding
    )
