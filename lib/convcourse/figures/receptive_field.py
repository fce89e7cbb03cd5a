"""F8: the receptive-field builder. A live figure of what one unit of a stack sees."""

from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from convcourse import plots
from convcourse.arithmetic import receptive_fields, same_padding
from convcourse.figures import kit, state

__all__ = ["ReceptiveField", "receptive_field"]

#: Samples of the longest input.
MOST = 128
_KINDS = ("conv", "pool")
_LIMITS = {"kernel": (1, 7), "stride": (1, 4), "dilation": (1, 16)}
#: Stacks to begin with: name, and rows as the state has them.
STACKS = {
    "3 × 3 and pooling": [[0, 3, 1, 1], [0, 3, 1, 1], [1, 2, 2, 1], [0, 3, 1, 1]],
    "two 3 × 3": [[0, 3, 1, 1]] * 2,
    "one 5 × 5": [[0, 5, 1, 1]],
    "six 3 × 3": [[0, 3, 1, 1]] * 6,
    "strides 2": [[0, 3, 2, 1]] * 4,
    "dilations 1 2 4 8": [[0, 3, 1, d] for d in (1, 2, 4, 8)],
    "dilations 2 2 2": [[0, 3, 1, 2]] * 3,
    "blocks with pooling": [[0, 3, 1, 1], [0, 3, 1, 1], [1, 2, 2, 1]] * 2,
}


def receptive_field(layers=(("conv", 3), ("conv", 3), ("pool", 2), ("conv", 3)), n=None,
                    padding="valid", at=None, unit=None, size="text"):  # fmt: skip
    """Show what one unit of a stack of layers sees, along one axis and in an image.

    Parameters
    ----------
    layers : sequence of 1 to 6 layers
        First layer first: ``("conv", kernel, stride, dilation)`` or ``("pool", size,
        stride)``; a whole number is the kernel of a convolution. Without a stride a
        convolution has 1 and a pooling its size. Kernels 1 to 7, strides 1 to 4,
        dilations 1 to 16.
    n : int, optional
        Samples of the input, 1 to 128. Default: enough for five units of the last layer.
    padding : {"valid", "same"}
        Of every layer, as in Keras.
    at : int, optional
        Number of the layer whose unit looks, from 1. Default: the last one.
    unit : int, optional
        Number of the unit, from 0. Default: the middle one.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    ReceptiveField
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or a kernel fits nowhere; the message names it.

    Examples
    --------
    >>> figure = receptive_field([3, 3, ("pool", 2), 3, 3, ("pool", 2)])
    >>> figure.trace()["size"]
    16
    >>> receptive_field([3, 3], n=9, unit=2).trace()["hits"].tolist()
    [0, 0, 1, 2, 3, 2, 1, 0, 0]
    """
    rows = [_row(i + 1, layer) for i, layer in enumerate(_listed(layers))]
    at = len(rows) if at is None else at
    if n is None:
        n = _roomy(rows)
    if unit is None:
        unit = _middle(rows, n, padding, at)
    return ReceptiveField(rows, n, padding, at, unit, size=size)


@dataclass(frozen=True, eq=False, repr=False)
class ReceptiveField(kit.Figure):
    """The state of the figure; see :func:`receptive_field`.

    A row of ``layers`` holds four numbers: 0 for a convolution or 1 for a pooling,
    kernel, stride, dilation.
    """

    layers: tuple = state.matrix([[0, 3, 1, 1]] * 2, (1, 6), (4, 4), 0, 16)
    n: int = state.whole(9, 1, MOST)
    padding: str = state.choice("valid", "same")
    at: int = state.whole(2, 1, 6)
    unit: int = state.whole(0, 0, MOST - 1)

    def check(self):
        """Refuse a layer out of range, and one whose kernel fits nowhere."""
        for number, layer in enumerate(self.layers, 1):
            _check_layer(number, layer)
        if self.at > len(self.layers):
            raise ValueError(
                f"at must be from 1 to {len(self.layers)}, the number of layers; got "
                f"{self.at}."
            )
        lengths = _lengths(self.layers, self.n, self.padding)
        if min(lengths) < 1:
            number = int(np.argmax(np.array(lengths) < 1))
            _, k, _, d = self.layers[number - 1]
            raise ValueError(
                f"Layer {number} spans {(k - 1) * d + 1} samples and gets only "
                f"{lengths[number - 1]}: no window fits. Take a larger n, or padding "
                "'same'."
            )
        if self.unit >= lengths[self.at]:
            raise ValueError(
                f"unit must be from 0 to {lengths[self.at] - 1}, got {self.unit}: layer "
                f"{self.at} has {lengths[self.at]} units."
            )

    def data(self):
        """Return the stacks of the menu."""
        return {"stacks": STACKS}

    def trace(self):
        """Return the sizes of all layers, and every unit in the cone.

        Returns
        -------
        dict
            For the input and each layer: ``lengths``, ``sizes`` of the field,
            ``jumps``, ``starts``; for each layer ``spans``, ``lefts`` and ``rights``
            (padding). ``cone``: for the input and each layer up to ``at``, the number
            of paths from every unit to the chosen one; ``hits`` is the input's.
            ``first``, ``last``: of the theoretical field, outside the input too;
            ``size``, ``jump``; ``inside``: samples that are reached; ``most``,
            ``paths``; ``core``: samples on at least half of ``most`` paths;
            ``weights`` of the convolutions in an image; ``single``: ``size`` squared.
        """
        rows, at = self.layers, self.at
        lengths = _lengths(rows, self.n, self.padding)
        sides = zip(rows, lengths, strict=False)
        pads = [_pads(row, m, self.padding) for row, m in sides]
        windows = [(k, s, pad, d) for (_, k, s, d), pad in zip(rows, pads, strict=True)]
        fields = [(1, 1, 0), *receptive_fields(windows)]
        cone = self._cone(lengths, pads)
        size, jump, start = fields[at]
        first, hits = start + self.unit * jump, cone[0]
        return {
            "lengths": lengths, "sizes": [f[0] for f in fields],
            "jumps": [f[1] for f in fields], "starts": [f[2] for f in fields],
            "spans": [(k - 1) * d + 1 for _, k, _, d in rows],
            "lefts": [left for left, _ in pads], "rights": [right for _, right in pads],
            "cone": cone, "hits": hits, "size": size, "jump": jump, "first": first,
            "last": first + size - 1, "inside": int((hits > 0).sum()),
            "most": int(hits.max()), "paths": int(hits.sum()),
            "core": int((2 * hits >= max(1, hits.max())).sum()),
            "weights": sum(k * k for kind, k, _, _ in rows[:at] if kind == 0),
            "single": size * size,
        }  # fmt: skip

    def picture(self):
        """Draw the rows of units with the cone, and the paths to each pixel beside."""
        t = self.trace()
        rows = len(self.layers)
        height = 0.62 * rows + 1.6
        fig, (ax, below) = plots.panels(1, 2, height, width_ratios=(3, 1))
        for level in range(rows + 1):
            self._draw_row(ax, t, level)
        self._draw_edges(ax, t)
        names = [f"{i}: {_name(row)}" for i, row in enumerate(self.layers, 1)]
        ax.set_yticks(range(rows + 1), ["input", *names])
        ax.set(ylim=(-0.6, rows + 0.6), xlim=(-1, self.n), xlabel="sample")
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(visible=False)
        title = f"unit {self.unit} of layer {self.at}: {self.formula(t)}"
        ax.set_title(title, fontsize=11)
        below.imshow(np.outer(t["hits"], t["hits"]), cmap="Greens", vmin=0)
        below.set_title("paths to each pixel", fontsize=11)
        below.set_axis_off()
        return fig

    def describe(self):
        """Say the field of the unit with its sum, and how evenly it is reached."""
        t = self.trace()
        stack = ", ".join(_name(row) for row in self.layers)
        return (
            f"{stack}; padding {self.padding}, {self.n} samples. Unit {self.unit} of "
            f"layer {self.at} has a field of {self.formula(t)} samples. {self._caption(t)}"
        )

    def formula(self, t):
        """Write the size of the field as its sum (str)."""
        pairs = zip(t["spans"], t["jumps"], strict=False)
        terms = [f"{span - 1}·{jump}" for span, jump in list(pairs)[: self.at]]
        return f"{' + '.join(['1', *terms])} = {t['size']}"

    # -- how the numbers come about ------------------------------------------------------
    def _cone(self, lengths, pads):
        """Count the paths from every unit below to the chosen one, level by level."""
        counts = np.zeros(lengths[self.at], np.int64)
        counts[self.unit] = 1
        cone = [counts]
        for level in range(self.at - 1, -1, -1):
            (_, k, s, d), (left, right) = self.layers[level], pads[level]
            padded = np.zeros(left + lengths[level] + right, np.int64)
            for tap in range(k):
                reached = np.arange(len(counts)) * s + tap * d
                padded[reached] += counts  # one tap reaches each place once
            counts = padded[left : left + lengths[level]]
            cone.insert(0, counts)
        return cone

    def _caption(self, t):
        """Say where the field lies, how the paths are spread, and the weights."""
        outside = max(0, -t["first"]) + max(0, t["last"] - self.n + 1)
        rest = f", {outside} of them outside the input" if outside else ""
        where = (
            f"It covers samples {t['first']} to {t['last']}{rest}."
            if t["size"] > 1
            else f"It is sample {t['first']}{rest}."
        ).replace("-", "−")
        paths = "path" if t["paths"] == 1 else "paths"
        samples = "sample is" if t["inside"] == 1 else "samples are"
        return (
            f"{where} {t['inside']} {samples} reached, on {t['paths']} {paths}; the most "
            f"reached by {t['most']}, and {t['core']} by at least half of that. In an "
            f"image these layers hold {t['weights']} weights; one kernel of {t['size']} "
            f"by {t['size']} holds {t['single']}."
        )

    # -- the picture -----------------------------------------------------------------------
    def _places(self, t, level):
        """Return the centres of a level's units, in samples of the input."""
        units = np.arange(t["lengths"][level])
        middle = t["starts"][level] + (t["sizes"][level] - 1) / 2
        return middle + units * t["jumps"][level]

    def _draw_row(self, ax, t, level):
        """Draw the units of a level; filled by their share of the paths."""
        places, colour = self._places(t, level), plots.COLOURS["y" if level else "x"]
        wide = 0.86 * t["jumps"][level]
        counts = t["cone"][level] if level <= self.at else np.zeros(len(places))
        share = counts / max(1, counts.max())
        look = {"height": 0.34, "linewidth": 0.6}
        ax.barh([level] * len(places), wide, left=places - wide / 2, color="white",
                edgecolor="0.6", **look)  # fmt: skip
        for place, strength in zip(places, share, strict=True):
            if strength:
                ax.barh(level, wide, left=place - wide / 2, edgecolor=colour,
                        color=(colour, 0.15 + 0.85 * strength), **look)  # fmt: skip

    def _draw_edges(self, ax, t):
        """Draw a line for every weight in the cone."""
        for level in range(self.at, 0, -1):
            kind, k, s, d = self.layers[level - 1]
            upper, lower = self._places(t, level), self._places(t, level - 1)
            for unit in np.flatnonzero(t["cone"][level]):
                for tap in range(k):
                    child = unit * s + tap * d - t["lefts"][level - 1]
                    if 0 <= child < len(lower):
                        ends = [upper[unit], lower[child]], [level - 0.17, level - 0.83]
                        style = ":" if kind else "-"
                        ax.plot(*ends, style, color=plots.COLOURS["w"], linewidth=0.9)


def _listed(layers):
    """Return the layers as a list, or say what came instead."""
    if isinstance(layers, str) or not hasattr(layers, "__iter__"):
        raise TypeError(
            f"layers must be a list such as [('conv', 3), ('pool', 2)], got {layers!r}."
        )
    return list(layers)


def _row(number, layer):
    """Return four numbers for a layer as a caller writes it."""
    if isinstance(layer, int) and not isinstance(layer, bool):
        layer = ("conv", layer)
    if not isinstance(layer, tuple | list) or not 2 <= len(layer) <= 4:
        raise TypeError(
            f"layers must hold ('conv', kernel, stride, dilation) or ('pool', size, "
            f"stride), got {layer!r} as layer {number}."
        )
    kind, kernel, *more = layer
    if kind not in _KINDS:
        raise ValueError(f"layer {number} must be one of {_KINDS}, got {kind!r}.")
    stride = more[0] if more else (kernel if kind == "pool" else 1)
    row = [_KINDS.index(kind), kernel, stride, more[1] if len(more) > 1 else 1]
    if not all(isinstance(v, int) for v in row):
        raise TypeError(f"layer {number} must hold whole numbers, got {layer!r}.")
    _check_layer(number, row)
    return row


def _middle(rows, n, padding, at):
    """Return the middle unit of a layer; 0 where the arguments make no sense."""
    if not isinstance(n, int) or at not in range(len(rows) + 1):
        return 0  # the fields of the state say what is wrong
    return max(0, (_lengths(rows, n, padding)[at] - 1) // 2)


def _check_layer(number, layer):
    """Refuse a layer whose numbers are out of range."""
    kind, *numbers = layer
    if kind not in (0, 1):
        raise ValueError(f"layer {number} must be 0 (conv) or 1 (pool), got {kind}.")
    for (name, (low, high)), value in zip(_LIMITS.items(), numbers, strict=True):
        if value != int(value) or not low <= value <= high:
            raise ValueError(
                f"{name} of layer {number} must be a whole number from {low} to {high}, "
                f"got {value}."
            )
    if kind == 1 and numbers[2] != 1:
        raise ValueError(
            f"layer {number} is a pooling: its dilation must be 1, got {numbers[2]}."
        )


def _lengths(rows, n, padding):
    """Return the lengths of the input and of every layer; below 1 where none fits."""
    lengths = [n]
    for _, k, s, d in rows:
        m, span = lengths[-1], (k - 1) * d + 1
        lengths.append(-(-m // s) if padding == "same" else max(0, (m - span) // s + 1))
    return lengths


def _pads(row, length, padding):
    """Return the padding left and right of one layer."""
    _, k, s, d = row
    return same_padding(length, k, s, d) if padding == "same" else (0, 0)


def _roomy(rows):
    """Return a length that gives the last layer five units, as far as there is room."""
    if not rows:
        return 1  # the field of the state says what is wrong
    size, jump, _ = receptive_fields([(k, s, 0, d) for _, k, s, d in rows])[-1]
    return min(MOST, size + 4 * jump)


def _name(row):
    """Return a layer in words."""
    kind, k, s, d = row
    usual = k if kind else 1
    stride = f" stride {s}" if s != usual else ""
    dilation = f" dilation {d}" if d > 1 else ""
    return f"{_KINDS[kind]} {k}{stride}{dilation}"
