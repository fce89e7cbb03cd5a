"""Pictures of correlation beside convolution, and of what a search has found.

``best`` and ``peaks`` read places off a map of scores; the others make whole figures.
"""

import numpy as np

from convcourse import plots

__all__ = ["best", "frames", "impulse_beside", "learned", "peaks", "sums_beside"]


def sums_beside(x, w, n=2):
    """Draw the sum at one place twice: correlation on the left, convolution right.

    Parameters
    ----------
    x : (N,) array_like
        Short signal.
    w : (K,) array_like
        Kernel.
    n : int
        Place of the output, 0 to N - 1. The weight ``w[0]`` lies on ``x[n]``.

    Returns
    -------
    matplotlib.figure.Figure
        Signal, kernel and output of correlation in the left column, of convolution in
        the right one. The sums, term by term, are the titles of the lowest axes.

    Raises
    ------
    ValueError
        If ``n`` is no place of the signal.

    Examples
    --------
    >>> fig = sums_beside([3, 1, 4], [2, -1], n=1)
    >>> [ax.get_title(loc="left") for ax in fig.axes[4:]]
    ['y[1] = 1·2 + 4·(-1) = -2', 'y[1] = 1·2 + 3·(-1) = -1']
    >>> plots.plt.close(fig)
    """
    x, w = plots.real_signal(x, "x"), plots.real_signal(w, "w")
    if not 0 <= n < len(x):
        raise ValueError(f"n must be from 0 to {len(x) - 1}, got {n!r}. Stay on x.")
    fig, axes = plots.panels(3, 2, height=1.5, layout="none", sharex=True, sharey="row")
    fig.subplots_adjust(0.02, 0.11, 0.98, 0.94, wspace=0.06, hspace=0.4)
    for column, step in enumerate((1, -1)):
        kernel_at = n if step > 0 else n - len(w) + 1
        first = 1 - len(w) if step > 0 else 0  # where the full result starts
        y = np.convolve(x, w[::-step])
        meets = [k for k in range(len(w)) if 0 <= n + step * k < len(x)]
        terms = [f"{x[n + step * k]:g}·{_factor(w[k])}" for k in meets]
        for ax, (start, values, symbol) in zip(
            axes[column::2],
            ((0, x, "x"), (kernel_at, w[::step], "w"), (first, y, "y")),
            strict=True,
        ):
            plots.stems(ax, values, start, symbol, numbers=True)
            reach = (n, n + 1) if symbol == "y" else (kernel_at, kernel_at + len(w))
            ax.axvspan(reach[0] - 0.5, reach[1] - 0.5, color="black", alpha=0.09)
            ax.set(yticks=[], xlim=(0.4 - len(w), len(x) + len(w) - 1.4))
        axes[column].set_title(f"{('correlation', 'convolution')[column]}: x")
        axes[2 + column].set_title(("w, as it is", "w, flipped")[column])
        axes[4 + column].set_title(f"y[{n}] = {' + '.join(terms)} = {y[n - first]:g}")
        axes[4 + column].set(xlabel="n", xticks=range(1 - len(w), len(x) + len(w) - 1))
    return fig


def impulse_beside(w, row, col, shape=(9, 9)):
    """Draw one bright pixel, its correlation and its convolution with a kernel.

    Parameters
    ----------
    w : (kh, kw) array_like
        Kernel, of odd height and width.
    row, col : int
        Place of the bright pixel, of value 1.
    shape : (int, int)
        Height and width of the image.

    Returns
    -------
    matplotlib.figure.Figure
        Four pictures: the impulse, the kernel, both outputs, of the image's shape.

    Raises
    ------
    ValueError
        If ``w`` is not a 2-D kernel of odd size, or the place lies outside the image.

    Examples
    --------
    >>> fig = impulse_beside([[1, 2, 3]], row=1, col=2, shape=(3, 5))
    >>> fig.axes[2].images[0].get_array().data[1].tolist()
    [0.0, 3.0, 2.0, 1.0, 0.0]
    >>> fig.axes[3].images[0].get_array().data[1].tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0]
    >>> plots.plt.close(fig)
    """
    from scipy import ndimage

    w = np.asarray(w, dtype=float)
    if w.ndim != 2 or not all(side % 2 for side in w.shape):
        raise ValueError(
            f"w must be a 2-D kernel of odd height and width, got shape {w.shape}. "
            "An even kernel has no middle to put on the impulse."
        )
    if not (0 <= row < shape[0] and 0 <= col < shape[1]):
        raise ValueError(
            f"row and col must lie inside an image of shape {shape}, "
            f"got {row!r} and {col!r}."
        )
    impulse = np.zeros(shape)
    impulse[row, col] = 1
    correlated = ndimage.correlate(impulse, w, mode="constant")
    convolved = ndimage.convolve(impulse, w, mode="constant")

    widths = [shape[1], w.shape[1], shape[1], shape[1]]
    fig, axes = plots.panels(1, 4, height=2.5, width_ratios=widths)
    pictures = (impulse, w, correlated, convolved)
    titles = ("x, impulse", "w", "correlation", "convolution")
    top = max(1.0, np.abs(w).max())
    for ax, picture, title in zip(axes, pictures, titles, strict=True):
        ax.imshow(picture, cmap=plots.SIGNED, vmin=-top, vmax=top)
        ax.set(title=title, xticks=[], yticks=[])
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(True)
    for ax in axes[2:]:  # where the impulse was
        ax.plot(col, row, "+", color=plots.COLOURS["error"], markersize=11)
    return fig


def frames(picture, places, shape, height=3.2, width=6.4):
    """Draw a picture with a numbered frame around each place that a search has found.

    Parameters
    ----------
    picture : (H, W) or (H, W, 3) array_like
        Grey runs from black 0 to white 255, whatever the dtype.
    places : sequence of (int, int)
        Row and column of the upper left corner of each find, best first.
    shape : (int, int)
        Height and width of what was searched for, pixels.
    height, width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> fig = frames(np.zeros((30, 20)), [(5, 9), (20, 3)], shape=(4, 6))
    >>> [frame.get_xy() for frame in fig.axes[0].patches]
    [(8.5, 4.5), (2.5, 19.5)]
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['1', '2']
    >>> plots.plt.close(fig)
    """
    from matplotlib.patches import Rectangle

    fig, ax = plots.panels(height=height, width=width)
    plots.image(ax, np.clip(picture, 0, 255).astype(np.uint8))
    look = {"edgecolor": plots.COLOURS["error"], "linewidth": 2}
    for rank, (row, col) in enumerate(places, 1):
        corner = (col - 0.5, row - 0.5)
        ax.add_patch(Rectangle(corner, shape[1], shape[0], fill=False, **look))
        box = {"facecolor": "white", "edgecolor": look["edgecolor"], "pad": 1.5}
        ax.text(*corner, str(rank), ha="right", va="bottom", fontsize=9, bbox=box)
    return fig


def learned(kernels, losses):
    """Draw kernels with their numbers, and beside them how the losses fell.

    Parameters
    ----------
    kernels : dict of str to (kh, kw) array_like
        Title and kernel; one scale of grey for all, rounded to two digits.
    losses : dict of str to (steps,) array_like
        Label and the loss before each step, above 0. At most two.

    Returns
    -------
    matplotlib.figure.Figure
        Its last axis has a scale of powers of ten.

    Examples
    --------
    >>> fig = learned({"w": [[1, 0.996]]}, {"flipped": [1, 0.1, 0.01]})
    >>> [text.get_text() for text in fig.axes[0].texts], fig.axes[1].get_yscale()
    (['1', '1'], 'log')
    >>> plots.plt.close(fig)
    """
    count, top = len(kernels), max(np.abs(k).max() for k in kernels.values())
    fig, axes = plots.panels(1, count + 1, width_ratios=[1] * count + [1.7])
    for ax, (title, kernel) in zip(axes[:-1], kernels.items(), strict=True):
        shown = np.round(kernel, 2) + 0.0  # + 0.0 writes -0 as 0
        plots.image(ax, shown, title).images[0].set_clim(-top, top)
    for (label, loss), symbol in zip(losses.items(), ("y", "error"), strict=False):
        plots.line(axes[-1], np.arange(len(loss)), loss, symbol, label)
    axes[-1].set(title="loss", xlabel="step", yscale="log")
    return fig


def best(scores):
    """Return the place of the largest score.

    Parameters
    ----------
    scores : (H, W) array_like
        One score for each place of a template's upper left corner.

    Returns
    -------
    (int, int)
        Row and column.

    Examples
    --------
    >>> best([[1, 2], [7, 3]])
    (1, 0)
    """
    return peaks(scores, count=1, shape=(1, 1))[0]


def peaks(scores, count, shape):
    """Return the places of the best scores, each apart from those before it.

    Parameters
    ----------
    scores : (H, W) array_like
        One score for each place of a template's upper left corner.
    count : int
        How many places.
    shape : (int, int)
        Height and width of the template, pixels. A place closer than half of it to a
        better one, in both directions, is the same find and does not count.

    Returns
    -------
    list of (int, int)
        Row and column, best first; fewer than `count` where no place is left.

    Raises
    ------
    ValueError
        If ``scores`` is not 2-D or holds NaN, or ``count`` is below 1.

    Examples
    --------
    >>> peaks([[0, 8, 9, 0, 0, 0, 5]], count=2, shape=(1, 4))
    [(0, 2), (0, 6)]
    """
    left = np.array(scores, dtype=float)
    if left.ndim != 2 or np.isnan(left).any():
        raise ValueError(
            f"scores must be 2-D and hold no NaN, got shape {left.shape} with "
            f"{np.isnan(left).sum()} NaN. Divide by no flat window."
        )
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count!r}.")
    rows, cols = np.ogrid[: left.shape[0], : left.shape[1]]
    places = []
    while len(places) < count and np.isfinite(left).any():
        row, col = np.unravel_index(np.argmax(left), left.shape)
        places.append((int(row), int(col)))
        near = (2 * abs(rows - row) < shape[0]) & (2 * abs(cols - col) < shape[1])
        left[near] = -np.inf
    return places


def _factor(value):
    """Write a factor; a negative one in brackets, as by hand."""
    return f"({value:g})" if value < 0 else f"{value:g}"
