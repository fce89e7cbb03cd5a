"""`ops.correlate2d` and `ops.convolve2d` against SciPy, OpenCV and TensorFlow.

The oracles are the libraries; none is our own code. Examples are bounded and the
same in every run. Random images are small, so they meet the windows; `orders` and
the photographs-sized cases meet the other orders of the sum.
"""

import warnings
from itertools import product

import cv2
import numpy as np
import pytest
from convcourse.ops import PAD_MODES, conv2d, convolve2d, correlate2d
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage, signal

bounded = settings(max_examples=100, deadline=None, derandomize=True)

NDIMAGE = {
    "constant": "constant",
    "edge": "nearest",
    "symmetric": "reflect",
    "reflect": "mirror",
    "wrap": "wrap",
}
OPENCV = {
    "constant": cv2.BORDER_CONSTANT,
    "edge": cv2.BORDER_REPLICATE,
    "symmetric": cv2.BORDER_REFLECT,
    "reflect": cv2.BORDER_REFLECT_101,
}
SIGNAL = {"constant": "fill", "symmetric": "symm", "wrap": "wrap"}
INTEGERS = (np.bool_, np.uint8, np.int8, np.int16, np.uint32, np.int64)
MODES = ("full", "valid", "same")


def some(dtype, most=9):
    """Images of one dtype: 1 to `most` rows and columns, values with exact sums."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        values = st.booleans()
    elif kind in "iu":
        limits = np.iinfo(dtype)
        values = st.integers(max(limits.min, -1000), min(limits.max, 1000))
    else:
        values = st.integers(-99, 99).map(lambda n: n / 4)
        if kind == "c":
            values = st.builds(complex, values, values)
    return arrays.arrays(dtype, st.tuples(*[st.integers(1, most)] * 2), elements=values)


integers = st.sampled_from(INTEGERS).flatmap(some)
floats = some(np.float64)
numbers = integers | floats | some(np.complex128)
pairs = st.tuples(st.integers(1, 4), st.integers(1, 4))


# ------------------------------------------------------------- against SciPy


@bounded
@given(x=numbers, kernel=numbers)
def test_full_equals_scipy_signal(x, kernel):
    x_wide, kernel_wide = _wide(x), _wide(kernel)
    _same(convolve2d(x, kernel), signal.convolve2d(x_wide, kernel_wide))
    _same(correlate2d(x, kernel), signal.correlate2d(x_wide, kernel_wide))


@bounded
@given(x=numbers, kernel=numbers)
def test_valid_equals_scipy_signal_where_the_kernel_fits(x, kernel):
    assume(_fits(x, kernel))
    x_wide, kernel_wide = _wide(x), _wide(kernel)
    expected = signal.convolve2d(x_wide, kernel_wide, "valid")
    _same(convolve2d(x, kernel, "valid"), expected)
    expected = signal.correlate2d(x_wide, kernel_wide, "valid")
    _same(correlate2d(x, kernel, "valid"), expected)


@bounded
@given(x=numbers, kernel=numbers)
def test_same_equals_scipy_signal_also_for_even_and_large_kernels(x, kernel):
    x_wide, kernel_wide = _wide(x), _wide(kernel)
    _same(convolve2d(x, kernel, "same"), signal.convolve2d(x_wide, kernel_wide, "same"))
    # signal.correlate centres an even kernel like np.correlate, and like us;
    # signal.correlate2d does not (scipy issue 1968).
    expected = signal.correlate(x_wide, kernel_wide, "same", "direct")
    _same(correlate2d(x, kernel, "same"), expected)


@bounded
@given(x=floats, kernel=floats, boundary=st.sampled_from(list(SIGNAL)))
def test_full_borders_equal_scipy_signal(x, kernel, boundary):
    expected = signal.convolve2d(x, kernel, "full", SIGNAL[boundary])
    _same(convolve2d(x, kernel, "full", boundary), expected)


@bounded
@given(x=floats, kernel=floats, boundary=st.sampled_from(PAD_MODES))
def test_borders_equal_ndimage(x, kernel, boundary):
    expected = ndimage.correlate(x, kernel, mode=NDIMAGE[boundary])
    _same(correlate2d(x, kernel, "same", boundary), expected)
    # ndimage.convolve puts the centre of an even kernel elsewhere; origin mends it.
    origin = [-1 if k % 2 == 0 else 0 for k in kernel.shape]
    expected = ndimage.convolve(x, kernel, mode=NDIMAGE[boundary], origin=origin)
    _same(convolve2d(x, kernel, "same", boundary), expected)


@bounded
@given(x=floats, kernel=floats, cval=st.integers(-9, 9))
def test_constant_border_equals_ndimage(x, kernel, cval):
    expected = ndimage.correlate(x, kernel, mode="constant", cval=cval)
    _same(correlate2d(x, kernel, "same", cval=cval), expected)


@bounded
@given(
    x=floats,
    kernel=some(np.float64, 5),
    boundary=st.sampled_from(PAD_MODES),
    mode=st.sampled_from(MODES),
    stride=pairs,
    dilation=pairs,
)
def test_every_combination_equals_np_pad_and_scipy(
    x, kernel, boundary, mode, stride, dilation
):
    spread = _spread(kernel, dilation)
    assume(mode != "valid" or _fits(x, spread))
    rows, columns = stride
    options = (mode, boundary, 0, stride, dilation)
    padded = _padded(x, spread, mode, boundary)
    expected = signal.correlate2d(padded, spread, "valid")[::rows, ::columns]
    _same(correlate2d(x, kernel, *options), expected)
    expected = signal.convolve2d(padded, spread, "valid")[::rows, ::columns]
    _same(convolve2d(x, kernel, *options), expected)


@bounded
@given(x=floats, kernel=some(np.float64, 4), stride=pairs, dilation=pairs)
def test_valid_by_counting_positions(x, kernel, stride, dilation):
    spans = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=True)]
    assume(spans[0] <= x.shape[0] and spans[1] <= x.shape[1])
    rows = range(0, x.shape[0] - spans[0] + 1, stride[0])
    columns = range(0, x.shape[1] - spans[1] + 1, stride[1])
    expected = [
        [
            np.vdot(
                kernel,
                x[m : m + spans[0] : dilation[0], n : n + spans[1] : dilation[1]],
            )
            for n in columns
        ]
        for m in rows
    ]
    result = correlate2d(x, kernel, "valid", stride=stride, dilation=dilation)
    _same(result, np.array(expected))


# ------------------------------------------------------------ against OpenCV


@bounded
@given(x=floats, kernel=floats, boundary=st.sampled_from(list(OPENCV)))
def test_borders_equal_opencv(x, kernel, boundary):
    assume(kernel.size < 110 and max(kernel.shape) <= 2 * min(x.shape) - 1)
    expected = cv2.filter2D(x, -1, kernel, borderType=OPENCV[boundary])
    _same(correlate2d(x, kernel, "same", boundary), expected)


@bounded
@given(x=some(np.uint8), kernel=some(np.int8, 5), boundary=st.sampled_from([*OPENCV]))
def test_bytes_equal_opencv_with_a_wide_output(x, kernel, boundary):
    assume(max(kernel.shape) <= 2 * min(x.shape) - 1)
    weights = kernel.astype(np.float64)
    expected = cv2.filter2D(x, cv2.CV_64F, weights, borderType=OPENCV[boundary])
    result = correlate2d(x, kernel, "same", boundary)
    assert result.dtype == np.int64
    np.testing.assert_array_equal(result, expected)


# -------------------------------------------------------- against TensorFlow


@pytest.mark.slow
@settings(bounded, max_examples=40)
@given(
    x=some(np.float32, 12),
    kernel=some(np.float32, 4),
    stride=st.integers(1, 3),
    dilation=pairs,
)
def test_valid_equals_tensorflow(tf, x, kernel, stride, dilation):
    dilation = dilation if stride == 1 else (1, 1)  # TensorFlow has not both
    assume(_fits(x, _spread(kernel, dilation)))
    expected = tf.nn.conv2d(
        x[None, :, :, None], kernel[:, :, None, None], stride, "VALID", None, dilation
    )
    result = correlate2d(x, kernel, "valid", stride=stride, dilation=dilation)
    _same(result, expected.numpy()[0, :, :, 0])


@pytest.mark.slow
@settings(bounded, max_examples=20)
@given(x=some(np.float32, 12), kernel=some(np.float32, 5))
def test_same_equals_keras_for_odd_kernels(tf, x, kernel):
    assume(all(k % 2 for k in kernel.shape))
    expected = tf.nn.conv2d(
        x[None, :, :, None], kernel[:, :, None, None], 1, "SAME"
    ).numpy()
    _same(correlate2d(x, kernel, "same"), expected[0, :, :, 0])


# ------------------------------------------------ the orders of the sum agree

orders = pytest.mark.parametrize(
    "order", [conv2d._by_rows, conv2d._by_tiles, conv2d._by_fft]
)


@orders
@bounded
@given(x=floats | some(np.complex128), kernel=floats)
def test_each_order_equals_scipy(order, x, kernel):
    assume(_fits(x, kernel))
    kernel = kernel.astype(x.dtype)
    _same(order(x, kernel), signal.correlate2d(x, kernel, "valid"))


@orders
@pytest.mark.parametrize("shape", [(70, 90), (33, 200), (200, 31), (600, 40)])
@pytest.mark.parametrize("size", [(1, 1), (3, 3), (7, 2), (1, 31), (31, 1), (12, 17)])
def test_each_order_equals_scipy_over_several_blocks(order, shape, size, monkeypatch):
    monkeypatch.setattr(conv2d, "_BLOCK", 1000)
    monkeypatch.setattr(conv2d, "_FFT_TILE", 25)
    rng = np.random.default_rng(1)
    x, kernel = rng.standard_normal(shape), rng.standard_normal(size)
    expected = signal.correlate2d(x, kernel, "valid")
    _same(order(x, kernel), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.int64])
@pytest.mark.parametrize("size", [(3, 3), (4, 5), (7, 7), (1, 15), (15, 1), (10, 13)])
@pytest.mark.parametrize(
    ("stride", "dilation"),
    [
        ((1, 1), (1, 1)),
        ((2, 2), (1, 1)),
        ((1, 1), (2, 3)),
        ((3, 2), (2, 2)),
        ((2, 3), (1, 4)),
        ((3, 2), (3, 1)),
        ((1, 9), (4, 6)),
    ],
)
def test_larger_images_equal_scipy(dtype, size, stride, dilation):
    rng = np.random.default_rng(2)
    x = rng.integers(-99, 99, (75, 130)).astype(dtype)
    kernel = rng.integers(-9, 9, size).astype(dtype)
    rows, columns = stride
    expected = signal.correlate2d(x, _spread(kernel, dilation))[::rows, ::columns]
    result = correlate2d(x, kernel, stride=stride, dilation=dilation)
    assert result.dtype == dtype
    scale = 99 * np.abs(kernel).sum()
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-6 * scale)
    if dtype == np.int64:
        np.testing.assert_array_equal(result, expected)


def test_the_quick_order_is_taken(monkeypatch):
    taken = []
    for name in ("windows", "rows", "tiles", "fft"):
        function = getattr(conv2d, f"_by_{name}")
        monkeypatch.setattr(
            conv2d,
            f"_by_{name}",
            lambda *a, f=function, n=name: (taken.append(n), f(*a))[1],
        )

    def orders_of(x, size, **options):
        taken.clear()
        correlate2d(x, np.ones(size, x.dtype), "valid", **options)
        return set(taken)

    x = np.ones((60, 80))
    assert orders_of(x[:9, :9], (3, 3)) == {"windows"}
    assert orders_of(x, (3, 3)) == orders_of(x, (6, 6)) == {"rows"}
    assert orders_of(x, (1, 13)) == {"tiles"}
    assert orders_of(x, (7, 7)) == orders_of(x, (30, 40)) == {"fft"}
    assert orders_of(x, (3, 3), dilation=2) == {"windows"}
    assert orders_of(x, (9, 9), dilation=2) == {"fft"}
    for dtype in INTEGERS[1:]:
        assert orders_of(x.astype(dtype), (15, 15)) == {"tiles"}
    assert orders_of(x.astype(np.int64) * 2**60, (15, 15)) == {"rows"}


# ------------------------------------------- rounding, NaN, infinity, overflow


@pytest.mark.parametrize("size", [(7, 7), (21, 21), (63, 50)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
def test_the_fft_rounds_by_a_few_units_of_the_largest_value(size, dtype):
    rng = np.random.default_rng(3)
    x = (100 + 50 * rng.standard_normal((700, 300))).astype(dtype)
    kernel = rng.standard_normal(size).astype(dtype)
    wide = np.promote_types(dtype, np.longdouble)  # a better sum than ours
    rows = slice(0, None, 97)  # enough of them
    padded = np.pad(x.astype(wide), [(k - 1, k - 1) for k in size])
    expected = np.stack(
        [
            signal.correlate2d(padded[m : m + size[0]], kernel.astype(wide), "valid")[0]
            for m in range(0, x.shape[0] + size[0] - 1, 97)
        ]
    )
    error = np.abs(correlate2d(x, kernel)[rows] - expected).max()
    assert error <= 8 * np.finfo(dtype).eps * np.abs(expected).max()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [(3, 3), (1, 13), (9, 9), (5, 40)])
def test_nan_and_infinity_stay_where_they_are(value, size):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((60, 70))
    x[20, 30] = value
    kernel = np.abs(rng.standard_normal(size)) + 0.1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = correlate2d(x, kernel)
    touched = np.zeros(result.shape, bool)
    touched[20 : 20 + size[0], 30 : 30 + size[1]] = True
    assert np.isfinite(result[~touched]).all()
    assert not np.isfinite(result[touched]).any()
    _same(result, signal.correlate2d(x, kernel))


def test_nan_in_the_kernel_and_in_the_border():
    x = np.ones((60, 70))
    assert np.isnan(correlate2d(x, np.full((9, 9), np.nan))).all()
    kernel = np.ones((9, 9))
    result = correlate2d(x, kernel, "same", cval=np.nan)
    np.testing.assert_array_equal(result[4:-4, 4:-4], np.full((52, 62), 81))
    assert np.isnan(result[:4]).all() and np.isnan(result[:, -4:]).all()


def test_large_floats_do_not_overflow_on_the_way():
    x = np.full((60, 70), 1e36, np.float32)
    kernel = np.ones((9, 9), np.float32) / 81
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = correlate2d(x, kernel, "valid")
    np.testing.assert_allclose(result, 1e36, rtol=1e-5)


# -------------------------------------------------------------------- dtypes


def test_bytes_never_wrap():
    x = np.array([[10, 200, 10]], np.uint8)
    np.testing.assert_array_equal(
        correlate2d(x, [[1, 0, -1]], "same"), [[-200, 0, 200]]
    )
    result = convolve2d(x, np.array([[200], [200]], np.uint8))
    np.testing.assert_array_equal(result, [[2000, 40000, 2000]] * 2)
    assert result.dtype == np.int64


@pytest.mark.parametrize("size", [3, 7, 21])
@pytest.mark.parametrize("largest", [255, 2**20, 2**40, 2**52])
def test_integers_are_exact_at_every_magnitude(size, largest):
    rng = np.random.default_rng(5)
    x = rng.integers(-largest, largest, (50, 60), endpoint=True)
    kernel = rng.integers(-3, 3, (size, size), endpoint=True)
    expected = signal.correlate2d(x, kernel, "valid")
    assert expected.dtype == np.int64
    np.testing.assert_array_equal(correlate2d(x, kernel, "valid"), expected)


def test_integers_at_the_edge_of_exact_floats():
    for bits in (24, 53, 62):
        x = np.full((40, 50), 2**bits // 9 + 1)
        x[::2] += 1
        expected = signal.correlate2d(x, np.ones((3, 3), int), "valid")
        np.testing.assert_array_equal(
            correlate2d(x, np.ones((3, 3), int), "valid"), expected
        )


def test_the_border_counts_for_exactness():
    x, border = np.ones((40, 50), np.uint8), 2**50 + 1
    result = correlate2d(x, np.ones((3, 3), int), "same", cval=border)
    assert result[0, 0] == 4 + 5 * border and result[5, 0] == 6 + 3 * border


def test_bools_are_counted():
    result = correlate2d(np.ones((50, 60), bool), np.ones((3, 3), bool), "valid")
    np.testing.assert_array_equal(result, np.full((48, 58), 9))
    assert result.dtype == np.int64


def test_integers_are_never_truncated():
    _same(convolve2d([[1, 2, 4]], [[0.5, 0.5]], "same"), [[0.5, 1.5, 3]])
    _same(correlate2d([[1, 2]], [[1, 1]], "same", cval=0.5), [[1.5, 3]])
    x = np.array([[1, 2]], np.uint8)
    np.testing.assert_array_equal(correlate2d(x, [[1, 1]], "same", cval=-1), [[0, 3]])


@pytest.mark.parametrize("shape", [(2, 2), (50, 60)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64])
def test_narrow_floats_stay(shape, dtype):
    x, kernel = np.ones(shape, dtype), np.full((2, 2), 0.5, dtype)
    for result in (
        convolve2d(x, kernel, "valid"),
        correlate2d(x, kernel, "valid", cval=0.5),
        correlate2d(x, np.full((9, 9), 0.5, dtype), stride=2),
    ):
        assert result.dtype == dtype
    np.testing.assert_array_equal(convolve2d(x, kernel, "valid"), 2)


@pytest.mark.parametrize("left", [*INTEGERS, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("right", [np.uint8, np.int64, np.float32, np.complex128])
@pytest.mark.parametrize("size", [3, 50])
def test_the_dtype_is_numpys_but_for_narrow_integers(left, right, size):
    x, kernel = np.ones((size, size), left), np.ones((2, 2), right)
    common = np.result_type(left, right)
    expected = np.int64 if common.kind in "biu" else common
    for boundary in ("constant", "wrap"):
        assert convolve2d(x, kernel, "same", boundary).dtype == expected


def test_unsigned_64_bits_wrap_as_in_numpy():
    x = np.full((2, 2), 2**63, np.uint64)
    kernel = np.ones((1, 2), np.uint64)
    assert convolve2d(x, kernel, "valid").dtype == np.uint64
    np.testing.assert_array_equal(convolve2d(x, kernel, "valid"), [[0], [0]])


def test_long_double_keeps_its_digits():
    x = np.ones((40, 50), np.longdouble)
    x[0, 0] += np.finfo(np.longdouble).eps
    for size in (1, 3, 9):
        result = correlate2d(x, np.ones((size, size), np.longdouble), "valid")
        assert result.dtype == np.longdouble
        np.testing.assert_allclose(result.astype(float), size**2, rtol=1e-14)


def test_a_complex_kernel_is_conjugated_by_correlation_only():
    x, kernel = np.array([[1j, 2]]), np.array([[1j]])
    _same(correlate2d(x, kernel), [[1, -2j]])
    _same(convolve2d(x, kernel), [[-1, 2j]])


def test_the_inputs_are_left_alone():
    for dtype, size in product((np.int64, np.float64), (2, 9)):
        x = np.arange(40 * 50).reshape(40, 50).astype(dtype)
        kernel = np.arange(size**2).reshape(size, size).astype(dtype)
        before = x.copy(), kernel.copy()
        convolve2d(x, kernel, "valid")[:] = 99
        correlate2d(x, kernel, "same", "wrap")[:] = 99
        correlate2d(x, np.ones((1, 1), dtype), "valid")[:] = 99
        np.testing.assert_array_equal(x, before[0])
        np.testing.assert_array_equal(kernel, before[1])


@pytest.mark.parametrize("size", [(3, 3), (7, 7), (1, 13)])
def test_lists_views_and_other_memory_orders_are_welcome(size):
    _same(convolve2d([[1, 2]], ((3,),)), [[3, 6]])
    rng = np.random.default_rng(6)
    base, kernel = rng.standard_normal((120, 90)), rng.standard_normal(size)
    for x in (base[::-2, ::3], base.T, np.asfortranarray(base)):
        x.flags.writeable = False
        expected = signal.correlate2d(x, kernel[::-1], "valid")
        _same(correlate2d(x, kernel[::-1], "valid"), expected)


# --------------------------------------------------- laws, with exact sums

exact = some(np.int64, 6)
small = some(np.int64, 4)


@bounded
@given(x=exact, kernel=small, stride=pairs)
def test_a_stride_keeps_every_s_th_output(x, kernel, stride):
    for function, mode in product((convolve2d, correlate2d), ("full", "same")):
        every = function(x, kernel, mode)
        _exactly(
            function(x, kernel, mode, stride=stride), every[:: stride[0], :: stride[1]]
        )


@bounded
@given(x=exact, kernel=small, dilation=pairs, stride=pairs)
def test_a_dilated_kernel_is_one_stuffed_with_zeros(x, kernel, dilation, stride):
    spread = _spread(kernel, dilation)
    for function, mode in product((convolve2d, correlate2d), ("full", "same")):
        expected = function(x, spread, mode, "edge", stride=stride)
        result = function(x, kernel, mode, "edge", 0, stride, dilation)
        _exactly(result, expected)


@bounded
@given(x=some(np.int64, 12), kernel=some(np.int64, 3), dilation=st.integers(1, 3))
def test_a_dilated_kernel_sees_phase_images(x, kernel, dilation):
    assume(_fits(x, _spread(kernel, (dilation, dilation))))
    result = correlate2d(x, kernel, "valid", dilation=dilation)
    for a, b in product(range(dilation), repeat=2):
        phase = result[a::dilation, b::dilation]
        if phase.size:
            pixels = x[a::dilation, b::dilation]
            _exactly(phase, signal.correlate2d(pixels, kernel, "valid"))


@bounded
@given(x=exact, column=some(np.int64, 5), row=some(np.int64, 5))
def test_an_outer_product_is_two_passes(x, column, row):
    column, row = column[:, :1], row[:1]
    two_passes = correlate2d(correlate2d(x, column), row)
    _exactly(correlate2d(x, column * row), two_passes)


@bounded
@given(x=floats, kernel=floats)
def test_a_kernel_is_the_sum_of_its_singular_products(x, kernel):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    terms = (
        correlate2d(correlate2d(x, u[:, [r]] * s[r]), vt[[r]]) for r in range(len(s))
    )
    result = correlate2d(x, kernel)
    scale = max(1, np.abs(x).max() * np.abs(kernel).sum())
    np.testing.assert_allclose(sum(terms), result, rtol=0, atol=1e-12 * scale)


@bounded
@given(data=st.data(), x=exact, kernel=small)
def test_correlation_is_the_adjoint_of_convolution(data, x, kernel):
    assume(_fits(x, kernel))
    y = correlate2d(x, kernel, "valid")
    values = arrays.arrays(np.int64, y.shape, elements=st.integers(-99, 99))
    other = data.draw(values)
    assert np.sum(y * other) == np.sum(x * convolve2d(other, kernel, "full"))


@bounded
@given(x=exact, kernel=small, down=st.integers(-9, 9), right=st.integers(-9, 9))
def test_a_wrapped_result_rolls_with_its_image(x, kernel, down, right):
    rolled = np.roll(x, (down, right), (0, 1))
    expected = np.roll(correlate2d(x, kernel, "same", "wrap"), (down, right), (0, 1))
    _exactly(correlate2d(rolled, kernel, "same", "wrap"), expected)


@bounded
@given(x=exact, kernel=small, quarters=st.integers(1, 3))
def test_the_result_turns_if_image_and_kernel_turn(x, kernel, quarters):
    turned = correlate2d(np.rot90(x, quarters), np.rot90(kernel, quarters))
    _exactly(turned, np.rot90(correlate2d(x, kernel), quarters))


def test_the_result_does_not_turn_with_the_image_alone():
    x, kernel = np.arange(9).reshape(3, 3) ** 2, np.array([[1, 2], [3, 4]])
    turned = correlate2d(np.rot90(x), kernel)
    assert (turned != np.rot90(correlate2d(x, kernel))).any()


@bounded
@given(x=floats, kernel=some(np.float64, 5))
def test_the_product_of_spectra_is_the_wrapped_convolution(x, kernel):
    assume(_fits(x, kernel))
    product_of_spectra = np.fft.fft2(x) * np.fft.fft2(kernel, x.shape)
    expected = np.fft.ifft2(product_of_spectra).real  # kernel[0, 0] is its centre
    centre = [-((k - 1) // 2) for k in kernel.shape]
    expected = np.roll(expected, centre, (0, 1))
    result = convolve2d(x, kernel, "same", "wrap")
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-8)


@bounded
@given(x=exact, kernel=exact)
def test_the_sum_of_the_result_is_the_product_of_the_sums(x, kernel):
    for function in (convolve2d, correlate2d):
        assert function(x, kernel).sum() == x.sum() * kernel.sum()


@bounded
@given(value=st.integers(-99, 99), kernel=exact, boundary=st.sampled_from(PAD_MODES))
def test_a_constant_is_scaled_by_the_sum_of_the_kernel(value, kernel, boundary):
    x = np.full((3, 4), value)
    result = correlate2d(x, kernel, "same", boundary, cval=value)
    _exactly(result, np.full((3, 4), value * kernel.sum()))


@bounded
@given(kernel=exact, before=pairs, after=pairs)
def test_an_impulse_shows_the_kernel_and_correlation_shows_it_turned(
    kernel, before, after
):
    impulse = np.zeros(np.add(before, after) + 1, int)
    impulse[before] = 1
    seen = tuple(slice(b, b + k) for b, k in zip(before, kernel.shape, strict=True))
    _exactly(convolve2d(impulse, kernel)[seen], kernel)
    _exactly(correlate2d(impulse, kernel)[seen], kernel[::-1, ::-1])


@bounded
@given(data=st.data(), kernel=small, factor=st.integers(-9, 9))
def test_linearity(data, kernel, factor):
    values = arrays.arrays(np.int64, (4, 5), elements=st.integers(-99, 99))
    first, second = data.draw(values), data.draw(values)
    together = correlate2d(first + factor * second, kernel, "same", "reflect")
    apart = [correlate2d(x, kernel, "same", "reflect") for x in (first, second)]
    _exactly(together, apart[0] + factor * apart[1])


@bounded
@given(x=exact, first=small, second=small)
def test_convolution_commutes_and_associates(x, first, second):
    _exactly(convolve2d(x, first), convolve2d(first, x))
    one_by_one = convolve2d(convolve2d(x, first), second)
    _exactly(one_by_one, convolve2d(x, convolve2d(first, second)))


def test_two_valid_passes_are_one_but_two_same_passes_are_not():
    rng = np.random.default_rng(7)
    x = rng.integers(0, 9, (7, 8))
    first, second = rng.integers(1, 5, (2, 3, 3))
    both = signal.convolve2d(first, second)
    valid = convolve2d(convolve2d(x, first, "valid"), second, "valid")
    _exactly(valid, signal.convolve2d(x, both, "valid"))
    same = convolve2d(convolve2d(x, first, "same"), second, "same")
    expected = signal.convolve2d(x, both, "same")
    _exactly(same[2:-2, 2:-2], expected[2:-2, 2:-2])
    assert (same != expected).any()


@bounded
@given(x=exact, kernel=exact)
def test_a_single_row_is_the_one_dimensional_sum(x, kernel):
    x, kernel = x[:1], kernel[:1]
    _exactly(convolve2d(x, kernel)[0], np.convolve(x[0], kernel[0]))
    _exactly(correlate2d(x, kernel)[0], np.correlate(x[0], kernel[0], "full"))


# ---------------------------------------------------------------- by hand

NINE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_nine_pixels_and_four_weights():
    kernel = [[1, 2], [3, 4]]
    _exactly(correlate2d(NINE, kernel, "valid"), [[37, 47], [67, 77]])
    _exactly(convolve2d(NINE, kernel, "valid"), [[23, 33], [53, 63]])
    full = [[1, 4, 7, 6], [7, 23, 33, 24], [19, 53, 63, 42], [21, 52, 59, 36]]
    _exactly(convolve2d(NINE, kernel), full)
    full = [[4, 11, 18, 9], [18, 37, 47, 21], [36, 67, 77, 33], [14, 23, 26, 9]]
    _exactly(correlate2d(NINE, kernel), full)


def test_counting_from_zero():
    x, kernel = np.arange(9).reshape(3, 3), np.arange(4).reshape(2, 2)
    _exactly(correlate2d(x, kernel, "valid"), [[19, 25], [37, 43]])
    padded = [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]
    _exactly(correlate2d(x, kernel), padded)
    _exactly(correlate2d(x, kernel, stride=(3, 2)), [[0, 8], [6, 8]])


def test_the_arithmetic_figures():
    x = [
        [3, 3, 2, 1, 0],
        [0, 0, 1, 3, 1],
        [3, 1, 2, 2, 3],
        [2, 0, 0, 2, 2],
        [2, 0, 0, 0, 1],
    ]
    kernel = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]
    expected = [[12, 12, 17], [10, 17, 19], [9, 6, 14]]
    _exactly(correlate2d(x, kernel, "valid"), expected)
    expected = [[6, 17, 3], [8, 17, 13], [6, 4, 4]]
    _exactly(correlate2d(x, kernel, "same", stride=2), expected)


def test_log_is_binomial_then_laplacian():
    smooth = np.outer([1, 2, 1], [1, 2, 1])
    expected = [
        [0, 1, 2, 1, 0],
        [1, 0, -2, 0, 1],
        [2, -2, -8, -2, 2],
        [1, 0, -2, 0, 1],
        [0, 1, 2, 1, 0],
    ]
    _exactly(convolve2d(smooth, [[0, 1, 0], [1, -4, 1], [0, 1, 0]]), expected)


def test_the_centre_of_an_even_kernel():
    impulse = np.zeros((7, 7), int)
    impulse[3, 3] = 1
    kernel = np.outer([1, 2, 3, 4], [1, 2, 3, 4])
    once = np.array([0, 0, 1, 2, 3, 4, 0])
    _exactly(convolve2d(impulse, kernel, "same"), np.outer(once, once))
    turned = np.array([0, 0, 4, 3, 2, 1, 0])
    _exactly(correlate2d(impulse, kernel, "same"), np.outer(turned, turned))


@pytest.mark.parametrize("function", [convolve2d, correlate2d])
@pytest.mark.parametrize(
    ("shape", "size"),
    [((9, 5), (3, 4)), ((2, 9), (5, 3)), ((1, 1), (1, 1)), ((3, 3), (9, 9))],
)
def test_shapes(function, shape, size):
    x, kernel = np.ones(shape), np.ones(size)
    assert function(x, kernel).shape == tuple(np.add(shape, size) - 1)
    assert function(x, kernel, "same").shape == shape
    if _fits(x, kernel):
        expected = tuple(np.subtract(shape, size) + 1)
        assert function(x, kernel, "valid").shape == expected


# -------------------------------------------------------------- bad input


@pytest.mark.parametrize("function", [convolve2d, correlate2d])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": [[]]}, ValueError, r"x is empty, shape \(1, 0\). Pass at least one"),
        ({"kernel": np.ones((0, 3))}, ValueError, r"kernel is empty, shape \(0, 3\)"),
        ({"x": 3}, ValueError, r"x must be 2-D \(rows, columns\), got shape \(\)"),
        ({"x": [1, 2]}, ValueError, r"x must be 2-D.*got shape \(2,\)"),
        ({"x": np.ones((4, 4, 3))}, ValueError, r"\(4, 4, 3\).*one channel such as"),
        ({"kernel": [1, 2]}, ValueError, r"kernel must be 2-D.*\(2,\)"),
        ({"x": [["a"]]}, TypeError, "x must hold numbers.*astype"),
        ({"kernel": None}, TypeError, "kernel must hold numbers.*object"),
        ({"x": np.ma.ones((2, 2))}, TypeError, "x is a masked array.*filled"),
        ({"kernel": [[1], [1, 2]]}, ValueError, "kernel must be a regular array"),
        ({"stride": 0}, ValueError, "stride must be an integer >= 1, got 0. Use str"),
        ({"stride": (2, 0)}, ValueError, "stride must be an integer >= 1, got 0"),
        ({"stride": 2.0}, TypeError, r"stride must be an integer >= 1, got 2\.0"),
        ({"stride": (1, 2, 3)}, ValueError, r"stride must be one integer or a pair"),
        ({"stride": True}, TypeError, "stride must be an integer >= 1, got True"),
        ({"dilation": -1}, ValueError, "dilation must be an integer >= 1, got -1"),
        ({"dilation": (1, 0)}, ValueError, "got 0. Use dilation=1 for no gaps"),
        ({"dilation": "2"}, TypeError, "dilation must be an integer >= 1, got '2'"),
        ({"mode": "SAME"}, ValueError, "'valid', 'same'; got 'SAME'"),
        ({"mode": "causal"}, ValueError, "got 'causal'. 'causal' needs an order of"),
        ({"mode": "reflect"}, ValueError, "That is a border: pass it as boundary="),
        ({"boundary": "same"}, ValueError, "boundary must be one of 'constant'"),
        ({"boundary": "mirror"}, ValueError, "SciPy's 'mirror' is 'reflect' here"),
        ({"cval": "0"}, TypeError, "cval must hold numbers"),
        ({"cval": [0, 0]}, ValueError, "cval must be one number"),
        ({"cval": 2**70}, (ValueError, TypeError), "cval"),
    ],
)
def test_bad_input_is_named(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(**{"x": [[1, 2], [3, 4]], "kernel": [[1, 1]], **arguments})


@pytest.mark.parametrize("function", [convolve2d, correlate2d])
def test_valid_needs_a_kernel_that_fits(function):
    x = np.ones((3, 5))
    message = r"it spans \(4, 1\) pixels, x has \(3, 5\). Use mode='full'"
    with pytest.raises(ValueError, match=message):
        function(x, np.ones((4, 1)), "valid")
    with pytest.raises(ValueError, match=r"it spans \(1, 7\)"):
        function(x, np.ones((1, 4)), "valid", dilation=2)
    assert function(x, np.ones((3, 5)), "valid").shape == (1, 1)


# ----------------------------------------------------------------- helpers


@pytest.fixture(scope="module")
def tf():
    """Return TensorFlow, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).tf


def _fits(x, kernel):
    """Tell whether the kernel fits inside the image."""
    return all(k <= n for k, n in zip(kernel.shape, x.shape, strict=True))


def _wide(array):
    """Widen bool and narrow integers to int64, in which NumPy neither ors nor wraps."""
    return array.astype(np.int64) if array.dtype.kind in "biu" else array


def _spread(kernel, dilation):
    """Put dilation - 1 zeros between the values of a kernel."""
    shape = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=True)]
    spread = np.zeros(shape, kernel.dtype)
    spread[:: dilation[0], :: dilation[1]] = kernel
    return spread


def _padded(x, kernel, mode, boundary):
    """Pad as the mode needs, with np.pad."""
    if mode == "valid":
        return x
    reach = [k - 1 for k in kernel.shape]
    widths = {
        "full": [(r, r) for r in reach],
        "same": [((r + 1) // 2, r // 2) for r in reach],
    }[mode]
    return np.pad(x, widths, boundary)


def _exactly(result, expected):
    """Compare shape and whole numbers."""
    assert result.dtype.kind in "iu"
    np.testing.assert_array_equal(result, expected, strict=False)
    assert result.shape == np.shape(expected)


def _same(result, expected):
    """Compare shape and values, up to the rounding of floats."""
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-9)
