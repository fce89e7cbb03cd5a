"""Networks and pictures of chapter 06: reach, data, the recorded runs."""

import inspect

import numpy as np
import pytest
from convcourse import datasets
from convcourse.experiments import dilated
from convcourse.figures import dilated_pictures as pictures
from scipy import ndimage, signal

NETWORKS = [(task, way) for task, ways in dilated.WAYS.items() for way in ways]


@pytest.mark.parametrize("kernel", [2, 3, 5])
@pytest.mark.parametrize("stack", [(1,), (2, 2, 2), (1, 2, 4), (3, 1, 7)])
def test_reach_and_paths_are_those_of_numpys_polynomials(stack, kernel):
    counts = np.ones(1)
    for d in stack:
        comb = np.zeros((kernel - 1) * d + 1)
        comb[::d] = 1
        counts = np.convolve(counts, comb)
    np.testing.assert_array_equal(pictures.paths(stack, kernel), counts)
    assert dilated.reach(stack, kernel) == len(counts)
    seen = np.outer(counts, counts) > 0
    assert pictures.share(stack, kernel) == pytest.approx(seen.mean())


def test_the_pages_are_digits_at_their_places():
    x, y, ink = dilated.pages(5)
    assert x.shape == (5, 36, 36, 1) and y.shape == ink.shape == (5, 36, 36)
    np.testing.assert_array_equal(ink, x[..., 0] > 0.5)
    digits = datasets.digits()
    known = {np.kron(d / 16, np.ones((2, 2))).astype("f").tobytes(): label
             for d, label in zip(digits.x, digits.y, strict=True)}  # fmt: skip
    found = 0
    for i, j in np.ndindex(3, 3):
        patch = np.ascontiguousarray(x[0, i : i + 16, j : j + 16, 0])
        if patch.tobytes() in known:
            found += 1
            assert (y[0, i : i + 16, j : j + 16] == known[patch.tobytes()]).all()
    assert found == 1


def test_pages_for_the_test_hold_other_digits():
    ours, theirs = dilated.pages(20)[0], dilated.pages(20, new_hands=True)[0]
    assert not np.array_equal(ours, theirs)
    late = {
        d.tobytes() for d in (datasets.digits().x[dilated.WRITERS :] / 16).astype("f")
    }
    for x, expected in ((ours, False), (theirs, True)):
        halved = [
            x[n, i : i + 16 : 2, j : j + 16 : 2, 0].tobytes()
            for n in range(20) for i, j in np.ndindex(3, 3)
        ]  # fmt: skip
        assert any(one in late for one in halved) is expected


@pytest.mark.parametrize("note", [0, 5, 11])
def test_a_plucked_string_repeats_after_its_period(note):
    x, y = dilated.plucked(120, seed=2)
    assert x.shape == (120, 400, 1) and np.bincount(y).tolist() == [10] * 12
    period = dilated.periods()[note]
    for sound in x[y == note, :, 0][:4].astype(float):
        sound = sound - sound.mean()
        again = signal.correlate(sound, sound)[399:]
        near = slice(int(0.75 * period), int(1.25 * period))
        assert abs(near.start + again[near].argmax() - period) <= 1.5


def test_the_linear_model_is_least_squares_on_the_months_before():
    x = datasets.sunspots().x / 100
    known = np.arange(2, dilated.CUT - 12)
    a = np.stack([x[known], x[known - 1], x[known - 2], np.ones(len(known))], 1)
    weights = np.linalg.lstsq(a, x[known + 12], rcond=None)[0]
    test = np.arange(dilated.CUT - 12, len(x) - 12)
    expected = weights[3] + sum(weights[k] * x[test - k] for k in range(3))
    made = dilated.autoregression(3, penalty=0)
    np.testing.assert_allclose(made, 100 * expected)
    assert len(made) == len(x) - dilated.CUT


def test_the_penalty_is_what_the_last_thirty_years_before_the_cut_choose():
    x = datasets.sunspots().x / 100
    first, months = dilated.CUT - 360, 127
    windows = np.lib.stride_tricks.sliding_window_view(
        x, months
    )  # row r ends at r + 126
    learn, look = windows[: first - 138], windows[first - 138 : dilated.CUT - 138]

    def error(penalty):
        long = np.vstack(
            [np.c_[learn, np.ones(len(learn))], np.sqrt(penalty) * np.eye(128)]
        )
        answers = np.r_[x[138:first], np.zeros(128)]
        weights = np.linalg.lstsq(long, answers, rcond=None)[0]
        made = look @ weights[:-1] + weights[-1]
        return np.sqrt(np.mean((made - x[first : dilated.CUT]) ** 2))

    tried = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]
    assert min(tried, key=error) == 10
    default = inspect.signature(dilated.autoregression).parameters["penalty"].default
    assert default == 10


@pytest.mark.parametrize("months", [0, 1000])
def test_a_look_back_that_cannot_be_is_refused(months):
    with pytest.raises(ValueError, match=f"months must be 1 to .*got {months}"):
        dilated.autoregression(months)


@pytest.mark.parametrize("function", [dilated.recorded, dilated.network])
def test_unknown_tasks_and_ways_are_refused(function):
    with pytest.raises(ValueError, match="task must be one of .*'pages'.*'cats'"):
        function("cats", "plain")
    with pytest.raises(ValueError, match="way must be one of .*'plain'.*'gridded'"):
        function("pitch", "gridded")


# --- what the chapter says of thirty runs


def recorded(task):
    """Return the recorded scores of a task's networks, in the order of `WAYS`."""
    return [dilated.recorded(task, way) for way in dilated.WAYS[task]]


def test_each_network_has_thirty_runs_of_its_own():
    names = {f"{task}_{way}" for task, way in NETWORKS}
    assert set(datasets.recorded("dilated")) == names
    for task, way in NETWORKS:
        assert dilated.recorded(task, way).shape == (dilated.SEEDS,) == (30,)
        assert len(np.unique(dilated.recorded(task, way))) > 15


def test_what_the_chapter_says_of_the_sunspots():
    plain, far = recorded("sunspots")
    assert (far < plain.min()).sum() == 29 and far.max() < 33
    truth = datasets.sunspots().x[dilated.CUT :]
    short, long = (dilated.rmse(dilated.autoregression(n), truth) for n in (13, 127))
    assert 0.5 < long - far.mean() < 1.5  # about one sunspot
    assert 4.5 < plain.mean() - far.mean() < 5.5
    assert 15 < (far < long).sum() < 30  # mostly
    assert abs(plain.mean() - short) < 1.5
    present = datasets.sunspots().x[dilated.CUT - 12 : -12]
    assert plain.max() < dilated.rmse(present, truth)


def test_what_the_chapter_says_of_pitch_and_pages():
    plain, far = recorded("pitch")
    assert plain.max() < 0.2 and far.min() > 0.8
    near, far, gridded = recorded("pages")
    assert 0.15 < near.min() and near.max() < 0.5 < far.min()
    assert near.mean() + 0.15 < gridded.mean() < far.mean() - 0.15


# --- the networks


@pytest.mark.parametrize("task", dilated.WAYS)
def test_networks_of_a_task_have_equally_many_weights(task):
    pytest.importorskip("tensorflow")
    made = [dilated.network(task, way) for way in dilated.WAYS[task]]
    assert len({model.count_params() for model in made}) == 1


@pytest.mark.parametrize(("task", "way"), NETWORKS)
def test_a_network_sees_what_its_dilations_say(task, way):
    """With weights above zero no ReLU hides a sample."""
    keras = pytest.importorskip("convcourse.tf").keras
    import tensorflow as tf

    model = dilated.network(task, way)
    last = [layer for layer in model.layers if "Conv" in type(layer).__name__][-1]
    maps = keras.Model(model.inputs, last.output)
    maps.set_weights([np.abs(w) for w in maps.get_weights()])
    counts = pictures.paths(dilated.WAYS[task][way])
    r = len(counts)
    x = tf.ones((1, r, r, 1) if task == "pages" else (1, r, 1))
    at = {"pages": r // 2, "pitch": 0, "sunspots": r - 1}[task]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = maps(x)
        one = tf.reduce_sum(y[0, at, at] if task == "pages" else y[0, at])
    seen = tape.gradient(one, x)[0, ..., 0].numpy() > 0
    expected = np.outer(counts, counts) if task == "pages" else counts
    np.testing.assert_array_equal(seen, expected > 0)


@pytest.mark.parametrize("way", dilated.WAYS["sunspots"])
def test_a_forecast_depends_on_its_reach_and_on_nothing_later(way):
    pytest.importorskip("tensorflow")
    model, r = (
        dilated.network("sunspots", way),
        dilated.reach(dilated.WAYS["sunspots"][way]),
    )
    x = np.random.default_rng(0).normal(size=(1, 300, 1)).astype("f")
    before = model(x).numpy()[0, :, 0]
    for place, same in (
        (201, True),
        (200, False),
        (200 - r + 1, False),
        (200 - r, True),
    ):
        other = x.copy()
        other[0, place] += 1000
        assert (
            np.isclose(model(other).numpy()[0, 200, 0], before[200], atol=1e-5) == same
        )


#: How far a run may end from the recorded one, on another kind of processor.
NEAR = {"sunspots": 0.5, "pitch": 0.1, "pages": 0.05}


@pytest.mark.slow
@pytest.mark.parametrize(("task", "way"), NETWORKS)
def test_a_run_today_is_like_the_recorded_one(task, way):
    pytest.importorskip("tensorflow")
    then = {other: dilated.recorded(task, other)[3] for other in dilated.WAYS[task]}
    wanted = then.pop(way)
    assert min(abs(wanted - run) for run in then.values()) > 2 * NEAR[task]
    assert dilated.run(task, way, seed=3) == pytest.approx(wanted, abs=NEAR[task])


# --- the pictures


def test_the_tree_ends_where_the_reach_ends():
    fig = pictures.tree((1, 2, 4, 8))
    lines = [line.get_xydata() for line in fig.axes[0].lines]
    edges = [line for line in lines if len(line) == 2 and line[:, 1].min() == 0]
    ends = [line[:, 0].min() for line in edges]
    assert min(ends) == 17 - (dilated.reach((1, 2, 4, 8), 2) - 1)
    pictures.plots.plt.close(fig)


def test_seen_pixels_are_those_a_stack_of_scipys_filters_reaches():
    fig = pictures.seen([(2, 4)])
    image = np.zeros((13, 13))
    image[6, 6] = 1
    for d in (2, 4):
        comb = np.zeros((2 * d + 1, 2 * d + 1))
        comb[::d, ::d] = 1
        image = ndimage.convolve(image, comb, mode="constant")
    np.testing.assert_array_equal(fig.axes[0].images[0].get_array(), image > 0)
    pictures.plots.plt.close(fig)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: pictures.tree(()),
        lambda: pictures.seen([]),
        lambda: pictures.scores({}, "x"),
    ],
)
def test_nothing_to_draw_is_refused(draw):
    with pytest.raises(ValueError, match="must hold"):
        draw()
