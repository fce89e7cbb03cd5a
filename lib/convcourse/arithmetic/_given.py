"""Turn what a caller passed into integers, or say what is wrong.

Every message names the argument, what came, and what would do.
"""

import operator


def integer(name, value, least, remedy):
    """Return `value` as a Python int that is at least `least`."""
    problem = f"{name} must be an integer >= {least}, got {value!r}. {remedy}"
    if type(value).__name__ in ("bool", "bool_"):  # True is no number of pixels
        raise TypeError(problem)
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(problem) from None
    if number < least:
        raise ValueError(problem)
    return number


def length(name, value):
    """Return a number of samples, at least 1."""
    return integer(name, value, 1, "It counts samples along one axis.")


def window(kernel, stride, dilation):
    """Return kernel, stride and dilation as integers from 1 on."""
    return (
        integer("kernel", kernel, 1, "It counts the weights along one axis."),
        integer("stride", stride, 1, "Use stride=1 to keep every output."),
        integer("dilation", dilation, 1, "Use dilation=1 for no gaps."),
    )


def choice(name, value, choices):
    """Return `value` if it is one of `choices`."""
    if isinstance(value, str) and value in choices:
        return value
    listed = ", ".join(repr(choice) for choice in choices)
    raise ValueError(f"{name} must be one of {listed}; got {value!r}.")


def per_axis(name, value, axes):
    """Return `value` as a tuple with one entry per axis; one value serves all."""
    if not isinstance(value, (tuple, list)):
        return (value,) * axes
    if len(value) != axes:
        raise ValueError(
            f"{name} must be one value, or one per axis ({axes}), got {value!r}."
        )
    return tuple(value)


def shape(name, value):
    """Return `value` as a tuple of integers: sizes of the axes, then channels."""
    if not isinstance(value, (tuple, list)) or not value:
        raise TypeError(
            f"{name} must be a tuple such as (224, 224, 3), without the batch, "
            f"got {value!r}."
        )
    remedy = "Leave out the batch, and give every size: (224, 224, 3)."
    return tuple(integer(name, size, 1, remedy) for size in value)
