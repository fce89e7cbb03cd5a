"""Turn what a caller passed into what the formulas need, or say what is wrong.

Every message names the argument, what came, and what would do.
"""

import operator

import numpy as np


def as_numbers(name, value):
    """Return `value` as an array of bool, int, float or complex numbers."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(
            f"{name} is a masked array, and a sum over masked samples has no meaning. "
            "Use .filled(0), or .compressed() to leave them out."
        )
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name} must be a regular array: rows of unequal length came. "
            "Make all rows equally long."
        ) from error
    if array.dtype.kind not in "biufc":
        raise TypeError(
            f"{name} must hold numbers (bool, int, float or complex), "
            f"got dtype {array.dtype}. Convert it first, e.g. with .astype(float)."
        )
    return array


def as_signal(name, value):
    """Return `value` as a 1-D array with at least one number."""
    array = as_numbers(name, value)
    if array.ndim != 1:
        raise ValueError(
            f"{name} must be 1-D, got shape {array.shape}. "
            "Pass one row, or use .ravel() to flatten it."
        )
    if array.size == 0:
        raise ValueError(f"{name} is empty. Pass at least one number.")
    return array


def as_image(name, value):
    """Return `value` as a 2-D array with at least one number."""
    array = as_numbers(name, value)
    if array.ndim != 2:
        raise ValueError(
            f"{name} must be 2-D (rows, columns), got shape {array.shape}. "
            "Pass one grey-level image, or one channel such as x[..., 0]."
        )
    if array.size == 0:
        raise ValueError(
            f"{name} is empty, shape {array.shape}. Pass at least one number."
        )
    return array


def as_pair(name, value, least, remedy):
    """Return (rows, columns) from one integer or two, each at least `least`."""
    if np.ndim(value) == 0:
        return (as_integer(name, value, least, remedy),) * 2
    if np.ndim(value) != 1 or len(value) != 2:
        raise ValueError(
            f"{name} must be one integer or a pair (rows, columns), got {value!r}. "
            f"{remedy}"
        )
    rows, columns = value
    return (
        as_integer(name, rows, least, remedy),
        as_integer(name, columns, least, remedy),
    )


def as_integer(name, value, least, remedy):
    """Return `value` as a Python int that is at least `least`."""
    problem = f"{name} must be an integer >= {least}, got {value!r}. {remedy}"
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(problem)
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(problem) from None
    if number < least:
        raise ValueError(problem)
    return number


def as_choice(name, value, choices, other_names):
    """Return `value` if it is one of `choices`; else say which name would do."""
    if isinstance(value, str) and value in choices:
        return value
    listed = ", ".join(repr(choice) for choice in choices)
    hint = other_names.get(value.lower(), "") if isinstance(value, str) else ""
    raise ValueError(f"{name} must be one of {listed}; got {value!r}. {hint}".strip())
