"""Pictures of chapter 08: who is wired to whom, shares of a cost, cost and accuracy."""

import numpy as np

from convcourse import plots

__all__ = ["shares", "trade", "wiring"]

# one look for each group; told apart without colour, too
_LINES = [
    {"color": plots.COLOURS["x"], "linestyle": "-"},
    {"color": plots.COLOURS["error"], "linestyle": "--"},
    {"color": plots.COLOURS["y"], "linestyle": "-."},
    {"color": plots.COLOURS["true"], "linestyle": ":"},
]
_MARKS = "osD^vP*X"


def wiring(named, height=2.5, width=8.0):
    """Draw which channel is connected to which, layer by layer.

    Parameters
    ----------
    named : dict of str to list of (C_in, C_out) array_like
        Title, and a matrix for each layer, the first one at the top. 0: not connected;
        1, 2, ...: connected, the look of the line.
    height, width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure
        A row of dots for the inputs, one below it for each layer.

    Raises
    ------
    ValueError
        If a layer does not take what the one before gives.

    Examples
    --------
    >>> fig = wiring({"depthwise": [np.eye(4)], "dense": [np.ones((4, 4))]})
    >>> [len(ax.lines) for ax in fig.axes]
    [6, 18]
    >>> plots.plt.close(fig)
    """
    fig, axes = plots.panels(1, len(named), height, width)
    for ax, (title, layers) in zip(np.atleast_1d(axes), named.items(), strict=True):
        layers = [np.asarray(layer, int) for layer in layers]
        widths = [len(layers[0]), *(layer.shape[1] for layer in layers)]
        for depth, layer in enumerate(layers):
            if len(layer) != widths[depth]:
                raise ValueError(
                    f"{title!r}: layer {depth} takes {len(layer)} channels, but gets "
                    f"{widths[depth]}."
                )
            for i, o in np.argwhere(layer):
                look = _LINES[(layer[i, o] - 1) % len(_LINES)]
                ax.plot([i, o], [-depth, -depth - 1], linewidth=1.6, **look)
        for depth, count in enumerate(widths):
            symbol = "x" if depth == 0 else "y"
            look = {"color": plots.COLOURS[symbol], "marker": plots.MARKERS[symbol]}
            here = np.full(count, -depth)
            ax.plot(range(count), here, linestyle="none", markersize=9, **look)
        ax.set(title=title, ylim=(-len(layers) - 0.25, 0.25))
        ax.set_xlim(-0.8, max(widths) - 0.2)
        ax.set_axis_off()
    return fig


def shares(named, height=None, width=8.0):
    """Draw parts of a whole as bars, each with its share written at its end.

    Parameters
    ----------
    named : dict of str to dict of str to float
        Name of a group of bars; in each the name of a bar and its share, 1 for all.
    height : float, optional
        Inches.
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = shares({"separable": {"MACs": 0.127, "time": 0.35}})
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['13 %', '35 %']
    >>> plots.plt.close(fig)
    """
    bars = [(name, *pair) for name, parts in named.items() for pair in parts.items()]
    fig, ax = plots.panels(height=height or 0.27 * len(bars) + 0.9, width=width)
    kinds = list(dict.fromkeys(kind for _, kind, _ in bars))
    fills = dict(zip(kinds, ("x", "w", "y", "error"), strict=False))
    gap, places = 0.0, []
    for place, (name, kind, share) in enumerate(bars):
        gap += 0.6 if place and name != bars[place - 1][0] else 0.0
        places.append(place + gap)
        ax.barh(place + gap, share, color=plots.COLOURS[fills[kind]], height=0.8)
        ax.text(share + 0.01, place + gap, f"{100 * share:.0f} %", va="center")
    ax.set_yticks(places, [f"{name}, {kind}" for name, kind, _ in bars])
    ax.set(xlim=(0, 1.12 * max(1.0, *(share for *_, share in bars))))
    ax.set(xlabel="share of the ordinary layer")
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    return fig


def trade(named, height=3.0, width=7.0):
    """Draw accuracies over MACs: a mark for each run, a line from worst to best, the mean.

    Parameters
    ----------
    named : dict of str to (float, array_like)
        Name of a network, its MACs, and the accuracies of its runs, 0 to 1.
    height, width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        The scale of MACs is logarithmic. Networks of one price stand side by side. A
        dash through the line is the mean.

    Examples
    --------
    >>> fig = trade({"plain": (2e6, [0.96, 0.97]), "cheap": (3e5, [0.94, 0.95])})
    >>> fig.axes[0].get_xscale()
    'log'
    >>> plots.plt.close(fig)
    """
    fig, ax = plots.panels(height=height, width=width)
    looks = zip([*plots.COLOURS.values()], _MARKS, strict=False)
    drawn = []
    for (name, (macs, runs)), (colour, mark) in zip(named.items(), looks, strict=False):
        while any(abs(macs / other - 1) < 0.06 for other in drawn):
            macs *= 1.12  # beside a network of the same price, not on it
        drawn.append(macs)
        runs = 100 * np.asarray(runs, float)
        look = {"color": colour, "marker": mark, "markersize": 5, "linewidth": 0.8}
        ax.plot(np.full(len(runs), macs), runs, label=name, fillstyle="none", **look)
        dash = {"marker": "_", "markersize": 18, "markeredgewidth": 3}
        ax.plot(macs, runs.mean(), color=colour, linestyle="none", **dash)
    ax.set(xscale="log", xlabel="MACs for one picture", ylabel="told right, %")
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return fig
