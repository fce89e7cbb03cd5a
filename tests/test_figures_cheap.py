"""F9 against Keras and NumPy; its modules against their traces."""

import numpy as np
import pytest
from convcourse import plots
from convcourse.figures.cheap_layers import cheap_layers
from convcourse.figures.separability import presets, separability
from figures_js import Module, agree

RNG = np.random.default_rng(39)


def random_layers():
    """Return the figure of prices in any state."""
    groups = int(RNG.integers(1, 9))
    inputs, outputs = (groups * int(n) for n in RNG.integers(1, 100, 2))
    k, side = int(RNG.integers(1, 12)), int(RNG.integers(1, 225))
    return cheap_layers(inputs, outputs, k, groups, side)


LAYERS = [cheap_layers(1, 1, 1, 1, 1), *(random_layers() for _ in range(250))]


def random_kernel():
    """Return the figure of a kernel of 2 to 7 rows, of any rank."""
    k = int(RNG.integers(2, 8))
    rank = int(RNG.integers(1, k + 1))
    kernel = sum(
        np.outer(*RNG.integers(-3, 4, (2, k))) for _ in range(rank)
    ) / RNG.choice([1, 1, 3])
    return separability(kernel, int(RNG.integers(1, k + 1)))


KERNELS = [separability(name, rank) for name in presets() for rank in (1, 2, 3)]
KERNELS += [separability(np.zeros((3, 3))), separability(np.eye(4), 2)]
KERNELS += [random_kernel() for _ in range(250)]


def test_the_module_of_prices_says_what_numpy_says():
    module = Module("cheap_layers")
    for figure in LAYERS:
        agree(module, figure)


def test_the_module_of_kernels_says_what_numpy_says():
    module = Module("separability")
    for figure in KERNELS:
        agree(module, figure)


@pytest.mark.slow
def test_the_parameters_are_those_of_keras():
    from convcourse.tf import keras

    of = keras.layers
    for figure in LAYERS[:30]:
        n, k, g = figure.outputs, figure.k, figure.groups
        made = [of.Conv2D(n, k), of.Conv2D(n, k, groups=g), of.DepthwiseConv2D(k)]
        made += [of.Conv2D(n, 1), of.SeparableConv2D(n, k)]
        for layer in made:
            layer.build((None, 16, 16, figure.inputs))
        wanted = [layer.count_params() for layer in made]
        assert figure.trace()["parameters"] == wanted
        t = figure.trace()
        assert t["shares"][4] == pytest.approx(1 / n + 1 / k**2)
        assert t["macs"] == [w * figure.side**2 for w in t["weights"]]
        assert t["parts"] == [count / wanted[0] for count in wanted]


def test_biases_tell_layers_of_one_price_apart():
    t = cheap_layers(64, 32, groups=32).trace()
    grouped, depthwise = 1, 2
    assert t["macs"][grouped] == t["macs"][depthwise]
    assert t["shares"][grouped] == t["shares"][depthwise]
    assert t["parts"][grouped] < t["parts"][depthwise]


def test_the_picture_has_two_bars_for_each_kind():
    figure = cheap_layers(32, 64)
    t, fig = figure.trace(), figure.picture()
    bars = [bar.get_width() for bar in fig.axes[0].patches]
    assert bars == t["shares"] + t["parts"]
    said = [text.get_text() for text in fig.axes[0].texts]
    assert (
        said[4] == "12.67 %, 1,831,424 MACs" and said[9] == "12.98 %, 2,400 parameters"
    )
    plots.plt.close(fig)


def test_singular_values_and_the_nearest_kernel_are_those_of_numpy():
    for figure in KERNELS:
        t, w = figure.trace(), np.array(figure.kernel, float)
        u, s, v = np.linalg.svd(w)
        np.testing.assert_allclose(t["singular"], s, atol=1e-9)
        if s[0]:
            assert t["rank"] == np.linalg.matrix_rank(w, tol=1e-9 * s[0])
        r = figure.take
        error = np.sum(np.square(t["rest"]))  # ties have more than one nearest kernel
        assert error == pytest.approx(np.sum(s[r:] ** 2), abs=1e-7)
        assert np.linalg.matrix_rank(t["near"], tol=1e-7 * (s[0] or 1)) <= r
        np.testing.assert_allclose(np.add(t["near"], t["rest"]), w, atol=1e-9)
        if r == len(s) or s[r - 1] - s[r] > 1e-6:
            near = (u[:, :r] * s[:r]) @ v[:r]
            np.testing.assert_allclose(t["near"], near, atol=1e-6)


def test_the_sentences():
    assert str(cheap_layers(32, 64)) == (
        "The ordinary layer has 3·3·32·64 = 18432 weights and 14450688 MACs on a map of "
        "28 by 28. In 4 groups it is 25 % of that, depthwise separable 12.6736 %: 1/64 + "
        "1/9. Of 18496 parameters, with biases, the separable layer has 12.9758 %."
    )
    assert str(separability("Laplacian")) == (
        "The kernel has rank 2, so it is not spatially separable; singular values 4.4495, "
        "0.4495. One product of column and row keeps 98.9898 % of its energy, with 6 "
        "multiplications for each pixel in place of 9."
    )
    assert "rank is 0" in str(separability(np.zeros((2, 2))))


def test_what_does_not_fit_settles_or_is_named():
    module = Module("cheap_layers")
    settled = module("settle", cheap_layers(32, 64, groups=32), outputs=8)
    assert settled["groups"] == 8
    small = Module("separability")(
        "settle", separability(take := np.eye(5), 5), kernel=[[1, 2], [3, 4]]
    )
    assert small["take"] == 2 and len(take) == 5
    for wrong, message in [
        (lambda: cheap_layers(32, 64, groups=3), "groups=3 must divide"),
        (lambda: cheap_layers(0), "inputs must be a whole number"),
        (lambda: separability(np.ones((3, 4))), "as many columns as rows"),
        (lambda: separability("nothing"), "kernel must be one of"),
        (lambda: separability(rank=4), "rank must be from 1 to 3, got 4"),
        (lambda: separability(np.ones((8, 8))), "kernel must have 2 to 7"),
    ]:
        with pytest.raises(ValueError, match=message):
            wrong()


@pytest.mark.parametrize("figure", [cheap_layers(), separability()])
def test_the_page_is_small_and_stable(figure):
    page = figure.html()
    assert page == figure.html()
    assert len(page.encode()) < 80_000
