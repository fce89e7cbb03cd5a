"""Put sliders on a function that draws.

One picture widget is redrawn in place: no ``Output`` widget, so nothing flickers, and
one fixed size, so nothing jumps. With ``CONVCOURSE_STATIC=1`` in the environment only
the picture of the first values is shown: that is what the committed notebooks hold.
"""

import html
import inspect
import os
import textwrap
import traceback
from numbers import Integral, Real

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from convcourse import plots
from convcourse.figures import rapid

__all__ = ["Live", "live"]

# JupyterLab cuts a cell on "x", also while a slider has the focus, and selects every
# cell on Ctrl+A: such keys end at our box. Tab and others with Ctrl, Alt or Cmd go on.
# The handles of sliders get the name that ipywidgets writes only beside them.
_KEEP_KEYS = """<script>(() => {
  if (window.convcourseKeys) return;
  window.convcourseKeys = true;
  const keep = e => {
    const control = e.ctrlKey || e.metaKey, key = e.key.toLowerCase();
    const edits = control && "acvxyz".includes(key);
    if (e.altKey || key === "tab" || control && !edits) return;
    e.stopPropagation();
    if (edits && key === "a" && !e.target.isContentEditable
      && !/^(text|number)$/.test(e.target.type)) e.preventDefault();
  };
  const name = () => {
    const handles = ".convcourse-live .noUi-handle:not([data-named])";
    for (const handle of document.querySelectorAll(handles)) {
      const label = handle.closest(".widget-slider")?.querySelector(".widget-label");
      if (!label?.textContent) continue;
      handle.setAttribute("aria-label", label.textContent);
      handle.dataset.named = "";
    }
  };
  name();
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("focusin", e => {
    const box = e.target.closest(".convcourse-live");
    if (box) box.addEventListener("keydown", keep);
  });
})();</script>"""
_LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# what they refuse is a fault of the drawing function, whatever the controls say
_DRAWS = (os.path.join(_LIBRARY, "figures"), os.path.join(_LIBRARY, "plots"))


def live(draw, **controls):
    """Put a control on each parameter of ``draw`` and redraw when it moves.

    Parameters
    ----------
    draw : callable
        ``draw(**values)`` returns a picture, or a picture and a sentence that says
        what is to be seen: ``return fig, f"Smoothed over {width} weeks."`` A picture
        is a matplotlib figure, an array (H, W) or (H, W, 3), a Pillow image, or the
        text of an SVG. Arrays and SVG answer in a third of a figure's time.
    **controls
        One per parameter that moves: ``(low, high)`` or ``(low, high, step)`` for a
        slider (whole numbers if all are), a list of options for a menu, True or
        False for a tick box, or an ipywidgets control. It starts at the parameter's
        default if there is one, else at its low end or first option.

    Returns
    -------
    Live
        Shown when it ends a cell. ``.values`` reads, ``.set(name=value)`` moves.

    Raises
    ------
    TypeError, ValueError
        If a control is none of these, or does not belong to ``draw``; the message
        names the control.

    Notes
    -----
    What ``draw`` raises is written into the picture, and is gone with the next value
    that works. A ValueError of the course's functions is taken for a setting that
    cannot be, if another setting worked before. With ``CONVCOURSE_STATIC=1`` an error
    at the first values is raised, so that no notebook stores it. ``draw`` looks up the
    functions that it calls when it is called: edit one of them, run its cell, and move
    the slider.

    Examples
    --------
    >>> def draw(width=3):
    ...     fig, ax = plots.panels()
    ...     plots.stems(ax, [1] * width)
    ...     return fig, f"{width} equal samples."
    >>> figure = live(draw, width=(1, 9))
    >>> figure.values
    {'width': 3}
    >>> figure.set(width=5)
    >>> figure
    live figure draw(width=5): 5 equal samples.
    """
    if not callable(draw):
        raise TypeError(f"draw must be a function, got {type(draw).__name__}.")
    if not controls:
        raise TypeError("live needs a control, for example live(draw, width=(1, 9)).")
    defaults = _defaults(draw, controls)
    widgets = {
        name: _control(name, given, defaults.get(name))
        for name, given in controls.items()
    }
    return Live(draw, widgets)


class Live:
    """A picture with its controls. Made by :func:`live`.

    Parameters
    ----------
    draw : callable
        Draws the picture from the controls' values.
    controls : dict of str to ipywidgets control
        One control per parameter.
    """

    def __init__(self, draw, controls):
        self._draw, self._inches, self._held = draw, None, False
        self.controls = controls
        self._picture = ipywidgets.Image(format="png")
        self._drawing = ipywidgets.HTML()  # stands in its place for an SVG
        self._size = self._svg = None
        self._worked = False  # no setting was drawn yet
        self._picture.layout.max_width = "100%"
        self._picture.layout.align_self = "flex-start"  # not stretched, so not blurred
        # no tooltip: ipywidgets 8.1.9 then fails to show the picture
        self._caption = ipywidgets.HTML()
        self._caption.layout.min_height = "3em"  # short sentences do not pull
        self._box = ipywidgets.VBox([*controls.values(), self._picture, self._caption])
        self._box.add_class("convcourse-live")
        self._redraw()
        for control in controls.values():
            control.observe(self._redraw, names="value")

    @property
    def values(self):
        """The value of every control, by name (dict)."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def png(self):
        """The picture as it is now (bytes of a PNG; of an SVG, its text)."""
        if self._svg is not None:
            return self._svg.encode()
        return bytes(self._picture.value)

    @property
    def alt(self):
        """The sentence that says what is to be seen (str)."""
        return self._alt

    def set(self, **values):
        """Move controls, and redraw once.

        Parameters
        ----------
        **values
            New value by name of the control.

        Raises
        ------
        ValueError
            If there is no such control, or the value lies outside it; then nothing
            moves.
        """
        for name, value in values.items():
            if name not in self.controls:
                raise ValueError(f"no control {name!r}; there are {[*self.controls]}.")
            _within(name, value, self.controls[name])
        self._held = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._held = False
        self._redraw()

    def _redraw(self, change=None):
        """Call ``draw`` and put its picture, or its error, in place."""
        if self._held:
            return
        before = set(plt.get_fignums())
        try:
            result, alt = _parts(self._draw(**self.values), before)
            self._show(result, alt or f"Drawn by {self._call()}.")
            self._worked = True
        except Exception as error:  # the reader's own code: anything may come
            if change is None and not self._worked and _is_static():
                raise
            self._show_error(error)
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)
        # a screen reader speaks the new sentence
        self._caption.value = f'<div role="status">{html.escape(self._alt)}</div>'

    def _show_error(self, error):
        """Put in place why there is no picture, and what would do."""
        if self._worked and _refuses_setting(error):
            head, text = "No picture for this setting:", str(error)
            self._show(_page(head, text, "Move a control."), f"{head} {text}")
            return
        head, text = f"{self._call()} stopped", _explain(error)
        advice = "Mend the function, run its cell, and move a control."
        self._show(_page(f"{head}:", text, advice), f"{head}. {text}")

    def _show(self, result, alt):
        """Put a figure, a Pillow image or an SVG in place."""
        svg = result if isinstance(result, str) else None
        if svg is not None:
            spoken = html.escape(alt, quote=True)
            self._drawing.value = f'<div role="img" aria-label="{spoken}">{svg}</div>'
        elif isinstance(result, Figure):
            self._fit(result)
            self._picture.value = plots.png(result)
        else:
            self._picture.value = rapid.png(result, self._size)
            self._size = tuple(map(max, self._size or (1, 1), result.size))
        self._alt, self._svg = alt, svg
        surface = self._picture if svg is None else self._drawing
        if surface not in self._box.children:
            self._box.children = [*self.controls.values(), surface, self._caption]

    def _fit(self, fig):
        """Give every picture the size of the first one."""
        if self._inches is None:
            self._inches = tuple(fig.get_size_inches())
        fig.set_size_inches(self._inches)

    def _call(self):
        """Write the call of ``draw`` as the reader would."""
        name = getattr(self._draw, "__name__", "draw")
        return f"{name}({', '.join(f'{k}={v!r}' for k, v in self.values.items())})"

    def __repr__(self):
        return f"live figure {self._call()}: {self._alt}"

    def _ipython_display_(self):
        view, shown = "application/vnd.jupyter.widget-view+json", {}
        if not _is_static():
            shown[view] = self._box._repr_mimebundle_()[view]
        # the picture goes along for viewers that have no widgets
        if self._svg is None:
            plots.publish(self.png, self.alt, **shown)
        else:
            data = {"text/plain": self.alt, "image/svg+xml": self._svg, **shown}
            display(data, raw=True)
        if not shown:
            return
        display(HTML(_KEEP_KEYS))


def _defaults(draw, controls):
    """Return the defaults of ``draw``; refuse controls that do not fit it."""
    parameters = inspect.signature(draw).parameters.values()
    name = getattr(draw, "__name__", "draw")
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters)
    for control in controls:
        if not takes_all and control not in [p.name for p in parameters]:
            raise TypeError(
                f"{name} has no parameter {control!r}, it has "
                f"{[p.name for p in parameters]}. Name the control like a parameter."
            )
    for p in parameters:
        named = p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        if named and p.default is p.empty and p.name not in controls:
            raise TypeError(f"{name} needs {p.name!r}: give it a control or a default.")
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _control(name, given, default):
    """Make one control of what was given for the parameter ``name``."""
    look = {"description": name.replace("_", " "), "layout": {"width": "28em"}}
    look["style"] = {"description_width": "initial"}
    if isinstance(given, ipywidgets.ValueWidget):
        return given
    if isinstance(given, bool):
        return ipywidgets.Checkbox(given, indent=False, **look)
    if isinstance(given, list) and given:
        menu = ipywidgets.Dropdown(options=given, **look)
        if default is not None:
            menu.value = _within(name, default, menu)
        return menu
    if isinstance(given, tuple) and len(given) in (2, 3):
        return _slider(name, given, default, look)
    raise ValueError(
        f"{name} must be (low, high), (low, high, step), a list of options, True, "
        f"False or an ipywidgets control, got {given!r}."
    )


def _slider(name, given, default, look):
    """Make a slider from low, high and perhaps a step."""
    if not all(isinstance(v, Real) and not isinstance(v, bool) for v in given):
        raise ValueError(f"{name} must be (low, high, step) in numbers, got {given!r}.")
    low, high = given[:2]
    start = low if default is None else default
    whole = all(isinstance(v, Integral) for v in (*given, start))
    step = given[2] if len(given) == 3 else 1 if whole else (high - low) / 100
    if not (low < high and step > 0):
        raise ValueError(
            f"{name} must have low < high and step > 0, got {given!r}. "
            "Write for example (1, 9, 2)."
        )
    if whole:
        slider = ipywidgets.IntSlider(low, low, high, step, **look)
    else:
        decimals = min(6, len(f"{step:g}".partition(".")[2]))
        look["readout_format"] = f".{decimals}f"
        slider = ipywidgets.FloatSlider(low, min=low, max=high, step=step, **look)
    slider.value = _within(name, start, slider)
    return slider


def _within(name, value, control):
    """Return the value, or say what the control has instead."""
    options = getattr(control, "options", None)
    if options is not None:
        known = [o[1] if isinstance(o, tuple) else o for o in options]
        if value not in known:
            raise ValueError(f"{name} must be one of {known}, got {value!r}.")
    low, high = getattr(control, "min", None), getattr(control, "max", None)
    if low is not None:
        kind = Integral if isinstance(control, ipywidgets.IntSlider) else Real
        if not isinstance(value, kind) or not low <= value <= high:
            word = "a whole number" if kind is Integral else "a number"
            raise ValueError(
                f"{name} must be {word} from {low} to {high}, got {value!r}."
            )
    return value


def _parts(result, before):
    """Return the picture and the sentence in what ``draw`` returned."""
    alt = None
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], str):
        result, alt = result
    if isinstance(result, Axes):
        result = result.figure
    opened = set(plt.get_fignums()) - before
    if result is None and opened:  # "return fig" is easily forgotten
        result = plt.figure(max(opened))
    if isinstance(result, str) and result.lstrip().startswith("<svg"):
        return result, alt
    if isinstance(result, np.ndarray) or hasattr(result, "tobitmap"):  # array, Pillow
        return rapid.picture(result), alt
    if not isinstance(result, Figure):
        raise TypeError(
            f"the drawing function returned {type(result).__name__}. "
            "End it with: return fig (or an array, or the text of an SVG)"
        )
    return result, alt


def _explain(error):
    """Say what went wrong, and in which line of the reader's code."""
    text = f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)[1:]
    theirs = [f for f in frames if not _is_ours(f.filename) and f.line]
    if theirs:
        last = theirs[-1]
        text += f"\nin {last.name}, line {last.lineno}: {last.line}"
    return text


def _is_ours(filename):
    """Tell whether a file belongs to the course's library or an installed package."""
    return "site-packages" in filename or filename.startswith(_LIBRARY)


def _is_static():
    """Tell whether a notebook is run to be stored."""
    return os.environ.get("CONVCOURSE_STATIC") == "1"


def _refuses_setting(error):
    """Tell whether a function of the course, not one that draws, refused its values."""
    raised = traceback.extract_tb(error.__traceback__)[-1].filename
    ours = raised.startswith(_LIBRARY) and not raised.startswith(_DRAWS)
    return isinstance(error, ValueError) and ours


def _page(head, text, advice):
    """Write why there is no picture into a figure of the usual size."""
    fig = Figure()
    columns = int(fig.get_size_inches()[0] * 11)
    lines = [head, ""]
    for part in text.splitlines():
        lines += textwrap.wrap(part, columns, subsequent_indent="    ") or [""]
    lines += ["", advice]
    fig.text(
        0.02,
        0.95,
        "\n".join(lines),
        va="top",
        family="monospace",
        fontsize=10,
        parse_math=False,
        color="#A03000",
    )
    return fig
