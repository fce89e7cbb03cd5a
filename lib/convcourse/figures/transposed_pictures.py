"""Pictures of chapter 07: matrices, parts of a kernel, chequered energy."""

import numpy as np

from convcourse import plots

__all__ = ["energies", "matrices", "parts"]


def matrices(named, height=2.4, width=8.0):
    """Draw matrices side by side, on one scale; small ones with their numbers.

    Parameters
    ----------
    named : dict of str to (rows, columns) array_like or sparse array
        Title and matrix. Zeros are white and without a number.
    height, width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is none, or one has not two axes.

    Examples
    --------
    >>> fig = matrices({"C": [[1, 2, 0], [0, 1, 2]]})
    >>> [text.get_text() for text in fig.axes[0].texts]
    ['1', '2', '1', '2']
    >>> plots.plt.close(fig)
    """
    arrays = {
        name: np.asarray(m.toarray() if hasattr(m, "toarray") else m, float)
        for name, m in named.items()
    }
    if not arrays or any(a.ndim != 2 for a in arrays.values()):
        shapes = {name: a.shape for name, a in arrays.items()}
        raise ValueError(f"named must hold matrices, got the shapes {shapes}.")
    end = max(np.abs(a).max() for a in arrays.values()) or 1.0
    ratios = [max(a.shape[1], 2) for a in arrays.values()]
    fig, axes = plots.panels(1, len(arrays), height, width, width_ratios=ratios)
    for ax, (name, a) in zip(np.atleast_1d(axes), arrays.items(), strict=True):
        look = {"cmap": plots.SIGNED, "vmin": -2 * end, "vmax": 2 * end}
        ax.imshow(a, **look, interpolation="nearest")
        ax.set(title=f"{name}: {a.shape[0]} × {a.shape[1]}", xticks=[], yticks=[])
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(True)
        for i, j in np.argwhere(a) if max(a.shape) < 12 else ():
            ax.text(j, i, f"{a[i, j]:.3g}", ha="center", va="center", fontsize=9)
    return fig


def parts(kernel, stride=2, height=1.7, width=7.0):
    """Draw a kernel, and the small kernels that make the outputs of each phase.

    Parameters
    ----------
    kernel : (kh, kw) array_like
    stride : int
        2 gives four parts: even and odd rows, even and odd columns.
    height, width : float
        Of the figure, inches.

    Returns
    -------
    matplotlib.figure.Figure
        Above each part stand its rows and columns, as a slice, and the sum of its
        weights.

    Raises
    ------
    ValueError
        If the kernel has not two axes, or is shorter than the stride.

    Examples
    --------
    >>> fig = parts(np.ones((3, 3)))
    >>> [ax.get_title(loc="left").splitlines() for ax in fig.axes[1:3]]
    [['[0::2, 0::2]', 'sum 4'], ['[0::2, 1::2]', 'sum 2']]
    >>> plots.plt.close(fig)
    """
    kernel = np.asarray(kernel, float)
    if kernel.ndim != 2 or min(kernel.shape) < stride:
        raise ValueError(
            f"kernel must be (kh, kw), both at least stride={stride}, "
            f"got shape {kernel.shape}."
        )
    phases = list(np.ndindex(stride, stride))
    fig, axes = plots.panels(1, 1 + len(phases), height, width)
    pieces = {"kernel": kernel}
    for a, b in phases:
        part = kernel[a::stride, b::stride]
        pieces[f"[{a}::{stride}, {b}::{stride}]\nsum {part.sum():.3g}"] = part
    end = 2 * np.abs(kernel).max() or 1.0
    for ax, (title, piece) in zip(axes, pieces.items(), strict=True):
        ax.imshow(piece, cmap=plots.SIGNED, vmin=-end, vmax=end)
        rows, columns = kernel.shape  # all on one scale of length
        ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
        ax.set_axis_off()
        for (i, j), weight in np.ndenumerate(piece):
            ax.text(
                j,
                i,
                f"{weight:.1f}".removesuffix(".0"),
                ha="center",
                va="center",
                fontsize=9,
            )
        ax.set_title(title)
    return fig


def energies(named, floor=1e-9, height=None):
    """Draw the chequered energy of several networks, before and after training.

    Parameters
    ----------
    named : dict of str to (seeds, 2) array_like
        Name of the network; energy before and after, a row for each run.
    floor : float
        Smaller ones are drawn here, at the left end of the scale.
    height : float, optional
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        One open circle for each run before, a filled diamond after; the scale is
        logarithmic.

    Raises
    ------
    ValueError
        If an array has not two columns.

    Examples
    --------
    >>> fig = energies({"resize": [[0, 0], [0, 0]]})
    >>> fig.axes[0].get_yticklabels()[0].get_text()
    'resize'
    >>> plots.plt.close(fig)
    """
    fig, ax = plots.panels(height=height or 0.35 * len(named) + 1.1)
    for row, (name, pairs) in enumerate(named.items()):
        pairs = np.asarray(pairs, float)
        if pairs.ndim != 2 or pairs.shape[1] != 2:
            raise ValueError(f"{name!r} must be (seeds, 2), got shape {pairs.shape}.")
        before, after = np.maximum(pairs, floor).T
        ends = (("true", before, "none", -0.15), ("error", after, None, 0.15))
        for symbol, values, face, shift in ends:
            look = {"color": plots.COLOURS[symbol], "linestyle": "none"}
            look["marker"] = "o" if symbol == "true" else "D"
            look |= {"markersize": 6, "markerfacecolor": face or look["color"]}
            label = ("before" if symbol == "true" else "after") if row == 0 else None
            ax.plot(values, np.full(len(values), row + shift), label=label, **look)
    ax.set(xscale="log", xlim=(floor / 2, 3), ylim=(len(named) - 0.5, -0.5))
    ax.set(xlabel=f"share of chequered energy (left end: {floor:g} or less)")
    ax.set_yticks(range(len(named)), list(named))
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), title="training")
    return fig
