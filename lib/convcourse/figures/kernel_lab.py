"""F3: a laboratory for image kernels, on real photographs."""

import base64
import functools
from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import datasets, kernels, plots
from convcourse.figures import kit, state, words

__all__ = ["KernelLab", "kernel_lab"]

_LARGEST = 512  # rows and columns of an own picture
# what a preset does, in one sentence; the kernel's sum is said separately
_MEANINGS = {
    "identity": "Every pixel stays as it is.",
    "box": "The mean of the window: every neighbour counts alike.",
    "plus": "A pixel and its four neighbours, added up and not divided.",
    "binomial": "A mean that counts the middle most: a small Gaussian.",
    "gaussian": "A bell of weights: it smooths, and prefers no direction.",
    "sharpen": "The pixel, plus what sets it apart from its neighbours.",
    "unsharp": "The pixel, plus what a blur would take away.",
    "laplacian": "The neighbours minus the middle: bends of brightness answer.",
    "outline": "The middle minus its neighbours: outlines remain.",
    "log": "Smooth first, then take the Laplacian.",
    "difference_x": "The right pixel minus the left one: vertical edges.",
    "difference_y": "The lower pixel minus the upper one: horizontal edges.",
    "central_difference_x": "Half of right minus left: vertical edges.",
    "central_difference_y": "Half of below minus above: horizontal edges.",
    "edge_x": "Left minus right, over three rows: vertical edges.",
    "edge_y": "Above minus below, over three columns: horizontal edges.",
    "sobel_x": "Right minus left, the middle row counted twice: vertical edges.",
    "sobel_y": "Below minus above, the middle column twice: horizontal edges.",
    "prewitt_x": "Right minus left, three rows alike: vertical edges.",
    "prewitt_y": "Below minus above, three columns alike: horizontal edges.",
    "scharr_x": "Right minus left, weighted 3, 10, 3: vertical edges.",
    "scharr_y": "Below minus above, weighted 3, 10, 3: horizontal edges.",
    "emboss": "Lower right minus upper left: light from a corner.",
    "motion": "The mean along a line: a picture taken while moving.",
}


def kernel_lab(image="camera", kernel="sobel_x", border="reflect", flip=False,
               display=None, row=None, column=None, size="text"):  # fmt: skip
    """Show an image, a kernel that can be edited, and the result, linked by a cursor.

    Parameters
    ----------
    image : {"camera", "coffee", "brick"} or (H, W) array_like
        A photograph of the course in 128 by 128 pixels, or an own grey image with
        values from 0 to 255, at most 512 by 512.
    kernel : str or (k, k) array_like
        Name in :func:`convcourse.kernels.bank`, or 3, 5 or 7 rows of weights.
    border : {"reflect", "constant", "edge", "symmetric", "wrap", "valid"}
        How the image goes on past its rim, by NumPy's names; "valid" keeps only the
        places that hold the whole kernel.
    flip : bool
        False is cross-correlation, True convolution.
    display : {"signed", "clamp", "absolute", "stretch"}, optional
        How results become colours: zero white, or cut to 0 to 255, or magnitude cut
        at 255, or from smallest to largest. Default: signed where the weights add up
        to 0, else clamp.
    row, column : int, optional
        Place of the cursor in the result. Default: the middle.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    KernelLab
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range; the message names it.

    Notes
    -----
    Kernels of the bank with more than 7 rows or columns are no presets.

    Examples
    --------
    >>> lab = kernel_lab("camera", "box3", row=40, column=60)
    >>> trace = lab.trace()
    >>> trace["products"].shape, trace["y"].size
    ((3, 3), 16384)
    """
    own = None
    if not isinstance(image, str):
        own, image = _own(image), "own"
    if isinstance(kernel, str):
        if kernel not in presets():
            raise ValueError(f"kernel must be one of {[*presets()]}, got {kernel!r}.")
        kernel = presets()[kernel]
    shape = (own if own is not None else photograph(image)).shape
    row = shape[0] // 2 if row is None else row
    column = shape[1] // 2 if column is None else column
    if display is None:
        display = "signed" if abs(np.sum(kernel)) < 1e-9 else "clamp"
    return KernelLab(image, kernel, border, flip, display, row, column, own, size=size)


@functools.cache
def photograph(name):
    """Return a photograph of the course as 128 by 128 grey values.

    Parameters
    ----------
    name : {"camera", "coffee", "brick"}

    Returns
    -------
    (128, 128) ndarray of uint8
        Means over square blocks of pixels, rounded.

    Raises
    ------
    ValueError
        If there is no such photograph.

    Examples
    --------
    >>> photograph("camera").shape
    (128, 128)
    """
    corners = {"camera": (0, 0, 4), "coffee": (8, 130, 3), "brick": (0, 0, 3)}
    if name not in corners:
        raise ValueError(
            f"image must be one of {[*corners]} or an array, got {name!r}."
        )
    top, left, block = corners[name]
    pixels = np.asarray(datasets.load(name).x, float)
    if pixels.ndim == 3:
        pixels = pixels @ [0.299, 0.587, 0.114]  # luma of BT.601
    side = 128 * block
    cut = pixels[top : top + side, left : left + side]
    means = cut.reshape(128, block, 128, block).mean(axis=(1, 3))
    return np.round(means).astype(np.uint8)


@functools.cache
def presets():
    """Return the kernels of the bank that fit into 7 by 7 pixels, in odd squares.

    Returns
    -------
    dict of str to tuple of tuples
        Smaller and even kernels stand among zeros, their centre in the middle.

    Examples
    --------
    >>> presets()["difference_x"]
    ((0, 0, 0), (-1, 1, 0), (0, 0, 0))
    """
    fitting = {}
    for name, kernel in kernels.bank().items():
        rows, columns = kernel.shape
        side = max(3, *(n + 1 - n % 2 for n in kernel.shape))
        if side > 7:
            continue
        square = np.zeros((side, side), kernel.dtype)
        top, left = side // 2 - rows // 2, side // 2 - columns // 2
        square[top : top + rows, left : left + columns] = kernel
        fitting[name] = tuple(map(tuple, square.tolist()))
    return fitting


@dataclass(frozen=True, eq=False, repr=False)
class KernelLab(kit.Figure):
    """The state of the laboratory; see :func:`kernel_lab`."""

    image: str = state.choice("camera", "coffee", "brick", "own")
    kernel: tuple = state.matrix(np.eye(3), (3, 7), (3, 7), -999, 999)
    border: str = state.choice(
        "reflect", "constant", "edge", "symmetric", "wrap", "valid"
    )
    flip: bool = state.switch(False)
    display: str = state.choice("signed", "clamp", "absolute", "stretch")
    row: int = state.whole(64, 0, _LARGEST - 1)
    column: int = state.whole(64, 0, _LARGEST - 1)
    own: np.ndarray | None = None  # no field of the state: it never changes

    def check(self):
        """Refuse kernels without a middle, and a cursor outside the result."""
        shape = np.shape(self.kernel)
        if shape[0] != shape[1] or shape[0] % 2 == 0:
            raise ValueError(
                f"kernel must have 3, 5 or 7 rows and as many columns, got {shape}. "
                "Put zeros around it."
            )
        if self.image == "own" and self.own is None:
            raise ValueError("image 'own' needs an array: kernel_lab(image=array).")
        height, width = self._shape()
        if height < 1 or width < 1:
            raise ValueError(
                f"the kernel has {shape[0]} rows and columns, the image only "
                f"{self._pixels().shape}: no place holds it whole. "
                "Choose another border."
            )
        for name, value, end in (("row", self.row, height),
                                 ("column", self.column, width)):  # fmt: skip
            if value >= end:
                raise ValueError(f"{name} must be from 0 to {end - 1}, got {value}.")

    def recipe(self):
        """Return the recipe; None where the image is the reader's own."""
        return super().recipe() if self.own is None else None

    def data(self):
        """Return the images, the presets and what they mean."""
        images = {name: photograph(name) for name in ("camera", "coffee", "brick")}
        if self.own is not None:
            images = {"own": self.own}
        packed = {
            name: {
                "height": pixels.shape[0],
                "width": pixels.shape[1],
                "grey": base64.b64encode(pixels.tobytes()).decode("ascii"),
            }
            for name, pixels in images.items()
        }
        known = {name: kit.plain(kernel) for name, kernel in presets().items()}
        return {"images": packed, "presets": known, "meanings": _MEANINGS}

    def trace(self):
        """Return the result and every product of the sum under the cursor.

        Returns
        -------
        dict
            ``y`` (flat), ``height``, ``width``; ``window``, ``laid`` (the weights as
            they lie over the image), ``products`` (k, k) and ``total`` at the cursor;
            ``outside`` (k, k), True where the border rule gave the pixel; ``sum`` of
            the kernel; ``low`` and ``high`` of y, ``cut``: values below 0 or over 255.
        """
        laid = np.array(self.kernel)
        laid = laid[::-1, ::-1] if self.flip else laid
        k, half = len(laid), len(laid) // 2
        pixels = self._pixels()
        mode = "constant" if self.border == "valid" else self.border
        inside = self.border == "valid"
        padded = np.pad(pixels.astype(float), 0 if inside else half, mode=mode)
        height, width = self._shape()
        y = np.zeros((height, width))
        for (i, j), weight in np.ndenumerate(laid):  # row by row, as the module adds
            y += weight * padded[i : i + height, j : j + width]
        window = padded[self.row : self.row + k, self.column : self.column + k]
        first = (self.row, self.column) if inside else (self.row - half,
                                                        self.column - half)  # fmt: skip
        rows, columns = (np.arange(k) + start for start in first)
        off = (rows < 0) | (rows >= pixels.shape[0])
        off = off[:, None] | (columns < 0) | (columns >= pixels.shape[1])
        return {
            "y": y.ravel(), "height": height, "width": width, "window": window,
            "laid": laid, "products": window * laid, "outside": off,
            "total": y[self.row, self.column].item(),
            "sum": _in_order(np.array(self.kernel).ravel()),
            "low": y.min().item(), "high": y.max().item(),
            "cut": int(((y < -1e-9) | (y > 255 + 1e-9)).sum()),
            "top": first[0], "left": first[1],
        }  # fmt: skip

    def picture(self):
        """Draw image, kernel and result; boxes mark the window and the cursor."""
        t = self.trace()
        fig, axes = plots.panels(1, 3, height=2.9, width_ratios=[3, 2.2, 3])
        plots.image(axes[0], self._pixels(), f"x, {self.image}")
        k = len(self.kernel)
        box = {"fill": False, "edgecolor": "black", "linewidth": 3}
        for ax, left, top, side in [(axes[0], t["left"], t["top"], k),
                                    (axes[2], self.column, self.row, 1)]:  # fmt: skip
            for look in (box | {"edgecolor": "white", "linewidth": 5}, box):
                ax.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, **look))
        axes[1].imshow(np.zeros((k, k)), vmin=-1, vmax=9, cmap="Oranges")
        for (i, j), weight in np.ndenumerate(np.array(self.kernel)):
            text = words.number(round(weight, 2))
            axes[1].text(j, i, text, ha="center", va="center", fontsize=9)
        axes[1].set(
            xticks=[],
            yticks=[],
            title=f"w, sum {words.number(t['sum'])}",
            frame_on=False,
        )
        axes[1].grid(False)
        shown, signed = self._displayed(t)
        title = f"y, {self.display}"
        plots.image(axes[2], shown, title, signed=signed, limit=_limit(t))
        return fig

    def describe(self):
        """Say the sum under the cursor, the kernel's name and what its sum means."""
        t = self.trace()
        k = len(self.kernel)
        at = f"y[{self.row}, {self.column}]"
        if k == 3:
            pairs = zip(t["window"].ravel(), t["laid"].ravel(), strict=True)
            kept = [(x, w) for x, w in pairs if w != 0]
            total = words.product_sum(kept, t["total"])
        else:
            sign = "=" if words.shown_exactly(t["total"]) else "≈"
            total = f"the sum of {k * k} products {sign} {words.number(t['total'])}"
            total = total.replace("≈", "is about").replace("=", "is")
            at = f"At row {self.row}, column {self.column}"
            total = f", {total}"
        operation = "Convolution" if self.flip else "Correlation"
        border = "valid places" if self.border == "valid" else f"border {self.border}"
        name = next((n for n, p in presets().items() if _same(p, self.kernel)), None)
        kind = f"kernel {name}" if name else f"an own {k} by {k} kernel"
        sep = " = " if k == 3 else ""
        first = f"{at}{sep}{total}"
        return (
            f"{first}. {operation} of {self.image} with {kind}, {border}. "
            f"The weights add up to {words.number(t['sum'])}: {_meaning(t['sum'])}."
        )

    def _pixels(self):
        """Return the image."""
        return self.own if self.image == "own" else photograph(self.image)

    def _shape(self):
        """Return rows and columns of the result."""
        shrink = len(self.kernel) - 1 if self.border == "valid" else 0
        height, width = self._pixels().shape
        return height - shrink, width - shrink

    def _displayed(self, t):
        """Return what is shown of the result, and whether its scale has a sign."""
        y = t["y"].reshape(t["height"], t["width"])
        if self.display == "signed":
            return y, True
        if self.display == "stretch":
            spread = (t["high"] - t["low"]) or 1
            return np.round(255 * (y - t["low"]) / spread).astype(np.uint8), False
        y = np.abs(y) if self.display == "absolute" else y
        return np.clip(np.round(y), 0, 255).astype(np.uint8), False


def _own(image):
    """Return an own image as bytes, or say what is wrong with it."""
    pixels = np.asarray(image)
    if pixels.ndim != 2 or pixels.dtype.kind not in "buif":
        raise ValueError(
            "image must be a name or a grey image (H, W), got shape "
            f"{pixels.shape} of {pixels.dtype}. Take one channel, or their mean."
        )
    if not 1 <= min(pixels.shape) or max(pixels.shape) > _LARGEST:
        raise ValueError(
            f"image must have 1 to {_LARGEST} rows and columns, got {pixels.shape}. "
            "Take a part of it, or every second pixel."
        )
    if pixels.min() < 0 or pixels.max() > 255:
        raise ValueError(
            f"image must have values from 0 to 255, got {pixels.min()} to "
            f"{pixels.max()}. Scale it."
        )
    return np.round(pixels).astype(np.uint8)


def _in_order(values):
    """Add numbers from first to last, as the module does (NumPy adds in pairs)."""
    return np.cumsum(values)[-1].item()


def _limit(t):
    """Return where the colours of a signed display end; above 0."""
    return max(abs(t["low"]), abs(t["high"])) or 1.0


def _same(one, other):
    """Tell whether two kernels are the same weights."""
    return np.shape(one) == np.shape(other) and np.allclose(one, other, 0, 1e-9)


def _meaning(total):
    """Say what a kernel with this sum makes of a flat area."""
    if abs(total) < 1e-9:
        return "flat areas become 0, only changes answer"
    if abs(total - 1) < 1e-9:
        return "flat areas keep their brightness"
    return f"flat areas become {words.number(total)} times as bright"
