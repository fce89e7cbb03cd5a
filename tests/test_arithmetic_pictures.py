"""What the pictures of chapter 05 show, counted on the drawn figure."""

import numpy as np
import pytest
from convcourse import arithmetic, plots
from convcourse.figures import arithmetic_pictures as pictures
from matplotlib.colors import to_hex


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plots.plt.close("all")


def boxes(ax, colour):
    """Return the places (column, row) of the boxes of one colour."""
    return sorted(
        (round(box.get_x() + 0.42), round(box.get_y() + 0.42))
        for box in ax.patches
        if to_hex(box.get_facecolor()).upper() == plots.COLOURS[colour]
    )


@pytest.mark.parametrize(
    "setting, starts, unread, padded",
    [
        ((7, 3), [0, 1, 2, 3, 4], [], 0),
        ((10, 3, 2), [0, 2, 4, 6], [9], 0),
        ((6, 3, 2, "same"), [0, 2, 4], [], 1),
        ((6, 3, 2, 1), [-1, 1, 3], [], 2),
        ((12, 3, 3, 1, 2), [-1, 2, 5, 8], [0, 11], 2),
        ((8, 2, 3), [0, 3, 6], [2, 5], 0),
    ],
)
def test_windows_shows_each_window_and_what_is_left_out(
    setting, starts, unread, padded
):
    ax = pictures.windows(*setting).axes[0]
    kernel, dilation = setting[1], setting[4] if len(setting) > 4 else 1
    expected = [
        (start + tap * dilation, row)
        for row, start in enumerate(starts, 1)
        for tap in range(kernel)
    ]
    assert boxes(ax, "w") == sorted(expected)
    read = [place for place in range(setting[0]) if place not in unread]
    assert boxes(ax, "x") == [(place, 0) for place in read]
    dotted = [box for box in ax.patches if box.get_linestyle() in (":", "dotted")]
    assert len(dotted) == padded
    crossed = [line for line in ax.lines if line.get_color() == plots.COLOURS["error"]]
    assert sorted({round(np.mean(line.get_xdata())) for line in crossed}) == unread
    assert [t.get_text() for t in ax.texts if t.get_text().startswith("y[")] == [
        f"y[{i}]" for i in range(len(starts))
    ]


def test_relations_are_the_cases_of_the_guide():
    """oracles.md 7.1: outputs of the eight cases, and a panel for each."""
    cases = pictures.RELATIONS
    made = [arithmetic.output_length(*case) for case in cases.values()]
    assert made == [2, 6, 5, 7, 2, 3, 3, 3]
    for title, (n, kernel, stride, padding, dilation) in cases.items():
        told = dict(p.split("=") for p in title.partition(": ")[2].split(", "))
        values = {"s": 1, "p": 0, "d": 1} | {name: int(v) for name, v in told.items()}
        setting = {"n": n, "k": kernel, "s": stride, "p": padding, "d": dilation}
        assert values == setting, title
    axes = pictures.cases(cases).axes
    rows = [sum(t.get_text().startswith("y[") for t in ax.texts) for ax in axes]
    assert rows == made


def test_regions_outlines_what_a_unit_sees():
    field = arithmetic.receptive_field([(3, 2, 1), (3, 1, 1)])
    ax = pictures.regions(np.zeros((20, 20)), {"two": field}, lambda field: 0).axes[0]
    outlines = {(box.get_x(), box.get_y(), box.get_width()) for box in ax.patches}
    assert outlines == {(-3.5, -3.5, 7)}  # pixel -3 is drawn from -3.5 on
    assert ax.get_legend().get_texts()[0].get_text() == "two: 7 x 7"


def test_costs_draws_the_numbers_of_the_table():
    net = arithmetic.trace(arithmetic.networks.lenet5(), (32, 32, 1))
    axes = pictures.costs(net, kinds=("conv", "dense")).axes
    rows = [row for row in net.rows if row.kind in ("conv", "dense")]
    for ax, column in zip(axes, ("parameters", "macs", "activations"), strict=True):
        drawn = [bar.get_width() for bar in ax.patches]
        assert drawn == [getattr(row, column) for row in rows]
    assert [t.get_text() for t in axes[0].get_yticklabels()] == [r.name for r in rows]


def test_usage_maps_share_one_scale():
    axes = pictures.usage_maps({"a": [1, 2, 1], "b": [3, 3, 3]}).axes
    assert [ax.images[0].get_clim() for ax in axes] == [(0, 9), (0, 9)]
    assert np.array_equal(axes[0].images[0].get_array(), np.outer([1, 2, 1], [1, 2, 1]))


def test_field_map_is_scaled_to_its_peak():
    ax, below = pictures.field_map(4 * np.outer([1, 2, 1], [1, 2, 1]), 1).axes
    assert ax.images[0].get_array().max() == 1
    assert below.lines[0].get_xdata().tolist() == [-1, 0, 1]
    assert below.lines[0].get_ydata().tolist() == [0.5, 1, 0.5]
