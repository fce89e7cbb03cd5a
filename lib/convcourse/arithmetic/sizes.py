"""How long an output is: forwards, backwards, and by counting windows.

One axis at a time; an image has two. Every formula is an instance of one sentence: the
number of places at which the whole kernel lies inside the padded signal.
"""

import itertools

import numpy as np

from convcourse.arithmetic import _given

__all__ = [
    "effective_kernel",
    "inputs_for",
    "left_out",
    "output_length",
    "padding_sides",
    "paddings_for",
    "same_padding",
    "settings_for",
    "usage",
    "window_starts",
]

#: Paddings that have a name.
PADDINGS = ("valid", "same", "half", "full", "causal")


def effective_kernel(kernel, dilation=1):
    """Return how many samples a dilated kernel spans.

    Parameters
    ----------
    kernel : int
        Number of weights along the axis, at least 1.
    dilation : int
        Distance between two neighbouring weights; 1 is an ordinary kernel.

    Returns
    -------
    int
        ``(kernel - 1) * dilation + 1``, from the first weight to the last.

    Raises
    ------
    TypeError, ValueError
        If an argument is not an integer from 1 on.

    Examples
    --------
    >>> [effective_kernel(3, dilation) for dilation in (1, 2, 4)]
    [3, 5, 9]
    """
    kernel, _, dilation = _given.window(kernel, 1, dilation)
    return (kernel - 1) * dilation + 1


def same_padding(n, kernel, stride=1, dilation=1):
    """Return how many samples padding "same" of Keras adds on each side.

    Parameters
    ----------
    n : int
        Length of the input.
    kernel, stride, dilation : int
        Of the window, as in `output_length`.

    Returns
    -------
    (int, int)
        Left and right. The right side gets the odd one.

    Raises
    ------
    TypeError, ValueError
        If an argument is not an integer from 1 on.

    Notes
    -----
    The output has ``ceil(n / stride)`` samples; the last window ends at
    ``(out - 1) * stride + effective_kernel``; what is missing there is padded. Where
    the stride is longer than the kernel nothing may be missing: never below 0.

    Examples
    --------
    >>> same_padding(5, 3), same_padding(6, 3, stride=2), same_padding(6, 1, stride=2)
    ((1, 1), (0, 1), (0, 0))
    """
    n = _given.length("n", n)
    kernel, stride, dilation = _given.window(kernel, stride, dilation)
    out = -(-n // stride)  # rounded up
    total = max(0, (out - 1) * stride + effective_kernel(kernel, dilation) - n)
    return total // 2, total - total // 2


def padding_sides(n, kernel, stride=1, padding=0, dilation=1):
    """Return the padding as numbers of samples on the left and on the right.

    Parameters
    ----------
    n : int
        Length of the input. Only "same" looks at it.
    kernel, stride, dilation : int
        Of the window, as in `output_length`.
    padding : int or (int, int) or {"valid", "same", "half", "full", "causal"}
        As in `output_length`.

    Returns
    -------
    (int, int)
        Left and right, each at least 0.

    Raises
    ------
    TypeError, ValueError
        If `padding` is none of these, or a number is not an integer in its range.

    Examples
    --------
    >>> [padding_sides(6, 3, 2, p) for p in ("valid", "same", "half", "full", (0, 1))]
    [(0, 0), (0, 1), (1, 1), (2, 2), (0, 1)]
    """
    if isinstance(padding, str):
        _given.choice("padding", padding, PADDINGS)
        reach = effective_kernel(kernel, dilation) - 1
        if padding == "same":
            return same_padding(n, kernel, stride, dilation)
        half = (reach + 1) // 2
        sides = {"valid": (0, 0), "half": (half, half), "full": (reach, reach)}
        return sides.get(padding, (reach, 0))
    left, right = _given.per_axis("padding", padding, 2)
    remedy = "Give one number for both sides, (left, right), or a name such as 'same'."
    return (
        _given.integer("padding", left, 0, remedy),
        _given.integer("padding", right, 0, remedy),
    )


def output_length(n, kernel, stride=1, padding=0, dilation=1):
    r"""Return how many windows fit: the length of a convolution's or pooling's output.

    Parameters
    ----------
    n : int
        Length of the input along one axis.
    kernel : int
        Number of weights along that axis.
    stride : int
        Step from one window to the next.
    padding : int or (int, int) or {"valid", "same", "half", "full", "causal"}
        Samples added on both sides, or (left, right). "valid" adds none. "same" is
        that of Keras: ``ceil(n / stride)`` outputs, the odd sample on the right.
        "half" adds half the kernel, rounded down, on both sides; "full" all but one
        sample of the kernel on both; "causal" the same on the left only.
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
        If a number is out of range, a name is unknown, or no window fits.

    Notes
    -----
    With ``left`` and ``right`` added to ``n``,

    .. math:: \left\lfloor \frac{n + \text{left} + \text{right}
              - d (k - 1) - 1}{s} \right\rfloor + 1

    (relation 15 of V. Dumoulin and F. Visin, *A guide to convolution arithmetic for
    deep learning*, with the padding of either side written out).

    Examples
    --------
    >>> output_length(224, kernel=7, stride=2, padding=3)
    112
    >>> output_length(224, 11, 4, 2), output_length(32, 3, padding=2, dilation=2)
    (55, 32)
    >>> output_length(2, kernel=3)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: kernel spans 3 samples, but n and its padding are only 2 long...
    """
    n = _given.length("n", n)
    kernel, stride, dilation = _given.window(kernel, stride, dilation)
    padded = n + sum(padding_sides(n, kernel, stride, padding, dilation))
    span = effective_kernel(kernel, dilation)
    if span > padded:
        raise ValueError(
            f"kernel spans {span} samples, but n and its padding are only {padded} "
            "long. Use a longer n, more padding, or a kernel (or dilation) that fits."
        )
    return (padded - span) // stride + 1


def window_starts(n, kernel, stride=1, padding=0, dilation=1):
    """Return where each window begins, in samples of the input.

    Parameters
    ----------
    n, kernel, stride, padding, dilation
        As in `output_length`.

    Returns
    -------
    range
        One start per output. Below 0 a window begins in the left padding.

    Raises
    ------
    TypeError, ValueError
        As `output_length`.

    Examples
    --------
    >>> list(window_starts(6, 3, stride=2, padding="same"))
    [0, 2, 4]
    >>> list(window_starts(6, 3, stride=2, padding=1))
    [-1, 1, 3]
    """
    count = output_length(n, kernel, stride, padding, dilation)
    left, _ = padding_sides(n, kernel, stride, padding, dilation)
    return range(-left, count * stride - left, stride)


def left_out(n, kernel, stride=1, padding=0, dilation=1):
    """Return how many samples at the right end no window reaches: what floor drops.

    Parameters
    ----------
    n, kernel, stride, padding, dilation
        As in `output_length`.

    Returns
    -------
    int
        0 to ``stride - 1``, counted in the padded signal: the padding goes first.

    Raises
    ------
    TypeError, ValueError
        As `output_length`.

    Examples
    --------
    >>> left_out(10, kernel=3, stride=2), left_out(224, kernel=7, stride=2, padding=3)
    (1, 1)
    """
    count = output_length(n, kernel, stride, padding, dilation)
    padded = n + sum(padding_sides(n, kernel, stride, padding, dilation))
    return padded - (count - 1) * stride - effective_kernel(kernel, dilation)


def usage(n, kernel, stride=1, padding=0, dilation=1):
    """Return how many windows read each sample of the input.

    Parameters
    ----------
    n, kernel, stride, padding, dilation
        As in `output_length`.

    Returns
    -------
    (n,) ndarray of int
        Of an image, ``np.outer(usage of the rows, usage of the columns)``.

    Raises
    ------
    TypeError, ValueError
        As `output_length`.

    Examples
    --------
    >>> usage(5, 3), usage(5, 3, padding=1)
    (array([1, 2, 3, 2, 1]), array([2, 3, 3, 3, 2]))
    """
    starts = window_starts(n, kernel, stride, padding, dilation)
    counts = np.zeros(n, int)
    for start in starts:
        read = start + dilation * np.arange(kernel)
        counts[read[(read >= 0) & (read < n)]] += 1
    return counts


def inputs_for(out, kernel, stride=1, padding=0, dilation=1):
    """Return every input length that gives this output length.

    Parameters
    ----------
    out : int
        The wanted length of the output.
    kernel, stride, padding, dilation
        As in `output_length`.

    Returns
    -------
    range
        Neighbouring lengths, as many as the stride (fewer where some would be below
        1). Empty where no input has this output.

    Raises
    ------
    TypeError, ValueError
        As `output_length`.

    Examples
    --------
    >>> list(inputs_for(3, kernel=3, stride=2, padding=1))
    [5, 6]
    >>> list(inputs_for(3, kernel=3, stride=2, padding="same"))
    [5, 6]
    """
    out = _given.length("out", out)
    kernel, stride, dilation = _given.window(kernel, stride, dilation)
    if padding == "same":
        return range((out - 1) * stride + 1, out * stride + 1)
    added = sum(padding_sides(1, kernel, stride, padding, dilation))
    least = (out - 1) * stride + effective_kernel(kernel, dilation) - added
    return range(max(1, least), max(1, least + stride))


def paddings_for(n, out, kernel, stride=1, dilation=1):
    """Return every padding in all (left plus right) that gives this output length.

    Parameters
    ----------
    n, out : int
        Length of the input, and the wanted length of the output.
    kernel, stride, dilation : int
        As in `output_length`.

    Returns
    -------
    range
        Neighbouring totals. An even one is half of it on each side. Empty where even
        without padding the output is longer.

    Raises
    ------
    TypeError, ValueError
        If an argument is not an integer from 1 on.

    Examples
    --------
    >>> list(paddings_for(28, 28, kernel=5)), list(paddings_for(224, 112, 7, stride=2))
    ([4], [5, 6])
    >>> list(paddings_for(28, 28, kernel=4))  # odd: the two sides cannot be equal
    [3]
    """
    n, out = _given.length("n", n), _given.length("out", out)
    kernel, stride, dilation = _given.window(kernel, stride, dilation)
    least = (out - 1) * stride + effective_kernel(kernel, dilation) - n
    return range(max(0, least), max(0, least + stride))


def settings_for(n, out, kernels, strides=(1,), paddings=(0,), dilations=(1,)):
    """Return every setting among those offered that turns `n` samples into `out`.

    Parameters
    ----------
    n, out : int
        Length of the input, and the wanted length of the output.
    kernels, strides, paddings, dilations : iterable
        What may be chosen, each as in `output_length`. One number or name is a choice
        of one.

    Returns
    -------
    list of (kernel, stride, padding, dilation)
        In the order in which they were offered.

    Raises
    ------
    TypeError, ValueError
        If a choice is not what `output_length` takes.

    Examples
    --------
    >>> settings_for(7, 1, kernels=range(1, 8))
    [(7, 1, 0, 1)]
    >>> settings_for(8, 4, kernels=(2, 3), strides=2, paddings=(0, 1, "same"))
    [(2, 2, 0, 1), (2, 2, 'same', 1), (3, 2, 1, 1), (3, 2, 'same', 1)]
    """
    n, out = _given.length("n", n), _given.length("out", out)
    offers = (kernels, strides, paddings, dilations)
    offers = [[offer] if np.ndim(offer) == 0 else offer for offer in offers]
    settings = itertools.product(*offers)
    return [setting for setting in settings if n in inputs_for(out, *setting)]
