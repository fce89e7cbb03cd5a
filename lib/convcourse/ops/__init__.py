"""The textbook's functions: NumPy only, no plotting, no global state.

``correlate*`` never flips the kernel, ``convolve*`` always does.
"""

from convcourse.ops.conv1d import convolve1d, correlate1d
from convcourse.ops.padding import PAD_MODES, pad

__all__ = ["PAD_MODES", "convolve1d", "correlate1d", "pad"]
