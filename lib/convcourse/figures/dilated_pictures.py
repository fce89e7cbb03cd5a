"""Pictures of chapter 06: what a stack sees, which pixels it misses, scores of runs."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from convcourse import plots
from convcourse.ops import convolve1d

__all__ = ["fields", "judged", "paths", "scores", "seen", "share", "tree"]


def paths(dilations, kernel=3):
    """Return in how many ways each sample reaches one output of a stack.

    Parameters
    ----------
    dilations : sequence of int
        One for each layer, all with stride 1.
    kernel : int
        Weights of each layer.

    Returns
    -------
    (r,) ndarray of int
        A number for each sample of the receptive field; 0 where a sample is unseen.

    Examples
    --------
    >>> paths((2, 2))
    array([1, 0, 2, 0, 3, 0, 2, 0, 1])
    """
    counts = np.ones(1, int)
    for dilation in dilations:
        counts = convolve1d(counts, np.ones(kernel, int), dilation=dilation)
    return counts


def share(dilations, kernel=3):
    """Return which share of the pixels of its square one output of a stack sees.

    Parameters
    ----------
    dilations, kernel
        As `paths`.

    Returns
    -------
    float

    Examples
    --------
    >>> share((2, 2, 2)) == (7 / 13) ** 2
    True
    """
    return float(np.mean(paths(dilations, kernel) > 0) ** 2)


def tree(dilations, kernel=2, length=None, height=None):
    """Draw a causal stack, and what the last sample of its output depends on.

    Parameters
    ----------
    dilations : sequence of int
        One for each layer, the first layer first.
    kernel : int
        Weights of each.
    length : int, optional
        Samples that are drawn; by default those that the output sees, and two more.
    height : float, optional
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        A row of samples for the input, below, and for each layer. What the output
        depends on is filled and joined by lines.

    Raises
    ------
    ValueError
        If there is no layer.

    Examples
    --------
    >>> fig = tree((1, 2, 4))
    >>> [text.get_text() for text in fig.axes[0].get_yticklabels()][:2]
    ['input', 'layer 1, d = 1']
    >>> plots.plt.close(fig)
    """
    if not len(dilations):
        raise ValueError("dilations must hold at least one layer.")
    size = len(paths(dilations, kernel))
    length, depth = length or size + 2, len(dilations)
    fig, ax = plots.panels(height=height or 0.42 * (depth + 2))
    active = {length - 1}
    for row in range(depth, -1, -1):
        _dots(ax, row, length, active, "y" if row == depth else "x")
        if row:
            pairs = [
                (t, t - k * dilations[row - 1]) for t in active for k in range(kernel)
            ]
            for above, below in pairs:
                if below >= 0:
                    line = {
                        "color": plots.COLOURS["w"],
                        "linewidth": 1.6,
                        "linestyle": "-",
                    }
                    ax.plot([above, below], [row, row - 1], **line, zorder=1)
            active = {below for _, below in pairs if below >= 0}
    names = [f"layer {i + 1}, d = {d}" for i, d in enumerate(dilations)]
    ax.set_yticks(range(depth + 1), ["input", *names])
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="n", xlim=(-0.7, length - 0.3), ylim=(-0.4, depth + 0.4))
    ax.grid(False)
    return fig


def _dots(ax, row, length, active, symbol):
    """Draw the samples of one layer; those that count are filled."""
    colour = plots.COLOURS[symbol]
    look = {"linestyle": "none", "marker": plots.MARKERS[symbol], "color": colour}
    places = np.arange(length)
    filled = np.isin(places, list(active))
    ax.plot(places, np.full(length, row), **look, markersize=6, markerfacecolor="white")
    ax.plot(places[filled], np.full(filled.sum(), row), **look, markersize=8)


def seen(named, kernel=3, height=1.9, width=8.0):
    """Draw which pixels of its field one output of a stack sees.

    Parameters
    ----------
    named : sequence of sequence of int
        The dilations of each stack.
    kernel : int
        Side of the kernels.
    height, width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure
        A square for each stack: seen pixels blue, unseen ones white; the share that is
        seen above.

    Raises
    ------
    ValueError
        If there is no stack.

    Examples
    --------
    >>> fig = seen([(1, 1), (2, 2)])
    >>> [ax.get_title(loc="left") for ax in fig.axes]
    ['1, 1: 100 %', '2, 2: 31 %']
    >>> plots.plt.close(fig)
    """
    if not len(named):
        raise ValueError("named must hold the dilations of at least one stack.")
    fig, axes = plots.panels(1, len(named), height, width)
    for ax, dilations in zip(np.atleast_1d(axes), named, strict=True):
        hit = paths(dilations, kernel) > 0
        colours = ListedColormap(["white", plots.COLOURS["x"]])
        ax.imshow(
            np.outer(hit, hit), cmap=colours, vmin=0, vmax=1, interpolation="nearest"
        )
        name = ", ".join(map(str, dilations))
        ax.set(xticks=[], yticks=[])
        ax.set_title(f"{name}: {100 * share(dilations, kernel):.0f} %")
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(True)
    looks = {"seen": plots.COLOURS["x"], "unseen": "white"}
    marks = [Patch(facecolor=c, edgecolor="0.6", label=w) for w, c in looks.items()]
    ax.legend(handles=marks, loc="center left", bbox_to_anchor=(1, 0.5))
    return fig


def fields(rows, height=1.5):
    """Draw signals below each other, and under each how far networks see.

    Parameters
    ----------
    rows : dict of str to (t, x, bars)
        Label; times and samples; and `bars`, a dict of name to (begin, end) in units
        of `t`.
    height : float
        Of one row, inches.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = fields({"x": (range(9), np.arange(9.0), {"3 samples": (2, 4)})})
    >>> fig.axes[0].texts[0].get_text()
    '3 samples'
    >>> plots.plt.close(fig)
    """
    fig, axes = plots.panels(len(rows), height=height)
    for ax, (label, (t, x, bars)) in zip(
        np.atleast_1d(axes), rows.items(), strict=True
    ):
        plots.line(ax, t, x)
        low, high = np.min(x), np.max(x)
        step = 0.22 * (high - low)
        for row, (name, (begin, end)) in enumerate(bars.items()):
            y = low - step * (row + 0.8)
            look = {"color": plots.COLOURS["w"], "linewidth": 5}
            look |= {"linestyle": "-", "solid_capstyle": "butt"}
            ax.plot([begin, end], [y, y], **look)
            ax.annotate(name, (end, y), (6, 0), textcoords="offset points", va="center")
        ax.set(ylim=(low - step * (len(bars) + 0.6), high + 0.3 * step))
        ax.set_yticks([tick for tick in ax.get_yticks() if low - step < tick <= high])
        ax.set_title(label)
    return fig


def scores(named, unit, lines=None, height=None, limits=None):
    """Draw the scores of several runs as dots, a row for each network.

    Parameters
    ----------
    named : dict of str to (R,) array_like
        Name of a network, and the score of each run.
    unit : str
        Text under the axis.
    lines : dict of str to float, optional
        Scores of methods without a spread: single diamonds in rows of their own.
    height : float, optional
        Inches.
    limits : (float, float), optional
        Of the axis.

    Returns
    -------
    matplotlib.figure.Figure
        Beside each row stand the smallest and the largest score, and the mean, which is
        a black line in it.

    Raises
    ------
    ValueError
        If there is nothing to draw.

    Examples
    --------
    >>> fig = scores({"plain": [32.1, 35.5]}, "RMSE", {"mean": 60.3})
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['60.3', '32.1 to 35.5, mean 33.8']
    >>> plots.plt.close(fig)
    """
    rows = {name: np.array([value]) for name, value in (lines or {}).items()}
    rows |= {name: np.ravel(given) for name, given in named.items()}
    if not rows or any(values.size == 0 for values in rows.values()):
        raise ValueError("named must hold names with at least one score each.")
    fig, ax = plots.panels(height=height or 0.9 + 0.36 * len(rows))
    for row, (name, values) in enumerate(rows.items()):
        single = name not in named
        colour = plots.COLOURS["true" if single else "y"]
        spread = np.linspace(-0.2, 0.2, len(values)) if len(values) > 1 else [0]
        marker = "D" if single else "o"
        ax.plot(values, row + np.array(spread), marker, color=colour, alpha=0.75)
        told = f"{values.min():.1f}"
        if len(values) > 1:
            told += f" to {values.max():.1f}, mean {values.mean():.1f}"
            ax.plot([values.mean()] * 2, [row - 0.4, row + 0.4], "-k", linewidth=2)
        place = {"va": "center", "transform": ax.get_yaxis_transform()}
        ax.text(1.02, row, told, **place)
    ax.set(ylim=(len(rows) - 0.5, -0.5), xlabel=unit, xlim=limits)
    ax.set_yticks(range(len(rows)), list(rows))
    return fig


def judged(page, right, boxes=None, height=2.4, width=7.0):
    """Draw a page of digits, and which of its inked pixels each network tells right.

    Parameters
    ----------
    page : (H, W) array_like
        Ink, 0 to 1.
    right : dict of str to (H, W) array_like of bool
        Name of a network; where it is right.
    boxes : dict of str to int, optional
        Name and side of squares to draw around the middle of the first digit.
    height, width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure
        Right pixels are dark, wrong ones light.

    Examples
    --------
    >>> fig = judged(np.eye(4), {"plain": np.ones((4, 4), bool)})
    >>> [ax.get_title(loc="left") for ax in fig.axes]
    ['page', 'plain: 100 %']
    >>> plots.plt.close(fig)
    """
    page, ink = np.asarray(page), np.asarray(page) > 0.5
    fig, axes = plots.panels(1, 1 + len(right), height, width)
    axes = np.atleast_1d(axes)
    axes[0].imshow(1 - page, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes[0].set_title("page")
    colours = ["white", plots.COLOURS["w"], plots.COLOURS["true"]]
    for ax, (name, where) in zip(axes[1:], right.items(), strict=True):
        shown = ink * (1 + np.asarray(where, int))
        look = {"cmap": ListedColormap(colours), "vmin": 0, "vmax": 2}
        ax.imshow(shown, **look, interpolation="nearest")
        ax.set_title(f"{name}: {100 * np.asarray(where)[ink].mean():.0f} %")
    for name, side in (boxes or {}).items():
        middle = 9.5
        corner = (middle - side / 2, middle - side / 2)
        box = {"fill": False, "edgecolor": plots.COLOURS["error"], "linewidth": 2}
        axes[0].add_patch(plots.plt.Rectangle(corner, side, side, **box))
        look = {"ha": "right", "va": "bottom", "fontsize": 9}
        look["bbox"] = {"facecolor": "white", "pad": 1, "edgecolor": "none"}
        axes[0].text(corner[0] + side - 0.4, corner[1] + side - 0.4, name, **look)
    if right:
        pairs = zip(colours[1:], ("wrong", "right"), strict=True)
        marks = [Patch(color=colour, label=word) for colour, word in pairs]
        axes[-1].legend(handles=marks, loc="center left", bbox_to_anchor=(1, 0.5))
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(True)
    return fig
