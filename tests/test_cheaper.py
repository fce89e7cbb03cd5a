"""Networks of chapter 08: data, counts against Keras, recorded runs, pictures."""

import numpy as np
import pytest
from convcourse import arithmetic, datasets, plots
from convcourse.experiments import cheaper
from convcourse.figures import grouped_pictures as pictures


def test_the_digits_of_the_test_are_by_other_hands():
    x, y, x_test, y_test = cheaper.digits()
    whole = datasets.digits()
    assert len(x) == len(y) == 1200 and len(x_test) == len(y_test) == 597
    again = np.concatenate([x, x_test])[..., 0] * 16
    np.testing.assert_allclose(again, whole.x.reshape(-1, 8, 8), atol=1e-5)
    np.testing.assert_array_equal(np.concatenate([y, y_test]), whole.y)


def test_narrow_and_separable_have_the_same_price():
    narrow, separable = (
        arithmetic.trace(cheaper.plan(kind), (8, 8, 1)).macs
        for kind in ("narrow", "separable")
    )
    assert abs(narrow / separable - 1) < 0.01


def test_an_unknown_kind_is_named():
    for ask in (cheaper.plan, cheaper.recorded):
        with pytest.raises(ValueError, match="kind must be one of .*'plain'.*'wide'"):
            ask("wide")


def test_the_recorded_runs_bear_what_the_chapter_says():
    recorded = {kind: cheaper.recorded(kind) for kind in cheaper.KINDS}
    for runs in recorded.values():
        assert runs.shape == (30,) and runs.min() > 0.93
        right = runs * 597  # whole numbers of digits
        np.testing.assert_allclose(right, right.round(), atol=1e-6)
    mean = {kind: runs.mean() for kind, runs in recorded.items()}
    assert mean["plain"] == max(mean.values())
    assert 0.005 < mean["plain"] - mean["separable"] < 0.015  # about a point
    assert mean["narrow"] > mean["separable"]
    assert recorded["narrow"].min() < recorded["separable"].max()  # they overlap
    assert abs(mean["grouped"] - mean["shuffled"]) < 0.003


@pytest.mark.slow
@pytest.mark.parametrize("kind", cheaper.KINDS)
def test_the_counts_are_those_of_keras(kind):
    model, row = cheaper.network(kind), cheaper.plan(kind)
    assert arithmetic.trace(row, (8, 8, 1)).parameters == model.count_params()
    assert model.output_shape == (None, 10)
    convolutions = [la for la in model.layers if "Conv" in type(la).__name__]
    macs = 10 * model.layers[-1].input.shape[1]  # the dense layer
    for layer in convolutions:
        macs += layer.count_params() * np.prod(layer.output.shape[1:3])
    assert arithmetic.trace(row, (8, 8, 1)).macs == macs


@pytest.mark.slow
def test_a_shuffle_in_keras_deals_as_the_library():
    from convcourse import ops
    from convcourse.tf import keras

    x = np.random.default_rng(0).normal(size=(2, 3, 4, 8)).astype("float32")
    inputs = keras.Input((3, 4, 8))
    model = keras.Model(inputs, cheaper._shuffle(inputs))
    wanted = x.reshape(2, 3, 4, 4, 2).transpose(0, 1, 2, 4, 3).reshape(x.shape)
    np.testing.assert_array_equal(model.predict(x, verbose=0), wanted)
    np.testing.assert_array_equal(ops.channel_shuffle(x, 4), wanted)


def by_tensorflow(kind, layers, x):
    """Return what a network of this kind makes of digits, by TensorFlow's functions."""
    from convcourse.tf import tf

    weights = iter([w for layer in layers for w in layer.get_weights()])

    def active(y):
        gamma, beta, mean, variance = (next(weights) for _ in range(4))
        y = tf.nn.batch_normalization(y, mean, variance, beta, gamma, 0.001)
        return tf.nn.relu(y)

    def convolved(y, stride=1, groups=1):
        blocks = tf.split(y, groups, 3), tf.split(next(weights), groups, 3)
        parts = [
            tf.nn.conv2d(a, b, stride, "SAME") for a, b in zip(*blocks, strict=True)
        ]
        return tf.concat(parts, 3)

    y = active(convolved(x))
    for stride in (1, 2, 1):
        if kind == "separable":
            kernel, steps = next(weights), [1, stride, stride, 1]
            y = active(tf.nn.depthwise_conv2d(y, kernel, steps, "SAME"))
            stride = 1
        if kind == "shuffled":
            size = y.shape[3] // 4
            y = tf.concat([y[..., i::size] for i in range(size)], 3)
        y = active(convolved(y, stride, 4 if kind in ("grouped", "shuffled") else 1))
    matrix, bias = weights
    return (tf.reduce_mean(y, (1, 2)) @ matrix + bias).numpy()


@pytest.mark.slow
@pytest.mark.parametrize("kind", cheaper.KINDS)
def test_a_network_computes_what_its_name_says(kind):
    model, rng = cheaper.network(kind), np.random.default_rng(0)
    model.layers[-1].activation = None  # before softmax: nothing is 0 or 1 for all
    for layer in model.layers:  # means, variances and biases count, too
        old = layer.get_weights()
        shaken = [2 * w * rng.uniform(0.5, 1.5, w.shape) for w in old]
        layer.set_weights([w + 0.1 * rng.normal(size=w.shape) for w in shaken])
    x = cheaper.digits()[0][:50]
    told = model.predict(x, verbose=0)
    close = 1e-4 * np.abs(told).max()
    again = by_tensorflow(kind, model.layers, x)
    np.testing.assert_allclose(again, told, rtol=0, atol=close)
    if kind == "shuffled":  # the same weights without the shuffle are another network
        other = by_tensorflow("grouped", model.layers, x)
        assert np.abs(other - told).max() > 100 * close


@pytest.mark.slow
def test_a_run_today_is_like_the_recorded_one():
    """Of the plain network, whose runs lie close together on any processor.

    What the other kinds are is seen above, without chance.
    """
    wanted, near = cheaper.recorded("plain")[5], 0.01
    assert np.ptp(cheaper.recorded("plain")) < 1.5 * near
    assert abs(cheaper.recorded("separable")[5] - wanted) > near  # it would not pass
    assert cheaper.run("plain", 5) == pytest.approx(wanted, abs=near)


def test_wiring_draws_a_line_for_each_connection():
    fig = pictures.wiring({"two layers": [np.eye(3), np.ones((3, 2))]})
    lines = fig.axes[0].lines
    assert sum(len(line.get_xdata()) == 2 for line in lines[:9]) == 9
    assert len(lines) == 9 + 3  # and a row of dots for each depth
    plots.plt.close(fig)
    with pytest.raises(ValueError, match="layer 1 takes 2 channels, but gets 3"):
        pictures.wiring({"wrong": [np.eye(3), np.eye(2)]})


def test_shares_and_trade_show_their_numbers():
    fig = pictures.shares({"a": {"MACs": 0.5, "time": 1.2}, "b": {"MACs": 0.1}})
    assert [t.get_text() for t in fig.axes[0].texts] == ["50 %", "120 %", "10 %"]
    assert [bar.get_width() for bar in fig.axes[0].patches] == [0.5, 1.2, 0.1]
    plots.plt.close(fig)
    fig = pictures.trade({"a": (1e6, [0.9, 0.95]), "b": (1e5, [0.8, 0.85, 0.81])})
    lines = [line.get_ydata() for line in fig.axes[0].lines]
    np.testing.assert_allclose(np.concatenate(lines), [90, 95, 92.5, 80, 85, 81, 82])
    assert [text.get_text() for text in fig.axes[0].get_legend().texts] == ["a", "b"]
    plots.plt.close(fig)
