"""F2 against NumPy and against the two loops themselves; its module against its trace."""

import io
import json

import matplotlib.pyplot as plt
import numpy as np
import pytest
import traitlets
from convcourse import figures
from convcourse.figures import kit
from figures_js import Module, agree, quickjs
from PIL import Image
from scipy import signal

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


# -- with a stride: the stamps of a transposed convolution -----------------------------
def random_stamps():
    """Return a figure with a stride in any state that 12 outputs allow."""
    while True:
        stride, n, k = (int(v) for v in RNG.integers(1, (5, 9, 6)))
        if (n - 1) * stride + k <= 12:
            break
    x, w = (RNG.integers(-9, 10, v) / RNG.choice([1, 2, 3]) for v in (n, k))
    view, aligned = str(RNG.choice(["scatter", "gather"])), bool(RNG.integers(2))
    step = int(RNG.integers(1, n * k + 1))
    return figures.gather_scatter(x, w, view, step, aligned, stride=stride)


STAMPS = [random_stamps() for _ in range(300)]


def stamped(y, w, stride):
    """Stamp literally: a copy of w for each sample, added where it lies."""
    x = np.zeros((len(y) - 1) * stride + len(w))
    for n, value in enumerate(y):
        x[n * stride : n * stride + len(w)] += value * np.asarray(w)
    return x


def test_the_random_stamps_have_every_stride_and_gaps():
    strides = {f.stride for f in STAMPS}
    assert strides == {1, 2, 3, 4}
    assert sum(len(f.w) < f.stride and len(f.x) > 1 for f in STAMPS) > 30


def test_stamps_end_at_scipys_and_numpys_result():
    for figure in STAMPS:
        last = figure.set(step=len(figure.x) * len(figure.w))
        for view in ("scatter", "gather"):
            trace = last.set(view=view).trace()
            wanted = stamped(figure.x, figure.w, figure.stride)
            up = signal.upfirdn(figure.w, figure.x, up=figure.stride)
            np.testing.assert_allclose(trace["y"], wanted, atol=1e-9)
            np.testing.assert_allclose(trace["y"], up, atol=1e-9)
            ones = np.ones(len(figure.x)), np.ones(len(figure.w))
            counts = stamped(*ones, figure.stride)
            assert trace["counts"].tolist() == counts.tolist()
            assert trace["gaps"].tolist() == np.flatnonzero(counts == 0).tolist()
            empty = (len(figure.x) - 1) * max(0, figure.stride - len(figure.w))
            assert len(trace["gaps"]) == empty and not trace["y"][trace["gaps"]].any()
            assert trace["finished"] == len(wanted) - empty and trace["begun"] == 0


def strided(figure):
    """Return output, sample and weight of each product, in the order of the view."""
    s, length = figure.stride, len(stamped(figure.x, figure.w, figure.stride))
    triples = [(i * s + j, i, j) for i in range(length) for j in range(len(figure.w))]
    triples = [t for t in triples if t[1] < len(figure.x)]
    first = 0 if figure.view == "gather" else 1  # by output, or by sample
    return sorted(triples, key=lambda t: (t[first], t[1], t[2]))


def test_every_state_of_the_stamps_is_the_loop_stopped():
    for figure in STAMPS:
        loop, trace = strided(figure), figure.trace()
        assert len(loop) == len(figure.x) * len(figure.w)
        sums, counts = np.zeros(len(trace["y"])), np.zeros(len(trace["y"]), int)
        for m, n, k in loop[: figure.step]:
            sums[m] += figure.w[k] * figure.x[n]
            counts[m] += 1
        np.testing.assert_allclose(trace["y"], sums, atol=1e-9)
        assert trace["counts"].tolist() == counts.tolist()
        m, n, k = loop[figure.step - 1]
        assert (trace["n"], trace["k"], trace["m"]) == (m, n, k)
        there = [n for at, n, _ in loop[: figure.step] if at == m]
        assert trace["terms"] == there
        later = {m for m, _, _ in loop[figure.step :]}
        sooner = {m for m, _, _ in loop[: figure.step]}
        assert trace["finished"] == len(sooner - later)
        assert trace["begun"] == len(sooner & later)
        assert trace["complete"] == (m not in later)


def test_three_samples_three_weights_stride_two():
    figure = figures.gather_scatter([1, 2, 3], [1, 10, 100], step=9, stride=2)
    assert figure.trace()["counts"].tolist() == [1, 1, 2, 1, 2, 1, 1]
    assert figure.trace()["y"].tolist() == [1, 10, 102, 20, 203, 30, 300]


@pytest.mark.parametrize(
    ("n", "k", "s"), [(3, 3, 2), (4, 4, 2), (3, 2, 3), (3, 1, 4), (5, 5, 1), (3, 3, 3)]
)
def test_stamps_are_those_of_keras(n, k, s):
    keras = pytest.importorskip("convcourse.tf", exc_type=ImportError).keras
    y, w = RNG.integers(-9, 10, n), RNG.integers(1, 10, k)
    ours = figures.gather_scatter(y, w, step=n * k, stride=s).trace()["y"]
    for kind, more in (("Conv1DTranspose", ()), ("Conv2DTranspose", (1,))):
        sizes = (*more, k), (*more, s)
        layer = getattr(keras.layers, kind)(1, *sizes, use_bias=False)
        maps = y.astype("float32").reshape(1, *more, n, 1)
        layer.build(maps.shape)
        layer.set_weights([w.astype("float32").reshape(*more, k, 1, 1)])
        theirs = layer(maps).numpy().ravel()
        # where the kernel is shorter than the stride, Keras ends with the gap
        assert len(theirs) == len(ours) + max(0, s - k)
        np.testing.assert_allclose(theirs[: len(ours)], ours, atol=1e-4)
        assert not theirs[len(ours) :].any()


def test_the_module_stamps_as_numpy_does(module):
    for figure in STAMPS:
        agree(module, figure)


def test_the_edges_of_the_stamps(module):
    for x, w, stride in [
        ([1], [1], 4), ([0] * 3, [0] * 4, 4), ([-99] * 8, [100] * 5, 1),
        ([1 / 3] * 3, [-1e-6], 4), ([5], [1, 2], 3),
    ]:  # fmt: skip
        for view in ("scatter", "gather"):
            for step in (1, len(x) * len(w)):
                made = figures.gather_scatter(x, w, view, step, False, stride=stride)
                agree(module, made)


def test_the_sentence_of_the_stamps():
    figure = figures.gather_scatter([1, 2, 3], [1, 10, 100], step=5, stride=2)
    assert figure.describe() == (
        "Scatter with stride 2, product 5 of 9: the stamp of y[1] begins at 1·2 = 2, "
        "and its w[1]·y[1] = 10·2 = 20 goes to x[3]. Finished: x[3] = 10·2 = 20. All of "
        "x so far: 1, 10, 102, 20, 0, 0, 0. Stamps on each so far: 1, 1, 2, 1, 0, 0, 0. "
        "Of 7 outputs 4 are finished and 0 are begun."
    )
    assert figure.set(view="gather", step=9, w=(1, 10, -1), stride=4).describe() == (
        "Gather with stride 4, product 9 of 9: the stamp of y[2] begins at 2·4 = 8, and "
        "its w[2]·y[2] = (−1)·3 = −3 goes to x[10]. Finished: x[10] = (−1)·3 = −3. All "
        "of x: 1, 10, −1, 0, 2, 20, −2, 0, 3, 30, −3. Stamps on each: 1, 1, 1, 0, 1, 1, "
        "1, 0, 1, 1, 1. Of 11 outputs 9 are finished and 0 are begun. No stamp reaches "
        "x[3] and x[7]: they stay 0."
    )
    one = figure.set(x=(1, 2), step=1, stride=4).describe()
    assert one.endswith("No stamp reaches x[3]: it stays 0.")


def test_only_a_figure_made_with_a_stride_has_the_field():
    plain = figures.gather_scatter([1, 2], [3], step=2)
    fields = ["x", "w", "view", "step", "aligned"]
    assert [*plain.state] == [*kit.states.spec(plain)] == fields
    with pytest.raises(TypeError, match="no field 'stride'"):
        plain.set(stride=2)
    for stride in (1, 3):  # 1 too: a hand can move it to 2
        figure = figures.gather_scatter([1, 2], [3], stride=stride)
        assert [*figure.state] == [*fields, "stride"]
        again = kit.restore(json.loads(json.dumps(figure.recipe())))
        assert (again.state, str(again)) == (figure.state, str(figure))
        assert again.set(stride=2).stride == 2
    assert str(kit.restore(plain.recipe())) == str(plain)


def test_the_widget_has_a_trait_for_the_stride():
    widget = figures.gather_scatter([1, 2, 3], [1, 10, 100], stride=1).widget()
    widget.stride = 4
    assert widget.figure.trace()["gaps"].tolist() == [3, 7]
    with pytest.raises(traitlets.TraitError, match="stride must be a whole number"):
        widget.stride = 5
    assert widget.stride == 4
    widget.close()


def test_what_does_not_fit_a_stride_is_named(module):
    for wrong, message in [
        ({"stride": 0}, "stride must be a whole number from 1 to 4, got 0"),
        ({"stride": 5}, "stride must be a whole number from 1 to 4, got 5"),
        ({"stride": 1.5}, "stride must be a whole number from 1 to 4, got 1.5"),
        ({"stride": 2, "w": [101]}, r"w\[0\] must be a number from -100 to 100"),
        (
            {"stride": 4},
            "stride 4, 5 samples and a kernel of 3 make 19 outputs, and 12 can",
        ),
        ({"stride": 2, "step": 16}, "step must be from 1 to 15, got 16"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.gather_scatter(**wrong)
    for wrong in (True, "2", [2]):
        with pytest.raises(TypeError, match="stride must be a whole number"):
            figures.gather_scatter(stride=wrong)
    figure = figures.gather_scatter(stride=2)
    for change, message in [
        (
            {"stride": 4},
            "stride 4, 5 samples and a kernel of 3 make 19 outputs, and 12 can",
        ),
        ({"x": [100]}, "Every number of y must be from −99 to 99"),
    ]:
        with pytest.raises(quickjs.JSException, match=message):
            module("settle", figure, **change)
    assert module("settle", figure, x=[1], step=15)["step"] == 3
    most = figures.gather_scatter([1, 2, 3], [1] * 4, stride=4)  # 12 outputs
    assert module("settle", most) == most.state
    with pytest.raises(ValueError, match="make 13 outputs"):
        most.set(w=[1] * 5)
    with pytest.raises(quickjs.JSException, match="make 13 outputs"):
        module("settle", most, w=[1] * 5)


def test_the_picture_counts_the_stamps_and_hatches_the_gaps():
    figure = figures.gather_scatter([1, 2, 3], [1, 10, 100], step=9, stride=2)
    drawn = figure.picture()
    labels = [label.get_text() for label in drawn.axes[1].get_xticklabels()]
    assert labels == ["0\n1×", "1\n1×", "2\n2×", "3\n1×", "4\n2×", "5\n1×", "6\n1×"]
    outputs = [t.get_text() for t in drawn.axes[1].texts]
    assert outputs == ["1", "10", "102", "20", "203", "30", "300"]
    cells = {(t.get_position(), t.get_text()) for t in drawn.axes[0].texts}
    assert len(cells) == 9
    for (place, row), text in cells:  # row n is the stamp of y[n], which begins at 2 n
        assert int(text) == (row + 1) * 10 ** round(place - 2 * row)
    rows = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert rows == ["y[0] = 1", "y[1] = 2", "y[2] = 3"]
    plt.close(drawn)
    for aligned in (True, False):
        drawn = figure.set(stride=4, aligned=aligned).picture()
        hatched = [
            [p.get_x() for p in ax.patches if p.get_hatch()] for ax in drawn.axes
        ]
        assert hatched == [[2.5, 6.5] if aligned else [], [2.5, 6.5]]
        assert [t.get_text() for t in drawn.axes[1].texts][3] == "0"
        plt.close(drawn)


def test_the_page_of_the_stamps_is_small():
    page = figures.gather_scatter([1, 2, 3], [1, 10, 100], step=9, stride=4).html()
    assert len(page.encode()) < 70_000
    assert "No stamp reaches x[3] and x[7]: they stay 0." in page
