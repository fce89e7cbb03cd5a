"""Layers of a network in NumPy, with the names and the numbers of Keras.

A layer holds settings and weights; the work is done by `convcourse.ops`. Names of
arguments, layouts, the order of weights and the defaults are those of `keras.layers`, so
that weights go from one to the other with `get_weights` and `set_weights`.

>>> import numpy as np
>>> model = Sequential([Conv2D(4, 3, activation="relu"), GlobalAveragePool2D(), Dense(2)])
>>> model.build((None, 8, 8, 1), rng=0)
>>> model(np.ones((5, 8, 8, 1))).shape
(5, 2)
"""

from convcourse.layers._base import Layer, initial_weights
from convcourse.layers._from_keras import from_keras
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

__all__ = [
    "Activation",
    "AveragePool2D",
    "AveragePooling2D",
    "Conv1D",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "DepthwiseConv2D",
    "Flatten",
    "GlobalAveragePool2D",
    "GlobalAveragePooling2D",
    "GlobalMaxPool2D",
    "GlobalMaxPooling2D",
    "Layer",
    "MaxPool2D",
    "MaxPooling2D",
    "SeparableConv2D",
    "Sequential",
    "UpSampling2D",
    "from_keras",
    "initial_weights",
]

# Short names, as Keras has them too.
AveragePool2D, MaxPool2D = AveragePooling2D, MaxPooling2D
GlobalAveragePool2D, GlobalMaxPool2D = GlobalAveragePooling2D, GlobalMaxPooling2D
