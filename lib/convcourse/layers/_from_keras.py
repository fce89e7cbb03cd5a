"""From a model of Keras to ours; TensorFlow is not imported here."""

import inspect

from convcourse.layers._plain import (
    Activation,
    AveragePooling2D,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    UpSampling2D,
)
from convcourse.layers._sequential import Sequential
from convcourse.layers._weighted import (
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    DepthwiseConv2D,
    SeparableConv2D,
)

KINDS = {
    kind.__name__: kind
    for kind in (
        Activation,
        AveragePooling2D,
        Conv1D,
        Conv2D,
        Conv2DTranspose,
        Dense,
        DepthwiseConv2D,
        Flatten,
        GlobalAveragePooling2D,
        GlobalMaxPooling2D,
        MaxPooling2D,
        SeparableConv2D,
        UpSampling2D,
    )
}


def from_keras(model):
    """Return our copy of a `keras.Sequential`: the same layers and the same weights.

    Parameters
    ----------
    model : keras.Sequential
        Built, with layers that have a counterpart here. Input and Dropout layers are
        left out: they change nothing when a network is used.

    Returns
    -------
    Sequential

    Raises
    ------
    TypeError
        Where the model is not sequential, or has a layer without a counterpart.
    ValueError
        Where the model is not built, or a setting has no counterpart.
    """
    if type(model).__name__ != "Sequential":
        raise TypeError(
            f"model must be a keras.Sequential, got {type(model).__name__}: branches "
            "have no counterpart here."
        )
    if not model.built:
        raise ValueError(
            "model is not built, so it has no weights to copy. Begin it with keras.Input."
        )
    ours = Sequential()
    for layer in model.layers:
        if type(layer).__name__ in ("InputLayer", "Dropout"):
            continue
        twin = _twin(layer)
        twin.build(tuple(layer.input.shape))
        twin.set_weights(layer.get_weights())
        ours.add(twin)
    ours.input_shape = tuple(model.input_shape)
    return ours


def _twin(layer):
    """Return our layer with the settings of a layer of Keras."""
    kind, config = KINDS.get(type(layer).__name__), layer.get_config()
    if kind is None:
        raise TypeError(
            f"layer {layer.name!r} is a {type(layer).__name__}, which has no counterpart "
            f"here. There are {', '.join(KINDS)}."
        )
    if config.get("data_format") == "channels_first" or config.get("keepdims"):
        raise ValueError(
            f"layer {layer.name!r} has data_format='channels_first' or keepdims=True, "
            "which have no counterpart here."
        )
    known = set(inspect.signature(kind).parameters)
    known -= {"kernel_initializer", "dtype"}  # its weights come along; we are float32
    return kind(**{name: config[name] for name in config if name in known})
