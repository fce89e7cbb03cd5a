"""A figure as an ipywidget: the same module, one trait per field of the state."""

import functools
import os

import anywidget
import traitlets

from convcourse.figures import kit
from convcourse.figures import state as states

__all__ = ["FigureWidget", "widget"]

_TRAITS = {
    "whole": traitlets.Int,
    "number": traitlets.Float,
    "choice": traitlets.Unicode,
    "switch": traitlets.Bool,
    "series": traitlets.List,
    "matrix": traitlets.List,
}


class FigureWidget(anywidget.AnyWidget):
    """A live figure that Python reads, sets and observes. Made by ``Figure.widget``.

    A value that does not fit raises ``TraitError`` with the figure's own message, and
    nothing moves. Set several fields at once with :meth:`set`.
    """

    _spec = traitlets.Dict().tag(sync=True)
    _data = traitlets.Dict().tag(sync=True)
    _size = traitlets.Unicode().tag(sync=True)

    def __init__(self, figure):
        self._figure = figure
        super().__init__(
            _esm=kit.module(figure.name()),
            _spec=states.spec(figure),
            _data=figure.data(),
            _size=figure.size,
            **figure.state,
        )

    @property
    def figure(self):
        """The :class:`~convcourse.figures.kit.Figure` of the present state."""
        present = {name: getattr(self, name) for name in self._spec}
        return self._figure.set(**present)

    def set(self, **changes):
        """Set several fields of the state in one step.

        Parameters
        ----------
        **changes
            New values by name of the field.

        Raises
        ------
        TraitError
            If they do not fit together; then nothing moves.
        """
        try:
            fitting = self.figure.set(**changes)
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None
        with self.hold_trait_notifications():
            for name in changes:
                setattr(self, name, fitting.state[name])

    def _fits(self, proposal):
        """Check one new value together with the present others."""
        name = proposal["trait"].name
        if not self._spec:  # while the widget is made
            return proposal["value"]
        others = {other: getattr(self, other) for other in self._spec}
        try:
            fitting = self._figure.set(**{**others, name: proposal["value"]})
        except (TypeError, ValueError) as error:
            raise traitlets.TraitError(str(error)) from None
        return fitting.state[name]

    def __repr__(self):
        return f"widget: {self.figure.describe()}"

    def _repr_mimebundle_(self, **kwargs):
        if os.environ.get("CONVCOURSE_STATIC") == "1":
            return self.figure._repr_mimebundle_()
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": repr(self)}, metadata


@functools.cache
def _kind(cls):
    """Return the widget class of a figure class: its fields become traits."""
    members = {"__doc__": FigureWidget.__doc__}
    for name, limits in states.spec(cls).items():
        members[name] = _TRAITS[limits["kind"]]().tag(sync=True)
    check = traitlets.validate(*states.spec(cls))
    members["_check"] = check(lambda self, proposal: self._fits(proposal))
    return type(f"{cls.__name__}Widget", (FigureWidget,), members)


def widget(figure):
    """Return the widget of a figure.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    FigureWidget
    """
    return _kind(type(figure))(figure)
