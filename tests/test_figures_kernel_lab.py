"""F3 against SciPy, its module against its trace."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures, kernels
from convcourse.figures.kernel_lab import photograph, presets
from figures_js import Module, agree
from scipy import ndimage, signal

RNG = np.random.default_rng(32)
IN_SCIPY = {"constant": "constant", "edge": "nearest", "symmetric": "reflect",
            "reflect": "mirror", "wrap": "wrap"}  # fmt: skip
BORDERS = [*IN_SCIPY, "valid"]


@pytest.fixture(scope="module")
def module():
    return Module("kernel_lab")


def random_lab(smallest=7, largest=20):
    """Return a laboratory in any state, on a small image."""
    shape = RNG.integers(smallest, largest, 2)
    image = RNG.integers(0, 256, shape).astype(np.uint8)
    k = int(RNG.choice([3, 5, 7]))
    kernel = RNG.integers(-9, 10, (k, k)) / RNG.choice([1, 1, 7])
    border, shrink = str(RNG.choice(BORDERS)), 0
    if border == "valid":
        shrink = k - 1
    row, column = (int(RNG.integers(n - shrink)) for n in shape)
    display = str(RNG.choice(["signed", "clamp", "absolute", "stretch"]))
    flip = bool(RNG.integers(2))
    return figures.kernel_lab(image, kernel, border, flip, display, row, column)


LABS = [random_lab() for _ in range(220)]


def expected(lab):
    """Return the result by SciPy."""
    pixels, kernel = lab.own.astype(float), np.array(lab.kernel, float)
    if lab.border == "valid":
        call = signal.convolve2d if lab.flip else signal.correlate2d
        return call(pixels, kernel, "valid")
    call = ndimage.convolve if lab.flip else ndimage.correlate
    return call(pixels, kernel, mode=IN_SCIPY[lab.border])


def test_every_result_is_scipys():
    for lab in LABS:
        trace, wanted = lab.trace(), expected(lab)
        assert (trace["height"], trace["width"]) == wanted.shape
        np.testing.assert_allclose(trace["y"].reshape(wanted.shape), wanted, atol=1e-8)
        assert np.isclose(trace["products"].sum(), wanted[lab.row, lab.column])
        assert np.isclose(trace["total"], wanted[lab.row, lab.column])
        beyond = (wanted < -1e-9) | (wanted > 255 + 1e-9)
        assert trace["cut"] == beyond.sum()


def test_the_module_computes_and_says_what_numpy_does(module):
    for lab in LABS:
        agree(module, lab)


def test_tiny_images_and_large_kernels_at_every_border(module):
    for border in IN_SCIPY:
        for shape in ((1, 1), (1, 4), (2, 3)):
            image = RNG.integers(0, 256, shape).astype(np.uint8)
            kernel = RNG.integers(-3, 4, (7, 7))
            agree(module, figures.kernel_lab(image, kernel, border, row=0, column=0))


@pytest.mark.parametrize("name", presets())
def test_every_preset_on_a_photograph(module, name):
    lab = figures.kernel_lab("camera", name, row=30, column=70)
    agree(module, lab)
    pixels, kernel = photograph("camera").astype(float), kernels.bank()[name]
    wanted = ndimage.correlate(pixels, kernel.astype(float), mode="mirror")
    np.testing.assert_allclose(lab.trace()["total"], wanted[30, 70], atol=1e-8)
    assert f"kernel {name}, " in lab.describe()


def test_presets_are_the_kernels_of_the_bank_that_fit():
    bank = kernels.bank()
    fit = [name for name, kernel in bank.items() if max(kernel.shape) <= 7]
    assert [*presets()] == fit
    assert set(bank) - set(fit) <= {"box21", "log", "gabor", "gabor_odd"}
    meanings = figures.kernel_lab().data()["meanings"]
    assert {name.rstrip("0123456789") for name in fit} <= set(meanings)


def test_photographs_keep_the_mean_of_what_they_were_made_of():
    from convcourse import datasets

    brick = datasets.load("brick").x[:384, :384]
    assert photograph("brick").shape == (128, 128)
    assert abs(photograph("brick").mean() - brick.mean()) < 0.5
    for name in ("camera", "coffee"):
        assert photograph(name).std() > 30


def test_laws():
    flat = np.full((9, 9), 100, np.uint8)
    edges = figures.kernel_lab(flat, "sobel_x", "reflect").trace()["y"]
    np.testing.assert_array_equal(edges, 0)
    lab = figures.kernel_lab("brick", "emboss", "wrap")
    mean = photograph("brick").mean() * np.sum(lab.kernel)
    assert np.isclose(lab.trace()["y"].mean(), mean)
    same = figures.kernel_lab("camera", "identity").trace()["y"]
    np.testing.assert_array_equal(same, photograph("camera").ravel())


def test_the_sentence():
    assert figures.kernel_lab("camera", "sobel_x", row=64, column=64).describe() == (
        "y[64, 64] = 5·(−1) + 11·1 + 11·(−2) + 7·2 + 20·(−1) + 6·1 = −16. Correlation "
        "of camera with kernel sobel_x, border reflect. The weights add up to 0: flat "
        "areas become 0, only changes answer."
    )
    blurred = figures.kernel_lab("brick", "box7", flip=True, border="valid", row=1)
    assert blurred.describe().startswith(
        "At row 1, column 64, the sum of 49 products is"
    )
    assert "Convolution of brick with kernel box7, valid places." in blurred.describe()


def test_the_cursor_stays_inside_and_impossible_states_are_told(module):
    lab = figures.kernel_lab("camera", "box7", "reflect", row=127, column=127)
    settled = module("settle", lab, border="valid")
    assert (settled["row"], settled["column"]) == (121, 121)
    small = figures.kernel_lab(np.zeros((5, 9), np.uint8), "box7")
    with pytest.raises(Exception, match="no place holds it whole"):
        module("settle", small, border="valid")
    with pytest.raises(Exception, match="choose a file first"):
        module("settle", lab, image="own")


def test_bad_arguments_are_named():
    image = np.zeros((9, 9))
    for wrong, message in [
        ({"image": "moon"}, r"image must be one of \['camera'"),
        ({"image": np.zeros((2, 2, 3))}, r"grey image \(H, W\), got shape"),
        ({"image": np.zeros((600, 5))}, "1 to 512 rows and columns"),
        ({"image": image - 1}, "values from 0 to 255, got -1"),
        ({"kernel": "sobel"}, "kernel must be one of .*'sobel_x'.*, got 'sobel'"),
        ({"kernel": np.ones((3, 5))}, r"kernel must have 3, 5 or 7 rows"),
        ({"kernel": np.ones((4, 4))}, r"kernel must have 3, 5 or 7 rows"),
        ({"kernel": np.ones((9, 9))}, "kernel must have 3 to 7 rows, got 9"),
        ({"image": image, "row": 9, "column": 0}, "row must be from 0 to 8, got 9"),
        ({"image": image[:5], "kernel": "box7", "border": "valid"}, "holds it whole"),
        ({"border": "zero"}, "border must be one of"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.kernel_lab(**wrong)


def test_the_picture_shows_image_kernel_and_result():
    lab = figures.kernel_lab("camera", "sobel_x", row=30, column=50)
    drawn = lab.picture()
    np.testing.assert_array_equal(drawn.axes[0].images[0].get_array(), lab._pixels())
    written = [text.get_text() for text in drawn.axes[1].texts]
    assert written == ["−1", "0", "1", "−2", "0", "2", "−1", "0", "1"]
    y = drawn.axes[2].images[0].get_array()
    assert y[30, 50] == lab.trace()["total"]
    assert len(lab.png) > 10_000
    for display in ("clamp", "absolute", "stretch"):
        shown = lab.set(display=display).picture().axes[2].images[0].get_array()
        assert shown.min() >= 0 and shown.max() <= 255
    plt.close("all")


def test_the_page_is_small_and_stable():
    page = figures.kernel_lab().html()
    assert page == figures.kernel_lab().html()
    assert len(page.encode()) < 150_000
