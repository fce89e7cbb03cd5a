"""Audit a network: shape, parameters, MACs, memory and receptive field of each layer."""

import math
from collections import Counter
from typing import NamedTuple

from convcourse.arithmetic import _given, from_keras
from convcourse.arithmetic.receptive import ReceptiveField
from convcourse.arithmetic.records import (
    Branches,
    Dense,
    Layer,
    joined_field,
    joined_shape,
    start_fields,
)

__all__ = ["Cost", "Row", "Trace", "cost", "trace"]


class Cost(NamedTuple):
    """What one layer makes and needs, for one image.

    Parameters
    ----------
    output_shape : tuple of int
        Without the batch.
    parameters, trainable : int
        All stored numbers, and those that a gradient changes.
    macs : int
        Multiply-accumulates.
    """

    output_shape: tuple
    parameters: int
    trainable: int
    macs: int

    @property
    def activations(self):
        """Number of values in the output (int); 4 bytes each in float32."""
        return math.prod(self.output_shape)


class Row(NamedTuple):
    """One line of a `Trace`: a layer, its cost, and its receptive field per axis."""

    name: str
    kind: str
    output_shape: tuple
    parameters: int
    trainable: int
    macs: int
    fields: tuple[ReceptiveField, ...] | None

    @property
    def activations(self):
        """Number of values in the output (int); 4 bytes each in float32."""
        return math.prod(self.output_shape)

    @property
    def field(self):
        """The receptive field along the first axis, or None where there is none."""
        return self.fields[0] if self.fields else None


class Trace:
    """The table of a network's layers. Made by `trace`.

    Parameters
    ----------
    input_shape : tuple of int
        Without the batch.
    rows : list of Row
        In the order in which they are computed.
    """

    def __init__(self, input_shape, rows):
        self.input_shape, self.rows = input_shape, rows

    @property
    def parameters(self):
        """All stored numbers (int)."""
        return sum(row.parameters for row in self.rows)

    @property
    def trainable(self):
        """The parameters that a gradient changes (int)."""
        return sum(row.trainable for row in self.rows)

    @property
    def macs(self):
        """Multiply-accumulates for one image (int)."""
        return sum(row.macs for row in self.rows)

    @property
    def activations(self):
        """Values of all outputs (int): what training keeps for one image."""
        return sum(row.activations for row in self.rows)

    @property
    def output_shape(self):
        """Shape of the last output, without the batch (tuple of int)."""
        return self.rows[-1].output_shape if self.rows else self.input_shape

    def __getitem__(self, name):
        """Return the row of a layer, by name or by number."""
        if isinstance(name, int):
            return self.rows[name]
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(
            f"no layer {name!r}; there are {[row.name for row in self.rows]}"
        )

    def __len__(self):
        return len(self.rows)

    def table(self, *kinds):
        """Return the rows as text; with `kinds` only those, the total counts all."""
        cells = [["layer", "output", "parameters", "MACs", "values", "field", "jump"]]
        cells += [_cells(row) for row in self.rows if not kinds or row.kind in kinds]
        totals = f"{self.parameters:,}", f"{self.macs:,}", f"{self.activations:,}"
        cells.append(["total", "", *totals, "", ""])
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(_line(line, widths) for line in cells)

    def __repr__(self):
        return self.table()


def cost(layer, input_shape):
    """Return what one layer makes and needs.

    Parameters
    ----------
    layer : record or layer
        A record of this package (`Conv`, `Dense`, ...), or an object that looks like
        a layer of Keras.
    input_shape : tuple of int
        Without the batch: (H, W, C) before a convolution, (C,) before a dense layer.

    Returns
    -------
    Cost

    Raises
    ------
    TypeError
        If the layer is not known.
    ValueError
        If the shape does not fit the layer.

    Examples
    --------
    >>> from convcourse.arithmetic import Conv
    >>> cost(Conv(64, 5, padding="same"), (32, 32, 3))
    Cost(output_shape=(32, 32, 64), parameters=4864, trainable=4864, macs=4915200)
    """
    shape = _given.shape("input_shape", input_shape)
    layer = _record(layer, shape)
    if isinstance(layer, Branches):
        raise TypeError("layer is a set of branches. Use trace([branches], shape).")
    return _cost(layer, shape)


def trace(network, input_shape=None):
    """Return the table of a network.

    Parameters
    ----------
    network : list or keras.Model
        Records or layers in the order of computing, `Branches` among them, or
        something with such a list as its `layers`; or a built Keras model, sequential
        or functional, branches and models inside it included.
    input_shape : tuple of int, optional
        Without the batch. A list needs it; a Keras model brings its own, unless its
        sizes are open.

    Returns
    -------
    Trace

    Raises
    ------
    TypeError
        If the network is neither, or a layer is not known.
    ValueError
        If a shape does not fit: the message names the layer and the shape before it.

    Notes
    -----
    Counted for one image. MACs are those of convolutions and dense layers; biases,
    pooling, normalisation, activations and additions are not counted, as in the
    published tables. An operation that fuses a product and a sum counts once: FLOPs
    are twice as many.

    Examples
    --------
    >>> from convcourse.arithmetic import Conv, Pool
    >>> trace([Conv(8, 3, name="a"), Pool(2), Conv(16, 3)], (12, 12, 1))
    layer  output   parameters    MACs  values  field  jump
    a      10x10x8          80   7,200     800      3     1
    pool1  5x5x8             0       0     200      4     2
    conv1  3x3x16        1,168  10,368     144      8     2
    total                1,248  17,568   1,144
    """
    walk = _Walk()
    if not from_keras.is_model(network):
        network = getattr(network, "layers", network)
    if isinstance(network, (list, tuple)):
        if input_shape is None:
            raise TypeError("input_shape is missing: a list of layers needs one.")
        shape = _given.shape("input_shape", input_shape)
        walk.stack(network, _State(shape, start_fields(shape), ()))
    elif from_keras.is_model(network):
        shape = from_keras.input_shape(network, input_shape)
        walk.model(network, [_State(shape, start_fields(shape), ())])
    else:
        raise TypeError(
            "network must be a list of layers or a built Keras model, got "
            f"{type(network).__name__}. Of one layer, use cost(layer, shape)."
        )
    return Trace(shape, walk.rows)


class _State(NamedTuple):
    """What flows from layer to layer: a shape, fields, and a grid not yet read."""

    shape: tuple
    fields: tuple | None
    grid: tuple  # the positions that a Flatten has put into the list


class _Walk:
    """Goes through a network and writes a row for each layer."""

    def __init__(self):
        self.rows, self._count = [], Counter()

    def stack(self, layers, state):
        """Walk through a list of layers."""
        for layer in layers:
            record = _record(layer, state.shape)
            if isinstance(record, Branches):
                ends = [self.stack(branch, state) for branch in record.stacks]
                state = self.join(ends, record.join, record.name)
            else:
                state = self.step(record, state)
        return state

    def step(self, layer, state):
        """Write the row of one layer and return what comes after it."""
        name = self._name(layer.name, layer.kind)
        try:
            made = _cost(layer, state.shape)
        except ValueError as error:
            raise ValueError(f"layer {name!r} after {state.shape}: {error}") from None
        state = _after(layer, state, made.output_shape)
        self.rows.append(Row(name, layer.kind, *made, state.fields))
        return state

    def join(self, states, how, name=None):
        """Write the row of an addition or a concatenation."""
        name = self._name(name, how)
        try:
            shape = joined_shape([state.shape for state in states], how)
        except ValueError as error:
            raise ValueError(f"layer {name!r}: {error}") from None
        fields = _joined(states, shape)
        self.rows.append(Row(name, how, shape, 0, 0, 0, fields))
        return _State(shape, fields, ())

    def model(self, model, states):
        """Walk through a Keras model, and return its outputs."""
        return from_keras.walk(model, states, self._keras_layer)

    def _keras_layer(self, layer, states):
        """Walk through one layer (or a model) of a Keras model."""
        if from_keras.is_model(layer):
            return self.model(layer, states)
        how = from_keras.how_joined(layer)
        if how:
            return [self.join(states, how, layer.name)]
        return [self.step(_record(layer, states[0].shape), states[0])]

    def _name(self, given, kind):
        if given:
            return given
        self._count[kind] += 1
        return f"{kind}{self._count[kind]}"


def _record(layer, shape):
    """Return a record for whatever stands for a layer."""
    return layer if isinstance(layer, Layer) else from_keras.record(layer, shape)


def _cost(layer, shape):
    """Return the cost of one record."""
    made = layer.output_shape(shape)
    parameters = layer.parameters(shape)
    return Cost(made, parameters, parameters - layer.frozen(shape), layer.macs(shape))


def _after(layer, state, shape):
    """Return the state behind a layer: the receptive field is what takes thought."""
    fields, before = state.fields, state.shape
    if fields is None:
        return _State(shape, None, ())
    if layer.kind == "flatten":  # a unit of the list still sees what it saw
        return _State(shape, fields, before[:-1])
    if isinstance(layer, Dense) and len(before) == 1 and state.grid:  # it reads all
        fields = [f.over(n) for f, n in zip(fields, state.grid, strict=True)]
        return _State(shape, tuple(fields), ())
    sizes = before[:-1]
    if len(sizes) == len(fields):
        moved = [
            layer.field(field, n, axis, len(sizes))
            for axis, (field, n) in enumerate(zip(fields, sizes, strict=True))
        ]
        return _State(shape, tuple(moved), ())
    return _State(shape, fields, state.grid)


def _joined(states, shape):
    """Return the fields of joined branches, or None where they have no common ones."""
    if any(state.fields is None for state in states):
        return None
    if len({len(state.fields) for state in states}) > 1:
        return None
    units = shape[:-1] or (1,) * len(states[0].fields)
    columns = zip(*(state.fields for state in states), strict=True)
    fields = [
        joined_field(column, n) for column, n in zip(columns, units, strict=False)
    ]
    return None if None in fields else tuple(fields)


def _cells(row):
    """Return a row as texts."""
    output = "x".join(map(str, row.output_shape))
    numbers = f"{row.parameters:,}", f"{row.macs:,}", f"{row.activations:,}"
    if not row.fields:
        return [row.name, output, *numbers, "-", "-"]
    size = _per_axis([field.size for field in row.fields])
    jump = _per_axis([field.jump for field in row.fields])
    return [row.name, output, *numbers, size, "-" if jump == "0" else jump]


def _per_axis(values):
    """Return one number where all axes agree, else all."""
    return "x".join(map(str, values if len(set(values)) > 1 else values[:1]))


def _line(cells, widths):
    """Return texts as one line: names to the left, numbers to the right."""
    left = [c.ljust(w) for c, w in zip(cells[:2], widths[:2], strict=True)]
    right = [c.rjust(w) for c, w in zip(cells[2:], widths[2:], strict=True)]
    return "  ".join([*left, *right]).rstrip()
