"""The data are what the course says they are: real, unchanged, offline."""

import gzip
import hashlib
import importlib.util
import inspect
import pickle
import re
import socket
import subprocess
import sys
import types

import make_data
import numpy as np
import pytest
from convcourse import datasets
from convcourse.datasets import _files
from convcourse.datasets.catalogue import CATALOGUE, RECORDED
from scipy import ndimage, signal

SHIPPED = sorted(name for name, entry in CATALOGUE.items() if entry.where == "data")
FULL = sorted(name for name, entry in CATALOGUE.items() if entry.where == "Keras cache")
HERE = sorted(set(CATALOGUE) - set(FULL))

# name: shape, dtype, least, greatest
EXPECTED = {
    "co2": ((2284,), "float64", 313.0, 373.9),
    "sunspots": ((3126,), "float64", 0.0, 253.8),
    "melody": ((33075,), "float64", -0.9, 0.9),
    "room": ((5512,), "float64", -0.3, 1.0),
    "camera": ((512, 512), "uint8", 0, 255),
    "coffee": ((400, 600, 3), "uint8", 0, 255),
    "clock": ((300, 400), "uint8", 99, 247),
    "brick": ((512, 512), "uint8", 63, 207),
    "grass": ((512, 512), "uint8", 0, 244),
    "gravel": ((512, 512), "uint8", 0, 237),
    "page": ((191, 384), "uint8", 0, 255),
    "moon": ((512, 512), "uint8", 0, 255),
    "faces": ((200, 25, 25), "float64", 0.0, 1.0),
    "digits": ((1797, 8, 8), "uint8", 0, 16),
    "textures": ((1500, 32, 32, 1), "float32", -12, 12),
    "bars": ((2000, 32, 32, 1), "float32", -4, 4),
}


@pytest.fixture(autouse=True)
def only_our_data(monkeypatch, tmp_path):
    """Hide what this computer holds besides the repository."""
    monkeypatch.delenv("CONVCOURSE_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


# ---- what every set promises ---------------------------------------------------------


@pytest.mark.parametrize("name", HERE)
def test_shape_type_and_range(name):
    shape, dtype, least, greatest = EXPECTED[name]
    found = datasets.load(name)
    assert found.x.shape == shape
    assert found.x.dtype == dtype
    assert np.isfinite(found.x).all()
    assert least <= found.x.min()
    assert found.x.max() <= greatest
    if CATALOGUE[name].where != "made":
        np.testing.assert_allclose([found.x.min(), found.x.max()], [least, greatest])


@pytest.mark.parametrize("name", HERE)
def test_about_says_where_it_comes_from(name):
    about = datasets.load(name).about
    assert about["name"] == name
    assert about["source"]
    assert about["licence"]
    if CATALOGUE[name].where == "made":
        assert about["sha256"] is None
    else:
        assert re.fullmatch("[0-9a-f]{64}", about["sha256"])


@pytest.mark.parametrize("name", HERE)
def test_name_is_also_a_function(name):
    found, again = getattr(datasets, name)(), datasets.load(name)
    np.testing.assert_array_equal(found.x, again.x)
    assert name in datasets.__all__


@pytest.mark.parametrize("name", HERE)
def test_who_writes_into_an_array_spoils_nothing(name):
    first = datasets.load(name)
    kept = first.x.copy()
    for field in ("x", "y", "x_test", "y_test", "t"):
        if (array := getattr(first, field)) is not None:
            array[...] = 0
    np.testing.assert_array_equal(datasets.load(name).x, kept)


@pytest.mark.parametrize("name", HERE)
def test_repr_is_one_line_without_an_address(name):
    text = repr(datasets.load(name))
    assert text.startswith(f"Dataset {name}(x: ")
    assert "\n" not in text
    assert "0x" not in text


def test_available_lists_all():
    rows = {row.name: row for row in datasets.available()}
    assert list(rows) == list(CATALOGUE)
    assert all(rows[name].there for name in HERE)
    assert not any(rows[name].there for name in FULL)
    assert rows["co2"] == ("co2", "signal", "data", True)


def test_signals_have_a_time_for_each_sample():
    for name in ("co2", "sunspots", "melody", "room"):
        found = datasets.load(name)
        assert found.t.shape == found.x.shape
        assert (np.diff(found.t) > 0).all()
        if found.rate:
            np.testing.assert_allclose(found.t, np.arange(len(found.x)) / 11025)


# ---- the real series and images ------------------------------------------------------


def test_co2_rises_every_year_and_swings_with_the_seasons():
    series = datasets.co2()
    years = np.arange(1959, 2002)
    of_year = [series.x[np.floor(series.t) == year] for year in years]
    means = np.array([values.mean() for values in of_year])
    assert (np.diff(means) > 0).all()
    assert 315 < means[0] < 317  # the mean of 1959 is known to be near 316 ppm
    assert 370 < means[-1] < 372
    swing = np.array([np.ptp(values) for values in of_year])
    assert ((swing > 3) & (swing < 10)).all()
    months = [
        series.x[(series.t % 1 > m) & (series.t % 1 < m + 0.08)] for m in (0.37, 0.73)
    ]
    assert months[0].mean() > months[1].mean() + 4  # high in May, low in late September


def test_co2_gaps_are_filled_by_straight_lines():
    series = datasets.co2()
    raw = np.genfromtxt(_files.SHIPPED / "co2.csv", delimiter=",", skip_header=1)[:, 1]
    filled = series.about["filled"]
    assert filled.sum() == 59
    np.testing.assert_array_equal(filled, np.isnan(raw))
    np.testing.assert_array_equal(series.x[~filled], raw[~filled])
    start = np.flatnonzero(filled & (np.abs(series.t - 1964.07) < 0.02))[0]
    gap = series.x[start - 1 : start + 19]  # the longest gap and its two neighbours
    assert filled[start : start + 18].all()
    np.testing.assert_allclose(np.diff(gap, 2), 0, atol=1e-9)
    assert "linear interpolation" in series.about["note"]


def test_co2_is_weekly():
    t = datasets.co2().t
    assert round(t[0], 2) == 1958.24  # 29 March
    assert round(t[-1], 2) == 2001.99
    np.testing.assert_allclose(np.diff(t), 7 / 365.25, rtol=0.01)


def test_sunspots_come_back_every_eleven_years():
    series = datasets.sunspots()
    x = series.x - series.x.mean()
    correlation = np.correlate(x, x, "full")[len(x) - 1 :]
    lags = np.arange(8 * 12, 14 * 12)
    peak = lags[np.argmax(correlation[lags])] / 12
    assert 10 <= peak <= 11.5
    np.testing.assert_allclose(series.t[[0, -1]], [1749 + 0.5 / 12, 2009 + 5.5 / 12])
    np.testing.assert_allclose(np.diff(series.t), 1 / 12)


def test_digits_are_the_known_set():
    digits = datasets.digits()
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.bincount(digits.y).tolist() == counts
    assert digits.y.dtype == np.int64
    assert digits.x[0, :, 0].max() == 0  # the first is a 0, with a hole in its middle
    assert digits.x[0, 2:6, 3:5].max() < digits.x[0, 2:6, 1:3].max()


def test_faces_come_before_background():
    faces = datasets.faces()
    assert faces.y.tolist() == [1] * 100 + [0] * 100


def test_scikit_image_agrees():
    from skimage import data

    for name in ("camera", "coffee", "clock", "page"):
        np.testing.assert_array_equal(datasets.load(name).x, getattr(data, name)())


# ---- files: verified, found, missing -------------------------------------------------


@pytest.mark.parametrize("name", SHIPPED)
def test_sha256_is_that_of_the_file_and_of_sources(name):
    entry = CATALOGUE[name]
    found = hashlib.sha256((_files.SHIPPED / entry.file).read_bytes()).hexdigest()
    assert datasets.load(name).about["sha256"] == found
    sources = (_files.SHIPPED / "SOURCES.md").read_text(encoding="utf-8")
    section = sources.split(f"## {entry.file}\n")[1].split("\n## ")[0]
    assert f"`{found}`" in section
    assert f"| licence | {entry.licence} |" in section


def test_a_changed_file_is_an_error(monkeypatch, tmp_path):
    content = (_files.SHIPPED / "sunspots.csv").read_bytes()
    (tmp_path / "sunspots.csv").write_bytes(content.replace(b"58.0", b"85.0", 1))
    monkeypatch.setenv("CONVCOURSE_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=r"data/sunspots\.csv was changed") as caught:
        datasets.sunspots()
    assert str(tmp_path) in str(caught.value)
    assert "git checkout data/sunspots.csv" in str(caught.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_missing_file_is_an_error_that_helps(name, monkeypatch, tmp_path):
    monkeypatch.setattr(_files, "SHIPPED", tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        datasets.load(name)
    entry, message = CATALOGUE[name], str(caught.value)
    assert message.startswith(f"{entry.file} is not in {tmp_path}")
    assert entry.source in message
    assert f"tools/make_data.py {entry.file}" in message
    assert f"datasets.{entry.instead}()" in message


def test_the_substitutes_exist_and_come_from_elsewhere():
    for entry in [*CATALOGUE.values(), *RECORDED.values()]:
        if entry.where == "made":
            assert not entry.instead
        else:
            assert CATALOGUE[entry.instead].name != entry.name
            assert CATALOGUE[entry.instead].where != "Keras cache"


def test_without_scikit_image_its_photographs_are_missing(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"page\.png .*datasets\.camera\(\)"):
        datasets.page()
    assert not {row.name: row for row in datasets.available()}["page"].there


def test_own_folder_comes_first_then_data(monkeypatch, tmp_path):
    content = (_files.SHIPPED / "camera.png").read_bytes()
    (tmp_path / "camera.png").write_bytes(content)
    monkeypatch.setenv("CONVCOURSE_DATA", str(tmp_path))
    assert _files.find("camera.png") == tmp_path / "camera.png"
    assert _files.find("coffee.png") == _files.SHIPPED / "coffee.png"
    assert datasets.camera().x.shape == (512, 512)
    assert datasets.coffee().x.shape == (400, 600, 3)


def test_found_from_any_working_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert len(datasets.co2().x) == 2284


# ---- names, n, seed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("Co2", "co2"), ("fashion-mnist", "fashion_mnist"), ("sunspot", "sunspots")],
)
def test_an_unknown_name_gets_the_nearest(wrong, right):
    with pytest.raises(ValueError, match=f"{wrong!r}.*Did you mean {right!r}"):
        datasets.load(wrong)


def test_a_hopeless_name_is_sent_to_the_list():
    with pytest.raises(ValueError, match=r"'xyzzy'\. datasets\.available\(\)"):
        datasets.load("xyzzy")
    with pytest.raises(TypeError, match="name must be a string"):
        datasets.load(3)


@pytest.mark.parametrize("name", ["co2", "sunspots", "melody", "room"])
def test_n_takes_the_first_samples(name):
    whole, part = datasets.load(name), datasets.load(name, n=100)
    np.testing.assert_array_equal(part.x, whole.x[:100])
    np.testing.assert_array_equal(part.t, whole.t[:100])
    assert len(part.about.get("filled", part.x)) == 100


@pytest.mark.parametrize("name", ["digits", "faces"])
def test_n_draws_as_many_of_each_class(name):
    whole, part = datasets.load(name), datasets.load(name, n=40)
    counts = np.bincount(part.y)
    assert counts.min() == counts.max() == 40 // len(counts)
    pairs = {(x.tobytes(), y) for x, y in zip(whole.x, whole.y, strict=True)}
    drawn = {(x.tobytes(), y) for x, y in zip(part.x, part.y, strict=True)}
    assert drawn <= pairs  # images keep their labels
    assert len(drawn) == 40  # none comes twice


def test_a_draw_of_all_is_all_in_order():
    np.testing.assert_array_equal(datasets.digits(n=1797).x, datasets.digits().x)
    # more than the smallest class holds: the other classes fill up
    assert np.bincount(datasets.digits(n=1790).y).tolist()[8] == 174


@pytest.mark.parametrize("name", ["digits", "bars", "textures", "melody"])
def test_the_seed_decides(name):
    n = 1000 if name == "melody" else 30
    first, again, other = (datasets.load(name, n=n, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.x, again.x)
    assert (first.x != other.x).any()


@pytest.mark.parametrize("name", ["bars", "textures"])
def test_made_sets_have_a_test_part_that_n_leaves_alone(name):
    few, many = datasets.load(name, n=30), datasets.load(name, n=60)
    assert few.x.shape == (30, 32, 32, 1)
    assert few.x_test.shape == (600, 32, 32, 1)
    np.testing.assert_array_equal(few.x_test, many.x_test)
    np.testing.assert_array_equal(few.y_test, many.y_test)
    for labels in (few.y, few.y_test):
        counts = np.bincount(labels)
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("name", ["co2", "digits", "bars", "textures"])
@pytest.mark.parametrize(
    ("n", "error"),
    [(0, ValueError), (-1, ValueError), (2.5, TypeError), (True, TypeError)],
)
def test_a_bad_n_is_named(name, n, error):
    with pytest.raises(error, match=rf"n must be .*{re.escape(str(n))}"):
        datasets.load(name, n=n)


def test_n_beyond_the_end_and_n_of_a_photograph():
    with pytest.raises(ValueError, match="n must be <= 2284, got 2285"):
        datasets.co2(n=2285)
    with pytest.raises(ValueError, match="'camera' is one photograph: leave n out"):
        datasets.load("camera", n=3)


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (0.5, TypeError)])
def test_a_bad_seed_is_named(seed, error):
    with pytest.raises(error, match=f"seed must be .*{seed}"):
        datasets.load("melody", seed=seed)


# ---- made signals: the truth in `about` is true --------------------------------------


@pytest.mark.parametrize("seed", [0, 1])
def test_melody_has_the_pitches_it_says(seed):
    tune = datasets.melody(seed=seed)
    starts, pitches = tune.about["starts"], tune.about["pitches"]
    assert len(starts) == len(pitches) == 8
    for start, pitch in zip(starts, pitches, strict=True):
        note = tune.x[start : start + 3600]
        spectrum = np.abs(np.fft.rfft(note * np.hanning(len(note)), 2**18))
        hertz = np.fft.rfftfreq(2**18, 1 / tune.rate)
        near = np.flatnonzero((hertz > 0.8 * pitch) & (hertz < 1.2 * pitch))
        measured = hertz[near[spectrum[near].argmax()]]
        assert abs(1200 * np.log2(measured / pitch)) < 3  # cents; a semitone is 100


def test_melody_is_loud_enough_and_does_not_clip():
    x = datasets.melody().x
    assert np.abs(x).max() == pytest.approx(0.9)
    assert abs(x.mean()) < 0.005


def echoes_by_loops(about, samples):
    """Return the start of an impulse response, image by image, in plain Python."""
    h = np.zeros(samples)
    size, source, ear = about["size"], about["speaker"], about["microphone"]
    direct = np.subtract(source, ear)
    d0 = np.linalg.norm(direct)
    for cell in np.ndindex(9, 9, 9):  # the room and its copies, mirrored in turn
        where = np.subtract(cell, 4)
        image = [
            c * s + (p if c % 2 == 0 else s - p)
            for c, s, p in zip(where, size, source, strict=True)
        ]
        way = np.subtract(image, ear)
        d = np.linalg.norm(way)
        delay = round((d - d0) / about["speed"] * 11025)
        if delay < samples:
            gain = about["reflection"] ** np.abs(where).sum()
            h[delay] += gain * d0 / d * (way @ direct) / (d * d0)
    return h


def test_room_is_the_sum_over_mirror_images():
    room = datasets.room()
    np.testing.assert_allclose(
        room.x[:330], echoes_by_loops(room.about, 330), atol=1e-12
    )
    assert room.x[0] == 1.0
    assert np.abs(room.x[1:]).max() < 1


def test_room_first_echoes_are_where_about_says():
    room = datasets.room()
    delays, gains = room.about["delays"], room.about["gains"]
    assert delays[0] == 0
    assert gains[0] == 1.0
    assert len(delays) == len(gains) == 7  # the direct sound and six walls
    np.testing.assert_allclose(room.x[delays[:4]], gains[:4])  # nothing else comes then
    between = np.setdiff1d(np.arange(delays[3]), delays)
    assert not room.x[between].any()


def test_room_decays_as_it_says():
    room = datasets.room()
    assert 0.3 <= room.about["decay"] <= 0.6
    # independent of Schroeder's curve: the level of one stretch against a later one
    early, late = (np.sum(room.x[s : s + 800] ** 2) for s in (800, 3000))
    slope = 10 * np.log10(early / late) / (2200 / 11025)
    assert 60 / slope == pytest.approx(room.about["decay"], rel=0.1)


def test_made_signals_are_the_same_on_any_machine():
    np.testing.assert_allclose(
        datasets.melody().x[[100, 5000, 20000, 33000]],
        [
            0.08148513769007228,
            -0.22455755123994725,
            0.038402287861312466,
            -0.0243332446641931,
        ],
        atol=1e-12,
    )
    np.testing.assert_allclose(
        datasets.room().x[[27, 500, 2000, 5511]],
        [
            0.4912066115702479,
            -0.02267204291762867,
            0.00045586405622288176,
            2.26265481494e-05,
        ],
        atol=1e-12,
    )


def test_bars_lie_at_the_angle_they_say():
    made = datasets.bars(n=800)
    assert made.about["angles"] == [0, 45, 90, 135]
    steps = [(0, 8), (-6, 6), (-8, 0), (-6, -6)]  # rows and columns along each angle
    areas = []
    for label in range(4):
        x = made.x[made.y == label, ..., 0]
        likeness = [np.mean(x * np.roll(x, step, axis=(1, 2))) for step in steps]
        own = likeness.pop(label)
        assert own > 5 * max(likeness)
        areas.append(np.mean(x**2) - 0.3**2)  # less the noise
    assert max(areas) < 1.2 * min(areas)  # as long in each direction
    other = datasets.bars(n=10, angles=(30, 60))
    assert set(other.y) == {0, 1}
    with pytest.raises(ValueError, match="angles must be at least two"):
        datasets.bars(angles=(0,))


def likeness(photograph, patch):
    """Return the correlation coefficient of a patch with each place of a photograph."""
    photograph = photograph.astype(float)
    area = signal.correlate(photograph, patch, "valid", "fft")
    ones = np.ones_like(patch)
    mean = signal.correlate(photograph, ones, "valid", "fft") / patch.size
    square = signal.correlate(photograph**2, ones, "valid", "fft") / patch.size
    return area / patch.size / np.sqrt(np.maximum(square - mean**2, 1e-9))


def test_texture_patches_come_from_their_photograph_and_half():
    made = datasets.textures(n=9)
    assert made.about["classes"] == ("brick", "grass", "gravel")
    np.testing.assert_allclose(made.x.mean(axis=(1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(made.x.std(axis=(1, 2, 3)), 1, atol=1e-4)
    for x, y, upper in ((made.x, made.y, True), (made.x_test, made.y_test, False)):
        for label, name in enumerate(made.about["classes"]):
            patch = x[np.flatnonzero(y == label)[0], ..., 0].astype(float)
            found = likeness(datasets.load(name).x, patch)
            row = np.unravel_index(found.argmax(), found.shape)[0]
            assert found.max() > 0.9999
            assert (row <= 256 - 32) if upper else (row >= 256)


# ---- degraded photographs ------------------------------------------------------------

CORNER = np.array([[0.1, 0.2, 0.0], [0.0, 0.3, 0.1], [0.0, 0.0, 0.3]])


@pytest.mark.parametrize(
    "kernel", [CORNER, CORNER[:2], CORNER[:, :2], np.full((1, 15), 1 / 15)]
)
def test_degraded_is_a_true_convolution(kernel):
    made = datasets.degraded("camera", blur=kernel, noise=0)
    wanted = ndimage.convolve(made.y, kernel, mode="reflect")
    np.testing.assert_allclose(made.x, wanted, atol=1e-12)
    np.testing.assert_array_equal(made.about["kernel"], kernel)


def test_degraded_in_colour_by_a_gaussian():
    made = datasets.degraded("coffee", blur=1.5, noise=0)
    assert made.about["kernel"].sum() == pytest.approx(1)
    wanted = ndimage.gaussian_filter(made.y, (1.5, 1.5, 0), radius=(5, 5, 0))
    np.testing.assert_allclose(made.x, wanted, atol=1e-12)


def test_degraded_keeps_the_truth_and_has_the_noise_it_says():
    photo = datasets.camera().x
    made = datasets.degraded(photo, blur=0, noise=0.05, seed=3)
    np.testing.assert_allclose(made.y, photo / 255)
    assert np.std(made.x - made.y) == pytest.approx(0.05, rel=0.01)
    again, other = (datasets.degraded(photo, 0, 0.05, seed=s) for s in (3, 4))
    np.testing.assert_array_equal(made.x, again.x)
    assert (made.x != other.x).any()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"blur": -1}, "blur must be >= 0, got -1"),
        ({"blur": np.ones(3)}, r"blur must be a number or a kernel \(kh, kw\)"),
        ({"noise": -0.1}, r"noise must be >= 0, got -0\.1"),
        ({"photo": np.zeros(5)}, r"photo must be an image .* got shape \(5,\)"),
        ({"photo": "co2"}, r"photo must be an image .* got shape \(2284,\)"),
    ],
)
def test_degraded_names_a_bad_argument(given, message):
    with pytest.raises(ValueError, match=message):
        datasets.degraded(**given)


# ---- the recorded network ------------------------------------------------------------


def correlated(x, kernels):
    """Return the correlation of images (N, H, W, C) with kernels (kh, kw, C, F)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernels.shape[:2], (1, 2))
    return np.einsum("nhwcij,ijcf->nhwf", windows, kernels, optimize=True)


def test_the_recorded_network_is_as_right_as_it_says():
    net, data = datasets.recorded("texture_cnn"), datasets.textures(n=3)
    a = np.maximum(correlated(data.x_test, net["w"]) + net["b"], 0)
    a = a.reshape(600, 13, 2, 13, 2, 8).mean(axis=(2, 4))
    a = np.maximum(correlated(a, net["w2"]) + net["b2"], 0)
    scores = a.mean(axis=(1, 2)) @ net["w3"] + net["b3"]
    right = np.mean(scores.argmax(axis=1) == data.y_test)
    assert right == pytest.approx(float(net["accuracy"]), abs=2 / 600)
    assert right > 0.9
    assert f"{net['accuracy']:.4f}" in make_data.sources()


def test_the_recorded_kernels_are_smooth():
    w = datasets.recorded("texture_cnn")["w"]
    assert w.shape == (7, 7, 1, 8)
    assert w.dtype == np.float32
    for kernel in np.moveaxis(w[:, :, 0], -1, 0):
        kernel = kernel - kernel.mean()
        neighbours = np.mean(kernel[1:] * kernel[:-1]) + np.mean(
            kernel[:, 1:] * kernel[:, :-1]
        )
        assert neighbours > 0.5 * np.mean(kernel**2)  # near 0 for noise, 2 at most


def test_an_unknown_recording_is_named():
    with pytest.raises(
        ValueError, match="name must be one of 'texture_cnn', 'ten_seeds', .*'resnet'"
    ):
        datasets.recorded("resnet")


# ---- full sets, from a small cache in the format of Keras ----------------------------


def idx(array):
    """Return an array of bytes in the format of MNIST, zipped."""
    head = bytes([0, 0, 8, array.ndim])
    sizes = b"".join(int(side).to_bytes(4, "big") for side in array.shape)
    return gzip.compress(head + sizes + array.tobytes(), mtime=0)


def small(side, n, seed):
    """Return some images and labels: every class twice, and then some."""
    rng = np.random.default_rng(seed)
    x = rng.integers(256, size=(n, *side), dtype=np.uint8)
    return x, (np.arange(n) % 10).astype(np.uint8)


def fake_fashion(folder):
    x, y = small((28, 28), 23, 0)
    x_test, y_test = small((28, 28), 11, 1)
    folder = folder / "fashion-mnist"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(idx(x))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(idx(y))
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(idx(x_test))
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(idx(y_test))
    return x, y, x_test, y_test


def fake_mnist(folder):
    x, y = small((28, 28), 23, 2)
    x_test, y_test = small((28, 28), 11, 3)
    folder.mkdir(parents=True)
    np.savez(folder / "mnist.npz", x_train=x, y_train=y, x_test=x_test, y_test=y_test)
    return x, y, x_test, y_test


def fake_cifar10(folder):
    x, y = small((32, 32, 3), 60, 4)
    folder = folder / "cifar-10-batches-py-target" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    names = [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"]
    for k, name in enumerate(names):
        rows = x[10 * k : 10 * k + 10].transpose(0, 3, 1, 2).reshape(10, -1)
        batch = {b"data": rows, b"labels": y[10 * k : 10 * k + 10].tolist()}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    return x[:50], y[:50], x[50:], y[50:]


FAKES = {"fashion_mnist": fake_fashion, "mnist": fake_mnist, "cifar10": fake_cifar10}


@pytest.fixture
def cache(tmp_path):
    """The folder where Keras would keep its data sets."""
    return tmp_path / "keras" / "datasets"


@pytest.mark.parametrize("name", FULL)
def test_a_full_set_is_read_from_the_cache_of_keras(name, cache):
    wanted = FAKES[name](cache)
    found = datasets.load(name)
    for array, true in zip(
        (found.x, found.y, found.x_test, found.y_test), wanted, strict=True
    ):
        np.testing.assert_array_equal(array, true)
        assert array.flags.writeable
    assert found.x.dtype == np.uint8
    assert found.y.dtype == found.y_test.dtype == np.int64
    assert f"{len(wanted[0])} images for training" in found.about["note"]
    assert re.fullmatch("[0-9a-f]{64}", found.about["sha256"])
    assert {row.name: row.there for row in datasets.available()}[name]


@pytest.mark.parametrize("name", FULL)
def test_n_of_a_full_set_leaves_the_test_part_whole(name, cache):
    wanted = FAKES[name](cache)
    part = datasets.load(name, n=20)
    assert np.bincount(part.y).tolist() == [2] * 10
    np.testing.assert_array_equal(part.x_test, wanted[2])


def test_a_full_set_may_lie_in_the_own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("CONVCOURSE_DATA", str(tmp_path / "own"))
    x, *_ = fake_mnist(tmp_path / "own")
    np.testing.assert_array_equal(datasets.mnist().x, x)


@pytest.mark.parametrize("name", FULL)
def test_a_missing_full_set_names_its_substitute(name, cache):
    entry = CATALOGUE[name]
    with pytest.raises(FileNotFoundError) as caught:
        datasets.load(name)
    message = str(caught.value)
    assert entry.source in message
    assert str(cache) in message
    assert f"datasets.{name}(offline=False)" in message
    assert f"datasets.{entry.instead}()" in message


def test_a_set_with_a_file_missing_is_not_there(cache):
    fake_fashion(cache)
    (cache / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError, match="3 more files are not in"):
        datasets.fashion_mnist()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("fashion_mnist", "fashion-mnist/train-labels-idx1-ubyte.gz"),
        ("mnist", "mnist.npz"),
        ("cifar10", "cifar-10-batches-py-target/cifar-10-batches-py/test_batch"),
    ],
)
@pytest.mark.parametrize(
    "content",
    [b"", b"half a download", idx(np.zeros(3, np.uint8))],
    ids=["empty", "half", "other"],
)
def test_a_damaged_set_is_named(name, file, content, cache):
    FAKES[name](cache)
    (cache / file).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} in .* is damaged .*offline=False"):
        datasets.load(name)


def test_a_pickle_that_would_run_something_is_refused(cache, tmp_path):
    class Trap:
        def __reduce__(self):
            return open, (str(tmp_path / "sprung"), "w")

    fake_cifar10(cache)
    batch = cache / "cifar-10-batches-py-target/cifar-10-batches-py/data_batch_1"
    batch.write_bytes(pickle.dumps(Trap(), protocol=2))
    with pytest.raises(ValueError, match="has no place in a data set"):
        datasets.cifar10()
    assert not (tmp_path / "sprung").exists()


def fake_keras(monkeypatch, load_data):
    """Let `from convcourse.tf import keras` find a Keras that we made."""
    loaders = types.SimpleNamespace(mnist=types.SimpleNamespace(load_data=load_data))
    module = types.ModuleType("convcourse.tf")
    module.keras = types.SimpleNamespace(datasets=loaders)
    monkeypatch.setitem(sys.modules, "convcourse.tf", module)


def test_a_download_goes_through_keras_once(monkeypatch, cache):
    calls = []

    def load_data():
        calls.append(1)
        fake_mnist(cache)

    fake_keras(monkeypatch, load_data)
    assert datasets.load("mnist", offline=False).x.shape == (23, 28, 28)
    assert datasets.load("mnist", offline=False).x.shape == (23, 28, 28)
    assert len(calls) == 1


def test_a_failed_download_names_the_substitute(monkeypatch):
    def load_data():
        raise Exception("URL fetch failure")

    fake_keras(monkeypatch, load_data)
    with pytest.raises(
        ConnectionError, match=r"URL fetch failure.*datasets\.digits\(\)"
    ):
        datasets.mnist(offline=False)


def test_offline_never_opens_a_socket(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, refuse)
    for name in HERE:
        datasets.load(name)
    for name in FULL:
        with pytest.raises(FileNotFoundError):
            datasets.load(name)


def test_keras_reads_the_same_cache(cache):
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("there is no TensorFlow for this platform")
    fake_fashion(cache)
    code = (
        "from convcourse.tf import keras; from convcourse import datasets as d;"
        "(x, y), (u, v) = keras.datasets.fashion_mnist.load_data();"
        "s = d.fashion_mnist();"
        "print((x == s.x).all(), (y == s.y).all(), (u == s.x_test).all(), len(x))"
    )
    assert run(code) == "True True True 23"


def run(code):
    """Return what a fresh Python prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_and_loading_are_light():
    code = (
        "import sys; from convcourse import datasets as d; early = set(sys.modules);"
        "d.co2(); d.camera(); d.page(); d.digits(); d.room(); d.textures(n=3);"
        "heavy = {'scipy', 'matplotlib', 'tensorflow', 'keras', 'skimage', 'pandas'};"
        "print(sorted(heavy & set(sys.modules)), 'PIL' in early)"
    )
    assert run(code) == "[] False"


# ---- tools/make_data.py --------------------------------------------------------------


def test_check_passes_and_writes_nothing(capsys):
    before = {p: p.stat().st_mtime_ns for p in make_data.DATA.iterdir()}
    assert make_data.main(["--check"]) == 0
    assert {p: p.stat().st_mtime_ns for p in make_data.DATA.iterdir()} == before
    assert "as recorded" in capsys.readouterr().out


def test_check_names_what_is_changed_missing_or_strange(monkeypatch, tmp_path, capsys):
    for path in make_data.DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "brick.png").write_bytes(b"no picture")
    (tmp_path / "grass.png").unlink()
    (tmp_path / "model.bin").write_bytes(b"")
    monkeypatch.setattr(make_data, "DATA", tmp_path)
    assert make_data.main(["--check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "brick.png",
        "grass.png",
        "model.bin",
    ]
    assert "missing" in lines[1]


def test_check_sees_an_old_sources_page(monkeypatch, tmp_path, capsys):
    for path in make_data.DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    page = tmp_path / "SOURCES.md"
    page.write_text(page.read_text(encoding="utf-8").replace("CC0", "mine"), "utf-8")
    monkeypatch.setattr(make_data, "DATA", tmp_path)
    assert make_data.main(["--check"]) == 1
    assert "SOURCES.md is not current" in capsys.readouterr().out


def test_npz_is_the_same_whenever_it_is_made(monkeypatch, tmp_path):
    first = make_data.npz(x=np.arange(3), y=np.float32(2))
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert make_data.npz(x=np.arange(3), y=np.float32(2)) == first
    (tmp_path / "a.npz").write_bytes(first)
    with np.load(tmp_path / "a.npz") as stored:
        assert stored["x"].tolist() == [0, 1, 2]
        assert stored["y"] == 2


def test_the_sunspot_table_becomes_one_line_a_month():
    table = (
        b" TITLE\n===\nYear Jan Feb\n1749 58.0 62.6\n\n1750 73.3\n---\nNote: Dec 08.\n"
    )
    lines = make_data.make_sunspots(table).decode().splitlines()
    assert lines == ["year,month,count", "1749,1,58.0", "1749,2,62.6", "1750,1,73.3"]


def test_an_unknown_file_is_refused(capsys):
    with pytest.raises(SystemExit):
        make_data.main(["weights.bin"])
    assert "no recipe for ['weights.bin']" in capsys.readouterr().err


def test_every_shipped_file_has_a_licence_and_a_place_where_it_is_stated():
    for entry in make_data.ALL.values():
        assert entry.licence
        assert entry.stated
        assert not entry.licence.startswith("not stated")
    total = sum((make_data.DATA / file).stat().st_size for file in make_data.ALL)
    assert total < 1_400_000


def test_public_functions_explain_themselves():
    for name in datasets.__all__:
        assert inspect.getdoc(getattr(datasets, name)), name
