"""The live figures in a real JupyterLab and in a saved page, moved by the keyboard.

To add a figure, add a row to ROWS: the call that makes it, the keys to press on controls
found by their labels, the state expected then, and the sum that it prints.
"""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import axe_playwright_python
import nbformat
import pytest
from browser import IDLE, run_all
from convcourse import figures

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.cells.length"


@dataclass
class Row:
    """A figure, what a hand does to it, and what must be true then."""

    name: str  # of the module
    call: str  # what a notebook cell holds
    keys: list  # of (label of a control, keys to press on it)
    state: dict  # fields that have moved
    total: str | None  # key in the trace of what the element .sum prints, if any
    bad: tuple | None  # (label, what is typed, a word of the message), where one types
    nth: int = 0  # of the figures that this module draws on the page

    def __str__(self):
        return f"{self.name}-{self.nth}" if self.nth else self.name

    def figure(self):
        """Return the figure as Python has it, before anything moved."""
        return eval(self.call, {"figures": figures})


ROWS = [
    Row(
        "flip_slide",
        "figures.flip_slide([3, 1, 4, 1, 5], [2, -1, 0.5], n=1)",
        [("n", ["ArrowRight", "ArrowRight"]), ("x[1]", ["ArrowRight", "7"]),
         ("flip w (convolution)", ["Space"]), ("w[0]", ["End", "PageDown"])],
        {"n": 3, "x": [3, 1, 7, 1, 5], "w": [2, -1, -0.5], "flip": False},
        "total",
        ("x[0]", "abc", "x[0] must be a number"),
    ),
    Row(
        "kernel_lab",
        "figures.kernel_lab('camera', 'sobel_x', row=30, column=40)",
        [("x, the image: arrow keys move the cursor", ["ArrowRight", "Shift+ArrowDown"]),
         ("row", ["ArrowLeft"]), ("border", ["w"]), ("flip w (convolution)", ["Space"]),
         ("w[1, 1]", ["ArrowLeft", "5"])],
        {"row": 39, "column": 41, "border": "wrap", "flip": True,
         "kernel": [[-1, 0, 1], [5, 0, 2], [-1, 0, 1]]},
        "total",
        ("w[0, 0]", "ten", "w[0, 0] must be a number from −999 to 999"),
    ),
    Row(
        "gather_scatter",
        "figures.gather_scatter([3, 1, 4, 1, 5], [2, -1, 0.5], step=4)",
        [("product", ["ArrowRight"] * 4), ("order", ["g"]),
         ("x[1]", ["ArrowRight", "7"]), ("line up what adds up", ["Space"])],
        {"step": 8, "view": "gather", "x": [3, 1, 7, 1, 5], "aligned": False},
        "total",
        ("w[0]", "two", "w[0] must be a number"),
    ),
    Row(
        "gather_scatter",
        "figures.gather_scatter([1, 2, 3], [1, 10, 100], step=9, stride=1)",
        [("stride s", ["ArrowUp"] * 3), ("product", ["ArrowLeft"] * 4), ("order", ["g"]),
         ("y[1]", ["ArrowRight", "-", "7"]), ("w[0]", ["End", "PageDown"])],
        {"stride": 4, "step": 5, "view": "gather", "x": [1, 2, -7], "w": [1, 10, 99]},
        "total",
        ("stride s", "5", "stride s must be a whole number from 1 to 4"),
        nth=1,
    ),
    Row(
        "flip_test",
        "figures.flip_test(row=5, column=4)",
        [("w[0, 0]", ["ArrowRight", "ArrowRight", "7"]),
         ("row 4, column 4, held: 1", ["ArrowRight", "ArrowUp"])],
        {"impulses": [[3, 5]],
         "w": [[1, 1, 7], [1, 0, 0], [1, 1, 0], [1, 0, 0], [1, 0, 0]]},
        "correlated",
        ("w[0, 1]", "F", "w[0, 1] must be a number"),
    ),
    Row(
        "template_search",
        "figures.template_search(score='normalised', row=40, column=60)",
        [("x, the picture: arrow keys move the cursor",
          ["ArrowRight", "Shift+ArrowDown"]),
         ("row", ["ArrowLeft"]), ("its light", ["d"]), ("rows of w", ["ArrowRight"])],
        {"row": 49, "column": 61, "light": "pale", "height": 21},
        "total",
        None,
    ),
    Row(
        "arithmetic",
        "figures.arithmetic(6, 3, 2, 'same')",
        [("kernel k", ["ArrowUp"]), ("convolution", ["t"]), ("stride s", ["1"]),
         ("bottom, right p′", ["ArrowUp"]), ("output", ["ArrowRight"] * 3)],
        {"kernel": 4, "transposed": True, "stride": 1, "padding": "by hand", "before": 1,
         "after": 3, "unit": 3},
        "total",
        ("stride s", "0", "stride s must be a whole number from 1 to 5"),
    ),
    Row(
        "receptive_field",
        "figures.receptive_field([3, 3, ('pool', 2)], 20)",
        [("layer 3: kind", ["c"]), ("layer 2: dilation", ["ArrowUp"]),
         ("unit", ["Home", "ArrowRight"]), ("of layer", ["ArrowLeft"])],
        {"layers": [[0, 3, 1, 1], [0, 3, 1, 2], [0, 2, 1, 1]], "at": 2, "unit": 1},
        "size",
        ("layer 1: stride", "0", "layer 1: stride must be a whole number from 1 to 4"),
    ),
    Row(
        "conv_layer",
        "figures.conv_layer(row=1, column=0)",
        [("input channels", ["ArrowLeft"]), ("w[0, 0, 0, 0]", ["End", "ArrowDown", "5"]),
         ("b[0]", ["PageUp"]), ("ReLU", ["Space"])],
        {"inputs": 2, "relu": False, "b": [-19, -100, 0, -9],
         "w": [[-1, 0, 1, -2, 0, 5, -1, 0, 1], *figures.conv_layer().state["w"][1:]]},
        "z",
        ("w[2, 2, 0, 0]", "two", "w[2, 2] must be a number from −99 to 99"),
    ),
    Row(
        "cheap_layers",
        "figures.cheap_layers(32, 64, groups=32)",
        [("inputs C", ["ArrowUp"]), ("kernel k", ["ArrowDown"])],
        {"inputs": 16, "k": 4, "groups": 16},
        None,
        None,
    ),
    Row(
        "separability",
        "figures.separability('Laplacian')",
        [("products added", ["ArrowRight"]), ("w[0, 0]", ["ArrowDown", "5"])],
        {"take": 2, "kernel": [[0, 1, 0], [5, -4, 1], [0, 1, 0]]},
        None,
        ("w[0, 0]", "ten", "w[0, 0] must be a number from −99 to 99"),
    ),
    Row(
        "network",
        "figures.network(layer=1, row=13, column=18)",
        [("conv1, channel 0", ["ArrowRight", "ArrowRight"]),
         ("conv2, channel 0", ["ArrowDown", "ArrowDown", "ArrowDown", "Enter"]),
         ("the chosen map: arrow keys move the cursor", ["ArrowLeft"]),
         ("image 0, brick", ["ArrowDown"])],
        {"image": 1, "layer": 3, "channel": 3, "row": 5, "column": 7},
        "z",
        None,
    ),
]  # fmt: skip
ALL = pytest.mark.parametrize("row", ROWS, ids=str)


def notebook():
    """Return a notebook with every figure, and one as a widget."""
    code = ["from convcourse import figures", *(row.call for row in ROWS)]
    code += ["w = figures.flip_slide([3, 1, 4], [2, -1], n=1).widget(); w"]
    code += ["w.n = 2"]
    cells = [nbformat.v4.new_code_cell(text) for text in code]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def element(page, row, number=None):
    """Return the figure's element once it is live, scrolled into sight."""
    number = row.nth if number is None else number
    found = page.locator(f'[data-figure="{row.name}"][data-rev]').nth(number)
    found.wait_for(timeout=20_000)
    found.scroll_into_view_if_needed()
    return found


def press(page, figure, keys):
    """Press keys on controls found by their labels; every key is answered."""
    for label, presses in keys:
        control = figure.get_by_label(label, exact=True).first
        control.focus()
        for key in presses:
            page.keyboard.press(key)


def state_of(figure):
    """Return the state that the page draws."""
    return json.loads(figure.get_attribute("data-state"))


def evaluate(text):
    """Return both sides of a printed sum such as "3·2 + 1·(−1) = 5" as numbers."""
    plain = text.replace("−", "-").replace("·", "*").replace("×", "*")
    plain = plain.replace("\u202f", "")
    left, right = re.split("[=≈]", plain)
    assert re.fullmatch(r"[-+*/(). \d]*", left + right), text
    return eval(left), eval(right)


def is_right(row, figure):
    """Assert that the page's state, sentence and printed sum are NumPy's."""
    wanted = row.figure().set(**row.state)
    assert state_of(figure) == wanted.state
    if row.total:
        total = float(wanted.trace()[row.total])
        printed = evaluate(figure.locator(".sum").first.inner_text())
        assert printed == pytest.approx((total, total), abs=0.02)
    spoken = figure.locator("[role=status]").first
    spoken.page.wait_for_function(
        "([el, text]) => el.textContent === text",
        arg=[spoken.element_handle(), wanted.describe()],
        timeout=5_000,
    )


def violations(page, row):
    """Return what axe-core finds wrong with a figure."""
    page.evaluate("s => window.axe || eval(s)", AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "([n, i]) => axe.run(document.querySelectorAll(`[data-figure=${n}][data-rev]`)[i])"
        ".then(r => r.violations.map(v => v.id + ': ' + v.nodes[0].html))",
        [row.name, row.nth],
    )
    return found


# -- JupyterLab ------------------------------------------------------------------------
@pytest.fixture(scope="module")
def lab(course, server, browser):
    """Open one notebook with all figures in JupyterLab and run it."""
    nbformat.write(notebook(), course / "work/notebooks/figures.ipynb")
    page = browser.new_page()
    page.said = []
    page.on("console", lambda m: m.type == "error" and page.said.append(m.text))
    page.on("pageerror", lambda e: page.said.append(str(e)))
    page.goto(f"{server}/lab/tree/notebooks/figures.ipynb?reset")
    page.wait_for_function("() => window.jupyterapp", timeout=60_000)
    page.evaluate("() => window.jupyterapp.restored")
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=60_000)
    page.wait_for_function(IDLE, timeout=60_000)
    assert run_all(page) == []
    page.cells = page.evaluate(CELLS)
    yield page
    page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
    page.close()


@ALL
def test_in_jupyterlab_the_keyboard_alone_moves_it(lab, row):
    figure = element(lab, row)
    press(lab, figure, row.keys)
    is_right(row, figure)


@pytest.mark.parametrize("row", [r for r in ROWS if r.bad], ids=str)
def test_a_typing_error_is_told_and_the_figure_lives_on(lab, row):
    label, typed, words = row.bad
    figure = element(lab, row)
    before = state_of(figure)
    control = figure.get_by_label(label, exact=True).first
    control.focus()
    lab.keyboard.type(typed)
    assert words in figure.locator(".message").inner_text()
    assert state_of(figure) == before
    lab.keyboard.press("Tab")  # the old number is back, and the reason still there
    kept = control.input_value()
    assert kept != typed
    assert control.get_attribute("aria-invalid") is None
    assert words in figure.locator(".message").inner_text()
    control.focus()
    lab.keyboard.type(kept)
    assert figure.locator(".message").text_content() == ""


def press_in_a_field(lab, figure):
    """Press keys that JupyterLab knows for cells; return how many cells are selected."""
    for key in "Control+a", "Control+c", "Control+x", "Control+v", "Control+z":
        lab.keyboard.press(key)
        assert lab.evaluate(CELLS) == lab.cells, key
    return lab.locator(".jp-Notebook .jp-Cell.jp-mod-selected").count()


@ALL
def test_select_all_and_cut_stay_in_the_figure(lab, row):
    figure = element(lab, row)
    figure.get_by_label(row.keys[0][0], exact=True).first.focus()
    assert press_in_a_field(lab, figure) <= 1
    assert lab.evaluate("() => getSelection().toString().length") < 500


def test_select_all_selects_the_number_that_is_typed(lab):
    figure = element(lab, ROWS[0])
    control = figure.get_by_label("x[0]", exact=True)
    control.focus()
    lab.keyboard.type("12")
    lab.keyboard.press("Control+a")
    lab.keyboard.type("4")
    assert control.input_value() == "4"
    assert state_of(figure)["x"][0] == 4


@ALL
def test_keys_that_are_shortcuts_change_no_cell(lab, row):
    figure = element(lab, row)
    figure.get_by_label(row.keys[0][0], exact=True).first.focus()
    for key in ("a", "b", "x", "d", "d", "z", "Escape", "j", "k", "Enter"):
        lab.keyboard.press(key)
        assert lab.evaluate(CELLS) == lab.cells, key


@ALL
def test_axe_finds_nothing_wrong(lab, row):
    figure = element(lab, row)
    figure.locator("summary").click()
    figure.locator("details tbody tr").first.wait_for()  # it is filled when it opens
    assert violations(lab, row) == []


def test_python_and_the_page_share_the_state_of_a_widget(lab):
    figure = lab.locator(".convcourse-figure:not([data-figure])").first
    figure.scroll_into_view_if_needed()
    lab.wait_for_function(
        "el => JSON.parse(el.dataset.state).n === 2", arg=figure.element_handle()
    )
    slider = figure.get_by_label("n", exact=True)
    slider.focus()
    lab.keyboard.press("ArrowLeft")
    assert state_of(figure)["n"] == 1
    lab.evaluate(
        """async () => { const w = window.jupyterapp.shell.currentWidget;
        w.content.activeCellIndex = w.content.widgets.length - 1;
        w.content.activeCell.model.sharedModel.setSource('print("n", w.n)');
        await window.jupyterapp.commands.execute('notebook:run-cell'); }"""
    )
    lab.wait_for_function(IDLE)
    lab.locator(".jp-Cell").last.get_by_text("n 1").wait_for(timeout=10_000)


def test_nothing_was_said_in_the_console_and_nothing_asked_of_the_network(lab, browser):
    assert [s for s in lab.said if "favicon" not in s] == []
    assert browser.foreign == []


# -- the saved page --------------------------------------------------------------------
@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Run the figures without a browser and save the page that nbconvert makes."""
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    executed = notebook()
    executed.cells = executed.cells[: len(ROWS) + 1]  # widgets need a kernel
    executed.cells.append(nbformat.v4.new_code_cell(ROWS[0].call))  # the same twice
    kept = os.environ.pop("CONVCOURSE_STATIC", None)
    try:
        NotebookClient(executed, kernel_name="python3").execute()
    finally:
        if kept is not None:
            os.environ["CONVCOURSE_STATIC"] = kept
    path = tmp_path_factory.mktemp("saved") / "figures.html"
    exporter = HTMLExporter(require_js_url="", mathjax_url="", jquery_url="")
    path.write_text(exporter.from_notebook_node(executed)[0], encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium(browser):
    """Return a second browser, to open pages as they are on a disk."""
    path = browser.executable
    flags = ["--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    made = browser.playwright.chromium.launch(executable_path=path, args=flags)
    yield made
    made.close()


def opened(chromium, saved, **settings):
    """Open the saved page; the network is off."""
    context = chromium.new_context(offline=True, **settings)
    page = context.new_page()
    page.said = []
    page.on("pageerror", lambda e: page.said.append(str(e)))
    page.goto(saved.as_uri())
    return page


@pytest.fixture(scope="module")
def page(chromium, saved):
    return opened(chromium, saved, viewport={"width": 1100, "height": 900})


@ALL
def test_the_saved_page_is_live_with_no_kernel(page, row):
    figure = element(page, row)
    press(page, figure, row.keys)
    is_right(row, figure)
    assert violations(page, row) == []
    assert page.said == []


def test_two_of_a_kind_do_not_clash(page):
    first, second = (element(page, ROWS[0], i) for i in (0, 1))
    before = state_of(first)
    second.get_by_label("n", exact=True).focus()
    page.keyboard.press("End")
    assert state_of(second)["n"] != before["n"]
    assert state_of(first) == before


@ALL
def test_without_scripts_there_is_the_picture_with_its_text(chromium, saved, row):
    page = opened(chromium, saved, java_script_enabled=False)
    picture = page.locator(f'[data-figure="{row.name}"] img').nth(row.nth)
    assert picture.is_visible()
    assert picture.bounding_box()["width"] > 300
    assert picture.get_attribute("alt") == row.figure().describe()
    page.context.close()


@ALL
@pytest.mark.parametrize("width", [360, 1280])
def test_narrow_pages_do_not_scroll_sideways(chromium, tmp_path, row, width):
    size = {360: "text", 1280: "lecture"}[width]
    figure = row.figure().set(size=size)
    path = tmp_path / "figure.html"
    path.write_text(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>A figure</title>"
        f"<body style='margin:4px'>{figure.html()}</body></html>",
        encoding="utf-8",
    )
    page = opened(chromium, path, viewport={"width": width, "height": 720})
    element(page, row, 0)
    wide, tall = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.body.scrollHeight]"
    )
    assert wide <= width
    if size == "lecture":  # all of it on one screen, and no text under 18 px
        assert tall <= 720
        sizes = page.evaluate(
            "() => [...document.querySelector('.convcourse-figure').shadowRoot"
            ".querySelectorAll('*')].filter(e => e.checkVisibility?.() && "
            "[...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))"
            ".map(e => parseFloat(getComputedStyle(e).fontSize))"
        )
        assert min(sizes) >= 18
    page.context.close()


# -- what one figure alone has ---------------------------------------------------------
def test_play_steps_when_asked_and_is_silent_until_it_stops(page):
    figure = element(page, ROWS[0], 1)
    press(page, figure, [("n", ["Home"])])
    figure.get_by_label("Steps per second").select_option("2")
    figure.get_by_role("button", name="Play").press("Space")
    handle = figure.element_handle()
    page.wait_for_function("el => JSON.parse(el.dataset.state).n === 2", arg=handle)
    spoken = figure.locator("[role=status]").text_content()
    assert not spoken.startswith(("y[1]", "y[2]"))
    figure.get_by_role("button", name="Pause").press("Space")
    stopped = state_of(figure)["n"]
    page.wait_for_timeout(700)
    assert state_of(figure)["n"] == stopped


def test_an_impossible_mode_is_refused_with_a_reason(page):
    figure = element(page, ROWS[0], 1)
    for _ in range(3):
        figure.get_by_role("button", name="signal x: one number fewer").press("Enter")
    figure.get_by_label("outputs").select_option("valid")
    assert "no place holds the whole kernel" in figure.locator(".message").inner_text()
    assert state_of(figure)["mode"] == "full"
    assert figure.get_by_label("outputs").input_value() == "full"
    figure.get_by_role("button", name="signal x: one number more").press("Enter")
    figure.get_by_label("outputs").select_option("valid")
    assert state_of(figure)["mode"] == "valid"
    assert figure.locator(".message").text_content() == ""


def test_the_kernel_can_be_dragged_and_no_event_is_lost(page):
    figure = element(page, ROWS[0], 1)
    figure.get_by_label("outputs").select_option("full")
    box = figure.locator(".drawing").bounding_box()
    before = int(figure.get_attribute("data-rev"))
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    for i in range(20):
        page.mouse.move(box["x"] + box["width"] * (0.5 + i / 50), box["y"] + 40)
    page.mouse.up()
    assert int(figure.get_attribute("data-rev")) - before == 21
    last = len(state_of(figure)["x"]) + len(state_of(figure)["w"]) - 2
    assert state_of(figure)["n"] == last


@pytest.fixture
def lab_page(page):
    row = next(row for row in ROWS if row.name == "kernel_lab")
    return element(page, row)


def test_files_that_are_no_pictures_are_refused(lab_page, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no picture")
    before = state_of(lab_page)
    lab_page.get_by_label("own picture").set_input_files(path)
    lab_page.locator(".message", has_text="is no picture").wait_for(timeout=5_000)
    assert state_of(lab_page) == before


def test_a_huge_own_picture_is_read_small_and_convolved(lab_page, tmp_path):
    import numpy as np
    from PIL import Image

    levels = np.tile(np.linspace(0, 255, 3000).astype(np.uint8), (1500, 1))
    path = tmp_path / "ramp.png"
    Image.fromarray(levels).save(path)
    lab_page.get_by_label("own picture").set_input_files(path)
    handle = lab_page.element_handle()
    lab_page.page.wait_for_function(
        "el => JSON.parse(el.dataset.state).image === 'own'", arg=handle
    )
    assert state_of(lab_page)["row"] == 128  # of 256 rows and 512 columns
    lab_page.get_by_label("border").select_option("reflect")
    lab_page.get_by_label("flip w (convolution)").uncheck()
    lab_page.get_by_label("kernel", exact=True).select_option("sobel_x")
    left, right = evaluate(lab_page.locator(".sum").inner_text())
    assert left == right and 2 <= right <= 6  # the ramp rises by half a level a pixel
    size = "el => [...el.shadowRoot.querySelectorAll('canvas')].map(c => c.width)"
    assert lab_page.evaluate(size) == [512, 512]


OVERRUN = """el => [...el.shadowRoot.querySelectorAll('.board span')].filter(s =>
  s.getBoundingClientRect().width > s.parentElement.clientWidth).map(s => s.textContent)"""


def test_numbers_stay_in_their_cells(page, lab_page):
    lab_page.get_by_label("image", exact=True).select_option("camera")
    lab_page.get_by_label("kernel", exact=True).select_option("sobel_x")
    put(lab_page, "w[0, 0]", "-9")  # products and results beyond a thousand
    seen = set()
    for row, column in [(51, 52), (30, 40), (70, 60)]:
        for label, at in (("row", row), ("column", column)):
            lab_page.get_by_label(label, exact=True).fill(str(at))
        assert lab_page.evaluate(OVERRUN) == []
        seen |= {*map(len, lab_page.locator(".board span").all_inner_texts())}
    assert {1, 2, 3, 4, 5} <= seen


def put(figure, label, text):
    """Type a number into a cell."""
    figure.get_by_label(label, exact=True).focus()
    figure.page.keyboard.type(text)


def test_the_drawn_pixels_are_numpys_result(page, lab_page):
    lab_page.get_by_label("image", exact=True).select_option("brick")
    lab_page.get_by_label("kernel", exact=True).select_option("emboss")
    put(lab_page, "w[1, 1]", "90")  # most values lie far beyond 255
    lab_page.get_by_label("show y").select_option("clamp")
    state = state_of(lab_page)
    drawn = lab_page.evaluate(
        "el => { const c = el.shadowRoot.querySelectorAll('canvas')[1];"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return [...d].filter((_, i) => i % 4 === 0); }"
    )
    wanted = figures.kernel_lab("brick").set(**state)
    levels, _ = wanted._displayed(wanted.trace())
    assert max(abs(a - b) for a, b in zip(drawn, levels.ravel(), strict=True)) <= 1


# -- the explorer and the builder: pointer, arrows, what does not fit ----------------------
def cell(figure, name, row, column):
    """Return the middle of a cell of the explorer's grid under a title, on the page."""
    return figure.evaluate(
        """(el, [name, row, column]) => {
        const d = el.shadowRoot.querySelector('.drawing'), box = d.getBoundingClientRect();
        const texts = [...d.querySelectorAll('text')];
        const title = texts.find(t => t.textContent.startsWith(name));
        const [x, y] = ['x', 'y'].map(a => Number(title.getAttribute(a)));
        const u = parseFloat(getComputedStyle(d).fontSize);
        const frame = [...d.querySelectorAll('rect[stroke-width="2.2"]')].pop();
        const size = Number(frame.getAttribute('width'));
        const place = (start, i) => start + (i + .5) * size;
        return [box.x + place(x, column), box.y + place(y + .55 * u, row)]; }""",
        [name, row, column],
    )


@pytest.fixture
def explorer(page):
    row = next(row for row in ROWS if row.name == "arithmetic")
    figure = element(page, row)
    figure.get_by_label("convolution", exact=True).select_option("direct")
    figure.get_by_label("padding", exact=True).select_option("valid")
    for label, value in (("input n", "8"), ("kernel k", "3"), ("stride s", "1")):
        put(figure, label, value)
    page.keyboard.press("Tab")
    figure.get_by_label("pin", exact=True).uncheck()
    return figure


def test_the_pointer_moves_the_window_until_it_is_pinned(page, explorer):
    page.mouse.move(*cell(explorer, "y,", 2, 3))
    assert state_of(explorer)["unit"] == 2 * 6 + 3
    page.mouse.move(*cell(explorer, "y,", 4, 5))
    assert state_of(explorer)["unit"] == 4 * 6 + 5
    page.mouse.click(*cell(explorer, "y,", 1, 1))
    page.mouse.move(*cell(explorer, "y,", 3, 3))
    assert state_of(explorer)["unit"] == 1 * 6 + 1
    assert state_of(explorer)["pin"] is True
    page.mouse.click(*cell(explorer, "x,", 6, 6))  # the window whose middle is there
    assert state_of(explorer)["unit"] == 5 * 6 + 5
    box = explorer.locator(".drawing").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + 3)  # beside the grids
    assert state_of(explorer)["pin"] is False


def test_arrow_keys_walk_over_the_output(page, explorer):
    put(explorer, "input n", "8")
    explorer.get_by_label("output", exact=True).press("Home")
    explorer.locator(".drawing").focus()
    for key in ("Down", "Down", "Right", "Up", "Left", "Left"):
        page.keyboard.press(f"Arrow{key}")
    assert state_of(explorer)["unit"] == 6


def test_a_window_that_fits_nowhere_is_told_and_typing_goes_on(page, explorer):
    put(explorer, "input n", "1")
    assert "no window fits" in explorer.locator(".message").inner_text()
    assert state_of(explorer)["n"] == 8
    page.keyboard.type("0")  # now it says 10
    assert explorer.locator(".message").text_content() == ""
    assert state_of(explorer)["n"] == 10
    put(explorer, "input n", "2")  # and now 102
    page.keyboard.press("Tab")
    assert "input n must be a whole" in explorer.locator(".message").inner_text()
    assert explorer.get_by_label("input n", exact=True).input_value() == "10"
    put(explorer, "input n", "8")
    assert explorer.locator(".message").text_content() == ""
    assert state_of(explorer)["n"] == 8


def test_same_follows_the_length_and_a_hand_takes_over(page, explorer):
    put(explorer, "stride s", "2")
    explorer.get_by_label("padding", exact=True).select_option("same")
    sides = [
        explorer.get_by_label(s, exact=True)
        for s in ("top, left p", "bottom, right p′")
    ]
    assert [side.input_value() for side in sides] == ["0", "1"]
    put(explorer, "input n", "7")
    assert [side.input_value() for side in sides] == ["1", "1"]
    sides[1].press("ArrowUp")
    state = state_of(explorer)
    assert (state["padding"], state["before"], state["after"]) == ("by hand", 1, 2)
    assert "ZeroPadding2D(((1, 2), (1, 2)))" in explorer.locator("code").inner_text()


@pytest.fixture
def builder(page):
    row = next(row for row in ROWS if row.name == "receptive_field")
    figure = element(page, row)
    figure.get_by_label("stack", exact=True).select_option("two 3 × 3")
    figure.get_by_label("padding", exact=True).select_option("valid")
    return figure


def test_layers_come_and_go(builder):
    add = builder.get_by_role("button", name="add a layer")
    for _ in range(4):
        add.press("Enter")
    assert len(state_of(builder)["layers"]) == 6 and add.count() == 0
    assert builder.get_by_role("button", name="six layers at most").is_disabled()
    assert state_of(builder)["at"] == 6 and state_of(builder)["n"] == 13
    for number in (6, 5, 4, 3, 2):
        builder.get_by_role("button", name=f"remove layer {number}").press("Enter")
    assert state_of(builder)["layers"] == [[0, 3, 1, 1]]
    assert builder.get_by_role("button", name="remove layer 1").is_disabled()


def test_a_stack_that_needs_too_long_an_input_is_refused_with_a_reason(builder):
    put(builder, "layer 1: stride", "4")
    put(builder, "layer 2: stride", "4")
    builder.get_by_role("button", name="add a layer").press("Enter")
    before = state_of(builder)
    put(builder, "layer 3: dilation", "16")
    assert "this stack needs 523 samples" in builder.locator(".message").inner_text()
    assert state_of(builder) == before
    builder.page.keyboard.press("Tab")
    builder.get_by_label("padding", exact=True).select_option("same")
    put(builder, "layer 3: dilation", "16")
    assert state_of(builder)["layers"][2] == [0, 3, 1, 16]
    assert builder.locator(".sum").inner_text().endswith("= 523")


def test_pointer_and_arrows_walk_over_the_units(page, builder):
    drawing = builder.locator(".drawing")
    box = drawing.bounding_box()
    top = drawing.locator("rect[stroke-width='2.6']")  # the unit that looks
    place = top.bounding_box()
    middle = place["y"] + place["height"] / 2
    page.mouse.move(place["x"] + 1.5 * place["width"], middle)
    assert state_of(builder)["unit"] == 3
    page.mouse.move(box["x"] + 2, middle)
    assert state_of(builder)["unit"] == 0
    drawing.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert (state_of(builder)["at"], state_of(builder)["unit"]) == (1, 3)
    page.keyboard.press("ArrowUp")
    assert (state_of(builder)["at"], state_of(builder)["unit"]) == (2, 2)


def test_the_map_shows_the_paths_of_both_axes(builder):
    wanted = figures.receptive_field([3, 3]).set(**state_of(builder)).trace()["hits"]
    shown = builder.evaluate(
        "el => { const c = el.shadowRoot.querySelector('canvas');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return [...d].filter((_, i) => i % 4 === 0); }"
    )
    inside = [255 * (1 - a * b / wanted.max() ** 2) for a in wanted for b in wanted]
    drawn = [(s, w) for s, w in zip(shown, inside, strict=True) if w < 255]
    assert len(drawn) == 25
    assert all(abs(s - w) <= 1 for s, w in drawn)


def named(page, name):
    """Return the live figure of a module."""
    return element(page, next(row for row in ROWS if row.name == name))


def test_a_click_runs_the_loops_up_to_a_product(page):
    figure = named(page, "gather_scatter")
    figure.get_by_label("order").select_option("scatter")
    figure.get_by_label("line up what adds up").check()
    press(page, figure, [("product", ["Home"])])
    cell = figure.locator("svg text", has_text="y so far").bounding_box()
    column = figure.locator("svg text").get_by_text("2", exact=True).last.bounding_box()
    page.mouse.click(column["x"] + column["width"] / 2, cell["y"])
    state = state_of(figure)
    assert state["step"] == 7  # x[2]·w[0], the last product of y[2]
    figure.get_by_role("button", name="next copy").press("Enter")
    assert state_of(figure)["step"] == 9
    figure.get_by_label("order").select_option("gather")
    figure.get_by_role("button", name="next output").press("Enter")
    assert state_of(figure)["step"] == 12


@pytest.fixture
def stamps(page):
    row = next(row for row in ROWS if row.call.endswith("stride=1)"))
    figure = element(page, row)
    figure.get_by_label("order").select_option("scatter")
    for label, value in (("y[2]", "3"), ("w[2]", "100"), ("stride s", "2")):
        put(figure, label, value)
    press(page, figure, [("product", ["End"])])
    return figure


def test_the_row_of_stamps_counts_what_lies_on_each_output(page, stamps):
    texts = (
        "el => [...el.shadowRoot.querySelectorAll('svg text')]"
        ".map(t => [Math.round(t.getAttribute('x')), t.textContent])"
    )
    wanted = {1: "12321", 2: "1121211", 3: "111111111", 4: "11101110111"}
    for stride, counts in wanted.items():
        page.keyboard.press("Tab")  # a field that has the focus would add a digit
        put(stamps, "stride s", str(stride))
        drawn = stamps.evaluate(texts)
        places = [x for x, text in drawn if text.endswith("×")]
        assert "".join(text[0] for _, text in drawn if text.endswith("×")) == counts
        for m, place in enumerate(places):  # what adds up lies above the sum
            column = {text for x, text in drawn if abs(x - place) < 2}
            pairs = [(n, m - n * stride) for n in range(3)]
            adds = [10**k * (n + 1) for n, k in pairs if 0 <= k < 3]
            assert column >= {str(m), f"{len(adds)}×", str(sum(adds)), *map(str, adds)}
        hatched = stamps.locator("svg path[stroke='#b4b9be']").count()
        assert hatched == counts.count("0")
        said = stamps.locator(".sentence").inner_text()
        assert ("No stamp reaches x[3] and x[7]: they stay 0." in said) == (stride == 4)
    page.keyboard.press("Tab")
    put(stamps, "stride s", "2")
    assert stamps.locator("sub").inner_text() == "n·2 + k = 6"


def test_a_stride_that_needs_too_many_outputs_is_refused(stamps):
    more = stamps.get_by_role("button", name="signal y: one number more")
    more.press("Enter")
    assert len(state_of(stamps)["x"]) == 4
    put(stamps, "stride s", "4")
    assert "make 15 outputs, and 12 can" in stamps.locator(".message").inner_text()
    assert state_of(stamps)["stride"] == 2
    stamps.page.keyboard.press("Tab")
    assert stamps.get_by_label("stride s", exact=True).input_value() == "2"
    stamps.get_by_role("button", name="signal y: one number fewer").press("Enter")
    assert stamps.locator(".message").text_content() == ""
    put(stamps, "y[0]", "99")
    stamps.page.keyboard.press("PageUp")
    assert "Every number of y must be" in stamps.locator(".message").inner_text()
    put(stamps, "y[0]", "1")


def test_a_click_on_a_gap_moves_nothing_and_stamps_step_on(page, stamps):
    put(stamps, "stride s", "4")
    for column, step in ((3, 9), (5, 5), (7, 5), (2, 3)):
        box = stamps.locator("svg text", has_text="×").nth(column).bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"])
        assert state_of(stamps)["step"] == step
    stamps.get_by_role("button", name="next stamp").press("Enter")
    assert state_of(stamps)["step"] == 6


def test_without_a_stride_there_is_no_field_for_it(page):
    figure = named(page, "gather_scatter")
    assert figure.get_by_label("product", exact=True).count() == 1
    assert figure.get_by_label("stride s", exact=True).count() == 0
    assert "stride" not in state_of(figure)


def test_the_bright_pixel_is_dragged_and_others_join_it(page):
    figure = named(page, "flip_test")
    board = figure.get_by_role("grid").first
    cells = board.get_by_role("gridcell")
    row, column = state_of(figure)["impulses"][0]
    start, end = cells.nth(9 * row + column), cells.nth(9 * 7 + 1)
    begin, stop = start.bounding_box(), end.bounding_box()
    page.mouse.move(begin["x"] + 9, begin["y"] + 9)
    page.mouse.down()
    for share in (0.25, 0.5, 0.75, 1):
        x = begin["x"] + share * (stop["x"] - begin["x"])
        page.mouse.move(x + 9, begin["y"] + share * (stop["y"] - begin["y"]) + 9)
    page.mouse.up()
    assert state_of(figure)["impulses"] == [[7, 1]]
    more = figure.get_by_role("button", name="one pixel more")
    for _ in range(4):
        more.press("Enter")
    assert "Four bright pixels are enough" in figure.locator(".message").inner_text()
    assert len(state_of(figure)["impulses"]) == 4
    end.click()  # takes the pixel that is there
    assert state_of(figure)["held"] == 0
    figure.get_by_role("button", name="one fewer").press("Enter")
    assert [7, 1] not in state_of(figure)["impulses"]


def test_a_template_is_cut_elsewhere_and_found(page):
    figure = named(page, "template_search")
    figure.get_by_label("its light").select_option("same")
    picture = figure.get_by_label("x, the picture: arrow keys move the cursor")
    box = picture.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    state = state_of(figure)
    assert abs(state["row"] + state["height"] / 2 - 128 / 3) < 1.5
    figure.get_by_role("button", name="cut the template here").press("Enter")
    place = state["row"], state["column"]
    assert (state_of(figure)["top"], state_of(figure)["left"]) == place
    press(page, figure, [("row", ["Home"])])
    figure.get_by_role("button", name="go to the best").press("Enter")
    assert (state_of(figure)["row"], state_of(figure)["column"]) == place
    assert figure.locator(".sum").inner_text().endswith("≈ 1")


def test_enter_goes_into_the_map_and_escape_comes_back(page):
    row = next(row for row in ROWS if row.name == "network")
    figure = element(page, row)
    focused = "el => el.shadowRoot.activeElement.getAttribute('aria-label')"
    press(page, figure, [("conv2, channel 5", ["Enter"])])
    assert page.evaluate(focused, figure.element_handle()).startswith("the chosen map")
    before = state_of(figure)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    assert page.evaluate(focused, figure.element_handle()) == "conv2, channel 5"
    moved = {"layer": 3, "channel": 5, "row": before["row"] - 1}
    assert state_of(figure) == before | moved
    press(page, figure, [("conv2, channel 5", ["ArrowRight", "ArrowRight", "Enter"])])
    assert page.evaluate(focused, figure.element_handle()).startswith("kernel for chan")
    page.keyboard.press("ArrowRight")
    assert state_of(figure)["source"] == before["source"] + 1


def test_the_drawn_feature_maps_are_numpys(page):
    row = next(row for row in ROWS if row.name == "network")
    figure = element(page, row)
    state = state_of(figure)
    drawn = page.evaluate(
        'el => [...el.shadowRoot.querySelectorAll(\'[aria-label^="conv2, channel"] '
        "canvas')].map(c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height)"
        ".data].filter((_, i) => i % 4 === 0))",
        figure.element_handle(),
    )
    maps = row.figure().set(**state).trace()["maps"]["conv2"].reshape(-1, 16)
    share = abs(maps) / abs(maps).max()  # red falls from white to the end of the scale
    wanted = 255 - share * 255
    assert len(drawn) == 16
    for channel, levels in enumerate(drawn):
        assert abs(wanted[:, channel] - levels).max() <= 1


def test_a_click_on_an_output_chooses_channel_and_place(page):
    row = next(row for row in ROWS if row.name == "conv_layer")
    figure = element(page, row)
    figure.get_by_role("grid", name="output channel 1").get_by_role("gridcell").nth(
        5
    ).click()
    assert state_of(figure) | {"channel": 1, "row": 1, "column": 2} == state_of(figure)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    assert (state_of(figure)["row"], state_of(figure)["column"]) == (2, 1)
    right = row.figure().set(**state_of(figure)).trace()
    printed = evaluate(figure.locator(".sum").inner_text())
    assert printed == (right["z"], right["z"])
