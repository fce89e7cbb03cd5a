"""F9, second part: how far a kernel is from a column times a row."""

import math
from dataclasses import dataclass

import numpy as np

from convcourse import kernels, plots
from convcourse.figures import kit, state, words

__all__ = ["Separability", "separability"]

_MOST = 7


def presets():
    """Return kernels to begin with, {name: rows}."""
    named = {
        "emboss": kernels.emboss(),
        "Sobel": kernels.sobel(1),
        "Laplacian": kernels.laplacian(),
        "sharpen": kernels.sharpen(),
        "binomial": kernels.binomial(),
        "plus": kernels.plus(),
        "Gaussian, 5": kernels.gaussian(1, 5).round(4),
        "LoG, 5": kernels.log5(),
    }
    return {name: np.asarray(kernel).tolist() for name, kernel in named.items()}


def separability(kernel="emboss", rank=1, size="text"):
    """Show how well a kernel is a sum of columns times rows.

    Parameters
    ----------
    kernel : str or (k, k) array_like
        A name: "emboss", "Sobel", "Laplacian", "sharpen", "binomial", "plus",
        "Gaussian, 5" or "LoG, 5"; or 2 to 7 rows and as many columns of numbers from
        -99 to 99.
    rank : int
        How many products of a column and a row are added, 1 to k.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    Separability
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range; the message names it.

    Examples
    --------
    >>> separability("Sobel").trace()["rank"]
    1
    >>> [round(s, 4) for s in separability("Laplacian").trace()["singular"]]
    [4.4495, 0.4495, 0.0]
    """
    if isinstance(kernel, str):
        if kernel not in presets():
            raise ValueError(
                f"kernel must be one of {list(presets())}, got {kernel!r}."
            )
        kernel = presets()[kernel]
    return Separability(np.asarray(kernel).tolist(), rank, size=size)


@dataclass(frozen=True, eq=False, repr=False)
class Separability(kit.Figure):
    """The state of the figure; see :func:`separability`."""

    kernel: tuple = state.matrix(kernels.emboss().tolist(), (2, _MOST), (2, _MOST))
    take: int = state.whole(1, 1, _MOST)

    def check(self):
        """Refuse kernels that are not square, and more products than there are."""
        k = len(self.kernel)
        if len(self.kernel[0]) != k:
            raise ValueError(
                f"kernel must have as many columns as rows, got {k} by "
                f"{len(self.kernel[0])}."
            )
        if self.take > k:
            raise ValueError(f"rank must be from 1 to {k}, got {self.take}.")

    def data(self):
        """Return the kernels of the menu."""
        return {"presets": presets()}

    def trace(self):
        """Return the singular values and the nearest kernel of the chosen rank.

        Returns
        -------
        dict
            ``singular`` (k,), largest first; ``rank`` of the kernel; ``near`` and
            ``rest`` (k, k); ``kept``, the share of the sum of squares in ``near``.
        """
        k = len(self.kernel)
        pairs = _rotated(self.kernel)
        singular = [pair[0] for pair in pairs]
        rank = sum(s > 1e-9 * singular[0] for s in singular)
        near = [[0.0] * k for _ in range(k)]
        for _, left, right in pairs[: self.take]:
            for i in range(k):
                for j in range(k):
                    near[i][j] += left[i] * right[j]
        whole = _dot(singular, singular)
        kept = _dot(singular[: self.take], singular[: self.take])
        return {
            "singular": singular, "rank": rank, "near": near,
            "rest": [[v - n for v, n in zip(*rows, strict=True)]
                     for rows in zip(self.kernel, near, strict=True)],
            "kept": kept / whole if whole else 1.0,
        }  # fmt: skip

    def picture(self):
        """Draw the kernel, its singular values, the nearest one and the rest."""
        t = self.trace()
        fig, axes = plots.panels(1, 4, height=2.2)
        tables = {"w": self.kernel, f"rank {self.take}": t["near"], "rest": t["rest"]}
        end = 2 * (np.abs(self.kernel).max() or 1)
        for ax, (name, rows) in zip(axes[[0, 2, 3]], tables.items(), strict=True):
            ax.imshow(rows, cmap=plots.SIGNED, vmin=-end, vmax=end)
            for (i, j), v in np.ndenumerate(rows):
                text = words.number(round(float(v), 2))
                ax.text(j, i, text, ha="center", va="center", fontsize=8)
            ax.set(title=name, xticks=[], yticks=[])
            ax.grid(False)
        taken = np.arange(len(self.kernel)) < self.take
        colours = np.where(taken, plots.COLOURS["w"], "#d0d4d8")
        axes[1].bar(np.arange(1, len(taken) + 1), t["singular"], color=colours)
        axes[1].set(title="singular values", xticks=range(1, len(taken) + 1))
        return fig

    def describe(self):
        """Say the rank, the singular values, and what the chosen number keeps."""
        t, k = self.trace(), len(self.kernel)
        if not t["rank"]:
            return "All weights are 0: the rank is 0, and nothing is to be computed."
        values = ", ".join(words.number(s) for s in t["singular"][: t["rank"]])
        exact = "" if t["rank"] == 1 else "not "
        many = f"A sum of {self.take} products" if self.take > 1 else "One product"
        kept, steps = words.number(100 * t["kept"]), 2 * k * self.take
        return (
            f"The kernel has rank {t['rank']}, so it is {exact}spatially separable; "
            f"singular values {values}. {many} of column and row keeps {kept} % of its "
            f"energy, with {steps} multiplications for each pixel in place of {k * k}."
        )


def _dot(a, b):
    """Add up products in order, as the module does (`sum` would round elsewhere)."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        total += x * y
    return total


def _rotated(kernel):
    """Return (singular value, column times it, row) by one-sided Jacobi rotations.

    Columns are turned in pairs until all are orthogonal; their lengths are the singular
    values then (M. Hestenes, 1958). The module does the same in the same order.
    """
    k = len(kernel)
    a = [[float(row[j]) for row in kernel] for j in range(k)]
    v = [[float(i == j) for i in range(k)] for j in range(k)]
    for _ in range(60):
        turned = False
        for p in range(k - 1):
            for q in range(p + 1, k):
                alpha, beta = _dot(a[p], a[p]), _dot(a[q], a[q])
                gamma = _dot(a[p], a[q])
                if abs(gamma) <= 1e-15 * math.sqrt(alpha * beta):
                    continue
                turned = True
                zeta = (beta - alpha) / (2 * gamma)
                t = 1 / (abs(zeta) + math.sqrt(1 + zeta * zeta))
                t = -t if zeta < 0 else t
                c = 1 / math.sqrt(1 + t * t)
                for m in (a, v):
                    left, right = m[p], m[q]
                    m[p] = [c * x - c * t * y for x, y in zip(left, right, strict=True)]
                    m[q] = [c * t * x + c * y for x, y in zip(left, right, strict=True)]
        if not turned:
            break
    found = [(math.sqrt(_dot(a[j], a[j])), a[j], v[j]) for j in range(k)]
    return sorted(found, key=lambda pair: -pair[0])
