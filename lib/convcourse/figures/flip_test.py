"""F4: correlation beside convolution. Bright pixels print the kernel, twice."""

from dataclasses import dataclass

import numpy as np

from convcourse import kernels, plots
from convcourse.figures import kit, state, words

__all__ = ["FlipTest", "flip_test"]

SIDE = 9  # rows and columns of the image
LETTER_F = ((1, 1, 1), (1, 0, 0), (1, 1, 0), (1, 0, 0), (1, 0, 0))


def flip_test(w=LETTER_F, impulses=((4, 4),), row=3, column=3, size="text"):
    """Show bright pixels, and what correlation and convolution print of them.

    Parameters
    ----------
    w : (kh, kw) array_like
        Kernel; 1, 3 or 5 rows, 1, 3 or 5 columns. The default is a letter F.
    impulses : sequence of 1 to 4 (int, int)
        Row and column, from 0 to 8, of each bright pixel of an image of 9 by 9. A
        pixel that is named twice is twice as bright.
    row, column : int
        Place of the output whose sums are written out, from 0 to 8.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    FlipTest
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range; the message names it.

    Notes
    -----
    Outputs have the size of the image; beyond its border are zeros.

    Examples
    --------
    >>> figure = flip_test([[1, 2, 3]], impulses=[(4, 4)], row=4, column=3)
    >>> figure.trace()["correlation"][4, 3:6], figure.trace()["convolution"][4, 3:6]
    (array([3, 2, 1]), array([1, 2, 3]))
    """
    return FlipTest(w=w, impulses=impulses, row=row, column=column, size=size)


def presets():
    """Return kernels to try: letters, and some of the bank.

    Returns
    -------
    dict of str to tuple of tuples

    Examples
    --------
    >>> presets()["letter L"][-1]
    (1, 1, 1)
    """
    bank = kernels.bank()
    known = {
        "letter F": LETTER_F,
        "letter L": ((1, 0, 0),) * 4 + ((1, 1, 1),),
        "1 to 9": ((1, 2, 3), (4, 5, 6), (7, 8, 9)),
    }
    for name in ("emboss", "sobel_x", "binomial3"):
        known[name.replace("_", " ")] = tuple(map(tuple, bank[name].tolist()))
    return known


@dataclass(frozen=True, eq=False, repr=False)
class FlipTest(kit.Figure):
    """The state of the figure; see :func:`flip_test`."""

    w: tuple = state.matrix(LETTER_F, (1, 5), (1, 5))
    impulses: tuple = state.matrix(((4, 4),), (1, 4), (2, 2), 0, SIDE - 1)
    held: int = state.whole(0, 0, 3)
    row: int = state.whole(3, 0, SIDE - 1)
    column: int = state.whole(3, 0, SIDE - 1)

    def check(self):
        """Refuse kernels without a middle, and pixels between pixels."""
        shape = np.shape(self.w)
        if not all(side % 2 for side in shape):
            raise ValueError(
                f"w must have 1, 3 or 5 rows and columns, got shape {shape}: an even "
                "kernel has no middle. Put zeros beside it."
            )
        for place in self.impulses:
            if not all(isinstance(v, int) for v in place):
                raise ValueError(
                    f"impulses must be whole numbers, got {place}: row and column."
                )
        if self.held >= len(self.impulses):
            raise ValueError(
                f"held must be from 0 to {len(self.impulses) - 1}, got {self.held}."
            )

    def data(self):
        """Return the kernels to choose from."""
        return {"presets": kit.plain(presets())}

    def trace(self):
        """Return image, both outputs, and both sums at the chosen place.

        Returns
        -------
        dict
            ``x``, ``correlation``, ``convolution`` (9, 9); ``flipped``, the kernel
            after half a turn; ``pixels``: row, column and brightness of the bright
            pixels under the kernel; ``ahead`` and ``back``: the weight that lies on
            each of them in correlation and in convolution; ``correlated`` and
            ``convolved``: both sums; ``relation``, of w to itself after half a turn.
        """
        w = np.array(self.w)
        x = np.zeros((SIDE, SIDE), int)
        for r, c in self.impulses:
            x[r, c] += 1
        up, left = w.shape[0] // 2, w.shape[1] // 2
        around = [(self.row + a, self.column + b)
                  for a in range(-up, up + 1) for b in range(-left, left + 1)]  # fmt: skip
        inside = [p for p in around if min(p) >= 0 and max(p) < SIDE]
        lit = [p for p in inside if x[p]]
        steps = [(r - self.row, c - self.column) for r, c in lit]
        correlation, convolution = _same(x, w), _same(x, w[::-1, ::-1])
        return {
            "x": x, "correlation": correlation, "convolution": convolution,
            "flipped": w[::-1, ::-1], "pixels": [[r, c, x[r, c]] for r, c in lit],
            "ahead": [w[up + a, left + b] for a, b in steps],
            "back": [w[up - a, left - b] for a, b in steps],
            "correlated": correlation[self.row, self.column].item(),
            "convolved": convolution[self.row, self.column].item(),
            "relation": _relation(w),
        }  # fmt: skip

    def picture(self):
        """Draw the pixels, the kernel and both outputs; the chosen place is framed."""
        t, w = self.trace(), np.array(self.w)
        widths = [SIDE, max(3, w.shape[1]), SIDE, SIDE]
        fig, axes = plots.panels(1, 4, height=2.6, width_ratios=widths)
        parts = {"x": t["x"], "w": w, "correlation": t["correlation"],
                 "convolution": t["convolution"]}  # fmt: skip
        for ax, (title, values) in zip(axes, parts.items(), strict=True):
            top = 1.33 * (np.abs(values).max() or 1)
            ax.imshow(values, cmap=plots.SIGNED, vmin=-top, vmax=top)
            for (i, j), v in np.ndenumerate(values):
                if v:
                    ax.text(j, i, words.number(round(v.item(), 1)), fontsize=7,
                            ha="center", va="center")  # fmt: skip
            ax.set(title=title, xticks=[], yticks=[])
            ax.grid(False)
            ax.spines[:].set_visible(True)
        for ax in axes[2:]:
            corner = (self.column - 0.5, self.row - 0.5)
            look = {"fill": False, "edgecolor": "black", "linewidth": 2.5}
            ax.add_patch(plots.plt.Rectangle(corner, 1, 1, **look))
            for r, c in self.impulses:
                ring = {"ms": 13, "mew": 1.2, "mfc": "none"}
                ax.plot(c, r, "s", mec=plots.COLOURS["error"], **ring)
        return fig

    def describe(self):
        """Say where the pixels are, both sums at the place, and what was printed."""
        t = self.trace()
        r, c = self.impulses[self.held]
        count = len(self.impulses)
        first = f"Bright pixel at row {r}, column {c}"
        if count > 1:
            first = f"{count} bright pixels, the one held at row {r}, column {c}"
        sums = (
            f"correlation {_sum(t, 'ahead', 'correlated')}, "
            f"convolution {_sum(t, 'back', 'convolved')}"
        )
        return (
            f"{first}. At row {self.row}, column {self.column}: {sums}. "
            f"{_MEANINGS[t['relation']]}"
        )


_MEANINGS = {
    "turned": "Correlation prints w turned by half a turn, convolution as it is.",
    "sign": "Half a turn changes only the sign of w, and so of the output.",
    "same": "w looks the same after half a turn, and so do both outputs.",
}


def _same(x, w):
    """Correlate an image with an odd kernel; zeros beyond the border."""
    up, left = w.shape[0] // 2, w.shape[1] // 2
    padded = np.pad(x, ((up, up), (left, left)))
    y = np.zeros(x.shape, np.result_type(x, w))
    for (i, j), weight in np.ndenumerate(w):  # row by row, as the module adds
        y += weight * padded[i : i + x.shape[0], j : j + x.shape[1]]
    return y


def _relation(w):
    """Say what half a turn makes of a kernel."""
    if np.array_equal(w, w[::-1, ::-1]):
        return "same"
    return "sign" if np.array_equal(w, -w[::-1, ::-1]) else "turned"


def _sum(t, weights, total):
    """Write one of the two sums over the bright pixels."""
    if not t["pixels"]:
        return "0, no bright pixel under w"
    pairs = [(v, p[2]) for p, v in zip(t["pixels"], t[weights], strict=True)]
    return words.product_sum(pairs, t[total])
