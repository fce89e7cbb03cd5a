"""What all layers share: a call, names for the weights, and how these begin."""

import math

import numpy as np

from convcourse import ops
from convcourse.arithmetic import cost
from convcourse.ops._validate import as_choice, as_numbers, as_pair

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": ops.relu,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "softmax": ops.softmax,
}
INPUTS = {  # number of axes: what stands on them, and hints for other numbers
    3: (
        "sequences (N, T, C)",
        {
            1: "One series: x[None, :, None].",
            2: "One sequence with channels: x[None]. A batch of series: x[..., None].",
        },
    ),
    4: (
        "images (N, H, W, C)",
        {
            2: "One grey image: x[None, :, :, None].",
            3: "One image with channels: x[None]. A batch of grey images: x[..., None].",
        },
    ),
}
INITIALIZERS = ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal")


def initial_weights(kind, shape, fan_in, fan_out, rng=None):
    r"""Draw random weights whose spread suits the size of a layer.

    Parameters
    ----------
    kind : {'glorot_uniform', 'glorot_normal', 'he_uniform', 'he_normal'}
        'he' keeps the size of signals through layers with ReLU, 'glorot' that of
        signals and gradients through layers with tanh or none.
    shape : tuple of int
        Shape of the weights.
    fan_in, fan_out : int
        How many inputs make one output, and how many outputs one input reaches.
    rng : int or numpy.random.Generator, optional
        Seed or source of the random numbers; fresh ones if not given.

    Returns
    -------
    ndarray
        float64 numbers of mean 0.

    Raises
    ------
    ValueError
        Where `kind` is unknown.

    Notes
    -----
    The variance is :math:`2 / (\text{fan}_{in} + \text{fan}_{out})` for 'glorot'
    (X. Glorot and Y. Bengio, 2010) and :math:`2 / \text{fan}_{in}` for 'he' (K. He and
    others, 2015). A uniform distribution on :math:`\pm a` has variance :math:`a^2 / 3`.
    Keras draws its normal numbers from a curve that is cut off at two standard
    deviations and widened to the same variance; ours are not cut.

    Examples
    --------
    >>> weights = initial_weights("he_normal", (3, 3, 16, 64), 144, 576, rng=0)
    >>> round(float(weights.var() * 144 / 2), 1)
    1.0
    """
    as_choice("kernel_initializer", kind, INITIALIZERS, {})
    rng = np.random.default_rng(rng)
    rule, distribution = kind.split("_")
    variance = 2 / fan_in if rule == "he" else 2 / (fan_in + fan_out)
    if distribution == "uniform":
        limit = math.sqrt(3 * variance)
        return rng.uniform(-limit, limit, shape)
    return rng.normal(0, math.sqrt(variance), shape)


class Layer:
    """What all layers share: numbers in, numbers out, and weights that have names.

    Parameters
    ----------
    name : str, optional
        For tables.
    dtype : str or dtype
        In which the layer computes and keeps its weights. What comes in is converted,
        integers too (Keras refuses these in layers that have weights).

    Attributes
    ----------
    params : dict of str to ndarray
        The weights, in the order of Keras; None until the layer is built.
    """

    axes = None  # how many axes the input has, batch included; None: any

    def __init__(self, name=None, dtype="float32"):
        self.name, self.dtype = name, np.dtype(dtype)
        self.params = {}

    @property
    def built(self):
        """True once the weights exist."""
        return self.params is not None

    def build(self, input_shape, rng=None):
        """Make the weights for inputs of a shape: (N or None, ..., channels)."""
        self._check(input_shape)

    def __call__(self, x):
        """Return the layer's output; build the layer first where it is not built."""
        x = as_numbers("x", x)
        if x.dtype.kind == "c":
            raise TypeError("x must be real, got complex numbers. Use np.abs(x).")
        self._check(x.shape)
        if not self.built:
            self.build(x.shape)
        return self.forward(x.astype(self.dtype, copy=False))

    def forward(self, x):
        """Return the output for an array of the layer's dtype."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass.")

    @property
    def weights(self):
        """All arrays that training changes, in the order of Keras."""
        return list((self.params or {}).values())

    non_trainable_weights = ()

    def get_weights(self):
        """Return copies of the weights, in the order of Keras."""
        return [array.copy() for array in self.weights]

    def set_weights(self, weights):
        """Replace the weights by arrays of the same shapes, in the order of Keras."""
        put_weights([self], weights)

    def count_params(self):
        """Return how many numbers the weights are."""
        self._need_weights()
        return sum(array.size for array in self.weights)

    def compute_output_shape(self, input_shape):
        """Return the shape of the output for an input of (N or None, ..., channels)."""
        self._check(input_shape)
        return (input_shape[0], *cost(self, tuple(input_shape[1:])).output_shape)

    def _need_weights(self):
        if not self.built:
            raise ValueError(
                f"{type(self).__name__} has no weights before it knows its input: call "
                "build((None, height, width, channels)), or the layer itself."
            )

    def _check(self, shape):
        """Raise ValueError where an input has the wrong number of axes."""
        if self.axes is None or len(shape) == self.axes:
            return
        what, hints = INPUTS[self.axes]
        raise ValueError(
            f"{type(self).__name__} reads a batch of {what}, got shape "
            f"{tuple(shape)}. {hints.get(len(shape), '')}".strip()
        )

    def __repr__(self):
        return f"<{type(self).__name__}{f' {self.name}' if self.name else ''}>"


def put_weights(layers, weights):
    """Put arrays into layers, one after the other; all must fit before any is put."""
    places = []
    for layer in layers:
        layer._need_weights()
        places += [(layer, name) for name in layer.params]
    expected = [layer.params[name].shape for layer, name in places]
    arrays = [as_numbers("weights", array) for array in weights]
    shapes = [array.shape for array in arrays]
    if shapes != expected:
        hint = ""
        if expected == shapes[::-1]:
            hint = " The order is kernel, bias."
        if any(len(s) == 4 and (*s[2:], s[1], s[0]) in expected for s in shapes):
            hint = " For kernels (C_out, C_in, kh, kw) use .transpose(2, 3, 1, 0)."
        raise ValueError(
            f"weights must have the shapes {expected}, got {shapes}.{hint}"
        )
    for (layer, name), array in zip(places, arrays, strict=True):
        layer.params[name] = array.astype(layer.dtype)


def as_window(size, strides, name="kernel_size"):
    """Return the size of a window and its steps, as two pairs."""
    remedy = "Give one integer for both axes, or (rows, columns)."
    return as_pair(name, size, 1, remedy), as_pair("strides", strides, 1, remedy)
