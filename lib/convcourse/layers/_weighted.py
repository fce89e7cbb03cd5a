"""Layers with weights: convolutional, depthwise and dense."""

import math

import numpy as np

from convcourse import ops
from convcourse.layers._base import (
    ACTIVATIONS,
    INITIALIZERS,
    Layer,
    as_window,
    initial_weights,
)
from convcourse.ops._validate import as_choice, as_integer, as_pair


class _Weighted(Layer):
    """A layer with a kernel, perhaps a bias, and an activation."""

    def __init__(self, activation, use_bias, kernel_initializer, name, dtype):
        super().__init__(name, dtype)
        activation = "linear" if activation is None else activation
        self.activation = as_choice("activation", activation, tuple(ACTIVATIONS), {})
        self.use_bias = bool(use_bias)
        self.kernel_initializer = as_choice(
            "kernel_initializer", kernel_initializer, INITIALIZERS, {}
        )
        self.params = None

    def build(self, input_shape, rng=None):
        """Draw the kernel and put zeros into the bias.

        Parameters
        ----------
        input_shape : tuple
            (N or None, ..., channels); only the channels matter.
        rng : int or numpy.random.Generator, optional
            Seed or source of the random numbers; fresh ones if not given.
        """
        self._check(input_shape)
        remedy = "The last axis holds the channels."
        channels = as_integer("input_shape[-1]", input_shape[-1], 1, remedy)
        shape, fans, outputs = self._sizes(channels)
        kernel = initial_weights(self.kernel_initializer, shape, *fans, rng)
        self.params = {"kernel": kernel.astype(self.dtype)}
        if self.use_bias:
            self.params["bias"] = np.zeros(outputs, self.dtype)

    def forward(self, x):
        """Return the activation of the weighted sums, bias included."""
        sums = self._sums(x, self.params["kernel"])
        if self.use_bias:
            sums += self.params["bias"]
        return ACTIVATIONS[self.activation](sums)


class Conv2D(_Weighted):
    """A convolutional layer: what `keras.layers.Conv2D` computes.

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size, strides, dilation_rate : int or (int, int)
        Of the window: (rows, columns). Unlike Keras, strides and dilation go together.
    padding : {'valid', 'same'}, int or ((top, bottom), (left, right))
        As in `ops.correlate_channels`; Keras knows the two names.
    groups : int
        Blocks of channels that do not see each other.
    activation : {'linear', 'relu', 'sigmoid', 'tanh', 'softmax'}, optional
        Applied to each sum; None is 'linear'.
    use_bias : bool
        Add one number for each output channel.
    kernel_initializer : str
        See `initial_weights`.
    name, dtype
        As in `Layer`.

    Raises
    ------
    TypeError, ValueError
        Where a setting is not as above.

    Notes
    -----
    The kernel has the shape (kh, kw, C_in // groups, filters). It is not flipped.

    Examples
    --------
    >>> layer = Conv2D(8, 5, strides=2, padding="same")
    >>> layer(np.zeros((1, 28, 28, 3))).shape, layer.count_params()
    ((1, 14, 14, 8), 608)
    """

    axes = 4

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        name=None,
        dtype="float32",
    ):
        super().__init__(activation, use_bias, kernel_initializer, name, dtype)
        self.filters = as_integer("filters", filters, 1, "It counts the kernels.")
        self.groups = as_integer("groups", groups, 1, "groups=1 joins all channels.")
        self.kernel_size, self.strides = as_window(kernel_size, strides)
        self.dilation_rate = as_pair("dilation_rate", dilation_rate, 1, "1: no gaps.")
        self.padding = padding

    def _sizes(self, channels):
        """Return the shape of the kernel, fan-in and fan-out, the number of outputs."""
        if channels % self.groups or self.filters % self.groups:
            raise ValueError(
                f"groups must divide the {channels} input channels and the "
                f"{self.filters} filters, got {self.groups}."
            )
        per_group = channels // self.groups
        taps = math.prod(self.kernel_size)
        fans = (taps * per_group, taps * self.filters // self.groups)
        return (*self.kernel_size, per_group, self.filters), fans, self.filters

    def _sums(self, x, kernel):
        return ops.correlate_channels(
            x, kernel, self.padding, self.strides, self.dilation_rate, self.groups
        )


class DepthwiseConv2D(_Weighted):
    """Kernels for each channel by itself: what `keras.layers.DepthwiseConv2D` computes.

    Parameters
    ----------
    kernel_size, strides, dilation_rate : int or (int, int)
        Of the window: (rows, columns).
    padding
        As in `Conv2D`.
    depth_multiplier : int
        Kernels for each channel.
    activation, use_bias, kernel_initializer, name, dtype
        As in `Conv2D`.

    Raises
    ------
    TypeError, ValueError
        Where a setting is not as above.

    Notes
    -----
    The kernel has the shape (kh, kw, C, depth_multiplier). Each output is a sum of
    kh * kw numbers, and that is the fan-in here; Keras counts C times as many.

    Examples
    --------
    >>> layer = DepthwiseConv2D(3, depth_multiplier=2)
    >>> layer(np.zeros((1, 28, 28, 3))).shape, layer.count_params()
    ((1, 26, 26, 6), 60)
    """

    axes = 4

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        name=None,
        dtype="float32",
    ):
        super().__init__(activation, use_bias, kernel_initializer, name, dtype)
        remedy = "It counts the kernels of each channel."
        self.depth_multiplier = as_integer(
            "depth_multiplier", depth_multiplier, 1, remedy
        )
        self.kernel_size, self.strides = as_window(kernel_size, strides)
        self.dilation_rate = as_pair("dilation_rate", dilation_rate, 1, "1: no gaps.")
        self.padding = padding

    def _sizes(self, channels):
        """Return the shape of the kernel, fan-in and fan-out, the number of outputs."""
        times, taps = self.depth_multiplier, math.prod(self.kernel_size)
        return (
            (*self.kernel_size, channels, times),
            (taps, taps * times),
            channels * times,
        )

    def _sums(self, x, kernel):
        return ops.depthwise(x, kernel, self.padding, self.strides, self.dilation_rate)


class Dense(_Weighted):
    """Every input to every output: what `keras.layers.Dense` computes.

    Parameters
    ----------
    units : int
        Numbers in the output.
    activation, use_bias, kernel_initializer, name, dtype
        As in `Conv2D`.

    Raises
    ------
    TypeError, ValueError
        Where a setting is not as above.

    Notes
    -----
    The kernel has the shape (inputs, units). It works on the last axis: put `Flatten`
    before it to connect all pixels.

    Examples
    --------
    >>> layer = Dense(10, activation="softmax")
    >>> float(layer(np.ones((1, 784))).sum().round(5)), layer.count_params()
    (1.0, 7850)
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        name=None,
        dtype="float32",
    ):
        super().__init__(activation, use_bias, kernel_initializer, name, dtype)
        self.units = as_integer("units", units, 1, "It counts the outputs.")

    def _sizes(self, inputs):
        """Return the shape of the kernel, fan-in and fan-out, the number of outputs."""
        return (inputs, self.units), (inputs, self.units), self.units

    def _sums(self, x, kernel):
        if x.shape[-1] != len(kernel):
            hint = " Is a Flatten missing before this layer?" if x.ndim > 2 else ""
            raise ValueError(
                f"Dense was built for {len(kernel)} inputs, got x of shape "
                f"{x.shape}.{hint}"
            )
        return x @ kernel

    def _check(self, shape):
        if len(shape) < 2:
            raise ValueError(
                f"Dense reads a batch (N, ..., inputs), got shape {tuple(shape)}. "
                "One sample: x[None]."
            )
