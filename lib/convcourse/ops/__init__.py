"""The textbook's functions: NumPy only, no plotting, no global state.

``correlate*`` never flips the kernel, ``convolve*`` always does.
"""

from convcourse.ops.activations import relu, sigmoid, softmax, tanh
from convcourse.ops.channels import correlate_channels, depthwise
from convcourse.ops.conv1d import convolve1d, correlate1d
from convcourse.ops.conv2d import convolve2d, correlate2d
from convcourse.ops.padding import PAD_MODES, pad
from convcourse.ops.pooling import (
    average_pool2d,
    channel_pool,
    global_average_pool2d,
    global_max_pool2d,
    max_pool2d,
)

__all__ = [
    "PAD_MODES",
    "average_pool2d",
    "channel_pool",
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
    "sigmoid",
    "softmax",
    "tanh",
]
