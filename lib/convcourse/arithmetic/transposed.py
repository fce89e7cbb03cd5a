"""Lengths of transposed convolutions, as Keras and as PyTorch define them."""

from convcourse.arithmetic import _given
from convcourse.arithmetic.sizes import effective_kernel, same_padding

__all__ = ["direct_equivalent", "output_padding_for", "transposed_length"]


def transposed_length(
    n, kernel, stride=1, padding="valid", output_padding=None, dilation=1
):
    r"""Return the length of a transposed convolution's output.

    Parameters
    ----------
    n : int
        Length of the input.
    kernel, stride, dilation : int
        Of the window of the convolution that is transposed; `stride` spreads here.
    padding : {"valid", "same"} or int
        A name is read as Keras reads it. A number is read as PyTorch reads it: the
        padding of the convolution that is transposed, cut from both ends here.
    output_padding : int, optional
        Samples added at the right end, below the stride. None is not 0: with a name,
        Keras then chooses the length; with a number, PyTorch adds nothing.
    dilation : int
        Distance between two neighbouring weights; 1 is an ordinary kernel.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    TypeError
        If a number is not an integer.
    ValueError
        If a number is out of range, or the library refuses the setting: an
        `output_padding` that is too large; in Keras a stride with a dilation, or an
        even kernel with "same" and ``output_padding=0``.

    Notes
    -----
    With the effective kernel ``ke = (kernel - 1) * dilation + 1`` and output padding
    ``a``:

    ==================  =========================================
    Keras "valid"       ``(n - 1) * stride + ke + a``;
                        None makes it ``(n - 1) * stride + max(ke, stride)``
    Keras "same"        ``(n - 1) * stride + ke % 2 + a``; None makes it ``n * stride``
    PyTorch, number p   ``(n - 1) * stride - 2 * p + ke + a``
    ==================  =========================================

    The last is relation 14 of V. Dumoulin and F. Visin, *A guide to convolution
    arithmetic for deep learning*.

    Examples
    --------
    >>> transposed_length(5, 3, stride=2), transposed_length(5, 3, 2, "same")
    (11, 10)
    >>> transposed_length(5, 3, 2, "same", output_padding=0)
    9
    >>> transposed_length(3, 3, 2, padding=1, output_padding=1)
    6
    """
    n = _given.length("n", n)
    kernel, stride, dilation = _given.window(kernel, stride, dilation)
    span = effective_kernel(kernel, dilation)
    if output_padding is not None:
        output_padding = _given.integer(
            "output_padding",
            output_padding,
            0,
            "Use None for the library's own choice.",
        )
    if isinstance(padding, str):
        _given.choice("padding", padding, ("valid", "same"))
        return _keras(n, span, stride, padding, output_padding, dilation)
    padding = _given.integer(
        "padding", padding, 0, "Or 'valid' or 'same', as in Keras."
    )
    return _pytorch(n, span, stride, padding, output_padding or 0, dilation)


def _keras(n, span, stride, padding, output_padding, dilation):
    """Return the length in Keras, or say what it refuses."""
    if stride > 1 and dilation > 1:
        raise ValueError(
            f"Keras refuses stride={stride} with dilation={dilation} in a transposed "
            "convolution. Set one of them to 1."
        )
    if output_padding is None:
        if padding == "same":
            return n * stride
        return (n - 1) * stride + max(span, stride)
    if output_padding >= stride:
        raise ValueError(
            f"output_padding must be below stride={stride}, got {output_padding}. "
            "A larger one would be the next longer input's output."
        )
    if padding == "valid":
        return (n - 1) * stride + span + output_padding
    if span % 2 == 0 and output_padding == 0:
        raise ValueError(
            "output_padding=0 does not go with padding='same' and an even kernel: no "
            f"'same' convolution of {(n - 1) * stride} samples with stride {stride} "
            f"gives {n}. Use output_padding=None, or an odd kernel."
        )
    return (n - 1) * stride + span % 2 + output_padding


def _pytorch(n, span, stride, padding, output_padding, dilation):
    """Return the length in PyTorch, or say what it refuses."""
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output_padding must be below stride={stride} or dilation={dilation}, "
            f"got {output_padding}. Take one that is smaller than the larger of both."
        )
    out = (n - 1) * stride - 2 * padding + span + output_padding
    if out < 1:
        raise ValueError(
            f"padding={padding} cuts all {out + 2 * padding} samples away. "
            "Use a smaller padding, or a longer n."
        )
    return out


def output_padding_for(n, kernel, stride=1, padding=0, dilation=1):
    """Return the output padding with which the way back ends at `n` again.

    Parameters
    ----------
    n : int
        Length of the convolution's input: what the transposed one must give back.
    kernel, stride, padding, dilation : int
        Of the convolution; `padding` is a number.

    Returns
    -------
    int
        ``(n + 2 * padding - ke) % stride``, the `a` of relation 14 of the guide.

    Raises
    ------
    TypeError, ValueError
        If an argument is not an integer in its range, or no window fits.

    Examples
    --------
    >>> output_padding_for(5, 3, 2, 1), output_padding_for(6, 3, 2, 1)
    (0, 1)
    """
    n = _given.length("n", n)
    kernel, stride, dilation = _given.window(kernel, stride, dilation)
    padding = _given.integer("padding", padding, 0, "It is added on both sides.")
    room = n + 2 * padding - effective_kernel(kernel, dilation)
    if room < 0:
        raise ValueError(
            f"kernel={kernel} with dilation={dilation} does not fit into n={n} with "
            f"padding={padding} on both sides. Use a longer n or more padding."
        )
    return room % stride


def direct_equivalent(n, kernel, stride=1, padding=0, output_padding=0):
    """Return the ordinary convolution with the same output as a transposed one.

    Parameters
    ----------
    n, kernel, stride, padding, output_padding : int
        Of the transposed convolution; the numbers are PyTorch's.

    Returns
    -------
    stretched : int
        Length of the input after ``stride - 1`` zeros between its samples.
    sides : (int, int)
        Padding left and right: ``kernel - 1 - padding``, and `output_padding` more on
        the right. A negative number means: cut.

    Raises
    ------
    TypeError, ValueError
        As `transposed_length` with a number for `padding`.

    Notes
    -----
    The convolution has stride 1, and its kernel lies turned round. Relations 8 to 14
    of V. Dumoulin and F. Visin, *A guide to convolution arithmetic for deep learning*.

    Examples
    --------
    >>> direct_equivalent(3, 3, stride=2, padding=1, output_padding=1)
    (5, (1, 2))
    """
    transposed_length(n, kernel, stride, padding, output_padding)
    left = kernel - 1 - padding
    return (n - 1) * stride + 1, (left, left + output_padding)


def crop_left(n, kernel, stride, padding, output_padding, dilation):
    """Return how many samples a transposed convolution cuts from its left end."""
    if padding == "same":
        out = transposed_length(n, kernel, stride, padding, output_padding, dilation)
        # Keras builds it as the gradient of a "same" convolution of this length
        return same_padding(out, kernel, stride, dilation)[0]
    return 0 if padding == "valid" else padding
