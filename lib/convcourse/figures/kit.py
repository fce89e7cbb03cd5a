"""The kit: how the module-drawn figures of this course are made, and how to add one.

A figure is five things, and each is a plain function of the first:

===========  ==========================================================================
state        flat, JSON: the fields of a frozen dataclass, made by ``state.whole``,
             ``number``, ``choice``, ``switch``, ``series``, ``matrix`` (with ranges)
trace        ``trace()`` computes with NumPy every term of every sum; a dict
picture      ``picture()`` draws the state with ``plots``; a matplotlib figure
sentence     ``describe()`` says what is to be seen, with its numbers: alt text,
             text/plain, what a screen reader speaks
module       ``js/<name>.mjs`` draws the state in the page and lets hands move it
===========  ==========================================================================

The maths exists twice, in ``trace()`` and in the module's ``trace(state, data)``; a test
holds them together on random states (``tests/figures_js.py`` runs modules in quickjs).
``sentence(state, trace)`` of the module must give exactly ``describe()``.

**To add a figure** (``flip_slide.py`` and ``js/flip_slide.mjs`` are the pattern):

1. ``lib/convcourse/figures/my_figure.py``::

       @dataclass(frozen=True, eq=False, repr=False)
       class MyFigure(kit.Figure):
           n: int = state.whole(2, 1, 9)

           def check(self): ...     # what two fields must fulfil together: raise ValueError
           def data(self): ...      # optional: what never changes, e.g. an image; a dict
           def trace(self): ...     # dict of numbers, lists, arrays
           def picture(self): ...   # end with: return fig
           def describe(self): ...  # one or two sentences; numbers through `words`

       def my_figure(n=2, size="text"):   # numpydoc docstring; what notebooks call
           return MyFigure(n=n, size=size)

   The class name in snake case names the module. Export the function in ``__init__``.
2. ``js/my_figure.mjs``: ``import`` what you need from ``./core.mjs`` (maths, words) and
   ``./kit.mjs`` (controls; its head lists them), and end with
   ``export default figure({ settle, trace, sentence, table, view })``. Nothing may touch
   ``document`` before ``view`` runs. Core, kit and figure become one import-free module
   in the page (:func:`module`); imports must be named imports, exports declarations,
   and no line of a template literal may begin with ``//`` or ``/*``. A new field kind
   goes into ``state.py`` and, as a check of what is typed, into ``complaint`` of
   ``core.mjs``; maths or a control that a second figure needs, into core or kit.
3. A row in ``tests/test_figures_browser.py`` (keys to press, state to expect), random
   states in ``tests/test_figures_my_figure.py`` through ``tests/figures_js.py``.

**Display.** As the value of a cell a figure is text/html + image/png + text/plain. The
html holds its module and data, so it is live in JupyterLab, saved HTML, slides and the
book, with no kernel and no network; where scripts do not run its picture stays. With
``CONVCOURSE_STATIC=1`` only picture and text are there (committed notebooks).
``figure.widget()`` is the same module as an ipywidget: one trait per field.

Measured, and why: a module answers a key in 6 to 12 ms, a kernel in 30 ms at best; stored
ipywidgets show nothing where there is no kernel. A shadow root keeps the styles of
JupyterLab, reveal.js and Sphinx out, and makes ids unable to clash.
"""

import base64
import functools
import html
import io
import json
import os
import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from convcourse import plots
from convcourse.figures import state as states

__all__ = ["Figure", "module", "plain", "restore"]

_SCRIPTS = Path(__file__).parent / "js"
_SIZES = ("text", "lecture")
_PAGE = """\
<div class="convcourse-figure" data-figure="{name}" data-size="{size}"\
><img alt="{alt}" src="{picture}" \
style="max-width:100%"></div>
<script>(() => {{
const el = document.currentScript.previousElementSibling;
const url = URL.createObjectURL(new Blob([{source}], {{type: "text/javascript"}}));
import(url).then(m => m.default.show(el, {payload}))
.catch(e => console.error(e)).finally(() => URL.revokeObjectURL(url));
}})()</script>"""


@dataclass(frozen=True, eq=False)
class Figure:
    """A state with its trace, picture, sentence and module. Subclass it; see above.

    Parameters
    ----------
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large, for a screen of 1280 by 720.

    Raises
    ------
    TypeError, ValueError
        If a field is out of range; the message names it.
    """

    size: str = field(default="text", kw_only=True)

    def __post_init__(self):
        states.checked("size", self.size, "choice", options=list(_SIZES))
        for name, limits in states.spec(self).items():
            value = states.checked(name, getattr(self, name), **limits)
            object.__setattr__(self, name, value)  # as JSON will have it
        self.check()

    # -- what a figure brings ----------------------------------------------------------
    def check(self):
        """Raise ValueError where two fields do not fit each other."""

    def data(self):
        """Return what the module needs besides the state (dict, JSON)."""
        return {}

    def trace(self):
        """Return every number of the figure (dict of numbers, lists, arrays)."""
        raise NotImplementedError

    def picture(self):
        """Draw the state (matplotlib figure)."""
        raise NotImplementedError

    def describe(self):
        """Say what is to be seen, with its numbers (str)."""
        raise NotImplementedError

    # -- what every figure can ---------------------------------------------------------
    @classmethod
    def name(cls):
        """Return the module's name: the class name in snake case (str)."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @property
    def state(self):
        """The state as the page has it (dict of JSON values)."""
        return {name: plain(getattr(self, name)) for name in states.spec(self)}

    def set(self, **changes):
        """Return the same figure in another state.

        Parameters
        ----------
        **changes
            New values by name of the field.

        Returns
        -------
        Figure

        Raises
        ------
        TypeError, ValueError
            If there is no such field, or the value does not fit.
        """
        known = [f.name for f in fields(self)]
        for name in changes:
            if name not in known:
                raise TypeError(f"no field {name!r}; there are {known}.")
        return replace(self, **changes)

    @property
    def png(self):
        """The static picture (bytes of a PNG)."""
        fig = self.picture()
        try:
            return plots.png(fig)
        finally:
            plt.close(fig)

    def html(self):
        """Return the live figure as a piece of HTML that needs nothing else (str)."""
        size = os.environ.get("CONVCOURSE_SIZE", self.size)  # course.py lecture sets it
        payload = {
            "state": self.state,
            "spec": states.spec(self),
            "data": self.data(),
            "size": size,
        }
        return _PAGE.format(
            name=self.name(),
            size=size,
            alt=html.escape(self.describe(), quote=True),
            picture=_small(self.png),
            source=_in_script(module(self.name())),
            payload=_in_script(payload),
        )

    def recipe(self):
        """Return what `restore` needs to make this figure again (dict, JSON), or None.

        It is kept beside a stored picture: so the book brings a figure to life without
        running the notebook. None is for a figure that holds a reader's own data.
        """
        return {"figure": self.name(), "state": self.state}

    @classmethod
    def remake(cls, state, size):
        """Return the figure of a recipe's state; see `restore`."""
        return cls(**state, size=size)

    def widget(self):
        """Return the figure as an ipywidget whose traits are the fields of its state.

        Returns
        -------
        anywidget.AnyWidget
            ``widget.n`` reads, ``widget.n = 3`` sets, ``widget.observe(f, "n")`` calls
            ``f`` after a hand moved it; ``ipywidgets.link`` joins it to other
            controls. ``widget.figure`` is the :class:`Figure` of the present state.

        Examples
        --------
        >>> from convcourse import figures
        >>> widget = figures.flip_slide([3, 1, 4], [2, -1]).widget()
        >>> widget.n = 2
        >>> widget.figure.describe()
        'y[2] = 1·(−1) + 4·2 = 7. The kernel lies flipped over samples 1 to 2 of x.'
        """
        from convcourse.figures.widget import widget  # anywidget loads only here

        return widget(self)

    def __repr__(self):
        return self.describe()

    def _repr_mimebundle_(self, include=None, exclude=None):
        alt = self.describe()
        png = base64.b64encode(self.png).decode("ascii")
        data = {"text/plain": alt, "image/png": png}
        if os.environ.get("CONVCOURSE_STATIC") != "1":
            data["text/html"] = self.html()
        return data, {"image/png": {"alt": alt}, "convcourse": self.recipe()}


def plain(value):
    """Return NumPy arrays and tuples as lists, NumPy numbers as Python's: for JSON.

    Parameters
    ----------
    value : object
        Nested dicts, lists, tuples, arrays and numbers.

    Returns
    -------
    object

    Examples
    --------
    >>> plain({"y": np.array([1.5, 2]), "size": (1, np.int64(2))})
    {'y': [1.5, 2.0], 'size': [1, 2]}
    """
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return [plain(v) for v in value] if isinstance(value, list | tuple) else value


def restore(recipe, size="text"):
    """Make a figure of the course again.

    Parameters
    ----------
    recipe : dict
        From `Figure.recipe`.
    size : {"text", "lecture"}
        As for the figure's own function.

    Returns
    -------
    Figure

    Examples
    --------
    >>> from convcourse import figures
    >>> figure = figures.flip_slide([3, 1, 4], [2, -1], n=2)
    >>> str(restore(figure.recipe())) == str(figure)
    True
    """
    kinds = {kind.name(): kind for kind in Figure.__subclasses__()}
    return kinds[recipe["figure"]].remake(recipe["state"], size)


@functools.cache
def module(name):
    """Return core, kit and figure as one JavaScript module without imports.

    Parameters
    ----------
    name : str
        Of the figure: ``js/<name>.mjs``.

    Returns
    -------
    str
        Ends with ``export default``: what anywidget and the page import. Comments and
        indentation stay in the sources.

    Examples
    --------
    >>> text = module("flip_slide")
    >>> "import " in text, text.count("export ")
    (False, 1)
    """
    core, kit, own = (
        (_SCRIPTS / f"{part}.mjs").read_text(encoding="utf-8")
        for part in ("core", "kit", name)
    )
    # a scope of its own: a figure's names cannot clash with those of core and kit
    own = own.replace("export default ", "return ")
    text = f"{core}\n{kit}\nexport default (() => {{\n{own}\n}})();\n"
    text = re.sub(r"^import\s*\{[^}]*\}\s*from\s*\"[^\"]*\";\n", "", text, flags=re.M)
    text = re.sub(r"^export (?!default)", "", text, flags=re.M)
    text = re.sub(r"^\s*/\*.*?\*/\s*\n", "", text, flags=re.M | re.S)
    text = re.sub(r"^\s*//.*\n", "", text, flags=re.M)
    return re.sub(r"^\s+", "", text, flags=re.M)


def _in_script(thing):
    """Write a value as JavaScript that cannot end the script element around it."""
    text = json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
    for bad, good in (("</", "<\\/"), ("<!--", "<\\!--"), ("\u2028", "\\u2028")):
        text = text.replace(bad, good)
    return text


def _small(png):
    """Return a picture for the page: PNG in 64 colours, or JPEG where that is smaller."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    few, many = io.BytesIO(), io.BytesIO()
    picture.quantize(64, dither=0).save(few, "PNG", optimize=True)
    picture.save(many, "JPEG", quality=60)
    kind, out = min(("png", few), ("jpeg", many), key=lambda p: p[1].tell())
    text = base64.b64encode(out.getvalue()).decode("ascii")
    return f"data:image/{kind};base64,{text}"
