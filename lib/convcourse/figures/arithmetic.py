"""F5: the arithmetic explorer. A live figure of sizes, windows and unread rows."""

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import plots
from convcourse.arithmetic import effective_kernel, padding_sides
from convcourse.figures import kit, state

__all__ = ["Arithmetic", "arithmetic"]

#: Rows of the largest grid that the figure draws.
MOST = 32
_NAMES = ("valid", "same", "half", "full")


def arithmetic(n=6, kernel=3, stride=2, padding="valid", dilation=1, *,
               transposed=False, output_padding=0, unit=0, show="values", pin=False,
               size="text"):  # fmt: skip
    """Show every window of a convolution or a transposed one, and the sizes it makes.

    Input and kernel are square, and both axes have the same setting.

    Parameters
    ----------
    n : int
        Rows and columns of the input, 1 to 12.
    kernel : int
        Rows and columns of the kernel, 1 to 7.
    stride : int
        1 to 5. In a transposed convolution it spreads the input.
    padding : {"valid", "same", "half", "full"} or int or (int, int)
        One number for all sides, or one for top and left and one for bottom and right,
        0 to 12. Names as in `convcourse.arithmetic.output_length`. In a transposed
        convolution it is the padding of the convolution that is transposed, and cuts.
    dilation : int
        Distance between two weights, 1 to 4; 1 is an ordinary kernel.
    transposed : bool
        True shows the transposed convolution: zeros between the samples, and the
        kernel turned by 180 degrees. It leads back, so its input is called y, as the
        output of the convolution, and its output x.
    output_padding : int
        Rows and columns that a transposed convolution adds at the bottom right, below
        ``stride``.
    unit : int
        Output at which the figure begins, counted row by row.
    show : {"values", "counts", "nothing"}
        What stands in the cells; "counts" is how many partners each one has.
    pin : bool
        True keeps the window where it is when the pointer moves.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    Arithmetic
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or no window fits; the message names it.

    Examples
    --------
    >>> figure = arithmetic(6, 3, stride=2, padding="same")
    >>> figure.trace()["out"], figure.trace()["before"], figure.trace()["after"]
    (3, 0, 1)
    >>> print(figure.trace()["code"])
    y = keras.layers.Conv2D(1, 3, strides=2, padding="same")(x)
    """
    before = after = 0
    if not isinstance(padding, str):
        before, after = padding if np.ndim(padding) else (padding, padding)
        padding = "by hand"
    return Arithmetic(n, kernel, stride, padding, before, after, dilation, transposed,
                      output_padding, unit, show, pin, size=size)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Arithmetic(kit.Figure):
    """The state of the figure; see :func:`arithmetic`."""

    n: int = state.whole(6, 1, 12)
    kernel: int = state.whole(3, 1, 7)
    stride: int = state.whole(2, 1, 5)
    padding: str = state.choice(*_NAMES, "by hand")
    before: int = state.whole(0, 0, 12)
    after: int = state.whole(0, 0, 12)
    dilation: int = state.whole(1, 1, 4)
    transposed: bool = state.switch(False)
    output_padding: int = state.whole(0, 0, 4)
    unit: int = state.whole(0, 0, MOST * MOST - 1)
    show: str = state.choice("values", "counts", "nothing")
    pin: bool = state.switch(False)

    def check(self):
        """Refuse a setting without a window, or too large to draw."""
        self._check_output_padding()
        sizes = self._sizes()
        reach, out = sizes["span"] - 1, sizes["out"]
        if self.transposed and max(sizes["before"], sizes["after"]) > reach:
            raise ValueError(
                f"padding must be at most {reach} in this transposed convolution, got "
                f"{max(sizes['before'], sizes['after'])}: it would cut the input."
            )
        if out < 1 and self.transposed:
            raise ValueError(
                f"padding {sizes['before']} and {sizes['after']} cuts all rows of the "
                "transposed convolution away. Use less padding, or a larger n."
            )
        if out < 1:
            rows = "row" if sizes["side"] == 1 else "rows"
            raise ValueError(
                f"The kernel spans {sizes['span']} rows, the padded input has "
                f"{sizes['side']} {rows}: no window fits. Add padding, or make the "
                "kernel smaller."
            )
        if max(sizes["side"], out) > MOST:
            raise ValueError(
                f"This setting needs a grid of {max(sizes['side'], out)} rows; the "
                f"figure draws {MOST} at most. Make one of the numbers smaller."
            )
        if self.unit >= out * out:
            raise ValueError(
                f"unit must be from 0 to {out * out - 1}, got {self.unit}: the output "
                f"is {out} by {out}."
            )

    @property
    def _letters(self):
        """The letters of what is given and what is made."""
        return ("y", "x") if self.transposed else ("x", "y")

    def trace(self):
        """Return the sizes, the windows and every term of the chosen output.

        Returns
        -------
        dict
            ``_sizes`` says ``span`` to ``out``. ``cells``: which input row stands in
            each row of the drawn grid, -1 for zeros. ``reads``: how many windows read
            each input row; ``hits``: how many input rows each output row reads;
            ``unread``: input rows in no window. ``given``, ``laid`` (the kernel as it
            lies), ``made``: input, kernel and output; ``row``, ``column`` of the unit;
            ``rows``, ``columns``: input rows and columns under its weights, -1 for
            zeros; ``products``, ``total``, ``on_input``; ``code``: the lines of Keras.
        """
        sizes = self._sizes()
        out, k, d, step = sizes["out"], self.kernel, self.dilation, sizes["step"]
        place = np.arange(sizes["side"]) - sizes["left"]
        gap = self.stride if self.transposed else 1
        inside = (place >= 0) & (place < sizes["inner"]) & (place % gap == 0)
        cells = np.where(inside, place // gap, -1)
        taps = np.arange(out)[:, None] * step + np.arange(k) * d
        read = cells[taps]  # (out, k): the input row under each weight of each window
        reads = np.array([(read == i).sum() for i in range(self.n)])
        given, w = image(self.n), weights(k)
        laid = w[::-1, ::-1] if self.transposed else w
        lines = np.where(cells[:, None] >= 0, given[cells], 0)
        grid = np.where(cells >= 0, lines[:, cells], 0)
        made = sum(laid[a, b] * grid[np.ix_(taps[:, a], taps[:, b])]
                   for a in range(k) for b in range(k))  # fmt: skip
        row, column = divmod(self.unit, out)
        products = laid * grid[np.ix_(taps[row], taps[column])]
        real = (read >= 0).sum(1)
        return {
            **sizes, "cells": cells, "reads": reads, "hits": real,
            "unread": np.flatnonzero(reads == 0), "given": given, "laid": laid,
            "made": made, "row": row, "column": column,
            "rows": read[row], "columns": read[column], "products": products,
            "total": products.sum().item(),
            "on_input": (real[row] * real[column]).item(), "code": self._code(sizes),
        }  # fmt: skip

    def picture(self):
        """Draw the grids of input, kernel and output side by side."""
        t = self.trace()
        widths = [t["side"], self.kernel, t["out"]]
        fig, axes = plots.panels(1, 3, 4, width_ratios=[max(w, 4) for w in widths])
        given, made = self._letters
        back = self.transposed  # its letters are the other way round: name them
        titles = (
            f"input{' y,' if back else ''} {self.n} by {self.n}",
            f"kernel{', turned' if back else ''}",
            f"output{' x,' if back else ''} {t['out']} by {t['out']}",
        )
        grids = (given, self._input_grid(t)), ("w", t["laid"]), (made, t["made"])
        for ax, title, (symbol, grid) in zip(axes, titles, grids, strict=True):
            _draw(ax, grid, symbol, self.show != "nothing" or symbol == "w")
            ax.set_title(title, fontsize=11)
            ax.set(xlim=(-0.6, max(widths) - 0.4), ylim=(max(widths) - 0.4, -0.6))
            ax.set(xlim=(-0.6, max(len(grid), 4) - 0.4))
            ax.set_aspect("equal", anchor="NW")
            ax.set_axis_off()
        self._mark(axes, t)
        return fig

    def describe(self):
        """Say the size with its formula, the chosen sum, and what is not read."""
        t = self.trace()
        n, k, d, s, out = self.n, self.kernel, self.dilation, self.stride, t["out"]
        if self.transposed:
            zeros = "1 zero" if s == 2 else f"{s - 1} zeros"
            head = (
                f"Transposed convolution: input y, {n} by {n}, {zeros} between neighbours, "
                f"kernel {k} by {k} turned by 180 degrees, dilation {d}, "
                f"{self._padding(t)}: {self.formula(t)}"
            )
        else:
            head = (
                f"Input {n} by {n}, {self._padding(t)}, kernel {k} by {k}, stride {s}, "
                f"dilation {d}: {self.formula(t)}"
            )
        return f"{head}, so the output is {out} by {out}. {self._caption(t)}"

    def formula(self, t):
        """Write the size of the output as its formula with the numbers in it (str)."""
        n, k, d, s, out = self.n, self.kernel, self.dilation, self.stride, t["out"]
        reach, before, after = f"{d}·({k} − 1)", t["before"], t["after"]
        if self.transposed:
            cut = f"({n} − 1)·{s} − {before} − {after}"
            return f"{cut} + {reach} + {t['extra']} + 1 = {out}"
        return f"⌊({n} + {before} + {after} − {reach} − 1)/{s}⌋ + 1 = {out}"

    # -- how the numbers come about ------------------------------------------------------
    def _check_output_padding(self):
        """Refuse an output padding where there is no place for it."""
        if not self.output_padding:
            return
        if not self.transposed or self.padding == "same":
            raise ValueError(
                f"output_padding is {self.output_padding}, and there is none in a "
                "convolution or with padding 'same'. Set it to 0, or transposed=True."
            )
        if self.output_padding >= self.stride:
            raise ValueError(
                f"output_padding must be below stride {self.stride}, got "
                f"{self.output_padding}."
            )

    def _sizes(self):
        """Return all lengths of one axis.

        ``span`` of the dilated kernel; padding ``before`` and ``after``; ``extra`` rows
        of output padding; ``inner`` rows of the spread input, ``left`` and ``right``
        around it, ``side`` in all; ``step`` of the window in that grid; ``room``, the
        last place where a window may start, ``rest`` of it after the last window;
        ``out``.
        """
        n, s, span = self.n, self.stride, effective_kernel(self.kernel, self.dilation)
        before, after, extra = self._sides(span)
        if self.transposed:
            inner, step = (n - 1) * s + 1, 1
            left, right = span - 1 - before, span - 1 - after + extra
        else:
            inner, step, left, right = n, s, before, after
        side = inner + left + right
        room = side - span
        return {
            "span": span, "before": before, "after": after, "extra": extra,
            "inner": inner, "left": left, "right": right, "side": side, "step": step,
            "room": room, "rest": room % step, "out": max(0, room // step + 1),
        }  # fmt: skip

    def _sides(self, span):
        """Return the padding before and after, and the output padding."""
        if self.padding == "by hand":
            return self.before, self.after, self.output_padding
        if self.transposed and self.padding == "same":
            # Keras: the way back of a "same" convolution of n * stride samples
            total = max(0, span - self.stride)
            return total // 2, total - total // 2, max(0, self.stride - span)
        setting = self.n, self.kernel, self.stride, self.padding, self.dilation
        return *padding_sides(*setting), self.output_padding

    def _code(self, t):
        """Write the lines of Keras that compute the same."""
        s, d, sides = self.stride, self.dilation, (t["before"], t["after"])
        both, same = s > 1 and d > 1, self.padding == "same"
        words = [f"1, {self.kernel}"]
        words += [f"strides={s}"] if s > 1 and not both else []
        words += [f"dilation_rate={d}"] if d > 1 else []
        words += ['padding="same"'] if same and not both else []
        amount = sides[0] if sides[0] == sides[1] else f"({sides}, {sides})"
        lines = []
        if self.transposed:
            if both:
                return "# Keras has no transposed layer with strides and dilation_rate"
            if not same and (t["extra"] or t["span"] < s):
                words += [f"output_padding={t['extra']}"]
            lines += [f"x = keras.layers.Conv2DTranspose({', '.join(words)})(y)"]
            if any(sides) and not same:
                lines += [f"x = keras.layers.Cropping2D({amount})(x)"]
            return "\n".join(lines)
        if any(sides) and (both or not same):
            lines += [f"x = keras.layers.ZeroPadding2D({amount})(x)"]
        each = f"[:, ::{s}, ::{s}]  # no strides with dilation_rate" if both else ""
        lines += [f"y = keras.layers.Conv2D({', '.join(words)})(x){each}"]
        return "\n".join(lines)

    def _padding(self, t):
        """Say the padding of all sides."""
        before, after = t["before"], t["after"]
        named = "" if self.padding == "by hand" else f" {self.padding},"
        if before == after:
            return f"padding{named} {before} on all sides"
        sides = f"{before} at the top left and {after} at the bottom right"
        return f"padding{named} {sides}"

    def _caption(self, t):
        """Say the chosen output, and which input rows no window reads."""
        weights = self.kernel * self.kernel
        lie = "lies" if t["on_input"] == 1 else "lie"
        first = (
            f"At {self._letters[1]}[{t['row']}, {t['column']}] = {t['total']}, "
            f"{t['on_input']} of {weights} weights {lie} on samples of the input."
        )
        if not len(t["unread"]):
            return f"{first} Every sample is read."
        rows = ", ".join(map(str, t["unread"]))
        which = "row and column" if len(t["unread"]) == 1 else "rows and columns"
        return f"{first} No window reads {which} {rows}."

    # -- the picture -----------------------------------------------------------------------
    def _input_grid(self, t):
        """Return the drawn input: values or counts, nan where zeros stand."""
        cells = t["cells"]
        counts = np.outer(t["reads"], t["reads"])
        source = counts if self.show == "counts" else t["given"]
        grid = source[np.ix_(cells, cells)].astype(float)
        grid[cells < 0] = grid[:, cells < 0] = np.nan
        return grid

    def _mark(self, axes, t):
        """Mark window and output; cross out the rows that no window reads."""
        k, d, step = self.kernel, self.dilation, t["step"]
        top, left = t["row"] * step, t["column"] * step
        for a in range(k):
            for b in range(k):
                at = left + b * d - 0.5, top + a * d - 0.5
                look = {"facecolor": plots.COLOURS["w"], "alpha": 0.35}
                axes[0].add_patch(Rectangle(at, 1, 1, zorder=3, **look))
        look = {"fill": False, "edgecolor": "black", "linewidth": 2, "zorder": 5}
        corner = left - 0.5, top - 0.5
        axes[0].add_patch(Rectangle(corner, t["span"], t["span"], **look))
        axes[2].add_patch(Rectangle((t["column"] - 0.5, t["row"] - 0.5), 1, 1, **look))
        look = {"fill": False, "edgecolor": plots.COLOURS["error"], "linewidth": 0}
        look |= {"hatch": "////", "zorder": 4}
        for i in np.flatnonzero(np.isin(t["cells"], t["unread"])):
            start, length = t["left"] - 0.5, t["inner"]
            axes[0].add_patch(Rectangle((start, i - 0.5), length, 1, **look))
            axes[0].add_patch(Rectangle((i - 0.5, start), 1, length, **look))


def image(n):
    """Return the samples that the figure shows: small digits without a pattern.

    Parameters
    ----------
    n : int
        Rows and columns.

    Returns
    -------
    (n, n) ndarray of int

    Examples
    --------
    >>> image(3)
    array([[0, 2, 1],
           [3, 2, 3],
           [2, 3, 1]])
    """
    r, c = np.indices((n, n))
    return (3 * r * r + c * c + 2 * r * c + c) % 5


def weights(k):
    """Return the weights that the figure shows: 1, 2, 3, ... row by row.

    Parameters
    ----------
    k : int
        Rows and columns.

    Returns
    -------
    (k, k) ndarray of int

    Examples
    --------
    >>> weights(2)
    array([[1, 2],
           [3, 4]])
    """
    return np.arange(1, k * k + 1).reshape(k, k)


def _draw(ax, grid, symbol, numbers):
    """Draw a grid of cells; where a value is nan, a dotted zero."""
    colour = plots.COLOURS[symbol]
    for (r, c), value in np.ndenumerate(grid):
        empty = np.isnan(value)
        look = {"edgecolor": "0.55", "linestyle": ":", "facecolor": "white"}
        if not empty:
            look = {"edgecolor": colour, "facecolor": (colour, 0.16)}
        ax.add_patch(Rectangle((c - 0.46, r - 0.46), 0.92, 0.92, **look))
        if numbers and len(grid) <= 16 and not empty:
            small = 9 if len(grid) <= 10 else 6
            ax.text(c, r, f"{value:.0f}", ha="center", va="center", fontsize=small)
