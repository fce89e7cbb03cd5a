"""F6: one convolutional layer, all channels, bias and ReLU: numbers that add up."""

from dataclasses import dataclass

import numpy as np
from matplotlib.patches import Rectangle

from convcourse import plots
from convcourse.figures import kit, state, words

__all__ = ["ConvLayer", "conv_layer"]

# a red stripe on a blue ground, and a fourth channel that no eye has
_PICTURE = [
    [[1, 2, 8, 9, 1], [0, 2, 9, 8, 1], [1, 1, 8, 9, 2], [2, 1, 9, 9, 0], [1, 0, 8, 9, 1]],
    [[2, 1, 1, 2, 2], [2, 2, 1, 1, 3], [3, 1, 2, 1, 2], [2, 2, 1, 2, 2], [1, 2, 2, 1, 2]],
    [[8, 9, 2, 1, 8], [9, 8, 1, 0, 9], [8, 9, 1, 2, 8], [9, 7, 0, 1, 9], [8, 9, 2, 1, 8]],
    [[5, 5, 4, 4, 3], [5, 4, 4, 3, 3], [4, 4, 3, 3, 2], [4, 3, 3, 2, 2], [3, 3, 2, 2, 1]],
]  # fmt: skip
_EDGE = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
_NONE, _ONES = [[0] * 3] * 3, [[1] * 3] * 3
_ROUND = [[0, -1, 0], [-1, 4, -1], [0, -1, 0]]
# rows: input channels, columns: output channels
_KERNELS = [
    [_EDGE, _ONES, _ROUND, [[0, 0, 0], [0, 3, 0], [0, 0, 0]]],
    [_NONE, _ONES, _ROUND, [[0, 0, 0], [0, -1, 0], [0, 0, 0]]],
    [(-np.array(_EDGE)).tolist(), _ONES, _ROUND, [[0, 0, 0], [0, -2, 0], [0, 0, 0]]],
    [_ROUND, _NONE, _ROUND, [[0, 0, 0], [0, 1, 0], [0, 0, 0]]],
]
_BIASES = [-20, -100, 0, -9]
_SIDE = 6  # most rows and columns of an input channel


def conv_layer(x=None, w=None, b=None, inputs=None, outputs=None, k=None, channel=0,
               row=1, column=1, bias=True, relu=True, size="text"):  # fmt: skip
    """Show how one number of a convolutional layer is made, with every channel.

    Parameters
    ----------
    x : (H, W, C_in) array_like, optional
        Image or feature maps, at most 6 by 6, with 1 to 4 channels and values from -99
        to 99. Default: a red stripe on a blue ground, 5 by 5, with 4 channels.
    w : (k, k, C_in, C_out) array_like, optional
        Kernels as in Keras, k 1 or 3, 1 to 4 output channels, values from -99 to 99.
    b : (C_out,) array_like, optional
        Biases from -999 to 999. Default: 0 for own kernels.
    inputs, outputs : int, optional
        How many of the channels take part at the beginning. Default: as many as ``x``
        and ``w`` have; of the built-in ones 3 and 2.
    k : {1, 3}, optional
        Kernel size. With 1 only the middle weight of each kernel is used.
    channel, row, column : int
        Which output is taken apart.
    bias, relu : bool
        Whether the bias is added, and negative sums become 0.
    size : {"text", "lecture"}
        "lecture" is 1.6 times as large.

    Returns
    -------
    ConvLayer
        Live as the value of a cell; ``.widget()`` makes an ipywidget of it.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range or the shapes do not fit; the message names it.

    Notes
    -----
    The places are those of padding "valid", stride 1; kernels are not flipped, as in
    ``keras.layers.Conv2D``.

    Examples
    --------
    >>> layer = conv_layer(row=1, column=0)
    >>> trace = layer.trace()
    >>> trace["sums"].tolist(), trace["b"], trace["z"]
    ([28, 0, 29], -20, 37)
    >>> trace["parameters"]
    56
    """
    own = x is not None or w is not None
    x = np.moveaxis(np.array(_PICTURE), 0, 2) if x is None else _array("x", x, 3)
    if w is None:
        w = np.array(_KERNELS).transpose(2, 3, 0, 1)[:, :, : x.shape[2]]
        b = _BIASES if b is None else b
    w = _array("w", w, 4)
    if own and x.shape[2] != w.shape[2]:
        x = x[:, :, : w.shape[2]] if x.shape[2] == 4 and len(x) == 5 else x
    _fits(x, w)
    b = np.zeros(w.shape[3], int) if b is None else b
    inputs = min(w.shape[2], 4 if own else 3) if inputs is None else inputs
    outputs = w.shape[3] if outputs is None and own else outputs
    outputs = 2 if outputs is None else outputs
    k = len(w) if k is None else k
    rows = np.moveaxis(x, 2, 0).reshape(-1, x.shape[1])
    flat = w.transpose(2, 3, 0, 1).reshape(-1, w.shape[0] * w.shape[1])
    return ConvLayer(
        rows, flat, b, inputs, outputs, k, channel, row, column, bias, relu, size=size
    )
