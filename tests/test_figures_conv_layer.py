"""F6 against Keras, its module against its trace."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures
from figures_js import Module, agree
from PIL import Image

RNG = np.random.default_rng(36)


@pytest.fixture(scope="module")
def module():
    return Module("conv_layer")


def random_figure():
    """Return a figure in any state: 1 to 4 channels, 1 by 1 to 6 by 6, k 1 and 3."""
    k, inputs, outputs = int(RNG.choice([1, 3])), *map(int, RNG.integers(1, 5, 2))
    shape = RNG.integers(k, 7, 2)
    divisor = RNG.choice([1, 1, 3])
    x = RNG.integers(-9, 10, (*shape, inputs)) / divisor
    w = RNG.integers(-9, 10, (k, k, inputs, outputs)) / divisor
    used, kept = int(RNG.integers(1, inputs + 1)), int(RNG.integers(1, outputs + 1))
    size = int(RNG.choice([1, k]))
    places = [int(RNG.integers(n - size + 1)) for n in shape]
    bias, relu = RNG.integers(2, size=2).astype(bool)
    return figures.conv_layer(
        x, w, RNG.integers(-99, 99, outputs), used, kept, size,
        int(RNG.integers(kept)), *places, bias, relu,
    )  # fmt: skip


FIGURES = [random_figure() for _ in range(250)]


def used(figure):
    """Return x (H, W, C_in) and w (k, k, C_in, C_out) of the channels that take part."""
    outputs, weights = len(figure.b), len(figure.w[0])
    most, side = len(figure.w) // outputs, {1: 1, 9: 3}[weights]
    x = np.reshape(figure.x, (most, -1, len(figure.x[0]))).transpose(1, 2, 0)
    w = np.reshape(figure.w, (most, outputs, side, side)).transpose(2, 3, 0, 1)
    if figure.k < side:
        w = w[1:2, 1:2]
    return x[..., : figure.inputs], w[:, :, : figure.inputs, : figure.outputs]


def test_a_state_holds_the_arrays_that_were_given():
    x, w = RNG.integers(-9, 9, (4, 6, 3)), RNG.integers(-9, 9, (3, 3, 3, 2))
    ours = used(figures.conv_layer(x, w))
    np.testing.assert_array_equal(ours[0], x)
    np.testing.assert_array_equal(ours[1], w)


def test_every_output_is_what_keras_computes():
    from convcourse.tf import keras

    for figure in FIGURES[:60]:
        x, w = used(figure)
        activation = "relu" if figure.relu else None
        layer = keras.layers.Conv2D(
            figure.outputs, figure.k, activation=activation, use_bias=figure.bias
        )
        layer.build((None, *x.shape))
        bias = [np.array(figure.b)[: figure.outputs]] if figure.bias else []
        layer.set_weights([w, *bias])
        wanted = np.moveaxis(np.asarray(layer(x[None].astype("float32")))[0], 2, 0)
        trace = figure.trace()
        np.testing.assert_allclose(trace["after"], wanted, atol=1e-3)
        assert trace["parameters"] == layer.count_params()


def test_every_output_is_numpys_sum():
    for figure in FIGURES:
        (x, w), trace = used(figure), figure.trace()
        windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[:2], (0, 1))
        z = np.einsum("rcipq,pqio->orc", windows, w)
        if figure.bias:
            z += np.array(figure.b)[: figure.outputs, None, None]
        np.testing.assert_allclose(trace["before"], z, atol=1e-9)
        wanted = z[figure.channel, figure.row, figure.column]
        assert trace["z"] == pytest.approx(wanted, abs=1e-9)
        total = trace["sums"].sum() + trace["b"]
        assert total == pytest.approx(wanted, abs=1e-9)
        assert trace["value"] == (max(trace["z"], 0) if figure.relu else trace["z"])


def test_the_module_computes_and_says_what_numpy_does(module):
    for figure in FIGURES:
        agree(module, figure)


def test_every_place_of_the_built_in_layer(module):
    for k, places in ((3, 3), (1, 5)):
        for channel in range(4):
            for row, column in np.ndindex(places, places):
                figure = figures.conv_layer(
                    inputs=4, outputs=4, k=k, channel=channel, row=row, column=column
                )
                agree(module, figure)


def test_the_sentence():
    assert figures.conv_layer(row=1, column=0).describe() == (
        "y[1, 0, 0]: 30 + 0 + 31 + (−20) = 41, and ReLU makes 41 of it. 3 sums of 9 "
        'products, one for each input channel, and the bias. Conv2D(2, 3, activation="'
        'relu") on 3 channels learns (3·3·3 + 1)·2 = 56 numbers.'
    )
    one = figures.conv_layer([[[1]]], [[[[1 / 3]]]], row=0, column=0, relu=False)
    assert one.set(bias=False).describe() == (
        "y[0, 0, 0]: 0.3333. One sum of 1 product and no bias. Conv2D(1, 1, use_bias="
        "False) on 1 channel learns (1·1·1)·1 = 1 numbers."
    )
    assert one.describe().startswith("y[0, 0, 0]: 0.3333 + 0 ≈ 0.3333. One sum")


def test_fewer_channels_take_the_place_along(module):
    figure = figures.conv_layer(outputs=4, channel=3, k=1, row=4, column=4)
    settled = module("settle", figure, outputs=2, k=3)
    assert [settled[n] for n in ("channel", "row", "column")] == [1, 2, 2]
    flat = figures.conv_layer(np.ones((2, 5, 1)), np.ones((3, 3, 1, 1)), k=1)
    with pytest.raises(Exception, match="no place holds it whole"):
        module("settle", flat, k=3)
    with pytest.raises(Exception, match="k must be 1 or 3"):
        module("settle", figure, k=2)


def test_bad_arguments_are_named():
    x, w = np.ones((5, 5, 2)), np.ones((3, 3, 2, 2))
    for wrong, message in [
        (
            {"x": np.ones((5, 5))},
            r"x must be numbers \(H, W, C_in\), got shape \(5, 5\)",
        ),
        ({"x": np.ones((7, 5, 1))}, "at most 4 channels and 6 rows"),
        ({"x": np.ones((5, 5, 5))}, "at most 4 channels"),
        ({"w": np.ones((3, 3, 3))}, r"w must be numbers \(k, k, C_in, C_out\)"),
        ({"w": np.ones((3, 1, 2, 2))}, "as many rows as columns"),
        ({"w": np.ones((2, 2, 2, 2))}, "kernels of 4 weights"),
        ({"x": x, "w": np.ones((3, 3, 3, 1))}, "x has 2 channels, w is for 3"),
        ({"x": x, "w": w, "b": [1]}, r"b must have shape \(2,\), got \(1,\)"),
        ({"x": x[:2], "w": w}, "no place holds it whole"),
        ({"x": x, "w": w, "k": 2}, "k must be 1 or 3, got 2"),
        ({"x": x, "w": w, "inputs": 3}, "inputs must be from 1 to 2, got 3"),
        ({"outputs": 5}, "outputs must be a whole number from 1 to 4"),
        ({"channel": 2}, "channel must be from 0 to 1, got 2"),
        ({"row": 3}, "row must be from 0 to 2, got 3"),
        ({"x": 100 * x}, r"x\[0\]\[0\] must be a number from -99 to 99, got"),
        ({"x": [["a"]]}, "x must be numbers"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.conv_layer(**wrong)


def test_python_sets_one_field_of_the_widget():
    widget = figures.conv_layer().widget()
    widget.inputs = 2
    assert widget.figure.trace()["parameters"] == 38
    widget.close()


def test_the_picture_shows_the_numbers():
    figure = figures.conv_layer(row=1, column=0)
    drawn = figure.picture()
    written = [[t.get_text() for t in ax.texts] for ax in drawn.axes]
    assert written[0][:5] == ["1", "2", "8", "9", "1"]
    assert written[4] == ["−1", "0", "1", "−2", "0", "2", "−1", "0", "1"]
    assert [ax.get_xlabel() for ax in drawn.axes[4:7]] == [
        f"sum of x · w: {n}" for n in (30, 0, 31)
    ]
    assert "41 after ReLU" in written[7][0]
    plt.close(drawn)
    assert Image.open(io.BytesIO(figure.png)).size == (840, 420)


def test_the_page_is_small_and_stable():
    page = figures.conv_layer().html()
    assert page == figures.conv_layer().html()
    assert len(page.encode()) < 80_000
    assert "http" not in page.replace("http://www.w3.org", "")
