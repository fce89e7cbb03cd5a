"""F4 against SciPy, its module against its trace."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures
from convcourse.figures.flip_test import presets
from figures_js import Module, agree
from scipy import ndimage, signal

RNG = np.random.default_rng(41)


@pytest.fixture(scope="module")
def module():
    return Module("flip_test")


def random_figure():
    """Return a figure in any state; its kernel is symmetric now and then."""
    shape = RNG.choice([1, 3, 5], 2)
    w = RNG.integers(-4, 5, shape) / RNG.choice([1, 1, 2, 3])
    kind = RNG.integers(6)
    if kind == 0:
        w = w + w[::-1, ::-1]
    if kind == 1:
        w = w - w[::-1, ::-1]
    pixels = RNG.integers(0, 9, (RNG.integers(1, 5), 2))
    row, column = (int(v) for v in RNG.integers(0, 9, 2))
    figure = figures.flip_test(w, pixels, row, column)
    return figure.set(held=int(RNG.integers(len(pixels))))


FIGURES = [random_figure() for _ in range(300)]


def image(figure):
    """Return the image of the bright pixels."""
    x = np.zeros((9, 9))
    np.add.at(x, tuple(np.array(figure.impulses).T), 1)
    return x


def test_both_outputs_are_scipys():
    for figure in FIGURES:
        trace, x, w = figure.trace(), image(figure), np.array(figure.w, float)
        np.testing.assert_array_equal(trace["x"], x)
        for name, call in (
            ("correlation", ndimage.correlate),
            ("convolution", ndimage.convolve),
        ):
            wanted = call(x, w, mode="constant")
            np.testing.assert_allclose(trace[name], wanted, atol=1e-9)
        here = figure.row, figure.column
        assert trace["correlated"] == trace["correlation"][here]
        assert trace["convolved"] == trace["convolution"][here]
        bright = np.array([p[2] for p in trace["pixels"]], float)
        for weights, total in (("ahead", "correlated"), ("back", "convolved")):
            assert np.isclose(bright @ np.array(trace[weights]), trace[total])


def test_one_pixel_prints_the_kernel_as_it_is_and_turned():
    for w in map(np.array, presets().values()):
        trace = figures.flip_test(w).trace()
        up, left = w.shape[0] // 2, w.shape[1] // 2
        around = np.s_[4 - up : 5 + up, 4 - left : 5 + left]
        np.testing.assert_array_equal(trace["convolution"][around], w)
        np.testing.assert_array_equal(trace["correlation"][around], np.rot90(w, 2))
        full = signal.correlate2d(image(figures.flip_test()), w, "same")
        np.testing.assert_array_equal(trace["correlation"], full)


def test_what_is_said_of_the_kernel_is_true_of_the_outputs():
    seen = set()
    for figure in FIGURES:
        one = figure.set(impulses=[(4, 4)], held=0).trace()
        seen.add(one["relation"])
        equal = np.array_equal(one["correlation"], one["convolution"])
        opposite = np.array_equal(one["correlation"], -one["convolution"])
        told = {"same": equal, "sign": opposite and not equal}
        assert told.get(one["relation"], not equal and not opposite)
    assert seen == {"same", "sign", "turned"}


def test_the_module_computes_and_says_what_numpy_does(module):
    for figure in FIGURES:
        agree(module, figure)
    for w in presets().values():
        agree(module, figures.flip_test(w, [(0, 0), (8, 8), (0, 0)], 0, 0))


def test_the_sentence():
    assert figures.flip_test().describe() == (
        "Bright pixel at row 4, column 4. At row 3, column 3: correlation 0·1 = 0, "
        "convolution 1·1 = 1. Correlation prints w turned by half a turn, convolution "
        "as it is."
    )
    edges = figures.flip_test(presets()["sobel x"], [(4, 4), (4, 4), (5, 5)], 4, 5)
    assert edges.describe() == (
        "3 bright pixels, the one held at row 4, column 4. At row 4, column 5: "
        "correlation (−2)·2 + 0·1 = −4, convolution 2·2 + 0·1 = 4. Half a turn changes "
        "only the sign of w, and so of the output."
    )
    far = figures.flip_test(presets()["binomial3"], row=0, column=8).describe()
    assert "correlation 0, no bright pixel under w, convolution 0, no" in far
    assert far.endswith("w looks the same after half a turn, and so do both outputs.")


def test_impossible_states_are_told(module):
    figure = figures.flip_test()
    with pytest.raises(Exception, match="an even kernel has no middle"):
        module("settle", figure, w=[[1, 2]])
    with pytest.raises(Exception, match="whole numbers"):
        module("settle", figure, impulses=[[1.5, 2]])
    assert module("settle", figure, held=3)["held"] == 0


def test_bad_arguments_are_named():
    for wrong, message in [
        ({"w": np.ones((2, 3))}, r"w must have 1, 3 or 5 rows and columns, got shape"),
        ({"w": np.ones((7, 3))}, "w must have 1 to 5 rows, got 7"),
        ({"impulses": []}, "impulses must have 1 to 4 rows, got 0"),
        ({"impulses": [(4, 9)]}, r"impulses\[0\]\[1\] must be a number from 0 to 8"),
        ({"impulses": [(4, 0.5)]}, "impulses must be whole numbers"),
        ({"row": 9}, "row must be a whole number from 0 to 8, got 9"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.flip_test(**wrong)
    with pytest.raises(ValueError, match="held must be from 0 to 0, got 1"):
        figures.flip_test().set(held=1)
    with pytest.raises(TypeError, match="w must be a list of rows, got 3"):
        figures.flip_test(3)


def test_the_picture_shows_all_four():
    figure = figures.flip_test(presets()["1 to 9"], [(2, 2)], 3, 3)
    drawn = figure.picture()
    titles = [ax.get_title(loc="left") for ax in drawn.axes]
    assert titles == ["x", "w", "correlation", "convolution"]
    written = [[t.get_text() for t in ax.texts] for ax in drawn.axes]
    numbers = [str(v) for v in range(1, 10)]
    assert written == [["1"], numbers, numbers[::-1], numbers]
    plt.close(drawn)
    assert len(figure.png) > 5_000


def test_the_page_is_small_and_stable():
    page = figures.flip_test().html()
    assert page == figures.flip_test().html()
    assert len(page.encode()) < 60_000
