"""Draw signals, kernels, outputs, images and sounds, one look per symbol.

``stems``, ``line`` and ``image`` draw into an axis and return it; ``stack`` makes a
whole figure of signals. None keeps a state. A figure in a notebook ends with
:func:`show`, which asks for a sentence that says what is to be seen: that sentence is
the picture's alternative text.

A symbol has its colour *and* its marker and line, so that nothing is said by colour
alone. Samples below zero have open markers.
"""

import base64
import html
import io

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

__all__ = [
    "COLOURS",
    "MARKERS",
    "STYLES",
    "image",
    "line",
    "number",
    "panels",
    "png",
    "publish",
    "real_signal",
    "setup",
    "show",
    "sound",
    "stack",
    "stems",
]

# Okabe and Ito's palette: told apart with every common kind of colour vision
COLOURS = {
    "x": "#0072B2",
    "w": "#E69F00",
    "y": "#009E73",
    "true": "#000000",
    "error": "#D55E00",
}
MARKERS = {"x": "o", "w": "s", "y": "D", "true": "P", "error": "v"}
STYLES = {
    "x": {"linestyle": "-", "linewidth": 1.0},
    "w": {"linestyle": "-.", "linewidth": 2.0},
    "y": {"linestyle": "-", "linewidth": 2.6},
    "true": {"linestyle": ":", "linewidth": 2.2},
    "error": {"linestyle": "--", "linewidth": 1.8},
}
#: negative orange, zero white, positive blue
SIGNED = LinearSegmentedColormap.from_list("signed", ["#B34700", "#FFFFFF", "#004C7F"])


def setup():
    """Set figure size, resolution, grid and the way in which NumPy prints.

    Called when this module is imported; a second call does no harm.

    Examples
    --------
    >>> setup()
    >>> print(np.array([1 / 3, 1e-9]))
    [0.3333 0.    ]
    """
    plt.rcParams.update(
        {
            "figure.figsize": (8, 3),
            "figure.dpi": 100,
            "savefig.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 11,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 11,
            "axes.formatter.useoffset": False,
            "grid.alpha": 0.3,
            "image.cmap": "gray",
            "legend.frameon": False,
            "axes.prop_cycle": cycler(
                color=[*COLOURS.values(), "#CC79A7"],
                linestyle=["-", "-.", "--", ":", (0, (5, 1)), (0, (1, 1))],
            ),
        }
    )
    np.set_printoptions(precision=4, suppress=True)


def panels(rows=1, cols=1, height=2.2, width=8.0, **kwargs):
    """Make a figure with ``rows`` times ``cols`` axes.

    Parameters
    ----------
    rows, cols : int
        Number of axes below each other and side by side.
    height : float
        Height of one row, inches.
    width : float
        Width of the figure, inches.
    **kwargs
        Passed to ``matplotlib.pyplot.subplots``: ``sharex``, ``width_ratios``, ...

    Returns
    -------
    fig : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or ndarray of Axes
        One axis by itself; several as a flat array, row by row.

    Examples
    --------
    >>> fig, (top, bottom) = panels(2, sharex=True)
    >>> fig.get_size_inches().tolist()
    [8.0, 4.4]
    >>> plt.close(fig)
    """
    fig, axes = plt.subplots(rows, cols, figsize=(width, rows * height), **kwargs)
    return fig, axes.ravel() if isinstance(axes, np.ndarray) else axes


def png(fig):
    """Return a figure as PNG bytes; the same figure gives the same bytes.

    Parameters
    ----------
    fig : matplotlib.figure.Figure

    Returns
    -------
    bytes
    """
    buffer = io.BytesIO()
    drawable = isinstance(fig.canvas, FigureCanvasAgg)
    canvas = fig.canvas if drawable else FigureCanvasAgg(fig)
    # savefig would draw twice; without the version string inside, a new matplotlib
    # alone does not change a file
    canvas.print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


class _Output:
    """What a notebook stores: MIME types, their metadata, and a text."""

    def __init__(self, text, metadata=None, **data):
        self._text = text
        self._data = {"text/plain": text, **data}
        self._metadata = metadata or {}

    def __repr__(self):
        return self._text

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self._data, self._metadata


def publish(picture, alt, **others):
    """Put a ready PNG with its alternative text into the notebook.

    Parameters
    ----------
    picture : bytes
        A PNG, as :func:`png` makes it.
    alt : str
        A full sentence that says what is to be seen.
    **others
        Further MIME types and their data; a front end shows the best it can.

    Examples
    --------
    >>> publish(b"", "A picture of nothing.")
    A picture of nothing.
    """
    from IPython.display import display

    alt = _sentence(alt)
    data = {"image/png": base64.b64encode(picture).decode("ascii"), **others}
    display(_Output(alt, {"image/png": {"alt": alt}}, **data))


def show(fig, alt):
    """Show a figure in the notebook, with its alternative text, and close it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
    alt : str
        A full sentence that says what is to be seen, with its numbers. It is stored
        as the output's text: people who cannot see the picture read it, and the
        tests compare it.

    Raises
    ------
    TypeError, ValueError
        If ``fig`` is not a figure, or ``alt`` is not a text, or is empty.

    Examples
    --------
    >>> fig, ax = panels()
    >>> show(fig, "An empty pair of axes.")
    An empty pair of axes.
    """
    alt = _sentence(alt)
    if not isinstance(fig, Figure):
        raise TypeError(
            f"fig must be a matplotlib figure, got {type(fig).__name__}. "
            "Of an axis, pass ax.figure."
        )
    picture = png(fig)
    plt.close(fig)
    publish(picture, alt)


def sound(x, rate, alt):
    """Show a player for a sound, with a sentence that says what is to be heard.

    Parameters
    ----------
    x : (N,) array_like
        Samples. The loudest one is scaled to full level, so compare colours of
        sound, not loudness.
    rate : float
        Samples per second, Hz.
    alt : str
        A full sentence: what is to be heard.

    Raises
    ------
    TypeError, ValueError
        If ``x`` is not a non-empty 1-D sequence of real numbers, ``rate`` is not
        positive, or ``alt`` is empty.

    Examples
    --------
    >>> sound(np.sin(np.arange(4000) / 3), 8000, "A steady tone of half a second.")
    A steady tone of half a second.
    """
    from IPython.display import Audio, display

    alt, x = _sentence(alt), real_signal(x, "x")
    if not rate > 0:
        raise ValueError(
            f"rate must be above 0 samples per second, got {rate!r}. "
            "Use the rate that came with the sound."
        )
    if not np.any(x):  # silence has no level to scale
        wav = Audio(x, rate=int(rate), normalize=False).data
    else:
        wav = Audio(x, rate=int(rate)).data
    source = "data:audio/wav;base64," + base64.b64encode(wav).decode("ascii")
    text = html.escape(alt, quote=True)
    player = (
        f'<figure><audio controls aria-label="{text}" src="{source}"></audio>'
        f"<figcaption>{text}</figcaption></figure>"
    )
    display(_Output(alt, **{"text/html": player}))


def stems(ax, values, start=0, symbol="x", label=None, numbers=False):
    """Draw the samples of a short signal as stems on a zero line.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    values : (N,) array_like
        Real samples.
    start : int
        Index of the first sample.
    symbol : {"x", "w", "y", "true", "error"}
        Chooses colour and marker. Samples below zero have open markers.
    label : str, optional
        Text of the legend.
    numbers : bool
        Write each sample's value beside its marker.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        If ``values`` is not a non-empty 1-D sequence of real numbers, or ``symbol``
        is unknown.

    Examples
    --------
    >>> fig, ax = panels()
    >>> stems(ax, [3, -1, 0.5], symbol="w", label="w") is ax
    True
    >>> plt.close(fig)
    """
    values, colour = real_signal(values, "values"), _colour(symbol)
    n = start + np.arange(len(values))
    ax.axhline(0, color="black", linewidth=0.9, zorder=1.5)
    ax.vlines(n, 0, values, color=colour, linewidth=2)
    look = {"color": colour, "linestyle": "none", "marker": MARKERS[symbol]}
    ax.plot(n, values, **look, markersize=7, label=label)
    below = values < 0
    ax.plot(n[below], values[below], **look, markersize=7, markerfacecolor="white")
    if numbers:
        for place, value in zip(n, values, strict=True):
            number(ax, place, value)
        ax.margins(y=0.4)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if np.all(values % 1 == 0):  # whole numbers need no halves beside them
        ax.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
    if label:
        ax.legend(loc="upper right")
    return ax


def line(ax, t, values, symbol="x", label=None, **kwargs):
    """Draw a long signal as a line; zero is marked where the signal crosses it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    t : (N,) array_like
        Times or indices.
    values : (N,) array_like
        Real samples.
    symbol : {"x", "w", "y", "true", "error"}
        Chooses colour, width and dashes.
    label : str, optional
        Text of the legend.
    **kwargs
        Passed to ``ax.plot``; they win over the symbol's look.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError, ValueError
        If ``values`` is not a non-empty 1-D sequence of real numbers, ``symbol`` is
        unknown, or ``t`` has another length.

    Examples
    --------
    >>> fig, ax = panels()
    >>> line(ax, [0, 1, 2], [1, 4, 9], symbol="y") is ax
    True
    >>> plt.close(fig)
    """
    values, colour = real_signal(values, "values"), _colour(symbol)
    if len(t) != len(values):
        raise ValueError(
            f"t and values must have one length, got {len(t)} and {len(values)}. "
            "Give one time per sample."
        )
    if values.min() < 0 < values.max():
        ax.axhline(0, color="black", linewidth=0.9, zorder=1.5)
    look = {"color": colour, **STYLES[symbol], **kwargs}
    ax.plot(t, values, label=label, **look)
    if label:
        ax.legend(loc="best")
    return ax


def image(ax, array, title="", signed=False, limit=None):
    """Draw an image without axes; small ones with their numbers.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    array : (H, W) or (H, W, 3) array_like
        ``uint8`` runs from black 0 to white 255; other grey arrays from their
        smallest to their largest value.
    title : str
        Written above the picture.
    signed : bool
        Zero is white, negative orange, positive blue, both ends equally far, with a
        scale beside the picture.
    limit : float, optional
        Of a signed picture: where the colours end. Values beyond it look like it, and
        the scale says so with arrows. Default: the largest magnitude.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If ``array`` has another number of axes, or is empty, or ``limit`` is not
        above 0.

    Examples
    --------
    >>> fig, ax = panels()
    >>> image(ax, [[0, -1], [2, 0]], "response", signed=True) is ax
    True
    >>> plt.close(fig)
    """
    array = np.asarray(array)
    if array.size == 0 or not (array.ndim == 2 or array.shape[2:] == (3,)):
        raise ValueError(
            f"array must be (H, W) or (H, W, 3), got shape {array.shape}. "
            "Take one image of a batch, or one channel of a feature map."
        )
    if limit is not None and not limit > 0:
        raise ValueError(f"limit must be a number above 0, got {limit!r}.")
    if signed:
        largest = float(np.abs(array).max()) or 1.0
        end = largest if limit is None else limit
        drawn = ax.imshow(array, cmap=SIGNED, vmin=-end, vmax=end)
        beyond = "both" if end < largest else "neither"
        ax.figure.colorbar(drawn, ax=ax, shrink=0.8, extend=beyond)
    elif array.dtype == np.uint8:
        ax.imshow(array, vmin=0, vmax=255)
    else:
        ax.imshow(array)
    if array.ndim == 2 and array.size <= 150:
        for (row, col), value in np.ndenumerate(array):
            box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.8}
            ax.text(col, row, f"{value:g}", ha="center", va="center", bbox=box)
    ax.set(title=title, xticks=[], yticks=[], frame_on=False)
    ax.grid(False)
    return ax


def stack(*rows, t=None, xlabel="n", height=1.5, sharex=True):
    """Draw signals below each other on one axis of time.

    Parameters
    ----------
    *rows : dict of str to array_like
        One axis each. A row holds what is drawn into it: label and samples, or label
        and ``(t, samples)``. A label begins with its symbol: "x, the clap". Of "true,
        uncut" and "error, causal" only the second part is shown. Up to 40 samples
        are drawn as stems, up to 16 with their values, more as a line.
    t : (N,) array_like, optional
        Times of all signals that bring none; else their indices.
    xlabel : str
        Text under the lowest axis.
    height : float
        Height of one row, inches.
    sharex : bool
        False gives each row its own axis of time.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError, ValueError
        If a label does not begin with a symbol, or samples cannot be drawn.

    Examples
    --------
    >>> fig = stack({"x, a click": [1, 0, 0]}, {"w": [2, 1]})
    >>> len(fig.axes)
    2
    >>> plt.close(fig)
    """
    fig, axes = panels(len(rows), height=height, sharex=sharex)
    for ax, row in zip(np.atleast_1d(axes), rows, strict=True):
        for label, values in row.items():
            times, values = values if isinstance(values, tuple) else (t, values)
            values = real_signal(values, label)
            times = np.arange(len(values)) if times is None else times
            symbol, _, text = label.partition(", ")
            if symbol in ("true", "error"):  # a look, not a symbol of the formulas
                label = text or label
            if len(values) <= 40:
                stems(ax, values, times[0], symbol, label, len(values) <= 16)
            else:
                alone = {"linestyle": "-", "linewidth": 1.2} if len(row) == 1 else {}
                line(ax, times, values, symbol, label, **alone)
        # above the axis: a legend must not lie on the data
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderpad=0)
        if len(values) > 40:  # years in whole numbers, where they fit
            ax.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
    ax.set_xlabel(xlabel)
    return fig


def number(ax, place, value, at=None, gap=7):
    """Write a value above its mark, or below it when it is negative.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    place : float
        Horizontal position.
    value : float
        What is written, with four digits.
    at : float, optional
        Vertical position, where it is not the value.
    gap : float
        Distance from there, points.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> fig, ax = panels()
    >>> number(ax, 0, -1 / 3).texts[0].get_text()
    '-0.3333'
    >>> plt.close(fig)
    """
    side = 1 if value >= 0 else -1
    ax.annotate(
        f"{value:.4g}",
        (place, value if at is None else at),
        xytext=(0, gap * side),
        textcoords="offset points",
        ha="center",
        va="bottom" if side > 0 else "top",
        fontsize=9,
    )
    return ax


def real_signal(values, name):
    """Return a real 1-D array, or say what came instead.

    Parameters
    ----------
    values : (N,) array_like
    name : str
        The argument's name, for the message.

    Returns
    -------
    (N,) ndarray of float

    Raises
    ------
    TypeError, ValueError
        If ``values`` is not a non-empty 1-D sequence of real numbers.

    Examples
    --------
    >>> real_signal([True, 2], "x")
    array([1., 2.])
    """
    values = np.asarray(values)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(
            f"{name} must be a 1-D sequence with at least one sample, "
            f"got shape {values.shape}. Take one row, or use .ravel()."
        )
    if values.dtype.kind not in "buif":
        raise TypeError(
            f"{name} must hold real numbers, got dtype {values.dtype}. "
            "Draw .real, .imag or abs() of complex numbers."
        )
    return values.astype(float)


def _sentence(alt):
    """Return the alternative text, or say that one is missing."""
    if not isinstance(alt, str):
        raise TypeError(
            f"alt must be a text, got {type(alt).__name__}. "
            "Say in one sentence what is to be seen."
        )
    if not alt.strip():
        raise ValueError("alt is empty. Say in one sentence what is to be seen.")
    return alt.strip()


def _colour(symbol):
    """Return the symbol's colour, or name the symbols there are."""
    if symbol not in COLOURS:
        raise ValueError(f"symbol must be one of {[*COLOURS]}, got {symbol!r}.")
    return COLOURS[symbol]


setup()
