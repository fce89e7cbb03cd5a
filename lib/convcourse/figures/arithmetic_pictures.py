"""Pictures of convolution arithmetic: windows, receptive fields, costs of a network.

Each function makes a whole figure and returns it; end a cell with ``plots.show``.
"""

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter

from convcourse import arithmetic, plots

__all__ = [
    "RELATIONS",
    "cases",
    "costs",
    "field_map",
    "regions",
    "usage_maps",
    "windows",
]

#: The worked cases of the arithmetic guide (V. Dumoulin and F. Visin): relation, then
#: length, kernel, stride, padding, dilation.
RELATIONS = {
    "1 and 8: n=4, k=3": (4, 3, 1, 0, 1),
    "2 and 9: n=5, k=4, p=2": (5, 4, 1, 2, 1),
    "3 and 10: n=5, k=3, p=1": (5, 3, 1, 1, 1),
    "4 and 11: n=5, k=3, p=2": (5, 3, 1, 2, 1),
    "5 and 12: n=5, k=3, s=2": (5, 3, 2, 0, 1),
    "6 and 13: n=5, k=3, s=2, p=1": (5, 3, 2, 1, 1),
    "6 and 14: n=6, k=3, s=2, p=1": (6, 3, 2, 1, 1),
    "15: n=7, k=3, d=2": (7, 3, 1, 0, 2),
}
_STYLES = ("-", "--", "-.", ":")


def windows(n, kernel, stride=1, padding=0, dilation=1, height=None):
    """Draw a signal's samples and, below it, every window that fits.

    Parameters
    ----------
    n, kernel, stride, padding, dilation
        As in `convcourse.arithmetic.output_length`.
    height : float, optional
        Of the figure, inches. Default: as the number of windows needs.

    Returns
    -------
    matplotlib.figure.Figure
        Samples are numbered; padding is dotted, a sample that no window reads is
        crossed out. One row of orange squares for each output.

    Raises
    ------
    TypeError, ValueError
        As `output_length`.

    Examples
    --------
    >>> fig = windows(6, 3, stride=2, padding="same")
    >>> [text.get_text() for text in fig.axes[0].texts if "y" in text.get_text()]
    ['y[0]', 'y[1]', 'y[2]']
    >>> plots.plt.close(fig)
    """
    rows = arithmetic.output_length(n, kernel, stride, padding, dilation) + 1
    fig, ax = plots.panels(height=height or min(5, 0.3 * rows + 0.3))
    _draw_windows(ax, n, kernel, stride, padding, dilation)
    return fig


def cases(settings, cols=2, height=1.6):
    """Draw the windows of several settings side by side.

    Parameters
    ----------
    settings : dict of str to tuple
        Title, and ``(n, kernel, stride, padding, dilation)``; the last ones may be
        left out.
    cols : int
        Pictures in a row.
    height : float
        Of one row, inches.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = cases({"valid": (4, 3), "full": (4, 3, 1, "full")})
    >>> [ax.get_title(loc="left") for ax in fig.axes]
    ['valid', 'full']
    >>> plots.plt.close(fig)
    """
    rows = -(-len(settings) // cols)
    fig, axes = plots.panels(rows, cols, height)
    for ax, (title, setting) in zip(
        np.atleast_1d(axes), settings.items(), strict=False
    ):
        setting = (*setting, *(1, 0, 1)[len(setting) - 2 :])
        _draw_windows(ax, *setting)
        ax.set_title(title, fontsize=10)
    for ax in np.atleast_1d(axes)[len(settings) :]:
        ax.set_axis_off()
    return fig


def _draw_windows(ax, n, kernel, stride, padding, dilation):
    """Draw the samples as a row of boxes, and a row of weights for each output."""
    setting = (n, kernel, stride, padding, dilation)
    left, right = arithmetic.padding_sides(*setting)
    read = arithmetic.usage(*setting)
    for place in range(-left, n + right):
        _sample(ax, place, 0 <= place < n and read[place], 0 <= place < n)
    starts = arithmetic.window_starts(*setting)
    end, look = n + right + 0.1, {"va": "center", "fontsize": 9, "weight": "bold"}
    ax.text(end, 0, "x", color=plots.COLOURS["x"], **look)
    for output, start in enumerate(starts):
        row = output + 1
        ends = [start, start + (kernel - 1) * dilation]
        ax.plot(ends, [row, row], "-", color="0.6", linewidth=1, zorder=1)
        for tap in range(kernel):
            ax.add_patch(_box(start + tap * dilation, row, plots.COLOURS["w"]))
        ax.text(end, row, f"y[{output}]", color=plots.COLOURS["y"], **look)
    ax.set(xlim=(-left - 0.7, n + right + 1.6), ylim=(len(starts) + 0.7, -0.7))
    ax.set_aspect("equal", anchor="NW")
    ax.set_axis_off()


def _sample(ax, place, read, inside):
    """Draw one sample: filled, crossed out where unread, dashed where padded."""
    if not inside:
        ax.add_patch(_box(place, 0, "white", edgecolor="0.4", linestyle=":"))
        return
    colour = plots.COLOURS["x"]
    ax.add_patch(_box(place, 0, colour if read else "none", edgecolor=colour))
    ink = "white" if read else "black"
    ax.text(place, 0, str(place), ha="center", va="center", fontsize=8, color=ink)
    if not read:
        look = {"linestyle": "-", "linewidth": 1.5, "color": plots.COLOURS["error"]}
        for slope in (1, -1):
            ends = np.array([-0.42, 0.42])
            ax.plot(place + ends, slope * ends, zorder=1.9, **look)


def _box(place, row, colour, **look):
    """Return a square around a place of a row."""
    look = {"edgecolor": "white", "linewidth": 1, "zorder": 2, **look}
    return Rectangle((place - 0.42, row - 0.42), 0.84, 0.84, facecolor=colour, **look)


def usage_maps(counts):
    """Draw how many windows read each pixel of an image, all on one scale of grey.

    Parameters
    ----------
    counts : dict of str to (N,) array_like
        Title, and what `convcourse.arithmetic.usage` says for either axis.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = usage_maps({"valid": [1, 2, 1]})
    >>> [text.get_text() for text in fig.axes[0].texts][:3]
    ['1', '2', '1']
    >>> plots.plt.close(fig)
    """
    fig, axes = plots.panels(1, len(counts), 2.6)
    most = max(max(count) for count in counts.values()) ** 2
    for ax, (title, count) in zip(np.atleast_1d(axes), counts.items(), strict=True):
        plots.image(ax, np.outer(count, count), title).images[0].set_clim(0, most)
    return fig


def regions(photo, fields, unit, height=4.0):
    """Draw what units of several layers see of a photograph.

    Parameters
    ----------
    photo : (H, W) or (H, W, 3) array_like
        The input of the network.
    fields : dict of str to ReceptiveField
        Name of the layer, and the receptive field of its units along both axes.
    unit : callable
        ``unit(field)`` says which unit to draw: its number along both axes.
    height : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure
        A square outlines each field, without cutting off what lies in the padding.

    Examples
    --------
    >>> field = arithmetic.receptive_field([(3,), (3,)])
    >>> fig = regions(np.zeros((9, 9)), {"conv2": field}, lambda field: 2)
    >>> fig.axes[0].patches[0].get_width()
    5
    >>> plots.plt.close(fig)
    """
    fig, ax = plots.panels(height=height, width=height * 1.9)
    plots.image(ax, photo)
    for number, (name, field) in enumerate(fields.items()):
        first, _ = field.region(unit(field))
        corner = (float(first) - 0.5, float(first) - 0.5)
        style = _STYLES[number % len(_STYLES)]
        for colour, line, label in (("black", 4.5, None), ("white", 2.2, name)):
            look = {"fill": False, "edgecolor": colour, "linewidth": line}
            look |= {"linestyle": style if colour == "white" else "-"}
            label = label and f"{label}: {field.size} x {field.size}"
            square = Rectangle(corner, field.size, field.size, label=label, **look)
            ax.add_patch(square)
    ax.autoscale_view()
    legend = ax.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), handlelength=3)
    legend.get_frame().set(facecolor="0.35", alpha=1, visible=True)
    for text in legend.get_texts():
        text.set_color("white")
    return fig


def costs(trace, columns=("parameters", "macs", "activations"), kinds=()):
    """Draw what each layer of a network costs, one panel for each column.

    Parameters
    ----------
    trace : arithmetic.Trace
        The table to draw.
    columns : sequence of str
        Of "parameters", "macs" and "activations".
    kinds : sequence of str
        Only layers of these kinds; default: all.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> net = arithmetic.trace([arithmetic.Conv(4)], (9, 9, 1))
    >>> fig = costs(net, columns=["parameters"])
    >>> fig.axes[0].get_title(loc="left")
    'parameters'
    >>> plots.plt.close(fig)
    """
    rows = [row for row in trace.rows if not kinds or row.kind in kinds]
    fig, axes = plots.panels(1, len(columns), 0.21 * len(rows) + 0.6, sharey=True)
    names = {"macs": "MACs", "activations": "values in the output"}
    for ax, column in zip(np.atleast_1d(axes), columns, strict=True):
        lengths = [getattr(row, column) for row in rows]
        ax.barh(range(len(rows)), lengths, color=plots.COLOURS["y"], edgecolor="black")
        ax.set_title(names.get(column, column))
        ax.xaxis.set_major_formatter(FuncFormatter(_short))
        ax.xaxis.set_major_locator(plots.MaxNLocator(3))
        ax.grid(axis="y", visible=False)
    first = np.atleast_1d(axes)[0]
    first.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=8)
    first.invert_yaxis()
    return fig


def _short(number, place=None):
    """Return a large number with M or G for the zeros."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(number) >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


def field_map(weights, size, title=""):
    """Draw how strongly a unit depends on each pixel, and its middle row.

    Parameters
    ----------
    weights : (H, W) array_like
        Magnitudes of the gradient, around the centre of the unit's field.
    size : int
        Side of the theoretical field: the outline.
    title : str
        Above the map.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = field_map(np.ones((9, 9)), 5)
    >>> fig.axes[0].patches[0].get_width()
    5
    >>> plots.plt.close(fig)
    """
    weights = np.asarray(weights, float)
    weights = weights / weights.max()
    fig, (ax, below) = plots.panels(1, 2, 3.2, width_ratios=(1, 1.6))
    ax.imshow(weights, cmap="Greys", vmin=0, vmax=1)
    ax.set_title(title)
    ax.set_axis_off()
    rows, cols = weights.shape
    corner = (cols - size) / 2 - 0.5, (rows - size) / 2 - 0.5
    outline = {"fill": False, "edgecolor": plots.COLOURS["error"], "linewidth": 2}
    ax.add_patch(Rectangle(corner, size, size, linestyle="--", **outline))
    offset = np.arange(cols) - cols // 2
    plots.line(below, offset, weights[rows // 2], "y")
    below.set_title("its middle row")
    for end in (-size / 2, size / 2):
        below.axvline(end, color=plots.COLOURS["error"], linestyle="--")
    below.set_xlabel("pixels from the centre; dashed: theoretical field")
    return fig
