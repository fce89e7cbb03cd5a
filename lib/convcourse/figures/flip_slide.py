"""F1: flip, slide, multiply, add. A live figure of the 1-D convolution sum."""

from dataclasses import dataclass

import numpy as np

from convcourse import plots
from convcourse.figures import kit, state, words

__all__ = ["FlipSlide", "flip_slide"]


def flip_slide(x=(3, 1, 4, 1, 5), w=(2, -1, 0.5), n=0, mode="full", flip=True,
               size="text"):  # fmt: skip
    """Show the sum of one output: the kernel over the signal, every product, the total.

    Parameters
    ----------
    x : sequence of 1 to 12 float
        Signal, each sample from -99 to 99.
    w : sequence of 1 to 7 float
        Kernel, each weight from -99 to 99.
    n : int
        Output at which the figure begins, counted in ``mode``.
    mode : {"full", "same", "valid"}
        Which outputs are kept, as in ``np.convolve``; "same" keeps as many as ``x``
        has samples, from number ``(len(w) - 1) // 2`` of full on.
    flip : bool
        True is convolution, False cross-correlation.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    FlipSlide
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range; the message names it.

    Examples
    --------
    >>> figure = flip_slide([3, 1, 4], [2, -1], n=2)
    >>> figure
    y[2] = 1·(−1) + 4·2 = 7. The kernel lies flipped over samples 1 to 2 of x.
    >>> figure.set(flip=False).trace()["total"]
    -2
    """
    return FlipSlide(x=x, w=w, n=n, mode=mode, flip=flip, size=size)


@dataclass(frozen=True, eq=False, repr=False)
class FlipSlide(kit.Figure):
    """The state of the figure; see :func:`flip_slide`."""

    x: tuple = state.series((3, 1, 4, 1, 5), (1, 12))
    w: tuple = state.series((2, -1, 0.5), (1, 7))
    n: int = state.whole(0, 0, 17)
    mode: str = state.choice("full", "same", "valid")
    flip: bool = state.switch(True)

    def check(self):
        """Refuse a kernel that fits nowhere, and an output that is not there."""
        length = self._kept()[0]
        if length < 1:
            raise ValueError(
                f"w has {len(self.w)} weights and x only {len(self.x)} samples: no "
                "place holds the whole kernel. Choose mode='full' or 'same'."
            )
        if self.n >= length:
            raise ValueError(
                f"n must be from 0 to {length - 1}, got {self.n}: mode {self.mode!r} "
                f"has {length} outputs."
            )

    def trace(self):
        """Return the terms of output ``n`` and the sums of all places.

        Returns
        -------
        dict
            ``k``, ``m`` (indices into x and w), ``products`` and ``total`` of output
            ``n``; ``full`` (all places), ``y`` (those that ``mode`` keeps), ``laid``
            (w as it lies over x), ``first`` and ``place`` (the kernel's ends).
        """
        x, w = np.array(self.x), np.array(self.w)
        laid = w[::-1] if self.flip else w
        full = np.zeros(len(x) + len(w) - 1, np.result_type(x, w))
        for k, sample in enumerate(x):  # its copies of the weights, k rising
            full[k : k + len(w)] += sample * laid[::-1]
        length, offset = self._kept()
        place = self.n + offset
        first = place - len(w) + 1
        k = np.arange(max(0, first), min(place, len(x) - 1) + 1)
        m = place - k if self.flip else k - first
        return {
            "length": length, "offset": offset, "place": place, "first": first,
            "laid": laid, "k": k, "m": m, "products": x[k] * w[m], "full": full,
            "y": full[offset : offset + length], "total": full[place].item(),
        }  # fmt: skip

    def picture(self):
        """Draw signal, kernel, products and the outputs so far, below each other."""
        t = self.trace()
        fig, axes = plots.panels(4, height=1.4, sharex=True, layout="none")
        fig.subplots_adjust(left=0.02, right=0.98, top=0.95, bottom=0.09, hspace=0.42)
        lies = "w, flipped" if self.flip else "w, as it is"
        plots.stems(axes[0], self.x, 0, "x", numbers=True).set_title("x")
        plots.stems(axes[1], t["laid"], t["first"], "w", numbers=True).set_title(lies)
        self._products(axes[2], t)
        so_far = t["full"][t["offset"] : t["place"] + 1]
        plots.stems(axes[3], so_far, t["offset"], "y", numbers=True)
        axes[3].set_title(f"y[{self.n}] = {self._sum(t)}")
        for ax, left in zip(axes, [t["first"]] * 3 + [t["place"]], strict=True):
            ax.axvspan(left - 0.5, t["place"] + 0.5, color="black", alpha=0.09)
            ax.set(yticks=[], xlim=(0.4 - len(self.w), len(t["full"]) - 0.4))
            ax.margins(y=0.45)
        self._axis(axes[3], t)
        return fig

    def describe(self):
        """Say the sum of output ``n``, and where the kernel lies."""
        t = self.trace()
        k, out = t["k"], len(self.w) - len(t["k"])
        over = f"samples {k[0]} to {k[-1]}" if len(k) > 1 else f"sample {k[-1]}"
        hang = "one weight hangs" if out == 1 else f"{out} weights hang"
        rest = f"; {hang} over the end, where x is 0" if out else ""
        lies = "flipped" if self.flip else "as it is"
        return (
            f"y[{self.n}] = {self._sum(t)}. The kernel lies {lies} over {over} of "
            f"x{rest}."
        )

    def _kept(self):
        """Return how many outputs the mode keeps, and from which of full on."""
        n, k = len(self.x), len(self.w)
        return {
            "full": (n + k - 1, 0),
            "same": (n, (k - 1) // 2),
            "valid": (n - k + 1, k - 1),
        }[self.mode]

    def _sum(self, t):
        """Write the sum of output ``n``, term by term."""
        pairs = [(self.x[k], self.w[m]) for k, m in zip(t["k"], t["m"], strict=True)]
        return words.product_sum(pairs, t["total"])

    def _products(self, ax, t):
        """Draw the products as bars; those below zero are hatched."""
        ax.axhline(0, color="black", linewidth=0.9)
        for k, value in zip(t["k"], t["products"], strict=True):
            look = {"edgecolor": "#444444", "color": "#B9C4CC"}
            if value < 0:
                look |= {"hatch": "///", "color": "white"}
            ax.bar(k, value, 0.45, **look)
            plots.number(ax, k, value, gap=2)
        spread = np.outer(self.x, self.w)  # the scale stays while the kernel slides
        ax.update_datalim([(0, spread.min()), (0, spread.max())])
        ax.set_title("x · w, place by place")

    def _axis(self, ax, t):
        """Write the numbers of the kept outputs; fix the scale of all of them."""
        ax.update_datalim([(0, t["full"].min()), (0, t["full"].max())])
        ax.autoscale_view()
        places = t["offset"] + np.arange(t["length"])
        ax.set_xticks(places, [str(i) for i in range(t["length"])])
        ax.set(xlabel="n", xlim=(0.4 - len(self.w), len(t["full"]) - 0.4))
