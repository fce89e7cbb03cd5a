"""Read layers and models of Keras, or of what looks like it, without importing it.

A layer is known by the name of its class (or of a class it descends from), and read by
the names of its attributes. Our own `convcourse.layers` looks alike.
"""

from convcourse.arithmetic import _given, records

JOINS = {"Add": "add", "Concatenate": "concatenate"}
# they also take arrays of equal shape together, number by number
JOINS |= dict.fromkeys(("Multiply", "Subtract", "Average", "Maximum", "Minimum"), "add")
# inceptionresnetv2 adds two branches in a layer of its own
JOINS["CustomScaleLayer"] = "add"


def is_model(thing):
    """Return True for a Keras model: layers in a graph."""
    return hasattr(thing, "_nodes_by_depth") or hasattr(thing, "_functional")


def how_joined(layer):
    """Return "add" or "concatenate" for a layer that joins branches, else None."""
    how = next((JOINS[name] for name in _class_names(layer) if name in JOINS), None)
    if how == "concatenate" and getattr(layer, "axis", -1) not in (-1, 3):
        raise ValueError(
            f"layer {layer.name!r} concatenates along axis {layer.axis}; only the "
            "channels (axis=-1) are counted here."
        )
    return how


def input_shape(model, given):
    """Return the shape of a model's input: its own, or the given one."""
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"model {getattr(model, 'name', '')!r} is not built. Begin it with "
            "keras.Input(shape), or call model.build((None, height, width, channels))."
        )
    if len(model.inputs) != 1:
        raise ValueError(f"model {model.name!r} has {len(model.inputs)} inputs, not 1.")
    own = tuple(model.inputs[0].shape)[1:]
    if given is None:
        if None in own:
            raise ValueError(
                f"model {model.name!r} takes inputs of open size {own}. "
                "Pass input_shape=(224, 224, 3), for example."
            )
        return _given.shape("input_shape", own)
    shape = _given.shape("input_shape", given)
    fits = len(own) == len(shape) and all(
        a in (None, b) for a, b in zip(own, shape, strict=True)
    )
    if not fits:
        raise ValueError(f"input_shape must fit the model's {own}, got {shape}.")
    return shape


def walk(model, states, visit):
    """Call ``visit(layer, states)`` in the order of computing; return the outputs."""
    graph = getattr(model, "_functional", None) or model  # of a sequential model
    known = {id(t): s for t, s in zip(graph.inputs, states, strict=True)}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.is_input:
                continue
            before = [known[id(tensor)] for tensor in node.input_tensors]
            after = visit(node.operation, before)
            known.update((id(t), s) for t, s in zip(node.outputs, after, strict=True))
    return [known[id(tensor)] for tensor in graph.outputs]


def record(layer, shape):
    """Return the record of one layer, which reads an input of this shape."""
    if isinstance(layer, type):
        raise TypeError(
            f"layer must be a layer, got the class {layer.__name__}: call it."
        )
    _refuse_channels_first(layer)
    for name in _class_names(layer):
        if name in READERS:
            return READERS[name](layer)
    return _other(layer, shape)


def _class_names(layer):
    """Return the names of the layer's class and its ancestors, without 1D, 2D, 3D."""
    names = [kind.__name__ for kind in type(layer).__mro__]
    return [name[:-2] if name[-2:] in ("1D", "2D", "3D") else name for name in names]


def _refuse_channels_first(layer):
    if getattr(layer, "data_format", None) == "channels_first":
        raise ValueError(
            f"layer {layer.name!r} has data_format='channels_first'; shapes here are "
            "(H, W, C). Build the model with 'channels_last'."
        )


def _get(layer, *names, default=None):
    """Return the first attribute there is: Keras' name, then others in use."""
    for name in names:
        if hasattr(layer, name):
            return getattr(layer, name)
    return default


def _window(layer):
    """Return kernel, stride, padding and dilation as keyword arguments."""
    return {
        "kernel": _get(layer, "kernel_size", "kernel"),
        "stride": _get(layer, "strides", "stride", default=1),
        "padding": _get(layer, "padding", default="valid"),
        "dilation": _get(layer, "dilation_rate", "dilation", default=1),
    }


def _common(layer):
    """Return name and bias as keyword arguments."""
    bias = _get(layer, "use_bias", default=True)
    return {"bias": bool(bias), "name": getattr(layer, "name", None)}


def _conv(layer):
    groups = _get(layer, "groups", default=1)
    return records.Conv(
        layer.filters, **_window(layer), groups=groups, **_common(layer)
    )


def _depthwise(layer):
    times = _get(layer, "depth_multiplier", default=1)
    return records.Depthwise(**_window(layer), multiplier=times, **_common(layer))


def _separable(layer):
    times = _get(layer, "depth_multiplier", default=1)
    return records.Separable(
        layer.filters, **_window(layer), multiplier=times, **_common(layer)
    )


def _transposed(layer):
    return records.Transposed(
        layer.filters,
        **_window(layer),
        output_padding=_get(layer, "output_padding"),
        **_common(layer),
    )


def _pool(layer):
    return records.Pool(
        _get(layer, "pool_size", "size", "kernel_size"),
        _get(layer, "strides", "stride"),
        _get(layer, "padding", default="valid"),
        getattr(layer, "name", None),
    )


def _global_pool(layer):
    keepdims = bool(_get(layer, "keepdims", default=False))
    return records.GlobalPool(keepdims, getattr(layer, "name", None))


def _dense(layer):
    return records.Dense(layer.units, **_common(layer))


def _batch_norm(layer):
    scale, centre = (
        _get(layer, "scale", default=True),
        _get(layer, "center", default=True),
    )
    return records.BatchNorm(scale, centre, getattr(layer, "name", None))


def _flatten(layer):
    return records.Flatten(getattr(layer, "name", None))


def _pad(layer):
    return records.Pad(layer.padding, layer.name)


def _crop(layer):
    return records.Crop(layer.cropping, layer.name)


def _upsample(layer):
    return records.Upsample(layer.size, layer.name)


READERS = {
    "Conv": _conv,
    "DepthwiseConv": _depthwise,
    "SeparableConv": _separable,
    "Transpose": _transposed,
    "ConvTranspose": _transposed,
    "Conv1DTranspose": _transposed,
    "Conv2DTranspose": _transposed,
    "Conv3DTranspose": _transposed,
    "MaxPooling": _pool,
    "AveragePooling": _pool,
    "MaxPool": _pool,
    "AveragePool": _pool,
    "Pool": _pool,
    "GlobalMaxPooling": _global_pool,
    "GlobalAveragePooling": _global_pool,
    "GlobalMaxPool": _global_pool,
    "GlobalAveragePool": _global_pool,
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "Flatten": _flatten,
    "ZeroPadding": _pad,
    "Cropping": _crop,
    "UpSampling": _upsample,
}


def _other(layer, shape):
    """Return a record for a layer of Keras that keeps the shape, or reshapes."""
    if not hasattr(layer, "compute_output_shape"):
        raise TypeError(
            f"layer must be a record such as Conv(64, 3) or a layer of Keras, got "
            f"{layer!r}."
        )
    made = _made(layer, shape)
    if made == shape:
        return records.Activation(layer.name, _stored(layer), _stored(layer, False))
    if "Reshape" in _class_names(layer):
        return _Reshape(layer.name, made)
    raise TypeError(
        f"layer {layer.name!r} is a {type(layer).__name__}, which is not known here and "
        f"turns {shape} into {made}. Put a record in its place."
    )


def _made(layer, shape):
    """Return the shape that a layer of Keras makes."""
    try:
        return tuple(layer.compute_output_shape((None, *shape)))[1:]
    except NotImplementedError:  # some layers of keras.applications cannot say
        known = tuple(layer.output.shape)[1:]
        if len(known) != len(shape):
            return known
        return tuple(n or before for n, before in zip(known, shape, strict=True))


def _stored(layer, all_of_them=True):
    """Return the number of parameters: all, or those that are never trained."""
    weights = layer.weights if all_of_them else layer.non_trainable_weights
    return sum(_size(weight.shape) for weight in weights)


def _size(shape):
    size = 1
    for n in shape:
        size *= n
    return size


class _Reshape(records.Activation):
    """The same values in another shape."""

    def __init__(self, name, made):
        super().__init__(name)
        object.__setattr__(self, "made", made)

    def output_shape(self, shape):
        return self.made
