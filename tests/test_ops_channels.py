"""`ops.channels` (layers with groups, depthwise, separable) against SciPy and Keras.

The oracles are the libraries; none is our own code. Random cases are bounded and the
same in every run.
"""

import tracemalloc

import numpy as np
import pytest
from convcourse.ops import (
    block_diagonal,
    channel_shuffle,
    correlate_channels,
    depthwise,
    separable,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import linalg, signal

bounded = settings(max_examples=150, deadline=None, derandomize=True)
few = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def layers(draw, dilated=True, groups=(1, 2, 3)):
    """Images and kernels that break every symmetry, and the settings of a layer."""
    group = draw(st.sampled_from(groups))
    n, kh, kw = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 3)),
    )
    per_group, filters = draw(st.integers(1, 3)), group * draw(st.integers(1, 3))
    dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 2))) if dilated else (1, 1)
    height = (kh - 1) * dilation[0] + draw(st.integers(1, 6))
    width = (kw - 1) * dilation[1] + draw(st.integers(1, 7))
    stride = (draw(st.integers(1, 4)), draw(st.integers(1, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    x = rng.integers(-9, 10, (n, height, width, per_group * group)) / 4
    kernels = rng.integers(-9, 10, (kh, kw, per_group, filters)) / 4
    return x, kernels, {"stride": stride, "dilation": dilation, "groups": group}


# ---------------------------------------------------------------- against SciPy


@bounded
@given(case=layers(), same=st.booleans(), data=st.data())
def test_every_combination_equals_scipy_image_by_image(case, same, data):
    x, kernels, options = case
    if same:
        padding, borders = "same", _same_borders(x, kernels, options)
    else:
        widths = st.tuples(*[st.integers(0, 3)] * 2)
        padding = borders = data.draw(st.tuples(widths, widths))
    expected = by_scipy(x, kernels, borders, **options)
    _equal(correlate_channels(x, kernels, padding, **options), expected)


@bounded
@given(case=layers(), padding=st.integers(0, 3))
def test_one_integer_pads_all_sides(case, padding):
    x, kernels, options = case
    expected = by_scipy(x, kernels, ((padding, padding), (padding, padding)), **options)
    _equal(correlate_channels(x, kernels, padding, **options), expected)


@bounded
@given(case=layers())
def test_valid_is_the_default_and_pads_nothing(case):
    x, kernels, options = case
    expected = by_scipy(x, kernels, ((0, 0), (0, 0)), **options)
    _equal(correlate_channels(x, kernels, **options), expected)
    _equal(correlate_channels(x, kernels, "valid", **options), expected)


@bounded
@given(case=layers(groups=(1,)), step=st.integers(1, 3), multiplier=st.integers(1, 3))
def test_depthwise_equals_scipy_channel_by_channel(case, step, multiplier):
    x, kernels, options = case
    rng = np.random.default_rng(step)
    kernels = rng.integers(-9, 10, (*kernels.shape[:3], multiplier)) / 4
    options = {"stride": options["stride"], "dilation": options["dilation"]}
    channels = [
        by_scipy(x[..., c : c + 1], kernels[:, :, [c]], ((step, 0), (0, 1)), **options)
        for c in range(x.shape[3])
    ]
    result = depthwise(x, kernels, ((step, 0), (0, 1)), **options)
    _equal(result, np.concatenate(channels, axis=-1))


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("images", [1, 3, 40])
def test_chunks_fit_together(channels, images):
    """Images over the size of a chunk are cut into rows, small ones are bundled."""
    rng = np.random.default_rng(0)
    height = 150 if images == 3 else 30
    x = rng.integers(-9, 10, (images, height, 61, channels)).astype(float)
    for groups in {1, channels}:
        kernels = rng.integers(-9, 10, (5, 7, channels // groups, 6)).astype(float)
        expected = by_scipy(x, kernels, ((2, 2), (3, 3)), (1, 1), (1, 1), groups)
        _equal(correlate_channels(x, kernels, "same", groups=groups), expected)


# --------------------------------------------------- against TensorFlow and Keras


@few
@given(case=layers(groups=(1, 2)), padding=st.sampled_from(["valid", "same"]))
@pytest.mark.slow
def test_equals_a_layer_of_keras(keras, case, padding):
    x, kernels, options = case
    stride, dilation = options["stride"], options["dilation"]
    assume(stride == (1, 1) or dilation == (1, 1))  # Keras refuses the two together
    layer = keras.layers.Conv2D(
        kernels.shape[3],
        kernels.shape[:2],
        strides=stride,
        padding=padding,
        dilation_rate=dilation,
        groups=options["groups"],
        use_bias=False,
    )
    layer.build(x.shape)
    layer.set_weights([kernels])
    expected = np.asarray(layer(x.astype(np.float32)))
    _equal(correlate_channels(x, kernels, padding, **options), expected)


@few
@given(case=layers(groups=(1,)), borders=st.tuples(*[st.integers(0, 3)] * 4))
@pytest.mark.slow
def test_equals_tensorflow_with_any_padding_and_stride_with_dilation(tf, case, borders):
    x, kernels, options = case
    top, bottom, left, right = borders
    padding = ((top, bottom), (left, right))
    expected = tf.nn.conv2d(
        x.astype(np.float32),
        kernels.astype(np.float32),
        options["stride"],
        ((0, 0), *padding, (0, 0)),
        dilations=options["dilation"],
    )
    _equal(correlate_channels(x, kernels, padding, **options), expected.numpy())


@few
@given(
    case=layers(groups=(1,)),
    padding=st.sampled_from(["valid", "same"]),
    step=st.integers(1, 3),
)
@pytest.mark.slow
def test_depthwise_equals_keras(keras, case, padding, step):
    x, kernels, options = case
    dilation = options["dilation"] if step == 1 else (1, 1)
    layer = keras.layers.DepthwiseConv2D(
        kernels.shape[:2],
        strides=step,
        padding=padding,
        depth_multiplier=kernels.shape[3],
        dilation_rate=dilation,
        use_bias=False,
    )
    layer.build(x.shape)
    layer.set_weights([kernels])
    expected = np.asarray(layer(x.astype(np.float32)))
    _equal(depthwise(x, kernels, padding, step, dilation), expected)


@few
@given(
    case=layers(groups=(1,)),
    padding=st.sampled_from(["valid", "same"]),
    step=st.integers(1, 3),
    multiplier=st.integers(1, 3),
)
@pytest.mark.slow
def test_separable_equals_keras(keras, case, padding, step, multiplier):
    x, kernels, options = case
    dilation = options["dilation"] if step == 1 else (1, 1)
    layer = keras.layers.SeparableConv2D(
        4,
        kernels.shape[:2],
        strides=step,
        padding=padding,
        depth_multiplier=multiplier,
        dilation_rate=dilation,
        use_bias=False,
    )
    layer.build(x.shape)
    rng = np.random.default_rng(step)
    weights = [rng.integers(-9, 10, w.shape) / 4 for w in layer.get_weights()]
    layer.set_weights(weights)
    expected = np.asarray(layer(x.astype(np.float32)))
    _equal(separable(x, *weights, padding, step, dilation), expected)


# ------------------------------------------------------------- the known fixture


def fixture():
    """Images, kernels and biases by formula, from the course's list of oracles."""

    def numbers(count, factor, modulus):
        i = np.arange(count)
        return (i**2 * factor + i * 17 + i // 5) % modulus

    x = (numbers(528, 7, 23) - 11).reshape(2, 8, 11, 3)
    kernels = (numbers(72, 5, 11) - 5).reshape(3, 2, 3, 4)
    return x, kernels, np.array([1, -2, 3, -4])


def test_the_fixture_has_its_known_numbers():
    x, kernels, bias = fixture()
    z = correlate_channels(x, kernels, padding=1, stride=3) + bias
    assert z.shape == (2, 3, 4, 4) and z.dtype == np.int64
    assert z.sum() == 679 and (z**2).sum() == 619_081
    np.testing.assert_array_equal(z[0, 0, 0], [34, 34, -3, 23])
    np.testing.assert_array_equal(z[0, 1, 2], [228, -84, 38, 17])
    np.testing.assert_array_equal(z[1, -1, -1], [15, -22, 81, 28])


@pytest.mark.parametrize(
    ("change", "total"),
    [
        (lambda x, k: (x, k, ((2, 0), (2, 0))), -265),
        (lambda x, k: (x, k, ((0, 2), (0, 2))), 582),
        (lambda x, k: (x, k[::-1, ::-1], 1), 239),
        (lambda x, k: (x, k[::-1], 1), 277),
        (lambda x, k: (x, k[::-1, ::-1, ::-1], 1), 299),
        (lambda x, k: (x, k.transpose(3, 2, 0, 1).reshape(k.shape), 1), -1326),
    ],
)
def test_wrong_layouts_and_paddings_of_the_fixture_differ_as_recorded(change, total):
    x, kernels, bias = fixture()
    x, kernels, padding = change(x, kernels)
    z = correlate_channels(x, kernels, padding, stride=3) + bias
    assert z.sum() == total


# ------------------------------------------------------------------------- laws

rng = np.random.default_rng(4)
IMAGES = rng.integers(-9, 10, (2, 7, 9, 6))


def test_one_by_one_is_a_matrix_at_each_pixel():
    kernels = rng.integers(-9, 10, (1, 1, 6, 5))
    _equal(correlate_channels(IMAGES, kernels), IMAGES @ kernels[0, 0])


def test_a_kernel_as_large_as_the_image_is_a_dense_layer():
    kernels = rng.integers(-9, 10, (7, 9, 6, 5))
    expected = IMAGES.reshape(2, -1) @ kernels.reshape(-1, 5)
    _equal(correlate_channels(IMAGES, kernels)[:, 0, 0], expected)


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_groups_are_layers_side_by_side(groups):
    kernels = rng.integers(-9, 10, (3, 2, 6 // groups, 12))
    parts = zip(
        np.split(IMAGES, groups, axis=3), np.split(kernels, groups, axis=3), strict=True
    )
    expected = np.concatenate([by_scipy(x, k, ((0, 0),) * 2) for x, k in parts], axis=3)
    _equal(correlate_channels(IMAGES, kernels, groups=groups), expected)


@pytest.mark.parametrize("multiplier", [1, 3])
def test_depthwise_is_a_dense_layer_with_a_diagonal(multiplier):
    kernels = rng.integers(-9, 10, (3, 2, 6, multiplier))
    diagonal = np.zeros((3, 2, 6, 6 * multiplier), int)
    for c in range(6):
        diagonal[:, :, c, c * multiplier : (c + 1) * multiplier] = kernels[:, :, c]
    _equal(depthwise(IMAGES, kernels), by_scipy(IMAGES, diagonal, ((0, 0),) * 2))


def test_depthwise_then_pointwise_is_one_dense_layer():
    kernels, mix = rng.integers(-9, 10, (3, 2, 6, 2)), rng.integers(-9, 10, (12, 5))
    both = np.einsum("abcm,cmo->abco", kernels, mix.reshape(6, 2, 5))
    result = correlate_channels(depthwise(IMAGES, kernels), mix[None, None])
    _equal(result, by_scipy(IMAGES, both, ((0, 0),) * 2))


@pytest.mark.parametrize("multiplier", [1, 2])
@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((1, 0), (2, 1))])
def test_separable_is_one_dense_layer(multiplier, padding):
    """Its kernels: for each pair of channels a sum of depthwise kernels."""
    taps = rng.integers(-9, 10, (3, 2, 6, multiplier))
    mix = rng.integers(-9, 10, (1, 1, 6 * multiplier, 5))
    both = np.einsum("abcm,cmo->abco", taps, mix.reshape(6, multiplier, 5))
    expected = by_scipy(IMAGES, both, padding, (2, 1), (1, 2))
    _equal(separable(IMAGES, taps, mix, padding, (2, 1), (1, 2)), expected)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("times", [1, 2])
def test_groups_are_a_dense_layer_with_blocks_on_the_diagonal(groups, times):
    kernels = rng.integers(-9, 10, (3, 2, 6 // groups, 6 * times))
    dense = block_diagonal(kernels, groups)
    assert dense.dtype == kernels.dtype
    for a, b in np.ndindex(3, 2):
        blocks = np.split(kernels[a, b], groups, axis=1)
        np.testing.assert_array_equal(dense[a, b], linalg.block_diag(*blocks))
    expected = by_scipy(IMAGES, dense, ((0, 0),) * 2)
    _equal(correlate_channels(IMAGES, kernels, groups=groups), expected)


@pytest.mark.parametrize(
    ("channels", "groups", "order"),
    [
        (6, 2, [0, 3, 1, 4, 2, 5]),
        (6, 3, [0, 2, 4, 1, 3, 5]),
        (8, 4, [0, 2, 4, 6, 1, 3, 5, 7]),
        (4, 1, [0, 1, 2, 3]),
        (4, 4, [0, 1, 2, 3]),
    ],
)
def test_shuffle_deals_the_channels_out(channels, groups, order):
    assert channel_shuffle(np.arange(channels), groups).tolist() == order
    x = rng.integers(-9, 10, (2, 3, 4, channels))
    np.testing.assert_array_equal(channel_shuffle(x, groups), x[..., order])
    back = channel_shuffle(channel_shuffle(x, groups), channels // groups)
    np.testing.assert_array_equal(back, x)


def test_two_layers_of_groups_stay_apart_without_a_shuffle():
    """Which outputs change with channel 0: half of them, or with a shuffle all."""
    first, second = rng.integers(1, 9, (2, 1, 1, 2, 4))
    x = rng.integers(1, 9, (1, 3, 3, 4))
    other = x + [1, 0, 0, 0]

    def network(x, shuffled):
        y = correlate_channels(x, first, groups=2)
        y = channel_shuffle(y, 2) if shuffled else y
        return correlate_channels(y, second, groups=2)

    for shuffled, reached in ((False, [1, 1, 0, 0]), (True, [1, 1, 1, 1])):
        changes = network(other, shuffled) != network(x, shuffled)
        assert changes.all(axis=(0, 1, 2)).tolist() == reached
        assert changes.any(axis=(0, 1, 2)).tolist() == reached


def test_average_pooling_is_a_depthwise_layer():
    kernels = np.full((2, 3, 6, 1), 1 / 6)
    blocks = IMAGES[:, :6].reshape(2, 3, 2, 3, 3, 6)
    _equal(depthwise(IMAGES, kernels, stride=(2, 3)), blocks.mean(axis=(2, 4)))


def test_oihw_and_nchw_are_transposes():
    torch_kernels = rng.integers(-9, 10, (5, 6, 3, 2))  # C_out, C_in, kh, kw
    nchw = IMAGES.transpose(0, 3, 1, 2)
    expected = np.zeros((2, 5, 5, 8), int)
    for n, o, c in np.ndindex(2, 5, 6):
        expected[n, o] += signal.correlate2d(nchw[n, c], torch_kernels[o, c], "valid")
    kernels = torch_kernels.transpose(2, 3, 1, 0)
    result = correlate_channels(np.moveaxis(nchw, 1, -1), kernels)
    _equal(result.transpose(0, 3, 1, 2), expected)


@pytest.mark.parametrize("stride", [2, 3])
def test_stride_keeps_every_second_value_of_valid_but_not_of_same(stride):
    kernels = rng.integers(-9, 10, (3, 3, 6, 2))
    dense = by_scipy(IMAGES, kernels, ((0, 0),) * 2)
    strided = correlate_channels(IMAGES, kernels, stride=stride)
    _equal(strided, dense[:, ::stride, ::stride])
    even = IMAGES[:, :6, :6]
    dense = by_scipy(even, kernels, ((1, 1),) * 2)[:, ::2, ::2]
    assert not np.array_equal(correlate_channels(even, kernels, "same", 2), dense)


def test_dilation_is_a_kernel_with_zeros_between():
    kernels = rng.integers(-9, 10, (2, 3, 6, 2))
    spread = np.zeros((4, 5, 6, 2), int)
    spread[::3, ::2] = kernels
    result = correlate_channels(IMAGES, kernels, dilation=(3, 2))
    _equal(result, by_scipy(IMAGES, spread, ((0, 0),) * 2))


def test_an_impulse_reads_the_kernel_backwards():
    x = np.zeros((1, 5, 5, 1), int)
    x[0, 2, 2] = 1
    kernel = np.arange(9).reshape(3, 3)
    result = correlate_channels(x, kernel[:, :, None, None])
    np.testing.assert_array_equal(result[0, :, :, 0], kernel[::-1, ::-1])


# --------------------------------------------------------- dtypes, memory, inputs


@pytest.mark.parametrize("groups", [1, 2])
def test_bytes_never_wrap(groups):
    x = np.full((1, 3, 3, 2), 200, np.uint8)
    kernels = np.full((3, 3, 2 // groups, 2), 100, np.uint8)
    result = correlate_channels(x, kernels, groups=groups)
    assert result.dtype == np.int64
    assert (result == 9 * 2 // groups * 200 * 100).all()


@pytest.mark.parametrize("function", [correlate_channels, depthwise])
@pytest.mark.parametrize(
    ("left", "right", "dtype"),
    [
        (np.float32, np.float32, np.float32),
        (np.uint8, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.int64, np.float64, np.float64),
        (np.bool_, np.int8, np.int64),
        (np.float16, np.float16, np.float16),
        (np.float32, np.complex64, np.complex64),
    ],
)
def test_dtypes(function, left, right, dtype):
    result = function(np.ones((1, 3, 3, 2), left), np.ones((2, 2, 2, 1), right), "same")
    assert result.dtype == dtype
    expected = 8 if function is correlate_channels else 4
    assert (result[0, 0, 0] == expected).all()


@pytest.mark.parametrize("function", [correlate_channels, depthwise])
def test_a_complex_kernel_is_conjugated_as_in_numpy(function):
    x, kernel = np.array([1 + 2j, 3j, 2.0]), np.array([1j, 2 - 1j])
    result = function(x.reshape(1, 1, 3, 1), kernel.reshape(1, 2, 1, 1))
    np.testing.assert_allclose(result.ravel(), np.correlate(x, kernel, "valid"))


def test_inputs_are_left_alone_and_results_are_new():
    x, kernels = np.ones((1, 4, 4, 2)), np.ones((1, 1, 2, 2))
    correlate_channels(x, kernels)[:] = 9
    depthwise(x, np.ones((1, 1, 2, 1)))[:] = 9
    separable(x, np.ones((1, 1, 2, 1)), kernels)[:] = 9
    channel_shuffle(x, 1)[:] = 9
    block_diagonal(kernels, 1)[:] = 9
    assert (x == 1).all() and (kernels == 1).all()


def test_views_and_lists_are_welcome():
    x = rng.integers(-9, 10, (6, 9, 14, 4))[::2, ::-1, ::2, 1:3]
    kernels = rng.integers(-9, 10, (4, 2, 2, 3)).transpose(1, 2, 0, 3)[:, :, ::2]
    _equal(correlate_channels(x, kernels), by_scipy(x, kernels, ((0, 0),) * 2))
    assert correlate_channels([[[[2]]]], [[[[3]]]]).tolist() == [[[[6]]]]


def test_an_empty_batch_gives_an_empty_batch():
    shape = correlate_channels(np.ones((0, 5, 5, 3)), np.ones((3, 3, 3, 7))).shape
    assert shape == (0, 3, 3, 7)


@pytest.mark.parametrize(
    ("images", "kernels", "groups", "stride"),
    [
        ((32, 28, 28, 32), (3, 3, 32, 64), 1, 1),
        ((32, 28, 28, 32), (3, 3, 32, 64), 1, 2),
        ((8, 56, 56, 64), (3, 3, 64, 64), 1, 1),
        ((1, 512, 512, 3), (7, 7, 3, 16), 1, 1),
        ((1, 512, 512, 1), (7, 7, 1, 16), 1, 1),
        ((32, 28, 28, 32), (3, 3, 8, 64), 4, 1),
        ((32, 28, 28, 64), (3, 3, 1, 64), 64, 1),
        ((32, 28, 28, 64), (7, 7, 1, 64), 64, 2),
    ],
)
def test_peak_memory_is_a_few_outputs_not_all_windows(images, kernels, groups, stride):
    x, kernels = np.ones(images, np.float32), np.ones(kernels, np.float32)
    n, height, width, channels = images
    padded = n * (height + len(kernels) - 1) * (width + len(kernels) - 1) * channels * 4
    tracemalloc.start()
    try:
        y = correlate_channels(x, kernels, "same", stride, groups=groups)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak <= 1.5 * (y.nbytes + padded)  # the target is 3


# ------------------------------------------------------------------------ mistakes

X, K = np.ones((2, 8, 9, 3)), np.ones((3, 2, 3, 4))


@pytest.mark.parametrize(
    ("x", "kernels", "options", "error", "message"),
    [
        (
            X[0],
            K,
            {},
            ValueError,
            r"batch of images \(N, H, W, C\), got shape \(8, 9, 3",
        ),
        (
            X[0],
            K,
            {},
            ValueError,
            r"x\[None\], for a batch of grey images x\[..., None",
        ),
        (X[0, :, :, 0], K, {}, ValueError, r"use x\[None, :, :, None\]"),
        (X[:, :0], K, {}, ValueError, r"x is empty: its images have shape \(0, 9, 3\)"),
        (X, K[:, :, 0, 0], {}, ValueError, r"use kernels\[:, :, None, None\]"),
        (X, K[..., 0], {}, ValueError, r"use kernels\[..., None\]"),
        (X, K[:0], {}, ValueError, "kernels is empty"),
        (X, np.ones((4, 3, 5, 2)), {}, ValueError, r"transpose\(2, 3, 1, 0\)"),
        (np.ones((2, 3, 8, 9)), K, {}, ValueError, r"np.moveaxis\(x, 1, -1\)"),
        (X, np.ones((3, 2, 5, 4)), {}, ValueError, r"has 3 channels.*expect 5"),
        (X, K, {"groups": 2}, ValueError, "groups must divide.*groups=2, x has 3"),
        (X, K, {"groups": 3}, ValueError, "groups must divide.*make 4"),
        (X, np.ones((3, 2, 3, 6)), {"groups": 3}, ValueError, "use ops.depthwise"),
        (X, K, {"groups": 0}, ValueError, "groups must be an integer >= 1, got 0"),
        (X, K, {"stride": 0}, ValueError, "stride must be an integer >= 1, got 0"),
        (X, K, {"stride": 1.5}, TypeError, "stride must be an integer"),
        (X, K, {"stride": (1, 2, 3)}, ValueError, r"stride must be .* pair"),
        (X, K, {"dilation": (1, 0)}, ValueError, "dilation must be an integer >= 1"),
        (X, K, {"padding": "SAME"}, ValueError, "'same', in small letters"),
        (X, K, {"padding": "full"}, ValueError, "pass the integer kernel size - 1"),
        (X, K, {"padding": None}, ValueError, "'valid', 'same'; got None"),
        (
            X,
            K,
            {"padding": (1, 2)},
            ValueError,
            r"\(\(top, bottom\), \(left, right\)\)",
        ),
        (X, K, {"padding": -1}, ValueError, "padding must be an integer >= 0, got -1"),
        (X, K, {"padding": 0.5}, TypeError, "padding must be an integer"),
        (X, np.ones((9, 2, 3, 4)), {}, ValueError, "spans 9 samples of the height"),
        (X, K, {"dilation": (1, 9)}, ValueError, "10 samples of the width, x has 9"),
        (X.astype(str), K, {}, TypeError, "x must hold numbers"),
        (X, K.astype(object), {}, TypeError, "kernels must hold numbers"),
    ],
)
def test_mistakes_are_named(x, kernels, options, error, message):
    with pytest.raises(error, match=message):
        correlate_channels(x, kernels, **options)


def test_depthwise_names_its_layout():
    message = r"\(kh, kw, C, multiplier\) with C = 3.*got shape \(3, 2, 1, 3\)"
    with pytest.raises(ValueError, match=message):
        depthwise(X, np.ones((3, 2, 1, 3)))


P = np.ones((1, 1, 3, 5))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: separable(X, K[..., :1], P[0, 0]),
            ValueError,
            r"use pointwise_kernels\[None, None\]",
        ),
        (
            lambda: separable(X, K[..., :1], K),
            ValueError,
            r"\(1, 1, C \* multiplier, C_out\), got shape \(3, 2, 3, 4\)",
        ),
        (
            lambda: separable(X, K[..., :2], P),
            ValueError,
            r"take the 6 maps of the depthwise.*\(1, 1, 3, 5\)",
        ),
        (lambda: separable(X, K[:, :, :1], P), ValueError, r"with C = 3"),
        (
            lambda: channel_shuffle(X, 2),
            ValueError,
            "divide the 3 channels of x, got 2",
        ),
        (lambda: channel_shuffle(X, 0), ValueError, "groups must be an integer >= 1"),
        (lambda: channel_shuffle(X, 1.0), TypeError, "groups must be an integer"),
        (
            lambda: channel_shuffle(3, 1),
            ValueError,
            "axis of channels, got the number 3",
        ),
        (lambda: channel_shuffle(["a"], 1), TypeError, "x must hold numbers"),
        (lambda: block_diagonal(K, 3), ValueError, "divide the 4 outputs .*, got 3"),
        (lambda: block_diagonal(K[0], 1), ValueError, "kernels must have four axes"),
        (lambda: block_diagonal(K, True), TypeError, "groups must be an integer"),
    ],
)
def test_other_mistakes_are_named(call, error, message):
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


def by_scipy(x, kernels, borders, stride=(1, 1), dilation=(1, 1), groups=1):
    """Correlate plane by plane with SciPy; zeros between the values of the kernel."""
    (kh, kw, per_group, filters), (dh, dw) = kernels.shape, dilation
    spread = np.zeros(
        ((kh - 1) * dh + 1, (kw - 1) * dw + 1, per_group, filters), kernels.dtype
    )
    spread[::dh, ::dw] = kernels
    padded = np.pad(x, ((0, 0), *borders, (0, 0)))
    y = []
    for image in padded:
        maps = []
        for o in range(filters):
            first = o // (filters // groups) * per_group
            maps.append(
                sum(
                    signal.correlate2d(
                        image[..., first + c], spread[..., c, o], "valid"
                    )
                    for c in range(per_group)
                )
            )
        y.append(np.stack(maps, axis=-1)[:: stride[0], :: stride[1]])
    return np.stack(y)


def _same_borders(x, kernels, options):
    """Return Keras' padding 'same', by trying totals until the output is long enough."""
    borders = []
    for n, k, s, d in zip(
        x.shape[1:3],
        kernels.shape,
        options["stride"],
        options["dilation"],
        strict=False,
    ):
        wanted, total = -(-n // s), 0
        while len(range(0, n + total - (k - 1) * d, s)) < wanted:
            total += 1
        borders.append((total // 2, total - total // 2))
    return tuple(borders)


def _equal(result, expected):
    """Compare shape and values; these are exact in quarters, but for float32 sums."""
    assert result.shape == np.shape(expected)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-4)
