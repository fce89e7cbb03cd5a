"""Library functions that do all the work of a question that asks to write it.

The questions hand these tuples to ``FunctionQuestion(forbidden=...)``. Names are
watched while an answer runs, and nothing is imported for it (`guard.watch`). Sliding
windows, `numpy.einsum` and the FFT are not among them: who sums with those has
written the sum.
"""

# Sums over windows, in one dimension and in two, whatever they are called.
CONVOLUTIONS_1D = (
    "scipy.signal.convolve",
    "scipy.signal.fftconvolve",
    "scipy.signal.oaconvolve",
    "scipy.signal.correlate",
    "scipy.signal.lfilter",
    "scipy.signal.upfirdn",
    "scipy.ndimage.convolve1d",
    "scipy.ndimage.correlate1d",
    "scipy.ndimage.convolve",
    "scipy.ndimage.correlate",
    "numpy.convolve",
    "numpy.correlate",
    "numpy.polymul",
    "numpy.polynomial.polynomial.polymul",
    "convcourse.ops.convolve1d",
    "convcourse.ops.correlate1d",
    "convcourse.ops.conv1d.convolve1d",
    "convcourse.ops.conv1d.correlate1d",
)
CONVOLUTIONS_2D = (
    "scipy.signal.correlate2d",
    "scipy.signal.convolve2d",
    "scipy.signal.sepfir2d",
    "scipy.ndimage.generic_filter",
    "scipy.ndimage.uniform_filter",
    "scipy.ndimage.gaussian_filter",
    "scipy.ndimage.gaussian_filter1d",
    "scipy.ndimage.sobel",
    "scipy.ndimage.prewitt",
    "scipy.ndimage.laplace",
    "cv2.filter2D",
    "cv2.sepFilter2D",
    "cv2.blur",
    "cv2.boxFilter",
    "cv2.GaussianBlur",
    "cv2.Sobel",
    "cv2.Scharr",
    "cv2.Laplacian",
    "cv2.matchTemplate",
    "skimage.filters.correlate_sparse",
    "skimage.filters.gaussian",
    "skimage.filters.sobel",
    "skimage.feature.match_template",
    "convcourse.ops.correlate2d",
    "convcourse.ops.convolve2d",
    "convcourse.ops.conv2d.correlate2d",
    "convcourse.ops.conv2d.convolve2d",
    "convcourse.ops.correlate_channels",
    "convcourse.ops.channels.correlate_channels",
)
CONVOLUTIONS = CONVOLUTIONS_1D + CONVOLUTIONS_2D

# Functions that continue a signal or an image beyond its border.
PADDINGS = (
    "numpy.pad",
    "scipy.ndimage.shift",
    "convcourse.ops.pad",
    "convcourse.ops.padding.pad",
)
PADDINGS_2D = (*PADDINGS, "cv2.copyMakeBorder")

# Functions that hand out the weights of a Gaussian, or smooth an impulse with them.
GAUSSIANS = (
    "cv2.getGaussianKernel",
    "cv2.GaussianBlur",
    "scipy.signal.windows.gaussian",
    "scipy.signal.get_window",
    "scipy.ndimage.gaussian_filter",
    "scipy.ndimage.gaussian_filter1d",
    "skimage.filters.gaussian",
    "convcourse.kernels.gaussian",
)

# Functions that take a kernel apart.
SEPARATIONS = ("convcourse.kernels.separate",)
