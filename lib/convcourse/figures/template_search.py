"""F4, second part: search a template in a picture, by three scores."""

import base64
import functools
from dataclasses import dataclass

import numpy as np

from convcourse import plots
from convcourse.figures import kit, state, words
from convcourse.figures.kernel_lab import photograph

__all__ = ["TemplateSearch", "template_search"]

_SIDE = 128  # rows and columns of every photograph
_LARGEST = 24  # of a template


def template_search(image="camera", top=29, left=101, height=20, width=9,
                    score="plain", light="same", row=None, column=None,
                    size="text"):  # fmt: skip
    """Cut a template out of a photograph and look for it by correlation.

    Parameters
    ----------
    image : {"camera", "coffee", "brick"}
        A photograph of the course in 128 by 128 pixels.
    top, left : int
        Row and column of the template's upper left corner.
    height, width : int
        Of the template, from 4 to 24 pixels.
    score : {"plain", "zero_mean", "normalised"}
        The sum of products; the same with the template's mean taken off; or the
        correlation coefficient, from -1 to 1.
    light : {"same", "pale", "shadow", "negative"}
        What happens to the picture after the template was cut out: nothing; it turns
        darker and paler (``3 * x // 10 + 40``); its right side falls into shadow, a
        quarter of the light; it becomes its negative (``255 - x``).
    row, column : int, optional
        Upper left corner of the window whose score is written out. Default: the
        template's own place.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    TemplateSearch
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range; the message names it.

    Notes
    -----
    A window or template without contrast has the normalised score 0.

    Examples
    --------
    >>> search = template_search("camera")
    >>> trace = search.trace()
    >>> trace["best_row"], trace["best_column"]  # the sky is brighter than the tower
    (25, 4)
    >>> trace = search.set(score="normalised").trace()
    >>> trace["best_row"], trace["best_column"], round(trace["best"], 6)
    (29, 101, 1.0)
    """
    row = top if row is None else row
    column = left if column is None else column
    return TemplateSearch(
        image, light, score, top, left, height, width, row, column, size=size
    )


@dataclass(frozen=True, eq=False, repr=False)
class TemplateSearch(kit.Figure):
    """The state of the search; see :func:`template_search`."""

    image: str = state.choice("camera", "coffee", "brick")
    light: str = state.choice("same", "pale", "shadow", "negative")
    score: str = state.choice("plain", "zero_mean", "normalised")
    top: int = state.whole(29, 0, _SIDE - 4)
    left: int = state.whole(101, 0, _SIDE - 4)
    height: int = state.whole(20, 4, _LARGEST)
    width: int = state.whole(9, 4, _LARGEST)
    row: int = state.whole(29, 0, _SIDE - 4)
    column: int = state.whole(101, 0, _SIDE - 4)

    def check(self):
        """Refuse windows that leave the picture."""
        for name, value, length in (("top", self.top, self.height),
                                    ("left", self.left, self.width),
                                    ("row", self.row, self.height),
                                    ("column", self.column, self.width)):  # fmt: skip
            if value > _SIDE - length:
                raise ValueError(
                    f"{name} must be from 0 to {_SIDE - length}, got {value}: a window "
                    f"of {self.height} by {self.width} pixels must lie in the picture."
                )

    def data(self):
        """Return the photographs."""
        images = {}
        for name in ("camera", "coffee", "brick"):
            grey = photograph(name).tobytes()
            images[name] = {"grey": base64.b64encode(grey).decode("ascii")}
        return {"images": images}

    def trace(self):
        """Return the score of every place, and how that of the window comes about.

        Returns
        -------
        dict
            ``scores`` (flat), ``high`` rows and ``wide`` columns of them, ``least``;
            ``best``, ``best_row``, ``best_column``, the first where several are;
            of the window: ``plain``, which is ``brightness`` plus ``likeness``,
            ``contrast_w``, ``contrast_x``, ``coefficient`` and ``total``, the score.
        """
        photo = photograph(self.image).astype(np.int64)
        w = photo[self.top : self.top + self.height, self.left : self.left + self.width]
        scene = _lit(photo, self.light)
        keys = self.image, self.light, self.top, self.left, self.height, self.width
        products, sums, squares = _window_sums(*keys)
        n, total = w.size, int(w.sum())
        # whole numbers, so that nothing is rounded before the division
        likeness = n * products - total * sums
        spread_w = n * int((w**2).sum()) - total**2
        spread_x = n * squares - sums**2
        lengths = np.sqrt(spread_w) * np.sqrt(spread_x)
        with np.errstate(invalid="ignore", divide="ignore"):
            coefficient = np.where(lengths > 0, likeness / lengths, 0)
        every = products, likeness / n, coefficient
        scores = dict(zip(_NAMES, every, strict=True))[self.score]
        here = self.row, self.column
        best = divmod(int(np.argmax(scores)), scores.shape[1])
        return {
            "scores": scores.ravel(), "high": scores.shape[0], "wide": scores.shape[1],
            "least": scores.min().item(), "best": scores[best].item(),
            "best_row": best[0], "best_column": best[1],
            "plain": products[here].item(), "likeness": likeness[here].item() / n,
            "brightness": total * sums[here].item() / n,
            "contrast_w": np.sqrt(spread_w / n).item(),
            "contrast_x": np.sqrt(spread_x[here] / n).item(),
            "coefficient": coefficient[here].item(), "total": scores[here].item(),
            "scene": scene.ravel(),
        }  # fmt: skip

    def picture(self):
        """Draw picture, template and scores; frames show the find and the truth."""
        t = self.trace()
        fig, axes = plots.panels(1, 3, height=2.9, width_ratios=[3, 1.2, 3.4])
        scene = t["scene"].reshape(_SIDE, _SIDE).astype(np.uint8)
        plots.image(axes[0], scene, f"x, {self.image}")
        shape = self.width, self.height
        found = (t["best_column"] - 0.5, t["best_row"] - 0.5)
        own = (self.left - 0.5, self.top - 0.5)
        frame = functools.partial(plots.plt.Rectangle, fill=False)
        for corner, colour, style in ((own, "white", "-"), (own, "black", ":"),
                                      (found, plots.COLOURS["error"], "-")):  # fmt: skip
            look = {"edgecolor": colour, "linestyle": style, "linewidth": 2}
            axes[0].add_patch(frame(corner, *shape, **look))
        photo = photograph(self.image)
        cut = photo[self.top :, self.left :][: self.height, : self.width]
        plots.image(axes[1], cut, "w")
        for title in axes[1].texts:  # small arrays get numbers; a photograph needs none
            title.set_visible(False)
        scores = t["scores"].reshape(t["high"], t["wide"])
        title = f"y, {_NAMES[self.score]}"
        plots.image(axes[2], scores, title, signed=self.score != "plain")
        axes[2].plot(t["best_column"], t["best_row"], "s", ms=9, mew=2, mfc="none",
                     mec=plots.COLOURS["error"])  # fmt: skip
        return fig

    def describe(self):
        """Say what is searched, the score of the window, and where the best one is."""
        t = self.trace()
        own = (t["best_row"], t["best_column"]) == (self.top, self.left)
        return (
            f"The template has {self.height} by {self.width} pixels and was cut from "
            f"{self.image} at row {self.top}, column {self.left}{_LIGHTS[self.light]}. "
            f"Score {_NAMES[self.score]} at row {self.row}, column {self.column}: "
            f"{self._sum(t)}. The best of {t['scores'].size} places is row "
            f"{t['best_row']}, column {t['best_column']}, with "
            f"{words.large(t['best'])}: "
            f"{'the right one' if own else 'not the right one'}."
        )

    def _sum(self, t):
        """Write how the window's score comes out of the one before it."""
        plain, bright, like = (
            _factor(t[key]) for key in ("plain", "brightness", "likeness")
        )
        total = words.large(t["total"])
        if self.score == "plain":
            return f"{bright} + {like} {_sign(t['brightness'])} {total}"
        if self.score == "zero_mean":
            return f"{plain} − {bright} {_sign(t['brightness'])} {total}"
        lengths = t["contrast_w"], t["contrast_x"]
        if not all(lengths):
            return "0, for there is no contrast"
        under = "·".join(words.large(v) for v in lengths)
        sign = _sign(t["likeness"], *lengths, t["total"])
        return f"{like}/({under}) {sign} {total}"


_NAMES = {"plain": "plain", "zero_mean": "without the mean", "normalised": "normalised"}
_LIGHTS = {
    "same": "",
    "pale": "; then the picture turned darker and paler",
    "shadow": "; then the right of the picture fell into shadow",
    "negative": "; then the picture became its negative",
}


def _factor(value):
    """Write a large number; a negative one in brackets."""
    return f"({words.large(value)})" if value < 0 else words.large(value)


def _sign(*values):
    """Return the sign that is true of the shown numbers."""
    return "=" if words.large_exactly(*values) else "≈"


def _lit(photo, light):
    """Return a photograph (int64) in another light."""
    if light == "pale":
        return 3 * photo // 10 + 40
    if light == "shadow":
        full = 4 * (_SIDE - 1)
        return photo * (full - 3 * np.arange(_SIDE)) // full
    return 255 - photo if light == "negative" else photo


@functools.lru_cache(8)
def _window_sums(image, light, top, left, height, width):
    """Sum up w·x, x and x² over every window, in whole numbers."""
    photo = photograph(image).astype(np.int64)
    w, scene = photo[top : top + height, left : left + width], _lit(photo, light)
    windows = np.lib.stride_tricks.sliding_window_view(scene, w.shape)
    totals = [np.zeros(windows.shape[:2], np.int64) for _ in range(3)]
    for (i, j), weight in np.ndenumerate(w):
        x = windows[:, :, i, j]
        for sums, part in zip(totals, (weight * x, x, x * x), strict=True):
            sums += part
    return totals
