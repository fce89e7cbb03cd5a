"""Pictures of images and kernels: galleries, one window with its numbers, gradients.

Each function makes a whole figure and returns it; end a cell with ``plots.show``.
"""

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import plots

__all__ = ["arrows", "bank", "gallery", "window"]

_OUTLINE = {"fill": False, "edgecolor": "black", "linewidth": 3, "zorder": 3}


def gallery(pictures, signed=(), limit=None, cols=4, height=2.05, width=8.0, mark=None):
    """Draw pictures side by side, all on one scale of grey, or one of signs.

    Parameters
    ----------
    pictures : dict of str to (H, W) or (H, W, 3) array_like
        Title and picture. Grey runs from black 0 to white 255, whatever the dtype:
        values beyond look like the ends.
    signed : sequence of str
        Titles of the pictures that are drawn with zero white, negative orange,
        positive blue, on one scale that is drawn beside them.
    limit : float, optional
        Where the signed colours end. Values beyond it look like it, and the scale says
        so with arrows. Default: the largest magnitude of all.
    cols : int
        Pictures in a row.
    height, width : float
        Of one row, and of the figure, inches.
    mark : dict of str to (top, left, height, width), optional
        A box to draw into the picture of that title, in pixels.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is no picture, a title of `signed` or `mark` is unknown, an array is
        no picture, or `limit` is not above 0.

    Examples
    --------
    >>> fig = gallery({"x": [[0, 255]], "y": [[-3, 5]]}, signed=["y"])
    >>> [ax.get_title(loc="left") for ax in fig.axes[:2]]
    ['x', 'y']
    >>> plots.plt.close(fig)
    """
    arrays = {title: _picture(array, title) for title, array in pictures.items()}
    if not arrays:
        raise ValueError("pictures must hold at least one title and its array.")
    mark = mark or {}
    for title in (*signed, *mark):
        if title not in arrays:
            raise ValueError(f"there is no picture {title!r}. Titles: {list(arrays)}.")
    end = _end([arrays[title] for title in signed], limit)

    rows = -(-len(arrays) // cols)
    fig, axes = plots.panels(rows, min(cols, len(arrays)), height, width)
    axes = dict(zip(arrays, np.atleast_1d(axes), strict=False))
    for title, ax in axes.items():
        _draw(ax, arrays[title], title, end if title in signed else None)
    for title, (top, left, tall, wide) in mark.items():
        box = Rectangle((left - 0.5, top - 0.5), wide, tall, **_OUTLINE)
        axes[title].add_patch(box)
    for ax in fig.axes[len(arrays) :]:
        ax.set_axis_off()
    if signed:
        outside = any(np.abs(arrays[title]).max() > end for title in signed)
        look = {"shrink": 0.8, "aspect": 25, "pad": 0.01}
        look["extend"] = "both" if outside else "neither"  # arrows at the scale's ends
        drawn = axes[[*signed][0]].images[0]
        fig.colorbar(drawn, ax=fig.axes, **look)
    return fig


def window(x, w, row, col):
    r"""Draw one step of the sliding loop: image, kernel and output with their numbers.

    Parameters
    ----------
    x : (H, W) array_like
        Small image, 150 numbers at most.
    w : (kh, kw) array_like
        Kernel; it is not flipped.
    row, col : int
        Place in the output; the window of the image begins there.

    Returns
    -------
    matplotlib.figure.Figure
        The products that are not 0, and their sum, are the title of the output.

    Raises
    ------
    ValueError
        If the kernel does not fit into the image, or the place lies outside the
        output.

    Examples
    --------
    >>> fig = window([[1, 2, 3], [4, 5, 6]], [[1, 0], [0, -1]], 0, 1)
    >>> fig.axes[2].get_title(loc="left").replace("\n", " ")
    'y[0, 1] = 2·1 + 6·(-1) = -4'
    >>> plots.plt.close(fig)
    """
    x, w = _picture(x, "x"), _picture(w, "w")
    rows, cols = (n - k + 1 for n, k in zip(x.shape, w.shape, strict=True))
    if rows < 1 or cols < 1:
        raise ValueError(f"w must fit into x, got {w.shape} and {x.shape}.")
    if not (0 <= row < rows and 0 <= col < cols):
        raise ValueError(
            f"row and col must lie in the output of {rows} x {cols}, got {row}, {col}."
        )
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape)
    y = np.einsum("ijab,ab->ij", windows, w)
    size = [x.shape[1], w.shape[1], cols]
    fig, axes = plots.panels(1, 3, 0.42 * x.shape[0] + 0.9, width_ratios=size)
    titles = "x, the window outlined", "w", _sum(windows[row, col], w, (row, col))
    boxes = (row, col, *w.shape), (0, 0, *w.shape), (row, col, 1, 1)
    for ax, array, title, box in zip(axes, (x, w, y), titles, boxes, strict=True):
        _numbers(ax, array, title)
        ax.add_patch(
            Rectangle((box[1] - 0.5, box[0] - 0.5), box[3], box[2], **_OUTLINE)
        )
    return fig


def bank(x, named, cols=6, height=2.5, width=8.0, limit=None):
    """Draw kernels with their numbers, and below each what it makes of an image.

    Parameters
    ----------
    x : (H, W) array_like
        Image, 0 to 255.
    named : dict of str to (kh, kw) array_like
        Name and kernel. It is laid on as it is; only full overlaps are drawn.
    cols : int
        Kernels in a row.
    height, width : float
        Of one row of kernels and pictures, and of the figure, inches.
    limit : float, optional
        Where the colours of all signed answers end. Default: of each its own, beyond
        which one pixel in a hundred lies.

    Returns
    -------
    matplotlib.figure.Figure
        Where the weights add up to 0 the answer is drawn in signs, zero white. Else
        it is drawn in grey, 0 to 255.

    Examples
    --------
    >>> fig = bank(np.eye(9) * 255, {"identity": [[1]], "edges": [[-1, 1]]})
    >>> [ax.get_title(loc="left") for ax in fig.axes[:2]]
    ['identity', 'edges']
    >>> plots.plt.close(fig)
    """
    x = np.asarray(_picture(x, "x"), float)
    arrays = {name: np.asarray(_picture(w, name), float) for name, w in named.items()}
    if not arrays:
        raise ValueError("named must hold at least one name and its kernel.")
    from scipy.signal import correlate

    rows = -(-len(arrays) // cols)
    fig, axes = plots.panels(2 * rows, cols, height / 2, width)
    grid = axes.reshape(2 * rows, cols) if isinstance(axes, np.ndarray) else [[axes]]
    for ax in axes:
        ax.set_axis_off()
    for place, (name, w) in enumerate(arrays.items()):
        row, col = divmod(place, cols)
        top, below = grid[2 * row][col], grid[2 * row + 1][col]
        _tile(top, w, name)
        y = correlate(x, w, "valid")
        zero = abs(w.sum()) < 1e-9 * np.abs(w).sum()
        end = limit or np.quantile(np.abs(y), 0.99) or 1.0
        _draw(below, y, "", end if zero else None)
    return fig


def arrows(x, down, right, step=10, height=3.2, width=4.0):
    """Draw gradients as arrows over an image: they point to where it gets brighter.

    Parameters
    ----------
    x : (H, W) array_like
        Image, 0 to 255.
    down, right : (H, W) array_like
        Change per pixel downwards and to the right.
    step : int
        One arrow in so many rows and columns. An arrow stands at the largest gradient
        of its tile; those below a quarter of the longest are left out.
    height, width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the three arrays have not one shape.

    Examples
    --------
    >>> fig = arrows(np.eye(32), *np.gradient(np.eye(32)))
    >>> plots.plt.close(fig)
    """
    x, down, right = (np.asarray(a, float) for a in (x, down, right))
    if not x.shape == down.shape == right.shape or x.ndim != 2:
        raise ValueError(
            f"x, down and right must have one shape (H, W), got {x.shape}, "
            f"{down.shape} and {right.shape}."
        )
    size = np.hypot(down, right)
    places = []
    for i in range(0, x.shape[0], step):
        for j in range(0, x.shape[1], step):
            tile = size[i : i + step, j : j + step]
            a, b = np.unravel_index(tile.argmax(), tile.shape)
            places.append((i + a, j + b))
    i, j = np.array(places).T
    strong = size[i, j] > 0.25 * size.max()
    i, j = i[strong], j[strong]
    fig, ax = plots.panels(height=height, width=width)
    _draw(ax, x, "", None)
    look = {"angles": "xy", "scale_units": "xy", "scale": size.max() / (1.6 * step)}
    edge = {"edgecolor": "black", "linewidth": 0.5, "width": 0.009}
    colour = plots.COLOURS["w"]
    ax.quiver(j, i, right[i, j], down[i, j], color=colour, **look, **edge)
    return fig


def _picture(array, name):
    """Return an array that can be drawn as a picture; ValueError with its name."""
    array = np.asarray(array)
    if array.size == 0 or not (array.ndim == 2 or array.shape[2:] == (3,)):
        raise ValueError(
            f"{name} must be (H, W) or (H, W, 3), got shape {array.shape}. "
            "Take one image of a batch, or one channel of a feature map."
        )
    return array


def _end(signed, limit):
    """Return where the colours of signed arrays end: the limit, or the largest."""
    if limit is None:
        return max((float(np.abs(array).max()) for array in signed), default=1) or 1
    if not limit > 0:
        raise ValueError(f"limit must be a number above 0, got {limit!r}.")
    return limit


def _draw(ax, array, title, limit):
    """Draw a picture in grey 0 to 255, or in signs up to a limit."""
    look = {"interpolation": "nearest" if len(array) <= 150 else "auto"}  # small files
    if limit is not None:
        ax.imshow(array, cmap=plots.SIGNED, vmin=-limit, vmax=limit, **look)
    elif array.ndim == 3:
        ax.imshow(np.clip(array, 0, 255).astype(np.uint8), **look)
    else:
        ax.imshow(array, cmap="gray", vmin=0, vmax=255, **look)
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(False)


def _tile(ax, w, name):
    """Draw a small kernel in signs; up to 5 x 5 with its numbers."""
    end = np.abs(w).max() or 1
    shown = np.round(w, 2)
    ax.imshow(w, cmap=plots.SIGNED, vmin=-1.6 * end, vmax=1.6 * end)
    if w.size <= 25:
        for (i, j), value in np.ndenumerate(shown):
            text = f"{value:.2g}".replace("0.", ".")
            ax.text(j, i, text, ha="center", va="center", fontsize=8)
    ax.set_title(name, fontsize=10)


def _numbers(ax, array, title):
    """Draw an array as a table of its numbers, negative ones hatched."""
    ax.set(xlim=(-0.6, array.shape[1] - 0.4), ylim=(array.shape[0] - 0.4, -0.6))
    ax.set(title=title, xticks=range(array.shape[1]), yticks=range(array.shape[0]))
    ax.set_aspect("equal")
    ax.grid(False)
    for (i, j), value in np.ndenumerate(array):
        colour = plots.SIGNED(0.5 + 0.3 * value / (np.abs(array).max() or 1))
        hatch = "//" if value < 0 else None
        ax.add_patch(
            Rectangle((j - 0.5, i - 0.5), 1, 1, color=colour, hatch=hatch, alpha=0.8)
        )
        ax.text(j, i, f"{round(float(value), 3):g}", ha="center", va="center")


def _sum(patch, w, place):
    """Return the sum of a window's products as text, zeros left out."""
    terms = [
        f"{x:g}·{f'({k:g})' if k < 0 else f'{k:g}'}"
        for x, k in zip(patch.ravel(), w.ravel(), strict=True)
        if k
    ]
    total = round(float(np.vdot(patch, w)), 9)
    lines = [" + ".join(terms[n : n + 3]) for n in range(0, len(terms), 3)]
    name = f"y[{place[0]}, {place[1]}]"
    return f"{name} = " + "\n+ ".join(lines or ["0"]) + f" = {total:g}"
