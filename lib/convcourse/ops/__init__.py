"""The textbook's functions: NumPy only, no plotting, no global state.

``correlate*`` never flips the kernel, ``convolve*`` always does.
"""

from convcourse.ops.activations import relu, sigmoid, softmax, tanh
from convcourse.ops.channels import (
    block_diagonal,
    channel_shuffle,
    correlate_channels,
    depthwise,
    separable,
)
from convcourse.ops.conv1d import causal_channels, convolve1d, correlate1d
from convcourse.ops.conv2d import convolve2d, correlate2d
from convcourse.ops.padding import PAD_MODES, pad
from convcourse.ops.pooling import (
    average_pool2d,
    channel_pool,
    global_average_pool2d,
    global_max_pool2d,
    max_pool2d,
)
from convcourse.ops.transposed import (
    convolution_matrix,
    transposed1d,
    transposed_channels,
)

__all__ = [
    "PAD_MODES",
    "average_pool2d",
    "block_diagonal",
    "causal_channels",
    "channel_pool",
    "channel_shuffle",
    "convolution_matrix",
    "convolve1d",
    "convolve2d",
    "correlate1d",
    "correlate2d",
    "correlate_channels",
    "depthwise",
    "global_average_pool2d",
    "global_max_pool2d",
    "max_pool2d",
    "pad",
    "relu",
    "separable",
    "sigmoid",
    "softmax",
    "tanh",
    "transposed1d",
    "transposed_channels",
]
