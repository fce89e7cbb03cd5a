"""Networks of chapter 07: data, energy, PSNR, the recorded runs."""

import cv2
import numpy as np
import pytest
from convcourse import datasets
from convcourse.experiments import enlarging
from scipy import fft
from skimage.metrics import peak_signal_noise_ratio


def test_the_energy_is_that_of_three_frequencies_of_the_fourier_transform():
    rng = np.random.default_rng(0)
    for border in (0, 2, 4):
        x = rng.normal(size=(12 + 2 * border, 16 + 2 * border))
        inner = x[border : border + 12, border : border + 16]
        spectrum = np.abs(fft.fft2(inner)) ** 2
        four = spectrum[::6, ::8]
        expected = 1 - four[0, 0] / four.sum()
        assert enlarging.parity_energy(x, border) == pytest.approx(expected)


def test_the_energy_of_several_pictures_weighs_them_together():
    flat = np.ones((8, 8))
    board = 2 * (np.indices((8, 8)).sum(axis=0) % 2) - 1
    assert enlarging.parity_energy([flat, board], 0) == pytest.approx(0.5)
    assert enlarging.parity_energy(np.zeros((8, 8)), 0) == 0


@pytest.mark.parametrize("border", [-2, 1, 3])
def test_an_odd_border_is_refused(border):
    with pytest.raises(ValueError, match=f"border must be even.*{border}"):
        enlarging.parity_energy(np.ones((12, 12)), border)


def test_a_border_that_leaves_nothing_is_refused():
    with pytest.raises(ValueError, match="leaves nothing"):
        enlarging.parity_energy(np.ones((8, 8)), 4)


def test_psnr_is_that_of_scikit_image():
    rng = np.random.default_rng(1)
    x, y = rng.uniform(size=(2, 20, 24))
    theirs = peak_signal_noise_ratio(x[3:-3, 3:-3], y[3:-3, 3:-3], data_range=1)
    assert enlarging.psnr(x, y, border=3) == pytest.approx(theirs, abs=1e-6)


def test_small_patches_are_area_means_of_the_large_ones():
    small, large = enlarging.patches(8)
    for a, b in zip(small[..., 0], large[..., 0], strict=True):
        halved = cv2.resize(b, (16, 16), interpolation=cv2.INTER_AREA)
        np.testing.assert_allclose(a, halved, atol=1e-6)
    assert 0 <= large.min() and large.max() <= 1


def test_the_unseen_photograph_is_none_of_those_for_training():
    small, large = enlarging.unseen()
    assert small.shape == (1, 100, 100, 1) and large.shape == (1, 200, 200, 1)
    assert "coffee" not in enlarging.TRAIN
    grey = datasets.coffee().x[80:280, 160:360] / 255 @ [0.2125, 0.7154, 0.0721]
    np.testing.assert_allclose(large[0, ..., 0], grey, atol=1e-6)


@pytest.mark.parametrize("function", ["network", "recorded"])
def test_an_unknown_way_is_refused(function):
    if function == "network":
        pytest.importorskip("tensorflow")
    with pytest.raises(ValueError, match="way must be one of .*'resize'.*'cubic'"):
        getattr(enlarging, function)("cubic")


# --- what the chapter says of thirty runs


def test_each_way_has_thirty_runs_of_its_own():
    assert enlarging.SEEDS == 30
    assert set(datasets.recorded("enlarging")) == {
        way.replace(" ", "_") for way in enlarging.WAYS
    }
    for way in enlarging.WAYS:
        runs = enlarging.recorded(way)
        assert runs.shape == (enlarging.SEEDS, 4)
        assert len(np.unique(runs[:, 3])) == enlarging.SEEDS


def test_what_the_chapter_says_of_the_energy():
    for way in ("transposed 3", "transposed 4", "sub-pixel"):
        before, _, after, _ = enlarging.recorded(way).T
        assert before.mean() > 0.6 and np.mean(before > 0.5) > 0.7  # "in most runs"
        assert (before > 10 * after).all()
        assert 1e-7 < after.min() and 128 * np.sqrt(after.max()) < 1  # grey levels
    before, _, after, _ = enlarging.recorded("equal start").T
    assert before.max() == 0 and after.min() > 1e-7  # they drift apart
    for way in ("resize", "blur"):
        assert enlarging.recorded(way)[:, [0, 2]].max() < 1e-12


def test_what_the_chapter_says_of_the_decibels():
    small, large = (photo[0, ..., 0] for photo in enlarging.unseen())
    cubic = cv2.resize(small, (200, 200), interpolation=cv2.INTER_CUBIC)
    cubic = enlarging.psnr(cubic, large)
    assert (enlarging.recorded("added")[:, 3] > cubic).all()
    others = [enlarging.recorded(way)[:, 3] for way in enlarging.WAYS if way != "added"]
    assert np.mean(np.concatenate(others) > cubic) < 0.4  # "most lie below"


# --- the networks


@pytest.mark.parametrize("way", enlarging.WAYS)
def test_each_network_doubles_the_sides(way):
    pytest.importorskip("tensorflow")
    out = enlarging.network(way)(np.zeros((2, 6, 9, 1), np.float32))
    assert out.shape == (2, 12, 18, 1)


def alike(run, way, seed=3):
    """Return whether a run is that of the record, but for rounding of sums."""
    then = enlarging.recorded(way)[seed]
    near = np.abs(np.subtract(run, then)) < [1e-3, 0.02, 1e-4, 0.1]
    return bool(near.all()) and (run[2] < 1e-12) == (then[2] < 1e-12)


@pytest.mark.parametrize("way", enlarging.WAYS)
def test_no_network_passes_for_another(way):
    for other in enlarging.WAYS:
        assert alike(enlarging.recorded(other)[3], way) == (way == other)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["transposed 3", "resize", "added"])
def test_a_run_today_is_like_the_recorded_ones(way):
    pytest.importorskip("tensorflow")
    assert alike(enlarging.run(way, seed=3), way)
