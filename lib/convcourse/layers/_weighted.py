"""Layers with weights: convolutional, transposed, depthwise, separable and dense."""

import math

import numpy as np

from convcourse import ops
from convcourse.arithmetic import padding_sides
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
        self.params = self._kernels(channels, np.random.default_rng(rng))
        if self.use_bias:
            outputs = self._sizes(channels)[2]
            self.params["bias"] = np.zeros(outputs, self.dtype)

    def _kernels(self, channels, rng):
        """Return the weights of the sums, drawn at random, by name."""
        shape, fans, _ = self._sizes(channels)
        return {"kernel": self._draw(shape, fans, rng)}

    def _draw(self, shape, fans, rng):
        weights = initial_weights(self.kernel_initializer, shape, *fans, rng)
        return weights.astype(self.dtype)

    def forward(self, x):
        """Return the activation of the weighted sums, bias included."""
        kernels = [array for name, array in self.params.items() if name != "bias"]
        sums = self._sums(x, *kernels)
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
        return _grouped_sizes(self.kernel_size, channels, self.filters, self.groups)

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


class Conv1D(_Weighted):
    """A convolutional layer for sequences: what `keras.layers.Conv1D` computes.

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size, strides, dilation_rate : int
        Of the window. Unlike Keras, strides and dilation go together.
    padding : {'valid', 'same', 'causal'}, int or (left, right)
        'causal' puts all zeros before the beginning, so that no output looks ahead;
        Keras knows the three names.
    groups, activation, use_bias, kernel_initializer, name, dtype
        As in `Conv2D`.

    Raises
    ------
    TypeError, ValueError
        Where a setting is not as above.

    Notes
    -----
    The kernel has the shape (kernel_size, C_in // groups, filters). It is not flipped.
    With ``padding='causal'`` and without strides and groups the layer is
    `ops.causal_channels`.

    Examples
    --------
    >>> layer = Conv1D(8, 2, padding="causal", dilation_rate=4)
    >>> layer(np.zeros((1, 100, 3))).shape, layer.count_params()
    ((1, 100, 8), 56)
    """

    axes = 3

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
        self.kernel_size = _as_single("kernel_size", kernel_size)
        self.strides = _as_single("strides", strides)
        self.dilation_rate = _as_single("dilation_rate", dilation_rate)
        self.padding = padding

    def _sizes(self, channels):
        """Return the shape of the kernel, fan-in and fan-out, the number of outputs."""
        return _grouped_sizes(self.kernel_size, channels, self.filters, self.groups)

    def _sums(self, x, kernel):
        window = (*self.kernel_size, *self.strides, self.padding, *self.dilation_rate)
        sides = padding_sides(x.shape[1], *window)
        y = ops.correlate_channels(  # a sequence is an image with one row
            x[:, None],
            kernel[None],
            ((0, 0), sides),
            (1, *self.strides),
            (1, *self.dilation_rate),
            self.groups,
        )
        return y[:, 0]


class Conv2DTranspose(_Weighted):
    """Kernels stamped side by side: what `keras.layers.Conv2DTranspose` computes.

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size, strides, dilation_rate : int or (int, int)
        Of the window of the convolution that is transposed: (rows, columns).
    padding : {'valid', 'same'}, int or (int, int)
        As in `ops.transposed_channels`; Keras knows the two names.
    output_padding : int or (int, int), optional
        Rows and columns more at the bottom and on the right; None is not 0: see
        `arithmetic.transposed_length`.
    activation, use_bias, kernel_initializer, name, dtype
        As in `Conv2D`.

    Raises
    ------
    TypeError, ValueError
        Where a setting is not as above; when it is used, also where Keras refuses it.

    Notes
    -----
    The kernel has the shape (kh, kw, filters, C_in). Its fan-in is kh * kw * C_in, what
    one output can see at stride 1; Keras takes kh * kw * filters for it, which makes a
    difference with 'he' only.

    Examples
    --------
    >>> layer = Conv2DTranspose(8, 4, strides=2, padding="same")
    >>> layer(np.zeros((1, 7, 7, 3))).shape, layer.count_params()
    ((1, 14, 14, 8), 392)
    """

    axes = 4

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        name=None,
        dtype="float32",
    ):
        super().__init__(activation, use_bias, kernel_initializer, name, dtype)
        self.filters = as_integer("filters", filters, 1, "It counts the kernels.")
        self.kernel_size, self.strides = as_window(kernel_size, strides)
        self.dilation_rate = as_pair("dilation_rate", dilation_rate, 1, "1: no gaps.")
        self.padding, self.output_padding = padding, output_padding

    def _sizes(self, channels):
        """Return the shape of the kernel, fan-in and fan-out, the number of outputs."""
        taps = math.prod(self.kernel_size)
        fans = (taps * channels, taps * self.filters)
        return (*self.kernel_size, self.filters, channels), fans, self.filters

    def _sums(self, x, kernel):
        return ops.transposed_channels(
            x,
            kernel,
            self.strides,
            self.padding,
            self.output_padding,
            self.dilation_rate,
        )


class SeparableConv2D(_Weighted):
    """Depthwise, then 1x1: what `keras.layers.SeparableConv2D` computes.

    Parameters
    ----------
    filters : int
        Output channels.
    kernel_size, strides, dilation_rate : int or (int, int)
        Of the window: (rows, columns).
    padding
        As in `Conv2D`.
    depth_multiplier : int
        Kernels for each channel in the first step.
    activation, use_bias, kernel_initializer, name, dtype
        As in `Conv2D`. One initializer for both steps; the bias comes at the end.

    Raises
    ------
    TypeError, ValueError
        Where a setting is not as above.

    Notes
    -----
    The weights are the depthwise kernel (kh, kw, C, depth_multiplier), the pointwise
    kernel (1, 1, C * depth_multiplier, filters) and the bias. Fan-in and fan-out of the
    first are those of `DepthwiseConv2D`.

    Examples
    --------
    >>> layer = SeparableConv2D(64, 3)
    >>> layer(np.zeros((1, 28, 28, 32))).shape, layer.count_params()
    ((1, 26, 26, 64), 2400)
    """

    axes = 4

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        name=None,
        dtype="float32",
    ):
        super().__init__(activation, use_bias, kernel_initializer, name, dtype)
        self.filters = as_integer("filters", filters, 1, "It counts the outputs.")
        remedy = "It counts the kernels of each channel."
        self.depth_multiplier = as_integer(
            "depth_multiplier", depth_multiplier, 1, remedy
        )
        self.kernel_size, self.strides = as_window(kernel_size, strides)
        self.dilation_rate = as_pair("dilation_rate", dilation_rate, 1, "1: no gaps.")
        self.padding = padding

    def _sizes(self, channels):
        """Return the shape of the second kernel, its fans, the number of outputs."""
        maps = channels * self.depth_multiplier
        return (1, 1, maps, self.filters), (maps, self.filters), self.filters

    def _kernels(self, channels, rng):
        times, taps = self.depth_multiplier, math.prod(self.kernel_size)
        shape = (*self.kernel_size, channels, times)
        pointwise, fans, _ = self._sizes(channels)
        return {
            "depthwise_kernel": self._draw(shape, (taps, taps * times), rng),
            "pointwise_kernel": self._draw(pointwise, fans, rng),
        }

    def _sums(self, x, depthwise, pointwise):
        return ops.separable(
            x, depthwise, pointwise, self.padding, self.strides, self.dilation_rate
        )


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


def _grouped_sizes(window, channels, filters, groups):
    """Return the shape of a kernel, fan-in and fan-out, the number of outputs."""
    if channels % groups or filters % groups:
        raise ValueError(
            f"groups must divide the {channels} input channels and the "
            f"{filters} filters, got {groups}."
        )
    per_group, taps = channels // groups, math.prod(window)
    fans = (taps * per_group, taps * filters // groups)
    return (*window, per_group, filters), fans, filters


def _as_single(name, value):
    """Return a one-tuple, as Keras keeps it, from one integer or such a tuple."""
    if isinstance(value, (tuple, list)) and len(value) == 1:
        value = value[0]
    return (as_integer(name, value, 1, "Give one integer: a sequence has one axis."),)
