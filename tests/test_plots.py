"""Drawings: what is drawn is what was given, and nothing is said by colour alone."""

import base64
import io
import wave

import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import plots
from drawings import marks
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput
from matplotlib.figure import Figure
from PIL import Image


@pytest.fixture(autouse=True)
def no_figure_left():
    yield
    plt.close("all")


@pytest.fixture
def ax():
    return plots.panels()[1]


@pytest.fixture
def shown(monkeypatch):
    """Collect what a notebook would store: (data, metadata) per output."""
    outputs = []

    def keep(thing):
        outputs.append(thing._repr_mimebundle_())

    monkeypatch.setattr("IPython.display.display", keep)
    return outputs


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def has_zero_line(ax):
    lines = [drawn.get_ydata() for drawn in ax.lines]
    return any(len(y) == 2 and not np.any(y) for y in lines)


# -- the look ----------------------------------------------------------------------
def test_every_symbol_has_its_own_colour_marker_and_line():
    assert list(plots.COLOURS) == ["x", "w", "y", "true", "error"]
    for look in (plots.COLOURS, plots.MARKERS, plots.STYLES):
        assert list(look) == list(plots.COLOURS)
        assert len({str(value) for value in look.values()}) == len(look)


def test_symbols_differ_in_grey_or_in_marker_for_people_who_see_no_colour(ax):
    for place, symbol in enumerate(plots.COLOURS):
        plots.stems(ax, [1], start=place, symbol=symbol)
    drawn = [m.get_marker() for m in ax.lines if m.get_marker() not in ("None", "")]
    assert len(set(drawn)) == len(plots.COLOURS)


def test_setup_sets_size_resolution_and_printing():
    plt.rcdefaults()
    np.set_printoptions(precision=8, suppress=False)
    plots.setup()
    assert plt.rcParams["figure.dpi"] == plt.rcParams["savefig.dpi"] == 100
    assert str(np.array([1 / 3, 1e-9])) == "[0.3333 0.    ]"


def test_lines_of_one_plot_differ_in_their_dashes_too(ax):
    for level in range(6):
        ax.plot([0, 1], [level, level])
    assert len({str(drawn._unscaled_dash_pattern) for drawn in ax.lines}) == 6


# -- panels, png, show ---------------------------------------------------------------
@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (3, 1), (1, 2), (2, 2)])
def test_panels_gives_flat_axes_and_the_size_asked_for(rows, cols):
    fig, axes = plots.panels(rows, cols, height=1.5)
    assert fig.get_size_inches().tolist() == [8, 1.5 * rows]
    assert np.size(axes) == rows * cols
    assert (rows * cols == 1) != isinstance(axes, np.ndarray)


def test_png_is_the_same_bytes_for_the_same_drawing_and_holds_no_version():
    def draw(height):
        fig, ax = plots.panels()
        plots.stems(ax, [1, height])
        return plots.png(fig)

    assert draw(2) == draw(2)
    assert draw(2) != draw(3)
    assert b"atplotlib" not in draw(2)
    assert pixels(draw(2)).shape == (220, 800, 3)


def test_show_stores_picture_and_sentence_and_closes_the_figure(shown):
    fig, ax = plots.panels()
    plots.stems(ax, [1, -2])
    assert plots.show(fig, " Two samples, 1 and -2. ") is None
    ((data, metadata),) = shown
    assert data["text/plain"] == "Two samples, 1 and -2."
    assert metadata["image/png"]["alt"] == "Two samples, 1 and -2."
    picture = pixels(base64.b64decode(data["image/png"]))
    assert picture.std() > 5  # not blank
    assert plt.get_fignums() == []


def test_show_takes_a_figure_that_pyplot_does_not_know(shown):
    plots.show(Figure(), "An empty figure.")
    assert len(shown) == 1


def test_show_outside_a_notebook_prints_the_sentence(capsys):
    InteractiveShell.clear_instance()
    plots.show(plots.panels()[0], "An empty pair of axes.")
    assert capsys.readouterr().out == "An empty pair of axes.\n"


def test_a_notebook_reads_the_mime_bundle():
    output = plots._Output(
        "text", {"image/png": {"alt": "text"}}, **{"image/png": "AA"}
    )
    data, metadata = output._repr_mimebundle_()
    assert RichOutput(data=data, metadata=metadata).data["text/plain"] == "text"


@pytest.mark.parametrize(
    ("alt", "error", "message"),
    [
        ("", ValueError, "alt is empty"),
        ("  ", ValueError, "alt is empty"),
        (None, TypeError, "alt must be a text, got NoneType"),
        (3, TypeError, "alt must be a text, got int"),
    ],
)
def test_show_and_sound_insist_on_a_sentence(alt, error, message):
    with pytest.raises(error, match=message):
        plots.show(plots.panels()[0], alt)
    with pytest.raises(error, match=message):
        plots.sound([0, 1], 8000, alt)


# -- stems and lines -----------------------------------------------------------------
def test_stems_stand_where_they_should_on_a_zero_line(ax):
    assert plots.stems(ax, [3, -1, 0, 0.5], start=-2, symbol="w") is ax
    filled = {(x, y) for x, y, is_open in marks(ax) if not is_open}
    assert {(-2, 3), (0, 0), (1, 0.5)} <= filled
    assert has_zero_line(ax)


def test_negative_samples_have_open_markers_and_no_others(ax):
    plots.stems(ax, [3, -1, 0, -0.5], symbol="y")
    assert {y for _, y, is_open in marks(ax) if is_open} == {-1, -0.5}


def test_numbers_are_written_beside_the_samples(ax):
    plots.stems(ax, [2, -1.5, 1 / 3], numbers=True)
    assert [t.get_text() for t in ax.texts] == ["2", "-1.5", "0.3333"]


def test_stems_take_booleans_and_integers(ax):
    plots.stems(ax, [True, False])
    plots.stems(ax, np.array([250, 10], np.uint8))
    assert {y for _, y, _ in marks(ax)} == {0, 1, 10, 250}


def test_a_line_marks_zero_only_where_the_signal_crosses_it():
    _, (crosses, stays) = plots.panels(2)
    plots.line(crosses, [0, 1, 2], [-1, 2, 1])
    plots.line(stays, [0, 1, 2], [315, 330, 320])
    assert has_zero_line(crosses)
    assert not has_zero_line(stays)


def test_a_line_lets_the_caller_win_over_the_symbol(ax):
    plots.line(ax, [0, 1], [1, 2], symbol="y", label="smooth", linewidth=7)
    assert ax.lines[-1].get_linewidth() == 7
    assert ax.get_legend().get_texts()[0].get_text() == "smooth"


@pytest.mark.parametrize("draw", [plots.stems, lambda ax, v: plots.line(ax, [0], v)])
@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([], ValueError, r"values must be a 1-D .* got shape \(0,\)"),
        ([[1, 2]], ValueError, r"values must be a 1-D .* got shape \(1, 2\)"),
        (3, ValueError, r"got shape \(\)"),
        ([1j], TypeError, "values must hold real numbers, got dtype complex128"),
        (["a"], TypeError, "values must hold real numbers"),
    ],
)
def test_bad_signals_are_named(ax, draw, values, error, message):
    with pytest.raises(error, match=message):
        draw(ax, values)


def test_bad_symbol_and_bad_times_are_named(ax):
    with pytest.raises(ValueError, match="symbol must be one of .*'x'.* got 'k'"):
        plots.stems(ax, [1], symbol="k")
    with pytest.raises(ValueError, match="t and values must have one length, got 2"):
        plots.line(ax, [0, 1], [1, 2, 3])


# -- images --------------------------------------------------------------------------
def test_uint8_images_run_from_0_to_255(ax):
    plots.image(ax, np.full((20, 20), 100, np.uint8), "flat")
    assert ax.images[0].get_clim() == (0, 255)
    assert ax.get_title(loc="left") == "flat"


def test_signed_images_have_zero_white_and_equal_ends(ax):
    plots.image(ax, np.linspace(-4, 1, 400).reshape(20, 20), signed=True)
    drawn = ax.images[0]
    assert drawn.get_clim() == (-4, 4)
    assert np.allclose(drawn.cmap(drawn.norm(0.0)), 1, atol=0.01)
    assert len(ax.figure.axes) == 2  # the scale says the sign without colour


def test_only_a_figure_is_shown(ax):
    for wrong in (None, ax):
        with pytest.raises(TypeError, match="fig must be a matplotlib figure, got"):
            plots.show(wrong, "A sentence about nothing.")


def test_a_limit_ends_the_colours_and_the_scale_says_so(ax):
    plots.image(ax, np.linspace(-4, 1, 400).reshape(20, 20), signed=True, limit=2)
    assert ax.images[0].get_clim() == (-2, 2)
    assert ax.images[0].colorbar.extend == "both"
    plots.image(ax, np.full((20, 20), 1.0), signed=True, limit=2)
    assert ax.images[1].colorbar.extend == "neither"
    with pytest.raises(ValueError, match="limit must be .* above 0, got 0"):
        plots.image(ax, np.zeros((2, 2)), signed=True, limit=0)


def test_an_image_of_zeros_can_be_signed(ax):
    plots.image(ax, np.zeros((20, 20)), signed=True)
    assert ax.images[0].get_clim() == (-1, 1)


def test_small_images_show_their_numbers_large_and_colour_ones_do_not():
    _, (small, large, colour) = plots.panels(1, 3)
    plots.image(small, [[1, -2], [0.5, 0]])
    plots.image(large, np.zeros((20, 20)))
    plots.image(colour, np.zeros((2, 2, 3)))
    assert [t.get_text() for t in small.texts] == ["1", "-2", "0.5", "0"]
    assert not large.texts and not colour.texts


@pytest.mark.parametrize("shape", [(4,), (0, 3), (2, 2, 4), (2, 2, 2, 3)])
def test_bad_images_are_named(ax, shape):
    with pytest.raises(ValueError, match="array must be .*H, W.* got shape"):
        plots.image(ax, np.zeros(shape))


# -- sound ---------------------------------------------------------------------------
def decoded(data):
    start = data["text/html"].index("base64,") + len("base64,")
    code = data["text/html"][start:].split('"')[0]
    with wave.open(io.BytesIO(base64.b64decode(code))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        return file.getframerate(), samples


def test_sound_plays_what_it_was_given_scaled_to_full_level(shown):
    x = np.sin(np.arange(800) / 9) * 0.25
    plots.sound(x, 11025, "A soft tone.")
    ((data, _),) = shown
    rate, samples = decoded(data)
    assert rate == 11025
    assert np.allclose(samples / 32767, x / np.abs(x).max(), atol=1e-4)
    assert data["text/plain"] == "A soft tone."


def test_sound_escapes_its_sentence_and_takes_silence(shown):
    plots.sound(np.zeros(10), 8000, 'Nothing < "silence".')
    ((data, _),) = shown
    assert 'aria-label="Nothing &lt; &quot;silence&quot;."' in data["text/html"]
    assert not decoded(data)[1].any()


@pytest.mark.parametrize("rate", [0, -1])
def test_sound_needs_a_positive_rate(rate):
    with pytest.raises(ValueError, match="rate must be above 0 .* got"):
        plots.sound([0, 1], rate, "A click.")


# -- whole figures ---------------------------------------------------------------------
def test_stack_draws_rows_with_labels_symbols_and_times():
    long = np.sin(np.arange(50))
    fig = plots.stack(
        {"x, measured": long, "true, a peak": ([11], [2])},
        {"y": [1, -1]},
        t=np.arange(50) + 1900,
    )
    top, bottom = fig.axes
    drawn = next(d for d in top.lines if len(d.get_xdata()) == 50)
    assert drawn.get_xdata()[0] == 1900 and drawn.get_color() == plots.COLOURS["x"]
    assert (11, 2, False) in marks(top)
    assert {m[:2] for m in marks(bottom)} == {(1900, 1), (1901, -1)}
    labels = [t.get_text() for t in top.get_legend().get_texts()]
    assert labels == ["x, measured", "a peak"]
    assert bottom.get_xlabel() == "n"
    assert [text.get_text() for text in bottom.texts] == ["1", "-1"]
    assert [text.get_text() for text in bottom.texts] == ["1", "-1"]


@pytest.mark.parametrize(
    ("row", "error", "message"),
    [
        ({"clap": [1, 2]}, ValueError, "symbol must be one of .* got 'clap'"),
        ({"x, clap": []}, ValueError, "x, clap must be a 1-D sequence"),
        ({"y": (range(3), np.ones(50))}, ValueError, "t and values must have one"),
    ],
)
def test_stack_names_what_it_cannot_draw(row, error, message):
    with pytest.raises(error, match=message):
        plots.stack(row)
