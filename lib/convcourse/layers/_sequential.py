"""Layers in a row."""

import inspect

import numpy as np

from convcourse.arithmetic import trace
from convcourse.layers._base import Layer, put_weights


class Sequential:
    """Layers in a row, each reading what the one before it returns.

    Parameters
    ----------
    layers : list of Layer
        In the order of computing.

    Attributes
    ----------
    layers : list of Layer
    input_shape : tuple or None
        What the network was built for.

    Examples
    --------
    >>> from convcourse.layers import Conv2D, Dense, Flatten, MaxPool2D
    >>> model = Sequential([Conv2D(8, 3, activation="relu"), MaxPool2D(), Flatten()])
    >>> model.add(Dense(10, activation="softmax"))
    >>> model.build((None, 28, 28, 1), rng=0)
    >>> model.summary()
    layer     kind          output shape       parameters    MACs
    conv1     Conv2D        (None, 26, 26, 8)          80  48,672
    pool1     MaxPooling2D  (None, 13, 13, 8)           0       0
    flatten1  Flatten       (None, 1352)                0       0
    dense1    Dense         (None, 10)             13,530  13,520
    total                                          13,610  62,192
    """

    def __init__(self, layers=()):
        self.layers, self.input_shape = [], None
        for layer in layers:
            self.add(layer)

    def add(self, layer):
        """Append a layer; call `build` afterwards, which makes what is missing."""
        if not isinstance(layer, Layer):
            what = (
                f"the class {layer.__name__}" if inspect.isclass(layer) else repr(layer)
            )
            raise TypeError(
                f"layer must be a layer of convcourse.layers, got {what}. Write e.g. "
                "Flatten() with its brackets; for a model of Keras use from_keras."
            )
        self.layers.append(layer)
        self.input_shape = None

    def build(self, input_shape, rng=None):
        """Make the weights of all layers that have none yet.

        Parameters
        ----------
        input_shape : tuple
            (None, H, W, C), or (None, inputs) before a `Dense` layer.
        rng : int or numpy.random.Generator, optional
            Seed or source of the random numbers; fresh ones if not given.

        Raises
        ------
        ValueError
            Where a layer cannot read what the one before it makes; it is named.
        """
        rng, shape = np.random.default_rng(rng), tuple(input_shape)
        for number, layer in enumerate(self.layers):
            try:
                if not layer.built:  # weights that were set before stay
                    layer.build(shape, rng)
                shape = layer.compute_output_shape(shape)
            except ValueError as error:
                where = f"layers[{number}], {type(layer).__name__}, after {shape}"
                raise ValueError(f"{where}: {error}") from None
        self.input_shape = (None, *input_shape[1:])

    def __call__(self, x):
        """Return the output of the last layer; build the network where needed."""
        if self.input_shape is None:
            self.build(np.shape(x))
        for layer in self.layers:
            x = layer(x)
        return x

    @property
    def weights(self):
        """All arrays that training changes, in the order of Keras."""
        return [array for layer in self.layers for array in layer.weights]

    def get_weights(self):
        """Return copies of all weights, in the order of Keras."""
        return [array.copy() for array in self.weights]

    def set_weights(self, weights):
        """Replace all weights by arrays of the same shapes, in the order of Keras."""
        put_weights(self.layers, weights)

    def count_params(self):
        """Return how many numbers the weights are."""
        return sum(layer.count_params() for layer in self.layers)

    def summary(self):
        """Print a table: each layer's output shape, parameters and MACs for one image."""
        if self.input_shape is None:
            raise ValueError(
                "A network that is not built has no shapes: call "
                "build((None, height, width, channels)) first."
            )
        rows = trace(self.layers, self.input_shape[1:])
        cells = [("layer", "kind", "output shape", "parameters", "MACs")]
        for layer, row in zip(self.layers, rows.rows, strict=True):
            shape = str((None, *row.output_shape))
            numbers = (f"{row.parameters:,}", f"{row.macs:,}")
            cells.append((row.name, type(layer).__name__, shape, *numbers))
        cells.append(("total", "", "", f"{rows.parameters:,}", f"{rows.macs:,}"))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for line in cells:
            left = [c.ljust(w) for c, w in zip(line[:3], widths, strict=False)]
            right = [c.rjust(w) for c, w in zip(line[3:], widths[3:], strict=True)]
            print("  ".join(left + right).rstrip())
