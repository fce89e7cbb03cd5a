"""The figures of chapter 03 show what NumPy and SciPy compute, and refuse the rest."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse.figures import conventions
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import signal

SIGNALS = st.lists(st.integers(-9, 9), min_size=1, max_size=7)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def written(ax):
    """Return the numbers beside the markers of an axis, by place."""
    pairs = ((int(t.xy[0]), float(t.get_text())) for t in ax.texts)
    return dict(pairs)


@settings(max_examples=25, deadline=None)
@given(SIGNALS, SIGNALS, st.data())
def test_the_sums_are_those_of_numpy(x, w, data):
    n = data.draw(st.integers(0, len(x) - 1))
    fig = conventions.sums_beside(x, w, n)
    left, right = fig.axes[4:]
    # correlation by its own definition: y[m] = sum w[k] x[m + k]
    get = dict(enumerate(x))
    sums = {
        m: sum(v * get.get(m + k, 0) for k, v in enumerate(w))
        for m in range(1 - len(w), len(x))
    }
    assert written(left) == pytest.approx(sums)
    assert written(right) == pytest.approx(dict(enumerate(np.convolve(x, w))))
    for ax, value in ((left, sums[n]), (right, np.convolve(x, w)[n])):
        assert ax.get_title(loc="left").endswith(f"= {value:g}")
    plt.close(fig)


def test_the_kernel_lies_as_it_is_on_the_left_and_flipped_on_the_right():
    fig = conventions.sums_beside([3, 1, 4, 1, 5], [2, -1, 0.5], n=2)
    assert written(fig.axes[2]) == {2: 2, 3: -1, 4: 0.5}
    assert written(fig.axes[3]) == {0: 0.5, 1: -1, 2: 2}


@pytest.mark.parametrize("n", [-1, 3])
def test_a_place_beside_the_signal_is_refused(n):
    with pytest.raises(ValueError, match="n must be from 0 to 2"):
        conventions.sums_beside([1, 2, 3], [1, 1], n)


@settings(max_examples=20, deadline=None)
@given(
    arrays(
        float, st.sampled_from([(3, 3), (1, 5), (5, 3)]), elements=st.integers(-9, 9)
    ),
    st.integers(0, 7),
    st.integers(0, 8),
)
def test_the_impulse_is_answered_as_scipy_answers_it(w, row, col):
    fig = conventions.impulse_beside(w, row, col, shape=(8, 9))
    shown = [ax.images[0].get_array().data for ax in fig.axes]
    impulse = np.zeros((8, 9))
    impulse[row, col] = 1
    assert np.array_equal(shown[0], impulse)
    assert np.array_equal(shown[1], w)
    assert np.allclose(shown[2], signal.correlate2d(impulse, w, "same"))
    assert np.allclose(shown[3], signal.convolve2d(impulse, w, "same"))
    plt.close(fig)


@pytest.mark.parametrize("w", [[1, 2, 3], [[1, 2]], [[1], [2]]])
def test_a_kernel_without_a_middle_is_refused(w):
    with pytest.raises(ValueError, match="odd height and width"):
        conventions.impulse_beside(w, 1, 1)


@pytest.mark.parametrize("place", [(-1, 0), (0, 9), (9, 0)])
def test_an_impulse_beside_the_image_is_refused(place):
    with pytest.raises(ValueError, match="inside an image"):
        conventions.impulse_beside(np.ones((3, 3)), *place)


def test_frames_stand_around_the_finds_in_their_order():
    picture = np.tile(np.arange(300.0), (40, 1))  # beyond 255: drawn white, not wrapped
    fig = conventions.frames(picture, [(5, 9), (20, 3)], shape=(4, 6))
    (ax,) = fig.axes
    assert [p.get_xy() for p in ax.patches] == [(8.5, 4.5), (2.5, 19.5)]
    assert {(p.get_height(), p.get_width()) for p in ax.patches} == {(4, 6)}
    assert [t.get_text() for t in ax.texts] == ["1", "2"]
    assert ax.images[0].get_array()[0, 299] == 255


def test_learned_kernels_share_one_scale():
    fig = conventions.learned(
        {"a": [[1.0, -0.001]], "b": [[4.0, 2.0]]}, {"one": [1, 0.1], "two": [2, 0.2]}
    )
    assert {ax.images[0].get_clim() for ax in fig.axes[:2]} == {(-4.0, 4.0)}
    assert [t.get_text() for t in fig.axes[0].texts] == ["1", "0"]
    drawn = [line.get_ydata().tolist() for line in fig.axes[2].lines]
    assert drawn == [[1, 0.1], [2, 0.2]]


@given(arrays(float, (6, 7), elements=st.integers(-99, 99)))
def test_the_first_peak_is_the_largest_score(scores):
    before = scores.copy()
    place = conventions.best(scores)
    assert scores[place] == scores.max()
    assert conventions.peaks(scores, 1, (3, 3)) == [place]
    assert np.array_equal(scores, before)


@given(arrays(float, (9, 9), elements=st.integers(-99, 99)), st.integers(1, 6))
def test_peaks_fall_and_keep_apart(scores, count):
    places = conventions.peaks(scores, count, (4, 6))
    values = [scores[p] for p in places]
    assert values == sorted(values, reverse=True)
    for k, (row, col) in enumerate(places):
        for r, c in places[:k]:
            assert 2 * abs(row - r) >= 4 or 2 * abs(col - c) >= 6


def test_no_more_peaks_than_there_is_room_for():
    assert conventions.peaks([[1, 2]], 5, (1, 9)) == [(0, 1)]


@pytest.mark.parametrize(
    ("scores", "count", "message"),
    [
        ([1, 2], 1, "2-D"),
        ([[1, np.nan]], 1, "1 NaN"),
        ([[1, 2]], 0, "count must be at least 1"),
    ],
)
def test_what_is_no_map_of_scores_is_refused(scores, count, message):
    with pytest.raises(ValueError, match=message):
        conventions.peaks(scores, count, (1, 1))
