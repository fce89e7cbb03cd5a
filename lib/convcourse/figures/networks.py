"""Pictures of networks: learning curves, ten runs, confusions, tiles, feature maps.

Each function makes a whole figure from plain arrays and returns it; end a cell with
``plots.show``. None of them needs TensorFlow.
"""

import numpy as np

from convcourse import plots

__all__ = ["confusion", "connections", "curves", "feature_maps", "runs", "tiles"]


def connections(shared, seed=0):
    """Draw three layers as matrices: dense, local, and local with shared weights.

    Parameters
    ----------
    shared : (outputs, inputs) array_like
        The matrix of a layer that slides a kernel without zeros.
    seed : int
        Of the random weights in the first two matrices.

    Returns
    -------
    matplotlib.figure.Figure
        Above each stands how many weights it is free to choose.

    Raises
    ------
    ValueError
        If `shared` has not two axes.

    Examples
    --------
    >>> fig = connections([[1, 2, 0], [0, 1, 2]])
    >>> [ax.get_title(loc="left") for ax in fig.axes]
    ['dense: 6 weights', 'local: 4 weights', 'shared: 2 weights']
    >>> plots.plt.close(fig)
    """
    shared = np.asarray(shared, float)
    if shared.ndim != 2:
        raise ValueError(f"shared must be a matrix, got shape {shared.shape}.")
    end = np.abs(shared).max()
    dense = np.random.default_rng(seed).uniform(-end, end, shared.shape)
    local = dense * (shared != 0)
    fig, axes = plots.panels(1, 3, height=1.7)
    free = (dense.size, np.count_nonzero(shared), len(np.unique(shared[shared != 0])))
    named = zip(("dense", "local", "shared"), (dense, local, shared), free, strict=True)
    for ax, (name, matrix, number) in zip(axes, named, strict=True):
        ax.imshow(
            matrix, cmap=plots.SIGNED, vmin=-end, vmax=end, interpolation="nearest"
        )
        ax.set(title=f"{name}: {number} weights", xlabel="inputs", xticks=[], yticks=[])
        ax.grid(False)
    axes[0].set_ylabel("outputs")
    return fig


def curves(history, title="", height=2.6):
    """Draw loss and accuracy over the epochs, for training and for validation data.

    Parameters
    ----------
    history : dict of str to list of float
        What ``model.fit(...).history`` holds: 'loss', 'accuracy', and with 'val_' in
        front the same for validation data.
    title : str
        Written above the first panel.
    height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If one of the four is missing.

    Examples
    --------
    >>> some = {"loss": [2, 1], "accuracy": [0.5, 1]}
    >>> fig = curves(some | {"val_loss": [2, 3], "val_accuracy": [0.5, 0.4]}, "dense")
    >>> fig.axes[0].get_title(loc="left"), len(fig.axes[1].lines)
    ('dense: loss', 2)
    >>> plots.plt.close(fig)
    """
    missing = {"loss", "accuracy", "val_loss", "val_accuracy"} - set(history)
    if missing:
        raise ValueError(
            f"history lacks {sorted(missing)}: compile with metrics=['accuracy'] and "
            "fit with validation_data=(x, y)."
        )
    fig, axes = plots.panels(1, 2, height)
    for ax, what in zip(axes, ("loss", "accuracy"), strict=True):
        epochs = 1 + np.arange(len(history[what]))
        plots.line(ax, epochs, history[what], "x", label="training")
        plots.line(ax, epochs, history[f"val_{what}"], "error", label="validation")
        name = f"{title}: {what}" if title else what
        ax.set(title=name, xlabel="epoch", ylim=(0, None))
        ax.legend(loc="best")
    axes[1].set_ylim(0, 1.05)
    return fig


def runs(named, chance=None, height=None):
    """Draw the accuracies of several runs as dots, a row for each network.

    Parameters
    ----------
    named : dict of str to (R,) array_like
        Name of a network, and the accuracy 0..1 of each run.
    chance : float, optional
        What guessing gives: a dotted line.
    height : float, optional
        Inches; by default what the rows need.

    Returns
    -------
    matplotlib.figure.Figure
        Beside each row stand its smallest and largest accuracy.

    Raises
    ------
    ValueError
        If there is no network, or no run of one.

    Examples
    --------
    >>> fig = runs({"dense": [0.66, 0.68], "cnn": [0.97, 0.99]}, chance=1 / 3)
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['.660 to .680', '.970 to .990']
    >>> plots.plt.close(fig)
    """
    arrays = {name: np.ravel(given) for name, given in named.items()}
    if not arrays or any(a.size == 0 for a in arrays.values()):
        raise ValueError("named must hold names with at least one accuracy each.")
    fig, ax = plots.panels(height=height or 0.9 + 0.42 * len(arrays))
    for row, a in enumerate(arrays.values()):
        spread = np.linspace(-0.22, 0.22, len(a)) if len(a) > 1 else [0]
        ax.plot(a, row + np.array(spread), "o", color=plots.COLOURS["y"], alpha=0.75)
        ends = f"{a.min():.3f} to {a.max():.3f}".replace("0.", ".")
        ax.text(1.03, row, ends, va="center")
    if chance is not None:
        ax.axvline(chance, color="black", linestyle=":", label="guessing")
        ax.legend(loc="lower left")
    ax.set(xlim=(0, 1.02), ylim=(len(arrays) - 0.5, -0.5), xlabel="accuracy")
    ax.set_yticks(range(len(arrays)), list(arrays))
    return fig


def confusion(y, guessed, classes=None, height=3.4):
    """Draw how often each class was taken for each.

    Parameters
    ----------
    y, guessed : (N,) array_like of int
        True and guessed classes, counted from 0.
    classes : sequence of str, optional
        Their names.
    height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each true class, a column for each guess; the mistakes are coloured.

    Raises
    ------
    ValueError
        If the two have not one length.

    Examples
    --------
    >>> fig = confusion([0, 1, 1], [0, 0, 1])
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['1', '1', '1']
    >>> plots.plt.close(fig)
    """
    y, guessed = np.asarray(y), np.asarray(guessed)
    if y.shape != guessed.shape or y.ndim != 1:
        raise ValueError(
            f"y and guessed must be two lists of one length, got {y.shape} and "
            f"{guessed.shape}. Of shares (N, classes) take argmax(axis=1)."
        )
    number = len(classes) if classes else 1 + int(max(y.max(), guessed.max()))
    table = np.zeros((number, number), int)
    np.add.at(table, (y, guessed), 1)
    wrong = table * (1 - np.eye(number, dtype=int))
    fig, ax = plots.panels(height=height, width=1.25 * height + 0.8)
    ax.imshow(-wrong, cmap=plots.SIGNED, vmin=-1.3 * max(wrong.max(), 1), vmax=0)
    ax.images[0].set_clim(-1.3 * max(wrong.max(), 1), 1.3 * max(wrong.max(), 1))
    for (row, col), count in np.ndenumerate(table):
        if count:
            heavy = "normal" if row == col else "bold"
            style = {"fontweight": heavy, "fontsize": 9}
            ax.text(col, row, count, ha="center", va="center", **style)
    names = list(classes) if classes else range(number)
    ax.set_xticks(range(number), names)
    ax.set_yticks(range(number), names)
    ax.set(xlabel="guessed", ylabel="true")
    ax.grid(False)
    return fig


def tiles(images, titles=None, cols=8, height=1.15, signed=True, width=8.0):
    """Draw small arrays side by side, each on a scale of its own.

    Parameters
    ----------
    images : (N, H, W) array_like
        Kernels, patches or feature maps.
    titles : sequence of str, optional
        One for each.
    cols : int
        Tiles in a row.
    height, width : float
        Of a row and of the figure, inches.
    signed : bool
        Zero white, negative orange, positive blue; else grey, dark for small.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If `images` is not (N, H, W), or there are more or fewer titles.

    Examples
    --------
    >>> fig = tiles(np.ones((3, 2, 2)), titles="abc", cols=2)
    >>> [ax.get_title() for ax in fig.axes]
    ['a', 'b', 'c', '']
    >>> plots.plt.close(fig)
    """
    images = np.asarray(images)
    if images.ndim != 3 or not len(images):
        raise ValueError(
            f"images must be (N, H, W), got shape {images.shape}. Of kernels "
            "(kh, kw, C_in, C_out) take np.moveaxis(w[:, :, 0], -1, 0)."
        )
    titles = [""] * len(images) if titles is None else list(titles)
    if len(titles) != len(images):
        raise ValueError(f"there are {len(images)} images and {len(titles)} titles.")
    rows = -(-len(images) // cols)
    fig, axes = plots.panels(rows, cols, height, width)
    axes = np.atleast_1d(axes)
    for ax, image, title in zip(axes, images, titles, strict=False):
        _tile(ax, image, signed)
        ax.set_title(title, loc="center", fontsize=10)
    for ax in axes[len(images) :]:
        ax.set_axis_off()
    return fig


def feature_maps(image, maps, classes=None, cols=16, width=8.0):
    """Draw an image, and below it what each layer of a network makes of it.

    Parameters
    ----------
    image : (H, W) array_like
        What went in.
    maps : dict of str to array_like
        Name of a layer, and its output for this image: feature maps (H, W, C), or a
        list of numbers (C,), drawn as bars.
    classes : sequence of str, optional
        Names for the numbers of the last layer.
    cols : int
        Most tiles in a row; further channels are left out.
    width : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If an output has another number of axes.

    Examples
    --------
    >>> fig = feature_maps(np.eye(4), {"conv": np.ones((2, 2, 3)), "dense": [0.2, 0.8]})
    >>> len(fig.axes)
    5
    >>> plots.plt.close(fig)
    """
    arrays = {name: np.asarray(given, float) for name, given in maps.items()}
    for name, a in arrays.items():
        if a.ndim not in (1, 3):
            raise ValueError(
                f"{name} must be (H, W, C) or (C,), got shape {a.shape}. Take one "
                "image of the batch: output[0]."
            )
    high = [1.0] + [_height(a, cols, width) for a in arrays.values()]
    tall = sum(high) + 0.3 * len(high)
    fig = plots.plt.figure(figsize=(width, tall), layout="none")
    top = tall - 0.15
    rows = {"the image": np.asarray(image)[:, :, np.newaxis]} | arrays
    for place, (name, a) in enumerate(rows.items()):
        top -= high[place]
        size = "×".join(map(str, a.shape if place else a.shape[:2]))
        middle = (top + high[place] / 2) / tall
        fig.text(0.005, middle, f"{name}\n{size}", va="center", fontsize=9)
        if a.ndim == 1:
            last = classes if place == len(arrays) else None
            _bars(
                _axes(fig, LABEL + 0.3, top, width - LABEL - 0.4, high[place]), a, last
            )
        shown = min(cols, a.shape[2]) if a.ndim == 3 else 0
        for channel in range(shown):
            left = LABEL + channel * 1.06 * high[place]
            ax = _axes(fig, left, top, high[place] * a.shape[1] / len(a), high[place])
            _tile(ax, a[:, :, channel], False)
        top -= 0.3 if a.ndim == 1 else 0.15
    return fig


LABEL = 1.55  # inches for the names of the layers


def _height(a, cols, width):
    """Return the height of a row in inches: tiles as large as there is room for."""
    if a.ndim == 1:
        return 0.6
    return min(0.8, (width - LABEL) / (1.06 * min(cols, a.shape[2])))


def _axes(fig, left, bottom, wide, high):
    """Add axes at a place in inches."""
    width, height = fig.get_size_inches()
    return fig.add_axes((left / width, bottom / height, wide / width, high / height))


def _tile(ax, image, signed):
    """Draw one small array without axes."""
    end = float(np.abs(image).max()) or 1.0
    look = {"cmap": plots.SIGNED, "vmin": -end, "vmax": end} if signed else {}
    ax.imshow(image, interpolation="nearest", **look)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)


def _bars(ax, values, names):
    """Draw numbers as bars."""
    ax.bar(range(len(values)), values, color=plots.COLOURS["y"], edgecolor="black")
    ax.set_xticks(range(len(values)), names or range(len(values)), fontsize=9)
    ax.set_ylim(min(0, values.min()), max(values.max(), 1e-9) * 1.15)
    ax.grid(False)
