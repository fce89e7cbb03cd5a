"""Pictures of chapter 07: their numbers against NumPy's."""

import numpy as np
import pytest
from convcourse import plots
from convcourse.figures import transposed_pictures as pictures
from scipy import sparse


def texts(ax):
    """Return the texts in an axis."""
    return [text.get_text() for text in ax.texts]


@pytest.fixture(autouse=True)
def closed():
    """Close what a test has drawn."""
    yield
    plots.plt.close("all")


def test_matrices_show_what_is_not_zero():
    a = sparse.csr_array([[0, 3.5], [-2, 0], [0, 0]])
    fig = pictures.matrices({"a": a, "b": [[1]]})
    assert texts(fig.axes[0]) == ["3.5", "-2"]
    assert fig.axes[0].get_title(loc="left") == "a: 3 × 2"
    with pytest.raises(ValueError, match="matrices"):
        pictures.matrices({"a": [1, 2]})


def test_parts_are_the_phases_and_their_sums():
    w = np.arange(12.0).reshape(3, 4)
    fig = pictures.parts(w)
    even = w[::2, ::2]
    assert texts(fig.axes[1]) == [f"{v:g}" for v in even.ravel()]
    for ax in fig.axes[1:]:  # the slice and the sum in a title are those of the part
        where, total = ax.get_title(loc="left").splitlines()
        part = eval(f"w{where}", {"w": w})
        assert total == f"sum {part.sum():g}"
        assert texts(ax) == [f"{v:g}" for v in part.ravel()]
    assert len({ax.get_title(loc="left") for ax in fig.axes[1:]}) == 4
    with pytest.raises(ValueError, match="at least stride=4"):
        pictures.parts(w, 4)


def test_energies_draw_each_run_before_and_after():
    runs = np.array([[0.5, 1e-5], [0.7, 0]])
    fig = pictures.energies({"one": runs}, floor=1e-8)
    before, after = fig.axes[0].lines
    assert before.get_xdata().tolist() == [0.5, 0.7]
    assert after.get_xdata().tolist() == [1e-5, 1e-8]
    with pytest.raises(ValueError, match="'one' must be"):
        pictures.energies({"one": [1, 2]})
