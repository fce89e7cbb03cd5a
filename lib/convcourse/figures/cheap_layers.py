"""F9, first part: what an ordinary layer costs, and what the cheaper kinds cost."""

import math
from dataclasses import dataclass

from convcourse import plots
from convcourse.figures import kit, state, words

__all__ = ["CheapLayers", "cheap_layers"]

KINDS = ("ordinary", "grouped", "depthwise", "pointwise", "separable")


def cheap_layers(inputs=32, outputs=64, k=3, groups=4, side=28, size="text"):
    """Show the weights and MACs of a layer, and of its cheaper kinds.

    Parameters
    ----------
    inputs, outputs : int
        Channels, 1 to 1024.
    k : int
        Rows and columns of the kernels, 1 to 11.
    groups : int
        Of the grouped layer: a divisor of inputs and outputs.
    side : int
        Rows and columns of the maps, 1 to 224; stride 1, padding "same".
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    CheapLayers
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range; the message names it.

    Notes
    -----
    The depthwise layer gives as many channels as it reads; with the pointwise one it is
    the separable layer, which has a bias only at its end.

    Examples
    --------
    >>> trace = cheap_layers(32, 64).trace()
    >>> trace["weights"]
    [18432, 4608, 288, 2048, 2336]
    """
    return CheapLayers(inputs, outputs, k, groups, side, size=size)


@dataclass(frozen=True, eq=False, repr=False)
class CheapLayers(kit.Figure):
    """The state of the figure; see :func:`cheap_layers`."""

    inputs: int = state.whole(32, 1, 1024)
    outputs: int = state.whole(64, 1, 1024)
    k: int = state.whole(3, 1, 11)
    groups: int = state.whole(4, 1, 1024)
    side: int = state.whole(28, 1, 224)

    def check(self):
        """Refuse groups that do not divide the channels."""
        if self.inputs % self.groups or self.outputs % self.groups:
            raise ValueError(
                f"groups={self.groups} must divide the {self.inputs} inputs and the "
                f"{self.outputs} outputs. Use a divisor of "
                f"{math.gcd(self.inputs, self.outputs)}."
            )

    def trace(self):
        """Return the prices of the five kinds.

        Returns
        -------
        dict
            ``weights``, ``parameters`` (with bias), ``macs`` and ``shares`` (of the
            weights and so of the MACs of the ordinary layer), ``parts`` (of its
            parameters), a list of five each: ordinary, grouped, depthwise, pointwise,
            separable.
        """
        window, c, n = self.k * self.k, self.inputs, self.outputs
        weights = [window * c * n, window * (c // self.groups) * n, window * c, c * n]
        weights.append(weights[2] + weights[3])
        biases = [n, n, c, n, n]
        parameters = [w + b for w, b in zip(weights, biases, strict=True)]
        return {
            "weights": weights,
            "parameters": parameters,
            "macs": [w * self.side * self.side for w in weights],
            "shares": [w / weights[0] for w in weights],
            "parts": [p / parameters[0] for p in parameters],
        }

    def picture(self):
        """Draw each kind as two bars: its MACs, and below them its parameters."""
        t = self.trace()
        fig, ax = plots.panels(height=3.6)
        bars = [("shares", "macs", "MACs", -0.2), ("parts", "parameters", "", 0.2)]
        for shares, counts, unit, down in bars:
            for row, (share, count) in enumerate(
                zip(t[shares], t[counts], strict=True)
            ):
                colour = plots.COLOURS["x" if row == 0 else "y"]
                look = (
                    {"color": colour} if unit else {"edgecolor": colour, "fill": False}
                )
                ax.barh(row + down, share, height=0.36, linewidth=1.5, **look)
                percent = words.number(round(100 * share, 2))
                text = f"{percent} %, {count:,} {unit or counts}"
                ax.text(share + 0.01, row + down, text, va="center", fontsize=9)
        ax.set_yticks(range(len(KINDS)), self._names())
        most = max(t["shares"] + t["parts"])
        ax.set(xlim=(0, max(1.55, 1.5 * most)), ylim=(4.6, -0.6))
        ax.set(xlabel="share of the ordinary layer", xticks=[0, 0.25, 0.5, 0.75, 1])
        ax.grid(visible=False, axis="y")
        return fig

    def describe(self):
        """Say what the ordinary layer costs, and the shares of the cheaper ones."""
        t, k = self.trace(), self.k
        grouped, separable = (words.number(100 * t["shares"][i]) for i in (1, 4))
        return (
            f"The ordinary layer has {k}·{k}·{self.inputs}·{self.outputs} = "
            f"{t['weights'][0]} weights and {t['macs'][0]} MACs on a map of {self.side} "
            f"by {self.side}. In {self.groups} group{'s' if self.groups > 1 else ''} it "
            f"is {grouped} % of that, depthwise separable {separable} %: "
            f"1/{self.outputs} + 1/{k * k}. Of {t['parameters'][0]} parameters, with "
            f"biases, the separable layer has {words.number(100 * t['parts'][4])} %."
        )

    def _names(self):
        """Return the kinds as their rows are called."""
        plural = "s" if self.groups > 1 else ""
        return [KINDS[0], f"{self.groups} group{plural}", *KINDS[2:]]
