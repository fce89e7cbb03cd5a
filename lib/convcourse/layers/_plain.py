"""Layers without weights: pooling, enlarging, flattening, activations."""

import math

import numpy as np

from convcourse import ops
from convcourse.layers._base import ACTIVATIONS, Layer, as_window
from convcourse.ops._validate import as_choice, as_pair


class _Pooling(Layer):
    """A window that slides over each channel."""

    axes = 4

    def __init__(
        self, pool_size=2, strides=None, padding="valid", name=None, dtype="float32"
    ):
        super().__init__(name, dtype)
        strides = pool_size if strides is None else strides
        self.pool_size, self.strides = as_window(pool_size, strides, "pool_size")
        self.padding = padding

    def forward(self, x):
        """Return one number for each window and channel."""
        return self._pool(x, self.pool_size, self.strides, self.padding)


class MaxPooling2D(_Pooling):
    """The largest value of each window: what `keras.layers.MaxPooling2D` computes.

    Parameters
    ----------
    pool_size : int or (int, int)
        Rows and columns of the window.
    strides : int or (int, int), optional
        Steps of the window; `pool_size` if not given.
    padding : {'valid', 'same'}
        As in `ops.max_pool2d`.
    name, dtype
        As in `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> MaxPooling2D(2)(np.arange(9).reshape(1, 3, 3, 1)).ravel()
    array([4.], dtype=float32)
    """

    _pool = staticmethod(ops.max_pool2d)


class AveragePooling2D(_Pooling):
    """The average of each window: what `keras.layers.AveragePooling2D` computes.

    Parameters
    ----------
    pool_size, strides, padding, name, dtype
        As in `MaxPooling2D`. Keras has no default for `pool_size` here.

    Examples
    --------
    >>> import numpy as np
    >>> AveragePooling2D(2)(np.arange(9).reshape(1, 3, 3, 1)).ravel()
    array([2.], dtype=float32)
    """

    _pool = staticmethod(ops.average_pool2d)


class GlobalMaxPooling2D(Layer):
    """The largest value of each feature map: (N, H, W, C) to (N, C).

    Parameters
    ----------
    name, dtype
        As in `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalMaxPooling2D()(np.arange(12).reshape(1, 2, 2, 3))
    array([[ 9., 10., 11.]], dtype=float32)
    """

    axes = 4

    def forward(self, x):
        """Return one number for each channel."""
        return ops.global_max_pool2d(x)


class GlobalAveragePooling2D(Layer):
    """The average of each feature map: (N, H, W, C) to (N, C).

    Parameters
    ----------
    name, dtype
        As in `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalAveragePooling2D()(np.arange(12).reshape(1, 2, 2, 3))
    array([[4.5, 5.5, 6.5]], dtype=float32)
    """

    axes = 4

    def forward(self, x):
        """Return one number for each channel."""
        return ops.global_average_pool2d(x)


class UpSampling2D(Layer):
    """Larger feature maps without weights: what `keras.layers.UpSampling2D` computes.

    Parameters
    ----------
    size : int or (int, int)
        How many rows and columns become of one.
    interpolation : {'nearest', 'bilinear'}
        Repeat each value, or go along straight lines between the centres of pixels; at
        the border the outermost value stays.
    name, dtype
        As in `Layer`.

    Raises
    ------
    TypeError, ValueError
        Where a setting is not as above.

    Examples
    --------
    >>> x = np.array([0, 8]).reshape(1, 1, 2, 1)
    >>> UpSampling2D((1, 2))(x).ravel()
    array([0., 0., 8., 8.], dtype=float32)
    >>> UpSampling2D((1, 2), "bilinear")(x).ravel()
    array([0., 2., 6., 8.], dtype=float32)
    """

    axes = 4

    def __init__(self, size=2, interpolation="nearest", name=None, dtype="float32"):
        super().__init__(name, dtype)
        remedy = "Give one integer for both axes, or (rows, columns)."
        self.size = as_pair("size", size, 1, remedy)
        self.interpolation = as_choice(
            "interpolation", interpolation, ("nearest", "bilinear"), {}
        )

    def forward(self, x):
        """Return the enlarged maps."""
        enlarge = np.repeat if self.interpolation == "nearest" else _interpolate
        for axis, times in enumerate(self.size, 1):
            x = enlarge(x, times, axis)
        return x


def _interpolate(x, times, axis):
    """Put `times` samples in place of each one, on lines between the centres."""
    last = x.shape[axis] - 1
    place = (np.arange((last + 1) * times) + 0.5) / times - 0.5
    place = np.clip(place, 0, last)  # beyond the outermost centres nothing changes
    before = place.astype(int)
    after = np.minimum(before + 1, last)
    share = (place - before).astype(x.dtype).reshape(-1, *(1,) * (x.ndim - 1 - axis))
    return x.take(before, axis) * (1 - share) + x.take(after, axis) * share


class Flatten(Layer):
    """All values of a sample in one row: (N, H, W, C) to (N, H * W * C).

    Parameters
    ----------
    name, dtype
        As in `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten()(np.zeros((5, 4, 4, 3))).shape
    (5, 48)
    """

    def forward(self, x):
        """Return a view with two axes."""
        return x.reshape(len(x), math.prod(x.shape[1:]))


class Activation(Layer):
    """An activation as a layer of its own.

    Parameters
    ----------
    activation : {'linear', 'relu', 'sigmoid', 'tanh', 'softmax'}
        What to apply to each number ('softmax': to each last axis).
    name, dtype
        As in `Layer`.

    Examples
    --------
    >>> Activation("relu")([[-1, 2]])
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation, name=None, dtype="float32"):
        super().__init__(name, dtype)
        self.activation = as_choice("activation", activation, tuple(ACTIVATIONS), {})

    def forward(self, x):
        """Return an array of the same shape."""
        return ACTIVATIONS[self.activation](x)

    def compute_output_shape(self, input_shape):
        """Return the shape of the input: it stays."""
        return tuple(input_shape)
