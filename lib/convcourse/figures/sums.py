"""Pictures of the convolution sum of two short signals, with every number.

Each function makes a whole figure and returns it; end a cell with ``plots.show``.
"""

import numpy as np

from convcourse import plots

__all__ = ["borders", "paint", "slide", "table"]


def paint(x, w):
    """Draw each sample's own scaled copy of the kernel, and their sum below.

    Parameters
    ----------
    x : (N,) array_like
        Short signal.
    w : (K,) array_like
        Kernel.

    Returns
    -------
    matplotlib.figure.Figure
        Its lower axis holds ``np.convolve(x, w)``: the sums of the columns.

    Examples
    --------
    >>> fig = paint([3, 1], [2, -1])
    >>> [text.get_text() for text in fig.axes[1].texts]
    ['6', '-1', '-1']
    >>> plots.plt.close(fig)
    """
    x, w = plots.real_signal(x, "x"), plots.real_signal(w, "w")
    ratios = [len(x), 2.6]
    fig, (rows, sums) = plots.panels(
        2, height=0.4 * sum(ratios), height_ratios=ratios, sharex=True
    )
    for k, sample in enumerate(x):
        _bars(rows, k, sample * w, 0.3 / (np.abs(np.outer(x, w)).max() or 1))
    rows.set_yticks(-np.arange(len(x)), [f"x[{k}] = {v:g}" for k, v in enumerate(x)])
    rows.set_ylim(-len(x) + 0.4, 0.6)
    rows.grid(axis="y", visible=False)
    plots.stems(sums, np.convolve(x, w), 0, "y", numbers=True)
    sums.set_title("y, the sum of each column")
    sums.set_xlabel("n")
    return fig


def slide(x, w, n):
    """Draw one step of flip-and-slide: the signal, the kernel at ``n``, the sums.

    Parameters
    ----------
    x : (N,) array_like
        Short signal.
    w : (K,) array_like
        Kernel.
    n : int
        Place of the output, 0 to N + K - 2.

    Returns
    -------
    matplotlib.figure.Figure
        The sum at ``n``, term by term, is the title of its lowest axis.

    Raises
    ------
    ValueError
        If ``n`` lies outside the full result.

    Examples
    --------
    >>> fig = slide([3, 1, 4], [2, -1], n=2)
    >>> fig.axes[2].get_title(loc="left")
    'y[2] = 1·(-1) + 4·2 = 7'
    >>> plots.plt.close(fig)
    """
    x, w = plots.real_signal(x, "x"), plots.real_signal(w, "w")
    last, first = len(x) + len(w) - 2, n - len(w) + 1
    if not 0 <= n <= last:
        raise ValueError(f"n must be from 0 to {last}, got {n!r}. Slide inside it.")
    y = np.convolve(x, w)
    meets = range(max(first, 0), min(n + 1, len(x)))
    terms = [f"{x[k]:g}·{_factor(w[n - k])}" for k in meets]

    fig, axes = plots.panels(3, height=1.5, sharex=True, layout="none")
    fig.subplots_adjust(left=0.02, right=0.98, top=0.94, bottom=0.11, hspace=0.3)
    plots.stems(axes[0], x, 0, "x", numbers=True).set_title("x")
    plots.stems(axes[1], w[::-1], first, "w", numbers=True).set_title("w, flipped")
    plots.stems(axes[2], y[: n + 1], 0, "y", numbers=True)
    axes[2].set_title(f"y[{n}] = {' + '.join(terms)} = {y[n]:g}")
    low, high = min(0, y.min()), max(0, y.max())
    room = 0.3 * (high - low) or 1
    axes[2].set(ylim=(low - room, high + room), xlabel="n")
    for ax, left in zip(axes, (first, first, n), strict=True):
        ax.set(xlim=(-len(w) + 0.4, last + len(w) - 0.4), yticks=[])  # numbers do
        ax.axvspan(left - 0.5, n + 0.5, color="black", alpha=0.09)
    if last < 20:
        axes[2].set_xticks(range(1 - len(w), last + len(w)))
    return fig


def table(x, w):
    r"""Draw the table of all products; equal shades run along the diagonals.

    Parameters
    ----------
    x : (N,) array_like
        One row each.
    w : (K,) array_like
        One column each.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = table([3, 1, 4], [2, -1])
    >>> fig.axes[0].texts[1].get_text()
    '-3\ny[1]'
    >>> plots.plt.close(fig)
    """
    x, w = plots.real_signal(x, "x"), plots.real_signal(w, "w")
    fig, ax = plots.panels(height=0.4 + 0.45 * len(x), width=1.4 + 1.2 * len(w))
    diagonal = np.add.outer(np.arange(len(x)), np.arange(len(w)))
    ax.imshow(diagonal % 2, vmin=-6, vmax=1, aspect="auto")
    for (k, m), value in np.ndenumerate(np.outer(x, w)):
        text = f"{value:g}\ny[{k + m}]"
        ax.text(m, k, text, ha="center", va="center", linespacing=1.3)
    ax.set_xticks(range(len(w)), [f"w[{m}] = {v:g}" for m, v in enumerate(w)])
    ax.set_yticks(range(len(x)), [f"x[{k}] = {v:g}" for k, v in enumerate(x)])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(False)
    return fig


def borders(x, width, modes=("constant", "edge", "symmetric", "reflect", "wrap")):
    """Draw what each border mode puts to the left and right of a short signal.

    Parameters
    ----------
    x : (N,) array_like
        Short signal.
    width : int
        Samples added on each side.
    modes : sequence of str
        Names of ``numpy.pad``, one axis each.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = borders([1, 2, 3, 4], 2)
    >>> [text.get_text() for text in fig.axes[3].texts]
    ['3', '2', '1', '2', '3', '4', '3', '2']
    >>> plots.plt.close(fig)
    """
    x = plots.real_signal(x, "x")
    fig, axes = plots.panels(len(modes), height=1.1, sharex=True, sharey=True)
    for ax, mode in zip(np.atleast_1d(axes), modes, strict=True):
        padded = np.pad(x, width, mode=mode)
        plots.stems(ax, padded[:width], -width, "error", numbers=True)
        plots.stems(ax, x, 0, "x", numbers=True)
        plots.stems(ax, padded[width + len(x) :], len(x), "error", numbers=True)
        for edge in (-0.5, len(x) - 0.5):
            ax.axvline(edge, color="black", linestyle="--", linewidth=1)
        ax.margins(y=0.5)
        ax.set_title(mode)
    ax.set_xlabel("n")
    return fig


def _bars(ax, k, values, scale):
    """Draw one row of bars; those below the row's own line are hatched."""
    ax.axhline(-k, color="black", linewidth=0.6)
    for place, value in enumerate(values, start=k):
        ax.bar(
            place,
            scale * value,
            bottom=-k,
            color=plots.COLOURS["y"] if value >= 0 else "white",
            edgecolor=plots.COLOURS["y"],
            hatch=None if value >= 0 else "///",
        )
        plots.number(ax, place, value, at=-k + scale * value, gap=2)


def _factor(value):
    """Write a factor; a negative one in brackets, as by hand."""
    return f"({value:g})" if value < 0 else f"{value:g}"
