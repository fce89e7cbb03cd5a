"""F2 against NumPy and against the two loops themselves; its module against its trace."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures
from figures_js import Module, agree
from PIL import Image

RNG = np.random.default_rng(21)


@pytest.fixture(scope="module")
def module():
    return Module("gather_scatter")


def random_figure():
    """Return a figure in any state: short and long, whole and broken numbers."""
    lengths = RNG.integers(1, 9), RNG.integers(1, 6)
    x, w = (RNG.integers(-9, 10, n) / RNG.choice([1, 2, 3]) for n in lengths)
    view, aligned = str(RNG.choice(["scatter", "gather"])), bool(RNG.integers(2))
    step = int(RNG.integers(1, lengths[0] * lengths[1] + 1))
    return figures.gather_scatter(x, w, view, step, aligned)


FIGURES = [random_figure() for _ in range(300)]


def scatter(x, w):
    for k in range(len(x)):
        for m in range(len(w)):
            yield k + m, x[k] * w[m]


def gather(x, w):
    for n in range(len(x) + len(w) - 1):
        for k in range(len(x)):
            if 0 <= n - k < len(w):
                yield n, x[k] * w[n - k]


def test_every_state_is_the_loop_stopped_after_so_many_products():
    for figure in FIGURES:
        x, w = np.array(figure.x), np.array(figure.w)
        loop = [*{"scatter": scatter, "gather": gather}[figure.view](x, w)]
        y, trace = np.zeros(len(x) + len(w) - 1), figure.trace()
        for n, product in loop[: figure.step]:
            y[n] += product
        np.testing.assert_allclose(trace["y"], y, atol=1e-9)
        assert (trace["n"], trace["product"]) == loop[figure.step - 1]
        assert trace["done"].sum() == figure.step
        added = [x[k] * w[trace["n"] - k] for k in trace["terms"]]
        assert np.isclose(sum(added), trace["total"])
        # an output is finished when no later product goes to it
        later = {n for n, _ in loop[figure.step :]}
        sooner = {n for n, _ in loop[: figure.step]}
        assert trace["finished"] == len(sooner - later)
        assert trace["begun"] == len(sooner & later)
        assert trace["complete"] == (trace["n"] not in later)


def test_both_orders_end_at_the_convolution():
    for figure in FIGURES:
        wanted = np.convolve(figure.x, figure.w)
        last = len(figure.x) * len(figure.w)
        for view in ("scatter", "gather"):
            trace = figure.set(view=view, step=last).trace()
            np.testing.assert_allclose(trace["y"], wanted, atol=1e-9)
            assert trace["finished"] == len(wanted) and trace["begun"] == 0
            assert trace["low"] <= wanted.min() + 1e-9
            assert trace["high"] >= wanted.max() - 1e-9


def test_only_scatter_keeps_several_outputs_open():
    figure = figures.gather_scatter([3, 1, 4, 1, 5, 9], [2, -1, 0.5, 1])
    steps = range(1, 25)
    opened = {
        view: max(figure.set(view=view, step=s).trace()["begun"] for s in steps)
        for view in ("scatter", "gather")
    }
    assert opened == {"scatter": 3, "gather": 1}


def test_the_module_computes_and_says_what_numpy_does(module):
    for figure in FIGURES:
        agree(module, figure)


def test_the_edges(module):
    for x, w in [([1], [1]), ([0], [0] * 5), ([-99] * 8, [99] * 5), ([1 / 3], [-1e-6])]:
        for view in ("scatter", "gather"):
            for step in (1, len(x) * len(w)):
                agree(module, figures.gather_scatter(x, w, view, step, False))


def test_the_sentence():
    figure = figures.gather_scatter([3, 1, 4, 1, 5], [2, -1, 0.5], step=5)
    assert figure.describe() == (
        "Scatter, product 5 of 15: x[1]·w[1] = 1·(−1) = −1 goes to y[2]. So far y[2] = "
        "3·0.5 + 1·(−1) = 0.5. Of 7 outputs 2 are finished and 1 is begun."
    )
    assert figure.set(view="gather", step=6).describe() == (
        "Gather, product 6 of 15: x[2]·w[0] = 4·2 = 8 goes to y[2]. Finished: y[2] = "
        "3·0.5 + 1·(−1) + 4·2 = 8.5. Of 7 outputs 3 are finished and 0 are begun."
    )


def test_fewer_numbers_take_the_step_along(module):
    figure = figures.gather_scatter([1, 2, 3], [1, 1], step=6)
    assert module("settle", figure, x=[1])["step"] == 2


def test_bad_arguments_are_named():
    for wrong, message in [
        ({"x": []}, "x must have 1 to 8 numbers, got 0"),
        ({"w": [1] * 6}, "w must have 1 to 5 numbers, got 6"),
        ({"w": [1, 100]}, r"w\[1\] must be a number from -99 to 99, got 100"),
        ({"step": 0}, "step must be a whole number from 1 to 40, got 0"),
        ({"step": 16}, "step must be from 1 to 15, got 16: 5 samples and 3 weights"),
        ({"view": "both"}, "view must be one of .*'gather'.*, got 'both'"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.gather_scatter(**wrong)
    for wrong in ({"x": "12"}, {"aligned": "no"}, {"step": "2"}):
        with pytest.raises(TypeError, match=next(iter(wrong))):
            figures.gather_scatter(**wrong)


def test_the_picture_shows_the_products_so_far():
    figure = figures.gather_scatter([3, 1, 4], [2, -1], "gather", 4)
    for aligned in (True, False):
        drawn = figure.set(aligned=aligned).picture()
        cells = [t.get_text() for t in drawn.axes[0].texts]
        assert cells == ["6", "−3", "2", "−1"]
        outputs = [t.get_text() for t in drawn.axes[1].texts]
        assert outputs == ["6", "-1", "-1", "0"]
        assert drawn.axes[1].get_title(loc="left") == "y so far; y[2] = 1·(−1) = −1"
        plt.close(drawn)
    assert Image.open(io.BytesIO(figure.png)).size[0] == 800


def test_the_page_is_small_and_stable():
    page = figures.gather_scatter(step=8).html()
    assert page == figures.gather_scatter(step=8).html()
    assert len(page.encode()) < 70_000
    assert 'alt="Scatter, product 8 of 15' in page
