"""`convcourse.layers` against NumPy, SciPy and Keras, weights copied over.

Without Keras (`--fast`) the layers are rebuilt here from SciPy's plane-by-plane
correlation and from the textbook formulas.
"""

import subprocess
import sys

import numpy as np
import pytest
from convcourse import arithmetic, layers
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import signal, special

few = settings(max_examples=30, deadline=None, derandomize=True)
pairs = st.tuples(st.integers(1, 3), st.integers(1, 2))
activations = st.sampled_from([None, "linear", "relu", "sigmoid", "tanh", "softmax"])
FORMULAS = {
    None: lambda x: x,
    "linear": lambda x: x,
    "relu": lambda x: x * (x > 0),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "softmax": lambda x: special.softmax(x, axis=-1),
}


def images(seed, *shape):
    """Return images of a shape."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


# ----------------------------------------------------------------- against Keras


@few
@given(
    filters=st.integers(1, 3),
    size=pairs,
    strides=pairs,
    dilation=pairs,
    padding=st.sampled_from(["valid", "same"]),
    groups=st.integers(1, 3),
    activation=activations,
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
@pytest.mark.slow
def test_conv2d(
    keras, filters, size, strides, dilation, padding, groups, activation, bias, seed
):
    assume(strides == (1, 1) or dilation == (1, 1))  # Keras refuses the two together
    settings_ = {
        "filters": filters * groups,
        "kernel_size": size,
        "strides": strides,
        "padding": padding,
        "dilation_rate": dilation,
        "groups": groups,
        "activation": activation,
        "use_bias": bias,
    }
    _same_as_keras(keras, "Conv2D", settings_, images(seed, 2, 8, 9, 2 * groups))


@few
@given(
    size=pairs,
    step=st.integers(1, 3),
    multiplier=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same"]),
    activation=activations,
    seed=st.integers(0, 99),
)
@pytest.mark.slow
def test_depthwise(keras, size, step, multiplier, padding, activation, seed):
    settings_ = {
        "kernel_size": size,
        "strides": step,
        "padding": padding,
        "depth_multiplier": multiplier,
        "activation": activation,
    }
    _same_as_keras(keras, "DepthwiseConv2D", settings_, images(seed, 2, 8, 9, 3))


@few
@given(
    kind=st.sampled_from(["MaxPooling2D", "AveragePooling2D"]),
    size=pairs,
    strides=pairs | st.none(),
    padding=st.sampled_from(["valid", "same"]),
)
@pytest.mark.slow
def test_pooling(keras, kind, size, strides, padding):
    settings_ = {"pool_size": size, "strides": strides, "padding": padding}
    _same_as_keras(keras, kind, settings_, images(0, 2, 7, 9, 3))


@few
@given(
    filters=st.integers(1, 3),
    size=st.integers(1, 3),
    step=st.integers(1, 3),
    dilation=st.integers(1, 4),
    padding=st.sampled_from(["valid", "same", "causal"]),
    groups=st.integers(1, 2),
    activation=activations,
    seed=st.integers(0, 99),
)
@pytest.mark.slow
def test_conv1d(
    keras, filters, size, step, dilation, padding, groups, activation, seed
):
    settings_ = {
        "filters": filters * groups,
        "kernel_size": size,
        "strides": step if dilation == 1 else 1,  # Keras refuses the two together
        "padding": padding,
        "dilation_rate": dilation,
        "groups": groups,
        "activation": activation,
    }
    _same_as_keras(keras, "Conv1D", settings_, images(seed, 2, 13, 2 * groups))


@few
@given(
    filters=st.integers(1, 3),
    size=st.tuples(*[st.integers(1, 4)] * 2),
    strides=st.tuples(*[st.integers(1, 3)] * 2),
    dilation=pairs,
    padding=st.sampled_from(["valid", "same"]),
    added=st.none() | st.tuples(*[st.integers(0, 2)] * 2),
    activation=activations,
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
@pytest.mark.slow
def test_conv2d_transpose(
    keras, filters, size, strides, dilation, padding, added, activation, bias, seed
):
    if added:
        added = tuple(map(min, added, (s - 1 for s in strides)))
        even = any(k % 2 == 0 and a == 0 for k, a in zip(size, added, strict=True))
        assume(not (padding == "same" and even))  # TensorFlow stops with an error
    settings_ = {
        "filters": filters,
        "kernel_size": size,
        "strides": strides,
        "padding": padding,
        "output_padding": added,
        "dilation_rate": dilation if strides == (1, 1) and not added else 1,
        "activation": activation,
        "use_bias": bias,
    }
    _same_as_keras(keras, "Conv2DTranspose", settings_, images(seed, 2, 4, 5, 2))


@few
@given(
    filters=st.integers(1, 3),
    size=pairs,
    step=st.integers(1, 3),
    multiplier=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same"]),
    activation=activations,
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
@pytest.mark.slow
def test_separable(
    keras, filters, size, step, multiplier, padding, activation, bias, seed
):
    settings_ = {
        "filters": filters,
        "kernel_size": size,
        "strides": step,
        "padding": padding,
        "depth_multiplier": multiplier,
        "activation": activation,
        "use_bias": bias,
    }
    _same_as_keras(keras, "SeparableConv2D", settings_, images(seed, 2, 8, 9, 3))


@pytest.mark.parametrize("size", [1, 2, 3, (2, 5)])
@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("shape", [(2, 4, 5, 3), (1, 1, 2, 1)])
@pytest.mark.slow
def test_upsampling(keras, size, interpolation, shape):
    settings_ = {"size": size, "interpolation": interpolation}
    _same_as_keras(keras, "UpSampling2D", settings_, images(0, *shape))


@pytest.mark.slow
def test_a_decoder_read_from_keras_computes_the_same(keras):
    kind = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 6, 2)),
            kind.SeparableConv2D(5, 3, padding="same", activation="relu"),
            kind.MaxPooling2D(2),
            kind.Conv2DTranspose(4, 4, strides=2, padding="same", activation="tanh"),
            kind.UpSampling2D((1, 2), interpolation="bilinear"),
            kind.Conv2DTranspose(1, 3, 2, padding="same", output_padding=(0, 1)),
        ]
    )
    model.set_weights([images(i, *w.shape) for i, w in enumerate(model.get_weights())])
    x = images(9, 3, 8, 6, 2)
    ours = layers.from_keras(model)
    expected = np.asarray(model(x))
    assert expected.shape == (3, 15, 24, 1)
    np.testing.assert_allclose(ours(x), expected, rtol=1e-4, atol=1e-4)
    assert ours.count_params() == model.count_params()
    sequence = keras.Sequential(
        [
            keras.Input((20, 2)),
            kind.Conv1D(3, 2, padding="causal", dilation_rate=4, activation="relu"),
            kind.Conv1D(1, 5, strides=2),
        ]
    )
    x = images(8, 3, 20, 2)
    expected = np.asarray(sequence(x))
    result = layers.from_keras(sequence)(x)
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "settings_", "shape"),
    [
        ("Dense", {"units": 5, "activation": "softmax"}, (4, 7)),
        ("Dense", {"units": 3, "use_bias": False}, (2, 5, 6, 4)),
        ("Flatten", {}, (3, 4, 5, 2)),
        ("GlobalMaxPooling2D", {}, (3, 4, 5, 2)),
        ("GlobalAveragePooling2D", {}, (3, 4, 5, 2)),
        ("Activation", {"activation": "relu"}, (3, 4)),
        ("Activation", {"activation": "softmax"}, (3, 4, 5, 2)),
        ("MaxPooling2D", {}, (2, 5, 6, 3)),
    ],
)
@pytest.mark.slow
def test_other_layers(keras, kind, settings_, shape):
    _same_as_keras(keras, kind, settings_, images(1, *shape))


@pytest.mark.slow
def test_a_network_read_from_keras_computes_the_same(keras):
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((12, 10, 2)),
            keras.layers.Conv2D(6, (3, 2), padding="same", activation="relu", name="a"),
            keras.layers.MaxPooling2D((2, 3), strides=2, padding="same"),
            keras.layers.DepthwiseConv2D(3, depth_multiplier=2, activation="tanh"),
            keras.layers.Dropout(0.5),
            keras.layers.Conv2D(8, 1, groups=2, use_bias=False),
            keras.layers.Activation("sigmoid"),
            keras.layers.AveragePooling2D(2, padding="same"),
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )
    model.set_weights([images(i, *w.shape) for i, w in enumerate(model.get_weights())])
    x = images(9, 5, 12, 10, 2)
    ours = layers.from_keras(model)
    np.testing.assert_allclose(ours(x), model.predict(x, verbose=0), atol=2e-5)
    assert ours.count_params() == model.count_params()
    assert ours.layers[0].name == "a"
    for mine, theirs in zip(ours.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.slow
def test_what_cannot_be_read_from_keras_is_named(keras):
    pixels = keras.Input((6, 6, 1))
    functional = keras.Model(pixels, keras.layers.Flatten()(pixels))
    with pytest.raises(TypeError, match=r"keras.Sequential, got Functional: branches"):
        layers.from_keras(functional)
    with pytest.raises(ValueError, match="Begin it with keras.Input"):
        layers.from_keras(keras.Sequential([keras.layers.Dense(1)]))
    unknown = keras.Sequential([pixels, keras.layers.BatchNormalization(name="b")])
    with pytest.raises(TypeError, match="'b' is a BatchNormalization, which has no"):
        layers.from_keras(unknown)
    kept = keras.layers.GlobalMaxPooling2D(keepdims=True)
    with pytest.raises(ValueError, match="keepdims=True"):
        layers.from_keras(keras.Sequential([pixels, kept]))
    odd = keras.layers.Conv2D(1, 3, activation="gelu")
    with pytest.raises(ValueError, match="activation must be one of 'linear', 'relu'"):
        layers.from_keras(keras.Sequential([pixels, odd]))


@pytest.mark.parametrize("kind", layers._base.INITIALIZERS)
@pytest.mark.slow
def test_initial_weights_spread_like_those_of_keras(keras, kind):
    shape, fans = (3, 3, 32, 64), (288, 576)
    theirs = np.asarray(keras.initializers.get(kind)(shape))
    ours = layers.initial_weights(kind, shape, *fans, rng=0)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.03)
    assert abs(ours.mean()) < 4 * ours.std() / ours.size**0.5
    if kind.endswith("uniform"):
        assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.01)


# ----------------------------------------------------------------- without Keras


@pytest.mark.parametrize("activation", FORMULAS)
def test_conv2d_is_correlation_plus_bias_then_the_activation(activation):
    layer = layers.Conv2D(4, (3, 2), padding=1, activation=activation, dtype="float64")
    layer.build((None, 8, 9, 3), rng=0)
    kernel, bias = images(1, 3, 2, 3, 4), np.array([1.0, -2, 3, -4])
    layer.set_weights([kernel, bias])
    x = images(2, 2, 8, 9, 3)
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))).astype(float)
    sums = np.zeros((2, 8, 10, 4)) + bias
    for n, c, o in np.ndindex(2, 3, 4):
        plane, weights = padded[n, ..., c], kernel[..., c, o].astype(float)
        sums[n, ..., o] += signal.correlate2d(plane, weights, "valid")
    np.testing.assert_allclose(layer(x), FORMULAS[activation](sums), atol=1e-12)


def test_the_fixture_of_the_course():
    """Numbers by formula; the result was verified with TensorFlow."""

    def numbers(count, factor, modulus):
        i = np.arange(count)
        return (i**2 * factor + i * 17 + i // 5) % modulus

    layer = layers.Conv2D(4, (3, 2), strides=3, padding=1)
    layer.build((None, 8, 11, 3))
    layer.set_weights([(numbers(72, 5, 11) - 5).reshape(3, 2, 3, 4), [1, -2, 3, -4]])
    z = layer((numbers(528, 7, 23) - 11).reshape(2, 8, 11, 3))
    assert z.shape == (2, 3, 4, 4) and z.dtype == np.float32
    assert z.sum() == 679 and (z**2).sum() == 619_081
    np.testing.assert_array_equal(z[0, 0, 0], [34, 34, -3, 23])


def test_dense_is_a_matrix_plus_bias():
    layer = layers.Dense(4, activation="tanh", dtype="float64")
    x = images(0, 5, 7)
    layer.build((None, 7), rng=0)
    matrix, bias = images(1, 7, 4), images(2, 4)
    layer.set_weights([matrix, bias])
    expected = np.tanh(np.einsum("ni,iu->nu", x, matrix, dtype=float) + bias)
    np.testing.assert_allclose(layer(x), expected, atol=1e-12)


def test_pooling_layers_cut_windows():
    x = images(0, 2, 6, 9, 3)
    blocks = x.reshape(2, 3, 2, 3, 3, 3)  # rows in twos, columns in threes
    result = layers.MaxPool2D((2, 3))(x)
    np.testing.assert_array_equal(result, blocks.max(axis=(2, 4)))
    result = layers.AveragePool2D((2, 3))(x)
    np.testing.assert_allclose(result, blocks.mean(axis=(2, 4)), atol=1e-6)
    np.testing.assert_array_equal(layers.GlobalMaxPool2D()(x), x.max(axis=(1, 2)))
    np.testing.assert_allclose(
        layers.GlobalAveragePool2D()(x), x.mean(axis=(1, 2)), atol=1e-6
    )
    np.testing.assert_array_equal(layers.Flatten()(x), x.reshape(2, -1))


@pytest.mark.parametrize("dilation", [1, 3])
def test_a_causal_layer_is_a_digital_filter_for_each_pair_of_channels(dilation):
    layer = layers.Conv1D(
        4, 3, padding="causal", dilation_rate=dilation, activation="tanh", dtype=float
    )
    layer.build((None, 30, 2), rng=0)
    kernel, bias = images(1, 3, 2, 4).astype(float), images(2, 4).astype(float)
    layer.set_weights([kernel, bias])
    x = images(3, 5, 30, 2).astype(float)
    sums = np.zeros((5, 30, 4)) + bias
    for n, c, o in np.ndindex(5, 2, 4):
        newest_first = np.zeros(2 * dilation + 1)
        newest_first[::dilation] = kernel[::-1, c, o]
        sums[n, :, o] += signal.lfilter(newest_first, [1.0], x[n, :, c])
    np.testing.assert_allclose(layer(x), np.tanh(sums), atol=1e-12)


def test_conv2d_transpose_stamps_adds_the_bias_and_activates():
    layer = layers.Conv2DTranspose(3, 2, 2, activation="relu", dtype="float64")
    layer.build((None, 4, 5, 2), rng=0)
    kernel, bias = images(1, 2, 2, 3, 2).astype(float), np.array([1.0, -2, 3])
    layer.set_weights([kernel, bias])
    x = images(2, 2, 4, 5, 2).astype(float)
    stamps = [[np.kron(x[..., c], kernel[..., o, c]) for c in (0, 1)] for o in range(3)]
    sums = np.sum(stamps, axis=1).transpose(1, 2, 3, 0) + bias  # no two stamps overlap
    np.testing.assert_allclose(layer(x), sums * (sums > 0), atol=1e-12)


def test_separable_is_conv2d_with_the_product_of_its_kernels():
    layer = layers.SeparableConv2D(
        5, (3, 2), 2, depth_multiplier=2, activation="tanh", dtype="float64"
    )
    x = images(0, 2, 8, 9, 3).astype(float)
    layer.build(x.shape, rng=0)
    taps, mix, bias = (images(i, *w.shape) for i, w in enumerate(layer.weights))
    layer.set_weights([taps, mix, bias])
    both = np.einsum("abcm,cmo->abco", taps, mix.reshape(3, 2, 5), dtype=float)
    sums = np.zeros((2, 3, 4, 5)) + bias
    for n, c, o in np.ndindex(2, 3, 5):
        plane = signal.correlate2d(x[n, ..., c], both[..., c, o], "valid")
        sums[n, ..., o] += plane[::2, ::2]
    np.testing.assert_allclose(layer(x), np.tanh(sums), atol=1e-6)


def test_upsampling_repeats_or_goes_along_lines():
    x = images(0, 2, 4, 5, 3)
    expected = x.repeat(2, axis=1).repeat(3, axis=2)
    np.testing.assert_array_equal(layers.UpSampling2D((2, 3))(x), expected)
    result = layers.UpSampling2D((2, 3), "bilinear", dtype="float64")(x)
    rows, columns = ((np.arange(n * s) + 0.5) / s - 0.5 for n, s in ((4, 2), (5, 3)))
    for n, c in np.ndindex(2, 3):
        lines = [np.interp(columns, np.arange(5), row) for row in x[n, ..., c]]
        plane = [np.interp(rows, np.arange(4), line) for line in np.transpose(lines)]
        np.testing.assert_allclose(result[n, ..., c], np.transpose(plane), atol=1e-6)


# ------------------------------------------------------------ weights and building


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (layers.Conv2D(8, (3, 5), groups=2), [(3, 5, 3, 8), (8,)]),
        (layers.Conv2D(8, 1, use_bias=False), [(1, 1, 6, 8)]),
        (layers.DepthwiseConv2D((3, 5), depth_multiplier=2), [(3, 5, 6, 2), (12,)]),
        (layers.Conv2DTranspose(8, (3, 5)), [(3, 5, 8, 6), (8,)]),
        (layers.MaxPool2D(), []),
        (layers.UpSampling2D(), []),
        (layers.Dense(4), [(6, 4), (4,)]),
    ],
)
def test_shapes_and_order_of_weights(layer, shapes):
    layer.build((None, 20, 20, 6), rng=0)
    assert [array.shape for array in layer.get_weights()] == shapes
    assert layer.count_params() == sum(np.prod(shape) for shape in shapes)
    assert all(array.dtype == np.float32 for array in layer.weights)
    assert all((array == 0).all() for array in layer.weights[1:])  # the bias


def test_shapes_and_order_of_weights_of_separable_and_sequence_layers():
    layer = layers.SeparableConv2D(8, (3, 5), depth_multiplier=2)
    layer.build((None, 20, 20, 6), rng=0)
    shapes = [array.shape for array in layer.get_weights()]
    assert shapes == [(3, 5, 6, 2), (1, 1, 12, 8), (8,)]
    taps, mix, bias = layer.weights
    assert taps.any() and mix.any() and not bias.any()
    assert np.abs(taps).max() <= (6 / (15 + 30)) ** 0.5  # fans of one channel
    assert np.abs(mix).max() <= (6 / (12 + 8)) ** 0.5
    layer = layers.Conv1D(8, 3, groups=2)
    layer.build((None, 20, 6), rng=0)
    assert [array.shape for array in layer.get_weights()] == [(3, 3, 8), (8,)]


@pytest.mark.parametrize(
    ("layer", "fan_in", "fan_out"),
    [
        (layers.Conv1D(90, 5, groups=2), 5 * 20, 5 * 45),
        (layers.Conv2DTranspose(60, (3, 2)), 6 * 40, 6 * 60),
        (layers.Conv2D(60, (3, 2), groups=2), 6 * 20, 6 * 30),
        (layers.DepthwiseConv2D((9, 8), depth_multiplier=5), 72, 72 * 5),
        (layers.Dense(90), 40, 90),
    ],
)
@pytest.mark.parametrize("kind", layers._base.INITIALIZERS)
def test_the_variance_counts_inputs_and_outputs(layer, fan_in, fan_out, kind):
    layer.kernel_initializer, layer.params = kind, None
    layer.build((None, 9, 9, 40)[-layer.axes if layer.axes else -2 :], rng=1)
    kernel = layer.weights[0]
    variance = 2 / fan_in if kind.startswith("he") else 2 / (fan_in + fan_out)
    assert kernel.var() == pytest.approx(variance, rel=0.1)
    if kind.endswith("uniform"):
        assert np.abs(kernel).max() == pytest.approx((3 * variance) ** 0.5, rel=0.01)


def test_seeds_repeat_and_differ():
    def network(rng):
        model = layers.Sequential([layers.Conv2D(2, 3), layers.Conv2D(2, 3)])
        model.build((None, 8, 8, 2), rng)
        return model.get_weights()

    first, again, other = network(0), network(np.random.default_rng(0)), network(1)
    for a, b, c in zip(first[::2], again[::2], other[::2], strict=True):
        assert np.array_equal(a, b) and not np.array_equal(a, c)
    assert not np.array_equal(first[0], first[2])
    assert not np.array_equal(network(None)[0], network(None)[0])


def test_he_keeps_the_size_of_signals_through_relu_and_glorot_does_not():
    """Mean square of the signal after ten layers, as a share of that before them."""
    share = {}
    for kind in ("he_normal", "glorot_normal"):
        model = layers.Sequential(
            layers.Dense(400, activation="relu", kernel_initializer=kind)
            for _ in range(10)
        )
        model.build((None, 400), rng=0)
        share[kind] = float((model(images(0, 200, 400)) ** 2).mean())
    assert 0.3 < share["he_normal"] < 3
    assert share["glorot_normal"] < 0.02


def test_weights_that_were_set_survive_building_a_network():
    layer = layers.Conv2D(1, 3, use_bias=False)
    layer.build((None, 5, 5, 1))
    layer.set_weights([np.arange(9).reshape(3, 3, 1, 1)])
    model = layers.Sequential([layer, layers.Flatten(), layers.Dense(2)])
    model(np.ones((1, 5, 5, 1)))
    assert model.get_weights()[0].ravel().tolist() == list(range(9))


def test_weights_of_a_layer_are_copied_in_and_out():
    layer, kernel = layers.Dense(2, use_bias=False), np.ones((3, 2), np.float32)
    layer.build((None, 3))
    layer.set_weights([kernel])
    kernel[:] = 9
    layer.get_weights()[0][:] = 9
    assert (layer.weights[0] == 1).all()


def test_get_weights_are_copies_and_set_weights_takes_all_or_nothing():
    model = layers.Sequential([layers.Dense(2), layers.Dense(3)])
    model.build((None, 4), rng=0)
    before = model.get_weights()
    before[0][:] = 99
    assert not (model.get_weights()[0] == 99).any()
    wrong = model.get_weights()[:3] + [np.zeros(7)]
    wrong[0][:] = 99
    with pytest.raises(ValueError, match=r"shapes .*\(3,\)\], got .*\(7,\)\]"):
        model.set_weights(wrong)
    assert not (model.get_weights()[0] == 99).any()


def test_a_layer_builds_itself_for_what_it_first_sees():
    layer = layers.Conv2D(2, 3)
    assert not layer.built
    layer(np.ones((1, 5, 5, 4)))
    assert layer.built and layer.count_params() == 74
    with pytest.raises(ValueError, match="x .N, H, W, C. has 3 channels.*expect 4"):
        layer(np.ones((1, 5, 5, 3)))


def test_a_layer_computes_in_its_own_dtype():
    x = np.full((1, 3, 3, 1), 200, np.uint8)
    for dtype in ("float32", "float64"):
        for layer in (layers.Conv2D(1, 2, dtype=dtype), layers.MaxPool2D(dtype=dtype)):
            assert layer(x).dtype == layer(x.astype(float)).dtype == dtype


# ------------------------------------------------------------------ the network


def lenet():
    """Return the network of Y. LeCun and others (1998) with ReLU and max pooling."""
    return layers.Sequential(
        [
            layers.Conv2D(6, 5, activation="relu"),
            layers.MaxPool2D(),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPool2D(),
            layers.Flatten(),
            layers.Dense(120),
            layers.Activation("relu"),
            layers.Dense(84, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def test_summary_has_the_published_numbers(capsys):
    model = lenet()
    model.build((None, 32, 32, 1), rng=0)
    model.summary()
    lines = capsys.readouterr().out.splitlines()
    assert len({len(line) for line in lines}) == 1  # the numbers stand in columns
    cells = [line.split() for line in lines]
    assert cells[0] == ["layer", "kind", "output", "shape", "parameters", "MACs"]
    numbers = [row[-2:] for row in cells[1:]]
    assert numbers == [
        ["156", "117,600"],
        ["0", "0"],
        ["2,416", "240,000"],
        ["0", "0"],
        ["0", "0"],
        ["48,120", "48,000"],
        ["0", "0"],
        ["10,164", "10,080"],
        ["850", "840"],
        ["61,706", "416,520"],
    ]
    assert "(None, 5, 5, 16)" in lines[4] and "(None, 400)" in lines[5]
    assert model.count_params() == 61_706


def test_output_shapes_are_those_of_the_outputs():
    x = images(0, 2, 32, 32, 1)
    for layer in lenet().layers:
        shape = layer.compute_output_shape(x.shape)
        x = layer(x)
        assert x.shape == shape
    np.testing.assert_allclose(x.sum(axis=1), 1, rtol=1e-6)


def test_arithmetic_reads_our_layers():
    model = lenet()
    model.build((None, 32, 32, 1))
    assert arithmetic.trace(model, (32, 32, 1)).parameters == model.count_params()


def test_layers_load_no_tensorflow():
    code = "import sys, convcourse.layers; print({'keras', 'scipy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


# ------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize(
    ("action", "error", "message"),
    [
        (lambda: layers.Conv2D(0, 3), ValueError, "filters must be an integer >= 1"),
        (lambda: layers.Conv2D(8, 3.0), TypeError, "kernel_size must be an integer"),
        (lambda: layers.Conv2D(8, 3, strides=0), ValueError, "strides must be"),
        (
            lambda: layers.Conv2D(8, 3, dilation_rate=0),
            ValueError,
            "dilation_rate must",
        ),
        (lambda: layers.Conv2D(8, 3, activation="ReLU"), ValueError, "'relu'.*'ReLU'"),
        (
            lambda: layers.Dense(8, kernel_initializer="he"),
            ValueError,
            "kernel_initializer must be one of 'glorot_uniform'",
        ),
        (lambda: layers.MaxPool2D((2, 2, 2)), ValueError, "pool_size must be"),
        (
            lambda: layers.Conv2D(8, 3)(np.ones((28, 28, 3))),
            ValueError,
            r"Conv2D reads a batch of images .* got shape \(28, 28, 3\).*x\[None\]",
        ),
        (
            lambda: layers.MaxPool2D()(np.ones((28, 28))),
            ValueError,
            r"x\[None, :, :, None\]",
        ),
        (lambda: layers.Dense(8)(np.ones(5)), ValueError, r"One sample: x\[None\]"),
        (
            lambda: layers.Conv1D(8, 3)(np.ones((30, 2))),
            ValueError,
            r"Conv1D reads a batch of sequences \(N, T, C\).*x\[\.\.\., None\]",
        ),
        (
            lambda: layers.Conv1D(8, 3)(np.ones(30)),
            ValueError,
            r"One series: x\[None, :, None\]",
        ),
        (lambda: layers.Conv1D(8, (3, 3)), TypeError, "a sequence has one axis"),
        (
            lambda: layers.Conv1D(8, 3, padding="cause")(np.ones((1, 9, 2))),
            ValueError,
            "padding must be one of .*'causal'.*got 'cause'",
        ),
        (
            lambda: layers.Conv2DTranspose(1, 4, 2, "same", 0)(np.ones((1, 5, 5, 1))),
            ValueError,
            "even kernel: no 'same' convolution of 8 samples",
        ),
        (
            lambda: layers.Conv2DTranspose(1, 3, 2, dilation_rate=2)(
                np.ones((1, 5, 5, 1))
            ),
            ValueError,
            "Keras refuses stride",
        ),
        (
            lambda: layers.UpSampling2D(2, "cubic"),
            ValueError,
            "interpolation must be one of 'nearest', 'bilinear'; got 'cubic'",
        ),
        (lambda: layers.UpSampling2D(1.5), TypeError, "size must be an integer"),
        (
            lambda: layers.Conv2D(8, 3, groups=2)(np.ones((1, 5, 5, 3))),
            ValueError,
            "groups must divide the 3 input channels and the 8 filters, got 2",
        ),
        (lambda: layers.Dense(2)(np.ones((1, 2)) * 1j), TypeError, "x must be real"),
        (lambda: layers.Dense(2).count_params(), ValueError, "Dense has no weights"),
        (
            lambda: layers.Dense(2).set_weights([np.ones((3, 2)), np.ones(2)]),
            ValueError,
            "has no weights before it knows its input",
        ),
        (lambda: lenet().summary(), ValueError, "not built has no shapes: call build"),
        (lambda: layers.Sequential([layers.Flatten]), TypeError, "the class Flatten"),
        (lambda: layers.Sequential(["relu"]), TypeError, "use from_keras"),
        (
            lambda: lenet().build((None, 8, 8, 1)),
            ValueError,
            r"layers\[2\], Conv2D, after \(None, 2, 2, 6\): .*spans 5 samples",
        ),
    ],
)
def test_mistakes_are_named(action, error, message):
    with pytest.raises(error, match=message):
        action()


@pytest.mark.parametrize(
    ("weights", "hint"),
    [
        ([np.ones((8, 3, 5, 4)), np.ones(8)], r"use .transpose\(2, 3, 1, 0\)"),
        ([np.ones(8), np.ones((5, 4, 3, 8))], "The order is kernel, bias"),
        ([np.ones((5, 4, 3, 8))], "weights must have the shapes"),
    ],
)
def test_wrong_weights_are_named(weights, hint):
    layer = layers.Conv2D(8, (5, 4))
    layer.build((None, 9, 9, 3))
    with pytest.raises(ValueError, match=hint):
        layer.set_weights(weights)


def test_dense_behind_maps_of_another_size_asks_for_flatten():
    layer = layers.Dense(2)
    layer(np.ones((1, 75)))
    with pytest.raises(ValueError, match="built for 75 inputs.*Is a Flatten missing"):
        layer(np.ones((1, 5, 5, 3)))


# ------------------------------------------------------------------------- helpers


@pytest.fixture(scope="module")
def keras():
    """Return Keras, loaded when the first test needs it."""
    return pytest.importorskip("convcourse.tf", exc_type=ImportError).keras


def _same_as_keras(keras, kind, settings_, x):
    """Compare shape and values of a layer and its twin, for weights that are drawn."""
    theirs, ours = (
        getattr(keras.layers, kind)(**settings_),
        getattr(layers, kind)(**settings_),
    )
    theirs.build(x.shape)
    ours.build(x.shape)
    weights = [images(i, *w.shape) for i, w in enumerate(theirs.get_weights())]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    expected, result = np.asarray(theirs(x)), ours(x)
    assert result.shape == expected.shape == ours.compute_output_shape(x.shape)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=2e-5)
    assert ours.count_params() == theirs.count_params()
