"""Pictures of networks: what they show, counted from the arrays that went in."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import figures


@pytest.fixture(autouse=True)
def closed():
    """Close all figures after each test."""
    yield
    plt.close("all")


def titles(fig):
    """Return the titles of a figure's axes."""
    return [ax.get_title(loc="left") or ax.get_title() for ax in fig.axes]


# --- connections


def test_connections_count_the_free_weights_of_a_sliding_kernel():
    w = np.arange(1, 7).reshape(2, 3)  # under it 3 x 3 of 4 x 5 pixels fit
    shared = np.zeros((9, 4, 5))
    for place, (i, j) in enumerate(np.ndindex(3, 3)):
        shared[place, i : i + 2, j : j + 3] = w
    fig = figures.connections(shared.reshape(9, 20))
    assert titles(fig) == [
        "dense: 180 weights",
        "local: 54 weights",
        "shared: 6 weights",
    ]
    drawn = [ax.images[0].get_array() for ax in fig.axes]
    assert np.array_equal(drawn[1] != 0, drawn[2] != 0)
    assert np.array_equal(drawn[2], shared.reshape(9, 20))


# --- curves

HISTORY = {
    "loss": [2.0, 1.0, 0.5],
    "accuracy": [0.3, 0.6, 0.9],
    "val_loss": [2.1, 1.5, 1.9],
    "val_accuracy": [0.3, 0.5, 0.4],
}


def test_curves_draw_both_parts_over_epochs_from_one():
    fig = figures.curves(HISTORY, "dense")
    for ax, what in zip(fig.axes, ("loss", "accuracy"), strict=True):
        train, held = ax.lines[-2:]
        assert train.get_xdata().tolist() == [1, 2, 3]
        assert train.get_ydata().tolist() == HISTORY[what]
        assert held.get_ydata().tolist() == HISTORY[f"val_{what}"]
        assert train.get_linestyle() != held.get_linestyle()  # not by colour alone
    assert titles(fig) == ["dense: loss", "dense: accuracy"]


def test_curves_say_which_argument_of_fit_is_missing():
    with pytest.raises(ValueError, match=r"val_loss.*validation_data"):
        figures.curves({"loss": [1], "accuracy": [1], "val_accuracy": [1]})


# --- runs


def test_runs_draw_a_dot_for_each_run_and_write_the_ends():
    fig = figures.runs({"a": [[0.25], [0.5]], "b": [1.0]}, chance=0.1)
    ax = fig.axes[0]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata().tolist() for line in dots] == [[0.25, 0.5], [1.0]]
    assert [t.get_text() for t in ax.texts] == [".250 to .500", "1.000 to 1.000"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b"]


@pytest.mark.parametrize("named", [{}, {"a": []}])
def test_runs_need_a_run(named):
    with pytest.raises(ValueError, match="named must hold"):
        figures.runs(named)


# --- confusion


def test_confusion_counts_rows_of_truth_and_columns_of_guesses():
    rng = np.random.default_rng(0)
    y, guessed = rng.integers(0, 3, (2, 40))
    table = np.histogram2d(y, guessed, bins=(range(4), range(4)))[0]
    fig = figures.confusion(y, guessed, classes=("a", "b", "c"))
    ax = fig.axes[0]
    written = {t.get_position()[::-1]: int(t.get_text()) for t in ax.texts}
    assert written == {p: n for p, n in np.ndenumerate(table) if n}
    heavy = {t.get_position()[::-1] for t in ax.texts if t.get_fontweight() == "bold"}
    assert heavy == {p for p in written if p[0] != p[1]}
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("true", "guessed")


def test_confusion_of_shares_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"argmax\(axis=1\)"):
        figures.confusion([0, 1], [[0.2, 0.8], [0.5, 0.5]])


# --- tiles


def test_tiles_keep_zero_white_in_each():
    fig = figures.tiles([[[0, 4]], [[-2, 1]]], ["a", "b"])
    ends = [ax.images[0].get_clim() for ax in fig.axes[:2]]
    assert ends == [(-4, 4), (-2, 2)]


def test_tiles_name_the_remedy_for_the_kernels_of_a_layer():
    with pytest.raises(ValueError, match="moveaxis"):
        figures.tiles(np.ones((7, 7, 1, 8)))
    with pytest.raises(ValueError, match="3 images and 2 titles"):
        figures.tiles(np.ones((3, 2, 2)), "ab")


# --- feature maps


def test_feature_maps_draw_every_channel_of_every_layer_in_order():
    rng = np.random.default_rng(0)
    maps = {"1 conv": rng.random((6, 6, 4)), "2 pool": rng.random((3, 3, 20))}
    fig = figures.feature_maps(
        rng.random((8, 8)), maps | {"3 dense": [0.1, 0.9]}, ["cat", "dog"]
    )
    drawn = [ax.images[0].get_array() for ax in fig.axes if ax.images]
    expected = [maps["1 conv"][..., c] for c in range(4)]
    expected += [maps["2 pool"][..., c] for c in range(16)]  # cols=16 at most
    assert len(drawn) == 1 + len(expected)
    assert all(np.array_equal(a, b) for a, b in zip(drawn[1:], expected, strict=True))
    bars = fig.axes[-1]
    assert [bar.get_height() for bar in bars.patches] == [0.1, 0.9]
    assert [t.get_text() for t in bars.get_xticklabels()] == ["cat", "dog"]
    words = " ".join(t.get_text() for t in fig.texts)
    assert "1 conv\n6×6×4" in words
    assert "the image\n8×8" in words


def test_feature_maps_stay_inside_the_figure_and_apart():
    maps = {"a": np.ones((6, 6, 8)), "b": np.ones((3, 3, 16)), "c": np.ones(16)}
    fig = figures.feature_maps(np.ones((8, 8)), maps | {"d": [0.2, 0.8]})
    boxes = [ax.get_position() for ax in fig.axes]
    assert all(0 <= b.x0 and b.x1 <= 1 and 0 <= b.y0 and b.y1 <= 1 for b in boxes)
    for n, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[n + 1 :])


def test_feature_maps_of_a_batch_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"output\[0\]"):
        figures.feature_maps(np.ones((4, 4)), {"conv": np.ones((1, 2, 2, 3))})
