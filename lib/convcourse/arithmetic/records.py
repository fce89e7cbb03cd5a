"""Layers as records: what counts about a layer, and what follows from it.

A record holds the settings, no weights. Of each one can ask the output's shape, the
parameters, the MACs and the receptive field. Shapes have no batch: ``(H, W, C)``; one
axis ``(L, C)`` and three work as well.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from convcourse.arithmetic import _given
from convcourse.arithmetic.receptive import ReceptiveField
from convcourse.arithmetic.sizes import effective_kernel, output_length, padding_sides
from convcourse.arithmetic.transposed import crop_left, transposed_length

__all__ = [
    "Activation",
    "BatchNorm",
    "Branches",
    "Conv",
    "Crop",
    "Dense",
    "Depthwise",
    "Flatten",
    "GlobalPool",
    "Layer",
    "Pad",
    "Pool",
    "Separable",
    "Transposed",
    "Upsample",
]


class Layer:
    """What every record answers; by itself a layer that changes and costs nothing."""

    kind: ClassVar[str] = "layer"

    def output_shape(self, shape):
        """Return the shape of the output, without the batch."""
        return shape

    def parameters(self, shape):
        """Return the number of numbers that are stored: trained or not."""
        return 0

    def frozen(self, shape):
        """Return how many of the parameters no gradient changes."""
        return 0

    def macs(self, shape):
        """Return the multiply-accumulates for one image."""
        return 0

    def field(self, field, n, axis, axes):
        """Return the receptive field along one axis, of length `n` before."""
        return field


@dataclass(frozen=True)
class _Window(Layer):
    """A layer whose windows slide: padding, stride, dilation along each axis."""

    def _along(self, axis, axes):
        """Return kernel, stride, padding, dilation of one axis."""
        return tuple(
            _given.per_axis(name, getattr(self, name, standard), axes)[axis]
            for name, standard in (
                ("kernel", 1),
                ("stride", 1),
                ("padding", 0),
                ("dilation", 1),
            )
        )

    def _sizes(self, shape):
        """Return the output's size along each axis."""
        axes = _axes(self, shape)
        sizes = []
        for axis, n in enumerate(shape[:-1]):
            try:
                sizes.append(output_length(n, *self._along(axis, axes)))
            except ValueError as error:
                raise ValueError(f"axis {axis} of shape {shape}: {error}") from None
        return tuple(sizes)

    def _taps(self, shape):
        """Return the number of weights of one window of one channel."""
        axes = _axes(self, shape)
        return math.prod(self._along(axis, axes)[0] for axis in range(axes))

    def output_shape(self, shape):
        """Return the shape of the output, without the batch."""
        return (*self._sizes(shape), self._channels(shape))

    def _channels(self, shape):
        return shape[-1]

    def field(self, field, n, axis, axes):
        """Return the receptive field along one axis, of length `n` before."""
        kernel, stride, padding, dilation = self._along(axis, axes)
        left, _ = padding_sides(n, kernel, stride, padding, dilation)
        return field.after(kernel, stride, left, dilation)


@dataclass(frozen=True)
class Conv(_Window):
    """A convolution. 1x1 and grouped ones are settings of it.

    Parameters
    ----------
    filters : int
        Output channels.
    kernel, stride, padding, dilation
        Of the window, as in `output_length`: one value for all axes, or a tuple with
        one per axis. Padding that differs between two sides needs nesting:
        ``((top, bottom), (left, right))``.
    groups : int
        Each output channel reads only ``C_in / groups`` input channels.
    bias : bool
        One more parameter per output channel.
    name : str, optional
        For the table.

    Notes
    -----
    Parameters ``kh * kw * C_in / groups * C_out``, and ``C_out`` for the bias; MACs
    ``H_out * W_out * C_out * kh * kw * C_in / groups``. Adding the bias is no MAC.

    Examples
    --------
    >>> Conv(64, 5).parameters((32, 32, 3)), Conv(64, 5).macs((32, 32, 3))
    (4864, 3763200)
    """

    filters: int
    kernel: int | tuple = 3
    stride: int | tuple = 1
    padding: int | str | tuple = "valid"
    dilation: int | tuple = 1
    groups: int = 1
    bias: bool = True
    name: str | None = None
    kind: ClassVar[str] = "conv"

    def _channels(self, shape):
        _given.integer("filters", self.filters, 1, "It counts the output channels.")
        groups = _given.integer("groups", self.groups, 1, "1 joins all channels.")
        if shape[-1] % groups or self.filters % groups:
            raise ValueError(
                f"groups={groups} must divide the input's {shape[-1]} channels and the "
                f"{self.filters} filters. Use a common divisor: one of "
                f"{_divisors(math.gcd(shape[-1], self.filters))}."
            )
        return self.filters

    def _weights(self, shape):
        self._channels(shape)
        return self._taps(shape) * (shape[-1] // self.groups) * self.filters

    def parameters(self, shape):
        """Return the weights and, where there is one, the bias."""
        return self._weights(shape) + (self.filters if self.bias else 0)

    def macs(self, shape):
        """Return one MAC per weight and output position."""
        return math.prod(self._sizes(shape)) * self._weights(shape)


@dataclass(frozen=True)
class Depthwise(_Window):
    """A convolution of each channel by itself, with `multiplier` kernels each.

    Parameters
    ----------
    kernel, stride, padding, dilation
        As in `Conv`.
    multiplier : int
        Output channels per input channel.
    bias : bool
        One more parameter per output channel.
    name : str, optional
        For the table.

    Examples
    --------
    >>> Depthwise(3, bias=False).parameters((56, 56, 128))
    1152
    """

    kernel: int | tuple = 3
    stride: int | tuple = 1
    padding: int | str | tuple = "valid"
    dilation: int | tuple = 1
    multiplier: int = 1
    bias: bool = True
    name: str | None = None
    kind: ClassVar[str] = "depthwise"

    def _channels(self, shape):
        remedy = "It counts the kernels of each channel."
        return shape[-1] * _given.integer("multiplier", self.multiplier, 1, remedy)

    def parameters(self, shape):
        """Return the weights and, where there is one, the bias."""
        channels = self._channels(shape)
        return self._taps(shape) * channels + (channels if self.bias else 0)

    def macs(self, shape):
        """Return one MAC per weight and output position."""
        return math.prod(self.output_shape(shape)) * self._taps(shape)


@dataclass(frozen=True)
class Separable(_Window):
    """A depthwise convolution, then a 1x1 convolution; one bias, at the end.

    Parameters
    ----------
    filters : int
        Output channels.
    kernel, stride, padding, dilation, multiplier, bias, name
        As in `Depthwise`.

    Examples
    --------
    >>> Separable(64, 3).parameters((32, 32, 32))
    2400
    """

    filters: int
    kernel: int | tuple = 3
    stride: int | tuple = 1
    padding: int | str | tuple = "valid"
    dilation: int | tuple = 1
    multiplier: int = 1
    bias: bool = True
    name: str | None = None
    kind: ClassVar[str] = "separable"

    def _parts(self, shape):
        """Return the two layers, and the shape between them."""
        window = self.kernel, self.stride, self.padding, self.dilation
        depthwise = Depthwise(*window, self.multiplier, bias=False)
        pointwise = Conv(self.filters, 1, bias=self.bias)
        return depthwise, pointwise, depthwise.output_shape(shape)

    def _channels(self, shape):
        return _given.integer("filters", self.filters, 1, "It counts output channels.")

    def parameters(self, shape):
        """Return the weights of both steps and, where there is one, the bias."""
        depthwise, pointwise, between = self._parts(shape)
        return depthwise.parameters(shape) + pointwise.parameters(between)

    def macs(self, shape):
        """Return the MACs of both steps."""
        depthwise, pointwise, between = self._parts(shape)
        return depthwise.macs(shape) + pointwise.macs(between)


@dataclass(frozen=True)
class Transposed(_Window):
    """A transposed convolution.

    Parameters
    ----------
    filters : int
        Output channels.
    kernel, stride, padding, output_padding, dilation
        As in `transposed_length`.
    bias : bool
        One more parameter per output channel.
    name : str, optional
        For the table.

    Notes
    -----
    Each input sample stamps the whole kernel into each output channel:
    ``H_in * W_in * C_in * kh * kw * C_out`` MACs, those at a cut border included.

    Examples
    --------
    >>> layer = Transposed(8, 4, stride=2, padding="same")
    >>> layer.output_shape((7, 7, 16)), layer.parameters((7, 7, 16))
    ((14, 14, 8), 2056)
    """

    filters: int
    kernel: int | tuple = 3
    stride: int | tuple = 1
    padding: int | str | tuple = "valid"
    output_padding: int | tuple | None = None
    dilation: int | tuple = 1
    bias: bool = True
    name: str | None = None
    kind: ClassVar[str] = "transposed"

    def _setting(self, axis, axes):
        """Return the arguments of `transposed_length` after `n`, of one axis."""
        kernel, stride, padding, dilation = self._along(axis, axes)
        added = _given.per_axis("output_padding", self.output_padding, axes)[axis]
        return kernel, stride, padding, added, dilation

    def _sizes(self, shape):
        axes = _axes(self, shape)
        return tuple(
            transposed_length(n, *self._setting(axis, axes))
            for axis, n in enumerate(shape[:-1])
        )

    def _channels(self, shape):
        return _given.integer("filters", self.filters, 1, "It counts output channels.")

    def parameters(self, shape):
        """Return the weights and, where there is one, the bias."""
        weights = self._taps(shape) * shape[-1] * self._channels(shape)
        return weights + (self.filters if self.bias else 0)

    def macs(self, shape):
        """Return one MAC per weight and *input* position."""
        return math.prod(shape) * self._taps(shape) * self._channels(shape)

    def field(self, field, n, axis, axes):
        """Return the receptive field along one axis: the largest of all units."""
        kernel, stride, padding, added, dilation = self._setting(axis, axes)
        crop = crop_left(n, kernel, stride, padding, added, dilation)
        return field.after_transposed(effective_kernel(kernel, dilation), stride, crop)


@dataclass(frozen=True)
class Pool(_Window):
    """Maximum or average of each window of each channel: no parameters, no MACs.

    Parameters
    ----------
    kernel : int or tuple
        Size of the window.
    stride : int or tuple, optional
        Step from window to window; default: the size, so that none overlap.
    padding
        As in `Conv`.
    name : str, optional
        For the table.

    Examples
    --------
    >>> Pool(2).output_shape((5, 5, 16))
    (2, 2, 16)
    """

    kernel: int | tuple = 2
    stride: int | tuple | None = None
    padding: int | str | tuple = "valid"
    name: str | None = None
    kind: ClassVar[str] = "pool"

    def __post_init__(self):
        if self.stride is None:
            object.__setattr__(self, "stride", self.kernel)


@dataclass(frozen=True)
class GlobalPool(Layer):
    """Maximum or average over all positions of each channel.

    Parameters
    ----------
    keepdims : bool
        True leaves axes of length 1.
    name : str, optional
        For the table.

    Examples
    --------
    >>> GlobalPool().output_shape((7, 7, 2048))
    (2048,)
    """

    keepdims: bool = False
    name: str | None = None
    kind: ClassVar[str] = "pool"

    def output_shape(self, shape):
        """Return the channels, with axes of length 1 where they are kept."""
        axes = _axes(self, shape)
        return (1,) * axes * self.keepdims + shape[-1:]

    def field(self, field, n, axis, axes):
        """Return the receptive field: that of all positions together."""
        return field.over(n)


@dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer over the last axis.

    Parameters
    ----------
    units : int
        Numbers in the output.
    bias : bool
        One more parameter per unit.
    name : str, optional
        For the table.

    Examples
    --------
    >>> Dense(4096).parameters((25088,)), Dense(4096).macs((25088,))
    (102764544, 102760448)
    """

    units: int
    bias: bool = True
    name: str | None = None
    kind: ClassVar[str] = "dense"

    def output_shape(self, shape):
        """Return the shape with `units` in place of its last size."""
        units = _given.integer("units", self.units, 1, "It counts the outputs.")
        return (*shape[:-1], units)

    def parameters(self, shape):
        """Return the weights and, where there is one, the bias."""
        return shape[-1] * self.units + (self.units if self.bias else 0)

    def macs(self, shape):
        """Return one MAC per weight, at every position of the axes before."""
        return math.prod(shape) * self.units


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalisation: two trained and two measured numbers per channel.

    Parameters
    ----------
    scale, centre : bool
        False leaves out the trained factor or the trained offset.
    name : str, optional
        For the table.

    Notes
    -----
    No MACs are counted: in use it is folded into the convolution before it.

    Examples
    --------
    >>> BatchNorm().parameters((7, 7, 32)), BatchNorm().frozen((7, 7, 32))
    (128, 64)
    """

    scale: bool = True
    centre: bool = True
    name: str | None = None
    kind: ClassVar[str] = "norm"

    def parameters(self, shape):
        """Return all four (or fewer) numbers per channel."""
        return (2 + bool(self.scale) + bool(self.centre)) * shape[-1]

    def frozen(self, shape):
        """Return the mean and the variance of each channel."""
        return 2 * shape[-1]


@dataclass(frozen=True)
class Activation(Layer):
    """ReLU, dropout and everything else that keeps the shape.

    Parameters
    ----------
    name : str, optional
        For the table.
    stored, held : int
        Parameters, and how many of them no gradient changes.
    """

    name: str | None = None
    stored: int = 0
    held: int = 0
    kind: ClassVar[str] = "activation"

    def parameters(self, shape):
        """Return what was given."""
        return self.stored

    def frozen(self, shape):
        """Return what was given."""
        return self.held


@dataclass(frozen=True)
class Flatten(Layer):
    """All positions and channels in one list.

    Parameters
    ----------
    name : str, optional
        For the table.

    Examples
    --------
    >>> Flatten().output_shape((7, 7, 512))
    (25088,)
    """

    name: str | None = None
    kind: ClassVar[str] = "flatten"

    def output_shape(self, shape):
        """Return the number of all values, as a shape."""
        return (math.prod(shape),)


@dataclass(frozen=True)
class Pad(Layer):
    """Samples added around: ``Pad(1)`` or ``Pad(((top, bottom), (left, right)))``.

    Parameters
    ----------
    padding : int or tuple
        One number for all sides, one per axis, or a pair per axis.
    name : str, optional
        For the table.

    Examples
    --------
    >>> Pad(((0, 1), (0, 1))).output_shape((112, 112, 64))
    (113, 113, 64)
    """

    padding: int | tuple
    name: str | None = None
    kind: ClassVar[str] = "pad"
    _sign: ClassVar[int] = 1

    def _sides(self, axis, axes):
        along = _given.per_axis("padding", self.padding, axes)[axis]
        left, right = padding_sides(1, 1, padding=along)
        return self._sign * left, self._sign * right

    def output_shape(self, shape):
        """Return the longer shape."""
        axes = _axes(self, shape)
        sizes = [n + sum(self._sides(axis, axes)) for axis, n in enumerate(shape[:-1])]
        if min(sizes) < 1:
            raise ValueError(f"padding={self.padding} leaves nothing of {shape}.")
        return (*sizes, shape[-1])

    def field(self, field, n, axis, axes):
        """Return the field, begun earlier (or later, where samples are cut)."""
        return field.after(1, 1, self._sides(axis, axes)[0])


@dataclass(frozen=True)
class Crop(Pad):
    """Samples cut off on all sides; its numbers as in `Pad`.

    Parameters
    ----------
    padding : int or tuple
        One number for all sides, one per axis, or a pair per axis.
    name : str, optional
        For the table.
    """

    kind: ClassVar[str] = "crop"
    _sign: ClassVar[int] = -1


@dataclass(frozen=True)
class Upsample(Layer):
    """Every sample repeated.

    Parameters
    ----------
    size : int or tuple
        How often, along each axis.
    name : str, optional
        For the table.

    Examples
    --------
    >>> Upsample(2).output_shape((7, 7, 16))
    (14, 14, 16)
    """

    size: int | tuple = 2
    name: str | None = None
    kind: ClassVar[str] = "upsample"

    def output_shape(self, shape):
        """Return the longer shape."""
        size = _given.per_axis("size", self.size, _axes(self, shape))
        return (*(n * s for n, s in zip(shape[:-1], size, strict=True)), shape[-1])

    def field(self, field, n, axis, axes):
        """Return the field: the same size, at a fraction of the jump."""
        size = _given.per_axis("size", self.size, axes)[axis]
        return field.after_transposed(size, size)


@dataclass(frozen=True)
class Branches(Layer):
    """Stacks that read the same input, and how their outputs come together.

    Parameters
    ----------
    *stacks : list of records
        One list for each branch. An empty list is the short cut.
    join : {"add", "concatenate"}
        Outputs are added, or their channels lined up.
    name : str, optional
        For the table.

    Examples
    --------
    >>> block = Branches([Conv(64, 3, padding="same")], [], join="add")
    >>> len(block.stacks)
    2
    """

    stacks: tuple
    join: str = "add"
    name: str | None = None

    def __init__(self, *stacks, join="add", name=None):
        _given.choice("join", join, ("add", "concatenate"))
        if len(stacks) < 2 or not all(isinstance(s, (list, tuple)) for s in stacks):
            raise TypeError(
                "stacks must be two or more lists of layers, one for each branch: "
                "Branches([Conv(64)], [])."
            )
        for name_, value in (("stacks", stacks), ("join", join), ("name", name)):
            object.__setattr__(self, name_, value)


def joined_shape(shapes, join):
    """Return the shape of branches that come together; "add" also broadcasts."""
    if join == "concatenate":
        if len({shape[:-1] for shape in shapes}) > 1:
            raise ValueError(
                f"the branches end at shapes {shapes}: only the channels may differ. "
                "Give them the same strides, and padding='same'."
            )
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))
    axes = {len(shape) for shape in shapes}
    columns = list(zip(*shapes, strict=False))
    if len(axes) > 1 or any(len({*sizes} - {1}) > 1 for sizes in columns):
        raise ValueError(
            f"the branches end at shapes {shapes}, which cannot be added. Give them "
            "the same strides, padding and channels (a 1x1 convolution changes these)."
        )
    return tuple(max(sizes) for sizes in columns)


def joined_field(fields, units):
    """Return the field of a unit that reads all branches; None if they drift apart."""
    whole = fields[0]
    for field in fields[1:]:
        if whole is None or field is None:
            return None
        if 0 not in (whole.jump, field.jump) and whole.jump != field.jump:
            return None
        whole = whole.union(field, units)
    return whole


def start_fields(shape):
    """Return the fields of the input itself: one sample each."""
    return tuple(ReceptiveField() for _ in shape[:-1])


def _axes(layer, shape):
    """Return the number of spatial axes; there must be one."""
    if len(shape) < 2:
        raise ValueError(
            f"{layer.kind} needs an input with positions and channels, such as "
            f"(H, W, C), got shape {shape}. Is a Flatten in front of it?"
        )
    return len(shape) - 1


def _divisors(number):
    """Return all divisors, smallest first."""
    return [d for d in range(1, number + 1) if number % d == 0]
