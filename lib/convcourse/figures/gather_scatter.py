"""F2: gather and scatter. The same products, added in two orders, one by one."""

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import plots
from convcourse.figures import kit, state, words

__all__ = ["GatherScatter", "gather_scatter"]


def gather_scatter(x=(3, 1, 4, 1, 5), w=(2, -1, 0.5), view="scatter", step=1,
                   aligned=True, size="text"):  # fmt: skip
    """Show all products of a signal and a kernel, and how two loops add them up.

    Parameters
    ----------
    x : sequence of 1 to 8 float
        Signal, each sample from -99 to 99.
    w : sequence of 1 to 5 float
        Kernel, each weight from -99 to 99.
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
    """
    return GatherScatter(x=x, w=w, view=view, step=step, aligned=aligned, size=size)


@dataclass(frozen=True, eq=False, repr=False)
class GatherScatter(kit.Figure):
    """The state of the figure; see :func:`gather_scatter`."""

    x: tuple = state.series((3, 1, 4, 1, 5), (1, 8))
    w: tuple = state.series((2, -1, 0.5), (1, 5))
    view: str = state.choice("scatter", "gather")
    step: int = state.whole(1, 1, 40)
    aligned: bool = state.switch(True)

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
            whether ``y[n]`` is finished; ``low`` and ``high`` of y on the whole way.
        """
        x, w = np.array(self.x), np.array(self.w)
        products, order = np.outer(x, w), self._order()
        done = np.zeros(products.shape, bool)
        y = np.zeros(len(x) + len(w) - 1, products.dtype)
        way, count = y.copy(), np.zeros(len(y), int)
        low = high = 0
        for step, (k, m) in enumerate(order, 1):
            way[k + m] += products[k, m]
            low, high = min(low, way[k + m]), max(high, way[k + m])
            if step <= self.step:
                done[k, m], y[k + m] = True, way[k + m]
                count[k + m] += 1
        k, m = order[self.step - 1]
        needed = np.convolve(np.ones(len(x), int), np.ones(len(w), int))
        terms = [i for i, j in order[: self.step] if i + j == k + m]
        return {
            "products": products, "k": k, "m": m, "n": k + m,
            "product": products[k, m].item(), "done": done, "y": y, "terms": terms,
            "total": y[k + m].item(), "finished": int((count == needed).sum()),
            "begun": int(((count > 0) & (count < needed)).sum()),
            "complete": bool(count[k + m] == needed[k + m]),
            "low": float(low), "high": float(high),
        }  # fmt: skip

    def picture(self):
        """Draw the products added so far, and below them the outputs so far."""
        t = self.trace()
        rows, columns = t["products"].shape
        heights = [0.33 * rows + 0.5, 1.5]
        fig, (table, sums) = plots.panels(
            2, height=sum(heights) / 2, height_ratios=heights, sharex=self.aligned
        )
        self._cells(table, t)
        names = [f"x[{k}] = {words.number(v)}" for k, v in enumerate(self.x)]
        table.set_yticks(range(rows), names)
        table.set(ylim=(rows - 0.4, -0.6), title=self._title(t))
        table.grid(False)
        table.tick_params(length=0, labelbottom=not self.aligned)
        table.spines[:].set_visible(False)
        if not self.aligned:
            over = [f"w[{m}] = {words.number(v)}" for m, v in enumerate(self.w)]
            table.set_xticks(range(columns), over)
            table.set_xlim(-0.6, columns - 0.4)
        plots.stems(sums, t["y"], 0, "y", numbers=True)
        sums.update_datalim([(0, t["low"]), (0, t["high"])])
        sums.autoscale_view()
        sums.axvspan(t["n"] - 0.5, t["n"] + 0.5, color="black", alpha=0.09)
        sums.set(yticks=[], xticks=range(rows + columns - 1), xlabel="n")
        sums.set(title=f"y so far; y[{t['n']}] = {self._sum(t)}")
        sums.set_xlim(-0.6, rows + columns - 1.4)
        return fig

    def describe(self):
        """Say which product comes, where it goes, and how far the outputs are."""
        t = self.trace()
        k, m, n = t["k"], t["m"], t["n"]
        one = words.product_sum([(self.x[k], self.w[m])], t["product"])
        state = "So far" if not t["complete"] else "Finished:"
        outputs = len(t["y"])
        return (
            f"{self.view.capitalize()}, product {self.step} of {t['products'].size}: "
            f"x[{k}]·w[{m}] = {one} goes to y[{n}]. {state} y[{n}] = {self._sum(t)}. "
            f"Of {outputs} outputs {t['finished']} {_are(t['finished'])} finished and "
            f"{t['begun']} {_are(t['begun'])} begun."
        )

    def _order(self):
        """Return the (k, m) of all products in the order of the view's loops."""
        rows, columns = len(self.x), len(self.w)
        if self.view == "scatter":
            return [(k, m) for k in range(rows) for m in range(columns)]
        return [
            (k, n - k)
            for n in range(rows + columns - 1)
            for k in range(max(0, n - columns + 1), min(n + 1, rows))
        ]

    def _sum(self, t):
        """Write the sum of output ``n`` so far, term by term."""
        pairs = [(self.x[k], self.w[t["n"] - k]) for k in t["terms"]]
        return words.product_sum(pairs, t["total"])

    def _title(self, t):
        """Say what the loop does at this moment."""
        if self.view == "scatter":
            return f"scatter: x[{t['k']}] paints its copy of w"
        return f"gather: y[{t['n']}] collects its products"

    def _cells(self, ax, t):
        """Draw the table of products; those not yet added are empty and dashed."""
        most = np.abs(t["products"]).max() or 1
        for (k, m), value in np.ndenumerate(t["products"]):
            corner = ((k if self.aligned else 0) + m - 0.46, k - 0.44)
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


def _are(count):
    """Return the verb for a number of things."""
    return "is" if count == 1 else "are"
