"""F2: gather and scatter. The same products, added in two orders, one by one.

With a stride the copies are the stamps of a transposed convolution, and the letters are
those of chapter 07: y comes in, x comes out.
"""

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import plots
from convcourse.figures import kit, state, words

__all__ = ["GatherScatter", "gather_scatter"]
_MOST = 12  # outputs whose numbers a page of 360 px can show


def gather_scatter(x=(3, 1, 4, 1, 5), w=(2, -1, 0.5), view="scatter", step=1,
                   aligned=True, size="text", stride=None):  # fmt: skip
    """Show all products of a signal and a kernel, and how two loops add them up.

    Parameters
    ----------
    x : sequence of 1 to 8 float
        Signal that comes in, each sample from -99 to 99. With a stride it is called y.
    w : sequence of 1 to 5 float
        Kernel, each weight from -99 to 99; with a stride from -100 to 100.
    view : {"scatter", "gather"}
        "scatter" goes from input to input: each paints a copy of the kernel.
        "gather" goes from output to output: each collects what arrives.
    step : int
        Product at which the figure begins, from 1 to ``len(x) * len(w)``.
    aligned : bool
        True moves row k of the table k places to the right, so that the products of
        one output stand below each other; False leaves them on a diagonal.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.
    stride : int, optional
        Distance of two copies, from 1 to 4, at most 12 outputs. The figure then shows a
        transposed convolution in the letters of chapter 07, counts the stamps on each
        output, and has a field for the stride. None is chapter 01's convolution.

    Returns
    -------
    GatherScatter
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range; the message names it.

    Examples
    --------
    >>> figure = gather_scatter([3, 1, 4], [2, -1], step=3)
    >>> figure.trace()["y"]
    array([ 6, -1,  0,  0])
    >>> figure.set(view="gather").trace()["y"], figure.set(step=6).trace()["y"]
    (array([ 6, -1,  0,  0]), array([ 6, -1,  7, -4]))
    >>> gather_scatter([1, 2, 3], [4, 5, 6], step=9, stride=2).trace()["counts"]
    array([1, 1, 2, 1, 2, 1, 1])
    """
    given = {"x": x, "w": w, "view": view, "step": step, "aligned": aligned}
    if stride is None:
        return GatherScatter(**given, size=size)
    return _Stamps(**given, stride=stride, size=size)


@dataclass(frozen=True, eq=False, repr=False)
class GatherScatter(kit.Figure):
    """The state of the figure; see :func:`gather_scatter`."""

    x: tuple = state.series((3, 1, 4, 1, 5), (1, 8))
    w: tuple = state.series((2, -1, 0.5), (1, 5))
    view: str = state.choice("scatter", "gather")
    step: int = state.whole(1, 1, 40)
    aligned: bool = state.switch(True)
    # no fields here: chapter 01 has no control for the stride
    stride = 1
    _letters = ("x", "y", "k", "n")  # in, out, and their indices

    @classmethod
    def name(cls):
        """Return the name of the module: one draws it with a stride and without."""
        return "gather_scatter"

    @classmethod
    def remake(cls, state, size):
        """Return the figure of a recipe's state; see `kit.restore`."""
        return gather_scatter(**state, size=size)

    def check(self):
        """Refuse a product that is not there."""
        count = len(self.x) * len(self.w)
        if self.step > count:
            raise ValueError(
                f"step must be from 1 to {count}, got {self.step}: {len(self.x)} "
                f"samples and {len(self.w)} weights make {count} products."
            )

    def trace(self):
        """Return the products, and what the first ``step`` of them add up to.

        Returns
        -------
        dict
            ``products`` (N, K); ``k``, ``m``, ``n``, ``product`` of the present one,
            which goes to ``y[n]``; ``done`` (N, K), True where a product is added;
            ``y`` so far, ``terms``: the k of the products in ``y[n]``, in the order in
            which they came; ``total``: ``y[n]`` so far; ``finished`` and ``begun``:
            how many outputs have all, and only some, of their products; ``complete``,
            whether ``y[n]`` is finished; ``low`` and ``high`` of y on the whole way;
            ``counts``: products in each output so far; ``gaps``: outputs that get none.
            With a stride, too, k counts what comes in and y is what comes out.
        """
        x, w = np.array(self.x), np.array(self.w)
        products, order = np.outer(x, w), self._order()
        done = np.zeros(products.shape, bool)
        y = np.zeros(self._outputs(), products.dtype)
        way, counts = y.copy(), np.zeros(len(y), int)
        low = high = 0
        for step, (k, m) in enumerate(order, 1):
            n = k * self.stride + m
            way[n] += products[k, m]
            low, high = min(low, way[n]), max(high, way[n])
            if step <= self.step:
                done[k, m], y[n] = True, way[n]
                counts[n] += 1
        k, m = order[self.step - 1]
        n = k * self.stride + m
        needed = np.array([len(self._partners(i)) for i in range(len(y))])
        return {
            "products": products, "k": k, "m": m, "n": n,
            "product": products[k, m].item(), "done": done, "y": y,
            "terms": [i for i in self._partners(n) if done[i, n - i * self.stride]],
            "total": y[n].item(),
            "finished": int(((counts == needed) & (needed > 0)).sum()),
            "begun": int(((counts > 0) & (counts < needed)).sum()),
            "complete": bool(counts[n] == needed[n]),
            "low": float(low), "high": float(high),
            "counts": counts, "gaps": np.flatnonzero(needed == 0),
        }  # fmt: skip

    def picture(self):
        """Draw the products added so far, and below them the outputs so far."""
        t, (came, out, _, place) = self.trace(), self._letters
        rows, columns = t["products"].shape
        heights = [0.33 * rows + 0.5, 1.5]
        fig, (table, sums) = plots.panels(
            2, height=sum(heights) / 2, height_ratios=heights, sharex=self.aligned
        )
        self._cells(table, t)
        names = [f"{came}[{k}] = {words.number(v)}" for k, v in enumerate(self.x)]
        table.set_yticks(range(rows), names)
        table.set(ylim=(rows - 0.4, -0.6), title=self._title(t))
        table.grid(False)
        table.tick_params(length=0, labelbottom=not self.aligned)
        table.spines[:].set_visible(False)
        if not self.aligned:
            over = [f"w[{m}] = {words.number(v)}" for m, v in enumerate(self.w)]
            table.set_xticks(range(columns), over)
            table.set_xlim(-0.6, columns - 0.4)
        plots.stems(sums, t["y"], 0, out, numbers=True)
        sums.update_datalim([(0, t["low"]), (0, t["high"])])
        sums.autoscale_view()
        sums.axvspan(t["n"] - 0.5, t["n"] + 0.5, color="black", alpha=0.09)
        sums.set(yticks=[], xticks=range(len(t["y"])), xlabel=place)
        sums.set(title=f"{out} so far; {out}[{t['n']}] = {self._sum(t)}")
        sums.set_xlim(-0.6, len(t["y"]) - 0.4)
        return fig

    def describe(self):
        """Say which product comes, where it goes, and how far the outputs are."""
        t = self.trace()
        k, m, n = t["k"], t["m"], t["n"]
        one = words.product_sum([self._pair(k, m)], t["product"])
        return (
            f"{self.view.capitalize()}, product {self.step} of {t['products'].size}: "
            f"x[{k}]·w[{m}] = {one} goes to y[{n}]. {self._state(t)} {self._caption(t)}"
        )

    def _outputs(self):
        """Return how many outputs there are."""
        return (len(self.x) - 1) * self.stride + len(self.w)

    def _partners(self, n):
        """Return the samples whose copies of the kernel reach output ``n``."""
        first = -((len(self.w) - 1 - n) // self.stride)  # rounded up
        return range(max(0, first), min(n // self.stride, len(self.x) - 1) + 1)

    def _pair(self, k, m):
        """Return the factors of a product in the order of the formula."""
        return self.x[k], self.w[m]

    def _order(self):
        """Return the (k, m) of all products in the order of the view's loops."""
        if self.view == "scatter":
            return list(np.ndindex(len(self.x), len(self.w)))
        return [
            (k, n - k * self.stride)
            for n in range(self._outputs())
            for k in self._partners(n)
        ]

    def _sum(self, t):
        """Write the sum of output ``n`` so far, term by term."""
        pairs = [self._pair(k, t["n"] - k * self.stride) for k in t["terms"]]
        return words.product_sum(pairs, t["total"])

    def _state(self, t):
        """Write the present output, and whether more will come to it."""
        state = "Finished:" if t["complete"] else "So far"
        return f"{state} {self._letters[1]}[{t['n']}] = {self._sum(t)}."

    def _caption(self, t):
        """Say how far the outputs are."""
        return (
            f"Of {len(t['y'])} outputs {t['finished']} {_are(t['finished'])} finished "
            f"and {t['begun']} {_are(t['begun'])} begun."
        )

    def _title(self, t):
        """Say what the loop does at this moment."""
        if self.view == "scatter":
            return f"scatter: x[{t['k']}] paints its copy of w"
        return f"gather: y[{t['n']}] collects its products"

    def _cells(self, ax, t):
        """Draw the table of products; those not yet added are empty and dashed."""
        most = np.abs(t["products"]).max() or 1
        for (k, m), value in np.ndenumerate(t["products"]):
            left = k * self.stride if self.aligned else 0
            corner = (left + m - 0.46, k - 0.44)
            look = {"facecolor": "white", "edgecolor": "#888888", "linestyle": ":"}
            if t["done"][k, m]:
                colour = plots.SIGNED(0.5 + 0.375 * value / most)
                look = {"facecolor": colour, "edgecolor": "#888888"}
                dark = np.dot(colour[:3], [0.299, 0.587, 0.114]) < 0.5
                ink = "white" if dark else "black"
                middle = (corner[0] + 0.46, k)
                text = words.number(round(value.item(), 2))
                look_of_text = {"ha": "center", "va": "center", "fontsize": 9}
                ax.text(*middle, text, color=ink, zorder=4, **look_of_text)
            if (k, m) == (t["k"], t["m"]):
                look |= {"edgecolor": "black", "linewidth": 2.5, "zorder": 3}
            ax.add_patch(Rectangle(corner, 0.92, 0.88, **look))


@dataclass(frozen=True, eq=False, repr=False)
class _Stamps(GatherScatter):
    """The figure with a stride: the stamps of a transposed convolution."""

    w: tuple = state.series((2, -1, 0.5), (1, 5), -100, 100)
    stride: int = state.whole(1, 1, 4)
    _letters = ("y", "x", "n", "m")

    def check(self):
        """Refuse a product that is not there, and more outputs than can be read."""
        super().check()
        if self._outputs() > _MOST:
            raise ValueError(
                f"stride {self.stride}, {len(self.x)} samples and a kernel of "
                f"{len(self.w)} make {self._outputs()} outputs, and {_MOST} can be shown. "
                "Take a smaller stride, or fewer samples or weights."
            )

    def picture(self):
        """Draw as without a stride; count the stamps, hatch where there are none."""
        fig, t = super().picture(), self.trace()
        table, sums = fig.axes
        names = [f"{m}\n{count}×" for m, count in enumerate(t["counts"])]
        sums.set_xticks(range(len(names)), names)
        sums.set_xlabel("m; below it, how many stamps lie on x[m] so far")
        for m in t["gaps"]:
            for ax in (table, sums) if self.aligned else (sums,):
                look = {"facecolor": "none", "edgecolor": "0.7", "linewidth": 0}
                ax.axvspan(m - 0.5, m + 0.5, hatch="///", zorder=0, **look)
        return fig

    def describe(self):
        """Say which stamp brings which product, the outputs so far and the counts."""
        t, s = self.trace(), self.stride
        n, k, m = t["k"], t["m"], t["n"]
        one = words.product_sum([self._pair(n, k)], t["product"])
        far = "" if t["done"].all() else " so far"
        outputs = ", ".join(map(words.number, t["y"]))
        counts = ", ".join(map(str, t["counts"]))
        return (
            f"{self.view.capitalize()} with stride {s}, product {self.step} of "
            f"{t['products'].size}: the stamp of y[{n}] begins at {n}·{s} = {n * s}, and "
            f"its w[{k}]·y[{n}] = {one} goes to x[{m}]. {self._state(t)} "
            f"All of x{far}: {outputs}. Stamps on each{far}: {counts}. "
            f"{self._caption(t)}"
        )

    def _pair(self, k, m):
        """Return weight and sample, as the formula of chapter 07 has them."""
        return self.w[m], self.x[k]

    def _caption(self, t):
        """Say how far the outputs are, and which of them no stamp reaches."""
        names = [f"x[{m}]" for m in t["gaps"]]
        if not names:
            return super()._caption(t)
        *most, last = names
        listed = f"{', '.join(most)} and {last}" if most else last
        stay = "they stay" if most else "it stays"
        return f"{super()._caption(t)} No stamp reaches {listed}: {stay} 0."

    def _title(self, t):
        """Say what the loop does at this moment."""
        n, s = t["k"], self.stride
        if self.view == "scatter":
            return (
                f"scatter, stride {s}: y[{n}] stamps its copy of w at {n}·{s} = {n * s}"
            )
        return f"gather, stride {s}: x[{t['n']}] collects from the stamps that reach it"


def _are(count):
    """Return the verb for a number of things."""
    return "is" if count == 1 else "are"
