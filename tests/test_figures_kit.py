"""The kit: fields, words, display, widget, module."""

import base64
import io
import json
import re
from dataclasses import dataclass

import numpy as np
import pytest
import traitlets
from convcourse import figures
from convcourse.figures import kit, state, words
from PIL import Image

quickjs = pytest.importorskip("quickjs")

RNG = np.random.default_rng(5)


# -- words -----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def core():
    context = quickjs.Context()
    context.eval(kit.module("flip_slide").replace("export default", "globalThis.f ="))
    return context


def js(core, call, *values):
    """Call a function of the module with JSON values."""
    given = ", ".join(json.dumps(v) for v in values)
    return json.loads(core.eval(f"JSON.stringify({call}({given}) ?? null)"))


def test_numbers_are_written_alike_in_python_and_javascript(core):
    values = np.concatenate([
        RNG.normal(0, 10.0 ** RNG.integers(-6, 6, 400), 400),
        RNG.integers(-1000, 1000, 400) / 32,  # ties of the fifth decimal
        [0, -0.0, 1e-9, -1e-9, 0.00005, -0.00005, 0.99995, 123456.5, 0.1 + 0.2],
    ])  # fmt: skip
    for value in map(float, values):
        assert js(core, "number", value) == words.number(value), value
        assert js(core, "factor", value) == words.factor(value), value
        assert js(core, "shownExactly", value) == words.shown_exactly(value), value


def test_a_written_number_is_the_number_to_four_decimals():
    for value in RNG.normal(0, 50, 200):
        read = float(words.number(value).replace("−", "-"))
        assert abs(read - value) <= 0.00005 + 1e-12


@pytest.mark.parametrize(
    ("typed", "value"),
    [("3", 3), (" -1.5 ", -1.5), ("−2", -2), ("0,25", 0.25), ("1/4", 0.25), (".5", 0.5),
     ("+7", 7), ("2.", 2), ("1/0", None), ("", None), ("abc", None), ("1e5", None),
     ("--1", None), ("1 2", None), ("Infinity", None), ("0x10", None)],
)  # fmt: skip
def test_what_a_hand_types_is_read_or_refused(core, typed, value):
    read = js(core, "parse", typed)  # NaN and Infinity are null in JSON
    assert read == value


# -- fields ----------------------------------------------------------------------------
@dataclass(frozen=True, eq=False, repr=False)
class Probe(kit.Figure):
    gain: float = state.number(0.5, 0, 1)
    table: tuple = state.matrix([[1, 2], [3, 4]], (1, 3), (2, 2))

    def describe(self):
        return f"Gain {self.gain}."


def test_fields_hold_what_json_holds():
    probe = Probe(gain=np.float64(1), table=np.array([[1.0, 2.5]]))
    assert probe.state == {"gain": 1, "table": [[1, 2.5]]}
    assert json.loads(json.dumps(probe.state)) == probe.state
    assert probe.name() == "probe"
    assert Probe().table == ((1, 2), (3, 4))


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"gain": 2}, ValueError, r"gain must be a number from 0 to 1, got 2"),
        ({"gain": True}, TypeError, "gain must be a number"),
        ({"gain": float("nan")}, ValueError, "gain must be a number"),
        ({"table": [[1]]}, ValueError, r"table\[0\] must have 2 to 2 numbers, got 1"),
        ({"table": []}, ValueError, "table must have 1 to 3 rows, got 0"),
        ({"table": 3}, TypeError, "table must be a list of rows, got 3"),
        ({"table": [[1, "2"]]}, TypeError, r"table\[0\]\[1\] must be a number"),
        ({"gian": 1}, TypeError, r"no field 'gian'; there are"),
    ],
)
def test_fields_refuse_what_does_not_fit(change, kind, message):
    with pytest.raises(kind, match=message):
        Probe().set(**change)


def test_set_makes_a_new_figure_and_leaves_the_old_one():
    figure = figures.flip_slide(n=1)
    assert figure.set(n=2).n == 2 and figure.n == 1


# -- display ---------------------------------------------------------------------------
def test_static_display_is_picture_and_sentence(monkeypatch):
    monkeypatch.setenv("CONVCOURSE_STATIC", "1")
    figure = figures.flip_slide(n=2)
    data, metadata = figure._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png"}
    assert data["text/plain"] == figure.describe() == metadata["image/png"]["alt"]
    assert base64.b64decode(data["image/png"]) == figure.png


def test_live_display_holds_everything(monkeypatch):
    monkeypatch.delenv("CONVCOURSE_STATIC")
    data, _ = figures.flip_slide(n=2)._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png", "text/html"}
    inner = re.search(r'src="data:image/\w+;base64,([^"]*)"', data["text/html"])[1]
    shown = Image.open(io.BytesIO(base64.b64decode(inner)))
    full = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert shown.size == full.size
    levels = np.asarray(shown.convert("RGB"), float) - np.asarray(full.convert("RGB"))
    assert np.sqrt(np.mean(levels**2)) < 6  # 64 colours look like the picture


def test_no_text_can_end_the_script():
    text = kit._in_script({"a": "</script><!-- \u2028"})
    assert "</" not in text and "<!--" not in text and "\u2028" not in text
    context = quickjs.Context()
    assert context.eval(f"({text}).a") == "</script><!-- \u2028"


def test_the_module_is_plain_javascript_without_imports():
    text = kit.module("flip_slide")
    assert "import " not in text and "\n//" not in text and "/**" not in text
    assert text.count("export default") == 1


# -- widget ----------------------------------------------------------------------------
@pytest.fixture
def widget():
    made = figures.flip_slide([3, 1, 4], [2, -1], n=1).widget()
    yield made
    made.close()


def test_python_reads_sets_and_observes(widget):
    seen = []
    widget.observe(lambda change: seen.append(change.new), "n")
    widget.n = 3
    assert seen == [3]
    assert widget.figure.trace()["total"] == -4
    assert widget.x == [3, 1, 4]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("n", 4, "n must be from 0 to 3, got 4"),
        ("n", "a", "an int"),
        ("x", [], "x must have 1 to 12 numbers"),
        ("mode", "none", "mode must be one of"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_moves(widget, name, value, message):
    before = widget.figure.state
    with pytest.raises(traitlets.TraitError, match=message):
        setattr(widget, name, value)
    assert widget.figure.state == before


def test_several_fields_move_together(widget):
    widget.set(x=[1, 1, 1, 1, 1], n=5)
    assert widget.figure.n == 5
    with pytest.raises(traitlets.TraitError, match="n must be from 0 to 1"):
        widget.set(x=[1], n=5)
    assert widget.figure.state["x"] == [1, 1, 1, 1, 1]


def test_the_page_moves_several_fields_in_one_message(widget):
    widget.n = 3
    widget.set_state({"x": [1], "n": 1})  # what the browser sends
    assert widget.figure.state["n"] == 1 and widget.x == [1]


def test_it_joins_other_controls(widget):
    import ipywidgets

    slider = ipywidgets.IntSlider(0, 0, 3)
    ipywidgets.link((slider, "value"), (widget, "n"))
    slider.value = 2
    assert widget.n == 2
    widget.n = 3
    assert slider.value == 3
    slider.close()


def test_the_widget_shows_as_such_and_speaks(widget, monkeypatch):
    said = "widget: y[1] = 3·(−1) + 1·2 = −1. The kernel lies flipped over samples"
    assert repr(widget).startswith(said)
    assert set(widget._repr_mimebundle_()[0]) == {"text/plain", "image/png"}
    monkeypatch.delenv("CONVCOURSE_STATIC")
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == repr(widget)
