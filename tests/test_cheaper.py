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
    ten = {kind: cheaper.recorded(kind) for kind in cheaper.KINDS}
    for runs in ten.values():
        assert runs.shape == (10,) and runs.min() > 0.93
        right = runs * 597  # whole numbers of digits
        np.testing.assert_allclose(right, right.round(), atol=1e-6)
    mean = {kind: runs.mean() for kind, runs in ten.items()}
    assert mean["plain"] > mean["narrow"] > mean["separable"]
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


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seed"), [("plain", 3), ("separable", 4)])
def test_a_run_ends_near_the_recorded_one(kind, seed):
    got = cheaper.run(kind, seed)
    assert got == pytest.approx(cheaper.recorded(kind)[seed], abs=0.03)
    assert got > 0.92


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
    fig = pictures.trade({"a": (1e6, [0.9, 0.95]), "b": (1e5, [0.8, 0.85])})
    np.testing.assert_allclose(fig.axes[0].lines[1].get_ydata(), [80, 85])
    plots.plt.close(fig)
