"""F1 against NumPy, its module against its trace."""

import io
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures
from figures_js import Module, agree
from PIL import Image

RNG = np.random.default_rng(31)


@pytest.fixture(scope="module")
def module():
    return Module("flip_slide")


def random_figure():
    """Return a figure in any state: short and long, whole and broken numbers."""
    lengths = RNG.integers(1, 13), RNG.integers(1, 8)
    x, w = (RNG.integers(-9, 10, n) / RNG.choice([1, 2, 3]) for n in lengths)
    mode = RNG.choice(["full", "same", "valid"])
    if len(w) > len(x):
        mode = RNG.choice(["full", "same"])
    size = {"full": sum(lengths) - 1, "same": lengths[0]}
    outputs = size.get(mode, lengths[0] - lengths[1] + 1)
    n, flip = int(RNG.integers(outputs)), bool(RNG.integers(2))
    return figures.flip_slide(x, w, n, str(mode), flip)


FIGURES = [random_figure() for _ in range(300)]


def expected(figure):
    """Return what NumPy gives, by an oracle that never saw our code."""
    x, w = np.array(figure.x, float), np.array(figure.w, float)
    full = np.convolve(x, w) if figure.flip else np.correlate(x, w, "full")
    if figure.mode == "same":
        return full[(len(w) - 1) // 2 :][: len(x)]
    if figure.mode == "valid":  # here the signal is the longer one: NumPy agrees
        other = np.convolve if figure.flip else np.correlate
        return other(x, w, "valid")
    return full


def test_every_output_is_numpys():
    for figure in FIGURES:
        trace = figure.trace()
        np.testing.assert_allclose(trace["y"], expected(figure), atol=1e-9)
        assert trace["total"] == trace["y"][figure.n]
        assert np.isclose(trace["products"].sum(), trace["total"])
        terms = np.array(figure.x)[trace["k"]] * np.array(figure.w)[trace["m"]]
        np.testing.assert_array_equal(terms, trace["products"])


def test_laws_of_the_sum():
    for figure in FIGURES[:50]:
        full = figure.set(mode="full", n=0).trace()["full"]
        assert np.isclose(full.sum(), sum(figure.x) * sum(figure.w))
        if figure.flip and len(figure.x) <= 7:
            swapped = figures.flip_slide(figure.w, figure.x).trace()["full"]
            np.testing.assert_allclose(swapped, full, atol=1e-9)


def test_the_module_computes_and_says_what_numpy_does(module):
    for figure in FIGURES:
        agree(module, figure)


def test_the_edges(module):
    for x, w in [
        ([1], [1]),
        ([0], [0] * 7),
        ([-99] * 12, [99] * 7),
        ([1 / 3], [-1e-6]),
    ]:
        for flip in (True, False):
            for n in (0, len(x) + len(w) - 2):
                agree(module, figures.flip_slide(x, w, n, "full", flip))


def test_the_sentence():
    figure = figures.flip_slide([3, 1, 4, 1, 5], [2, -1, 0.5], 3)
    assert figure.describe() == (
        "y[3] = 1·0.5 + 4·(−1) + 1·2 = −1.5. The kernel lies flipped over samples 1 to "
        "3 of x."
    )
    ends = figure.set(n=6)
    assert ends.describe() == (
        "y[6] = 5·0.5 = 2.5. The kernel lies flipped over sample 4 of x; 2 weights hang "
        "over the end, where x is 0."
    )
    third = figures.flip_slide([1], [1 / 3], flip=False).describe()
    assert third.startswith("y[0] = 1·0.3333 ≈ 0.3333. The kernel lies as it is")


def test_a_shorter_signal_takes_the_output_along(module):
    figure = figures.flip_slide([1, 2, 3], [1, 1], 3)
    assert module("settle", figure, x=[1])["n"] == 1
    with pytest.raises(Exception, match="no place holds the whole kernel"):
        module("settle", figure, x=[1], mode="valid")


def test_bad_arguments_are_named():
    for wrong, message in [
        ({"x": []}, r"x must have 1 to 12 numbers, got 0"),
        ({"x": [1] * 13}, r"x must have 1 to 12 numbers, got 13"),
        ({"w": [1, 100]}, r"w\[1\] must be a number from -99 to 99, got 100"),
        ({"n": 7}, r"n must be from 0 to 6, got 7"),
        ({"mode": "ful"}, r"mode must be one of .*'full'.*, got 'ful'"),
        ({"x": [1], "mode": "valid"}, r"w has 3 weights and x only 1"),
        ({"size": "huge"}, r"size must be one of"),
        ({"n": 1.5}, r"n must be a whole number"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.flip_slide(**wrong)
    for wrong in ({"x": "12"}, {"x": [None]}, {"flip": "no"}, {"n": "2"}):
        with pytest.raises(TypeError, match=next(iter(wrong))):
            figures.flip_slide(**wrong)


def test_the_picture_shows_the_numbers():
    figure = figures.flip_slide([3, 1, 4, 1, 5], [2, -1, 0.5], 2)
    drawn = figure.picture()
    texts = [[t.get_text() for t in ax.texts] for ax in drawn.axes]
    assert texts[0] == ["3", "1", "4", "1", "5"]
    assert texts[1] == ["0.5", "-1", "2"]
    assert texts[2] == ["1.5", "-1", "8"]
    assert texts[3] == ["6", "-1", "8.5"]
    assert drawn.axes[3].get_title(loc="left").endswith("= 8.5")
    plt.close(drawn)
    assert Image.open(io.BytesIO(figure.png)).size == (800, 560)


def test_the_page_is_small_and_stable():
    page = figures.flip_slide(n=2).html()
    assert page == figures.flip_slide(n=2).html()
    assert len(page.encode()) < 60_000
    assert "http" not in page.replace("http://www.w3.org", "")
    assert 'alt="y[2] = 3·0.5 + 1·(−1) + 4·2 = 8.5. The kernel' in page
    assert json.dumps(figures.flip_slide().state)
