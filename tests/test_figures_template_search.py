"""F4's search against OpenCV and scikit-image, its module against its trace."""

import json
import sys

import cv2
import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures
from convcourse.figures.kernel_lab import photograph
from figures_js import Module, agree, same_trace
from scipy import signal
from skimage.feature import match_template

RNG = np.random.default_rng(42)
SCORES = {
    "plain": cv2.TM_CCORR,
    "zero_mean": cv2.TM_CCOEFF,
    "normalised": cv2.TM_CCOEFF_NORMED,
}
LIGHTS = {
    "same": lambda x: x,
    "pale": lambda x: np.floor(x * 3 / 10) + 40,
    "shadow": lambda x: np.floor(x * np.linspace(508, 127, 128) / 508 + 1e-9),
    "negative": lambda x: 255 - x,
}


@pytest.fixture(scope="module")
def module():
    return Module("template_search")


def random_search():
    """Return a search in any state; small templates are quick in quickjs."""
    height, width = (int(v) for v in RNG.choice([4, 5, 6, 7, 9, 14], 2))
    rows, columns = 129 - height, 129 - width
    return figures.template_search(
        str(RNG.choice(["camera", "coffee", "brick"])),
        int(RNG.integers(rows)),
        int(RNG.integers(columns)),
        height,
        width,
        str(RNG.choice([*SCORES])),
        str(RNG.choice([*LIGHTS])),
        int(RNG.integers(rows)),
        int(RNG.integers(columns)),
    )


SEARCHES = [random_search() for _ in range(210)]


def parts(search):
    """Return picture and template as float arrays."""
    photo = photograph(search.image).astype(float)
    w = photo[search.top :, search.left :][: search.height, : search.width]
    return LIGHTS[search.light](photo), w


def test_every_score_is_opencvs():
    for search in SEARCHES:
        scene, w = parts(search)
        trace = search.trace()
        np.testing.assert_array_equal(trace["scene"].reshape(scene.shape), scene)
        wanted = cv2.matchTemplate(
            np.float32(scene), np.float32(w), SCORES[search.score]
        )
        scores = trace["scores"].reshape(wanted.shape)
        windows = np.lib.stride_tricks.sliding_window_view(scene, w.shape)
        contrast = windows.std(axis=(2, 3))
        bright = contrast > 3  # float32 of OpenCV fails where little varies
        if search.score == "normalised" and w.std() < 1:
            continue
        assert np.abs(scores - wanted)[bright].max() < 5e-3 * np.abs(wanted).max()
        exact = signal.correlate2d(
            scene, w - (search.score != "plain") * w.mean(), "valid"
        )
        if search.score == "normalised":
            exact = match_template(scene, w)
        else:
            bright[:] = True  # here nothing is divided
        np.testing.assert_allclose(scores[bright], exact[bright], 1e-9, 1e-6)


def test_each_score_comes_out_of_the_one_before():
    for search in SEARCHES[:80]:
        t, (scene, w) = search.trace(), parts(search)
        window = scene[search.row :, search.column :][: search.height, : search.width]
        assert t["plain"] == (w * window).sum()
        assert np.isclose(t["brightness"], w.size * w.mean() * window.mean())
        assert np.isclose(t["brightness"] + t["likeness"], t["plain"])
        assert np.isclose(t["contrast_w"], np.linalg.norm(w - w.mean()))
        assert np.isclose(t["contrast_x"], np.linalg.norm(window - window.mean()))
        if w.std() and window.std():
            wanted = np.corrcoef(w.ravel(), window.ravel())[0, 1]
            assert np.isclose(t["coefficient"], wanted, atol=1e-9)


def test_normalised_every_template_finds_itself():
    for search in SEARCHES:
        light = "pale" if search.light == "pale" else "same"
        found = search.set(score="normalised", light=light).trace()
        own = found["scores"].reshape(found["high"], -1)[search.top, search.left]
        if parts(search)[1].std() > 3:  # rounding to whole greys spoils a flat one
            assert own > (0.9 if light == "pale" else 0.999999)
            assert found["best"] - own < 0.1
        if light == "same" and parts(search)[1].std() > 0:
            assert found["best"] < own + 1e-9


def test_only_the_normalised_score_finds_the_tower():
    tower = figures.template_search()
    for light, finders in [
        ("same", ["normalised"]),
        ("pale", ["normalised"]),
        ("shadow", ["normalised"]),
        ("negative", []),
    ]:
        found = []
        for score in SCORES:
            t = tower.set(score=score, light=light).trace()
            if (t["best_row"], t["best_column"]) == (29, 101):
                found.append(score)
        assert found == finders


def test_the_module_computes_and_says_what_numpy_does(module):
    # one call for all that `agree` asks: a search is slow in quickjs
    module.context.eval(
        "globalThis.all = (state, data) => { const given = JSON.parse(data);"
        "const now = figure.settle(JSON.parse(state), given);"
        "const t = figure.trace(now, given), scores = [...t.scores], scene = [...t.scene];"
        "return JSON.stringify([now, figure.sentence(now, t), {...t, scores, scene}]); }"
    )
    call = module.context.get("all")
    data = json.dumps(SEARCHES[0].data())
    for search in SEARCHES:
        settled, sentence, trace = json.loads(call(json.dumps(search.state), data))
        assert (settled, sentence) == (search.state, search.describe())
        same_trace(search.trace(), trace)
    agree(module, SEARCHES[0])


def test_the_corners(module):
    for score in SCORES:
        for place in ((0, 0), (104, 104)):
            big = figures.template_search("brick", *place, 24, 24, score)
            agree(module, big.set(height=4, width=4, row=124, column=124))
        agree(module, big)


def test_no_contrast_is_no_match(module, monkeypatch):
    room = sys.modules["convcourse.figures.template_search"]
    flat = np.full((128, 128), 7, np.uint8)
    flat[60:, 60:] = 9
    monkeypatch.setattr(room, "photograph", lambda name: flat)
    room._window_sums.cache_clear()
    search = figures.template_search(top=0, left=0, score="normalised")
    assert "0, for there is no contrast" in search.describe()
    assert search.trace()["best"] == 0
    agree(module, search)
    agree(module, search.set(top=50, left=57))
    room._window_sums.cache_clear()


def test_the_sentence():
    search = figures.template_search()
    assert search.describe() == (
        "The template has 20 by 9 pixels and was cut from camera at row 29, column 101. "
        "Score plain at row 29, column 101: 8\u202f046\u202f307 + 76\u202f894 ≈ "
        "8\u202f123\u202f201. The best of 13080 places is row 25, column 4, with "
        "8\u202f317\u202f787: not the right one."
    )
    negative = search.set(score="normalised", light="negative", row=30).describe()
    assert "column 101; then the picture became its negative. Score norm" in negative
    assert "(277.2978·351.731) ≈ −0.8317. The best" in negative


def test_the_window_stays_inside(module):
    search = figures.template_search(top=124, left=124, height=4, width=4)
    settled = module("settle", search, height=20, width=10)
    assert [settled[k] for k in ("top", "left", "row", "column")] == [108, 118] * 2
    settled = module("settle", search, row=-7, column=500)
    assert (settled["row"], settled["column"]) == (0, 124)


def test_bad_arguments_are_named():
    for wrong, message in [
        ({"image": "moon"}, "image must be one of .*'camera'.*, got 'moon'"),
        ({"height": 3}, "height must be a whole number from 4 to 24, got 3"),
        ({"width": 25}, "width must be a whole number from 4 to 24, got 25"),
        ({"top": 109}, "top must be from 0 to 108, got 109: a window of 20 by 9"),
        ({"column": 120}, "column must be from 0 to 119, got 120"),
        ({"score": "best"}, "score must be one of .*, got 'best'"),
        ({"light": "dark"}, "light must be one of .*, got 'dark'"),
    ]:
        with pytest.raises(ValueError, match=message):
            figures.template_search(**wrong)


def test_the_picture_frames_the_find():
    search = figures.template_search(score="normalised", light="pale")
    drawn = search.picture()
    scene, w = parts(search)
    np.testing.assert_array_equal(drawn.axes[0].images[0].get_array(), scene)
    np.testing.assert_array_equal(drawn.axes[1].images[0].get_array(), w)
    assert drawn.axes[0].patches[-1].get_xy() == (100.5, 28.5)
    plt.close(drawn)
    assert len(search.png) > 10_000


def test_the_page_is_small_and_stable():
    page = figures.template_search().html()
    assert page == figures.template_search().html()
    assert len(page.encode()) < 150_000
