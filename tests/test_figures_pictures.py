"""Pictures of images and kernels: what is drawn is what NumPy and SciPy compute."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures, plots
from scipy import signal

RNG = np.random.default_rng(2)
PHOTO = RNG.integers(0, 256, (20, 30))


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    plt.close("all")


def drawn(ax):
    """Return array and colour limits of the one picture in an axis."""
    (picture,) = ax.images
    return np.asarray(picture.get_array()), picture.get_clim()


def test_a_gallery_draws_grey_from_black_0_to_white_255_whatever_the_dtype():
    pictures = {"whole": PHOTO.astype(np.uint8), "float": PHOTO / 3.0}
    for ax, array in zip(
        figures.gallery(pictures).axes, pictures.values(), strict=True
    ):
        shown, limits = drawn(ax)
        assert np.array_equal(shown, array)
        assert limits == (0, 255)
        assert ax.images[0].get_cmap().name == "gray"


def test_a_gallery_has_one_scale_of_signs_with_zero_in_its_middle():
    pictures = {"x": PHOTO, "a": PHOTO - 300.0, "b": PHOTO - 100.0}
    fig = figures.gallery(pictures, signed=["a", "b"])
    largest = np.abs(PHOTO - 300).max()
    for ax in fig.axes[1:3]:
        assert drawn(ax)[1] == (-largest, largest)
        assert ax.images[0].get_cmap() is plots.SIGNED
    assert len(fig.axes) == 4  # the scale
    assert fig.axes[3].get_ylim() == (-largest, largest)
    assert fig.axes[1].images[0].colorbar.extend == "neither"


def test_a_gallery_says_when_answers_lie_beyond_its_colours():
    fig = figures.gallery({"y": PHOTO - 100.0}, signed=["y"], limit=50)
    assert drawn(fig.axes[0])[1] == (-50, 50)
    assert fig.axes[0].images[0].colorbar.extend == "both"


def test_a_gallery_of_zeros_has_a_scale():
    fig = figures.gallery({"y": np.zeros((3, 3))}, signed=["y"])
    assert drawn(fig.axes[0])[1] == (-1, 1)


def test_a_gallery_marks_the_pixels_that_it_is_told():
    fig = figures.gallery({"x": PHOTO}, mark={"x": (4, 7, 2, 3)})
    (box,) = fig.axes[0].patches
    assert (box.get_y(), box.get_x()) == (3.5, 6.5)
    assert (box.get_height(), box.get_width()) == (2, 3)


def test_a_gallery_fills_rows_and_leaves_no_empty_frame():
    fig = figures.gallery(dict.fromkeys("abcde", PHOTO), cols=3)
    assert [ax.axison for ax in fig.axes] == [True] * 5 + [False]
    colour = figures.gallery({"rgb": np.full((4, 5, 3), 300.0)})
    assert drawn(colour.axes[0])[0].max() == 255


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: figures.gallery({}), "at least one"),
        (lambda: figures.gallery({"x": PHOTO}, signed=["y"]), "no picture 'y'"),
        (lambda: figures.gallery({"x": PHOTO}, mark={"z": (0, 0, 1, 1)}), "'z'"),
        (lambda: figures.gallery({"x": PHOTO}, limit=0), "limit must be"),
        (lambda: figures.gallery({"x": [1, 2]}), r"x must be .* got shape \(2,\)"),
        (lambda: figures.bank(PHOTO, {}), "at least one"),
        (lambda: figures.bank(PHOTO[0], {"w": [[1]]}), "x must be"),
        (lambda: figures.window(np.eye(2), np.eye(3), 0, 0), "w must fit"),
        (lambda: figures.window(np.eye(4), np.eye(3), 2, 0), "output of 2 x 2"),
        (lambda: figures.window(np.eye(4), np.eye(3), 0, -1), "output of 2 x 2"),
        (lambda: figures.arrows(PHOTO, PHOTO, PHOTO[1:]), "one shape"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("row, col", [(0, 0), (1, 2), (2, 1)])
def test_a_window_draws_the_numbers_that_scipy_gets(row, col):
    x, w = RNG.integers(-9, 9, (4, 5)), np.array([[2, -1, 0], [0, 3, -4]])
    y = signal.correlate2d(x, w, "valid")
    left, middle, right = figures.window(x, w, row, col).axes
    for ax, array in ((left, x), (middle, w), (right, y)):
        numbers = [float(text.get_text()) for text in ax.texts]
        assert np.array_equal(np.reshape(numbers, array.shape), array)
    place, terms, total = right.get_title(loc="left").replace("\n", " ").split(" = ")
    assert place == f"y[{row}, {col}]"
    assert eval(terms.replace("·", "*")) == float(total) == y[row, col]


def test_a_window_outlines_what_meets_and_hatches_what_is_negative():
    x, w = np.array([[1, -2, 3], [4, 5, -6], [7, 8, 9]]), np.ones((2, 1))
    left, _, right = figures.window(x, w, 1, 2).axes
    cells, box = left.patches[:-1], left.patches[-1]
    assert (box.get_y(), box.get_x()) == (0.5, 1.5)
    assert (box.get_height(), box.get_width()) == (2, 1)
    assert [bool(c.get_hatch()) for c in cells] == (x < 0).ravel().tolist()
    assert (right.patches[-1].get_y(), right.patches[-1].get_x()) == (0.5, 1.5)


def test_a_bank_draws_each_kernel_above_its_answer():
    named = {"box": np.full((3, 3), 1 / 9), "edge": np.array([[-1, 0, 1]])}
    axes = figures.bank(PHOTO, named, cols=2).axes
    for above, below, (name, w) in zip(axes[:2], axes[2:], named.items(), strict=True):
        assert above.get_title(loc="left") == name
        assert np.allclose(drawn(above)[0], w)
        assert np.allclose(drawn(below)[0], signal.correlate2d(PHOTO, w, "valid"))
    assert drawn(axes[2])[1] == (0, 255)  # sum 1: grey
    low, high = drawn(axes[3])[1]  # sum 0: signs
    assert -low == high > 0


def test_a_bank_can_draw_all_answers_on_one_scale():
    named = {"weak": [[-1, 1]], "strong": [[-9, 9]]}
    axes = figures.bank(PHOTO, named, cols=2, limit=77).axes
    assert [drawn(ax)[1] for ax in axes[2:]] == [(-77, 77)] * 2


def test_arrows_stand_at_the_steepest_pixels_and_point_to_the_bright_side():
    x = np.zeros((20, 20))
    x[:, 12:] = 200  # dark, then bright
    down, right = np.gradient(x)
    (arrows,) = figures.arrows(x, down, right).axes[0].collections
    assert set(arrows.XY[:, 0]) <= {11, 12}
    assert (np.asarray(arrows.U) > 0).all() and not np.asarray(arrows.V).any()


def test_arrows_of_a_flat_image_are_none():
    flat = np.full((20, 20), 7.0)
    fig = figures.arrows(flat, flat * 0, flat * 0)
    assert all(len(a.XY) == 0 for a in fig.axes[0].collections)
