"""Pooling against NumPy windows, SciPy, scikit-image and Keras, none of it our code."""

import numpy as np
import pytest
from convcourse.ops import (
    average_pool2d,
    channel_pool,
    global_average_pool2d,
    global_max_pool2d,
    max_pool2d,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.measure import block_reduce

bounded = settings(max_examples=150, deadline=None, derandomize=True)
few = settings(max_examples=40, deadline=None, derandomize=True)
KINDS = {"max": max_pool2d, "average": average_pool2d}
kinds = st.sampled_from(sorted(KINDS))
pairs = st.tuples(st.integers(1, 4), st.integers(1, 3))


@st.composite
def maps(draw):
    """Feature maps that break every symmetry, most of them negative."""
    shape = [draw(st.integers(1, most)) for most in (3, 9, 11, 3)]
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    return rng.integers(-30, 3, shape) / 4


# ----------------------------------------------------------------- against NumPy


@bounded
@given(x=maps(), kind=kinds, size=pairs, stride=pairs | st.none(), same=st.booleans())
def test_every_combination_equals_windows_cut_by_hand(x, kind, size, stride, same):
    assume(same or (size[0] <= x.shape[1] and size[1] <= x.shape[2]))
    result = KINDS[kind](x, size, stride, "same" if same else "valid")
    _equal(result, by_slices(x, kind, size, stride or size, same))


@pytest.mark.parametrize("kind", ["max", "average"])
@pytest.mark.parametrize("images", [2, 70])
def test_chunks_fit_together(kind, images):
    rng = np.random.default_rng(0)
    side = 300 if images == 2 else 40
    x = rng.integers(-30, 3, (images, side, side + 3, 2)) / 4
    result = KINDS[kind](x, 3, 2, "same")
    _equal(result, by_slices(x, kind, (3, 3), (2, 2), True))


@few
@given(x=maps(), kind=kinds, size=pairs)
def test_blocks_equal_scikit_image(x, kind, size):
    """block_reduce pads with a number of its own: compare where nothing is left over."""
    x = np.tile(x, (1, size[0], size[1], 1))
    function = {"max": np.max, "average": np.mean}[kind]
    _equal(KINDS[kind](x, size), block_reduce(x, (1, *size, 1), function))


@few
@given(x=maps(), size=st.sampled_from([1, 3]))
def test_stride_one_equals_ndimage_filters(x, size):
    cut = (size - 1) // 2
    inside = (slice(None), *[slice(cut, n - cut) for n in x.shape[1:3]])
    assume(min(x.shape[1:3]) >= size)
    filtered = ndimage.maximum_filter(x, (1, size, size, 1))
    _equal(max_pool2d(x, size, 1), filtered[inside])
    same = ndimage.maximum_filter(x, (1, size, size, 1), mode="constant", cval=-np.inf)
    _equal(max_pool2d(x, size, 1, "same"), same)
    filtered = ndimage.uniform_filter(x, (1, size, size, 1))
    _equal(average_pool2d(x, size, 1), filtered[inside])


# ----------------------------------------------------------------- against Keras


@few
@given(x=maps(), size=pairs, stride=pairs | st.none(), kind=kinds)
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.slow
def test_equals_keras(keras, x, size, stride, kind, padding):
    assume(padding == "same" or (size[0] <= x.shape[1] and size[1] <= x.shape[2]))
    name = {"max": "MaxPooling2D", "average": "AveragePooling2D"}[kind]
    layer = getattr(keras.layers, name)(size, stride, padding)
    expected = np.asarray(layer(x.astype(np.float32)))
    _equal(KINDS[kind](x, size, stride, padding), expected)


@few
@given(x=maps())
@pytest.mark.slow
def test_global_pooling_equals_keras(keras, x):
    images = x.astype(np.float32)
    expected = np.asarray(keras.layers.GlobalMaxPooling2D()(images))
    _equal(global_max_pool2d(x), expected)
    expected = np.asarray(keras.layers.GlobalAveragePooling2D()(images))
    _equal(global_average_pool2d(x), expected)


@pytest.mark.parametrize("size", [1, 2, 3, 6])
@pytest.mark.slow
def test_channel_pooling_equals_tensorflow(tf, size):
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 6)).astype(np.float32)
    block = (1, 1, 1, size)
    expected = tf.nn.max_pool(x, block, block, "VALID").numpy()
    _equal(channel_pool(x, size), expected)


# ------------------------------------------------------------------- known numbers

FIGURE = np.array(
    [
        [3, 3, 2, 1, 0],
        [0, 0, 1, 3, 1],
        [3, 1, 2, 2, 3],
        [2, 0, 0, 2, 2],
        [2, 0, 0, 0, 1],
    ]
).reshape(1, 5, 5, 1)


def test_the_published_example():
    """3x3 windows, stride 1 (V. Dumoulin and F. Visin), recomputed by the course."""
    largest = [[3, 3, 3], [3, 3, 3], [3, 2, 3]]
    np.testing.assert_array_equal(max_pool2d(FIGURE, 3, 1)[0, :, :, 0], largest)
    average = [[1.7, 1.7, 1.7], [1.0, 1.2, 1.8], [1.1, 0.8, 1.3]]
    result = average_pool2d(FIGURE, 3, 1)[0, :, :, 0]
    np.testing.assert_array_equal(result.round(1), average)


def test_padding_neither_wins_nor_counts():
    x = np.full((1, 3, 3, 1), -1.0)
    assert (max_pool2d(x, 2, padding="same") == -1).all()
    assert (average_pool2d(x, 2, padding="same") == -1).all()


def test_the_remainder_is_dropped_by_valid_and_kept_by_same():
    x = np.arange(5).reshape(1, 1, 5, 1)
    assert max_pool2d(x, (1, 2)).ravel().tolist() == [1, 3]
    assert max_pool2d(x, (1, 2), padding="same").ravel().tolist() == [1, 3, 4]
    assert average_pool2d(x, (1, 2), padding="same").ravel().tolist() == [0.5, 2.5, 4]


def test_the_smallest_value_is_a_maximum_turned_round():
    x = np.random.default_rng(0).integers(-9, 10, (2, 7, 9, 3))
    smallest = ndimage.minimum_filter(x, (1, 3, 3, 1))[:, 1:-1, 1:-1]
    _equal(-max_pool2d(-x, 3, 1), smallest)


def test_the_larger_of_two_by_relu():
    a, b = np.random.default_rng(0).integers(-9, 10, (2, 1, 4, 4, 1))
    stacked = np.concatenate([a, b], axis=-1)
    _equal(channel_pool(stacked), b + np.maximum(a - b, 0))


def test_what_global_pooling_reduces_and_what_channel_pooling_does():
    x = np.random.default_rng(0).standard_normal((2, 8, 9, 3))
    assert global_average_pool2d(x).shape == global_max_pool2d(x).shape == (2, 3)
    assert channel_pool(x).shape == (2, 8, 9, 1)
    _equal(global_average_pool2d(x), np.einsum("nhwc->nc", x) / 72)
    _equal(channel_pool(x, kind="average")[..., 0], x @ np.full(3, 1 / 3))
    _equal(channel_pool(x, 3)[..., 0], np.sort(x, axis=-1)[..., -1])


# ------------------------------------------------------------------------- dtypes


@pytest.mark.parametrize(
    "dtype", [np.bool_, np.uint8, np.int8, np.int64, np.float16, np.float32, np.float64]
)
def test_dtypes(dtype):
    x = np.ones((1, 3, 3, 2), dtype)
    mean = dtype if np.dtype(dtype).kind == "f" else np.float64
    for padding in ("valid", "same"):
        assert max_pool2d(x, 2, padding=padding).dtype == dtype
        assert average_pool2d(x, 2, padding=padding).dtype == mean
        assert (max_pool2d(x, 2, padding=padding) == 1).all()
        assert (average_pool2d(x, 2, padding=padding) == 1).all()
    assert global_max_pool2d(x).dtype == channel_pool(x).dtype == dtype
    assert (
        global_average_pool2d(x).dtype == channel_pool(x, kind="average").dtype == mean
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
def test_the_ends_of_the_integers_are_no_padding(dtype):
    for value in (np.iinfo(dtype).min, np.iinfo(dtype).max):
        x = np.full((1, 3, 3, 1), value, dtype)
        assert (max_pool2d(x, 2, padding="same") == value).all()
        assert (average_pool2d(x, 2, padding="same") == float(value)).all()


def test_float16_does_not_overflow_and_float32_keeps_its_digits():
    x = np.full((1, 40, 40, 1), 60_000, np.float16)
    assert average_pool2d(x, 40).item() == global_average_pool2d(x).item() == 60_000
    x = np.full((1, 1000, 1000, 1), 0.1, np.float32)
    assert global_average_pool2d(x).item() == pytest.approx(np.float32(0.1), rel=1e-7)


def test_inputs_are_left_alone():
    x = np.ones((1, 4, 4, 2))
    for result in (max_pool2d(x, 1), average_pool2d(x, 1), channel_pool(x, 1)):
        result[:] = 9
    assert (x == 1).all()


# ------------------------------------------------------------------------ mistakes

X = np.ones((2, 5, 6, 4))


@pytest.mark.parametrize("function", [max_pool2d, average_pool2d])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": X[0]}, ValueError, r"batch of images \(N, H, W, C\)"),
        ({"x": X * 1j}, TypeError, "x must be real to be pooled"),
        ({"x": X.astype(str)}, TypeError, "x must hold numbers"),
        ({"size": 0}, ValueError, "size must be an integer >= 1, got 0"),
        ({"size": 2.0}, TypeError, "size must be an integer"),
        ({"size": (1, 2, 3)}, ValueError, "size must be"),
        ({"size": 6}, ValueError, "spans 6 samples of the height, x has 5"),
        ({"stride": 0}, ValueError, "stride must be an integer >= 1, got 0"),
        ({"padding": "Same"}, ValueError, "padding must be one of 'valid', 'same'"),
        ({"padding": 1}, ValueError, "padding must be one of 'valid', 'same'; got 1"),
    ],
)
def test_mistakes_are_named(function, arguments, error, message):
    with pytest.raises(error, match=message):
        function(**{"x": X, "size": 2, **arguments})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"size": 3}, ValueError, "size must divide the 4 channels of x, got 3"),
        ({"size": 0}, ValueError, "size must be an integer >= 1"),
        ({"kind": "mean"}, ValueError, "Write 'average'"),
        ({"x": X[0]}, ValueError, "batch of images"),
    ],
)
def test_mistakes_of_channel_pooling_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        channel_pool(**{"x": X, **arguments})


# ------------------------------------------------------------------------- helpers


@pytest.fixture(scope="module")
def tf():
    """Return TensorFlow, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).tf


@pytest.fixture(scope="module")
def keras():
    """Return Keras, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).keras


def by_slices(x, kind, size, stride, same):
    """Cut each window out of the image; a slice beyond the border is simply shorter."""
    function = {"max": np.max, "average": np.mean}[kind]
    starts = []
    for n, k, s in zip(x.shape[1:3], size, stride, strict=True):
        if same:
            count = -(-n // s)
            before = max(0, (count - 1) * s + k - n) // 2
            starts.append([i * s - before for i in range(count)])
        else:
            starts.append(range(0, n - k + 1, s))
    rows = [
        [
            function(
                x[:, max(i, 0) : i + size[0], max(j, 0) : j + size[1]], axis=(1, 2)
            )
            for j in starts[1]
        ]
        for i in starts[0]
    ]
    return np.array(rows).transpose(2, 0, 1, 3)


def _equal(result, expected):
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)
