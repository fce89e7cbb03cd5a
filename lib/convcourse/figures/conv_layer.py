"""F6: one convolutional layer, all channels, bias and ReLU: numbers that add up."""

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import plots
from convcourse.figures import kit, state, words

__all__ = ["ConvLayer", "conv_layer"]

# a red stripe on a blue ground, and a fourth channel that no eye has
_PICTURE = [
    [[1, 2, 8, 9, 1], [0, 2, 9, 8, 1], [1, 1, 8, 9, 2], [2, 1, 9, 9, 0], [1, 0, 8, 9, 1]],
    [[2, 1, 1, 2, 2], [2, 2, 1, 1, 3], [3, 1, 2, 1, 2], [2, 2, 1, 2, 2], [1, 2, 2, 1, 2]],
    [[8, 9, 2, 1, 8], [9, 8, 1, 0, 9], [8, 9, 1, 2, 8], [9, 7, 0, 1, 9], [8, 9, 2, 1, 8]],
    [[5, 5, 4, 4, 3], [5, 4, 4, 3, 3], [4, 4, 3, 3, 2], [4, 3, 3, 2, 2], [3, 3, 2, 2, 1]],
]  # fmt: skip
_EDGE = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
_NONE, _ONES = [[0] * 3] * 3, [[1] * 3] * 3
_ROUND = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]
# rows: input channels, columns: output channels
_KERNELS = [
    [_EDGE, _ONES, _ROUND, [[0, 0, 0], [0, 3, 0], [0, 0, 0]]],
    [_NONE, _ONES, _ROUND, [[0, 0, 0], [0, -1, 0], [0, 0, 0]]],
    [(-np.array(_EDGE)).tolist(), _ONES, _ROUND, [[0, 0, 0], [0, -2, 0], [0, 0, 0]]],
    [_ROUND, _NONE, _ROUND, [[0, 0, 0], [0, 1, 0], [0, 0, 0]]],
]
_BIASES = [-20, -100, 0, -9]
_SIDE = 6  # most rows and columns of an input channel


def conv_layer(x=None, w=None, b=None, inputs=None, outputs=None, k=None, channel=0,
               row=1, column=1, bias=True, relu=True, size="text"):  # fmt: skip
    """Show how one number of a convolutional layer is made, with every channel.

    Parameters
    ----------
    x : (H, W, C_in) array_like, optional
        Image or feature maps, at most 6 by 6, with 1 to 4 channels and values from -99
        to 99. Default: a red stripe on a blue ground, 5 by 5, with 4 channels.
    w : (k, k, C_in, C_out) array_like, optional
        Kernels as in Keras, k 1 or 3, 1 to 4 output channels, values from -99 to 99.
    b : (C_out,) array_like, optional
        Biases from -999 to 999. Default: 0 for own kernels.
    inputs, outputs : int, optional
        How many of the channels take part at the beginning. Default: as many as ``x``
        and ``w`` have; of the built-in ones 3 and 2.
    k : {1, 3}, optional
        Kernel size. With 1 only the middle weight of each kernel is used.
    channel, row, column : int
        Which output is taken apart.
    bias, relu : bool
        Whether the bias is added, and negative sums become 0.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    ConvLayer
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or the shapes do not fit; the message names it.

    Notes
    -----
    The places are those of padding "valid", stride 1; kernels are not flipped, as in
    ``keras.layers.Conv2D``.

    Examples
    --------
    >>> layer = conv_layer(row=1, column=0)
    >>> trace = layer.trace()
    >>> trace["sums"].tolist(), trace["b"], trace["z"]
    ([30, 0, 31], -20, 41)
    >>> trace["parameters"]
    56
    """
    if inputs is None and x is None and w is None:
        inputs = 3  # the colours of a photograph; the fourth can be added
    outputs = 2 if outputs is None and w is None else outputs
    x, w, b = _arrays(x, w, b)
    rows = np.moveaxis(x, 2, 0).reshape(-1, x.shape[1])
    flat = w.transpose(2, 3, 0, 1).reshape(-1, w.shape[0] ** 2)
    return ConvLayer(
        rows, flat, b,
        w.shape[2] if inputs is None else inputs,
        w.shape[3] if outputs is None else outputs,
        len(w) if k is None else k,
        channel, row, column, bias, relu, size=size,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class ConvLayer(kit.Figure):
    """The state of the figure; see :func:`conv_layer`.

    ``x`` holds the input channels below each other; a row of ``w`` is one kernel, read
    line by line: first those of input channel 0, one for each output channel.
    """

    x: tuple = state.matrix(np.reshape(_PICTURE, (20, 5)), (1, 4 * _SIDE), (1, _SIDE))
    w: tuple = state.matrix(np.reshape(_KERNELS, (16, 9)), (1, 16), (1, 9))
    b: tuple = state.series(_BIASES, (1, 4), -999, 999)
    inputs: int = state.whole(3, 1, 4)
    outputs: int = state.whole(2, 1, 4)
    k: int = state.whole(3, 1, 3)
    channel: int = state.whole(0, 0, 3)
    row: int = state.whole(1, 0, _SIDE - 1)
    column: int = state.whole(1, 0, _SIDE - 1)
    bias: bool = state.switch(True)
    relu: bool = state.switch(True)

    def check(self):
        """Refuse tables that do not fit each other, and outputs that are not there."""
        most, rest = divmod(len(self.w), len(self.b))
        side = {1: 1, 9: 3}.get(len(self.w[0]))
        if rest or len(self.x) % most or side is None:
            raise ValueError(
                f"x has {len(self.x)} rows, w {len(self.w)} kernels of {len(self.w[0])} "
                f"weights, b {len(self.b)} numbers: w needs C_in times C_out kernels of "
                "1 or 9 weights, x as many rows for each input channel, b C_out numbers."
            )
        if self.k not in (1, side):
            raise ValueError(f"k must be 1 or {side}, got {self.k}.")
        height, width = len(self.x) // most, len(self.x[0])
        rows, columns = height - self.k + 1, width - self.k + 1
        if rows < 1 or columns < 1:
            raise ValueError(
                f"the kernel has {self.k} rows and columns, x only {height} by {width}: "
                "no place holds it whole. Use k=1 or a larger x."
            )
        for name, value, low, high in [
            ("inputs", self.inputs, 1, most),
            ("outputs", self.outputs, 1, len(self.b)),
            ("channel", self.channel, 0, self.outputs - 1),
            ("row", self.row, 0, rows - 1),
            ("column", self.column, 0, columns - 1),
        ]:
            if value > high:
                raise ValueError(f"{name} must be from {low} to {high}, got {value}.")

    def trace(self):
        """Return every term of the chosen output, and all outputs.

        Returns
        -------
        dict
            ``windows``, ``kernels``, ``products`` (inputs, k, k) and ``sums`` (inputs,)
            of the chosen output; ``b`` (0 without bias), ``z`` (the whole sum),
            ``value`` (after ReLU); ``before`` and ``after`` (outputs, H', W') of all
            outputs; ``rows``, ``columns`` of each; ``parameters`` of the layer.
        """
        x, w, b = self._used()
        k, places = self.k, np.lib.stride_tricks.sliding_window_view
        before = np.stack([sum(  # channel by channel, weight by weight: as the module
            w[i, o, r, c] * places(x[i], (k, k))[..., r, c]
            for i in range(self.inputs) for r in range(k) for c in range(k)
        ) + b[o] for o in range(self.outputs)])  # fmt: skip
        after = np.maximum(before, 0) if self.relu else before
        here = (self.channel, self.row, self.column)
        windows = x[:, self.row : self.row + k, self.column : self.column + k]
        kernels = w[:, self.channel]
        biases = self.outputs if self.bias else 0
        return {
            "windows": windows, "kernels": kernels, "products": windows * kernels,
            "sums": (windows * kernels).sum((1, 2)), "b": b[self.channel].item(),
            "z": before[here].item(), "value": after[here].item(),
            "before": before, "after": after,
            "rows": before.shape[1], "columns": before.shape[2],
            "parameters": k * k * self.inputs * self.outputs + biases,
        }  # fmt: skip

    def picture(self):
        """Draw for each channel window, kernel and sum, and at the right the output."""
        t, n = self.trace(), self.inputs
        fig, axes = plots.panels(2, n + 1, height=2.1, width=2.1 * (n + 1))
        axes = axes.reshape(2, n + 1)
        x = self._used()[0]
        far = max(1, np.abs(x).max()), max(1, np.abs(t["kernels"]).max())
        for i in range(n):
            ax = _numbers(axes[0, i], x[i], far[0], f"x[:, :, {i}]")
            _box(ax, self.row, self.column, self.k)
            total = words.number(t["sums"][i])
            name = f"w[:, :, {i}, {self.channel}]"
            ax = _numbers(axes[1, i], t["kernels"][i], far[1], name)
            ax.set_xlabel(f"sum of x · w: {total}", weight="bold")
        y = t["after"][self.channel]
        name = f"y[:, :, {self.channel}]"
        _box(_numbers(axes[0, n], y, max(1, np.abs(y).max()), name),
             self.row, self.column, 1)  # fmt: skip
        lines = [f"{words.factor(s)} from channel {i}" for i, s in enumerate(t["sums"])]
        lines += [f"{words.factor(t['b'])} bias"] if self.bias else []
        lines += [f"{words.number(t['z'])} in all"]
        lines += [f"{words.number(t['value'])} after ReLU"] if self.relu else []
        axes[1, n].text(0, 0.95, "\n".join(lines), va="top", fontsize=10)
        axes[1, n].set_axis_off()
        return fig

    def describe(self):
        """Say the sum of the chosen output, and how many parameters the layer has."""
        t = self.trace()
        terms = [*t["sums"].tolist()] + ([t["b"]] if self.bias else [])
        exact = words.shown_exactly(t["z"], *terms)
        sum_ = " + ".join(words.factor(v) for v in terms)
        sign, z = "=" if exact else "≈", words.number(t["z"])
        total = f"{sum_} {sign} {z}" if len(terms) > 1 else z
        if self.relu:
            total += f", and ReLU makes {words.number(t['value'])} of it"
        place = f"y[{self.row}, {self.column}, {self.channel}]"
        return f"{place}: {total}. {self._layer(t['parameters'])}"

    def _used(self):
        """Return the channels, kernels and biases that take part, as arrays."""
        side = round(len(self.w[0]) ** 0.5)
        w = np.array(self.w).reshape(-1, len(self.b), side, side)
        x = np.array(self.x).reshape(len(w), -1, len(self.x[0]))
        cut = slice((side - self.k) // 2, (side + self.k) // 2)
        w = w[: self.inputs, : self.outputs, cut, cut]
        b = np.array(self.b) if self.bias else np.zeros(len(self.b), int)
        return x[: self.inputs], w, b[: self.outputs]

    def _layer(self, parameters):
        """Say how many numbers the layer learns, and how Keras writes it."""
        n, m, k = self.inputs, self.outputs, self.k
        terms = "the bias" if self.bias else "no bias"
        one = f"{k * k} product{'s' if k > 1 else ''}"
        sums = f"{n} sums of {one}" if n > 1 else f"One sum of {one}"
        each = ", one for each input channel," if n > 1 else ""
        count = f"{k}·{k}·{n}{' + 1' if self.bias else ''}"
        options = [f"{m}", f"{k}"]
        options += ['activation="relu"'] if self.relu else []
        options += [] if self.bias else ["use_bias=False"]
        return (
            f"{sums}{each} and {terms}. Conv2D({', '.join(options)}) on {n} "
            f"channel{'s' if n > 1 else ''} learns ({count})·{m} = {parameters} numbers."
        )


def _arrays(x, w, b):
    """Return input, kernels and biases that fit; what is missing is built in."""
    if w is None:
        x = _array("x", _picture(4) if x is None else x, 3)
        w = np.array(_KERNELS).transpose(2, 3, 0, 1)[:, :, : x.shape[2]]
        b = _BIASES if b is None else b
    w = _array("w", w, 4)
    if w.shape[0] != w.shape[1]:
        raise ValueError(f"w must have as many rows as columns, got shape {w.shape}.")
    x = _array("x", _picture(w.shape[2]) if x is None else x, 3)
    if x.shape[2] != w.shape[2]:
        raise ValueError(
            f"x has {x.shape[2]} channels, w is for {w.shape[2]}: x (H, W, C_in) and w "
            "(k, k, C_in, C_out) must agree."
        )
    b = np.zeros(w.shape[3], int) if b is None else np.asarray(b)
    if b.shape != (w.shape[3],):
        raise ValueError(f"b must have shape ({w.shape[3]},), got {b.shape}.")
    return x, w, b


def _picture(channels):
    """Return channels of the built-in picture, (5, 5, channels)."""
    return np.moveaxis(np.array(_PICTURE[:channels]), 0, 2)


def _array(name, value, axes):
    """Return an array with so many axes and 1 to 4 channels at each channel axis."""
    array, layout = np.asarray(value), {3: "(H, W, C_in)", 4: "(k, k, C_in, C_out)"}
    if array.ndim != axes or array.dtype.kind not in "buif" or not array.size:
        raise ValueError(
            f"{name} must be numbers {layout[axes]}, got shape {array.shape} of "
            f"{array.dtype}."
        )
    high = max(array.shape[2:])
    if high > 4 or max(array.shape[:2]) > _SIDE:
        raise ValueError(
            f"{name} {layout[axes]} must have at most 4 channels and {_SIDE} rows and "
            f"columns, got {array.shape}. Take a part of it."
        )
    return array + 0  # True becomes 1


def _numbers(ax, table, far, title):
    """Draw a table of numbers on a signed scale that ends at `far`."""
    ax.imshow(table, cmap=plots.SIGNED, vmin=-1.6 * far, vmax=1.6 * far)
    for (r, c), value in np.ndenumerate(table):
        text = words.number(round(float(value), 2))
        ax.text(c, r, text, ha="center", va="center", fontsize=9)
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(False)
    return ax


def _box(ax, row, column, side):
    """Frame a window."""
    for colour, width in (("white", 5), ("black", 2.5)):
        ax.add_patch(Rectangle((column - 0.5, row - 0.5), side, side, fill=False,
                               edgecolor=colour, linewidth=width))  # fmt: skip
