"""Pictures of the convolution sum: every number drawn is the one that NumPy gets."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures
from drawings import marks


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    plt.close("all")


def test_the_painted_rows_add_up_to_the_convolution():
    x, w = [3, 1, -4], [2, -1]
    rows, below = figures.paint(x, w).axes
    sums = np.zeros(4)
    for bar in rows.patches:
        place = round(bar.get_x() + bar.get_width() / 2)
        sums[place] += bar.get_height() * 8 / 0.3  # 8 is the largest product
        assert bool(bar.get_hatch()) == (bar.get_height() < 0)
    assert np.allclose(sums, np.convolve(x, w))
    assert {m[:2] for m in marks(below)} == set(enumerate(np.convolve(x, w)))


@pytest.mark.parametrize("n", range(7))
def test_slide_writes_the_sum_that_numpy_gets(n):
    x, w = [3, 1, 4, 1, 5], [2, -1, 0.5]
    axes = figures.slide(x, w, n).axes
    name, terms, total = axes[2].get_title(loc="left").split(" = ")
    assert name == f"y[{n}]"
    assert eval(terms.replace("·", "*")) == float(total) == np.convolve(x, w)[n]
    assert {m[:2] for m in marks(axes[2])} == set(enumerate(np.convolve(x, w)[: n + 1]))


@pytest.mark.parametrize("n", [-1, 7])
def test_slide_refuses_a_place_outside_the_result(n):
    with pytest.raises(ValueError, match=f"n must be from 0 to 6, got {n}"):
        figures.slide([3, 1, 4, 1, 5], [2, -1, 0.5], n)


def test_slide_lays_the_flipped_kernel_so_that_it_ends_at_n():
    axes = figures.slide([3, 1, 4, 1, 5], [2, -1, 0.5], 3).axes
    assert {m[:2] for m in marks(axes[1])} == {(1, 0.5), (2, -1), (3, 2)}


def test_table_holds_every_product_with_its_place():
    ax = figures.table([3, 1, 4], [2, -1]).axes[0]
    cells = [t.get_text().split("\n") for t in ax.texts]
    assert [float(value) for value, _ in cells] == [6, -3, 2, -1, 8, -4]
    sums = np.zeros(4)
    for value, place in cells:
        sums[int(place[2:-1])] += float(value)
    assert np.allclose(sums, np.convolve([3, 1, 4], [2, -1]))


def test_borders_draw_what_numpy_pads():
    modes = ["constant", "edge", "symmetric", "reflect", "wrap"]
    axes = figures.borders([1, 2, 3, 4], 2).axes
    assert [ax.get_title(loc="left") for ax in axes] == modes
    for ax, mode in zip(axes, modes, strict=True):
        drawn = sorted({m[:2] for m in marks(ax)})
        assert [y for _, y in drawn] == np.pad([1, 2, 3, 4], 2, mode=mode).tolist()
        assert [x for x, _ in drawn] == list(range(-2, 6))


@pytest.mark.parametrize(
    "draw", [figures.paint, figures.table, lambda x, w: figures.slide(x, w, 0)]
)
def test_whole_figures_name_bad_signals(draw):
    with pytest.raises(ValueError, match="x must be a 1-D sequence"):
        draw([], [1])
    with pytest.raises(TypeError, match="w must hold real numbers"):
        draw([1], [1j])
