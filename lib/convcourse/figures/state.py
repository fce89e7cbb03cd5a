"""The fields of a figure's state: each knows its range, in Python and in the page.

A state is a frozen dataclass whose fields are made by the functions below. Each field
checks what it is given and says what would do; the same ranges go to the page as data
(:func:`spec`), where the module checks what a hand types.
"""

from dataclasses import field, fields
from numbers import Integral, Real

__all__ = ["choice", "checked", "matrix", "number", "series", "spec", "switch", "whole"]


def whole(default, low, high):
    """Make a field for a whole number from ``low`` to ``high``.

    Parameters
    ----------
    default, low, high : int

    Returns
    -------
    dataclasses.Field
    """
    return _field("whole", default, low=low, high=high)


def number(default, low, high):
    """Make a field for a number from ``low`` to ``high``.

    Parameters
    ----------
    default, low, high : float

    Returns
    -------
    dataclasses.Field
    """
    return _field("number", default, low=low, high=high)


def choice(default, *others):
    """Make a field for one of several words; the first one is the default.

    Parameters
    ----------
    default, *others : str

    Returns
    -------
    dataclasses.Field
    """
    return _field("choice", default, options=[default, *others])


def switch(default):
    """Make a field that is on or off.

    Parameters
    ----------
    default : bool

    Returns
    -------
    dataclasses.Field
    """
    return _field("switch", default)


def series(default, lengths, low=-99, high=99):
    """Make a field for a short list of numbers.

    Parameters
    ----------
    default : sequence of float
    lengths : (int, int)
        Fewest and most numbers.
    low, high : float
        Range of each number.

    Returns
    -------
    dataclasses.Field
    """
    return _field("series", tuple(default), lengths=list(lengths), low=low, high=high)


def matrix(default, rows, columns, low=-99, high=99):
    """Make a field for a small table of numbers.

    Parameters
    ----------
    default : sequence of sequences of float
    rows, columns : (int, int)
        Fewest and most rows, fewest and most columns.
    low, high : float
        Range of each number.

    Returns
    -------
    dataclasses.Field
    """
    table = tuple(tuple(row) for row in default)
    sizes = {"rows": list(rows), "columns": list(columns)}
    return _field("matrix", table, **sizes, low=low, high=high)


def spec(cls):
    """Return the ranges of all state fields of a class, for the page.

    Parameters
    ----------
    cls : dataclass, or an instance of one

    Returns
    -------
    dict of str to dict
        ``{"n": {"kind": "whole", "low": 0, "high": 17}, ...}``
    """
    marked = [f for f in fields(cls) if "kind" in f.metadata]
    return {f.name: dict(f.metadata) for f in marked}


def checked(name, value, kind, **limits):
    """Return a value as its field holds it, or say what is wrong with it.

    Parameters
    ----------
    name : str
        Of the field, for the message.
    value : object
    kind : str
        "whole", "number", "choice", "switch", "series" or "matrix".
    **limits
        As in :func:`spec`.

    Returns
    -------
    int, float, str, bool or tuple

    Raises
    ------
    TypeError, ValueError
        If the value is no such thing, or lies out of range.

    Examples
    --------
    >>> checked("n", 3.0, "whole", low=0, high=5)
    3
    >>> checked("x", [1, 2.5], "series", lengths=[1, 3], low=-9, high=9)
    (1, 2.5)
    >>> checked("n", 9, "whole", low=0, high=5)
    Traceback (most recent call last):
    ValueError: n must be a whole number from 0 to 5, got 9.
    """
    return _KINDS[kind](name, value, **limits)


def _field(kind, default, **limits):
    """Make a dataclass field that carries its range."""
    return field(default=default, metadata={"kind": kind, **limits})


def _plain(name, value, low, high, word="a number"):
    """Return a Python number; a float that is whole as an int, as JSON has it."""
    text = f"{name} must be {word} from {low} to {high}, got {value!r}."
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(text)
    if not low <= value <= high:  # also refuses nan
        raise ValueError(text)
    return int(value) if value == int(value) else float(value)


def _whole(name, value, low, high):
    """Return a whole number in its range."""
    plain = _plain(name, value, low, high, "a whole number")
    if not isinstance(plain, Integral):
        raise ValueError(
            f"{name} must be a whole number from {low} to {high}, got {value!r}."
        )
    return plain


def _choice(name, value, options):
    """Return one of the options."""
    if value not in options:
        raise ValueError(f"{name} must be one of {options}, got {value!r}.")
    return str(value)


def _switch(name, value):
    """Return True or False."""
    if value not in (True, False):
        raise TypeError(f"{name} must be True or False, got {value!r}.")
    return bool(value)


def _sequence(name, value, lengths, things):
    """Return the items of something as long as the field allows."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name} must be a list of {things}, got {value!r}.")
    items = list(value)
    fewest, most = lengths
    if not fewest <= len(items) <= most:
        raise ValueError(
            f"{name} must have {fewest} to {most} {things}, got {len(items)}."
        )
    return items


def _series(name, value, lengths, low, high):
    """Return a tuple of numbers."""
    items = _sequence(name, value, lengths, "numbers")
    return tuple(_plain(f"{name}[{i}]", v, low, high) for i, v in enumerate(items))


def _matrix(name, value, rows, columns, low, high):
    """Return a tuple of rows of one length."""
    table = tuple(
        _series(f"{name}[{i}]", row, columns, low, high)
        for i, row in enumerate(_sequence(name, value, rows, "rows"))
    )
    if len({len(row) for row in table}) != 1:
        raise ValueError(
            f"{name} must have rows of one length, got {[len(r) for r in table]}."
        )
    return table


_KINDS = {
    "whole": _whole,
    "number": _plain,
    "choice": _choice,
    "switch": _switch,
    "series": _series,
    "matrix": _matrix,
}
