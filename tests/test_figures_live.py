"""Live figures, tried without a browser: move a control, read the PNG."""

import io
import re
import sys
import warnings

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from convcourse import arithmetic, plots
from convcourse.figures import live
from matplotlib.figure import Figure
from PIL import Image


@pytest.fixture(autouse=True)
def no_figure_left():
    assert plt.get_fignums() == []
    yield
    left = plt.get_fignums()
    plt.close("all")
    assert left == []


@pytest.fixture(autouse=True)
def at_a_readers(monkeypatch):
    monkeypatch.delenv("CONVCOURSE_STATIC", raising=False)


def smoothed(width=3):
    """Draw a box kernel: the function that most tests put a slider on."""
    fig, ax = plots.panels()
    plots.stems(ax, np.full(width, 1 / width), symbol="w")
    return fig, f"{width} weights of {1 / width:.2f}."


def size(png):
    return Image.open(io.BytesIO(png)).size


# -- what moves --------------------------------------------------------------------
def test_moving_the_slider_redraws_and_moving_back_gives_the_same_picture():
    figure = live(smoothed, width=(1, 9))
    first = figure.png
    assert first[:4] == b"\x89PNG"
    figure.controls["width"].value = 7  # as the hand does it
    moved = figure.png
    assert figure.values == {"width": 7}
    assert figure.alt == "7 weights of 0.14."
    figure.controls["width"].value = 3
    assert figure.png == first != moved


def test_set_moves_like_the_hand_and_redraws_once():
    calls = []

    def draw(a, b):
        calls.append((a, b))
        return Figure()

    figure = live(draw, a=(0, 9), b=(0.0, 1.0, 0.25))
    figure.set(a=4, b=0.5)
    assert calls == [(0, 0.0), (4, 0.5)]
    assert figure.values == {"a": 4, "b": 0.5}


def test_pictures_of_other_sizes_are_brought_to_the_first_size():
    def draw(rows):
        return plots.panels(rows)[0]

    figure = live(draw, rows=(1, 4))
    first = size(figure.png)
    figure.set(rows=4)
    assert size(figure.png) == first == (800, 220)


def test_a_redefined_function_is_used_at_the_next_move():
    room = {"kernel": lambda width: np.ones(width)}

    def draw(width=3):
        fig, ax = plots.panels()
        plots.stems(ax, room["kernel"](width))
        return fig

    figure = live(draw, width=(1, 9))
    before = figure.png
    room["kernel"] = lambda width: -np.ones(width)
    figure.set(width=3)
    assert figure.png != before


# -- the controls --------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "kind", "start"),
    [
        ((1, 9), ipywidgets.IntSlider, 1),
        ((1, 9, 2), ipywidgets.IntSlider, 1),
        ((np.int64(1), np.int64(9)), ipywidgets.IntSlider, 1),
        ((0, 1, 0.25), ipywidgets.FloatSlider, 0),
        ((-1.0, 1.0), ipywidgets.FloatSlider, -1),
        (["same", "valid"], ipywidgets.Dropdown, "same"),
        ([("zero", 0), ("one", 1)], ipywidgets.Dropdown, 0),
        (True, ipywidgets.Checkbox, True),
        (False, ipywidgets.Checkbox, False),
        (ipywidgets.IntText(5), ipywidgets.IntText, 5),
    ],
)
def test_what_was_given_makes_the_control(given, kind, start):
    figure = live(lambda a_control: Figure(), a_control=given)
    control = figure.controls["a_control"]
    assert type(control) is kind
    assert figure.values == {"a_control": start}
    if not isinstance(given, ipywidgets.Widget):
        assert control.description == "a control"


def test_controls_start_at_the_parameters_default():
    def draw(width=5, mode="valid", gain=0.3):
        return Figure()

    figure = live(draw, width=(1, 9), mode=["same", "valid"], gain=(0.0, 1.0))
    assert figure.values == {"width": 5, "mode": "valid", "gain": 0.3}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("abc", r"width must be \(low, high\).* got 'abc'"),
        (3, "width must be .* got 3"),
        ([], r"width must be .* got \[\]"),
        ((1,), "width must be .* got"),
        ((1, 2, 3, 4), "width must be .* got"),
        ((9, 1), "width must have low < high"),
        ((1, 9, 0), "width must have .* step > 0"),
        ((1, "9"), "width must be .* in numbers"),
        ((4, 9), "width must be a whole number from 4 to 9, got 3"),
        (["a", "b"], r"width must be one of \['a', 'b'\], got 3"),
    ],
)
def test_bad_controls_are_named(given, message):
    with pytest.raises(ValueError, match=message):
        live(smoothed, width=given)


def test_controls_must_belong_to_the_function():
    def draw(a, b, c=1):
        return Figure()

    with pytest.raises(TypeError, match=r"draw has no parameter 'widht'"):
        live(draw, a=(0, 1), b=(0, 1), widht=(1, 9))
    with pytest.raises(TypeError, match="draw needs 'b'"):
        live(draw, a=(0, 1))
    with pytest.raises(TypeError, match="live needs a control"):
        live(draw)
    with pytest.raises(TypeError, match="draw must be a function, got int"):
        live(3, a=(0, 1))
    assert live(lambda **all: Figure(), anything=(0, 1)).values == {"anything": 0}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 10}, "width must be a whole number from 1 to 9, got 10"),
        ({"width": 2.5}, "width must be a whole number from 1 to 9, got 2.5"),
        ({"width": "2"}, "width must be a whole number from 1 to 9, got '2'"),
        ({"mode": "full"}, r"mode must be one of \['same', 'valid'\], got 'full'"),
        ({"size": 3}, r"no control 'size'; there are \['width', 'mode'\]"),
    ],
)
def test_set_refuses_what_a_control_has_not_got_and_moves_nothing(values, message):
    figure = live(lambda width, mode: Figure(), width=(1, 9), mode=["same", "valid"])
    before = figure.values
    with pytest.raises(ValueError, match=message):
        figure.set(**values)
    assert figure.values == before


# -- errors of the reader's function ---------------------------------------------------
def broken(width=4):
    if width == 4:
        raise ZeroDivisionError("a box of no width")
    return smoothed(width)


def test_an_error_is_a_picture_that_is_gone_with_the_next_good_value():
    figure = live(broken, width=(1, 9))
    wrong = figure.png
    assert "ZeroDivisionError: a box of no width" in figure.alt
    assert "broken(width=4) stopped" in figure.alt
    assert "in broken, line" in figure.alt  # the reader's own line
    assert 'raise ZeroDivisionError("a box of no width")' in figure.alt
    figure.set(width=5)
    assert figure.alt == "5 weights of 0.20."
    good = figure.png
    figure.set(width=4)
    assert figure.png == wrong != good
    assert size(wrong) == (800, 300)


def refusing(window=3):
    arithmetic.output_length(5, window)
    return smoothed(window)


def test_a_setting_that_cannot_be_is_no_broken_function():
    figure = live(refusing, window=(1, 9))
    figure.set(window=9)
    assert figure.alt.startswith("No picture for this setting: ")
    assert "9" in figure.alt and "line" not in figure.alt and "Mend" not in figure.alt
    figure.set(window=5)
    assert figure.alt == "5 weights of 0.20."


def test_what_never_worked_or_is_the_readers_own_error_asks_for_mending():
    def own(window=3):
        if window > 4:
            raise ValueError("my own")
        return smoothed(window)

    def shapeless(window=3):
        return np.zeros(5) if window > 4 else smoothed(window)

    for draw in (own, shapeless):
        figure = live(draw, window=(1, 9))
        figure.set(window=9)
        assert f"{draw.__name__}(window=9) stopped. ValueError: " in figure.alt
    never = live(lambda window: refusing(9), window=(1, 9))
    assert "stopped. ValueError: " in never.alt


def test_a_stored_notebook_never_holds_an_error(monkeypatch):
    monkeypatch.setenv("CONVCOURSE_STATIC", "1")
    with pytest.raises(ZeroDivisionError, match="a box of no width"):
        live(broken, width=(1, 9))
    figure = live(smoothed, width=(1, 9))
    figure._draw = broken
    figure.set(width=4)  # only at the first values
    assert "broken(width=4) stopped" in figure.alt


def test_a_long_sentence_is_not_cut():
    layout = live(smoothed, width=(1, 9))._caption.layout
    assert (layout.height, layout.min_height) == (None, "3em")


def test_an_error_after_a_good_picture_keeps_its_size():
    figure = live(smoothed, width=(1, 9))
    figure._draw = broken
    figure.set(width=4)
    assert "ZeroDivisionError" in figure.alt
    assert size(figure.png) == (800, 220)


def test_figures_that_a_broken_function_left_open_are_closed():
    def draw(width):
        plots.panels()
        raise ValueError("half way")

    live(draw, width=(1, 9))  # the fixture looks for open figures


def test_errors_while_rendering_and_odd_signs_in_messages_are_shown():
    def draw(width):
        if width == 1:
            raise ValueError(r"costs $\oops$")
        fig, ax = plots.panels()
        ax.set_title(r"$\nosuchcommand$")
        return fig

    figure = live(draw, width=(1, 2))
    assert r"costs $\oops$" in figure.alt
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure.set(width=2)
    assert "nosuchcommand" in figure.alt


@pytest.mark.parametrize("returned", [3, "text", (Figure(), 3), [1, 2]])
def test_a_function_that_returns_no_figure_is_told(returned):
    figure = live(lambda width: returned, width=(1, 9))
    assert "End it with: return fig" in figure.alt


def test_a_forgotten_return_and_a_returned_axis_are_understood():
    def forgot(width):
        _, ax = plt.subplots()
        ax.plot([0, width])

    def axis(width):
        _, ax = plt.subplots()
        return ax.plot([0, width])[0].axes

    for draw in (forgot, axis):
        figure = live(draw, width=(1, 9))
        assert "stopped" not in figure.alt


def test_nothing_drawn_is_told():
    assert "returned NoneType" in live(lambda width: None, width=(1, 9)).alt


def test_open_figures_of_the_reader_stay_open():
    mine = plt.figure()
    live(smoothed, width=(1, 9)).set(width=5)
    assert plt.get_fignums() == [mine.number]
    plt.close(mine)


# -- what the notebook stores ----------------------------------------------------------
@pytest.fixture
def shown(monkeypatch):
    outputs = []
    keep = lambda thing: outputs.append(thing._repr_mimebundle_()[0])  # noqa: E731
    monkeypatch.setattr("IPython.display.display", keep)
    return outputs


def test_static_figures_hold_picture_and_sentence_alone(monkeypatch, shown):
    monkeypatch.setenv("CONVCOURSE_STATIC", "1")
    live(smoothed, width=(1, 9))._ipython_display_()
    (data,) = shown
    assert set(data) == {"text/plain", "image/png"}
    assert data["text/plain"] == "3 weights of 0.33."


def test_live_figures_hold_the_view_too_and_no_output_widget(monkeypatch, shown):
    monkeypatch.delenv("CONVCOURSE_STATIC", raising=False)
    figure = live(smoothed, width=(1, 9))
    figure._ipython_display_()
    (data,) = shown
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == "3 weights of 0.33."
    made = [type(w) for w in figure._box.children]
    assert made == [ipywidgets.IntSlider, ipywidgets.Image, ipywidgets.HTML]


def test_the_repr_is_the_same_every_time():
    one, two = live(smoothed, width=(1, 9)), live(smoothed, width=(1, 9))
    expected = "live figure smoothed(width=3): 3 weights of 0.33."
    assert repr(one) == repr(two) == expected


def test_the_caption_is_escaped_and_spoken():
    def draw(width):
        return Figure(), "1 < 2 & <b>bold</b>."

    caption = live(draw, width=(1, 9))._caption.value
    assert 'role="status"' in caption
    assert "1 &lt; 2 &amp; &lt;b&gt;bold&lt;/b&gt;." in caption


# -- pictures without matplotlib ---------------------------------------------------------
def decoded(figure):
    image = Image.open(io.BytesIO(figure.png))
    return np.asarray(image.convert("RGB") if image.mode == "P" else image)


def test_an_array_is_shown_pixel_by_pixel():
    def draw(level=7):
        return np.array([[0, level], [255, 100]], np.uint8), f"Level {level}."

    figure = live(draw, level=(0, 255))
    assert figure.alt == "Level 7."
    shown = decoded(figure)
    assert shown.shape == (256, 256)
    assert shown[::128, ::128].tolist() == [[0, 7], [255, 100]]
    figure.set(level=9)
    assert decoded(figure)[0, 200] == 9


def test_signed_bool_and_colour_arrays_follow_the_look_of_plots():
    signed = decoded(live(lambda a: np.array([[-2.0, 0, 2]]), a=(0, 1)))
    assert signed[0, [10, 128, 250]].tolist() == [[179, 71, 0], [255] * 3, [0, 76, 127]]
    grey = decoded(live(lambda a: np.array([[0.0, 5, 10]]), a=(0, 1)))
    assert grey[0, [10, 128, 250]].tolist() == [0, 128, 255]
    assert decoded(live(lambda a: np.eye(2, dtype=bool), a=(0, 1)))[0, 0] == 255
    colour = decoded(live(lambda a: np.full((2, 2, 3), [1.0, 0, 0.2]), a=(0, 1)))
    assert colour[0, 0].tolist() == [255, 0, 51]


def test_a_pillow_image_and_an_svg_are_shown_as_they_are(monkeypatch):
    image = Image.new("RGB", (300, 20), (1, 2, 3))
    assert decoded(live(lambda a: image, a=(0, 1)))[0, 0].tolist() == [1, 2, 3]
    figure = live(lambda a: (f"<svg><text>{a}</text></svg>", "A < B."), a=(0, 9))
    made = [type(w) for w in figure._box.children]
    assert made == [ipywidgets.IntSlider, ipywidgets.HTML, ipywidgets.HTML]
    assert 'aria-label="A &lt; B."' in figure._drawing.value
    figure.set(a=4)
    assert "<text>4</text>" in figure._drawing.value
    outputs = []
    module = sys.modules["convcourse.figures.live"]  # `figures.live` is the function
    monkeypatch.setattr(module, "display", lambda d, raw=False: outputs.append(d))
    monkeypatch.setenv("CONVCOURSE_STATIC", "1")
    figure._ipython_display_()
    assert set(outputs[0]) == {"text/plain", "image/svg+xml"}


def test_a_smaller_array_lies_on_paper_of_the_first_size():
    figure = live(lambda n=300: np.zeros((n, n), np.uint8), n=(260, 400))
    assert size(figure.png) == (300, 300)
    figure.set(n=260)
    assert size(figure.png) == (300, 300)
    assert decoded(figure)[-1, -1].tolist() == [255] * 3
    figure.set(n=400)
    assert size(figure.png) == (400, 400)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(5), r"a picture must be \(H, W\) or \(H, W, 3\), got shape \(5,\)"),
        (np.zeros((0, 3)), "a picture must be"),
        (np.array([["a"]]), "a picture must hold real numbers"),
        (np.array([[np.nan]]), "nan or infinity"),
        (np.full((1, 1, 3), 2.0), "colours must be uint8, or from 0 to 1, got 2 to 2"),
    ],
)
def test_arrays_that_are_no_pictures_are_told(array, message):
    assert re.search(message, live(lambda a: array, a=(0, 1)).alt)


def test_an_error_between_two_arrays_is_gone_with_the_next_good_value():
    def draw(a):
        return np.eye(9) / (a - 1)

    figure = live(draw, a=(2, 9))
    good = figure.png
    figure._draw = lambda a: 1 / 0
    figure.set(a=3)
    assert "ZeroDivisionError" in figure.alt
    figure._draw = draw
    figure.set(a=2)
    assert figure.png == good
