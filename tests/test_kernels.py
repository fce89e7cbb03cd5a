"""`convcourse.kernels` against OpenCV, SciPy and scikit-image, and the known facts."""

import re

import cv2
import numpy as np
import pytest
from convcourse import kernels
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage, signal
from skimage import filters

bounded = settings(max_examples=80, deadline=None, derandomize=True)

whole = arrays.arrays(
    np.int64, st.tuples(*[st.integers(1, 6)] * 2), elements=st.integers(-20, 20)
)


# ------------------------------------------------------- what is known of each


@pytest.mark.parametrize(
    ("kernel", "total", "rank", "singular_values", "energy"),
    [
        (kernels.sobel(1), 0, 1, [3.4641], 12),
        (kernels.sobel(0), 0, 1, [3.4641], 12),
        (kernels.prewitt(1), 0, 1, [2.4495], 6),
        (kernels.scharr(0), 0, 1, [15.3623], 236),
        (kernels.edge(1), 0, 1, [2.4495], 6),
        (kernels.difference(1), 0, 1, [1.4142], 2),
        (kernels.central_difference(0), 0, 1, [0.7071], 0.5),
        (kernels.box(3), 1, 1, [0.3333], 0.1111),
        (kernels.box(21), 1, 1, [1 / 21], 1 / 441),
        (kernels.binomial(3), 1, 1, [0.375], 0.1406),
        (kernels.laplacian(4), 0, 2, [4.4495, 0.4495], 20),
        (kernels.laplacian(8), 0, 2, [8.1962, 2.1962], 72),
        (kernels.outline(), 0, 2, [8.1962, 2.1962], 72),
        (kernels.log5(), 0, 2, [10, 2], 104),
        (kernels.sharpen(), 1, 2, [5.3723, 0.3723], 29),
        (kernels.unsharp(), 1, 2, [1.9005, 0.2339], 3.6667),
        (kernels.emboss(), 1, 3, [2.6813, 2.3234, 0.6421], 13),
        (kernels.plus(), 5, 2, [2, 1], 5),
        (kernels.identity(), 1, 1, [1], 1),
        (kernels.motion(3), 1, 3, [1 / 3] * 3, 1 / 3),
        (kernels.motion(5, 0), 1, 1, [0.4472], 0.2),
        (kernels.motion(5, 90), 1, 1, [0.4472], 0.2),
    ],
)
def test_facts(kernel, total, rank, singular_values, energy):
    found = kernels.facts(kernel)
    assert found.sum == pytest.approx(total, abs=1e-12)
    assert found.rank == rank == np.linalg.matrix_rank(kernel)
    assert found.singular_values == pytest.approx(singular_values, abs=5e-5)
    assert found.energy == pytest.approx(energy, abs=5e-5)
    assert found.separable is (rank == 1)


def test_facts_do_not_wrap_and_see_zero():
    assert kernels.facts(np.full((2, 2), 200, np.uint8))[::3] == (800, 160_000)
    assert kernels.facts(np.ones((2, 2), bool))[:2] == (4, 1)
    assert kernels.facts(np.zeros((3, 2))) == (0, 0, (), 0, False)


@bounded
@given(kernel=whole)
def test_facts_of_any_kernel(kernel):
    found = kernels.facts(kernel)
    assert found.rank == np.linalg.matrix_rank(kernel)
    assert (
        found.energy
        == np.sum(kernel**2)
        == pytest.approx(np.sum(np.square(found.singular_values)), rel=1e-9)
    )


def test_noise_gain_is_the_energy():
    noise = np.random.default_rng(0).standard_normal((400, 400))
    for name, kernel in kernels.bank().items():
        variance = signal.fftconvolve(noise, kernel, "valid").var()
        assert variance == pytest.approx(kernels.facts(kernel).energy, rel=0.1), name


# --------------------------------------------------------------- the sources' own

SOURCES = {
    "edge_x": [[1, 0, -1]] * 3,
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "plus": [[0, 1, 0], [1, 1, 1], [0, 1, 0]],
    "laplacian4": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "sobel_x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel_y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "emboss": [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    "difference_x": [[-1, 1]],
    "box3": np.full((3, 3), 1 / 9),
    "box7": np.full((7, 7), 1 / 49),
    "box21": np.full((21, 21), 1 / 441),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_kernels_of_the_sources(name):
    np.testing.assert_allclose(kernels.bank()[name], SOURCES[name], rtol=1e-15)


def test_the_gaussian_of_the_sources():
    y, x = np.mgrid[-2:3, -2:3]
    expected = np.exp(-(x**2 + y**2) / 2)
    kernel = kernels.gaussian(1, 5)
    np.testing.assert_allclose(kernel, expected / expected.sum(), rtol=1e-14)
    assert kernel[2, 2] == pytest.approx(0.162103, abs=5e-7)
    assert kernel[0, 0] == pytest.approx(0.002969, abs=5e-7)


def test_relations_between_kernels():
    one = kernels.identity()
    np.testing.assert_array_equal(kernels.sharpen(), one - kernels.laplacian(4))
    np.testing.assert_array_equal(kernels.outline(), 9 * one - np.ones((3, 3)))
    np.testing.assert_array_equal(kernels.edge(0), -kernels.prewitt(0))
    smooth = 16 * kernels.binomial(3)
    log5 = signal.convolve2d(smooth, kernels.laplacian(4))
    np.testing.assert_array_equal(kernels.log5(), log5)
    difference = 2 * kernels.central_difference()[0]
    for make, across in (
        (kernels.sobel, [1, 2, 1]),
        (kernels.prewitt, [1, 1, 1]),
        (kernels.scharr, [3, 10, 3]),
    ):
        np.testing.assert_array_equal(make(1), np.outer(across, difference))
        np.testing.assert_array_equal(make(0), np.outer(difference, across))


# ---------------------------------------------------------------- smoothing


@bounded
@given(sigma=st.floats(0.3, 8), half=st.integers(0, 12))
def test_gaussian_equals_opencv_for_odd_sizes(sigma, half):
    expected = cv2.getGaussianKernel(2 * half + 1, sigma)
    kernel = kernels.gaussian(sigma, 2 * half + 1)
    np.testing.assert_allclose(kernel, expected @ expected.T, rtol=1e-9, atol=1e-15)


@bounded
@given(sigma=st.floats(0.3, 8), size=st.integers(1, 24))
def test_gaussian_equals_scipys_window_also_for_even_sizes(sigma, size):
    # cv2.getGaussianKernel (5.0) gives the two middle values of an even size the
    # weight of a middle that is not there.
    window = signal.windows.gaussian(size, sigma)
    row = kernels.gaussian(sigma, (1, size))[0]
    np.testing.assert_allclose(row, window / window.sum(), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("sigma", [0.3, 0.5, 1, 1.4, 2.7, 6])
def test_gaussian_is_what_ndimage_smooths_with(sigma):
    kernel = kernels.gaussian(sigma)
    impulse = np.zeros(kernel.shape)
    impulse[tuple(n // 2 for n in kernel.shape)] = 1
    expected = ndimage.gaussian_filter(impulse, sigma, mode="constant")
    np.testing.assert_allclose(kernel, expected, rtol=1e-12, atol=1e-18)
    beyond = ndimage.gaussian_filter(np.pad(impulse, 3), sigma, mode="constant")
    assert not beyond[:3].any()  # ndimage's kernel is no larger


@bounded
@given(
    sigma=st.floats(1e-3, 1e3),
    size=st.tuples(st.integers(1, 9), st.integers(1, 9)),
)
def test_gaussian_of_any_size_is_symmetric_of_sum_one_and_rank_one(sigma, size):
    kernel = kernels.gaussian(sigma, size)
    assert kernel.shape == size
    assert kernel.sum() == pytest.approx(1)
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], rtol=1e-12)
    assert kernels.facts(kernel).rank == 1
    assert kernel.argmax() in np.flatnonzero(kernel == kernel.max())


def test_binomial_equals_pascal():
    expected = np.outer([1, 4, 6, 4, 1], [1, 3, 3, 1]) / (16 * 8)
    np.testing.assert_array_equal(kernels.binomial((5, 4)), expected)
    assert (256 * kernels.binomial(5)).sum() == 256
    np.testing.assert_array_equal(kernels.binomial(1), [[1]])
    for size in (3, 5, 9):
        row = kernels.binomial((1, size))[0]
        positions = np.arange(size) - (size - 1) / 2
        assert np.sum(row * positions**2) == pytest.approx((size - 1) / 4)
        smoothed = cv2.pyrDown(np.zeros((9, 9)))
        assert not smoothed.any()
    impulse = np.zeros((9, 9))
    impulse[4, 4] = 1
    np.testing.assert_allclose(  # OpenCV's pyramid smooths with binomial(5)
        cv2.pyrDown(impulse)[1:4, 1:4], kernels.binomial(5)[::2, ::2]
    )


@pytest.mark.parametrize("size", [1, 2, 3, 7, (4, 1), (2, 5)])
def test_box_is_what_ndimage_averages_with(size):
    x = np.random.default_rng(1).standard_normal((12, 13))
    result = ndimage.correlate(x, kernels.box(size))
    np.testing.assert_allclose(result, ndimage.uniform_filter(x, size), atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, (4, 1), (2, 5)])
def test_identity_changes_nothing(size):
    x = np.random.default_rng(2).standard_normal((8, 9))
    np.testing.assert_array_equal(ndimage.correlate(x, kernels.identity(size)), x)


def test_unsharp_adds_what_the_blur_took():
    x = np.random.default_rng(3).standard_normal((30, 31))
    smooth = kernels.gaussian(1.5)
    expected = filters.unsharp_mask(x, 1.5, 0.7, preserve_range=True)
    result = ndimage.correlate(x, kernels.unsharp(smooth, 0.7))
    # skimage smooths with ndimage's border 'reflect', as ndimage.correlate does.
    np.testing.assert_allclose(result, expected, atol=1e-10)
    np.testing.assert_array_equal(kernels.unsharp(amount=0), kernels.identity())
    assert kernels.unsharp()[1, 1] == pytest.approx(2 - 1 / 9)


def test_motion_averages_along_a_line():
    np.testing.assert_array_equal(
        kernels.motion(4, 0), [[0] * 4, *[[1 / 8] * 4] * 2, [0] * 4]
    )
    np.testing.assert_allclose(
        kernels.motion(5, 0), np.eye(5)[[2]].T @ np.full((1, 5), 0.2)
    )
    np.testing.assert_allclose(kernels.motion(5, 45), np.eye(5) / 5, atol=1e-15)
    np.testing.assert_allclose(kernels.motion(5, 135), np.eye(5)[::-1] / 5, atol=1e-15)


@bounded
@given(size=st.integers(1, 12), angle=st.floats(-720, 720))
def test_motion_at_any_angle(size, angle):
    kernel = kernels.motion(size, angle)
    assert kernel.shape == (size, size)
    assert kernel.sum() == pytest.approx(1)
    assert (kernel >= 0).all()
    np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-12)
    np.testing.assert_allclose(kernel, kernels.motion(size, angle + 180), atol=1e-9)
    np.testing.assert_allclose(kernel.T, kernels.motion(size, 90 - angle), atol=1e-9)


# ---------------------------------------------------------------- derivatives

X = np.random.default_rng(4).integers(0, 256, (20, 23)).astype(float)


@pytest.mark.parametrize("axis", [0, 1])
def test_derivatives_equal_the_libraries(axis):
    for make, theirs in (
        (kernels.sobel, ndimage.sobel),
        (kernels.prewitt, ndimage.prewitt),
    ):
        np.testing.assert_array_equal(ndimage.correlate(X, make(axis)), theirs(X, axis))
    order = (0, 1) if axis == 0 else (1, 0)  # OpenCV: dx, dy
    for make, theirs in ((kernels.sobel, cv2.Sobel), (kernels.scharr, cv2.Scharr)):
        expected = theirs(X, cv2.CV_64F, *order, borderType=cv2.BORDER_REFLECT)
        np.testing.assert_array_equal(ndimage.correlate(X, make(axis)), expected)
    for make, theirs, weight in (
        (kernels.sobel, filters.sobel, 4),
        (kernels.prewitt, filters.prewitt, 3),
        (kernels.scharr, filters.scharr, 16),
    ):
        result = ndimage.correlate(X, make(axis)) / weight
        np.testing.assert_allclose(result, theirs(X, axis=axis), atol=1e-9)


def test_derivatives_of_a_ramp_and_a_step():
    rows, columns = np.mgrid[:9, :9].astype(float)
    for axis, ramp in ((0, rows), (1, columns)):
        for make, slope in (
            (kernels.difference, 1),
            (kernels.central_difference, 1),
            (kernels.prewitt, 6),
            (kernels.sobel, 8),
            (kernels.scharr, 32),
            (kernels.edge, -6),
        ):
            along = signal.correlate2d(ramp, make(axis), "valid")
            across = signal.correlate2d(ramp, make(1 - axis), "valid")
            np.testing.assert_array_equal(along, np.full(along.shape, slope))
            assert not across.any()
    step = (columns > 4).astype(float)
    assert signal.correlate2d(step, kernels.sobel(1), "valid").max() == 4
    gradient = np.gradient(X, axis=1)[:, 1:-1]
    result = signal.correlate2d(X, kernels.central_difference(1), "valid")
    np.testing.assert_array_equal(result, gradient)


def test_laplacians():
    expected = ndimage.laplace(X)
    np.testing.assert_array_equal(ndimage.correlate(X, kernels.laplacian(4)), expected)
    expected = cv2.Laplacian(X, cv2.CV_64F, ksize=1, borderType=cv2.BORDER_REFLECT)
    np.testing.assert_array_equal(ndimage.correlate(X, kernels.laplacian(4)), expected)
    rows, columns = np.mgrid[:5, :5]
    bowl = rows**2 + columns**2  # its Laplacian is 4
    assert (signal.correlate2d(bowl, kernels.laplacian(4), "valid") == 4).all()
    assert (signal.correlate2d(bowl, kernels.laplacian(8), "valid") == 3 * 4).all()


@pytest.mark.parametrize("sigma", [0.8, 1, 2, 3.3])
def test_log_is_what_ndimage_filters_with_but_for_its_small_sum(sigma):
    kernel = kernels.log(sigma)
    impulse = np.zeros(kernel.shape)
    impulse[tuple(n // 2 for n in kernel.shape)] = 1
    theirs = ndimage.gaussian_laplace(impulse, sigma, mode="constant")
    # Taking off a Gaussian of that sum is the same as another constant beside r^2.
    smooth = cv2.getGaussianKernel(len(kernel), sigma)
    expected = theirs - theirs.sum() * smooth @ smooth.T
    np.testing.assert_allclose(kernel, expected, rtol=0, atol=1e-12)
    assert abs(theirs.sum()) < 0.03
    assert abs(kernel.sum()) < 1e-12
    assert kernel.argmin() == kernel.size // 2
    assert kernels.facts(kernel).rank == 2


def test_log_of_even_and_oblong_sizes():
    for size in (4, (3, 8), (1, 5)):
        kernel = kernels.log(1, size)
        np.testing.assert_allclose(kernel, kernel[::-1, ::-1], atol=1e-15)
        assert abs(kernel.sum()) < 1e-14


# ---------------------------------------------------------------------- Gabor


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 120])
@pytest.mark.parametrize("phase", [0, 60, 90])
@pytest.mark.parametrize("aspect", [1, 0.5, 2])
def test_gabor_equals_opencv_and_skimage(angle, phase, aspect):
    sigma, wavelength, size = 2.5, 6, 21
    kernel = kernels.gabor(sigma, wavelength, angle, phase, aspect, size)
    theta, psi = np.deg2rad([angle, phase])
    # OpenCV's kernel is turned by 180 degrees, and its Gaussian has the peak 1.
    theirs = cv2.getGaborKernel(
        (size, size), sigma, theta, wavelength, aspect, psi, cv2.CV_64F
    )[::-1, ::-1]
    peak = np.abs(theirs).max() / np.abs(kernel).max()
    np.testing.assert_allclose(kernel * peak, theirs, atol=1e-7)
    theirs = filters.gabor_kernel(
        1 / wavelength, theta, None, sigma, sigma / aspect, 8, psi, np.complex128
    ).real
    middle = [n // 2 for n in theirs.shape]
    half = min(10, *middle)
    ours = kernel[10 - half : 11 + half, 10 - half : 11 + half]
    theirs = theirs[
        middle[0] - half : middle[0] + half + 1, middle[1] - half : middle[1] + half + 1
    ]
    scale = np.abs(theirs).max() / np.abs(ours).max()
    np.testing.assert_allclose(ours * scale, theirs, atol=1e-7)


def test_gabor_sums_and_sizes():
    for sigma, wavelength in ((2, 6), (1.5, 8)):
        kernel = kernels.gabor(sigma, wavelength)
        assert kernel.shape == (2 * int(4 * sigma + 0.5) + 1,) * 2
        expected = np.exp(-2 * (np.pi * sigma / wavelength) ** 2)
        assert kernel.sum() == pytest.approx(expected, abs=1e-3)
        assert kernels.gabor(sigma, wavelength, 20, 90).sum() == pytest.approx(0)
    assert kernels.gabor(2, 6, aspect=0.5).shape == (33, 33)
    assert [kernels.facts(kernels.gabor(2, 6, a)).rank for a in (0, 90, 45)] == [
        1,
        1,
        2,
    ]


def test_gabor_answers_to_its_own_stripes():
    columns = np.mgrid[:40, :40][1]
    stripes = np.cos(2 * np.pi * columns / 6)
    upright, lying = (
        np.abs(ndimage.correlate(stripes, kernels.gabor(2, 6, angle)))[12:-12, 12:-12]
        for angle in (0, 90)
    )
    assert upright.max() > 0.4
    assert lying.max() < 0.05 * upright.max()


# ----------------------------------------------------- separate and low rank


@pytest.mark.parametrize(
    ("kernel", "column", "row"),
    [
        (kernels.sobel(1), [1, 2, 1], [-1, 0, 1]),
        (kernels.sobel(0), [-1, 0, 1], [1, 2, 1]),
        (kernels.scharr(1), [3, 10, 3], [-1, 0, 1]),
        (kernels.edge(1), [1, 1, 1], [1, 0, -1]),
        (-kernels.prewitt(0), [1, 0, -1], [1, 1, 1]),
        (kernels.identity(), [0, 1, 0], [0, 1, 0]),
        (np.outer([-1, 0, 1], [-1, 0, 1]), [-1, 0, 1], [-1, 0, 1]),
        (-6 * np.ones((2, 3), int), [1, 1], [-6, -6, -6]),
        (np.full((2, 2), 200, np.uint8), [1, 1], [200, 200]),
        (kernels.box(3), [1 / 3] * 3, [1 / 3] * 3),
        (kernels.binomial(3), [0.25, 0.5, 0.25], [0.25, 0.5, 0.25]),
    ],
)
def test_separate_into_the_factors_one_would_write(kernel, column, row):
    factors = kernels.separate(kernel)
    np.testing.assert_allclose(factors[0], column, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(factors[1], row, rtol=1e-12, atol=1e-15)


@bounded
@given(
    column=arrays.arrays(np.int64, st.integers(1, 6), elements=st.integers(-20, 20)),
    row=arrays.arrays(np.int64, st.integers(1, 6), elements=st.integers(-20, 20)),
)
def test_separate_gives_the_kernel_back(column, row):
    kernel = np.outer(column, row)
    assume(kernel.any())
    u, v = kernels.separate(kernel)
    assert u.dtype == v.dtype == np.int64
    np.testing.assert_array_equal(np.outer(u, v), kernel)
    assert np.gcd.reduce(u) == 1
    a, b = kernels.separate(kernel / 7)
    np.testing.assert_allclose(np.outer(a, b), kernel / 7, atol=1e-12)
    assert np.linalg.norm(a) == pytest.approx(np.linalg.norm(b))
    first = next((s for s in (u.sum(), v.sum()) if s), u[np.flatnonzero(u)[-1]])
    assert first > 0
    np.testing.assert_allclose(np.sign(a) * (np.abs(a) > 1e-9), np.sign(u))


def test_two_passes_equal_one():
    x = np.random.default_rng(5).standard_normal((30, 40))
    for kernel in (kernels.gaussian(2), kernels.sobel(1), kernels.gabor(2, 6)):
        column, row = kernels.separate(kernel)
        passes = ndimage.correlate1d(ndimage.correlate1d(x, column, 0), row, 1)
        np.testing.assert_allclose(passes, ndimage.correlate(x, kernel), atol=1e-10)
        expected = cv2.sepFilter2D(x, -1, row, column, borderType=cv2.BORDER_REFLECT)
        np.testing.assert_allclose(passes, expected, atol=1e-10)


def test_separate_refuses_other_ranks():
    with pytest.raises(ValueError, match=r"rank 2; only rank 1.*low_rank\(kernel, 1\)"):
        kernels.separate(kernels.laplacian())
    with pytest.raises(ValueError, match="rank 3"):
        kernels.separate(kernels.emboss())
    with pytest.raises(ValueError, match="rank 0.*all zeros"):
        kernels.separate(np.zeros((3, 3)))


@bounded
@given(kernel=whole, rank=st.integers(0, 7))
def test_low_rank_is_the_nearest(kernel, rank):
    near = kernels.low_rank(kernel, rank)
    values = np.linalg.svd(kernel, compute_uv=False)
    assert near.shape == kernel.shape
    assert np.linalg.matrix_rank(near, tol=1e-6) == min(rank, (values > 1e-6).sum())
    missing = np.sum((kernel - near) ** 2)
    assert missing == pytest.approx(np.sum(values[rank:] ** 2), abs=1e-6)


def test_the_first_product_of_emboss_holds_55_percent():
    emboss = kernels.emboss()
    share = np.sum(kernels.low_rank(emboss, 1) ** 2) / np.sum(emboss**2)
    assert share == pytest.approx(0.553, abs=5e-4)


# ------------------------------------------------------------------- the bank


def test_the_bank_is_named_whole_and_new_every_time():
    bank = kernels.bank()
    assert len(bank) == 31
    for name, kernel in bank.items():
        assert kernel.ndim == 2 and kernel.dtype in (np.int64, np.float64), name
        kernel[:] = 99
    assert all((kernel != 99).any() for kernel in kernels.bank().values())
    assert (kernels.sobel(0) != 99).all() and (kernels.sobel(1) != 99).all()


NAMED = "identity box plus sharpen unsharp difference central_difference edge sobel "
NAMED += "prewitt scharr laplacian outline log5 emboss binomial log motion gaussian"


@pytest.mark.parametrize("name", NAMED.split())
def test_the_docstring_tells_the_facts(name):
    make = getattr(kernels, name)
    found = kernels.facts(make(1) if name in ("log", "gaussian") else make())
    told = make.__doc__
    numbers = {
        word: re.search(rf"{word} (-?[0-9.]*[0-9])", told, re.I) for word in FACTS
    }
    assert numbers["sum"]
    for word, number in numbers.items():
        if number:
            assert float(number[1]) == pytest.approx(getattr(found, word), abs=5e-5)


FACTS = ("sum", "rank", "energy")


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: kernels.box(0), ValueError, "size must be an integer >= 1, got 0"),
        (
            lambda: kernels.box(2.5),
            TypeError,
            r"size must be an integer >= 1, got 2\.5",
        ),
        (lambda: kernels.box((1, 2, 3)), ValueError, "one integer or a pair"),
        (lambda: kernels.identity(True), TypeError, "size must be an integer"),
        (lambda: kernels.binomial("3"), TypeError, "size must be an integer"),
        (lambda: kernels.gaussian(0), ValueError, "sigma must be above 0, got 0"),
        (lambda: kernels.gaussian(-1, 3), ValueError, "sigma must be above 0, got -1"),
        (lambda: kernels.gaussian("1"), TypeError, "sigma must be one real number"),
        (lambda: kernels.gaussian(np.inf), ValueError, "sigma must be finite"),
        (lambda: kernels.log(1, (3, 0)), ValueError, "size must be an integer >= 1"),
        (lambda: kernels.laplacian(6), ValueError, "neighbours must be 4 or 8, got 6"),
        (lambda: kernels.sobel(2), ValueError, "axis must be 1 .along the columns"),
        (lambda: kernels.sobel("x"), ValueError, "axis must be 1.*got 'x'"),
        (lambda: kernels.motion((3, 3)), TypeError, "size must be an integer"),
        (lambda: kernels.motion(3, "up"), TypeError, "angle must be one real number"),
        (lambda: kernels.gabor(2, 0), ValueError, "wavelength must be above 0"),
        (lambda: kernels.gabor(2, 6, aspect=-1), ValueError, "aspect must be above 0"),
        (lambda: kernels.unsharp([1, 2, 1]), ValueError, r"smooth must be 2-D.*\(3,\)"),
        (lambda: kernels.unsharp(amount=None), TypeError, "amount must be one real"),
        (
            lambda: kernels.facts([1, 2, 1]),
            ValueError,
            r"Write a row as \[\[1, 2, 1\]\]",
        ),
        (lambda: kernels.facts([[1j]]), TypeError, "kernel must hold real numbers"),
        (lambda: kernels.facts(np.ones((0, 2))), ValueError, "2-D and not empty"),
        (lambda: kernels.separate([[np.nan]]), ValueError, "NaN or infinity"),
        (
            lambda: kernels.low_rank([[1]], -1),
            ValueError,
            "rank must be an integer >= 0",
        ),
        (lambda: kernels.low_rank([[1]], 1.0), TypeError, "rank must be an integer"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
