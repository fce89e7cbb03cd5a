"""Activations: what turns sums into features. None overflows, float32 stays float32."""

import numpy as np

from convcourse.ops._validate import as_numbers


def relu(x):
    """Keep what is positive, put 0 for the rest.

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.

    Returns
    -------
    ndarray
        ``max(x, 0)``, of the dtype of `x`.

    Raises
    ------
    TypeError
        Where `x` does not hold real numbers.

    Examples
    --------
    >>> relu([-2, 0, 3])
    array([0, 0, 3])
    """
    x = _as_real(x)
    return np.maximum(x, x.dtype.type(0))


def sigmoid(x):
    r"""Squeeze the line into (0, 1): :math:`1 / (1 + e^{-x})`.

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.

    Returns
    -------
    ndarray
        Of the dtype of `x`; bool and int give float64.

    Raises
    ------
    TypeError
        Where `x` does not hold real numbers.

    Notes
    -----
    :math:`e^{-x}` overflows for large negative :math:`x`. The exponential here is
    always of a number that is not positive, so it stays between 0 and 1.

    Examples
    --------
    >>> sigmoid([-1000, 0, 1000])
    array([0. , 0.5, 1. ])
    """
    x = _as_float(x)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


def tanh(x):
    """Squeeze the line into (-1, 1), with 0 at 0.

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.

    Returns
    -------
    ndarray
        Of the dtype of `x`; bool and int give float64.

    Raises
    ------
    TypeError
        Where `x` does not hold real numbers.

    Notes
    -----
    A sigmoid, stretched: ``tanh(x) = 2 * sigmoid(2 * x) - 1``.

    Examples
    --------
    >>> tanh([-1000, 0, 1000])
    array([-1.,  0.,  1.])
    """
    return np.tanh(_as_float(x))


def softmax(x, axis=-1):
    r"""Turn scores into shares that are positive and sum to 1.

    Parameters
    ----------
    x : array_like
        Real, finite scores, with at least one axis.
    axis : int
        The axis that holds the scores of one decision.

    Returns
    -------
    ndarray
        :math:`e^{x_i} / \sum_j e^{x_j}` along `axis`, of the dtype of `x`; bool and
        int give float64.

    Raises
    ------
    TypeError
        Where `x` does not hold real numbers.
    ValueError
        Where `x` is a single number.

    Notes
    -----
    Subtracting the largest score first changes nothing in the quotient, and keeps
    every exponential between 0 and 1.

    Examples
    --------
    >>> softmax([1000, 1000])
    array([0.5, 0.5])
    >>> softmax([[0, 1000], [0, 0]])
    array([[0. , 1. ],
           [0.5, 0.5]])
    """
    x = _as_float(x)
    if x.ndim == 0:
        raise ValueError("x must have an axis of scores, got a single number.")
    shares = np.exp(x - x.max(axis=axis, keepdims=True))
    return shares / shares.sum(axis=axis, keepdims=True)


def _as_real(x):
    """Return `x` as an array of real numbers."""
    x = as_numbers("x", x)
    if x.dtype.kind == "c":
        raise TypeError("x must be real, got complex numbers. Use x.real or np.abs(x).")
    return x


def _as_float(x):
    """Return `x` as an array of floats; float32 stays float32."""
    x = _as_real(x)
    return x if x.dtype.kind == "f" else x.astype(float)
