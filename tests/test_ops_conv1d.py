"""`ops.convolve1d` and `ops.correlate1d` against NumPy, SciPy and Keras.

The oracles are the libraries; none is our own code. Examples are bounded and the
same in every run.
"""

import numpy as np
import pytest
from convcourse.ops import PAD_MODES, causal_channels, convolve1d, correlate1d
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage, signal

bounded = settings(max_examples=120, deadline=None, derandomize=True)

NDIMAGE = {
    "constant": "constant",
    "edge": "nearest",
    "symmetric": "reflect",
    "reflect": "mirror",
    "wrap": "wrap",
}
INTEGERS = (np.bool_, np.uint8, np.int8, np.int16, np.uint32, np.int64)


def some(dtype, most=12):
    """Arrays of one dtype: lengths 1 to `most`, values small enough to be exact."""
    kind = np.dtype(dtype).kind
    if kind == "b":
        values = st.booleans()
    elif kind in "iu":
        limits = np.iinfo(dtype)
        values = st.integers(max(limits.min, -1000), min(limits.max, 1000))
    else:
        width = {"f": 8, "c": 16}[kind]
        values = st.integers(-99, 99).map(lambda n: n / 4)
        if width == 16:
            values = st.builds(complex, values, values)
    return arrays.arrays(dtype, st.integers(1, most), elements=values)


integers = st.sampled_from(INTEGERS).flatmap(some)
floats = some(np.float64)
numbers = integers | floats | some(np.complex128)


# ---------------------------------------------------------------- against NumPy


@bounded
@given(x=numbers, kernel=numbers)
def test_full_equals_np_convolve(x, kernel):
    expected = np.convolve(_wide(x), _wide(kernel))
    _same(convolve1d(x, kernel), expected)


@bounded
@given(x=numbers, kernel=numbers)
def test_full_equals_np_correlate(x, kernel):
    expected = np.correlate(_wide(x), _wide(kernel), "full")
    _same(correlate1d(x, kernel), expected)


@bounded
@given(x=numbers, kernel=numbers, mode=st.sampled_from(["valid", "same"]))
def test_shorter_modes_equal_numpy_where_numpy_does_not_swap(x, kernel, mode):
    assume(len(kernel) <= len(x))
    expected = np.convolve(_wide(x), _wide(kernel), mode)
    _same(convolve1d(x, kernel, mode), expected)
    expected = np.correlate(_wide(x), _wide(kernel), mode)
    _same(correlate1d(x, kernel, mode), expected)


@bounded
@given(x=numbers, kernel=numbers, mode=st.sampled_from(["full", "same"]))
def test_equals_scipy_signal_also_for_kernels_longer_than_the_signal(x, kernel, mode):
    x, kernel = _wide(x), _wide(kernel)
    _same(convolve1d(x, kernel, mode), signal.convolve(x, kernel, mode, "direct"))
    assert len(convolve1d(x, kernel, "same")) == len(x)
    # For an even kernel scipy.signal.correlate centres like np.correlate.
    _same(correlate1d(x, kernel, mode), signal.correlate(x, kernel, mode, "direct"))


@bounded
@given(x=numbers, kernel=numbers)
def test_causal_is_the_head_of_the_full_result(x, kernel):
    x, kernel = _wide(x), _wide(kernel)
    _same(convolve1d(x, kernel, "causal"), np.convolve(x, kernel)[: len(x)])
    _same(correlate1d(x, kernel, "causal"), np.correlate(x, kernel, "full")[: len(x)])


@bounded
@given(x=floats, kernel=floats)
def test_causal_equals_a_digital_filter(x, kernel):
    _same(convolve1d(x, kernel, "causal"), signal.lfilter(kernel, [1.0], x))


# -------------------------------------------------- borders, stride and dilation


@bounded
@given(x=floats, kernel=floats, boundary=st.sampled_from(PAD_MODES))
def test_borders_equal_ndimage(x, kernel, boundary):
    expected = ndimage.correlate1d(x, kernel, mode=NDIMAGE[boundary])
    _same(correlate1d(x, kernel, "same", boundary), expected)
    # ndimage.convolve1d puts the centre of an even kernel elsewhere; origin mends it.
    origin = -1 if len(kernel) % 2 == 0 else 0
    expected = ndimage.convolve1d(x, kernel, mode=NDIMAGE[boundary], origin=origin)
    _same(convolve1d(x, kernel, "same", boundary), expected)


@bounded
@given(x=floats, kernel=floats, cval=st.integers(-9, 9))
def test_constant_border_equals_ndimage(x, kernel, cval):
    expected = ndimage.correlate1d(x, kernel, mode="constant", cval=cval)
    _same(correlate1d(x, kernel, "same", cval=cval), expected)


@bounded
@given(
    x=floats,
    kernel=floats,
    boundary=st.sampled_from(PAD_MODES),
    mode=st.sampled_from(["full", "same", "causal"]),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 4),
)
def test_every_combination_equals_np_pad_and_np_convolve(
    x, kernel, boundary, mode, stride, dilation
):
    spread = _spread(kernel, dilation)
    reach = len(spread) - 1
    widths = {
        "full": (reach, reach),
        "same": (len(spread) // 2, (len(spread) - 1) // 2),
        "causal": (reach, 0),
    }[mode]
    padded = np.pad(x, widths, boundary)
    expected = np.convolve(padded, spread, "valid")[::stride]
    _same(convolve1d(x, kernel, mode, boundary, 0, stride, dilation), expected)
    expected = np.correlate(padded, spread, "valid")[::stride]
    _same(correlate1d(x, kernel, mode, boundary, 0, stride, dilation), expected)


@bounded
@given(x=floats, kernel=floats, stride=st.integers(1, 20))
def test_stride_equals_upfirdn(x, kernel, stride):
    expected = signal.upfirdn(kernel, x, up=1, down=stride)
    _same(convolve1d(x, kernel, stride=stride), expected)


@bounded
@given(x=floats, kernel=floats, stride=st.integers(1, 5), dilation=st.integers(1, 4))
def test_valid_lengths_by_counting_positions(x, kernel, stride, dilation):
    span = (len(kernel) - 1) * dilation + 1
    assume(span <= len(x))
    positions = range(0, len(x) - span + 1, stride)
    expected = [np.dot(x[n : n + span : dilation], kernel) for n in positions]
    result = correlate1d(x, kernel, "valid", stride=stride, dilation=dilation)
    _same(result, np.array(expected))


@bounded
@given(x=some(np.float32, 10), kernel=some(np.float32, 4), dilation=st.integers(1, 3))
def test_causal_and_dilated_equal_keras(keras, x, kernel, dilation):
    layer = keras.layers.Conv1D(
        1, len(kernel), padding="causal", dilation_rate=dilation, use_bias=False
    )
    layer.build((None, len(x), 1))
    layer.set_weights([kernel.reshape(-1, 1, 1)])
    expected = np.asarray(layer(x.reshape(1, -1, 1)))[0, :, 0]
    _same(correlate1d(x, kernel, "causal", dilation=dilation), expected)


@bounded
@given(
    x=some(np.float32, 10),
    kernel=some(np.float32, 4),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
)
def test_valid_equals_tensorflow(tf, x, kernel, stride, dilation):
    assume((len(kernel) - 1) * dilation < len(x))
    assume(stride == 1 or dilation == 1)
    expected = tf.nn.conv1d(
        x.reshape(1, -1, 1),
        kernel.reshape(-1, 1, 1),
        stride,
        "VALID",
        dilations=dilation,
    )
    result = correlate1d(x, kernel, "valid", stride=stride, dilation=dilation)
    _same(result, expected.numpy()[0, :, 0])


# ------------------------------------------------------------------------ dtypes


def test_bytes_never_wrap():
    x = np.array([10, 200, 10], np.uint8)
    expected = [200, 0, -200]
    np.testing.assert_array_equal(convolve1d(x, [1, 0, -1], "same"), expected)
    result = convolve1d(x, np.array([200, 200], np.uint8))
    np.testing.assert_array_equal(result, [2000, 42000, 42000, 2000])
    assert result.dtype == np.int64


def test_bools_are_counted():
    result = convolve1d([True, True, True], [True, True])
    np.testing.assert_array_equal(result, [1, 2, 2, 1])
    assert result.dtype == np.int64


def test_integers_are_never_truncated():
    _same(
        convolve1d([1, 2, 4, 7, 11], [0.5, 0, -0.5], "same"), [1, 1.5, 2.5, 3.5, -3.5]
    )
    _same(convolve1d([1, 2, 3], [1 / 3] * 3, "same"), [1, 2, 5 / 3])
    _same(convolve1d([1, 2], [1, 1], "same", cval=0.5), [1.5, 3])


def test_bytes_meet_a_negative_border():
    x = np.array([1, 2], np.uint8)
    np.testing.assert_array_equal(convolve1d(x, [1, 1], "same", cval=-1), [0, 3])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64])
def test_narrow_floats_stay(dtype):
    x, kernel = np.array([1, 2, 3], dtype), np.array([1, 0.5], dtype)
    for result in (convolve1d(x, kernel), correlate1d(x, kernel, "same", "edge")):
        assert result.dtype == dtype
    np.testing.assert_array_equal(convolve1d(x, kernel), [1, 2.5, 4, 1.5])
    assert convolve1d(x, kernel, cval=0.5).dtype == dtype


@bounded
@given(x=some(np.float16), kernel=some(np.float16, 3))
def test_float16_is_as_good_as_its_digits(x, kernel):
    expected = np.convolve(x.astype(float), kernel.astype(float))
    scale = np.abs(x).astype(float).max() * np.abs(kernel).astype(float).sum()
    tolerance = len(kernel) * np.finfo(np.float16).eps * scale
    np.testing.assert_allclose(convolve1d(x, kernel), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("left", [*INTEGERS, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("right", [np.uint8, np.int64, np.float32, np.complex128])
def test_the_dtype_is_numpys_but_for_narrow_integers(left, right):
    dtype = convolve1d(np.ones(3, left), np.ones(2, right)).dtype
    common = np.result_type(left, right)
    assert dtype == (np.int64 if common.kind in "biu" else common)


def test_the_inputs_are_left_alone():
    for dtype in (np.int64, np.float64):
        x, kernel = np.arange(5).astype(dtype), np.arange(2).astype(dtype)
        convolve1d(x, kernel, "valid")[:] = 99
        correlate1d(x, kernel, "same", "wrap")
        np.testing.assert_array_equal(x, np.arange(5))
        np.testing.assert_array_equal(kernel, np.arange(2))


def test_lists_tuples_and_views_are_welcome():
    _same(convolve1d((1, 2), [3]), [3, 6])
    _same(convolve1d(np.arange(6)[::-2], np.ones((2, 2))[:, 0]), [5, 8, 4, 1])


# ----------------------------------------------------------- laws, with exact sums

exact = some(np.int64, 9)


@bounded
@given(x=exact, kernel=exact)
def test_convolution_commutes(x, kernel):
    np.testing.assert_array_equal(convolve1d(x, kernel), convolve1d(kernel, x))


@bounded
@given(x=exact, first=exact, second=exact)
def test_convolution_associates(x, first, second):
    one_by_one = convolve1d(convolve1d(x, first), second)
    combined = convolve1d(x, convolve1d(first, second))
    np.testing.assert_array_equal(one_by_one, combined)


@bounded
@given(data=st.data(), x=exact, size=st.integers(1, 9), factor=st.integers(-9, 9))
def test_convolution_distributes(data, x, size, factor):
    same_size = arrays.arrays(np.int64, size, elements=st.integers(-99, 99))
    first, second = data.draw(same_size), data.draw(same_size)
    together = convolve1d(x, first + factor * second)
    apart = convolve1d(x, first) + factor * convolve1d(x, second)
    np.testing.assert_array_equal(together, apart)


@bounded
@given(x=exact, kernel=exact, steps=st.integers(0, 5))
def test_a_late_signal_gives_a_late_result(x, kernel, steps):
    late = convolve1d(np.append(np.zeros(steps, int), x), kernel)
    expected = np.append(np.zeros(steps, int), convolve1d(x, kernel))
    np.testing.assert_array_equal(late, expected)


@bounded
@given(kernel=exact, before=st.integers(0, 5), after=st.integers(0, 5))
def test_an_impulse_shows_the_kernel_and_correlation_shows_it_reversed(
    kernel, before, after
):
    impulse = np.zeros(before + 1 + after, int)
    impulse[before] = 1
    seen = slice(before, before + len(kernel))
    np.testing.assert_array_equal(convolve1d(impulse, kernel)[seen], kernel)
    np.testing.assert_array_equal(correlate1d(impulse, kernel)[seen], kernel[::-1])


@bounded
@given(x=exact, kernel=exact)
def test_the_sum_of_the_result_is_the_product_of_the_sums(x, kernel):
    assert convolve1d(x, kernel).sum() == x.sum() * kernel.sum()


@bounded
@given(value=st.integers(-99, 99), kernel=exact, boundary=st.sampled_from(PAD_MODES))
def test_a_constant_is_scaled_by_the_sum_of_the_kernel(value, kernel, boundary):
    result = convolve1d(np.full(4, value), kernel, "same", boundary, cval=value)
    np.testing.assert_array_equal(result, np.full(4, value * kernel.sum()))


@bounded
@given(x=exact, kernel=exact, steps=st.integers(-20, 20))
def test_a_wrapped_result_rolls_with_its_signal(x, kernel, steps):
    rolled = convolve1d(np.roll(x, steps), kernel, "same", "wrap")
    expected = np.roll(convolve1d(x, kernel, "same", "wrap"), steps)
    np.testing.assert_array_equal(rolled, expected)


def test_correlation_neither_commutes_nor_associates():
    x, h, g = [1, 2, 3, 4], [1, 0, -1], [1, 2]
    one_by_one = correlate1d(correlate1d(x, h), g)
    np.testing.assert_array_equal(one_by_one, [-2, -5, -6, -6, 4, 11, 4])
    combined = correlate1d(x, correlate1d(h, g))
    np.testing.assert_array_equal(combined, [-1, -4, -6, -6, -1, 10, 8])
    assert correlate1d(h, g).tolist() != correlate1d(g, h).tolist()


# ------------------------------------------------------------------ by hand


def test_the_hand_computed_example():
    x, kernel = [3, 1, 4, 1, 5], [2, -1, 0.5]
    _same(convolve1d(x, kernel), [6, -1, 8.5, -1.5, 11, -4.5, 2.5])
    _same(convolve1d(x, kernel, "valid"), [8.5, -1.5, 11])
    _same(convolve1d(x, kernel, "same"), [-1, 8.5, -1.5, 11, -4.5])
    _same(convolve1d(x, kernel, "causal"), [6, -1, 8.5, -1.5, 11])
    _same(correlate1d(x, kernel), [1.5, -2.5, 7, -1.5, 9.5, -3, 10])
    _same(correlate1d(x, kernel, "valid"), [7, -1.5, 9.5])


def test_the_ramp_and_its_border():
    ramp, kernel = [1, 2, 3, 4, 5], [1, 0, -1]
    _same(convolve1d(ramp, kernel), [1, 2, 2, 2, 2, -4, -5])
    _same(convolve1d(ramp, kernel, "same"), [2, 2, 2, 2, -4])
    _same(convolve1d(ramp, kernel, "valid"), [2, 2, 2])
    _same(correlate1d(ramp, kernel, "same"), [-2, -2, -2, -2, 4])


def test_the_edge_and_the_double_edge():
    step = [0] * 5 + [1] * 5
    rise = correlate1d(step, [-1, 1], "valid")
    np.testing.assert_array_equal(np.flatnonzero(rise), [4])
    assert rise[4] == 1
    assert convolve1d(step, [-1, 1], "valid")[4] == -1
    _same(correlate1d(step, [-1, 0, 1], "valid"), [0, 0, 0, 1, 1, 0, 0, 0])
    _same(correlate1d(step, [1, -2, 1], "valid"), [0, 0, 0, 1, -1, 0, 0, 0])
    pulses = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0]
    _same(correlate1d(pulses, [-1, 1], "valid"), [0, 1, 0, -1, 0, 1, 0, -1, 0])


def test_dice_and_polynomials():
    die = np.ones(6, int)
    _same(convolve1d(die, die), [1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1])
    assert convolve1d(convolve1d(die, die), die).max() == 27
    _same(convolve1d([1, 2, 3], [4, 5, 6]), [4, 13, 28, 27, 18])


def test_the_centre_of_an_even_kernel():
    impulse = [0, 0, 0, 1, 0, 0, 0]
    _same(convolve1d(impulse, [1, 2, 3, 4], "same"), [0, 0, 1, 2, 3, 4, 0])
    _same(correlate1d(impulse, [1, 2, 3, 4], "same"), [0, 0, 4, 3, 2, 1, 0])


def test_causal_and_dilated_by_hand():
    x, kernel = np.arange(1, 9), [1, 10, 100]
    _same(
        correlate1d(x, kernel, "causal", dilation=2),
        [100, 200, 310, 420, 531, 642, 753, 864],
    )
    _same(
        convolve1d(x, kernel, "causal", dilation=2), [1, 2, 13, 24, 135, 246, 357, 468]
    )


@pytest.mark.parametrize("function", [convolve1d, correlate1d])
@pytest.mark.parametrize(("n", "size"), [(100, 11), (11, 100), (1, 1), (7, 4)])
def test_lengths(function, n, size):
    x, kernel = np.ones(n), np.ones(size)
    assert len(function(x, kernel)) == n + size - 1
    assert len(function(x, kernel, "same")) == n
    assert len(function(x, kernel, "causal")) == n
    if size <= n:
        assert len(function(x, kernel, "valid")) == n - size + 1


# --------------------------------------------------------------- bad input


@pytest.mark.parametrize("function", [convolve1d, correlate1d])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": []}, ValueError, "x is empty. Pass at least one number"),
        ({"kernel": []}, ValueError, "kernel is empty. Pass at least one number"),
        ({"x": 3}, ValueError, r"x must be 1-D, got shape \(\)"),
        ({"x": [[1, 2]]}, ValueError, r"x must be 1-D, got shape \(1, 2\).*ravel"),
        ({"kernel": np.ones((3, 3))}, ValueError, r"kernel must be 1-D.*\(3, 3\)"),
        ({"x": ["a"]}, TypeError, "x must hold numbers.*astype"),
        ({"kernel": None}, TypeError, "kernel must hold numbers.*object"),
        (
            {"x": np.ma.array([1, 2], mask=[0, 1])},
            TypeError,
            "x is a masked array.*filled",
        ),
        ({"kernel": [[1], [1, 2]]}, ValueError, "kernel must be a regular array"),
        ({"stride": 0}, ValueError, "stride must be an integer >= 1, got 0. Use str"),
        ({"stride": 2.0}, TypeError, r"stride must be an integer >= 1, got 2\.0"),
        ({"stride": True}, TypeError, "stride must be an integer >= 1, got True"),
        ({"dilation": -1}, ValueError, "dilation must be an integer >= 1, got -1"),
        ({"dilation": 0}, ValueError, "got 0. Use dilation=1 for no gaps"),
        ({"dilation": "2"}, TypeError, "dilation must be an integer >= 1, got '2'"),
        ({"mode": "SAME"}, ValueError, "'same', 'causal'; got 'SAME'"),
        ({"mode": None}, ValueError, "mode must be one of 'full'.*got None"),
        ({"mode": "reflect"}, ValueError, "That is a border: pass it as boundary="),
        ({"boundary": "same"}, ValueError, "boundary must be one of 'constant'"),
        ({"boundary": "mirror"}, ValueError, "SciPy's 'mirror' is 'reflect' here"),
        ({"cval": "0"}, TypeError, "cval must hold numbers"),
        ({"cval": [0, 0]}, ValueError, "cval must be one number"),
    ],
)
def test_bad_input_is_named(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(**{"x": [1, 2, 3], "kernel": [1, 1], **arguments})


@pytest.mark.parametrize("function", [convolve1d, correlate1d])
def test_valid_needs_a_kernel_that_fits(function):
    message = "it spans 4 samples, x has 3. Use mode='full'"
    with pytest.raises(ValueError, match=message):
        function([1, 2, 3], [1, 1, 1, 1], "valid")
    with pytest.raises(ValueError, match="it spans 5 samples"):
        function([1, 2, 3], [1, 1, 1], "valid", dilation=2)
    assert len(function([1, 2, 3], [1, 1, 1], "valid")) == 1


# ------------------------------------------------------- causal, with channels


@st.composite
def sequences(draw):
    """A batch of sequences, kernels for them, and a dilation."""
    n, length, inputs, outputs = (draw(st.integers(1, m)) for m in (2, 12, 3, 3))
    taps, dilation = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    x = rng.integers(-9, 10, (n, length, inputs)) / 4
    return x, rng.integers(-9, 10, (taps, inputs, outputs)) / 4, dilation


@bounded
@given(case=sequences())
def test_causal_channels_are_digital_filters_added_up(case):
    x, kernels, dilation = case
    expected = np.zeros((*x.shape[:2], kernels.shape[2]))
    for n, c, o in np.ndindex(len(x), *kernels.shape[1:]):
        newest_first = _spread(kernels[::-1, c, o], dilation)
        expected[n, :, o] += signal.lfilter(newest_first, [1.0], x[n, :, c])
    _same(causal_channels(x, kernels, dilation), expected)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(case=sequences())
@pytest.mark.slow
def test_causal_channels_equal_keras(keras, case):
    x, kernels, dilation = case
    layer = keras.layers.Conv1D(
        kernels.shape[2],
        len(kernels),
        padding="causal",
        dilation_rate=dilation,
        use_bias=False,
    )
    layer.build(x.shape)
    layer.set_weights([kernels])
    expected = np.asarray(layer(x.astype(np.float32)))
    _same(causal_channels(x, kernels, dilation), expected)


@pytest.mark.parametrize("dilation", [1, 2, 7])
def test_nothing_leaks_from_the_future(dilation):
    """A change at one time shows from then on, at steps of the dilation, not before."""
    rng = np.random.default_rng(0)
    x, kernels = rng.standard_normal((1, 20, 2)), rng.standard_normal((3, 2, 4))
    changed = x.copy()
    changed[:, 5] += 1
    moved = (
        causal_channels(changed, kernels, dilation)[0]
        != (causal_channels(x, kernels, dilation)[0])
    )
    times = [5, 5 + dilation, 5 + 2 * dilation]
    assert np.flatnonzero(moved.any(axis=1)).tolist() == [t for t in times if t < 20]


def test_doubled_dilations_reach_back_one_and_thirty_steps():
    x = np.zeros((1, 40, 1), int)
    x[0, 3] = 1
    for dilation in (1, 2, 4, 8):
        x = causal_channels(x, np.ones((3, 1, 1), int), dilation)
    assert np.flatnonzero(x[0, :, 0]).tolist() == list(range(3, 3 + 31))


def test_causal_channels_by_hand():
    x, kernels = np.arange(1, 9).reshape(1, 8, 1), np.reshape([1, 10, 100], (3, 1, 1))
    result = causal_channels(x, kernels, dilation=2).ravel()
    assert result.tolist() == [100, 200, 310, 420, 531, 642, 753, 864]
    assert result.dtype == np.int64


@pytest.mark.parametrize(
    ("left", "right", "dtype"),
    [
        (np.uint8, np.uint8, np.int64),
        (np.bool_, np.int8, np.int64),
        (np.uint8, np.float32, np.float32),
        (np.float16, np.float16, np.float16),
        (np.float32, np.complex64, np.complex64),
    ],
)
def test_dtypes_of_causal_channels(left, right, dtype):
    x = np.ones((1, 3, 2), left)
    result = causal_channels(x, np.ones((2, 2, 1), right))
    assert result.dtype == dtype and result.ravel().tolist() == [2, 4, 4]
    result[:] = 9
    assert (x == 1).all()


def test_causal_channels_conjugate_as_numpy_does():
    x, kernel = np.array([1 + 2j, 3j, 2.0]), np.array([1j, 2 - 1j])
    result = causal_channels(x[None, :, None], kernel[:, None, None])
    np.testing.assert_allclose(result.ravel(), np.correlate(x, kernel, "full")[:3])


def test_an_empty_batch_of_sequences_gives_an_empty_batch():
    result = causal_channels(np.ones((0, 5, 2)), np.ones((3, 2, 4)))
    assert result.shape == (0, 5, 4)


@pytest.mark.parametrize(
    ("x", "kernels", "dilation", "error", "message"),
    [
        (np.ones(5), np.ones((2, 1, 1)), 1, ValueError, r"use x\[None, :, None\]"),
        (np.ones((5, 2)), np.ones((2, 2, 1)), 1, ValueError, r"channels use x\[None\]"),
        (np.ones((1, 0, 2)), np.ones((2, 2, 1)), 1, ValueError, r"shape \(1, 0, 2\)"),
        (np.ones((1, 5, 1)), np.ones(2), 1, ValueError, r"kernels\[:, None, None\]"),
        (
            np.ones((1, 5, 2)),
            np.ones((2, 3, 1)),
            1,
            ValueError,
            "2 channels.* expect 3",
        ),
        (np.ones((1, 5, 1)), np.ones((2, 1, 1)), 0, ValueError, "dilation must be"),
        (np.ones((1, 5, 1)), np.ones((2, 1, 1)), 1.5, TypeError, "dilation must be"),
        ([[["a"]]], np.ones((2, 1, 1)), 1, TypeError, "x must hold numbers"),
    ],
)
def test_bad_sequences_are_named(x, kernels, dilation, error, message):
    with pytest.raises(error, match=message):
        causal_channels(x, kernels, dilation)


# --------------------------------------------------------------------- helpers


@pytest.fixture(scope="module")
def tf():
    """Return TensorFlow, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).tf


@pytest.fixture(scope="module")
def keras():
    """Return Keras, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).keras


def _wide(array):
    """Widen bool and narrow integers to int64, in which NumPy neither ors nor wraps."""
    return array.astype(np.int64) if array.dtype.kind in "biu" else array


def _spread(kernel, dilation):
    """Put dilation - 1 zeros between the values of a kernel."""
    spread = np.zeros((len(kernel) - 1) * dilation + 1, kernel.dtype)
    spread[::dilation] = kernel
    return spread


def _same(result, expected):
    """Compare shape and values; integers and quarters are exact but for FFT-like sums."""
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=1e-9)
