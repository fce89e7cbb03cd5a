"""`ops.transposed` against SciPy, TensorFlow and Keras, and against its definition.

Without TensorFlow the oracle is SciPy twice: convolution of a stretched input, cut to
its length, and the matrix whose columns are the correlations of single pixels.
"""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from convcourse.ops import convolution_matrix, transposed1d, transposed_channels
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, signal

bounded = settings(max_examples=100, deadline=None, derandomize=True)
few = settings(max_examples=80, deadline=None, derandomize=True)
METHODS = ("stamping", "zero_insertion", "matrix")
every_method = pytest.mark.parametrize("method", METHODS)


@st.composite
def axes(draw, keras=False):
    """Settings of one axis: n, k, s, padding, output_padding, d."""
    n, k, s = (draw(st.integers(1, top)) for top in (5, 5, 4))
    d = draw(st.integers(1, 3))
    if keras:
        padding = draw(st.sampled_from(["valid", "same"]))
        s, d = (s, 1) if draw(st.booleans()) else (1, d)
        least = padding == "same" and ((k - 1) * d + 1) % 2 == 0
        free = [None, *range(least, s)]
        return n, k, s, padding, draw(st.sampled_from(free)), d
    # PyTorch: so many samples cut from both ends that something is left
    padding = draw(st.integers(0, ((n - 1) * s + (k - 1) * d) // 2))
    return n, k, s, padding, draw(st.integers(0, max(s, d) - 1)), d


def numbers(seed, *shape):
    """Return quarters, whose sums are exact."""
    return np.random.default_rng(seed).integers(-9, 10, shape) / 4


def stretched(y, s):
    """Put s - 1 zeros between the samples of a signal."""
    out = np.zeros((len(y) - 1) * s + 1, y.dtype)
    out[::s] = y
    return out


# ----------------------------------------------------------------- one dimension


@bounded
@given(setting=axes(), seed=st.integers(0, 999))
def test_signals_equal_scipy_with_padding_as_in_pytorch(setting, seed):
    n, k, s, padding, added, d = setting
    y, kernel = numbers(seed, n), numbers(seed + 1, k)
    whole = signal.convolve(stretched(y, s), stretched(kernel, d), method="direct")
    out = (
        (n - 1) * s - 2 * padding + (k - 1) * d + 1 + added
    )  # relation 14 of the guide
    expected = np.append(whole, np.zeros(added))[padding : padding + out]
    for method in METHODS:
        result = transposed1d(y, kernel, s, padding, added, d, method)
        np.testing.assert_array_equal(result, expected, err_msg=method)


@bounded
@given(setting=axes(keras=True), seed=st.integers(0, 999))
def test_signals_are_adjoint_to_scipy_with_padding_as_in_keras(setting, seed):
    """<C x, y> = <x, C^T y> for each single sample x."""
    n, k, s, padding, added, d = setting
    y, kernel = numbers(seed, n), numbers(seed + 1, k)
    out = keras_length(*setting)
    forward = [
        correlated(unit, kernel, s, padding, d)[:n] @ y for unit in np.identity(out)
    ]
    for method in METHODS:
        result = transposed1d(y, kernel, s, padding, added, d, method)
        np.testing.assert_array_equal(result, forward, err_msg=method)


def keras_length(n, k, s, padding, added, d):
    """Return the length by the two formulas of Keras."""
    span = (k - 1) * d + 1
    if padding == "valid":
        return (n - 1) * s + (max(span, s) if added is None else span + added)
    return n * s if added is None else (n - 1) * s + span % 2 + added


def correlated(x, kernel, s, padding, d):
    """Correlate with SciPy, zeros around x as Keras puts them."""
    spread = stretched(kernel, d)
    if padding == "same":
        total = max(0, (-(-len(x) // s) - 1) * s + len(spread) - len(x))
        x = np.pad(x, (total // 2, total - total // 2))
    return signal.correlate(x, spread, "valid", method="direct")[::s]


# The table of Dumoulin and Visin: n of the convolution, k, p, s, its output
GUIDE = [
    (4, 3, 0, 1, 2),
    (5, 4, 2, 1, 6),
    (5, 3, 1, 1, 5),
    (5, 3, 2, 1, 7),
    (5, 3, 0, 2, 2),
    (5, 3, 1, 2, 3),
    (6, 3, 1, 2, 3),
]


@pytest.mark.parametrize(("n", "k", "p", "s", "out"), GUIDE)
@every_method
def test_the_guide_goes_there_and_back(n, k, p, s, out, method):
    """The lengths return, and the matrix is the transpose, column by column."""
    kernel = numbers(0, k)
    forward = [signal.correlate(np.pad(e, p), kernel, "valid")[::s] for e in np.eye(n)]
    assert np.shape(forward) == (n, out)
    added = (n + 2 * p - k) % s
    back = [transposed1d(e, kernel, s, p, added, method=method) for e in np.eye(out)]
    np.testing.assert_allclose(np.transpose(back), forward, atol=1e-12)


# n, k, s, padding, output_padding, length in Keras
LENGTHS = [
    (2, 3, 2, "valid", None, 5),
    (2, 3, 2, "same", None, 4),
    (4, 4, 2, "same", None, 8),
    (4, 2, 2, "valid", None, 8),
    (5, 3, 2, "valid", None, 11),
    (5, 3, 2, "same", None, 10),
    (5, 3, 2, "same", 0, 9),
    (5, 3, 2, "same", 1, 10),
    (5, 2, 2, "same", 1, 9),
    (4, 1, 3, "valid", None, 12),
    (4, 1, 3, "valid", 0, 10),
]


@pytest.mark.parametrize(("n", "k", "s", "padding", "added", "length"), LENGTHS)
@every_method
def test_none_is_not_zero(n, k, s, padding, added, length, method):
    y, kernel = np.ones(n), np.ones(k)
    assert transposed1d(y, kernel, s, padding, added, method=method).shape == (length,)
    image, kernels = np.ones((1, 1, n, 2)), np.ones((1, k, 3, 2))
    result = transposed_channels(
        image, kernels, (1, s), padding, added and (0, added), method=method
    )
    assert result.shape[2] == length


# ---------------------------------------------------------------- two dimensions


@bounded
@given(
    rows=axes(), columns=axes(), seed=st.integers(0, 999), channels=st.integers(1, 3)
)
def test_images_equal_scipy_plane_by_plane(rows, columns, seed, channels):
    size, window, stride, padding, added, dilation = zip(rows, columns, strict=True)
    y = numbers(seed, 2, *size, channels)
    kernels = numbers(seed + 1, *window, 2, channels)
    options = dict(stride=stride, padding=padding, output_padding=added)
    expected = by_scipy(y, kernels, dilation=dilation, **options)
    for method in METHODS:
        result = transposed_channels(
            y, kernels, dilation=dilation, method=method, **options
        )
        assert result.shape == expected.shape
        np.testing.assert_allclose(result, expected, atol=1e-9, err_msg=method)


def by_scipy(y, kernels, stride, padding, output_padding, dilation):
    """Stretch planes and kernels, convolve with SciPy, cut as PyTorch does."""
    lengths = [(n - 1) * s + 1 for n, s in zip(y.shape[1:3], stride, strict=True)]
    planes = np.zeros((len(y), *lengths, y.shape[3]))
    planes[:, :: stride[0], :: stride[1]] = y
    spans = [(k - 1) * d + 1 for k, d in zip(kernels.shape, dilation, strict=False)]
    weights = np.zeros((*spans, *kernels.shape[2:]))
    weights[:: dilation[0], :: dilation[1]] = kernels
    sizes = [n + k - 1 for n, k in zip(planes.shape[1:3], spans, strict=True)]
    whole = np.zeros((len(y), *sizes, kernels.shape[2]))
    for n, o, c in np.ndindex(len(y), *kernels.shape[2:]):
        whole[n, ..., o] += signal.convolve2d(planes[n, ..., c], weights[..., o, c])
    whole = np.pad(whole, ((0, 0), *((0, a) for a in output_padding), (0, 0)))
    (top, left), (_, height, width, _) = padding, whole.shape
    return whole[:, top : height - top, left : width - left]


@bounded
@given(rows=axes(keras=True), columns=axes(keras=True), seed=st.integers(0, 999))
def test_images_go_row_by_row_then_column_by_column(rows, columns, seed):
    """With an outer product as kernel the two axes are two matrices by SciPy."""
    (padding, added), s = (rows[3], None), (rows[2], columns[2])
    d = (1, 1) if max(s) > 1 else (rows[5], columns[5])
    size, window = (rows[0], columns[0]), (rows[1], columns[1])
    u, v = numbers(seed, window[0]), numbers(seed + 1, window[1])
    matrices = [
        np.array(
            [
                correlated(unit, k, s[i], padding, d[i])[: size[i]]
                for unit in np.identity(
                    keras_length(size[i], window[i], s[i], padding, added, d[i])
                )
            ]
        )
        for i, k in enumerate((u, v))
    ]
    y = numbers(seed + 2, 1, *size, 1)
    expected = matrices[0] @ y[0, ..., 0] @ matrices[1].T
    kernels = np.outer(u, v)[..., None, None]
    for method in METHODS:
        result = transposed_channels(y, kernels, s, padding, added, d, method)
        np.testing.assert_allclose(result[0, ..., 0], expected, err_msg=method)


@few
@given(rows=axes(keras=True), columns=axes(keras=True), seed=st.integers(0, 999))
@pytest.mark.slow
def test_equals_a_layer_of_keras(keras, rows, columns, seed):
    size, window, stride, paddings, added, dilation = zip(rows, columns, strict=True)
    if max(stride) > 1:
        dilation = (1, 1)  # Keras refuses the two together
    if None in added or paddings[0] != paddings[1]:
        added = None
    options = dict(strides=stride, padding=paddings[0], output_padding=added)
    layer = keras.layers.Conv2DTranspose(
        3, window, dilation_rate=dilation, use_bias=False, **options
    )
    y, kernels = numbers(seed, 2, *size, 2), numbers(seed + 1, *window, 3, 2)
    if refused_by_parity(window, dilation, paddings[0], added):
        return
    layer.build(y.shape)
    layer.set_weights([kernels])
    expected = np.asarray(layer(y.astype(np.float32)))
    for method in METHODS:
        result = transposed_channels(
            y, kernels, stride, paddings[0], added, dilation, method
        )
        assert result.shape == expected.shape
        np.testing.assert_allclose(result, expected, atol=1e-5, err_msg=method)


def refused_by_parity(window, dilation, padding, added):
    """Return True for an even span with 'same' and output_padding 0."""
    spans = [(k - 1) * d + 1 for k, d in zip(window, dilation, strict=True)]
    pairs = zip(spans, added or (1, 1), strict=True)
    return padding == "same" and any(k % 2 == 0 and a == 0 for k, a in pairs)


@pytest.mark.slow
def test_what_keras_refuses_is_refused_with_words(keras, tf):
    y, even, odd = np.ones((1, 5, 5, 1)), np.ones((4, 4, 1, 1)), np.ones((3, 3, 1, 1))
    layer = keras.layers.Conv2DTranspose(1, 4, 2, "same", output_padding=0)
    with pytest.raises(tf.errors.AbortedError):
        layer(y)
    with pytest.raises(ValueError, match="no 'same' convolution of 8 samples with"):
        transposed_channels(y, even, 2, "same", output_padding=0)
    with pytest.raises(ValueError, match="strides > 1"):
        keras.layers.Conv2DTranspose(1, 3, (2, 1), dilation_rate=(1, 2))
    with pytest.raises(
        ValueError, match=r"Keras refuses stride=\(2, 1\) with dilation"
    ):
        transposed_channels(y, odd, (2, 1), dilation=(1, 2))


@pytest.mark.parametrize(
    ("padding", "stride", "size"),
    [
        ("same", 1, (9, 8)),
        ("same", 2, (10, 8)),
        ("valid", 2, (10, 9)),
        ("valid", 3, (10, 9)),
    ],
)
@pytest.mark.slow
def test_is_the_gradient_of_a_convolution(tf, padding, stride, size):
    """With respect to its input, asked of TensorFlow's own differentiation."""
    image, w = tf.Variable(numbers(0, 2, *size, 3)), numbers(1, 4, 3, 3, 5)
    with tf.GradientTape() as tape:
        y = tf.nn.conv2d(image, w, stride, padding.upper())
        upstream = numbers(2, *y.shape)
        total = tf.reduce_sum(y * upstream)
    expected = tape.gradient(total, image).numpy()
    result = transposed_channels(upstream, w, stride, padding)
    assert result.shape == expected.shape
    np.testing.assert_allclose(result, expected, atol=1e-9)


# ------------------------------------------------------------------------- laws

SQUARE = np.array([[0, 1], [2, 3]]).reshape(1, 2, 2, 1)


@every_method
def test_two_small_squares_by_hand(method):
    kernels = SQUARE.reshape(2, 2, 1, 1)
    once = transposed_channels(SQUARE, kernels, method=method)[0, ..., 0]
    twice = transposed_channels(SQUARE, kernels, 2, method=method)[0, ..., 0]
    assert once.tolist() == [[0, 0, 1], [0, 4, 6], [4, 12, 9]]
    assert twice.tolist() == [[0, 0, 0, 1], [0, 0, 2, 3], [0, 2, 0, 3], [4, 6, 6, 9]]
    assert once.dtype == twice.dtype == np.int64


@every_method
def test_an_impulse_is_the_kernel_unflipped(method):
    y = np.zeros((1, 3, 3, 1))
    y[0, 1, 1] = 1
    kernel = np.arange(1, 10).reshape(3, 3)
    result = transposed_channels(y, kernel[..., None, None], 2, method=method)
    np.testing.assert_array_equal(result[0, 2:5, 2:5, 0], kernel)
    assert result.sum() == kernel.sum()


@every_method
def test_it_gives_back_the_shape_and_not_the_values(method):
    x, kernel = np.arange(9).reshape(3, 3), np.array([[1, 2], [3, 4]])
    y = signal.correlate2d(x, kernel, "valid")
    result = transposed_channels(
        y[None, ..., None], kernel[..., None, None], method=method
    )[0, ..., 0]
    back = [[27, 91, 74], [138, 400, 282], [171, 429, 268]]  # from the list of oracles
    assert result.tolist() != x.tolist() and result.tolist() == back


@every_method
def test_stamps_that_overlap_make_a_checkerboard(method):
    """Ones stamp ones: how many stamps cover each sample."""
    for k, counts in ((3, [1, 1, 2, 1, 2, 1, 1]), (4, [1, 1, 2, 2, 2, 2, 1, 1])):
        line = transposed1d(np.ones(3), np.ones(k), stride=2, method=method)
        assert line.tolist() == counts
        image = np.ones((1, 3, 3, 1)), np.ones((k, k, 1, 1))
        plane = transposed_channels(*image, stride=2, method=method)[0, ..., 0]
        np.testing.assert_array_equal(plane, np.outer(counts, counts))


@every_method
def test_kernels_of_ones_repeat_each_pixel(method):
    y = numbers(0, 2, 4, 5, 3)
    kernels = np.ones((2, 2, 1, 1)) * np.identity(3)
    expected = y.repeat(2, axis=1).repeat(2, axis=2)
    result = transposed_channels(y, kernels, 2, method=method)
    np.testing.assert_array_equal(result, expected)


@every_method
def test_four_phases_side_by_side_are_sub_pixels(method):
    """k=4, s=2, 'same': each of the 2 x 2 phases is a 2 x 2 correlation of its own."""
    y, kernels = numbers(0, 1, 5, 6, 1), numbers(1, 4, 4, 1, 1)
    result = transposed_channels(y, kernels, 2, "same", method=method)[0, ..., 0]
    plane, weights = np.pad(y[0, ..., 0], 1), kernels[..., 0, 0]
    for i, j in np.ndindex(2, 2):
        phase = weights[1 - i :: 2, 1 - j :: 2]
        expected = signal.convolve2d(plane, phase, "valid")[i : i + 5, j : j + 6]
        np.testing.assert_allclose(result[i::2, j::2], expected, atol=1e-12)


@every_method
def test_a_complex_kernel_gives_the_adjoint(method):
    """<correlate(x), y> = <x, transposed(y)> with NumPy's conjugating correlation."""
    rng = np.random.default_rng(0)
    x, y, kernel = (
        rng.standard_normal(n) + 1j * rng.standard_normal(n) for n in (9, 6, 4)
    )
    result = transposed1d(y, kernel, method=method)
    forward = np.correlate(x, kernel, "valid")
    np.testing.assert_allclose(np.vdot(y, forward), np.vdot(result, x))
    planes = transposed_channels(
        y.reshape(1, 1, 6, 1), kernel.reshape(1, 4, 1, 1), method=method
    )
    np.testing.assert_allclose(planes.ravel(), result)


# ---------------------------------------------------------------- the matrix


@pytest.mark.parametrize("s", [1, 2, 3])
@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("padding", [0, 2, (0, 3), "valid", "same", "causal", "full"])
def test_the_matrix_of_signals_computes_scipys_correlation(s, d, padding):
    x, kernel = numbers(0, 11), numbers(1, 3)
    reach = 2 * d
    total = max(0, (-(-11 // s) - 1) * s + reach + 1 - 11)
    sides = {
        "valid": (0, 0),
        "same": (total // 2, total - total // 2),
        "causal": (reach, 0),
        "full": (reach, reach),
    }.get(padding, padding)
    padded = np.pad(x, sides)
    expected = signal.correlate(padded, stretched(kernel, d), "valid", "direct")[::s]
    matrix = convolution_matrix(kernel, len(x), s, padding, d)
    np.testing.assert_array_equal(matrix @ x, expected)
    assert matrix.shape == (len(expected), 11) and matrix.format == "csr"


@bounded
@given(
    window=st.tuples(*[st.integers(1, 4)] * 2),
    size=st.tuples(*[st.integers(4, 8)] * 2),
    stride=st.tuples(*[st.integers(1, 3)] * 2),
    sides=st.tuples(*[st.tuples(*[st.integers(0, 2)] * 2)] * 2),
    seed=st.integers(0, 999),
)
def test_the_matrix_of_images_computes_scipys_correlation(
    window, size, stride, sides, seed
):
    x, kernel = numbers(seed, *size), numbers(seed + 1, *window)
    y = signal.correlate2d(np.pad(x, sides), kernel, "valid")
    y = y[:: stride[0], :: stride[1]]
    matrix = convolution_matrix(kernel, size, stride, sides)
    np.testing.assert_array_equal(matrix @ x.ravel(), y.ravel())
    assert matrix.nnz <= y.size * kernel.size


def test_the_matrix_of_a_signal_is_scipys_toeplitz():
    kernel = np.array([1, 2, 3])
    expected = linalg.convolution_matrix(kernel[::-1], 7, "full")  # flips
    np.testing.assert_array_equal(
        convolution_matrix(kernel, 7, padding="full").toarray(), expected
    )


def test_the_matrix_of_the_guide():
    """4 x 4 image, 3 x 3 kernel: nine weights in each of four rows."""
    kernel = np.arange(1, 10).reshape(3, 3)
    matrix = convolution_matrix(kernel, (4, 4))
    assert matrix.shape == (4, 16) and matrix.nnz == 36
    first = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0]
    for row, shift in zip(matrix.toarray(), (0, 1, 4, 5), strict=True):
        assert row.tolist() == np.roll(first, shift).tolist()


@pytest.mark.parametrize(
    ("kernel", "dtype"),
    [
        (np.uint8, np.int64),
        (bool, np.int64),
        (np.float16, np.float32),
        (np.float32, np.float32),
        (np.complex64, np.complex64),
    ],
)
def test_dtypes_of_the_matrix(kernel, dtype):
    matrix = convolution_matrix(np.ones(3, kernel), 5)
    assert matrix.dtype == dtype and matrix.sum() == 9


def test_a_complex_matrix_correlates_as_numpy_does():
    x, kernel = np.array([1 + 2j, 3j, 2.0, 1 - 1j]), np.array([1j, 2 - 1j])
    expected = np.correlate(x, kernel, "valid")
    np.testing.assert_allclose(convolution_matrix(kernel, 4) @ x, expected)


# --------------------------------------------------------- dtypes, memory, inputs


@every_method
@pytest.mark.parametrize(
    ("left", "right", "dtype"),
    [
        (np.uint8, np.uint8, np.int64),
        (np.bool_, np.int8, np.int64),
        (np.float16, np.float16, np.float16),
        (np.uint8, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.float32, np.complex64, np.complex64),
    ],
)
def test_dtypes(left, right, dtype, method):
    line = transposed1d(np.ones(3, left), np.ones(3, right), method=method)
    assert line.dtype == dtype and line.tolist() == [1, 2, 3, 2, 1]
    plane = transposed_channels(
        np.ones((1, 1, 3, 2), left), np.ones((1, 3, 1, 2), right), method=method
    )
    assert plane.dtype == dtype and plane.ravel().tolist() == [2, 4, 6, 4, 2]


@every_method
def test_bytes_never_wrap(method):
    y, kernel = np.full(3, 200, np.uint8), np.full(3, 100, np.uint8)
    assert transposed1d(y, kernel, method=method).max() == 60_000


@every_method
def test_inputs_are_left_alone_and_results_are_new(method):
    y, kernels = np.ones((1, 3, 3, 1)), np.ones((1, 1, 1, 1))
    transposed_channels(y, kernels, method=method)[:] = 9
    transposed1d(line := np.ones(3), [1.0], method=method)[:] = 9
    assert (y == 1).all() and (kernels == 1).all() and (line == 1).all()


@every_method
def test_an_empty_batch_gives_an_empty_batch(method):
    shape = transposed_channels(
        np.ones((0, 5, 4, 3)), np.ones((3, 3, 7, 3)), 2, method=method
    ).shape
    assert shape == (0, 11, 9, 7)


@pytest.mark.parametrize("images", [1, 3, 40])
def test_chunks_fit_together(images):
    y, kernels = numbers(0, images, 30, 31, 4), numbers(1, 4, 3, 5, 4)
    options = dict(stride=(2, 3), padding=(1, 0), output_padding=(1, 2))
    expected = by_scipy(y, kernels, dilation=(1, 1), **options)
    result = transposed_channels(y, kernels, **options)
    np.testing.assert_allclose(result, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("images", "kernels", "most"),
    [
        ((128, 14, 14, 64), (4, 4, 32, 64), 1.4),  # a few images at a time
        ((256, 28, 28, 32), (4, 4, 3, 32), 1.4),
        ((1, 256, 256, 8), (4, 4, 8, 8), 2.5),
    ],
)
def test_peak_memory_is_a_few_outputs_not_all_stamps(images, kernels, most):
    y, kernels = np.ones(images, np.float32), np.ones(kernels, np.float32)
    transposed_channels(y[:, :2, :2], kernels, 2, "same")
    tracemalloc.start()
    try:
        x = transposed_channels(y, kernels, 2, "same")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= most * x.nbytes  # all stamps together are four outputs more


def test_scipy_is_loaded_for_the_matrix_alone():
    code = (
        "import sys, convcourse.ops as ops; ops.transposed1d([1, 2], [1, 2], 2);"
        "print('scipy' in sys.modules); ops.convolution_matrix([1, 2], 3);"
        "print('scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"], done.stderr


# ------------------------------------------------------------------------ mistakes

Y, K = np.ones((2, 8, 9, 3)), np.ones((3, 2, 4, 3))


@pytest.mark.parametrize(
    ("y", "kernels", "options", "error", "message"),
    [
        (Y[0], K, {}, ValueError, r"y must be a batch of images.*use y\[None\]"),
        (Y, K[..., 0, 0], {}, ValueError, r"use kernels\[:, :, None, None\]"),
        (Y, K[:0], {}, ValueError, "kernels is empty"),
        (Y, K.swapaxes(2, 3), {}, ValueError, r"Conv2D: use kernels.swapaxes\(2, 3\)"),
        (Y, np.ones((3, 4, 5, 2)), {}, ValueError, r"kernels.transpose\(2, 3, 1, 0\)"),
        (Y, np.ones((5, 4, 5, 2)), {}, ValueError, r"shape \(kh, kw, C_out, 3\)"),
        (Y, K, {"stride": 0}, ValueError, "stride must be an integer >= 1, got 0"),
        (Y, K, {"stride": 1.5}, TypeError, "stride must be an integer"),
        (Y, K, {"dilation": (1, 0)}, ValueError, "dilation must be an integer >= 1"),
        (
            Y,
            K,
            {"padding": "SAME"},
            ValueError,
            "padding must be one of 'valid', 'same'",
        ),
        (Y, K, {"padding": None}, TypeError, "padding must be .*Or 'valid' or 'same'"),
        (Y, K, {"padding": 9}, ValueError, "padding=9 cuts all 10 samples away"),
        (
            Y,
            K,
            {"output_padding": 1},
            ValueError,
            "output_padding must be below stride=1",
        ),
        (
            Y,
            K,
            {"output_padding": 2, "stride": 2},
            ValueError,
            "must be below stride=2, got 2",
        ),
        (Y, K, {"output_padding": -1}, ValueError, "Use None for the library's own"),
        (
            Y,
            K,
            {"stride": 2, "padding": "same", "output_padding": 0},
            ValueError,
            "even kernel: no 'same' convolution of 16 samples with stride 2 gives 9",
        ),
        (Y, K, {"stride": 2, "dilation": 2}, ValueError, "Keras refuses stride=.2, 2."),
        (Y, K, {"stride": (2, 1), "dilation": (1, 2)}, ValueError, "Keras refuses"),
        (Y, K, {"method": "stamp"}, ValueError, "got 'stamp'. Write 'stamping'"),
        (Y.astype(str), K, {}, TypeError, "y must hold numbers"),
        (Y, K.astype(object), {}, TypeError, "kernels must hold numbers"),
    ],
)
def test_mistakes_are_named(y, kernels, options, error, message):
    with pytest.raises(error, match=message):
        transposed_channels(y, kernels, **options)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: transposed1d([], [1]), ValueError, "y is empty"),
        (lambda: transposed1d([1], np.ones((1, 1))), ValueError, "kernel must be 1-D"),
        (lambda: transposed1d([1, 2], [1, 2], 2, "same", 0), ValueError, "even kernel"),
        (lambda: transposed1d([1, 2], [1], 2, dilation=2), ValueError, "Keras refuses"),
        (
            lambda: transposed1d([1], [1], method="fft"),
            ValueError,
            "'matrix'; got 'fft'",
        ),
        (lambda: transposed1d([1], [1], stride=True), TypeError, "stride must be an"),
        (
            lambda: convolution_matrix([1, 2], (3, 3)),
            ValueError,
            r"shape=\(H, W\); got",
        ),
        (lambda: convolution_matrix([], 3), ValueError, "kernel must be 1-D"),
        (
            lambda: convolution_matrix([1, 2], 3.5),
            TypeError,
            "shape must be an integer",
        ),
        (lambda: convolution_matrix([1, 2, 3], 2), ValueError, "kernel spans 3"),
        (
            lambda: convolution_matrix(np.ones((2, 2)), (3, 3), padding=(1, 2)),
            ValueError,
            r"\(\(top, bottom\), \(left, right\)\), got \(1, 2\)",
        ),
    ],
)
def test_mistakes_with_signals_and_matrices_are_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ------------------------------------------------------------------------- helpers


@pytest.fixture(scope="module")
def tf():
    """Return TensorFlow, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).tf


@pytest.fixture(scope="module")
def keras():
    """Return Keras, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).keras
